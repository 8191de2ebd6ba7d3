//! Everybody, the owner's things, what each caller has of their own, and how all of it is.

use super::rules::Who;
use crate::program::Reply;
use crate::rest::text;
use crate::world::{PASSWORD, World, world};
use serde_json::{Value, json};
use std::cell::Cell;
use std::collections::BTreeMap;
use store::testing::Kind;

/// Everybody, with their tokens; and the owner's things.
pub struct Stage {
    pub world: World,
    pub tokens: BTreeMap<Who, String>,
    /// Server functions by their name: where they are.
    pub functions: BTreeMap<String, String>,
    /// Counts what has to be another one each time.
    numbers: Cell<u32>,
}

/// Ids, by what they name.
pub type Things = BTreeMap<&'static str, String>;

impl Stage {
    pub async fn set(kind: Kind) -> Self {
        let world = world(kind, true).await;
        let admin = world.register();
        let log = json!({ "log_prompts": true });
        world.call(&admin, "PATCH /v1/organization", log);
        let owner = world.join(&admin, "user", "owner@example.org");
        let colleague = world.join(&admin, "user", "colleague@example.org");
        let viewer = world.join(&admin, "viewer", "viewer@example.org");
        let foreign = world.add_admin_of_another_organization("foreign@example.net");
        let user = world.join(&foreign, "user", "user@example.net");
        let looker = world.join(&foreign, "viewer", "viewer@example.net");
        let key = |bearer: &str, scope: &str| {
            let new = json!({ "name": "Script", "scope": scope });
            let (_, key) = world.call(bearer, "POST /v1/api-keys", new);
            text(&key["key"]).to_owned()
        };
        let (reading, writing) = (key(&owner, "read"), key(&admin, "write"));
        let tokens = [
            (Who::Owner, owner),
            (Who::ReadingKey, reading),
            (Who::WritingKey, writing),
            (Who::Admin, admin),
            (Who::Colleague, colleague),
            (Who::Viewer, viewer),
            (Who::ForeignAdmin, foreign),
            (Who::ForeignUser, user),
            (Who::ForeignViewer, looker),
            (Who::Nobody, String::new()),
        ];
        let _linked = app::App;
        let functions = leptos::server_fn::axum::server_fn_paths().map(|(path, _)| {
            let name = path.trim_start_matches("/api/");
            let name = name.trim_end_matches(|c: char| c.is_ascii_digit());
            (name.to_owned(), path.to_owned())
        });
        Self {
            world,
            tokens: tokens.into(),
            functions: functions.collect(),
            numbers: Cell::new(0),
        }
    }

    pub fn call(&self, who: Who, request: &str, body: Value) -> (u16, Value) {
        self.world.call(&self.tokens[&who], request, body)
    }

    /// A server function, as our own page calls it.
    pub fn function(&self, who: Who, name: &str, form: &str) -> Reply {
        let origin = self.world.origin();
        let bearer = format!("Bearer {}", self.tokens[&who]);
        let mut headers = vec![
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("Accept", "application/json"),
            ("Origin", origin.as_str()),
        ];
        if who != Who::Nobody {
            headers.push(("Authorization", bearer.as_str()));
        }
        let path = &self.functions[name];
        self.world.server.send_body("POST", path, &headers, form)
    }

    pub fn made(&self, who: Who, request: &str, body: Value) -> Value {
        let (status, made) = self.call(who, request, body);
        assert!((200..300).contains(&status), "{request}: {status} {made}");
        made
    }

    fn number(&self) -> u32 {
        self.numbers.replace(self.numbers.get() + 1)
    }

    /// The owner's, made anew.
    pub fn things(&self) -> Things {
        let mut things = self.own(Who::Owner);
        let number = self.number();
        let email = format!("member{number}@example.org");
        let member = self.world.join(&self.tokens[&Who::Admin], "user", &email);
        let (_, member) = self.world.call(&member, "GET /v1/me", Value::Null);
        let invite = "POST /v1/organization/invitations";
        self.made(Who::Admin, invite, json!({ "role": "user" }));
        let open = self.made(Who::Admin, "GET /v1/organization/invitations", Value::Null);
        let agent = self.agent(Who::Admin);
        let connection = self.connection();
        // A log-in beside the one that the owner's token belongs to.
        let form = json!({ "email": "owner@example.org", "password": PASSWORD });
        self.made(Who::Nobody, "POST /v1/auth/login", form);
        let sessions = self.sessions(Who::Owner);
        let mut others = sessions["all"].as_array().unwrap().iter();
        let session = others.find(|session| session["id"] != sessions["current"]);
        things.extend([
            ("agent", agent),
            ("connection", connection),
            ("member", text(&member["id"]).to_owned()),
            ("invitation", text(&open["items"][0]["id"]).to_owned()),
            ("session", text(&session.unwrap()["id"]).to_owned()),
        ]);
        things
    }

    /// A question of somebody's own, with its answer.
    pub fn asked(&self, who: Who) -> Things {
        let conversation = self.made(who, "POST /v1/conversations", json!({}));
        let conversation = text(&conversation["id"]).to_owned();
        let ask = format!("POST /v1/conversations/{conversation}/messages?wait=true");
        // None is the beginning of another.
        let request = format!("request-{:04}", self.number());
        let question = json!({ "content": "How?", "workflow_id": "quick", "request_id": request });
        let asked = self.made(who, &ask, question);
        Things::from([
            ("conversation", conversation),
            ("message", text(&asked["message"]["id"]).to_owned()),
            ("answer", text(&asked["answer"]["id"]).to_owned()),
            ("run", text(&asked["run"]["id"]).to_owned()),
            ("request", request),
        ])
    }

    /// What somebody who may ask has of their own.
    pub fn own(&self, who: Who) -> Things {
        let mut things = self.asked(who);
        let mut workflow = json!({ "name": "Workflow", "agent_ids": ["practical"] });
        let made = self.made(who, "POST /v1/workflows", workflow.clone());
        let id = text(&made["id"]).to_owned();
        workflow["agent_ids"] = json!(["practical", "analytical"]);
        self.made(who, &format!("PUT /v1/workflows/{id}"), workflow);
        things.insert("workflow", id);
        // Each organization has agents that were there from its beginning.
        let agent = if who.is_admin() {
            self.agent(who)
        } else {
            "practical".to_owned()
        };
        things.insert("agent", agent);
        let share = json!({ "conversation_id": things["conversation"] });
        let share = self.made(who, "POST /v1/shares", share);
        things.insert("share", text(&share["share"]["id"]).to_owned());
        if who.is_in_person() {
            let key = json!({ "name": "Key", "scope": "read" });
            let key = self.made(who, "POST /v1/api-keys", key);
            things.insert("key", text(&key["id"]).to_owned());
        }
        things
    }

    /// One that has been changed.
    fn agent(&self, admin: Who) -> String {
        let mut agent = json!({ "name": "Agent", "role": "helps", "goal": "Help." });
        let made = self.made(admin, "POST /v1/agents", agent.clone());
        let id = text(&made["id"]).to_owned();
        agent["goal"] = json!("Help more.");
        self.made(admin, &format!("PUT /v1/agents/{id}"), agent);
        id
    }

    /// In place of those that were there.
    fn connection(&self) -> String {
        let all = self.made(Who::Admin, "GET /v1/connections", Value::Null);
        for old in all["items"].as_array().unwrap() {
            let path = format!("DELETE /v1/connections/{}", text(&old["id"]));
            self.made(Who::Admin, &path, Value::Null);
        }
        let new = json!({
            "provider": "compatible",
            "name": format!("lab-{}", self.number()),
            "base_url": self.world.provider(),
            "default_model": "test-model",
            "api_key": "sk-0123456789abcdef",
        });
        let made = self.made(Who::Admin, "POST /v1/connections", new);
        text(&made["id"]).to_owned()
    }

    fn sessions(&self, who: Who) -> Value {
        let reply = self.function(who, "sessions", "");
        assert_eq!(reply.status, 200, "{}", reply.text());
        serde_json::from_slice(&reply.body).unwrap()
    }

    /// How the things are, and what belongs to those who may see them.
    pub fn state(&self, things: &Things) -> Vec<Value> {
        let get = |who, path: String| {
            let (status, mut body) = self.call(who, &format!("GET /v1{path}"), Value::Null);
            leave_out_looks(&mut body);
            json!([status, body])
        };
        let named = [
            ("conversations", "conversation", Who::Owner),
            ("messages", "message", Who::Owner),
            ("messages", "answer", Who::Owner),
            ("runs", "run", Who::Owner),
            ("agents", "agent", Who::Admin),
            ("workflows", "workflow", Who::Owner),
        ]
        .map(|(list, thing, who)| get(who, format!("/{list}/{}", things[thing])));
        let listed = [
            "/organization",
            "/organization/members?limit=100",
            "/organization/invitations?limit=100",
            "/connections",
        ]
        .into_iter()
        .flat_map(|path| [Who::Admin, Who::ForeignAdmin].map(|who| get(who, path.to_owned())));
        let people = [Who::Owner, Who::Admin, Who::Colleague, Who::ForeignUser];
        let own = people.map(|who| {
            let mut sessions = self.sessions(who);
            leave_out_looks(&mut sessions);
            let keys = get(who, "/api-keys?limit=100".to_owned());
            let shares = get(who, "/shares?limit=100".to_owned());
            json!([get(who, "/me".to_owned()), keys, shares, sessions])
        });
        named.into_iter().chain(listed).chain(own).collect()
    }
}

/// What a look leaves behind is no change.
fn leave_out_looks(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, _| name != "last_used_at" && name != "last_seen_at");
            fields.values_mut().for_each(leave_out_looks);
        }
        Value::Array(items) => items.iter_mut().for_each(leave_out_looks),
        _ => {}
    }
}
