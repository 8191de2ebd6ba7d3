//! A question and the run that answers it.

use crate::components::chat::QUIET;
use crate::components::chat::branches::{Beside, BranchSwitch};
use crate::components::chat::copy::CopyButton;
use crate::components::chat::edit::EditForm;
use crate::components::chat::run_card::RunCard;
use crate::state::Visitor;
use crate::state::live::Live;
use domain::{
    Alternatives, ConversationId, Feedback, Message, MessageId, Run, RunId, Transcript, Turn,
    WorkflowId,
};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// A turn whose run, while it works, grows with what the server says.
#[derive(Clone)]
pub struct ShownTurn {
    pub question: Message,
    pub run: Option<ShownRun>,
    questions: Option<Alternatives>,
    answers: Option<Alternatives>,
}

#[derive(Clone)]
pub struct ShownRun {
    pub run: Run,
    pub transcript: RwSignal<Transcript>,
    pub feedback: Option<Feedback>,
}

impl ShownTurn {
    /// Follows a run that is not over for as long as the caller's owner lives, unless one of those
    /// that are shown follows it already.
    pub fn new(turn: Turn, shown: &[Self], live: &Live) -> Self {
        let Turn {
            question,
            run,
            transcript,
            feedback,
            questions,
            answers,
        } = turn;
        let run = run.map(|run| {
            let mut shown = shown.iter().filter_map(|turn| turn.run.as_ref());
            let transcript = match shown.find(|shown| shown.run.id == run.id) {
                Some(shown) => shown.transcript,
                None if transcript.ending.is_some() => RwSignal::new(transcript),
                None => live.follow(run.id, transcript),
            };
            ShownRun {
                run,
                transcript,
                feedback,
            }
        });
        Self {
            question,
            run,
            questions,
            answers,
        }
    }

    /// Another run on the same question is shown anew, and so is a turn that got company.
    pub fn key(&self) -> impl Eq + std::hash::Hash + use<> {
        let run: Option<RunId> = self.run.as_ref().map(|shown| shown.run.id);
        (self.question.id, run, self.questions, self.answers)
    }
}

impl ShownRun {
    /// Tracks it.
    pub fn is_active(&self) -> bool {
        self.transcript.with(|it| it.ending.is_none())
    }
}

/// Reads the conversation again after something was asked or shown in it that changes its branch;
/// that message gets the focus.
#[derive(Clone, Copy)]
pub struct Reread(Callback<MessageId>);

impl Reread {
    /// For every turn of the page.
    pub fn provide(at: Callback<MessageId>) {
        provide_context(Self(at));
    }

    #[expect(clippy::expect_used, reason = "the page provides it around its turns")]
    pub fn expect() -> Self {
        use_context().expect("Reread::provide() comes before Reread::expect()")
    }

    pub fn at(self, message: MessageId) {
        self.0.run(message);
    }
}

/// Leads to that message.
pub fn permalink(conversation: ConversationId, message: MessageId) -> String {
    format!("/c/{conversation}#m-{message}")
}

/// The page about how its answer came about.
pub fn deliberation_of(run: &Run) -> String {
    format!("/c/{}/runs/{}", run.conversation_id, run.id)
}

/// Whether the address says that this is done with that thing.
pub fn acting_on(action: &'static str, id: String) -> Memo<bool> {
    let query = use_query_map();
    Memo::new(move |_| query.with(|query| query.get_str(action) == Some(id.as_str())))
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
    let ShownTurn {
        question,
        run,
        questions,
        answers,
    } = turn;
    let id = format!("turn-{}", question.id);
    let content = question.content.clone();
    let on_concluded = Callback::new(move |run| on_asked.run((run, content.clone())));
    let workflow_id = run.as_ref().map(|shown| shown.run.workflow_id.clone());
    view! {
        <section id=id class="scroll-mt-16 py-6">
            <QuestionView question workflow_id questions answers />
            {run.map(|shown| view! { <RunCard shown is_last on_concluded /> })}
        </section>
    }
}

#[component]
fn QuestionView(
    question: Message,
    /// Of its run: asked in other words, it is answered in the same way.
    workflow_id: Option<WorkflowId>,
    questions: Option<Alternatives>,
    answers: Option<Alternatives>,
) -> impl IntoView {
    let may_ask = Visitor::expect().may_ask();
    let (id, conversation) = (question.id, question.conversation_id);
    let editing = acting_on("edit", id.to_string());
    let edited = move || may_ask && editing.get();
    view! {
        <div id=format!("m-{id}") tabindex="-1" class="mb-4 scroll-mt-16 outline-offset-4">
            <h2 class="sr-only">{t!("Question")}</h2>
            {move || {
                let question = question.clone();
                if edited() {
                    let workflow_id = workflow_id.clone();
                    view! { <EditForm question workflow_id /> }.into_any()
                } else {
                    view! {
                        <p class="border-l-2 border-accent pl-4 font-medium whitespace-pre-wrap wrap-anywhere">
                            {question.content}
                        </p>
                    }
                        .into_any()
                }
            }}
            <div class="mt-1 -ml-2 flex flex-wrap items-center gap-x-1 pl-4.5 no-print">
                {may_ask
                    .then(|| {
                        view! {
                            <a
                                href=format!("/c/{conversation}?edit={id}")
                                data-noscroll="true"
                                class=QUIET
                            >
                                {t!("Edit")}
                            </a>
                        }
                    })}
                <CopyButton
                    text=permalink(conversation, id)
                    label=t!("Copy link")
                    is_address=true
                />
                {questions.map(|beside| view! { <BranchSwitch beside what=Beside::Question /> })}
                {answers.map(|beside| view! { <BranchSwitch beside what=Beside::Answer /> })}
            </div>
        </div>
    }
}
