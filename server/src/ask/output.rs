//! What `ask` prints at the end: the answer's text or one JSON object on standard output.

use super::{Finished, note};
use domain::event::OutputMetadata;
use domain::transcript::{AgentState, Draft, Ending};
use domain::{ApiError, Contribution, JudgedItem, Outcome, Transcript};
use serde_json::{Value, json};
use std::io::Write;

/// A closed pipe is the reader's choice, not a failure.
fn print_line(text: &str) {
    let mut stdout = std::io::stdout();
    let _ = writeln!(stdout, "{text}");
    let _ = stdout.flush();
}

pub fn print_error(error: &ApiError, json: bool) {
    if json {
        print_line(&json!(error).to_string());
    } else {
        note(&format!("overmind: {error}"));
    }
}

pub fn print(finished: &Finished, json: bool) {
    let transcript = &finished.transcript;
    match &transcript.ending {
        Some(Ending::Answer {
            content, metadata, ..
        }) => {
            if json {
                print_line(&answer(content, metadata, finished).to_string());
            } else {
                print_line(content);
            }
        }
        Some(Ending::Cancelled { .. }) => {
            if json {
                print_line(&cancelled(finished).to_string());
            } else if let Some(text) = unfinished(transcript) {
                print_line(&text);
            }
        }
        Some(Ending::Failed { code, message }) => {
            print_error(&ApiError::new(code.as_str(), message.as_str()), json);
            if !json && let Some(text) = unfinished(transcript) {
                note(&format!("\nWhat finished:\n\n{text}"));
            }
        }
        None => {
            let error = ApiError::new("internal", "the run ended without a result");
            print_error(&error, json);
        }
    }
}

/// The latest draft, else what the agents said.
fn unfinished(transcript: &Transcript) -> Option<String> {
    if let Some(draft) = best_draft(transcript) {
        return Some(draft.content.clone());
    }
    let said: Vec<String> = transcript
        .latest_contributions()
        .map(|contribution| format!("{}\n{}", contribution.agent_name, contribution.output))
        .collect();
    (!said.is_empty()).then(|| said.join("\n\n"))
}

/// The highest score wins; among unscored drafts the latest.
fn best_draft(transcript: &Transcript) -> Option<&Draft> {
    let score = |draft: &&Draft| draft.score.unwrap_or(-1.0);
    transcript
        .drafts
        .iter()
        .max_by(|a, b| score(a).total_cmp(&score(b)))
}

fn answer(content: &str, metadata: &OutputMetadata, finished: &Finished) -> Value {
    let transcript = &finished.transcript;
    let returned = transcript
        .drafts
        .iter()
        .find(|draft| draft.id == metadata.best_iteration);
    json!({
        "content": content,
        "outcome": metadata.outcome,
        "passed": metadata.passed,
        "score": metadata.score,
        "self_judged": metadata.self_judged,
        "unscored": metadata.unscored,
        "confidence": metadata.confidence,
        "checklist": checklist(transcript, returned),
        "contributions": contributions(transcript),
        "missing": metadata.missing,
        "iterations": metadata.iterations,
        "calls": metadata.calls,
        "tokens": metadata.tokens,
        "cost_usd": metadata.cost_usd,
        "models": metadata.models,
        "timings": {
            "wall_ms": finished.wall_ms,
            "critical_ms": metadata.critical_ms,
            "overhead_ms": metadata.overhead_ms,
        },
    })
}

/// The same shape, as far as the run came.
fn cancelled(finished: &Finished) -> Value {
    let transcript = &finished.transcript;
    let draft = best_draft(transcript);
    let tokens = transcript
        .contributions
        .iter()
        .fold((0, 0), |(input, output), contribution| {
            (
                input + contribution.tokens.input,
                output + contribution.tokens.output,
            )
        });
    let missing: Vec<Value> = transcript
        .agents
        .iter()
        .filter(|card| card.contribution.is_none())
        .map(|card| json!({ "agent_id": card.id, "agent_name": card.name }))
        .collect();
    json!({
        "content": draft.map(|draft| &draft.content),
        "outcome": "cancelled",
        "passed": false,
        "score": draft.and_then(|draft| draft.score),
        "self_judged": draft.is_some_and(|draft| draft.self_judged),
        "unscored": draft.is_none_or(|draft| draft.score.is_none()),
        "checklist": checklist(transcript, draft),
        "contributions": contributions(transcript),
        "missing": missing,
        "iterations": transcript.iteration,
        "tokens": { "input": tokens.0, "output": tokens.1 },
        "cost_usd": null,
        "models": {},
        "timings": { "wall_ms": finished.wall_ms, "critical_ms": null, "overhead_ms": null },
    })
}

/// As judged on the returned draft; without a judgement the items alone.
fn checklist(transcript: &Transcript, draft: Option<&Draft>) -> Vec<Value> {
    let judged = |item: &JudgedItem| {
        json!({
            "id": item.id,
            "text": item.text,
            "weight": item.weight,
            "points": item.points,
            "evidence": item.evidence,
            "reason": item.reason,
        })
    };
    match draft.filter(|draft| !draft.items.is_empty()) {
        Some(draft) => draft.items.iter().map(judged).collect(),
        None => transcript
            .checklist
            .iter()
            .map(|item| {
                json!({
                    "id": item.id,
                    "text": item.text,
                    "weight": item.weight,
                    "points": null,
                    "evidence": [],
                    "reason": "",
                })
            })
            .collect(),
    }
}

fn contributions(transcript: &Transcript) -> Vec<Value> {
    let shown = |contribution: &Contribution| {
        json!({
            "agent_id": contribution.agent_id,
            "agent_name": contribution.agent_name,
            "iteration": contribution.iteration,
            "lines": contribution.lines,
            "detail": contribution.detail,
            "model": contribution.model,
            "tokens_used": contribution.tokens_used,
            "latency_ms": contribution.latency_ms,
        })
    };
    transcript.latest_contributions().map(shown).collect()
}

pub fn counted(count: usize, one: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        _ => format!("{count} {one}s"),
    }
}

/// One line that says how good the answer is and what it took.
pub fn verdict(metadata: &OutputMetadata, wall_ms: u64, agents: usize) -> String {
    let score = metadata
        .score
        .map_or("unscored".to_owned(), |score| format!("{score:.1}"));
    let outcome = match metadata.outcome {
        Outcome::Passed => format!("Passed {score}"),
        Outcome::BestEffort => format!("Best effort {score}"),
        Outcome::Degraded => {
            let names: Vec<&str> = metadata
                .missing
                .iter()
                .map(|agent| agent.agent_name.as_str())
                .collect();
            format!("Degraded {score}: {} missing", names.join(", "))
        }
    };
    let rounds = counted(metadata.iterations as usize, "round");
    let agents = counted(agents, "agent");
    let cost = match metadata.cost_usd.usd() {
        Some(usd) if usd < 0.01 && usd > 0.0 => format!("${usd:.4}"),
        Some(usd) => format!("${usd:.2}"),
        None => "cost unknown".to_owned(),
    };
    let mut parts = vec![
        outcome,
        rounds,
        agents,
        format!("{:.1} s", wall_ms as f64 / 1000.0),
        thousands(metadata.tokens.total()),
        cost,
    ];
    if metadata.self_judged {
        parts.push("self-judged".to_owned());
    }
    parts.join(" · ")
}

fn thousands(tokens: u64) -> String {
    match tokens {
        0..1_000 => format!("{tokens} tokens"),
        _ => format!("{:.1} k tokens", tokens as f64 / 1000.0),
    }
}

/// Which agents failed and why, for the end of the progress.
pub fn failures(transcript: &Transcript) -> Vec<String> {
    transcript
        .agents
        .iter()
        .filter_map(|card| match &card.state {
            AgentState::Failed { message, .. } => Some(format!("{}: {message}", card.name)),
            _ => None,
        })
        .collect()
}
