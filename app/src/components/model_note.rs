//! Always there: which model would answer, and how to connect another. The whole note where
//! questions begin, one line with a link to it in conversations.

use crate::state::{ModelStatus, Visitor};
use leptos::prelude::*;

/// Where admins connect one.
const PROVIDERS: &str = "/admin/providers";
/// Where the whole note stands, for whoever is signed in.
const EXPLAINED: &str = "/#models";

#[component]
pub fn ModelNote(status: ModelStatus) -> impl IntoView {
    let (dot, head) = match &status {
        ModelStatus::Demonstration => ("bg-warn", t!("Demonstration model.").to_owned()),
        ModelStatus::Connected(models) => (
            "bg-good",
            t!("Connected: {models}.", models = models.join(", ")),
        ),
        ModelStatus::None => ("bg-bad", t!("No model is connected.").to_owned()),
    };
    let rest = match status {
        ModelStatus::Demonstration => view! {
            {t!("Answers come from the small model that is built in: good for trying the flow. For real answers ")}
            <OnThePage />
            {t!("set one of ")}
            <ProviderVariables />
            {t!(" in the server's environment and start it again.")}
        }
        .into_any(),
        ModelStatus::Connected(_) => t!("Every answer names the models behind it.").into_any(),
        ModelStatus::None => view! {
            {t!("To ask questions ")}
            <OnThePage />
            {t!("set one of ")}
            <ProviderVariables />
            {t!(" in the server's environment and start it again, or fetch the small built-in model. ")}
            <Literal text="overmind models" />
            {t!(" says what is missing.")}
        }
        .into_any(),
    };

    view! {
        <p id="models" role="note" class="flex gap-3 text-sm text-muted">
            <span aria-hidden="true" class=format!("mt-2 size-2 shrink-0 rounded-full {dot}")></span>
            <span>
                <span class="font-medium text-text">{head}</span>
                " "
                {rest}
            </span>
        </p>
    }
}

/// In one line, while no provider is connected.
#[component]
pub fn ModelLine() -> impl IntoView {
    let status = use_context::<ModelStatus>().unwrap_or_default();
    let (dot, head, more, rest) = match status {
        ModelStatus::Demonstration => (
            "bg-warn",
            t!("Demonstration model"),
            t!(": small, good for trying the flow. "),
            t!(" for real answers."),
        ),
        ModelStatus::None => (
            "bg-bad",
            t!("No model is connected"),
            ". ",
            t!(" to ask questions."),
        ),
        ModelStatus::Connected(_) => return ().into_any(),
    };
    let way = if Visitor::expect().is_admin() {
        PROVIDERS
    } else {
        EXPLAINED
    };
    view! {
        <p role="note" class="mt-2 flex items-center gap-2 px-2 text-xs text-muted">
            <span aria-hidden="true" class=format!("size-1.5 shrink-0 rounded-full {dot}")></span>
            // Phones have room for the two that count.
            <span>
                {head} <span class="max-sm:hidden">{more}</span> <span class="sm:hidden">". "</span>
                <a href=way class="rounded-sm underline underline-offset-4 hover:text-text">
                    {t!("Connect a provider")}
                </a> <span class="max-sm:hidden">{rest}</span>
            </span>
        </p>
    }
    .into_any()
}

/// For those who may.
#[component]
fn OnThePage() -> impl IntoView {
    Visitor::expect().is_admin().then(|| {
        view! {
            <a href=PROVIDERS class="rounded-sm underline underline-offset-4 hover:text-text">
                {t!("connect a provider")}
            </a>
            {t!(", or ")}
        }
    })
}

#[component]
fn ProviderVariables() -> impl IntoView {
    view! {
        <Literal text="OPENAI_API_KEY" />
        ", "
        <Literal text="ANTHROPIC_API_KEY" />
        ", "
        <Literal text="GEMINI_API_KEY" />
        {t!(" or ")}
        <Literal text="OLLAMA_HOST" />
    }
}

#[component]
fn Literal(text: &'static str) -> impl IntoView {
    view! { <code class="font-mono text-xs">{text}</code> }
}
