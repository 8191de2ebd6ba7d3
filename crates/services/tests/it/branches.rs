//! Branches: questions in other words, other answers, and the way between them.

use crate::stories;
use crate::world::{World, ada, finished, invited, member, passing, query, stalling};
use chrono::TimeDelta;
use domain::wire::{Query, QueryOptions};
use domain::{
    Alternatives, ConversationId, ConversationView, Feedback, MessageId, Rating, Role, Run, Source,
};
use provider_mock::Mock;
use services::{Error, Member, Services};

stories!(
    every_branch_stays_within_reach,
    a_stopped_run_is_a_branch_too,
    nobody_elses_branch_is_shown,
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

async fn again(services: &Services, who: &Member, question: MessageId) -> Run {
    let options = QueryOptions::default();
    let runs = &services.runs;
    let run = runs.regenerate(who, question, None, options, None).await;
    run.unwrap()
}

async fn view(services: &Services, who: &Member, id: ConversationId) -> ConversationView {
    services.conversations.view(who, id).await.unwrap()
}

fn questions(view: &ConversationView) -> Vec<&str> {
    let turns = view.turns.iter();
    turns.map(|turn| turn.question.content.as_str()).collect()
}

fn places(it: Option<Alternatives>) -> Option<(u32, u32)> {
    it.map(|it| (it.place, it.of))
}

async fn every_branch_stays_within_reach(world: World) {
    let mock = Mock::start(passing()).await.unwrap();
    let services = world.serving(&mock).await;
    let ada = ada(&services).await;
    let show = async |id| services.conversations.show(&ada, id).await.unwrap();

    let first = asked(&world, &services, &ada, "First?", None).await;
    let id = first.conversation_id;
    let second = asked(&world, &services, &ada, "Second?", Some(id)).await;
    world.clock.advance(TimeDelta::seconds(1));
    let other = services
        .runs
        .edit(
            &ada,
            second.question_id,
            "Second, in other words?".into(),
            None,
            None,
        )
        .await
        .unwrap();
    let other = finished(&services, &ada, &other).await;
    let shown = view(&services, &ada, id).await;
    assert_eq!(questions(&shown), ["First?", "Second, in other words?"]);
    assert_eq!(shown.turns[0].questions, None);
    let beside = shown.turns[1].questions.unwrap();
    assert_eq!((beside.place, beside.of, beside.after), (2, 2, None));
    assert_eq!(beside.before, Some(second.question_id));
    assert_eq!(shown.turns[1].answers, None);

    let leaf = show(second.question_id).await.active_leaf_id;
    assert_eq!(leaf, Some(second.answer_id), "to the end of the branch");
    let shown = view(&services, &ada, id).await;
    assert_eq!(questions(&shown), ["First?", "Second?"]);
    assert_eq!(places(shown.turns[1].questions), Some((1, 2)));

    // Another answer to the first question hides what was asked after the other one.
    world.clock.advance(TimeDelta::seconds(1));
    let anew = again(&services, &ada, first.question_id).await;
    let anew = finished(&services, &ada, &anew).await;
    let shown = view(&services, &ada, id).await;
    assert_eq!(questions(&shown), ["First?"]);
    assert_eq!(shown.turns[0].run.as_ref().unwrap().id, anew.id);
    let beside = shown.turns[0].answers.unwrap();
    assert_eq!((beside.place, beside.of), (2, 2));
    assert_eq!(beside.before, Some(first.answer_id));
    show(first.answer_id).await;
    let shown = view(&services, &ada, id).await;
    // The one that was written last.
    assert_eq!(questions(&shown), ["First?", "Second, in other words?"]);
    assert_eq!(shown.turns[0].run.as_ref().unwrap().id, first.id);
    assert_eq!(shown.turns[1].run.as_ref().unwrap().id, other.id);

    let rated = Feedback {
        rating: Rating::Down,
        comment: Some("Too long".into()),
    };
    let conversations = &services.conversations;
    conversations
        .rate(&ada, first.answer_id, Some(rated.clone()))
        .await
        .unwrap();
    let shown = view(&services, &ada, id).await;
    assert_eq!(shown.turns[0].feedback.as_ref(), Some(&rated));
    assert_eq!(shown.turns[1].feedback, None);
    show(anew.answer_id).await;
    let shown = view(&services, &ada, id).await;
    assert_eq!(shown.turns[0].feedback, None, "it was about another answer");
}

async fn a_stopped_run_is_a_branch_too(world: World) {
    let mock = Mock::start(passing()).await.unwrap();
    let services = world.serving(&mock).await;
    let ada = ada(&services).await;
    let first = asked(&world, &services, &ada, "First?", None).await;
    let id = first.conversation_id;
    services.stop(std::time::Duration::ZERO).await;

    let mock = Mock::start(stalling("observation", passing()))
        .await
        .unwrap();
    let services = world.serving(&mock).await;
    world.clock.advance(TimeDelta::seconds(1));
    let stopped = again(&services, &ada, first.question_id).await;
    services.runs.cancel(&ada, stopped.id).await.unwrap();
    finished(&services, &ada, &stopped).await;
    let shown = view(&services, &ada, id).await;
    assert_eq!(shown.turns[0].run.as_ref().unwrap().id, stopped.id);
    let beside = shown.turns[0].answers.unwrap();
    assert_eq!((beside.place, beside.of), (2, 2));

    let conversations = &services.conversations;
    conversations
        .show(&ada, beside.before.unwrap())
        .await
        .unwrap();
    let shown = view(&services, &ada, id).await;
    assert_eq!(shown.turns[0].run.as_ref().unwrap().id, first.id);
    let after = shown.turns[0].answers.unwrap().after.unwrap();
    conversations.show(&ada, after).await.unwrap();
    let shown = view(&services, &ada, id).await;
    assert_eq!(shown.turns[0].run.as_ref().unwrap().id, stopped.id);
}

async fn nobody_elses_branch_is_shown(world: World) {
    let mock = Mock::start(passing()).await.unwrap();
    let services = world.serving(&mock).await;
    let ada = ada(&services).await;
    let run = asked(&world, &services, &ada, "Mine?", None).await;
    for role in [Role::User, Role::Admin] {
        let name = format!("Bob{role}");
        let bob = invited(&services, &ada, &name, role).await;
        let bob = member(&services, &bob).await;
        for id in [run.question_id, run.answer_id] {
            let refused = services.conversations.show(&bob, id).await;
            assert!(matches!(refused, Err(Error::NotFound("message"))));
        }
    }
}
