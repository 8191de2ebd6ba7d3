//! What Socket.IO clients are told: the messages of `domain`, each under its own name and with its
//! keys in camelCase. Keys that are data stay as they are.

use serde::Serialize;
use serde_json::{Map, Value};

/// The fields whose keys are ids of agents or roles of models.
const KEYED_BY_DATA: [&str; 3] = ["alignment_check", "directives", "models"];

/// An event's name and what it carries. What stands in `data` stands beside the rest, and counts
/// where both say the same.
pub fn named(message: &impl Serialize) -> (String, Value) {
    let Value::Object(mut fields) = camel(serde_json::to_value(message).unwrap_or_default()) else {
        return (String::new(), Value::Null);
    };
    let name = match fields.shift_remove("type") {
        Some(Value::String(name)) => name,
        _ => String::new(),
    };
    if let Some(Value::Object(data)) = fields.shift_remove("data") {
        fields.extend(data);
    }
    (name, Value::Object(fields))
}

fn camel(value: Value) -> Value {
    match value {
        Value::Object(fields) => Value::Object(fields.into_iter().map(field).collect()),
        Value::Array(items) => Value::Array(items.into_iter().map(camel).collect()),
        plain => plain,
    }
}

fn field((name, value): (String, Value)) -> (String, Value) {
    let value = match value {
        Value::Object(data) if KEYED_BY_DATA.contains(&name.as_str()) => {
            let data = data.into_iter().map(|(key, value)| (key, camel(value)));
            Value::Object(data.collect::<Map<_, _>>())
        }
        value => camel(value),
    };
    (camel_name(&name), value)
}

fn camel_name(name: &str) -> String {
    let mut words = name.split('_');
    let mut camel = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        camel.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        camel.push_str(letters.as_str());
    }
    camel
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::wire::{Control, RunDelta};
    use domain::{Delta, Event, EventData, RunId};
    use serde_json::json;
    use std::collections::BTreeSet;
    use uuid::Uuid;

    const NIL: &str = "00000000-0000-0000-0000-000000000000";

    /// No `_`: whoever adds a variant comes here, and adds what clients see of it to the samples.
    fn name_of(data: &EventData) -> &'static str {
        match data {
            EventData::TaskStarted { .. } => "task_started",
            EventData::Observed { .. } => "observed",
            EventData::AgentStarted { .. } => "agent_started",
            EventData::AgentCompleted(_) => "agent_completed",
            EventData::AgentFailed { .. } => "agent_failed",
            EventData::SynthesisStarted {} => "synthesis_started",
            EventData::Distilled(_) => "distilled",
            EventData::DraftStarted { .. } => "draft_started",
            EventData::DraftCompleted { .. } => "draft_completed",
            EventData::JudgingStarted { .. } => "judging_started",
            EventData::QualityScored { .. } => "quality_scored",
            EventData::Comparison { .. } => "comparison",
            EventData::N2Triggered { .. } => "n2_triggered",
            EventData::FinalOutput { .. } => "final_output",
            EventData::Cancelled { .. } => "cancelled",
            EventData::Error { .. } => "error",
        }
    }
    const VARIANTS: usize = 16;

    /// The data of an event as it is stored, and as clients get it.
    fn samples() -> Vec<(&'static str, Value, Value)> {
        let model = "openai/gpt-5.1";
        vec![
            (
                "task_started",
                json!({
                    "request_id": "r_1",
                    "task_id": NIL,
                    "workflow": {
                        "id": "my_workflow", "name": "Mine", "quality_threshold": 9.0,
                        "max_n2_iterations": 3, "version": 1
                    },
                    "agents": [{ "id": "my_agent", "name": "A", "model": model, "version": 1 }]
                }),
                json!({
                    "requestId": "r_1",
                    "taskId": NIL,
                    "workflow": {
                        "id": "my_workflow", "name": "Mine", "qualityThreshold": 9.0,
                        "maxN2Iterations": 3, "version": 1
                    },
                    "agents": [{ "id": "my_agent", "name": "A", "model": model, "version": 1 }]
                }),
            ),
            (
                "observed",
                json!({
                    "observation": {
                        "user_intent": "i", "key_requirements": ["r"], "context_summary": "c"
                    },
                    "checklist": [{ "id": "c_1", "text": "t", "weight": 1.0, "accuracy": true }]
                }),
                json!({
                    "observation": {
                        "userIntent": "i", "keyRequirements": ["r"], "contextSummary": "c"
                    },
                    "checklist": [{ "id": "c_1", "text": "t", "weight": 1.0, "accuracy": true }]
                }),
            ),
            (
                "agent_started",
                json!({ "agent_id": "my_agent", "agent_name": "A", "model": model }),
                json!({ "agentId": "my_agent", "agentName": "A", "model": model }),
            ),
            (
                "agent_completed",
                json!({
                    "agent_id": "my_agent", "agent_name": "A", "iteration": 2, "output": "1. a_b",
                    "lines": ["a_b"], "detail": null, "model": model,
                    "tokens": { "input": 3, "output": 4 }, "tokens_used": 7, "cost_usd": 0.5,
                    "latency_ms": 10
                }),
                json!({
                    "agentId": "my_agent", "agentName": "A", "iteration": 2, "output": "1. a_b",
                    "lines": ["a_b"], "detail": null, "model": model,
                    "tokens": { "input": 3, "output": 4 }, "tokensUsed": 7, "costUsd": 0.5,
                    "latencyMs": 10
                }),
            ),
            (
                "agent_failed",
                json!({
                    "agent_id": "my_agent", "agent_name": "A", "code": "rate_limited",
                    "message": "m", "retryable": true
                }),
                json!({
                    "agentId": "my_agent", "agentName": "A", "code": "rate_limited",
                    "message": "m", "retryable": true
                }),
            ),
            ("synthesis_started", json!({}), json!({})),
            (
                "distilled",
                json!({
                    "core_insights": ["i"],
                    "claims": [{ "text": "t", "agents": ["my_agent"], "agreement": "single" }],
                    "alignment_check": { "my_agent": true }
                }),
                json!({
                    "coreInsights": ["i"],
                    "claims": [{ "text": "t", "agents": ["my_agent"], "agreement": "single" }],
                    "alignmentCheck": { "my_agent": true }
                }),
            ),
            (
                "draft_started",
                json!({ "draft_id": 1 }),
                json!({ "draftId": 1 }),
            ),
            (
                "draft_completed",
                json!({ "draft_id": 1, "content": "c" }),
                json!({ "draftId": 1, "content": "c" }),
            ),
            (
                "judging_started",
                json!({ "judge_model": model, "self_judged": true }),
                json!({ "judgeModel": model, "selfJudged": true }),
            ),
            (
                "quality_scored",
                json!({
                    "score": 8.25, "iteration": 2, "self_judged": false, "unscored": false,
                    "items": [{
                        "id": "c_1", "text": "t", "weight": 1.0, "accuracy": true, "points": null,
                        "evidence": [1], "reason": "r"
                    }]
                }),
                json!({
                    "score": 8.25, "iteration": 2, "selfJudged": false, "unscored": false,
                    "items": [{
                        "id": "c_1", "text": "t", "weight": 1.0, "accuracy": true, "points": null,
                        "evidence": [1], "reason": "r"
                    }]
                }),
            ),
            (
                "comparison",
                json!({
                    "incumbent": 1, "challenger": 2, "verdicts": ["tie", "challenger"], "kept": 2
                }),
                json!({
                    "incumbent": 1, "challenger": 2, "verdicts": ["tie", "challenger"], "kept": 2
                }),
            ),
            // Its own iteration, not the event's; an agent is called like a field.
            (
                "n2_triggered",
                json!({
                    "reason": "r", "iteration": 1, "issues": ["i"],
                    "directives": {
                        "my_agent": [{
                            "item": "c_1", "faulty_sentences": ["s"], "required_change": "x"
                        }],
                        "models": [{
                            "item": "c_1", "faulty_sentences": [], "required_change": "y"
                        }]
                    }
                }),
                json!({
                    "reason": "r", "iteration": 1, "issues": ["i"],
                    "directives": {
                        "my_agent": [{
                            "item": "c_1", "faultySentences": ["s"], "requiredChange": "x"
                        }],
                        "models": [{
                            "item": "c_1", "faultySentences": [], "requiredChange": "y"
                        }]
                    }
                }),
            ),
            (
                "final_output",
                json!({
                    "content": "c", "html": "<p>c</p>",
                    "metadata": {
                        "outcome": "best_effort", "passed": false, "confidence": 0.5,
                        "score": null, "self_judged": true, "unscored": true,
                        "stopped": "max_iterations", "iterations": 2, "best_iteration": 1,
                        "missing": [{ "agent_id": "my_agent", "agent_name": "A" }],
                        "calls": 9, "tokens": { "input": 3, "output": 4 }, "cost_usd": null,
                        "models": { "my_agent": model, "synthesizer": model },
                        "critical_ms": 5, "wall_ms": 6, "overhead_ms": 1,
                        "history_summary": { "text": "t", "turns": 2 }
                    }
                }),
                json!({
                    "content": "c", "html": "<p>c</p>",
                    "metadata": {
                        "outcome": "best_effort", "passed": false, "confidence": 0.5,
                        "score": null, "selfJudged": true, "unscored": true,
                        "stopped": "max_iterations", "iterations": 2, "bestIteration": 1,
                        "missing": [{ "agentId": "my_agent", "agentName": "A" }],
                        "calls": 9, "tokens": { "input": 3, "output": 4 }, "costUsd": null,
                        "models": { "my_agent": model, "synthesizer": model },
                        "criticalMs": 5, "wallMs": 6, "overheadMs": 1,
                        "historySummary": { "text": "t", "turns": 2 }
                    }
                }),
            ),
            (
                "cancelled",
                json!({ "by": "Ada", "reason": "r" }),
                json!({ "by": "Ada", "reason": "r" }),
            ),
            (
                "error",
                json!({ "message": "m", "code": "quorum_missed" }),
                json!({ "message": "m", "code": "quorum_missed" }),
            ),
        ]
    }

    #[test]
    fn every_event_is_told_in_camel_case() {
        let mut names = BTreeSet::new();
        for (kind, data, told) in samples() {
            let stored = json!({
                "run_id": NIL, "conversation_id": NIL, "seq": 7, "ts": "2026-01-02T03:04:05Z",
                "iteration": 2, "type": kind, "data": data
            });
            let event: Event = serde_json::from_value(stored).expect(kind);
            let mut expected = json!({
                "runId": NIL, "conversationId": NIL, "seq": 7, "ts": "2026-01-02T03:04:05Z",
                "iteration": 2
            });
            for (key, value) in told.as_object().unwrap() {
                expected[key] = value.clone();
            }
            assert_eq!(named(&event), (kind.to_owned(), expected));
            assert_eq!(name_of(&event.data), kind);
            names.insert(kind);
        }
        assert_eq!(names.len(), VARIANTS);
    }

    #[test]
    fn what_is_no_event_is_told_in_camel_case_too() {
        let run_id = RunId(Uuid::nil());
        let reset = Delta::DeltaReset {
            step: "1/draft/1".to_owned(),
            agent_id: Some("my_agent".into()),
        };
        let delta = RunDelta {
            run_id,
            delta: reset.clone(),
        };
        assert_eq!(
            named(&delta),
            (
                "delta_reset".to_owned(),
                json!({ "runId": NIL, "step": "1/draft/1", "agentId": "my_agent" })
            )
        );
        let subscribed = Control::Subscribed {
            run_id,
            last_seq: 7,
            partial: vec![reset],
        };
        let partial = json!([
            { "type": "delta_reset", "step": "1/draft/1", "agentId": "my_agent" }
        ]);
        assert_eq!(
            named(&subscribed),
            (
                "subscribed".to_owned(),
                json!({ "runId": NIL, "lastSeq": 7, "partial": partial })
            )
        );
        let error = Control::Error {
            request_id: Some("r_1".to_owned()),
            run_id: None,
            code: "not_found".to_owned(),
            message: "There is no such run.".to_owned(),
        };
        assert_eq!(
            named(&error),
            (
                "error".to_owned(),
                json!({
                    "requestId": "r_1", "code": "not_found", "message": "There is no such run."
                })
            )
        );
    }
}
