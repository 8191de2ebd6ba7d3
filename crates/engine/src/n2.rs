//! The N² loop: propose, weave, judge, gate, repair; and how a run ends.

use crate::agents::{Proposed, Task};
use crate::brief::Brief;
use crate::budget::Budget;
use crate::call::{Context, Failed};
use crate::ending::{Attempt, RunFailure, Standing};
use crate::gate::{self, Gate};
use crate::history::Conversation;
use crate::journal::Journal;
use crate::judge::Judged;
use crate::llm::{Llm, LlmErrorKind};
use crate::odai::{Frame, Woven};
use crate::progress::{Output, Progress};
use crate::prompt::Revision;
use crate::repair;
use domain::event::{EventData, Stopped, Verdict};
use domain::{AgentId, Contribution, RepairDirective, SynthesisMode};
use futures::channel::mpsc;
use futures::future::{BoxFuture, Either};
use futures::{FutureExt, Stream, StreamExt, future, stream};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Resolves when the run must end early. The engine has no clock: the deadline comes this way too.
pub type Stop = BoxFuture<'static, StopReason>;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StopReason {
    Cancelled { by: String, reason: String },
    Deadline,
}

/// Waits so many seconds for the engine, which has no clock.
pub type Timer = Arc<dyn Fn(u32) -> BoxFuture<'static, ()> + Send + Sync>;

/// Runs a brief to its end. The stream's last event is `final_output`, `cancelled` or `error`;
/// nothing happens unless it is polled, and dropping it closes every provider connection.
pub fn run(
    brief: Brief,
    journal: Journal,
    llm: Arc<dyn Llm>,
    stop: Stop,
    timer: Timer,
) -> impl Stream<Item = Progress> + Send + 'static {
    let (sender, progress) = mpsc::channel(0);
    let budget = Arc::new(Budget::new(brief.workflow.budget));
    let output = Output::new(sender);
    let controller = N2Controller {
        context: Context {
            brief,
            journal,
            llm,
            budget,
            output,
            timer,
        },
        standing: Mutex::default(),
    };
    let work = async move { controller.run(stop).await };
    stream::select(
        progress,
        work.into_stream().filter_map(|()| future::ready(None)),
    )
}

struct N2Controller {
    context: Context,
    standing: Mutex<Standing>,
}

impl N2Controller {
    async fn run(&self, stop: Stop) {
        let context = &self.context;
        let started = EventData::TaskStarted {
            request_id: context.brief.request_id.clone(),
            task_id: context.brief.run_id,
            workflow: context.brief.workflow_summary(),
            agents: context.brief.agent_summaries(),
        };
        let work = pin!(async {
            context.output.event(0, started).await;
            self.rounds().await
        });
        let ending = match future::select(work, stop).await {
            Either::Left((Ok(stopped), _)) => self.standing().answer(context, stopped),
            Either::Left((Err(failure), _)) => failure.event(),
            Either::Right((StopReason::Deadline, _)) => {
                self.standing().answer(context, Stopped::Deadline)
            }
            Either::Right((StopReason::Cancelled { by, reason }, _)) => {
                EventData::Cancelled { by, reason }
            }
        };
        let iteration = self.standing().iterations;
        context.output.event(iteration, ending).await;
    }

    async fn rounds(&self) -> Result<Stopped, RunFailure> {
        let context = &self.context;
        let workflow = &context.brief.workflow;
        let talk = match context.fit_history().await {
            Ok(talk) => talk,
            Err(failed) => return self.call_failed(*failed).await,
        };
        self.standing().summary = talk.summary.clone();
        let mut frame = None;
        if workflow.synthesis_mode == SynthesisMode::Staged {
            self.standing().iterations = 1;
            match context.observe(&talk).await {
                Ok((observed, latency_ms)) => {
                    self.standing().critical_ms += latency_ms;
                    frame = Some(observed);
                }
                Err(failed) => return self.call_failed(*failed).await,
            }
        }
        let mut repair: Option<RepairDirective> = None;
        for iteration in 1..=workflow.max_n2_iterations.max(1) {
            self.standing().iterations = iteration;
            self.propose(iteration, &talk, frame.as_ref(), repair.as_ref())
                .await?;

            context
                .output
                .event(iteration, EventData::SynthesisStarted {})
                .await;
            let (woven, observed) = match self.weave(iteration, &talk, frame.as_ref()).await {
                Ok(woven) => woven,
                Err(failed) => return self.call_failed(*failed).await,
            };
            self.written(iteration, &woven);
            self.standing().title.clone_from(&observed.title);

            let checklist = &observed.checklist;
            let judged = match context
                .judge(iteration, &talk, checklist, &woven.draft)
                .await
            {
                Ok(judged) => judged,
                Err(failed) => return self.call_failed(*failed).await,
            };
            let agents: Vec<AgentId> = context
                .brief
                .agents
                .iter()
                .map(|agent| agent.config.id.clone())
                .collect();
            let directive = repair::adapt(&judged, &agents, workflow.quality_threshold);
            let Some(score) = self
                .gate(
                    iteration,
                    &talk,
                    &observed,
                    woven.draft,
                    &judged,
                    &directive,
                )
                .await
            else {
                return Ok(Stopped::Unscored);
            };
            if score >= workflow.quality_threshold {
                return Ok(Stopped::Passed);
            }
            if iteration >= workflow.max_n2_iterations {
                return Ok(Stopped::MaxIterations);
            }
            if gate::stalled(&self.standing().tops) {
                return Ok(Stopped::NoGain);
            }
            if !context.budget.allows(self.calls_of_a_round(&directive)) {
                return Ok(Stopped::Budget);
            }
            self.trigger(iteration, score, &directive).await;
            frame = Some(observed);
            repair = Some(directive);
        }
        Ok(Stopped::MaxIterations)
    }

    /// Runs all agents in the first round, later only those with an instruction; a re-run that
    /// fails keeps the earlier contribution.
    async fn propose(
        &self,
        iteration: u32,
        talk: &Conversation,
        frame: Option<&Frame>,
        repair: Option<&RepairDirective>,
    ) -> Result<(), RunFailure> {
        let context = &self.context;
        let earlier = self.standing().contributions.clone();
        let tasks = context
            .brief
            .agents
            .iter()
            .filter_map(|agent| {
                let id = &agent.config.id;
                match repair {
                    None => Some(Task::new(agent, None)),
                    Some(repair) => {
                        let directives = repair.specific_instructions.get(id)?;
                        let own = earlier.get(id).map(|own| (own, directives.as_slice()));
                        Some(Task::new(agent, own))
                    }
                }
            })
            .collect::<Vec<_>>();
        if tasks.is_empty() {
            return Ok(());
        }
        let observation = frame.map(|frame| &frame.observation);
        let Proposed {
            contributions,
            failures,
            critical_ms,
        } = context
            .propose(iteration, talk, observation, tasks, earlier.len())
            .await;
        let mut standing = self.standing();
        standing.critical_ms += critical_ms;
        for contribution in contributions {
            let id = contribution.agent_id.clone();
            standing
                .models
                .insert(id.to_string(), contribution.model.clone());
            standing.contributions.insert(id, contribution);
        }
        let (arrived, all) = (standing.contributions.len(), context.brief.agents.len());
        let needed = context.brief.quorum();
        if arrived >= needed {
            return Ok(());
        }
        let used_up = failures
            .iter()
            .any(|(_, error)| error.kind == LlmErrorKind::Budget)
            || !context.budget.allows(1);
        let code = if used_up {
            "budget_exhausted"
        } else {
            "quorum_missed"
        };
        let reasons: Vec<String> = failures
            .iter()
            .map(|(name, error)| format!("{name}: {}", error.message))
            .collect();
        Err(RunFailure {
            code: code.to_owned(),
            message: format!(
                "{arrived} of {all} agents answered and {needed} are needed, so there is no answer. {}",
                reasons.join("; ")
            ),
        })
    }

    async fn weave(
        &self,
        iteration: u32,
        talk: &Conversation,
        frame: Option<&Frame>,
    ) -> Result<(Woven, Frame), Box<Failed>> {
        let context = &self.context;
        let (contributions, best) = {
            let standing = self.standing();
            let best = standing
                .best
                .as_ref()
                .map(|best| (best.draft.clone(), best.issues.clone()));
            (standing.contributions.clone(), best)
        };
        let revision = best
            .as_ref()
            .map(|(draft, issues)| Revision { draft, issues });
        // In the workflow's order, whatever the order of completion.
        let contributions: Vec<&Contribution> = context
            .brief
            .agents
            .iter()
            .filter_map(|agent| contributions.get(&agent.config.id))
            .collect();
        match (context.brief.workflow.synthesis_mode, frame) {
            (SynthesisMode::Staged, Some(frame)) => {
                let woven = context
                    .weave(iteration, talk, frame, &contributions, revision)
                    .await?;
                Ok((woven, frame.clone()))
            }
            _ => {
                context
                    .combine(iteration, talk, frame, &contributions, revision)
                    .await
            }
        }
    }

    fn written(&self, iteration: u32, woven: &Woven) {
        let mut standing = self.standing();
        standing.unjudged = Some((iteration, woven.draft.clone()));
        standing.critical_ms += woven.latency_ms;
        standing
            .models
            .insert("synthesizer".to_owned(), woven.model.clone());
    }

    /// Keeps the better of the best so far and this draft; the draft's score, if it has one.
    async fn gate(
        &self,
        iteration: u32,
        talk: &Conversation,
        frame: &Frame,
        draft: String,
        judged: &Judged,
        directive: &RepairDirective,
    ) -> Option<f64> {
        let score = judged.judgement.score();
        let (decision, incumbent) = {
            let mut standing = self.standing();
            standing.critical_ms += judged.latency_ms;
            standing
                .models
                .insert("judge".to_owned(), judged.model.clone());
            let top = standing.tops.last().copied().flatten();
            let incumbent_score = standing
                .best
                .as_ref()
                .and_then(|best| best.judgement.score());
            let threshold = self.context.brief.workflow.quality_threshold;
            let decision =
                if standing.best.is_none() || score.is_some_and(|score| score >= threshold) {
                    Gate::Replace
                } else {
                    gate::decide(incumbent_score, top, score)
                };
            standing
                .tops
                .push(score.into_iter().chain(top).reduce(f64::max));
            let incumbent = standing
                .best
                .as_ref()
                .map(|best| (best.iteration, best.draft.clone()));
            (decision, incumbent)
        };
        let mut replaces = decision == Gate::Replace;
        if let (Gate::Compare, Some((number, text))) = (decision, &incumbent) {
            let checklist = &frame.checklist;
            let (verdict, latency_ms) = self
                .context
                .compare(
                    iteration,
                    talk,
                    checklist,
                    (*number, text),
                    (iteration, &draft),
                )
                .await;
            self.standing().critical_ms += latency_ms;
            replaces = verdict == Verdict::Challenger;
        }
        let mut standing = self.standing();
        standing.unjudged = None;
        if replaces {
            let (judgement, issues) = (judged.judgement.clone(), directive.issues.clone());
            standing.best = Some(Attempt {
                iteration,
                draft,
                judgement,
                issues,
            });
        }
        score
    }

    /// Flagged agents, the synthesis and the judgement; comparisons only if there is room.
    fn calls_of_a_round(&self, directive: &RepairDirective) -> u32 {
        let synthesis = match self.context.brief.workflow.synthesis_mode {
            SynthesisMode::Staged => 2,
            SynthesisMode::Combined => 1,
        };
        directive.specific_instructions.len() as u32 + synthesis + 1
    }

    async fn trigger(&self, iteration: u32, score: f64, directive: &RepairDirective) {
        let threshold = self.context.brief.workflow.quality_threshold;
        let reason = format!(
            "The draft scored {score:.1}, the threshold is {threshold:.1}; {} of {} checklist items fell short.",
            directive.issues.len(),
            self.standing()
                .best
                .as_ref()
                .map_or(0, |best| best.judgement.items.len()),
        );
        let event = EventData::N2Triggered {
            reason,
            iteration,
            directives: directive.specific_instructions.clone(),
            issues: directive.issues.clone(),
        };
        self.context.output.event(iteration, event).await;
    }

    /// A call of the synthesis or the judge failed for good: what there is becomes the answer.
    async fn call_failed(&self, failed: Failed) -> Result<Stopped, RunFailure> {
        let Failed { error, step } = failed;
        let (iteration, empty) = {
            let standing = self.standing();
            (
                standing.iterations,
                standing.best.is_none() && standing.unjudged.is_none(),
            )
        };
        self.context.output.keep(iteration, step, Vec::new()).await;
        match error.kind {
            LlmErrorKind::Budget if !empty => Ok(Stopped::Budget),
            _ if !empty => Ok(Stopped::CallFailed),
            kind => Err(RunFailure {
                code: kind.code().to_owned(),
                message: error.message,
            }),
        }
    }

    fn standing(&self) -> MutexGuard<'_, Standing> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
