//! The program with a database and the provider mock behind it, and the ways to speak to it.

use crate::program::Server;
use futures::{SinkExt, StreamExt};
use provider_mock::{Answer, Mock, RecordedCall, Rule, Script, Then, When};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use store::testing::{Kind, TestDatabase};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

pub const PASSWORD: &str = "correct+horse+battery";

/// In which what was taken away is gone: a second is promised, and a busy machine gets three.
pub const A_MOMENT: Duration = Duration::from_secs(3);

/// An answer that was open ends, soon after its right to be so was `gone`.
pub fn ends(lines: impl Iterator<Item = String>, gone: Instant, name: &str) {
    for line in lines {
        assert!(gone.elapsed() < A_MOMENT, "{name} goes on with {line}");
    }
    assert!(gone.elapsed() < A_MOMENT, "{name}: {:?}", gone.elapsed());
}

pub struct World {
    pub server: Server,
    mock: Mock,
    database: TestDatabase,
}

/// The observation never comes, unless `answering`.
pub async fn world(kind: Kind, answering: bool) -> World {
    let stalls = Rule {
        when: When {
            schema: Some("observation".to_owned()),
            ..When::default()
        },
        then: Then {
            answer: Answer::Never {},
            ..Then::default()
        },
        times: None,
    };
    let script = Script {
        rules: if answering { Vec::new() } else { vec![stalls] },
        ..Script::default()
    };
    let mock = Mock::start(script).await.unwrap();
    let database = TestDatabase::fresh(kind).await;
    let server = Server::start_with(|command| {
        command
            .env("DATABASE_URL", &database.url)
            .env("JWT_SECRET", "0123456789abcdef0123456789abcdef")
            .env("OVERMIND_MASTER_KEY", "5a".repeat(32))
            .env("OVERMIND_PRIVATE_PROVIDERS", "true")
            .env("OVERMIND_RATE_LIMIT", "1000000")
            .env("OVERMIND_OPENAI_COMPATIBLE_URL", mock.base_url())
            .env("OVERMIND_DEFAULT_MODEL", "compatible/test-model");
    });
    World {
        server,
        mock,
        database,
    }
}

impl World {
    /// The address that the form of that function posts to, as the page says it.
    pub fn action(&self, page: &str, cookie: &str, function: &str) -> String {
        let html = self.server.send("GET", page, &[("Cookie", cookie)]).text();
        let marker = format!("action=\"/api/{function}");
        let start = html.find(&marker).expect("the form is there") + "action=\"".len();
        let end = html[start..].find('"').unwrap();
        html[start..start + end].to_owned()
    }

    /// The cookie of the first account.
    pub fn sign_up(&self) -> String {
        let action = self.action("/sign-up", "", "sign_up");
        let form = format!("name=Ada&email=ada%40example.org&password={PASSWORD}");
        let reply = self.server.post(&action, "", &form);
        assert_eq!(
            (reply.status, reply.header("location")),
            (303, "/"),
            "{}",
            reply.text()
        );
        let cookie = reply.header("set-cookie");
        for part in ["overmind=", "HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        cookie.split(';').next().unwrap().to_owned()
    }

    pub fn call(&self, bearer: &str, request: &str, body: Value) -> (u16, Value) {
        self.server.call(bearer, request, body)
    }

    /// Where models are.
    pub fn provider(&self) -> String {
        self.mock.base_url()
    }

    /// What it was asked.
    pub fn calls(&self) -> Vec<RecordedCall> {
        self.mock.calls()
    }

    pub fn register(&self) -> String {
        self.server.register()
    }

    /// An access token of a further member of somebody's organization.
    pub fn join(&self, admin: &str, role: &str, email: &str) -> String {
        let invite = "POST /v1/organization/invitations";
        let (status, invited) = self.call(admin, invite, json!({ "role": role }));
        assert_eq!(status, 201, "{invited}");
        let (_, secret) = invited["link"].as_str().unwrap().rsplit_once('/').unwrap();
        let form = json!({ "email": email, "password": PASSWORD, "name": role, "invite": secret });
        let (status, granted) = self.call("", "POST /v1/auth/register", form);
        assert_eq!(status, 201, "{granted}");
        granted["access_token"].as_str().unwrap().to_owned()
    }

    /// An access token of an admin who has nothing to do with the first account.
    pub fn add_admin_of_another_organization(&self, email: &str) -> String {
        self.server
            .admin_of_another_organization(&self.database.url, email)
    }

    pub async fn socket_by(&self, bearer: &str) -> Result<Socket, Error> {
        self.open("", [("Authorization", format!("Bearer {bearer}"))])
            .await
    }

    pub async fn socket_with(&self, ticket: &str) -> Result<Socket, Error> {
        self.open(&format!("?ticket={ticket}"), []).await
    }

    pub async fn socket(&self, cookie: &str, origin: &str) -> Result<Socket, Error> {
        let headers = [("Cookie", cookie), ("Origin", origin)];
        let headers = headers.into_iter().filter(|(_, value)| !value.is_empty());
        self.open("", headers.map(|(name, value)| (name, value.to_owned())))
            .await
    }

    async fn open(
        &self,
        query: &str,
        headers: impl IntoIterator<Item = (&'static str, String)>,
    ) -> Result<Socket, Error> {
        Socket::open(&self.server.addr, query, headers).await
    }

    pub fn origin(&self) -> String {
        format!("http://{}", self.server.addr)
    }
}

pub struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    pub async fn open(
        addr: &str,
        query: &str,
        headers: impl IntoIterator<Item = (&'static str, String)>,
    ) -> Result<Self, Error> {
        let mut request = format!("ws://{addr}/v1/ws{query}").into_client_request()?;
        for (name, value) in headers {
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        let (stream, _) = connect_async(request).await?;
        Ok(Self(stream))
    }

    pub async fn say(&mut self, message: Value) {
        self.0
            .send(Message::text(message.to_string()))
            .await
            .unwrap();
    }

    /// The next message, or the code of the closing.
    pub async fn hear(&mut self) -> Result<Value, Option<u16>> {
        loop {
            let next = tokio::time::timeout(Duration::from_secs(60), self.0.next());
            return match next.await.expect("the server says something") {
                Some(Ok(Message::Text(text))) => Ok(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Ping(_))) => continue,
                Some(Ok(Message::Close(frame))) => Err(frame.map(|frame| frame.code.into())),
                Some(Ok(other)) => panic!("{other:?}"),
                Some(Err(_)) | None => Err(None),
            };
        }
    }

    pub async fn hear_until(&mut self, kind: &str) -> Vec<Value> {
        let mut heard = Vec::new();
        loop {
            let message = self.hear().await.expect("the socket is open");
            let found = message["type"] == kind;
            heard.push(message);
            if found {
                return heard;
            }
        }
    }
}

pub fn status(result: Result<Socket, Error>) -> u16 {
    match result {
        Err(Error::Http(response)) => response.status().as_u16(),
        Err(other) => panic!("{other}"),
        Ok(_) => 101,
    }
}

/// Every story runs on SQLite and on PostgreSQL.
#[macro_export]
macro_rules! stories {
    ($($story:ident),* $(,)?) => {$(
        mod $story {
            #[tokio::test(flavor = "multi_thread")]
            async fn sqlite() {
                super::$story(store::testing::Kind::Sqlite).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn postgres() {
                super::$story(store::testing::Kind::Postgres).await;
            }
        }
    )*};
}
