//! The retry loop over a provider that fails as told, in paused time.

use super::*;
use domain::workflow::BudgetLimits;
use domain::{Cost, LlmConfig, Tokens};
use engine::budget::Budget;
use engine::llm::{LlmReply, ModelTraits, ReplyFormat};
use std::collections::VecDeque;
use std::sync::Mutex;

type Attempt = BoxStream<'static, Result<LlmChunk, LlmError>>;

/// Plays one stream for each attempt.
struct Script(Mutex<VecDeque<Attempt>>);

impl Llm for Script {
    fn stream(&self, _: LlmRequest) -> BoxStream<'static, Result<LlmChunk, LlmError>> {
        self.0.lock().unwrap().pop_front().unwrap()
    }

    fn count_tokens(&self, model: &ModelName, text: &str) -> u32 {
        crate::tokens::count(model, text)
    }

    fn traits(&self, model: &ModelName) -> ModelTraits {
        crate::catalog::traits(model)
    }
}

fn delta(text: &str) -> Result<LlmChunk, LlmError> {
    Ok(LlmChunk::Delta(text.to_owned()))
}

fn reply(text: &str) -> Result<LlmChunk, LlmError> {
    Ok(LlmChunk::Reply(LlmReply {
        text: text.to_owned(),
        model: "openai/gpt-5.1".parse().unwrap(),
        tokens: Tokens::new(1, 1),
        cost: Cost::UNKNOWN,
        latency_ms: 0,
        attempts: 1,
        truncated: false,
        dropped: Vec::new(),
    }))
}

fn failure(kind: LlmErrorKind) -> LlmError {
    LlmError::new(kind, format!("{kind:?}."))
}

fn asking_to_wait(millis: u64) -> LlmError {
    LlmError {
        retry_after_ms: Some(millis),
        ..failure(LlmErrorKind::RateLimited)
    }
}

struct Run {
    chunks: Vec<&'static str>,
    end: Result<LlmReply, LlmError>,
    waited: Duration,
    calls: u32,
}

fn model() -> ModelName {
    "openai/gpt-5.1".parse().unwrap()
}

/// The loop over these attempts, not yet begun.
fn stream(
    retry: Retry,
    health: &Arc<Health>,
    budget: &Arc<Budget>,
    attempts: Vec<Attempt>,
) -> BoxStream<'static, Result<LlmChunk, LlmError>> {
    let request = LlmRequest {
        models: vec![model()],
        config: LlmConfig::default(),
        system: String::new(),
        prompt: "question".to_owned(),
        format: ReplyFormat::Text,
        budget: Arc::clone(budget),
    };
    let llm = Arc::new(Script(Mutex::new(attempts.into())));
    retry.stream(llm, model(), Arc::clone(health), request)
}

async fn run(
    retry: Retry,
    calls: Option<u32>,
    script: Vec<Vec<Result<LlmChunk, LlmError>>>,
) -> Run {
    run_with(&Arc::default(), retry, calls, script).await
}

async fn run_with(
    health: &Arc<Health>,
    retry: Retry,
    calls: Option<u32>,
    script: Vec<Vec<Result<LlmChunk, LlmError>>>,
) -> Run {
    let budget = Arc::new(Budget::new(BudgetLimits {
        calls,
        ..BudgetLimits::default()
    }));
    let attempts = script
        .into_iter()
        .map(|chunks| futures::stream::iter(chunks).boxed());
    let started = Instant::now();
    let mut stream = stream(retry, health, &budget, attempts.collect());
    let mut chunks = Vec::new();
    let mut end = Err(failure(LlmErrorKind::Local));
    while let Some(chunk) = stream.next().await {
        match chunk {
            Ok(LlmChunk::Delta(_)) => chunks.push("delta"),
            Ok(LlmChunk::Reset) => chunks.push("reset"),
            Ok(LlmChunk::Reply(reply)) => end = Ok(reply),
            Err(error) => end = Err(error),
        }
    }
    Run {
        chunks,
        end,
        waited: started.elapsed(),
        calls: budget.used().calls,
    }
}

#[tokio::test(start_paused = true)]
async fn a_first_reply_is_passed_on() {
    let run = run(Retry::default(), None, vec![vec![delta("a"), reply("a")]]).await;
    assert_eq!(run.chunks, ["delta"]);
    assert_eq!(run.end.unwrap().attempts, 1);
    assert_eq!((run.calls, run.waited), (1, Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn the_providers_wish_wins_over_the_backoff() {
    let script = vec![vec![Err(asking_to_wait(7_000))], vec![reply("late")]];
    let run = run(Retry::default(), None, script).await;
    let reply = run.end.unwrap();
    assert_eq!((reply.attempts, reply.latency_ms), (2, 7_000));
    assert_eq!(run.calls, 2);
}

#[tokio::test(start_paused = true)]
async fn the_backoff_stays_below_its_cap_and_grows() {
    let retry = Retry {
        attempts: 40,
        base: Duration::from_millis(100),
        cap: Duration::from_millis(800),
        ..Retry::default()
    };
    // Of failures that leave the circuit closed.
    let limited = || vec![Err(failure(LlmErrorKind::RateLimited))];
    let run = run(retry, None, (0..40).map(|_| limited()).collect()).await;
    assert_eq!(run.end.unwrap_err().attempts, 40);
    let most = Duration::from_millis(100 + 200 + 400 + 36 * 800);
    assert!(run.waited < most, "{:?}", run.waited);
    assert!(run.waited > most / 5, "{:?}", run.waited);
    assert!((1..=3).all(|n| retry.backoff(n) <= retry.base * (1 << (n - 1))));
}

#[tokio::test(start_paused = true)]
async fn a_model_that_fails_for_long_is_given_up_early() {
    let retry = Retry {
        attempts: 40,
        base: Duration::from_secs(4),
        ..Retry::default()
    };
    let down = || vec![Err(failure(LlmErrorKind::Unavailable))];
    let run = run(retry, None, (0..40).map(|_| down()).collect()).await;
    let error = run.end.unwrap_err();
    assert!((8..40).contains(&error.attempts), "{error:?}");
    assert_eq!(error.message, "Unavailable.", "the provider's own words");
}

#[tokio::test(start_paused = true)]
async fn only_what_may_pass_is_tried_again() {
    for (kind, attempts) in [
        (LlmErrorKind::RateLimited, 3),
        (LlmErrorKind::Unavailable, 3),
        (LlmErrorKind::Connection, 3),
        (LlmErrorKind::Timeout, 3),
        (LlmErrorKind::Unauthorized, 1),
        (LlmErrorKind::UnknownModel, 1),
        (LlmErrorKind::Refused, 1),
        (LlmErrorKind::TooLong, 1),
        (LlmErrorKind::InvalidReply, 1),
        (LlmErrorKind::NotConfigured, 1),
        (LlmErrorKind::Local, 1),
    ] {
        let script = (0..3).map(|_| vec![Err(failure(kind))]).collect();
        let run = run(Retry::default(), None, script).await;
        let error = run.end.unwrap_err();
        assert_eq!((error.kind, error.attempts), (kind, attempts));
        assert_eq!(run.calls, attempts);
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_beyond_all_patience_fails_at_once() {
    let script = vec![vec![Err(asking_to_wait(3_600_000))]];
    let run = run(Retry::default(), None, script).await;
    let error = run.end.unwrap_err();
    assert_eq!(run.waited, Duration::ZERO);
    assert!(error.message.contains("3600 s"), "{}", error.message);
    assert_eq!(error.retry_after_ms, Some(3_600_000));
}

#[tokio::test(start_paused = true)]
async fn no_attempt_starts_after_the_time_is_up() {
    let retry = Retry {
        give_up_after: Duration::from_secs(10),
        ..Retry::default()
    };
    let script = vec![
        vec![Err(asking_to_wait(6_000))],
        vec![Err(asking_to_wait(6_000))],
    ];
    let run = run(retry, None, script).await;
    assert_eq!(run.end.unwrap_err().attempts, 2);
    assert_eq!(run.waited, Duration::from_secs(6));
}

#[tokio::test(start_paused = true)]
async fn a_broken_stream_is_reset_before_it_starts_again() {
    let broken = failure(LlmErrorKind::Connection);
    let script = vec![
        vec![delta("a"), delta("b"), Err(broken)],
        vec![delta("c"), reply("c")],
    ];
    let run = run(Retry::default(), None, script).await;
    assert_eq!(run.chunks, ["delta", "delta", "reset", "delta"]);
    assert_eq!(run.end.unwrap().text, "c");
}

#[tokio::test(start_paused = true)]
async fn a_stream_without_an_end_counts_as_broken() {
    let script = vec![vec![delta("a")], vec![reply("b")]];
    let run = run(Retry::default(), None, script).await;
    assert_eq!(run.chunks, ["delta", "reset"]);
    assert_eq!(run.end.unwrap().attempts, 2);
}

#[tokio::test(start_paused = true)]
async fn the_budget_ends_it_with_the_last_real_failure() {
    let down = || vec![Err(failure(LlmErrorKind::Unavailable))];
    let first = run(Retry::default(), Some(2), vec![down(), down()]).await;
    let error = first.end.unwrap_err();
    assert_eq!((error.kind, error.attempts), (LlmErrorKind::Unavailable, 2));
    assert_eq!(first.calls, 2);

    let none = run(Retry::default(), Some(0), vec![]).await;
    let error = none.end.unwrap_err();
    assert_eq!((error.kind, error.attempts), (LlmErrorKind::Budget, 0));
}

#[tokio::test(start_paused = true)]
async fn an_adapted_request_is_sent_at_once_and_is_no_failure() {
    let adapted = || vec![Err(mark_adapted(failure(LlmErrorKind::Refused)))];
    let retry = Retry {
        attempts: 1,
        ..Retry::default()
    };
    let run1 = run(retry, None, vec![adapted(), adapted(), vec![reply("ok")]]).await;
    assert_eq!(run1.end.unwrap().attempts, 3);
    assert_eq!((run1.calls, run1.waited), (3, Duration::ZERO));

    let stubborn = run(retry, None, (0..20).map(|_| adapted()).collect()).await;
    assert_eq!(stubborn.calls, MOST_ADAPTATIONS + 1);
    assert_eq!(stubborn.end.unwrap_err().kind, LlmErrorKind::Refused);
}

/// Of a model that has failed for long: the next call is the one that tries.
async fn about_to_be_tried() -> Arc<Health> {
    let health = Arc::default();
    for seconds in [0, 0, 0, 0, 0, 0, 0, 6] {
        let permit = permit(&health);
        tokio::time::advance(Duration::from_secs(seconds)).await;
        permit.failed(&failure(LlmErrorKind::Unavailable), Instant::now());
    }
    let error = run_with(&health, Retry::default(), None, vec![]).await.end;
    assert!(error.unwrap_err().message.contains("is left alone"));
    tokio::time::advance(Duration::from_secs(15)).await;
    health
}

fn permit(health: &Arc<Health>) -> crate::health::Permit {
    match health.ask(&model(), Instant::now()) {
        Leave::Go(permit) => permit,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn one_that_tries_keeps_nobody_away_when_it_is_over() {
    let limited = || vec![Err(failure(LlmErrorKind::RateLimited))];
    let asked = || vec![Err(asking_to_wait(20_000))];
    let adapted = || vec![Err(mark_adapted(failure(LlmErrorKind::Refused)))];
    let answer = || vec![delta("a"), reply("a")];
    let broken = || vec![delta("a"), Err(failure(LlmErrorKind::Connection))];
    // Calls allowed, attempts, and how it ends.
    for (calls, script, end) in [
        (None, vec![answer()], Ok(1)),
        (None, vec![limited(), answer()], Ok(2)),
        (None, vec![asked(), answer()], Ok(2)),
        (None, vec![adapted(), adapted(), answer()], Ok(3)),
        (None, vec![broken(), answer()], Ok(2)),
        (Some(0), vec![], Err(LlmErrorKind::Budget)),
        (Some(1), vec![limited()], Err(LlmErrorKind::RateLimited)),
        (
            None,
            vec![vec![Err(failure(LlmErrorKind::TooLong))]],
            Err(LlmErrorKind::TooLong),
        ),
    ] {
        let health = about_to_be_tried().await;
        let tried = run_with(&health, Retry::default(), calls, script).await.end;
        let told = tried
            .map(|reply| reply.attempts)
            .map_err(|error| error.kind);
        assert_eq!(told, end);
        let next = run_with(&health, Retry::default(), None, vec![answer()]).await;
        assert_eq!(next.end.unwrap().attempts, 1, "after {end:?}");
        assert_eq!(next.waited, Duration::ZERO, "after {end:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn one_that_is_given_up_while_it_tries_leaves_its_place() {
    let health = about_to_be_tried().await;
    let budget = Arc::new(Budget::unlimited());
    let silent = vec![futures::stream::pending().boxed()];
    let mut trying = stream(Retry::default(), &health, &budget, silent);
    assert!(futures::poll!(trying.next()).is_pending());
    let other = run_with(&health, Retry::default(), None, vec![]).await;
    let message = other.end.unwrap_err().message;
    assert!(
        message.ends_with("another call is trying it at this moment."),
        "{message}"
    );
    drop(trying);
    let next = run_with(&health, Retry::default(), None, vec![vec![reply("a")]]).await;
    assert_eq!(next.end.unwrap().attempts, 1);
}

#[tokio::test(start_paused = true)]
async fn the_first_word_of_one_that_tries_is_enough_for_the_others() {
    let health = about_to_be_tried().await;
    let budget = Arc::new(Budget::unlimited());
    let slow = futures::stream::iter([delta("a")]).chain(futures::stream::pending());
    let mut trying = stream(Retry::default(), &health, &budget, vec![slow.boxed()]);
    assert!(matches!(trying.next().await, Some(Ok(LlmChunk::Delta(_)))));
    for _ in 0..2 {
        let next = run_with(&health, Retry::default(), None, vec![vec![reply("b")]]).await;
        assert_eq!(next.end.unwrap().attempts, 1);
    }
    drop(trying);
}

#[tokio::test(start_paused = true)]
async fn what_was_asked_of_one_call_holds_for_the_next_though_others_succeed() {
    let health = Arc::default();
    let under_way = permit(&health);
    let once = Retry {
        attempts: 1,
        ..Retry::default()
    };
    let first = run_with(&health, once, None, vec![vec![Err(asking_to_wait(30_000))]]).await;
    assert_eq!(first.end.unwrap_err().kind, LlmErrorKind::RateLimited);
    under_way.succeeded(Instant::now());
    let next = run_with(&health, once, None, vec![vec![reply("a")]]).await;
    assert_eq!(next.end.unwrap().attempts, 1);
    let (least, most) = (Duration::from_secs(30), Duration::from_secs(31));
    assert!((least..most).contains(&next.waited), "{:?}", next.waited);
}

#[tokio::test(start_paused = true)]
async fn one_whom_the_waits_of_others_keep_from_asking_gives_up() {
    let health = Arc::default();
    let under_way: Vec<_> = (0..30).map(|_| permit(&health)).collect();
    let others = async {
        for permit in under_way {
            permit.failed(&asking_to_wait(30_000), Instant::now());
            tokio::time::sleep(Duration::from_secs(20)).await;
        }
    };
    let waiting = run_with(&health, Retry::default(), None, vec![vec![reply("a")]]);
    let ((), waited) = futures::join!(others, waiting);
    let error = waited.end.unwrap_err();
    assert_eq!((error.kind, error.attempts), (LlmErrorKind::RateLimited, 0));
    assert!(
        error.message.contains("is at its provider's rate limit"),
        "{error}"
    );
    let (least, most) = (Duration::from_secs(240), Duration::from_secs(300));
    assert!(
        (least..=most).contains(&waited.waited),
        "{:?}",
        waited.waited
    );
}
