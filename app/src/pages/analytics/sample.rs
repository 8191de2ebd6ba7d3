//! Figures of a month, for tests: a question or more on most days, a new judge in the middle.

use chrono::{DateTime, Days, NaiveDate, Utc};
use domain::analytics::{
    ActivityPoint, AgentContributions, CalibrationBand, Choices, Endings, ErrorCount, Figures,
    Filter, Interval, IterationScores, JudgeBreak, JudgeHealth, JudgeVersion, JudgeVersionHealth,
    Latency, LatencyMeasure, LatencyPoint, Money, Named, Percentiles, Period, Quality,
    QualityPoint, RatingPoint, Repair, RequestPoint, RoundCount, Satisfaction, Scores, SourceCount,
    Totals, Use,
};
use domain::{AgentId, ModelName, Source, Tokens, shipped};

const DAYS: u64 = 30;

fn first() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 10, 30).unwrap_or_default()
}

fn at(day: u64) -> DateTime<Utc> {
    let day = first() + Days::new(day);
    day.and_time(Default::default()).and_utc()
}

/// No day is like the one before.
fn varied(day: u64, least: u64, more: u64) -> u64 {
    least + (day * 7919 + day * day * 31) % (more + 1)
}

fn model(name: &str) -> ModelName {
    name.parse().expect("a model's name")
}

fn judge(name: &str) -> JudgeVersion {
    JudgeVersion {
        model: model(name),
        prompts: 3,
    }
}

fn percentiles(count: u64, p50_ms: u64) -> Percentiles {
    let known = |ms| (count > 0).then_some(ms);
    Percentiles {
        count,
        p50_ms: known(p50_ms),
        p95_ms: known(p50_ms * 17 / 10),
        p99_ms: known(p50_ms * 22 / 10),
    }
}

fn scores(count: u64, mean: f64) -> Scores {
    let known = |score: f64| (count > 0).then_some(score);
    Scores {
        count,
        mean: known(mean),
        p25: known(mean - 0.7),
        p50: known(mean + 0.1),
        p75: known(mean + 0.6),
        spread: known(1.1),
    }
}

fn money(micros: u64) -> Money {
    Money {
        micros,
        unpriced_calls: 0,
    }
}

pub fn empty() -> Figures {
    let latency = LatencyMeasure::ALL.map(|measure| Latency {
        measure,
        percentiles: Percentiles::default(),
        target: measure.target(),
    });
    Figures {
        period: Period {
            from: first(),
            to: first() + Days::new(DAYS - 1),
            interval: Interval::Day,
        },
        filter: Filter::default(),
        choices: Choices::default(),
        as_of: at(DAYS),
        totals: Totals::default(),
        activity: (0..DAYS)
            .map(|day| ActivityPoint {
                at: at(day),
                endings: Endings::default(),
                tokens: Tokens::default(),
                money: Money::default(),
            })
            .collect(),
        sources: Vec::new(),
        errors: Vec::new(),
        requests: Vec::new(),
        latency: latency.to_vec(),
        latency_over_time: Vec::new(),
        quality: Quality::default(),
        repair: Repair::default(),
        by_workflow: Vec::new(),
        by_agent: Vec::new(),
        by_model: Vec::new(),
        by_user: None,
        contributions: Vec::new(),
        satisfaction: Satisfaction {
            needed: Satisfaction::NEEDED,
            ..Satisfaction::default()
        },
        judge: JudgeHealth::default(),
    }
}

pub fn month() -> Figures {
    let activity = (0..DAYS).map(|day| {
        let busy = day % 7 < 5;
        let endings = Endings {
            passed: if busy { varied(day, 2, 7) } else { 0 },
            best_effort: if busy { varied(day, 0, 2) } else { 0 },
            degraded: u64::from(day % 11 == 3),
            cancelled: u64::from(day % 9 == 4),
            failed: u64::from(day == 12) * 2,
        };
        ActivityPoint {
            at: at(day),
            endings,
            tokens: Tokens::new(endings.questions() * 9_400, endings.questions() * 3_100),
            money: money(endings.questions() * 31_400),
        }
    });
    let activity: Vec<_> = activity.collect();
    let sum = |of: fn(&Endings) -> u64| activity.iter().map(|it| of(&it.endings)).sum();
    let endings = Endings {
        passed: sum(|it| it.passed),
        best_effort: sum(|it| it.best_effort),
        degraded: sum(|it| it.degraded),
        cancelled: sum(|it| it.cancelled),
        failed: sum(|it| it.failed),
    };
    let (answered, questions) = (endings.answered(), endings.questions());
    let uses = |named: &[(&str, &str, u64, u64)]| {
        let used = named.iter().map(|&(id, name, micros, tokens)| Use {
            id: id.to_owned(),
            name: name.to_owned(),
            questions,
            calls: questions * 2,
            failed_calls: 1,
            tokens: Tokens::new(tokens * questions, tokens * questions / 3),
            money: money(micros * questions),
            latency: percentiles(questions, 2_400),
        });
        used.collect::<Vec<_>>()
    };
    let agents: Vec<_> = shipped::agents().into_iter().zip(0_u64..).collect();
    let mut figures = empty();
    figures.totals = Totals {
        endings,
        calls: questions * 11,
        failed_calls: 7,
        tokens: Tokens::new(questions * 9_400, questions * 3_100),
        money: money(questions * 31_400),
        bench_calls: 12,
        answers: percentiles(answered, 9_300),
    };
    figures.choices = Choices {
        workflows: vec![Named {
            id: "overmind".to_owned(),
            name: "Overmind".to_owned(),
        }],
        ..Choices::default()
    };
    figures.sources = [(Source::Browser, 96), (Source::Api, 31), (Source::Mcp, 9)]
        .map(|(source, questions)| SourceCount { source, questions })
        .to_vec();
    figures.errors = vec![ErrorCount {
        code: "provider_unavailable".to_owned(),
        questions: 2,
    }];
    figures.requests = (0..DAYS)
        .map(|day| RequestPoint {
            at: at(day),
            succeeded: varied(day, 120, 300),
            refused: varied(day, 0, 9),
            failed: u64::from(day == 12) * 4,
        })
        .collect();
    for (it, p50_ms) in figures
        .latency
        .iter_mut()
        .zip([24, 2_600, 2_900, 5_600, 7_900, 12_100, 0])
    {
        it.percentiles = percentiles(if p50_ms == 0 { 0 } else { answered }, p50_ms);
    }
    figures.latency_over_time = (0..DAYS)
        .map(|day| {
            let count = activity
                .get(day as usize)
                .map_or(0, |it| it.endings.answered());
            LatencyPoint {
                at: at(day),
                answer: percentiles(count, varied(day, 7_400, 4_000)),
                agent: percentiles(count, 2_600),
                synthesis: percentiles(count, 2_900),
                first_token: percentiles(count, 5_600),
            }
        })
        .collect();
    let (before, after) = (judge("anthropic/claude-sonnet"), judge("openai/gpt-5"));
    figures.quality = Quality {
        scores: scores(answered - 2, 8.7),
        distribution: [
            0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2, 1, 3, 2, 6, 9, 14, 24, 38, 29,
        ],
        unscored: 2,
        by_iteration: [(1, 120, 8.1), (2, 41, 8.8), (3, 9, 8.9)]
            .map(|(iteration, count, mean)| IterationScores {
                iteration,
                scores: scores(count, mean),
                distribution: [0; 20],
            })
            .to_vec(),
        over_time: activity
            .iter()
            .zip(0..)
            .filter(|(it, _)| it.endings.answered() > 0)
            .map(|(it, day)| QualityPoint {
                at: it.at,
                judge: if day < 17 {
                    before.clone()
                } else {
                    after.clone()
                },
                scores: scores(
                    it.endings.answered(),
                    if day < 17 { 8.9 } else { 8.1 } + varied(day, 0, 8) as f64 / 10.0 - 0.4,
                ),
            })
            .collect(),
        breaks: vec![JudgeBreak {
            at: at(17),
            before: before.clone(),
            after: after.clone(),
        }],
    };
    figures.repair = Repair {
        answered,
        repaired: answered / 3,
        compared: answered / 3,
        mean_gain: Some(0.84),
        improved: answered / 4,
        rescued: answered / 5,
        added_tokens: Tokens::new(answered * 900, answered * 200),
        added_money: money(answered * 2_000),
        mean_added_ms: Some(4_300),
        rounds: [(1, answered - answered / 3), (2, answered / 3 - 9), (3, 9)]
            .map(|(rounds, answers)| RoundCount { rounds, answers })
            .to_vec(),
    };
    figures.by_model = uses(&[
        (
            "anthropic/claude-sonnet",
            "anthropic/claude-sonnet",
            21_000,
            6_100,
        ),
        ("openai/gpt-5-mini", "openai/gpt-5-mini", 7_300, 2_900),
        (
            "gemini/gemini-2.5-flash",
            "gemini/gemini-2.5-flash",
            900,
            2_200,
        ),
    ]);
    figures.by_agent = agents
        .iter()
        .map(|(agent, n)| {
            let id = agent.id.to_string();
            uses(&[(
                &id,
                &agent.name.to_string(),
                3_000 + n * 400,
                1_100 + n * 90,
            )])
            .remove(0)
        })
        .collect();
    figures.by_workflow = uses(&[("overmind", "Overmind", 44_000, 12_000)]);
    figures.by_user = Some(uses(&[
        ("a", "Ada", 31_000, 9_000),
        ("g", "Grace", 22_000, 7_000),
    ]));
    figures.contributions = agents
        .iter()
        .map(|(agent, n)| AgentContributions {
            agent: Named {
                id: AgentId::to_string(&agent.id),
                name: agent.name.to_string(),
            },
            contributions: answered,
            failed: n % 3,
            claims: answered * 2,
            agreed: answered,
            disputed: answered * (1 + n % 4) / 10,
            single: answered / 2,
            reached_answer: answered * 2 * (90 - n * 8) / 100,
            misaligned: *n,
            repairs: answered * (6 + (n * 5) % 13) / 100,
        })
        .collect();
    figures.satisfaction = Satisfaction {
        up: 47,
        down: 14,
        over_time: (0..DAYS)
            .map(|day| RatingPoint {
                at: at(day),
                up: if day % 7 < 5 { varied(day, 0, 4) } else { 0 },
                down: u64::from(day % 6 == 2),
            })
            .collect(),
        calibration: [
            (6, 1, 3, None),
            (7, 4, 4, Some(0.5)),
            (8, 17, 7, Some(0.71)),
            (9, 25, 0, Some(1.0)),
        ]
        .map(|(from, up, down, liked)| CalibrationBand {
            from,
            up,
            down,
            liked,
        })
        .to_vec(),
        rated_and_scored: 61,
        needed: Satisfaction::NEEDED,
    };
    figures.judge = JudgeHealth {
        drafts: scores(171, 8.4),
        nine_or_more: 53,
        unscored: 2,
        self_judged: 0,
        items: 1_026,
        void_items: 18,
        comparisons: 24,
        reversals: 3,
        by_version: [(before, 96, 38, 14, 2, 8.9), (after, 75, 15, 10, 1, 8.0)]
            .map(
                |(judge, count, nine_or_more, comparisons, reversals, mean)| JudgeVersionHealth {
                    judge,
                    drafts: scores(count, mean),
                    nine_or_more,
                    comparisons,
                    reversals,
                },
            )
            .to_vec(),
    };
    figures.activity = activity;
    figures
}
