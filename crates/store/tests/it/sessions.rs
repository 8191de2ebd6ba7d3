//! Log-ins: found by their secret until they expire, and how they end.

use crate::places::on_both;
use crate::samples::{at, first, id, member, token};
use domain::{OrganizationId, Role, Session, SessionId, SessionKind};
use store::{Deleted, Renewed, Store};

on_both!(
    a_session_ends,
    a_new_password_ends_the_others,
    a_refresh_token_works_once,
    people_are_seen_and_admins_end_their_sessions,
);

fn session(number: i64) -> Session {
    Session {
        id: SessionId(id()),
        kind: SessionKind::Browser,
        user_agent: format!("Браузер {number}"),
        created_at: at(number),
        last_seen_at: at(number),
        expires_at: at(1000),
    }
}

async fn a_session_ends(store: Store) {
    let ada = first(&store).await;
    let bob = member(&store, &ada, "bob@example.org", Role::User).await;
    let mine = session(1);
    let theirs = session(2);
    store
        .create_session(ada.id, &mine, &token(1))
        .await
        .unwrap();
    store
        .create_session(bob.id, &theirs, &token(2))
        .await
        .unwrap();

    let found = store.session(&token(1), at(999)).await.unwrap();
    assert_eq!(found, Some((mine.clone(), ada.clone())));
    assert_eq!(store.session(&token(1), at(1000)).await.unwrap(), None);
    assert_eq!(store.session(&token(3), at(5)).await.unwrap(), None);

    store
        .touch_session(mine.id, at(4), Some(at(2000)))
        .await
        .unwrap();
    store.touch_session(mine.id, at(5), None).await.unwrap();
    let (touched, _) = store.session(&token(1), at(1000)).await.unwrap().unwrap();
    assert_eq!(
        (touched.last_seen_at, touched.expires_at),
        (at(5), at(2000))
    );

    assert!(!store.end_session(ada.id, theirs.id).await.unwrap());
    assert_eq!(store.delete_expired_sessions(at(1000)).await.unwrap(), 1);
    assert!(store.sessions(bob.id).await.unwrap().is_empty());
    assert!(store.end_session(ada.id, mine.id).await.unwrap());
    assert!(!store.end_session(ada.id, mine.id).await.unwrap());

    store
        .create_session(bob.id, &session(3), &token(5))
        .await
        .unwrap();
    assert_eq!(store.delete_account(bob.id).await.unwrap(), Deleted::Yes);
    assert_eq!(store.session(&token(5), at(5)).await.unwrap(), None);
    // Deleted between the password check and here.
    store
        .create_session(bob.id, &session(3), &token(6))
        .await
        .unwrap();
    assert_eq!(store.session(&token(6), at(5)).await.unwrap(), None);
}

async fn a_new_password_ends_the_others(store: Store) {
    let ada = first(&store).await;
    let bob = member(&store, &ada, "bob@example.org", Role::User).await;
    let sessions = [session(1), session(2), session(3)];
    for (session, number) in sessions.iter().zip(1..) {
        store
            .create_session(ada.id, session, &token(number))
            .await
            .unwrap();
    }
    store
        .create_session(bob.id, &session(9), &token(9))
        .await
        .unwrap();
    let [oldest, kept, newest] = sessions;
    assert_eq!(
        store.sessions(ada.id).await.unwrap(),
        [newest, kept.clone(), oldest]
    );

    store
        .set_password(ada.id, "new", kept.id, at(10))
        .await
        .unwrap();
    assert_eq!(store.sessions(ada.id).await.unwrap(), [kept]);
    assert_eq!(store.sessions(bob.id).await.unwrap().len(), 1);
    let credentials = store.credentials_of(ada.id).await.unwrap().unwrap();
    assert_eq!(credentials.password_hash, "new");
}

async fn a_refresh_token_works_once(store: Store) {
    let ada = first(&store).await;
    let program = Session {
        kind: SessionKind::Program,
        ..session(1)
    };
    store
        .create_session(ada.id, &program, &token(1))
        .await
        .unwrap();
    store
        .create_session(ada.id, &session(2), &token(2))
        .await
        .unwrap();
    // Each kind has its own door.
    assert_eq!(store.session(&token(1), at(5)).await.unwrap(), None);
    let found = store.session_by_id(program.id, at(5)).await.unwrap();
    assert_eq!(found, Some((program.clone(), ada.clone())));
    assert_eq!(
        store.session_by_id(program.id, at(1000)).await.unwrap(),
        None
    );
    let renew = async |from, to| {
        store
            .renew_session(&token(from), &token(to), at(6), at(3000))
            .await
            .unwrap()
    };
    assert_eq!(renew(2, 9).await, Renewed::Unknown);
    assert_eq!(renew(8, 9).await, Renewed::Unknown);

    let renewed = Session {
        last_seen_at: at(6),
        expires_at: at(3000),
        ..program.clone()
    };
    assert_eq!(renew(1, 3).await, Renewed::Yes(renewed, ada.clone()));
    let (one, two) = tokio::join!(renew(3, 4), renew(3, 5));
    assert!(
        matches!(
            (&one, &two),
            (Renewed::Yes(..), Renewed::Reused) | (Renewed::Reused, Renewed::Yes(..))
        ),
        "exactly one of two at once: {one:?}, {two:?}"
    );
    // The copy ended the session: none of its tokens works, and nothing is left to reuse.
    assert_eq!(store.session_by_id(program.id, at(7)).await.unwrap(), None);
    for any in [1, 3, 4, 5] {
        assert_eq!(renew(any, 9).await, Renewed::Unknown, "{any}");
    }
    assert!(store.session(&token(2), at(5)).await.unwrap().is_some());
}

async fn people_are_seen_and_admins_end_their_sessions(store: Store) {
    let ada = first(&store).await;
    let bob = member(&store, &ada, "bob@example.org", Role::User).await;
    let organization = ada.organization_id;
    let seen = async || {
        let members = store.members_seen(organization).await.unwrap();
        members
            .into_iter()
            .map(|(_, seen)| seen)
            .collect::<Vec<_>>()
    };
    assert_eq!(seen().await, [None, None]);
    let theirs = session(2);
    store
        .create_session(bob.id, &theirs, &token(2))
        .await
        .unwrap();
    assert_eq!(seen().await, [None, Some(at(2))]);
    store.touch_session(theirs.id, at(7), None).await.unwrap();
    assert_eq!(seen().await, [None, Some(at(7))]);

    let elsewhere = OrganizationId(id());
    let end = async |organization| {
        let ended = store.end_session_of_member(organization, theirs.id);
        ended.await.unwrap()
    };
    assert_eq!(end(elsewhere).await, None);
    assert_eq!(end(organization).await, Some(bob.id));
    assert_eq!(end(organization).await, None);
    assert_eq!(seen().await, [None, Some(at(7))], "it stays known");
}
