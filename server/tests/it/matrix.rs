//! The authorization matrix: every REST operation, every server function and every message of the
//! sockets, tried by everybody, on things that are theirs, a colleague's and another
//! organization's. What is not in the tables fails the test.

mod examples;
mod operations;
mod parameters;
mod rules;
mod sockets;
mod stage;

use crate::rest::text;
use crate::stories;
use crate::world::PASSWORD;
use operations::{Operation, operations};
pub use rules::FUNCTIONS;
use rules::{OPERATIONS, Rule, Who, answers, tells};
use serde_json::{Value, json};
use stage::Stage;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use store::testing::Kind;

stories!(
    every_operation,
    every_server_function,
    every_parameter,
    every_socket,
);

/// Beside the test's own output, so that it is seen when all is well.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "matrix: {line}");
}

/// With the rule that says who may use it.
fn ruled(stage: &Stage) -> (Value, Vec<(Operation, Rule)>) {
    let (_, document) = stage.call(Who::Nobody, "GET /v1/openapi.json", Value::Null);
    let operations = operations(&document);
    let rules: BTreeMap<&str, Rule> = OPERATIONS.iter().copied().collect();
    let listed: BTreeSet<&str> = operations.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(listed, rules.keys().copied().collect(), "each needs a rule");
    let rule = |operation: Operation| {
        let rule = rules[operation.id.as_str()];
        (operation, rule)
    };
    (document, operations.into_iter().map(rule).collect())
}

async fn every_operation(kind: Kind) {
    let mut stage = Stage::set(kind).await;
    let (document, operations) = ruled(&stage);
    let mut things = stage.things();
    let before = stage.state(&things);
    let mut tried = 0;
    for (operation, rule) in &operations {
        for who in Who::ALL.into_iter().filter(|who| !who.may(*rule)) {
            let (request, body) = operation.request(&things);
            let (status, answer) = operation.send(&stage, who, &request, body);
            let expected: &[u16] = match who {
                Who::Nobody => &[401],
                _ => &[403, 404],
            };
            assert!(
                expected.contains(&status),
                "{who:?} {request}: {status} {answer}"
            );
            tried += 1;
        }
    }
    assert_eq!(
        stage.state(&things),
        before,
        "a refused request changes nothing"
    );

    let mut wrong = Vec::new();
    let mut heard = examples::Answers::new();
    for (operation, rule) in &operations {
        for who in Who::ALL.into_iter().filter(|who| who.may(*rule)) {
            let (request, body) = operation.request(&things);
            let (status, answer) = operation.send(&stage, who, &request, body);
            if operation.takes_away() {
                things = stage.things();
            }
            let fine = (200..300).contains(&status) || answers(&operation.id, status);
            if (200..300).contains(&status) && !answer.is_null() {
                // The last is the owner, or else an admin: they have something to show.
                heard.insert(operation.id.clone(), (status, answer.clone()));
            }
            if !fine {
                wrong.push(format!("{who:?} {request}: {status} {answer}"));
            }
            if operation.id == "edit_message" {
                // A run that has just been started is what both tell.
                heard.insert("conclude_run".to_owned(), (status, answer.clone()));
            }
            if operation.id == "log_out" {
                let email = match who {
                    Who::Owner => "owner@example.org",
                    Who::Admin => "ada@example.org",
                    Who::Colleague => "colleague@example.org",
                    Who::Viewer => "viewer@example.org",
                    Who::ForeignAdmin => "foreign@example.net",
                    Who::ForeignUser => "user@example.net",
                    _ => "viewer@example.net",
                };
                let form = json!({ "email": email, "password": PASSWORD });
                let granted = stage.made(Who::Nobody, "POST /v1/auth/login", form);
                let token = text(&granted["access_token"]).to_owned();
                for (id, status) in [("log_in", 200), ("refresh", 200), ("register", 201)] {
                    heard.insert(id.to_owned(), (status, granted.clone()));
                }
                stage.tokens.insert(who, token);
            }
            tried += 1;
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    examples::check(&document, &heard);
    say(&format!(
        "{} operations x {} kinds of callers, {tried} tries",
        operations.len(),
        Who::ALL.len()
    ));
}

async fn every_parameter(kind: Kind) {
    let stage = Stage::set(kind).await;
    let (document, operations) = ruled(&stage);
    // Lists of the owner's have a second page.
    stage.things();
    let (things, later) = (stage.things(), stage.things());
    let mut own = parameters::own(&stage);
    for _ in 0..2 {
        let all = "GET /v1/conversations?scope=organization";
        stage.made(Who::Admin, all, Value::Null);
    }
    let before = stage.state(&things);
    let (fields, in_bodies) =
        parameters::try_bodies(&stage, &document, &operations, &things, &mut own);
    let (queries, in_queries) = parameters::try_queries(&stage, &operations, &things, &own);
    let (arguments, in_arguments) = parameters::try_arguments(&stage, &later, &own);
    assert_eq!(
        stage.state(&things),
        before,
        "nothing of the owner's changed"
    );
    say(&format!(
        "{fields} ids in bodies, {queries} in queries, {arguments} in arguments of functions x {} \
         kinds of callers, {} tries",
        Who::ALL.len(),
        in_bodies + in_queries + in_arguments
    ));
}

async fn every_socket(kind: Kind) {
    let stage = Stage::set(kind).await;
    let things = stage.things();
    let before = stage.state(&things);
    let tried = sockets::try_sockets(&stage, &things).await;
    assert_eq!(
        stage.state(&things),
        before,
        "nothing of the owner's changed"
    );
    say(&format!(
        "ids in messages of the socket, Socket.IO and MCP x {} kinds of callers, {tried} tries",
        Who::ALL.len()
    ));
}

async fn every_server_function(kind: Kind) {
    let stage = Stage::set(kind).await;
    let named: BTreeSet<&str> = FUNCTIONS.iter().map(|(name, ..)| *name).collect();
    let found: BTreeSet<&str> = stage.functions.keys().map(String::as_str).collect();
    assert_eq!(found, named, "each needs a rule");

    let mut things = stage.things();
    let mut tried = 0;
    for allowed in [false, true] {
        let before = stage.state(&things);
        for &(name, rule, form) in FUNCTIONS {
            for who in Who::ALL.into_iter().filter(|who| who.may(rule) == allowed) {
                // What the one before took away, or keeps busy.
                let takes_away = ["delete", "revoke", "end", "edit", "ask_again"]
                    .iter()
                    .any(|it| name.starts_with(it));
                if allowed && takes_away {
                    things = stage.things();
                }
                let mut form = form.to_owned();
                for (thing, id) in &things {
                    form = form.replace(&format!("{{{thing}}}"), id);
                }
                // Logging out by a token would end the stage's own log-in.
                if name == "log_out" && who != Who::Nobody {
                    continue;
                }
                let reply = stage.function(who, name, &form);
                let answer = reply.text();
                if allowed {
                    // A wrong password is told; a right is not missing.
                    let told = [401, 403, 404, 409, 422].contains(&reply.status);
                    let fine = reply.status < 400 || (told && tells(name));
                    assert!(fine, "{who:?} {name}: {} {answer}", reply.status);
                } else {
                    let expected: &[u16] = match who {
                        Who::Nobody => &[401],
                        _ => &[403, 404],
                    };
                    assert!(
                        expected.contains(&reply.status),
                        "{who:?} {name}: {} {answer}",
                        reply.status
                    );
                }
                tried += 1;
            }
        }
        if !allowed {
            assert_eq!(
                stage.state(&things),
                before,
                "a refused call changes nothing"
            );
        }
    }
    say(&format!(
        "{} server functions x {} kinds of callers, {tried} tries",
        FUNCTIONS.len(),
        Who::ALL.len()
    ));
}
