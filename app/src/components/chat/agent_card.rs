//! The agents of one run at work: what each is doing, what it said, or why it could not.

use crate::components::chat::elapsed::Elapsed;
use crate::components::figures;
use crate::components::icon::{self, Icon};
use chrono::{DateTime, Utc};
use domain::transcript::{AgentCard as Card, AgentState};
use domain::{AgentId, Contribution, ModelName, Transcript};
use leptos::prelude::*;

#[component]
pub fn AgentCards(transcript: RwSignal<Transcript>) -> impl IntoView {
    let agents = Memo::new(move |_| {
        transcript.with(|it| {
            it.agents
                .iter()
                .map(|card| (card.id.clone(), card.name.clone()))
                .collect::<Vec<_>>()
        })
    });

    view! {
        <div class="@container">
            <ul class="grid grid-flow-row-dense gap-2 @sm:grid-cols-2 @xl:grid-cols-3">
                <For each=move || agents.get() key=|agent| agent.clone() let((id, name))>
                    <AgentCard id name transcript />
                </For>
            </ul>
        </div>
    }
}

#[component]
fn AgentCard(id: AgentId, name: String, transcript: RwSignal<Transcript>) -> impl IntoView {
    let path = icon::of_agent(&id);
    let agent = id.to_string();
    let shown = Memo::new({
        let id = id.clone();
        move |_| part(transcript, &id, Shown::of)
    });
    // Apart from the rest, so that text that streams in redraws one line only.
    let writing = Memo::new(move |_| part(transcript, &id, |card| last_line(&card.partial)));
    let ended = Memo::new(move |_| transcript.with(|it| it.status.is_final()));
    let state = move || shown.with(|it| it.as_ref().map_or("waiting", |it| it.word(ended.get())));

    view! {
        <li
            data-testid="agent-card"
            data-agent=agent
            data-state=state
            // What went wrong takes more words than a column has room for.
            class="group/card min-w-0 rounded-md border border-line bg-raised p-3 data-[state=failed]:col-span-full data-[state=failed]:border-bad/50"
        >
            <div class="flex items-center gap-2.5">
                <Ring path />
                <div class="min-w-0 grow">
                    <p class="truncate text-sm leading-snug font-medium">{name}</p>
                    <p class="flex justify-between gap-2 text-xs text-muted">
                        <span class="truncate">
                            {move || {
                                shown.with(|it| it.as_ref().map(|it| it.model.model().to_owned()))
                            }}
                        </span>
                        <span class="shrink-0 tabular-nums">
                            {move || {
                                let shown = shown.get()?;
                                Some(view! { <Seconds shown ended=ended.get() /> })
                            }}
                        </span>
                    </p>
                </div>
            </div>
            <div class="mt-2 min-h-11 text-sm">
                {move || match shown.get() {
                    None => ().into_any(),
                    Some(shown) => {
                        match (shown.state, shown.contribution) {
                            (AgentState::Failed { code, message, retryable }, _) => {
                                let provider = shown.model.provider();
                                let advice = advice(&code, provider, retryable);
                                view! { <Failure code message advice /> }.into_any()
                            }
                            (AgentState::Done, Some(contribution)) => {
                                view! { <Said contribution /> }.into_any()
                            }
                            (AgentState::Working, _) if !ended.get() => {
                                view! {
                                    <p class="line-clamp-2 text-muted">
                                        {move || {
                                            writing
                                                .get()
                                                .filter(|line| !line.is_empty())
                                                .unwrap_or_else(|| t!("Thinking").to_owned())
                                        }}
                                    </p>
                                }
                                    .into_any()
                            }
                            _ => {
                                let words = if ended.get() {
                                    t!("Did not finish")
                                } else {
                                    t!("Waiting")
                                };
                                view! { <p class="text-muted">{words}</p> }.into_any()
                            }
                        }
                    }
                }}
            </div>
        </li>
    }
}

/// What of a card changes with events.
#[derive(Clone, PartialEq)]
struct Shown {
    state: AgentState,
    started_at: Option<DateTime<Utc>>,
    model: ModelName,
    contribution: Option<Contribution>,
}

impl Shown {
    fn of(card: &Card) -> Self {
        Self {
            state: card.state.clone(),
            started_at: card.started_at,
            model: card.model.clone(),
            contribution: card.contribution.clone(),
        }
    }

    /// A run that ended leaves nobody working.
    fn word(&self, ended: bool) -> &'static str {
        match self.state {
            AgentState::Working if !ended => "working",
            AgentState::Waiting | AgentState::Working => "waiting",
            AgentState::Done => "done",
            AgentState::Failed { .. } => "failed",
        }
    }
}

fn part<T>(transcript: RwSignal<Transcript>, id: &AgentId, read: impl Fn(&Card) -> T) -> Option<T> {
    transcript.with(|it| it.agents.iter().find(|card| card.id == *id).map(read))
}

fn last_line(text: &str) -> String {
    text.lines()
        .rfind(|line| !line.trim().is_empty())
        .unwrap_or_default()
        .trim()
        .to_owned()
}

/// How long it took, or how long it has been at it.
#[component]
fn Seconds(shown: Shown, ended: bool) -> impl IntoView {
    match (shown.state, shown.started_at, shown.contribution) {
        (AgentState::Working, Some(since), _) if !ended => view! { <Elapsed since /> }.into_any(),
        (AgentState::Done, _, Some(done)) => figures::seconds(done.latency_ms).into_any(),
        _ => ().into_any(),
    }
}

/// Spins while the agent works, closes when it is done. The words beside it say the same.
#[component]
fn Ring(path: &'static str) -> impl IntoView {
    view! {
        <span class="relative grid size-9 shrink-0 place-items-center rounded-full text-muted group-data-[state=done]/card:text-(--agent) group-data-[state=working]/card:text-(--agent)">
            <svg
                viewBox="0 0 36 36"
                fill="none"
                stroke-width="2"
                aria-hidden="true"
                class="absolute inset-0 -rotate-90 group-data-[state=working]/card:animate-spin"
            >
                <circle cx="18" cy="18" r="16" class="stroke-line" />
                <circle
                    cx="18"
                    cy="18"
                    r="16"
                    pathLength="100"
                    stroke="currentColor"
                    class="[stroke-dasharray:0_100] group-data-[state=done]/card:[stroke-dasharray:100_100] group-data-[state=failed]/card:stroke-bad group-data-[state=failed]/card:[stroke-dasharray:8_12] group-data-[state=working]/card:[stroke-dasharray:25_100]"
                />
            </svg>
            <Icon path class="size-4" />
        </span>
    }
}

/// The first line, which opens to all of them.
#[component]
fn Said(contribution: Contribution) -> impl IntoView {
    let mut lines = contribution.lines;
    if lines.is_empty() {
        lines = vec![contribution.output];
    }
    let first = lines.first().cloned().unwrap_or_default();
    view! {
        <details class="group/said">
            <summary class="flex cursor-pointer list-none justify-between gap-2 rounded-sm [&::-webkit-details-marker]:hidden">
                <span>
                    <span class="line-clamp-2 group-open/said:sr-only">{first}</span>
                    <span class="text-xs text-muted not-group-open/said:sr-only">
                        <span class="group-open/said:hidden">{t!("Show all lines")}</span>
                        <span class="not-group-open/said:hidden">{t!("Show less")}</span>
                    </span>
                </span>
                <Icon
                    path=icon::CHEVRON
                    class="mt-0.5 size-4 shrink-0 text-muted transition-transform group-open/said:rotate-90 motion-reduce:transition-none"
                />
            </summary>
            <ol class="mt-1 grid list-decimal gap-1.5 pl-5 whitespace-pre-wrap wrap-anywhere">
                {lines.into_iter().map(|line| view! { <li>{line}</li> }).collect_view()}
            </ol>
        </details>
    }
}

#[component]
fn Failure(code: String, message: String, advice: String) -> impl IntoView {
    view! {
        <p class="font-medium text-bad">{reason(&code)}</p>
        <p class="text-muted wrap-anywhere">{message}</p>
        <p class="text-muted wrap-anywhere">{advice}</p>
    }
}

/// What to do about it, and where.
fn advice(code: &str, provider: &str, retryable: bool) -> String {
    let text = match code {
        "provider_unauthorized" => {
            let variable = match provider {
                "openai" => "OPENAI_API_KEY",
                "anthropic" => "ANTHROPIC_API_KEY",
                "gemini" => "GEMINI_API_KEY",
                "compatible" => "OVERMIND_OPENAI_COMPATIBLE_KEY",
                _ => {
                    return t!(
                        "Check the provider's key in the server's environment, then restart the server."
                    )
                    .to_owned();
                }
            };
            return t!(
                "Check {variable} in the server's environment, then restart the server.",
                variable
            );
        }
        "provider_not_configured" => {
            t!(
                "Connect it in the server's environment and restart the server, or choose another model in the settings."
            )
        }
        "unknown_model" => {
            t!(
                "Check the model's name in the settings: write it as the provider does, after provider/."
            )
        }
        "context_exceeded" => {
            t!(
                "Ask a shorter question, begin a new conversation, or choose a model with more room in the settings."
            )
        }
        "budget_exhausted" => t!("Choose a workflow with a larger budget, or ask less at once."),
        "provider_refused" => {
            t!("Word the question differently, or choose another model in the settings.")
        }
        "left_out" => t!("Ask again to hear it too."),
        _ if retryable => t!("Asking again may work."),
        _ => t!("Asking again will not help; the server's log says more."),
    };
    text.to_owned()
}

/// The typed reason in words; one that is not known here is still readable.
fn reason(code: &str) -> String {
    let words = match code {
        "provider_unauthorized" => t!("The provider refused the key"),
        "unknown_model" => t!("Unknown model"),
        "provider_rate_limited" => t!("Too many requests to the provider"),
        "provider_unavailable" => t!("The provider is not available"),
        "provider_unreachable" => t!("The provider cannot be reached"),
        "provider_timeout" => t!("The provider took too long"),
        "provider_refused" => t!("The provider refused the request"),
        "context_exceeded" => t!("Too long for the model"),
        "invalid_reply" => t!("The reply was not usable"),
        "provider_not_configured" => t!("The provider is not configured"),
        "budget_exhausted" => t!("The budget is used up"),
        "local_model_failed" => t!("The local model failed"),
        "left_out" => t!("Left out"),
        other => {
            let words = other.replace('_', " ");
            let mut letters = words.chars();
            return letters.next().map_or_else(
                || t!("Failed").to_owned(),
                |first| first.to_uppercase().chain(letters).collect(),
            );
        }
    };
    words.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_and_lines_are_readable() {
        assert_eq!(reason("provider_timeout"), "The provider took too long");
        assert_eq!(reason("too_odd"), "Too odd");
        assert_eq!(reason(""), "Failed");
        assert_eq!(
            advice("provider_unauthorized", "openai", false),
            "Check OPENAI_API_KEY in the server's environment, then restart the server."
        );
        assert_eq!(advice("odd", "", true), "Asking again may work.");
        assert_eq!(last_line("1. One\n2. Tw\n \n"), "2. Tw");
        assert_eq!(last_line(""), "");
    }
}
