//! `overmind ask --server`: the question goes to a running server over REST, and its run is
//! followed to the end. How that is shown is the business of progress.rs and output.rs; how a stream
//! is read, of remote/events.rs.

mod events;

use super::progress::Display;
use super::{AskArgs, BAD_USAGE, CANCELLED, Finished, Refused, millis, new_id, read_question};
use domain::transcript::Ending;
use domain::wire::QueryOptions;
use domain::{ApiError, ConversationId, RunId, Transcript};
use events::EventReader;
use llm::connections::Secret;
use outbound::{Client, Failure, Origin, Response, Timeouts, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::error::Error;
use std::time::{Duration, Instant};
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{sleep, timeout};

/// A stream shows every 15 seconds that it is alive; one that ends is taken up again.
const TIMEOUTS: Timeouts = Timeouts {
    connect: Duration::from_secs(10),
    first_byte: Duration::from_secs(30),
    between_chunks: Duration::from_secs(60),
    total: Duration::from_secs(24 * 3600),
};
/// For what is answered at once.
const REPLY: Duration = Duration::from_secs(60);
/// How often a broken stream is taken up again without hearing anything.
const TRIES: u32 = 5;

#[derive(Deserialize)]
struct Begun {
    id: ConversationId,
}

#[derive(Deserialize)]
struct Asked {
    run: Started,
}

#[derive(Deserialize)]
struct Started {
    id: RunId,
}

pub(super) async fn deliberate(args: AskArgs) -> Result<Finished, Refused> {
    let server = Server::at(&args.server.unwrap_or_default(), args.api_key)?;
    let question = read_question(args.question)?;
    let started = Instant::now();
    let Begun { id: conversation } = server.post("/v1/conversations", &json!({})).await?;
    // From here on Ctrl-C stops the run, not this process.
    let mut interrupts = signal(SignalKind::interrupt())
        .map_err(|error| ApiError::new("internal", format!("Ctrl-C cannot be heard: {error}")))?;
    let options = QueryOptions {
        model: args.model,
        agent_id: args.agent,
        max_iterations: args.max_iterations,
        ..QueryOptions::default()
    };
    let question = json!({
        "content": question.as_str(),
        "workflow_id": args.workflow,
        "request_id": new_id(),
        "options": options,
    });
    let path = format!("/v1/conversations/{conversation}/messages");
    let asked = tokio::select! {
        asked = server.post::<Asked>(&path, &question) => asked,
        _ = interrupts.recv() => return Err(unheard(&server.page(conversation))),
    };
    let run = match asked {
        Ok(Asked { run }) => run,
        Err(error) => {
            // Nothing was asked in it, so it is of no use.
            if !may_pass(&error) {
                let _ = server.delete(conversation).await;
            }
            return Err(error.into());
        }
    };

    let mut display = Display::start(false);
    let mut transcript = Transcript::default();
    let mut interrupted = false;
    let mut failed = 0;
    while transcript.ending.is_none() {
        let before = transcript.last_seq;
        let watching = async {
            sleep(pause(failed)).await;
            server.watch(run.id, &mut transcript, &mut display).await
        };
        let broken = tokio::select! {
            watched = watching => watched.err(),
            _ = interrupts.recv() => {
                // Once asks the server to stop and waits for what it says; twice does not wait.
                let stopped = if interrupted {
                    Some(Ending::Cancelled {
                        by: "you".to_owned(),
                        reason: "Ctrl-C".to_owned(),
                    })
                } else {
                    let refused = server.cancel(run.id).await.err();
                    refused.map(|error| given_up(error, &server.page(conversation)))
                };
                interrupted = true;
                transcript.ending = stopped;
                continue;
            }
        };
        if transcript.last_seq > before {
            failed = 0;
        }
        let Some(error) = broken else { continue };
        failed += 1;
        if failed > TRIES || !may_pass(&error) {
            transcript.ending = Some(given_up(error, &server.page(conversation)));
        }
    }
    let finished = Finished {
        transcript,
        wall_ms: millis(started),
    };
    display.finish(&finished);
    Ok(finished)
}

/// Ctrl-C before the server said anything.
fn unheard(page: &str) -> Refused {
    let message = format!("Stopped before the server answered. It may have begun: see {page}");
    Refused {
        error: ApiError::new("cancelled", message),
        exit: CANCELLED,
    }
}

/// Before the next try: nothing at first, then 1, 2, 4, 8 and 16 seconds.
fn pause(failed: u32) -> Duration {
    match failed.checked_sub(1) {
        None => Duration::ZERO,
        Some(doublings) => Duration::from_secs(1 << doublings.min(TRIES)),
    }
}

/// Whether trying again may help.
fn may_pass(error: &ApiError) -> bool {
    !matches!(error.http_status(), 400..=428)
}

fn given_up(error: ApiError, page: &str) -> Ending {
    let body = error.error;
    Ending::Failed {
        code: body.code,
        message: format!(
            "{}. The run may go on there: see {page}",
            body.message.trim_end_matches('.')
        ),
    }
}

impl From<ApiError> for Refused {
    fn from(error: ApiError) -> Self {
        let exit = match error.http_status() {
            422 => BAD_USAGE,
            _ => 1,
        };
        Self { error, exit }
    }
}

/// An Overmind server, asked with somebody's key.
struct Server {
    client: Client,
    base: String,
    key: String,
}

impl Server {
    fn at(url: &str, key: Option<Secret>) -> Result<Self, ApiError> {
        let base = url.trim().trim_end_matches('/').to_owned();
        // The message does not repeat the address: it may hold a password.
        if !is_address(&base) {
            return Err(ApiError::invalid(
                "server",
                "this is not a server's address: write it like https://overmind.example.org",
            ));
        }
        let key = key.map(|key| key.expose().trim().to_owned());
        let Some(key) = key.filter(|key| !key.is_empty()) else {
            return Err(ApiError::invalid(
                "api_key",
                format!(
                    "an API key is needed: make one at {base}/settings and set OVERMIND_API_KEY, \
                     or add --api-key"
                ),
            ));
        };
        // The address is the person's own choice, on their own machine.
        let client = outbound::client(Origin::Operator, &TIMEOUTS)
            .map_err(|error| ApiError::new("internal", error.to_string()))?;
        Ok(Self { client, base, key })
    }

    /// Where a person reads the conversation.
    fn page(&self, conversation: ConversationId) -> String {
        format!("{}/c/{conversation}", self.base)
    }

    async fn post<T: DeserializeOwned>(&self, path: &str, body: &Value) -> Result<T, ApiError> {
        let request = self
            .client
            .post(format!("{}{path}", self.base))
            .bearer_auth(&self.key)
            .header("Content-Type", "application/json")
            .header("Accept", "application/json")
            .timeout(REPLY)
            .body(body.to_string());
        let response = request.send().await.map_err(|error| self.cut_off(&error))?;
        let response = self.accepted(response).await?;
        let body = response.bytes().await;
        let body = body.map_err(|error| self.cut_off(&error))?;
        serde_json::from_slice(&body).map_err(|_| self.no_overmind())
    }

    async fn delete(&self, conversation: ConversationId) -> Result<(), ApiError> {
        let request = self
            .client
            .delete(format!("{}/v1/conversations/{conversation}", self.base))
            .bearer_auth(&self.key)
            .timeout(REPLY);
        let response = request.send().await.map_err(|error| self.cut_off(&error))?;
        self.accepted(response).await.map(drop)
    }

    async fn cancel(&self, run: RunId) -> Result<(), ApiError> {
        let path = format!("/v1/runs/{run}/cancel");
        let _: Value = self.post(&path, &json!({})).await?;
        Ok(())
    }

    /// Shows what the run says after what is known, to its end; an error before that.
    async fn watch(
        &self,
        run: RunId,
        transcript: &mut Transcript,
        display: &mut Display,
    ) -> Result<(), ApiError> {
        let request = self
            .client
            .get(format!("{}/v1/runs/{run}/events", self.base))
            .bearer_auth(&self.key)
            .header("Accept", "text/event-stream")
            .header("Last-Event-ID", transcript.last_seq.to_string());
        let response = timeout(TIMEOUTS.first_byte, request.send()).await;
        let response = response.map_err(|_| self.silent())?;
        let response = response.map_err(|error| self.cut_off(&error))?;
        let mut response = self.accepted(response).await?;
        let mut reader = EventReader::default();
        loop {
            let chunk = timeout(TIMEOUTS.between_chunks, response.chunk()).await;
            let chunk = chunk.map_err(|_| self.silent())?;
            let chunk = chunk.map_err(|error| self.cut_off(&error))?;
            let Some(chunk) = chunk else {
                return Err(ApiError::new(
                    "connection_lost",
                    format!("{} broke off before the run had ended", self.base),
                ));
            };
            for heard in reader.read(&chunk) {
                let Some(event) = heard.event() else { continue };
                // What comes again after a broken connection is known already.
                if event.seq > transcript.last_seq {
                    transcript.apply(&event);
                    display.show(&event, transcript);
                }
            }
            if transcript.ending.is_some() {
                return Ok(());
            }
        }
    }

    /// The response, or what the server says against the request.
    async fn accepted(&self, response: Response) -> Result<Response, ApiError> {
        let base = &self.base;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        if status.as_u16() == 401 {
            return Err(ApiError::new(
                "unauthorized",
                format!(
                    "{base} does not know this API key: make one in its settings \
                     ({base}/settings), and set OVERMIND_API_KEY or add --api-key"
                ),
            ));
        }
        if status.is_redirection() {
            let to = response.headers().get("location");
            let to = to.and_then(|to| to.to_str().ok()).unwrap_or("elsewhere");
            return Err(ApiError::invalid(
                "server",
                format!("{base} leads on to {to}: use the address that it leads to"),
            ));
        }
        let body = response.bytes().await.unwrap_or_default();
        Err(
            serde_json::from_slice(&body).unwrap_or_else(|_| match status.is_server_error() {
                true => ApiError::new("busy", format!("{base} does not answer now ({status})")),
                false => self.no_overmind(),
            }),
        )
    }

    fn cut_off(&self, error: &(dyn Error + 'static)) -> ApiError {
        let words = Failure::of(error).unwrap_or(Failure::Broken).words();
        let message = format!("{} cannot be reached: {words}", self.base);
        ApiError::new("unreachable", message)
    }

    fn silent(&self) -> ApiError {
        ApiError::new("connection_lost", format!("{} fell silent", self.base))
    }

    fn no_overmind(&self) -> ApiError {
        ApiError::new(
            "no_overmind",
            format!("{} does not answer like an Overmind server", self.base),
        )
    }
}

fn is_address(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_keys() {
        let key = || Some(Secret::new(" ovm_x\n"));
        let field = |url: &str, key: Option<Secret>| match Server::at(url, key) {
            Ok(server) => {
                assert_eq!(server.key, "ovm_x");
                server.base
            }
            Err(error) => error.error.field.unwrap(),
        };
        for (url, expected) in [
            (
                "https://overmind.example.org/",
                "https://overmind.example.org",
            ),
            (" http://localhost:3000 ", "http://localhost:3000"),
            (
                "https://example.org/overmind/",
                "https://example.org/overmind",
            ),
            ("overmind.example.org", "server"),
            ("localhost:3000", "server"),
            ("ftp://example.org", "server"),
            ("https://ada:hush@example.org", "server"),
            ("https://example.org/?a", "server"),
        ] {
            assert_eq!(field(url, key()), expected, "{url}");
        }
        assert_eq!(field("https://example.org", None), "api_key");
        assert_eq!(
            field("https://example.org", Some(Secret::new(" "))),
            "api_key"
        );
    }

    #[test]
    fn what_passes_is_tried_again_and_later_each_time() {
        for (code, again) in [
            ("unreachable", true),
            ("connection_lost", true),
            ("busy", true),
            ("internal", true),
            ("rate_limited", true),
            ("unauthorized", false),
            ("forbidden", false),
            ("not_found", false),
            ("invalid", false),
        ] {
            assert_eq!(may_pass(&ApiError::new(code, "")), again, "{code}");
        }
        let pauses: Vec<u64> = (0..=5).map(|failed| pause(failed).as_secs()).collect();
        assert_eq!(pauses, [0, 1, 2, 4, 8, 16]);
    }
}
