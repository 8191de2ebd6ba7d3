//! What the holder of a shared link reads: questions and answers as they were then, with or
//! without what led to them. Nobody has to be known for it, and search engines are sent away.

use crate::api::Refused;
use crate::api::shares::shared;
use crate::components::chat::deliberated::Deliberated;
use crate::components::figures;
use crate::components::moment::Moment;
use crate::state::Visitor;
use domain::{Outcome, SharedAnswer, SharedTurn, SharedView};
use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use leptos_router::hooks::use_params_map;

#[component]
pub fn SharedPage() -> impl IntoView {
    let params = use_params_map();
    let token = Memo::new(move |_| params.with(|params| params.get("token").unwrap_or_default()));
    let read = Resource::new_blocking(move || token.get(), shared);
    #[cfg(feature = "ssr")]
    crate::ssr::keep_out_of_indexes();

    view! {
        <Meta name="robots" content="noindex, nofollow" />
        // The address is a secret: it is not told to the pages that this one links to.
        <Meta name="referrer" content="no-referrer" />
        <Suspense>
            {move || Suspend::new(async move {
                match read.await {
                    Ok(view) => view! { <Shown view /> }.into_any(),
                    Err(refused) => view! { <Unreadable refused /> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn Unreadable(refused: Refused) -> impl IntoView {
    #[cfg(feature = "ssr")]
    crate::ssr::answer_with(&refused);
    view! {
        <Title text=t!("Shared page - Overmind") />
        <div class=format!("mx-auto w-full max-w-104 py-16 {}", edge())>
            <h1 class="text-xl font-bold tracking-tight">{t!("This page cannot be shown")}</h1>
            <p class="mt-2 text-muted">{refused.message()}</p>
            <p class="mt-4 text-sm">{t!("Ask whoever sent you the link for a new one.")}</p>
        </div>
    }
}

#[component]
fn Shown(view: SharedView) -> impl IntoView {
    let title = view.title.to_string();
    view! {
        <Title text=t!("{title} - Overmind", title) />
        <div class=format!("mx-auto w-full max-w-176 pt-10 pb-24 {}", edge())>
            <h1 class="text-xl font-bold tracking-tight wrap-anywhere">{title}</h1>
            <p class="mt-2 text-sm text-muted">
                {t!("Shared ")} <Moment at=view.shared_at />
                {t!(", as it was then. What was asked or answered later is not here. The link works until ")}
                <Moment at=view.expires_at /> "."
            </p>
            <div class="mt-4 divide-y divide-line">
                {view.turns.into_iter().map(|turn| view! { <SharedTurnView turn /> }).collect_view()}
            </div>
        </div>
    }
}

#[component]
fn SharedTurnView(turn: SharedTurn) -> impl IntoView {
    let SharedTurn {
        question,
        answer,
        transcript,
    } = turn;
    view! {
        <article class="py-6">
            <h2 class="sr-only">{t!("Question")}</h2>
            <p class="mb-5 border-l-2 border-accent pl-4 font-medium whitespace-pre-wrap wrap-anywhere">
                {question}
            </p>
            {transcript.map(|transcript| view! { <Deliberated transcript /> })}
            {match answer {
                Some(answer) => view! { <AnswerView answer /> }.into_any(),
                None => {
                    view! { <p class="text-sm text-muted">{t!("No answer came of this.")}</p> }
                        .into_any()
                }
            }}
        </article>
    }
}

#[component]
fn AnswerView(answer: SharedAnswer) -> impl IntoView {
    let outcome = match answer.outcome {
        Outcome::Passed => t!("Passed"),
        Outcome::BestEffort => t!("Best effort"),
        Outcome::Degraded => t!("Degraded: an agent is missing"),
    };
    let score = match answer.score {
        Some(score) => t!(", scored {score} of 10", score = figures::score(score)),
        None => t!(", unscored").to_owned(),
    };
    let body = match answer.html {
        Some(html) => {
            view! { <div data-testid="final-answer" class="answer" inner_html=html></div> }
                .into_any()
        }
        None => view! {
            <div data-testid="final-answer" class="answer whitespace-pre-wrap">
                {answer.content}
            </div>
        }
        .into_any(),
    };
    view! {
        <h2 class="sr-only">{t!("Answer")}</h2>
        <p class="mb-3 text-sm text-muted tabular-nums">
            {outcome} {score} {t!(", answered ")} <Moment at=answer.answered_at />
        </p>
        {body}
    }
}

/// The frame for those who are not logged in has one already.
fn edge() -> &'static str {
    match Visitor::expect().user {
        Some(_) => "px-5 sm:px-8",
        None => "",
    }
}
