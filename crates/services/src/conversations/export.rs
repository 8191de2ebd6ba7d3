//! A conversation to take away: all of it for programs, or the shown branch to be read.

use super::{Conversations, GONE};
use crate::access::Member;
use crate::error::Result;
use chrono::{DateTime, Utc};
use domain::event::OutputMetadata;
use domain::transcript::{Draft, Ending, Repair};
use domain::{
    ConversationExport, ConversationId, ConversationView, Cost, Event, JudgedItem, Outcome,
    RunExport, RunId, Transcript, Turn,
};
use std::collections::HashMap;
use std::fmt::Write;

impl Conversations {
    /// Every branch, with everything that was recorded of its runs.
    pub async fn export(&self, member: &Member, id: ConversationId) -> Result<ConversationExport> {
        let scope = member.scope();
        let conversation = self.store.conversation(scope, id).await?.ok_or(GONE)?;
        let mut events: HashMap<RunId, Vec<Event>> = HashMap::new();
        for event in self.store.events_of(scope, id).await? {
            events.entry(event.run_id).or_default().push(event);
        }
        let mut runs = Vec::new();
        for run in self.store.runs_of(scope, id).await? {
            let events = events.remove(&run.id).unwrap_or_default();
            runs.push(RunExport {
                steps: self.prompts.of(scope, run.id, events.first()).await?,
                events,
                run,
            });
        }
        Ok(ConversationExport {
            exported_at: self.clock.now(),
            conversation,
            messages: self.store.messages(scope, id).await?,
            runs,
        })
    }

    /// The branch that is shown, as Markdown; what led to its answers where that is asked for.
    pub async fn export_markdown(
        &self,
        member: &Member,
        id: ConversationId,
        deliberation: bool,
    ) -> Result<String> {
        let view = self.view(member, id).await?;
        Ok(markdown(&view, deliberation, self.clock.now()))
    }
}

fn markdown(view: &ConversationView, deliberation: bool, now: DateTime<Utc>) -> String {
    let mut text = format!(
        "# {}\n\nExported from Overmind on {}.\n",
        view.conversation.title,
        moment(now)
    );
    for turn in &view.turns {
        let asked = moment(turn.question.created_at);
        text.push_str(&format!("\n## Question\n\n*{asked}*\n\n"));
        text.push_str(&quoted(&turn.question.content));
        answer(&mut text, turn);
        if deliberation {
            self::deliberation(&mut text, &turn.transcript);
        }
    }
    text
}

fn answer(text: &mut String, turn: &Turn) {
    let workflow = turn.transcript.workflow.as_ref();
    let workflow = workflow.map(|workflow| format!("workflow {}", workflow.name));
    match &turn.transcript.ending {
        Some(Ending::Answer {
            content, metadata, ..
        }) => {
            let mut facts = vec![outcome(metadata)];
            facts.extend(workflow);
            facts.push(counted(metadata.iterations, "round"));
            facts.push(format!("{} tokens", metadata.tokens.total()));
            facts.push(cost(metadata.cost_usd));
            let finished = turn.run.as_ref().and_then(|run| run.finished_at);
            facts.extend(finished.map(moment));
            text.push_str(&format!("\n## Answer\n\n*{}*\n\n", facts.join(" · ")));
            text.push_str(content.trim_end());
            text.push('\n');
        }
        Some(Ending::Cancelled { by, .. }) => {
            text.push_str(&format!("\n## No answer\n\n*Cancelled by {by}.*\n"));
        }
        Some(Ending::Failed { message, .. }) => {
            text.push_str(&format!("\n## No answer\n\n*Failed: {message}*\n"));
        }
        None => text.push_str("\n## No answer\n\n*It is being worked on.*\n"),
    }
}

fn deliberation(text: &mut String, transcript: &Transcript) {
    if !transcript.contributions.is_empty() {
        text.push_str("\n### Contributions\n");
    }
    for contribution in &transcript.contributions {
        let _ = write!(
            text,
            "\n#### {}, round {} ({})\n\n",
            contribution.agent_name, contribution.iteration, contribution.model
        );
        text.push_str(&quoted(&contribution.output));
    }
    for draft in &transcript.drafts {
        judged(text, draft);
    }
    if !transcript.repairs.is_empty() {
        text.push_str("\n### Repairs\n\n");
    }
    for repair in &transcript.repairs {
        text.push_str(&repaired(repair));
    }
}

fn judged(text: &mut String, draft: &Draft) {
    if draft.items.is_empty() {
        return;
    }
    let score = draft.score.map_or("unscored".to_owned(), |score| {
        format!("scored {score:.1} of 10")
    });
    let _ = write!(text, "\n### Draft {}, {score}\n\n", draft.id);
    for item in &draft.items {
        text.push_str(&checked(item));
    }
}

fn checked(item: &JudgedItem) -> String {
    let points = item
        .points
        .map_or("no valid evidence".to_owned(), |points| {
            format!("{points} of 5")
        });
    format!(
        "- {}: {points}. {}\n",
        one_line(&item.text),
        one_line(&item.reason)
    )
}

fn repaired(repair: &Repair) -> String {
    let issues: Vec<String> = repair.issues.iter().map(|issue| one_line(issue)).collect();
    let agents: Vec<&str> = repair.directives.keys().map(|id| id.as_str()).collect();
    format!(
        "- Round {}: {}. Asked again: {}.\n",
        repair.iteration,
        issues.join("; "),
        agents.join(", ")
    )
}

fn outcome(metadata: &OutputMetadata) -> String {
    let label = match metadata.outcome {
        Outcome::Passed => "Passed".to_owned(),
        Outcome::BestEffort => "Best effort".to_owned(),
        Outcome::Degraded => {
            let missing = metadata.missing.iter();
            let names: Vec<&str> = missing.map(|agent| agent.agent_name.as_str()).collect();
            format!("Degraded, {} missing", names.join(", "))
        }
    };
    match metadata.score {
        Some(score) => format!("{label}, scored {score:.1} of 10"),
        None => format!("{label}, unscored"),
    }
}

fn cost(cost: Cost) -> String {
    match cost.usd() {
        Some(usd) => format!("${usd:.4}"),
        None => "cost unknown".to_owned(),
    }
}

fn counted(count: u32, one: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        _ => format!("{count} {one}s"),
    }
}

fn moment(at: DateTime<Utc>) -> String {
    at.format("%-d %b %Y, %H:%M UTC").to_string()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What somebody wrote stands apart from what is said about it.
fn quoted(text: &str) -> String {
    let mut quoted = String::new();
    for line in text.trim_end().lines() {
        let _ = writeln!(quoted, "{}", format!("> {line}").trim_end());
    }
    quoted
}
