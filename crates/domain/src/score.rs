//! The quality score: computed in code from the judge's points per checklist item, never by a model.

use crate::id::ItemId;
use serde::{Deserialize, Serialize};

/// One thing a good answer must do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChecklistItem {
    pub id: ItemId,
    pub text: String,
    /// 1 (minor) to 5 (decisive).
    pub weight: f64,
    /// About facts, figures or reasoning being right: a failure here caps the whole score.
    pub accuracy: bool,
}

/// What the judge said about one item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JudgedItem {
    pub id: ItemId,
    pub text: String,
    pub weight: f64,
    pub accuracy: bool,
    /// 0-5; `None` when the judge gave no valid evidence for it (void).
    pub points: Option<f64>,
    /// Numbers of the draft's sentences, from 1.
    pub evidence: Vec<u32>,
    pub reason: String,
}

/// The judged checklist of one draft.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    pub items: Vec<JudgedItem>,
}

impl Judgement {
    /// An accuracy item below 2.5 points caps the score at 4.0, one below 3.5 at 7.0.
    const CAPS: [(f64, f64); 2] = [(2.5, 4.0), (3.5, 7.0)];

    /// 0-10 in steps of 0.01; `None` when half of the weight or more is void.
    pub fn score(&self) -> Option<f64> {
        if self.valid_share() <= 0.5 {
            return None;
        }
        let valid = || {
            self.items
                .iter()
                .filter_map(|item| Some((item, item.points?)))
        };
        let weight: f64 = valid().map(|(item, _)| item.weight).sum();
        let points: f64 = valid().map(|(item, points)| item.weight * points).sum();
        let mean = 10.0 * points / weight / 5.0;
        let worst = valid()
            .filter(|(item, _)| item.accuracy)
            .map(|(_, points)| points)
            .fold(f64::INFINITY, f64::min);
        let cap = Self::CAPS
            .iter()
            .find(|(below, _)| worst < *below)
            .map_or(10.0, |(_, cap)| *cap);
        Some((mean.clamp(0.0, 10.0).min(cap) * 100.0).round() / 100.0)
    }

    /// The share (0-1) of the checklist's weight that was judged with valid evidence.
    pub fn valid_share(&self) -> f64 {
        let sum = |only_valid: bool| -> f64 {
            self.items
                .iter()
                .filter(|item| !only_valid || item.points.is_some())
                .map(|item| item.weight)
                .sum()
        };
        match sum(false) {
            total if total > 0.0 => sum(true) / total,
            _ => 0.0,
        }
    }

    /// Score / 10 x share of valid weight.
    pub fn confidence(&self) -> f64 {
        self.score()
            .map_or(0.0, |score| score / 10.0 * self.valid_share())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judgement(items: &[(f64, bool, Option<f64>)]) -> Judgement {
        let items = items
            .iter()
            .enumerate()
            .map(|(n, &(weight, accuracy, points))| JudgedItem {
                id: ItemId::new(format!("c{n}")),
                text: String::new(),
                weight,
                accuracy,
                points,
                evidence: vec![1],
                reason: String::new(),
            })
            .collect();
        Judgement { items }
    }

    #[test]
    fn scores() {
        for (items, score) in [
            (
                vec![(1.0, true, Some(5.0)), (1.0, false, Some(5.0))],
                Some(10.0),
            ),
            (
                vec![(3.0, true, Some(5.0)), (1.0, false, Some(3.0))],
                Some(9.0),
            ),
            // An accuracy item caps; another item does not.
            (
                vec![(1.0, true, Some(2.4)), (9.0, false, Some(5.0))],
                Some(4.0),
            ),
            (
                vec![(1.0, true, Some(2.5)), (9.0, false, Some(5.0))],
                Some(7.0),
            ),
            (
                vec![(1.0, true, Some(3.5)), (9.0, false, Some(5.0))],
                Some(9.7),
            ),
            (
                vec![(1.0, false, Some(0.0)), (9.0, true, Some(5.0))],
                Some(9.0),
            ),
            // Void items are left out of the mean, unless they are half of the weight.
            (vec![(1.0, true, None), (2.0, false, Some(4.0))], Some(8.0)),
            (vec![(1.0, true, None), (1.0, false, Some(4.0))], None),
            (vec![], None),
        ] {
            assert_eq!(judgement(&items).score(), score, "{items:?}");
        }
    }

    #[test]
    fn confidence() {
        let judged = judgement(&[(1.0, true, None), (3.0, false, Some(4.0))]);
        assert!((judged.confidence() - 0.6).abs() < 1e-9);
    }
}
