//! Asking: once per request, one at a time, only in one's own conversations.

use crate::keep::step;
use crate::places::on_both;
use crate::samples::{
    ANYHOW, active, ask, at, brief, completed, conversation, event, existing, first, id, lease,
    member, question, run, scope, start,
};
use domain::{ConversationTitle, Cost, EventData, Message, MessageId, Role, RunStatus};
use store::{ConversationFilter, Conversing, Kept, Posed, RunEnd, Started, Store};

on_both!(
    a_request_starts_one_run,
    many_identical_requests_at_once_start_one_run,
    one_run_at_a_time,
    another_answer_to_the_same_question,
    the_calls_of_a_stopped_run_are_the_next_ones_too,
    only_in_ones_own_conversation,
    text_that_postgresql_cannot_keep,
);

async fn a_request_starts_one_run(store: Store) {
    let ada = first(&store).await;
    let bob = member(&store, &ada, "bob@example.org", Role::User).await;
    let asked = ask(&store, &ada, at(10)).await;
    assert_eq!(
        store.run(scope(&ada), asked.run.id).await.unwrap(),
        Some(asked.run.clone())
    );

    // The same request again, word for word and in a conversation of its own.
    let again = Conversing::New(&asked.conversation);
    let started = start(&store, &asked.run, &asked.question, again).await;
    assert_eq!(started, Started::Known(asked.run.clone()));
    let elsewhere = conversation(&ada, at(20));
    let question = question(&elsewhere, None, at(20));
    let mut repeated = run(&ada, &question);
    repeated.request_id.clone_from(&asked.run.request_id);
    let started = start(&store, &repeated, &question, Conversing::New(&elsewhere)).await;
    assert_eq!(started, Started::Known(asked.run.clone()));
    let found = store.conversation(scope(&ada), elsewhere.id).await.unwrap();
    assert_eq!(found, None, "nothing is kept of a repeated request");

    // Another person's request of the same name is another request.
    let theirs = conversation(&bob, at(30));
    let question = crate::samples::question(&theirs, None, at(30));
    let mut other = run(&bob, &question);
    other.request_id.clone_from(&asked.run.request_id);
    let started = start(&store, &other, &question, Conversing::New(&theirs)).await;
    assert_eq!(started, Started::New);
    let known = store
        .run_by_request(bob.id, &other.request_id)
        .await
        .unwrap();
    assert_eq!(known, Some(other));
    assert_eq!(active(&store, &ada).await, 1);
}

async fn many_identical_requests_at_once_start_one_run(store: Store) {
    let ada = first(&store).await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (store, ada) = (store.clone(), ada.clone());
        tasks.spawn(async move {
            let conversation = conversation(&ada, at(10));
            let question = question(&conversation, None, at(10));
            let mut run = run(&ada, &question);
            run.request_id = "the same".to_owned();
            start(&store, &run, &question, Conversing::New(&conversation)).await
        });
    }
    let started = tasks.join_all().await;
    let new = started.iter().filter(|it| **it == Started::New).count();
    let known = started.iter().filter(|it| matches!(it, Started::Known(_)));
    assert_eq!((new, known.count()), (1, 7));
    let all = store
        .conversations(scope(&ada), &ConversationFilter::default(), None, None, 100)
        .await;
    assert_eq!(all.unwrap().len(), 1);
}

async fn one_run_at_a_time(store: Store) {
    let ada = first(&store).await;
    let asked = ask(&store, &ada, at(10)).await;
    let follow = async |parent, when| {
        let question = question(&asked.conversation, parent, when);
        let run = run(&ada, &question);
        (
            start(&store, &run, &question, existing(&question)).await,
            question,
        )
    };
    // It is still queued: neither beside it, nor after its question, nor after its answer to be.
    for parent in [None, Some(asked.question.id), Some(asked.run.answer_id)] {
        assert_eq!(follow(parent, at(11)).await.0, Started::Busy);
    }
    let leased = lease(&store, at(12)).await.unwrap();
    assert_eq!(
        follow(Some(asked.question.id), at(13)).await.0,
        Started::Busy
    );
    let kept = completed(&asked, at(14));
    assert!(
        store
            .keep(leased.run.id, leased.epoch, &kept)
            .await
            .unwrap()
    );

    assert_eq!(
        follow(Some(asked.question.id), at(15)).await.0,
        Started::Busy
    );
    assert_eq!(follow(Some(MessageId(id())), at(15)).await.0, Started::Busy);
    // Two go on from the answer at the same time.
    let parent = Some(asked.run.answer_id);
    let (one, two) = tokio::join!(follow(parent, at(16)), follow(parent, at(16)));
    let new: Vec<_> = [&one, &two]
        .into_iter()
        .filter(|(started, _)| *started == Started::New)
        .collect();
    assert_eq!(new.len(), 1);
    assert!(one.0 == Started::Busy || two.0 == Started::Busy);

    let messages = store
        .messages(scope(&ada), asked.conversation.id)
        .await
        .unwrap();
    assert_eq!(messages.len(), 3);
    assert_eq!(messages[2], new[0].1);
    let runs = store
        .runs_of(scope(&ada), asked.conversation.id)
        .await
        .unwrap();
    assert_eq!(runs.len(), 2);
    assert_eq!(runs[0].status, RunStatus::Completed);
    assert_eq!(runs[1].question_id, new[0].1.id);
}

async fn another_answer_to_the_same_question(store: Store) {
    let ada = first(&store).await;
    let asked = ask(&store, &ada, at(10)).await;
    let again = async |leaf, when| {
        let run = domain::Run {
            created_at: when,
            ..run(&ada, &asked.question)
        };
        let conversing = Conversing::Existing {
            leaf,
            title: ConversationTitle::from_question("Another title"),
        };
        let brief = brief();
        let started = store.start_run(&run, &brief, Posed::Again, conversing, &ANYHOW);
        (started.await.unwrap(), run)
    };
    let question = Some(asked.question.id);
    assert_eq!(
        again(question, at(11)).await.0,
        Started::Busy,
        "it is queued"
    );
    let leased = lease(&store, at(12)).await.unwrap();
    let kept = completed(&asked, at(13));
    assert!(
        store
            .keep(leased.run.id, leased.epoch, &kept)
            .await
            .unwrap()
    );
    assert_eq!(
        again(question, at(14)).await.0,
        Started::Busy,
        "it was answered"
    );
    let (started, second) = again(Some(asked.run.answer_id), at(15)).await;
    assert_eq!(started, Started::New);

    // The question stands once, and is the end of the branch that waits for its answer.
    let messages = store.messages(scope(&ada), asked.conversation.id).await;
    assert_eq!(messages.unwrap().len(), 2);
    let found = store.conversation(scope(&ada), asked.conversation.id).await;
    let found = found.unwrap().unwrap();
    assert_eq!((found.message_count, found.active_leaf_id), (2, question));
    assert_eq!(found.title, asked.conversation.title);
    // Its answer stands beside the first one.
    let leased = lease(&store, at(16)).await.unwrap();
    assert_eq!(leased.run.id, second.id);
    let of_second = crate::samples::Asked {
        run: second.clone(),
        ..asked
    };
    let kept = completed(&of_second, at(17));
    assert!(store.keep(second.id, leased.epoch, &kept).await.unwrap());
    let messages = store.messages(scope(&ada), second.conversation_id).await;
    let answers: Vec<_> = messages
        .unwrap()
        .into_iter()
        .filter(|message| message.parent_id == question)
        .collect();
    assert_eq!(answers.len(), 2);
    let found = store
        .conversation(scope(&ada), second.conversation_id)
        .await;
    assert_eq!(
        found.unwrap().unwrap().active_leaf_id,
        Some(second.answer_id)
    );
}

async fn the_calls_of_a_stopped_run_are_the_next_ones_too(store: Store) {
    let ada = first(&store).await;
    let bob = member(&store, &ada, "bob@example.org", Role::User).await;
    let asked = ask(&store, &ada, at(10)).await;
    let leased = lease(&store, at(11)).await.unwrap();
    let stopped = Kept {
        steps: vec![step("observation", None, Cost::UNKNOWN)],
        events: vec![event(&asked.run, 1, EventData::SynthesisStarted {})],
        end: Some(RunEnd {
            status: RunStatus::Cancelled,
            outcome: None,
            score: None,
            error_code: None,
            first_token_ms: None,
            answer: None,
            title: None,
            finished_at: at(12),
        }),
    };
    let kept = store.keep(asked.run.id, leased.epoch, &stopped).await;
    assert!(kept.unwrap());
    let conclude = async |question: &Message, user| {
        let run = run(user, question);
        let conversing = Conversing::Existing {
            leaf: Some(question.id),
            title: ConversationTitle::default(),
        };
        let posed = Posed::Concluding(asked.run.id);
        let brief = brief();
        let started = store.start_run(&run, &brief, posed, conversing, &ANYHOW);
        assert_eq!(started.await.unwrap(), Started::New);
        store.journal(run.id).await.unwrap()
    };
    let journal = store.journal(asked.run.id).await.unwrap();
    assert_eq!(journal.len(), 1);
    let next = conclude(&asked.question, &ada).await;
    assert_eq!(next, journal);
    assert_eq!(
        store.brief(scope(&ada), asked.run.id).await.unwrap(),
        Some(brief())
    );
    // Not of somebody else's.
    assert_eq!(store.brief(scope(&bob), asked.run.id).await.unwrap(), None);
    let other = ask(&store, &bob, at(20)).await;
    // The one before it waits too.
    lease(&store, at(21)).await.unwrap();
    let leased = lease(&store, at(21)).await.unwrap();
    assert_eq!(leased.run.id, other.run.id);
    let ended = Kept {
        steps: Vec::new(),
        events: vec![event(&other.run, 1, EventData::SynthesisStarted {})],
        ..stopped.clone()
    };
    assert!(
        store
            .keep(other.run.id, leased.epoch, &ended)
            .await
            .unwrap()
    );
    let next = conclude(&other.question, &bob).await;
    assert!(next.is_empty());
}

async fn only_in_ones_own_conversation(store: Store) {
    let ada = first(&store).await;
    let bob = member(&store, &ada, "bob@example.org", Role::Admin).await;
    let empty = conversation(&ada, at(10));
    store.insert_conversation(&empty).await.unwrap();
    let gone = conversation(&bob, at(10));
    for conversation in [&empty, &gone] {
        let question = question(conversation, None, at(11));
        let run = run(&bob, &question);
        for conversing in [existing(&question), Conversing::New(&empty)] {
            let started = start(&store, &run, &question, conversing).await;
            assert_eq!(started, Started::NoConversation);
        }
    }
    let unchanged = store.conversation(scope(&ada), empty.id).await.unwrap();
    assert_eq!(unchanged, Some(empty));
    assert_eq!(active(&store, &bob).await, 0);
}

async fn text_that_postgresql_cannot_keep(store: Store) {
    let ada = first(&store).await;
    let conversation = conversation(&ada, at(10));
    let mut question = question(&conversation, None, at(10));
    question.content = "a\0b".to_owned();
    let mut run = run(&ada, &question);
    run.request_id = "r\0".to_owned();
    let brief = serde_json::json!({ "question": "a\0b" });
    let start = store.start_run(
        &run,
        &brief,
        Posed::New(&question),
        Conversing::New(&conversation),
        &ANYHOW,
    );
    assert_eq!(start.await.unwrap(), Started::New);

    let messages = store.messages(scope(&ada), conversation.id).await.unwrap();
    assert_eq!(messages[0].content, "a\u{fffd}b");
    let known = store.run_by_request(ada.id, "r\0").await.unwrap().unwrap();
    assert_eq!(known.id, run.id);
    let leased = lease(&store, at(11)).await.unwrap();
    assert_eq!(leased.brief["question"], "a\u{fffd}b");
}
