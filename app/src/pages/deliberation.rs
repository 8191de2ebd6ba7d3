//! How one answer came about: who worked when, the run as it was after any of its events, what each
//! repair bought, where the agents disagree, and one of them with another model.

mod again;
mod chart;
mod claims;
mod moment;
mod prompts;
mod repairs;
mod replay;
mod words;

use crate::api::Refused;
use crate::api::deliberation::deliberation;
use crate::components::chat::outcome;
use crate::components::not_shown::NotShown;
use crate::components::section::Section;
use crate::state::Visitor;
use again::OtherModel;
use chart::Chart;
use claims::Claims;
use domain::{ApiError, ConversationId, Deliberation, ErrorCode, RunId, Transcript};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use moment::AsItWas;
use prompts::Prompts;
use repairs::{Repairs, Revised};
use replay::{Log, Replay, ReplayBar};

#[component]
pub fn DeliberationPage() -> impl IntoView {
    let params = use_params_map();
    let named = Memo::new(move |_| {
        params.with(|params| {
            let conversation: ConversationId = params.get_str("id")?.parse().ok()?;
            let run: RunId = params.get_str("run")?.parse().ok()?;
            Some((conversation, run))
        })
    });
    let read = Resource::new_blocking(move || named.get(), read);
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                match read.await {
                    Ok(seen) => view! { <Shown seen /> }.into_any(),
                    Err(refused) => {
                        view! {
                            <NotShown
                                title=t!("Deliberation")
                                heading=t!("This run cannot be shown")
                                refused
                            />
                        }
                            .into_any()
                    }
                }
            })}
        </Suspense>
    }
}

async fn read(named: Option<(ConversationId, RunId)>) -> Result<Deliberation, Refused> {
    let nothing = || {
        Refused(ApiError::from_code(
            ErrorCode::NotFound,
            t!("There is no run at this address."),
        ))
    };
    let (conversation, run) = named.ok_or_else(nothing)?;
    let seen = deliberation(run).await?;
    // One address for each.
    if seen.run.conversation_id == conversation {
        Ok(seen)
    } else {
        Err(nothing())
    }
}

#[component]
fn Shown(seen: Deliberation) -> impl IntoView {
    let Deliberation {
        run,
        question,
        events,
        timeline,
        gains,
        drafts,
        revision,
    } = seen;
    let whole = Transcript::from_events(&events);
    let ended = whole.ending.is_some();
    let facts = outcome::facts(&whole);
    let back = format!("/c/{}#m-{}", run.conversation_id, run.question_id);
    let started = run.started_at.unwrap_or(run.created_at);
    let here = format!("/c/{}/runs/{}", run.conversation_id, run.id);
    let has_begun = !events.is_empty();
    let workflow = whole.workflow.as_ref().map(|it| {
        t!(
            "{name}, version {version}",
            name = it.name,
            version = it.version
        )
    });
    let again = here.clone();
    let replay = Replay::new(events, started.timestamp_millis(), here);
    let (transcript, log) = (replay.transcript, replay.clone());
    let shown = timeline.map(|timeline| {
        let (replay, whole) = (replay.clone(), whole.clone());
        view! { <Chart timeline replay whole /> }
    });
    view! {
        <Title text=t!("Deliberation - Overmind") />
        <div class="flex min-h-full flex-col">
            <div class="mx-auto w-full max-w-240 grow px-5 pt-8 pb-16 sm:px-8">
                <p class="text-sm">
                    <a
                        href=back
                        class="rounded-sm text-muted underline underline-offset-4 hover:text-text"
                    >
                        {t!("Back to the conversation")}
                    </a>
                </p>
                <h1 class="mt-3 text-xl font-bold tracking-tight">{t!("Deliberation")}</h1>
                <p class="mt-3 line-clamp-3 border-l-2 border-accent pl-4 font-medium wrap-anywhere">
                    {question}
                </p>
                <p class="mt-3 flex flex-wrap gap-x-3 gap-y-1 text-sm text-muted tabular-nums">
                    {workflow.map(|workflow| view! { <span>{workflow}</span> })}
                    {facts.into_iter().map(|fact| view! { <span>{fact}</span> }).collect_view()}
                </p>
                {(!ended)
                    .then(|| {
                        view! {
                            <p class="mt-3 text-sm" role="status">
                                {t!("This run is not over. What is here is what it had done when the page was loaded. ")}
                                <a href=again rel="external" class="underline underline-offset-4">
                                    {t!("Look again")}
                                </a>
                            </p>
                        }
                    })}
                {has_begun
                    .then(|| {
                        view! {
                            <Section id="timeline" title=t!("Timeline")>
                                {shown}
                            </Section>
                            <Section
                                id="moment"
                                title=t!("The run at this point")
                                text=t!("Move through it with the bar at the bottom of the page.")
                            >
                                <div class="grid gap-5">
                                    <AsItWas transcript drafts />
                                    <Log replay=log />
                                </div>
                            </Section>
                            <Section
                                id="claims"
                                title=t!("Where the agents disagree")
                                text=t!("As it was set apart at this point.")
                            >
                                <Claims transcript />
                            </Section>
                            <Section id="repairs" title=t!("What each repair bought")>
                                <Repairs gains ended />
                            </Section>
                            <Section
                                id="revision"
                                title=t!("From the first draft to the returned one")
                            >
                                <Revised revision />
                            </Section>
                            <Section id="prompts" title=t!("Prompts and versions")>
                                <Prompts run_id=run.id />
                            </Section>
                            {Visitor::expect()
                                .is_admin()
                                .then(|| {
                                    view! {
                                        <Section
                                            id="again"
                                            title=t!("One agent with another model")
                                            text=t!("The same agent on the same question, as in the first round. The run stays as it is.")
                                        >
                                            <OtherModel run=run.id whole=whole.clone() />
                                        </Section>
                                    }
                                })}
                        }
                    })}
            </div>
            {has_begun.then(|| view! { <ReplayBar replay /> })}
        </div>
    }
}
