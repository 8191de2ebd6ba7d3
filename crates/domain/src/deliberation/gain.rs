//! What each repair bought: the items of the checklist that it mended or broke, what it did to the
//! score, and what that took.

use super::Call;
use crate::event::{Event, EventData};
use crate::id::AgentId;
use crate::score::JudgedItem;
use crate::usage::{Cost, Tokens};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A round after the first one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gain {
    pub round: u32,
    pub reason: String,
    /// Whom it asked to mend what.
    pub asked: Vec<AskedAgain>,
    /// The draft that it started from, with its score.
    pub draft_before: Option<u32>,
    pub score_before: Option<f64>,
    /// Of its own draft; `None` when none was judged.
    pub score_after: Option<f64>,
    /// Only the items that were judged differently, worst first.
    pub items: Vec<ItemChange>,
    /// Whether its draft took the place of the one before, once that is decided.
    pub kept: Option<bool>,
    pub calls: u32,
    pub tokens: Tokens,
    pub cost_usd: Cost,
    /// From the moment it was sent back to the next one, or to the end.
    pub took_ms: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AskedAgain {
    pub agent_id: AgentId,
    pub agent_name: String,
    pub changes: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ItemChange {
    pub text: String,
    /// 0-5; `None` when it was void.
    pub before: Option<f64>,
    pub after: Option<f64>,
    pub moved: Moved,
}

/// Measured against what would pass by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Moved {
    Broken,
    Worse,
    Better,
    Fixed,
}

impl Gain {
    pub fn count(&self, moved: Moved) -> usize {
        self.items.iter().filter(|item| item.moved == moved).count()
    }
}

/// A draft as it was judged.
#[derive(Clone)]
struct Judged<'a> {
    draft: u32,
    score: Option<f64>,
    items: &'a [JudgedItem],
}

/// One for each round after the first that was begun.
pub fn gains(events: &[Event], calls: &[Call]) -> Vec<Gain> {
    let mut gains: Vec<Gain> = Vec::new();
    let mut begun: Option<DateTime<Utc>> = None;
    let mut threshold = 10.0;
    let mut names: Vec<(&AgentId, &str)> = Vec::new();
    let mut draft = 0;
    let (mut best, mut before_best): (Option<Judged<'_>>, Option<Judged<'_>>) = (None, None);
    let mut latest: Option<Judged<'_>> = None;
    for event in events {
        match &event.data {
            EventData::TaskStarted {
                workflow, agents, ..
            } => {
                threshold = workflow.quality_threshold;
                names = agents
                    .iter()
                    .map(|agent| (&agent.id, agent.name.as_str()))
                    .collect();
            }
            EventData::DraftCompleted { draft_id, .. } => draft = *draft_id,
            EventData::QualityScored { score, items, .. } => {
                let judged = Judged {
                    draft,
                    score: *score,
                    items,
                };
                before_best.clone_from(&best);
                if let (Some(gain), Some(before)) =
                    (gains.last_mut().filter(|it| it.round == draft), &best)
                {
                    gain.score_after = *score;
                    gain.items = changes(before.items, items, (threshold / 2.0).min(5.0));
                }
                if replaces(best.as_ref(), *score, threshold) {
                    best = Some(judged.clone());
                }
                latest = Some(judged);
            }
            EventData::Comparison { kept, .. } => {
                let both = [latest.as_ref(), before_best.as_ref()];
                let winner = both.into_iter().flatten().find(|it| it.draft == *kept);
                best = winner.or(best.as_ref()).cloned();
            }
            EventData::N2Triggered {
                reason,
                iteration,
                directives,
                ..
            } => {
                close(&mut gains, begun, event.ts, best.as_ref());
                begun = Some(event.ts);
                let asked = directives
                    .iter()
                    .map(|(id, directives)| AskedAgain {
                        agent_id: id.clone(),
                        agent_name: names
                            .iter()
                            .find(|(known, _)| *known == id)
                            .map_or_else(|| id.to_string(), |(_, name)| (*name).to_owned()),
                        changes: directives
                            .iter()
                            .map(|directive| directive.required_change.clone())
                            .collect(),
                    })
                    .collect();
                gains.push(Gain {
                    round: iteration + 1,
                    reason: reason.clone(),
                    asked,
                    draft_before: best.as_ref().map(|best| best.draft),
                    score_before: best.as_ref().and_then(|best| best.score),
                    score_after: None,
                    items: Vec::new(),
                    kept: None,
                    calls: 0,
                    tokens: Tokens::default(),
                    cost_usd: Cost::default(),
                    took_ms: 0,
                });
            }
            _ => {}
        }
    }
    if let Some(last) = events.last() {
        close(&mut gains, begun, last.ts, best.as_ref());
    }
    for gain in &mut gains {
        for call in calls.iter().filter(|call| call.iteration == gain.round) {
            gain.calls += 1;
            gain.tokens += call.tokens;
            gain.cost_usd += call.cost;
        }
    }
    gains
}

/// The gate's rule where no comparison tells: a draft that passes, or one that is clearly better.
fn replaces(best: Option<&Judged<'_>>, score: Option<f64>, threshold: f64) -> bool {
    match (best.map(|best| best.score), score) {
        (None, _) => true,
        (_, None) => false,
        (Some(None), Some(_)) => true,
        (Some(Some(best)), Some(score)) => score >= threshold || score > best + 1.0,
    }
}

fn close(
    gains: &mut [Gain],
    begun: Option<DateTime<Utc>>,
    ended: DateTime<Utc>,
    best: Option<&Judged<'_>>,
) {
    let (Some(gain), Some(begun)) = (gains.last_mut(), begun) else {
        return;
    };
    gain.took_ms = u64::try_from((ended - begun).num_milliseconds()).unwrap_or_default();
    gain.kept = gain
        .score_after
        .map(|_| best.is_some_and(|best| best.draft == gain.round));
}

/// `enough`: an item at so many points would pass by itself.
fn changes(before: &[JudgedItem], after: &[JudgedItem], enough: f64) -> Vec<ItemChange> {
    let mut changes: Vec<_> = after
        .iter()
        .filter_map(|item| {
            let was = before.iter().find(|was| was.id == item.id)?;
            // A void item counts for nothing, so it is as bad as none.
            let points = |points: Option<f64>| points.unwrap_or_default();
            let (old, new) = (points(was.points), points(item.points));
            let moved = match (old >= enough, new >= enough) {
                (false, true) => Moved::Fixed,
                (true, false) => Moved::Broken,
                _ if new > old => Moved::Better,
                _ if new < old => Moved::Worse,
                _ => return None,
            };
            Some(ItemChange {
                text: item.text.clone(),
                before: was.points,
                after: item.points,
                moved,
            })
        })
        .collect();
    changes.sort_by_key(|change| change.moved);
    changes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deliberation::tests::{call, event, n2_triggered, task_started};
    use crate::event::Verdict;

    fn drafted(seq: u64, ms: i64, round: u32) -> Event {
        let content = format!("Draft {round}.");
        let draft_id = round;
        event(
            seq,
            ms,
            round,
            EventData::DraftCompleted { draft_id, content },
        )
    }

    fn scored(seq: u64, ms: i64, round: u32, score: f64, points: [f64; 3]) -> Event {
        let item = |(n, points): (usize, f64)| JudgedItem {
            id: crate::ItemId::new(format!("c{n}")),
            text: format!("Item {n}"),
            weight: 1.0,
            accuracy: false,
            points: Some(points),
            evidence: vec![1],
            reason: String::new(),
        };
        let data = EventData::QualityScored {
            score: Some(score),
            iteration: round,
            items: points.into_iter().enumerate().map(item).collect(),
            self_judged: false,
            unscored: false,
        };
        event(seq, ms, round, data)
    }

    fn compared(seq: u64, ms: i64, incumbent: u32, challenger: u32, kept: u32) -> Event {
        let data = EventData::Comparison {
            incumbent,
            challenger,
            verdicts: [Verdict::Tie, Verdict::Tie],
            kept,
        };
        event(seq, ms, challenger, data)
    }

    #[test]
    fn each_repair_shows_what_it_bought() {
        let events = [
            task_started(1, 0, &["creative", "practical"]),
            drafted(2, 100, 1),
            scored(3, 200, 1, 6.0, [4.0, 1.0, 5.0]),
            n2_triggered(4, 210, 1, &["practical"]),
            drafted(5, 300, 2),
            scored(6, 400, 2, 6.4, [5.0, 2.0, 3.0]),
            compared(7, 450, 1, 2, 1),
            n2_triggered(8, 500, 2, &["creative", "practical"]),
            drafted(9, 600, 3),
            scored(10, 700, 3, 9.5, [5.0, 5.0, 5.0]),
            event(
                11,
                900,
                3,
                EventData::Error {
                    message: String::new(),
                    code: "x".into(),
                },
            ),
        ];
        let mut unpriced = call(3, "judgement", None, 600, 700);
        unpriced.cost = Cost::UNKNOWN;
        let calls = [
            call(1, "draft", None, 0, 100),
            call(2, "contribution", Some("practical"), 220, 280),
            call(2, "draft", None, 280, 300),
            unpriced,
        ];
        let gains = gains(&events, &calls);
        let told: Vec<_> = gains
            .iter()
            .map(|gain| {
                let items: Vec<_> = gain
                    .items
                    .iter()
                    .map(|item| (item.text.as_str(), item.moved))
                    .collect();
                (
                    gain.round,
                    gain.draft_before,
                    gain.score_before,
                    gain.score_after,
                    items,
                    gain.kept,
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                (
                    2,
                    Some(1),
                    Some(6.0),
                    Some(6.4),
                    vec![
                        ("Item 2", Moved::Broken),
                        ("Item 1", Moved::Better),
                        ("Item 0", Moved::Fixed),
                    ],
                    Some(false),
                ),
                (
                    3,
                    Some(1),
                    Some(6.0),
                    Some(9.5),
                    vec![("Item 0", Moved::Fixed), ("Item 1", Moved::Fixed)],
                    Some(true),
                ),
            ]
        );
        assert_eq!((gains[0].took_ms, gains[1].took_ms), (290, 400));
        assert_eq!((gains[0].calls, gains[0].tokens.total()), (2, 300));
        assert_eq!(gains[0].cost_usd, Cost::micros(80));
        assert_eq!(gains[1].cost_usd, Cost::UNKNOWN);
        let asked: Vec<_> = gains[1].asked.iter().map(|it| &it.agent_name).collect();
        assert_eq!(asked, ["The creative one", "The practical one"]);
        assert_eq!(gains[1].asked[0].changes, ["Mend it."]);
    }

    #[test]
    fn a_repair_under_way_has_bought_nothing_yet() {
        let events = [
            task_started(1, 0, &["practical"]),
            drafted(2, 100, 1),
            scored(3, 200, 1, 6.0, [4.0, 1.0, 5.0]),
            n2_triggered(4, 210, 1, &["practical"]),
        ];
        let gains = gains(&events, &[]);
        assert_eq!(gains.len(), 1);
        assert_eq!((gains[0].score_after, gains[0].kept), (None, None));
        assert!(gains[0].items.is_empty());
    }
}
