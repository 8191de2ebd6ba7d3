//! What is counted, and under which key: tallies add up, whoever adds and in whatever order.

use crate::id::UserId;
use chrono::{DateTime, Datelike, DurationRound, NaiveDate, NaiveTime, TimeDelta, Utc};
use std::collections::BTreeMap;
use std::ops::AddAssign;

macro_rules! measures {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// What a tally counts. "Of a question" has `agents` and the answer's `model`; "of a call"
        /// has the `agent` that called, or none, and the `model` that was called.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Measure {
            $($(#[$doc])* $name,)*
        }

        impl Measure {
            pub const ALL: &[Self] = &[$(Self::$name),*];

            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

measures! {
    /// Questions, by how they ended.
    Ending = "ending",
    /// Questions, by the way in.
    Source = "source",
    /// Questions that failed, by code.
    Error = "error",
    /// Answers, by rounds; buckets of their wall time.
    Answer = "answer",
    /// Buckets of the time to the first piece of the answer.
    FirstToken = "first_token",
    /// Of a question, for each round; buckets.
    Synthesis = "synthesis",
    /// Answers by judge; tenths of the score.
    Score = "score",
    Unscored = "unscored",
    /// Drafts by judge; tenths.
    Draft = "draft",
    /// Drafts by round; tenths.
    Round = "round",
    /// By judge, as what follows.
    DraftUnscored = "draft_unscored",
    SelfJudged = "self_judged",
    Item = "item",
    VoidItem = "void_item",
    Comparison = "comparison",
    Reversal = "reversal",
    /// Answers that needed a repair, with what the rounds after the first took.
    Repaired = "repaired",
    /// Repaired answers scored before and after, with the sum of the gains.
    Gain = "gain",
    Improved = "improved",
    Rescued = "rescued",
    /// By rating; whole points of the score, or -1.
    Rating = "rating",
    /// Calls that were answered, by kind; buckets of latency.
    Call = "call",
    FailedCall = "failed_call",
    /// Calls of trials.
    Trial = "trial",
    FailedTrial = "failed_trial",
    /// Questions that an agent worked on.
    AgentQuestion = "agent_question",
    /// Questions that a model worked on.
    ModelQuestion = "model_question",
    Contribution = "contribution",
    FailedContribution = "failed_contribution",
    /// Of an agent, by agreement.
    Claim = "claim",
    ReachedAnswer = "reached_answer",
    Misaligned = "misaligned",
    RepairAsked = "repair_asked",
}

/// What is counted together within an account. All texts may be empty.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    pub measure: Measure,
    pub workflow: String,
    pub agents: String,
    pub agent: String,
    pub model: String,
    pub label: String,
    pub bucket: i32,
}

/// How much there is of it; which of these mean something depends on the measure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amount {
    /// Below zero where something is taken back.
    pub count: i64,
    pub input_tokens: i64,
    pub output_tokens: i64,
    /// As far as they are known.
    pub micros: i64,
    /// Calls whose price is not known.
    pub unpriced: i64,
    pub ms: i64,
    /// Of a point of the score.
    pub hundredths: i64,
}

impl Amount {
    pub fn of(count: i64) -> Self {
        Self {
            count,
            ..Self::default()
        }
    }
}

impl AddAssign for Amount {
    fn add_assign(&mut self, other: Self) {
        self.count += other.count;
        self.input_tokens += other.input_tokens;
        self.output_tokens += other.output_tokens;
        self.micros += other.micros;
        self.unpriced += other.unpriced;
        self.ms += other.ms;
        self.hundredths += other.hundredths;
    }
}

/// What is counted together: the time, and of everybody or of one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grain {
    Hour,
    Day,
    /// A day of one person.
    Person,
}

impl Grain {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Person => "person",
        }
    }
}

/// Tallies as they are kept: of everybody by the hour and by the day, of one person by the day.
/// In order, so that whoever adds several waits for others in one order only.
#[derive(Clone, Debug, Default)]
pub struct Tallies(BTreeMap<(Grain, DateTime<Utc>, Option<UserId>, Key), Amount>);

impl Tallies {
    pub fn add(&mut self, at: DateTime<Utc>, user: UserId, key: &Key, amount: Amount) {
        for (grain, at, user) in [
            (Grain::Hour, hour_of(at), None),
            (Grain::Day, day_of(at), None),
            (Grain::Person, day_of(at), Some(user)),
        ] {
            *self.0.entry((grain, at, user, key.clone())).or_default() += amount;
        }
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn into_rows(
        self,
    ) -> impl Iterator<Item = (Grain, DateTime<Utc>, Option<UserId>, Key, Amount)> {
        self.0
            .into_iter()
            .map(|((grain, at, user, key), amount)| (grain, at, user, key, amount))
    }
}

pub fn hour_of(at: DateTime<Utc>) -> DateTime<Utc> {
    at.duration_trunc(TimeDelta::hours(1)).unwrap_or(at)
}

pub fn day_of(at: DateTime<Utc>) -> DateTime<Utc> {
    at.date_naive().and_time(NaiveTime::MIN).and_utc()
}

/// When the calendar month of that moment began.
pub fn month_of(at: DateTime<Utc>) -> DateTime<Utc> {
    let first = NaiveDate::from_ymd_opt(at.year(), at.month(), 1);
    let first = first.unwrap_or_else(|| at.date_naive());
    first.and_time(NaiveTime::MIN).and_utc()
}
