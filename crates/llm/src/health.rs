//! How each model is doing, for all runs of this process: one that keeps failing is left alone for
//! a while, and one whose provider asked to wait is waited for by everybody.

use domain::ModelName;
use engine::llm::{LlmError, LlmErrorKind};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Failures without a success in between, before a model is left alone.
const FAILURES: u32 = 8;
/// And for so long: the agents of one run fail together within a moment.
const FAILING_FOR: Duration = Duration::from_secs(5);
const FIRST_COOLDOWN: Duration = Duration::from_secs(15);
/// For all that one failed call can do to the others: not even a provider that asks for a day
/// keeps them away for longer.
const LONGEST_COOLDOWN: Duration = Duration::from_secs(300);
/// Those who waited do not come back all at once.
const SPREAD: Duration = Duration::from_millis(750);
/// People name models as they like: beyond so many, the one told of longest ago is forgotten.
const MOST_MODELS: usize = 1_000;

/// Whom a state is about: one model at one connection, because providers limit each model and
/// each account by itself. A process has one connection to each provider, so the model's name
/// says both; when organizations bring their own keys, the connection becomes a part of this.
type Target = ModelName;

#[derive(Default)]
pub struct Health(Mutex<HashMap<Target, State>>);

#[derive(Default)]
struct State {
    circuit: Circuit,
    /// What the provider asked for; it runs out by itself.
    not_before: Option<Instant>,
    /// When a call last told of it.
    told: Option<Instant>,
}

/// What any answer of the provider resets.
#[derive(Default)]
struct Circuit {
    failures: u32,
    /// The first of them.
    since: Option<Instant>,
    /// After it one call at a time tries.
    open_until: Option<Instant>,
    cooldown: Duration,
    /// The one that tries, by the time at which it began.
    probe: Option<Instant>,
}

/// What a call may do.
#[derive(Debug)]
pub enum Leave {
    Go(Permit),
    Wait(Duration),
    /// It would fail as the others did.
    No(LlmError),
}

/// Leave for one call, which tells how it went. Dropped without a word, because the call was
/// given up, it says nothing about the model, and another call may try.
pub struct Permit {
    health: Arc<Health>,
    target: Target,
    /// It is the one that tries, since then.
    probe: Option<Instant>,
}

impl Health {
    /// Before a call is sent.
    pub fn ask(self: &Arc<Self>, target: &Target, now: Instant) -> Leave {
        let mut probe = None;
        if let Some(state) = self.states().get_mut(target) {
            let (circuit, wait) = (&mut state.circuit, left(state.not_before, now));
            if circuit.open_until.is_some() {
                let closed = left(circuit.open_until, now);
                if !closed.is_zero() {
                    return Leave::No(circuit.refusal(target, Some(closed.max(wait))));
                }
                // One that tries for longer than a cooldown keeps nobody else from it.
                let tried = circuit.probe.map(|since| since + circuit.cooldown);
                if !left(tried, now).is_zero() {
                    return Leave::No(circuit.refusal(target, None));
                }
            }
            if !wait.is_zero() {
                return Leave::Wait(wait + SPREAD.mul_f64(fastrand::f64()));
            }
            if circuit.open_until.is_some() {
                circuit.probe = Some(now);
                probe = circuit.probe;
            }
        }
        Leave::Go(Permit {
            health: Arc::clone(self),
            target: target.clone(),
            probe,
        })
    }

    /// Whether a call would be sent at once, to a model that is not known to fail.
    pub fn ready(&self, target: &Target, now: Instant) -> bool {
        self.states().get(target).is_none_or(|state| {
            state.circuit.open_until.is_none() && left(state.not_before, now).is_zero()
        })
    }

    /// The provider answers, whatever it says.
    fn alive(&self, target: &Target, now: Instant) {
        let mut states = self.states();
        if let Some(state) = states.get_mut(target) {
            if state.circuit.open_until.is_some() {
                tracing::info!(model = %target, "answers again");
            }
            state.circuit = Circuit::default();
            if left(state.not_before, now).is_zero() {
                states.remove(target);
            }
        }
    }

    /// Changes a state, which is made where there is none.
    fn tell(&self, target: &Target, now: Instant, change: impl FnOnce(&mut State)) {
        let mut states = self.states();
        if states.len() >= MOST_MODELS && !states.contains_key(target) {
            let oldest = states.iter().min_by_key(|(_, state)| state.told);
            if let Some(oldest) = oldest.map(|(target, _)| target.clone()) {
                states.remove(&oldest);
            }
        }
        let state = states.entry(target.clone()).or_default();
        state.told = Some(now);
        change(state);
    }

    fn states(&self) -> MutexGuard<'_, HashMap<Target, State>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit {
    /// After the first words of a reply: nobody has to wait for the rest to know that the model
    /// is back.
    pub fn heard(&mut self, now: Instant) {
        if self.probe.take().is_some() {
            self.health.alive(&self.target, now);
        }
    }

    /// After a reply.
    pub fn succeeded(self, now: Instant) {
        self.health.alive(&self.target, now);
    }

    /// After a failed call.
    pub fn failed(self, error: &LlmError, now: Instant) {
        match error.kind {
            LlmErrorKind::Unavailable | LlmErrorKind::Connection | LlmErrorKind::Timeout => {
                self.health.tell(&self.target, now, |state| {
                    state.circuit.fail(&self.target, self.probe, now);
                });
            }
            LlmErrorKind::RateLimited => {
                if let Some(asked) = error.retry_after_ms {
                    let at = now + Duration::from_millis(asked).min(LONGEST_COOLDOWN);
                    self.health.tell(&self.target, now, |state| {
                        state.not_before = state.not_before.max(Some(at));
                    });
                }
                self.health.alive(&self.target, now);
            }
            // About the request, not about the model.
            _ => self.health.alive(&self.target, now),
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if self.probe.is_some()
            && let Some(state) = self.health.states().get_mut(&self.target)
            && state.circuit.probe == self.probe
        {
            state.circuit.probe = None;
        }
    }
}

impl std::fmt::Debug for Permit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Permit")
            .field("target", &self.target)
            .field("probe", &self.probe)
            .finish_non_exhaustive()
    }
}

impl Circuit {
    /// `probe` is what the call's permit says of it.
    fn fail(&mut self, target: &Target, probe: Option<Instant>, now: Instant) {
        self.failures += 1;
        let since = *self.since.get_or_insert(now);
        if probe.is_some() && probe == self.probe {
            self.probe = None;
            self.cooldown = (self.cooldown * 2).min(LONGEST_COOLDOWN);
        } else if self.open_until.is_some() {
            // One of those that were under way when the circuit opened.
            return;
        } else if self.failures < FAILURES || now - since < FAILING_FOR {
            return;
        } else {
            self.cooldown = FIRST_COOLDOWN;
        }
        self.open_until = Some(now + self.cooldown);
        tracing::warn!(model = %target, failures = self.failures, cooldown = ?self.cooldown, "left alone for a while");
    }

    /// `left` until it is tried again, unless that is being done.
    fn refusal(&self, target: &Target, left: Option<Duration>) -> LlmError {
        let failures = self.failures;
        let next = match left.map(|left| left.as_secs_f64().ceil()) {
            Some(seconds) => format!("it is tried again in {seconds} s."),
            None => "another call is trying it at this moment.".to_owned(),
        };
        LlmError::new(
            LlmErrorKind::Unavailable,
            format!("{target} failed {failures} times in a row and is left alone; {next}"),
        )
    }
}

fn left(until: Option<Instant>, now: Instant) -> Duration {
    until.map_or(Duration::ZERO, |at| at.saturating_duration_since(now))
}

#[cfg(test)]
mod tests;
