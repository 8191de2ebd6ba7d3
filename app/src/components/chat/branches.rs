//! Leads from one branch of a conversation to the one beside it.

use crate::api::conversations::ShowBranch;
use crate::components::chat::turn::Reread;
use crate::components::form::PostForm;
use crate::components::icon::{self, Icon};
use crate::components::toasts::Told;
use crate::state::Post;
use domain::{Alternatives, MessageId};
use leptos::prelude::*;

#[component]
pub fn BranchSwitch(beside: Alternatives, what: &'static str) -> impl IntoView {
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

    view! {
        <PostForm post=show class="flex items-center text-sm text-muted tabular-nums">
            <Step to=before label=format!("Show the {what} before") path=icon::BACK />
            <span>{format!("{} {place} of {of}", capital(what))}</span>
            <Step to=after label=format!("Show the next {what}") path=icon::CHEVRON />
        </PostForm>
        <Told submission />
    }
}

#[component]
fn Step(to: Option<MessageId>, label: String, path: &'static str) -> impl IntoView {
    view! {
        <button
            type="submit"
            name="id"
            value=to.map(|id| id.to_string())
            aria-label=label.clone()
            title=label
            disabled=to.is_none()
            class="grid size-8 cursor-pointer place-items-center rounded-sm transition-colors hover:text-text disabled:cursor-default disabled:opacity-40 disabled:hover:text-muted"
        >
            <Icon path class="size-4" />
        </button>
    }
}

fn capital(what: &str) -> &str {
    match what {
        "question" => "Question",
        _ => "Answer",
    }
}
