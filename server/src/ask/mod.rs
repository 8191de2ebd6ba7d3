//! `overmind ask`: one question through the engine, no database, or to a running server (in
//! remote.rs). The answer goes to standard output, everything else to standard error.

mod output;
mod progress;
mod remote;

use crate::config::Settings;
use crate::models::Models;
use chrono::{DateTime, Utc};
use clap::Args;
use domain::event::EventData;
use domain::transcript::Ending;
use domain::workflow::Workflow;
use domain::{
    AgentId, ApiError, ConversationId, Event, ModelName, Question, RunId, Transcript, shipped,
};
use engine::brief::BriefError;
use engine::{Brief, Journal, Progress, Stop, StopReason};
use futures::{FutureExt, StreamExt};
use llm::connections::Secret;
use progress::Display;
use std::io::{Read, Write};
use std::pin::pin;
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime};
use uuid::Uuid;

/// Cancelled, as a shell reports a process that Ctrl-C ended.
const CANCELLED: u8 = 130;
const BAD_USAGE: u8 = 2;

#[derive(Debug, Args)]
pub struct AskArgs {
    /// The question; `-` reads it from standard input
    pub question: String,
    /// Which agents work on it and how: quick, balanced or overmind, or one of the server's;
    /// without it overmind, or your default there
    #[arg(long)]
    pub workflow: Option<String>,
    /// Ask this agent alone, for example analytical; none of the workflow's others work
    #[arg(long, value_name = "ID")]
    pub agent: Option<AgentId>,
    /// The model for every role, for example openai/gpt-5.1
    #[arg(long)]
    pub model: Option<ModelName>,
    /// The most rounds, the first one included
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=20))]
    pub max_iterations: Option<u32>,
    /// Print one JSON object instead of the answer's text
    #[arg(long)]
    pub json: bool,
    /// Ask a running server instead, for example https://overmind.example.org
    #[arg(long, env = "OVERMIND_SERVER", value_name = "URL")]
    pub server: Option<String>,
    /// A key from the settings of that server
    #[arg(
        long,
        env = "OVERMIND_API_KEY",
        hide_env_values = true,
        value_name = "KEY"
    )]
    pub api_key: Option<Secret>,
}

/// A run that came to its end.
pub struct Finished {
    pub transcript: Transcript,
    pub wall_ms: u64,
}

pub async fn run(args: AskArgs, settings: &Settings) -> ExitCode {
    let json = args.json;
    // `OVERMIND_SERVER= overmind ask` means here.
    let server = args.server.as_deref().map_or("", str::trim);
    let finished = if server.is_empty() {
        deliberate(args, settings).await
    } else {
        remote::deliberate(args).await
    };
    match finished {
        Ok(finished) => {
            let code = match &finished.transcript.ending {
                Some(Ending::Answer { .. }) => ExitCode::SUCCESS,
                Some(Ending::Cancelled { .. }) => ExitCode::from(CANCELLED),
                Some(Ending::Failed { .. }) | None => ExitCode::FAILURE,
            };
            output::print(&finished, json);
            code
        }
        Err(refused) => {
            output::print_error(&refused.error, json);
            ExitCode::from(refused.exit)
        }
    }
}

/// The question was not taken up.
struct Refused {
    error: ApiError,
    exit: u8,
}

impl Refused {
    fn usage(message: impl Into<String>) -> Self {
        Self {
            error: ApiError::invalid("question", message),
            exit: BAD_USAGE,
        }
    }

    fn failure(code: &str, message: impl Into<String>) -> Self {
        Self {
            error: ApiError::new(code, message),
            exit: 1,
        }
    }
}

async fn deliberate(args: AskArgs, settings: &Settings) -> Result<Finished, Refused> {
    let question = read_question(args.question)?;
    let workflow = args.workflow.as_deref();
    let workflow = workflow.unwrap_or(shipped::DEFAULT_WORKFLOW);
    let mut workflow = shipped::workflow(workflow).ok_or_else(|| {
        Refused::usage(format!(
            "there is no workflow {workflow}: quick, balanced and overmind are there"
        ))
    })?;
    let agents = shipped::agents();
    if let Some(only) = args.agent {
        if !agents.iter().any(|agent| agent.id == only) {
            let ids: Vec<_> = agents.iter().map(|agent| agent.id.as_str()).collect();
            let ids = ids.join(", ");
            return Err(Refused::usage(format!(
                "there is no agent {only}: {ids} are there"
            )));
        }
        workflow.agent_ids = vec![only];
    }
    if let Some(rounds) = args.max_iterations {
        workflow.max_n2_iterations = rounds;
    }
    let models = Models::connect(settings, args.model)
        .map_err(|error| Refused::failure(error.code(), error.to_string()))?;
    let brief = Brief::new(
        RunId(new_id()),
        question,
        workflow,
        &agents,
        &models.choice,
        &models.router,
    )
    .map_err(|error| match error {
        BriefError::NoModel => Refused::failure("no_model", error.to_string()),
        _ => Refused::failure("invalid", error.to_string()),
    })?;

    let mut display = Display::start(models.demonstration);
    let started = Instant::now();
    let stop = stop(&brief.workflow);
    let run_id = brief.run_id;
    let mut progress = pin!(engine::run(
        brief,
        Journal::default(),
        models.llm(),
        stop,
        services::timer()
    ));
    let mut transcript = Transcript::default();
    let mut seq = 0;
    while let Some(progress) = progress.next().await {
        let entry = match progress {
            Progress::Kept(entry) => entry,
            // The answer is printed whole; spinners show that work goes on.
            Progress::Delta(_) => continue,
        };
        for mut data in entry.events {
            seq += 1;
            timed(&mut data, started);
            let event = Event {
                run_id,
                conversation_id: ConversationId(run_id.0),
                seq,
                ts: DateTime::<Utc>::from(SystemTime::now()),
                iteration: entry.iteration,
                data,
            };
            transcript.apply(&event);
            display.show(&event, &transcript);
        }
    }
    let finished = Finished {
        transcript,
        wall_ms: millis(started),
    };
    display.finish(&finished);
    Ok(finished)
}

/// The engine has no clock: wall time is added where the clock is.
fn timed(data: &mut EventData, started: Instant) {
    if let EventData::FinalOutput { metadata, .. } = data {
        let wall_ms = millis(started);
        metadata.wall_ms = Some(wall_ms);
        metadata.overhead_ms = Some(wall_ms.saturating_sub(metadata.critical_ms));
    }
}

fn millis(started: Instant) -> u64 {
    u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX)
}

#[expect(
    clippy::disallowed_methods,
    reason = "no services here: the command is the whole process"
)]
fn new_id() -> Uuid {
    Uuid::now_v7()
}

fn read_question(argument: String) -> Result<Question, Refused> {
    let text = if argument == "-" {
        // One byte more than the longest question can have tells that it is too long.
        let most = Question::MAX_CHARS as u64 * 4 + 1;
        let mut bytes = Vec::new();
        std::io::stdin()
            .take(most)
            .read_to_end(&mut bytes)
            .map_err(|error| Refused::usage(format!("standard input cannot be read: {error}")))?;
        let cut = bytes.len() as u64 == most;
        match String::from_utf8(bytes) {
            Ok(text) => text,
            // The cut may have gone through a character; the length is refused below.
            Err(error) if cut => String::from_utf8_lossy(error.as_bytes()).into_owned(),
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                return Err(Refused::usage(format!(
                    "the question is not valid UTF-8 (byte {at}): send it as UTF-8 text"
                )));
            }
        }
    } else {
        argument
    };
    Question::try_from(text).map_err(|error| Refused::usage(error.to_string()))
}

/// Ctrl-C, or the workflow's deadline.
fn stop(workflow: &Workflow) -> Stop {
    let deadline = workflow.deadline_s.map(u64::from).map(Duration::from_secs);
    async move {
        let deadline = async move {
            match deadline {
                Some(deadline) => tokio::time::sleep(deadline).await,
                None => std::future::pending().await,
            }
        };
        let interrupted = async {
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            () = deadline => StopReason::Deadline,
            () = interrupted => StopReason::Cancelled {
                by: "you".to_owned(),
                reason: "Ctrl-C".to_owned(),
            },
        }
    }
    .boxed()
}

/// Standard error may be closed; that must not end a run.
fn note(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
