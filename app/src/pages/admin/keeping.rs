//! A part of the organization's page: how long conversations are kept, and whether prompts are.

use crate::api::keeping::{Keeping, SaveKeeping, keeping};
use crate::components::form::{
    Checkbox, FormError, FormStatus, PostForm, ReturnTo, SubmitButton, TextField,
};
use crate::components::section::{Section, Unreadable};
use crate::state::{Post, Submission};
use leptos::prelude::*;

#[component]
pub fn KeepingSection() -> impl IntoView {
    let save = Post::<SaveKeeping>::prepare();
    let submission = save.submission();
    // What stands in the form is whoever writes it; what it means is read again.
    let written = Resource::new_blocking(|| (), |()| keeping());
    let version = save.version();
    let now = Resource::new_blocking(move || version.get(), |_| keeping());
    view! {
        <Section
            id="keeping"
            title=t!("What is kept")
            text=t!("What is deleted cannot be brought back. Totals of what was used stay.")
        >
            <Transition>
                {move || Suspend::new(async move {
                    now.await.ok().map(|kept| view! { <Meaning kept /> })
                })}
            </Transition>
            <Suspense>
                {move || Suspend::new(async move {
                    match written.await {
                        Ok(kept) => view! { <Fields kept save submission /> }.into_any(),
                        Err(refused) => {
                            view! { <Unreadable message=refused.message() /> }.into_any()
                        }
                    }
                })}
            </Suspense>
        </Section>
    }
}

/// The rule as it is, in words.
#[component]
fn Meaning(kept: Keeping) -> impl IntoView {
    let log = kept.log_prompts.then(|| {
        view! {
            <p>
                {t!("Prompts are logged. ")}
                <a
                    href="/admin/prompts"
                    class="rounded-sm font-medium text-accent underline underline-offset-4"
                >
                    {t!("Read the log")}
                </a>
            </p>
        }
    });
    view! {
        <div class="mb-5 grid gap-2 text-sm">
            <p>{meaning(kept.retention_days, kept.expiring)}</p>
            {log}
        </div>
    }
}

fn meaning(days: Option<u32>, expiring: u64) -> String {
    let Some(days) = days else {
        return t!("Conversations are kept until somebody deletes them.").to_owned();
    };
    let rule = plural!(
        days,
        "Conversations untouched for a day are deleted; pinned ones stay.",
        "Conversations untouched for {days} days are deleted; pinned ones stay.",
        days
    );
    let tonight = match expiring {
        0 => t!("None would go tonight.").to_owned(),
        _ => plural!(
            expiring,
            "1 would go tonight.",
            "{expiring} would go tonight.",
            expiring
        ),
    };
    format!("{rule} {tonight}")
}

#[component]
fn Fields(kept: Keeping, save: Post<SaveKeeping>, submission: Submission) -> impl IntoView {
    let days = kept.retention_days.map(|days| days.to_string());
    view! {
        <PostForm post=save class="grid max-w-104 gap-5">
            <FormError message=submission.about_none_of(&["retention_days"]) />
            <ReturnTo section="keeping" />
            <TextField
                label=t!("Keep conversations for days")
                name="retention_days"
                kind="number"
                min="1"
                max="36500"
                step="1"
                value=days.unwrap_or_default()
                hint=t!("Counted from the latest question or answer. A new rule is first followed at the next midnight, UTC. Empty: for good.")
                submission
            />
            <Checkbox
                label=t!("Log prompts")
                name="log_prompts"
                checked=kept.log_prompts
                hint=t!("What is sent to models and what comes back is kept for admins to read, without mail addresses, phone numbers, card numbers and keys. Off: prompts are not kept, and what was logged goes.")
                submission
            />
            <div class="flex items-center gap-4">
                <SubmitButton pending=submission.pending>{t!("Keep to this")}</SubmitButton>
                <FormStatus submission text=t!("Saved") section="keeping" />
            </div>
        </PostForm>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_is_told_in_words() {
        assert_eq!(
            meaning(Some(90), 12),
            "Conversations untouched for 90 days are deleted; pinned ones stay. 12 would go tonight."
        );
        assert!(meaning(Some(1), 0).ends_with("stay. None would go tonight."));
        assert!(meaning(None, 0).contains("until somebody deletes them"));
    }
}
