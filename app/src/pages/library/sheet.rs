//! One agent or workflow: what it is, and for whoever may change it the form that does.

use super::bench::Bench;
use super::fields::{FieldGroups, FieldWords};
use super::{Back, LINK, MAIN_LINK, NotShown, PAGE};
use crate::api::library::{DeleteSheet, SaveSheet, Saved, Sheet, Shelf, SwitchAgent, sheet};
use crate::components::form::{Emphasis, FormError, FormStatus, PostForm, ReturnTo, SubmitButton};
use crate::components::icon::{self, Icon};
use crate::state::{Post, Submission, Visitor};
use domain::AgentId;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_navigate, use_params_map};

/// The id in the address of the page.
pub fn id_of_page() -> Memo<String> {
    let params = use_params_map();
    Memo::new(move |_| params.with(|params| params.get("id")).unwrap_or_default())
}

#[component]
pub fn SheetPage(shelf: Shelf) -> impl IntoView {
    let id = id_of_page();
    let shown = Resource::new_blocking(move || id.get(), move |id| sheet(shelf, Some(id)));
    view! {
        <div class=PAGE>
            <Suspense>
                {move || Suspend::new(async move {
                    match shown.await {
                        Ok(sheet) => view! { <Shown shelf sheet /> }.into_any(),
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
fn Shown(shelf: Shelf, sheet: Sheet) -> impl IntoView {
    let Sheet {
        state,
        fields,
        agents,
        may_change,
    } = sheet;
    let id = state.id.clone();
    let is_agent = shelf == Shelf::Agents;
    // Every form of the page makes a new version, which the others have to know of.
    let state = RwSignal::new(state);
    view! {
        <Head shelf id=id.clone() state />
        {(is_agent && may_change).then(|| view! { <Switch id=id.clone() state /> })}
        {if may_change {
            view! { <Edit shelf state fields agents /> }.into_any()
        } else {
            let who = if is_agent {
                t!("Only admins change agents.")
            } else {
                t!("Only its creator and admins change a workflow.")
            };
            view! {
                <p class="mt-6 mb-5 text-sm text-muted">{who}</p>
                <div class="grid gap-6">
                    <FieldWords shelf fields agents />
                </div>
            }
                .into_any()
        }}
        {(is_agent && may_change).then(|| view! { <Bench id=AgentId::new(id.clone()) state /> })}
        {may_change.then(|| view! { <Deletion shelf id state /> })}
    }
}

#[component]
fn Head(shelf: Shelf, id: String, state: RwSignal<Saved>) -> impl IntoView {
    let visitor = Visitor::expect();
    let is_agent = shelf == Shelf::Agents;
    let may_add = if is_agent {
        visitor.is_admin()
    } else {
        visitor.may_ask()
    };
    let name = move || state.with(|state| state.name.clone());
    let ask = (!is_agent && visitor.may_ask()).then(|| {
        view! {
            <a href=format!("/?workflow={id}") class=MAIN_LINK>
                {t!("Ask with this workflow")}
            </a>
        }
    });
    let duplicate = may_add.then(|| {
        view! {
            <a href=format!("{}?from={id}", shelf.page_of("new")) class=LINK>
                {t!("Duplicate")}
            </a>
        }
    });
    let (hue, path) = if is_agent {
        let agent = AgentId::new(id.clone());
        (Some(id.clone()), icon::of_agent(&agent))
    } else {
        (None, icon::MARK)
    };
    let tint = if is_agent {
        "bg-(--agent-wash) text-(--agent)"
    } else {
        "bg-line/50 text-muted"
    };
    let versions = format!("{}/versions", shelf.page_of(&id));
    view! {
        <Title text=move || t!("{name} - Overmind", name = name()) />
        <Back shelf />
        <div data-agent=hue class="mt-2 flex items-center gap-3">
            <span class=format!("grid size-9 shrink-0 place-items-center rounded-sm {tint}")>
                <Icon path />
            </span>
            <h1 class="min-w-0 text-xl font-bold tracking-tight wrap-anywhere">{name}</h1>
        </div>
        <p class="mt-2 text-sm text-muted tabular-nums">
            {move || state.with(|state| state.estimate.clone())}
        </p>
        <div class="mt-4 flex flex-wrap gap-2">
            {ask}
            <a href=versions class=LINK>
                {move || t!("Version {version}", version = state.with(|state| state.version))}
                <span class="sr-only">{t!(", all versions")}</span>
            </a>
            {duplicate}
            <a href=format!("/v1{}", shelf.page_of(&id)) download=format!("{id}.json") class=LINK>
                {t!("Export JSON")}
            </a>
        </div>
    }
}

/// The version that a form changes. Without scripts, a form that was refused still has the one
/// that its writer saw.
#[component]
pub fn SeenVersion(submission: Submission, state: RwSignal<Saved>) -> impl IntoView {
    let typed = submission.typed("version");
    let version = move || {
        let now = state.with(|state| state.version.to_string());
        typed.clone().unwrap_or(now)
    };
    view! { <input type="hidden" name="version" value=version /> }
}

/// What to do when somebody else was faster.
#[component]
pub fn Stale(submission: Submission, page: String) -> impl IntoView {
    let stale = submission.is_stale();
    move || {
        let page = page.clone();
        stale.get().then(|| {
            view! {
                <p class="text-sm">
                    <a
                        href=format!("{page}/versions")
                        rel="external"
                        target="_blank"
                        class="rounded-sm font-medium text-accent underline underline-offset-4"
                    >
                        {t!("See what changed")}
                    </a>
                    {t!(" (in another tab), or ")}
                    <a
                        href=page
                        rel="external"
                        class="rounded-sm font-medium text-accent underline underline-offset-4"
                    >
                        {t!("read it again")}
                    </a>
                    {t!(": what you wrote here is lost then.")}
                </p>
            }
        })
    }
}

#[component]
fn Switch(id: String, state: RwSignal<Saved>) -> impl IntoView {
    let switch = Post::<SwitchAgent>::prepare();
    let submission = switch.submission();
    switch.on_answer(move |saved| state.set(saved));
    let is_active = move || state.with(|state| state.is_active);
    let page = Shelf::Agents.page_of(&id);
    view! {
        <PostForm post=switch id="switch" class="mt-6 grid gap-3">
            <input type="hidden" name="id" value=id />
            <input type="hidden" name="active" value=move || (!is_active()).to_string() />
            <SeenVersion submission state />
            <ReturnTo section="switch" />
            <FormError message=submission.about_none_of(&[]) />
            <Stale submission page />
            <div class="flex flex-wrap items-center justify-between gap-3 rounded-md border border-line bg-raised px-4 py-3">
                <p role="status" class="text-sm">
                    {move || {
                        if is_active() {
                            t!("On: workflows that name it ask it.")
                        } else {
                            t!("Off: workflows skip it.")
                        }
                    }}
                </p>
                <SubmitButton pending=submission.pending emphasis=Emphasis::Plain>
                    {move || if is_active() { t!("Switch off") } else { t!("Switch on") }}
                </SubmitButton>
            </div>
        </PostForm>
    }
}

#[component]
fn Edit(
    shelf: Shelf,
    state: RwSignal<Saved>,
    fields: domain::Fields,
    agents: Vec<crate::api::library::Offered>,
) -> impl IntoView {
    let save = Post::<SaveSheet>::prepare();
    let submission = save.submission();
    save.on_answer(move |saved| state.set(saved));
    let id = state.with_untracked(|state| state.id.clone());
    let page = shelf.page_of(&id);
    let is_off = move || state.with(|state| !state.is_active);
    view! {
        <PostForm post=save id="sheet" class="mt-8 grid gap-10">
            <input type="hidden" name="shelf" value=shelf.as_str() />
            <input type="hidden" name="id" value=id />
            <SeenVersion submission state />
            <ReturnTo section="sheet" />
            {(shelf == Shelf::Agents)
                .then(|| {
                    view! {
                        <input
                            type="hidden"
                            name="fields[is_active]"
                            value="on"
                            disabled=is_off
                        />
                    }
                })}
            <FieldGroups shelf fields agents submission />
            <div class="grid gap-3">
                <FormError message=submission.about_the_whole() />
                <Stale submission page />
                <div class="flex items-center gap-4">
                    <SubmitButton pending=submission.pending>{t!("Save")}</SubmitButton>
                    <FormStatus submission text=t!("Saved") section="sheet" />
                </div>
            </div>
        </PostForm>
    }
}

#[component]
fn Deletion(shelf: Shelf, id: String, state: RwSignal<Saved>) -> impl IntoView {
    let delete = Post::<DeleteSheet>::prepare();
    let submission = delete.submission().leaving();
    let navigate = use_navigate();
    submission.on_done(move || navigate(shelf.path(), Default::default()));
    let refused = submission.about_none_of(&[]);
    // Without scripts the page comes back from the server: it opens where the error is.
    let open = refused.get_untracked().is_some();
    let (title, summary, kept, for_good) = match shelf {
        Shelf::Agents => (
            t!("Delete agent"),
            t!("Delete this agent and its versions"),
            t!("It is removed with all its versions, for good. What it said in answers stays."),
            t!("Delete agent for good"),
        ),
        Shelf::Workflows => (
            t!("Delete workflow"),
            t!("Delete this workflow and its versions"),
            t!("It is removed with all its versions, for good. Answers that used it stay."),
            t!("Delete workflow for good"),
        ),
    };
    view! {
        <section aria-labelledby="delete-title" class="mt-10 border-t border-line pt-8">
            <h2 id="delete-title" class="text-lg font-bold tracking-tight">
                {title}
            </h2>
            <details open=open class="mt-3 text-sm">
                <summary class="cursor-pointer rounded-sm py-1 font-medium">
                    {summary}
                </summary>
                <p class="mt-2">{kept}</p>
                <PostForm post=delete class="mt-3 grid gap-3">
                    <input type="hidden" name="shelf" value=shelf.as_str() />
                    <input type="hidden" name="id" value=id />
                    <SeenVersion submission state />
                    <FormError message=refused />
                    <div>
                        <SubmitButton pending=submission.pending emphasis=Emphasis::Danger>
                            {for_good}
                        </SubmitButton>
                    </div>
                </PostForm>
            </details>
        </section>
    }
}
