//! How somebody is removed, after it was said what is lost.

use crate::api::members::RemoveMember;
use crate::components::form::{Emphasis, FormError, PostForm, SubmitButton};
use crate::components::section::Section;
use crate::state::{Post, Visitor};
use domain::User;
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;

#[component]
pub fn Removal(user: User, remove: Post<RemoveMember>) -> impl IntoView {
    let submission = remove.submission().leaving();
    let navigate = use_navigate();
    submission.on_done(move || navigate("/admin/members?done=removed", Default::default()));
    let refused = submission.about_none_of(&[]);
    // Without scripts the page comes back from the server: it opens where the error is.
    let open = refused.get_untracked().is_some();
    let oneself = Visitor::expect().user.is_some_and(|it| it.id == user.id);

    let content = if oneself {
        view! {
            <p class="text-sm">
                {t!("This is you. To leave, ")}
                <a
                    href="/settings#delete"
                    class="rounded-sm font-medium text-accent underline underline-offset-4"
                >
                    {t!("delete your account in the settings")}
                </a> "."
            </p>
        }
        .into_any()
    } else {
        view! {
            <details open=open class="text-sm">
                <summary class="cursor-pointer rounded-sm py-1 font-medium wrap-anywhere">
                    {t!("Remove {name} from the organization", name = user.name)}
                </summary>
                <PostForm post=remove class="mt-3 grid max-w-104 gap-5">
                    <p>
                        {t!("Their account, all their conversations with every question and answer, their sessions and their keys are removed at once and for good. The audit log keeps their name.")}
                    </p>
                    <input type="hidden" name="id" value=user.id.to_string() />
                    <FormError message=refused />
                    <div>
                        <SubmitButton pending=submission.pending emphasis=Emphasis::Danger>
                            {t!("Remove for good")}
                        </SubmitButton>
                    </div>
                </PostForm>
            </details>
        }
        .into_any()
    };
    view! {
        <Section id="remove" title=t!("Remove")>
            {content}
        </Section>
    }
}
