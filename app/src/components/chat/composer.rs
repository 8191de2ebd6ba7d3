//! Where questions are written: the text box, the workflow, and the button that sends or stops.

use crate::api::conversations::Ask;
use crate::components::chat::cancel::CancelForm;
use crate::components::chat::this_question::ThisQuestion;
use crate::components::chat::workflow_select::WorkflowSelect;
use crate::components::figures;
use crate::components::form::{FormError, PostForm, text_box_content};
use crate::components::known_models::KnownModels;
use crate::state::drafts::Draft;
use crate::state::{Post, Visitor};
use domain::{ConversationId, Question, Run, RunId, WorkflowId};
use leptos::ev::KeyboardEvent;
use leptos::html::{Form, Textarea};
use leptos::prelude::*;
use web_sys::js_sys::Uint8Array;

/// From here on the reader is told how much room is left.
const NEARLY_FULL: usize = Question::MAX_CHARS - 2_000;
const BUTTON: &str = "inline-flex h-9 shrink-0 cursor-pointer items-center justify-center rounded-sm border px-4 text-sm font-medium whitespace-nowrap transition-opacity";

#[component]
pub fn Composer(
    /// Absent: the question begins a new conversation.
    #[prop(optional)]
    conversation_id: Option<ConversationId>,
    /// The run that would be stopped.
    #[prop(into)]
    active: Signal<Option<RunId>>,
    /// The one of the latest question, else the default one comes first.
    #[prop(optional_no_strip)]
    workflow_id: Option<WorkflowId>,
    /// A text that replaces what is in the text box whenever it is set.
    #[prop(optional, into)]
    suggestion: Signal<Option<&'static str>>,
    /// The run that was started and its question.
    on_asked: Callback<(Run, String)>,
) -> impl IntoView {
    let ask = Post::<Ask>::prepare();
    let submission = ask.submission();
    let refused = submission.about_none_of(&[]);
    let typed = submission.typed("message");
    let typed_workflow = submission.typed("workflow_id");
    let typed_workflow = typed_workflow.as_deref().map(WorkflowId::from);
    // Without scripts the page of a running run reads itself again, and would lose what is typed.
    let has_typed = typed.is_some();
    let pauses = move || !has_typed && active.get().is_some();
    let content = typed.as_deref().map(text_box_content).unwrap_or_default();
    let form = NodeRef::<Form>::new();
    // Not bound to a signal, so that what was typed before scripts ran stays.
    let text_box = NodeRef::<Textarea>::new();
    let length = RwSignal::new(0);
    let request_id = RwSignal::new(String::new());

    let writer = Visitor::expect().user;
    let draft = StoredValue::new(Draft::of(writer.as_ref(), conversation_id));

    // Another text is another question, which must not be taken for the one sent before.
    let on_input = move || {
        if let Some(text_box) = text_box.get_untracked() {
            let text = text_box.value();
            length.set(text.chars().count());
            request_id.set(new_request_id());
            draft.with_value(|draft| draft.keep(&text));
        }
    };
    text_box.on_load(move |text_box| {
        let kept = draft.with_value(Draft::read);
        if let Some(text) = kept.filter(|_| text_box.value().is_empty()) {
            text_box.set_value(&text);
        }
        on_input();
    });
    Effect::new(move |_| {
        if let (Some(text), Some(text_box)) = (suggestion.get(), text_box.get_untracked()) {
            text_box.set_value(text);
            on_input();
            let _ = text_box.focus();
        }
    });

    let blocked = Signal::derive(move || {
        submission.pending.get() || active.get().is_some() || length.get() > Question::MAX_CHARS
    });
    let on_key = move |key: KeyboardEvent| {
        // 229: the input method has the key (Safari says it only this way).
        let composing = key.is_composing() || key.key_code() == 229;
        if key.key() != "Enter" || key.shift_key() || composing {
            return;
        }
        key.prevent_default();
        if let (false, Some(form)) = (blocked.get_untracked(), form.get_untracked()) {
            // Asks the browser to check the form first, as the button does.
            let _ = form.request_submit();
        }
    };

    ask.on_answer(move |run| {
        let Some(text_box) = text_box.get_untracked() else {
            return;
        };
        let question = text_box.value();
        text_box.set_value("");
        length.set(0);
        draft.with_value(|draft| draft.keep(""));
        on_asked.run((run, question));
    });

    view! {
        <div class="rounded-md border border-muted/60 bg-raised p-2 focus-within:border-accent">
            <PostForm post=ask node_ref=form id="ask">
                {conversation_id
                    .map(|id| {
                        view! { <input type="hidden" name="conversation_id" value=id.to_string() /> }
                    })}
                <input
                    type="hidden"
                    name="request_id"
                    disabled=move || request_id.with(String::is_empty)
                    prop:value=request_id
                />
                <FormError message=refused />
                <label for="question" class="sr-only">
                    {t!("Ask a question")}
                </label>
                <textarea
                    node_ref=text_box
                    inner_html=content
                    id="question"
                    name="message"
                    rows="2"
                    required=true
                    autocomplete="off"
                    placeholder=t!("Ask a question")
                    aria-describedby="question-length"
                    aria-invalid=move || refused.get().map(|_| "true")
                    readonly=move || submission.pending.get()
                    class="block field-sizing-content max-h-[calc(12lh+1rem)] w-full resize-none rounded-sm bg-transparent px-2 py-2 outline-none placeholder:text-muted"
                    class=("noscript:hidden", pauses)
                    on:input=move |_| on_input()
                    on:keydown=on_key
                ></textarea>
                <p
                    id="question-length"
                    role="status"
                    class="px-2 text-xs tabular-nums empty:hidden"
                    class=("text-bad", move || Question::MAX_CHARS < length.get())
                    class=("text-muted", move || length.get() <= Question::MAX_CHARS)
                >
                    {move || (length.get() > NEARLY_FULL).then(|| room(length.get()))}
                </p>
            </PostForm>
            <div class="mt-1 flex items-end justify-between gap-2">
                <div class="flex min-w-0 items-center gap-1" class=("noscript:hidden", pauses)>
                    <WorkflowSelect form="ask" chosen=typed_workflow.or(workflow_id) />
                    <ThisQuestion form="ask" submission />
                    <KnownModels />
                </div>
                {move || {
                    pauses()
                        .then(|| {
                            view! {
                                <p class="hidden px-2 py-1.5 text-sm text-muted noscript:block">
                                    {t!("The next question can be asked after this answer.")}
                                </p>
                            }
                        })
                }}
                {move || match active.get() {
                    Some(run_id) => {
                        view! {
                            <CancelForm run_id class=STOP>
                                {t!("Stop")}
                            </CancelForm>
                        }
                            .into_any()
                    }
                    None => {
                        view! {
                            <button
                                type="submit"
                                form="ask"
                                aria-disabled=move || blocked.get().then_some("true")
                                class=format!(
                                    "{BUTTON} border-accent bg-accent text-surface hover:opacity-90 aria-disabled:cursor-default aria-disabled:opacity-60",
                                )
                                on:click=move |click| {
                                    if blocked.get_untracked() {
                                        click.prevent_default();
                                    }
                                }
                            >
                                {move || {
                                    if submission.pending.get() {
                                        t!("Sending")
                                    } else {
                                        t!("Send")
                                    }
                                }}
                            </button>
                        }
                            .into_any()
                    }
                }}
            </div>
        </div>
    }
}

const STOP: &str = "inline-flex h-9 shrink-0 cursor-pointer items-center justify-center rounded-sm border border-muted/70 bg-raised px-4 text-sm font-medium hover:border-text";

fn room(length: usize) -> String {
    let (length, most) = (
        figures::grouped(length as u64),
        figures::grouped(Question::MAX_CHARS as u64),
    );
    t!("{length} of {most} characters", length, most)
}

/// The idempotency key. Not `randomUUID`, which plain HTTP addresses do not have.
fn new_request_id() -> String {
    let bytes = Uint8Array::new_with_length(16);
    match window().crypto() {
        Ok(crypto)
            if crypto
                .get_random_values_with_array_buffer_view(&bytes)
                .is_ok() =>
        {
            bytes
                .to_vec()
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect()
        }
        // The server makes one.
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reader_is_told_how_much_room_is_left() {
        assert_eq!(room(31_200), "31,200 of 32,000 characters");
    }
}
