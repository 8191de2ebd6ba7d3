//! Agents and workflows change, and what they were stays.

use crate::places::{on_both, open};
use crate::samples::{at, first, found};
use domain::{AgentForm, AgentId, WorkflowForm, WorkflowId};
use sqlx::{Connection, Executor, PgConnection, SqliteConnection};
use std::path::Path;
use store::testing::{Kind, TestDatabase};
use store::{Removed, Store, Versioned, Written};

on_both!(
    an_agent_and_what_it_was,
    a_workflow_and_what_it_was,
    a_workflow_names_agents_that_stay,
);

async fn an_agent_and_what_it_was(store: Store) {
    let ada = first(&store).await;
    let organization = ada.organization_id;
    let id = AgentId::from("creative");
    let shipped = store.agent(organization, &id).await.unwrap().unwrap();
    let mut changed = shipped.clone();
    changed.config.goal = "Find a third way. 🦉".to_owned();
    changed.config.version = 2;
    changed.is_active = false;
    changed.updated_at = at(5);
    assert!(store.update_agent(&changed, ada.id).await.unwrap());
    assert!(!store.update_agent(&changed, ada.id).await.unwrap(), "late");
    let read = store.agent(organization, &id).await.unwrap();
    assert_eq!(read, Some(changed.clone()));

    let versions = |id: AgentId| {
        let store = store.clone();
        async move {
            store
                .versions::<AgentForm>(organization, Versioned::Agent, id.as_str())
                .await
                .unwrap()
        }
    };
    let [new, old] = &versions(id.clone()).await[..] else {
        panic!("two versions");
    };
    assert_eq!((new.version, new.created_by), (2, Some(ada.id)));
    assert_eq!(new.content, AgentForm::from(changed));
    assert_eq!((old.version, old.created_by), (1, None));
    assert_eq!(old.content, AgentForm::from(shipped));

    let remove = |id: AgentId, version| {
        let store = store.clone();
        async move {
            store
                .delete_agent(organization, &id, version)
                .await
                .unwrap()
        }
    };
    assert_eq!(remove(id.clone(), 1).await, Removed::No, "it has changed");
    assert_eq!(
        remove(id.clone(), 2).await,
        Removed::Used("Overmind".to_owned())
    );
    assert_eq!(versions(id).await.len(), 2);

    let mut unused = store.agents(organization).await.unwrap().remove(0);
    unused.config.id = AgentId::from("unused");
    unused.config.version = 1;
    store.insert_agent(&unused, ada.id).await.unwrap();
    let last = store.agents(organization).await.unwrap().pop();
    assert_eq!(last.as_ref(), Some(&unused), "it comes last");
    let (_, eve) = found(&store, "eve@example.net", false).await;
    let theirs = eve.organization_id;
    let elsewhere = store.agent(theirs, &unused.config.id).await.unwrap();
    assert_eq!(elsewhere, None);
    assert_eq!(remove(unused.config.id.clone(), 1).await, Removed::Yes);
    assert!(versions(unused.config.id).await.is_empty());
}

async fn a_workflow_and_what_it_was(store: Store) {
    let ada = first(&store).await;
    let organization = ada.organization_id;
    let mut template = store.workflows(organization).await.unwrap().remove(0);
    let id = template.workflow.id.clone();
    template.workflow.version = 2;
    template.workflow.quality_threshold = 7.5;
    template.is_public = false;
    let write = || store.update_workflow(&template, ada.id);
    assert_eq!(write().await.unwrap(), Written::Yes);
    assert_eq!(write().await.unwrap(), Written::No);
    let read = store.workflow(organization, &id).await.unwrap();
    assert_eq!(read, Some(template.clone()));
    let first = store
        .version::<WorkflowForm>(organization, Versioned::Workflow, id.as_str(), 1)
        .await
        .unwrap()
        .unwrap();
    assert!(first.content.is_public && first.content.quality_threshold > 8.0);
    let none = store
        .version::<WorkflowForm>(organization, Versioned::Workflow, id.as_str(), 3)
        .await;
    assert_eq!(none.unwrap(), None);
    let remove = |version| store.delete_workflow(organization, &id, version);
    assert_eq!(remove(1).await.unwrap(), Removed::No);
    assert_eq!(remove(2).await.unwrap(), Removed::Yes);
    assert_eq!(store.workflow(organization, &id).await.unwrap(), None);
}

/// One of them is deleted in the same moment: either it is needed, or it is missing.
async fn a_workflow_names_agents_that_stay(store: Store) {
    let ada = first(&store).await;
    let organization = ada.organization_id;
    let mut agent = store.agents(organization).await.unwrap().remove(0);
    let shipped = store.workflows(organization).await.unwrap().remove(0);
    for turn in 0..20 {
        agent.config.id = AgentId::new(format!("agent{turn}"));
        agent.config.version = 1;
        store.insert_agent(&agent, ada.id).await.unwrap();
        let mut template = shipped.clone();
        template.workflow.agent_ids.push(agent.config.id.clone());
        let id = &agent.config.id;
        let (written, removed) = if turn % 2 == 0 {
            template.workflow.id = WorkflowId::new(format!("workflow{turn}"));
            template.workflow.version = 1;
            tokio::join!(
                store.insert_workflow(&template),
                store.delete_agent(organization, id, 1)
            )
        } else {
            let id = WorkflowId::new(format!("workflow{turn}"));
            let mut old = shipped.clone();
            old.workflow.id = id.clone();
            old.workflow.version = 1;
            assert_eq!(store.insert_workflow(&old).await.unwrap(), Written::Yes);
            template.workflow.id = id;
            template.workflow.version = 2;
            tokio::join!(
                store.update_workflow(&template, ada.id),
                store.delete_agent(organization, &agent.config.id, 1)
            )
        };
        match (written.unwrap(), removed.unwrap()) {
            (Written::Yes, Removed::Used(_)) => {
                assert!(store.agent(organization, id).await.unwrap().is_some());
            }
            (Written::NoAgent(missing), Removed::Yes) => assert_eq!(&missing, id),
            other => panic!("{other:?}"),
        }
    }

    // One that there never was is named, too.
    let mut template = shipped;
    template.workflow.agent_ids = vec![AgentId::from("nobody")];
    template.workflow.id = WorkflowId::from("old");
    template.workflow.version = 1;
    let nobody = Written::NoAgent(AgentId::from("nobody"));
    assert_eq!(store.insert_workflow(&template).await.unwrap(), nobody);
}

/// The statements of the migration that fill the table.
fn filling(folder: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../migrations")
        .join(folder)
        .join("0003_platform.sql");
    let text = std::fs::read_to_string(path).unwrap();
    let statements: Vec<&str> = text
        .split(';')
        .filter(|statement| statement.contains("insert into versions"))
        .collect();
    assert_eq!(statements.len(), 2);
    format!("delete from versions; {};", statements.join(";"))
}

async fn what_was_there_before_has_a_first_version(kind: Kind) {
    let database = TestDatabase::fresh(kind).await;
    let store = open(&database).await;
    let ada = first(&store).await;
    store.close().await;
    drop(store);
    match kind {
        Kind::Sqlite => {
            let mut connection = SqliteConnection::connect(&database.url).await.unwrap();
            let sql = sqlx::AssertSqlSafe(filling("sqlite"));
            connection.execute(sqlx::raw_sql(sql)).await.unwrap();
            connection.close().await.unwrap();
        }
        Kind::Postgres => {
            let mut connection = PgConnection::connect(&database.url).await.unwrap();
            let sql = sqlx::AssertSqlSafe(filling("postgres"));
            connection.execute(sqlx::raw_sql(sql)).await.unwrap();
            connection.close().await.unwrap();
        }
    }
    let store = open(&database).await;
    let organization = ada.organization_id;
    for agent in store.agents(organization).await.unwrap() {
        let id = agent.config.id.to_string();
        let versions = store.versions(organization, Versioned::Agent, &id).await;
        let contents: Vec<AgentForm> = versions.unwrap().into_iter().map(|it| it.content).collect();
        assert_eq!(contents, [AgentForm::from(agent)]);
    }
    for template in store.workflows(organization).await.unwrap() {
        let id = template.workflow.id.to_string();
        let versions = store.versions(organization, Versioned::Workflow, &id).await;
        let contents: Vec<WorkflowForm> =
            versions.unwrap().into_iter().map(|it| it.content).collect();
        assert_eq!(contents, [WorkflowForm::from(template)]);
    }
}

#[tokio::test]
async fn what_was_there_before_has_a_first_version_on_sqlite() {
    what_was_there_before_has_a_first_version(Kind::Sqlite).await;
}

#[tokio::test]
async fn what_was_there_before_has_a_first_version_on_postgres() {
    what_was_there_before_has_a_first_version(Kind::Postgres).await;
}
