//! The product's one retry loop. It asks the run's budget for leave before every attempt and
//! waits as long as the provider asks, otherwise a random while that grows.

use crate::health::{Health, Leave};
use async_stream::try_stream;
use domain::ModelName;
use engine::llm::{Llm, LlmChunk, LlmError, LlmErrorKind, LlmRequest};
use futures::StreamExt;
use futures::stream::BoxStream;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

#[derive(Clone, Copy, Debug)]
pub struct Retry {
    /// Attempts that may fail, at least 1.
    pub attempts: u32,
    /// The longest first wait; doubled for every further one.
    pub base: Duration,
    /// The longest wait of our own choosing.
    pub cap: Duration,
    /// A provider that asks for a longer wait than this is not waited for.
    pub patience: Duration,
    /// The same where another model stands ready.
    pub patience_with_fallback: Duration,
    /// No attempt starts later than this, whoever was waited for.
    pub give_up_after: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            attempts: 3,
            base: Duration::from_millis(500),
            cap: Duration::from_secs(20),
            patience: Duration::from_secs(60),
            patience_with_fallback: Duration::from_secs(5),
            give_up_after: Duration::from_secs(300),
        }
    }
}

/// More than there are parameters to refuse, so that no provider can make us ask forever.
const MOST_ADAPTATIONS: u32 = 8;

/// Marks a refusal after which the provider's adapter leaves out what was refused: asking again
/// at once is then a different request, not a retry.
pub(crate) fn mark_adapted(error: LlmError) -> LlmError {
    LlmError {
        kind: LlmErrorKind::Refused,
        retry_after_ms: Some(0),
        ..error
    }
}

fn is_adapted(error: &LlmError) -> bool {
    error.kind == LlmErrorKind::Refused && error.retry_after_ms == Some(0)
}

impl Retry {
    /// One reply from `llm`, which makes one provider call for each stream it opens. `health` is
    /// what is known of `model`, the one that is asked.
    pub fn stream(
        self,
        llm: Arc<dyn Llm>,
        model: ModelName,
        health: Arc<Health>,
        request: LlmRequest,
    ) -> BoxStream<'static, Result<LlmChunk, LlmError>> {
        Box::pin(try_stream! {
            let started = Instant::now();
            let mut progress = Progress::default();
            let mut last = None;
            loop {
                let mut permit = match health.ask(&model, Instant::now()) {
                    Leave::Go(permit) => permit,
                    Leave::No(failure) => {
                        Err(progress.close(last.unwrap_or(failure), started))?;
                        return;
                    }
                    Leave::Wait(wait) => {
                        // Others may have been asked to wait again meanwhile, and again.
                        if wait > self.patience || self.too_late(started.elapsed(), wait) {
                            let failure = last.unwrap_or_else(|| limited(&model, wait));
                            Err(progress.close(failure, started))?;
                            return;
                        }
                        tokio::time::sleep(wait).await;
                        continue;
                    }
                };
                if let Err(refusal) = request.budget.take_call() {
                    Err(progress.close(last.unwrap_or(refusal), started))?;
                    return;
                }
                progress.calls += 1;
                let mut attempt = llm.stream(request.clone());
                let mut shown = false;
                let failure = loop {
                    match attempt.next().await {
                        Some(Ok(LlmChunk::Reply(mut reply))) => {
                            permit.succeeded(Instant::now());
                            reply.attempts = progress.calls;
                            reply.latency_ms = millis(started.elapsed());
                            yield LlmChunk::Reply(reply);
                            return;
                        }
                        Some(Ok(chunk)) => {
                            shown = matches!(chunk, LlmChunk::Delta(_));
                            permit.heard(Instant::now());
                            yield chunk;
                        }
                        Some(Err(failure)) => break failure,
                        None => break LlmError::new(
                            LlmErrorKind::Connection,
                            "the provider's stream ended without a reply",
                        ),
                    }
                };
                drop(attempt);
                permit.failed(&failure, Instant::now());
                if shown {
                    yield LlmChunk::Reset;
                }
                match self.wait_after(failure, &mut progress, started.elapsed()) {
                    Ok((failure, wait)) => {
                        tracing::debug!(code = failure.kind.code(), ?wait, "asking again");
                        last = Some(failure);
                        tokio::time::sleep(wait).await;
                    }
                    Err(failure) => Err(progress.close(failure, started))?,
                }
            }
        })
    }

    /// How long to wait before the next attempt, or the failure when there is to be none.
    fn wait_after(
        &self,
        failure: LlmError,
        progress: &mut Progress,
        elapsed: Duration,
    ) -> Result<(LlmError, Duration), LlmError> {
        if is_adapted(&failure) && progress.adaptations < MOST_ADAPTATIONS {
            progress.adaptations += 1;
            return Ok((failure, Duration::ZERO));
        }
        progress.failures += 1;
        if !failure.kind.retryable() || progress.failures >= self.attempts {
            return Err(failure);
        }
        let asked = failure.retry_after_ms.map(Duration::from_millis);
        if let Some(asked) = asked.filter(|asked| *asked > self.patience) {
            return Err(LlmError {
                message: format!(
                    "{} It asks to wait {} s, longer than the {} s allowed.",
                    failure.message,
                    asked.as_secs(),
                    self.patience.as_secs()
                ),
                ..failure
            });
        }
        // "At once" is what somebody says who does not know better.
        let asked = asked.filter(|asked| !asked.is_zero());
        let wait = asked.unwrap_or_else(|| self.backoff(progress.failures));
        if self.too_late(elapsed, wait) {
            return Err(failure);
        }
        Ok((failure, wait))
    }

    fn too_late(&self, elapsed: Duration, wait: Duration) -> bool {
        elapsed.saturating_add(wait) > self.give_up_after
    }

    /// Full jitter: anything between no wait at all and the longest one, so that callers who
    /// failed together do not come back together.
    fn backoff(&self, failures: u32) -> Duration {
        let longest = self
            .base
            .saturating_mul(1_u32.checked_shl(failures - 1).unwrap_or(u32::MAX))
            .min(self.cap);
        longest.mul_f64(fastrand::f64())
    }
}

#[derive(Default)]
struct Progress {
    calls: u32,
    failures: u32,
    adaptations: u32,
}

impl Progress {
    fn close(&self, error: LlmError, started: Instant) -> LlmError {
        LlmError {
            attempts: self.calls,
            latency_ms: millis(started.elapsed()),
            ..error
        }
    }
}

/// Before anything was sent: another call was told to wait.
fn limited(model: &ModelName, wait: Duration) -> LlmError {
    let seconds = wait.as_secs_f64().ceil();
    LlmError::new(
        LlmErrorKind::RateLimited,
        format!(
            "{model} is at its provider's rate limit and is asked again in {seconds} s at the earliest."
        ),
    )
}

pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
