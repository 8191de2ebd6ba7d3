//! Replies: text, usage, schemas, parameters.

use super::*;
use domain::{Cost, Tokens};
use provider_mock::{Pace, Then, When};
use serde_json::Value;

#[tokio::test]
async fn every_provider_streams_text_and_reports_usage() {
    let text = "Begin with the goal. Then measure; ¿qué más? 生産性 🙂.";
    let pace = Pace {
        chunk_chars: 5,
        ..Pace::default()
    };
    let script = Script::new().pace(pace).on(When::any(), Then::text(text));
    let (mock, router) = start(script).await;
    for (model, wire) in MODELS {
        let heard = ask(&router, request(&[model])).await;
        let reply = heard.end.unwrap();
        assert_eq!(
            (reply.text.as_str(), heard.shown.as_str()),
            (text, text),
            "{model}"
        );
        assert!(heard.deltas > 5, "{model} came in {} pieces", heard.deltas);
        // The mock counts four letters to a token.
        let tokens = Tokens::new(4 + 8, text.chars().count().div_ceil(4) as u64);
        assert_eq!(reply.tokens, tokens, "{model}");
        assert_eq!(reply.cost, llm::price::cost(&name(model), tokens));
        assert_eq!((reply.model, reply.attempts), (name(model), 1));
        assert!(!reply.truncated);
        assert_eq!(reply.dropped, Vec::<String>::new());

        let call = mock.calls().pop().unwrap();
        assert_eq!((call.wire, call.stream), (wire, true));
        assert_eq!(call.model, name(model).model());
        assert_eq!(call.system, "You are terse.");
        assert_eq!(call.prompt, "How do I improve productivity?");
        assert_eq!(call.schema_name, None);
        let keyless = matches!(provider(model), Provider::Ollama | Provider::Compatible);
        assert_eq!(call.has_key, !keyless, "{model}");
        assert_eq!(call.body.get("reasoning_effort"), None);
    }
}

#[tokio::test]
async fn costs_are_known_unknown_or_nothing() {
    let (_mock, router) = start(Script::new()).await;
    for (model, known) in [
        ("openai/gpt-5.1", true),
        ("openai/gpt-99", false),
        ("compatible/meta/llama-3", false),
        ("ollama/llama3.2", true),
    ] {
        let reply = ask(&router, request(&[model])).await.end.unwrap();
        assert_eq!(reply.cost != Cost::UNKNOWN, known, "{model}");
    }
}

#[tokio::test]
async fn a_schema_is_sent_under_its_name_and_filled_in() {
    let (mock, router) = start(Script::new()).await;
    for (model, wire) in MODELS {
        let reply = ask(&router, with_schema(&[model])).await.end.unwrap();
        let json: Value = serde_json::from_str(&reply.text).unwrap();
        assert!(json["user_intent"].is_string(), "{model}: {}", reply.text);
        let call = mock.calls().pop().unwrap();
        assert_eq!(call.schema_name.as_deref(), Some("observation"), "{model}");
        assert!(
            !call.prompt.contains("JSON schema"),
            "{model} has a mode for it"
        );
        if wire == Wire::OpenAi {
            assert_eq!(call.body["response_format"]["type"], "json_schema");
            let spec = &call.body["response_format"]["json_schema"];
            assert_eq!(
                (&spec["name"], &spec["strict"]),
                (&json!("observation"), &json!(true))
            );
        }
    }
}

#[tokio::test]
async fn parameters_are_sent_where_they_exist_and_only_when_set() {
    let (mock, router) = start(Script::new()).await;
    for (model, wire) in MODELS {
        let config = LlmConfig {
            temperature: Some(0.25),
            max_tokens: Some(77),
            top_p: Some(0.5),
            frequency_penalty: Some(0.125),
            presence_penalty: Some(-0.125),
            ..LlmConfig::default()
        };
        let with_config = LlmRequest {
            config,
            ..request(&[model])
        };
        let reply = ask(&router, with_config).await.end.unwrap();
        let body = mock.calls().pop().unwrap().body;
        let root = if wire == Wire::Gemini {
            &body["generationConfig"]
        } else {
            &body
        };
        assert_eq!(root["temperature"], 0.25, "{model}");
        let max = ["max_tokens", "max_completion_tokens", "maxOutputTokens"];
        assert!(max.iter().any(|key| root[key] == 77), "{model}: {root}");
        assert!(root["top_p"] == 0.5 || root["topP"] == 0.5, "{model}");
        if wire == Wire::OpenAi {
            assert_eq!(body["frequency_penalty"], 0.125);
            assert_eq!(body["presence_penalty"], -0.125);
            assert_eq!(reply.dropped, Vec::<String>::new());
        } else {
            assert_eq!(body.get("frequency_penalty"), None);
            assert_eq!(reply.dropped, ["frequency_penalty", "presence_penalty"]);
        }

        ask(&router, request(&[model])).await.end.unwrap();
        let text = mock.calls().pop().unwrap().body.to_string();
        for absent in ["temperature", "top_p", "topP", "penalty"] {
            assert!(!text.contains(absent), "{model} got {absent}: {text}");
        }
    }
}

#[tokio::test]
async fn a_reply_cut_at_the_token_limit_says_so() {
    let script = Script::new().on(When::any(), Then::text("Half a sent").cut());
    let (_mock, router) = start(script).await;
    for (model, _) in MODELS {
        let reply = ask(&router, request(&[model])).await.end.unwrap();
        assert!(reply.truncated, "{model}");
    }
}

#[tokio::test]
async fn tokens_are_counted_where_the_provider_does_not() {
    let script = Script::new().on(When::any(), Then::text("Hello, world!").no_usage());
    let (_mock, router) = start(script).await;
    for (model, _) in MODELS {
        let reply = ask(&router, request(&[model])).await.end.unwrap();
        assert_eq!(reply.tokens.output, 4, "{model}");
        let input = router.count_tokens(&name(model), "You are terse.")
            + router.count_tokens(&name(model), "How do I improve productivity?");
        assert_eq!(reply.tokens.input, u64::from(input), "{model}");
    }
}

#[tokio::test]
async fn a_stream_without_its_closing_mark_is_complete_when_it_said_why_it_stopped() {
    let script = Script::new().on(When::any(), Then::text("Done.").no_end());
    let (_mock, router) = start(script).await;
    let reply = ask(&router, request(&["compatible/some-server"]))
        .await
        .end
        .unwrap();
    assert_eq!((reply.text.as_str(), reply.attempts), ("Done.", 1));
    assert_eq!(reply.tokens, Tokens::new(12, 2));
}

#[tokio::test]
async fn a_refused_parameter_is_left_out_once_and_for_all() {
    let refusal = Then::status(400, "'temperature' does not support 0.2 with this model.")
        .param("temperature")
        .code("unsupported_value");
    let when = When::any().model("gpt-5.1").has("/temperature");
    let (mock, router) = start(Script::new().on(when, refusal)).await;
    let warm = |model| LlmRequest {
        config: LlmConfig {
            temperature: Some(0.2),
            top_p: Some(0.9),
            ..LlmConfig::default()
        },
        ..request(&[model])
    };
    let first = ask(&router, warm("openai/gpt-5.1")).await.end.unwrap();
    assert_eq!(
        (first.attempts, first.dropped),
        (2, vec!["temperature".to_owned()])
    );
    let second = ask(&router, warm("openai/gpt-5.1")).await.end.unwrap();
    assert_eq!(
        (second.attempts, second.dropped),
        (1, vec!["temperature".to_owned()])
    );
    let other = ask(&router, warm("openai/gpt-4o")).await.end.unwrap();
    assert_eq!((other.attempts, other.dropped), (1, vec![]));
    let sent: Vec<_> = mock
        .calls()
        .iter()
        .map(|call| {
            (
                call.body.get("temperature").is_some(),
                call.body["top_p"].clone(),
            )
        })
        .collect();
    let top_p = || json!(0.9);
    assert_eq!(
        sent,
        [
            (true, top_p()),
            (false, top_p()),
            (false, top_p()),
            (true, top_p())
        ]
    );
}

#[tokio::test]
async fn a_refused_schema_mode_goes_into_the_prompt() {
    for (model, place, words) in [
        (
            "compatible/old-server",
            "/response_format",
            "'response_format' of type 'json_schema' is not supported",
        ),
        (
            "anthropic/claude-3-haiku",
            "/output_config",
            "output_config: Extra inputs are not permitted",
        ),
        (
            "gemini/gemini-1.0-pro",
            "/generationConfig/responseJsonSchema",
            "Unknown name \"responseJsonSchema\" at 'generation_config'",
        ),
    ] {
        let script = Script::new().on(When::any().has(place), Then::status(400, words));
        let (mock, router) = start(script).await;
        let reply = ask(&router, with_schema(&[model])).await.end.unwrap();
        assert_eq!(
            (reply.attempts, reply.dropped),
            (2, vec!["json_schema".to_owned()])
        );
        let json: Value = serde_json::from_str(&reply.text).unwrap();
        assert!(json["user_intent"].is_string(), "{model}");
        let call = mock.calls().pop().unwrap();
        assert!(call.prompt.starts_with("How do I improve productivity?"));
        assert!(call.prompt.contains("user_intent"), "{}", call.prompt);
        assert_eq!(call.schema_name.as_deref(), Some("observation"), "{model}");
    }
}
