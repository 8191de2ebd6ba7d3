//! A text as it is written: what lies between the provider's pieces, 20 ms apart, and those that
//! a client sees.

use crate::figure::Figure;
use crate::http::Connection;
use crate::runs::WHOLE;
use crate::sample::Sample;
use crate::socket::Socket;
use crate::system::{Database, Lab, System};
use anyhow::Result;
use http_body_util::BodyExt;
use hyper::Method;
use provider_mock::{Pace, Script, Then, When};
use serde_json::json;
use std::collections::HashMap;
use std::time::Instant;

const TEXT: &str = "Ask ten people to try both, in turn and in either order. Write down how long \
     each takes, what they say when they are stuck and where they look first. Compare the two \
     medians before you compare opinions, and repeat it with five others when they are close.";
const RUNS: usize = 4;

pub async fn measure(lab: &Lab) -> Result<Vec<Figure>> {
    let pace = Pace {
        chunk_ms: 20,
        chunk_chars: 8,
        ..Pace::default()
    };
    let plain = Script::new().on(When::any().model("plain"), Then::text(TEXT));
    let system = System::start(lab, Database::Sqlite, plain.forgetful().pace(pace), &[]).await?;
    let people = system.people(1).await?;

    let mut direct_first = Sample::default();
    let mut direct_gaps = Sample::default();
    for _ in 0..RUNS {
        let (first, gaps) = direct(&system).await?;
        direct_first.add(first);
        direct_gaps.extend(gaps);
    }

    let mut first = Sample::default();
    let mut gaps = Sample::default();
    let mut socket = Socket::open(system.host(), &people[0]).await?;
    for _ in 0..RUNS {
        socket.ask(WHOLE).await?;
        let mut last: HashMap<String, Instant> = HashMap::new();
        let mut drafting: Option<Instant> = None;
        loop {
            let heard = socket.hear().await?;
            let now = Instant::now();
            match heard.kind.as_str() {
                "final_output" => break,
                "error" => anyhow::bail!("{}", heard.text),
                "draft_started" => drafting = Some(now),
                "answer_delta" => {
                    if let Some(begun) = drafting.take() {
                        first.add_time(now - begun);
                    } else if let Some(before) = last.get(&heard.kind) {
                        gaps.add_time(now - *before);
                    }
                    last.insert(heard.kind, now);
                }
                _ => {}
            }
        }
    }
    Ok(vec![
        Figure::new("first_piece_direct_p50", direct_first.median(), "ms"),
        Figure::new("first_piece_of_draft_p50", first.median(), "ms"),
        Figure::new("gap_direct_p99", direct_gaps.percentile(99.0), "ms"),
        Figure::new("gap_of_draft_p99", gaps.percentile(99.0), "ms"),
    ])
}

/// The same provider without the program between: time to the first piece and the gaps, in ms.
async fn direct(system: &System) -> Result<(f64, Vec<f64>)> {
    let url = system.mock.base_url();
    let host = url.trim_start_matches("http://");
    let mut connection = Connection::open(host, "").await?;
    let body = json!({
        "model": "plain",
        "stream": true,
        "messages": [{ "role": "user", "content": "How?" }],
    });
    let asked = Instant::now();
    let reply = connection
        .send(Method::POST, "/v1/chat/completions", Some(&body))
        .await?;
    let mut reply = reply.into_body();
    let mut came: Vec<Instant> = Vec::new();
    while let Some(frame) = reply.frame().await {
        frame?;
        came.push(Instant::now());
    }
    // The head of the stream carries no text.
    let pieces = came.get(1..).unwrap_or_default();
    let first = pieces
        .first()
        .map_or(f64::NAN, |first| (*first - asked).as_secs_f64() * 1000.0);
    let gaps = pieces
        .windows(2)
        .map(|two| (two[1] - two[0]).as_secs_f64() * 1000.0);
    Ok((first, gaps.collect()))
}
