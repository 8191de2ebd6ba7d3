//! What an organization's use of the product came to: figures over a period, for charts, tables
//! and CSV alike. Counts are counts; what is not known is absent, never zero.

mod judge;
mod tables;

pub use judge::{JudgeHealth, JudgeVersionHealth};
pub use tables::{Cell, Sheet, Table};

use crate::conversation::Source;
use crate::id::{AgentId, UserId, WorkflowId};
use crate::model::ModelName;
use crate::usage::Tokens;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

/// How long one point of a series is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Interval {
    Hour,
    Day,
}

impl Interval {
    pub const ALL: [Self; 2] = [Self::Hour, Self::Day];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
        }
    }
}

/// Whole days, UTC, the last one included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Period {
    pub from: NaiveDate,
    pub to: NaiveDate,
    pub interval: Interval,
}

/// Of which use the figures are; all of them hold together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Filter {
    pub workflow: Option<WorkflowId>,
    /// Figures of calls are this agent's; those of answers are of the answers it worked on.
    pub agent: Option<AgentId>,
    /// Figures of calls are this model's; those of answers are of the answers it wrote.
    pub model: Option<ModelName>,
    /// For admins.
    pub user: Option<UserId>,
}

/// Something to filter by, by its id and as it is called; what is deleted has its id as its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Named {
    pub id: String,
    pub name: String,
}

/// What was used in the period, whatever the filter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Choices {
    pub workflows: Vec<Named>,
    pub agents: Vec<Named>,
    pub models: Vec<Named>,
    /// For admins; empty for others.
    pub users: Vec<Named>,
}

/// The answer to a question for figures. Every series has one point for each interval of the
/// period, in order, the empty ones too.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Figures {
    pub period: Period,
    pub filter: Filter,
    pub choices: Choices,
    /// What ended until then is in it.
    pub as_of: DateTime<Utc>,
    pub totals: Totals,
    pub activity: Vec<ActivityPoint>,
    /// By the way in, most first.
    pub sources: Vec<SourceCount>,
    /// Why questions failed, by code, most first.
    pub errors: Vec<ErrorCount>,
    /// HTTP requests to the interfaces of the server; not narrowed by the filter.
    pub requests: Vec<RequestPoint>,
    /// One for each measure, in the order of [`LatencyMeasure::ALL`].
    pub latency: Vec<Latency>,
    pub latency_over_time: Vec<LatencyPoint>,
    pub quality: Quality,
    pub repair: Repair,
    pub by_workflow: Vec<Use>,
    pub by_agent: Vec<Use>,
    pub by_model: Vec<Use>,
    /// `None` for those who are no admins.
    pub by_user: Option<Vec<Use>>,
    pub contributions: Vec<AgentContributions>,
    pub satisfaction: Satisfaction,
    pub judge: JudgeHealth,
}

/// How questions ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Endings {
    pub passed: u64,
    pub best_effort: u64,
    pub degraded: u64,
    pub cancelled: u64,
    pub failed: u64,
}

impl Endings {
    pub fn questions(&self) -> u64 {
        self.answered() + self.cancelled + self.failed
    }

    pub fn answered(&self) -> u64 {
        self.passed + self.best_effort + self.degraded
    }
}

/// What is known of the cost, in micro-dollars, and how many calls had no known price: where there
/// are such, the cost as a whole is unknown and at least `micros`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Money {
    pub micros: u64,
    pub unpriced_calls: u64,
}

impl Money {
    /// `None` where a part of it is unknown.
    pub fn whole(&self) -> Option<u64> {
        (self.unpriced_calls == 0).then_some(self.micros)
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Totals {
    pub endings: Endings,
    /// Provider calls, those of the test bench too.
    pub calls: u64,
    pub failed_calls: u64,
    pub tokens: Tokens,
    pub money: Money,
    /// Calls of the test bench, which belong to no question.
    pub bench_calls: u64,
    /// From the question's start to the answer, repaired or not.
    pub answers: Percentiles,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ActivityPoint {
    pub at: DateTime<Utc>,
    pub endings: Endings,
    pub tokens: Tokens,
    pub money: Money,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SourceCount {
    pub source: Source,
    pub questions: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ErrorCount {
    pub code: String,
    pub questions: u64,
}

/// By the class of the status: 1xx to 3xx are successes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RequestPoint {
    pub at: DateTime<Utc>,
    pub succeeded: u64,
    /// 4xx.
    pub refused: u64,
    /// 5xx.
    pub failed: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum LatencyMeasure {
    /// An HTTP request.
    Api,
    /// One contribution of an agent.
    Agent,
    /// What is done once in a round after the agents: distilling and writing, without the judge.
    Synthesis,
    /// From the question's start to the first piece of the answer's text.
    FirstToken,
    /// From the question's start to the answer, without a repair.
    AnswerAtOnce,
    /// With one repair.
    AnswerRepairedOnce,
    /// With several.
    AnswerRepairedOften,
}

/// The specification's section 9.2, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LatencyTarget {
    /// What is typical: compared with the median.
    pub p50_ms: u64,
    pub p95_ms: u64,
    pub p99_ms: u64,
}

impl LatencyMeasure {
    pub const ALL: [Self; 7] = [
        Self::Api,
        Self::Agent,
        Self::Synthesis,
        Self::FirstToken,
        Self::AnswerAtOnce,
        Self::AnswerRepairedOnce,
        Self::AnswerRepairedOften,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Agent => "agent",
            Self::Synthesis => "synthesis",
            Self::FirstToken => "first_token",
            Self::AnswerAtOnce => "answer_at_once",
            Self::AnswerRepairedOnce => "answer_repaired_once",
            Self::AnswerRepairedOften => "answer_repaired_often",
        }
    }

    /// `None` where the specification names none.
    pub fn target(self) -> Option<LatencyTarget> {
        let [p50_ms, p95_ms, p99_ms] = match self {
            Self::Api => [200, 300, 500],
            Self::Agent => [3_000, 5_000, 8_000],
            Self::AnswerAtOnce => [8_000, 12_000, 15_000],
            Self::AnswerRepairedOnce => [15_000, 20_000, 25_000],
            Self::Synthesis | Self::FirstToken | Self::AnswerRepairedOften => return None,
        };
        Some(LatencyTarget {
            p50_ms,
            p95_ms,
            p99_ms,
        })
    }
}

/// From a histogram whose buckets are a fifth of an octave wide: within 7 % of the truth.
/// All absent where nothing was measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Percentiles {
    pub count: u64,
    pub p50_ms: Option<u64>,
    pub p95_ms: Option<u64>,
    pub p99_ms: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Latency {
    pub measure: LatencyMeasure,
    pub percentiles: Percentiles,
    pub target: Option<LatencyTarget>,
}

/// Of all answers, repaired or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LatencyPoint {
    pub at: DateTime<Utc>,
    pub answer: Percentiles,
    pub agent: Percentiles,
    pub synthesis: Percentiles,
    pub first_token: Percentiles,
}

/// How many scores there are in each band of half a point: 0 to below 0.5 first, 9.5 to 10 last.
pub type ScoreBands = [u64; 20];

/// Scores of 0-10, taken together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Scores {
    pub count: u64,
    pub mean: Option<f64>,
    /// The lower quartile, the median, the upper quartile.
    pub p25: Option<f64>,
    pub p50: Option<f64>,
    pub p75: Option<f64>,
    /// The standard deviation.
    pub spread: Option<f64>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Quality {
    /// Of the answers that were returned.
    pub scores: Scores,
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<u64>))]
    pub distribution: ScoreBands,
    /// Answers that the judge gave no usable verdict on.
    pub unscored: u64,
    /// Of the draft of each round, from 1; from the 4th on together.
    pub by_iteration: Vec<IterationScores>,
    /// A point for each interval and judge that scored an answer in it; intervals without are
    /// absent.
    pub over_time: Vec<QualityPoint>,
    /// Where another judge or other prompts took over: scores before and after do not compare.
    pub breaks: Vec<JudgeBreak>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IterationScores {
    pub iteration: u32,
    pub scores: Scores,
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<u64>))]
    pub distribution: ScoreBands,
}

/// Who judged, by which prompts.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JudgeVersion {
    pub model: ModelName,
    pub prompts: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QualityPoint {
    pub at: DateTime<Utc>,
    pub judge: JudgeVersion,
    pub scores: Scores,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JudgeBreak {
    /// The first interval in which the new judge scored more answers than any other.
    pub at: DateTime<Utc>,
    pub before: JudgeVersion,
    pub after: JudgeVersion,
}

/// Repairs (N²): how often they were needed, what they bought and what they took.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Repair {
    /// Answers, and those of them that needed a repair.
    pub answered: u64,
    pub repaired: u64,
    /// Repaired answers that were scored before and after; the gain is of these.
    pub compared: u64,
    /// Score returned less score of the first draft, on average.
    pub mean_gain: Option<f64>,
    /// Of the compared: returned better than the first draft.
    pub improved: u64,
    /// Took the answer from below the threshold to above it.
    pub rescued: u64,
    /// What the rounds after the first took, all repaired answers together.
    pub added_tokens: Tokens,
    pub added_money: Money,
    /// Their provider time, on average for one repaired answer.
    pub mean_added_ms: Option<u64>,
    /// How many answers took so many rounds, from 1.
    pub rounds: Vec<RoundCount>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RoundCount {
    pub rounds: u32,
    pub answers: u64,
}

/// What one workflow, agent, model or person used, most questions first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Use {
    pub id: String,
    pub name: String,
    /// That it took part in.
    pub questions: u64,
    pub calls: u64,
    pub failed_calls: u64,
    pub tokens: Tokens,
    pub money: Money,
    /// Of a workflow and a person: the whole answers; of an agent and a model: the calls.
    pub latency: Percentiles,
}

/// How what an agent said fared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentContributions {
    pub agent: Named,
    pub contributions: u64,
    pub failed: u64,
    /// Claims that distilling attributed to it, in the round whose draft was returned; only
    /// workflows that distil tell claims apart.
    pub claims: u64,
    /// Of these: others said it too.
    pub agreed: u64,
    /// Others said otherwise.
    pub disputed: u64,
    /// It alone said it.
    pub single: u64,
    /// Most of what it says stands in the answer that was returned, by the words.
    pub reached_answer: u64,
    /// Contributions that were found not to fit what was asked.
    pub misaligned: u64,
    /// Times that it was asked to mend something.
    pub repairs: u64,
}

/// What people think of answers, and whether the score knows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Satisfaction {
    pub up: u64,
    pub down: u64,
    /// Of the day the answer was given.
    pub over_time: Vec<RatingPoint>,
    /// By whole points of the score, 0 to 9 (10 is in the last).
    pub calibration: Vec<CalibrationBand>,
    /// So many ratings of scored answers there are, and so many are needed.
    pub rated_and_scored: u64,
    pub needed: u64,
}

impl Satisfaction {
    /// Fewer say nothing, all bands together.
    pub const NEEDED: u64 = 30;
    /// Nor do fewer in one band.
    pub const NEEDED_IN_BAND: u64 = 5;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RatingPoint {
    pub at: DateTime<Utc>,
    pub up: u64,
    pub down: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CalibrationBand {
    /// From this score to the next whole one.
    pub from: u32,
    pub up: u64,
    pub down: u64,
    /// 0-1: how many liked it; `None` as long as there are too few ratings to say.
    pub liked: Option<f64>,
}
