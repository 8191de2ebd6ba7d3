//! The versions of an agent or a workflow: when each was made, what differs between two, and the
//! way back to an earlier one.

use super::sheet::id_of_page;
use super::{NotShown, PAGE};
use crate::api::library::{
    Difference, History, RestoreSheet, Shelf, compare_sheets, sheet_history,
};
use crate::components::form::{Emphasis, FormError, PostForm, SubmitButton};
use crate::components::moment::Moment;
use crate::components::rewording::Rewording;
use crate::state::{Post, Submission};
use chrono::{DateTime, Utc};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_navigate, use_query_map};

#[component]
pub fn VersionsPage(shelf: Shelf) -> impl IntoView {
    let id = id_of_page();
    let shown = Resource::new_blocking(move || id.get(), move |id| sheet_history(shelf, id));
    view! {
        <div class=PAGE>
            <Suspense>
                {move || Suspend::new(async move {
                    match shown.await {
                        Ok(history) => view! { <Shown shelf history /> }.into_any(),
                        Err(refused) => {
                            view! { <NotShown title=shelf.title() refused /> }.into_any()
                        }
                    }
                })}
            </Suspense>
        </div>
    }
}

#[component]
fn Shown(shelf: Shelf, history: History) -> impl IntoView {
    let History {
        state,
        may_change,
        versions,
        has_more,
    } = history;
    let restore = Post::<RestoreSheet>::prepare();
    let submission = restore.submission().leaving();
    let navigate = use_navigate();
    let page = shelf.page_of(&state.id);
    let back = page.clone();
    submission.on_done(move || navigate(&back, Default::default()));
    let (id, current) = (state.id, state.version);
    view! {
        <Title text=t!("Versions of {name} - Overmind", name = state.name) />
        <p class="text-sm">
            <a
                href=page
                class="-ml-2 inline-flex min-h-8 items-center rounded-sm px-2 text-muted underline-offset-4 wrap-anywhere hover:text-text hover:underline"
            >
                {state.name.clone()}
            </a>
        </p>
        <h1 class="mt-2 text-xl font-bold tracking-tight wrap-anywhere">
            {t!("Versions of {name}", name = state.name)}
        </h1>
        <Comparison shelf id=id.clone() current />
        <section aria-labelledby="all-title" class="mt-10 border-t border-line pt-8">
            <h2 id="all-title" class="mb-4 text-lg font-bold tracking-tight">
                {t!("All versions")}
            </h2>
            <FormError message=submission.about_none_of(&[]) />
            <ul class="divide-y divide-line rounded-md border border-line bg-raised">
                {versions
                    .into_iter()
                    .map(|(version, at)| {
                        let id = (may_change && version != current).then(|| id.clone());
                        view! { <Line shelf id version current at restore submission /> }
                    })
                    .collect_view()}
            </ul>
            {has_more
                .then(|| {
                    view! {
                        <p class="mt-3 text-sm text-muted">
                            {t!("Older versions are kept; compare them by their number.")}
                        </p>
                    }
                })}
        </section>
    }
}

#[component]
fn Line(
    shelf: Shelf,
    /// Of what goes back to this version, where that is allowed.
    #[prop(optional_no_strip)]
    id: Option<String>,
    version: u32,
    current: u32,
    at: DateTime<Utc>,
    restore: Post<RestoreSheet>,
    submission: Submission,
) -> impl IntoView {
    let is_current = version == current;
    view! {
        <li class="flex min-h-15 items-center justify-between gap-4 px-4 py-2.5 text-sm">
            <div>
                <p class="font-medium tabular-nums">
                    {t!("Version {version}", version)} {is_current.then_some(t!(", now"))}
                </p>
                <p class="text-xs text-muted">
                    <Moment at />
                </p>
            </div>
            {id
                .map(|id| {
                    view! {
                        <PostForm post=restore>
                            <input type="hidden" name="shelf" value=shelf.as_str() />
                            <input type="hidden" name="id" value=id />
                            <input type="hidden" name="version" value=version.to_string() />
                            <SubmitButton
                                pending=submission.pending
                                emphasis=Emphasis::Plain
                                label=t!("Go back to version {version}", version)
                            >
                                {t!("Go back to it")}
                            </SubmitButton>
                        </PostForm>
                    }
                })}
        </li>
    }
}

/// Which two is part of the address, so it works without scripts.
#[component]
fn Comparison(shelf: Shelf, id: String, current: u32) -> impl IntoView {
    let query = use_query_map();
    let asked = query.with_untracked(|query| {
        let number = |name: &str| query.get_str(name)?.parse::<u32>().ok();
        Some((number("from")?, number("to")?))
    });
    let (from, to) = asked.unwrap_or((current.saturating_sub(1).max(1), current));
    let differences = Resource::new_blocking(
        || (),
        move |()| {
            let id = id.clone();
            async move { compare_sheets(shelf, id, from, to).await }
        },
    );
    view! {
        <section aria-labelledby="compare-title" class="mt-8">
            <h2 id="compare-title" class="text-lg font-bold tracking-tight">
                {t!("What changed")}
            </h2>
            <form method="get" class="mt-3 flex flex-wrap items-end gap-3 text-sm">
                <VersionField name="from" label=t!("From version") value=from most=current />
                <VersionField name="to" label=t!("To version") value=to most=current />
                <button
                    type="submit"
                    class="h-9 cursor-pointer rounded-sm border border-line bg-raised px-3 font-medium hover:border-muted/70"
                >
                    {t!("Compare")}
                </button>
            </form>
            <Suspense>
                {move || Suspend::new(async move {
                    match differences.await {
                        Ok(all) => view! { <Differences all from to /> }.into_any(),
                        Err(refused) => {
                            view! {
                                <p role="alert" class="mt-4 text-sm text-bad">
                                    {refused.message()}
                                </p>
                            }
                                .into_any()
                        }
                    }
                })}
            </Suspense>
        </section>
    }
}

#[component]
fn VersionField(name: &'static str, label: &'static str, value: u32, most: u32) -> impl IntoView {
    view! {
        <label class="grid gap-1.5 font-medium">
            {label}
            <input
                type="number"
                name=name
                value=value.to_string()
                min="1"
                max=most.to_string()
                required
                autocomplete="off"
                class="h-9 w-28 rounded-sm border border-muted/70 bg-raised px-3 text-base font-normal tabular-nums sm:text-sm"
            />
        </label>
    }
}

#[component]
fn Differences(all: Vec<Difference>, from: u32, to: u32) -> impl IntoView {
    if all.is_empty() {
        let words = if from == to {
            t!("A version does not differ from itself.")
        } else {
            t!("They do not differ.")
        };
        return view! { <p class="mt-4 text-sm text-muted">{words}</p> }.into_any();
    }
    view! {
        <p class="mt-4 text-sm text-muted tabular-nums">
            {t!(
                "What version {to} added since version {from} is underlined, what it left out is struck through.",
                to,
                from,
            )}
        </p>
        <ul class="mt-5 grid gap-5 text-sm" data-testid="differences">
            {all
                .into_iter()
                .map(|Difference { field, paragraphs }| {
                    view! {
                        <li>
                            <h3 class="mb-1.5 font-mono text-xs">{field}</h3>
                            <div class="grid gap-2 rounded-sm border border-line bg-raised p-3 wrap-anywhere">
                                <Rewording paragraphs />
                            </div>
                        </li>
                    }
                })
                .collect_view()}
        </ul>
    }
    .into_any()
}
