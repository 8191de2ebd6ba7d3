//! The built-in model, really computing. Needs the file that scripts/fetch-model.sh puts into the
//! cache; without it these tests fail.
#![cfg(feature = "local")]

use domain::LlmConfig;
use engine::budget::Budget;
use engine::llm::{
    Llm, LlmChunk, LlmError, LlmErrorKind, LlmReply, LlmRequest, ReplyFormat, Schema,
};
use futures::StreamExt;
use futures::future::join_all;
use llm::local::{BUILT_IN, BUILT_IN_SHA256, FILE_NAME, Local, LocalError};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};
use std::time::Instant;

static MODEL: LazyLock<Local> = LazyLock::new(|| {
    Local::open(&path(), Some(BUILT_IN_SHA256)).unwrap_or_else(|error| panic!("{error}"))
});

fn path() -> PathBuf {
    let folder = |name| std::env::var_os(name).map(PathBuf::from);
    folder("OVERMIND_CACHE")
        .or_else(|| Some(folder("XDG_CACHE_HOME")?.join("overmind")))
        .or_else(|| Some(folder("HOME")?.join(".cache/overmind")))
        .unwrap_or_else(|| panic!("HOME is not set"))
        .join("models")
        .join(FILE_NAME)
}

const QUESTION: &str = "How do I improve team productivity?";
const SYSTEM: &str = "You are one of several advisers. Give exactly four short, concrete pieces of \
     advice, one sentence each.";

fn request(format: ReplyFormat, prompt: &str) -> LlmRequest {
    LlmRequest {
        models: vec![MODEL.name().clone()],
        config: LlmConfig::default(),
        system: SYSTEM.to_owned(),
        prompt: prompt.to_owned(),
        format,
        budget: Arc::new(Budget::unlimited()),
    }
}

fn json_request(schema: Value, prompt: &str) -> LlmRequest {
    let schema = Schema {
        name: "test",
        schema: Arc::new(schema),
    };
    request(ReplyFormat::Json(schema), prompt)
}

/// The reply, after checking that the deltas add up to it.
async fn ask(request: LlmRequest) -> Result<LlmReply, LlmError> {
    let mut stream = MODEL.stream(request);
    let mut said = String::new();
    while let Some(chunk) = stream.next().await {
        match chunk? {
            LlmChunk::Delta(text) => said.push_str(&text),
            LlmChunk::Reset => panic!("a local stream does not break"),
            LlmChunk::Reply(reply) => {
                assert_eq!(said, reply.text);
                assert!(stream.next().await.is_none(), "nothing after the reply");
                return Ok(reply);
            }
        }
    }
    panic!("the stream ended without a reply")
}

fn assert_sim(text: &str) {
    let lines: Vec<&str> = text.split('\n').collect();
    assert_eq!(lines.len(), 4, "{text}");
    for (number, line) in (1..).zip(lines) {
        let advice = line
            .strip_prefix(&format!("{number}. "))
            .unwrap_or_else(|| panic!("{text}"));
        assert!((12..=200).contains(&advice.chars().count()), "{text}");
        assert!(advice.starts_with(char::is_alphabetic), "{text}");
    }
}

#[tokio::test]
async fn six_agents_at_once() {
    LazyLock::force(&MODEL);
    let roles = [
        "creative",
        "structural",
        "analytical",
        "empathic",
        "strategic",
        "practical",
    ];
    let started = Instant::now();
    let replies = join_all(roles.map(|role| {
        let prompt = format!("You are the {role} adviser.\nThe question: {QUESTION}");
        ask(request(ReplyFormat::Sim, &prompt))
    }))
    .await;
    let seconds = started.elapsed().as_secs_f32();
    let mut output = 0;
    for reply in replies {
        let reply = reply.expect("a reply");
        assert_sim(&reply.text);
        assert!(!reply.truncated);
        assert_eq!(reply.model.to_string(), BUILT_IN);
        assert!(reply.tokens.input > 40 && reply.tokens.output >= 16);
        assert_eq!(reply.cost.as_micros(), Some(0));
        output += reply.tokens.output;
    }
    println!("six replies, {output} tokens in {seconds:.1} s");
}

#[tokio::test]
async fn json_follows_its_schema() {
    let schema = json!({
        "type": "object",
        "required": ["verdict", "pair", "items", "points", "share", "note", "draft", "done"],
        "properties": {
            "verdict": { "enum": ["first", "second", "tie"] },
            "pair": {
                "type": "array",
                "prefixItems": [{ "const": "c1" }, { "type": "integer", "minimum": 0, "maximum": 5 }],
                "items": false, "minItems": 2, "maxItems": 2
            },
            "items": {
                "type": "array", "minItems": 2, "maxItems": 3,
                "items": { "$ref": "#/$defs/item" }
            },
            "points": { "type": "integer", "minimum": 0, "maximum": 1000 },
            "share": { "type": "number", "minimum": 0, "maximum": 1 },
            "note": { "anyOf": [{ "type": "null" }, { "type": "string", "maxLength": 40 }] },
            "draft": { "type": "string", "minLength": 20, "maxLength": 600 },
            "done": { "type": "boolean" }
        },
        "$defs": {
            "item": {
                "type": "object",
                "required": ["text", "agents"],
                "properties": {
                    "text": { "type": "string", "minLength": 5, "maxLength": 80 },
                    "agents": { "type": "array", "items": { "enum": ["creative", "practical"] },
                        "minItems": 1, "maxItems": 2 }
                },
                "additionalProperties": false
            }
        },
        "additionalProperties": false
    });
    let valid = jsonschema::validator_for(&schema).expect("a schema");
    // The second must be brought to its end long before it would end by itself, the third is
    // cut short by hardly any room at all.
    for max_tokens in [None, Some(120), Some(1)] {
        let mut request = json_request(schema.clone(), QUESTION);
        request.config.max_tokens = max_tokens;
        let reply = ask(request).await.expect("a reply");
        let value: Value = serde_json::from_str(&reply.text).expect(&reply.text);
        assert!(valid.is_valid(&value), "{value}");
        assert!(!reply.truncated, "{max_tokens:?}: {}", reply.text);
        assert!(value["draft"].as_str().expect("a text").len() >= 20);
        println!(
            "{max_tokens:?}: {} tokens: {}",
            reply.tokens.output, reply.text
        );
    }
}

#[tokio::test]
async fn a_schema_it_cannot_follow_is_an_error() {
    for (schema, word) in [
        (json!({ "type": "string", "pattern": "^a" }), "pattern"),
        (json!({ "$ref": "#/$defs/none" }), "#/$defs/none"),
        (json!({ "anyOf": [{ "$ref": "#" }] }), "refers to itself"),
        (json!({ "enum": [] }), "no choice"),
        (json!({}), "type"),
    ] {
        let error = ask(json_request(schema, QUESTION)).await.expect_err(word);
        assert_eq!(error.kind, LlmErrorKind::Local);
        assert!(error.message.contains(word), "{}", error.message);
    }
}

#[tokio::test]
async fn more_requests_than_places_all_finish() {
    let replies = join_all((0..19).map(|number| {
        let mut request = request(ReplyFormat::Text, &format!("Question {number}: {QUESTION}"));
        request.config.max_tokens = Some(6);
        ask(request)
    }))
    .await;
    for reply in replies {
        let reply = reply.expect("a reply");
        assert!(reply.tokens.output <= 6 && !reply.text.is_empty());
        assert_eq!(reply.truncated, reply.tokens.output == 6, "{}", reply.text);
    }
}

#[tokio::test]
async fn a_dropped_stream_frees_its_place() {
    // So many that computing them all would take minutes.
    let mut abandoned = Vec::new();
    for number in 0..300 {
        let mut request = request(ReplyFormat::Text, &format!("Story {number}. {QUESTION}"));
        request.config.max_tokens = Some(2500);
        abandoned.push(MODEL.stream(request));
    }
    // The first is computing, so the others wait or compute as well.
    assert!(matches!(
        abandoned[0].next().await,
        Some(Ok(LlmChunk::Delta(_)))
    ));
    drop(abandoned);
    let started = Instant::now();
    let mut request = request(ReplyFormat::Text, QUESTION);
    request.config.max_tokens = Some(4);
    ask(request).await.expect("a reply");
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}

#[tokio::test]
async fn the_same_prompt_gets_the_same_reply() {
    let once = ask(request(ReplyFormat::Sim, "What makes a good map?"))
        .await
        .expect("a reply");
    let again = ask(request(ReplyFormat::Sim, "What makes a good map?"))
        .await
        .expect("a reply");
    assert_eq!(once.text, again.text);
}

#[tokio::test]
async fn characters_of_several_tokens_stay_whole() {
    let word = "🦀 naïve 日本 ✓";
    let reply = ask(json_request(json!({ "const": word }), QUESTION))
        .await
        .expect("a reply");
    assert_eq!(
        serde_json::from_str::<Value>(&reply.text).expect("JSON"),
        word
    );
    let count = MODEL.count_tokens(&reply.model, word);
    assert!(count > 4, "{count}");
}

#[tokio::test]
async fn control_tokens_in_a_prompt_are_text() {
    let mut counts = Vec::new();
    for prompt in ["a b", "a <|im_end|> b"] {
        let mut request = request(ReplyFormat::Text, prompt);
        request.config.max_tokens = Some(1);
        counts.push(ask(request).await.expect("a reply").tokens.input);
    }
    let (plain, control) = (counts[0], counts[1]);
    assert!(control > plain + 2, "{control} against {plain}");
}

#[tokio::test]
async fn a_prompt_that_does_not_fit_is_refused() {
    let context = MODEL.traits(MODEL.name()).context_tokens;
    let long = "word ".repeat(context as usize);
    let error = ask(request(ReplyFormat::Sim, &long))
        .await
        .expect_err("too long");
    assert_eq!(error.kind, LlmErrorKind::TooLong);
    assert!(
        error.message.contains(&context.to_string()),
        "{}",
        error.message
    );
}

#[tokio::test]
async fn another_model_is_unknown() {
    let mut request = request(ReplyFormat::Text, QUESTION);
    request.models = vec!["local/other".parse().expect("a model name")];
    let error = ask(request).await.expect_err("unknown");
    assert_eq!(error.kind, LlmErrorKind::UnknownModel);
    assert!(error.message.contains("local/other"), "{}", error.message);
}

#[test]
fn a_damaged_or_missing_file_says_how_to_fetch_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join(FILE_NAME);
    let open = |expected| Local::open(&file, expected).err().expect("an error");

    let missing = open(Some(BUILT_IN_SHA256));
    assert!(matches!(missing, LocalError::Missing(_)), "{missing}");
    assert!(missing.to_string().contains("scripts/fetch-model.sh"));

    let mut bytes = std::fs::read(path()).expect("the model");
    bytes.truncate(bytes.len() / 2);
    std::fs::write(&file, &bytes).expect("a copy");
    let damaged = open(Some(BUILT_IN_SHA256));
    assert!(matches!(damaged, LocalError::Damaged(_)), "{damaged}");
    assert!(damaged.to_string().contains("scripts/fetch-model.sh"));

    // Without a hash to compare with, llama.cpp finds out.
    let unloadable = open(None);
    assert!(
        matches!(unloadable, LocalError::NotAModel(_)),
        "{unloadable}"
    );
}
