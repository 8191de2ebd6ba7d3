//! Failures: refused, unknown, limited, down, broken, slow, unreadable; fallbacks and budgets.

use super::*;
use engine::llm::LlmErrorKind;
use provider_mock::{Latency, Pace, RecordedCall, Then, When};

#[tokio::test]
async fn a_refused_key_is_told_in_the_providers_words_without_the_key() {
    let (mock, router) = start(Script::new().key("another-key")).await;
    for (model, words) in [
        (
            "openai/gpt-5.1",
            "OpenAI refused the key (401): Incorrect API key provided: [key].",
        ),
        (
            "anthropic/claude-sonnet-4-5",
            "Anthropic refused the key (401): invalid x-api-key",
        ),
        (
            "gemini/gemini-2.5-pro",
            "Gemini refused the key (400): API key not valid. Please pass a valid API key.",
        ),
    ] {
        let error = ask(&router, request(&[model])).await.end.unwrap_err();
        assert_eq!(
            (error.kind, error.attempts),
            (LlmErrorKind::Unauthorized, 1)
        );
        assert_eq!(error.message, words);
    }
    let recorded = format!("{:?}", mock.calls());
    assert!(!recorded.contains(KEY), "the mock keeps no keys");
}

#[tokio::test]
async fn an_unknown_model_is_named() {
    let missing = Then::status(404, "The model `nope` does not exist").code("model_not_found");
    let (_mock, router) = start(Script::new().on(When::any().model("nope"), missing)).await;
    for provider in ["openai", "anthropic", "gemini", "ollama", "compatible"] {
        let model = format!("{provider}/nope");
        let error = ask(&router, request(&[&model])).await.end.unwrap_err();
        assert_eq!(
            (error.kind, error.attempts),
            (LlmErrorKind::UnknownModel, 1),
            "{model}"
        );
        assert!(
            error.message.ends_with("The model `nope` does not exist"),
            "{error}"
        );
        assert_eq!(error.status, Some(404));
    }
}

#[tokio::test]
async fn a_rate_limit_is_waited_for_as_long_as_asked() {
    for (model, _) in MODELS {
        let limited = Then::status(429, "slow down").header("retry-after-ms", "60");
        let (mock, router) = start(Script::new().times(1, When::any(), limited)).await;
        let reply = ask(&router, request(&[model])).await.end.unwrap();
        assert_eq!(reply.attempts, 2, "{model}");
        assert!(
            reply.latency_ms >= 60,
            "{model} waited {} ms",
            reply.latency_ms
        );
        assert_eq!(mock.calls().len(), 2);
    }
}

#[tokio::test]
async fn a_provider_that_stays_down_fails_after_three_attempts() {
    for (status, words) in [
        (529, "is overloaded (529): busy"),
        (500, "is unavailable (500): busy"),
    ] {
        let script = Script::new().on(When::any(), Then::status(status, "busy"));
        let (mock, router) = start(script).await;
        for (index, (model, _)) in MODELS.into_iter().enumerate() {
            let error = ask(&router, request(&[model])).await.end.unwrap_err();
            assert_eq!(
                (error.kind, error.attempts),
                (LlmErrorKind::Unavailable, 3),
                "{model}"
            );
            assert!(error.message.ends_with(words), "{error}");
            assert_eq!(mock.calls().len(), (index + 1) * 3);
        }
    }
}

#[tokio::test]
async fn an_address_where_nobody_listens_is_named() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let router = connections(&address)
        .router_with(timeouts(), retry())
        .unwrap();
    let error = ask(&router, request(&["ollama/llama3.2"]))
        .await
        .end
        .unwrap_err();
    assert_eq!((error.kind, error.attempts), (LlmErrorKind::Connection, 3));
    let host = address.trim_start_matches("http://");
    let words = format!(
        "Ollama cannot be reached at {host}: connection refused. Is `ollama serve` running?"
    );
    assert_eq!(error.message, words);
}

#[tokio::test]
async fn a_stream_that_breaks_is_reset_and_starts_again() {
    for (model, _) in MODELS {
        let text = "A reply that is long enough for more than three pieces of text, I hope.";
        let script = Script::new()
            .times(1, When::any(), Then::text(text).break_after(2))
            .on(When::any(), Then::text(text));
        let (_mock, router) = start(script).await;
        let heard = ask(&router, request(&[model])).await;
        let reply = heard.end.unwrap();
        assert_eq!((heard.resets, reply.attempts), (1, 2), "{model}");
        assert_eq!(
            (heard.shown.as_str(), reply.text.as_str()),
            (text, text),
            "{model}"
        );
    }
}

#[tokio::test]
async fn an_unreadable_answer_is_not_asked_for_again() {
    for (model, _) in MODELS {
        for then in [
            Then::invalid_json(),
            Then::status(200, "").body("<html>Welcome to the hotel's network</html>"),
        ] {
            let (mock, router) = start(Script::new().on(When::any(), then)).await;
            let error = ask(&router, request(&[model])).await.end.unwrap_err();
            assert_eq!(
                (error.kind, error.attempts),
                (LlmErrorKind::InvalidReply, 1),
                "{model}"
            );
            assert!(error.message.contains("is not a reply"), "{error}");
            assert_eq!(mock.calls().len(), 1);
        }
    }
}

#[tokio::test]
async fn an_empty_and_an_endless_reply_are_refused() {
    let script = Script::new()
        .times(1, When::any(), Then::text(""))
        .times(1, When::any(), Then::text("").cut())
        .on(
            When::any(),
            Then::huge(10 << 20).pace(Pace {
                chunk_chars: 1 << 18,
                ..Pace::default()
            }),
        );
    let (_mock, router) = start(script).await;
    for words in [
        "sent an empty reply",
        "used up `max_tokens`",
        "is not a reply",
    ] {
        let error = ask(&router, request(&["openai/gpt-5.1"]))
            .await
            .end
            .unwrap_err();
        assert_eq!(
            (error.kind, error.attempts),
            (LlmErrorKind::InvalidReply, 1)
        );
        assert!(error.message.contains(words), "{error}");
    }
}

#[tokio::test]
async fn silence_ends_in_a_timeout() {
    let once = Retry {
        attempts: 1,
        ..retry()
    };
    let short = Duration::from_millis(150);
    let slow = Pace {
        chunk_ms: 40,
        chunk_chars: 2,
        ..Pace::default()
    };
    for (then, limits, what) in [
        (
            Then::never(),
            Timeouts {
                first_byte: short,
                ..timeouts()
            },
            "did not begin to answer",
        ),
        (
            Then::generated().stall_after(2),
            Timeouts {
                between_chunks: short,
                ..timeouts()
            },
            "stopped in the middle",
        ),
        (
            Then::generated().pace(slow),
            Timeouts {
                total: 2 * short,
                ..timeouts()
            },
            "did not finish",
        ),
    ] {
        let mock = Mock::start(Script::new().on(When::any(), then))
            .await
            .unwrap();
        let router = connections(&mock.base_url())
            .router_with(limits, once)
            .unwrap();
        for (model, _) in MODELS {
            let error = ask(&router, request(&[model])).await.end.unwrap_err();
            assert_eq!(
                (error.kind, error.attempts),
                (LlmErrorKind::Timeout, 1),
                "{model}"
            );
            assert!(error.message.contains(what), "{model}: {error}");
        }
        let all_closed = |calls: &[RecordedCall]| calls.iter().all(|call| call.closed_early);
        assert!(mock.wait_until(all_closed).await, "{what}");
    }
}

#[tokio::test]
async fn the_next_model_answers_when_one_fails_for_good() {
    let script = Script::new()
        .on(When::any().model("gpt-5.1"), Then::status(500, "down"))
        .on(
            When::any().model("claude-sonnet-4-5"),
            Then::status(404, "gone"),
        )
        .on(When::any(), Then::text("At last."));
    let (mock, router) = start(script).await;
    let models = [
        "openai/gpt-5.1",
        "anthropic/claude-sonnet-4-5",
        "gemini/gemini-2.5-pro",
    ];
    let reply = ask(&router, request(&models)).await.end.unwrap();
    assert_eq!(reply.model, name("gemini/gemini-2.5-pro"));
    assert_eq!((reply.attempts, mock.calls().len()), (3 + 1 + 1, 5));

    let error = ask(&router, request(&models[..2])).await.end.unwrap_err();
    assert_eq!(
        (error.kind, error.attempts),
        (LlmErrorKind::UnknownModel, 4)
    );
    assert_eq!(
        error.message,
        "openai/gpt-5.1: OpenAI is unavailable (500): down \
         anthropic/claude-sonnet-4-5: Anthropic does not know the model `claude-sonnet-4-5` \
         (404): gone"
    );
}

#[tokio::test]
async fn a_fallback_is_preferred_to_a_long_wait_when_it_stands_ready() {
    let (first, second) = ("openai/gpt-5.1", "gemini/gemini-2.5-pro");
    let impatient = Retry {
        patience_with_fallback: Duration::from_millis(10),
        ..retry()
    };
    let limited = |millis: &str| Then::status(429, "slow").header("retry-after-ms", millis);
    for (asked, connected, busy, answers) in [
        ("30000", true, false, second),
        ("60", false, false, first),
        ("60", true, true, first),
    ] {
        let mut script = Script::new().times(1, When::any().model("gpt-5.1"), limited(asked));
        if busy {
            script = script.times(1, When::any().model("gemini-2.5-pro"), limited("90000"));
        }
        let mock = Mock::start(script).await.unwrap();
        let mut connections = connections(&mock.base_url());
        if !connected {
            connections.gemini = None;
        }
        let router = connections.router_with(timeouts(), impatient).unwrap();
        if busy {
            let error = ask(&router, request(&[second])).await.end.unwrap_err();
            assert_eq!((error.kind, error.attempts), (LlmErrorKind::RateLimited, 1));
        }
        // The next one knows it before it asks.
        for attempts in [2, 1] {
            let heard = ask(&router, request(&[first, second])).await;
            let reply = heard.end.unwrap();
            assert_eq!((reply.model, reply.attempts), (name(answers), attempts));
        }
    }
}

#[tokio::test]
async fn a_provider_that_is_not_connected_says_how_to_connect_it() {
    let mock = Mock::start(Script::new()).await.unwrap();
    let only_ollama = Connections {
        ollama: connections(&mock.base_url()).ollama,
        ..Connections::default()
    };
    let router = only_ollama.router().unwrap();
    assert_eq!(router.providers().collect::<Vec<_>>(), ["ollama"]);
    let error = ask(&router, request(&["openai/gpt-5.1"]))
        .await
        .end
        .unwrap_err();
    assert_eq!(
        (error.kind, error.attempts),
        (LlmErrorKind::NotConfigured, 0)
    );
    assert_eq!(
        error.message,
        "OpenAI is not configured: set OPENAI_API_KEY."
    );
    let fallback = request(&["openai/gpt-5.1", "ollama/llama3.2"]);
    assert_eq!(ask(&router, fallback).await.end.unwrap().attempts, 1);
}

#[tokio::test]
async fn a_budget_of_calls_is_never_exceeded() {
    let script = Script::new().on(When::any(), Then::status(503, "down"));
    let (mock, router) = start(script).await;
    let models = [
        "openai/gpt-5.1",
        "anthropic/claude-sonnet-4-5",
        "gemini/gemini-2.5-pro",
    ];
    for budget in [0_u32, 1, 3, 4, 7] {
        let before = mock.calls().len();
        let limited = with_calls(&models, budget);
        let error = ask(&router, limited.clone()).await.end.unwrap_err();
        assert_eq!(error.attempts, budget);
        assert_eq!(mock.calls().len() - before, budget as usize);
        assert_eq!(limited.budget.used().calls, budget);
        let kind = if budget == 0 {
            LlmErrorKind::Budget
        } else {
            LlmErrorKind::Unavailable
        };
        assert_eq!(error.kind, kind, "with {budget} calls");
    }
}

#[tokio::test]
async fn dropping_the_stream_closes_the_connection() {
    for (model, _) in MODELS {
        let pace = Pace {
            chunk_chars: 4,
            chunk_ms: 5,
            ..Pace::default()
        };
        let long = Then::text(&"word ".repeat(2_000)).pace(pace);
        let (mock, router) = start(Script::new().on(When::any(), long)).await;
        let mut stream = router.stream(request(&[model]));
        assert!(
            matches!(stream.next().await, Some(Ok(LlmChunk::Delta(_)))),
            "{model}"
        );
        assert!(!mock.calls()[0].closed_early);
        drop(stream);
        assert!(
            mock.wait_until(|calls| calls[0].closed_early).await,
            "{model}"
        );
    }
}

#[tokio::test]
async fn dropping_it_before_the_first_byte_closes_it_too() {
    let pace = Pace {
        first: Latency::FixedMs(60_000),
        ..Pace::default()
    };
    let (mock, router) = start(Script::new().pace(pace)).await;
    let mut stream = router.stream(request(&["openai/gpt-5.1"]));
    tokio::select! {
        _ = stream.next() => panic!("the mock is silent for a minute"),
        arrived = mock.wait_until(|calls| calls.len() == 1) => assert!(arrived),
    }
    drop(stream);
    assert!(mock.wait_until(|calls| calls[0].closed_early).await);
}
