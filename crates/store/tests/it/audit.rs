//! The audit trail: found by what is asked for, never altered, gone with its organization.

use crate::places::{on_both, open};
use crate::samples::{at, first, found, id, member};
use domain::{AuditEntry, AuditEntryId, Role, User};
use sqlx::{Connection, PgConnection, SqliteConnection};
use store::testing::{Kind, TestDatabase};
use store::{AuditFilter, Deleted, Store};

on_both!(
    entries_are_found_by_what_is_asked_for,
    entries_outlive_people,
);

fn entry(by: &User, action: &str, when: i64) -> AuditEntry {
    AuditEntry {
        id: AuditEntryId(id()),
        organization_id: by.organization_id,
        user_id: Some(by.id),
        actor_name: by.name.to_string(),
        action: action.to_owned(),
        subject: by.id.to_string(),
        detail: "ü, \"quoted\"".to_owned(),
        created_at: at(when),
    }
}

async fn recorded(store: &Store, by: &User, action: &str, when: i64) -> AuditEntry {
    let entry = entry(by, action, when);
    store.record(&entry).await.unwrap();
    entry
}

async fn entries_are_found_by_what_is_asked_for(store: Store) {
    let ada = first(&store).await;
    let bob = member(&store, &ada, "bob@example.org", Role::User).await;
    let (_, eve) = found(&store, "eve@example.net", false).await;
    let one = recorded(&store, &ada, "members.remove", 10).await;
    let two = recorded(&store, &bob, "account.log_in", 20).await;
    let three = recorded(&store, &ada, "account.log_out", 30).await;
    let theirs = recorded(&store, &eve, "account.log_in", 20).await;
    let operator = AuditEntry {
        user_id: None,
        ..entry(&ada, "members.add", 40)
    };
    store.record(&operator).await.unwrap();

    let listed = async |filter: AuditFilter, before, limit| {
        let organization = ada.organization_id;
        let found = store.audit_entries(organization, &filter, before, limit);
        found.await.unwrap()
    };
    let all = AuditFilter::default;
    assert_eq!(
        listed(all(), None, 9).await,
        [operator.clone(), three.clone(), two.clone(), one.clone()]
    );
    assert_eq!(
        listed(all(), Some(operator.id), 2).await,
        [three.clone(), two.clone()]
    );
    assert_eq!(
        listed(all(), Some(two.id), 2).await,
        std::slice::from_ref(&one)
    );
    let group = |group: &str| AuditFilter {
        group: Some(group.to_owned()),
        ..all()
    };
    assert_eq!(
        listed(group("account"), None, 9).await,
        [three.clone(), two.clone()]
    );
    assert_eq!(listed(group("acc"), None, 9).await, []);
    let by = |user: &User| AuditFilter {
        user_id: Some(user.id),
        ..all()
    };
    assert_eq!(
        listed(by(&ada), None, 9).await,
        [three.clone(), one.clone()]
    );
    assert_eq!(
        listed(by(&eve), None, 9).await,
        [],
        "another organization's"
    );
    let between = AuditFilter {
        from: Some(at(20)),
        until: Some(at(30)),
        ..all()
    };
    assert_eq!(listed(between, None, 9).await, [two]);
    let filter = all();
    let elsewhere = store.audit_entries(eve.organization_id, &filter, None, 9);
    assert_eq!(elsewhere.await.unwrap(), [theirs]);
}

async fn entries_outlive_people(store: Store) {
    let ada = first(&store).await;
    let bob = member(&store, &ada, "bob@example.org", Role::User).await;
    let kept = recorded(&store, &bob, "account.log_in", 10).await;
    assert_eq!(store.delete_account(bob.id).await.unwrap(), Deleted::Yes);
    let all = AuditFilter::default();
    let of = |user: &User| (user.organization_id, all.clone());
    let (organization, filter) = of(&ada);
    let found = store.audit_entries(organization, &filter, None, 9);
    assert_eq!(found.await.unwrap(), [kept]);

    recorded(&store, &ada, "account.log_in", 20).await;
    assert_eq!(store.delete_account(ada.id).await.unwrap(), Deleted::Yes);
    // The organization is gone: so is its trail, and nothing is added to it.
    recorded(&store, &ada, "account.delete", 30).await;
    let found = store.audit_entries(organization, &filter, None, 9);
    assert_eq!(found.await.unwrap(), []);
}

/// Whoever has the database's password, and means well.
macro_rules! nobody_alters {
    ($connection:expr) => {{
        let mut connection = $connection;
        for change in [
            "update audit_entries set action = 'nothing'",
            "update audit_entries set user_id = null",
            "delete from audit_entries",
        ] {
            let refused = sqlx::query(change).execute(&mut connection).await;
            let told = refused.unwrap_err().to_string();
            assert!(told.contains("append-only"), "{change}: {told}");
        }
        sqlx::query("delete from organizations")
            .execute(&mut connection)
            .await
            .unwrap();
        let left: i64 = sqlx::query_scalar("select count(*) from audit_entries")
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!(left, 0, "they go with their organization");
    }};
}

async fn with_one_entry(kind: Kind) -> TestDatabase {
    let database = TestDatabase::fresh(kind).await;
    let store = open(&database).await;
    let ada = first(&store).await;
    recorded(&store, &ada, "account.sign_up", 1).await;
    store.close().await;
    database
}

#[tokio::test]
async fn sqlite_refuses_to_alter_them() {
    let database = with_one_entry(Kind::Sqlite).await;
    nobody_alters!(SqliteConnection::connect(&database.url).await.unwrap());
}

#[tokio::test]
async fn postgres_refuses_to_alter_them() {
    let database = with_one_entry(Kind::Postgres).await;
    nobody_alters!(PgConnection::connect(&database.url).await.unwrap());
}
