//! The lower layer: agents contribute, in parallel or in order; failures are kept apart.

use crate::brief::BriefAgent;
use crate::call::{Answered, Call, Context, Failed, Patience, Shown};
use crate::history::Conversation;
use crate::journal::{StepKey, StepKind};
use crate::llm::{LlmError, LlmErrorKind, LlmReply, ReplyFormat};
use crate::prompt::{self, Assignment};
use crate::schema::{Bounds, ContributionReply, SubQuestion};
use crate::{parse, sim};
use domain::event::EventData;
use domain::{AgentId, Contribution, Directive, ExecutionMode, Observation, OutputFormat};
use futures::channel::oneshot;
use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt, future};

/// An agent's work in one iteration.
pub(crate) struct Task<'a> {
    pub agent: &'a BriefAgent,
    /// Its last contribution and what to mend in it.
    pub repair: Option<(&'a Contribution, &'a [Directive])>,
    patience: Option<Patience>,
}

impl<'a> Task<'a> {
    pub fn new(agent: &'a BriefAgent, repair: Option<(&'a Contribution, &'a [Directive])>) -> Self {
        Self {
            agent,
            repair,
            patience: None,
        }
    }
}

/// What the agents of one iteration brought, in order of completion.
#[derive(Debug, Default)]
pub(crate) struct Proposed {
    pub contributions: Vec<Contribution>,
    /// By name, with what went wrong.
    pub failures: Vec<(String, LlmError)>,
    /// Latency of the slowest agent, or of all of them in sequential mode.
    pub critical_ms: u64,
}

/// The form a contribution came in, before it has a name on it.
struct Body {
    output: String,
    lines: Vec<String>,
    detail: Option<String>,
    ask: Option<SubQuestion>,
}

impl Answered<Body> {
    /// The agent's first word, after its sub-question came to nothing: the call that failed is the
    /// one that ends its work.
    fn stands(mut self, Failed { error, step }: Failed) -> Self {
        self.reply.cost += error.cost();
        self.reply.latency_ms = match error.kind {
            // Counted from the beginning of the round.
            LlmErrorKind::LeftOut => self.reply.latency_ms.max(error.latency_ms),
            _ => self.reply.latency_ms + error.latency_ms,
        };
        Self { step, ..self }
    }
}

impl Context {
    pub async fn propose(
        &self,
        iteration: u32,
        talk: &Conversation,
        observation: Option<&Observation>,
        mut tasks: Vec<Task<'_>>,
        // Agents whose contributions from earlier rounds are there in any case.
        in_hand: usize,
    ) -> Proposed {
        let mut proposed = Proposed::default();
        let (patience, mut enough) = self.patience();
        for task in &mut tasks {
            task.patience.clone_from(&patience);
        }
        let quorum = self.brief.quorum();
        let mut count = |proposed: &Proposed| {
            if in_hand.max(proposed.contributions.len()) >= quorum
                && let Some(enough) = enough.take()
            {
                // Nobody waits for it where there is no soft deadline.
                let _ = enough.send(());
            }
        };
        count(&proposed);
        match self.brief.workflow.execution_mode {
            ExecutionMode::Parallel => {
                let started = tasks.iter().map(|task| started(task.agent)).collect();
                self.output.keep(iteration, None, started).await;
                // Finished calls of an earlier attempt come first and in their old order,
                // so that a resumed run produces the same events.
                let (mut finished, open): (Vec<_>, Vec<_>) = tasks
                    .into_iter()
                    .map(|task| {
                        (
                            self.journal.finished_at(iteration, &task.agent.config.id),
                            task,
                        )
                    })
                    .partition(|(at, _)| at.is_some());
                finished.sort_by_key(|(at, _)| *at);
                for (_, task) in finished {
                    let result = self
                        .contribute(iteration, talk, observation, &task, &[])
                        .await;
                    let latency = self
                        .arrived(iteration, task.agent, result, &mut proposed)
                        .await;
                    proposed.critical_ms = proposed.critical_ms.max(latency);
                    count(&proposed);
                }
                let mut running: FuturesUnordered<_> = open
                    .into_iter()
                    .map(|(_, task)| async move {
                        let result = self
                            .contribute(iteration, talk, observation, &task, &[])
                            .await;
                        (task.agent, result)
                    })
                    .collect();
                while let Some((agent, result)) = running.next().await {
                    let latency = self.arrived(iteration, agent, result, &mut proposed).await;
                    proposed.critical_ms = proposed.critical_ms.max(latency);
                    count(&proposed);
                }
            }
            ExecutionMode::Sequential => {
                for task in tasks {
                    self.output.event(iteration, started(task.agent)).await;
                    let previous = proposed.contributions.clone();
                    let result = self
                        .contribute(iteration, talk, observation, &task, &previous)
                        .await;
                    proposed.critical_ms += self
                        .arrived(iteration, task.agent, result, &mut proposed)
                        .await;
                }
            }
        }
        proposed
    }

    /// Over when the soft deadline has passed and somebody has said that there is enough. Agents
    /// that work one after the other are all waited for. A run that only concludes another one
    /// waits for nobody: what is not in the journal is not asked.
    fn patience(&self) -> (Option<Patience>, Option<oneshot::Sender<()>>) {
        if self.brief.concluding {
            return (Some(future::ready(()).boxed().shared()), None);
        }
        let workflow = &self.brief.workflow;
        let parallel = workflow.execution_mode == ExecutionMode::Parallel;
        let Some(seconds) = workflow.soft_deadline_s.filter(|_| parallel) else {
            return (None, None);
        };
        let (enough, has_enough) = oneshot::channel();
        let deadline = (self.timer)(seconds);
        let patience = async move {
            deadline.await;
            // Dropped unsent, it would let everybody go.
            if has_enough.await.is_err() {
                future::pending::<()>().await;
            }
        };
        (Some(patience.boxed().shared()), Some(enough))
    }

    /// Books a finished agent; how long it took.
    async fn arrived(
        &self,
        iteration: u32,
        agent: &BriefAgent,
        result: Result<Answered<Body>, Box<Failed>>,
        proposed: &mut Proposed,
    ) -> u64 {
        let (step, event, latency) = match result {
            Ok(Answered { value, reply, step }) => {
                let contribution = Contribution {
                    agent_id: agent.config.id.clone(),
                    agent_name: agent.config.name.clone(),
                    iteration,
                    output: value.output,
                    lines: value.lines,
                    detail: value.detail,
                    model: reply.model,
                    tokens: reply.tokens,
                    tokens_used: reply.tokens.total(),
                    cost_usd: reply.cost,
                    latency_ms: reply.latency_ms,
                };
                proposed.contributions.push(contribution.clone());
                (
                    step,
                    EventData::AgentCompleted(contribution),
                    reply.latency_ms,
                )
            }
            Err(failed) => {
                proposed
                    .failures
                    .push((agent.config.name.clone(), failed.error.clone()));
                let event = EventData::AgentFailed {
                    agent_id: agent.config.id.clone(),
                    agent_name: agent.config.name.clone(),
                    code: failed.error.kind.code().to_owned(),
                    message: failed.error.message.clone(),
                    retryable: failed.error.kind.retryable(),
                };
                (failed.step, event, failed.error.latency_ms)
            }
        };
        self.output.keep(iteration, step, vec![event]).await;
        latency
    }

    async fn contribute(
        &self,
        iteration: u32,
        talk: &Conversation,
        observation: Option<&Observation>,
        task: &Task<'_>,
        previous: &[Contribution],
    ) -> Result<Answered<Body>, Box<Failed>> {
        let small = self.brief.is_small(&task.agent.models);
        let mut work = Assignment {
            observation,
            previous,
            repair: task.repair,
            small,
            ..Assignment::default()
        };
        let others = self.may_ask(task, small);
        work.may_ask = &others;
        let mut first = self.ask_agent(iteration, 1, talk, task, &work).await?;
        let Some(question) = first.value.ask.clone().filter(|_| self.budget.allows(2)) else {
            return Ok(first);
        };
        let Some(other) = others
            .iter()
            .find(|other| other.config.id == question.agent_id)
        else {
            return Ok(first);
        };
        self.output
            .keep(iteration, first.step.take(), Vec::new())
            .await;
        let answer = match self
            .delegate(iteration, talk, task, other, &question.question)
            .await
        {
            Ok(answer) => answer,
            Err(failed) => return Ok(first.stands(*failed)),
        };
        self.output.keep(iteration, answer.step, Vec::new()).await;
        first.reply.tokens += answer.reply.tokens;
        first.reply.cost += answer.reply.cost;
        first.reply.latency_ms += answer.reply.latency_ms;
        work.may_ask = &[];
        work.asked = Some((&question.question, &answer.value));
        let mut last = match self.ask_agent(iteration, 3, talk, task, &work).await {
            Ok(last) => last,
            Err(failed) => return Ok(first.stands(*failed)),
        };
        last.reply.tokens += first.reply.tokens;
        last.reply.cost += first.reply.cost;
        last.reply.latency_ms += first.reply.latency_ms;
        Ok(last)
    }

    /// The agents that this one may put a sub-question to; none unless it may delegate.
    fn may_ask(&self, task: &Task<'_>, small: bool) -> Vec<&BriefAgent> {
        let config = &task.agent.config;
        let delegates = config.allow_delegation
            && !small
            && task.repair.is_none()
            && config.output_format == OutputFormat::Sim4Lines;
        let others = self
            .brief
            .agents
            .iter()
            .filter(|other| other.config.id != config.id);
        if delegates {
            others.collect()
        } else {
            Vec::new()
        }
    }

    async fn ask_agent(
        &self,
        iteration: u32,
        attempt: u32,
        talk: &Conversation,
        task: &Task<'_>,
        work: &Assignment<'_>,
    ) -> Result<Answered<Body>, Box<Failed>> {
        let agent = task.agent;
        let config = &agent.config;
        let ids: Vec<AgentId> = work
            .may_ask
            .iter()
            .map(|other| other.config.id.clone())
            .collect();
        let bounds = Bounds {
            agents: &ids,
            small: work.small,
            ..Bounds::default()
        };
        let format = match config.output_format {
            OutputFormat::Sim4Lines if work.small => ReplyFormat::Sim,
            OutputFormat::Sim4Lines => ReplyFormat::Json(bounds.contribution(!ids.is_empty())),
            OutputFormat::Json | OutputFormat::Markdown => ReplyFormat::Text,
        };
        let mut llm_config = config.llm_config.clone();
        if work.small {
            llm_config.max_tokens = Some(llm_config.max_tokens.unwrap_or(160).min(160));
        }
        let call = Call {
            key: StepKey {
                iteration,
                kind: StepKind::Contribution,
                agent: Some(config.id.clone()),
                attempt,
            },
            models: &agent.models,
            config: llm_config,
            system: prompt::agent_system(agent, work.small),
            prompt: prompt::agent(&talk.asked(), agent, work),
            format,
            shown: Shown::Agent(config.id.clone(), &["lines", "detail"]),
            patience: task.patience.clone(),
        };
        self.ask(call, |reply| read_contribution(config.output_format, reply))
            .await
    }

    async fn delegate(
        &self,
        iteration: u32,
        talk: &Conversation,
        asker: &Task<'_>,
        other: &BriefAgent,
        question: &str,
    ) -> Result<Answered<String>, Box<Failed>> {
        let call = Call {
            key: StepKey {
                iteration,
                kind: StepKind::Delegation,
                agent: Some(asker.agent.config.id.clone()),
                attempt: 1,
            },
            models: &other.models,
            config: other.config.llm_config.clone(),
            system: prompt::agent_system(other, false),
            prompt: prompt::delegation(&talk.asked(), question),
            format: ReplyFormat::Text,
            shown: Shown::Hidden,
            patience: asker.patience.clone(),
        };
        self.ask(call, |reply| not_empty(&reply.text)).await
    }
}

fn started(agent: &BriefAgent) -> EventData {
    EventData::AgentStarted {
        agent_id: agent.config.id.clone(),
        agent_name: agent.config.name.clone(),
        model: agent.models[0].clone(),
    }
}

fn not_empty(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err("it was empty".to_owned()),
        text => Ok(text.to_owned()),
    }
}

/// Enforces the agent's output format. The four lines may come as JSON or as numbered text.
fn read_contribution(format: OutputFormat, reply: &LlmReply) -> Result<Body, String> {
    let plain = |output: String| Body {
        output,
        lines: Vec::new(),
        detail: None,
        ask: None,
    };
    match format {
        OutputFormat::Sim4Lines => {
            let (lines, detail, ask) = match parse::json::<ContributionReply>(&reply.text) {
                Ok(json) => (sim::exactly_four(json.lines), json.detail, json.ask),
                Err(_) => (sim::parse(&reply.text), None, None),
            };
            let lines = lines.map_err(|error| error.to_string())?.to_vec();
            let detail = detail
                .map(|text| text.trim().to_owned())
                .filter(|text| !text.is_empty());
            Ok(Body {
                output: sim::render(&lines),
                lines,
                detail,
                ask,
            })
        }
        OutputFormat::Json => {
            let value: serde_json::Map<String, serde_json::Value> = parse::json(&reply.text)?;
            Ok(plain(serde_json::Value::Object(value).to_string()))
        }
        OutputFormat::Markdown => not_empty(&reply.text).map(plain),
    }
}
