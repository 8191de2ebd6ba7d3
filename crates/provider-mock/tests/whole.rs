//! Replies that are not streamed, and the list of models: what the adapters' tests leave out.
#![expect(clippy::unwrap_used, reason = "a helper of a test fails the test")]

use outbound::{Client, Origin, Timeouts};
use provider_mock::{Mock, Script, Then, When};
use serde_json::{Value, json};

fn client() -> Client {
    outbound::client(Origin::Operator, &Timeouts::default()).unwrap()
}

async fn post(mock: &Mock, path: &str, body: Value) -> (u16, Value) {
    let response = client()
        .post(format!("{}{path}", mock.base_url()))
        .header("content-type", "application/json")
        .header("anthropic-version", "2023-06-01")
        .header("authorization", "Bearer secret")
        .body(body.to_string())
        .send()
        .await
        .unwrap();
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::Null))
}

fn openai(prompt: &str) -> Value {
    json!({"model": "m", "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": prompt}]},
    ]})
}

#[tokio::test]
async fn every_wire_format_answers_whole() {
    let mock = Mock::start(Script::new().on(When::any(), Then::text("Hello.").cut()))
        .await
        .unwrap();
    let (_, reply) = post(&mock, "/v1/chat/completions", openai("Hi")).await;
    assert_eq!(reply["choices"][0]["message"]["content"], "Hello.");
    assert_eq!(reply["choices"][0]["finish_reason"], "length");
    assert_eq!(reply["usage"]["completion_tokens"], 2);

    let body = json!({"model": "m", "max_tokens": 9, "system": "Be brief.",
                      "messages": [{"role": "user", "content": "Hi"}]});
    let (_, reply) = post(&mock, "/v1/messages", body).await;
    assert_eq!(reply["content"][0]["text"], "Hello.");
    assert_eq!(reply["stop_reason"], "max_tokens");
    assert_eq!(reply["usage"]["output_tokens"], 2);

    let body = json!({"systemInstruction": {"parts": [{"text": "Be brief."}]},
                      "contents": [{"role": "user", "parts": [{"text": "Hi"}]}]});
    let (_, reply) = post(&mock, "/v1beta/models/m:generateContent", body).await;
    assert_eq!(
        reply["candidates"][0]["content"]["parts"][0]["text"],
        "Hello."
    );
    assert_eq!(reply["candidates"][0]["finishReason"], "MAX_TOKENS");
    assert_eq!(reply["usageMetadata"]["candidatesTokenCount"], 2);

    for call in mock.calls() {
        let asked = (
            call.model.as_str(),
            call.system.as_str(),
            call.prompt.as_str(),
        );
        assert_eq!(asked, ("m", "Be brief.", "Hi"));
        assert!(!call.stream && call.finished && call.has_key && !call.closed_early);
        assert!(!format!("{call:?}").contains("secret"));
    }
}

#[tokio::test]
async fn the_first_rule_that_fits_and_is_not_used_up_answers() {
    let script = Script::new()
        .on(
            When::any().prompt_contains("third").nth(2),
            Then::text("nth"),
        )
        .times(1, When::any().model("m"), Then::text("once"))
        .on(
            When::any().has("/temperature"),
            Then::status(400, "too warm"),
        )
        .on(When::any().prompt_contains("brief"), Then::text("system"));
    let mock = Mock::start(script).await.unwrap();
    let mut warm = openai("fourth");
    warm["temperature"] = json!(1);
    let mut answers = Vec::new();
    for body in [
        openai("first third"),
        openai("second"),
        openai("third"),
        warm,
    ] {
        let (status, reply) = post(&mock, "/v1/chat/completions", body).await;
        let said = match status {
            200 => &reply["choices"][0]["message"]["content"],
            _ => &reply["error"]["message"],
        };
        answers.push(said.as_str().unwrap().to_owned());
    }
    assert_eq!(answers, ["once", "system", "nth", "too warm"]);
    let rules: Vec<_> = mock.calls().iter().map(|call| call.rule).collect();
    assert_eq!(rules, [Some(1), Some(3), Some(0), Some(2)]);
}

#[tokio::test]
async fn models_are_listed_and_other_paths_are_not_there() {
    let mock = Mock::start(Script::new().on(When::any().model("m"), Then::generated()))
        .await
        .unwrap();
    let url = format!("{}/v1/models", mock.base_url());
    let text = client()
        .get(url)
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    let list: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(list["data"][1]["id"], "m");
    assert_eq!(post(&mock, "/chat/completions", openai("Hi")).await.0, 404);
    assert_eq!(
        post(&mock, "/v1beta/models/m:embedContent", json!({}))
            .await
            .0,
        404
    );
}
