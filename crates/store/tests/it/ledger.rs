//! The ledger: everything counts once, whatever becomes of it afterwards.

use crate::places::on_both;
use crate::samples::{
    ANYHOW, Asked, answer, ask, at, brief, cancelled, event, existing, first, id, lease, member,
    run, scope,
};
use chrono::{DateTime, Utc};
use domain::event::{AgentSummary, OutputMetadata, Stopped, WorkflowSummary};
use domain::ledger::{Account, Amount, Entry, Key, Measure, day_of, month_of};
use domain::quota::Used;
use domain::synthesis::Agreement;
use domain::{
    AgentId, Claim, Contribution, Cost, Distillation, EventData, Feedback, Outcome, Rating, Role,
    RunStatus, Tokens, User, WorkflowId,
};
use serde_json::json;
use std::collections::BTreeMap;
use store::testing::{Kind, TestDatabase};
use store::{
    Deleted, Kept, PoolSizes, Posed, RunEnd, Started, Store, StoredStep, Tally, TallyFilter,
};

on_both!(
    a_run_that_was_resumed_counts_once,
    calls_that_were_taken_over_are_another_runs,
    what_was_under_way_counts_when_it_is_deleted,
    figures_outlive_people,
    a_changed_mind_corrects_the_figure,
    who_accounts_at_the_same_time_does_no_harm,
);

fn call(iteration: u32, kind: &str, agent: Option<&str>, cost: Cost) -> StoredStep {
    StoredStep {
        iteration,
        kind: kind.to_owned(),
        agent_id: agent.map(AgentId::from),
        attempt: 1,
        request_hash: format!("{iteration}{kind}{agent:?}"),
        model: Some("lab/m".to_owned()),
        tokens: Tokens::new(100, 20),
        cost,
        latency_ms: 2_000,
        step: json!({ "prompt_version": 7, "models": ["lab/m"], "result": { "Ok": {} } }),
        logged: None,
        finished_at: at(50),
    }
}

fn begun() -> EventData {
    EventData::TaskStarted {
        request_id: None,
        task_id: domain::RunId(uuid::Uuid::nil()),
        workflow: WorkflowSummary {
            id: WorkflowId::from("overmind"),
            name: "Overmind".to_owned(),
            quality_threshold: 9.0,
            max_n2_iterations: 4,
            version: 1,
        },
        agents: ["critic", "poet"]
            .map(|id| AgentSummary {
                id: AgentId::from(id),
                name: id.to_owned(),
                model: "lab/m".parse().unwrap(),
                version: 1,
            })
            .into(),
    }
}

fn contributed(agent: &str) -> EventData {
    EventData::AgentCompleted(Contribution {
        agent_id: AgentId::from(agent),
        agent_name: agent.to_owned(),
        iteration: 1,
        output: "Owls see at night.".to_owned(),
        lines: Vec::new(),
        detail: None,
        model: "lab/m".parse().unwrap(),
        tokens: Tokens::new(100, 20),
        tokens_used: 120,
        cost_usd: Cost::micros(5),
        latency_ms: 2_000,
    })
}

fn distilled() -> EventData {
    let claim = |text: &str, agreement| Claim {
        text: text.to_owned(),
        agents: vec![AgentId::from("critic")],
        agreement,
    };
    EventData::Distilled(Distillation {
        core_insights: Vec::new(),
        claims: vec![
            claim("Owls see well at night", Agreement::Single),
            claim("Penguins fly backwards over mountains", Agreement::Disputed),
        ],
        alignment_check: BTreeMap::from([(AgentId::from("critic"), false)]),
    })
}

fn scored(iteration: u32, score: f64) -> EventData {
    EventData::QualityScored {
        score: Some(score),
        iteration,
        items: Vec::new(),
        self_judged: false,
        unscored: false,
    }
}

fn triggered() -> EventData {
    EventData::N2Triggered {
        reason: "It fell short.".to_owned(),
        iteration: 1,
        directives: BTreeMap::from([(AgentId::from("poet"), Vec::new())]),
        issues: Vec::new(),
    }
}

fn output(score: f64) -> EventData {
    EventData::FinalOutput {
        content: "Owls see very well at night.".to_owned(),
        html: None,
        metadata: Box::new(OutputMetadata {
            outcome: Outcome::Passed,
            passed: true,
            confidence: 0.9,
            score: Some(score),
            self_judged: false,
            unscored: false,
            stopped: Stopped::Passed,
            iterations: 2,
            best_iteration: 1,
            missing: Vec::new(),
            calls: 5,
            tokens: Tokens::new(500, 100),
            cost_usd: Cost::UNKNOWN,
            models: BTreeMap::from([("synthesizer".to_owned(), "lab/m".parse().unwrap())]),
            critical_ms: 7,
            wall_ms: Some(9_000),
            overhead_ms: None,
            history_summary: None,
            title: None,
        }),
    }
}

fn end(asked: &Asked, score: f64) -> RunEnd {
    RunEnd {
        status: RunStatus::Completed,
        outcome: Some(Outcome::Passed),
        score: Some(score),
        error_code: None,
        first_token_ms: Some(1_500),
        answer: Some(answer(asked, at(60))),
        title: None,
        finished_at: at(60),
    }
}

/// Numbers the events as they come.
fn kept(asked: &Asked, from: u64, events: Vec<EventData>, steps: Vec<StoredStep>) -> Kept {
    Kept {
        events: (from..)
            .zip(events)
            .map(|(seq, data)| event(&asked.run, seq, data))
            .collect(),
        steps,
        end: None,
    }
}

fn first_part(asked: &Asked) -> Kept {
    kept(
        asked,
        1,
        vec![begun(), contributed("critic")],
        vec![call(1, "contribution", Some("critic"), Cost::micros(5))],
    )
}

fn last_part(asked: &Asked, score: f64) -> Kept {
    let part = kept(
        asked,
        3,
        vec![
            contributed("poet"),
            distilled(),
            scored(1, score - 0.5),
            triggered(),
            scored(2, score),
            output(score),
        ],
        vec![
            call(1, "contribution", Some("poet"), Cost::UNKNOWN),
            call(1, "draft", None, Cost::micros(5)),
            call(1, "judgement", None, Cost::micros(5)),
            call(2, "draft", None, Cost::micros(9)),
        ],
    );
    Kept {
        end: Some(end(asked, score)),
        ..part
    }
}

/// A question that was answered with that score.
pub async fn answered(store: &Store, user: &User, when: DateTime<Utc>, score: f64) -> Asked {
    let asked = ask(store, user, when).await;
    let leased = lease(store, at(5)).await.unwrap();
    assert_eq!(leased.run.id, asked.run.id);
    for part in [first_part(&asked), last_part(&asked, score)] {
        assert!(store.keep(asked.run.id, leased.epoch, &part).await.unwrap());
    }
    asked
}

pub fn of(user: &User) -> TallyFilter {
    TallyFilter {
        organization: user.organization_id,
        from: day_of(at(0)),
        until: day_of(at(0)) + chrono::TimeDelta::days(1),
        workflow: None,
        agent: None,
        model: None,
        user: None,
    }
}

pub fn sum(tallies: &[Tally], measure: Measure, label: &str) -> i64 {
    tallies
        .iter()
        .filter(|it| it.measure == measure && (label.is_empty() || it.label == label))
        .map(|it| it.amount.count)
        .sum()
}

pub async fn used(store: &Store, user: &User) -> Used {
    let month = month_of(at(0));
    let used = store.used(user.organization_id, user.id, month).await;
    used.unwrap().0
}

async fn a_run_that_was_resumed_counts_once(store: Store) {
    let ada = first(&store).await;
    let asked = ask(&store, &ada, at(1)).await;
    let leased = lease(&store, at(2)).await.unwrap();
    let id = asked.run.id;
    for _ in 0..2 {
        let part = first_part(&asked);
        assert!(store.keep(id, leased.epoch, &part).await.unwrap());
    }
    assert_eq!(store.account_for_runs(at(3)).await.unwrap(), 0, "not yet");
    // The worker dies, and another one goes on.
    store.void_leases().await.unwrap();
    let leased = lease(&store, at(4)).await.unwrap();
    let part = last_part(&asked, 9.2);
    assert!(store.keep(id, leased.epoch, &part).await.unwrap());
    let before = used(&store, &ada).await;
    assert_eq!(store.account_for_runs(at(70)).await.unwrap(), 1);
    assert_eq!(store.account_for_runs(at(71)).await.unwrap(), 0);

    let entries = store.entries(ada.organization_id, 9).await.unwrap();
    let [(entry, None)] = entries.as_slice() else {
        panic!("{entries:?}")
    };
    assert_eq!((entry.calls, entry.tokens), (5, Tokens::new(500, 100)));
    assert_eq!((entry.money.micros, entry.money.unpriced_calls), (24, 1));
    assert_eq!((entry.score, entry.rounds), (Some(920), 2));
    assert_eq!(
        (entry.agents.as_str(), entry.judge.as_str()),
        (",critic,poet,", "7 lab/m")
    );
    assert_eq!(before, used(&store, &ada).await, "it moved as it was");
    assert_eq!(
        (before.requests, before.tokens, before.cost_micros),
        (1, 600, 24)
    );

    let tallies = store.tallies(&of(&ada)).await.unwrap();
    for (measure, label, count) in [
        (Measure::Ending, "passed", 1),
        (Measure::Source, "browser", 1),
        (Measure::Answer, "2", 1),
        (Measure::FirstToken, "", 1),
        (Measure::Synthesis, "", 2),
        (Measure::Score, "7 lab/m", 1),
        (Measure::Draft, "7 lab/m", 1),
        (Measure::Round, "", 2),
        (Measure::Repaired, "", 1),
        (Measure::Improved, "", 1),
        (Measure::Rescued, "", 1),
        (Measure::Call, "", 5),
        (Measure::Contribution, "", 2),
        (Measure::Claim, "disputed", 1),
        (Measure::ReachedAnswer, "", 1),
        (Measure::Misaligned, "", 1),
        (Measure::RepairAsked, "", 1),
        (Measure::AgentQuestion, "", 2),
        (Measure::ModelQuestion, "", 1),
    ] {
        assert_eq!(sum(&tallies, measure, label), count, "{measure:?} {label}");
    }
    let gain = tallies.iter().find(|it| it.measure == Measure::Gain);
    assert_eq!(gain.unwrap().amount.hundredths, 50);
}

async fn calls_that_were_taken_over_are_another_runs(store: Store) {
    let ada = first(&store).await;
    let asked = ask(&store, &ada, at(1)).await;
    let leased = lease(&store, at(2)).await.unwrap();
    let id = asked.run.id;
    let part = first_part(&asked);
    assert!(store.keep(id, leased.epoch, &part).await.unwrap());
    store.void_leases().await.unwrap();
    let (request, brief) = (cancelled("Ada"), brief());
    let cancel = store.request_cancel(scope(&ada), id, &request, at(55));
    cancel.await.unwrap();
    let mut again = run(&ada, &asked.question);
    again.created_at = at(60);
    let posed = Posed::Concluding(id);
    let mut leaf = existing(&asked.question);
    if let store::Conversing::Existing { leaf, .. } = &mut leaf {
        *leaf = Some(asked.question.id);
    }
    let started = store.start_run(&again, &brief, posed, leaf, &ANYHOW);
    assert_eq!(started.await.unwrap(), Started::New);
    let cancel = store.request_cancel(scope(&ada), again.id, &request, at(61));
    cancel.await.unwrap();
    assert_eq!(store.account_for_runs(at(70)).await.unwrap(), 2);
    let used = used(&store, &ada).await;
    assert_eq!((used.requests, used.tokens), (2, 120));
    let tallies = store.tallies(&of(&ada)).await.unwrap();
    assert_eq!(sum(&tallies, Measure::Call, ""), 1);
    assert_eq!(sum(&tallies, Measure::Ending, "cancelled"), 2);
}

async fn what_was_under_way_counts_when_it_is_deleted(store: Store) {
    let ada = first(&store).await;
    let asked = ask(&store, &ada, at(1)).await;
    let leased = lease(&store, at(2)).await.unwrap();
    let id = asked.run.id;
    let part = first_part(&asked);
    assert!(store.keep(id, leased.epoch, &part).await.unwrap());
    let done = answered(&store, &ada, at(3), 9.2).await;
    for conversation in [asked.conversation.id, done.conversation.id] {
        assert!(
            store
                .delete_conversation(scope(&ada), conversation)
                .await
                .unwrap()
        );
    }
    assert_eq!(store.account_for_runs(at(70)).await.unwrap(), 0);
    let used = used(&store, &ada).await;
    assert_eq!((used.requests, used.tokens), (2, 720));
    let tallies = store.tallies(&of(&ada)).await.unwrap();
    assert_eq!(sum(&tallies, Measure::Ending, "cancelled"), 1);
    assert_eq!(sum(&tallies, Measure::Ending, "passed"), 1);
}

async fn figures_outlive_people(store: Store) {
    let ada = first(&store).await;
    let bob = member(&store, &ada, "bob@example.org", Role::User).await;
    answered(&store, &bob, at(1), 8.0).await;
    assert_eq!(store.account_for_runs(at(70)).await.unwrap(), 1);
    answered(&store, &bob, at(2), 8.0).await;
    let before = used(&store, &bob).await;
    assert_eq!(store.remove_member(bob.id).await.unwrap(), Deleted::Yes);
    assert_eq!(used(&store, &bob).await, before);
    let tallies = store.tallies(&of(&ada)).await.unwrap();
    assert_eq!(sum(&tallies, Measure::Ending, ""), 2);
    let by_user = store.tallies_by_user(&of(&ada)).await.unwrap();
    assert!(by_user.iter().all(|(user, _)| *user == bob.id));
    // The organization takes everything with it.
    assert_eq!(store.delete_account(ada.id).await.unwrap(), Deleted::Yes);
    assert_eq!(store.entries(ada.organization_id, 9).await.unwrap(), []);
    assert_eq!(store.tallies(&of(&ada)).await.unwrap(), []);
}

async fn rate(store: &Store, user: &User, asked: &Asked, rating: Option<Rating>) {
    let feedback = rating.map(|rating| Feedback {
        rating,
        comment: None,
    });
    let id = asked.run.answer_id;
    let rated = store.set_feedback(scope(user), id, feedback.as_ref()).await;
    assert!(rated.unwrap().is_some());
}

async fn a_changed_mind_corrects_the_figure(store: Store) {
    let ada = first(&store).await;
    let asked = answered(&store, &ada, at(1), 8.4).await;
    // Before it stands in the ledger, and after.
    rate(&store, &ada, &asked, Some(Rating::Down)).await;
    assert_eq!(store.account_for_runs(at(70)).await.unwrap(), 1);
    for (rating, up, down) in [
        (Some(Rating::Down), 0, 1),
        (Some(Rating::Up), 1, 0),
        (Some(Rating::Up), 1, 0),
        (None, 0, 0),
        (Some(Rating::Up), 1, 0),
    ] {
        rate(&store, &ada, &asked, rating).await;
        let tallies = store.tallies(&of(&ada)).await.unwrap();
        let counted = ["up", "down"].map(|label| sum(&tallies, Measure::Rating, label));
        assert_eq!(counted, [up, down]);
        let entries = store.entries(ada.organization_id, 1).await.unwrap();
        assert_eq!(entries[0].1, rating);
        let bands = tallies.iter().filter(|it| it.measure == Measure::Rating);
        assert!(bands.into_iter().all(|it| it.bucket == 8));
    }
}

async fn who_accounts_at_the_same_time_does_no_harm(store: Store) {
    let ada = first(&store).await;
    for n in 1..=12 {
        answered(&store, &ada, at(n), 9.0).await;
    }
    let (one, other, third) = tokio::join!(
        store.account_for_runs(at(70)),
        store.account_for_runs(at(70)),
        store.account_for_runs(at(70)),
    );
    for done in [one, other, third] {
        done.unwrap();
    }
    while store.account_for_runs(at(71)).await.unwrap() > 0 {}
    let tallies = store.tallies(&of(&ada)).await.unwrap();
    assert_eq!(sum(&tallies, Measure::Ending, ""), 12);
    assert_eq!(used(&store, &ada).await.tokens, 12 * 600);
}

mod no_statement_is_kept_for_a_number_of_rows {
    use store::testing::Kind;

    #[tokio::test]
    async fn sqlite() {
        super::no_statement_is_kept_for_a_number_of_rows(Kind::Sqlite).await;
    }

    #[tokio::test]
    async fn postgres() {
        super::no_statement_is_kept_for_a_number_of_rows(Kind::Postgres).await;
    }
}

async fn no_statement_is_kept_for_a_number_of_rows(kind: Kind) {
    let database = TestDatabase::fresh(kind).await;
    let one = PoolSizes {
        max_connections: 1,
        ..PoolSizes::default()
    };
    let store = Store::open(&database.url, one, true).await.unwrap();
    let ada = first(&store).await;
    let mut kept = Vec::new();
    for rows in 1..=6 {
        let key = |bucket| Key {
            measure: Measure::Trial,
            workflow: String::new(),
            agents: String::new(),
            agent: "poet".to_owned(),
            model: "lab/m".to_owned(),
            label: String::new(),
            bucket,
        };
        let account = Account {
            entry: Entry {
                id: id(),
                ..Entry::of_trial(&ada, &AgentId::from("poet"), at(1))
            },
            tallies: (0..rows)
                .map(|bucket| (key(bucket), Amount::of(1)))
                .collect(),
        };
        store.post(account).await.unwrap();
        kept.push(store.kept_statements().await);
    }
    assert!(
        kept[1] > 0 && kept[1..].iter().all(|it| *it == kept[1]),
        "{kept:?}"
    );
    store.close().await;
}
