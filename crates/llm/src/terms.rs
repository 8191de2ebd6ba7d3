//! A provider on the terms of an organization: asked no more often than it wants, at the prices that
//! it pays. Whoever has to wait waits here, in the order in which they came.

use crate::price::Price;
use async_stream::try_stream;
use domain::{ModelName, Terms};
use engine::llm::{Llm, LlmChunk, LlmError, LlmRequest, ModelTraits};
use futures::StreamExt;
use futures::stream::BoxStream;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep_until};

const MINUTE: Duration = Duration::from_secs(60);

/// How much of one connection is used in this process, whoever uses it.
#[derive(Debug)]
pub struct Pace {
    requests_per_minute: Option<u32>,
    concurrent_calls: Option<u32>,
    places: Option<Arc<Semaphore>>,
    /// When the latest calls began or will begin: as many as may in a minute, and those that wait.
    begun: Mutex<VecDeque<Instant>>,
}

impl Pace {
    pub fn of(terms: &Terms) -> Self {
        let places = terms
            .concurrent_calls
            .map(|most| Semaphore::new(most as usize));
        Self {
            requests_per_minute: terms.requests_per_minute,
            concurrent_calls: terms.concurrent_calls,
            places: places.map(Arc::new),
            begun: Mutex::default(),
        }
    }

    /// Whether it keeps to the limits of these terms.
    pub fn is_of(&self, terms: &Terms) -> bool {
        self.requests_per_minute == terms.requests_per_minute
            && self.concurrent_calls == terms.concurrent_calls
    }

    /// Waits until a call may begin; it may be under way for as long as what comes back lives.
    async fn turn(&self) -> Option<OwnedSemaphorePermit> {
        let place = match &self.places {
            // Never closed.
            Some(places) => Arc::clone(places).acquire_owned().await.ok(),
            None => None,
        };
        if let Some(begins) = self.begins(Instant::now()) {
            sleep_until(begins).await;
        }
        place
    }

    /// When the next call may begin. Whoever goes away before has used it nevertheless: rather too
    /// few calls than too many.
    fn begins(&self, now: Instant) -> Option<Instant> {
        let most = self.requests_per_minute? as usize;
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        while begun.front().is_some_and(|first| *first + MINUTE <= now) {
            begun.pop_front();
        }
        let before = begun.len().checked_sub(most);
        let free = before.and_then(|place| begun.get(place).map(|it| *it + MINUTE));
        let begins = free.map_or(now, |free| free.max(now));
        begun.push_back(begins);
        Some(begins)
    }
}

pub struct OnTerms {
    llm: Arc<dyn Llm>,
    terms: Arc<Terms>,
    pace: Arc<Pace>,
}

impl OnTerms {
    pub fn new(llm: Arc<dyn Llm>, terms: Terms, pace: Arc<Pace>) -> Self {
        Self {
            llm,
            terms: Arc::new(terms),
            pace,
        }
    }
}

impl Llm for OnTerms {
    fn stream(&self, request: LlmRequest) -> BoxStream<'static, Result<LlmChunk, LlmError>> {
        let (llm, pace) = (Arc::clone(&self.llm), Arc::clone(&self.pace));
        let terms = Arc::clone(&self.terms);
        Box::pin(try_stream! {
            let _place = pace.turn().await;
            let mut chunks = llm.stream(request);
            while let Some(chunk) = chunks.next().await {
                let mut chunk = chunk?;
                if let LlmChunk::Reply(reply) = &mut chunk
                    && let Some(price) = terms.price(reply.model.model())
                {
                    let price = Price { input: price.input, output: price.output };
                    reply.cost = price.of(reply.tokens);
                }
                yield chunk;
            }
        })
    }

    fn count_tokens(&self, model: &ModelName, text: &str) -> u32 {
        self.llm.count_tokens(model, text)
    }

    fn traits(&self, model: &ModelName) -> ModelTraits {
        self.llm.traits(model)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Cost, LlmConfig, ModelPrice, Tokens};
    use engine::budget::Budget;
    use engine::llm::{LlmReply, ReplyFormat};
    use futures::future::join_all;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// Answers after ten seconds, and counts who is there at the same time.
    #[derive(Default)]
    struct Slow {
        here: Arc<AtomicUsize>,
        most: Arc<AtomicUsize>,
    }

    impl Llm for Slow {
        fn stream(&self, request: LlmRequest) -> BoxStream<'static, Result<LlmChunk, LlmError>> {
            let (here, most) = (Arc::clone(&self.here), Arc::clone(&self.most));
            Box::pin(try_stream! {
                most.fetch_max(here.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_secs(10)).await;
                here.fetch_sub(1, Ordering::SeqCst);
                yield LlmChunk::Reply(LlmReply {
                    text: "yes".to_owned(),
                    model: request.models[0].clone(),
                    tokens: Tokens::new(1_000, 500),
                    cost: Cost::UNKNOWN,
                    latency_ms: 0,
                    attempts: 1,
                    truncated: false,
                    dropped: Vec::new(),
                });
            })
        }

        fn count_tokens(&self, _: &ModelName, _: &str) -> u32 {
            0
        }

        fn traits(&self, _: &ModelName) -> ModelTraits {
            ModelTraits {
                context_tokens: 0,
                small: false,
            }
        }
    }

    fn request(model: &str) -> LlmRequest {
        LlmRequest {
            models: vec![model.parse().unwrap()],
            config: LlmConfig::default(),
            system: String::new(),
            prompt: String::new(),
            format: ReplyFormat::Text,
            budget: Arc::new(Budget::unlimited()),
        }
    }

    /// When each of so many calls that come at once has its answer, in seconds.
    async fn ends(llm: &OnTerms, calls: usize) -> Vec<u64> {
        let started = Instant::now();
        let calls = (0..calls).map(|_| async {
            let chunks: Vec<_> = llm.stream(request("lab/a")).collect().await;
            assert!(matches!(chunks.as_slice(), [Ok(LlmChunk::Reply(_))]));
            started.elapsed().as_secs()
        });
        let mut ends = join_all(calls).await;
        ends.sort_unstable();
        ends
    }

    fn on(terms: Terms) -> (OnTerms, Arc<AtomicUsize>) {
        let slow = Slow::default();
        let most = Arc::clone(&slow.most);
        let pace = Arc::new(Pace::of(&terms));
        (OnTerms::new(Arc::new(slow), terms, pace), most)
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_begin_in_a_minute() {
        let terms = Terms {
            requests_per_minute: Some(2),
            ..Terms::default()
        };
        let (llm, _) = on(terms);
        assert_eq!(ends(&llm, 5).await, [10, 10, 70, 70, 130]);
        // The last one began ten seconds ago.
        assert_eq!(ends(&llm, 2).await, [10, 60]);
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_are_under_way_at_once() {
        let terms = Terms {
            concurrent_calls: Some(2),
            ..Terms::default()
        };
        let (llm, most) = on(terms);
        assert_eq!(ends(&llm, 5).await, [10, 10, 20, 20, 30]);
        assert_eq!(most.load(Ordering::SeqCst), 2);
        // Whoever goes away makes room.
        let (one, two) = (llm.stream(request("lab/a")), llm.stream(request("lab/a")));
        let started = Instant::now();
        let waiting = tokio::time::timeout(
            Duration::from_secs(1),
            join_all([one, two].map(StreamExt::into_future)),
        );
        assert!(waiting.await.is_err());
        assert_eq!(ends(&llm, 2).await, [10, 10]);
        assert_eq!(started.elapsed().as_secs(), 11);
    }

    #[tokio::test]
    async fn a_price_that_is_written_counts_and_another_stays_unknown() {
        tokio::time::pause();
        let terms = Terms {
            prices: vec![ModelPrice {
                model: "a".to_owned(),
                input: 600_000,
                output: 2_400_000,
            }],
            ..Terms::default()
        };
        let (llm, _) = on(terms);
        for (model, cost) in [("lab/a", Cost::micros(1_800)), ("lab/b", Cost::UNKNOWN)] {
            let chunks: Vec<_> = llm.stream(request(model)).collect().await;
            let Some(Ok(LlmChunk::Reply(reply))) = chunks.last() else {
                panic!("{chunks:?}");
            };
            assert_eq!(reply.cost, cost, "{model}");
        }
    }
}
