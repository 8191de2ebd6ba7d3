//! A foreign organization or person sees and changes nothing, through any method that takes a
//! scope.

use crate::places::on_both;
use crate::samples::{ask, at, cancelled, completed, event, first, id, lease, member, scope};
use domain::{Cost, EventData, OrganizationId, Role, SearchWords, Tokens, UserId};
use serde_json::json;
use store::{ConversationChange, ConversationFilter, Scope, Store, StoredStep};

on_both!(strangers_see_nothing);

/// How much each method finds, by its name.
async fn found(
    store: &Store,
    scope: Scope,
    asked: &crate::samples::Asked,
) -> [(&'static str, usize); 12] {
    let (conversation, run) = (asked.conversation.id, asked.run.id);
    let message = asked.run.question_id;
    let cancel = cancelled("a stranger");
    let change = ConversationChange::default();
    let one = |is_some: bool| usize::from(is_some);
    [
        (
            "conversation",
            one(store
                .conversation(scope, conversation)
                .await
                .unwrap()
                .is_some()),
        ),
        (
            "conversations",
            store
                .conversations(scope, &ConversationFilter::default(), None, None, 9)
                .await
                .unwrap()
                .len(),
        ),
        (
            "search",
            store
                .search(scope, &SearchWords::of("why").unwrap(), None, 9)
                .await
                .unwrap()
                .len(),
        ),
        ("folders", store.folders(scope).await.unwrap().len()),
        (
            "update_conversation",
            one(store
                .update_conversation(scope, conversation, &change, at(9))
                .await
                .unwrap()
                .is_some()),
        ),
        (
            "messages",
            store.messages(scope, conversation).await.unwrap().len(),
        ),
        (
            "message",
            one(store.message(scope, message).await.unwrap().is_some()),
        ),
        ("run", one(store.run(scope, run).await.unwrap().is_some())),
        (
            "runs_of",
            store.runs_of(scope, conversation).await.unwrap().len(),
        ),
        (
            "events",
            store.events(scope, run, 0, 9).await.unwrap().len(),
        ),
        (
            "events_of and steps",
            store.events_of(scope, conversation).await.unwrap().len()
                + store.steps(scope, run).await.unwrap().len(),
        ),
        (
            "request_cancel",
            one(store
                .request_cancel(scope, run, &cancel, at(9))
                .await
                .unwrap()
                .is_some()),
        ),
    ]
}

async fn strangers_see_nothing(store: Store) {
    let ada = first(&store).await;
    let bob = member(&store, &ada, "bob@example.org", Role::Admin).await;
    let asked = ask(&store, &ada, at(1)).await;
    let leased = lease(&store, at(2)).await.unwrap();
    let mut kept = completed(&asked, at(3));
    kept.events = vec![event(&asked.run, 1, EventData::SynthesisStarted {})];
    kept.steps.push(StoredStep {
        iteration: 1,
        kind: "draft".to_owned(),
        agent_id: None,
        attempt: 1,
        request_hash: String::new(),
        model: None,
        tokens: Tokens::default(),
        cost: Cost::UNKNOWN,
        latency_ms: 1,
        step: json!(null),
        logged: None,
        finished_at: at(3),
    });
    assert!(
        store
            .keep(leased.run.id, leased.epoch, &kept)
            .await
            .unwrap()
    );

    let whole = |organization_id| Scope {
        organization_id,
        user_id: None,
    };
    let elsewhere = OrganizationId(id());
    for stranger in [
        scope(&bob),
        whole(elsewhere),
        Scope {
            organization_id: elsewhere,
            ..scope(&ada)
        },
        Scope {
            user_id: Some(UserId(id())),
            ..scope(&ada)
        },
    ] {
        for (method, count) in found(&store, stranger, &asked).await {
            assert_eq!(count, 0, "{method} as {stranger:?}");
        }
        let id = asked.conversation.id;
        assert!(!store.delete_conversation(stranger, id).await.unwrap());
    }
    assert!(store.members(elsewhere).await.unwrap().is_empty());
    assert!(store.workflows(elsewhere).await.unwrap().is_empty());
    assert!(store.agents(elsewhere).await.unwrap().is_empty());
    let known = store.run_by_request(bob.id, &asked.run.request_id).await;
    assert_eq!(known.unwrap(), None);

    // The same methods find everything for the owner and for the organization.
    for insider in [scope(&ada), whole(ada.organization_id)] {
        for (method, count) in found(&store, insider, &asked).await {
            assert!(count > 0, "{method} as {insider:?}");
        }
    }
    let id = asked.conversation.id;
    let organization = whole(ada.organization_id);
    assert!(store.delete_conversation(organization, id).await.unwrap());
}
