//! The first account, members, what they may change about themselves, and how they leave.

use crate::places::on_both;
use crate::samples::{agents, ask, at, email, first, found, member, name, scope, user, workflows};
use domain::{MailDomain, ModelName, Preferences, Role, SignUpPolicy, UserId, WorkflowId};
use store::{Created, Deleted, Founded, OrganizationChange, Store};

on_both!(
    the_first_account_is_created_once,
    a_further_organization_has_everything_of_its_own,
    people_are_read_as_they_were_written,
    changes,
    the_last_admin_stays,
    two_admins_do_not_leave_at_once,
    the_last_member_takes_everything_with_them,
    an_organization_is_changed_field_by_field,
);

async fn the_first_account_is_created_once(store: Store) {
    assert!(!store.has_users().await.unwrap());
    let attempt = async |address: &str| found(&store, address, true).await.0;
    let (one, two) = tokio::join!(attempt("one@example.org"), attempt("two@example.org"));
    assert!(
        matches!(
            (one, two),
            (Founded::Yes, Founded::NotFirst) | (Founded::NotFirst, Founded::Yes)
        ),
        "exactly one of two at once: {one:?}, {two:?}"
    );
    assert_eq!(attempt("three@example.org").await, Founded::NotFirst);
    assert!(store.has_users().await.unwrap());

    let organization = store.oldest_organization().await.unwrap().unwrap();
    let members = store.members(organization.id).await.unwrap();
    assert_eq!(members.len(), 1);
    assert_eq!(members[0].organization_id, organization.id);
    assert_eq!(
        store.agents(organization.id).await.unwrap(),
        agents(organization.id)
    );
}

async fn a_further_organization_has_everything_of_its_own(store: Store) {
    let ada = first(&store).await;
    let (founded, eve) = found(&store, "eve@example.net", false).await;
    assert_eq!(founded, Founded::Yes);
    let theirs = eve.organization_id;
    assert_eq!(store.agents(theirs).await.unwrap(), agents(theirs));
    assert_eq!(store.members(theirs).await.unwrap().len(), 1);
    assert_eq!(store.members(ada.organization_id).await.unwrap(), [ada]);

    let (founded, nobody) = found(&store, "eve@example.net", false).await;
    assert_eq!(founded, Founded::EmailTaken);
    let nobodys = nobody.organization_id;
    assert_eq!(store.organization(nobodys).await.unwrap(), None);
    assert_eq!(store.agents(nobodys).await.unwrap(), []);
}

async fn people_are_read_as_they_were_written(store: Store) {
    let ada = first(&store).await;
    let bob = member(&store, &ada, "bob@example.org", Role::Viewer).await;
    let again = user(ada.organization_id, "bob@example.org", Role::User);
    assert_eq!(
        store.create_account(&again, "hash").await.unwrap(),
        Created::EmailTaken
    );

    assert_eq!(store.user(bob.id).await.unwrap(), Some(bob.clone()));
    let found = store.credentials(&email(" ADA@example.org")).await.unwrap();
    let found = found.unwrap();
    assert_eq!((&found.user, found.password_hash.as_str()), (&ada, "hash"));
    assert!(!format!("{found:?}").contains("hash\""));
    assert_eq!(store.credentials_of(ada.id).await.unwrap(), Some(found));
    assert_eq!(
        store.members(ada.organization_id).await.unwrap(),
        [ada.clone(), bob]
    );

    let organization = store.organization(ada.organization_id).await.unwrap();
    assert_eq!(organization, store.oldest_organization().await.unwrap());
    assert_eq!(organization.unwrap().name.as_str(), "Søren & 日本");
    let workflows = workflows(ada.organization_id);
    assert_eq!(
        store.workflows(ada.organization_id).await.unwrap(),
        workflows
    );
    for workflow in workflows {
        let id = workflow.workflow.id.clone();
        let found = store.workflow(ada.organization_id, &id).await.unwrap();
        assert_eq!(found, Some(workflow));
    }
    let unknown = WorkflowId::from("unknown");
    let found = store.workflow(ada.organization_id, &unknown).await.unwrap();
    assert_eq!(found, None);
    assert_eq!(
        store.user(UserId(crate::samples::id())).await.unwrap(),
        None
    );
}

async fn changes(store: Store) {
    let ada = first(&store).await;
    let bob = member(&store, &ada, "bob@example.org", Role::User).await;
    let preferences = Preferences {
        default_model: Some("openai/gpt-5.1".parse::<ModelName>().unwrap()),
        quality_threshold: Some(8.123_456_789),
        ..Preferences::default()
    };
    store
        .set_profile(bob.id, None, Some(&preferences), at(10))
        .await
        .unwrap();
    store
        .set_profile(bob.id, Some(&name("Bob")), None, at(11))
        .await
        .unwrap();
    store
        .set_password_hash(bob.id, "stronger", at(12))
        .await
        .unwrap();
    let changed = store
        .set_role(ada.organization_id, bob.id, Role::Admin, at(13))
        .await
        .unwrap();
    assert!(changed);

    let found = store.credentials_of(bob.id).await.unwrap().unwrap();
    assert_eq!(found.password_hash, "stronger");
    assert_eq!(found.user.preferences, preferences);
    assert_eq!(found.user.name, name("Bob"));
    assert_eq!(
        (found.user.role, found.user.updated_at),
        (Role::Admin, at(13))
    );
    assert_eq!(store.user(ada.id).await.unwrap(), Some(ada));
}

async fn the_last_admin_stays(store: Store) {
    let ada = first(&store).await;
    let bob = member(&store, &ada, "bob@example.org", Role::User).await;
    let set_role = async |user, role| {
        store
            .set_role(ada.organization_id, user, role, at(10))
            .await
            .unwrap()
    };
    assert!(!set_role(ada.id, Role::User).await, "nobody would be admin");
    assert!(!set_role(UserId(crate::samples::id()), Role::User).await);
    assert_eq!(
        store.delete_account(ada.id).await.unwrap(),
        Deleted::LastAdmin
    );
    assert_eq!(store.user(ada.id).await.unwrap(), Some(ada.clone()));

    assert!(set_role(bob.id, Role::Admin).await);
    assert!(set_role(ada.id, Role::Viewer).await);
    assert_eq!(store.delete_account(ada.id).await.unwrap(), Deleted::Yes);
    assert_eq!(store.delete_account(ada.id).await.unwrap(), Deleted::Yes);
    assert_eq!(store.user(ada.id).await.unwrap(), None);
    assert!(store.user(bob.id).await.unwrap().is_some());
}

async fn two_admins_do_not_leave_at_once(store: Store) {
    let ada = first(&store).await;
    let bob = member(&store, &ada, "bob@example.org", Role::Admin).await;
    let eve = member(&store, &ada, "eve@example.org", Role::User).await;
    let (one, two) = tokio::join!(store.delete_account(ada.id), store.delete_account(bob.id));
    let mut left = [one.unwrap(), two.unwrap()];
    left.sort_by_key(|deleted| *deleted == Deleted::LastAdmin);
    assert_eq!(left, [Deleted::Yes, Deleted::LastAdmin]);
    let members = store.members(ada.organization_id).await.unwrap();
    assert!(members.contains(&eve) && members.len() == 2);
}

async fn the_last_member_takes_everything_with_them(store: Store) {
    let ada = first(&store).await;
    let bob = member(&store, &ada, "bob@example.org", Role::User).await;
    let asked = ask(&store, &bob, at(20)).await;
    let kept = ask(&store, &ada, at(21)).await;

    assert_eq!(store.delete_account(bob.id).await.unwrap(), Deleted::Yes);
    assert_eq!(store.run(scope(&bob), asked.run.id).await.unwrap(), None);
    assert_eq!(
        store.run(scope(&ada), kept.run.id).await.unwrap(),
        Some(kept.run)
    );

    // Somebody who is gone meanwhile removes nobody, least of all the last one.
    let removed = store.remove_member(ada.id).await;
    assert_eq!(removed.unwrap(), Deleted::LastAdmin);
    assert_eq!(store.delete_account(ada.id).await.unwrap(), Deleted::Yes);
    assert_eq!(store.oldest_organization().await.unwrap(), None);
    assert!(store.agents(ada.organization_id).await.unwrap().is_empty());
    assert!(!store.has_users().await.unwrap());
    first(&store).await;
}

async fn an_organization_is_changed_field_by_field(store: Store) {
    let ada = first(&store).await;
    let id = ada.organization_id;
    let change = async |change: OrganizationChange| {
        let changed = store.update_organization(id, &change, at(5)).await.unwrap();
        assert_eq!(store.organization(id).await.unwrap(), changed);
        changed.unwrap()
    };
    let begun = change(OrganizationChange::default()).await;
    assert_eq!(begun.sign_up, SignUpPolicy::Invite);
    let domain = MailDomain::try_from("example.org".to_owned()).unwrap();
    let model = "openai/gpt-5.1".parse::<ModelName>().unwrap();
    let changed = change(OrganizationChange {
        requests_per_minute: Some(Some(7)),
        sign_up: Some(SignUpPolicy::Open),
        mail_domains: Some(vec![domain.clone()]),
        default_workflow: Some(Some(WorkflowId::from("quick"))),
        default_model: Some(Some(model.clone())),
        ..OrganizationChange::default()
    })
    .await;
    assert_eq!(changed.name, begun.name);
    assert_eq!(changed.mail_domains, [domain]);
    assert_eq!(changed.default_model, Some(model));
    assert_eq!(
        store.only_organization().await.unwrap(),
        Some(changed.clone())
    );
    let again = change(OrganizationChange {
        default_workflow: Some(None),
        ..OrganizationChange::default()
    })
    .await;
    assert_eq!(again.default_workflow, None);
    assert_eq!(
        domain::Organization {
            default_workflow: changed.default_workflow.clone(),
            ..again
        },
        changed
    );
    let (founded, _) = found(&store, "eve@example.net", false).await;
    assert_eq!(founded, Founded::Yes);
    assert_eq!(store.only_organization().await.unwrap(), None);
}
