//! Ids that stand in bodies, in queries and in the arguments of server functions: found in the
//! document and in the sources, and filled with what is not the caller's.

use super::operations::Operation;
use super::rules::{FUNCTIONS, Rule, Who};
use super::stage::{Stage, Things};
use crate::rest::text;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// What belongs into a field of that name, and how somebody else's is answered.
const FIELDS: [(&str, &str, &[u16]); 13] = [
    ("workflow_id", "workflow", &[404]),
    ("conversation_id", "conversation", &[404]),
    ("active_leaf_id", "answer", &[404]),
    ("answer_id", "answer", &[404]),
    ("agent_id", "agent", &[422]),
    ("agent_ids", "agent", &[422]),
    ("default_workflow", "workflow", &[422]),
    ("model", "workflow", &[404]),
    // Of another organization's people nothing is on record.
    ("person", "member", &[200]),
    // Of what is another organization's there are no figures; of a person only admins ask.
    ("workflow", "workflow", &[200]),
    ("agent", "agent", &[200]),
    ("user", "member", &[200, 403]),
    // Somebody else's key means nothing: it starts a run of one's own.
    ("request_id", "request", &[200, 202]),
];

/// Parameters of queries and arguments of functions that name nothing; secrets name something to
/// whoever has them.
const PLAIN: [&str; 60] = [
    "active",
    "after",
    "api_key",
    "archived",
    "base_url",
    "comment",
    "concurrent_calls",
    "current",
    "days",
    "default_model",
    "deliberation",
    "email",
    "expires_in_days",
    // Agents in them are found as in bodies, by the same service.
    "fields",
    "folder",
    "format",
    "from",
    "group",
    "interval",
    "invitation",
    "json",
    "limit",
    "log_prompts",
    "mail_domains",
    "member_cost",
    "member_requests",
    "member_tokens",
    "message",
    "mode",
    // In queries; in bodies it may be a workflow.
    "model",
    "name",
    "next",
    "organization_cost",
    "organization_requests",
    "organization_tokens",
    "other_model",
    "password",
    "pinned",
    "prices",
    "provider",
    "public",
    "q",
    "quality_threshold",
    "query",
    "rating",
    "requests_per_minute",
    "retention_days",
    "role",
    "shelf",
    "show_debug_info",
    "sign_up",
    "sort",
    "tag",
    "tags",
    "theme",
    "title",
    "to",
    "token",
    "version",
    "wait",
];

fn field(name: &str) -> (&'static str, &'static [u16]) {
    let found = FIELDS.iter().find(|(field, ..)| *field == name);
    let (_, thing, expected) = found.unwrap_or_else(|| panic!("say what belongs into {name}"));
    (thing, expected)
}

/// Where in a body ids stand: the names on the way to each.
fn id_fields(document: &Value, operation: &Operation) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    walk(document, &operation.schema, &[], &mut found);
    if operation.id.starts_with("openai_") && !operation.body.is_null() {
        // OpenAI's name for it; elsewhere it is a provider's.
        found.push(vec!["model".to_owned()]);
    }
    found
}

fn walk(document: &Value, schema: &Value, way: &[String], found: &mut Vec<Vec<String>>) {
    for name in schemas(schema) {
        let schema = &document["components"]["schemas"][&name];
        for (field, schema) in schema["properties"].as_object().into_iter().flatten() {
            let way = [way, std::slice::from_ref(field)].concat();
            let is_id = |name: &String| name.ends_with("Id");
            let named = ["_id", "_ids"].iter().any(|end| field.ends_with(end));
            if named || schemas(schema).iter().any(is_id) {
                found.push(way);
            } else {
                walk(document, schema, &way, found);
            }
        }
    }
}

/// The schemas that a value may have, or the items of a list.
fn schemas(schema: &Value) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(name) = schema["$ref"].as_str() {
        found.push(name.rsplit('/').next().unwrap().to_owned());
    }
    for choice in ["oneOf", "anyOf", "allOf"] {
        let choices = schema[choice].as_array().into_iter().flatten();
        found.extend(choices.flat_map(schemas));
    }
    if schema["items"].is_object() {
        found.extend(schemas(&schema["items"]));
    }
    found
}

fn set(body: &mut Value, way: &[String], id: &str) {
    let (last, before) = way.split_last().unwrap();
    let place = before
        .iter()
        .fold(body, |body, name| &mut body[name.as_str()]);
    place[last.as_str()] = if last.ends_with("_ids") {
        json!([id])
    } else {
        json!(id)
    };
}

/// Everybody's own things; who may not ask has none.
pub type Own = BTreeMap<Who, Things>;

pub fn own(stage: &Stage) -> Own {
    let asking = Who::ALL.into_iter().filter(|who| who.may(Rule::Asking));
    let mut own: Own = asking.map(|who| (who, stage.own(who))).collect();
    for who in Who::ALL {
        own.entry(who).or_default();
    }
    own
}

/// Sends the owner's ids in the bodies of everybody who has a request of their own to put them in.
pub fn try_bodies(
    stage: &Stage,
    document: &Value,
    operations: &[(Operation, Rule)],
    things: &Things,
    own: &mut Own,
) -> (usize, usize) {
    let (mut fields, mut tried) = (0, 0);
    let mut keyed = BTreeSet::new();
    for (operation, rule) in operations {
        for way in id_fields(document, operation) {
            fields += 1;
            let (thing, expected) = field(way.last().unwrap());
            let callers = Who::ALL.into_iter();
            for who in callers.filter(|who| who.may_with_own(*rule) && !who.has(thing)) {
                let (request, mut body) = operation.request(&own[&who]);
                set(&mut body, &way, &things[thing]);
                let (status, answer) = operation.send(stage, who, &request, body);
                let told = format!("{who:?} {request} {way:?}: {status} {answer}");
                // The second time it is a key of their own, which came with another question.
                let again = thing == "request" && !keyed.insert(who.person());
                assert!(
                    expected.contains(&status) || (again && status == 409),
                    "{told}"
                );
                assert_tells_nothing(&answer.to_string(), things, thing, &told);
                if operation.id == "edit_message" && thing == "request" {
                    // A run is under way there.
                    own.entry(who).or_default().extend(stage.asked(who));
                }
                tried += 1;
            }
        }
    }
    (fields, tried)
}

/// The same of queries: cursors that somebody else got, and scopes wider than one's own.
pub fn try_queries(
    stage: &Stage,
    operations: &[(Operation, Rule)],
    things: &Things,
    own: &Own,
) -> (usize, usize) {
    let (mut parameters, mut tried) = (0, 0);
    for (operation, rule) in operations {
        for name in &operation.parameters {
            match name.as_str() {
                "scope" => {
                    let (request, _) = operation.request(things);
                    let lists = operation.id == "list_conversations";
                    for who in Who::ALL {
                        let request = format!("{request}?scope=organization");
                        let (status, answer) = operation.send(stage, who, &request, Value::Null);
                        let told = format!("{who:?} {request}: {status} {answer}");
                        let expected: &[u16] = match who {
                            Who::Nobody => &[401],
                            Who::Admin | Who::WritingKey => &[200],
                            Who::ForeignAdmin if lists => &[200],
                            Who::ForeignAdmin => &[404],
                            _ => &[403],
                        };
                        assert!(expected.contains(&status), "{told}");
                        if !matches!(who, Who::Admin | Who::WritingKey) {
                            assert_tells_nothing(&answer.to_string(), things, "", &told);
                        }
                        tried += 1;
                    }
                }
                "cursor" => {
                    let (request, _) = operation.request(things);
                    let theirs = [Who::Owner, Who::Admin].into_iter().find_map(|who| {
                        let (_, page) = stage.call(who, &format!("{request}?limit=1"), Value::Null);
                        page["next_cursor"].as_str().map(str::to_owned)
                    });
                    let cursor = theirs.unwrap_or_else(|| panic!("{request} has one page only"));
                    let callers = Who::ALL.into_iter();
                    for who in callers.filter(|who| who.is_foreign() && who.may_with_own(*rule)) {
                        if operation.path.contains('{') && !who.may(Rule::Asking) {
                            continue;
                        }
                        let (request, _) = operation.request(&own[&who]);
                        let request = format!("{request}?cursor={cursor}");
                        let (status, answer) = operation.send(stage, who, &request, Value::Null);
                        let told = format!("{who:?} {request}: {status} {answer}");
                        assert!([200, 422].contains(&status), "{told}");
                        assert_tells_nothing(&answer.to_string(), things, "", &told);
                        tried += 1;
                    }
                }
                "person" => {
                    let (thing, expected) = field(name);
                    let (request, _) = operation.request(things);
                    let request = format!("{request}?{name}={}", things[thing]);
                    let callers = Who::ALL.into_iter();
                    for who in callers.filter(|who| who.is_foreign() && who.may(*rule)) {
                        let (status, answer) = operation.send(stage, who, &request, Value::Null);
                        let told = format!("{who:?} {request}: {status} {answer}");
                        assert!(expected.contains(&status), "{told}");
                        assert_eq!(answer["items"], json!([]), "{told}");
                        tried += 1;
                    }
                }
                "workflow" | "agent" | "user" => {
                    let (thing, expected) = field(name);
                    let (request, _) = operation.request(things);
                    let request = format!("{request}?{name}={}", things[thing]);
                    let callers = Who::ALL.into_iter();
                    for who in callers.filter(|who| who.is_foreign() && who.may(*rule)) {
                        let (status, answer) = operation.send(stage, who, &request, Value::Null);
                        let told = format!("{who:?} {request}: {status} {answer}");
                        assert!(expected.contains(&status), "{told}");
                        let questions = &answer["totals"]["endings"];
                        let questions = questions.as_object().into_iter().flatten();
                        assert!(questions.into_iter().all(|(_, count)| count == 0), "{told}");
                        tried += 1;
                    }
                }
                plain => {
                    assert!(PLAIN.contains(&plain), "say what {plain} names");
                    continue;
                }
            }
            parameters += 1;
        }
    }
    (parameters, tried)
}

/// The same of server functions, beside the thing that their rule is about.
pub fn try_arguments(stage: &Stage, things: &Things, own: &Own) -> (usize, usize) {
    let page = stage.made(Who::Owner, "GET /v1/conversations?limit=1", Value::Null);
    let cursor = text(&page["next_cursor"]);
    let (mut arguments, mut tried) = (0, 0);
    for (function, argument) in sources() {
        let found = FUNCTIONS.iter().find(|(name, ..)| *name == function);
        let &(_, rule, form) = found.unwrap_or_else(|| panic!("{function} needs a rule"));
        // `scope` is what a key may do.
        if PLAIN.contains(&argument.as_str()) || argument == "scope" {
            continue;
        }
        arguments += 1;
        if form.contains(&format!("{argument}={{")) {
            continue;
        }
        let (thing, id, expected): (_, &str, &[u16]) = match argument.as_str() {
            "cursor" => ("", cursor, &[200, 422]),
            name => {
                let (thing, expected) = field(name);
                (thing, &things[thing], expected)
            }
        };
        let callers = Who::ALL.into_iter().filter(|who| who.may_with_own(rule));
        for who in callers.filter(|who| who.is_foreign() && !who.has(thing)) {
            let mut form = format!("{form}&{argument}={id}");
            for (thing, id) in &own[&who] {
                form = form.replace(&format!("{{{thing}}}"), id);
            }
            let reply = stage.function(who, &function, &form);
            let told = format!(
                "{who:?} {function} {argument}: {} {}",
                reply.status,
                reply.text()
            );
            assert!(expected.contains(&reply.status), "{told}");
            assert_tells_nothing(&reply.text(), things, thing, &told);
            tried += 1;
        }
    }
    (arguments, tried)
}

/// Every argument of every server function, as the sources have them.
fn sources() -> Vec<(String, String)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../app/src/api");
    let mut found = Vec::new();
    for file in fs::read_dir(folder).unwrap() {
        let source = fs::read_to_string(file.unwrap().path()).unwrap();
        let lines = source.lines().filter(|line| !line.trim().starts_with("//"));
        let source = lines.collect::<Vec<_>>().join("\n");
        for function in source.split("\n#[server").skip(1) {
            let (_, function) = function.split_once("pub async fn ").unwrap();
            let (name, rest) = function.split_once('(').unwrap();
            let (arguments, _) = rest.split_once(") -> Result<").unwrap();
            let arguments = arguments.replace("#[server(default)]", "");
            for argument in arguments.split(',').filter(|it| !it.trim().is_empty()) {
                let (argument, _) = argument.split_once(':').unwrap();
                found.push((name.to_owned(), argument.trim().to_owned()));
            }
        }
    }
    assert!(found.len() > 20, "{found:?}");
    found
}

/// No id of the owner's, beside the one that was sent.
fn assert_tells_nothing(answer: &str, things: &Things, sent: &str, told: &str) {
    for (thing, id) in things {
        assert!(
            *thing == sent || !answer.contains(id.as_str()),
            "{thing}: {told}"
        );
    }
}
