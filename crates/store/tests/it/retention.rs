//! Old conversations go, a few at a time, with all that is theirs; the log of prompts goes when it is
//! not wanted.

use crate::keep::step;
use crate::places::on_both;
use crate::samples::{ask, at, completed, first, found, id, lease, scope};
use chrono::{DateTime, Utc};
use domain::prompt_log::CallTexts;
use domain::{AuditEntry, AuditEntryId, ConversationId, Cost, OrganizationId, SearchWords, User};
use store::{
    AuditFilter, ConversationChange, Kept, LogPlace, OrganizationChange, Store, StoredStep, Sweep,
};

on_both!(
    what_nobody_touched_goes_and_the_rest_stays,
    a_day_is_swept_once,
    what_went_is_counted_until_it_is_told,
    the_log_is_read_in_pages_and_goes_when_it_is_not_wanted,
);

/// A finished conversation, last touched then.
async fn finished(store: &Store, user: &User, when: i64) -> ConversationId {
    let asked = ask(store, user, at(when)).await;
    let leased = lease(store, at(when)).await.unwrap();
    let end = completed(&asked, at(when));
    assert!(store.keep(leased.run.id, leased.epoch, &end).await.unwrap());
    asked.conversation.id
}

async fn rule(store: &Store, of: OrganizationId, change: OrganizationChange, when: DateTime<Utc>) {
    let changed = store.update_organization(of, &change, when).await.unwrap();
    assert!(changed.is_some());
}

fn days(days: Option<u32>) -> OrganizationChange {
    OrganizationChange {
        retention_days: Some(days),
        ..OrganizationChange::default()
    }
}

async fn what_nobody_touched_goes_and_the_rest_stays(store: Store) {
    let ada = first(&store).await;
    let (_, eve) = found(&store, "eve@example.net", false).await;
    let ours = ada.organization_id;
    let mut old = Vec::new();
    for when in 1..=5 {
        old.push(finished(&store, &ada, when * 10).await);
    }
    let pinned = finished(&store, &ada, 1).await;
    let pin = ConversationChange {
        pinned_at: Some(Some(at(2))),
        ..ConversationChange::default()
    };
    let scope = scope(&ada);
    store
        .update_conversation(scope, pinned, &pin, at(2))
        .await
        .unwrap();
    let theirs = finished(&store, &eve, 1).await;
    let recent = finished(&store, &ada, 200).await;
    let under_way = ask(&store, &ada, at(3)).await.conversation.id;
    let words = SearchWords::of("because").unwrap();
    let before = at(100);

    assert_eq!(store.count_expired(ours, before).await.unwrap(), 5);
    assert_eq!(store.sweep(ours, before, 3).await.unwrap(), 3);
    assert_eq!(store.count_expired(ours, before).await.unwrap(), 2);
    // The oldest first.
    assert!(store.conversation(scope, old[2]).await.unwrap().is_none());
    assert!(store.conversation(scope, old[3]).await.unwrap().is_some());
    assert_eq!(store.sweep(ours, before, 3).await.unwrap(), 2);
    assert_eq!(store.sweep(ours, before, 3).await.unwrap(), 0);
    for stays in [pinned, under_way, recent] {
        assert!(store.conversation(scope, stays).await.unwrap().is_some());
    }
    let eve = crate::samples::scope(&eve);
    assert!(store.conversation(eve, theirs).await.unwrap().is_some());
    let found = store.search(scope, &words, None, 9).await.unwrap();
    assert_eq!(found.len(), 2, "the words of those that went are gone too");
}

async fn a_day_is_swept_once(store: Store) {
    let ada = first(&store).await;
    let ours = ada.organization_id;
    let (today, tomorrow) = (at(1_000), at(2_000));
    assert_eq!(store.unswept(today).await.unwrap(), []);
    rule(&store, ours, days(Some(90)), at(1_500)).await;
    assert_eq!(store.unswept(today).await.unwrap(), [], "not at once");
    assert_eq!(store.unswept(tomorrow).await.unwrap(), [ours]);
    let sweep = store.begin_sweep(ours, tomorrow, at(2_001)).await.unwrap();
    let expected = Sweep {
        days: Some(90),
        untold: 0,
    };
    assert_eq!(sweep, Some(expected));
    let again = store.begin_sweep(ours, tomorrow, at(2_002)).await.unwrap();
    assert_eq!(again, None, "somebody else has it");
    assert_eq!(store.unswept(tomorrow).await.unwrap(), []);
    rule(&store, ours, days(None), at(2_003)).await;
    assert_eq!(store.unswept(at(9_000)).await.unwrap(), []);
}

async fn what_went_is_counted_until_it_is_told(store: Store) {
    let ada = first(&store).await;
    let ours = ada.organization_id;
    finished(&store, &ada, 10).await;
    rule(&store, ours, days(Some(1)), at(20)).await;
    store.begin_sweep(ours, at(50), at(60)).await.unwrap();
    assert_eq!(store.sweep(ours, at(50), 9).await.unwrap(), 1);
    // Its process ends there; the rule is taken back.
    rule(&store, ours, days(None), at(70)).await;
    assert_eq!(store.unswept(at(100)).await.unwrap(), [ours]);
    let sweep = store.begin_sweep(ours, at(100), at(110)).await.unwrap();
    let untold = Sweep {
        days: None,
        untold: 1,
    };
    assert_eq!(sweep, Some(untold));
    let entry = AuditEntry {
        id: AuditEntryId(id()),
        organization_id: ours,
        user_id: None,
        actor_name: "The server".to_owned(),
        action: "organization.sweep".to_owned(),
        subject: ours.to_string(),
        detail: "1 conversation".to_owned(),
        created_at: at(110),
    };
    store.tell_of_sweep(&entry, 1).await.unwrap();
    let all = AuditFilter::default();
    let told = store.audit_entries(ours, &all, None, 9).await.unwrap();
    assert_eq!(told, [entry]);
    assert_eq!(store.unswept(at(200)).await.unwrap(), []);
}

async fn the_log_is_read_in_pages_and_goes_when_it_is_not_wanted(store: Store) {
    let ada = first(&store).await;
    let (_, eve) = found(&store, "eve@example.net", false).await;
    let ours = ada.organization_id;
    let texts = |number: u8| CallTexts {
        system: "Be brief.".to_owned(),
        prompt: format!("Question {number}: 日本?"),
        reply: "Because.".to_owned(),
    };
    for (user, number) in [(&ada, 1_u8), (&ada, 2), (&eve, 3)] {
        let asked = ask(&store, user, at(number.into())).await;
        let leased = lease(&store, at(10)).await.unwrap();
        let logged = StoredStep {
            logged: Some(texts(number)),
            finished_at: at(i64::from(number) * 10),
            ..step("draft", None, Cost::default())
        };
        let kept = Kept {
            steps: vec![logged, step("judgement", None, Cost::default())],
            ..completed(&asked, at(100))
        };
        assert!(
            store
                .keep(leased.run.id, leased.epoch, &kept)
                .await
                .unwrap()
        );
        let steps = store.steps(scope(user), asked.run.id).await.unwrap();
        assert_eq!(steps[0].logged, Some(texts(number)));
        assert_eq!(steps[1].logged, None);
    }
    let page = store.logged_calls(ours, None, 1).await.unwrap();
    assert_eq!(page[0].prompt, texts(2).prompt);
    assert_eq!(page[0].user_name, ada.name.to_string());
    let place = LogPlace {
        finished_at: page[0].finished_at,
        run_id: page[0].run_id,
        position: page[0].position,
    };
    let rest = store.logged_calls(ours, Some(place), 9).await.unwrap();
    assert_eq!(rest.len(), 1);
    assert_eq!(rest[0].prompt, texts(1).prompt);

    let wanted = OrganizationChange {
        log_prompts: Some(true),
        ..OrganizationChange::default()
    };
    rule(&store, eve.organization_id, wanted, at(200)).await;
    assert_eq!(store.unwanted_logs().await.unwrap(), [ours]);
    assert_eq!(store.forget_log(ours, 1).await.unwrap(), 1);
    assert_eq!(store.forget_log(ours, 9).await.unwrap(), 1);
    assert_eq!(store.unwanted_logs().await.unwrap(), []);
    let theirs = store.logged_calls(eve.organization_id, None, 9).await;
    assert_eq!(theirs.unwrap().len(), 1);
}
