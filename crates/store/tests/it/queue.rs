//! Waiting: organizations take turns, and no more is accepted than there is room for.

use crate::places::on_both;
use crate::samples::{
    ANYHOW, NO_BOUNDS, ask, ask_within, at, bounds, cancelled, first, found, lease, load, member,
    scope,
};
use domain::{Role, RunId, RunStatus, User};
use std::collections::BTreeSet;
use store::{Admission, Founded, Load, Started, Store};

on_both!(
    organizations_take_turns,
    as_many_as_there_is_room_for_however_many_ask_at_once,
    a_known_request_needs_no_room,
);

async fn organizations_take_turns(store: Store) {
    let ada = first(&store).await;
    let (founded, eve) = found(&store, "eve@example.net", false).await;
    assert_eq!(founded, Founded::Yes);
    let mut runs = Vec::new();
    // A crowd of Ada's, then two of Eve's.
    for (user, when) in [
        (&ada, 1),
        (&ada, 2),
        (&ada, 3),
        (&ada, 4),
        (&eve, 5),
        (&eve, 6),
    ] {
        runs.push(ask(&store, user, at(when)).await.run.id);
    }
    let due: Vec<RunId> = [0, 4, 1, 5, 2, 3].map(|place| runs[place]).into();
    let counted = Load {
        of_user: 4,
        of_organization: 4,
        waiting: 6,
    };
    assert_eq!(load(&store, &ada).await, counted);

    for taken in 0..due.len() {
        assert_eq!(store.queue().await.unwrap(), due[taken..]);
        let leased = lease(&store, at(100)).await.unwrap();
        assert_eq!(leased.run.id, due[taken], "the one that is due");
    }
    assert_eq!(store.queue().await.unwrap(), []);
    let working = Load {
        waiting: 0,
        ..counted
    };
    assert_eq!(load(&store, &ada).await, working);
    // An interrupted one goes before those that have not begun.
    let interrupted = runs[3];
    let new = ask(&store, &eve, at(7)).await.run.id;
    store.void_leases().await.unwrap();
    assert_eq!(store.queue().await.unwrap(), [new]);
    for _ in 0..6 {
        let again = lease(&store, at(200)).await.unwrap();
        assert_eq!(again.attempts, 2);
        if again.run.id == interrupted {
            assert_eq!(again.run.status, RunStatus::Running);
        }
    }
    assert_eq!(lease(&store, at(200)).await.unwrap().attempts, 1);
}

/// Each in a new conversation, where nothing else keeps them apart.
async fn asked_at_once(store: &Store, people: &[User], most: Load) -> usize {
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..100 {
        let (store, user) = (store.clone(), people[n % people.len()].clone());
        tasks.spawn(async move { ask_within(&store, &user, at(1), &most).await.0 });
    }
    let started = tasks.join_all().await;
    let full = started.iter().filter(|it| matches!(it, Started::Full(_)));
    let full = full.count();
    let new = started.iter().filter(|it| **it == Started::New).count();
    assert_eq!(new + full, 100, "{started:?}");
    new
}

async fn as_many_as_there_is_room_for_however_many_ask_at_once(store: Store) {
    let ada = first(&store).await;
    let bob = member(&store, &ada, "bob@example.org", Role::User).await;
    let cleo = member(&store, &ada, "cleo@example.org", Role::User).await;
    let of_a_person = Load {
        of_user: 20,
        ..NO_BOUNDS
    };
    let one = std::slice::from_ref(&ada);
    assert_eq!(asked_at_once(&store, one, of_a_person).await, 20);
    // Running ones count too, and one that is stopped makes room.
    let running = lease(&store, at(2)).await.unwrap().run.id;
    let stopped = store.queue().await.unwrap()[0];
    assert_ne!(stopped, running);
    let request = cancelled("Ada");
    let cancel = store.request_cancel(scope(&ada), stopped, &request, at(3));
    assert!(cancel.await.unwrap().is_some());
    assert_eq!(asked_at_once(&store, one, of_a_person).await, 1);

    let of_an_organization = Load {
        of_organization: 50,
        ..NO_BOUNDS
    };
    let both = [bob, cleo];
    assert_eq!(asked_at_once(&store, &both, of_an_organization).await, 30);
    let counted = load(&store, &ada).await;
    assert_eq!((counted.of_user, counted.of_organization), (20, 50));
    assert_eq!(counted.waiting, 49);
    let queue = store.queue().await.unwrap();
    assert_eq!(queue.iter().collect::<BTreeSet<_>>().len(), 49);

    // The one of all is passed by one for each organization that asks at the same instant.
    let of_all = Load {
        waiting: 60,
        ..NO_BOUNDS
    };
    assert_eq!(asked_at_once(&store, &both, of_all).await, 11);
    let (_, eve) = found(&store, "eve@example.net", false).await;
    assert_eq!(asked_at_once(&store, &[eve], of_all).await, 0);
}

async fn a_known_request_needs_no_room(store: Store) {
    let ada = first(&store).await;
    let asked = ask(&store, &ada, at(1)).await;
    let again = store
        .start_run(
            &asked.run,
            &crate::samples::brief(),
            store::Posed::New(&asked.question),
            store::Conversing::New(&asked.conversation),
            &Admission {
                most: bounds(1),
                ..ANYHOW
            },
        )
        .await;
    assert_eq!(again.unwrap(), Started::Known(asked.run));
}
