//! The administration's pages: for admins alone, without scripts too, and the audit trail as a table.

use crate::rest::text;
use crate::stories;
use crate::world::{PASSWORD, World, world};
use serde_json::{Value, json};
use store::testing::Kind;

stories!(
    the_pages_are_for_admins,
    members_are_administered_without_scripts,
    the_audit_trail_is_filtered_and_exported,
    people_sign_up_as_the_organization_lets_them,
    admins_see_and_end_what_members_come_in_with,
    what_is_kept_is_said_by_admins,
);

const PAGES: [&str; 4] = [
    "/admin/members",
    "/admin/organization",
    "/admin/prompts",
    "/admin/audit",
];

/// The cookie of somebody who exists.
fn log_in(world: &World, email: &str) -> String {
    let action = world.action("/log-in", "", "log_in");
    let email = email.replace('@', "%40");
    let password = PASSWORD.replace('+', "%2B");
    let form = format!("email={email}&password={password}");
    let reply = world.server.post(&action, "", &form);
    let cookie = reply.header("set-cookie");
    cookie.split(';').next().unwrap().to_owned()
}

fn page(world: &World, cookie: &str, path: &str) -> (u16, String) {
    let reply = world.server.send("GET", path, &[("Cookie", cookie)]);
    (reply.status, reply.text())
}

async fn the_pages_are_for_admins(kind: Kind) {
    let world = world(kind, false).await;
    let ada = world.register();
    let member = world.join(&ada, "user", "user@example.org");
    world.join(&ada, "viewer", "viewer@example.org");
    let (_, me) = world.call(&member, "GET /v1/me", Value::Null);
    let of_member = format!("/admin/members/{}", text(&me["id"]));
    let pages = PAGES.iter().copied().chain([of_member.as_str()]);
    let admin = log_in(&world, "ada@example.org");
    for path in pages {
        let reply = world.server.send("GET", path, &[("Accept", "text/html")]);
        let location = format!("/log-in?next={path}");
        assert_eq!(
            (reply.status, reply.header("location")),
            (302, location.as_str())
        );
        for other in ["user@example.org", "viewer@example.org"] {
            let (status, html) = page(&world, &log_in(&world, other), path);
            assert_eq!(status, 403, "{other} {path}");
            assert!(!html.contains("ada@example.org"), "{html}");
        }
        let (status, html) = page(&world, &admin, path);
        assert_eq!(status, 200, "{path}: {html}");
    }
    let nobody = "/admin/members/00000000-0000-0000-0000-000000000000";
    for path in [nobody, "/admin/members/ada"] {
        assert_eq!(page(&world, &admin, path).0, 404, "{path}");
    }
    for (bearer, status) in [("", 401), (member.as_str(), 403), (ada.as_str(), 200)] {
        let request = "GET /admin/audit.csv";
        assert_eq!(world.call(bearer, request, Value::Null).0, status);
    }
}

async fn members_are_administered_without_scripts(kind: Kind) {
    let world = world(kind, false).await;
    let ada = world.register();
    let member = world.join(&ada, "user", "bob@example.org");
    let (_, me) = world.call(&member, "GET /v1/me", Value::Null);
    let id = text(&me["id"]);
    let (_, admin_id) = world.call(&ada, "GET /v1/me", Value::Null);
    let admin_id = text(&admin_id["id"]);
    let cookie = log_in(&world, "ada@example.org");
    let send = |id: &str, function: &str, form: &str| {
        let path = format!("/admin/members/{id}");
        let action = world.action(&path, &cookie, function);
        let origin = world.origin();
        let headers = [
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("Accept", "text/html"),
            ("Origin", origin.as_str()),
            ("Referer", &format!("{origin}{path}")),
            ("Cookie", &cookie),
        ];
        world.server.send_body("POST", &action, &headers, form)
    };

    let form = format!("id={id}&role=viewer&done=change-role");
    let reply = send(id, "change_role", &form);
    let back = format!("/admin/members/{id}?done=change-role#change-role");
    assert_eq!(reply.header("location"), back);
    let (_, now) = world.call(&member, "GET /v1/me", Value::Null);
    assert_eq!(now["role"], json!("viewer"));

    // The sentence of the services stands in the page.
    let form = format!("id={admin_id}&role=user&done=change-role");
    let reply = send(admin_id, "change_role", &form);
    assert_eq!(reply.status, 409);
    assert!(reply.text().contains("This is the only admin."));

    let (_, html) = page(&world, &cookie, &format!("/admin/members/{id}"));
    let (_, form) = html.split_once("action=\"/api/end_member_session").unwrap();
    let (_, session) = form.split_once("name=\"id\" value=\"").unwrap();
    let session = session.split('"').next().unwrap();
    let form = format!("id={session}&done=sessions");
    assert_eq!(send(id, "end_member_session", &form).status, 302);
    assert_eq!(world.call(&member, "GET /v1/me", Value::Null).0, 401);

    let reply = send(id, "remove_member", &format!("id={id}"));
    assert_eq!(
        (reply.status, reply.header("location")),
        (303, "/admin/members?done=removed")
    );
    let (_, html) = page(&world, &cookie, "/admin/members?done=removed");
    assert!(html.contains(">Removed") && !html.contains("bob@example.org"));
    let (_, html) = page(&world, &cookie, "/admin/audit");
    for words in ["changed a role", "ended a session", "removed a member"] {
        assert!(html.contains(words), "{words}");
    }
}

async fn the_audit_trail_is_filtered_and_exported(kind: Kind) {
    let world = world(kind, false).await;
    let ada = world.register();
    let form = json!({ "email": "eve@example.org", "password": PASSWORD, "name": "=1+1" });
    let invite = "POST /v1/organization/invitations";
    let (_, invited) = world.call(&ada, invite, json!({ "role": "user" }));
    let mut form = form;
    form["invite"] = json!(text(&invited["link"]).rsplit('/').next().unwrap());
    assert_eq!(world.call("", "POST /v1/auth/register", form).0, 201);

    let read = |query: &str| {
        let request = format!("GET /v1/organization/audit{query}");
        world.call(&ada, &request, Value::Null)
    };
    let count = |query: &str| {
        let (status, page) = read(query);
        assert_eq!(status, 200, "{query}: {page}");
        page["items"].as_array().unwrap().len()
    };
    assert_eq!(count(""), 3);
    assert_eq!(count("?group=invitations"), 2);
    assert_eq!(count("?group=keys"), 0);
    assert_eq!(count("?to=2020-01-01"), 0);
    assert_eq!(count("?from=2020-01-01&to=2999-12-31"), 3);
    let (_, page) = read("?limit=1");
    let next = format!("?cursor={}", text(&page["next_cursor"]));
    assert_eq!(count(&next), 2);
    for (query, field) in [
        ("?group=everything", "group"),
        ("?person=ada", "person"),
        ("?from=yesterday", "from"),
        ("?cursor=7", "cursor"),
    ] {
        let (status, refused) = read(query);
        assert_eq!((status, &refused["error"]["field"]), (422, &json!(field)));
    }

    let bearer = format!("Bearer {ada}");
    let headers = [("Authorization", bearer.as_str())];
    let table = |query: &str| {
        let path = format!("/admin/audit.csv{query}");
        world.server.send("GET", &path, &headers)
    };
    let reply = table("?group=invitations");
    assert_eq!(reply.status, 200);
    assert!(reply.header("content-type").starts_with("text/csv"));
    assert!(
        reply
            .header("content-disposition")
            .starts_with("attachment")
    );
    let csv = reply.text();
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines.len(), 3, "{csv}");
    assert_eq!(lines[0], "time,person,person_id,action,subject,detail");
    assert!(lines[1].contains(",'=1+1,") && lines[1].contains(",invitations.use,"));
    assert!(lines[2].contains(",Ada,") && lines[2].contains(",invitations.create,"));
    assert_eq!(table("?group=everything").status, 422);
    let all = table("").text();
    assert_eq!(all.matches("organization.export_audit").count(), 2, "{all}");
}

async fn people_sign_up_as_the_organization_lets_them(kind: Kind) {
    let world = world(kind, false).await;
    let ada = world.register();
    let register = |email: &str, name: &str| {
        let form = json!({ "email": email, "password": PASSWORD, "name": name });
        world.call("", "POST /v1/auth/register", form)
    };
    let sign_up = || world.server.get("/sign-up").text();
    assert_eq!(register("bob@example.org", "Bob").0, 403);
    assert!(sign_up().contains("Sign up by invitation"));
    let invite = || {
        let invite = "POST /v1/organization/invitations";
        world.call(&ada, invite, json!({ "role": "user" }))
    };
    let (_, invited) = invite();
    let link = text(&invited["link"]);
    let (_, link) = link.split_once("/invitation/").unwrap();
    let invitation = format!("/invitation/{link}");

    let cookie = log_in(&world, "ada@example.org");
    let save = |form: &str| {
        let action = world.action("/admin/organization", &cookie, "save_organization");
        let origin = world.origin();
        let headers = [
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("Accept", "text/html"),
            ("Origin", origin.as_str()),
            ("Referer", &format!("{origin}/admin/organization")),
            ("Cookie", &cookie),
        ];
        world.server.send_body("POST", &action, &headers, form)
    };
    let form = "name=Engines&done=organization&mail_domains=example.org,+b.net&sign_up=";
    let reply = save(&format!("{form}open&default_workflow=quick"));
    let location = reply.header("location").to_owned();
    assert_eq!(
        location,
        "/admin/organization?done=organization#organization"
    );
    let html = sign_up();
    assert!(html.contains("Join Engines") && html.contains("example.org or b.net"));
    let (status, refused) = register("eve@example.net", "Eve");
    assert_eq!((status, &refused["error"]["field"]), (422, &json!("email")));
    let (status, bob) = register("bob@b.net", "Bob");
    assert_eq!((status, &bob["user"]["role"]), (201, &json!("user")));
    let bearer = text(&bob["access_token"]);
    let (_, workflows) = world.call(bearer, "GET /v1/workflows", Value::Null);
    assert_eq!(workflows["items"][0]["id"], json!("quick"));

    save(&format!("{form}closed"));
    assert!(sign_up().contains("Signing up is closed"));
    assert_eq!(register("carol@b.net", "Carol").0, 403);
    assert_eq!(invite().0, 409);
    assert_eq!(world.server.get(&invitation).status, 403);
    save(&format!("{form}invite"));
    assert_eq!(world.server.get(&invitation).status, 200);
    let reply = save(&format!("{form}invite&requests_per_minute=many"));
    assert_eq!(reply.status, 422);
    assert!(reply.text().contains("between 1 and 1,000,000"));

    // With several organizations it is not clear which one is meant.
    save(&format!("{form}open"));
    world.add_admin_of_another_organization("foreign@example.net");
    assert_eq!(register("carol@b.net", "Carol").0, 403);
    assert!(sign_up().contains("Sign up by invitation"));
}

async fn admins_see_and_end_what_members_come_in_with(kind: Kind) {
    let world = world(kind, false).await;
    let ada = world.register();
    let bob = world.join(&ada, "user", "bob@example.org");
    let (_, me) = world.call(&bob, "GET /v1/me", Value::Null);
    let new = json!({ "name": "Script", "scope": "read" });
    let (_, key) = world.call(&bob, "POST /v1/api-keys", new);
    let (_, members) = world.call(&ada, "GET /v1/organization/members", Value::Null);
    let seen = members["items"].as_array().unwrap();
    assert_eq!(seen.len(), 2);
    assert!(seen.iter().all(|member| member["last_seen_at"].is_string()));

    let path = format!("GET /v1/organization/members/{}", text(&me["id"]));
    let (status, member) = world.call(&ada, &path, Value::Null);
    assert_eq!(
        (status, &member["email"]),
        (200, &json!("bob@example.org")),
        "{member}"
    );
    assert!(!member.to_string().contains(text(&key["key"])));
    let revoke = format!(
        "DELETE /v1/organization/api-keys/{}",
        text(&member["api_keys"][0]["id"])
    );
    let end = format!(
        "DELETE /v1/organization/sessions/{}",
        text(&member["sessions"][0]["id"])
    );
    let look = |bearer: &str| world.call(bearer, "GET /v1/me", Value::Null).0;
    assert_eq!(look(text(&key["key"])), 200);
    for request in [&revoke, &end] {
        assert_eq!(world.call(&bob, request, Value::Null).0, 403);
        assert_eq!(world.call(&ada, request, Value::Null).0, 204);
        assert_eq!(world.call(&ada, request, Value::Null).0, 404);
    }
    assert_eq!(look(text(&key["key"])), 401);
    assert_eq!(look(&bob), 401);
    let (_, member) = world.call(&ada, &path, Value::Null);
    assert_eq!(
        (&member["sessions"], &member["api_keys"]),
        (&json!([]), &json!([]))
    );
}

async fn what_is_kept_is_said_by_admins(kind: Kind) {
    let world = world(kind, true).await;
    let ada = world.register();
    let change = |change: Value| world.call(&ada, "PATCH /v1/organization", change);
    let (_, before) = world.call(&ada, "GET /v1/organization", Value::Null);
    assert_eq!(
        (&before["retention_days"], &before["log_prompts"]),
        (&Value::Null, &json!(false))
    );
    for days in [json!(0), json!(36_501)] {
        let (status, refused) = change(json!({ "name": "X", "retention_days": days }));
        assert_eq!(
            (status, &refused["error"]["field"]),
            (422, &json!("retention_days"))
        );
    }
    let (status, changed) = change(json!({ "retention_days": 90, "log_prompts": true }));
    assert_eq!((status, &changed["retention_days"]), (200, &json!(90)));
    assert_eq!(changed["name"], before["name"]);

    let (_, conversation) = world.call(&ada, "POST /v1/conversations", json!({}));
    let ask = format!(
        "POST /v1/conversations/{}/messages?wait=true",
        text(&conversation["id"])
    );
    let question = json!({ "content": "Is ada@example.org right?", "workflow_id": "quick" });
    assert!((200..300).contains(&world.call(&ada, &ask, question).0));
    let read = || world.call(&ada, "GET /v1/organization/prompts", Value::Null);
    let (status, log) = read();
    assert_eq!(status, 200);
    let told = log.to_string();
    assert!(told.contains("Is [mail address] right?") && !told.contains("ada@example.org"));

    let cookie = log_in(&world, "ada@example.org");
    let page = |path: &str| {
        let headers = [("Cookie", cookie.as_str())];
        world.server.send("GET", path, &headers).text()
    };
    let html = page("/admin/organization");
    for words in [
        "untouched for 90 days",
        "None would go tonight",
        "Read the log",
    ] {
        assert!(html.contains(words), "{words}");
    }
    assert!(page("/admin/prompts").contains("Is [mail address] right?"));
    let (_, changed) = change(json!({ "retention_days": null, "log_prompts": false }));
    assert_eq!(changed["retention_days"], Value::Null);
    assert!(page("/admin/organization").contains("until somebody deletes them"));
}
