//! What agents that are tried use: it stands in the ledger beside questions.

use crate::access::Member;
use chrono::{DateTime, Utc};
use domain::ledger::{self, Call, Entry};
use domain::{AgentId, Contribution, Cost, Tokens};
use engine::llm::LlmError;
use store::Store;
use uuid::Uuid;

/// What came of a trial; `None` where it was given up.
pub(crate) type Tried<'a> = Option<Result<&'a Contribution, &'a LlmError>>;

/// Written down whatever came of it; that this fails is no reason to keep the answer back.
pub(crate) async fn account_for_trial(
    store: &Store,
    member: &Member,
    agent: &AgentId,
    (id, begun, ended): (Uuid, DateTime<Utc>, DateTime<Utc>),
    tried: Tried<'_>,
) {
    let took = (ended - begun).num_milliseconds();
    let call = Call {
        is_own: true,
        iteration: 1,
        kind: "trial".to_owned(),
        agent: Some(agent.clone()),
        model: String::new(),
        tokens: Tokens::default(),
        cost: Cost::UNKNOWN,
        latency_ms: u64::try_from(took).unwrap_or_default(),
        failed: true,
        prompts: 1,
    };
    let call = match tried {
        Some(Ok(contribution)) => Call {
            model: contribution.model.to_string(),
            tokens: contribution.tokens,
            cost: contribution.cost_usd,
            latency_ms: contribution.latency_ms,
            failed: false,
            ..call
        },
        Some(Err(error)) => Call {
            cost: error.cost(),
            ..call
        },
        None => call,
    };
    let entry = Entry::of_trial(member.user(), agent, begun);
    if let Err(error) = store.post(ledger::trial(id, entry, &call)).await {
        tracing::error!(%error, %agent, "a trial is not in the ledger");
    }
}
