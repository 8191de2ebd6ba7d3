//! From what is stored of a run to its account.

use super::reach::{reaches, words};
use super::tally::{Amount, Key, Measure};
use super::telling::Telling;
use super::{Account, Entry, bucket, crew, tenth};
use crate::analytics::Money;
use crate::conversation::Source;
use crate::event::EventData;
use crate::id::{AgentId, WorkflowId};
use crate::message::Rating;
use crate::run::{Outcome, Run, RunStatus};
use crate::synthesis::Agreement;
use crate::usage::{Cost, Tokens};
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// A finished provider call.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// Not another run's, taken over from it.
    pub is_own: bool,
    pub iteration: u32,
    pub kind: String,
    pub agent: Option<AgentId>,
    /// That answered, else that was asked first; empty when nobody knows.
    pub model: String,
    pub tokens: Tokens,
    pub cost: Cost,
    pub latency_ms: u64,
    pub failed: bool,
    pub prompts: u32,
}

/// What is stored of a run that has ended, or that is about to be deleted.
#[derive(Clone, Debug)]
pub struct Story {
    pub run: Run,
    pub source: Source,
    pub first_token_ms: Option<u64>,
    pub calls: Vec<Call>,
    /// With the iteration of each.
    pub events: Vec<(u32, EventData)>,
}

/// What the book says of the run.
pub fn account(story: &Story) -> Account {
    let telling = Telling::of(story);
    let mut book = Book {
        workflow: story.run.workflow_id.to_string(),
        agents: telling.agents.clone(),
        writer: telling.writer(),
        tallies: Vec::new(),
    };
    book.question(story, &telling);
    book.calls(story, &telling);
    book.quality(&telling);
    book.repair(story, &telling);
    book.contributions(&telling);
    let (calls, tokens, money) = sum(story.calls.iter().filter(|call| call.is_own));
    let judge = telling.judge_of(telling.returned_iteration());
    let entry = Entry {
        id: story.run.id.0,
        organization_id: story.run.organization_id,
        user_id: story.run.user_id,
        source: Some(story.source),
        workflow_id: story.run.workflow_id.clone(),
        agents: book.agents,
        model: book.writer,
        judge: judge
            .filter(|_| story.run.score.is_some())
            .unwrap_or_default(),
        asked_at: story.run.created_at,
        ending: ending(&story.run).to_owned(),
        score: story.run.score.map(hundredths),
        rounds: telling.metadata.map_or(0, |metadata| metadata.iterations),
        calls,
        tokens,
        money,
    };
    Account {
        entry,
        tallies: book.tallies,
    }
}

/// What the book says of an agent that was tried.
pub fn trial(id: Uuid, entry: Entry, call: &Call) -> Account {
    let (calls, tokens, money) = sum([call]);
    let measure = if call.failed {
        Measure::FailedTrial
    } else {
        Measure::Trial
    };
    let mut book = Book {
        workflow: String::new(),
        agents: String::new(),
        writer: String::new(),
        tallies: Vec::new(),
    };
    book.call(measure, call);
    Account {
        entry: Entry {
            id,
            calls,
            tokens,
            money,
            ..entry
        },
        tallies: book.tallies,
    }
}

impl Entry {
    /// Of a trial, before it is known what came of it.
    pub fn of_trial(user: &crate::user::User, agent: &AgentId, at: DateTime<Utc>) -> Self {
        Self {
            id: Uuid::nil(),
            organization_id: user.organization_id,
            user_id: user.id,
            source: None,
            workflow_id: WorkflowId::new(""),
            agents: crew([agent.as_str()]),
            model: String::new(),
            judge: String::new(),
            asked_at: at,
            ending: String::new(),
            score: None,
            rounds: 0,
            calls: 0,
            tokens: Tokens::default(),
            money: Money::default(),
        }
    }

    /// Where what somebody thinks of the answer is counted.
    pub fn rated(&self, rating: Rating) -> Key {
        let band = self.score.map_or(-1, |score| (score / 100).min(9) as i32);
        Key {
            measure: Measure::Rating,
            workflow: self.workflow_id.to_string(),
            agents: self.agents.clone(),
            agent: String::new(),
            model: self.model.clone(),
            label: rating.as_str().to_owned(),
            bucket: band,
        }
    }
}

fn ending(run: &Run) -> &'static str {
    match (run.status, run.outcome) {
        (RunStatus::Completed, Some(outcome)) => outcome.as_str(),
        (RunStatus::Completed, None) => Outcome::BestEffort.as_str(),
        (RunStatus::Failed, _) => RunStatus::Failed.as_str(),
        // Deleted while it was under way, which stops it.
        (RunStatus::Cancelled | RunStatus::Queued | RunStatus::Running, _) => {
            RunStatus::Cancelled.as_str()
        }
    }
}

fn hundredths(score: f64) -> u32 {
    (score.clamp(0.0, 10.0) * 100.0).round() as u32
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn sum<'a>(calls: impl IntoIterator<Item = &'a Call>) -> (u64, Tokens, Money) {
    let mut all = (0, Tokens::default(), Money::default());
    for call in calls {
        all.0 += 1;
        all.1 += call.tokens;
        match call.cost.as_micros() {
            Some(micros) => all.2.micros += micros,
            None => all.2.unpriced_calls += 1,
        }
    }
    all
}

/// Where the tallies of one account are written down.
struct Book {
    workflow: String,
    agents: String,
    writer: String,
    tallies: Vec<(Key, Amount)>,
}

impl Book {
    fn of_question(&mut self, measure: Measure, label: &str, bucket: i32, amount: Amount) {
        let key = Key {
            measure,
            workflow: self.workflow.clone(),
            agents: self.agents.clone(),
            agent: String::new(),
            model: self.writer.clone(),
            label: label.to_owned(),
            bucket,
        };
        self.tallies.push((key, amount));
    }

    fn of_agent(&mut self, measure: Measure, agent: &AgentId, model: &str, label: &str) {
        let key = Key {
            measure,
            workflow: self.workflow.clone(),
            agents: String::new(),
            agent: agent.to_string(),
            model: model.to_owned(),
            label: label.to_owned(),
            bucket: 0,
        };
        self.tallies.push((key, Amount::of(1)));
    }

    fn call(&mut self, measure: Measure, call: &Call) {
        let key = Key {
            measure,
            workflow: self.workflow.clone(),
            agents: String::new(),
            agent: call
                .agent
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            model: call.model.clone(),
            label: call.kind.clone(),
            bucket: bucket(call.latency_ms),
        };
        self.tallies.push((key, spent(call)));
    }

    fn question(&mut self, story: &Story, telling: &Telling<'_>) {
        self.of_question(Measure::Ending, ending(&story.run), 0, Amount::of(1));
        self.of_question(Measure::Source, story.source.as_str(), 0, Amount::of(1));
        if let Some(code) = &story.run.error_code {
            self.of_question(Measure::Error, code, 0, Amount::of(1));
        }
        if let Some(metadata) = telling.metadata {
            let rounds = (telling.repairs.len() + 1).to_string();
            if let Some(ms) = metadata.wall_ms {
                let amount = Amount {
                    ms: signed(ms),
                    ..Amount::of(1)
                };
                self.of_question(Measure::Answer, &rounds, bucket(ms), amount);
            }
        }
        if let Some(ms) = story.first_token_ms {
            self.of_question(Measure::FirstToken, "", bucket(ms), Amount::of(1));
        }
    }

    fn calls(&mut self, story: &Story, telling: &Telling<'_>) {
        let mut synthesis: BTreeMap<u32, u64> = BTreeMap::new();
        let mut models = BTreeSet::new();
        for call in story.calls.iter().filter(|call| call.is_own) {
            let measure = if call.failed {
                Measure::FailedCall
            } else {
                Measure::Call
            };
            self.call(measure, call);
            if !call.model.is_empty() {
                models.insert(call.model.as_str());
            }
            if matches!(call.kind.as_str(), "distillation" | "draft" | "combined") && !call.failed {
                *synthesis.entry(call.iteration).or_default() += call.latency_ms;
            }
        }
        for ms in synthesis.into_values() {
            self.of_question(Measure::Synthesis, "", bucket(ms), Amount::of(1));
        }
        for model in models {
            let key = Key {
                measure: Measure::ModelQuestion,
                workflow: self.workflow.clone(),
                agents: self.agents.clone(),
                agent: String::new(),
                model: model.to_owned(),
                label: String::new(),
                bucket: 0,
            };
            self.tallies.push((key, Amount::of(1)));
        }
        for (agent, model) in &telling.models {
            self.of_agent(Measure::AgentQuestion, agent, model, "");
        }
    }

    fn quality(&mut self, telling: &Telling<'_>) {
        for draft in &telling.drafts {
            let judge = telling.judge_of(draft.iteration);
            let judge = judge.as_deref().unwrap_or_default();
            let round = draft.iteration.min(4).to_string();
            match draft.score.map(hundredths) {
                Some(score) => {
                    self.of_question(Measure::Draft, judge, tenth(score), scored(score));
                    self.of_question(Measure::Round, &round, tenth(score), scored(score));
                }
                None => self.of_question(Measure::DraftUnscored, judge, 0, Amount::of(1)),
            }
            if draft.self_judged && draft.judge.is_some() {
                self.of_question(Measure::SelfJudged, judge, 0, Amount::of(1));
            }
            for (measure, count) in [
                (Measure::Item, draft.items),
                (Measure::VoidItem, draft.void),
            ] {
                if count > 0 {
                    self.of_question(measure, judge, 0, Amount::of(signed(count)));
                }
            }
        }
        for (iteration, reversed) in &telling.comparisons {
            let judge = telling.judge_of(*iteration).unwrap_or_default();
            self.of_question(Measure::Comparison, &judge, 0, Amount::of(1));
            if *reversed {
                self.of_question(Measure::Reversal, &judge, 0, Amount::of(1));
            }
        }
        let Some(metadata) = telling.metadata else {
            return;
        };
        match metadata.score.map(hundredths) {
            Some(score) => {
                let judge = telling
                    .judge_of(metadata.best_iteration)
                    .unwrap_or_default();
                self.of_question(Measure::Score, &judge, tenth(score), scored(score));
            }
            None => self.of_question(Measure::Unscored, "", 0, Amount::of(1)),
        }
    }

    /// Only of answers: what a question without one spent on repairs bought nothing to weigh.
    fn repair(&mut self, story: &Story, telling: &Telling<'_>) {
        let Some(metadata) = telling.metadata.filter(|_| !telling.repairs.is_empty()) else {
            return;
        };
        let mut added = Amount::of(1);
        let mut agents: BTreeMap<(u32, &AgentId), u64> = BTreeMap::new();
        for call in &story.calls {
            if !call.is_own || call.iteration < 2 {
                continue;
            }
            let spent = spent(call);
            added.input_tokens += spent.input_tokens;
            added.output_tokens += spent.output_tokens;
            added.micros += spent.micros;
            added.unpriced += spent.unpriced;
            match &call.agent {
                Some(agent) => {
                    *agents.entry((call.iteration, agent)).or_default() += call.latency_ms;
                }
                None => added.ms += spent.ms,
            }
        }
        // Agents work at the same time: the slowest of a round is what it takes.
        let mut slowest: BTreeMap<u32, u64> = BTreeMap::new();
        for ((iteration, _), ms) in agents {
            let most = slowest.entry(iteration).or_default();
            *most = ms.max(*most);
        }
        added.ms += signed(slowest.values().sum());
        self.of_question(Measure::Repaired, "", 0, added);
        let first = telling.drafts.iter().find(|draft| draft.iteration == 1);
        let (Some(before), Some(after)) = (first.and_then(|it| it.score), metadata.score) else {
            return;
        };
        let gain = i64::from(hundredths(after)) - i64::from(hundredths(before));
        let amount = Amount {
            hundredths: gain,
            ..Amount::of(1)
        };
        self.of_question(Measure::Gain, "", 0, amount);
        if gain > 0 {
            self.of_question(Measure::Improved, "", 0, Amount::of(1));
        }
        if telling
            .threshold
            .is_some_and(|threshold| before < threshold && after >= threshold)
        {
            self.of_question(Measure::Rescued, "", 0, Amount::of(1));
        }
    }

    fn contributions(&mut self, telling: &Telling<'_>) {
        let model = |agent: &AgentId| {
            let model = telling.models.get(agent);
            model.map(String::as_str).unwrap_or_default()
        };
        for (agent, model) in &telling.completed {
            self.of_agent(Measure::Contribution, agent, model, "");
        }
        for agent in &telling.failed {
            self.of_agent(Measure::FailedContribution, agent, model(agent), "");
        }
        for agent in telling.repairs.iter().flatten() {
            self.of_agent(Measure::RepairAsked, agent, model(agent), "");
        }
        let Some(distillation) = telling.distillation() else {
            return;
        };
        let answer = telling.answer.map(words);
        for claim in &distillation.claims {
            let agreement = match claim.agreement {
                Agreement::Agreed => "agreed",
                Agreement::Disputed => "disputed",
                Agreement::Single => "single",
            };
            let reached = answer
                .as_ref()
                .is_some_and(|answer| reaches(&claim.text, answer));
            for agent in &claim.agents {
                self.of_agent(Measure::Claim, agent, model(agent), agreement);
                if reached {
                    self.of_agent(Measure::ReachedAnswer, agent, model(agent), "");
                }
            }
        }
        for (agent, fits) in &distillation.alignment_check {
            if !fits {
                self.of_agent(Measure::Misaligned, agent, model(agent), "");
            }
        }
    }
}

fn scored(hundredths: u32) -> Amount {
    Amount {
        hundredths: hundredths.into(),
        ..Amount::of(1)
    }
}

fn spent(call: &Call) -> Amount {
    Amount {
        count: 1,
        input_tokens: signed(call.tokens.input),
        output_tokens: signed(call.tokens.output),
        micros: call.cost.as_micros().map(signed).unwrap_or_default(),
        unpriced: i64::from(call.cost.as_micros().is_none()),
        ms: signed(call.latency_ms),
        hundredths: 0,
    }
}
