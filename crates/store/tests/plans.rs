//! What SQLite does for the queries on runs: however many have ended, none of them is looked at
//! where only those that wait or work are asked for. A program of its own, because it hears every
//! statement of its process.
#![expect(
    clippy::unwrap_used,
    reason = "a story that fails there fails its test"
)]

#[path = "it/samples.rs"]
#[expect(dead_code, reason = "the stories in it/ tell more")]
mod samples;

use domain::quota::{Quota, Quotas};
use domain::{ConversationTitle, EventData};
use samples::{
    ANYHOW, WORKED, ask, at, brief, cancelled, completed, event, first, lease, run, scope,
};
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};
use std::collections::BTreeSet;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};
use store::testing::{Kind, TestDatabase};
use store::{Conversing, Kept, OrganizationChange, PoolSizes, Posed, Store};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// The statements that the driver tells of.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<BTreeSet<String>>>);

struct Statement<'a>(&'a Heard);

impl Visit for Statement<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        // A short one is told as its own summary.
        if ["summary", "db.statement"].contains(&field.name()) {
            self.0.0.lock().unwrap().insert(value.trim().to_owned());
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
}

impl Subscriber for Heard {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "sqlx::query"
    }

    fn event(&self, event: &Event<'_>) {
        event.record(&mut Statement(self));
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// Everything that is done with runs again and again.
async fn live(store: &Store) {
    let ada = first(store).await;
    let asked = ask(store, &ada, at(1)).await;
    let id = asked.run.id;
    let stopped = ask(store, &ada, at(2)).await;
    store.queue().await.unwrap();
    let leased = lease(store, at(3)).await.unwrap();
    store
        .renew_lease(id, leased.epoch, at(4), WORKED)
        .await
        .unwrap();
    let begun = Kept {
        events: vec![event(&asked.run, 1, EventData::SynthesisStarted {})],
        ..Kept::default()
    };
    for _ in 0..2 {
        assert!(store.keep(id, leased.epoch, &begun).await.unwrap());
    }
    store.lease_owners().await.unwrap();
    store.cancels_of("a worker").await.unwrap();
    store.void_leases_of("another worker").await.unwrap();
    store.release_run(id, leased.epoch, WORKED).await.unwrap();
    store.void_leases().await.unwrap();
    let leased = lease(store, at(5)).await.unwrap();
    store.journal(id).await.unwrap();
    let end = completed(&asked, at(6));
    assert!(store.keep(id, leased.epoch, &end).await.unwrap());

    store
        .request_cancel(scope(&ada), stopped.run.id, &cancelled("Ada"), at(7))
        .await
        .unwrap();
    let again = run(&ada, &stopped.question);
    let conversing = Conversing::Existing {
        leaf: Some(stopped.question.id),
        title: ConversationTitle::default(),
    };
    let posed = Posed::Concluding(stopped.run.id);
    store
        .start_run(&again, &brief(), posed, conversing, &ANYHOW)
        .await
        .unwrap();

    let quotas = Quotas {
        member: Quota {
            requests: Some(1_000),
            ..Quota::default()
        },
        ..Quotas::default()
    };
    let change = OrganizationChange {
        quotas: Some(quotas),
        ..OrganizationChange::default()
    };
    let organization = ada.organization_id;
    store
        .update_organization(organization, &change, at(0))
        .await
        .unwrap();
    let deleted = ask(store, &ada, at(8)).await.conversation.id;
    store
        .delete_conversation(scope(&ada), deleted)
        .await
        .unwrap();
    store.used_by_members(organization, at(0)).await.unwrap();
    assert_eq!(store.account_for_runs(at(9)).await.unwrap(), 2);

    let (scope, conversation) = (scope(&ada), asked.conversation.id);
    store.run(scope, id).await.unwrap();
    store.brief(scope, id).await.unwrap();
    store.runs_of(scope, conversation).await.unwrap();
    store.events(scope, id, 0, 9).await.unwrap();
    store.events_of(scope, conversation).await.unwrap();
    store.steps(scope, id).await.unwrap();
    store
        .run_by_request(ada.id, &asked.run.request_id)
        .await
        .unwrap();
}

/// The places where every row is looked at. A part of a query that has a name of its own is made
/// of rows that were found before; a partial index has only the runs that wait or work.
fn scans(plan: &[String], partial: &[String]) -> Vec<String> {
    let made: Vec<&str> = plan
        .iter()
        .filter_map(|line| {
            let name = line.strip_prefix("MATERIALIZE ");
            name.or_else(|| line.strip_prefix("CO-ROUTINE "))
        })
        .collect();
    plan.iter()
        .filter(|line| {
            let Some(scanned) = line.strip_prefix("SCAN ") else {
                return false;
            };
            let index = scanned.split(" INDEX ").nth(1);
            let is_partial = index.is_some_and(|index| partial.iter().any(|it| it == index));
            !is_partial && scanned != "CONSTANT ROW" && !made.contains(&scanned)
        })
        .cloned()
        .collect()
}

#[tokio::test]
async fn no_query_looks_at_every_run() {
    let heard = Heard::default();
    tracing::subscriber::set_global_default(heard.clone()).unwrap();
    let database = TestDatabase::fresh(Kind::Sqlite).await;
    let store = Store::open(&database.url, PoolSizes::default(), true)
        .await
        .unwrap();
    live(&store).await;
    store.close().await;
    let statements: Vec<String> = {
        let mut heard = heard.0.lock().unwrap();
        std::mem::take(&mut *heard).into_iter().collect()
    };

    let mut connection = SqliteConnection::connect(&database.url).await.unwrap();
    let partial: Vec<String> = sqlx::query_scalar(
        "select name from sqlite_schema \
         where type = 'index' and tbl_name = 'runs' \
             and (sql like '%where status%' or sql like '%where accounted_at%')",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    let whole = ["select", "insert", "update", "delete", "with"];
    let (mut explained, mut found) = (0, Vec::new());
    for statement in statements {
        let words: Vec<&str> = statement.split_whitespace().collect();
        let is_whole =
            words.first().is_some_and(|word| whole.contains(word)) && !statement.ends_with('…');
        if !is_whole || !words.contains(&"runs") {
            continue;
        }
        explained += 1;
        let plan: Vec<(i64, i64, i64, String)> =
            sqlx::query_as(AssertSqlSafe(format!("explain query plan {statement}")))
                .fetch_all(&mut connection)
                .await
                .unwrap();
        let plan: Vec<String> = plan.into_iter().map(|(.., line)| line).collect();
        for scan in scans(&plan, &partial) {
            found.push(format!("{scan}: {statement}"));
        }
    }
    assert!(explained > 20, "only {explained} were heard");
    assert_eq!(found, [""; 0]);
}
