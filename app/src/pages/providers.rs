//! For admins: the providers that the organization's questions go to. What the operator set in the
//! environment stands beside them, to be read only.

mod connect;
mod edit;
mod list;

pub use edit::ProviderPage;

use crate::api::connections::{CreateConnection, DeleteConnection, TestConnection, connections};
use crate::components::admin_frame::{AdminFrame, AdminHeading};
use crate::components::form::{FormError, FormStatus};
use crate::state::Post;
use connect::ConnectForm;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use list::{Environment, Own};

#[component]
pub fn ProvidersPage() -> impl IntoView {
    let create = Post::<CreateConnection>::prepare();
    let test = Post::<TestConnection>::prepare();
    let delete = Post::<DeleteConnection>::prepare();
    let removed = delete.submission().leaving();
    let saved = create.submission().leaving();
    // What every page says about models has changed: the next one is loaded anew.
    saved.on_done(|| go_to("/admin/providers?done=connected"));
    removed.on_done(|| go_to("/admin/providers?done=removed"));
    let tested = test.version();
    let all = Resource::new_blocking(move || tested.get(), |_| connections());

    view! {
        <AdminFrame title=t!("Providers")>
            <AdminHeading
                title=t!("Providers")
                text=t!("Where your organization's questions are answered. Keys are kept encrypted and never shown again.")
            />
            <section id="connected" aria-labelledby="connected-title" class="mt-8 scroll-mt-6">
                <h2 id="connected-title" class="text-lg font-bold tracking-tight">
                    {t!("Connected")}
                </h2>
                // Most of these lines are empty, and what is empty takes no room.
                <div class="*:not-empty:mt-4">
                    <FormError message=removed.about_none_of(&[]) />
                    <Outcome test />
                    <FormStatus
                        submission=saved
                        text=t!("Saved. Test it to see that it answers.")
                        section="connected"
                    />
                    <FormStatus submission=removed text=t!("Removed") section="removed" />
                    <Changed />
                </div>
                <Transition>
                    {move || Suspend::new(async move {
                        match all.await {
                            Ok(connected) => {
                                let nothing = connected.own.is_empty()
                                    && connected.environment.is_empty();
                                view! {
                                    {nothing.then(|| view! { <Nothing /> })}
                                    <Own all=connected.own.clone() test delete />
                                    <Environment
                                        all=connected.environment
                                        overridden=!connected.own.is_empty()
                                    />
                                }
                                    .into_any()
                            }
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
                </Transition>
            </section>
            <ConnectForm create />
        </AdminFrame>
    }
}

fn go_to(address: &str) {
    let _ = window().location().set_href(address);
}

/// Another page says so by the address.
#[component]
fn Changed() -> impl IntoView {
    let changed = use_query_map().with_untracked(|query| query.get_str("done") == Some("changed"));
    changed.then(|| view! { <p role="status" class="text-sm text-good">{t!("Changed")}</p> })
}

#[component]
fn Nothing() -> impl IntoView {
    view! {
        <p class="mt-4 text-sm text-muted">
            {t!("Nothing is connected yet. Choose a provider below and write its key: questions go there from then on.")}
        </p>
    }
}

/// What became of a test, in the provider's own words where it failed.
#[component]
fn Outcome(test: Post<TestConnection>) -> impl IntoView {
    let submission = test.submission();
    let returned = use_query_map().with_untracked(|query| query.get_str("done") == Some("tested"));
    let answered = move || {
        if submission.pending.get() {
            return None;
        }
        let told = test.answer().map(|it| {
            t!(
                "{model} answered in {ms} ms.",
                model = it.model,
                ms = it.latency_ms
            )
        });
        told.or_else(|| {
            (returned && submission.is_unharmed()).then(|| t!("The provider answered.").to_owned())
        })
    };
    view! {
        <FormError message=submission.about_none_of(&[]) />
        <p role="status" class="text-sm text-good wrap-anywhere empty:hidden">
            {answered}
        </p>
    }
}
