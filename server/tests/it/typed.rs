//! Forms as browsers without scripts send them: what was typed comes back, secrets are shown once,
//! and neither stands in an address.

use crate::program::Reply;
use crate::stories;
use crate::world::{PASSWORD, World, world};
use store::testing::Kind;

stories!(
    a_refused_form_comes_back_as_it_was_typed,
    a_refused_question_stays_in_its_box,
    what_is_saved_says_so,
    secrets_are_shown_once_and_not_in_an_address,
);

/// From that page.
pub fn post(world: &World, page: &str, cookie: &str, action: &str, form: &str) -> Reply {
    let origin = world.origin();
    let headers = [
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("Accept", "text/html,application/xhtml+xml"),
        ("Origin", origin.as_str()),
        ("Referer", &format!("{origin}{page}")),
        ("Cookie", cookie),
    ];
    world.server.send_body("POST", action, &headers, form)
}

/// The one element that has all of it.
fn element<'a>(html: &'a str, parts: &[&str]) -> &'a str {
    let found = html
        .split('<')
        .find(|element| parts.iter().all(|part| element.contains(part)));
    found.unwrap_or_else(|| panic!("{parts:?} in {html}"))
}

/// The action of that function's form.
fn action(html: &str, function: &str) -> String {
    let form = element(html, &["form ", &format!("action=\"/api/{function}")]);
    let (_, action) = form.split_once("action=\"").unwrap();
    action.split('"').next().unwrap().to_owned()
}

async fn a_refused_form_comes_back_as_it_was_typed(kind: Kind) {
    let world = world(kind, false).await;
    let path = world.action("/sign-up", "", "sign_up");
    let form = "name=Ada+%3Cb%3E%22&email=no+address&password=hush-hush-hush";
    let reply = post(&world, "/sign-up", "", &path, form);
    let html = reply.text();
    assert_eq!(
        (reply.status, reply.header("cache-control")),
        (422, "no-store"),
        "{html}"
    );
    assert_eq!(reply.header("location"), "");
    assert!(reply.header("content-security-policy").contains("nonce-"));
    assert!(element(&html, &["name=\"name\""]).contains("value=\"Ada &lt;b&gt;&quot;\""));
    let email = element(&html, &["name=\"email\""]);
    assert!(email.contains("value=\"no address\""), "{email}");
    assert!(email.contains("aria-invalid") && email.contains("autofocus"));
    assert!(!html.contains("hush-hush"), "{html}");
    // Scripts, where there are some, take the page's own address.
    assert!(element(&html, &["script", "data-address=\"/sign-up?"]).contains("replaceState"));

    // The form is sent again from the address that the browser shows now.
    let again = action(&html, "sign_up");
    assert_eq!(again, format!("{path}?page=/sign-up"));
    let reply = post(&world, &path, "", &again, form);
    assert_eq!(reply.status, 422);
    assert!(reply.text().contains("no address"));
    let right = format!("name=Ada&email=ada%40example.org&password={PASSWORD}");
    let reply = post(&world, &again, "", &again, &right);
    assert_eq!((reply.status, reply.header("location")), (303, "/"));

    // Other sites' pages get no page.
    let foreign = [
        ("Origin", "http://evil.example"),
        ("Accept", "text/html"),
        ("Content-Type", "application/x-www-form-urlencoded"),
    ];
    let reply = world.server.send_body("POST", &path, &foreign, form);
    assert_eq!(reply.status, 403);
}

async fn a_refused_question_stays_in_its_box(kind: Kind) {
    let world = world(kind, false).await;
    let cookie = world.sign_up();
    let path = world.action("/", &cookie, "ask");
    let question = format!("<b>%0D%0A{}", "why ".repeat(8_001));
    let form = format!(
        "message={}&workflow_id=balanced",
        question.replace(' ', "+")
    );
    let reply = post(&world, "/", &cookie, &path, &form);
    let html = reply.text();
    assert_eq!(reply.status, 422, "{html}");
    assert!(element(&html, &["role=\"alert\"", "at most 32000"]).contains("autofocus"));
    let text_box = element(&html, &["textarea", "name=\"message\""]);
    let (_, text) = text_box.split_once('>').unwrap();
    let typed = format!("\n&lt;b&gt;\r\n{}", "why ".repeat(8_001));
    assert_eq!(text.len(), typed.len());
    assert_eq!(text, typed);
    assert!(element(&html, &["option", "value=\"balanced\""]).contains("selected"));
    // Nothing was asked, and the page by itself knows nothing of it.
    let page = world.server.send("GET", "/", &[("Cookie", &cookie)]);
    assert!(!page.text().contains("why why"));
    assert!(!html.contains("href=\"/c/"));

    // A page that reads itself again every few seconds takes no text meanwhile.
    let reply = post(&world, "/", &cookie, &path, "message=How%3F");
    assert_eq!(reply.status, 303);
    let conversation = reply.header("location").to_owned();
    let page = world
        .server
        .send("GET", &conversation, &[("Cookie", &cookie)]);
    let html = page.text();
    assert!(html.contains("http-equiv=\"refresh\""));
    assert!(element(&html, &["textarea"]).contains("noscript:hidden"));
    let id = conversation.strip_prefix("/c/").unwrap();
    let form = format!("conversation_id={id}&message=And+then%3F");
    let reply = post(&world, &conversation, &cookie, &path, &form);
    let html = reply.text();
    assert_eq!(reply.status, 409, "{html}");
    assert!(!html.contains("http-equiv=\"refresh\""));
    let text_box = element(&html, &["textarea"]);
    assert!(text_box.ends_with("\nAnd then?") && !text_box.contains("noscript:hidden"));
}

async fn what_is_saved_says_so(kind: Kind) {
    let world = world(kind, false).await;
    let cookie = world.sign_up();
    let path = world.action("/settings", &cookie, "save_preferences");
    let send = |form: &str| post(&world, "/settings", &cookie, &path, form);
    let form = "done=answers&default_workflow=quick&quality_threshold=8.5&theme=dark";
    let reply = send(form);
    assert_eq!(
        (reply.status, reply.header("location")),
        (302, "/settings?done=answers#answers")
    );
    let page = |address: &str| world.server.send("GET", address, &[("Cookie", &cookie)]);
    let said = |html: &str| html.matches(">Saved").count();
    assert_eq!(said(&page("/settings?done=answers").text()), 1);
    assert_eq!(said(&page("/settings").text()), 0);

    // What is refused does not; boxes and choices are as they were sent.
    let reply =
        send("done=answers&default_workflow=balanced&quality_threshold=99&show_debug_info=on");
    let html = reply.text();
    assert_eq!(reply.status, 422, "{html}");
    assert_eq!(said(&html), 0);
    assert!(element(&html, &["name=\"quality_threshold\"", "id="]).contains("value=\"99\""));
    assert!(element(&html, &["name=\"show_debug_info\"", "id="]).contains("checked"));
    assert!(element(&html, &["option", "value=\"balanced\""]).contains("selected"));

    let change = world.action("/settings", &cookie, "change_password");
    let wrong = "done=password&current=hush-hush-hush&password=hush-hush-hush2";
    let html = post(&world, "/settings", &cookie, &change, wrong).text();
    assert!(
        html.contains("aria-invalid") && !html.contains("hush-hush"),
        "{html}"
    );
}

async fn secrets_are_shown_once_and_not_in_an_address(kind: Kind) {
    let world = world(kind, false).await;
    let cookie = world.sign_up();
    for (at, function, form, mark) in [
        ("/admin/members", "invite", "role=viewer", "/invitation/"),
        (
            "/settings",
            "create_api_key",
            "name=Report&scope=read",
            "ovm_",
        ),
    ] {
        let path = world.action(at, &cookie, function);
        let reply = post(&world, at, &cookie, &path, form);
        let html = reply.text();
        assert_eq!(
            (
                reply.status,
                reply.header("cache-control"),
                reply.header("location")
            ),
            (200, "no-store", ""),
            "{html}"
        );
        let shown = element(&html, &["input", "readonly", mark]);
        assert!(shown.contains("autofocus"), "{shown}");
        let page = world.server.send("GET", at, &[("Cookie", &cookie)]);
        let (_, secret) = shown.split_once("value=\"").unwrap();
        let secret = secret.split('"').next().unwrap();
        assert!(!page.text().contains(secret), "{secret}");
    }
    // Our scripts get it as before.
    let path = world.action("/admin/members", &cookie, "invite");
    let origin = world.origin();
    let headers = [
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("Accept", "application/json"),
        ("Origin", origin.as_str()),
        ("Cookie", cookie.as_str()),
    ];
    let reply = world
        .server
        .send_body("POST", &path, &headers, "role=viewer");
    assert_eq!(reply.status, 200);
    assert!(reply.text().contains("/invitation/") && !reply.text().contains("<html"));
}
