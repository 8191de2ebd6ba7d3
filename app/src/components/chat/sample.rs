//! A run for tests: two agents, two rounds, one of them lost in the second.

use domain::event::{
    AgentSummary, Event, EventData, MissingAgent, OutputMetadata, Stopped, WorkflowSummary,
};
use domain::synthesis::{Agreement, Claim, Distillation};
use domain::{
    Contribution, ConversationId, Cost, Directive, JudgedItem, ModelName, RunId, Tokens,
    Transcript, run,
};
use std::collections::BTreeMap;

fn model() -> ModelName {
    "mock/small".parse().expect("a model name")
}

fn contribution(id: &str, name: &str, iteration: u32) -> EventData {
    let line = |n: u32| format!("{name} says {n} in round {iteration}.");
    EventData::AgentCompleted(Contribution {
        agent_id: id.into(),
        agent_name: name.into(),
        iteration,
        output: (1..=4).map(|n| format!("{n}. {}\n", line(n))).collect(),
        lines: (1..=4).map(line).collect(),
        detail: None,
        model: model(),
        tokens: Tokens::new(100, 50),
        tokens_used: 150,
        cost_usd: Cost::micros(40),
        latency_ms: 2_000 * u64::from(iteration),
    })
}

fn started(id: &str, name: &str) -> EventData {
    EventData::AgentStarted {
        agent_id: id.into(),
        agent_name: name.into(),
        model: model(),
    }
}

pub fn judged(id: &str, points: f64) -> JudgedItem {
    JudgedItem {
        id: domain::ItemId::new(id),
        text: format!("Item {id}"),
        weight: 1.0,
        accuracy: false,
        points: Some(points),
        evidence: vec![1, 3],
        reason: String::new(),
    }
}

pub fn events() -> Vec<Event> {
    let (analytical, creative) = ("Analytical Clarity", "Creative Clarity");
    let run_id = RunId(Default::default());
    let directive = Directive {
        item: domain::ItemId::new("c2"),
        faulty_sentences: Vec::new(),
        required_change: "Name a second way.".into(),
    };
    let data = [
        (
            0,
            EventData::TaskStarted {
                request_id: None,
                task_id: run_id,
                workflow: WorkflowSummary {
                    id: "overmind".into(),
                    name: "Overmind".into(),
                    quality_threshold: 9.0,
                    max_n2_iterations: 4,
                    version: 1,
                },
                agents: [("analytical", analytical), ("creative", creative)]
                    .map(|(id, name)| AgentSummary {
                        id: id.into(),
                        name: name.into(),
                        model: model(),
                        version: 1,
                    })
                    .into(),
            },
        ),
        (1, started("analytical", analytical)),
        (1, started("creative", creative)),
        (1, contribution("analytical", analytical, 1)),
        (1, contribution("creative", creative, 1)),
        (1, EventData::SynthesisStarted {}),
        (
            1,
            EventData::Distilled(Distillation {
                core_insights: Vec::new(),
                claims: vec![Claim {
                    text: "Small steps win.".into(),
                    agents: vec!["creative".into()],
                    agreement: Agreement::Disputed,
                }],
                alignment_check: BTreeMap::new(),
            }),
        ),
        (1, EventData::DraftStarted { draft_id: 1 }),
        (
            1,
            EventData::DraftCompleted {
                draft_id: 1,
                content: "A draft.".into(),
            },
        ),
        (
            1,
            EventData::JudgingStarted {
                judge_model: model(),
                self_judged: true,
            },
        ),
        (
            1,
            EventData::QualityScored {
                score: Some(8.7),
                iteration: 1,
                items: vec![judged("c1", 5.0), judged("c2", 3.5)],
                self_judged: true,
                unscored: false,
            },
        ),
        (
            1,
            EventData::N2Triggered {
                reason: "The draft scored 8.7, the threshold is 9.0.".into(),
                iteration: 1,
                directives: BTreeMap::from([("creative".into(), vec![directive])]),
                issues: vec!["Item c2".into()],
            },
        ),
        (2, started("creative", creative)),
        (
            2,
            EventData::AgentFailed {
                agent_id: "creative".into(),
                agent_name: creative.into(),
                code: "provider_timeout".into(),
                message: "No reply within 60 s.".into(),
                retryable: true,
            },
        ),
        (
            2,
            EventData::FinalOutput {
                content: "A draft.".into(),
                html: None,
                metadata: Box::new(OutputMetadata {
                    outcome: run::Outcome::Degraded,
                    passed: false,
                    confidence: 0.87,
                    score: Some(8.7),
                    self_judged: true,
                    unscored: false,
                    stopped: Stopped::CallFailed,
                    iterations: 2,
                    best_iteration: 1,
                    missing: vec![MissingAgent {
                        agent_id: "creative".into(),
                        agent_name: creative.into(),
                    }],
                    calls: 8,
                    tokens: Tokens::new(10_000, 2_420),
                    cost_usd: Cost::micros(31_000),
                    models: BTreeMap::new(),
                    critical_ms: 13_000,
                    wall_ms: Some(14_230),
                    overhead_ms: None,
                    history_summary: None,
                    title: None,
                }),
            },
        ),
    ];
    data.into_iter()
        .zip(1..)
        .map(|((iteration, data), seq)| Event {
            run_id,
            conversation_id: ConversationId(Default::default()),
            seq,
            ts: chrono::DateTime::UNIX_EPOCH,
            iteration,
            data,
        })
        .collect()
}

pub fn transcript() -> Transcript {
    Transcript::from_events(&events())
}
