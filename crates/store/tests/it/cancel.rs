//! Stopping: what nobody works on ends at once, and a worker that was too slow writes nothing.

use crate::keep::step;
use crate::places::on_both;
use crate::samples::{
    WORKED, active, ask, at, cancelled, completed, event, first, lease, member, scope,
};
use domain::{Cost, EventData, Role, RunStatus};
use store::{Cancelling, Kept, Leased, Renewal, Store};

on_both!(
    what_has_not_begun_ends_when_it_is_stopped,
    what_no_worker_has_goes_on_to_its_end,
    stopping_and_leasing_at_once_end_it_once,
);

async fn what_has_not_begun_ends_when_it_is_stopped(store: Store) {
    let ada = first(&store).await;
    let bob = member(&store, &ada, "bob@example.org", Role::User).await;
    let asked = ask(&store, &ada, at(1)).await;
    let cancel = async |user, by, when| {
        store
            .request_cancel(scope(user), asked.run.id, &cancelled(by), at(when))
            .await
            .unwrap()
    };
    assert_eq!(cancel(&bob, "Bob", 2).await, None);
    assert_eq!(active(&store, &ada).await, 1);
    let ended = cancel(&ada, "Ada", 3).await;
    let Some(Cancelling::Ended(event)) = ended else {
        panic!("{ended:?}");
    };
    let (by, reason) = ("Ada".to_owned(), cancelled("Ada").reason);
    assert_eq!(event.data, EventData::Cancelled { by, reason });
    assert_eq!((event.seq, event.iteration, event.ts), (1, 0, at(3)));
    let events = store.events(scope(&ada), asked.run.id, 0, 9).await;
    assert_eq!(events.unwrap(), [*event]);

    assert_eq!(cancel(&ada, "Ada", 4).await, Some(Cancelling::Over));
    let run = store.run(scope(&ada), asked.run.id).await.unwrap().unwrap();
    assert_eq!((run.status, run.last_seq), (RunStatus::Cancelled, 1));
    assert_eq!((run.started_at, run.finished_at), (None, Some(at(3))));
    assert_eq!(active(&store, &ada).await, 0);
    assert_eq!(store.queue().await.unwrap(), []);
    assert!(lease(&store, at(5)).await.is_none());
}

/// Given back, or left by a worker that died: with the next number, and never under two epochs.
async fn what_no_worker_has_goes_on_to_its_end(store: Store) {
    let ada = first(&store).await;
    for given_back in [true, false] {
        let asked = ask(&store, &ada, at(1)).await;
        let run = &asked.run;
        let Leased { epoch, .. } = lease(&store, at(2)).await.unwrap();
        let kept = Kept {
            steps: vec![step("draft", None, Cost::default())],
            events: vec![event(run, 1, EventData::SynthesisStarted {})],
            end: None,
        };
        assert!(store.keep(run.id, epoch, &kept).await.unwrap());
        let cancel = async |when| {
            store
                .request_cancel(scope(&ada), run.id, &cancelled("Ada"), at(when))
                .await
                .unwrap()
        };
        let when = if given_back {
            assert!(store.release_run(run.id, epoch, WORKED).await.unwrap());
            3
        } else {
            assert_eq!(cancel(10_002).await, Some(Cancelling::Asked));
            10_003
        };
        let ended = cancel(when).await;
        let Some(Cancelling::Ended(last)) = ended else {
            panic!("{ended:?}");
        };
        assert_eq!((last.seq, last.iteration), (2, kept.events[0].iteration));

        // It wakes up, and tries to write what it has under the same number.
        let late = Kept {
            events: vec![event(run, 2, EventData::SynthesisStarted {})],
            ..completed(&asked, at(20_000))
        };
        assert!(!store.keep(run.id, epoch, &late).await.unwrap());
        let renewed = store.renew_lease(run.id, epoch, at(90_000), WORKED).await;
        assert_eq!(renewed.unwrap(), Renewal::Lost);
        assert!(lease(&store, at(90_000)).await.is_none());
        let events = store.events(scope(&ada), run.id, 0, 9).await.unwrap();
        assert_eq!(events, [kept.events, vec![*last]].concat());
    }
}

async fn stopping_and_leasing_at_once_end_it_once(store: Store) {
    let ada = first(&store).await;
    for number in 0..40 {
        let run = ask(&store, &ada, at(number)).await.run.id;
        let request = cancelled("Ada");
        let (ended, leased) = tokio::join!(
            store.request_cancel(scope(&ada), run, &request, at(100)),
            lease(&store, at(100)),
        );
        match (ended.unwrap(), leased) {
            (Some(Cancelling::Ended(_)), None) => {}
            (Some(Cancelling::Asked), Some(leased)) => {
                assert!(store.release_run(run, leased.epoch, WORKED).await.unwrap());
                let ended = store.request_cancel(scope(&ada), run, &request, at(101));
                assert!(matches!(ended.await, Ok(Some(Cancelling::Ended(_)))));
            }
            other => panic!("{other:?}"),
        }
    }
}
