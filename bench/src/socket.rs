//! A person's WebSocket: asks, and hears what the runs say.

use crate::system::Person;
use anyhow::{Context, Result, bail};
use chrono::{DateTime, Utc};
use futures::{SinkExt, StreamExt};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{WebSocketStream, client_async};

const PATIENCE: Duration = Duration::from_secs(120);

pub struct Socket {
    stream: WebSocketStream<TcpStream>,
    asked: u64,
}

/// What every message says; its content is read only where it is needed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Heard {
    #[serde(rename = "type")]
    pub kind: String,
    pub run_id: Option<String>,
    pub request_id: Option<String>,
    pub agent_id: Option<String>,
    pub ts: Option<DateTime<Utc>>,
    pub code: Option<String>,
    pub message: Option<String>,
    #[serde(skip)]
    pub text: String,
}

/// How a run went, by its last event.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Ended {
    pub wall_ms: f64,
    pub critical_ms: f64,
    pub overhead_ms: f64,
    pub calls: f64,
}

impl Heard {
    /// For a `final_output`.
    pub fn ended(&self) -> Result<Ended> {
        let mut event: Value = serde_json::from_str(&self.text)?;
        Ok(serde_json::from_value(event["data"]["metadata"].take())?)
    }

    /// Between the event's time stamp, which is taken before it is stored, and now, in ms. Both
    /// processes read the same clock.
    pub fn age_ms(&self) -> Result<f64> {
        let stamped = self.ts.context("an event has a time")?.timestamp_micros();
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_micros() as f64;
        Ok((now - stamped as f64) / 1000.0)
    }
}

impl Socket {
    pub async fn open(host: &str, person: &Person) -> Result<Self> {
        let mut request = format!("ws://{host}/v1/ws").into_client_request()?;
        let bearer = format!("Bearer {}", person.bearer).parse()?;
        request.headers_mut().insert("Authorization", bearer);
        let stream = TcpStream::connect(host).await?;
        stream.set_nodelay(true)?;
        let (stream, _) = client_async(request, stream).await?;
        Ok(Self { stream, asked: 0 })
    }

    /// In a new conversation; `accepted` follows, or an `error` with the same request id.
    pub async fn ask(&mut self, workflow: &str) -> Result<String> {
        self.asked += 1;
        let request_id = format!("{:016x}-{}", fastrand::u64(..), self.asked);
        let query = json!({
            "type": "query",
            "request_id": request_id,
            "message": "How do we find out which of two designs people understand sooner?",
            "workflow_id": workflow,
        });
        self.say(&query).await?;
        Ok(request_id)
    }

    pub async fn subscribe(&mut self, run: &str) -> Result<()> {
        self.say(&json!({ "type": "subscribe", "run_id": run, "after_seq": 0 }))
            .await
    }

    async fn say(&mut self, message: &Value) -> Result<()> {
        Ok(self.stream.send(Message::text(message.to_string())).await?)
    }

    pub async fn hear(&mut self) -> Result<Heard> {
        loop {
            let next = tokio::time::timeout(PATIENCE, self.stream.next()).await;
            match next.context("a socket heard nothing for two minutes")? {
                Some(Ok(Message::Text(text))) => {
                    let mut heard: Heard = serde_json::from_str(&text)?;
                    heard.text = text.as_str().to_owned();
                    return Ok(heard);
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(other)) => bail!("a socket heard {other:?}"),
                Some(Err(error)) => return Err(error.into()),
                None => bail!("a socket was closed"),
            }
        }
    }

    /// The next message of that kind; a run that fails is an error.
    pub async fn hear_kind(&mut self, kind: &str) -> Result<Heard> {
        loop {
            let heard = self.hear().await?;
            if heard.kind == kind {
                return Ok(heard);
            }
            if heard.kind == "error" {
                bail!("{}", heard.text);
            }
        }
    }

    /// Answers pings, hears nothing else, for so long.
    pub async fn idle(&mut self, time: Duration) {
        let _ = tokio::time::timeout(time, async {
            while let Some(Ok(_)) = self.stream.next().await {}
        })
        .await;
    }
}
