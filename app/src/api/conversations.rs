//! Conversations, questions and runs, as the browser's pages need them. The list of conversations is
//! in sidebar.rs.

use super::{Exchange, Refused};
use domain::{
    ConversationId, ConversationView, Feedback, MessageId, OfferedWorkflow, Rating, Run, RunId,
    Workflow, WorkflowId,
};
use leptos::prelude::*;

#[server(ReadConversation, protocol = Exchange)]
pub async fn conversation(id: ConversationId) -> Result<ConversationView, Refused> {
    let (services, member) = crate::ssr::signed_in()?;
    Ok(services.conversations.view(&member, id).await?)
}

#[server(protocol = Exchange)]
pub async fn rename_conversation(id: ConversationId, title: String) -> Result<(), Refused> {
    let (services, member) = crate::ssr::signed_in()?;
    let form = services::ConversationForm {
        title: Some(title),
        ..services::ConversationForm::default()
    };
    services.conversations.change(&member, id, form).await?;
    Ok(())
}

#[server(protocol = Exchange)]
pub async fn delete_conversation(id: ConversationId) -> Result<(), Refused> {
    let (services, member) = crate::ssr::signed_in()?;
    services.conversations.delete(&member, id).await?;
    crate::ssr::go_on("/");
    Ok(())
}

/// Starts a run; without a conversation it begins a new one. A plain form goes on to its page.
#[server(protocol = Exchange)]
pub async fn ask(
    #[server(default)] conversation_id: Option<ConversationId>,
    message: String,
    #[server(default)] workflow_id: Option<WorkflowId>,
    /// The idempotency key: the same form sent twice asks once.
    #[server(default)]
    request_id: Option<String>,
    /// Empty: those of the workflow.
    #[server(default)]
    agent_id: String,
    /// Empty: the one it would be anyway.
    #[server(default)]
    model: String,
) -> Result<Run, Refused> {
    let (services, member) = crate::ssr::signed_in()?;
    let options = crate::ssr::only_this_question(agent_id, &model)?;
    let query = domain::wire::Query {
        request_id,
        conversation_id,
        message,
        workflow_id,
        options,
    };
    let run = services
        .runs
        .start(&member, query, domain::Source::Browser)
        .await?;
    crate::ssr::go_on(&format!("/c/{}", run.conversation_id));
    Ok(run)
}

/// Asks a question in other words, beside the old one.
#[server(protocol = Exchange)]
pub async fn edit_question(
    id: MessageId,
    message: String,
    #[server(default)] workflow_id: Option<WorkflowId>,
) -> Result<Run, Refused> {
    let (services, member) = crate::ssr::signed_in()?;
    let runs = &services.runs;
    let run = runs.edit(&member, id, message, workflow_id, None).await?;
    go_on_to(run.conversation_id, run.question_id);
    Ok(run)
}

/// Another answer to that question.
#[server(protocol = Exchange)]
pub async fn ask_again(
    id: MessageId,
    #[server(default)] workflow_id: Option<WorkflowId>,
    /// As in `ask`.
    #[server(default)]
    agent_id: String,
    #[server(default)] model: String,
) -> Result<Run, Refused> {
    let (services, member) = crate::ssr::signed_in()?;
    let options = crate::ssr::only_this_question(agent_id, &model)?;
    let runs = &services.runs;
    let run = runs
        .regenerate(&member, id, workflow_id, options, None)
        .await?;
    go_on_to(run.conversation_id, run.question_id);
    Ok(run)
}

/// Shows the branch that goes through that message, and says which one it was.
#[server(protocol = Exchange)]
pub async fn show_branch(id: MessageId) -> Result<MessageId, Refused> {
    let (services, member) = crate::ssr::signed_in()?;
    let shown = services.conversations.show(&member, id).await?;
    go_on_to(shown.id, id);
    Ok(id)
}

/// What the reader thinks of an answer; without a rating it is taken back.
#[server(protocol = Exchange)]
pub async fn rate_answer(
    id: MessageId,
    #[server(default)] rating: Option<Rating>,
    #[server(default)] comment: String,
) -> Result<Option<Feedback>, Refused> {
    let (services, member) = crate::ssr::signed_in()?;
    let comment = Some(comment).filter(|comment| !comment.trim().is_empty());
    let feedback = rating.map(|rating| Feedback { rating, comment });
    let answer = services.conversations.rate(&member, id, feedback).await?;
    go_on_to(answer.conversation_id, id);
    Ok(answer.feedback)
}

/// Where a plain form leads.
#[cfg(feature = "ssr")]
fn go_on_to(conversation: ConversationId, message: MessageId) {
    crate::ssr::go_on(&format!("/c/{conversation}#m-{message}"));
}

/// How many questions are before that one; none when it does not wait.
#[server(protocol = Exchange)]
pub async fn queue_place(id: RunId) -> Result<Option<u32>, Refused> {
    let (services, member) = crate::ssr::signed_in()?;
    Ok(services.runs.ahead_of(&member, id).await?)
}

#[server(protocol = Exchange)]
pub async fn cancel_run(id: RunId) -> Result<(), Refused> {
    let (services, member) = crate::ssr::signed_in()?;
    Ok(services.runs.cancel(&member, id).await?)
}

/// Answers with what a stopped run had finished. A plain form goes on to its page.
#[server(protocol = Exchange)]
pub async fn conclude_run(id: RunId) -> Result<Run, Refused> {
    let (services, member) = crate::ssr::signed_in()?;
    let run = services.runs.conclude(&member, id, None).await?;
    crate::ssr::go_on(&format!("/c/{}", run.conversation_id));
    Ok(run)
}

/// The workflows to choose from, the default one first.
#[server(protocol = Exchange)]
pub async fn workflows() -> Result<Vec<Workflow>, Refused> {
    let (services, member) = crate::ssr::signed_in()?;
    let offered = services.workflows.offered(&member).await?;
    Ok(offered
        .into_iter()
        .map(|template| template.workflow)
        .collect())
}

/// The same, with what each took lately.
#[server(protocol = Exchange)]
pub async fn offered_workflows() -> Result<Vec<OfferedWorkflow>, Refused> {
    let (services, member) = crate::ssr::signed_in()?;
    let workflows = &services.workflows;
    Ok(workflows.offered_with_estimates(&member).await?)
}

/// Which agents may be asked alone: their ids and names.
#[server(protocol = Exchange)]
pub async fn offered_agents() -> Result<Vec<(String, String)>, Refused> {
    let (services, member) = crate::ssr::signed_in()?;
    let offered = services.agents.offered(&member).await?;
    Ok(offered
        .into_iter()
        .map(|agent| (agent.id.to_string(), agent.name))
        .collect())
}
