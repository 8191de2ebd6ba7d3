//! The log of prompts, the latest first, a page at a time.

use crate::api::keeping::prompt_log;
use crate::components::admin_frame::{AdminFrame, AdminHeading};
use crate::components::moment::Moment;
use crate::components::section::Unreadable;
use domain::{LoggedCall, Page};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

const LINK: &str = "inline-flex h-9 items-center rounded-sm border border-line bg-raised px-3 text-sm font-medium hover:border-muted/70";

#[component]
pub fn PromptLogPage() -> impl IntoView {
    let query = use_query_map();
    let cursor = Memo::new(move |_| query.with(|query| query.get("cursor")));
    let calls = Resource::new_blocking(move || cursor.get(), prompt_log);
    view! {
        <AdminFrame title=t!("Prompts")>
            <AdminHeading
                title=t!("Prompts")
                text=t!("What was sent to models and what came back, without mail addresses, phone numbers, card numbers and keys. That you read this is on record.")
            />
            <Transition>
                {move || {
                    let later = cursor.get().is_some();
                    Suspend::new(async move {
                        match calls.await {
                            Ok(page) => view! { <Calls page later /> }.into_any(),
                            Err(refused) => {
                                view! { <Unreadable message=refused.message() /> }.into_any()
                            }
                        }
                    })
                }}
            </Transition>
        </AdminFrame>
    }
}

#[component]
fn Calls(page: Page<LoggedCall>, later: bool) -> impl IntoView {
    let older = page
        .next_cursor
        .map(|cursor| format!("/admin/prompts?cursor={cursor}"));
    let list = if page.items.is_empty() {
        view! {
            <p class="text-sm text-muted">
                {t!("Nothing is logged. Whether prompts are is set on the ")}
                <a href="/admin/organization#keeping" class="rounded-sm underline underline-offset-4">
                    {t!("organization’s page")}
                </a> "."
            </p>
        }
        .into_any()
    } else {
        view! {
            <ol
                aria-label=t!("Calls")
                class="divide-y divide-line rounded-md border border-line bg-raised px-4"
            >
                {page.items.into_iter().map(|call| view! { <Call call /> }).collect_view()}
            </ol>
        }
        .into_any()
    };
    view! {
        <div class="mt-6">{list}</div>
        <div class="mt-4 flex flex-wrap gap-2">
            {later.then(|| view! { <a href="/admin/prompts" class=LINK>{t!("Newest")}</a> })}
            {older.map(|older| view! { <a href=older class=LINK>{t!("Older")}</a> })}
        </div>
    }
}

#[component]
fn Call(call: LoggedCall) -> impl IntoView {
    let (round, kind) = (call.iteration, call.kind);
    let what = match call.agent_id {
        Some(agent) => t!("Round {round}, {kind} {agent}", round, kind, agent),
        None => t!("Round {round}, {kind}", round, kind),
    };
    let model = call.model.unwrap_or_else(|| t!("no model").to_owned());
    view! {
        <li class="py-2.5">
            <details class="text-sm">
                <summary class="cursor-pointer rounded-sm wrap-anywhere">
                    <span class="font-medium">{what}</span>
                    <span class="block pl-4 text-xs text-muted">
                        {format!("{}, {model}, ", call.user_name)} <Moment at=call.finished_at />
                    </span>
                </summary>
                <Text title=t!("System prompt") text=call.system />
                <Text title=t!("Prompt") text=call.prompt />
                <Text title=t!("Reply") text=call.reply />
            </details>
        </li>
    }
}

#[component]
fn Text(title: &'static str, text: String) -> impl IntoView {
    view! {
        <h2 class="mt-3 text-xs text-muted">{title}</h2>
        <p class="mt-1 rounded-sm border border-line p-2 font-mono text-xs whitespace-pre-wrap wrap-anywhere">
            {text}
        </p>
    }
}
