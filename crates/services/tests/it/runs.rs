//! Asking: what is accepted, what is refused, what is stored, and stopping.

use crate::stories;
use crate::world::{
    World, ada, finished, invited, listing, member, observation, on, passing, query, repaired,
    stalling, told, watch, within,
};
use chrono::TimeDelta;
use domain::event::EventData;
use domain::wire::{Query, QueryOptions};
use domain::{ApiError, Outcome, Role, RunStatus, Source, WorkflowId};
use futures::StreamExt;
use provider_mock::{Answer, Mock};
use services::{ConversationForm, Error, Member, Seen, Services};
use std::pin::pin;
use store::Scope;

stories!(
    a_repaired_run_is_stored_whole,
    the_first_answer_names_the_conversation,
    the_same_request_asks_once,
    what_cannot_be_asked_is_not_stored,
    one_agent_is_asked_alone,
    one_question_at_a_time_in_a_conversation,
    a_run_stops_at_any_moment_and_keeps_what_finished,
    a_stopped_run_is_answered_with_what_it_had,
    a_stopped_run_is_left_alone_once_the_conversation_went_on,
    a_stopped_run_without_a_contribution_is_asked_again,
    without_a_model_nothing_is_accepted,
);

async fn a_repaired_run_is_stored_whole(world: World) {
    let mock = Mock::start(repaired()).await.unwrap();
    let services = world.serving(&mock).await;
    let ada = ada(&services).await;
    let run = services
        .runs
        .start(&ada, query("How?"), Source::Browser)
        .await
        .unwrap();
    assert_eq!((run.status, run.last_seq), (RunStatus::Queued, 0));
    let events = watch(&services, &ada, run.id).await;
    let run = services.runs.get(&ada, run.id).await.unwrap();
    assert_eq!(
        (run.status, run.outcome, run.score),
        (RunStatus::Completed, Some(Outcome::Passed), Some(10.0))
    );
    assert_eq!(run.last_seq, events.len() as u64);
    assert!(events.iter().zip(1..).all(|(event, n)| event.seq == n));
    assert_eq!(
        events.iter().filter(|event| event.data.is_last()).count(),
        1
    );

    insta::assert_yaml_snapshot!("a_repaired_run", told(&events));

    let steps = services.runs.steps(&ada, run.id).await.unwrap();
    assert_eq!(steps.len(), mock.calls().len(), "one step for each call");
    assert!(
        steps
            .iter()
            .all(|step| !step.prompt.is_empty() && !step.reply.is_empty())
    );
}

async fn the_first_answer_names_the_conversation(world: World) {
    let mut script = passing();
    let mut observed = observation();
    observed["title"] = "“Meeting less.”".into();
    script.rules[0] = on("observation", Answer::Json(observed));
    let mock = Mock::start(script).await.unwrap();
    let services = world.serving(&mock).await;
    let ada = ada(&services).await;
    let title = async |query: Query| {
        let run = services.runs.start(&ada, query, Source::Browser);
        let run = finished(&services, &ada, &run.await.unwrap()).await;
        let id = run.conversation_id;
        let found = services.conversations.get(&ada, id).await.unwrap();
        (id, found.title.to_string())
    };
    let (id, named) = title(query("How do we begin?")).await;
    assert_eq!(named, "Meeting less");
    let form = ConversationForm {
        title: Some("And then?".to_owned()),
        ..ConversationForm::default()
    };
    let conversations = &services.conversations;
    conversations.change(&ada, id, form).await.unwrap();
    let second = Query {
        conversation_id: Some(id),
        ..query("And then?")
    };
    assert_eq!(title(second).await.1, "And then?", "only the first");
}

async fn the_same_request_asks_once(world: World) {
    let mock = Mock::start(passing()).await.unwrap();
    let services = world.serving(&mock).await;
    let ada = ada(&services).await;
    let ask = || Query {
        request_id: Some("r1".into()),
        ..query("How?")
    };
    let (one, two) = tokio::join!(
        services.runs.start(&ada, ask(), Source::Browser),
        services.runs.start(&ada, ask(), Source::Browser),
    );
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!(one.id, two.id);
    finished(&services, &ada, &one).await;
    let again = services
        .runs
        .start(&ada, ask(), Source::Browser)
        .await
        .unwrap();
    assert_eq!(again.id, one.id);
    assert_eq!(
        services
            .conversations
            .list(&ada, listing(None, 10))
            .await
            .unwrap()
            .items
            .len(),
        1
    );
    assert_eq!(
        services.runs.by_request(&ada, "r1").await.unwrap().id,
        one.id
    );

    // The key is the person's own.
    let bob = invited(&services, &ada, "Bob", Role::User).await;
    let bob = member(&services, &bob).await;
    assert!(services.runs.by_request(&bob, "r1").await.is_err());
    let other = services
        .runs
        .start(&bob, ask(), Source::Browser)
        .await
        .unwrap();
    assert_ne!(other.id, one.id);
}

async fn refused(services: &Services, who: &Member, query: Query) -> (String, Option<String>) {
    let ApiError { error } = services
        .runs
        .start(who, query, Source::Browser)
        .await
        .unwrap_err()
        .into();
    (error.code, error.field)
}

async fn what_cannot_be_asked_is_not_stored(world: World) {
    let mock = Mock::start(passing()).await.unwrap();
    let services = world.serving(&mock).await;
    let ada = ada(&services).await;
    let viewer = invited(&services, &ada, "Vi", Role::Viewer).await;
    let viewer = member(&services, &viewer).await;
    let options = |options: QueryOptions| Query {
        options,
        ..query("How?")
    };
    for (ask, code, field) in [
        (query(""), "invalid", Some("message")),
        (query(" \n"), "invalid", Some("message")),
        (query(&"x".repeat(32_001)), "invalid", Some("message")),
        (
            Query {
                workflow_id: Some(WorkflowId::from("none")),
                ..query("How?")
            },
            "not_found",
            None,
        ),
        (
            Query {
                request_id: Some("x".repeat(201)),
                ..query("How?")
            },
            "invalid",
            Some("request_id"),
        ),
        (
            options(QueryOptions {
                max_iterations: Some(0),
                ..Default::default()
            }),
            "invalid",
            Some("max_iterations"),
        ),
        (
            options(QueryOptions {
                quality_threshold: Some(-1.0),
                ..Default::default()
            }),
            "invalid",
            Some("quality_threshold"),
        ),
        (
            options(QueryOptions {
                agent_id: Some("nobody".into()),
                ..Default::default()
            }),
            "invalid",
            Some("agent_id"),
        ),
    ] {
        assert_eq!(
            refused(&services, &ada, ask).await,
            (code.into(), field.map(str::to_owned))
        );
    }
    assert_eq!(
        refused(&services, &viewer, query("How?")).await.0,
        "forbidden"
    );
    for who in [&ada, &viewer] {
        assert!(
            services
                .conversations
                .list(who, listing(None, 10))
                .await
                .unwrap()
                .items
                .is_empty()
        );
    }
    assert!(mock.calls().is_empty());
}

/// The workflow's threshold, rounds and synthesis stay.
async fn one_agent_is_asked_alone(world: World) {
    let mock = Mock::start(passing()).await.unwrap();
    let services = world.serving(&mock).await;
    let ada = ada(&services).await;
    let alone = Query {
        options: QueryOptions {
            agent_id: Some("practical".into()),
            ..Default::default()
        },
        workflow_id: Some(WorkflowId::from("overmind")),
        ..query("How?")
    };
    let run = services.runs.start(&ada, alone, Source::Browser);
    let run = finished(&services, &ada, &run.await.unwrap()).await;
    assert_eq!(
        (run.outcome, run.workflow_id.as_str()),
        (Some(Outcome::Passed), "overmind")
    );
    let contributions = mock.calls().into_iter();
    let contributions =
        contributions.filter(|it| it.schema_name.as_deref() == Some("contribution"));
    assert_eq!(contributions.count(), 1);
}

async fn one_question_at_a_time_in_a_conversation(world: World) {
    let mock = Mock::start(stalling("observation", passing()))
        .await
        .unwrap();
    let services = world.serving(&mock).await;
    let ada = ada(&services).await;
    let run = services
        .runs
        .start(&ada, query("How?"), Source::Browser)
        .await
        .unwrap();
    let more = || Query {
        conversation_id: Some(run.conversation_id),
        ..query("And?")
    };
    assert_eq!(refused(&services, &ada, more()).await.0, "conflict");
    services.runs.cancel(&ada, run.id).await.unwrap();
    finished(&services, &ada, &run).await;
    services
        .runs
        .start(&ada, more(), Source::Browser)
        .await
        .unwrap();
}

async fn a_run_stops_at_any_moment_and_keeps_what_finished(world: World) {
    let mock = Mock::start(stalling("distillation", passing()))
        .await
        .unwrap();
    let services = world.serving(&mock).await;
    let ada = ada(&services).await;
    let run = services
        .runs
        .start(&ada, query("How?"), Source::Browser)
        .await
        .unwrap();
    assert!(
        within(mock.wait_until(|calls| {
            calls
                .iter()
                .any(|call| call.schema_name.as_deref() == Some("distillation"))
        }))
        .await
    );
    services.runs.cancel(&ada, run.id).await.unwrap();
    let events = watch(&services, &ada, run.id).await;
    let last = &events.last().unwrap().data;
    assert!(
        matches!(last, EventData::Cancelled { by, .. } if by == "Ada"),
        "{last:?}"
    );
    let finished = events
        .iter()
        .filter(|event| matches!(event.data, EventData::AgentCompleted(_)));
    assert_eq!(finished.count(), 6);
    assert!(
        within(mock.wait_until(|calls| calls.iter().any(|call| call.closed_early))).await,
        "the provider's connection is closed"
    );
    let run = services.runs.get(&ada, run.id).await.unwrap();
    assert_eq!((run.status, run.outcome), (RunStatus::Cancelled, None));
    // Once more changes nothing.
    services.runs.cancel(&ada, run.id).await.unwrap();
    assert_eq!(services.runs.get(&ada, run.id).await.unwrap(), run);
}

async fn a_stopped_run_is_answered_with_what_it_had(world: World) {
    let mut script = passing();
    let mut hanging = on("contribution", Answer::Never {});
    hanging.when.prompt_contains = Some("You are Analytical Clarity".to_owned());
    script.rules.insert(0, hanging);
    let mock = Mock::start(script).await.unwrap();
    let services = world.serving(&mock).await;
    let ada = ada(&services).await;
    let start = services.runs.start(&ada, query("How?"), Source::Browser);
    let run = start.await.unwrap();
    let conclude = async |who: &Member, key: &str| {
        let concluded = services.runs.conclude(who, run.id, Some(key.to_owned()));
        concluded.await
    };
    assert!(matches!(conclude(&ada, "1").await, Err(Error::Conflict(_))));
    let scope = Scope {
        organization_id: run.organization_id,
        user_id: Some(run.user_id),
    };
    let store = world.store().await;
    let mut seen = pin!(services.feed.follow(&ada, run.id, 0).await.unwrap());
    while store.steps(scope, run.id).await.unwrap().len() < 6 {
        within(seen.next()).await;
    }
    services.runs.cancel(&ada, run.id).await.unwrap();
    finished(&services, &ada, &run).await;
    let paid = mock.calls().len();

    let bob = invited(&services, &ada, "Bob", Role::User).await;
    let bob = member(&services, &bob).await;
    assert!(matches!(
        conclude(&bob, "1").await,
        Err(Error::NotFound("run"))
    ));
    world.clock.advance(TimeDelta::seconds(1));
    let concluded = conclude(&ada, "1").await.unwrap();
    assert_eq!(concluded.question_id, run.question_id);
    let events = watch(&services, &ada, concluded.id).await;
    let Some(EventData::FinalOutput { metadata, .. }) = events.last().map(|it| &it.data) else {
        panic!("{events:?}");
    };
    assert_eq!(metadata.outcome, Outcome::Degraded);
    assert_eq!(metadata.missing[0].agent_id.as_str(), "analytical");
    assert_eq!(metadata.calls, 9, "six are those of the stopped run");
    let calls = mock.calls();
    let again: Vec<_> = calls[paid..].iter().map(|it| &it.schema_name).collect();
    let of = |name: &str| Some(name.to_owned());
    assert_eq!(again, [&of("distillation"), &None, &of("judgement")]);
    // The same request once more is the same run; the answer stands in the conversation.
    assert_eq!(conclude(&ada, "1").await.unwrap().id, concluded.id);
    let view = services
        .conversations
        .view(&ada, run.conversation_id)
        .await
        .unwrap();
    assert_eq!(view.turns.len(), 1);
    assert_eq!(
        view.turns[0].run.as_ref().map(|it| it.id),
        Some(concluded.id)
    );
}

/// Its answer would become the end of the conversation, and what was asked since would vanish.
async fn a_stopped_run_is_left_alone_once_the_conversation_went_on(world: World) {
    let mock = Mock::start(stalling("distillation", passing()))
        .await
        .unwrap();
    let services = world.serving(&mock).await;
    let ada = ada(&services).await;
    let stopped = async |query: Query| {
        let before = mock.calls().len();
        let run = services.runs.start(&ada, query, Source::Browser).await;
        let run = run.unwrap();
        let distils = mock.wait_until(|calls| {
            let mut new = calls[before..].iter();
            new.any(|call| call.schema_name.as_deref() == Some("distillation"))
        });
        assert!(within(distils).await);
        services.runs.cancel(&ada, run.id).await.unwrap();
        finished(&services, &ada, &run).await;
        run
    };
    let first = stopped(query("How?")).await;
    let second = stopped(Query {
        conversation_id: Some(first.conversation_id),
        ..query("And then?")
    })
    .await;

    let refused = services.runs.conclude(&ada, first.id, None).await;
    assert!(
        matches!(refused, Err(Error::Conflict(why)) if why.contains("gone on")),
        "{refused:?}"
    );
    let id = first.conversation_id;
    let view = services.conversations.view(&ada, id).await.unwrap();
    let asked: Vec<_> = view.turns.iter().map(|turn| turn.question.id).collect();
    assert_eq!(asked, [first.question_id, second.question_id]);
    // The latest question is another matter.
    let concluded = services.runs.conclude(&ada, second.id, None).await;
    assert_eq!(concluded.unwrap().question_id, second.question_id);
}

/// Two replies that could not be read are finished calls, but nothing to answer with.
async fn a_stopped_run_without_a_contribution_is_asked_again(world: World) {
    let mut script = stalling("contribution", passing());
    let mut useless = on("contribution", Answer::Text("Well.".to_owned()));
    useless.when.prompt_contains = Some("You are Analytical Clarity".to_owned());
    script.rules.insert(0, useless);
    let mock = Mock::start(script).await.unwrap();
    let services = world.serving(&mock).await;
    let ada = ada(&services).await;
    let start = services.runs.start(&ada, query("How?"), Source::Browser);
    let run = start.await.unwrap();
    let mut seen = pin!(services.feed.follow(&ada, run.id, 0).await.unwrap());
    loop {
        let seen = within(seen.next()).await.unwrap().unwrap();
        if matches!(&seen, Seen::Event(event) if matches!(event.data, EventData::AgentFailed { .. }))
        {
            break;
        }
    }
    services.runs.cancel(&ada, run.id).await.unwrap();
    finished(&services, &ada, &run).await;
    let refused = services.runs.conclude(&ada, run.id, None).await;
    assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
}

async fn without_a_model_nothing_is_accepted(world: World) {
    let services = world.idle().await;
    let ada = ada(&services).await;
    let refused = services
        .runs
        .start(&ada, query("How?"), Source::Browser)
        .await;
    assert!(matches!(refused, Err(Error::NoModel)));
    assert!(
        services
            .conversations
            .list(&ada, listing(None, 10))
            .await
            .unwrap()
            .items
            .is_empty()
    );
}
