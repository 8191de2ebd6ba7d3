//! Quotas hold, and figures are of what was asked for.

use crate::ledger::{answered, of, sum};
use crate::places::on_both;
use crate::samples::{ANYHOW, at, brief, first, member, question, run, scope};
use chrono::{DateTime, TimeDelta, Utc};
use domain::ledger::{Grain, Measure, day_of, hour_of, month_of};
use domain::quota::{Exhausted, Quota, QuotaKind, Quotas};
use domain::{AgentId, OrganizationId, Role, Source, User, WorkflowId};
use store::{
    Admission, Conversing, OrganizationChange, Posed, RequestClass, Started, Store, TallyFilter,
};
use uuid::Uuid;

on_both!(
    a_quota_holds_whatever_is_deleted,
    requests_add_up,
    figures_are_of_what_was_asked_for,
);

async fn try_to_ask(store: &Store, user: &User, when: DateTime<Utc>) -> Started {
    let conversation = crate::samples::conversation(user, when);
    let question = question(&conversation, None, when);
    let mut run = run(user, &question);
    run.created_at = when;
    let conversing = Conversing::New(&conversation);
    let admission = Admission {
        source: Source::Api,
        ..ANYHOW
    };
    let posed = Posed::New(&question);
    let brief = brief();
    let started = store.start_run(&run, &brief, posed, conversing, &admission);
    started.await.unwrap()
}

async fn a_quota_holds_whatever_is_deleted(store: Store) {
    let ada = first(&store).await;
    let bob = member(&store, &ada, "bob@example.org", Role::User).await;
    let set = async |quotas| {
        let change = OrganizationChange {
            quotas: Some(quotas),
            ..OrganizationChange::default()
        };
        let changed = store
            .update_organization(ada.organization_id, &change, at(0))
            .await;
        assert_eq!(changed.unwrap().unwrap().quotas, quotas);
    };
    let of_member = |member| Quotas {
        member,
        organization: Quota::default(),
    };
    set(of_member(Quota {
        requests: Some(2),
        ..Quota::default()
    }))
    .await;
    let refused = |kind, limit, of_member| {
        Started::Spent(Exhausted {
            kind,
            limit,
            of_member,
        })
    };
    // One that has ended and is deleted, one that is under way.
    let asked = answered(&store, &bob, at(1), 9.0).await;
    let deleted = store.delete_conversation(scope(&bob), asked.conversation.id);
    assert!(deleted.await.unwrap());
    assert_eq!(try_to_ask(&store, &bob, at(2)).await, Started::New);
    let third = try_to_ask(&store, &bob, at(3)).await;
    assert_eq!(third, refused(QuotaKind::Requests, 2, true));
    assert_eq!(try_to_ask(&store, &ada, at(4)).await, Started::New);
    // Next month all begins anew.
    let next = month_of(at(0)) + TimeDelta::days(33);
    assert_eq!(try_to_ask(&store, &bob, next).await, Started::New);

    set(Quotas {
        member: Quota::default(),
        organization: Quota {
            tokens: Some(600),
            ..Quota::default()
        },
    })
    .await;
    let refusal = refused(QuotaKind::Tokens, 600, false);
    assert_eq!(try_to_ask(&store, &ada, at(5)).await, refusal);
    set(of_member(Quota {
        cost_micros: Some(25),
        ..Quota::default()
    }))
    .await;
    assert_eq!(try_to_ask(&store, &bob, at(6)).await, Started::New);
    let month = month_of(at(0));
    let by_members = store
        .used_by_members(ada.organization_id, month)
        .await
        .unwrap();
    let found: Vec<_> = by_members
        .iter()
        .map(|(user, used)| (*user, used.requests, used.tokens))
        .collect();
    // Everything since the month began.
    assert_eq!(found, [(bob.id, 4, 600), (ada.id, 1, 0)]);
}

async fn requests_add_up(store: Store) {
    let ada = first(&store).await;
    let (hour, day) = (hour_of(at(0)), day_of(at(0)));
    let until = day + TimeDelta::days(1);
    let key = |class, bucket| RequestClass {
        organization: ada.organization_id,
        hour,
        class,
        bucket,
    };
    for _ in 0..2 {
        let counts = [(key(2, 10), 3), (key(2, 20), 1), (key(5, -1), 1)];
        store.count_requests(&counts).await.unwrap();
    }
    let gone = RequestClass {
        organization: OrganizationId(Uuid::from_u128(9)),
        ..key(2, 1)
    };
    store.count_requests(&[(gone, 1)]).await.unwrap();
    let organization = ada.organization_id;
    let by_hour = store
        .requests_by_hour(organization, day, until)
        .await
        .unwrap();
    let by_hour: Vec<_> = by_hour
        .iter()
        .map(|it| (it.hour, it.class, it.count))
        .collect();
    assert_eq!(by_hour, [(hour, 2, 8), (hour, 5, 2)]);
    let times = store.request_times(organization, day, until).await.unwrap();
    let times: Vec<_> = times.iter().map(|it| (it.bucket, it.count)).collect();
    assert_eq!(times, [(10, 6), (20, 2)]);
}

async fn figures_are_of_what_was_asked_for(store: Store) {
    let ada = first(&store).await;
    let bob = member(&store, &ada, "bob@example.org", Role::User).await;
    answered(&store, &ada, at(1), 9.0).await;
    answered(&store, &bob, at(2), 9.0).await;
    while store.account_for_runs(at(70)).await.unwrap() > 0 {}
    let all = of(&ada);
    for (filter, endings, calls) in [
        (all.clone(), 2, 10),
        (
            TallyFilter {
                user: Some(bob.id),
                ..all.clone()
            },
            1,
            5,
        ),
        (
            TallyFilter {
                agent: Some(AgentId::from("poet")),
                ..all.clone()
            },
            2,
            2,
        ),
        (
            TallyFilter {
                agent: Some(AgentId::from("p%t")),
                ..all.clone()
            },
            0,
            0,
        ),
        (
            TallyFilter {
                model: Some("lab/m".parse().unwrap()),
                ..all.clone()
            },
            2,
            10,
        ),
        (
            TallyFilter {
                workflow: Some(WorkflowId::from("quick")),
                ..all.clone()
            },
            0,
            0,
        ),
        (
            TallyFilter {
                until: all.from,
                from: all.from - TimeDelta::days(9),
                ..all.clone()
            },
            0,
            0,
        ),
    ] {
        let tallies = store.tallies(&filter).await.unwrap();
        let counts = [Measure::Ending, Measure::Call].map(|it| sum(&tallies, it, ""));
        assert_eq!(counts, [endings, calls], "{filter:?}");
        let days = store.tallies_by_time(&filter, Grain::Day).await.unwrap();
        assert_eq!(sum(&days, Measure::Ending, ""), endings);
        assert!(days.iter().all(|it| it.at == filter.from));
    }
    let hours = store.tallies_by_time(&all, Grain::Hour).await.unwrap();
    assert_eq!(sum(&hours, Measure::Call, ""), 10);
    assert!(hours.iter().all(|it| it.at == hour_of(at(0))));
    let used = store.used_in_period(ada.organization_id, all.from, all.until);
    let used = used.await.unwrap();
    assert_eq!(
        (used.workflows.len(), used.models),
        (1, vec!["lab/m".to_owned()])
    );
    assert_eq!((used.agents.len(), used.users.len()), (2, 2));
}
