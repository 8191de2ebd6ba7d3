//! Leads from one branch of a conversation to the one beside it.

use crate::api::conversations::ShowBranch;
use crate::components::chat::turn::Reread;
use crate::components::form::PostForm;
use crate::components::icon::{self, Icon};
use crate::components::toasts::Told;
use crate::state::Post;
use domain::{Alternatives, MessageId};
use leptos::prelude::*;

/// What there is more than one of.
#[derive(Clone, Copy)]
pub enum Beside {
    Question,
    Answer,
}

#[component]
pub fn BranchSwitch(beside: Alternatives, what: Beside) -> impl IntoView {
    let show = Post::<ShowBranch>::prepare();
    let submission = show.submission();
    let reread = Reread::expect();
    let Alternatives {
        place,
        of,
        before,
        after,
    } = beside;
    show.on_answer(move |id| reread.at(id));
    let (to_before, here, to_after) = match what {
        Beside::Question => (
            t!("Show the question before"),
            t!("Question {place} of {of}", place, of),
            t!("Show the next question"),
        ),
        Beside::Answer => (
            t!("Show the answer before"),
            t!("Answer {place} of {of}", place, of),
            t!("Show the next answer"),
        ),
    };

    view! {
        <PostForm post=show class="flex items-center text-sm text-muted tabular-nums">
            <Step to=before label=to_before path=icon::BACK />
            <span>{here}</span>
            <Step to=after label=to_after path=icon::CHEVRON />
        </PostForm>
        <Told submission />
    }
}

#[component]
fn Step(to: Option<MessageId>, label: &'static str, path: &'static str) -> impl IntoView {
    view! {
        <button
            type="submit"
            name="id"
            value=to.map(|id| id.to_string())
            aria-label=label
            title=label
            disabled=to.is_none()
            class="grid size-8 cursor-pointer place-items-center rounded-sm transition-colors hover:text-text disabled:cursor-default disabled:opacity-40 disabled:hover:text-muted"
        >
            <Icon path class="size-4" />
        </button>
    }
}
