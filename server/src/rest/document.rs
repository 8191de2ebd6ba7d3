//! The OpenAPI document: what the operations say about themselves, and what holds for all of them.

use super::repeat::{self, IDEMPOTENCY_KEY};
use axum::http::Method;
use domain::ErrorCode;
use serde_json::Value;
use std::sync::LazyLock;
use utoipa::PartialSchema;
use utoipa::openapi::Required;
use utoipa::openapi::content::Content;
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn};
use utoipa::openapi::security::{
    Http, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::tag::Tag;
use utoipa::openapi::{Info, OpenApi, Ref, RefOr, Response, Server};

const BEARER: &str = "bearer";

const TAGS: [(&str, &str); 11] = [
    ("about", "Which program answers."),
    (
        "auth",
        "Logging in and out. Programs send an access token, or an API key.",
    ),
    ("account", "The caller's own account and API keys."),
    ("conversations", "Questions and answers, kept together."),
    ("messages", "Asking, and reading what was written."),
    (
        "runs",
        "One run answers one question: its state, its events, its provider calls.",
    ),
    (
        "agents",
        "Who contributes. Every change makes a version; runs record the versions they used.",
    ),
    (
        "workflows",
        "Which agents work, how their work is woven, and when to stop. Versioned like agents.",
    ),
    (
        "organization",
        "The caller's organization, its members, invitations, connections to providers and audit trail.",
    ),
    (
        "analytics",
        "What the organization's use came to, from a ledger that outlives what it counts.",
    ),
    (
        "openai",
        "For OpenAI's clients: workflows as models, questions as chat completions. Errors have OpenAI's shape.",
    ),
];

pub static DOCUMENT: LazyLock<OpenApi> = LazyLock::new(document);

fn document() -> OpenApi {
    let mut document = super::operations().into_openapi();
    let mut info = Info::new("Overmind", env!("CARGO_PKG_VERSION"));
    info.description = Some(
        "Six agents contribute, a synthesis weaves them, a judge scores the draft, and what falls \
         short is repaired. Errors have one shape: `error.code`, `error.message` and, where it \
         applies, `error.field`, `error.retry_after` and `error.incident`. Beside these operations \
         `GET /health` says that the server lives and `GET /ready` that it can work; they lie \
         outside of /v1 and need no token."
            .to_owned(),
    );
    document.info = info;
    document.servers = Some(vec![Server::new("/v1")]);
    document.tags = Some(TAGS.iter().map(tag).collect());
    document.security = Some(vec![SecurityRequirement::new(BEARER, [] as [&str; 0])]);
    let components = document.components.get_or_insert_default();
    let bearer: Http = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some(
            "An access token from /auth/login, or an API key (`ovm_...`).",
        ))
        .build();
    components
        .security_schemes
        .insert(BEARER.to_owned(), RefOr::T(SecurityScheme::Http(bearer)));
    for (path, item) in &mut document.paths.paths {
        let starting = [
            (Method::POST, &mut item.post),
            (Method::PATCH, &mut item.patch),
        ];
        for (method, operation) in starting {
            if let Some(operation) = operation
                && repeat::may_be_repeated(&method, path)
            {
                may_be_repeated(operation);
            }
        }
        let reading = item.get.iter_mut().map(|operation| (operation, true));
        let changing = [
            &mut item.put,
            &mut item.post,
            &mut item.delete,
            &mut item.patch,
        ];
        let changing = changing.into_iter().flatten();
        for (operation, reads) in reading.chain(changing.map(|operation| (operation, false))) {
            list_errors(operation, reads);
            show(operation);
        }
    }
    document
}

fn tag((name, description): &(&str, &str)) -> Tag {
    let mut tag = Tag::new(*name);
    tag.description = Some((*description).to_owned());
    tag
}

fn may_be_repeated(operation: &mut Operation) {
    let key = ParameterBuilder::new()
        .name(IDEMPOTENCY_KEY.as_str())
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(
            "Sent again within a day with the same key, the request is answered as the first time",
        ))
        .schema(Some(String::schema()))
        .build();
    operation
        .parameters
        .get_or_insert_default()
        .push(RefOr::T(key));
    let conflict = || {
        RefOr::T(error(
            "The key came with another request, or this one is under way",
        ))
    };
    operation
        .responses
        .responses
        .entry("409".to_owned())
        .or_insert_with(conflict);
}

/// Real answers by operation; a test writes them, and holds them to what is answered now.
static EXAMPLES: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("examples.json")).unwrap_or_default());

fn show(operation: &mut Operation) {
    let example = &EXAMPLES[operation.operation_id.as_deref().unwrap_or_default()];
    let status = example["status"].as_str().unwrap_or_default();
    if let Some(RefOr::T(response)) = operation.responses.responses.get_mut(status)
        && let Some(RefOr::T(content)) = response.content.get_mut("application/json")
    {
        content.example = Some(example["body"].clone());
    }
}

/// What any operation of that kind may answer.
fn list_errors(operation: &mut Operation, reads: bool) {
    let open = operation.security.is_some();
    let has_body = operation.request_body.is_some();
    let has_parameters = operation.parameters.is_some();
    let mut errors = vec![
        (
            ErrorCode::RateLimited,
            "Too many requests: wait `retry_after` seconds",
        ),
        (
            ErrorCode::Internal,
            "Something went wrong; the server's log has the incident",
        ),
        (
            ErrorCode::Busy,
            "Nothing was changed; try again in a moment",
        ),
    ];
    if !open {
        errors.push((ErrorCode::Unauthorized, "No valid token or API key"));
    }
    if !reads {
        errors.push((
            ErrorCode::Forbidden,
            "A page of a site that is not in CORS_ORIGINS sent it",
        ));
    }
    if has_body {
        errors.push((ErrorCode::Malformed, "The body is no JSON"));
    }
    if has_body || has_parameters {
        errors.push((
            ErrorCode::Invalid,
            "`error.field` names what cannot be accepted",
        ));
    }
    let listed = &mut operation.responses.responses;
    for (code, description) in errors {
        listed
            .entry(code.http_status().to_string())
            .or_insert_with(|| RefOr::T(error(description)));
    }
    // The standard wants one for each.
    for (status, response) in listed {
        if let RefOr::T(response) = response
            && response.description.is_empty()
        {
            response.description = match status.as_str() {
                "200" => "As asked",
                "201" => "Made",
                "404" => "There is none, or it is somebody else's",
                _ => "See `error.message`",
            }
            .to_owned();
        }
    }
}

fn error(description: &str) -> Response {
    let schema = RefOr::Ref(Ref::from_schema_name("ApiError"));
    let mut response = Response::new(description);
    response.content.insert(
        "application/json".to_owned(),
        RefOr::T(Content::new(Some(schema))),
    );
    response
}
