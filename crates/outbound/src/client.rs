//! Building the client, and the timeouts of a request.

use crate::resolver::GuardedResolver;
use std::time::Duration;

/// Who chose the address of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The operator, in the environment: any address, a local Ollama included.
    Operator,
    /// A user of the product: public addresses only.
    User,
}

/// How long to wait for what. The client keeps `connect` and `total`; whoever reads the stream
/// keeps the other two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    pub connect: Duration,
    /// From sending the request to the first byte of the answer.
    pub first_byte: Duration,
    pub between_chunks: Duration,
    /// From sending the request to the last byte of the answer.
    pub total: Duration,
}

impl Default for Timeouts {
    /// For language models: reasoning models stay silent for minutes before their first word.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            first_byte: Duration::from_secs(120),
            between_chunks: Duration::from_secs(120),
            total: Duration::from_secs(600),
        }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the HTTP client could not be set up, are the system's certificates installed? ({0})")]
pub struct BuildError(reqwest::Error);

/// A client for requests to addresses of this origin. Addresses written as numbers never reach
/// the resolver: pass every user's URL through `check_url` as well.
pub fn client(origin: Origin, timeouts: &Timeouts) -> Result<reqwest::Client, BuildError> {
    let builder = reqwest::Client::builder()
        .user_agent(concat!("overmind/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(timeouts.connect)
        .timeout(timeouts.total)
        .redirect(reqwest::redirect::Policy::none())
        // A proxy would resolve names itself, past the address guard.
        .no_proxy()
        // The product has one retry loop, and it counts every attempt.
        .retry(reqwest::retry::never())
        // A few compressed bytes must not become a huge answer.
        .no_gzip()
        .no_brotli()
        .no_deflate()
        .no_zstd();
    let builder = match origin {
        Origin::Operator => builder,
        Origin::User => builder.dns_resolver(GuardedResolver),
    };
    builder.build().map_err(BuildError)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::TcpListener;

    #[tokio::test]
    async fn nobody_leads_a_request_elsewhere() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
        let location = elsewhere.local_addr().unwrap();
        let answering = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 1024];
            let read = stream.read(&mut request).unwrap();
            assert!(read > 0);
            let head = format!(
                "HTTP/1.1 302 Found\r\nLocation: http://{location}/\r\nContent-Length: 0\r\n\r\n"
            );
            stream.write_all(head.as_bytes()).unwrap();
        });
        let client = client(Origin::Operator, &Timeouts::default()).unwrap();
        let reply = client.get(format!("http://{address}/")).send().await;
        assert_eq!(reply.unwrap().status(), 302);
        answering.join().unwrap();
        elsewhere.set_nonblocking(true).unwrap();
        assert!(elsewhere.accept().is_err(), "nobody came");
    }
}
