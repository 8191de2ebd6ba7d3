//! What OpenAI's clients send, read as a question with what was said before it. What they send
//! beside that and what would not change the answer is passed over.

use super::fault::Fault;
use domain::wire::QueryOptions;
use domain::{AgentId, MessageRole, ModelName};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

/// Stands before the system messages, which become what the person said first: an agent has its
/// own system prompt, and that one stays ours.
const INSTRUCTIONS: &str =
    "These are the instructions of the program through which I ask; keep to them when you answer:";

/// What else a client sends is accepted and passed over.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({
    "model": "quick",
    "messages": [
        { "role": "system", "content": "Answer in one paragraph." },
        { "role": "user", "content": "How do I improve team productivity?" }
    ],
    "stream": false,
    "overmind": { "quality_threshold": 8.5 }
}))]
pub struct ChatRequest {
    /// A workflow's id, from /models.
    model: String,
    /// The last one is the user's question, at most 32,000 characters.
    messages: Vec<ChatMessage>,
    /// Answer with server-sent events.
    stream: Option<bool>,
    stream_options: Option<ChatStreamOptions>,
    /// 1 at most.
    n: Option<i64>,
    /// None, unless `tool_choice` is `none`.
    tools: Option<Vec<Value>>,
    tool_choice: Option<Value>,
    /// None, unless `function_call` is `none`.
    functions: Option<Vec<Value>>,
    function_call: Option<Value>,
    /// `{"type": "text"}` at most.
    response_format: Option<Value>,
    /// `["text"]` at most.
    modalities: Option<Vec<String>>,
    /// None.
    audio: Option<Value>,
    /// Anything but `none` has the progress told as `reasoning_content`.
    reasoning_effort: Option<String>,
    overmind: Option<ChatOptions>,
}

#[derive(Debug, Deserialize, ToSchema)]
pub struct ChatMessage {
    /// `system`, `developer`, `user` or `assistant`.
    role: String,
    content: Option<ChatContent>,
    /// What an assistant said in place of content.
    refusal: Option<String>,
    /// None.
    tool_calls: Option<Vec<Value>>,
    /// None.
    function_call: Option<Value>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(untagged, expecting = "a content is a text or a list of parts")]
pub enum ChatContent {
    Text(String),
    Parts(Vec<ChatPart>),
}

#[derive(Debug, Deserialize, ToSchema)]
pub struct ChatPart {
    /// `text`, or `refusal` of an assistant.
    #[serde(rename = "type")]
    kind: String,
    text: Option<String>,
    refusal: Option<String>,
}

#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct ChatStreamOptions {
    /// Say at the end how many tokens were used.
    include_usage: Option<bool>,
}

/// What only Overmind understands.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChatOptions {
    /// Tell the progress as `reasoning_content`.
    reasoning: Option<bool>,
    /// Only this agent is asked, whichever the workflow names.
    agent_id: Option<AgentId>,
    /// The provider's model to work with, `provider/model`.
    model: Option<ModelName>,
    /// 1 to 20.
    max_iterations: Option<u32>,
    /// 0 to 10.
    quality_threshold: Option<f64>,
}

/// A request that can be answered.
#[derive(Debug)]
pub struct Asked {
    pub model: String,
    pub question: String,
    pub earlier: Vec<(MessageRole, String)>,
    pub options: QueryOptions,
    pub stream: bool,
    pub include_usage: bool,
    pub reasoning: bool,
}

impl ChatRequest {
    pub fn read(self) -> Result<Asked, Fault> {
        self.refuse_what_cannot_be_honoured()?;
        let (question, earlier) = read_messages(self.messages)?;
        let options = self.overmind.unwrap_or_default();
        let effort = self.reasoning_effort;
        Ok(Asked {
            model: self.model,
            question,
            earlier,
            stream: self.stream.unwrap_or_default(),
            include_usage: self
                .stream_options
                .and_then(|options| options.include_usage)
                .unwrap_or_default(),
            reasoning: options
                .reasoning
                .unwrap_or_else(|| effort.is_some_and(|effort| effort != "none")),
            options: QueryOptions {
                agent_id: options.agent_id,
                model: options.model,
                max_iterations: options.max_iterations,
                quality_threshold: options.quality_threshold,
            },
        })
    }

    fn refuse_what_cannot_be_honoured(&self) -> Result<(), Fault> {
        let offers = |list: &Option<Vec<Value>>, choice: &Option<Value>| {
            let none = choice.as_ref().is_some_and(|choice| choice == "none");
            list.as_ref().is_some_and(|list| !list.is_empty()) && !none
        };
        let format = self.response_format.as_ref();
        let mut modalities = self.modalities.iter().flatten();
        let unsupported = [
            (
                self.n.is_some_and(|n| n != 1),
                "n",
                "There is one answer to a question: leave n out.",
            ),
            (
                offers(&self.tools, &self.tool_choice),
                "tools",
                "Tools are not called here: leave them out, or set tool_choice to \"none\".",
            ),
            (
                offers(&self.functions, &self.function_call),
                "functions",
                "Functions are not called here: leave them out, or set function_call to \"none\".",
            ),
            (
                format.is_some_and(|format| format["type"] != "text"),
                "response_format",
                "Answers are text: leave response_format out, and describe the form in a message.",
            ),
            (
                modalities.any(|modality| modality != "text"),
                "modalities",
                "Answers are text: leave modalities out.",
            ),
            (
                self.audio.is_some(),
                "audio",
                "Answers are text: leave audio out.",
            ),
        ];
        match unsupported.into_iter().find(|(found, ..)| *found) {
            Some((_, param, message)) => Err(Fault::unsupported(param, message)),
            None => Ok(()),
        }
    }
}

/// The question, and what was said before it.
fn read_messages(
    messages: Vec<ChatMessage>,
) -> Result<(String, Vec<(MessageRole, String)>), Fault> {
    let (mut instructions, mut turns) = (Vec::new(), Vec::new());
    for message in messages {
        let (role, text) = message.read()?;
        match role.as_str() {
            "system" | "developer" => instructions.push(text),
            "user" => turns.push((MessageRole::User, text)),
            "assistant" => turns.push((MessageRole::Assistant, text)),
            "tool" | "function" => {
                return Err(Fault::message(
                    "Tools are not called here, so there are no messages from them.",
                ));
            }
            other => {
                return Err(Fault::message(&format!(
                    "There is no role `{other:.40}`: write system, developer, user or assistant."
                )));
            }
        }
    }
    let Some((MessageRole::User, question)) = turns.pop() else {
        return Err(Fault::message(
            "The last message is the question: it has to come from the user.",
        ));
    };
    // Some clients send empty ones, which say nothing to an agent.
    instructions.retain(|text| !text.trim().is_empty());
    turns.retain(|(_, text)| !text.trim().is_empty());
    if !instructions.is_empty() {
        let text = format!("{INSTRUCTIONS}\n\n{}", instructions.join("\n\n"));
        turns.insert(0, (MessageRole::User, text));
    }
    Ok((question, turns))
}

impl ChatMessage {
    /// Who says it, and what.
    fn read(self) -> Result<(String, String), Fault> {
        if self.function_call.is_some() || self.tool_calls.is_some_and(|calls| !calls.is_empty()) {
            return Err(Fault::message(
                "Tools are not called here: leave out the messages that call them.",
            ));
        }
        let text = match self.content {
            Some(ChatContent::Text(text)) => text,
            Some(ChatContent::Parts(parts)) => parts
                .into_iter()
                .map(ChatPart::read)
                .collect::<Result<Vec<_>, _>>()?
                .join("\n"),
            None => self.refusal.unwrap_or_default(),
        };
        Ok((self.role, text))
    }
}

impl ChatPart {
    fn read(self) -> Result<String, Fault> {
        let text = match self.kind.as_str() {
            "text" => self.text,
            "refusal" => self.refusal,
            _ => None,
        };
        text.ok_or_else(|| {
            Fault::message(&format!(
                "Only text is read here: a part of type `{:.40}` is none.",
                self.kind
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(request: Value) -> Result<Asked, Fault> {
        serde_json::from_value::<ChatRequest>(request)
            .unwrap()
            .read()
    }

    fn with(name: &str, value: Value) -> Value {
        let mut request = json!({
            "model": "quick",
            "messages": [{ "role": "user", "content": "Why?" }]
        });
        request[name] = value;
        request
    }

    #[test]
    fn messages_become_a_question_with_its_history() {
        let (user, assistant) = (MessageRole::User, MessageRole::Assistant);
        let told = |text: &str| (user, format!("{INSTRUCTIONS}\n\n{text}"));
        let said = |role, text: &str| (role, text.to_owned());
        for (messages, question, earlier) in [
            (
                json!([{ "role": "user", "content": " Why? \n" }]),
                " Why? \n",
                vec![],
            ),
            (
                json!([
                    { "role": "system", "content": "Be brief." },
                    { "role": "user", "content": "Why?", "name": "Ada" },
                    { "role": "assistant", "content": "Because.", "refusal": null },
                    { "role": "developer", "content": [{ "type": "text", "text": "In French." }] },
                    { "role": "user", "content": [
                        { "type": "text", "text": "Are" },
                        { "type": "text", "text": "you sure?", "cache_control": {} }
                    ] }
                ]),
                "Are\nyou sure?",
                vec![
                    told("Be brief.\n\nIn French."),
                    said(user, "Why?"),
                    said(assistant, "Because."),
                ],
            ),
            (
                json!([
                    { "role": "user", "content": "Why?" },
                    { "role": "assistant", "content": null, "refusal": "No.", "tool_calls": [] },
                    { "role": "assistant", "content": [{ "type": "refusal", "refusal": "Never." }] },
                    { "role": "assistant" },
                    { "role": "system", "content": "" },
                    { "role": "user", "content": "Please." }
                ]),
                "Please.",
                vec![
                    said(user, "Why?"),
                    said(assistant, "No."),
                    said(assistant, "Never."),
                ],
            ),
            // Instructions stand outside the turns, wherever a client puts them.
            (
                json!([
                    { "role": "user", "content": "Why?" },
                    { "role": "system", "content": "Be brief." }
                ]),
                "Why?",
                vec![told("Be brief.")],
            ),
        ] {
            let asked = read(with("messages", messages)).unwrap();
            assert_eq!(
                (asked.question.as_str(), asked.earlier),
                (question, earlier)
            );
        }
    }

    #[test]
    fn messages_that_are_no_question_are_refused() {
        let image = json!({ "type": "image_url", "image_url": { "url": "https://example.org" } });
        let call = json!([{ "id": "1", "type": "function", "function": { "name": "f" } }]);
        for messages in [
            json!([]),
            json!([{ "role": "system", "content": "Be brief." }]),
            json!([
                { "role": "user", "content": "Why?" },
                { "role": "assistant", "content": "Because" }
            ]),
            json!([{ "role": "robot", "content": "Why?" }]),
            json!([
                { "role": "tool", "content": "4", "tool_call_id": "1" },
                { "role": "user", "content": "Why?" }
            ]),
            json!([
                { "role": "assistant", "content": null, "tool_calls": call },
                { "role": "user", "content": "Why?" }
            ]),
            json!([{ "role": "user", "content": [{ "type": "text", "text": "Who?" }, image] }]),
            json!([{ "role": "user", "content": [{ "type": "input_audio", "input_audio": {} }] }]),
            json!([{ "role": "user", "content": [{ "type": "text" }] }]),
        ] {
            let fault = read(with("messages", messages.clone())).unwrap_err();
            assert_eq!(fault.place(), (400, Some("messages")), "{messages}");
        }
    }

    #[test]
    fn what_cannot_be_honoured_is_refused_and_the_rest_is_passed_over() {
        let tool = json!([{ "type": "function", "function": { "name": "f" } }]);
        for (name, value) in [
            ("n", json!(2)),
            ("n", json!(0)),
            ("tools", tool.clone()),
            ("functions", json!([{ "name": "f" }])),
            ("response_format", json!({ "type": "json_object" })),
            ("response_format", json!("json")),
            ("modalities", json!(["text", "audio"])),
            ("audio", json!({ "voice": "alloy", "format": "wav" })),
        ] {
            let fault = read(with(name, value.clone())).unwrap_err();
            assert_eq!(fault.place(), (400, Some(name)), "{name}: {value}");
        }
        for (name, value) in [
            ("n", json!(1)),
            ("n", Value::Null),
            ("tools", json!([])),
            ("tool_choice", json!("auto")),
            ("response_format", json!({ "type": "text" })),
            ("modalities", json!(["text"])),
            ("audio", Value::Null),
            ("stream", Value::Null),
            ("temperature", json!(0.3)),
            ("max_tokens", json!(1)),
            ("stop", json!(["."])),
            ("user", json!("ada")),
            ("something_new", json!({ "at": "OpenAI" })),
        ] {
            let asked = read(with(name, value.clone())).map(|asked| asked.question);
            assert_eq!(asked.unwrap(), "Why?", "{name}: {value}");
        }
        let mut unused = with("tools", tool);
        unused["tool_choice"] = json!("none");
        assert!(read(unused).is_ok());
    }

    #[test]
    fn options_are_read_and_ours_count_more_than_openais() {
        let reasons = |name, value| read(with(name, value)).unwrap().reasoning;
        assert!(reasons("reasoning_effort", json!("low")));
        assert!(!reasons("reasoning_effort", json!("none")));
        assert!(!reasons("reasoning_effort", Value::Null));
        assert!(reasons("overmind", json!({ "reasoning": true })));
        let mut both = with("reasoning_effort", json!("high"));
        both["overmind"] = json!({
            "reasoning": false, "quality_threshold": 7.5, "max_iterations": 2,
            "model": "openai/gpt-5.1"
        });
        both["stream"] = json!(true);
        both["stream_options"] = json!({ "include_usage": true, "include_obfuscation": false });
        let asked = read(both).unwrap();
        assert_eq!(
            (asked.reasoning, asked.stream, asked.include_usage),
            (false, true, true)
        );
        assert_eq!(asked.options.quality_threshold, Some(7.5));
        assert_eq!(asked.options.max_iterations, Some(2));
        assert_eq!(asked.options.model.unwrap().to_string(), "openai/gpt-5.1");
        // A slip in what is ours alone is told.
        let slip = with("overmind", json!({ "reasonning": true }));
        assert!(serde_json::from_value::<ChatRequest>(slip).is_err());
    }
}
