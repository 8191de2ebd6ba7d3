//! One provider call of a run: journal first, then the model; deltas shown, replies parsed,
//! one re-ask when the form is wrong.

use crate::brief::Brief;
use crate::budget::Budget;
use crate::journal::{Journal, Step, StepKey, request_hash};
use crate::llm::{
    Llm, LlmChunk, LlmError, LlmErrorKind, LlmReply, LlmRequest, ReplyFormat, Schema,
};
use crate::n2::Timer;
use crate::parse::FieldText;
use crate::progress::Output;
use crate::prompt;
use domain::event::Delta;
use domain::usage::Tokens;
use domain::{AgentId, LlmConfig, ModelName};
use futures::future::{self, BoxFuture, Either, Shared};
use futures::{FutureExt, StreamExt};
use std::pin::pin;
use std::sync::Arc;

/// What every part of a run needs.
pub(crate) struct Context {
    pub brief: Brief,
    pub journal: Journal,
    pub llm: Arc<dyn Llm>,
    pub budget: Arc<Budget>,
    pub output: Output,
    pub timer: Timer,
}

/// Over when a call is not waited for any longer.
pub(crate) type Patience = Shared<BoxFuture<'static, ()>>;

/// What is asked of whom; the key's `attempt` counts up from the given one on a re-ask.
pub(crate) struct Call<'a> {
    pub key: StepKey,
    pub models: &'a [ModelName],
    pub config: LlmConfig,
    pub system: String,
    pub prompt: String,
    pub format: ReplyFormat,
    pub shown: Shown,
    pub patience: Option<Patience>,
}

/// Whether and as what a call's text is shown while it is written.
#[derive(Clone, Debug)]
pub(crate) enum Shown {
    Hidden,
    /// The text of an agent's contribution; the fields when it comes as JSON.
    Agent(AgentId, &'static [&'static str]),
    Answer(&'static [&'static str]),
}

/// A call that was answered in the right form. `step` is there unless it came from the journal.
#[derive(Debug)]
pub(crate) struct Answered<T> {
    pub value: T,
    pub reply: LlmReply,
    pub step: Option<Step>,
}

/// A call that failed for good.
#[derive(Debug)]
pub(crate) struct Failed {
    pub error: LlmError,
    pub step: Option<Step>,
}

impl Context {
    /// Makes the call and reads its reply with `read`; a reply that cannot be read is asked for
    /// once more, with the fault named.
    pub async fn ask<T>(
        &self,
        call: Call<'_>,
        read: impl Fn(&LlmReply) -> Result<T, String>,
    ) -> Result<Answered<T>, Box<Failed>> {
        let mut key = call.key.clone();
        let mut prompt = call.prompt.clone();
        let mut earlier: Option<LlmReply> = None;
        loop {
            let (result, step) = self.make(&call, &key, &prompt).await;
            let mut reply = match result {
                Ok(reply) => reply,
                Err(error) => return Err(Box::new(Failed { error, step })),
            };
            match read(&reply) {
                Ok(value) => {
                    if let Some(earlier) = earlier {
                        reply.tokens += earlier.tokens;
                        reply.cost += earlier.cost;
                        reply.latency_ms += earlier.latency_ms;
                    }
                    return Ok(Answered { value, reply, step });
                }
                Err(fault) if earlier.is_some() => {
                    let message =
                        format!("{} answered twice in the wrong form: {fault}", reply.model);
                    let mut error = LlmError::new(LlmErrorKind::InvalidReply, message);
                    error.latency_ms = reply.latency_ms;
                    error.attempts = reply.attempts;
                    return Err(Box::new(Failed { error, step }));
                }
                Err(fault) => {
                    self.output.keep(key.iteration, step, Vec::new()).await;
                    key.attempt += 1;
                    prompt = prompt::ask_again(&call.prompt, &fault);
                    earlier = Some(reply);
                }
            }
        }
    }

    /// As `ask`, for a reply in JSON.
    pub async fn ask_json<T: serde::de::DeserializeOwned>(
        &self,
        call: Call<'_>,
        check: impl Fn(&T) -> Result<(), String>,
    ) -> Result<Answered<T>, Box<Failed>> {
        self.ask(call, |reply| {
            let value = crate::parse::json(&reply.text)?;
            check(&value)?;
            Ok(value)
        })
        .await
    }

    async fn make(
        &self,
        call: &Call<'_>,
        key: &StepKey,
        prompt: &str,
    ) -> (Result<LlmReply, LlmError>, Option<Step>) {
        let budget = Arc::new(self.budget.of_step());
        let request = LlmRequest {
            models: call.models.to_vec(),
            config: LlmConfig {
                model: None,
                fallbacks: Vec::new(),
                ..call.config.clone()
            },
            system: call.system.clone(),
            prompt: prompt.to_owned(),
            format: call.format.clone(),
            budget: Arc::clone(&budget),
        };
        let hash = request_hash(&request);
        if let Some(result) = self.journal.result(key, &hash).cloned() {
            self.budget.restore_calls(match &result {
                Ok(reply) => reply.attempts,
                Err(error) => error.attempts,
            });
            self.charge(&result);
            return (result, None);
        }
        let schema = match &request.format {
            ReplyFormat::Json(Schema { name, .. }) => Some((*name).to_owned()),
            ReplyFormat::Text | ReplyFormat::Sim => None,
        };
        let mut step = Step {
            key: key.clone(),
            request_hash: hash,
            models: request.models.clone(),
            system: request.system.clone(),
            prompt: request.prompt.clone(),
            schema,
            prompt_version: prompt::VERSION,
            result: Err(LlmError::new(
                LlmErrorKind::Connection,
                "the call was not finished",
            )),
            concluded: false,
        };
        let receiving = pin!(self.receive(request, key, &call.shown));
        let result = match &call.patience {
            None => receiving.await,
            // What is not waited for is not sent either.
            Some(patience) if patience.clone().now_or_never().is_some() => {
                Err(self.left_out(budget.taken()))
            }
            Some(patience) => match future::select(receiving, patience.clone()).await {
                Either::Left((result, _)) => result,
                Either::Right(_) => Err(self.left_out(budget.taken())),
            },
        };
        self.charge(&result);
        let is_step = match &result {
            // Not a finished call: nothing was sent.
            Err(error) if error.kind == LlmErrorKind::Budget => false,
            // Whatever was sent, a clock has decided, and a resumed run must decide the same.
            Err(error) if error.kind == LlmErrorKind::LeftOut => !self.brief.concluding,
            _ => true,
        };
        step.result = result.clone();
        (result, is_step.then_some(step))
    }

    fn charge(&self, result: &Result<LlmReply, LlmError>) {
        match result {
            Ok(reply) => self.budget.charge(reply.tokens, reply.cost),
            Err(error) => self.budget.charge(Tokens::default(), error.cost()),
        }
    }

    /// After so many provider calls.
    fn left_out(&self, attempts: u32) -> LlmError {
        let (seconds, message) = match self.brief.workflow.soft_deadline_s {
            Some(seconds) if !self.brief.concluding => (
                seconds,
                format!("It had not answered after {seconds} s, and enough others had."),
            ),
            _ => (
                0,
                "It had not finished when the run was stopped.".to_owned(),
            ),
        };
        LlmError {
            attempts,
            latency_ms: u64::from(seconds) * 1_000,
            ..LlmError::new(LlmErrorKind::LeftOut, message)
        }
    }

    async fn receive(
        &self,
        request: LlmRequest,
        key: &StepKey,
        shown: &Shown,
    ) -> Result<LlmReply, LlmError> {
        let json = matches!(request.format, ReplyFormat::Json(_));
        let mut chunks = self.llm.stream(request);
        let mut text = ShownText::new(shown, json, key);
        while let Some(chunk) = chunks.next().await {
            match chunk? {
                LlmChunk::Delta(piece) => {
                    if let Some(delta) = text.next(&piece) {
                        self.output.show(delta).await;
                    }
                }
                LlmChunk::Reset => {
                    if let Some(delta) = text.reset(json) {
                        self.output.show(delta).await;
                    }
                }
                LlmChunk::Reply(reply) => return Ok(reply),
            }
        }
        Err(LlmError::new(
            LlmErrorKind::Connection,
            "the stream ended before the reply was complete",
        ))
    }
}

/// Turns a stream's pieces into deltas with offsets.
struct ShownText<'a> {
    shown: &'a Shown,
    fields: Option<FieldText>,
    step: String,
    offset: usize,
}

impl<'a> ShownText<'a> {
    fn new(shown: &'a Shown, json: bool, key: &StepKey) -> Self {
        Self {
            shown,
            fields: Self::fields(shown, json),
            step: key.to_string(),
            offset: 0,
        }
    }

    fn fields(shown: &Shown, json: bool) -> Option<FieldText> {
        match shown {
            Shown::Agent(_, keys) | Shown::Answer(keys) if json => Some(FieldText::new(keys)),
            _ => None,
        }
    }

    fn next(&mut self, piece: &str) -> Option<Delta> {
        let text = match &mut self.fields {
            Some(fields) => fields.push(piece),
            None => piece.to_owned(),
        };
        if text.is_empty() {
            return None;
        }
        let (step, offset) = (self.step.clone(), self.offset);
        self.offset += text.len();
        match self.shown {
            Shown::Hidden => None,
            Shown::Agent(id, _) => Some(Delta::AgentDelta {
                agent_id: id.clone(),
                step,
                offset,
                text,
            }),
            Shown::Answer(_) => Some(Delta::AnswerDelta { step, offset, text }),
        }
    }

    fn reset(&mut self, json: bool) -> Option<Delta> {
        self.fields = Self::fields(self.shown, json);
        let shown = std::mem::take(&mut self.offset) > 0;
        let agent_id = match self.shown {
            Shown::Hidden => return None,
            Shown::Agent(id, _) => Some(id.clone()),
            Shown::Answer(_) => None,
        };
        shown.then(|| Delta::DeltaReset {
            step: self.step.clone(),
            agent_id,
        })
    }
}
