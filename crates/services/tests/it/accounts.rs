//! Signing up, logging in, sessions, passwords, invitations, leaving.

use crate::world::{PASSWORD, World, ada, client, invited, member};
use crate::{stories, world};
use chrono::TimeDelta;
use domain::{ApiError, Role};
use services::accounts::PreferencesForm;
use services::{Admin, Client, Error, Services, SignUp};

stories!(
    the_first_account_founds_and_the_rest_is_invited,
    invitations_work_once_and_not_for_ever,
    wrong_passwords_are_answered_alike_and_throttled,
    sessions_end,
    a_new_password_logs_the_other_browsers_out,
    leaving,
    one_address_guesses_so_often,
    what_is_typed_is_checked,
    preferences_are_checked_and_kept,
);

async fn sign_up(
    services: &Services,
    name: &str,
    email: &str,
    password: &str,
) -> Result<(), Error> {
    let form = SignUp {
        password: password.to_owned(),
        ..world::sign_up(name, email, None)
    };
    services.accounts.sign_up(&client(), form).await.map(drop)
}

async fn log_in(services: &Services, email: &str, password: &str) -> Result<(), Error> {
    services
        .accounts
        .log_in(&client(), email.into(), password.into())
        .await
        .map(drop)
}

fn code(error: Error) -> (String, Option<String>) {
    let ApiError { error } = error.into();
    (error.code, error.field)
}

async fn the_first_account_founds_and_the_rest_is_invited(world: World) {
    let services = world.idle().await;
    assert!(services.accounts.is_first().await.unwrap());
    let ada = ada(&services).await;
    assert_eq!(ada.user().role, Role::Admin);
    assert!(!services.accounts.is_first().await.unwrap());
    let refused = sign_up(&services, "Eve", "eve@example.org", PASSWORD).await;
    assert_eq!(code(refused.unwrap_err()).0, "forbidden");

    let bob = invited(&services, &ada, "Bob", Role::Viewer).await;
    assert_eq!(
        (bob.user.role, bob.user.organization_id),
        (Role::Viewer, ada.user().organization_id)
    );
    let bob = member(&services, &bob).await;
    assert!(matches!(Admin::try_from(bob), Err(Error::Forbidden(_))));

    // The operator needs no invitation.
    let carol = services
        .accounts
        .add(
            "Carol".into(),
            "carol@example.org".into(),
            PASSWORD.into(),
            Role::User,
        )
        .await
        .unwrap();
    assert_eq!(carol.organization_id, ada.user().organization_id);
    log_in(&services, "CAROL@example.org ", PASSWORD)
        .await
        .unwrap();

    let found = async |email: &str| {
        services
            .accounts
            .add_organization(
                "Orchard".into(),
                "Eve".into(),
                email.into(),
                PASSWORD.into(),
            )
            .await
    };
    let eve = found("eve@example.net").await.unwrap();
    assert_eq!(eve.role, Role::Admin);
    assert_ne!(eve.organization_id, ada.user().organization_id);
    let taken = found("carol@example.org").await.unwrap_err();
    assert_eq!(code(taken).1.as_deref(), Some("email"));
}

async fn invitations_work_once_and_not_for_ever(world: World) {
    let services = world.idle().await;
    let ada = Admin::try_from(ada(&services).await).unwrap();
    let accounts = &services.accounts;
    let token = |link: String| link.rsplit('/').next().unwrap().to_owned();
    let join = async |token: &str, name: &str| {
        let email = format!("{name}@example.org");
        let token = Some(token.to_owned());
        accounts
            .sign_up(&client(), world::sign_up(name, &email, token))
            .await
    };

    let link = accounts.invite(&ada, Role::User, None).await.unwrap();
    assert!(link.starts_with("https://overmind.example.org/invitation/"));
    let once = token(link);
    let (invitation, organization) = accounts.invitation(&once).await.unwrap();
    assert_eq!(
        (invitation.role, organization.name.as_str()),
        (Role::User, "Ada’s organization")
    );
    let twice = join(&once, "ada").await;
    assert_eq!(
        code(twice.unwrap_err()).1.as_deref(),
        Some("email"),
        "taken, and not used up"
    );
    join(&once, "bob").await.unwrap();
    assert_eq!(
        code(join(&once, "eve").await.unwrap_err()).1.as_deref(),
        Some("invitation")
    );
    assert!(accounts.invitation(&once).await.is_err());

    let late = token(accounts.invite(&ada, Role::User, None).await.unwrap());
    let revoked = token(accounts.invite(&ada, Role::User, None).await.unwrap());
    let open = accounts.invitations(&ada).await.unwrap();
    assert_eq!(open.len(), 2);
    let (known, _) = accounts.invitation(&revoked).await.unwrap();
    accounts.revoke_invitation(&ada, known.id).await.unwrap();
    assert!(accounts.revoke_invitation(&ada, known.id).await.is_err());
    assert!(join(&revoked, "eve").await.is_err());
    world.clock.advance(TimeDelta::days(7));
    assert!(join(&late, "eve").await.is_err());
    assert!(join("made up", "eve").await.is_err());
}

async fn wrong_passwords_are_answered_alike_and_throttled(world: World) {
    let services = world.idle().await;
    ada(&services).await;
    let wrong = log_in(&services, "ada@example.org", "wrong")
        .await
        .unwrap_err();
    let nobody = log_in(&services, "nobody@example.org", "wrong")
        .await
        .unwrap_err();
    let nonsense = log_in(&services, "nonsense", "wrong").await.unwrap_err();
    assert_eq!(ApiError::from(wrong), ApiError::from(nobody));
    assert_eq!(code(nonsense).0, "unauthorized");

    for _ in 0..9 {
        log_in(&services, "ada@example.org", "wrong")
            .await
            .unwrap_err();
    }
    let throttled = log_in(&services, "ada@example.org", PASSWORD)
        .await
        .unwrap_err();
    let ApiError { error } = throttled.into();
    assert_eq!(
        (error.code.as_str(), error.retry_after),
        ("rate_limited", Some(900))
    );
    world.clock.advance(TimeDelta::minutes(15));
    log_in(&services, "ada@example.org", PASSWORD)
        .await
        .unwrap();
}

async fn one_address_guesses_so_often(world: World) {
    let services = world.idle().await;
    ada(&services).await;
    let guess = async |client: &Client| {
        let refused = services.accounts.refresh(client, "ovr_guess").await;
        code(refused.unwrap_err()).0
    };
    let [here, elsewhere] = [[203, 0, 113, 7], [203, 0, 113, 8]].map(|address| Client {
        address: address.into(),
        ..client()
    });
    for _ in 0..300 {
        assert_eq!(guess(&here).await, "unauthorized");
    }
    assert_eq!(guess(&here).await, "rate_limited");
    assert_eq!(guess(&elsewhere).await, "unauthorized");
}

async fn sessions_end(world: World) {
    let services = world.idle().await;
    let ada = ada(&services).await;
    let accounts = &services.accounts;
    let open = async || {
        accounts
            .log_in(&client(), "ada@example.org".into(), PASSWORD.into())
            .await
            .unwrap()
    };
    let (phone, laptop, tablet) = (open().await, open().await, open().await);
    assert_eq!(accounts.sessions(&ada).await.unwrap().len(), 4);

    let on_phone = member(&services, &phone).await;
    accounts.log_out(&on_phone).await.unwrap();
    assert!(accounts.by_cookie(phone.token.expose()).await.is_err());
    let on_laptop = member(&services, &laptop).await;
    accounts
        .end_session(&ada, on_laptop.session_id().unwrap())
        .await
        .unwrap();
    assert!(
        accounts
            .end_session(&ada, on_laptop.session_id().unwrap())
            .await
            .is_err()
    );
    assert!(accounts.by_cookie(laptop.token.expose()).await.is_err());

    // Somebody else's session is not there.
    let bob = invited(&services, &ada, "Bob", Role::User).await;
    let bob = member(&services, &bob).await;
    let theirs = bob.session_id().unwrap();
    assert!(accounts.end_session(&ada, theirs).await.is_err());

    // Used within the time it goes on, unused it ends.
    world.clock.advance(TimeDelta::days(29));
    member(&services, &tablet).await;
    world.clock.advance(TimeDelta::days(29));
    member(&services, &tablet).await;
    world.clock.advance(TimeDelta::days(31));
    assert!(matches!(
        accounts.by_cookie(tablet.token.expose()).await,
        Err(Error::Unauthorized)
    ));
    assert!(accounts.by_cookie("").await.is_err());
}

async fn a_new_password_logs_the_other_browsers_out(world: World) {
    let services = world.idle().await;
    let ada = ada(&services).await;
    let accounts = &services.accounts;
    let other = accounts
        .log_in(&client(), "ada@example.org".into(), PASSWORD.into())
        .await
        .unwrap();
    let refused = accounts
        .change_password(&ada, "wrong".into(), "another password".into())
        .await;
    assert_eq!(code(refused.unwrap_err()).1.as_deref(), Some("current"));
    let refused = accounts
        .change_password(&ada, PASSWORD.into(), "short".into())
        .await;
    assert_eq!(code(refused.unwrap_err()).1.as_deref(), Some("password"));
    member(&services, &other).await;

    accounts
        .change_password(&ada, PASSWORD.into(), "another password".into())
        .await
        .unwrap();
    assert!(accounts.by_cookie(other.token.expose()).await.is_err());
    assert_eq!(accounts.sessions(&ada).await.unwrap().len(), 1);
    assert!(
        log_in(&services, "ada@example.org", PASSWORD)
            .await
            .is_err()
    );
    log_in(&services, "ada@example.org", "another password")
        .await
        .unwrap();
}

async fn leaving(world: World) {
    let services = world.idle().await;
    let ada = ada(&services).await;
    let bob = invited(&services, &ada, "Bob", Role::User).await;
    let bob = member(&services, &bob).await;
    let accounts = &services.accounts;
    assert!(accounts.delete(&bob, "wrong".into()).await.is_err());
    let refused = accounts.delete(&ada, PASSWORD.into()).await;
    assert_eq!(
        code(refused.unwrap_err()).0,
        "conflict",
        "others would be left without an admin"
    );
    accounts.delete(&bob, PASSWORD.into()).await.unwrap();
    assert!(
        log_in(&services, "bob@example.org", PASSWORD)
            .await
            .is_err()
    );
    accounts.delete(&ada, PASSWORD.into()).await.unwrap();
    assert!(
        accounts.is_first().await.unwrap(),
        "the organization went with its last member"
    );
}

async fn what_is_typed_is_checked(world: World) {
    let services = world.idle().await;
    for (name, email, password, field) in [
        ("", "ada@example.org", PASSWORD, "name"),
        ("Ada", "ada", PASSWORD, "email"),
        ("Ada", "ada@example.org", "1234567", "password"),
    ] {
        let refused = sign_up(&services, name, email, password).await.unwrap_err();
        assert_eq!(
            code(refused),
            ("invalid".to_owned(), Some(field.to_owned()))
        );
    }
    assert!(services.accounts.is_first().await.unwrap());
}

async fn preferences_are_checked_and_kept(world: World) {
    let services = world.idle().await;
    let ada = ada(&services).await;
    let accounts = &services.accounts;
    let form = PreferencesForm {
        default_model: " compatible/x ".into(),
        default_workflow: "quick".into(),
        quality_threshold: "8.5".into(),
        show_debug_info: true,
        theme: "dark".into(),
    };
    for (wrong, field) in [
        (
            PreferencesForm {
                default_model: "x".into(),
                ..form.clone()
            },
            "default_model",
        ),
        (
            PreferencesForm {
                default_workflow: "x".into(),
                ..form.clone()
            },
            "default_workflow",
        ),
        (
            PreferencesForm {
                quality_threshold: "x".into(),
                ..form.clone()
            },
            "quality_threshold",
        ),
        (
            PreferencesForm {
                quality_threshold: "11".into(),
                ..form.clone()
            },
            "quality_threshold",
        ),
        (
            PreferencesForm {
                theme: "x".into(),
                ..form.clone()
            },
            "theme",
        ),
    ] {
        let refused = accounts.save_preferences(&ada, wrong).await.unwrap_err();
        assert_eq!(code(refused).1.as_deref(), Some(field));
    }
    let kept = accounts.save_preferences(&ada, form).await.unwrap();
    let again = accounts
        .log_in(&client(), "ada@example.org".into(), PASSWORD.into())
        .await
        .unwrap();
    assert_eq!(again.user.preferences, kept);
    assert_eq!(kept.quality_threshold, Some(8.5));
    let first = services
        .workflows
        .offered(&member(&services, &again).await)
        .await
        .unwrap();
    assert_eq!(first[0].workflow.id.as_str(), "quick");
}
