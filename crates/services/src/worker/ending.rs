//! How a run ends, read from its last event: its status, the answer to keep, and what the
//! conversation is called then.

use domain::event::{EventData, OutputMetadata};
use domain::{ConversationTitle, Event, Message, MessageMetadata, MessageRole, Run, RunStatus};
use store::{NewTitle, RunEnd};

/// `None` for an event that is not the last. `first_title` is what the run's question called the
/// conversation, where it is the first one; `first_token_ms` is when the answer began to be written.
pub(super) fn of(
    run: &Run,
    event: &Event,
    first_title: Option<&ConversationTitle>,
    first_token_ms: Option<u64>,
) -> Option<RunEnd> {
    let end = |status, error_code| RunEnd {
        status,
        outcome: None,
        score: None,
        error_code,
        first_token_ms,
        answer: None,
        title: None,
        finished_at: event.ts,
    };
    match &event.data {
        EventData::FinalOutput {
            content, metadata, ..
        } => {
            let titles = first_title.zip(metadata.title.as_ref());
            Some(RunEnd {
                outcome: Some(metadata.outcome),
                score: metadata.score,
                answer: Some(answer(run, content, metadata, event)),
                title: titles.map(|(instead_of, title)| NewTitle {
                    instead_of: instead_of.clone(),
                    title: title.clone(),
                }),
                ..end(RunStatus::Completed, None)
            })
        }
        EventData::Cancelled { .. } => Some(end(RunStatus::Cancelled, None)),
        EventData::Error { code, .. } => Some(end(RunStatus::Failed, Some(code.clone()))),
        _ => None,
    }
}

fn answer(run: &Run, content: &str, metadata: &OutputMetadata, event: &Event) -> Message {
    Message {
        id: run.answer_id,
        organization_id: run.organization_id,
        conversation_id: run.conversation_id,
        parent_id: Some(run.question_id),
        role: MessageRole::Assistant,
        content: content.to_owned(),
        run_id: Some(run.id),
        created_at: event.ts,
        metadata: MessageMetadata::from(metadata),
        feedback: None,
    }
}
