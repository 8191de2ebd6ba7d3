//! What an answer will take, told from what earlier ones took.

use crate::id::WorkflowId;
use crate::usage::Cost;
use crate::workflow::Workflow;
use serde::{Deserialize, Serialize};

/// What one finished run took: its provider calls, their tokens and their cost.
#[derive(Clone, Debug, PartialEq)]
pub struct Spent {
    pub workflow_id: WorkflowId,
    pub calls: u32,
    pub tokens: u64,
    pub cost: Cost,
}

/// From the least to the most.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    pub calls: (u32, u32),
    pub tokens: (u64, u64),
    /// `None` where a part of it is unknown.
    pub micros: Option<(u64, u64)>,
}

/// A workflow to choose, with what it took lately, if it was used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OfferedWorkflow {
    pub workflow: Workflow,
    pub estimate: Option<Estimate>,
}

impl Estimate {
    pub fn of<'a>(spent: impl IntoIterator<Item = &'a Spent>) -> Option<Self> {
        let spent: Vec<&Spent> = spent.into_iter().collect();
        let micros: Option<Vec<u64>> = spent.iter().map(|it| it.cost.as_micros()).collect();
        Some(Self {
            calls: range(spent.iter().map(|it| it.calls))?,
            tokens: range(spent.iter().map(|it| it.tokens))?,
            micros: micros.and_then(|micros| range(micros.into_iter())),
        })
    }
}

fn range<T: Copy + Ord>(mut numbers: impl Iterator<Item = T>) -> Option<(T, T)> {
    let first = numbers.next()?;
    Some(numbers.fold((first, first), |(least, most), number| {
        (least.min(number), most.max(number))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn from_the_least_to_the_most_and_unknown_where_a_part_is() {
        let spent = |calls, micros| Spent {
            workflow_id: WorkflowId::from("quick"),
            calls,
            tokens: u64::from(calls) * 100,
            cost: micros,
        };
        assert_eq!(Estimate::of(&[]), None);
        let mut all = vec![spent(5, Cost::micros(7)), spent(3, Cost::micros(9))];
        let known = Estimate::of(&all).unwrap();
        assert_eq!((known.calls, known.tokens), ((3, 5), (300, 500)));
        assert_eq!(known.micros, Some((7, 9)));
        all.push(spent(4, Cost::UNKNOWN));
        assert_eq!(Estimate::of(&all).unwrap().micros, None);
    }
}
