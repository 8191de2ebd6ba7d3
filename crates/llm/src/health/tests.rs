//! What is told of models, second by second; how the retry loop lives by it is tested there.

use super::*;

fn target() -> Target {
    "scripted/one".parse().unwrap()
}

fn failure(kind: LlmErrorKind) -> LlmError {
    LlmError::new(kind, format!("{kind:?}."))
}

fn down() -> LlmError {
    failure(LlmErrorKind::Unavailable)
}

fn limited(seconds: u64) -> LlmError {
    LlmError {
        retry_after_ms: Some(seconds * 1_000),
        ..failure(LlmErrorKind::RateLimited)
    }
}

/// The health of one model, and what time it is.
struct Told {
    health: Arc<Health>,
    start: Instant,
}

impl Told {
    fn new() -> Self {
        Self {
            health: Arc::default(),
            start: Instant::now(),
        }
    }

    fn at(&self, second: u64) -> Instant {
        self.start + Duration::from_secs(second)
    }

    fn ask(&self, second: u64) -> Leave {
        self.health.ask(&target(), self.at(second))
    }

    fn go(&self, second: u64) -> Permit {
        match self.ask(second) {
            Leave::Go(permit) => permit,
            other => panic!("at {second} s: {other:?}"),
        }
    }

    fn refused(&self, second: u64) -> String {
        match self.ask(second) {
            Leave::No(error) => error.message,
            other => panic!("at {second} s: {other:?}"),
        }
    }

    /// At least so many seconds, and less than one more.
    fn waits(&self, second: u64, wanted: u64) {
        let range = Duration::from_secs(wanted)..Duration::from_secs(wanted + 1);
        match self.ask(second) {
            Leave::Wait(wait) if range.contains(&wait) => {}
            other => panic!("at {second} s: {other:?}"),
        }
    }

    /// Left alone from second 6 to second 21; these calls are still under way.
    fn open(&self) -> Vec<Permit> {
        let mut permits: Vec<_> = (0..24).map(|_| self.go(0)).collect();
        for second in [0, 0, 0, 0, 0, 0, 0, 6] {
            permits.pop().unwrap().failed(&down(), self.at(second));
        }
        self.refused(6);
        permits
    }
}

#[tokio::test(start_paused = true)]
async fn a_model_that_keeps_failing_is_left_alone_and_tried_again() {
    let told = Told::new();
    let permits: Vec<_> = (0..20).map(|_| told.go(0)).collect();
    let mut permits = permits.into_iter();
    // A run's agents at once: that alone is no sign.
    for permit in permits.by_ref().take(18) {
        permit.failed(&down(), told.at(0));
    }
    drop(told.go(1));
    permits.next().unwrap().failed(&down(), told.at(6));
    assert_eq!(
        told.refused(6),
        "scripted/one failed 19 times in a row and is left alone; it is tried again in 15 s."
    );
    let other: Target = "scripted/two".parse().unwrap();
    assert!(matches!(told.health.ask(&other, told.at(6)), Leave::Go(_)));
    let probe = told.go(21);
    assert_eq!(
        told.refused(21),
        "scripted/one failed 19 times in a row and is left alone; another call is trying it at this moment."
    );
    probe.failed(&down(), told.at(22));
    assert!(told.refused(22).ends_with("in 30 s."));
    told.go(52).succeeded(told.at(52));
    let (_one, _another) = (told.go(52), told.go(52));
}

#[tokio::test(start_paused = true)]
async fn only_the_one_that_tries_decides() {
    let told = Told::new();
    let mut late = told.open();
    // Before it is tried, and meanwhile.
    late.pop().unwrap().failed(&down(), told.at(7));
    assert!(told.refused(7).ends_with("in 14 s."));
    let probe = told.go(21);
    late.pop().unwrap().failed(&down(), told.at(21));
    assert!(told.refused(21).ends_with("at this moment."));
    drop(late);
    assert!(told.refused(21).ends_with("at this moment."));
    probe.failed(&down(), told.at(22));
    assert!(told.refused(22).ends_with("in 30 s."), "doubled once");

    // One that takes longer than the cooldown is followed by another, whose place it leaves alone.
    let slow = told.go(52);
    told.refused(81);
    let second = told.go(82);
    slow.failed(&down(), told.at(83));
    assert!(told.refused(83).ends_with("at this moment."));
    second.failed(&down(), told.at(84));
    assert!(told.refused(84).ends_with("in 60 s."));
}

#[tokio::test(start_paused = true)]
async fn any_answer_shows_that_the_provider_is_there() {
    for kind in [
        LlmErrorKind::RateLimited,
        LlmErrorKind::Refused,
        LlmErrorKind::TooLong,
        LlmErrorKind::InvalidReply,
    ] {
        let told = Told::new();
        let _under_way = told.open();
        told.go(21).failed(&failure(kind), told.at(22));
        let (_one, _another) = (told.go(22), told.go(22));

        // And that it does not fail in a row.
        let told = Told::new();
        for second in 0..20 {
            let error = if second % 7 == 6 {
                failure(kind)
            } else {
                down()
            };
            told.go(second).failed(&error, told.at(second));
        }
        drop(told.go(20));
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_provider_asks_for_holds_for_everybody_until_it_is_over() {
    let told = Told::new();
    let mut calls: Vec<_> = (0..6).map(|_| told.go(0)).collect();
    let mut end = |error: Option<LlmError>| {
        let call = calls.pop().unwrap();
        match error {
            Some(error) => call.failed(&error, told.at(0)),
            None => call.succeeded(told.at(0)),
        }
    };
    end(Some(failure(LlmErrorKind::RateLimited)));
    drop(told.go(0)); // It did not say how long.
    end(Some(limited(30)));
    // Whatever comes of the others.
    for other in [
        Some(limited(4)),
        None,
        Some(down()),
        Some(failure(LlmErrorKind::Refused)),
    ] {
        end(other);
        told.waits(0, 30);
        assert!(!told.health.ready(&target(), told.at(0)));
    }
    told.waits(29, 1);
    assert!(told.health.ready(&target(), told.at(30)));
    told.go(30).succeeded(told.at(30));
    assert!(told.health.states().is_empty());
}

#[tokio::test(start_paused = true)]
async fn nobody_tries_before_the_time_that_was_asked_for() {
    let told = Told::new();
    let mut under_way = told.open();
    under_way.pop().unwrap().failed(&limited(60), told.at(6));
    // It answered, but failed again for long.
    for second in [7, 7, 7, 7, 7, 7, 7, 12] {
        let call = under_way.pop().unwrap();
        call.failed(&down(), told.at(second));
    }
    assert!(told.refused(12).ends_with("in 54 s."));
    told.waits(27, 39);
    let _probe = told.go(66);
    told.refused(66);
}

#[tokio::test(start_paused = true)]
async fn a_day_is_not_waited_for_on_one_answers_word() {
    let told = Told::new();
    told.go(0).failed(&limited(86_400), told.at(0));
    told.waits(0, 300);
    drop(told.go(300));
}

#[tokio::test(start_paused = true)]
async fn made_up_names_do_not_fill_the_memory() {
    let told = Told::new();
    told.go(0).failed(&limited(60), told.at(0));
    for number in 0..2 * MOST_MODELS {
        let name: Target = format!("compatible/{number}").parse().unwrap();
        let now = told.at(1);
        match told.health.ask(&name, now) {
            Leave::Go(permit) => permit.failed(&down(), now),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(told.health.states().len(), MOST_MODELS);
    drop(told.go(1)); // The oldest made room.
}
