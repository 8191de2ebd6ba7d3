//! What the reader thinks of an answer: two thumbs that are saved at once, and a comment.

use crate::api::conversations::RateAnswer;
use crate::components::form::{Emphasis, FormError, PostForm, SubmitButton, text_box_content};
use crate::components::icon::{self, Icon};
use crate::state::{Post, Submission};
use domain::{Feedback, MessageId, Rating};
use leptos::prelude::*;

/// The thumbs are in the line below the answer, the comment is below that line.
#[derive(Clone, Copy)]
pub struct Rated {
    answer: MessageId,
    feedback: RwSignal<Option<Feedback>>,
    rate: Post<RateAnswer>,
    submission: Submission,
    /// Without scripts the page answers one form only, which may be another answer's.
    answered: bool,
}

impl Rated {
    pub fn new(answer: MessageId, feedback: Option<Feedback>) -> Self {
        let rate = Post::<RateAnswer>::prepare();
        let submission = rate.submission();
        let id = submission.typed("id");
        let feedback = RwSignal::new(feedback);
        rate.on_answer(move |saved| feedback.set(saved));
        Self {
            answer,
            feedback,
            rate,
            submission,
            answered: id.is_none_or(|id| id == answer.to_string()),
        }
    }

    fn rating(self) -> Option<Rating> {
        self.feedback.with(|it| it.as_ref().map(|it| it.rating))
    }

    fn comment(self) -> String {
        let comment = |it: &Option<Feedback>| it.as_ref()?.comment.clone();
        self.feedback.with(comment).unwrap_or_default()
    }
}

#[component]
pub fn Thumbs(rated: Rated) -> impl IntoView {
    let comment = move || rated.comment();
    view! {
        <PostForm post=rated.rate class="flex items-center">
            <input type="hidden" name="id" value=rated.answer.to_string() />
            <input type="hidden" name="comment" value=rated.feedback.with_untracked(initial) prop:value=comment />
            <Thumb rated rating=Rating::Up label=t!("Good answer") class="size-4" />
            <Thumb rated rating=Rating::Down label=t!("Bad answer") class="size-4 rotate-180" />
        </PostForm>
    }
}

fn initial(feedback: &Option<Feedback>) -> String {
    let comment = feedback.as_ref().and_then(|it| it.comment.clone());
    comment.unwrap_or_default()
}

/// The one that is pressed takes the rating back: it sends none.
#[component]
fn Thumb(rated: Rated, rating: Rating, label: &'static str, class: &'static str) -> impl IntoView {
    let pressed = Memo::new(move |_| rated.rating() == Some(rating));
    view! {
        <button
            type="submit"
            name=move || (!pressed.get()).then_some("rating")
            value=rating.as_str()
            aria-label=label
            title=label
            aria-pressed=move || pressed.get().to_string()
            class="grid size-8 cursor-pointer place-items-center rounded-sm text-muted transition-colors hover:text-text aria-pressed:text-accent"
            on:click=move |click| {
                if rated.submission.pending.get_untracked() {
                    click.prevent_default();
                }
            }
        >
            <Icon path=icon::THUMB class />
        </button>
    }
}

#[component]
pub fn Comment(rated: Rated) -> impl IntoView {
    let rating = Memo::new(move |_| rated.rating());
    let refused = rated.submission.about_none_of(&["comment"]);
    let message = Signal::derive(move || refused.get().filter(|_| rated.answered));
    view! {
        <FormError message />
        {move || rating.get().map(|rating| view! { <CommentForm rated rating /> })}
    }
}

#[component]
fn CommentForm(rated: Rated, rating: Rating) -> impl IntoView {
    let submission = rated.submission;
    let refused = submission.about("comment");
    let wrong = Signal::derive(move || refused.get().filter(|_| rated.answered));
    let saved = rated.feedback.with_untracked(initial);
    let typed = submission.typed("comment").filter(|_| rated.answered);
    let text = typed.unwrap_or(saved);
    let id = format!("comment-{}", rated.answer);
    let label = match rating {
        Rating::Up => t!("What was good about it? (optional)"),
        Rating::Down => t!("What was wrong with it? (optional)"),
    };
    view! {
        <PostForm
            post=rated.rate
            class="mt-2 grid gap-2 rounded-md border border-line bg-raised p-3 no-print"
        >
            <input type="hidden" name="id" value=rated.answer.to_string() />
            <input type="hidden" name="rating" value=rating.as_str() />
            <label for=id.clone() class="text-sm font-medium">
                {label}
            </label>
            <textarea
                id=id
                inner_html=text_box_content(&text)
                name="comment"
                rows="2"
                maxlength="2000"
                autocomplete="off"
                aria-invalid=move || wrong.get().map(|_| "true")
                class="block field-sizing-content max-h-48 w-full resize-none rounded-sm border border-muted/70 bg-surface px-3 py-2 text-base sm:text-sm"
            ></textarea>
            <p role="alert" class="text-sm font-medium text-bad empty:hidden">
                {move || wrong.get()}
            </p>
            <div class="flex items-center gap-3">
                <SubmitButton pending=submission.pending emphasis=Emphasis::Plain>
                    {t!("Save comment")}
                </SubmitButton>
                <p role="status" class="text-sm text-good">
                    {move || submission.done.get().then_some(t!("Saved"))}
                </p>
            </div>
        </PostForm>
    }
}
