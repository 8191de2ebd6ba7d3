//! The figures as tables: what stands beside each chart, and what is downloaded as CSV.

use super::{Endings, Figures, Money, Percentiles, Scores, Use};
use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use std::fmt;

/// One for each chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Table {
    Activity,
    Sources,
    Errors,
    Requests,
    Latency,
    LatencyOverTime,
    Scores,
    ScoresByIteration,
    ScoresOverTime,
    Repair,
    Workflows,
    Agents,
    Models,
    /// For admins.
    Users,
    Contributions,
    Ratings,
    Calibration,
    Judges,
}

impl Table {
    pub const ALL: [Self; 18] = [
        Self::Activity,
        Self::Sources,
        Self::Errors,
        Self::Requests,
        Self::Latency,
        Self::LatencyOverTime,
        Self::Scores,
        Self::ScoresByIteration,
        Self::ScoresOverTime,
        Self::Repair,
        Self::Workflows,
        Self::Agents,
        Self::Models,
        Self::Users,
        Self::Contributions,
        Self::Ratings,
        Self::Calibration,
        Self::Judges,
    ];

    /// As addresses and files have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Activity => "activity",
            Self::Sources => "sources",
            Self::Errors => "errors",
            Self::Requests => "requests",
            Self::Latency => "latency",
            Self::LatencyOverTime => "latency_over_time",
            Self::Scores => "scores",
            Self::ScoresByIteration => "scores_by_iteration",
            Self::ScoresOverTime => "scores_over_time",
            Self::Repair => "repair",
            Self::Workflows => "workflows",
            Self::Agents => "agents",
            Self::Models => "models",
            Self::Users => "users",
            Self::Contributions => "contributions",
            Self::Ratings => "ratings",
            Self::Calibration => "calibration",
            Self::Judges => "judges",
        }
    }
}

/// One place of a table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Cell {
    Text(String),
    Count(u64),
    Number(f64),
    /// Micro-dollars.
    Money(u64),
    Time(DateTime<Utc>),
    /// Nothing was measured, or nobody knows.
    Unknown,
}

/// Columns have names for programs (`p95_ms`); every row has a cell for each of them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sheet {
    pub columns: Vec<&'static str>,
    pub rows: Vec<Vec<Cell>>,
}

impl fmt::Display for Cell {
    /// As programs read it; what is unknown is empty.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Count(count) => count.fmt(f),
            Self::Number(number) => write!(f, "{}", (number * 10_000.0).round() / 10_000.0),
            Self::Money(micros) => {
                write!(f, "{}.{:06}", micros / 1_000_000, micros % 1_000_000)
            }
            Self::Time(at) => f.write_str(&at.to_rfc3339_opts(SecondsFormat::Secs, true)),
            Self::Unknown => Ok(()),
        }
    }
}

const ENDINGS: [&str; 5] = ["passed", "best_effort", "degraded", "cancelled", "failed"];
const SCORES: [&str; 6] = [
    "count",
    "mean_score",
    "lower_quartile",
    "median",
    "upper_quartile",
    "spread",
];
const USE: [&str; 12] = [
    "id",
    "name",
    "questions",
    "calls",
    "failed_calls",
    "input_tokens",
    "output_tokens",
    "known_cost_usd",
    "unpriced_calls",
    "p50_ms",
    "p95_ms",
    "p99_ms",
];

impl Figures {
    /// `None` where the table is not for whoever asked.
    pub fn sheet(&self, table: Table) -> Option<Sheet> {
        let sheet = match table {
            Table::Activity => sheet(
                join(&[
                    &["time", "questions"],
                    &ENDINGS,
                    &[
                        "input_tokens",
                        "output_tokens",
                        "known_cost_usd",
                        "unpriced_calls",
                    ],
                ]),
                self.activity.iter().map(|point| {
                    let mut row = vec![time(point.at), count(point.endings.questions())];
                    row.extend(endings(point.endings));
                    row.extend([count(point.tokens.input), count(point.tokens.output)]);
                    row.extend(money(point.money));
                    row
                }),
            ),
            Table::Sources => sheet(
                vec!["source", "questions"],
                self.sources
                    .iter()
                    .map(|it| vec![text(it.source.as_str()), count(it.questions)]),
            ),
            Table::Errors => sheet(
                vec!["code", "questions"],
                self.errors
                    .iter()
                    .map(|it| vec![text(&it.code), count(it.questions)]),
            ),
            Table::Requests => sheet(
                vec!["time", "succeeded", "refused", "failed"],
                self.requests.iter().map(|point| {
                    let counts = [point.succeeded, point.refused, point.failed];
                    std::iter::once(time(point.at))
                        .chain(counts.map(count))
                        .collect()
                }),
            ),
            Table::Latency => self.latency_sheet(),
            Table::LatencyOverTime => self.latency_over_time_sheet(),
            Table::Scores => {
                let bands = self.quality.distribution.iter().zip(0_u32..);
                sheet(
                    vec!["from_score", "answers"],
                    bands.map(|(answers, band)| {
                        vec![Cell::Number(f64::from(band) / 2.0), count(*answers)]
                    }),
                )
            }
            Table::ScoresByIteration => sheet(
                join(&[&["iteration"], &SCORES]),
                self.quality.by_iteration.iter().map(|it| {
                    let mut row = vec![count(it.iteration.into())];
                    row.extend(scores(it.scores));
                    row
                }),
            ),
            Table::ScoresOverTime => sheet(
                join(&[&["time", "judge_model", "judge_prompts"], &SCORES]),
                self.quality.over_time.iter().map(|point| {
                    let mut row = vec![
                        time(point.at),
                        text(point.judge.model.to_string()),
                        count(point.judge.prompts.into()),
                    ];
                    row.extend(scores(point.scores));
                    row
                }),
            ),
            Table::Repair => self.repair_sheet(),
            Table::Workflows => uses(&self.by_workflow),
            Table::Agents => uses(&self.by_agent),
            Table::Models => uses(&self.by_model),
            Table::Users => uses(self.by_user.as_deref()?),
            Table::Contributions => self.contributions_sheet(),
            Table::Ratings => sheet(
                vec!["time", "up", "down"],
                self.satisfaction
                    .over_time
                    .iter()
                    .map(|point| vec![time(point.at), count(point.up), count(point.down)]),
            ),
            Table::Calibration => sheet(
                vec!["from_score", "up", "down", "liked"],
                self.satisfaction.calibration.iter().map(|band| {
                    vec![
                        count(band.from.into()),
                        count(band.up),
                        count(band.down),
                        number(band.liked),
                    ]
                }),
            ),
            Table::Judges => self.judges_sheet(),
        };
        Some(sheet)
    }

    fn latency_sheet(&self) -> Sheet {
        sheet(
            vec![
                "measure",
                "count",
                "p50_ms",
                "p95_ms",
                "p99_ms",
                "target_ms",
                "target_p95_ms",
                "target_p99_ms",
            ],
            self.latency.iter().map(|it| {
                let mut row = vec![text(it.measure.as_str()), count(it.percentiles.count)];
                row.extend(percentiles(it.percentiles));
                let target = it.target;
                row.extend([
                    maybe(target.map(|target| target.p50_ms)),
                    maybe(target.map(|target| target.p95_ms)),
                    maybe(target.map(|target| target.p99_ms)),
                ]);
                row
            }),
        )
    }

    fn latency_over_time_sheet(&self) -> Sheet {
        sheet(
            vec![
                "time",
                "answer_p50_ms",
                "answer_p95_ms",
                "answer_p99_ms",
                "agent_p50_ms",
                "agent_p95_ms",
                "agent_p99_ms",
                "synthesis_p50_ms",
                "synthesis_p95_ms",
                "synthesis_p99_ms",
                "first_token_p50_ms",
                "first_token_p95_ms",
                "first_token_p99_ms",
            ],
            self.latency_over_time.iter().map(|point| {
                let mut row = vec![time(point.at)];
                for measured in [
                    point.answer,
                    point.agent,
                    point.synthesis,
                    point.first_token,
                ] {
                    row.extend(percentiles(measured));
                }
                row
            }),
        )
    }

    fn repair_sheet(&self) -> Sheet {
        let repair = &self.repair;
        let mut rows = vec![
            vec![text("answered"), count(repair.answered)],
            vec![text("repaired"), count(repair.repaired)],
            vec![text("compared"), count(repair.compared)],
            vec![text("mean_gain"), number(repair.mean_gain)],
            vec![text("improved"), count(repair.improved)],
            vec![text("rescued"), count(repair.rescued)],
            vec![text("added_input_tokens"), count(repair.added_tokens.input)],
            vec![
                text("added_output_tokens"),
                count(repair.added_tokens.output),
            ],
            vec![
                text("added_known_cost_usd"),
                Cell::Money(repair.added_money.micros),
            ],
            vec![
                text("added_unpriced_calls"),
                count(repair.added_money.unpriced_calls),
            ],
            vec![text("mean_added_ms"), maybe(repair.mean_added_ms)],
        ];
        rows.extend(repair.rounds.iter().map(|it| {
            let name = format!("answers_after_{}_rounds", it.rounds);
            vec![text(name), count(it.answers)]
        }));
        sheet(vec!["figure", "value"], rows)
    }

    fn contributions_sheet(&self) -> Sheet {
        sheet(
            vec![
                "id",
                "name",
                "contributions",
                "failed",
                "claims",
                "agreed",
                "disputed",
                "single",
                "reached_answer",
                "misaligned",
                "repairs",
            ],
            self.contributions.iter().map(|it| {
                let counts = [
                    it.contributions,
                    it.failed,
                    it.claims,
                    it.agreed,
                    it.disputed,
                    it.single,
                    it.reached_answer,
                    it.misaligned,
                    it.repairs,
                ];
                let named = [text(&it.agent.id), text(&it.agent.name)];
                named.into_iter().chain(counts.map(count)).collect()
            }),
        )
    }

    fn judges_sheet(&self) -> Sheet {
        sheet(
            join(&[
                &["judge_model", "judge_prompts"],
                &SCORES,
                &["nine_or_more", "comparisons", "reversals"],
            ]),
            self.judge.by_version.iter().map(|it| {
                let mut row = vec![
                    text(it.judge.model.to_string()),
                    count(it.judge.prompts.into()),
                ];
                row.extend(scores(it.drafts));
                row.extend([it.nine_or_more, it.comparisons, it.reversals].map(count));
                row
            }),
        )
    }
}

fn sheet(columns: Vec<&'static str>, rows: impl IntoIterator<Item = Vec<Cell>>) -> Sheet {
    Sheet {
        columns,
        rows: rows.into_iter().collect(),
    }
}

fn join(parts: &[&[&'static str]]) -> Vec<&'static str> {
    parts.concat()
}

fn uses(uses: &[Use]) -> Sheet {
    sheet(
        USE.to_vec(),
        uses.iter().map(|it| {
            let mut row = vec![text(&it.id), text(&it.name)];
            let counts = [
                it.questions,
                it.calls,
                it.failed_calls,
                it.tokens.input,
                it.tokens.output,
            ];
            row.extend(counts.map(count));
            row.extend(money(it.money));
            row.extend(percentiles(it.latency));
            row
        }),
    )
}

fn endings(of: Endings) -> [Cell; 5] {
    [
        of.passed,
        of.best_effort,
        of.degraded,
        of.cancelled,
        of.failed,
    ]
    .map(count)
}

fn money(of: Money) -> [Cell; 2] {
    [Cell::Money(of.micros), count(of.unpriced_calls)]
}

fn percentiles(of: Percentiles) -> [Cell; 3] {
    [of.p50_ms, of.p95_ms, of.p99_ms].map(maybe)
}

fn scores(of: Scores) -> [Cell; 6] {
    [
        count(of.count),
        number(of.mean),
        number(of.p25),
        number(of.p50),
        number(of.p75),
        number(of.spread),
    ]
}

fn text(text: impl Into<String>) -> Cell {
    Cell::Text(text.into())
}

fn time(at: DateTime<Utc>) -> Cell {
    Cell::Time(at)
}

fn count(count: u64) -> Cell {
    Cell::Count(count)
}

fn maybe(count: Option<u64>) -> Cell {
    count.map_or(Cell::Unknown, Cell::Count)
}

fn number(number: Option<f64>) -> Cell {
    number.map_or(Cell::Unknown, Cell::Number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_read_by_programs() {
        let at = DateTime::from_timestamp(1_764_374_400, 0).unwrap();
        for (cell, expected) in [
            (Cell::Count(7), "7"),
            (Cell::Number(0.123_456), "0.1235"),
            (Cell::Number(-2.0), "-2"),
            (Cell::Money(1_000_020), "1.000020"),
            (Cell::Time(at), "2025-11-29T00:00:00Z"),
            (Cell::Unknown, ""),
        ] {
            assert_eq!(cell.to_string(), expected);
        }
    }
}
