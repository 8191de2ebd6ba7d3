//! How programs get in: tokens that are renewed, keys that are revoked, and what neither may do.

use crate::stories;
use crate::world::{PASSWORD, World, ada, client, invited, listing, query, sign_up};
use chrono::TimeDelta;
use domain::{AgentForm, KeyScope, Role, Source, WorkflowForm};
use services::idempotency::Begun;
use services::{
    Admin, ApiKeyForm, ConversationForm, Error, Granted, Member, Once, OrganizationForm, Part,
    Result, Services, SignUp,
};

stories!(
    a_program_logs_in_and_renews_its_tokens,
    a_copied_refresh_token_ends_the_log_in,
    a_role_counts_at_once,
    keys_are_shown_once_and_do_what_their_scope_says,
    keys_expire_and_have_limits,
    a_ticket_opens_one_socket_soon,
    requests_are_counted_for_each_person,
    organizations_and_keys_have_limits_of_their_own,
    what_a_key_makes_is_made_once,
    a_secret_is_made_once,
);

async fn by(services: &Services, bearer: &str) -> Result<Member> {
    services.accounts.by_bearer(bearer).await
}

fn refused<T>(result: Result<T>) -> bool {
    matches!(result, Err(Error::Unauthorized))
}

fn forbidden<T>(result: Result<T>) -> bool {
    matches!(result, Err(Error::Forbidden(_)))
}

async fn log_in(services: &Services) -> Granted {
    services
        .accounts
        .log_in_program(&client(), "ada@example.org".into(), PASSWORD.into())
        .await
        .unwrap()
}

pub fn key_form(
    name: &str,
    scope: KeyScope,
    expires_in_days: Option<u32>,
    requests_per_minute: Option<u32>,
) -> ApiKeyForm {
    ApiKeyForm {
        name: name.to_owned(),
        scope,
        expires_in_days,
        requests_per_minute,
    }
}

async fn what_a_key_makes_is_made_once(world: World) {
    let services = world.idle().await;
    let ada = ada(&services).await;
    let admin = Admin::try_from(ada.clone()).unwrap();
    let begin = async |route: &str, key: &str| -> Once {
        let begun = services.idempotency.begin(&ada, route, key, b"{}").await;
        match begun.unwrap() {
            Begun::New(_, once) => once,
            Begun::Done(reply) => panic!("{reply:?}"),
        }
    };
    let make = async |key: &str| -> [String; 3] {
        let form = ConversationForm::default();
        let once = begin("POST /conversations", key).await;
        let conversation = services
            .conversations
            .create(&ada, form, Source::Api, Some(once))
            .await
            .unwrap();
        let form = services
            .agents
            .list(&ada, None, None, &Part::default())
            .await;
        let form = AgentForm::from(form.unwrap().items.remove(0));
        let once = begin("POST /agents", key).await;
        let agent = services.agents.create(&admin, form, Some(once)).await;
        let form = services.workflows.offered(&ada).await.unwrap().remove(0);
        let form = WorkflowForm::from(form);
        let once = begin("POST /workflows", key).await;
        let workflow = services.workflows.create(&ada, form, Some(once)).await;
        [
            conversation.id.to_string(),
            agent.unwrap().config.id.to_string(),
            workflow.unwrap().workflow.id.to_string(),
        ]
    };
    let first = make("k1").await;
    // The server died before it said how it went, and the key is free again.
    world.clock.advance(TimeDelta::minutes(16));
    assert_eq!(make("k1").await, first);
    let differ = |other: &[String; 3]| first.iter().zip(other).all(|(one, other)| one != other);
    assert!(differ(&make("k2").await));
    // After a day it means something else.
    world.clock.advance(TimeDelta::hours(24));
    assert!(differ(&make("k1").await));
    let all = services.conversations.list(&ada, listing(None, 10)).await;
    assert_eq!(all.unwrap().items.len(), 3);
}

/// Secrets are shown once, so the second time says so, and makes no second one.
async fn a_secret_is_made_once(world: World) {
    let services = world.idle().await;
    let ada = ada(&services).await;
    let admin = Admin::try_from(ada.clone()).unwrap();
    let accounts = &services.accounts;
    let make = async |key: &str| {
        let begin = async |route: &str| {
            let begun = services.idempotency.begin(&ada, route, key, b"{}").await;
            match begun.unwrap() {
                Begun::New(_, once) => once,
                Begun::Done(reply) => panic!("{reply:?}"),
            }
        };
        let form = key_form("Script", KeyScope::Read, None, None);
        let once = begin("POST /api-keys").await;
        let api_key = accounts.create_api_key(&ada, form, Some(once)).await;
        let once = begin("POST /organization/invitations").await;
        let invitation = accounts.invite(&admin, Role::User, Some(once)).await;
        (api_key.map(|(key, _)| key.id), invitation.map(drop))
    };
    let (first, invited) = make("k1").await;
    let first = first.unwrap();
    invited.unwrap();
    // The server died before it said how it went, and the key is free again.
    world.clock.advance(TimeDelta::minutes(16));
    let again = make("k1").await;
    assert!(matches!(
        again,
        (Err(Error::Conflict(_)), Err(Error::Conflict(_)))
    ));
    assert_eq!(accounts.api_keys(&ada).await.unwrap().len(), 1);
    assert_eq!(accounts.invitations(&admin).await.unwrap().len(), 1);
    // After a day it means something else.
    world.clock.advance(TimeDelta::hours(24));
    let (later, invited) = make("k1").await;
    assert_ne!(later.unwrap(), first);
    invited.unwrap();
}

async fn a_program_logs_in_and_renews_its_tokens(world: World) {
    let services = world.idle().await;
    let form = SignUp {
        organization_name: Some("Analytical Engines".to_owned()),
        ..sign_up("Ada", "ada@example.org", None)
    };
    let granted = services.accounts.register(&client(), form).await.unwrap();
    assert_eq!(granted.lifetime, TimeDelta::hours(1));
    let ada = by(&services, granted.access_token.expose()).await.unwrap();
    assert_eq!(ada.user(), &granted.user);
    assert_eq!(services.accounts.sessions(&ada).await.unwrap().len(), 1);
    // A refresh token opens nothing by itself.
    assert!(refused(by(&services, granted.refresh_token.expose()).await));

    world.clock.advance(TimeDelta::hours(1));
    assert!(refused(by(&services, granted.access_token.expose()).await));
    let next = services
        .accounts
        .refresh(&client(), granted.refresh_token.expose())
        .await
        .unwrap();
    let ada = by(&services, next.access_token.expose()).await.unwrap();
    assert_eq!(services.accounts.sessions(&ada).await.unwrap().len(), 1);

    services.accounts.log_out(&ada).await.unwrap();
    assert!(refused(by(&services, next.access_token.expose()).await));
    assert!(refused(
        services
            .accounts
            .refresh(&client(), next.refresh_token.expose())
            .await
    ));
}

async fn a_copied_refresh_token_ends_the_log_in(world: World) {
    let services = world.idle().await;
    let ada = ada(&services).await;
    let granted = log_in(&services).await;
    let other = log_in(&services).await;
    let refresh = async |token: &Granted| {
        services
            .accounts
            .refresh(&client(), token.refresh_token.expose())
            .await
    };
    let next = refresh(&granted).await.unwrap();
    assert!(refused(refresh(&granted).await));
    assert!(refused(refresh(&next).await));
    assert!(refused(by(&services, next.access_token.expose()).await));
    // Only that one.
    assert!(refresh(&other).await.is_ok());
    assert_eq!(services.accounts.sessions(&ada).await.unwrap().len(), 2);
}

async fn a_role_counts_at_once(world: World) {
    let services = world.idle().await;
    let ada = ada(&services).await;
    let bob = invited(&services, &ada, "Bob", Role::Admin).await;
    let granted = services
        .accounts
        .log_in_program(&client(), "bob@example.org".into(), PASSWORD.into())
        .await
        .unwrap();
    let bob_now = async || by(&services, granted.access_token.expose()).await;
    assert!(Admin::try_from(bob_now().await.unwrap()).is_ok());
    // The token still says admin.
    let admin = Admin::try_from(ada.clone()).unwrap();
    let accounts = &services.accounts;
    let change = accounts.change_role(&admin, bob.user.id, Role::Viewer);
    change.await.unwrap();
    let member = bob_now().await.unwrap();
    assert!(forbidden(Admin::try_from(member.clone())));
    assert!(forbidden(
        services
            .runs
            .start(&member, query("How?"), Source::Api)
            .await
    ));
    // What another process does shows within a second.
    let store = world.store().await;
    store.delete_account(bob.user.id).await.unwrap();
    world.clock.advance(TimeDelta::milliseconds(999));
    assert!(bob_now().await.is_ok());
    world.clock.advance(TimeDelta::milliseconds(1));
    assert!(refused(bob_now().await));
}

async fn keys_are_shown_once_and_do_what_their_scope_says(world: World) {
    let services = world.idle().await;
    let ada = ada(&services).await;
    let accounts = &services.accounts;
    let create = async |scope| {
        world.clock.advance(TimeDelta::seconds(1));
        accounts
            .create_api_key(&ada, key_form(" Script ", scope, None, None), None)
            .await
            .unwrap()
    };
    let (reads, reading) = create(KeyScope::Read).await;
    let (writes, writing) = create(KeyScope::Write).await;
    assert!(reading.expose().starts_with("ovm_") && reading.expose().ends_with(&reads.last_four));
    assert_eq!(reads.name.as_str(), "Script");
    assert_eq!(
        accounts.api_keys(&ada).await.unwrap(),
        [writes.clone(), reads.clone()]
    );

    let reader = by(&services, reading.expose()).await.unwrap();
    let writer = by(&services, writing.expose()).await.unwrap();
    assert_eq!(accounts.api_keys(&reader).await.unwrap().len(), 2);
    assert!(
        services
            .conversations
            .list(&reader, listing(None, 10))
            .await
            .is_ok()
    );
    assert!(forbidden(
        services
            .runs
            .start(&reader, query("How?"), Source::Api)
            .await
    ));
    assert!(matches!(
        services
            .runs
            .start(&writer, query("How?"), Source::Api)
            .await,
        Err(Error::NoModel)
    ));
    let admin = Admin::try_from(reader.clone()).unwrap();
    assert!(forbidden(accounts.invite(&admin, Role::User, None).await));
    for key in [&reader, &writer] {
        assert!(forbidden(accounts.delete(key, PASSWORD.into()).await));
        assert!(forbidden(
            accounts
                .change_password(key, PASSWORD.into(), "another password".into())
                .await
        ));
        assert!(forbidden(accounts.log_out(key).await));
        assert!(forbidden(accounts.revoke_api_key(key, reads.id).await));
        let another =
            accounts.create_api_key(key, key_form("More", KeyScope::Write, None, None), None);
        assert!(forbidden(another.await));
    }

    let used = accounts.api_keys(&ada).await.unwrap();
    assert!(used.iter().all(|key| key.last_used_at.is_some()));
    let bob = invited(&services, &ada, "Bob", Role::User).await;
    let bob = crate::world::member(&services, &bob).await;
    assert!(matches!(
        accounts.revoke_api_key(&bob, reads.id).await,
        Err(Error::NotFound(_))
    ));
    accounts.revoke_api_key(&ada, reads.id).await.unwrap();
    assert!(refused(by(&services, reading.expose()).await));
    assert!(by(&services, writing.expose()).await.is_ok());
    assert!(refused(by(&services, "ovm_guess").await));
}

async fn keys_expire_and_have_limits(world: World) {
    let services = world.idle().await;
    let ada = ada(&services).await;
    let create = async |name: &str, days| {
        services
            .accounts
            .create_api_key(&ada, key_form(name, KeyScope::Read, days, None), None)
            .await
    };
    for (name, days) in [
        ("", None),
        ("a\nb", None),
        ("Script", Some(0)),
        ("Script", Some(3651)),
    ] {
        assert!(matches!(
            create(name, days).await,
            Err(Error::Invalid { .. })
        ));
    }
    let (key, token) = create("Script", Some(2)).await.unwrap();
    assert_eq!(key.expires_at.unwrap() - key.created_at, TimeDelta::days(2));
    world
        .clock
        .advance(TimeDelta::days(2) - TimeDelta::seconds(1));
    assert!(by(&services, token.expose()).await.is_ok());
    world.clock.advance(TimeDelta::seconds(1));
    assert!(refused(by(&services, token.expose()).await));
    for _ in 1..100 {
        create("Script", None).await.unwrap();
    }
    assert!(matches!(
        create("Script", None).await,
        Err(Error::Conflict(_))
    ));
}

async fn a_ticket_opens_one_socket_soon(world: World) {
    let services = world.idle().await;
    let ada = ada(&services).await;
    let accounts = &services.accounts;
    let created =
        accounts.create_api_key(&ada, key_form("Script", KeyScope::Read, None, None), None);
    let (key, token) = created.await.unwrap();
    let reader = by(&services, token.expose()).await.unwrap();
    for member in [&ada, &reader] {
        let ticket = accounts.socket_ticket(member).await.unwrap();
        assert!(refused(by(&services, ticket.expose()).await));
        let found = accounts.by_ticket(ticket.expose()).await.unwrap();
        assert_eq!(found.session_id(), member.session_id());
        assert!(refused(accounts.by_ticket(ticket.expose()).await));
        let late = accounts.socket_ticket(member).await.unwrap();
        world.clock.advance(TimeDelta::seconds(30));
        assert!(refused(accounts.by_ticket(late.expose()).await));
    }
    let ticket = accounts.socket_ticket(&reader).await.unwrap();
    accounts.revoke_api_key(&ada, key.id).await.unwrap();
    assert!(refused(accounts.by_ticket(ticket.expose()).await));
    assert!(refused(accounts.again(&reader).await));
    assert!(accounts.again(&ada).await.is_ok());
}

async fn requests_are_counted_for_each_person(world: World) {
    let services = world.idle().await;
    let ada = ada(&services).await;
    let bob = invited(&services, &ada, "Bob", Role::User).await;
    let bob = crate::world::member(&services, &bob).await;
    for left in [2, 1, 0] {
        assert_eq!(services.limits.request(&ada).await.unwrap().remaining, left);
    }
    let refused = services.limits.request(&ada).await;
    assert!(matches!(
        refused,
        Err(Error::RateLimited {
            limit: 3,
            retry_after: 60
        })
    ));
    assert!(services.limits.request(&bob).await.is_ok());
    world.clock.advance(TimeDelta::minutes(1));
    assert!(services.limits.request(&ada).await.is_ok());
}

async fn organizations_and_keys_have_limits_of_their_own(world: World) {
    let services = world.idle().await;
    let ada = ada(&services).await;
    let limit = async |limit| {
        let form = OrganizationForm {
            requests_per_minute: Some(limit),
            ..OrganizationForm::default()
        };
        let admin = Admin::try_from(ada.clone()).unwrap();
        let changed = services.accounts.change_organization(&admin, form).await;
        changed.unwrap();
        world.clock.advance(TimeDelta::minutes(1));
    };
    limit(Some(5)).await;
    let key = |own| {
        let accounts = &services.accounts;
        accounts.create_api_key(&ada, key_form("Script", KeyScope::Read, None, own), None)
    };
    let (_, small) = key(Some(2)).await.unwrap();
    let (_, free) = key(None).await.unwrap();
    let small = by(&services, small.expose()).await.unwrap();
    let free = by(&services, free.expose()).await.unwrap();
    let left = async |member| {
        let allowed = services.limits.request(member).await;
        allowed
            .ok()
            .map(|allowed| (allowed.limit, allowed.remaining))
    };
    assert_eq!(left(&small).await, Some((2, 1)));
    assert_eq!(left(&small).await, Some((2, 0)));
    assert_eq!(left(&small).await, None, "its own share is used up");
    assert_eq!(left(&free).await, Some((5, 2)), "its owner's is not");
    assert_eq!(left(&ada).await, Some((5, 1)));
    limit(None).await;
    assert_eq!(left(&ada).await, Some((3, 2)), "the server's again");
    for rate in [0, 1_000_001] {
        assert!(matches!(key(Some(rate)).await, Err(Error::Invalid { .. })));
    }
}
