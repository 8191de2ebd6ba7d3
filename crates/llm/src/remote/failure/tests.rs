//! How refusals of each provider are told.

use super::*;

fn tell(provider: Provider, status: u16, headers: &[(&str, &str)], body: &str) -> LlmError {
    let key = Secret::new("topsecretkey");
    let teller = Teller {
        provider,
        model: "some-model",
        key: Some(&key),
        host: "api.test",
    };
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let name: outbound::HeaderName = name.parse().unwrap();
        map.insert(name, value.parse().unwrap());
    }
    teller.status(status, &map, body).error
}

#[test]
fn statuses_and_the_providers_words() {
    use LlmErrorKind as K;
    use Provider::{Anthropic, Gemini, Ollama, OpenAi};
    for (provider, status, body, kind, message) in [
        (
            OpenAi,
            401,
            r#"{"error":{"message":"Incorrect API key provided.","code":"invalid_api_key"}}"#,
            K::Unauthorized,
            "OpenAI refused the key (401): Incorrect API key provided.",
        ),
        (
            Gemini,
            400,
            r#"{"error":{"code":400,"message":"API key not valid.","status":"INVALID_ARGUMENT"}}"#,
            K::Unauthorized,
            "Gemini refused the key (400): API key not valid.",
        ),
        (
            Ollama,
            404,
            r#"{"error":"model 'x' not found, try pulling it first"}"#,
            K::UnknownModel,
            "Ollama does not know the model `some-model` (404): \
             model 'x' not found, try pulling it first",
        ),
        (
            Anthropic,
            529,
            r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
            K::Unavailable,
            "Anthropic is overloaded (529): Overloaded",
        ),
        (
            OpenAi,
            400,
            r#"{"error":{"message":"This is long.","code":"context_length_exceeded"}}"#,
            K::TooLong,
            "OpenAI finds the prompt too long (400): This is long.",
        ),
        (
            OpenAi,
            429,
            r#"{"error":{"message":"No money left.","code":"insufficient_quota"}}"#,
            K::Refused,
            "OpenAI refused the request (429): No money left.",
        ),
        (
            Gemini,
            429,
            r#"[{"error":{"message":"Slow down."}}]"#,
            K::RateLimited,
            "Gemini limits the rate of requests (429): Slow down.",
        ),
        (
            OpenAi,
            502,
            "<html><body>Bad gateway</body></html>",
            K::Unavailable,
            "OpenAI is unavailable (502).",
        ),
        (OpenAi, 408, "", K::Timeout, "OpenAI timed out (408)."),
        (
            OpenAi,
            413,
            "",
            K::TooLong,
            "OpenAI finds the prompt too long (413).",
        ),
        (
            OpenAi,
            302,
            "",
            K::Refused,
            "OpenAI answered with a redirect, which is not followed (302).",
        ),
    ] {
        let error = tell(provider, status, &[], body);
        assert_eq!(error.kind, kind, "{message}");
        assert_eq!(error.message, message);
        assert_eq!(error.status, Some(status));
    }
}

#[test]
fn keys_are_taken_out_of_the_words() {
    let body = r#"{"error":{"message":"Wrong: topsecretkey, 'sk-abc123' or ab****cd here"}}"#;
    let error = tell(Provider::OpenAi, 401, &[], body);
    assert_eq!(
        error.message,
        "OpenAI refused the key (401): Wrong: [key], [key] or [key] here"
    );
}

#[test]
fn long_words_are_cut() {
    let body = format!(r#"{{"error":{{"message":"{}"}}}}"#, "ä".repeat(5_000));
    let error = tell(Provider::OpenAi, 400, &[], &body);
    assert!(error.message.chars().count() < 350);
    assert!(error.message.ends_with('…'));
}

#[test]
fn how_long_to_wait() {
    let date = ("date", "Mon, 01 Jun 2026 10:00:00 GMT");
    let retry_delay = r#"{"error":{"message":"x","details":[{"retryDelay":"35s"}]}}"#;
    for (status, headers, body, wait) in [
        (429, vec![("retry-after", "7")], "", Some(7_000)),
        (503, vec![("retry-after", "0.5")], "", Some(500)),
        (
            429,
            vec![("retry-after-ms", "250"), ("retry-after", "1")],
            "",
            Some(250),
        ),
        (
            429,
            vec![("retry-after", "Mon, 01 Jun 2026 10:00:42 GMT"), date],
            "",
            Some(42_000),
        ),
        (
            429,
            vec![("retry-after", "Mon, 01 Jun 2026 09:00:00 GMT"), date],
            "",
            Some(0),
        ),
        // Only what is used up counts, the longest of it, and what is asked for outright wins.
        (
            429,
            vec![
                ("x-ratelimit-remaining-requests", "0"),
                ("x-ratelimit-reset-requests", "20ms"),
                ("x-ratelimit-remaining-tokens", "0"),
                ("x-ratelimit-reset-tokens", "1m6s"),
            ],
            "",
            Some(66_000),
        ),
        (
            429,
            vec![
                ("x-ratelimit-remaining-requests", "0"),
                ("x-ratelimit-reset-requests", "2s"),
                ("x-ratelimit-remaining-tokens", "7"),
                ("x-ratelimit-reset-tokens", "1m6s"),
            ],
            "",
            Some(2_000),
        ),
        (
            429,
            vec![
                ("retry-after", "3"),
                ("x-ratelimit-remaining-requests", "0"),
                ("x-ratelimit-reset-requests", "2s"),
            ],
            "",
            Some(3_000),
        ),
        (
            429,
            vec![
                ("anthropic-ratelimit-input-tokens-remaining", "0"),
                (
                    "anthropic-ratelimit-input-tokens-reset",
                    "2026-06-01T10:00:05Z",
                ),
                date,
            ],
            "",
            Some(5_000),
        ),
        (429, vec![("retry-after", "soon")], "", None),
        (429, vec![("retry-after", "-5")], "", None),
        (429, vec![], retry_delay, Some(35_000)),
        (429, vec![], "", None),
        // A wait makes no sense for what does not pass.
        (400, vec![("retry-after", "0")], "", None),
    ] {
        let error = tell(Provider::OpenAi, status, &headers, body);
        assert_eq!(error.retry_after_ms, wait, "{headers:?} {body}");
    }
}
