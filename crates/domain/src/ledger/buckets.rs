//! Histograms that can be added up: what they are made of is counts, each under its bucket's number.

use crate::analytics::{Percentiles, ScoreBands, Scores};
use std::collections::BTreeMap;

/// Buckets in an octave.
const FINE: f64 = 5.0;

/// The number of the bucket with that many milliseconds; 0 is for less than one.
pub fn bucket(ms: u64) -> i32 {
    if ms == 0 {
        return 0;
    }
    1 + ((ms as f64).log2() * FINE).floor() as i32
}

/// What stands for all of a bucket: its middle, as ratios go.
fn middle(bucket: i32) -> u64 {
    if bucket <= 0 {
        return 0;
    }
    ((f64::from(bucket) - 0.5) / FINE).exp2().round() as u64
}

/// Times, by bucket.
#[derive(Clone, Debug, Default)]
pub struct Histogram(BTreeMap<i32, u64>);

impl Histogram {
    pub fn add(&mut self, bucket: i32, count: u64) {
        *self.0.entry(bucket).or_default() += count;
    }

    pub fn percentiles(&self) -> Percentiles {
        let count: u64 = self.0.values().sum();
        Percentiles {
            count,
            p50_ms: self.at(50, count),
            p95_ms: self.at(95, count),
            p99_ms: self.at(99, count),
        }
    }

    /// The first bucket with so many hundredths of them in it or before it.
    fn at(&self, percent: u64, count: u64) -> Option<u64> {
        place(&self.0, percent, count).map(middle)
    }
}

fn place(counts: &BTreeMap<i32, u64>, percent: u64, count: u64) -> Option<i32> {
    let rank = (count * percent).div_ceil(100).max(1);
    let mut before = 0;
    counts.iter().find_map(|(bucket, here)| {
        before += here;
        (before >= rank).then_some(*bucket)
    })
}

/// The number of the bucket for a score of so many hundredths: tenths of a point.
pub fn tenth(hundredths: u32) -> i32 {
    (hundredths.min(1_000) / 10) as i32
}

/// Scores by tenths of a point, and the sum of all of them in hundredths.
#[derive(Clone, Debug, Default)]
pub struct Tenths {
    counts: BTreeMap<i32, u64>,
    hundredths: i64,
}

impl Tenths {
    pub fn add(&mut self, tenth: i32, count: u64, hundredths: i64) {
        *self.counts.entry(tenth).or_default() += count;
        self.hundredths += hundredths;
    }

    pub fn count(&self) -> u64 {
        self.counts.values().sum()
    }

    pub fn nine_or_more(&self) -> u64 {
        self.counts.range(90..).map(|(_, count)| count).sum()
    }

    pub fn bands(&self) -> ScoreBands {
        let mut bands = ScoreBands::default();
        for (tenth, count) in &self.counts {
            let band = usize::try_from(tenth / 5).unwrap_or_default();
            bands[band.min(bands.len() - 1)] += count;
        }
        bands
    }

    pub fn scores(&self) -> Scores {
        let count = self.count();
        if count == 0 {
            return Scores::default();
        }
        let mean = self.hundredths as f64 / 100.0 / count as f64;
        let quartile = |percent| {
            let tenth = place(&self.counts, percent, count);
            tenth.map(|tenth| f64::from(tenth) / 10.0)
        };
        let squares: f64 = self
            .counts
            .iter()
            .map(|(tenth, here)| {
                let far = f64::from(*tenth) / 10.0 - mean;
                far * far * *here as f64
            })
            .sum();
        Scores {
            count,
            mean: Some(hundredth(mean)),
            p25: quartile(25),
            p50: quartile(50),
            p75: quartile(75),
            spread: Some(hundredth((squares / count as f64).sqrt())),
        }
    }
}

fn hundredth(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_tells_the_time_within_seven_percent() {
        for ms in (2..2_000).chain([10_000, 59_999, 600_000, 3_600_000]) {
            let (told, truth) = (middle(bucket(ms)) as f64, ms as f64);
            // Half a bucket, and half a millisecond for rounding.
            let most = truth * (0.1_f64.exp2() - 1.0) + 0.5;
            assert!((told - truth).abs() <= most, "{ms}: {told}");
        }
        assert_eq!((bucket(0), middle(0)), (0, 0));
        assert_eq!((bucket(1), middle(1)), (1, 1));
    }

    #[test]
    fn percentiles_of_what_was_added_up() {
        assert_eq!(Histogram::default().percentiles(), Percentiles::default());
        let mut times = Histogram::default();
        for ms in 1..=100 {
            times.add(bucket(ms * 100), 1);
        }
        let told = times.percentiles();
        assert_eq!(told.count, 100);
        for (told, truth) in [
            (told.p50_ms, 5_000),
            (told.p95_ms, 9_500),
            (told.p99_ms, 9_900),
        ] {
            let off = told.unwrap().abs_diff(truth);
            assert!(off * 100 < truth * 8, "{told:?} {truth}");
        }
    }

    #[test]
    fn scores_fall_into_bands() {
        let mut scores = Tenths::default();
        for hundredths in [0, 49, 50, 899, 900, 950, 1_000] {
            scores.add(tenth(hundredths), 1, hundredths.into());
        }
        let bands = scores.bands();
        assert_eq!(
            (bands[0], bands[1], bands[17], bands[18], bands[19]),
            (2, 1, 1, 1, 2)
        );
        assert_eq!((scores.count(), scores.nine_or_more()), (7, 3));
        let told = scores.scores();
        assert_eq!((told.mean, told.p50), (Some(5.5), Some(8.9)));
        assert_eq!(Tenths::default().scores(), Scores::default());
    }
}
