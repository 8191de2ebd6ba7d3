//! Leases: one worker per run, taken over when they run out, given back, voided, cancelled.

use crate::places::on_both;
use crate::samples::{
    WORKED, active, ask, at, brief, cancelled, completed, first, lease, member, scope,
};
use domain::{Role, RunStatus};
use std::collections::BTreeSet;
use std::time::Duration;
use store::{Cancelling, Renewal, Store};

on_both!(
    two_workers_never_get_the_same_run,
    a_lease_that_ran_out_is_taken_over,
    giving_back_does_not_count,
    voiding_frees_every_run,
    the_first_cancellation_counts,
    only_the_dead_ones_leases_are_voided,
);

async fn two_workers_never_get_the_same_run(store: Store) {
    let ada = first(&store).await;
    let mut asked = BTreeSet::new();
    for number in 0..20 {
        asked.insert(ask(&store, &ada, at(number)).await.run.id);
    }
    assert_eq!(active(&store, &ada).await, 20);
    let mut workers = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let store = store.clone();
        workers.spawn(async move {
            let mut got = Vec::new();
            while let Some(leased) = lease(&store, at(100)).await {
                got.push(leased.run.id);
            }
            got
        });
    }
    let got = workers.join_all().await.concat();
    assert_eq!(got.len(), 20);
    assert_eq!(got.into_iter().collect::<BTreeSet<_>>(), asked);
    assert_eq!(active(&store, &ada).await, 20);
}

async fn a_lease_that_ran_out_is_taken_over(store: Store) {
    let ada = first(&store).await;
    assert!(lease(&store, at(0)).await.is_none());
    let older = ask(&store, &ada, at(1)).await;
    let newer = ask(&store, &ada, at(2)).await;

    let one = lease(&store, at(3)).await.unwrap();
    assert_eq!(one.run.id, older.run.id, "the oldest first");
    assert_eq!(one.brief, brief());
    assert_eq!((one.attempts, one.cancel.clone()), (1, None));
    assert_eq!(
        (one.run.status, one.run.started_at),
        (RunStatus::Running, Some(at(3)))
    );
    assert_eq!(lease(&store, at(4)).await.unwrap().run.id, newer.run.id);
    assert!(lease(&store, at(5)).await.is_none());

    let renewed = store
        .renew_lease(one.run.id, one.epoch, at(60_000), WORKED)
        .await;
    assert_eq!(renewed.unwrap(), Renewal::Held { cancel: None });
    let unsure = store
        .lease_run("unsure", at(11_000), at(12_000), None)
        .await;
    assert!(unsure.unwrap().is_none(), "its holder may only be slow");
    let other = lease(&store, at(11_000)).await.unwrap();
    assert_eq!(other.run.id, newer.run.id, "the other one was renewed");
    let two = lease(&store, at(61_000)).await.unwrap();
    assert_eq!(two.run.id, older.run.id);
    assert_eq!((two.attempts, two.run.started_at), (2, Some(at(3))));
    assert_eq!((one.worked, two.worked), (Duration::ZERO, WORKED));

    let late = store
        .renew_lease(one.run.id, one.epoch, at(90_000), WORKED)
        .await;
    assert_eq!(late.unwrap(), Renewal::Lost);
    let kept = completed(&older, at(61_001));
    assert!(!store.keep(one.run.id, one.epoch, &kept).await.unwrap());
    assert!(store.keep(two.run.id, two.epoch, &kept).await.unwrap());
    let late = store
        .renew_lease(two.run.id, two.epoch, at(90_000), WORKED)
        .await;
    assert_eq!(late.unwrap(), Renewal::Lost, "it has ended");
}

async fn giving_back_does_not_count(store: Store) {
    let ada = first(&store).await;
    let asked = ask(&store, &ada, at(1)).await;
    let one = lease(&store, at(2)).await.unwrap();
    assert!(
        store
            .release_run(asked.run.id, one.epoch, WORKED)
            .await
            .unwrap()
    );
    assert!(
        !store
            .release_run(asked.run.id, one.epoch, WORKED)
            .await
            .unwrap()
    );
    let kept = completed(&asked, at(3));
    assert!(!store.keep(asked.run.id, one.epoch, &kept).await.unwrap());
    assert_eq!(
        store
            .renew_lease(asked.run.id, one.epoch, at(90), WORKED)
            .await
            .unwrap(),
        Renewal::Lost
    );

    let two = lease(&store, at(2)).await.unwrap();
    assert_eq!((two.run.id, two.attempts), (asked.run.id, 1));
    assert_eq!(two.worked, WORKED, "a deadline counts it");
    assert!(two.epoch > one.epoch);
}

async fn voiding_frees_every_run(store: Store) {
    let ada = first(&store).await;
    let asked = ask(&store, &ada, at(1)).await;
    ask(&store, &ada, at(2)).await;
    ask(&store, &ada, at(3)).await;
    let one = lease(&store, at(4)).await.unwrap();
    lease(&store, at(4)).await.unwrap();
    assert_eq!(store.void_leases().await.unwrap(), 2);
    assert_eq!(store.void_leases().await.unwrap(), 0);

    let kept = completed(&asked, at(5));
    assert!(!store.keep(one.run.id, one.epoch, &kept).await.unwrap());
    let again = lease(&store, at(4)).await.unwrap();
    assert_eq!((again.run.id, again.attempts), (asked.run.id, 2));
}

async fn the_first_cancellation_counts(store: Store) {
    let ada = first(&store).await;
    let bob = member(&store, &ada, "bob@example.org", Role::User).await;
    let asked = ask(&store, &ada, at(1)).await;
    let leased = lease(&store, at(2)).await.unwrap();
    let cancel = async |user, by| {
        store
            .request_cancel(scope(user), asked.run.id, &cancelled(by), at(3))
            .await
            .unwrap()
    };
    assert_eq!(cancel(&bob, "Bob").await, None);
    assert_eq!(cancel(&ada, "Ada").await, Some(Cancelling::Asked));
    assert_eq!(cancel(&ada, "Ada again").await, Some(Cancelling::Asked));
    let renewed = store
        .renew_lease(asked.run.id, leased.epoch, at(60), WORKED)
        .await;
    let held = Renewal::Held {
        cancel: Some(cancelled("Ada")),
    };
    assert_eq!(renewed.unwrap(), held);
    let next = lease(&store, at(61)).await.unwrap();
    assert_eq!(next.cancel, Some(cancelled("Ada")));

    let kept = completed(&asked, at(62));
    assert!(store.keep(asked.run.id, next.epoch, &kept).await.unwrap());
    assert_eq!(cancel(&ada, "Ada").await, Some(Cancelling::Over));
    let run = store.run(scope(&ada), asked.run.id).await.unwrap().unwrap();
    assert_eq!(run.status, RunStatus::Completed);
}

async fn only_the_dead_ones_leases_are_voided(store: Store) {
    let ada = first(&store).await;
    let (one, two) = (
        ask(&store, &ada, at(1)).await.run.id,
        ask(&store, &ada, at(2)).await.run.id,
    );
    for owner in ["dead", "living"] {
        let leased = store
            .lease_run(owner, at(3), at(9_000), Some(at(3)))
            .await
            .unwrap();
        assert!(leased.is_some());
    }
    let owners: BTreeSet<_> = store.lease_owners().await.unwrap().into_iter().collect();
    assert_eq!(owners, ["dead".to_owned(), "living".to_owned()].into());
    let request = cancelled("Ada");
    let asked = store.request_cancel(scope(&ada), two, &request, at(4));
    asked.await.unwrap();
    assert_eq!(
        store.cancels_of("living").await.unwrap(),
        [(two, request.clone())]
    );
    assert_eq!(store.cancels_of("dead").await.unwrap(), []);

    assert_eq!(store.void_leases_of("dead").await.unwrap(), 1);
    assert_eq!(store.void_leases_of("dead").await.unwrap(), 0);
    assert_eq!(store.lease_owners().await.unwrap(), ["living"]);
    let again = lease(&store, at(5)).await.unwrap();
    assert_eq!(again.run.id, one);
    assert!(lease(&store, at(5)).await.is_none());
}
