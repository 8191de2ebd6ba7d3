//! One reply in the making: what is still to be computed, what was said, when it ends.

use super::Limits;
use super::sampler::{Endings, SampleError, Sampler};
use domain::usage::{Cost, Tokens};
use domain::{LlmConfig, ModelName};
use engine::llm::{LlmChunk, LlmError, LlmErrorKind, LlmReply};
use futures::channel::mpsc::UnboundedSender;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::token::LlamaToken;
use llama_cpp_2::token::data_array::LlamaTokenDataArray;
use std::ops::ControlFlow;
use std::time::Instant;

pub(super) type Item = Result<LlmChunk, LlmError>;

pub(super) struct Job {
    pub model: ModelName,
    pub prompt: Vec<LlamaToken>,
    pub grammar: Option<String>,
    pub config: LlmConfig,
    pub seed: u32,
    pub limits: Limits,
    pub started: Instant,
    pub out: UnboundedSender<Item>,
}

pub(super) struct Sequence {
    job: Job,
    sampler: Sampler,
    /// Not yet in the context: the rest of the prompt, later the last token chosen.
    pub pending: Vec<LlamaToken>,
    /// How many tokens are in the context.
    pub position: i32,
    said: u32,
    text: String,
    /// The beginning of a character whose other bytes are in the next token.
    partial: Vec<u8>,
}

impl Sequence {
    /// `None` when the reply is not wanted any more or cannot be made; then that has been said.
    pub fn begin(model: &LlamaModel, job: Job) -> Option<Self> {
        if job.out.is_closed() {
            return None;
        }
        match Sampler::new(model, job.grammar.as_deref(), &job.config, job.seed) {
            Ok(sampler) => Some(Self {
                sampler,
                pending: job.prompt.clone(),
                position: 0,
                said: 0,
                text: String::new(),
                partial: Vec::new(),
                job,
            }),
            Err(error) => {
                fail(&job, &error.to_string());
                None
            }
        }
    }

    pub fn is_abandoned(&self) -> bool {
        self.job.out.is_closed()
    }

    /// Chooses the next token and sends what it says; `Break` when the reply is over.
    pub fn advance(
        &mut self,
        model: &LlamaModel,
        endings: &Endings,
        logits: impl Fn() -> LlamaTokenDataArray,
    ) -> ControlFlow<()> {
        match self.next_token(model, endings, logits) {
            Ok(flow) => flow,
            Err(error) => {
                self.fail(&error.to_string());
                ControlFlow::Break(())
            }
        }
    }

    fn next_token(
        &mut self,
        model: &LlamaModel,
        endings: &Endings,
        logits: impl Fn() -> LlamaTokenDataArray,
    ) -> Result<ControlFlow<()>, SampleError> {
        let ending = self.said >= self.job.limits.steer;
        let token = self.sampler.pick(logits, endings, ending)?;
        if model.vocab().is_eog(token) {
            self.finish(false);
            return Ok(ControlFlow::Break(()));
        }
        self.sampler.accept(token)?;
        self.said += 1;
        self.partial
            .extend(model.vocab().token_to_piece(token, false, None));
        let text = whole_characters(&mut self.partial);
        self.say(text);
        if self.said >= self.job.limits.last {
            self.finish(true);
            return Ok(ControlFlow::Break(()));
        }
        self.pending.push(token);
        Ok(ControlFlow::Continue(()))
    }

    fn say(&mut self, text: String) {
        if !text.is_empty() {
            self.text.push_str(&text);
            self.send(Ok(LlmChunk::Delta(text)));
        }
    }

    fn finish(&mut self, truncated: bool) {
        let rest = std::mem::take(&mut self.partial);
        self.say(String::from_utf8_lossy(&rest).into_owned());
        let reply = LlmReply {
            text: std::mem::take(&mut self.text),
            model: self.job.model.clone(),
            tokens: Tokens::new(self.job.prompt.len() as u64, self.said.into()),
            cost: Cost::micros(0),
            latency_ms: self.job.started.elapsed().as_millis() as u64,
            attempts: 1,
            truncated,
            dropped: Vec::new(),
        };
        self.send(Ok(LlmChunk::Reply(reply)));
    }

    pub fn fail(&self, message: &str) {
        fail(&self.job, message);
    }

    fn send(&self, item: Item) {
        // Nobody listens any more: the worker sees that before its next step.
        let _ = self.job.out.unbounded_send(item);
    }
}

fn fail(job: &Job, message: &str) {
    let error = LlmError {
        attempts: 1,
        latency_ms: job.started.elapsed().as_millis() as u64,
        ..LlmError::new(LlmErrorKind::Local, message)
    };
    let _ = job.out.unbounded_send(Err(error));
}

/// Takes what is complete and leaves the beginning of a character that is not.
fn whole_characters(bytes: &mut Vec<u8>) -> String {
    let complete = match std::str::from_utf8(bytes) {
        Err(error) if error.error_len().is_none() => error.valid_up_to(),
        _ => bytes.len(),
    };
    let rest = bytes.split_off(complete);
    let whole = std::mem::replace(bytes, rest);
    String::from_utf8_lossy(&whole).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_split_over_tokens_stay_whole() {
        let text = "naïve 🦀 日本";
        for size in 1..5 {
            let mut pending = Vec::new();
            let mut said = String::new();
            for piece in text.as_bytes().chunks(size) {
                pending.extend_from_slice(piece);
                said.push_str(&whole_characters(&mut pending));
            }
            assert_eq!(
                (said.as_str(), pending.len()),
                (text, 0),
                "pieces of {size}"
            );
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_replaced() {
        assert_eq!(whole_characters(&mut vec![b'a', 0xff, b'b']), "a\u{fffd}b");
    }
}
