//! What is shown over time: a point for each interval, whether something happened in it or not.

use super::{add_ending, add_money, call, count, tokens, told};
use crate::analytics::asked::bounds;
use chrono::{DateTime, TimeDelta, Utc};
use domain::Tokens;
use domain::analytics::{
    ActivityPoint, Endings, Interval, JudgeBreak, JudgeVersion, LatencyPoint, Money, Period,
    QualityPoint, RatingPoint, RequestPoint,
};
use domain::ledger::{Histogram, Measure, Tenths, day_of};
use std::collections::BTreeMap;
use store::{RequestCount, Tally};

pub(super) struct Series {
    pub activity: Vec<ActivityPoint>,
    pub requests: Vec<RequestPoint>,
    pub latency: Vec<LatencyPoint>,
    pub quality: (Vec<QualityPoint>, Vec<JudgeBreak>),
    pub ratings: Vec<RatingPoint>,
}

/// One interval.
#[derive(Default)]
struct Point {
    endings: Endings,
    tokens: Tokens,
    money: Money,
    times: BTreeMap<Measure, Histogram>,
    scores: BTreeMap<String, Tenths>,
    ratings: [u64; 2],
    requests: [u64; 3],
}

impl Series {
    pub fn of(period: Period, tallies: &[Tally], requests: &[RequestCount]) -> Self {
        let mut points: BTreeMap<DateTime<Utc>, Point> = intervals(period);
        for tally in tallies {
            if let Some(point) = points.get_mut(&tally.at) {
                point.add(tally);
            }
        }
        for request in requests {
            let at = match period.interval {
                Interval::Hour => request.hour,
                Interval::Day => day_of(request.hour),
            };
            if let Some(point) = points.get_mut(&at) {
                let place = match request.class {
                    4 => 1,
                    5.. => 2,
                    _ => 0,
                };
                point.requests[place] += request.count;
            }
        }
        let mut series = Self {
            activity: Vec::new(),
            requests: Vec::new(),
            latency: Vec::new(),
            quality: (Vec::new(), Vec::new()),
            ratings: Vec::new(),
        };
        let mut judging: Option<JudgeVersion> = None;
        for (at, point) in points {
            series.activity.push(ActivityPoint {
                at,
                endings: point.endings,
                tokens: point.tokens,
                money: point.money,
            });
            let [succeeded, refused, failed] = point.requests;
            series.requests.push(RequestPoint {
                at,
                succeeded,
                refused,
                failed,
            });
            series.latency.push(LatencyPoint {
                at,
                answer: told(point.times.get(&Measure::Answer)),
                agent: told(point.times.get(&Measure::Call)),
                synthesis: told(point.times.get(&Measure::Synthesis)),
                first_token: told(point.times.get(&Measure::FirstToken)),
            });
            let [up, down] = point.ratings;
            series.ratings.push(RatingPoint { at, up, down });
            series.judged(at, &point.scores, &mut judging);
        }
        series
    }

    fn judged(
        &mut self,
        at: DateTime<Utc>,
        scores: &BTreeMap<String, Tenths>,
        judging: &mut Option<JudgeVersion>,
    ) {
        let mut most: Option<(u64, JudgeVersion)> = None;
        for (label, tenths) in scores {
            let Some(judge) = judge_version(label) else {
                continue;
            };
            if most
                .as_ref()
                .is_none_or(|(count, _)| *count < tenths.count())
            {
                most = Some((tenths.count(), judge.clone()));
            }
            self.quality.0.push(QualityPoint {
                at,
                judge,
                scores: tenths.scores(),
            });
        }
        let Some((_, now)) = most else { return };
        if let Some(before) = judging.replace(now.clone())
            && before != now
        {
            self.quality.1.push(JudgeBreak {
                at,
                before,
                after: now,
            });
        }
    }
}

impl Point {
    fn add(&mut self, tally: &Tally) {
        match (tally.measure, tally.label.as_str()) {
            (Measure::Ending, label) => add_ending(&mut self.endings, label, count(tally)),
            (Measure::Score, label) => {
                let scores = self.scores.entry(label.to_owned()).or_default();
                scores.add(tally.bucket, count(tally), tally.amount.hundredths);
            }
            (Measure::Rating, label) => {
                self.ratings[usize::from(label != "up")] += count(tally);
            }
            (Measure::Answer | Measure::Synthesis | Measure::FirstToken, _)
            | (Measure::Call, "contribution") => {
                let times = self.times.entry(tally.measure).or_default();
                times.add(tally.bucket, count(tally));
            }
            _ => {}
        }
        if call(tally.measure).is_some() {
            self.tokens += tokens(&tally.amount);
            add_money(&mut self.money, &tally.amount);
        }
    }
}

/// `None` where nobody knows who judged.
pub(super) fn judge_version(label: &str) -> Option<JudgeVersion> {
    let (prompts, model) = label.split_once(' ')?;
    Some(JudgeVersion {
        model: model.parse().ok()?,
        prompts: prompts.parse().ok()?,
    })
}

fn intervals(period: Period) -> BTreeMap<DateTime<Utc>, Point> {
    let (from, until) = bounds(period);
    let step = match period.interval {
        Interval::Hour => TimeDelta::hours(1),
        Interval::Day => TimeDelta::days(1),
    };
    std::iter::successors(Some(from), |at| Some(*at + step))
        .take_while(|at| *at < until)
        .map(|at| (at, Point::default()))
        .collect()
}
