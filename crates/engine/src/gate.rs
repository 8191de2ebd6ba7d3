//! Which of two attempts is kept, and when further rounds are pointless.

/// What to do with a draft below the threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    Replace,
    Keep,
    /// Too close for scores to tell: a pairwise comparison decides, a tie keeps the incumbent.
    Compare,
}

/// Scores closer than this do not tell two drafts apart.
const MARGIN: f64 = 1.0;

/// A round must bring this much to count as a gain.
const GAIN: f64 = 0.3;

/// Scores are in steps of 0.01: this absorbs rounding, not differences.
const EPSILON: f64 = 1e-6;

/// `top` is the highest score of any attempt so far: a chain of narrow comparisons
/// must not lead further than the margin below it.
pub fn decide(incumbent: Option<f64>, top: Option<f64>, challenger: Option<f64>) -> Gate {
    match (incumbent, challenger) {
        (None, Some(_)) => Gate::Replace,
        (_, None) => Gate::Keep,
        (Some(incumbent), Some(challenger)) => {
            let top = top.unwrap_or(incumbent);
            if challenger > incumbent + MARGIN + EPSILON {
                Gate::Replace
            } else if challenger < incumbent - MARGIN - EPSILON
                || challenger < top - MARGIN - EPSILON
            {
                Gate::Keep
            } else {
                Gate::Compare
            }
        }
    }
}

/// `tops`: the highest score after each round so far.
pub fn stalled(tops: &[Option<f64>]) -> bool {
    match tops {
        [.., Some(before), _, Some(now)] => now - before < GAIN - EPSILON,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decisions() {
        for (incumbent, top, challenger, gate) in [
            (Some(7.0), Some(7.0), Some(8.01), Gate::Replace),
            (Some(7.0), Some(7.0), Some(8.0), Gate::Compare),
            (Some(7.0), Some(7.0), Some(6.0), Gate::Compare),
            (Some(7.0), Some(7.0), Some(5.99), Gate::Keep),
            (Some(7.2), Some(8.0), Some(6.9), Gate::Keep),
            (None, None, Some(1.0), Gate::Replace),
            (Some(1.0), Some(1.0), None, Gate::Keep),
            (None, None, None, Gate::Keep),
        ] {
            assert_eq!(
                decide(incumbent, top, challenger),
                gate,
                "{incumbent:?} {top:?} {challenger:?}"
            );
        }
        assert!(!stalled(&[Some(5.0), Some(5.0)]));
        assert!(stalled(&[Some(5.0), Some(5.0), Some(5.29)]));
        assert!(!stalled(&[Some(5.0), Some(5.0), Some(5.3)]));
        assert!(!stalled(&[Some(1.0), Some(5.0), Some(5.0), Some(5.3)]));
    }
}
