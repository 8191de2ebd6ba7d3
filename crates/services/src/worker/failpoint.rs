//! Places where a test has this process killed in the middle of a run: `OVERMIND_FAILPOINT=commit:3`
//! is after the third commit. Not in the program that people run: the feature `failpoints` is the
//! tests' own.

/// Where a process may end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(feature = "failpoints"), expect(dead_code, reason = "never hit"))]
pub(super) enum Point {
    /// The provider has begun to answer.
    Request,
    /// It has answered, and nobody has stored it.
    Response,
    Commit,
    Publish,
}

#[cfg(not(feature = "failpoints"))]
pub(super) use living::{hit, watched};

#[cfg(not(feature = "failpoints"))]
mod living {
    use super::Point;
    use engine::llm::Llm;
    use std::sync::Arc;

    pub fn hit(_: Point) {}

    pub fn watched(llm: Arc<dyn Llm>) -> Arc<dyn Llm> {
        llm
    }
}

#[cfg(feature = "failpoints")]
pub(super) use killing::{hit, watched};

#[cfg(feature = "failpoints")]
mod killing {
    use super::Point;
    use async_stream::stream;
    use domain::ModelName;
    use engine::llm::{Llm, LlmChunk, LlmError, LlmRequest, ModelTraits};
    use futures::StreamExt;
    use futures::stream::BoxStream;
    use std::process::Command;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::sync::{Arc, OnceLock};

    /// The place and how many times it is passed.
    #[expect(clippy::disallowed_methods, reason = "no setting of the product")]
    fn chosen() -> Option<&'static (String, u32)> {
        static CHOSEN: OnceLock<Option<(String, u32)>> = OnceLock::new();
        let chosen = CHOSEN.get_or_init(|| {
            let text = std::env::var("OVERMIND_FAILPOINT").ok()?;
            let (name, count) = text.split_once(':')?;
            Some((name.to_owned(), count.parse().ok()?))
        });
        chosen.as_ref()
    }

    pub fn hit(point: Point) {
        static HITS: AtomicU32 = AtomicU32::new(0);
        let Some((name, count)) = chosen() else {
            return;
        };
        if format!("{point:?}").to_lowercase() != *name {
            return;
        }
        if HITS.fetch_add(1, Ordering::SeqCst) + 1 == *count {
            let pid = std::process::id().to_string();
            let _ = Command::new("kill").args(["-KILL", &pid]).status();
            loop {
                std::thread::park();
            }
        }
    }

    pub fn watched(llm: Arc<dyn Llm>) -> Arc<dyn Llm> {
        Arc::new(Watched(llm))
    }

    struct Watched(Arc<dyn Llm>);

    impl Llm for Watched {
        fn stream(&self, request: LlmRequest) -> BoxStream<'static, Result<LlmChunk, LlmError>> {
            let mut chunks = self.0.stream(request);
            Box::pin(stream! {
                let mut begun = false;
                while let Some(chunk) = chunks.next().await {
                    if !std::mem::replace(&mut begun, true) {
                        hit(Point::Request);
                    }
                    if matches!(chunk, Ok(LlmChunk::Reply(_))) {
                        hit(Point::Response);
                    }
                    yield chunk;
                }
            })
        }

        fn count_tokens(&self, model: &ModelName, text: &str) -> u32 {
            self.0.count_tokens(model, text)
        }

        fn traits(&self, model: &ModelName) -> ModelTraits {
            self.0.traits(model)
        }
    }
}
