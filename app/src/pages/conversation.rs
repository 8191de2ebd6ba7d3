//! One conversation: its turns, the composer below them and the inspector beside them.

use super::chat::ReadersNote;
use crate::api::Refused;
use crate::api::conversations::conversation;
use crate::components::chat::composer::Composer;
use crate::components::chat::inspector::Inspector;
use crate::components::chat::reconnecting::Reconnecting;
use crate::components::chat::title::ConversationHeader;
use crate::components::chat::turn::{Reread, ShownTurn, TurnView};
use crate::components::model_note::ModelLine;
use crate::components::not_shown::NotShown;
use crate::state::Visitor;
use crate::state::conversations::ConversationIndex;
use crate::state::live::Live;
use domain::transcript::Ending;
use domain::{
    ApiError, ConversationId, ConversationTitle, ConversationView, ErrorCode, Message, MessageId,
    MessageMetadata, MessageRole, Run, RunId, Transcript, Turn,
};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_params_map, use_query_map};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// The conversation that the address names.
pub fn conversation_of_page() -> Resource<Result<ConversationView, Refused>> {
    let params = use_params_map();
    let id = Memo::new(move |_| {
        params.with(|params| params.get_str("id")?.parse::<ConversationId>().ok())
    });
    Resource::new_blocking(
        move || id.get(),
        |id| async move {
            match id {
                Some(id) => conversation(id).await,
                None => Err(Refused(ApiError::from_code(
                    ErrorCode::NotFound,
                    t!("There is no conversation at this address."),
                ))),
            }
        },
    )
}

#[component]
pub fn ConversationPage() -> impl IntoView {
    let shown = conversation_of_page();

    view! {
        <Suspense>
            {move || Suspend::new(async move {
                match shown.await {
                    Ok(shown) => view! { <Shown shown /> }.into_any(),
                    Err(refused) => {
                        view! {
                            <NotShown
                                title=t!("Conversation")
                                heading=t!("This conversation cannot be shown")
                                refused
                            />
                        }
                            .into_any()
                    }
                }
            })}
        </Suspense>
    }
}

#[component]
fn Shown(shown: ConversationView) -> impl IntoView {
    let live = Live::expect();
    let conversation = shown.conversation;
    let id = conversation.id;
    let title = RwSignal::new(conversation.title.to_string());
    let workflow_id = shown
        .turns
        .iter()
        .rev()
        .find_map(|turn| turn.run.as_ref())
        .map(|run| run.workflow_id.clone());
    let question = shown
        .turns
        .first()
        .map(|turn| turn.question.content.clone())
        .unwrap_or_default();
    let turns: Vec<_> = shown
        .turns
        .into_iter()
        .map(|turn| ShownTurn::new(turn, &[], &live))
        .collect();
    let turns = RwSignal::new(turns);
    reread_on_demand(id, turns, live.clone());
    let active = Memo::new(move |_| {
        turns.with(|turns| {
            turns
                .iter()
                .filter_map(|turn| turn.run.as_ref())
                .rfind(|run| run.is_active())
                .map(|run| run.run.id)
        })
    });
    refresh_list_when_a_run_ends(active);
    take_the_proposed_title(id, title, &question, turns);

    // What is asked later is followed as long as this page is there, not as long as the answer
    // to the form.
    let owner = Owner::current();
    let on_asked = Callback::new(move |(run, question): (Run, String)| {
        let Some(owner) = owner.as_ref() else {
            return;
        };
        let (run_id, question_id) = (run.id, run.question_id);
        let known = turns.with_untracked(|turns| {
            let runs = turns.iter().filter_map(|turn| turn.run.as_ref());
            runs.map(|shown| shown.run.id).any(|id| id == run_id)
        });
        if known {
            return;
        }
        let turn = owner.with(|| ShownTurn::new(asked(run, question), &[], &live));
        turns.update(|turns| {
            match turns.iter_mut().find(|it| it.question.id == question_id) {
                // The same question has another run now.
                Some(shown) => shown.run = turn.run,
                None => turns.push(turn),
            }
        });
        request_animation_frame(move || {
            if let Some(turn) = document().get_element_by_id(&format!("turn-{question_id}")) {
                turn.scroll_into_view();
            }
        });
    });

    view! {
        // Asked for once more when the page has gone and its signals with it.
        <Title text=move || t!("{title} - Overmind", title = title.try_get().unwrap_or_default()) />
        <div class="flex min-h-full">
            <div class="flex min-w-0 grow flex-col">
                <ConversationHeader conversation title question />
                <Reconnecting />
                <div class="mx-auto w-full max-w-176 grow divide-y divide-line px-5 sm:px-8">
                    <For each=move || turns.get() key=ShownTurn::key let(turn)>
                        <TurnView is_last=is_last(turns, turn.question.id) turn on_asked />
                    </For>
                </div>
                <div class="sticky bottom-0 bg-surface pb-[max(1rem,env(safe-area-inset-bottom))] no-print">
                    <div class="mx-auto w-full max-w-176 px-5 pt-2 sm:px-8">
                        {if Visitor::expect().may_ask() {
                            view! {
                                <Composer
                                    conversation_id=id
                                    active
                                    workflow_id
                                    on_asked
                                />
                            }
                                .into_any()
                        } else {
                            view! { <ReadersNote /> }.into_any()
                        }}
                        <ModelLine />
                    </div>
                </div>
            </div>
            <Inspector conversation=id turns />
        </div>
    }
}

/// The branch as the server has it: turns that stay are left as they are.
fn reread_on_demand(id: ConversationId, turns: RwSignal<Vec<ShownTurn>>, live: Live) {
    let navigate = use_navigate();
    let query = use_query_map();
    let owner = Owner::current();
    // `None`: the page is gone by now.
    let apply = move |view: ConversationView| {
        let (owner, shown) = (owner.as_ref()?, turns.try_get_untracked()?);
        let read = view.turns.into_iter();
        let read = owner.with(|| {
            read.map(|turn| ShownTurn::new(turn, &shown, &live))
                .collect()
        });
        turns.set(read);
        Some(())
    };
    Reread::provide(Callback::new(move |message: MessageId| {
        let (apply, navigate) = (apply.clone(), navigate.clone());
        spawn_local(async move {
            let Ok(view) = conversation(id).await else {
                return;
            };
            if apply(view).is_none() {
                return;
            }
            // What was open for this is closed.
            if query.with_untracked(|query| query.get("edit").or(query.get("again")).is_some()) {
                let stay = NavigateOptions {
                    scroll: false,
                    replace: true,
                    ..NavigateOptions::default()
                };
                navigate(&format!("/c/{id}"), stay);
            }
            request_animation_frame(move || focus(&format!("m-{message}")));
        });
    }));
}

fn focus(id: &str) {
    let element = document().get_element_by_id(id);
    if let Some(element) = element.and_then(|it| it.dyn_into::<HtmlElement>().ok()) {
        element.scroll_into_view();
        let _ = element.focus();
    }
}

fn is_last(turns: RwSignal<Vec<ShownTurn>>, question: MessageId) -> Memo<bool> {
    Memo::new(move |_| {
        turns.with(|turns| {
            turns
                .last()
                .is_some_and(|turn| turn.question.id == question)
        })
    })
}

/// The conversation moves to the top of the list, and its title may have changed.
fn refresh_list_when_a_run_ends(active: Memo<Option<RunId>>) {
    let index = ConversationIndex::expect();
    Effect::new(move |before: Option<Option<RunId>>| {
        let now = active.get();
        if before.is_some_and(|before| before != now) {
            index.changed();
        }
        now
    });
}

/// As the server has done, unless it was called something else.
fn take_the_proposed_title(
    id: ConversationId,
    title: RwSignal<String>,
    question: &str,
    turns: RwSignal<Vec<ShownTurn>>,
) {
    let index = ConversationIndex::expect();
    let first = ConversationTitle::from_question(question);
    Effect::new(move |_| {
        let proposed = turns.with(|turns| match turns.as_slice() {
            [ShownTurn { run: Some(run), .. }] => run.transcript.with(|it| match &it.ending {
                Some(Ending::Answer { metadata, .. }) => metadata.title.clone(),
                _ => None,
            }),
            _ => None,
        });
        if let Some(proposed) = proposed
            && index.title_of(id).is_none()
            && title.with_untracked(|title| title == first.as_str())
        {
            title.set(proposed.to_string());
        }
    });
}

/// The turn as the server has it, before it says anything about the run.
fn asked(run: Run, question: String) -> Turn {
    Turn {
        question: Message {
            id: run.question_id,
            organization_id: run.organization_id,
            conversation_id: run.conversation_id,
            parent_id: None,
            role: MessageRole::User,
            content: question,
            run_id: None,
            created_at: run.created_at,
            metadata: MessageMetadata::default(),
            feedback: None,
        },
        run: Some(run),
        transcript: Transcript::default(),
        feedback: None,
        questions: None,
        answers: None,
    }
}
