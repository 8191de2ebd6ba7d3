//! Of which days and of which use the figures are: links for the usual stretches of time, and a
//! form that leads to another address.

use super::address::{Address, PATH};
use crate::components::choices::{Choice, Day};
use domain::analytics::{Choices, Named};
use leptos::prelude::*;

/// As long as nothing else is asked for.
const USUAL: &str = "30";
pub const LINK: &str = "flex h-8 items-center rounded-sm px-2.5 text-sm text-muted transition-colors hover:text-text data-[current=true]:bg-line/60 data-[current=true]:font-medium data-[current=true]:text-text";

#[component]
pub fn Stretches(address: Address) -> impl IntoView {
    let custom = !address.from.is_empty() || !address.to.is_empty();
    view! {
        <nav aria-label=t!("Period") class="flex flex-wrap gap-1">
            {["7", "30", "90"]
                .map(|days| {
                    let asked = if address.days.is_empty() { USUAL } else { &address.days };
                    let current = !custom && asked == days;
                    view! {
                        <a
                            href=address.of_days(days).page()
                            data-noscroll=""
                            class=LINK
                            data-current=current.to_string()
                            aria-current=current.then_some("true")
                        >
                            {t!("{days} days", days)}
                        </a>
                    }
                })
                .into_iter()
                .collect_view()}
        </nav>
    }
}

#[component]
pub fn FilterForm(
    address: Address,
    choices: Choices,
    /// Who asks may see whose use it is.
    admin: bool,
) -> impl IntoView {
    let person = admin.then(|| {
        let options = options(t!("Everybody"), choices.users, &address.user);
        view! { <Choice id="user" label=t!("Person") options chosen=address.user.clone() /> }
    });
    let hidden = |name: &'static str, value: String| {
        (!value.is_empty()).then(|| view! { <input type="hidden" name=name value=value /> })
    };
    let by = match address.by {
        super::address::By::Model => String::new(),
        by => by.as_str().to_owned(),
    };
    let clear = (address.narrows() || !address.from.is_empty() || !address.to.is_empty()).then(|| {
        view! {
            <a href=PATH class="flex h-10 items-center px-2 text-sm text-muted underline underline-offset-4 hover:text-text">
                {t!("Clear")}
            </a>
        }
    });
    view! {
        <form
            method="get"
            action=PATH
            role="search"
            aria-label=t!("Filter")
            class="mt-4 grid grid-cols-2 items-end gap-3 sm:grid-cols-4"
        >
            {hidden("days", address.days)}
            {hidden("by", by)}
            <Choice
                id="workflow"
                label=t!("Workflow")
                options=options(t!("All"), choices.workflows, &address.workflow)
                chosen=address.workflow.clone()
            />
            <Choice
                id="agent"
                label=t!("Agent")
                options=options(t!("All"), choices.agents, &address.agent)
                chosen=address.agent.clone()
            />
            <Choice
                id="model"
                label=t!("Model")
                options=options(t!("All"), choices.models, &address.model)
                chosen=address.model.clone()
            />
            {person}
            <Day id="from" label=t!("From (UTC)") value=address.from />
            <Day id="to" label=t!("To (UTC)") value=address.to />
            <div class="col-span-2 flex gap-2 sm:col-span-1">
                <button
                    type="submit"
                    class="inline-flex h-10 grow cursor-pointer items-center justify-center rounded-sm border border-line bg-raised px-4 text-sm font-medium hover:border-muted/70"
                >
                    {t!("Show")}
                </button>
                {clear}
            </div>
        </form>
    }
}

/// What is chosen can be chosen, used or not.
fn options(all: &str, known: Vec<Named>, chosen: &str) -> Vec<(String, String)> {
    let mut options = vec![(String::new(), all.to_owned())];
    options.extend(known.into_iter().map(|it| (it.id, it.name)));
    if !options.iter().any(|(id, _)| id == chosen) {
        options.push((chosen.to_owned(), chosen.to_owned()));
    }
    options
}
