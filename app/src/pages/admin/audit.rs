//! What is on record, the latest first: filtered by the address, a page at a time, and as a table.

mod filter;
mod words;

use crate::api::audit::audit;
use crate::api::members::members;
use crate::components::admin_frame::{AdminFrame, AdminHeading};
use crate::components::moment::Moment;
use crate::components::section::Unreadable;
use domain::{AuditEntry, Page};
use filter::{Filter, FilterForm};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

#[component]
pub fn AuditPage() -> impl IntoView {
    let query = use_query_map();
    let filter = Memo::new(move |_| query.with(Filter::read));
    let people = Resource::new_blocking(|| (), |()| members());
    let entries = Resource::new_blocking(
        move || filter.get(),
        |filter| {
            let Filter {
                group,
                person,
                from,
                to,
                cursor,
            } = filter;
            audit(group, person, from, to, cursor)
        },
    );

    view! {
        <AdminFrame title=t!("Audit log")>
            <AdminHeading
                title=t!("Audit log")
                text=t!("Who came in, and who changed what. Nobody can alter it, and it keeps the names of those who are gone.")
            />
            <Suspense>
                {move || {
                    let filter = filter.get();
                    Suspend::new(async move {
                        let people = people.await.unwrap_or_default();
                        view! { <FilterForm filter people /> }
                    })
                }}
            </Suspense>
            <Transition>
                {move || {
                    let filter = filter.get();
                    Suspend::new(async move {
                        match entries.await {
                            Ok(page) => view! { <Entries page filter /> }.into_any(),
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
fn Entries(page: Page<AuditEntry>, filter: Filter) -> impl IntoView {
    const LINK: &str = "inline-flex h-9 items-center rounded-sm border border-line bg-raised px-3 text-sm font-medium hover:border-muted/70";
    let later = filter.cursor.is_some();
    let newest = filter.address("/admin/audit", None);
    let table = filter.address("/admin/audit.csv", None);
    let older = page
        .next_cursor
        .as_deref()
        .map(|cursor| filter.address("/admin/audit", Some(cursor)));
    let list = if page.items.is_empty() {
        view! {
            <p class="text-sm text-muted">
                {t!("Nothing on record fits. Leave a field empty to see more.")}
            </p>
        }
        .into_any()
    } else {
        view! {
            <ol
                aria-label=t!("Entries")
                class="divide-y divide-line rounded-md border border-line bg-raised"
            >
                {page.items.into_iter().map(|entry| view! { <Entry entry /> }).collect_view()}
            </ol>
        }
        .into_any()
    };
    view! {
        <div class="mt-6">{list}</div>
        <div class="mt-4 flex flex-wrap gap-2">
            {later.then(|| view! { <a href=newest class=LINK>{t!("Newest")}</a> })}
            {older.map(|older| view! { <a href=older class=LINK>{t!("Older")}</a> })}
            <a href=table rel="external" download="audit.csv" class=LINK>
                {t!("Export as CSV")}
            </a>
        </div>
    }
}

#[component]
fn Entry(entry: AuditEntry) -> impl IntoView {
    let did = words::of_action(&entry.action).to_owned();
    view! {
        <li class="items-baseline gap-4 px-4 py-2.5 text-sm sm:flex">
            <p class="grow wrap-anywhere">
                <span class="font-medium">{entry.actor_name}</span>
                " "
                {if did.is_empty() { entry.action } else { did }}
                {(!entry.detail.is_empty()).then(|| format!(": {}", entry.detail))}
            </p>
            <p class="shrink-0 text-xs text-muted tabular-nums">
                <Moment at=entry.created_at />
            </p>
        </li>
    }
}
