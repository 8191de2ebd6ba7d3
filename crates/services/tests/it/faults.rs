//! Two hundred runs with a provider that fails at random: every one of them ends as its faults
//! allow, and tells all of it.

use crate::stories;
use crate::world::{Setup, World, ada, observation, on, passing, query, watch};
use domain::{Run, Source};
use futures::StreamExt;
use futures::stream;
use provider_mock::{Answer, Mock, Pace, RecordedCall, Rule, Script, Then, When};
use serde_json::json;
use std::collections::BTreeSet;

stories!(two_hundred_runs_all_end);

const RUNS: usize = 200;
/// As many as one person may have under way.
const AT_ONCE: usize = 20;
/// One call in so many goes wrong.
const ONE_IN: usize = 8;

/// A small generator: the same faults in every run of the test.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % sides as u64).unwrap()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fault {
    TooMany,
    Overloaded,
    Down,
    Silence,
    Broken,
    OffTopic,
    Garbage,
    BadKey,
    Endless,
}

impl Fault {
    const ALL: [Self; 9] = [
        Self::TooMany,
        Self::Overloaded,
        Self::Down,
        Self::Silence,
        Self::Broken,
        Self::OffTopic,
        Self::Garbage,
        Self::BadKey,
        Self::Endless,
    ];

    fn then(self) -> Then {
        match self {
            Self::TooMany => Then::status(429, "not now").header("retry-after", "0"),
            Self::Overloaded => Then::status(529, "not now"),
            Self::Down => Then::status(500, "not now"),
            Self::Silence => Then::never(),
            Self::Broken => Then::generated().break_after(2),
            Self::OffTopic => Then::text("This is not what was asked for."),
            Self::Garbage => Then::invalid_json(),
            Self::BadKey => Then::status(401, "not you"),
            Self::Endless => Then::huge(5 << 20).pace(Pace {
                chunk_chars: 1 << 18,
                ..Pace::default()
            }),
        }
    }

    /// How a run ends in which this is all that goes wrong: what may be better the next time is
    /// asked again, and of the rest the one call fails.
    fn alone(self, schema: &str) -> String {
        let code = match self {
            Self::Garbage | Self::Endless => "invalid_reply",
            Self::BadKey => "provider_unauthorized",
            _ => return "Passed".to_owned(),
        };
        match schema {
            "contribution" => "Degraded".to_owned(),
            "judgement" => "BestEffort".to_owned(),
            _ => format!("Failed {code}"),
        }
    }
}

/// What goes wrong, and with which schema.
type Planned = (Fault, &'static str);

/// Faults at random places, and otherwise what is asked for. The first rules are the faults, in
/// their order.
fn unreliable(dice: &mut Dice) -> (Script, Vec<Planned>) {
    let mut faults = Vec::new();
    let mut rules = Vec::new();
    for (schema, calls) in [
        ("contribution", 4 * RUNS),
        ("combined", 2 * RUNS),
        ("judgement", 2 * RUNS),
    ] {
        for number in 1..=u32::try_from(calls).unwrap() {
            if dice.roll(ONE_IN) > 0 {
                continue;
            }
            let fault = Fault::ALL[dice.roll(Fault::ALL.len())];
            faults.push((fault, schema));
            rules.push(Rule {
                when: When::any().schema(schema).nth(number),
                then: fault.then(),
                times: None,
            });
        }
    }
    let combined = json!({
        "observation": observation(),
        "core_insights": ["Focus"],
        "claims": [],
        "alignment_check": [],
        "draft": "Begin with one thing. Then go on with the next.",
    });
    let mut script = passing();
    script.rules.push(on("combined", Answer::Json(combined)));
    script.rules.splice(0..0, rules);
    (script, faults)
}

/// What went wrong with these calls. One that took too long on a busy machine was silent.
fn happened(calls: &[&RecordedCall], faults: &[Planned]) -> Vec<Planned> {
    let fault = |call: &&RecordedCall| match call.rule.and_then(|rule| faults.get(rule)) {
        Some(fault) => Some(*fault),
        None => call.closed_early.then_some((Fault::Silence, "")),
    };
    calls.iter().filter_map(fault).collect()
}

fn end(run: &Run) -> String {
    match (run.outcome, &run.error_code) {
        (Some(outcome), _) => format!("{outcome:?}"),
        (None, Some(code)) => format!("{:?} {code}", run.status),
        (None, None) => format!("{:?}", run.status),
    }
}

async fn two_hundred_runs_all_end(world: World) {
    let mut dice = Dice(0x5eed);
    let (script, faults) = unreliable(&mut dice);
    let mock = Mock::start(script).await.unwrap();
    let services = world
        .start(Setup {
            mock: Some(&mock),
            slots: 8,
            impatient: true,
            ..Setup::default()
        })
        .await;
    let ada = ada(&services).await;
    let asked: Vec<(String, bool)> = (0..RUNS)
        .map(|number| (format!("Question {number}?"), dice.roll(20) == 0))
        .collect();
    let ended: Vec<(String, bool, Run)> = stream::iter(asked)
        .map(async |(question, cancelled)| {
            let mut query = query(&question);
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
            (question, cancelled, run)
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;

    let calls = mock.calls();
    let (mut foretold, mut answered) = (0, 0);
    for (question, cancelled, run) in &ended {
        let calls: Vec<_> = calls
            .iter()
            .filter(|call| call.prompt.contains(question))
            .collect();
        let (end, happened) = (end(run), happened(&calls, &faults));
        answered += usize::from(run.outcome.is_some());
        if *cancelled && end == "Cancelled" {
            continue;
        }
        let expected = match happened[..] {
            [] => "Passed".to_owned(),
            [(fault, schema)] => fault.alone(schema),
            // Several may add up, but nobody has stopped it.
            _ => {
                assert_ne!(end, "Cancelled", "{question} {happened:?}");
                continue;
            }
        };
        assert_eq!(end, expected, "{question} {happened:?}");
        foretold += 1;
    }
    assert!(foretold > RUNS / 2, "{foretold}");
    assert!(answered > RUNS / 2, "{answered}");
    let all: Vec<_> = calls.iter().collect();
    let kinds: BTreeSet<Fault> = happened(&all, &faults)
        .into_iter()
        .map(|(fault, _)| fault)
        .collect();
    assert_eq!(kinds, BTreeSet::from(Fault::ALL), "all of them happened");
}
