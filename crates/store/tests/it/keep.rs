//! What a worker keeps: without gaps, all or nothing, only while the run is its own.

use crate::places::on_both;
use crate::samples::{
    ANYHOW, active, answer, ask, at, brief, completed, event, existing, first, lease, question,
    run, scope,
};
use domain::{
    AgentId, ConversationTitle, Cost, EventData, Outcome, RunStatus, SearchWords, Tokens,
    event::{OutputMetadata, Stopped},
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use store::{ConversationChange, Kept, NewTitle, Posed, RunEnd, Store, StoreError, StoredStep};

on_both!(
    events_and_steps_are_read_as_they_were_written,
    a_gap_is_refused_as_a_whole,
    what_is_sent_again_is_kept_once,
    a_run_that_gets_on_counts_its_attempts_anew,
    another_reply_to_another_request_replaces_the_step,
    nothing_is_kept_after_the_end,
    a_failed_run_has_no_answer,
    an_answer_names_its_conversation_unless_somebody_did,
    the_shown_branch_is_left_alone_when_it_changed,
    an_end_and_the_next_question_wait_for_each_other,
);

pub fn step(kind: &str, agent: Option<&str>, cost: Cost) -> StoredStep {
    StoredStep {
        iteration: 1,
        kind: kind.to_owned(),
        agent_id: agent.map(AgentId::from),
        attempt: 1,
        request_hash: "00ff".to_owned(),
        model: Some("scripted/test".to_owned()),
        tokens: Tokens::new(1 << 40, 7),
        cost,
        latency_ms: 12,
        step: json!({ "prompt": "日本 \u{1f989}", "n": 0.1, "deep": [{ "a": null }] }),
        logged: None,
        finished_at: at(50),
    }
}

/// Every kind of text and number that an event may hold.
fn final_output() -> EventData {
    EventData::FinalOutput {
        content: "Because. 🦉\n\"quoted\" \\u0041".to_owned(),
        html: None,
        metadata: Box::new(OutputMetadata {
            outcome: Outcome::Degraded,
            passed: true,
            confidence: 1.0 / 3.0,
            score: Some(9.1),
            self_judged: false,
            unscored: false,
            stopped: Stopped::Passed,
            iterations: 2,
            best_iteration: 1,
            missing: Vec::new(),
            calls: 9,
            tokens: Tokens::new(u64::from(u32::MAX) + 1, 3),
            cost_usd: Cost::micros(12_345),
            models: BTreeMap::from([("judge".to_owned(), "a/b".parse().unwrap())]),
            critical_ms: 7,
            wall_ms: Some(8),
            overhead_ms: None,
            history_summary: None,
            title: None,
        }),
    }
}

async fn a_run_that_gets_on_counts_its_attempts_anew(store: Store) {
    let ada = first(&store).await;
    let asked = ask(&store, &ada, at(1)).await;
    for (attempts, seq) in [(1, None), (2, Some(1)), (2, None), (3, None)] {
        let leased = lease(&store, at(2)).await.unwrap();
        assert_eq!(leased.attempts, attempts);
        if let Some(seq) = seq {
            let kept = Kept {
                events: vec![event(&asked.run, seq, EventData::SynthesisStarted {})],
                ..Kept::default()
            };
            assert!(store.keep(asked.run.id, leased.epoch, &kept).await.unwrap());
        }
        store.void_leases().await.unwrap();
    }
}

/// A newer version asks in another way: its reply is the one that is not to be paid for again.
async fn another_reply_to_another_request_replaces_the_step(store: Store) {
    let ada = first(&store).await;
    let asked = ask(&store, &ada, at(1)).await;
    let leased = lease(&store, at(2)).await.unwrap();
    let old = step("draft", None, Cost::micros(1));
    let mut new = step("draft", None, Cost::micros(2));
    new.request_hash = "ff00".to_owned();
    new.step = json!("new");
    for step in [old, new.clone()] {
        let kept = Kept {
            steps: vec![step],
            ..Kept::default()
        };
        assert!(store.keep(asked.run.id, leased.epoch, &kept).await.unwrap());
    }
    assert_eq!(store.steps(scope(&ada), asked.run.id).await.unwrap(), [new]);
}

async fn events_and_steps_are_read_as_they_were_written(store: Store) {
    let ada = first(&store).await;
    let asked = ask(&store, &ada, at(1)).await;
    let run = &asked.run;
    let leased = lease(&store, at(2)).await.unwrap();
    let failed = EventData::AgentFailed {
        agent_id: AgentId::from("creative"),
        agent_name: "Creative Clarity".to_owned(),
        code: "timeout".to_owned(),
        message: "no answer".to_owned(),
        retryable: true,
    };
    let events = [
        event(run, 1, EventData::SynthesisStarted {}),
        event(run, 2, failed),
        event(run, 3, final_output()),
    ];
    let steps = [
        step("contribution", Some("creative"), Cost::UNKNOWN),
        step("draft", None, Cost::micros(1_234_567)),
    ];
    let keep = async |kept: Kept| store.keep(run.id, leased.epoch, &kept).await.unwrap();
    let kept = Kept {
        steps: vec![steps[0].clone()],
        events: events[..2].to_vec(),
        end: None,
    };
    assert!(keep(kept).await);
    let mut changed = steps[0].clone();
    changed.step = Value::Null;
    let kept = Kept {
        steps: vec![changed, steps[1].clone()],
        ..Kept::default()
    };
    assert!(keep(kept).await);
    let mut end = completed(&asked, at(60));
    end.events = vec![events[2].clone()];
    assert!(keep(end).await);

    assert_eq!(store.steps(scope(&ada), run.id).await.unwrap(), steps);
    let journal = store.journal(run.id).await.unwrap();
    assert_eq!(journal, steps.map(|step| step.step));
    for after in 0..=3 {
        let rest = store.events(scope(&ada), run.id, after, 100).await.unwrap();
        assert_eq!(rest, events[after as usize..]);
    }
    let page = store.events(scope(&ada), run.id, 1, 1).await.unwrap();
    assert_eq!(page, events[1..2]);
    let all = store.events_of(scope(&ada), asked.conversation.id).await;
    assert_eq!(all.unwrap(), events);

    let read = store.run(scope(&ada), run.id).await.unwrap().unwrap();
    assert_eq!((read.status, read.last_seq), (RunStatus::Completed, 3));
    assert_eq!(
        (read.outcome, read.score),
        (Some(Outcome::Passed), Some(9.1))
    );
    assert_eq!(
        (read.started_at, read.finished_at),
        (Some(at(2)), Some(at(60)))
    );
    assert_eq!(active(&store, &ada).await, 0);
}

async fn a_gap_is_refused_as_a_whole(store: Store) {
    let ada = first(&store).await;
    let asked = ask(&store, &ada, at(1)).await;
    let other = ask(&store, &ada, at(2)).await;
    let leased = lease(&store, at(3)).await.unwrap();
    assert_eq!(leased.run.id, asked.run.id);
    let started = |run, seq| event(run, seq, EventData::SynthesisStarted {});
    let run = &asked.run;
    for events in [
        vec![started(run, 2)],
        vec![started(run, 0)],
        vec![started(run, 1), started(run, 3)],
        vec![started(run, 1), started(run, 1)],
        vec![started(&other.run, 1)],
    ] {
        let kept = Kept {
            steps: vec![step("draft", None, Cost::default())],
            events,
            ..completed(&asked, at(4))
        };
        let refused = store.keep(run.id, leased.epoch, &kept).await;
        assert!(
            matches!(refused, Err(StoreError::Inconsistent { .. })),
            "{refused:?}"
        );
    }
    let mut elsewhere = completed(&asked, at(4));
    elsewhere.end.as_mut().unwrap().answer = Some(answer(&other, at(4)));
    let mut unfinished = completed(&asked, at(4));
    unfinished.end.as_mut().unwrap().status = RunStatus::Running;
    for kept in [elsewhere, unfinished] {
        let refused = store.keep(run.id, leased.epoch, &kept).await;
        assert!(matches!(refused, Err(StoreError::Inconsistent { .. })));
    }

    assert!(store.steps(scope(&ada), run.id).await.unwrap().is_empty());
    let events = store.events(scope(&ada), run.id, 0, 9).await.unwrap();
    assert!(events.is_empty());
    let unchanged = store.run(scope(&ada), run.id).await.unwrap();
    assert_eq!(unchanged, Some(leased.run));
    let kept = Kept {
        events: vec![started(run, 1)],
        ..Kept::default()
    };
    assert!(store.keep(run.id, leased.epoch, &kept).await.unwrap());
}

/// The commit was done and its answer lost: the worker cannot know.
async fn what_is_sent_again_is_kept_once(store: Store) {
    let ada = first(&store).await;
    let asked = ask(&store, &ada, at(1)).await;
    let leased = lease(&store, at(2)).await.unwrap();
    let run = &asked.run;
    let first = Kept {
        steps: vec![step("draft", None, Cost::default())],
        events: vec![event(run, 1, EventData::SynthesisStarted {})],
        end: None,
    };
    let last = Kept {
        events: vec![event(run, 2, final_output())],
        ..completed(&asked, at(3))
    };
    for kept in [&first, &first, &last, &last, &first] {
        assert!(store.keep(run.id, leased.epoch, kept).await.unwrap());
    }
    let other = store.keep(run.id, leased.epoch + 1, &last).await;
    assert!(!other.unwrap(), "another worker has never written it");
    // The worker was told that it failed, so it tells something else under the same number.
    for data in [
        EventData::Error {
            code: "store_failed".to_owned(),
            message: "refused".to_owned(),
        },
        EventData::SynthesisStarted {},
    ] {
        let other = Kept {
            events: vec![event(run, 2, data)],
            ..completed(&asked, at(3))
        };
        let kept = store.keep(run.id, leased.epoch, &other).await;
        assert!(!kept.unwrap(), "{other:?}");
    }
    let events = store.events(scope(&ada), run.id, 0, 9).await.unwrap();
    assert_eq!(events, [first.events, last.events].concat());
    assert_eq!(store.steps(scope(&ada), run.id).await.unwrap().len(), 1);
    let messages = store.messages(scope(&ada), asked.conversation.id).await;
    assert_eq!(messages.unwrap().len(), 2);
}

async fn nothing_is_kept_after_the_end(store: Store) {
    let ada = first(&store).await;
    let asked = ask(&store, &ada, at(1)).await;
    let leased = lease(&store, at(2)).await.unwrap();
    let kept = completed(&asked, at(3));
    let keep = async |epoch| store.keep(asked.run.id, epoch, &kept).await.unwrap();
    assert!(!keep(leased.epoch + 1).await);
    assert!(!keep(leased.epoch - 1).await);
    assert!(keep(leased.epoch).await);
    assert!(!keep(leased.epoch).await, "it has ended");
    let messages = store.messages(scope(&ada), asked.conversation.id).await;
    assert_eq!(messages.unwrap().len(), 2);
    assert!(lease(&store, at(100_000)).await.is_none());

    let id = asked.conversation.id;
    assert!(store.delete_conversation(scope(&ada), id).await.unwrap());
    assert!(!keep(leased.epoch).await, "it is gone");
}

async fn an_answer_names_its_conversation_unless_somebody_did(store: Store) {
    let ada = first(&store).await;
    let title = |text: &str| ConversationTitle::try_from(text.to_owned()).unwrap();
    for (renamed, expected) in [(None, "Meeting less"), (Some("Mine"), "Mine")] {
        let asked = ask(&store, &ada, at(1)).await;
        let id = asked.conversation.id;
        let leased = lease(&store, at(2)).await.unwrap();
        let change = ConversationChange {
            title: renamed.map(title),
            ..ConversationChange::default()
        };
        store
            .update_conversation(scope(&ada), id, &change, at(3))
            .await
            .unwrap();
        let mut kept = completed(&asked, at(4));
        if let Some(end) = &mut kept.end {
            end.title = Some(NewTitle {
                instead_of: asked.conversation.title.clone(),
                title: title("Meeting less"),
            });
        }
        assert!(
            store
                .keep(leased.run.id, leased.epoch, &kept)
                .await
                .unwrap()
        );
        let conversation = store.conversation(scope(&ada), id).await.unwrap();
        assert_eq!(conversation.unwrap().title.as_str(), expected);
    }
    let words = SearchWords::of("meeting").unwrap();
    let found = store.search(scope(&ada), &words, None, 9).await.unwrap();
    assert_eq!(found.len(), 1);
}

async fn a_failed_run_has_no_answer(store: Store) {
    let ada = first(&store).await;
    let asked = ask(&store, &ada, at(1)).await;
    let leased = lease(&store, at(2)).await.unwrap();
    let kept = Kept {
        end: Some(RunEnd {
            status: RunStatus::Failed,
            outcome: None,
            score: None,
            error_code: Some("quorum".to_owned()),
            first_token_ms: None,
            answer: None,
            title: None,
            finished_at: at(3),
        }),
        ..Kept::default()
    };
    assert!(store.keep(asked.run.id, leased.epoch, &kept).await.unwrap());
    let run = store.run(scope(&ada), asked.run.id).await.unwrap().unwrap();
    assert_eq!(run.status, RunStatus::Failed);
    assert_eq!(run.error_code.as_deref(), Some("quorum"));
    let conversation = store.conversation(scope(&ada), run.conversation_id).await;
    let conversation = conversation.unwrap().unwrap();
    assert_eq!(conversation.active_leaf_id, Some(asked.question.id));
    assert_eq!(conversation.message_count, 1);
}

async fn the_shown_branch_is_left_alone_when_it_changed(store: Store) {
    let ada = first(&store).await;
    let asked = ask(&store, &ada, at(1)).await;
    let leased = lease(&store, at(2)).await.unwrap();
    let mut kept = completed(&asked, at(3));
    // Whoever looks at the conversation has gone to another branch: the question is not the leaf.
    let end = kept.end.as_mut().unwrap();
    end.answer.as_mut().unwrap().parent_id = Some(asked.run.answer_id);
    assert!(store.keep(asked.run.id, leased.epoch, &kept).await.unwrap());
    let conversation = store.conversation(scope(&ada), asked.conversation.id).await;
    let conversation = conversation.unwrap().unwrap();
    assert_eq!(conversation.active_leaf_id, Some(asked.question.id));
    assert_eq!(conversation.message_count, 2);
    assert_eq!(conversation.last_activity, at(3));
}

/// Both change the run's row and the conversation's: in the wrong order they would wait for ever.
async fn an_end_and_the_next_question_wait_for_each_other(store: Store) {
    let ada = first(&store).await;
    for second in 1..60 {
        let asked = ask(&store, &ada, at(second)).await;
        let leased = lease(&store, at(second)).await.unwrap();
        let next = question(&asked.conversation, Some(asked.question.id), at(second));
        let next_run = run(&ada, &next);
        let (end, brief) = (completed(&asked, at(second)), brief());
        let (kept, started) = tokio::join!(
            store.keep(asked.run.id, leased.epoch, &end),
            store.start_run(
                &next_run,
                &brief,
                Posed::New(&next),
                existing(&next),
                &ANYHOW,
            ),
        );
        assert!(kept.unwrap());
        started.unwrap();
        // A run that did begin ends too, so that the next lease is the next run's.
        if let Some(leased) = lease(&store, at(second)).await {
            let end = Kept {
                end: Some(RunEnd {
                    status: RunStatus::Failed,
                    outcome: None,
                    score: None,
                    error_code: None,
                    first_token_ms: None,
                    answer: None,
                    title: None,
                    finished_at: at(second),
                }),
                ..Kept::default()
            };
            let run = leased.run.id;
            assert!(store.keep(run, leased.epoch, &end).await.unwrap());
        }
    }
}
