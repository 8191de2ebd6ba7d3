//! Two hundred runs with a provider that fails at random: every one of them ends, and tells all of
//! it.

use crate::stories;
use crate::world::{Setup, World, ada, passing, query, watch};
use domain::{RunStatus, Source};
use futures::StreamExt;
use futures::stream;
use provider_mock::{Answer, Mock, Rule, Script, Status, Then, When};
use std::collections::BTreeMap;

stories!(two_hundred_runs_all_end);

const RUNS: usize = 200;
/// As many as one person may have under way.
const AT_ONCE: usize = 20;
/// One call in so many goes wrong.
const ONE_IN: u64 = 8;

/// A small generator: the same faults in every run of the test.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

fn status(status: u16, headers: &[(&str, &str)]) -> Then {
    let headers = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    Then {
        answer: Answer::Status(Status {
            status,
            message: "not now".to_owned(),
            headers,
            ..Status::default()
        }),
        ..Then::default()
    }
}

fn fault(dice: &mut Dice) -> Then {
    let answer = |answer| Then {
        answer,
        ..Then::default()
    };
    match dice.roll(8) {
        0 => status(429, &[("retry-after", "0")]),
        1 => status(529, &[]),
        2 => status(500, &[]),
        3 => answer(Answer::InvalidJson {}),
        4 => answer(Answer::Text("This is not what was asked for.".to_owned())),
        5 => answer(Answer::Never {}),
        6 => status(401, &[]),
        _ => Then {
            break_after: Some(2),
            ..Then::default()
        },
    }
}

/// Faults at random places, one huge reply, and otherwise what is asked for.
fn unreliable(dice: &mut Dice) -> Script {
    let mut script = passing();
    let nth = |schema: &str, nth: u32, then: Then| Rule {
        when: When {
            schema: Some(schema.to_owned()),
            nth: Some(nth),
            ..When::default()
        },
        then,
        times: None,
    };
    let mut faults = vec![nth(
        "contribution",
        7,
        Then {
            answer: Answer::Huge { bytes: 10 << 20 },
            ..Then::default()
        },
    )];
    for (schema, calls) in [
        ("contribution", 4 * RUNS),
        ("combined", 2 * RUNS),
        ("judgement", 2 * RUNS),
    ] {
        for number in 1..=u32::try_from(calls).unwrap() {
            if dice.roll(ONE_IN) == 0 {
                faults.push(nth(schema, number, fault(dice)));
            }
        }
    }
    script.rules.splice(0..0, faults);
    script
}

async fn two_hundred_runs_all_end(world: World) {
    let mut dice = Dice(0x5eed);
    let mock = Mock::start(unreliable(&mut dice)).await.unwrap();
    let services = world
        .start(Setup {
            mock: Some(&mock),
            slots: 8,
            impatient: true,
            redis: false,
        })
        .await;
    let ada = ada(&services).await;
    let cancelled: Vec<bool> = (0..RUNS).map(|_| dice.roll(20) == 0).collect();
    let ends: Vec<String> = stream::iter(cancelled)
        .map(async |cancelled| {
            let mut query = query("How?");
            query.workflow_id = Some("balanced".into());
            let started = services.runs.start(&ada, query, Source::Api).await;
            let run = started.unwrap();
            if cancelled {
                services.runs.cancel(&ada, run.id).await.unwrap();
            }
            let events = watch(&services, &ada, run.id).await;
            assert!(events.iter().zip(1..).all(|(event, seq)| event.seq == seq));
            assert_eq!(events.iter().filter(|it| it.data.is_last()).count(), 1);
            let run = services.runs.get(&ada, run.id).await.unwrap();
            assert!(run.status.is_final());
            assert_eq!(run.last_seq, events.len() as u64);
            match run.outcome {
                Some(outcome) => format!("{outcome:?}"),
                None => format!("{:?}", run.status),
            }
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for end in ends {
        *counts.entry(end).or_default() += 1;
    }
    assert_eq!(counts.values().sum::<usize>(), RUNS);
    // The faults have happened, and most runs have an answer all the same.
    let calls = mock.calls();
    let wrong = calls
        .iter()
        .filter(|it| it.rule.is_some_and(|rule| rule < 3));
    assert!(wrong.count() >= 1);
    assert!(calls.iter().filter(|it| it.status != 200).count() > 20);
    let answered = RUNS
        - counts.get("Cancelled").copied().unwrap_or_default()
        - counts
            .get(&format!("{:?}", RunStatus::Failed))
            .copied()
            .unwrap_or_default();
    assert!(answered > RUNS / 2, "{counts:?}");
}
