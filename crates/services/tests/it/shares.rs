//! Shares: what the holder of a link sees, how long, and that it is nothing else.

use crate::stories;
use crate::world::{World, ada, client, finished, invited, member, passing, query};
use chrono::TimeDelta;
use domain::wire::Query;
use domain::{ConversationId, Role, Run, ShareMode, SharedView, Source};
use provider_mock::Mock;
use services::{Error, Member, Part, Services, ShareForm};

stories!(
    a_branch_is_shared_as_it_was,
    one_answer_tells_nothing_of_the_others,
    a_link_ends,
    a_conversation_without_an_answer,
);

async fn asked(
    world: &World,
    services: &Services,
    who: &Member,
    text: &str,
    at: Option<ConversationId>,
) -> Run {
    world.clock.advance(TimeDelta::seconds(1));
    let query = Query {
        conversation_id: at,
        ..query(text)
    };
    let run = services.runs.start(who, query, Source::Browser).await;
    finished(services, who, &run.unwrap()).await
}

fn of(run: &Run) -> ShareForm {
    ShareForm {
        conversation_id: run.conversation_id,
        answer_id: None,
        mode: ShareMode::Answer,
        days: 7,
    }
}

/// The secret at the end of the link.
async fn shared(services: &Services, who: &Member, form: ShareForm) -> String {
    let (_, link) = services.shares.create(who, form).await.unwrap();
    let secret = link.strip_prefix("https://overmind.example.org/shared/");
    secret.unwrap().to_owned()
}

async fn read(services: &Services, token: &str) -> SharedView {
    services.shares.read(&client(), token).await.unwrap()
}

async fn is_gone(services: &Services, token: &str) -> bool {
    let read = services.shares.read(&client(), token).await;
    matches!(read, Err(Error::NotFound(_)))
}

fn questions(view: &SharedView) -> Vec<&str> {
    let turns = view.turns.iter();
    turns.map(|turn| turn.question.as_str()).collect()
}

async fn a_branch_is_shared_as_it_was(world: World) {
    let mock = Mock::start(passing()).await.unwrap();
    let services = world.serving(&mock).await;
    let ada = ada(&services).await;
    let first = asked(&world, &services, &ada, "First?", None).await;
    let id = first.conversation_id;
    let second = asked(&world, &services, &ada, "Second?", Some(id)).await;
    let plain = shared(&services, &ada, of(&first)).await;
    let whole = ShareForm {
        mode: ShareMode::Deliberation,
        ..of(&first)
    };
    let whole = shared(&services, &ada, whole).await;

    // What comes later is not in it: another question, another branch, another title.
    asked(&world, &services, &ada, "Third?", Some(id)).await;
    let runs = &services.runs;
    let edit = runs.edit(&ada, second.question_id, "Other?".into(), None, None);
    finished(&services, &ada, &edit.await.unwrap()).await;
    let renamed = services::ConversationForm {
        title: Some("Secret plans".into()),
        ..services::ConversationForm::default()
    };
    let conversations = &services.conversations;
    conversations.change(&ada, id, renamed).await.unwrap();

    let view = read(&services, &plain).await;
    assert_eq!(questions(&view), ["First?", "Second?"]);
    assert_eq!(view.title.as_str(), "First?");
    for turn in &view.turns {
        let answer = turn.answer.as_ref().unwrap();
        assert!(answer.html.is_some() && answer.score.is_some());
        assert_eq!(turn.transcript, None, "nothing beyond the mode");
    }
    let told = serde_json::to_string(&view).unwrap();
    for hidden in ["test-model", "contributions", "ada@", "Ada"] {
        assert!(!told.contains(hidden), "{hidden} in {told}");
    }

    let view = read(&services, &whole).await;
    assert_eq!(questions(&view), ["First?", "Second?"]);
    for turn in &view.turns {
        let transcript = turn.transcript.as_ref().unwrap();
        assert!(!transcript.contributions.is_empty());
        assert_eq!(transcript.observation, None);
    }
}

async fn one_answer_tells_nothing_of_the_others(world: World) {
    let mock = Mock::start(passing()).await.unwrap();
    let services = world.serving(&mock).await;
    let ada = ada(&services).await;
    let first = asked(&world, &services, &ada, "First?", None).await;
    let second = asked(
        &world,
        &services,
        &ada,
        "Second?",
        Some(first.conversation_id),
    )
    .await;
    for mode in ShareMode::ALL {
        let form = ShareForm {
            answer_id: Some(second.answer_id),
            mode,
            ..of(&first)
        };
        let view = read(&services, &shared(&services, &ada, form).await).await;
        assert_eq!(questions(&view), ["Second?"]);
        assert_eq!(view.title.as_str(), "Second?");
        assert!(!serde_json::to_string(&view).unwrap().contains("First?"));
    }
    // A question is no answer, and an answer elsewhere is none of this conversation.
    let other = asked(&world, &services, &ada, "Elsewhere?", None).await;
    for id in [second.question_id, other.answer_id] {
        let form = ShareForm {
            answer_id: Some(id),
            ..of(&first)
        };
        let refused = services.shares.create(&ada, form).await;
        assert!(matches!(refused, Err(Error::NotFound("answer"))));
    }
}

async fn a_link_ends(world: World) {
    let mock = Mock::start(passing()).await.unwrap();
    let services = world.serving(&mock).await;
    let ada = ada(&services).await;
    let run = asked(&world, &services, &ada, "First?", None).await;
    let shares = &services.shares;
    let list = async |who: &Member| shares.list(who, &Part::default()).await.unwrap().items;

    for days in [0, 366] {
        let form = ShareForm { days, ..of(&run) };
        let refused = shares.create(&ada, form).await;
        assert!(matches!(refused, Err(Error::Invalid { field: "days", .. })));
    }
    let for_a_day = ShareForm {
        days: 1,
        ..of(&run)
    };
    let for_a_day = shared(&services, &ada, for_a_day).await;
    let for_a_week = shared(&services, &ada, of(&run)).await;
    assert!(is_gone(&services, "none").await);
    assert!(!is_gone(&services, &for_a_day).await);
    world.clock.advance(TimeDelta::days(1));
    assert!(is_gone(&services, &for_a_day).await, "it has expired");
    let open = list(&ada).await;
    assert_eq!(open.len(), 1, "only those that work");
    let of_it = shares.of_conversation(&ada, run.conversation_id).await;
    assert_eq!(of_it.unwrap(), open);

    // Nobody else sees, makes or ends it, an admin neither.
    for role in [Role::Viewer, Role::User, Role::Admin] {
        let name = format!("Bob{role}");
        let bob = invited(&services, &ada, &name, role).await;
        let bob = member(&services, &bob).await;
        assert!(list(&bob).await.is_empty());
        let revoked = shares.revoke(&bob, open[0].id).await;
        assert!(matches!(revoked, Err(Error::NotFound("share"))));
        let made = shares.create(&bob, of(&run)).await;
        assert!(matches!(
            made,
            Err(Error::NotFound(_) | Error::Forbidden(_))
        ));
        let listed = shares.of_conversation(&bob, run.conversation_id).await;
        assert!(matches!(listed, Err(Error::NotFound("conversation"))));
    }
    assert!(!is_gone(&services, &for_a_week).await);
    shares.revoke(&ada, open[0].id).await.unwrap();
    assert!(is_gone(&services, &for_a_week).await, "it was taken back");
    assert!(shares.revoke(&ada, open[0].id).await.is_err());

    let last = shared(&services, &ada, of(&run)).await;
    let conversations = &services.conversations;
    conversations
        .delete(&ada, run.conversation_id)
        .await
        .unwrap();
    assert!(is_gone(&services, &last).await, "it went with its subject");
    assert!(list(&ada).await.is_empty());
}

async fn a_conversation_without_an_answer(world: World) {
    let mock = Mock::start(passing()).await.unwrap();
    // Nobody works on it.
    let services = world.serving_slots(&mock, 0).await;
    let ada = ada(&services).await;
    let run = services
        .runs
        .start(&ada, query("First?"), Source::Browser)
        .await
        .unwrap();
    let refused = services.shares.create(&ada, of(&run)).await;
    assert!(matches!(refused, Err(Error::Conflict(_))));
    let form = ShareForm {
        answer_id: Some(run.answer_id),
        ..of(&run)
    };
    let refused = services.shares.create(&ada, form).await;
    assert!(matches!(refused, Err(Error::NotFound("answer"))));
}
