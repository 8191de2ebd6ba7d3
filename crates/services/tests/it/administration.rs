//! What admins see and take away, and what is on record of everybody.

use crate::programs::key_form;
use crate::stories;
use crate::world::{
    PASSWORD, World, ada, client, finished, invited, member, passing, query, sign_up, within,
};
use domain::{AuditEntry, KeyScope, Role, Source, WorkflowId};
use provider_mock::Mock;
use services::{Admin, AuditForm, Error, OrganizationForm, Part, Services};

stories!(
    what_is_done_is_on_record,
    the_trail_is_read_in_parts,
    admins_end_sessions_and_keys_of_members,
    questions_begin_with_what_the_organization_chose,
);

async fn trail(services: &Services, admin: &Admin, form: AuditForm) -> Vec<AuditEntry> {
    let part = Part {
        limit: Some(100),
        ..Part::default()
    };
    services.audit.page(admin, form, &part).await.unwrap().items
}

/// In no order: the clock stands still.
async fn actions(services: &Services, admin: &Admin) -> Vec<String> {
    let entries = trail(services, admin, AuditForm::default()).await;
    let told = |entry: AuditEntry| format!("{} {}", entry.actor_name, entry.action);
    let mut actions: Vec<String> = entries.into_iter().map(told).collect();
    actions.sort();
    actions
}

async fn what_is_done_is_on_record(world: World) {
    let services = world.idle().await;
    let accounts = &services.accounts;
    let ada = ada(&services).await;
    let admin = Admin::try_from(ada.clone()).unwrap();
    let bob = invited(&services, &ada, "Bob", Role::User).await;
    let bob = member(&services, &bob).await;
    let log_in = async |password: &str| {
        let email = "bob@example.org".to_owned();
        accounts.log_in(&client(), email, password.into()).await
    };
    log_in("wrong").await.unwrap_err();
    let other = member(&services, &log_in(PASSWORD).await.unwrap()).await;
    accounts.log_out(&other).await.unwrap();
    let (key, _) = accounts
        .create_api_key(&bob, key_form("Script", KeyScope::Read, None, None), None)
        .await
        .unwrap();
    accounts.revoke_api_key(&bob, key.id).await.unwrap();
    accounts
        .change_password(&bob, PASSWORD.into(), "another password".into())
        .await
        .unwrap();
    let id = bob.user().id;
    accounts
        .change_role(&admin, id, Role::Viewer)
        .await
        .unwrap();
    let elsewhere = client();
    let nobody = accounts.log_in(&elsewhere, "eve@example.org".into(), "wrong".into());
    nobody.await.unwrap_err();
    accounts.remove_member(&admin, id).await.unwrap();

    // The refused log-in is written beside its answer.
    within(async {
        while !actions(&services, &admin)
            .await
            .contains(&"Bob account.log_in_failed".to_owned())
        {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(
        actions(&services, &admin).await,
        [
            "Ada account.sign_up",
            "Ada invitations.create",
            "Ada members.change_role",
            "Ada members.remove",
            "Bob account.change_password",
            "Bob account.log_in",
            "Bob account.log_in_failed",
            "Bob account.log_out",
            "Bob invitations.use",
            "Bob keys.create",
            "Bob keys.revoke",
        ]
    );
    let of_bob = AuditForm {
        person: id.to_string(),
        ..AuditForm::default()
    };
    assert_eq!(trail(&services, &admin, of_bob).await.len(), 7);
    let members = AuditForm {
        group: "members".to_owned(),
        ..AuditForm::default()
    };
    let mut told: Vec<String> = trail(&services, &admin, members)
        .await
        .into_iter()
        .map(|entry| entry.detail)
        .collect();
    told.sort();
    assert_eq!(told, ["Bob", "Bob: user to viewer"]);
}

async fn the_trail_is_read_in_parts(world: World) {
    let services = world.idle().await;
    let admin = Admin::try_from(ada(&services).await).unwrap();
    for _ in 0..4 {
        services
            .accounts
            .invite(&admin, Role::User, None)
            .await
            .unwrap();
        world.clock.advance(chrono::TimeDelta::seconds(1));
    }
    let mut part = Part {
        limit: Some(3),
        ..Part::default()
    };
    let page = async |part: &Part| {
        let form = AuditForm::default();
        services.audit.page(&admin, form, part).await
    };
    let first = page(&part).await.unwrap();
    part.cursor = first.next_cursor;
    let second = page(&part).await.unwrap();
    assert_eq!((first.items.len(), second.items.len()), (3, 2));
    assert_eq!(second.next_cursor, None);
    part.cursor = Some("7".to_owned());
    assert!(matches!(page(&part).await, Err(Error::Invalid { .. })));

    let form = AuditForm::default();
    let all = services.audit.export(&admin, &form, None).await.unwrap();
    assert_eq!(all.len(), 6, "the export is on record itself");
    let last = all.last().map(|entry| entry.id);
    let rest = services.audit.export(&admin, &form, last).await.unwrap();
    assert_eq!(rest, []);
}

async fn admins_end_sessions_and_keys_of_members(world: World) {
    let services = world.idle().await;
    let accounts = &services.accounts;
    let ada = ada(&services).await;
    let admin = Admin::try_from(ada.clone()).unwrap();
    let opened = invited(&services, &ada, "Bob", Role::User).await;
    let bob = member(&services, &opened).await;
    let (key, secret) = accounts
        .create_api_key(&bob, key_form("Script", KeyScope::Read, None, None), None)
        .await
        .unwrap();
    let id = bob.user().id;
    let (user, _, sessions, keys) = accounts.entries(&admin, id).await.unwrap();
    assert_eq!((user.id, sessions.len()), (id, 1));
    assert_eq!(keys, std::slice::from_ref(&key));
    let seen = accounts.members_seen(&admin).await.unwrap();
    assert!(seen.iter().all(|(_, seen)| seen.is_some()));

    // Not those of another organization.
    accounts
        .add_organization(
            "Orchard".into(),
            "Eve".into(),
            "eve@example.net".into(),
            PASSWORD.into(),
        )
        .await
        .unwrap();
    let elsewhere = client();
    let eve = accounts.log_in(&elsewhere, "eve@example.net".into(), PASSWORD.into());
    let eve = member(&services, &eve.await.unwrap()).await;
    let foreign = Admin::try_from(eve).unwrap();
    assert!(accounts.entries(&foreign, id).await.is_err());
    let refused = accounts.end_session_of_member(&foreign, sessions[0].id);
    assert!(matches!(refused.await, Err(Error::NotFound("session"))));
    let refused = accounts.revoke_key_of_member(&foreign, key.id).await;
    assert!(matches!(refused, Err(Error::NotFound("API key"))));

    accounts
        .end_session_of_member(&admin, sessions[0].id)
        .await
        .unwrap();
    assert!(accounts.by_cookie(opened.token.expose()).await.is_err());
    accounts.by_bearer(secret.expose()).await.unwrap();
    accounts.revoke_key_of_member(&admin, key.id).await.unwrap();
    assert!(accounts.by_bearer(secret.expose()).await.is_err());
    let actions = actions(&services, &admin).await;
    for action in ["Ada members.end_session", "Ada members.revoke_key"] {
        assert!(actions.contains(&action.to_owned()), "{actions:?}");
    }
    let again = sign_up("Bob", "bob@example.org", None);
    assert!(accounts.sign_up(&client(), again).await.is_err());
}

async fn questions_begin_with_what_the_organization_chose(world: World) {
    let mock = Mock::start(passing()).await.unwrap();
    let services = world.serving(&mock).await;
    let ada = ada(&services).await;
    let admin = Admin::try_from(ada.clone()).unwrap();
    let choose = async |workflow: &str, model: &str| {
        let form = OrganizationForm {
            default_workflow: Some(Some(WorkflowId::from(workflow))),
            default_model: Some(Some(model.to_owned())),
            ..OrganizationForm::default()
        };
        services.accounts.change_organization(&admin, form).await
    };
    for (workflow, model, field) in [
        ("none", "compatible/another", "default_workflow"),
        ("quick", "another", "default_model"),
    ] {
        match choose(workflow, model).await {
            Err(Error::Invalid { field: told, .. }) => assert_eq!(told, field),
            other => panic!("{other:?}"),
        }
    }
    choose("quick", "compatible/another").await.unwrap();
    let run = services
        .runs
        .start(&ada, query("How?"), Source::Browser)
        .await
        .unwrap();
    let run = finished(&services, &ada, &run).await;
    assert_eq!(run.workflow_id.as_str(), "quick");
    let steps = services.runs.steps(&ada, run.id).await.unwrap();
    let chosen = Some("compatible/another");
    assert!(!steps.is_empty());
    assert!(steps.iter().all(|step| step.model.as_deref() == chosen));
    services.stop(std::time::Duration::from_secs(1)).await;
}
