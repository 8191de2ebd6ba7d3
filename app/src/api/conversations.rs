//! Conversations, questions and runs, as the browser's pages need them. The list of conversations is
//! in sidebar.rs.

use super::{Json, Refused};
use domain::{ConversationId, ConversationView, Run, RunId, StepView, Workflow, WorkflowId};
use leptos::prelude::*;

#[server(ReadConversation, output = Json)]
pub async fn conversation(id: ConversationId) -> Result<ConversationView, Refused> {
    let (services, member) = crate::ssr::signed_in()?;
    Ok(services.conversations.view(&member, id).await?)
}

#[server(output = Json)]
pub async fn rename_conversation(id: ConversationId, title: String) -> Result<(), Refused> {
    let (services, member) = crate::ssr::signed_in()?;
    let form = services::ConversationForm {
        title: Some(title),
        ..services::ConversationForm::default()
    };
    services.conversations.change(&member, id, form).await?;
    Ok(())
}

#[server(output = Json)]
pub async fn delete_conversation(id: ConversationId) -> Result<(), Refused> {
    let (services, member) = crate::ssr::signed_in()?;
    services.conversations.delete(&member, id).await?;
    crate::ssr::go_on("/");
    Ok(())
}

/// Starts a run; without a conversation it begins a new one. A plain form goes on to its page.
#[server(output = Json)]
pub async fn ask(
    #[server(default)] conversation_id: Option<ConversationId>,
    message: String,
    #[server(default)] workflow_id: Option<WorkflowId>,
    /// The idempotency key: the same form sent twice asks once.
    #[server(default)]
    request_id: Option<String>,
) -> Result<Run, Refused> {
    let (services, member) = crate::ssr::signed_in()?;
    let query = domain::wire::Query {
        request_id,
        conversation_id,
        message,
        workflow_id,
        ..Default::default()
    };
    let run = services
        .runs
        .start(&member, query, domain::Source::Browser)
        .await?;
    crate::ssr::go_on(&format!("/c/{}", run.conversation_id));
    Ok(run)
}

/// How many questions are before that one; none when it does not wait.
#[server(output = Json)]
pub async fn queue_place(id: RunId) -> Result<Option<u32>, Refused> {
    let (services, member) = crate::ssr::signed_in()?;
    Ok(services.runs.ahead_of(&member, id).await?)
}

#[server(output = Json)]
pub async fn cancel_run(id: RunId) -> Result<(), Refused> {
    let (services, member) = crate::ssr::signed_in()?;
    Ok(services.runs.cancel(&member, id).await?)
}

/// Answers with what a stopped run had finished. A plain form goes on to its page.
#[server(output = Json)]
pub async fn conclude_run(id: RunId) -> Result<Run, Refused> {
    let (services, member) = crate::ssr::signed_in()?;
    let run = services.runs.conclude(&member, id, None).await?;
    crate::ssr::go_on(&format!("/c/{}", run.conversation_id));
    Ok(run)
}

/// The workflows to choose from, the default one first.
#[server(output = Json)]
pub async fn workflows() -> Result<Vec<Workflow>, Refused> {
    let (services, member) = crate::ssr::signed_in()?;
    let offered = services.workflows.offered(&member).await?;
    Ok(offered
        .into_iter()
        .map(|template| template.workflow)
        .collect())
}

/// Every provider call of a run, in the order they finished.
#[server(output = Json)]
pub async fn run_steps(id: RunId) -> Result<Vec<StepView>, Refused> {
    let (services, member) = crate::ssr::signed_in()?;
    Ok(services.runs.steps(&member, id).await?)
}
