//! Sharing a conversation: a link for people without an account, and the links there are.

use super::NotFound;
use super::conversation::conversation_of_page;
use crate::api::shares::{MakeShare, RevokeShare, shares};
use crate::components::form::{
    Card, Emphasis, FormError, FormStatus, PostForm, ReturnTo, Select, SubmitButton,
};
use crate::components::moment::Moment;
use crate::components::once_shown::OnceShown;
use crate::state::{Post, Submission, Visitor};
use domain::transcript::Ending;
use domain::{ConversationId, ConversationTitle, ConversationView, Share, ShareMode, Turn};
use leptos::prelude::*;
use leptos_meta::Title;

#[component]
pub fn SharePage() -> impl IntoView {
    let shown = conversation_of_page();
    view! {
        <Title text=t!("Share - Overmind") />
        <Suspense>
            {move || Suspend::new(async move {
                match shown.await {
                    Ok(view) => view! { <Sharing view /> }.into_any(),
                    Err(refused) if matches!(refused.0.http_status(), 403 | 404) => {
                        view! {
                            <div class="px-5 sm:px-8">
                                <NotFound />
                            </div>
                        }
                            .into_any()
                    }
                    Err(refused) => {
                        view! {
                            <div class="mx-auto max-w-176 px-5 py-24 sm:px-8">
                                <h1 class="text-lg font-bold">
                                    {t!("This conversation cannot be shared")}
                                </h1>
                                <p role="alert" class="mt-3 text-muted">
                                    {refused.message()}
                                </p>
                            </div>
                        }
                            .into_any()
                    }
                }
            })}
        </Suspense>
    }
}

#[component]
fn Sharing(view: ConversationView) -> impl IntoView {
    let id = view.conversation.id;
    let title = view.conversation.title.to_string();
    let answers: Vec<_> = view.turns.iter().filter_map(answer).collect();
    let make = Post::<MakeShare>::prepare();
    let revoke = Post::<RevokeShare>::prepare();
    let revoked = revoke.submission();
    let (made, gone) = (make.version(), revoke.version());
    let all = Resource::new_blocking(move || (made.get(), gone.get()), move |_| shares(id));
    let may_ask = Visitor::expect().may_ask();

    view! {
        <div class="mx-auto w-full max-w-176 px-5 pt-8 pb-24 sm:px-8">
            <p class="text-sm">
                <a
                    href=format!("/c/{id}")
                    class="rounded-sm text-muted underline underline-offset-4 hover:text-text"
                >
                    {t!("Back to the conversation")}
                </a>
            </p>
            <h1 class="mt-3 text-xl font-bold tracking-tight wrap-anywhere">
                {t!("Share \u{201c}{title}\u{201d}", title)}
            </h1>
            <p class="mt-2 mb-6 text-sm text-muted">
                {t!("Whoever has the link reads it without an account, as it is now: what is asked or answered later does not appear.")}
            </p>
            {if !may_ask {
                view! {
                    <p class="text-sm">
                        {t!("Viewers read; ask an admin for the role user to share.")}
                    </p>
                }
                    .into_any()
            } else if answers.is_empty() {
                view! { <p class="text-sm">{t!("There is no answer to share yet.")}</p> }.into_any()
            } else {
                view! { <ShareForm id answers make /> }.into_any()
            }}
            <section id="shares" aria-labelledby="shares-title" class="mt-10 scroll-mt-6">
                <h2 id="shares-title" class="mb-4 text-lg font-bold tracking-tight">
                    {t!("Links that work")}
                </h2>
                <FormError message=revoked.about_none_of(&[]) />
                <Transition>
                    {move || Suspend::new(async move {
                        match all.await {
                            Ok(all) => view! { <ShareList all revoke submission=revoked /> }.into_any(),
                            Err(refused) => {
                                view! {
                                    <p role="alert" class="text-sm text-bad">
                                        {refused.message()}
                                    </p>
                                }
                                    .into_any()
                            }
                        }
                    })}
                </Transition>
                <FormStatus submission=revoked text=t!("Taken back") section="shares" />
            </section>
        </div>
    }
}

/// Value and words of the option for one answer.
fn answer(turn: &Turn) -> Option<(String, String)> {
    let run = turn.run.as_ref()?;
    let answered = matches!(turn.transcript.ending, Some(Ending::Answer { .. }));
    let question = ConversationTitle::from_question(&turn.question.content);
    answered.then(|| {
        let words = t!("Only the answer to \u{201c}{question}\u{201d}", question);
        (run.answer_id.to_string(), words)
    })
}

#[component]
fn ShareForm(
    id: ConversationId,
    answers: Vec<(String, String)>,
    make: Post<MakeShare>,
) -> impl IntoView {
    let submission = make.submission();
    let link = make.secret();
    let mut what = vec![(String::new(), t!("Everything that is shown now").to_owned())];
    what.extend(answers);
    let modes = [
        (ShareMode::Answer, t!("Questions and answers only")),
        (
            ShareMode::Deliberation,
            t!("Also how the answers came about"),
        ),
    ]
    .map(|(mode, words)| (mode.as_str().to_owned(), words.to_owned()));
    let days = [
        ("1", t!("A day")),
        ("7", t!("A week")),
        ("30", t!("30 days")),
        ("365", t!("A year")),
    ]
    .map(|(days, words)| (days.to_owned(), words.to_owned()));

    view! {
        <Card>
            <PostForm post=make class="grid gap-4">
                <input type="hidden" name="conversation_id" value=id.to_string() />
                <FormError message=submission.about_none_of(&["mode", "days"]) />
                <Select label=t!("What to share") name="answer_id" options=what submission />
                <Select
                    label=t!("How much")
                    name="mode"
                    options=modes.into()
                    hint=t!("How they came about is what each agent said, the judgement, the repairs, the models and the cost.")
                    submission
                />
                <Select
                    label=t!("How long the link works")
                    name="days"
                    options=days.into()
                    chosen="7"
                    submission
                />
                <div>
                    <SubmitButton pending=submission.pending>{t!("Create link")}</SubmitButton>
                </div>
            </PostForm>
        </Card>
        <div aria-live="polite">
            {move || {
                link.get()
                    .map(|secret| {
                        view! {
                            <OnceShown
                                id="share-link"
                                label=t!("Link")
                                hint=t!("Shown only this once. Whoever has it can read what you shared.")
                                secret
                            />
                        }
                    })
            }}
        </div>
    }
}

#[component]
fn ShareList(all: Vec<Share>, revoke: Post<RevokeShare>, submission: Submission) -> impl IntoView {
    if all.is_empty() {
        return view! {
            <p class="text-sm text-muted">{t!("Nothing of this conversation is shared.")}</p>
        }
        .into_any();
    }
    view! {
        <ul class="mb-3 divide-y divide-line rounded-md border border-line bg-raised">
            {all
                .into_iter()
                .map(|share| view! { <ShareRow share revoke submission /> })
                .collect_view()}
        </ul>
    }
    .into_any()
}

#[component]
fn ShareRow(share: Share, revoke: Post<RevokeShare>, submission: Submission) -> impl IntoView {
    let title = share.title.to_string();
    let extent = match (share.one_answer, share.mode) {
        (true, ShareMode::Answer) => t!("One answer"),
        (true, ShareMode::Deliberation) => t!("One answer and how it came about"),
        (false, ShareMode::Answer) => t!("Questions and answers"),
        (false, ShareMode::Deliberation) => t!("Questions, answers and how they came about"),
    };
    view! {
        <li class="flex min-h-15 items-center justify-between gap-4 px-4 py-2.5">
            <div class="min-w-0 text-sm">
                <p class="truncate font-medium">{title.clone()}</p>
                <p class="text-xs text-muted">
                    {extent} {t!(", shared ")} <Moment at=share.created_at /> {t!(", works until ")}
                    <Moment at=share.expires_at />
                </p>
            </div>
            <PostForm post=revoke>
                <input type="hidden" name="id" value=share.id.to_string() />
                <ReturnTo section="shares" />
                <SubmitButton
                    pending=submission.pending
                    emphasis=Emphasis::Plain
                    label=t!("Take the link to {title} back", title)
                >
                    {t!("Take back")}
                </SubmitButton>
            </PostForm>
        </li>
    }
}
