//! One keep-alive connection, with as little work per request as there can be: the load generator
//! shares the cores with what it measures.

use anyhow::{Context, Result, ensure};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

pub struct Connection {
    host: String,
    bearer: String,
    sender: SendRequest<Full<Bytes>>,
    // Moves the bytes; ends with the connection.
    _driver: JoinSet<()>,
}

impl Connection {
    pub async fn open(host: &str, bearer: &str) -> Result<Self> {
        let stream = TcpStream::connect(host).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        let mut driver = JoinSet::new();
        driver.spawn(async move {
            // What went wrong is seen by whoever waits for the reply.
            let _ = connection.await;
        });
        Ok(Self {
            host: host.to_owned(),
            bearer: bearer.to_owned(),
            sender,
            _driver: driver,
        })
    }

    /// The head of the reply; its body is still to be read.
    pub async fn send(
        &mut self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Response<Incoming>> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, &self.host)
            .header(ACCEPT, "application/json");
        if !self.bearer.is_empty() {
            request = request.header(AUTHORIZATION, format!("Bearer {}", self.bearer));
        }
        if body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        let body = body.map(Value::to_string).unwrap_or_default();
        self.sender.ready().await?;
        let request = request.body(Full::new(Bytes::from(body)))?;
        Ok(self.sender.send_request(request).await?)
    }

    pub async fn get(&mut self, path: &str) -> Result<(StatusCode, Bytes)> {
        let reply = self.send(Method::GET, path, None).await?;
        let status = reply.status();
        Ok((status, reply.into_body().collect().await?.to_bytes()))
    }

    /// The JSON of a reply that must be a success.
    pub async fn post(&mut self, path: &str, body: &Value) -> Result<Value> {
        let reply = self.send(Method::POST, path, Some(body)).await?;
        let status = reply.status();
        let body = reply.into_body().collect().await?.to_bytes();
        let said = String::from_utf8_lossy(&body);
        ensure!(status.is_success(), "POST {path}: {status} {said}");
        serde_json::from_str(&said).with_context(|| format!("POST {path}: {said}"))
    }
}
