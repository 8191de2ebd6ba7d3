//! The tools that MCP clients call. Each call is its own sender's; rights and rules are the
//! services'. What a model can mend is a tool's error, what cannot be read is the protocol's.

use super::progress::Listener;
use super::{call_name, sender};
use axum::http::request::Parts;
use domain::event::{EventData, OutputMetadata};
use domain::transcript::Ending;
use domain::wire::{Query, QueryOptions};
use domain::{ApiError, ErrorCode, Run, RunId, RunStatus, Source, WorkflowId};
use rmcp::handler::server::common::schema_for_empty_input;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, Implementation,
    JsonObject, ListToolsResult, PaginatedRequestParams, ServerCapabilities, ServerConfig, Tool,
    ToolAnnotations,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use services::{Error, Member, Services};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

const INSTRUCTIONS: &str = "Overmind answers a question with several agents whose work is woven \
    into one answer, judged and repaired, which takes from seconds to minutes. Call `ask` for \
    questions that deserve this, and tell how good the answer is by its outcome and score.";
const ASK: &str = "Ask a question. Several agents work on it, their work is woven into one \
    answer, and the answer is judged and repaired until it is good enough. Send the whole \
    question with everything it needs: nothing is remembered between calls. The answer is \
    Markdown and says how good it is (outcome, score).";
const LIST_WORKFLOWS: &str = "List the workflows that `ask` can use: which agents work and how \
    thoroughly. The default comes first.";
const GET_RUN: &str = "Read a run that `ask` started: how it stands, and its answer when it has \
    ended.";

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AskArguments {
    /// The question, at most 32,000 characters.
    #[schemars(length(min = 1, max = 32000))]
    question: String,
    /// The id of a workflow, see list_workflows. Without it, the default.
    workflow: Option<String>,
    /// The score from 0 to 10 that is good enough. Without it, the workflow's.
    #[schemars(range(min = 0, max = 10))]
    quality_threshold: Option<f64>,
    /// The most rounds, the first one included. Without it, the workflow's.
    #[schemars(range(min = 1, max = 20))]
    max_iterations: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NoArguments {}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RunArguments {
    /// The run_id that `ask` returned.
    run_id: String,
}

#[derive(Serialize, JsonSchema)]
struct Answered {
    run_id: String,
    workflow: String,
    /// passed, best_effort (below the threshold) or degraded (agents are missing).
    outcome: String,
    /// The threshold was met.
    passed: bool,
    /// 0 to 10; null when nobody could judge.
    score: Option<f64>,
    iterations: u32,
    tokens: TokenCount,
    /// null when a price is unknown.
    cost_usd: Option<f64>,
    /// The names of agents that failed.
    missing_agents: Vec<String>,
    /// The text once more: some clients show their model nothing but this object.
    answer: String,
}

#[derive(Serialize, JsonSchema)]
struct TokenCount {
    input: u64,
    output: u64,
}

#[derive(Serialize, JsonSchema)]
struct Workflows {
    workflows: Vec<Offered>,
}

#[derive(Serialize, JsonSchema)]
struct Offered {
    id: String,
    name: String,
    description: String,
}

#[derive(Serialize, JsonSchema)]
struct Standing {
    run_id: String,
    workflow: String,
    /// queued, running, completed, cancelled or failed.
    status: String,
    /// Of a completed run: passed, best_effort or degraded.
    outcome: Option<String>,
    score: Option<f64>,
    /// Of a completed run.
    answer: Option<String>,
    /// Why a run failed.
    error: Option<String>,
}

type Answer = Result<CallToolResult, ApiError>;

#[derive(Clone)]
pub struct Tools {
    services: Arc<Services>,
    closing: CancellationToken,
}

impl ServerHandler for Tools {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(
                Implementation::new("overmind", env!("CARGO_PKG_VERSION")).with_title("Overmind"),
            )
            .with_instructions(INSTRUCTIONS)
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(tools()))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let parts = context.extensions.get::<Parts>();
        let Some((parts, member)) = parts.and_then(|it| Some((it, sender(&it.extensions)?))) else {
            return Err(ErrorData::invalid_request(
                Error::Unauthorized.to_string(),
                None,
            ));
        };
        let arguments = request.arguments.unwrap_or_default();
        let answer = match &*request.name {
            "ask" => self.ask(member, read(arguments)?, &context, parts).await,
            "list_workflows" => {
                let NoArguments {} = read(arguments)?;
                self.workflows(member).await
            }
            "get_run" => self.standing(member, read(arguments)?).await,
            _ => {
                let message = "There is no such tool: tools/list names them.";
                return Err(ErrorData::invalid_params(message, None));
            }
        };
        let failed =
            |error: ApiError| CallToolResult::error(vec![ContentBlock::text(error.error.message)]);
        Ok(answer.unwrap_or_else(failed).into())
    }
}

fn tools() -> Vec<Tool> {
    let reads = || {
        ToolAnnotations::new()
            .read_only(true)
            .idempotent(true)
            .open_world(false)
    };
    vec![
        Tool::new("ask", ASK, schema_for_empty_input())
            .with_title("Ask Overmind")
            .with_input_schema::<AskArguments>()
            .with_output_schema::<Answered>()
            .with_annotations(ToolAnnotations::new().read_only(false).destructive(false)),
        Tool::new("list_workflows", LIST_WORKFLOWS, schema_for_empty_input())
            .with_title("List workflows")
            .with_output_schema::<Workflows>()
            .with_annotations(reads()),
        Tool::new("get_run", GET_RUN, schema_for_empty_input())
            .with_title("Read a run")
            .with_input_schema::<RunArguments>()
            .with_output_schema::<Standing>()
            .with_annotations(reads()),
    ]
}

fn read<T: DeserializeOwned>(arguments: JsonObject) -> Result<T, ErrorData> {
    serde_json::from_value(Value::Object(arguments))
        .map_err(|error| ErrorData::invalid_params(error.to_string(), None))
}

fn result(text: impl Into<String>, structured: &impl Serialize) -> CallToolResult {
    let mut result = CallToolResult::success(vec![ContentBlock::text(text)]);
    result.structured_content = serde_json::to_value(structured).ok();
    result
}

impl Tools {
    pub fn new(services: Arc<Services>, closing: CancellationToken) -> Self {
        Self { services, closing }
    }

    async fn ask(
        &self,
        member: &Member,
        asked: AskArguments,
        context: &RequestContext<RoleServer>,
        parts: &Parts,
    ) -> Answer {
        let query = Query {
            request_id: call_name(&parts.headers, &context.id),
            conversation_id: None,
            message: asked.question,
            workflow_id: asked.workflow.as_deref().map(WorkflowId::from),
            options: QueryOptions {
                quality_threshold: asked.quality_threshold,
                max_iterations: asked.max_iterations,
                ..QueryOptions::default()
            },
        };
        let runs = &self.services.runs;
        let run = runs.start(member, query, Source::Mcp).await?;
        let closing = self.closing.clone();
        let seen = self
            .services
            .watch(member.clone(), run.id, 0, closing)
            .await?;
        let transcript = tokio::select! {
            biased;
            () = context.ct.cancelled() => {
                // A process that stops leaves the run to the next one.
                if !self.closing.is_cancelled() {
                    runs.cancel(member, run.id).await?;
                }
                return Err(ApiError::new("cancelled", "The call was cancelled."));
            }
            transcript = Listener::of(context).follow(seen) => transcript,
        };
        match transcript.ending {
            Some(Ending::Answer {
                content, metadata, ..
            }) => Ok(answered(&run, content, &metadata)),
            Some(Ending::Cancelled { reason, .. }) => {
                let message = format!("The run was cancelled: {reason}.");
                Err(ApiError::new("cancelled", message))
            }
            Some(Ending::Failed { code, message }) => Err(ApiError::new(code, message)),
            None => Err(self.unfinished(member, &run).await),
        }
    }

    /// Why a call ends before its run.
    async fn unfinished(&self, member: &Member, run: &Run) -> ApiError {
        if !self.closing.is_cancelled()
            && let Err(error) = self.services.accounts.again(member).await
        {
            return error.into();
        }
        ApiError::from_code(
            ErrorCode::Busy,
            format!(
                "The run goes on, but this call cannot wait for it: read it in a moment with \
                 get_run, run_id {}.",
                run.id
            ),
        )
    }

    async fn workflows(&self, member: &Member) -> Answer {
        let offered = self.services.workflows.offered(member).await?;
        let workflows: Vec<Offered> = offered
            .into_iter()
            .map(|template| Offered {
                id: template.workflow.id.to_string(),
                name: template.workflow.name,
                description: template.workflow.description,
            })
            .collect();
        let line = |offered: &Offered| {
            let Offered {
                id,
                name,
                description,
            } = offered;
            format!("- {id} ({name}): {description}")
        };
        let lines: Vec<String> = workflows.iter().map(line).collect();
        Ok(result(lines.join("\n"), &Workflows { workflows }))
    }

    async fn standing(&self, member: &Member, RunArguments { run_id }: RunArguments) -> Answer {
        let Services {
            runs,
            conversations,
            ..
        } = &*self.services;
        // What is no id names nothing.
        let id: RunId = run_id.parse().map_err(|_| Error::NotFound("run"))?;
        let run = runs.get(member, id).await?;
        let answer = match run.outcome {
            Some(_) => Some(conversations.message(member, run.answer_id).await?.content),
            None => None,
        };
        let error = match run.status {
            RunStatus::Failed => {
                let last = runs.events(member, id, run.last_seq.saturating_sub(1), 1);
                last.await?.pop().and_then(|event| match event.data {
                    EventData::Error { message, .. } => Some(message),
                    _ => None,
                })
            }
            _ => None,
        };
        let text = match (&answer, &error) {
            (Some(answer), _) => answer.clone(),
            (None, Some(error)) => format!("The run failed: {error}"),
            (None, None) => format!("The run is {}.", run.status.as_str()),
        };
        let standing = Standing {
            run_id: run.id.to_string(),
            workflow: run.workflow_id.to_string(),
            status: run.status.as_str().to_owned(),
            outcome: run.outcome.map(|outcome| outcome.as_str().to_owned()),
            score: run.score,
            answer,
            error,
        };
        Ok(result(text, &standing))
    }
}

fn answered(run: &Run, content: String, metadata: &OutputMetadata) -> CallToolResult {
    let missing = metadata.missing.iter();
    let answered = Answered {
        run_id: run.id.to_string(),
        workflow: run.workflow_id.to_string(),
        outcome: metadata.outcome.as_str().to_owned(),
        passed: metadata.passed,
        score: metadata.score,
        iterations: metadata.iterations,
        tokens: TokenCount {
            input: metadata.tokens.input,
            output: metadata.tokens.output,
        },
        cost_usd: metadata.cost_usd.usd(),
        missing_agents: missing.map(|agent| agent.agent_name.clone()).collect(),
        answer: content.clone(),
    };
    result(content, &answered)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rmcp::model::ErrorCode as RpcCode;
    use serde_json::json;

    #[test]
    fn the_tools_say_what_they_take() {
        let tools = tools();
        let names: Vec<&str> = tools.iter().map(|tool| &*tool.name).collect();
        assert_eq!(names, ["ask", "list_workflows", "get_run"]);
        for tool in &tools {
            let annotations = tool.annotations.as_ref().unwrap();
            assert_eq!(annotations.read_only_hint, Some(tool.name != "ask"));
            assert!(tool.output_schema.is_some(), "{}", tool.name);
            for (name, property) in tool.input_schema["properties"].as_object().unwrap() {
                assert!(property["description"].is_string(), "{} {name}", tool.name);
            }
        }
        let ask = &tools[0].input_schema;
        assert_eq!(ask["required"], json!(["question"]));
        assert_eq!(ask["additionalProperties"], false);
        let threshold = &ask["properties"]["quality_threshold"];
        assert_eq!(
            (&threshold["minimum"], &threshold["maximum"]),
            (&json!(0), &json!(10))
        );
    }

    #[test]
    fn arguments_are_read_strictly() {
        let read = |json: Value| {
            let Value::Object(arguments) = json else {
                unreachable!()
            };
            read::<AskArguments>(arguments)
        };
        let asked = read(json!({ "question": "Why?", "workflow": null, "max_iterations": 2 }));
        let asked = asked.ok().unwrap();
        assert_eq!(asked.question, "Why?");
        assert_eq!((asked.workflow, asked.max_iterations), (None, Some(2)));
        for wrong in [
            json!({}),
            json!({ "question": 7 }),
            json!({ "question": "Why?", "max_iterations": -1 }),
            json!({ "question": "Why?", "run_id": "x" }),
        ] {
            let error = read(wrong.clone()).err().unwrap();
            assert_eq!(error.code, RpcCode::INVALID_PARAMS, "{wrong}");
        }
    }
}
