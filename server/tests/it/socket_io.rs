//! A Socket.IO connection as its clients open one over a WebSocket, for tests that send what no
//! client would.

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

pub struct SocketIo {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    asked: u32,
}

impl SocketIo {
    pub async fn open(addr: &str, token: &str) -> Self {
        let url = format!("ws://{addr}/socket.io/?EIO=4&transport=websocket");
        let (stream, _) = connect_async(url).await.unwrap();
        let mut socket = Self { stream, asked: 0 };
        let opened = socket.hear().await.unwrap();
        assert!(opened.starts_with('0'), "{opened}");
        let auth = json!({ "token": token });
        assert!(socket.say(format!("40{auth}")).await);
        let connected = socket.hear().await.unwrap();
        assert!(connected.starts_with("40"), "{connected}");
        socket
    }

    /// A packet as it is; false when the connection is closed.
    pub async fn say(&mut self, packet: String) -> bool {
        self.stream.send(Message::text(packet)).await.is_ok()
    }

    /// The next packet, unless the connection is closed. Pings are answered.
    pub async fn hear(&mut self) -> Option<String> {
        loop {
            let next = tokio::time::timeout(Duration::from_secs(60), self.stream.next());
            match next.await.expect("the server says something") {
                Some(Ok(Message::Text(packet))) if packet == "2" => {
                    self.say("3".to_owned()).await;
                }
                Some(Ok(Message::Text(packet))) => return Some(packet.to_string()),
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Binary(_))) => {}
                Some(Ok(_) | Err(_)) | None => return None,
            }
        }
    }

    /// Sends an event, and waits for its acknowledgement.
    pub async fn ask(&mut self, name: &str, data: Value) -> Value {
        let answer = self.try_ask(name, data).await;
        answer.expect("the connection is open")
    }

    /// None when the connection is closed.
    pub async fn try_ask(&mut self, name: &str, data: Value) -> Option<Value> {
        self.asked += 1;
        let event = json!([name, data]);
        if !self.say(format!("42{}{event}", self.asked)).await {
            return None;
        }
        let begin = format!("43{}[", self.asked);
        loop {
            let packet = self.hear().await?;
            assert!(!packet.contains("\"code\":\"internal\""), "{packet}");
            if packet.starts_with(&begin) {
                let answers: Value = serde_json::from_str(&packet[begin.len() - 1..]).unwrap();
                return Some(answers[0].clone());
            }
        }
    }
}
