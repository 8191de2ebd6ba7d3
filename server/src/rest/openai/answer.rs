//! An answer in OpenAI's shapes: whole, or as the chunks of a stream.

use super::fault::Fault;
use super::waiting::{Ended, Told};
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use domain::event::OutputMetadata;
use domain::{AgentId, Cost, Outcome, Run, RunId, Tokens, WorkflowId};
use futures::{Stream, StreamExt, future, stream};
use serde::Serialize;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::pin::pin;
use utoipa::ToSchema;

/// Characters after which a piece of the answer ends with the next word, and where it ends at the
/// latest.
const PIECE: usize = 40;
const LONGEST_PIECE: usize = 80;

#[derive(Debug, Serialize, ToSchema)]
pub struct ChatCompletion {
    /// `chatcmpl-` and the run's id.
    id: String,
    object: &'static str,
    /// In seconds since 1970.
    created: i64,
    /// The workflow's id.
    model: WorkflowId,
    /// Exactly one.
    choices: Vec<ChatChoice>,
    usage: ChatUsage,
    overmind: ChatVerdict,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ChatChoice {
    index: u32,
    message: ChatAnswer,
    /// Always null.
    logprobs: Option<Value>,
    /// Always `stop`.
    finish_reason: &'static str,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ChatAnswer {
    role: &'static str,
    content: String,
    /// Always null.
    refusal: Option<String>,
    /// How the answer came about, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning_content: Option<String>,
}

/// All calls of the run together.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChatUsage {
    prompt_tokens: u64,
    completion_tokens: u64,
    total_tokens: u64,
}

impl From<Tokens> for ChatUsage {
    fn from(tokens: Tokens) -> Self {
        Self {
            prompt_tokens: tokens.input,
            completion_tokens: tokens.output,
            total_tokens: tokens.total(),
        }
    }
}

/// How good the answer is; OpenAI's shape has no place for it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChatVerdict {
    run_id: RunId,
    outcome: Outcome,
    /// 0 to 10, or null when the answer could not be scored.
    score: Option<f64>,
    /// The threshold was met.
    passed: bool,
    iterations: u32,
    /// Null when a price is unknown.
    cost_usd: Cost,
    /// Agents without a contribution in the answer.
    missing: Vec<AgentId>,
}

/// What is the same in every part of one answer.
pub struct Form {
    run: RunId,
    created: i64,
    model: WorkflowId,
    reasoning: bool,
    include_usage: bool,
}

impl Form {
    pub fn new(run: &Run, reasoning: bool, include_usage: bool) -> Self {
        Self {
            run: run.id,
            created: run.created_at.timestamp(),
            model: run.workflow_id.clone(),
            reasoning,
            include_usage,
        }
    }

    /// Waits for the end.
    pub async fn whole(self, told: impl Stream<Item = Told>) -> Result<ChatCompletion, Fault> {
        let mut told = pin!(told);
        let mut thoughts = Vec::new();
        loop {
            match told.next().await {
                Some(Told::Thought(thought)) => thoughts.push(thought),
                Some(Told::Ended(Ended::Answered { content, metadata })) => {
                    return Ok(self.completion(content, &metadata, &thoughts));
                }
                Some(Told::Ended(Ended::Failed(fault))) => return Err(fault),
                None => return Err(Fault::failed("internal", "The run's end was not told.")),
            }
        }
    }

    fn completion(
        self,
        content: String,
        metadata: &OutputMetadata,
        thoughts: &[String],
    ) -> ChatCompletion {
        ChatCompletion {
            id: self.id(),
            object: "chat.completion",
            created: self.created,
            choices: vec![ChatChoice {
                index: 0,
                message: ChatAnswer {
                    role: "assistant",
                    content,
                    refusal: None,
                    reasoning_content: self.reasoning.then(|| thoughts.join("\n")),
                },
                logprobs: None,
                finish_reason: "stop",
            }],
            usage: ChatUsage::from(metadata.tokens),
            overmind: self.verdict(metadata),
            model: self.model,
        }
    }

    /// Says at once that there will be an answer, then what comes, as it comes.
    pub fn stream(
        self,
        told: impl Stream<Item = Told> + Send + 'static,
    ) -> Sse<impl Stream<Item = Result<Event, Infallible>> + Send> {
        let first = self.chunk(json!({ "role": "assistant", "content": "" }), None);
        let first = stream::once(future::ready(first.to_string()));
        let rest = told.flat_map(move |told| stream::iter(self.lines(told)));
        let events = first
            .chain(rest)
            .map(|line| Ok::<_, Infallible>(Event::default().data(line)));
        Sse::new(events).keep_alive(KeepAlive::default())
    }

    /// What stands after `data:` for it.
    fn lines(&self, told: Told) -> Vec<String> {
        match told {
            Told::Thought(_) if !self.reasoning => Vec::new(),
            Told::Thought(thought) => {
                let delta = json!({ "reasoning_content": format!("{thought}\n") });
                vec![self.chunk(delta, None).to_string()]
            }
            Told::Ended(Ended::Answered { content, metadata }) => {
                self.closing_lines(&content, &metadata)
            }
            // OpenAI's clients raise it, and wait for nothing after it.
            Told::Ended(Ended::Failed(fault)) => vec![json!(fault.into_error()).to_string()],
        }
    }

    fn closing_lines(&self, content: &str, metadata: &OutputMetadata) -> Vec<String> {
        let mut chunks: Vec<Value> = pieces(content)
            .into_iter()
            .map(|piece| self.chunk(json!({ "content": piece }), None))
            .collect();
        let mut last = self.chunk(json!({}), Some("stop"));
        last["overmind"] = json!(self.verdict(metadata));
        chunks.push(last);
        if self.include_usage {
            let mut usage = self.chunk(json!({}), None);
            usage["choices"] = json!([]);
            usage["usage"] = json!(ChatUsage::from(metadata.tokens));
            chunks.push(usage);
        }
        let mut lines: Vec<String> = chunks.iter().map(Value::to_string).collect();
        lines.push("[DONE]".to_owned());
        lines
    }

    fn chunk(&self, delta: Value, finish_reason: Option<&str>) -> Value {
        let mut chunk = json!({
            "id": self.id(),
            "object": "chat.completion.chunk",
            "created": self.created,
            "model": self.model,
            "choices": [{
                "index": 0,
                "delta": delta,
                "logprobs": null,
                "finish_reason": finish_reason
            }]
        });
        if self.include_usage {
            chunk["usage"] = Value::Null;
        }
        chunk
    }

    fn id(&self) -> String {
        format!("chatcmpl-{}", self.run)
    }

    fn verdict(&self, metadata: &OutputMetadata) -> ChatVerdict {
        let missing = metadata.missing.iter();
        ChatVerdict {
            run_id: self.run,
            outcome: metadata.outcome,
            score: metadata.score,
            passed: metadata.passed,
            iterations: metadata.iterations,
            cost_usd: metadata.cost_usd,
            missing: missing.map(|agent| agent.agent_id.clone()).collect(),
        }
    }
}

/// Cut after words, so that an answer which is complete still appears piece by piece.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut start, mut length) = (0, 0);
    for (at, character) in text.char_indices() {
        length += 1;
        if length >= LONGEST_PIECE || (length >= PIECE && character.is_whitespace()) {
            let end = at + character.len_utf8();
            pieces.push(&text[start..end]);
            (start, length) = (end, 0);
        }
    }
    if start < text.len() {
        pieces.push(&text[start..]);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::event::{MissingAgent, Stopped};
    use std::collections::BTreeMap;
    use uuid::Uuid;

    const ANSWER: &str = "Meet less, and write more: a decision that is written down once need \
                          not be made again.\n\nBegin with *one* meeting.";

    fn form(reasoning: bool, include_usage: bool) -> Form {
        Form {
            run: RunId(Uuid::nil()),
            created: 1_767_225_600,
            model: WorkflowId::from("quick"),
            reasoning,
            include_usage,
        }
    }

    fn metadata() -> Box<OutputMetadata> {
        Box::new(OutputMetadata {
            outcome: Outcome::Degraded,
            passed: true,
            confidence: 0.9,
            score: Some(9.1),
            self_judged: true,
            unscored: false,
            stopped: Stopped::Passed,
            iterations: 2,
            best_iteration: 2,
            missing: vec![MissingAgent {
                agent_id: AgentId::from("creative"),
                agent_name: "Creative Clarity".to_owned(),
            }],
            calls: 7,
            tokens: Tokens::new(1_200, 300),
            cost_usd: Cost::micros(12_300),
            models: BTreeMap::new(),
            critical_ms: 5,
            wall_ms: None,
            overhead_ms: None,
            history_summary: None,
            title: None,
        })
    }

    fn answered() -> Told {
        Told::Ended(Ended::Answered {
            content: ANSWER.to_owned(),
            metadata: metadata(),
        })
    }

    #[test]
    fn pieces_end_with_words_and_make_the_text_again() {
        let word = "x".repeat(200);
        let words = "ein süßes Wort ".repeat(30);
        let script = "建議".repeat(100);
        for (text, most) in [
            ("", 0),
            ("Short.", 1),
            (ANSWER, 3),
            (words.as_str(), 12),
            (word.as_str(), 3),
            (script.as_str(), 3),
        ] {
            let cut = pieces(text);
            assert_eq!(cut.concat(), text);
            assert!(cut.len() <= most, "{cut:?}");
            let fits = |piece: &&str| piece.chars().count() <= LONGEST_PIECE;
            assert!(cut.iter().all(fits));
        }
        let mut inner = pieces(&words).into_iter().rev().skip(1);
        assert!(inner.all(|piece| piece.ends_with(' ')));
    }

    #[tokio::test]
    async fn a_whole_answer_has_openais_shape_and_our_verdict() {
        let thought = || Told::Thought("A draft is written.".to_owned());
        let completion = form(true, false)
            .whole(stream::iter([thought(), thought(), answered()]))
            .await
            .unwrap();
        let shape = json!({
            "id": "chatcmpl-00000000-0000-0000-0000-000000000000",
            "object": "chat.completion",
            "created": 1_767_225_600,
            "model": "quick",
            "choices": [{
                "index": 0,
                "message": {
                    "role": "assistant", "content": ANSWER, "refusal": null,
                    "reasoning_content": "A draft is written.\nA draft is written."
                },
                "logprobs": null,
                "finish_reason": "stop"
            }],
            "usage": { "prompt_tokens": 1200, "completion_tokens": 300, "total_tokens": 1500 },
            "overmind": {
                "run_id": "00000000-0000-0000-0000-000000000000",
                "outcome": "degraded", "score": 9.1, "passed": true, "iterations": 2,
                "cost_usd": 0.0123, "missing": ["creative"]
            }
        });
        assert_eq!(serde_json::to_value(completion).unwrap(), shape);

        let silent = form(false, false)
            .whole(stream::iter([thought(), answered()]))
            .await;
        let silent = serde_json::to_value(silent.unwrap()).unwrap();
        assert!(silent["choices"][0]["message"]["reasoning_content"].is_null());
        let failed = Told::Ended(Ended::Failed(Fault::failed("quorum_missed", "No.")));
        let failed = form(false, false).whole(stream::iter([failed])).await;
        assert_eq!(failed.unwrap_err().place(), (502, None));
    }

    #[test]
    fn a_stream_brings_the_answer_then_the_end_and_the_usage_where_it_is_asked_for() {
        for include_usage in [false, true] {
            let mut lines = form(false, include_usage).lines(answered());
            assert_eq!(lines.pop().unwrap(), "[DONE]");
            let mut chunks: Vec<Value> = lines
                .iter()
                .map(|line| serde_json::from_str(line).unwrap())
                .collect();
            if include_usage {
                let usage = chunks.pop().unwrap();
                assert_eq!(usage["choices"], json!([]));
                assert_eq!(usage["usage"]["total_tokens"], 1500);
                assert!(chunks.iter().all(|chunk| chunk["usage"].is_null()));
            }
            let has_usage = |chunk: &Value| chunk.get("usage").is_some();
            assert!(chunks.iter().all(|chunk| has_usage(chunk) == include_usage));
            let last = chunks.pop().unwrap();
            assert_eq!(last["choices"][0]["finish_reason"], "stop");
            assert_eq!(last["choices"][0]["delta"], json!({}));
            assert_eq!(last["overmind"]["score"], 9.1);
            let content: String = chunks
                .iter()
                .map(|chunk| chunk["choices"][0]["delta"]["content"].as_str().unwrap())
                .collect();
            assert_eq!(content, ANSWER);
        }
    }

    #[test]
    fn thoughts_are_told_where_they_are_asked_for_and_failures_always() {
        let thought = || Told::Thought("A draft is written.".to_owned());
        assert!(form(false, false).lines(thought()).is_empty());
        let lines = form(true, false).lines(thought());
        let chunk: Value = serde_json::from_str(&lines[0]).unwrap();
        let delta = json!({ "reasoning_content": "A draft is written.\n" });
        assert_eq!(chunk["choices"][0]["delta"], delta);

        let fault = Fault::failed("quorum_missed", "Nobody answered.");
        let lines = form(false, true).lines(Told::Ended(Ended::Failed(fault)));
        let error = json!({ "error": {
            "message": "Nobody answered.", "type": "server_error",
            "param": null, "code": "quorum_missed"
        } });
        assert_eq!(lines.len(), 1);
        assert_eq!(serde_json::from_str::<Value>(&lines[0]).unwrap(), error);
    }
}
