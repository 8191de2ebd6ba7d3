//! Where a new agent or workflow begins: empty, as a copy of another, or from what was exported.

use super::fields::FieldGroups;
use super::{Back, NotShown, PAGE, new_one};
use crate::api::library::{CreateSheet, ImportSheet, Saved, Sheet, Shelf, sheet};
use crate::components::form::{Emphasis, FormError, PostForm, SubmitButton, TextArea};
use crate::state::{Post, page_answers};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_navigate, use_query_map};

#[component]
pub fn NewSheetPage(shelf: Shelf) -> impl IntoView {
    let query = use_query_map();
    let from = Memo::new(move |_| query.with(|query| query.get("from")));
    let shown = Resource::new_blocking(move || from.get(), move |from| sheet(shelf, from));
    view! {
        <div class=PAGE>
            <Suspense>
                {move || Suspend::new(async move {
                    match shown.await {
                        Ok(sheet) => view! { <Begin shelf sheet /> }.into_any(),
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
fn Begin(shelf: Shelf, sheet: Sheet) -> impl IntoView {
    let title = new_one(shelf);
    let visitor = crate::state::Visitor::expect();
    let may_add = match shelf {
        Shelf::Agents => visitor.is_admin(),
        Shelf::Workflows => visitor.may_ask(),
    };
    let body = if may_add {
        view! { <Forms shelf sheet /> }.into_any()
    } else {
        let who = match shelf {
            Shelf::Agents => t!("Only admins add agents."),
            Shelf::Workflows => {
                t!("Viewers read; ask an admin for the role user to add workflows.")
            }
        };
        view! { <p class="mt-4 text-sm text-muted">{who}</p> }.into_any()
    };
    view! {
        <Title text=t!("{title} - Overmind", title) />
        <Back shelf />
        <h1 class="mt-2 text-xl font-bold tracking-tight">{title}</h1>
        {body}
    }
}

#[component]
fn Forms(shelf: Shelf, sheet: Sheet) -> impl IntoView {
    let Sheet {
        state,
        mut fields,
        agents,
        ..
    } = sheet;
    if !state.id.is_empty() {
        fields.insert("name".to_owned(), t!("{name} (copy)", name = state.name));
        // A copy is its maker's own, until an admin says otherwise.
        fields.remove("is_public");
    }
    let create = Post::<CreateSheet>::prepare();
    let submission = create.submission().leaving();
    create.on_answer(lead_on(shelf));
    let active = (shelf == Shelf::Agents && fields.contains_key("is_active"))
        .then(|| view! { <input type="hidden" name="fields[is_active]" value="on" /> });
    view! {
        <PostForm post=create class="mt-8 grid gap-10">
            <input type="hidden" name="shelf" value=shelf.as_str() />
            {active}
            <FieldGroups shelf fields agents submission />
            <div class="grid gap-3">
                <FormError message=submission.about_the_whole() />
                <div>
                    <SubmitButton pending=submission.pending>
                        {match shelf {
                            Shelf::Agents => t!("Add agent"),
                            Shelf::Workflows => t!("Add workflow"),
                        }}
                    </SubmitButton>
                </div>
            </div>
        </PostForm>
        <Import shelf />
    }
}

#[component]
fn Import(shelf: Shelf) -> impl IntoView {
    let import = Post::<ImportSheet>::prepare();
    let submission = import.submission().leaving();
    import.on_answer(lead_on(shelf));
    // Without scripts the page comes back from the server: it opens where the error is.
    let open = page_answers::<ImportSheet>();
    view! {
        <section aria-labelledby="import-title" class="mt-10 border-t border-line pt-8">
            <h2 id="import-title" class="text-lg font-bold tracking-tight">
                {t!("Import")}
            </h2>
            <details open=open class="mt-3 text-sm">
                <summary class="cursor-pointer rounded-sm py-1 font-medium">
                    {t!("Paste what was exported")}
                </summary>
                <PostForm post=import class="mt-3 grid gap-4">
                    <input type="hidden" name="shelf" value=shelf.as_str() />
                    <FormError message=submission.about_none_of(&["json"]) />
                    <TextArea
                        label=t!("JSON")
                        name="json"
                        rows="6"
                        required=true
                        hint=t!("The file that Export JSON gives, here or on another server")
                        submission
                    />
                    <div>
                        <SubmitButton pending=submission.pending emphasis=Emphasis::Plain>
                            {match shelf {
                                Shelf::Agents => t!("Import agent"),
                                Shelf::Workflows => t!("Import workflow"),
                            }}
                        </SubmitButton>
                    </div>
                </PostForm>
            </details>
        </section>
    }
}

/// On to the page of what was made.
fn lead_on(shelf: Shelf) -> impl Fn(Saved) + 'static {
    let navigate = use_navigate();
    move |saved| navigate(&shelf.page_of(&saved.id), Default::default())
}
