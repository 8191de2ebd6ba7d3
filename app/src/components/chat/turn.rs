//! A question and the run that answers it.

use crate::components::chat::run_card::RunCard;
use crate::state::live::Live;
use domain::{Message, MessageId, Run, RunId, Transcript, Turn};
use leptos::prelude::*;

/// A turn whose run, while it works, grows with what the server says.
#[derive(Clone)]
pub struct ShownTurn {
    pub question: Message,
    pub run: Option<ShownRun>,
}

#[derive(Clone)]
pub struct ShownRun {
    pub run: Run,
    pub transcript: RwSignal<Transcript>,
}

impl ShownTurn {
    /// Follows a run that is not over for as long as the caller's owner lives.
    pub fn new(turn: Turn, live: &Live) -> Self {
        let transcript = turn.transcript;
        let run = turn.run.map(|run| {
            let transcript = if transcript.ending.is_some() {
                RwSignal::new(transcript)
            } else {
                live.follow(run.id, transcript)
            };
            ShownRun { run, transcript }
        });
        Self {
            question: turn.question,
            run,
        }
    }

    /// Another run on the same question is shown anew.
    pub fn key(&self) -> (MessageId, Option<RunId>) {
        (
            self.question.id,
            self.run.as_ref().map(|shown| shown.run.id),
        )
    }
}

impl ShownRun {
    /// Tracks it.
    pub fn is_active(&self) -> bool {
        self.transcript.with(|it| it.ending.is_none())
    }
}

#[component]
pub fn TurnView(
    turn: ShownTurn,
    /// Nothing was asked after it.
    #[prop(into)]
    is_last: Signal<bool>,
    /// The run that was started from here and its question.
    on_asked: Callback<(Run, String)>,
) -> impl IntoView {
    let question = turn.question.content.clone();
    let on_concluded = Callback::new(move |run| on_asked.run((run, question.clone())));
    view! {
        <section id=format!("turn-{}", turn.question.id) class="scroll-mt-16 py-6">
            <h2 class="sr-only">"Question"</h2>
            <p class="mb-5 border-l-2 border-accent pl-4 font-medium whitespace-pre-wrap wrap-anywhere">
                {turn.question.content}
            </p>
            {turn
                .run
                .map(|ShownRun { run, transcript }| {
                    view! { <RunCard run transcript is_last on_concluded /> }
                })}
        </section>
    }
}
