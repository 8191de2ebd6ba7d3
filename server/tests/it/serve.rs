//! `overmind serve` as a browser or a load balancer meets it: the real program, over HTTP.

use crate::program::{Reply, Server, overmind, site};
use store::testing::{Kind, TestDatabase};

#[test]
fn it_is_healthy_and_stops_in_good_order() {
    let server = Server::start();
    let health = server.get("/health");
    assert_eq!(
        (health.status, health.text().as_str()),
        (200, r#"{"status":"ok"}"#)
    );
    assert_eq!(server.terminate().code(), Some(0));
}

#[test]
fn the_page_shows_the_shipped_agents_and_workflows() {
    let page = Server::start().get("/");
    assert_eq!(page.status, 200);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    let html = page.text();
    for agent in domain::shipped::agents() {
        assert!(
            html.contains(&agent.name) && html.contains(&agent.role),
            "{}",
            agent.name
        );
    }
    for workflow in domain::shipped::workflows() {
        assert!(html.contains(&workflow.description), "{}", workflow.name);
    }
}

#[test]
fn only_scripts_with_the_nonce_of_the_response_may_run() {
    let server = Server::start();
    let nonce = |reply: &Reply| {
        let policy = reply.header("content-security-policy").to_owned();
        let (_, rest) = policy.split_once("'nonce-").expect("a nonce");
        rest.split('\'').next().unwrap_or_default().to_owned()
    };
    let page = server.get("/");
    let policy = page.header("content-security-policy");
    assert_eq!(
        policy.replace(&nonce(&page), "N"),
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval' 'nonce-N'; style-src 'self' \
         'nonce-N'; style-src-attr 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; \
         object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    );
    let html = page.text();
    let scripts: Vec<_> = html
        .match_indices("<script")
        .map(|(at, _)| &html[at..])
        .collect();
    assert!(!scripts.is_empty());
    for script in scripts {
        let tag = script.split('>').next().unwrap_or_default();
        assert!(tag.contains(&nonce(&page)), "{tag}");
    }
    assert_ne!(
        nonce(&page),
        nonce(&server.get("/")),
        "a nonce is used once"
    );
}

#[test]
fn every_response_carries_the_security_headers() {
    let server = Server::start();
    for path in ["/", "/health", "/pkg/overmind.js", "/nothing-here"] {
        let reply = server.get(path);
        assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(reply.header("referrer-policy"), "same-origin", "{path}");
        assert!(
            reply.header("permissions-policy").contains("camera=()"),
            "{path}"
        );
        let policy = reply.header("content-security-policy");
        assert!(
            policy.contains("frame-ancestors 'none'"),
            "{path}: {policy}"
        );
    }
}

#[test]
fn an_unknown_address_is_a_rendered_404() {
    let server = Server::start();
    for path in [
        "/nothing-here",
        "/pkg/gone.js",
        "/pkg/",
        "/pkg",
        "/../secret.txt",
        "/%2e%2e/secret.txt",
    ] {
        let reply = server.get(path);
        assert_eq!(reply.status, 404, "{path}");
        let text = reply.text();
        assert!(text.contains("There is no page at this address"), "{path}");
        assert!(!text.contains("not for the public"), "{path}");
    }
}

#[test]
fn head_answers_like_get_without_a_body() {
    let server = Server::start();
    for (path, status) in [
        ("/", 200),
        ("/health", 200),
        ("/pkg/overmind.js", 200),
        ("/nothing", 404),
    ] {
        let reply = server.send("HEAD", path, &[]);
        assert_eq!(reply.status, status, "{path}");
        assert!(reply.body.is_empty(), "{path}");
        assert_eq!(
            reply.header("content-type"),
            server.get(path).header("content-type"),
            "{path}"
        );
    }
}

#[test]
fn files_are_revalidated_by_content_and_sent_precompressed() {
    let server = Server::start();
    let plain = server.get("/pkg/overmind.js");
    assert_eq!(plain.text(), "export function hydrate() {}");
    assert_eq!(plain.header("cache-control"), "no-cache");
    let tag = plain.header("etag");
    assert!(tag.starts_with("W/\""), "{tag}");

    let again = server.send("GET", "/pkg/overmind.js", &[("If-None-Match", tag)]);
    assert_eq!(
        (again.status, again.body.len(), again.header("etag")),
        (304, 0, tag)
    );

    let packed = server.send(
        "GET",
        "/pkg/overmind.js",
        &[("Accept-Encoding", "br"), ("If-None-Match", tag)],
    );
    assert_eq!(packed.status, 200);
    assert_eq!(packed.header("content-encoding"), "br");
    assert_eq!(packed.text(), "as small as can be");
}

#[test]
fn pages_are_compressed_on_request() {
    let server = Server::start();
    let packed = server.send("GET", "/", &[("Accept-Encoding", "gzip")]);
    assert_eq!(packed.header("content-encoding"), "gzip");
    assert!(packed.body.len() < server.get("/").body.len());
}

#[test]
fn the_theme_of_the_cookie_is_in_the_first_html() {
    let server = Server::start();
    let themed = |cookie| server.send("GET", "/", &[("Cookie", cookie)]).text();
    assert!(themed("a=b; overmind-theme=dark").contains(r#"data-theme="dark""#));
    assert!(!themed("overmind-theme=\"><script>").contains("data-theme"));
}

#[test]
fn a_taken_port_is_one_line_that_says_what_to_do() {
    let server = Server::start();
    let folder = site();
    let output = overmind(&folder, &server.addr).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains(&format!("{} is in use", server.addr)),
        "{said}"
    );
    assert!(said.contains("OVERMIND_ADDR="), "{said}");
}

#[tokio::test]
async fn a_shared_database_needs_a_shared_secret() {
    let folder = site();
    let database = TestDatabase::fresh(Kind::Postgres).await;
    let mut serve = overmind(&folder, "127.0.0.1:0");
    serve.env("DATABASE_URL", &database.url);
    let output = serve.env_remove("JWT_SECRET").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("JWT_SECRET is not set"), "{said}");
}

#[test]
fn a_missing_site_is_said_before_anything_listens() {
    let folder = tempfile::tempdir().unwrap();
    let output = overmind(&folder, "127.0.0.1:0").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("make build"), "{said}");
}
