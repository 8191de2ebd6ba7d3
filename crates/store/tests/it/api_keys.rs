//! API keys: found by their hash until they expire or are revoked.

use crate::places::on_both;
use crate::samples::{at, first, id, member, token};
use domain::{ApiKey, ApiKeyId, ApiKeyName, KeyScope, Role, Session, SessionId, SessionKind};
use store::{Store, TicketOf};

on_both!(
    a_key_works_until_it_is_revoked,
    a_ticket_opens_one_socket,
    who_may_stay_is_looked_up_together,
);

fn key(number: i64, scope: KeyScope) -> ApiKey {
    ApiKey {
        requests_per_minute: (number % 2 == 0).then_some(60),
        id: ApiKeyId(id()),
        name: ApiKeyName::try_from(format!("Ключ {number}")).unwrap(),
        last_four: "wxyz".to_owned(),
        scope,
        created_at: at(number),
        last_used_at: None,
        expires_at: None,
    }
}

async fn a_key_works_until_it_is_revoked(store: Store) {
    let ada = first(&store).await;
    let bob = member(&store, &ada, "bob@example.org", Role::User).await;
    let reads = ApiKey {
        expires_at: Some(at(1000)),
        ..key(1, KeyScope::Read)
    };
    let writes = key(2, KeyScope::Write);
    let create = async |user, key: &ApiKey, number| {
        store
            .create_api_key(user, key, &token(number))
            .await
            .unwrap();
    };
    create(ada.id, &reads, 1).await;
    create(ada.id, &writes, 2).await;
    create(bob.id, &key(3, KeyScope::Write), 3).await;

    let found = store.api_key(&token(1), at(999)).await.unwrap();
    assert_eq!(found, Some((reads.clone(), ada.clone())));
    assert_eq!(store.api_key(&token(1), at(1000)).await.unwrap(), None);
    assert_eq!(store.api_key(&token(9), at(5)).await.unwrap(), None);
    let by_id = store.api_key_by_id(writes.id, at(5)).await.unwrap();
    assert_eq!(by_id, Some((writes.clone(), ada.clone())));
    assert_eq!(store.api_key_by_id(reads.id, at(1000)).await.unwrap(), None);
    assert_eq!(
        store.api_keys(ada.id).await.unwrap(),
        [writes.clone(), reads]
    );

    store.touch_api_key(writes.id, at(7)).await.unwrap();
    let (touched, _) = store.api_key(&token(2), at(8)).await.unwrap().unwrap();
    assert_eq!(touched.last_used_at, Some(at(7)));

    assert!(!store.revoke_api_key(bob.id, writes.id).await.unwrap());
    assert!(store.revoke_api_key(ada.id, writes.id).await.unwrap());
    assert_eq!(store.api_key(&token(2), at(8)).await.unwrap(), None);

    store.delete_account(bob.id).await.unwrap();
    assert_eq!(store.api_key(&token(3), at(8)).await.unwrap(), None);
    // Deleted between the request's check and here.
    create(bob.id, &key(4, KeyScope::Read), 4).await;
    assert_eq!(store.api_key(&token(4), at(8)).await.unwrap(), None);
}

async fn a_ticket_opens_one_socket(store: Store) {
    let ada = first(&store).await;
    let key = key(1, KeyScope::Read);
    store.create_api_key(ada.id, &key, &token(1)).await.unwrap();
    let session = Session {
        id: SessionId(id()),
        kind: SessionKind::Browser,
        user_agent: String::new(),
        created_at: at(1),
        last_seen_at: at(1),
        expires_at: at(1000),
    };
    store
        .create_session(ada.id, &session, &token(2))
        .await
        .unwrap();
    let of_key = async |number| {
        store
            .create_key_ticket(&token(number), key.id, at(5), at(30))
            .await
            .unwrap();
    };
    of_key(3).await;
    of_key(4).await;
    store
        .create_session_ticket(&token(5), session.id, at(5), at(30))
        .await
        .unwrap();
    let used = async |number, time| store.use_ticket(&token(number), at(time)).await.unwrap();
    assert_eq!(used(3, 29).await, Some(TicketOf::ApiKey(key.id)));
    assert_eq!(used(3, 29).await, None);
    assert_eq!(used(4, 30).await, None);
    assert_eq!(used(5, 29).await, Some(TicketOf::Session(session.id)));
    // It goes with what it stands for.
    of_key(6).await;
    assert!(store.revoke_api_key(ada.id, key.id).await.unwrap());
    assert_eq!(used(6, 29).await, None);
    of_key(7).await;
    assert_eq!(used(7, 29).await, None);
}

async fn who_may_stay_is_looked_up_together(store: Store) {
    let ada = first(&store).await;
    let bob = member(&store, &ada, "bob@example.org", Role::User).await;
    let session = |expires| Session {
        id: SessionId(id()),
        kind: SessionKind::Program,
        user_agent: String::new(),
        created_at: at(1),
        last_seen_at: at(1),
        expires_at: at(expires),
    };
    let (long, short, theirs) = (session(1000), session(50), session(1000));
    let logged_in = [(&ada, &long), (&ada, &short), (&bob, &theirs)];
    for (number, (user, session)) in (1..).zip(logged_in) {
        store
            .create_session(user.id, session, &token(number))
            .await
            .unwrap();
    }
    let expiring = ApiKey {
        expires_at: Some(at(50)),
        ..key(1, KeyScope::Read)
    };
    let lasting = key(2, KeyScope::Write);
    for (number, key) in [(11, &expiring), (12, &lasting)] {
        store
            .create_api_key(ada.id, key, &token(number))
            .await
            .unwrap();
    }
    let everybody = [
        long.id.0,
        short.id.0,
        theirs.id.0,
        expiring.id.0,
        lasting.id.0,
        id(),
    ];
    let in_force = async |when| store.entries_in_force(&everybody, at(when)).await.unwrap();
    assert_eq!(in_force(49).await, everybody[..5].iter().copied().collect());
    store.delete_account(bob.id).await.unwrap();
    assert_eq!(in_force(50).await, [long.id.0, lasting.id.0].into());
    assert!(store.entries_in_force(&[], at(1)).await.unwrap().is_empty());
}
