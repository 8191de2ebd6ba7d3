//! Who worked when: the calls of a run on one axis of time, which of them the answer waited for,
//! and the time in which no model was at work.

use super::Call;
use crate::event::{Event, EventData};
use crate::id::AgentId;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What follows a call begins when it is stored, a little after the reply; and figures are rounded.
const SLACK_MS: u64 = 5;

/// All times count from the run's start, in milliseconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Timeline {
    pub started_at: DateTime<Utc>,
    /// To the run's end, or as far as is known.
    pub wall_ms: u64,
    /// In which at least one model was at work.
    pub busy_ms: u64,
    /// The rest of it.
    pub overhead_ms: u64,
    /// Of the calls that followed on one another.
    pub critical_ms: u64,
    /// Calls that a stopped run had made before, and that took no time here.
    pub taken_over: u32,
    pub rounds: Vec<TimelineRound>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TimelineRound {
    /// From 1.
    pub number: u32,
    /// In the order in which a round goes.
    pub rows: Vec<Row>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = TimelineRow))]
pub struct Row {
    pub lane: Lane,
    /// The model that answered last.
    pub model: Option<String>,
    pub bars: Vec<Bar>,
}

/// The agents and the phases of a round.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = TimelineLane))]
pub enum Lane {
    Observe,
    Agent(AgentId),
    Distill,
    Integrate,
    /// Distill and integrate as one call.
    Combine,
    Judge,
    /// Computed, not asked of a model: a moment.
    Adapt,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = TimelineBar))]
pub struct Bar {
    pub from_ms: u64,
    pub to_ms: u64,
    pub state: BarState,
    /// The answer waited for it.
    pub critical: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = TimelineBarState))]
pub enum BarState {
    Done,
    Failed,
    /// Under way, or broken off by the run's end.
    Open,
}

impl Bar {
    pub fn length_ms(&self) -> u64 {
        self.to_ms - self.from_ms
    }
}

impl Row {
    /// Of all its calls.
    pub fn length_ms(&self) -> u64 {
        self.bars.iter().map(Bar::length_ms).sum()
    }

    pub fn is_critical(&self) -> bool {
        self.bars.iter().any(|bar| bar.critical)
    }

    fn is_asked(&self) -> bool {
        self.lane != Lane::Adapt
    }
}

impl Lane {
    fn of(call: &Call) -> Option<Self> {
        Some(match (call.kind.as_str(), &call.agent) {
            ("summary" | "observation", _) => Self::Observe,
            ("contribution" | "delegation", Some(agent)) => Self::Agent(agent.clone()),
            ("distillation", _) => Self::Distill,
            ("draft", _) => Self::Integrate,
            ("combined", _) => Self::Combine,
            ("judgement" | "comparison", _) => Self::Judge,
            _ => return None,
        })
    }
}

impl Timeline {
    /// `now` is the end of a run that has none yet.
    pub fn of(
        started_at: DateTime<Utc>,
        events: &[Event],
        calls: &[Call],
        now: DateTime<Utc>,
    ) -> Self {
        let since = |at: DateTime<Utc>| {
            u64::try_from((at - started_at).num_milliseconds()).unwrap_or_default()
        };
        let end = events
            .last()
            .filter(|last| last.data.is_last())
            .map_or(now, |last| last.ts);
        let mut timeline = Self {
            started_at,
            wall_ms: since(end),
            busy_ms: 0,
            overhead_ms: 0,
            critical_ms: 0,
            taken_over: 0,
            rounds: Vec::new(),
        };
        for call in calls {
            let Some(lane) = Lane::of(call) else { continue };
            if call.finished_at < started_at {
                timeline.taken_over += 1;
                continue;
            }
            let to_ms = since(call.finished_at).min(timeline.wall_ms);
            let row = timeline.row(call.iteration, lane);
            row.model.clone_from(&call.model);
            row.bars.push(Bar {
                from_ms: to_ms.saturating_sub(call.latency_ms),
                to_ms,
                state: match call.model {
                    Some(_) => BarState::Done,
                    None => BarState::Failed,
                },
                critical: false,
            });
        }
        timeline.follow(events, since);
        timeline.mark_critical();
        timeline.busy_ms = timeline.busy();
        timeline.overhead_ms = timeline.wall_ms.saturating_sub(timeline.busy_ms);
        timeline.critical_ms = timeline.critical_ms.min(timeline.busy_ms);
        timeline.put_in_order(events);
        timeline
    }

    fn row(&mut self, iteration: u32, lane: Lane) -> &mut Row {
        // What comes before the first round belongs to it.
        let number = iteration.max(1);
        let round = match self.rounds.iter().position(|it| it.number == number) {
            Some(index) => index,
            None => {
                self.rounds.push(TimelineRound {
                    number,
                    rows: Vec::new(),
                });
                self.rounds.len() - 1
            }
        };
        let rows = &mut self.rounds[round].rows;
        let index = match rows.iter().position(|row| row.lane == lane) {
            Some(index) => index,
            None => {
                rows.push(Row {
                    lane,
                    model: None,
                    bars: Vec::new(),
                });
                rows.len() - 1
            }
        };
        &mut rows[index]
    }

    /// What calls do not tell: who was asked, what is under way, and where a round was sent back.
    fn follow(&mut self, events: &[Event], since: impl Fn(DateTime<Utc>) -> u64) {
        let mut working: Vec<(u32, Lane, u64)> = Vec::new();
        let mut phase: Option<(u32, Lane, u64)> = None;
        for event in events {
            let (round, at) = (event.iteration, since(event.ts));
            match &event.data {
                EventData::TaskStarted { .. } => phase = Some((round, Lane::Observe, at)),
                EventData::AgentStarted { agent_id, .. } => {
                    phase = None;
                    let lane = Lane::Agent(agent_id.clone());
                    self.row(round, lane.clone());
                    working.push((round, lane, at));
                }
                EventData::AgentCompleted(contribution) => {
                    let done = Lane::Agent(contribution.agent_id.clone());
                    working.retain(|(_, lane, _)| *lane != done);
                }
                EventData::AgentFailed { agent_id, .. } => {
                    let failed = Lane::Agent(agent_id.clone());
                    working.retain(|(_, lane, _)| *lane != failed);
                }
                EventData::SynthesisStarted {} => phase = Some((round, Lane::Distill, at)),
                EventData::DraftStarted { .. } => phase = Some((round, Lane::Integrate, at)),
                EventData::JudgingStarted { .. } => phase = Some((round, Lane::Judge, at)),
                EventData::N2Triggered { .. } => {
                    phase = None;
                    self.row(round, Lane::Adapt).bars.push(Bar {
                        from_ms: at,
                        to_ms: at,
                        state: BarState::Done,
                        critical: false,
                    });
                }
                EventData::Observed { .. }
                | EventData::Distilled(_)
                | EventData::DraftCompleted { .. }
                | EventData::QualityScored { .. } => phase = None,
                EventData::Comparison { .. }
                | EventData::FinalOutput { .. }
                | EventData::Cancelled { .. }
                | EventData::Error { .. } => {}
            }
        }
        let wall_ms = self.wall_ms;
        for (round, lane, at) in working.into_iter().chain(phase) {
            let row = self.row(round, lane);
            let last = row.bars.last();
            if last.is_some_and(|bar| bar.state == BarState::Failed) {
                continue;
            }
            // A call of it that finished was asked again.
            let from_ms = row.bars.iter().map(|bar| bar.to_ms).fold(at, u64::max);
            row.bars.push(Bar {
                from_ms: from_ms.min(wall_ms),
                to_ms: wall_ms,
                state: BarState::Open,
                critical: false,
            });
        }
    }

    /// From the last call backwards: what each one waited for is the one that ended last before it.
    fn mark_critical(&mut self) {
        let mut before = (u64::MAX, u64::MAX);
        loop {
            let (from, limit) = before;
            let rows = self.rounds.iter_mut().flat_map(|round| &mut round.rows);
            let bars = rows
                .filter(|row| row.is_asked())
                .flat_map(|row| &mut row.bars);
            let next = bars
                .filter(|bar| bar.from_ms < from && bar.to_ms <= limit)
                .max_by_key(|bar| (bar.to_ms, bar.length_ms()));
            let Some(bar) = next else { break };
            bar.critical = true;
            before = (bar.from_ms, bar.from_ms + SLACK_MS);
            self.critical_ms += bar.length_ms();
        }
    }

    /// The length of all bars laid over each other.
    fn busy(&self) -> u64 {
        let rows = self.rounds.iter().flat_map(|round| &round.rows);
        let bars = rows.filter(|row| row.is_asked()).flat_map(|row| &row.bars);
        let mut spans: Vec<_> = bars.map(|bar| (bar.from_ms, bar.to_ms)).collect();
        spans.sort_unstable();
        let (mut busy, mut reached) = (0, 0);
        for (from, to) in spans {
            busy += to.saturating_sub(from.max(reached));
            reached = reached.max(to);
        }
        busy
    }

    /// Rounds by number; in each the agents between the phases, as the workflow has them.
    fn put_in_order(&mut self, events: &[Event]) {
        let agents = events.iter().find_map(|event| match &event.data {
            EventData::TaskStarted { agents, .. } => Some(agents.as_slice()),
            _ => None,
        });
        let place = |lane: &Lane| match lane {
            Lane::Observe => (0, 0),
            Lane::Agent(id) => {
                let mut all = agents.unwrap_or_default().iter();
                (1, all.position(|agent| agent.id == *id).unwrap_or_default())
            }
            Lane::Distill => (2, 0),
            Lane::Combine => (3, 0),
            Lane::Integrate => (4, 0),
            Lane::Judge => (5, 0),
            Lane::Adapt => (6, 0),
        };
        self.rounds.sort_by_key(|round| round.number);
        for round in &mut self.rounds {
            round.rows.sort_by_key(|row| place(&row.lane));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deliberation::tests::{agent_started, at, call, event, n2_triggered, task_started};
    use crate::event::EventData;
    use crate::usage::Cost;

    /// Round and lane, each bar with its times; `*` on the critical path, `?` under way.
    fn told(timeline: &Timeline) -> Vec<String> {
        let mut lines = Vec::new();
        for round in &timeline.rounds {
            for row in &round.rows {
                let bars: Vec<String> = row
                    .bars
                    .iter()
                    .map(|bar| {
                        let critical = if bar.critical { "*" } else { "" };
                        let state = match bar.state {
                            BarState::Done => "",
                            BarState::Failed => "!",
                            BarState::Open => "?",
                        };
                        format!("{}-{}{state}{critical}", bar.from_ms, bar.to_ms)
                    })
                    .collect();
                lines.push(format!(
                    "{} {:?} {}",
                    round.number,
                    row.lane,
                    bars.join(" ")
                ));
            }
        }
        lines
    }

    fn cancelled(ms: i64) -> Event {
        let (by, reason) = ("Ada".to_owned(), "enough".to_owned());
        event(99, ms, 1, EventData::Cancelled { by, reason })
    }

    #[test]
    fn the_answer_waits_for_the_slowest() {
        let calls = [
            call(0, "observation", None, 10, 100),
            call(1, "contribution", Some("creative"), 110, 300),
            call(1, "contribution", Some("analytical"), 110, 250),
            call(1, "distillation", None, 310, 400),
            call(1, "draft", None, 410, 600),
            call(1, "judgement", None, 610, 700),
            call(2, "contribution", Some("creative"), 720, 800),
            call(2, "combined", None, 810, 900),
        ];
        let events = [
            task_started(1, 5, &["creative", "analytical"]),
            n2_triggered(2, 705, 1, &["creative"]),
            event(
                3,
                950,
                2,
                EventData::Error {
                    message: String::new(),
                    code: "x".into(),
                },
            ),
        ];
        let timeline = Timeline::of(at(0), &events, &calls, at(5_000));
        assert_eq!(
            told(&timeline),
            [
                "1 Observe 10-100*",
                "1 Agent(AgentId(\"creative\")) 110-300*",
                "1 Agent(AgentId(\"analytical\")) 110-250",
                "1 Distill 310-400*",
                "1 Integrate 410-600*",
                "1 Judge 610-700*",
                "1 Adapt 705-705",
                "2 Agent(AgentId(\"creative\")) 720-800*",
                "2 Combine 810-900*",
            ]
        );
        assert_eq!(timeline.wall_ms, 950);
        assert_eq!(timeline.busy_ms, 90 + 190 + 90 + 190 + 90 + 80 + 90);
        assert_eq!(timeline.critical_ms, timeline.busy_ms);
        assert_eq!(timeline.overhead_ms, 130);
    }

    #[test]
    fn what_is_under_way_reaches_to_the_end() {
        let mut failed = call(1, "contribution", Some("analytical"), 20, 60);
        failed.model = None;
        failed.cost = Cost::UNKNOWN;
        let calls = [call(1, "observation", None, 0, 20), failed];
        let events = |last: Option<Event>| {
            let mut events = vec![
                task_started(1, 0, &["analytical", "creative"]),
                agent_started(2, 20, 1, "creative"),
                agent_started(3, 20, 1, "analytical"),
                event(
                    4,
                    60,
                    1,
                    EventData::AgentFailed {
                        agent_id: "analytical".into(),
                        agent_name: "analytical".into(),
                        code: "provider_timeout".into(),
                        message: String::new(),
                        retryable: true,
                    },
                ),
            ];
            events.extend(last);
            events
        };
        for (last, wall) in [(None, 90), (Some(cancelled(80)), 80)] {
            let timeline = Timeline::of(at(0), &events(last), &calls, at(90));
            assert_eq!(
                told(&timeline),
                [
                    "1 Observe 0-20*".to_owned(),
                    "1 Agent(AgentId(\"analytical\")) 20-60!".to_owned(),
                    format!("1 Agent(AgentId(\"creative\")) 20-{wall}?*"),
                ]
            );
            assert_eq!((timeline.overhead_ms, timeline.critical_ms), (0, wall));
        }
    }

    #[test]
    fn what_another_run_had_done_takes_no_time() {
        let calls = [
            call(1, "contribution", Some("creative"), -500, -100),
            call(1, "draft", None, 10, 20),
        ];
        let events = [task_started(1, 0, &["creative"]), cancelled(30)];
        let timeline = Timeline::of(at(0), &events, &calls, at(30));
        assert_eq!(timeline.taken_over, 1);
        assert_eq!(timeline.busy_ms, 30, "the run looked at its question");
        assert_eq!(told(&timeline), ["1 Observe 0-30?*", "1 Integrate 10-20"]);
    }

    #[test]
    fn clocks_that_stand_still_are_survived() {
        let calls = [
            call(1, "contribution", Some("creative"), -40, 0),
            call(1, "draft", None, -10, 0),
        ];
        let timeline = Timeline::of(at(0), &[], &calls, at(0));
        assert_eq!((timeline.wall_ms, timeline.overhead_ms), (0, 0));
        assert_eq!(timeline.rounds[0].rows.len(), 2);
    }
}
