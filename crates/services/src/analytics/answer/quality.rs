//! Scores, what repairs bought, what people think of answers, and whether the judge is to be trusted.

use super::series::judge_version;
use super::{add_money, count, rounds, tokens, unsigned};
use domain::Rating;
use domain::analytics::{
    CalibrationBand, IterationScores, JudgeBreak, JudgeHealth, JudgeVersionHealth, Quality,
    QualityPoint, RatingPoint, Repair, Satisfaction,
};
use domain::ledger::{Measure, Tenths};
use std::collections::BTreeMap;
use store::Tally;

fn of(whole: &[Tally], measure: Measure) -> impl Iterator<Item = &Tally> {
    whole.iter().filter(move |tally| tally.measure == measure)
}

fn all(whole: &[Tally], measure: Measure) -> u64 {
    of(whole, measure).map(count).sum()
}

fn tenths<'a>(tallies: impl IntoIterator<Item = &'a Tally>) -> Tenths {
    let mut tenths = Tenths::default();
    for tally in tallies {
        tenths.add(tally.bucket, count(tally), tally.amount.hundredths);
    }
    tenths
}

pub(super) fn quality(
    whole: &[Tally],
    (over_time, breaks): (Vec<QualityPoint>, Vec<JudgeBreak>),
) -> Quality {
    let returned = tenths(of(whole, Measure::Score));
    let mut rounds: BTreeMap<u32, Vec<&Tally>> = BTreeMap::new();
    for tally in of(whole, Measure::Round) {
        if let Ok(round) = tally.label.parse() {
            rounds.entry(round).or_default().push(tally);
        }
    }
    let by_iteration = rounds.into_iter().map(|(iteration, tallies)| {
        let tenths = tenths(tallies);
        IterationScores {
            iteration,
            scores: tenths.scores(),
            distribution: tenths.bands(),
        }
    });
    Quality {
        scores: returned.scores(),
        distribution: returned.bands(),
        unscored: all(whole, Measure::Unscored),
        by_iteration: by_iteration.collect(),
        over_time,
        breaks,
    }
}

pub(super) fn repair(whole: &[Tally]) -> Repair {
    let rounds = rounds(whole);
    let mut repair = Repair {
        answered: rounds.iter().map(|it| it.answers).sum(),
        repaired: all(whole, Measure::Repaired),
        compared: all(whole, Measure::Gain),
        improved: all(whole, Measure::Improved),
        rescued: all(whole, Measure::Rescued),
        rounds,
        ..Repair::default()
    };
    let mut ms = 0;
    for tally in of(whole, Measure::Repaired) {
        repair.added_tokens += tokens(&tally.amount);
        add_money(&mut repair.added_money, &tally.amount);
        ms += unsigned(tally.amount.ms);
    }
    repair.mean_added_ms = ms.checked_div(repair.repaired);
    if repair.compared > 0 {
        let gain: i64 = of(whole, Measure::Gain)
            .map(|tally| tally.amount.hundredths)
            .sum();
        repair.mean_gain = Some((gain as f64 / repair.compared as f64).round() / 100.0);
    }
    repair
}

pub(super) fn satisfaction(whole: &[Tally], over_time: Vec<RatingPoint>) -> Satisfaction {
    let mut bands = [[0_u64; 2]; 10];
    let (mut up, mut down, mut scored) = (0, 0, 0);
    for tally in of(whole, Measure::Rating) {
        let liked = tally.label == Rating::Up.as_str();
        *(if liked { &mut up } else { &mut down }) += count(tally);
        if let Some(band) = usize::try_from(tally.bucket)
            .ok()
            .and_then(|band| bands.get_mut(band))
        {
            band[usize::from(!liked)] += count(tally);
            scored += count(tally);
        }
    }
    let calibration = (0..).zip(bands).map(|(from, [up, down])| {
        let enough = scored >= Satisfaction::NEEDED && up + down >= Satisfaction::NEEDED_IN_BAND;
        CalibrationBand {
            from,
            up,
            down,
            liked: enough.then(|| up as f64 / (up + down) as f64),
        }
    });
    Satisfaction {
        up,
        down,
        over_time,
        calibration: calibration.collect(),
        rated_and_scored: scored,
        needed: Satisfaction::NEEDED,
    }
}

pub(super) fn judge(whole: &[Tally]) -> JudgeHealth {
    let drafts = tenths(of(whole, Measure::Draft));
    let mut versions: BTreeMap<&str, Vec<&Tally>> = BTreeMap::new();
    for tally in whole {
        if matches!(
            tally.measure,
            Measure::Draft | Measure::Comparison | Measure::Reversal
        ) {
            versions.entry(&tally.label).or_default().push(tally);
        }
    }
    let by_version = versions.into_iter().filter_map(|(label, tallies)| {
        let judge = judge_version(label)?;
        let count_of = |measure| {
            let of_measure = tallies.iter().filter(|tally| tally.measure == measure);
            of_measure.map(|tally| count(tally)).sum()
        };
        let drafts = tallies.iter().filter(|it| it.measure == Measure::Draft);
        let drafts = tenths(drafts.copied());
        Some(JudgeVersionHealth {
            judge,
            drafts: drafts.scores(),
            nine_or_more: drafts.nine_or_more(),
            comparisons: count_of(Measure::Comparison),
            reversals: count_of(Measure::Reversal),
        })
    });
    JudgeHealth {
        drafts: drafts.scores(),
        nine_or_more: drafts.nine_or_more(),
        unscored: all(whole, Measure::DraftUnscored),
        self_judged: all(whole, Measure::SelfJudged),
        items: all(whole, Measure::Item),
        void_items: all(whole, Measure::VoidItem),
        comparisons: all(whole, Measure::Comparison),
        reversals: all(whole, Measure::Reversal),
        by_version: by_version.collect(),
    }
}
