//! Connections to providers: whose they are, which runs use them, and what is kept of a key.

use crate::stories;
use crate::world::{
    Setup, World, ada, finished, invited, log_in, master_key, member, on, passing, query, watch,
};
use domain::event::EventData;
use domain::{Connection, ConnectionForm, ProviderKind, Role, RunStatus, Source};
use engine::llm::LlmErrorKind;
use provider_mock::{Answer, Mock, Script};
use services::{
    Admin, ConnectionChange, ConnectionTexts, Error, MasterKey, MasterKeyError, Member, Services,
    check_master_key, rotate_master_key,
};

stories!(
    a_connection_is_its_organizations,
    a_resumed_run_asks_its_organizations_provider,
    a_key_is_kept_encrypted_and_never_shown,
    what_cannot_be_connected_is_refused,
    a_new_address_needs_the_key_again,
    name_and_terms_change_and_the_key_stays,
    a_test_speaks_with_the_providers_own_words,
    the_master_key_changes,
);

const KEY: &str = "sk-right-0123456789";

fn keyed(script: Script) -> Script {
    Script {
        key: Some(KEY.to_owned()),
        ..script
    }
}

fn admin(member: &Member) -> Admin {
    Admin::try_from(member.clone()).unwrap()
}

fn lab(mock: &Mock, api_key: &str) -> ConnectionForm {
    ConnectionForm {
        name: "lab".to_owned(),
        base_url: mock.base_url(),
        default_model: "own-model".to_owned(),
        api_key: api_key.to_owned(),
    }
}

async fn connect(services: &Services, member: &Member, form: ConnectionForm) -> Connection {
    let connections = &services.connections;
    let admin = admin(member);
    let made = connections.create(&admin, ProviderKind::Compatible, form);
    made.await.unwrap()
}

/// The admin of another organization.
async fn eve(services: &Services) -> Member {
    let accounts = &services.accounts;
    let added = accounts.add_organization(
        "Others".to_owned(),
        "Eve".to_owned(),
        "eve@example.net".to_owned(),
        crate::world::PASSWORD.to_owned(),
    );
    added.await.unwrap();
    let client = crate::world::client();
    let opened = accounts.log_in(
        &client,
        "eve@example.net".into(),
        crate::world::PASSWORD.into(),
    );
    member(services, &opened.await.unwrap()).await
}

async fn asked(services: &Services, member: &Member) -> domain::Run {
    let run = services.runs.start(member, query("How?"), Source::Browser);
    finished(services, member, &run.await.unwrap()).await
}

async fn a_connection_is_its_organizations(world: World) {
    let (shared, own) = (
        Mock::start(passing()).await.unwrap(),
        Mock::start(keyed(passing())).await.unwrap(),
    );
    let services = world
        .start(Setup {
            mock: Some(&shared),
            slots: 4,
            master_key: true,
            ..Setup::default()
        })
        .await;
    let ada = ada(&services).await;
    let eve = eve(&services).await;
    let made = connect(&services, &ada, lab(&own, KEY)).await;

    let run = asked(&services, &ada).await;
    assert_eq!(run.status, RunStatus::Completed);
    assert!(
        shared.calls().is_empty(),
        "nothing goes to the process's provider"
    );
    assert!(
        own.calls()
            .iter()
            .all(|call| call.has_key && call.model == "own-model")
    );
    let calls = own.calls().len();
    assert!(calls > 0);

    // Who belongs to another organization neither sees it nor asks with it.
    assert!(
        services
            .connections
            .list(&admin(&eve))
            .await
            .unwrap()
            .is_empty()
    );
    let theirs = services.connections.test(&admin(&eve), made.id).await;
    assert!(matches!(theirs, Err(Error::NotFound(_))));
    let theirs = services.connections.delete(&admin(&eve), made.id).await;
    assert!(matches!(theirs, Err(Error::NotFound(_))));
    let theirs = ConnectionChange {
        default_model: Some("x".to_owned()),
        ..ConnectionChange::default()
    };
    let theirs = services
        .connections
        .change(&admin(&eve), made.id, theirs)
        .await;
    assert!(matches!(theirs, Err(Error::NotFound(_))));
    assert_eq!(asked(&services, &eve).await.status, RunStatus::Completed);
    assert_eq!(own.calls().len(), calls);
    let named = domain::wire::Query {
        options: domain::wire::QueryOptions {
            model: Some("lab/own-model".parse().unwrap()),
            ..Default::default()
        },
        ..query("How?")
    };
    let run = services
        .runs
        .start(&eve, named, Source::Browser)
        .await
        .unwrap();
    let run = finished(&services, &eve, &run).await;
    assert_eq!(
        run.status,
        RunStatus::Failed,
        "there is no such connection for them"
    );
    assert_eq!(own.calls().len(), calls);

    // An agent is tried out with it, too.
    let practical = domain::AgentId::from("practical");
    let trying = admin(&ada);
    let tried = services
        .agents
        .test(&trying, &practical, None, "How?".to_owned());
    tried.await.unwrap();
    assert_eq!(own.calls().len(), calls + 1);

    services
        .connections
        .delete(&admin(&ada), made.id)
        .await
        .unwrap();
    let before = (shared.calls().len(), own.calls().len());
    assert_eq!(asked(&services, &ada).await.status, RunStatus::Completed);
    assert!(shared.calls().len() > before.0);
    assert_eq!(own.calls().len(), before.1, "what is removed is not used");
}

async fn a_resumed_run_asks_its_organizations_provider(world: World) {
    let own = Mock::start(keyed(passing())).await.unwrap();
    let waiting = world
        .start(Setup {
            master_key: true,
            ..Setup::default()
        })
        .await;
    let ada = ada(&waiting).await;
    connect(&waiting, &ada, lab(&own, KEY)).await;
    // This process works on nothing: another one has to know the connection by itself.
    let run = waiting.runs.start(&ada, query("How?"), Source::Browser);
    let run = run.await.unwrap();
    waiting.stop(std::time::Duration::ZERO).await;
    let working = world
        .start(Setup {
            slots: 4,
            master_key: true,
            ..Setup::default()
        })
        .await;
    let ada = log_in(&working).await;
    let run = finished(&working, &ada, &run).await;
    assert_eq!(run.status, RunStatus::Completed);
    assert!(own.calls().iter().all(|call| call.has_key));
    working.stop(std::time::Duration::ZERO).await;

    // Without the key to the keys a run ends with a reason, instead of waiting for ever.
    let waiting = world
        .start(Setup {
            master_key: true,
            ..Setup::default()
        })
        .await;
    let ada = log_in(&waiting).await;
    let run = waiting.runs.start(&ada, query("How?"), Source::Browser);
    let run = run.await.unwrap();
    waiting.stop(std::time::Duration::ZERO).await;
    // Where there are several processes, it waits for one that has what this one lacks.
    world.clock.advance(chrono::TimeDelta::minutes(10));
    let keyless = world
        .start(Setup {
            slots: 4,
            ..Setup::default()
        })
        .await;
    let ada = log_in(&keyless).await;
    let events = watch(&keyless, &ada, run.id).await;
    let last = &events.last().unwrap().data;
    assert!(
        matches!(last, EventData::Error { code, .. } if code == "connections_unusable"),
        "{last:?}"
    );
}

async fn a_key_is_kept_encrypted_and_never_shown(world: World) {
    let own = Mock::start(keyed(passing())).await.unwrap();
    let services = world
        .start(Setup {
            master_key: true,
            ..Setup::default()
        })
        .await;
    let ada = ada(&services).await;
    let made = connect(&services, &ada, lab(&own, KEY)).await;
    assert_eq!(made.last_four.as_deref(), Some("6789"));
    let shown = serde_json::to_string(&services.connections.list(&admin(&ada)).await.unwrap());
    assert!(!shown.unwrap().contains("right"));
    let store = world.store().await;
    let stored = store.connections(ada.user().organization_id).await.unwrap();
    let sealed = stored[0].sealed_key.as_ref().unwrap();
    let clear = sealed.windows(8).any(|part| part == &KEY.as_bytes()[..8]);
    assert!(!clear);
}

async fn what_cannot_be_connected_is_refused(world: World) {
    let mock = Mock::start(passing()).await.unwrap();
    let services = world
        .start(Setup {
            master_key: true,
            ..Setup::default()
        })
        .await;
    let ada = ada(&services).await;
    connect(&services, &ada, lab(&mock, "")).await;
    let create = async |form| {
        let connections = &services.connections;
        let admin = admin(&ada);
        let made = connections.create(&admin, ProviderKind::Compatible, form);
        made.await.map(|_| ())
    };
    let field = |refused: Result<(), Error>| match refused {
        Err(Error::Invalid { field, .. }) => field,
        other => panic!("{other:?}"),
    };
    assert_eq!(field(create(lab(&mock, "")).await), "name");
    let metadata = ConnectionForm {
        name: "metadata".to_owned(),
        base_url: "http://169.254.169.254/".to_owned(),
        ..lab(&mock, "")
    };
    assert_eq!(field(create(metadata).await), "base_url");

    let opened = invited(&services, &ada, "Bob", Role::User).await;
    let bob = member(&services, &opened).await;
    assert!(Admin::try_from(bob).is_err());

    // Nothing is kept in clear where there is no master key.
    let keyless = world.idle().await;
    let ada = log_in(&keyless).await;
    let form = ConnectionForm {
        name: "second".to_owned(),
        ..lab(&mock, KEY)
    };
    let connections = &keyless.connections;
    let admin = admin(&ada);
    let refused = connections.create(&admin, ProviderKind::Compatible, form);
    assert!(matches!(refused.await, Err(Error::Conflict(_))));
    assert_eq!(connections.list(&admin).await.unwrap().len(), 1);
}

async fn a_new_address_needs_the_key_again(world: World) {
    let (mock, elsewhere) = (
        Mock::start(keyed(passing())).await.unwrap(),
        Mock::start(passing()).await.unwrap(),
    );
    let services = world
        .start(Setup {
            master_key: true,
            ..Setup::default()
        })
        .await;
    let ada = ada(&services).await;
    let made = connect(&services, &ada, lab(&mock, KEY)).await;
    let change = async |change| {
        services
            .connections
            .change(&admin(&ada), made.id, change)
            .await
    };
    let moved = || ConnectionChange {
        base_url: Some(elsewhere.base_url()),
        ..ConnectionChange::default()
    };
    let refused = change(moved()).await;
    assert!(matches!(
        refused,
        Err(Error::Invalid {
            field: "api_key",
            ..
        })
    ));
    let model = ConnectionChange {
        default_model: Some("another".to_owned()),
        ..ConnectionChange::default()
    };
    let changed = change(model).await.unwrap();
    assert_eq!(changed.default_model.as_deref(), Some("another"));
    assert_eq!(changed.last_four.as_deref(), Some("6789"));
    let tested = services
        .connections
        .test(&admin(&ada), made.id)
        .await
        .unwrap();
    assert_eq!(tested.model, "lab/another");
    let with_key = ConnectionChange {
        api_key: Some("sk-other-43210".to_owned()),
        ..moved()
    };
    let changed = change(with_key).await.unwrap();
    assert_eq!(changed.last_four.as_deref(), Some("3210"));
    services
        .connections
        .test(&admin(&ada), made.id)
        .await
        .unwrap();
    assert_eq!(elsewhere.calls().len(), 1);
}

async fn name_and_terms_change_and_the_key_stays(world: World) {
    let own = Mock::start(keyed(passing())).await.unwrap();
    let services = world
        .start(Setup {
            slots: 4,
            master_key: true,
            ..Setup::default()
        })
        .await;
    let ada = ada(&services).await;
    let made = connect(&services, &ada, lab(&own, KEY)).await;
    let other = ConnectionForm {
        name: "other".to_owned(),
        ..lab(&own, KEY)
    };
    let other = connect(&services, &ada, other).await;
    let admin = admin(&ada);
    let connections = &services.connections;
    connections.delete(&admin, other.id).await.unwrap();
    connections.test(&admin, made.id).await.unwrap();
    let texts = |name: &str, prices: &str, calls: &str| ConnectionTexts {
        name: name.to_owned(),
        base_url: own.base_url(),
        default_model: "own-model".to_owned(),
        api_key: " ".to_owned(),
        prices: prices.to_owned(),
        requests_per_minute: "600".to_owned(),
        concurrent_calls: calls.to_owned(),
    };
    for (texts, field) in [
        (texts("openai", "", ""), "name"),
        (texts("", "", ""), "name"),
        (texts("garage", "own-model", ""), "prices"),
        (texts("garage", "", "none"), "concurrent_calls"),
    ] {
        match connections.save(&admin, made.id, texts).await {
            Err(Error::Invalid { field: told, .. }) => assert_eq!(told, field),
            other => panic!("{field}: {:?}", other.err()),
        }
    }
    let saved = texts("garage", "garage/own-model 0.6 2.4", "3");
    let saved = connections.save(&admin, made.id, saved).await.unwrap();
    assert_eq!(saved.name.as_str(), "garage");
    assert_eq!(saved.terms.prices_as_text(), "own-model 0.6 2.4");
    assert_eq!(saved.terms.concurrent_calls, Some(3));
    assert_eq!(saved.last_four, made.last_four);
    assert_eq!(saved.models, ["own-model"], "it is still the same place");
    assert_eq!(connections.get(&admin, made.id).await.unwrap(), saved);

    let before = own.calls().len();
    let run = asked(&services, &ada).await;
    assert_eq!(run.status, RunStatus::Completed);
    assert!(own.calls().len() > before, "with the key that was kept");

    let taken = connect(&services, &ada, lab(&own, KEY)).await;
    let change = ConnectionChange {
        name: Some("garage".to_owned()),
        ..ConnectionChange::default()
    };
    let refused = connections.change(&admin, taken.id, change).await;
    assert!(matches!(refused, Err(Error::Invalid { field: "name", .. })));
}

async fn a_test_speaks_with_the_providers_own_words(world: World) {
    let mock = Mock::start(keyed(passing())).await.unwrap();
    let services = world
        .start(Setup {
            master_key: true,
            ..Setup::default()
        })
        .await;
    let ada = ada(&services).await;
    let made = connect(&services, &ada, lab(&mock, "sk-wrong-0123456789")).await;
    let refused = services.connections.test(&admin(&ada), made.id).await;
    let Err(Error::Provider { code, message }) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(code, LlmErrorKind::Unauthorized.code());
    assert!(message.contains("Incorrect API key"), "{message}");
    assert!(!message.contains("wrong"), "{message}");
    let right = ConnectionChange {
        api_key: Some(KEY.to_owned()),
        ..ConnectionChange::default()
    };
    services
        .connections
        .change(&admin(&ada), made.id, right)
        .await
        .unwrap();
    services
        .connections
        .test(&admin(&ada), made.id)
        .await
        .unwrap();
    let listed = services.connections.list(&admin(&ada)).await.unwrap();
    assert_eq!(listed[0].models, ["own-model"]);
}

async fn the_master_key_changes(world: World) {
    let own = Mock::start(Script {
        rules: vec![on("observation", Answer::Generated {})],
        ..keyed(passing())
    });
    let own = own.await.unwrap();
    let services = world
        .start(Setup {
            master_key: true,
            ..Setup::default()
        })
        .await;
    let ada = ada(&services).await;
    let store = world.store().await;
    check_master_key(&store, None).await.unwrap();
    let made = connect(&services, &ada, lab(&own, KEY)).await;
    let missing = check_master_key(&store, None).await;
    assert!(matches!(missing, Err(MasterKeyError::Missing)));

    let new = MasterKey::read(&[8; 32]).unwrap();
    let wrong = rotate_master_key(&store, &new, &new).await;
    assert!(matches!(wrong, Err(MasterKeyError::Foreign(_))));
    check_master_key(&store, Some(&master_key())).await.unwrap();
    assert_eq!(
        rotate_master_key(&store, &master_key(), &new)
            .await
            .unwrap(),
        1
    );
    check_master_key(&store, Some(&new)).await.unwrap();
    let old = check_master_key(&store, Some(&master_key())).await;
    assert!(matches!(old, Err(MasterKeyError::Another)));
    // A process that still has the old one opens nothing.
    let refused = services.connections.test(&admin(&ada), made.id).await;
    assert!(matches!(refused, Err(Error::Conflict(_))));
    assert!(own.calls().is_empty());
}
