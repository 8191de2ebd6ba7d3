//! What is kept, and what is not: old conversations, prompts, and the log of them.

use crate::stories;
use crate::world::{World, ada, finished, invited, listing, member, passing, query, repaired};
use chrono::TimeDelta;
use domain::{AuditEntry, LoggedCall, Role, Run, Source};
use provider_mock::Mock;
use services::{Admin, AuditForm, ConversationForm, Error, KeepingTexts, Member, Part, Services};
use std::collections::BTreeSet;

stories!(
    old_conversations_go_in_the_night,
    only_admins_say_what_is_kept,
    prompts_are_not_kept_and_written_again,
    a_log_is_redacted_and_goes_when_it_is_switched_off,
);

fn admin(member: &Member) -> Admin {
    Admin::try_from(member.clone()).unwrap()
}

fn keeping(days: &str, log_prompts: bool) -> KeepingTexts {
    KeepingTexts {
        retention_days: days.to_owned(),
        log_prompts,
    }
}

async fn asked(services: &Services, member: &Member, question: &str) -> Run {
    let run = services
        .runs
        .start(member, query(question), Source::Browser);
    finished(services, member, &run.await.unwrap()).await
}

async fn swept(services: &Services, admin: &Admin) -> Vec<AuditEntry> {
    let form = AuditForm {
        group: "organization".to_owned(),
        ..AuditForm::default()
    };
    let page = services.audit.page(admin, form, &Part::default()).await;
    let mut entries = page.unwrap().items;
    entries.retain(|entry| entry.action == "organization.sweep");
    entries
}

async fn old_conversations_go_in_the_night(world: World) {
    let mock = Mock::start(passing()).await.unwrap();
    let services = world.serving(&mock).await;
    let ada = ada(&services).await;
    let admin = admin(&ada);
    let mut old = Vec::new();
    for _ in 0..21 {
        old.push(asked(&services, &ada, "How?").await.conversation_id);
    }
    let pin = ConversationForm {
        pinned: Some(true),
        ..ConversationForm::default()
    };
    let conversations = &services.conversations;
    let pinned = conversations.change(&ada, old[0], pin).await.unwrap();
    world.clock.advance(TimeDelta::days(90));
    let recent = asked(&services, &ada, "And now?").await.conversation_id;

    let count = async || services.retention.expiring(&admin).await.unwrap();
    assert_eq!(count().await, 0, "there is no rule");
    let accounts = &services.accounts;
    let saved = accounts.save_keeping(&admin, keeping(" 90 ", false)).await;
    assert_eq!(saved.unwrap().retention_days, Some(90));
    assert_eq!(count().await, 20);
    services.retention.sweep().await.unwrap();
    assert_eq!(count().await, 20, "nothing goes on the day of the rule");

    world.clock.advance(TimeDelta::days(1));
    // Whoever comes first does it.
    let (one, two) = tokio::join!(services.retention.sweep(), services.retention.sweep());
    assert!(one.is_ok() && two.is_ok());
    assert_eq!(count().await, 0);
    let left = conversations.list(&ada, listing(None, 50)).await.unwrap();
    let left: BTreeSet<_> = left.items.iter().map(|it| it.id).collect();
    assert_eq!(left, BTreeSet::from([pinned.id, recent]));
    let told = swept(&services, &admin).await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].actor_name, "The server");
    assert_eq!(told[0].detail, "20 conversations, untouched for 90 days");

    accounts
        .save_keeping(&admin, keeping("", false))
        .await
        .unwrap();
    world.clock.advance(TimeDelta::days(900));
    services.retention.sweep().await.unwrap();
    assert_eq!(swept(&services, &admin).await, told, "there is no rule now");
    let left = conversations.list(&ada, listing(None, 50)).await.unwrap();
    assert_eq!(left.items.len(), 2);
}

async fn only_admins_say_what_is_kept(world: World) {
    let services = world.idle().await;
    let ada = ada(&services).await;
    let accounts = &services.accounts;
    for days in ["0", "36501", "-1", "soon", "1.5"] {
        let refused = accounts
            .save_keeping(&admin(&ada), keeping(days, true))
            .await;
        match refused {
            Err(Error::Invalid { field, .. }) => assert_eq!(field, "retention_days"),
            other => panic!("{days}: {other:?}"),
        }
    }
    let organization = accounts.organization(&ada).await.unwrap();
    assert_eq!(
        (organization.retention_days, organization.log_prompts),
        (None, false),
        "what is refused changes nothing"
    );
    let form = crate::programs::key_form("Script", domain::KeyScope::Write, None, None);
    let (_, key) = accounts.create_api_key(&ada, form, None).await.unwrap();
    let by_key = accounts.by_bearer(key.expose()).await.unwrap();
    let refused = accounts
        .save_keeping(&admin(&by_key), keeping("1", true))
        .await;
    assert!(matches!(refused, Err(Error::Forbidden(_))));
}

async fn prompts_are_not_kept_and_written_again(world: World) {
    let mock = Mock::start(repaired()).await.unwrap();
    let services = world.serving(&mock).await;
    let ada = ada(&services).await;
    let run = asked(&services, &ada, "How do we begin?").await;
    let store = world.store().await;
    let kept = store.journal(run.id).await.unwrap();
    assert_eq!(kept.len(), mock.calls().len());
    for step in &kept {
        assert_eq!((&step["system"], &step["prompt"]), (&"".into(), &"".into()));
    }
    let told = serde_json::to_string(&kept).unwrap();
    assert!(!told.contains("How do we begin?"));

    let sent = mock.calls();
    let sent: BTreeSet<_> = sent
        .iter()
        .map(|call| (call.system.as_str(), call.prompt.as_str()))
        .collect();
    let steps = services.runs.steps(&ada, run.id).await.unwrap();
    let shown: BTreeSet<_> = steps
        .iter()
        .map(|step| (step.system.as_str(), step.prompt.as_str()))
        .collect();
    assert_eq!(shown, sent, "to its owner, word for word");
    assert_eq!(steps.len(), kept.len());
    store.close().await;
}

async fn a_log_is_redacted_and_goes_when_it_is_switched_off(world: World) {
    let mock = Mock::start(passing()).await.unwrap();
    let services = world.serving(&mock).await;
    let ada = ada(&services).await;
    let bob = invited(&services, &ada, "Bob", Role::User).await;
    let bob = member(&services, &bob).await;
    let admin = admin(&ada);
    let log = async |cursor: Option<String>, limit| {
        let part = Part {
            cursor,
            limit: Some(limit),
        };
        services.prompt_log.page(&admin, &part).await.unwrap()
    };
    asked(&services, &bob, "Before there was a log").await;
    assert!(log(None, 9).await.items.is_empty());
    let accounts = &services.accounts;
    accounts
        .save_keeping(&admin, keeping("", true))
        .await
        .unwrap();

    let question = "Write to bob@example.org, +49 30 1234567, about sk-0123456789abcdefgh in 2024";
    let run = asked(&services, &bob, question).await;
    let (mut calls, mut cursor) = (Vec::<LoggedCall>::new(), None);
    loop {
        let page = log(cursor, 2).await;
        calls.extend(page.items);
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    let steps = services.runs.steps(&bob, run.id).await.unwrap();
    assert_eq!(calls.len(), steps.len());
    let places: BTreeSet<_> = calls.iter().map(|call| call.position).collect();
    assert_eq!(places.len(), calls.len(), "each once");
    let all = serde_json::to_string(&calls).unwrap();
    let cleaned = "Write to [mail address], [phone number], about [key] in 2024";
    assert!(all.contains(cleaned), "{all}");
    for secret in ["bob@example", "1234567", "sk-0123"] {
        assert!(!all.contains(secret), "{secret}");
    }
    assert!(calls.iter().all(|call| call.user_name == "Bob"));
    assert!(
        steps.iter().any(|step| step.prompt.contains(question)),
        "whoever asked reads what was sent"
    );
    let form = AuditForm::default();
    let trail = services.audit.page(&admin, form, &Part::default()).await;
    let looks = trail.unwrap().items.into_iter();
    let looks = looks.filter(|entry| entry.action == "organization.read_prompts");
    assert_eq!(looks.count(), 2, "once for each reading");

    accounts
        .save_keeping(&admin, keeping("", false))
        .await
        .unwrap();
    services.retention.sweep().await.unwrap();
    assert!(log(None, 9).await.items.is_empty());
    let again = services.runs.steps(&bob, run.id).await.unwrap();
    assert_eq!(again, steps, "its owner loses nothing by it");
}
