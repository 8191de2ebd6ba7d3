//! From sums to figures.

mod quality;
mod series;

use super::Names;
use chrono::{DateTime, Utc};
use domain::Tokens;
use domain::analytics::{
    AgentContributions, Choices, Endings, ErrorCount, Figures, Filter, Latency, LatencyMeasure,
    Money, Percentiles, Period, RoundCount, SourceCount, Totals, Use,
};
use domain::ledger::{Amount, Histogram, Measure};
use domain::{Outcome, RunStatus, Source, UserId};
use std::collections::BTreeMap;
use store::{RequestCount, Tally};

/// Everything that was read for an answer.
pub(super) struct Material {
    pub by_time: Vec<Tally>,
    pub whole: Vec<Tally>,
    pub by_user: Option<Vec<(UserId, Tally)>>,
    pub requests: Vec<RequestCount>,
    pub request_times: Vec<RequestCount>,
}

impl Material {
    pub fn figures(
        self,
        period: Period,
        filter: Filter,
        choices: Choices,
        as_of: DateTime<Utc>,
        names: &Names,
    ) -> Figures {
        let whole = &self.whole;
        let series = series::Series::of(period, &self.by_time, &self.requests);
        let users = self.by_user.as_ref().map(|rows| {
            let mut uses: BTreeMap<String, Using> = BTreeMap::new();
            for (user, tally) in rows {
                uses.entry(user.to_string())
                    .or_default()
                    .add(tally, tally.measure == Measure::Answer);
            }
            list(uses, |id| names.user(id).name)
        });
        Figures {
            period,
            filter,
            choices,
            as_of,
            totals: totals(whole),
            activity: series.activity,
            sources: sources(whole),
            errors: errors(whole),
            requests: series.requests,
            latency: self.latency(),
            latency_over_time: series.latency,
            quality: quality::quality(whole, series.quality),
            repair: quality::repair(whole),
            by_workflow: by_workflow(whole, names),
            by_agent: by_agent(whole, names),
            by_model: by_model(whole),
            by_user: users,
            contributions: contributions(whole, names),
            satisfaction: quality::satisfaction(whole, series.ratings),
            judge: quality::judge(whole),
        }
    }

    fn latency(&self) -> Vec<Latency> {
        let mut times: BTreeMap<LatencyMeasure, Histogram> = BTreeMap::new();
        for request in &self.request_times {
            let api = times.entry(LatencyMeasure::Api).or_default();
            api.add(request.bucket, request.count);
        }
        for tally in &self.whole {
            let measure = match (tally.measure, tally.label.as_str()) {
                (Measure::Call, "contribution") => LatencyMeasure::Agent,
                (Measure::Synthesis, _) => LatencyMeasure::Synthesis,
                (Measure::FirstToken, _) => LatencyMeasure::FirstToken,
                (Measure::Answer, "1") => LatencyMeasure::AnswerAtOnce,
                (Measure::Answer, "2") => LatencyMeasure::AnswerRepairedOnce,
                (Measure::Answer, _) => LatencyMeasure::AnswerRepairedOften,
                _ => continue,
            };
            let times = times.entry(measure).or_default();
            times.add(tally.bucket, count(tally));
        }
        LatencyMeasure::ALL
            .into_iter()
            .map(|measure| Latency {
                measure,
                percentiles: times
                    .get(&measure)
                    .map(Histogram::percentiles)
                    .unwrap_or_default(),
                target: measure.target(),
            })
            .collect()
    }
}

/// What was taken back is never more than what was there.
fn count(tally: &Tally) -> u64 {
    unsigned(tally.amount.count)
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

fn tokens(amount: &Amount) -> Tokens {
    Tokens::new(
        unsigned(amount.input_tokens),
        unsigned(amount.output_tokens),
    )
}

fn add_money(to: &mut Money, amount: &Amount) {
    to.micros += unsigned(amount.micros);
    to.unpriced_calls += unsigned(amount.unpriced);
}

fn add_ending(to: &mut Endings, label: &str, count: u64) {
    let ending = match label {
        label if label == Outcome::Passed.as_str() => &mut to.passed,
        label if label == Outcome::BestEffort.as_str() => &mut to.best_effort,
        label if label == Outcome::Degraded.as_str() => &mut to.degraded,
        label if label == RunStatus::Cancelled.as_str() => &mut to.cancelled,
        _ => &mut to.failed,
    };
    *ending += count;
}

/// Of calls, those of trials included: whether it failed.
fn call(measure: Measure) -> Option<bool> {
    match measure {
        Measure::Call | Measure::Trial => Some(false),
        Measure::FailedCall | Measure::FailedTrial => Some(true),
        _ => None,
    }
}

fn totals(whole: &[Tally]) -> Totals {
    let mut totals = Totals::default();
    let mut answers = Histogram::default();
    for tally in whole {
        if tally.measure == Measure::Ending {
            add_ending(&mut totals.endings, &tally.label, count(tally));
        }
        if tally.measure == Measure::Answer {
            answers.add(tally.bucket, count(tally));
        }
        let Some(failed) = call(tally.measure) else {
            continue;
        };
        totals.calls += count(tally);
        if failed {
            totals.failed_calls += count(tally);
        }
        if matches!(tally.measure, Measure::Trial | Measure::FailedTrial) {
            totals.bench_calls += count(tally);
        }
        totals.tokens += tokens(&tally.amount);
        add_money(&mut totals.money, &tally.amount);
    }
    totals.answers = answers.percentiles();
    totals
}

/// The counts of one measure by label, most first.
fn by_label(whole: &[Tally], measure: Measure) -> Vec<(String, u64)> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for tally in whole.iter().filter(|tally| tally.measure == measure) {
        *counts.entry(&tally.label).or_default() += count(tally);
    }
    let mut counts: Vec<_> = counts
        .into_iter()
        .map(|(label, count)| (label.to_owned(), count))
        .collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts
}

fn sources(whole: &[Tally]) -> Vec<SourceCount> {
    by_label(whole, Measure::Source)
        .into_iter()
        .filter_map(|(label, questions)| {
            let source = Source::ALL.into_iter().find(|it| it.as_str() == label)?;
            Some(SourceCount { source, questions })
        })
        .collect()
}

fn errors(whole: &[Tally]) -> Vec<ErrorCount> {
    by_label(whole, Measure::Error)
        .into_iter()
        .map(|(code, questions)| ErrorCount { code, questions })
        .collect()
}

/// A [`Use`] that is being added up.
#[derive(Default)]
struct Using {
    questions: u64,
    calls: u64,
    failed_calls: u64,
    tokens: Tokens,
    money: Money,
    times: Histogram,
}

impl Using {
    fn add(&mut self, tally: &Tally, is_timed: bool) {
        if is_timed {
            self.times.add(tally.bucket, count(tally));
        }
        if tally.measure == Measure::Ending {
            self.questions += count(tally);
        }
        let Some(failed) = call(tally.measure) else {
            return;
        };
        self.calls += count(tally);
        if failed {
            self.failed_calls += count(tally);
        }
        self.tokens += tokens(&tally.amount);
        add_money(&mut self.money, &tally.amount);
    }
}

fn list(uses: BTreeMap<String, Using>, name: impl Fn(String) -> String) -> Vec<Use> {
    let mut uses: Vec<Use> = uses
        .into_iter()
        .map(|(id, it)| Use {
            name: name(id.clone()),
            id,
            questions: it.questions,
            calls: it.calls,
            failed_calls: it.failed_calls,
            tokens: it.tokens,
            money: it.money,
            latency: it.times.percentiles(),
        })
        .collect();
    uses.sort_by_key(|it| std::cmp::Reverse((it.questions, it.calls)));
    uses
}

fn by_workflow(whole: &[Tally], names: &Names) -> Vec<Use> {
    let mut uses: BTreeMap<String, Using> = BTreeMap::new();
    for tally in whole.iter().filter(|tally| !tally.workflow.is_empty()) {
        let is_timed = tally.measure == Measure::Answer;
        uses.entry(tally.workflow.clone())
            .or_default()
            .add(tally, is_timed);
    }
    list(uses, |id| names.workflow(id).name)
}

fn by_agent(whole: &[Tally], names: &Names) -> Vec<Use> {
    let mut uses: BTreeMap<String, Using> = BTreeMap::new();
    for tally in whole.iter().filter(|tally| !tally.agent.is_empty()) {
        let using = uses.entry(tally.agent.clone()).or_default();
        if tally.measure == Measure::AgentQuestion {
            using.questions += count(tally);
        }
        using.add(tally, is_answered_call(tally.measure));
    }
    list(uses, |id| names.agent(id).name)
}

fn by_model(whole: &[Tally]) -> Vec<Use> {
    let mut uses: BTreeMap<String, Using> = BTreeMap::new();
    for tally in whole.iter().filter(|tally| !tally.model.is_empty()) {
        let using = match tally.measure {
            Measure::ModelQuestion => {
                let using = uses.entry(tally.model.clone()).or_default();
                using.questions += count(tally);
                continue;
            }
            measure if call(measure).is_some() => uses.entry(tally.model.clone()).or_default(),
            _ => continue,
        };
        using.add(tally, is_answered_call(tally.measure));
    }
    list(uses, |id| id)
}

fn is_answered_call(measure: Measure) -> bool {
    call(measure) == Some(false)
}

fn contributions(whole: &[Tally], names: &Names) -> Vec<AgentContributions> {
    let mut agents: BTreeMap<&str, AgentContributions> = BTreeMap::new();
    for tally in whole.iter().filter(|tally| !tally.agent.is_empty()) {
        let measures = [
            Measure::Contribution,
            Measure::FailedContribution,
            Measure::Claim,
            Measure::ReachedAnswer,
            Measure::Misaligned,
            Measure::RepairAsked,
        ];
        if !measures.contains(&tally.measure) {
            continue;
        }
        let agent = agents
            .entry(&tally.agent)
            .or_insert_with(|| AgentContributions {
                agent: names.agent(tally.agent.clone()),
                contributions: 0,
                failed: 0,
                claims: 0,
                agreed: 0,
                disputed: 0,
                single: 0,
                reached_answer: 0,
                misaligned: 0,
                repairs: 0,
            });
        let place = match tally.measure {
            Measure::Contribution => &mut agent.contributions,
            Measure::FailedContribution => &mut agent.failed,
            Measure::ReachedAnswer => &mut agent.reached_answer,
            Measure::Misaligned => &mut agent.misaligned,
            Measure::RepairAsked => &mut agent.repairs,
            _ => {
                agent.claims += count(tally);
                match tally.label.as_str() {
                    "agreed" => &mut agent.agreed,
                    "disputed" => &mut agent.disputed,
                    _ => &mut agent.single,
                }
            }
        };
        *place += count(tally);
    }
    let mut agents: Vec<_> = agents.into_values().collect();
    agents.sort_by_key(|it| std::cmp::Reverse(it.contributions));
    agents
}

/// How many answers took so many rounds.
fn rounds(whole: &[Tally]) -> Vec<RoundCount> {
    let mut counts: BTreeMap<u32, u64> = BTreeMap::new();
    for tally in whole
        .iter()
        .filter(|tally| tally.measure == Measure::Answer)
    {
        if let Ok(rounds) = tally.label.parse() {
            *counts.entry(rounds).or_default() += count(tally);
        }
    }
    counts
        .into_iter()
        .map(|(rounds, answers)| RoundCount { rounds, answers })
        .collect()
}

/// The times that have been added up, or nothing.
fn told(times: Option<&Histogram>) -> Percentiles {
    times.map(Histogram::percentiles).unwrap_or_default()
}
