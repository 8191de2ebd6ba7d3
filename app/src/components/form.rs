//! The parts that every form is made of: labelled fields with their errors, buttons that never
//! submit twice, and the lines that say what became of it. What they show is a `Submission`'s.

use crate::state::{Submission, page_is_an_answer};
use leptos::ev::SubmitEvent;
use leptos::form::form_data_from_event;
use leptos::html::{Form, Input};
use leptos::prelude::*;
use leptos::web_sys::UrlSearchParams;
use leptos_router::hooks::use_query_map;

const CONTROL: &str = "h-10 w-full rounded-sm border border-muted/70 bg-raised px-3 text-base sm:text-sm aria-invalid:border-bad";

/// Sends what its fields hold, with scripts and without.
#[component]
pub fn PostForm(
    #[prop(into)] post: Submission,
    #[prop(optional)] id: Option<&'static str>,
    #[prop(optional)] class: Option<&'static str>,
    #[prop(optional)] node_ref: NodeRef<Form>,
    children: Children,
) -> impl IntoView {
    let on_submit = move |submit: SubmitEvent| {
        if submit.default_prevented() {
            return;
        }
        let Ok(fields) = form_data_from_event(&submit) else {
            return;
        };
        submit.prevent_default();
        // Of a button without a name.
        fields.delete("");
        if let Ok(fields) = UrlSearchParams::new_with_str_sequence_sequence(&fields) {
            post.send(fields.to_string().into());
        }
    };
    view! {
        <form
            node_ref=node_ref
            action=post.path()
            method="post"
            id=id
            class=class
            on:submit=on_submit
        >
            {children()}
        </form>
    }
}

/// One line of text, a password or a number. The label names it, so `name` is for the server only.
#[component]
pub fn TextField(
    label: &'static str,
    name: &'static str,
    /// Where the page has several fields of that name.
    #[prop(optional)]
    id: Option<&'static str>,
    #[prop(default = "text")] kind: &'static str,
    #[prop(default = "off")] autocomplete: &'static str,
    #[prop(optional)] required: bool,
    #[prop(optional)] minlength: Option<&'static str>,
    #[prop(optional)] maxlength: Option<&'static str>,
    #[prop(optional)] min: Option<&'static str>,
    #[prop(optional)] max: Option<&'static str>,
    #[prop(optional)] step: Option<&'static str>,
    /// The id of a `<datalist>`.
    #[prop(optional)]
    list: Option<&'static str>,
    /// What the services call it, where that is another name.
    #[prop(optional)]
    error_field: Option<&'static str>,
    #[prop(optional, into)] value: String,
    #[prop(optional)] hint: &'static str,
    submission: Submission,
) -> impl IntoView {
    let id = id.unwrap_or(name);
    let error = submission.about(error_field.unwrap_or(name));
    let value = submission.typed(name).unwrap_or(value);
    // Without scripts the answer to the form is a page that begins at its top.
    let autofocus = page_is_an_answer() && error.get_untracked().is_some();
    let input = NodeRef::<Input>::new();
    // Not on the first run: a page never takes the focus while it loads.
    Effect::new(move |ran: Option<()>| {
        if error.get().is_some()
            && ran.is_some()
            && let Some(input) = input.get_untracked()
        {
            let _ = input.focus();
        }
    });

    view! {
        <Frame id label hint error>
            <input
                node_ref=input
                id=id
                name=name
                type=kind
                value=value
                autocomplete=autocomplete
                required=required
                minlength=minlength
                maxlength=maxlength
                min=min
                max=max
                step=step
                list=list
                autofocus=autofocus
                autocapitalize=(kind == "email").then_some("none")
                spellcheck=(kind != "text").then_some("false")
                aria-invalid=move || error.get().map(|_| "true")
                aria-describedby=described_by(id, hint)
                class=CONTROL
            />
        </Frame>
    }
}

/// Text of several lines.
#[component]
pub fn TextArea(
    label: &'static str,
    name: &'static str,
    rows: &'static str,
    #[prop(optional)] required: bool,
    #[prop(optional)] maxlength: Option<&'static str>,
    #[prop(optional, into)] value: String,
    #[prop(optional)] hint: &'static str,
    submission: Submission,
) -> impl IntoView {
    let error = submission.about(name);
    let content = text_box_content(&submission.typed(name).unwrap_or(value));
    view! {
        <Frame id=name label hint error>
            <textarea
                inner_html=content
                id=name
                name=name
                rows=rows
                required=required
                maxlength=maxlength
                autocomplete="off"
                aria-invalid=move || error.get().map(|_| "true")
                aria-describedby=described_by(name, hint)
                class="block field-sizing-content max-h-96 w-full rounded-sm border border-muted/70 bg-raised px-3 py-2 text-base sm:text-sm aria-invalid:border-bad"
            ></textarea>
        </Frame>
    }
}

/// As a text box's `inner_html`: it has no value to render.
pub fn text_box_content(text: &str) -> String {
    let escaped = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    // In a page the first line break is left out; where scripts make the box it is not.
    if is_server() {
        format!("\n{escaped}")
    } else {
        escaped
    }
}

/// Value and words of each option, the chosen one selected.
#[component]
pub fn Select(
    label: &'static str,
    name: &'static str,
    options: Vec<(String, String)>,
    #[prop(optional, into)] chosen: String,
    #[prop(optional)] hint: &'static str,
    submission: Submission,
) -> impl IntoView {
    let error = submission.about(name);
    let chosen = submission.typed(name).unwrap_or(chosen);
    view! {
        <Frame id=name label hint error>
            <select
                id=name
                name=name
                autocomplete="off"
                aria-invalid=move || error.get().map(|_| "true")
                aria-describedby=described_by(name, hint)
                class=CONTROL
            >
                {options
                    .into_iter()
                    .map(|(value, words)| {
                        let selected = value == chosen;
                        view! {
                            <option value=value selected=selected>
                                {words}
                            </option>
                        }
                    })
                    .collect_view()}
            </select>
        </Frame>
    }
}

#[component]
pub fn Checkbox(
    label: &'static str,
    name: &'static str,
    #[prop(optional)] checked: bool,
    #[prop(optional)] hint: &'static str,
    submission: Submission,
) -> impl IntoView {
    let checked = submission.was_checked(name).unwrap_or(checked);
    view! {
        <div class="grid grid-cols-[auto_1fr] gap-x-3 text-sm">
            <input
                id=name
                name=name
                type="checkbox"
                value="on"
                checked=checked
                autocomplete="off"
                aria-describedby=described_by(name, hint)
                class="mt-0.5 size-5 accent-accent"
            />
            <label for=name class="py-0.5 font-medium">
                {label}
            </label>
            <p id=format!("{name}-hint") class="col-start-2 text-muted">
                {hint}
            </p>
        </div>
    }
}

/// Label above, hint and error below.
#[component]
fn Frame(
    id: &'static str,
    label: &'static str,
    hint: &'static str,
    error: Signal<Option<String>>,
    children: Children,
) -> impl IntoView {
    view! {
        <div>
            <label for=id class="mb-1.5 block text-sm font-medium">
                {label}
            </label>
            {children()}
            {(!hint.is_empty())
                .then(|| {
                    view! {
                        <p id=format!("{id}-hint") class="mt-1.5 text-xs text-muted">
                            {hint}
                        </p>
                    }
                })}
            <p
                id=format!("{id}-error")
                role="alert"
                class="mt-1.5 text-sm font-medium text-bad empty:hidden"
            >
                {move || error.get()}
            </p>
        </div>
    }
}

fn described_by(id: &str, hint: &str) -> String {
    if hint.is_empty() {
        format!("{id}-error")
    } else {
        format!("{id}-hint {id}-error")
    }
}

#[derive(Clone, Copy, Default, PartialEq)]
pub enum Emphasis {
    #[default]
    Main,
    Plain,
    /// For what cannot be undone.
    Danger,
}

/// Stays in the tab order while it waits, so that the focus is not lost, but submits only once.
#[component]
pub fn SubmitButton(
    #[prop(into)] pending: Signal<bool>,
    #[prop(optional)] emphasis: Emphasis,
    /// For screen readers, where the words alone do not say which.
    #[prop(optional, into)]
    label: Option<String>,
    children: Children,
) -> impl IntoView {
    let colours = match emphasis {
        Emphasis::Main => "h-10 border-accent bg-accent px-4 text-surface hover:opacity-90",
        Emphasis::Danger => "h-10 border-bad bg-bad px-4 text-surface hover:opacity-90",
        Emphasis::Plain => "h-9 border-line bg-raised px-3 hover:border-muted/70",
    };
    view! {
        <button
            type="submit"
            aria-label=label
            aria-disabled=move || pending.get().then_some("true")
            on:click=move |click| {
                if pending.get_untracked() {
                    click.prevent_default();
                }
            }
            class=format!(
                "inline-flex shrink-0 cursor-pointer items-center justify-center rounded-sm border text-sm font-medium whitespace-nowrap transition-opacity aria-disabled:cursor-progress aria-disabled:opacity-60 {colours}",
            )
        >
            {children()}
        </button>
    }
}

/// What is wrong with the form as a whole; above its fields.
#[component]
pub fn FormError(#[prop(into)] message: Signal<Option<String>>) -> impl IntoView {
    let autofocus = page_is_an_answer() && message.get_untracked().is_some();
    view! {
        <p
            role="alert"
            tabindex=autofocus.then_some("-1")
            autofocus=autofocus
            class="rounded-sm border border-bad/40 bg-bad/8 px-3 py-2 text-sm empty:hidden"
        >
            {move || message.get()}
        </p>
    }
}

/// Says that it worked, without interrupting. Without scripts it is the address that says so.
#[component]
pub fn FormStatus(
    submission: Submission,
    text: &'static str,
    /// The id of the page's section, as in [`ReturnTo`].
    section: &'static str,
) -> impl IntoView {
    let returned = use_query_map().with_untracked(|query| query.get_str("done") == Some(section));
    let done = move || submission.done.get() || (returned && submission.is_unharmed());
    view! {
        <p role="status" class="text-sm text-good">
            {move || done().then_some(text)}
        </p>
    }
}

/// Where a form that was sent without scripts leads back to when it was accepted.
#[component]
pub fn ReturnTo(section: &'static str) -> impl IntoView {
    view! { <input type="hidden" name="done" value=section /> }
}

/// A quiet frame around what belongs together.
#[component]
pub fn Card(children: Children) -> impl IntoView {
    view! { <div class="rounded-md border border-line bg-raised p-5 sm:p-6">{children()}</div> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_text_stays_text() {
        assert_eq!(
            text_box_content("</textarea><script>&amp;").trim_start(),
            "&lt;/textarea&gt;&lt;script&gt;&amp;amp;"
        );
    }
}
