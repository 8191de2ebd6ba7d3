//! A finished answer at reading size, and what can be done with it.

use crate::components::chat::QUIET;
use crate::components::chat::ask_again::{AskAgainLink, AskAgainPanel};
use crate::components::chat::copy::CopyButton;
use crate::components::chat::feedback::{Comment, Rated, Thumbs};
use crate::components::chat::inspector::{Tab, address, link_id};
use crate::components::chat::turn::permalink;
use crate::state::Visitor;
use domain::{Feedback, Run};
use leptos::prelude::*;

/// `html` is what the server rendered and sanitized; without it the text is shown as it is.
#[component]
pub fn Answer(
    run: Run,
    content: String,
    html: Option<String>,
    feedback: Option<Feedback>,
) -> impl IntoView {
    let may_ask = Visitor::expect().may_ask();
    let rated = Rated::new(run.answer_id, feedback);
    let link = permalink(run.conversation_id, run.answer_id);
    let body = match html {
        Some(html) => {
            view! { <div data-testid="final-answer" class="answer" inner_html=html></div> }
                .into_any()
        }
        None => view! {
            <div data-testid="final-answer" class="answer whitespace-pre-wrap">
                {content.clone()}
            </div>
        }
        .into_any(),
    };
    view! {
        <div id=format!("m-{}", run.answer_id) tabindex="-1" class="scroll-mt-16 outline-offset-4">
            <h2 class="sr-only">{t!("Answer")}</h2>
            {body}
        </div>
        <div class="mt-3 -ml-2 flex flex-wrap items-center gap-x-1 no-print">
            <CopyButton text=content />
            <CopyButton text=link label=t!("Copy link") is_address=true />
            <Thumbs rated />
            {may_ask.then(|| view! { <AskAgainLink run=run.clone() /> })}
            <InspectorLinks run=run.clone() />
        </div>
        <Comment rated />
        {may_ask.then(|| view! { <AskAgainPanel run /> })}
    }
}

/// One link per tab of the inspector: it is part of the address, so it works without scripts.
#[component]
pub fn InspectorLinks(run: Run) -> impl IntoView {
    let (run_id, conversation) = (run.id, run.conversation_id);
    Tab::ALL
        .map(|tab| {
            view! {
                <a
                    id=link_id(run_id, tab)
                    href=address(conversation, Some((run_id, tab)))
                    data-noscroll="true"
                    class=QUIET
                >
                    {tab.label()}
                </a>
            }
        })
        .collect_view()
}
