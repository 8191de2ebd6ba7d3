//! The built-in model: llama.cpp in this process, all calls batched into one context.
//! Here is the port's side; `worker` has the thread that computes.

mod file;
mod frame;
mod grammar;
mod json_schema;
mod sampler;
mod sequence;
mod worker;

pub use file::{BUILT_IN_SHA256, FILE_NAME, Sha256};

use domain::{LlmConfig, ModelName};
use engine::llm::{Llm, LlmChunk, LlmError, LlmErrorKind, LlmRequest, ModelTraits, ReplyFormat};
use frame::Frame;
use futures::channel::mpsc as stream_channel;
use futures::stream::{self, BoxStream, StreamExt};
use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::model::params::LlamaModelParams;
use sequence::{Item, Job};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, mpsc};
use std::thread::JoinHandle;
use std::time::Instant;

pub const PROVIDER: &str = "local";
/// The model that the set-up script fetches.
pub const BUILT_IN: &str = "local/smollm2-135m-instruct";

/// Prompt and reply together, for each of the concurrent calls.
const CONTEXT: u32 = 3072;

/// A model loaded from a GGUF file, with its thread. Dropping it ends both.
pub struct Local {
    name: ModelName,
    model: Arc<LlamaModel>,
    frame: Frame,
    context: u32,
    /// `None` only while dropping.
    jobs: Option<mpsc::Sender<Job>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, thiserror::Error)]
pub enum LocalError {
    #[error(
        "the local model is not at {}: fetch it with scripts/fetch-model.sh (`make setup` does so \
         too), or set OVERMIND_LOCAL_MODEL to the path of a GGUF file",
        .0.display()
    )]
    Missing(PathBuf),
    #[error(
        "the local model {} is damaged, its hash is not the published one: fetch it again with \
         scripts/fetch-model.sh (`make setup` does so too)",
        .0.display()
    )]
    Damaged(PathBuf),
    #[error("the local model {} cannot be read: {source}", .path.display())]
    Unreadable {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error(
        "the local model {} cannot be loaded: it is no GGUF file that llama.cpp knows, or it is \
         damaged",
        .0.display()
    )]
    NotAModel(PathBuf),
    #[error(
        "the local model needs a processor with {0}, which this one lacks: connect a provider \
         instead, for example with OPENAI_API_KEY"
    )]
    Processor(&'static str),
    #[error("the local model does not start: {0}")]
    Start(String),
}

impl Local {
    /// Loads the model. With `expected` the file must have that hash; a file that the operator
    /// chose has none to compare with.
    pub fn open(path: &Path, expected: Option<Sha256>) -> Result<Self, LocalError> {
        let started = Instant::now();
        supported_processor()?;
        file::check(path, expected)?;
        let hashed = started.elapsed();
        let name = file::model_name(path).ok_or_else(|| LocalError::NotAModel(path.to_owned()))?;
        let backend = backend()?;
        let model = LlamaModel::load_from_file(backend, path, &LlamaModelParams::default())
            .map_err(|_| LocalError::NotAModel(path.to_owned()))?;
        let model = Arc::new(model);
        let frame = Frame::of(&model).map_err(|_| LocalError::NotAModel(path.to_owned()))?;
        let context = CONTEXT.min(model.n_ctx_train());
        let (jobs, queue) = mpsc::channel();
        let stop = Arc::new(AtomicBool::new(false));
        let thread = worker::start(
            backend,
            Arc::clone(&model),
            context,
            queue,
            Arc::clone(&stop),
        )?;
        tracing::info!(
            model = %name,
            hashed_ms = hashed.as_millis() as u64,
            loaded_ms = (started.elapsed() - hashed).as_millis() as u64,
            "local model loaded"
        );
        Ok(Self {
            name,
            model,
            frame,
            context,
            jobs: Some(jobs),
            stop,
            thread: Some(thread),
        })
    }

    /// `local/` and the file's name in lower case, without what tells its quantization.
    pub fn name(&self) -> &ModelName {
        &self.name
    }

    fn submit(
        &self,
        request: LlmRequest,
    ) -> Result<stream_channel::UnboundedReceiver<Item>, LlmError> {
        let started = Instant::now();
        let model = self.known(request.models.first())?;
        let grammar = grammar::grammar(&request.format)
            .map_err(|error| LlmError::new(LlmErrorKind::Local, error.to_string()))?;
        let prompt = self
            .frame
            .tokens(self.model.vocab(), &request.system, &request.prompt);
        let limits = Limits::new(&request.config, &request.format, grammar.as_ref());
        if prompt.len() + limits.last as usize > self.context as usize {
            return Err(LlmError::new(
                LlmErrorKind::TooLong,
                format!(
                    "the prompt takes {} tokens and the reply up to {}, but the context of {} \
                     holds {}",
                    prompt.len(),
                    limits.last,
                    self.name,
                    self.context
                ),
            ));
        }
        let (out, replies) = stream_channel::unbounded();
        let seed = sampler::seed(&request.system, &request.prompt);
        let job = Job {
            model,
            prompt,
            grammar: grammar.map(|grammar| grammar.gbnf),
            config: request.config,
            seed,
            limits,
            started,
            out,
        };
        let sent = self
            .jobs
            .as_ref()
            .is_some_and(|jobs| jobs.send(job).is_ok());
        sent.then_some(replies).ok_or_else(stopped)
    }

    fn known(&self, asked: Option<&ModelName>) -> Result<ModelName, LlmError> {
        match asked {
            Some(model) if *model == self.name => Ok(model.clone()),
            asked => Err(LlmError::new(
                LlmErrorKind::UnknownModel,
                format!(
                    "the local model is {}, not {}; OVERMIND_LOCAL_MODEL names another GGUF file",
                    self.name,
                    asked.map_or_else(|| String::from("an unnamed one"), ToString::to_string)
                ),
            )),
        }
    }
}

impl Llm for Local {
    fn stream(&self, request: LlmRequest) -> BoxStream<'static, Result<LlmChunk, LlmError>> {
        match self.submit(request) {
            Err(error) => stream::once(std::future::ready(Err(error))).boxed(),
            // Whatever becomes of the thread, the stream ends with a reply or an error.
            Ok(replies) => stream::unfold(Some(replies), |replies| async move {
                let mut replies = replies?;
                match replies.next().await {
                    Some(Ok(delta @ LlmChunk::Delta(_))) => Some((Ok(delta), Some(replies))),
                    Some(last) => Some((last, None)),
                    None => Some((Err(stopped()), None)),
                }
            })
            .boxed(),
        }
    }

    fn count_tokens(&self, _: &ModelName, text: &str) -> u32 {
        self.model
            .vocab()
            .tokenize(text.as_bytes(), false, false)
            .len() as u32
    }

    fn traits(&self, _: &ModelName) -> ModelTraits {
        ModelTraits {
            context_tokens: self.context,
            small: true,
        }
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.jobs = None;
        // llama.cpp must not compute any more when the process tears down its statics.
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// How many tokens a reply may have.
#[derive(Clone, Copy, Debug)]
struct Limits {
    /// From here on a reply with a grammar is steered to its end.
    steer: u32,
    /// Here it is cut.
    last: u32,
}

impl Limits {
    fn new(config: &LlmConfig, format: &ReplyFormat, grammar: Option<&grammar::Grammar>) -> Self {
        let wanted = config.max_tokens.unwrap_or(match format {
            ReplyFormat::Text => 384,
            ReplyFormat::Sim => 224,
            ReplyFormat::Json(_) => 512,
        });
        let Some(grammar) = grammar else {
            return Self {
                steer: wanted,
                last: wanted,
            };
        };
        // A token is a byte at worst, some three in a usual ending: the steering starts in time
        // for the usual one, and the cut lies behind the worst.
        let closing = grammar.closing as u32;
        let steer = wanted.saturating_sub(closing / 3).max(wanted / 2);
        Self {
            steer,
            last: wanted.max(steer + closing),
        }
    }
}

fn stopped() -> LlmError {
    LlmError::new(
        LlmErrorKind::Local,
        "the local model has stopped; start Overmind again",
    )
}

/// llama.cpp can be initialized once per process only.
fn backend() -> Result<&'static LlamaBackend, LocalError> {
    static BACKEND: OnceLock<Result<LlamaBackend, String>> = OnceLock::new();
    BACKEND
        .get_or_init(|| {
            let mut backend = LlamaBackend::init().map_err(|error| error.to_string())?;
            // It would write to standard error.
            backend.void_logs();
            Ok(backend)
        })
        .as_ref()
        .map_err(|error| LocalError::Start(error.clone()))
}

/// llama.cpp is built for AVX2 on x86-64; on an older processor it would end the process.
fn supported_processor() -> Result<(), LocalError> {
    #[cfg(target_arch = "x86_64")]
    for (name, found) in [
        ("AVX2", std::is_x86_feature_detected!("avx2")),
        ("FMA", std::is_x86_feature_detected!("fma")),
        ("F16C", std::is_x86_feature_detected!("f16c")),
        ("BMI2", std::is_x86_feature_detected!("bmi2")),
    ] {
        if !found {
            return Err(LocalError::Processor(name));
        }
    }
    Ok(())
}
