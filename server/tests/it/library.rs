//! The pages of agents and workflows as browsers without scripts use them.

use crate::program::Reply;
use crate::stories;
use crate::world::{World, world};
use serde_json::Value;
use store::testing::Kind;

stories!(
    an_agent_is_made_changed_and_deleted,
    a_workflow_is_made_of_numbers,
    what_somebody_else_changed_is_not_overwritten,
);

fn page(world: &World, cookie: &str, path: &str) -> String {
    let reply = world.server.send("GET", path, &[("Cookie", cookie)]);
    let html = reply.text();
    assert_eq!(reply.status, 200, "{path}: {html}");
    html
}

/// Sends the form of that function on that page.
fn post(world: &World, cookie: &str, page: &str, function: &str, form: &str) -> Reply {
    let action = world.action(page, cookie, function);
    let origin = world.origin();
    let headers = [
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("Accept", "text/html,application/xhtml+xml"),
        ("Origin", origin.as_str()),
        ("Referer", &format!("{origin}{page}")),
        ("Cookie", cookie),
    ];
    world.server.send_body("POST", &action, &headers, form)
}

/// What REST has of it.
fn kept(world: &World, cookie: &str, path: &str) -> Value {
    let path = format!("/v1{path}");
    let reply = world.server.send("GET", &path, &[("Cookie", cookie)]);
    assert_eq!(reply.status, 200, "{path}");
    serde_json::from_slice(&reply.body).unwrap()
}

/// The one element that has all of it.
fn element<'a>(html: &'a str, parts: &[&str]) -> &'a str {
    let found = html
        .split('<')
        .find(|element| parts.iter().all(|part| element.contains(part)));
    found.unwrap_or_else(|| panic!("{parts:?} in {html}"))
}

async fn an_agent_is_made_changed_and_deleted(kind: Kind) {
    let world = world(kind, false).await;
    let ada = world.sign_up();
    let list = page(&world, &ada, "/agents");
    assert!(list.contains("Creative Clarity") && list.contains("href=\"/agents/new\""));
    let form = "shelf=agents&fields[name]=Legal+Clarity&fields[role]=checks+the+law\
                &fields[goal]=Name+the+rules.%0D%0AAll.&fields[llm_config.temperature]=0.2\
                &fields[llm_config.fallbacks]=compatible/a%0D%0Acompatible/b&fields[is_active]=on";
    // Browsers write the brackets their own way.
    let form = form.replace('[', "%5B").replace(']', "%5D");
    let reply = post(&world, &ada, "/agents/new", "create_sheet", &form);
    assert_eq!(reply.status, 303, "{}", reply.text());
    let path = reply.header("location").to_owned();
    let agent = kept(&world, &ada, &path);
    assert_eq!(agent["goal"], "Name the rules.\nAll.");
    assert_eq!(agent["llm_config"]["temperature"], 0.2);
    assert_eq!(agent["llm_config"]["fallbacks"][1], "compatible/b");
    assert_eq!(agent["is_active"], true);

    let html = page(&world, &ada, &path);
    assert!(element(&html, &["id=\"fields[name]\""]).contains("value=\"Legal Clarity\""));
    assert!(element(&html, &["textarea", "fields[goal]"]).ends_with("\nName the rules.\nAll."));
    let copy = page(&world, &ada, &format!("/agents/new?from={}", &path[8..]));
    assert!(element(&copy, &["id=\"fields[name]\""]).contains("value=\"Legal Clarity (copy)\""));

    let off = format!("id={}&active=false&version=1&done=switch", &path[8..]);
    let reply = post(&world, &ada, &path, "switch_agent", &off);
    assert_eq!(
        reply.header("location"),
        format!("{path}?done=switch#switch")
    );
    assert_eq!(kept(&world, &ada, &path)["is_active"], false);
    let back = format!("shelf=agents&id={}&version=1", &path[8..]);
    let versions = format!("{path}/versions");
    assert!(page(&world, &ada, &versions).contains("is_active"));
    let reply = post(&world, &ada, &versions, "restore_sheet", &back);
    assert_eq!((reply.status, reply.header("location")), (303, &*path));
    assert_eq!(kept(&world, &ada, &path)["version"], 3);

    let delete = format!("shelf=agents&id={}&version=3", &path[8..]);
    let reply = post(&world, &ada, &path, "delete_sheet", &delete);
    assert_eq!((reply.status, reply.header("location")), (303, "/agents"));
    let gone = world.server.send("GET", &path, &[("Cookie", &ada)]);
    assert_eq!(gone.status, 404);
    // One that works in a workflow stays, and the page says where.
    let delete = "shelf=agents&id=creative&version=1";
    let reply = post(&world, &ada, "/agents/creative", "delete_sheet", delete);
    assert_eq!(reply.status, 409);
    assert!(reply.text().contains("“Overmind” uses this agent"));
}

async fn a_workflow_is_made_of_numbers(kind: Kind) {
    let world = world(kind, false).await;
    let ada = world.sign_up();
    let html = page(&world, &ada, "/workflows/new");
    assert!(element(&html, &["fields[quality_threshold]", "id="]).contains("value=\"9\""));
    let form = "shelf=workflows&fields[name]=Two+views&fields[agent.practical]=2\
                &fields[agent.strategic]=1&fields[agent.creative]=&fields[budget.cost]=0.5\
                &fields[quality_threshold]=8.5&fields[max_n2_iterations]=";
    let refused = form.replace("=8.5", "=11");
    let reply = post(&world, &ada, "/workflows/new", "create_sheet", &refused);
    let html = reply.text();
    assert_eq!(reply.status, 422, "{html}");
    assert!(html.contains("the quality threshold lies between 0 and 10"));
    assert!(element(&html, &["name=\"fields[agent.practical]\""]).contains("value=\"2\""));
    let reply = post(&world, &ada, "/workflows/new", "create_sheet", form);
    let path = reply.header("location").to_owned();
    let workflow = kept(&world, &ada, &path);
    let ids = serde_json::json!(["strategic", "practical"]);
    assert_eq!(workflow["agent_ids"], ids);
    assert_eq!(workflow["max_n2_iterations"], 4);
    assert_eq!(workflow["budget"]["cost_micros"], 500_000);
    assert!(page(&world, &ada, &path).contains("About 6 calls in the first round"));
    let id = path.strip_prefix("/workflows/").unwrap();
    let composer = page(&world, &ada, &format!("/?workflow={id}"));
    let option = element(&composer, &["option", &format!("value=\"{id}\"")]);
    assert!(option.contains("selected"), "{option}");
}

async fn what_somebody_else_changed_is_not_overwritten(kind: Kind) {
    let world = world(kind, false).await;
    let ada = world.sign_up();
    let path = "/agents/creative";
    let form = |version: &str, goal: &str| {
        format!(
            "shelf=agents&id=creative&version={version}&done=sheet&fields[name]=Creative\
             &fields[role]=finds+options&fields[goal]={goal}&fields[is_active]=on"
        )
    };
    let save = |form: &str| post(&world, &ada, path, "save_sheet", form);
    let reply = save(&form("1", "First"));
    assert_eq!(reply.header("location"), format!("{path}?done=sheet#sheet"));
    assert!(page(&world, &ada, &format!("{path}?done=sheet")).contains(">Saved"));
    // The page that comes back has what was typed, and the version that its writer saw: sending
    // it again does not overwrite the other's work either.
    let reply = save(&form("1", "Second"));
    let html = reply.text();
    assert_eq!(reply.status, 412, "{html}");
    assert!(html.contains("Somebody has changed this") && html.contains("read it again"));
    let versions = html.matches("name=\"version\" value=\"1\"").count();
    assert_eq!(versions, 1, "{html}");
    assert!(element(&html, &["textarea", "fields[goal]"]).ends_with("\nSecond"));
    assert_eq!(kept(&world, &ada, path)["goal"], "First");
}
