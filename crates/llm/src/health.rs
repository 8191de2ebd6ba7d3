//! How each model is doing, for all runs of this process: one that keeps failing is left alone for
//! a while, and one whose provider asked to wait is waited for by everybody.

use domain::ModelName;
use engine::llm::{LlmError, LlmErrorKind};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Failures without a success in between, before a model is left alone.
const FAILURES: u32 = 8;
/// And for so long: the agents of one run fail together within a moment.
const FAILING_FOR: Duration = Duration::from_secs(5);
const FIRST_COOLDOWN: Duration = Duration::from_secs(15);
const LONGEST_COOLDOWN: Duration = Duration::from_secs(300);
/// Those who waited do not come back all at once.
const SPREAD: Duration = Duration::from_millis(750);

#[derive(Default)]
pub struct Health(Mutex<HashMap<ModelName, State>>);

#[derive(Default)]
struct State {
    failures: u32,
    /// The first of them.
    since: Option<Instant>,
    /// The circuit is open until then.
    closed_until: Option<Instant>,
    cooldown: Duration,
    /// After the cooldown one call tries; it is under way since then.
    trying: Option<Instant>,
    /// What the provider asked for.
    not_before: Option<Instant>,
}

/// What a call may do.
#[derive(Debug, PartialEq)]
pub enum Leave {
    Go,
    Wait(Duration),
    /// It would fail as the others did.
    No(LlmError),
}

impl Health {
    /// Before a call is sent.
    pub fn ask(&self, model: &ModelName, now: Instant) -> Leave {
        let mut states = self.states();
        let Some(state) = states.get_mut(model) else {
            return Leave::Go;
        };
        if let Some(until) = state.closed_until {
            // One that tries for longer than a cooldown is given up.
            let tries = state
                .trying
                .is_some_and(|since| now - since < state.cooldown);
            if now < until || tries {
                let left = until
                    .saturating_duration_since(now)
                    .max(Duration::from_secs(1));
                return Leave::No(failing(model, state.failures, left));
            }
            state.trying = Some(now);
            return Leave::Go;
        }
        match state.not_before.filter(|at| *at > now) {
            Some(at) => Leave::Wait(at - now + SPREAD.mul_f64(fastrand::f64())),
            None => Leave::Go,
        }
    }

    /// After a reply.
    pub fn succeeded(&self, model: &ModelName) {
        let mut states = self.states();
        if let Some(state) = states.remove(model)
            && state.closed_until.is_some()
        {
            tracing::info!(%model, "answers again");
        }
    }

    /// After a failed call; those that are about the request say nothing about the model.
    pub fn failed(&self, model: &ModelName, error: &LlmError, now: Instant) {
        let mut states = self.states();
        match error.kind {
            LlmErrorKind::RateLimited => {
                if let Some(asked) = error.retry_after_ms {
                    let at = now + Duration::from_millis(asked);
                    let state = states.entry(model.clone()).or_default();
                    state.not_before = state.not_before.max(Some(at));
                }
            }
            LlmErrorKind::Unavailable | LlmErrorKind::Connection | LlmErrorKind::Timeout => {
                let state = states.entry(model.clone()).or_default();
                state.fail(model, now);
            }
            // The provider answers.
            _ => {
                states.remove(model);
            }
        }
    }

    fn states(&self) -> MutexGuard<'_, HashMap<ModelName, State>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn fail(&mut self, model: &ModelName, now: Instant) {
        self.failures += 1;
        let since = *self.since.get_or_insert(now);
        let tried = self.trying.take().is_some();
        if tried {
            self.cooldown = (self.cooldown * 2).min(LONGEST_COOLDOWN);
        } else if self.closed_until.is_some() {
            // One of those that were under way when the circuit opened.
            return;
        } else if self.failures < FAILURES || now - since < FAILING_FOR {
            return;
        } else {
            self.cooldown = FIRST_COOLDOWN;
        }
        self.closed_until = Some(now + self.cooldown);
        tracing::warn!(%model, failures = self.failures, cooldown = ?self.cooldown, "left alone for a while");
    }
}

fn failing(model: &ModelName, failures: u32, left: Duration) -> LlmError {
    let seconds = left.as_secs_f64().ceil();
    LlmError::new(
        LlmErrorKind::Unavailable,
        format!(
            "{model} failed {failures} times in a row and is left alone; it is tried again in {seconds} s."
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model() -> ModelName {
        "scripted/one".parse().unwrap()
    }

    fn unavailable() -> LlmError {
        LlmError::new(LlmErrorKind::Unavailable, "overloaded (529)")
    }

    fn refused(leave: Leave) -> String {
        match leave {
            Leave::No(error) => error.message,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_model_that_keeps_failing_is_left_alone_and_tried_again() {
        let health = Health::default();
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let fail = |seconds| health.failed(&model(), &unavailable(), at(seconds));
        // A run's agents at once: that alone is no sign.
        for _ in 0..18 {
            fail(0);
        }
        assert_eq!(health.ask(&model(), at(1)), Leave::Go);
        fail(6);
        let message = refused(health.ask(&model(), at(6)));
        assert_eq!(
            message,
            "scripted/one failed 19 times in a row and is left alone; it is tried again in 15 s."
        );
        let other: ModelName = "scripted/two".parse().unwrap();
        assert_eq!(health.ask(&other, at(6)), Leave::Go);
        // Late failures of calls that were under way change nothing.
        fail(7);
        assert_eq!(health.ask(&model(), at(21)), Leave::Go, "one may try");
        refused(health.ask(&model(), at(21)));
        fail(22);
        assert!(refused(health.ask(&model(), at(22))).ends_with("in 30 s."));
        assert_eq!(health.ask(&model(), at(52)), Leave::Go);
        health.succeeded(&model());
        assert_eq!(health.ask(&model(), at(52)), Leave::Go);
        assert_eq!(health.ask(&model(), at(52)), Leave::Go);
    }

    #[tokio::test(start_paused = true)]
    async fn what_a_provider_asks_for_holds_for_everybody() {
        let health = Health::default();
        let now = Instant::now();
        let mut limited = LlmError::new(LlmErrorKind::RateLimited, "slow down (429)");
        health.failed(&model(), &limited, now);
        assert_eq!(
            health.ask(&model(), now),
            Leave::Go,
            "it did not say how long"
        );
        limited.retry_after_ms = Some(4_000);
        health.failed(&model(), &limited, now);
        match health.ask(&model(), now + Duration::from_secs(1)) {
            Leave::Wait(wait) => {
                assert!(wait >= Duration::from_secs(3) && wait < Duration::from_secs(4));
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(
            health.ask(&model(), now + Duration::from_secs(4)),
            Leave::Go
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_refused_request_is_not_the_models_fault() {
        let health = Health::default();
        let now = Instant::now();
        for seconds in 0..20 {
            let error = LlmError::new(LlmErrorKind::Refused, "no such parameter");
            health.failed(&model(), &error, now + Duration::from_secs(seconds));
        }
        assert_eq!(
            health.ask(&model(), now + Duration::from_secs(20)),
            Leave::Go
        );
    }
}
