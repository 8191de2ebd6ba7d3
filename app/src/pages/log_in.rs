//! Logging in, and going on to the page that asked for it.

use super::sign_up::{AccountPage, SignedIn, TextLink};
use crate::api::accounts::LogIn;
use crate::components::form::{Card, FormError, PostForm, SubmitButton, TextField};
use crate::state::{Post, Visitor};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

#[component]
pub fn LogInPage() -> impl IntoView {
    let action = Post::<LogIn>::prepare();
    let visitor = Visitor::expect();
    let next = use_query_map().with_untracked(|query| query.get("next"));
    view! {
        <Title text=t!("Log in - Overmind") />
        {if visitor.user.is_some() {
            view! { <SignedIn /> }.into_any()
        } else {
            view! {
                <AccountPage
                    title=t!("Log in")
                    text=t!("Your conversations are where you left them.")
                >
                    <LogInForm action next />
                    <p class="mt-6 text-sm text-muted">
                        {if visitor.first {
                            view! {
                                {t!("Nobody has an account yet. ")}
                                <TextLink href="/sign-up">{t!("Create the first one")}</TextLink>
                            }
                                .into_any()
                        } else {
                            view! {
                                {t!("New here? ")}
                                <TextLink href="/sign-up">{t!("Sign up")}</TextLink>
                            }
                                .into_any()
                        }}
                    </p>
                </AccountPage>
            }
                .into_any()
        }}
    }
}

#[component]
fn LogInForm(action: Post<LogIn>, next: Option<String>) -> impl IntoView {
    let submission = action.submission().leaving();
    let address = local_path(next.as_deref());
    submission.on_done(move || {
        let _ = window().location().set_href(&address);
    });
    view! {
        <Card>
            <PostForm post=action class="grid gap-5">
                <FormError message=submission.about_none_of(&["email", "password"]) />
                {next.map(|next| view! { <input type="hidden" name="next" value=next /> })}
                <TextField
                    label=t!("Email")
                    name="email"
                    kind="email"
                    autocomplete="username"
                    required=true
                    submission
                />
                <TextField
                    label=t!("Password")
                    name="password"
                    kind="password"
                    autocomplete="current-password"
                    required=true
                    submission
                />
                <SubmitButton pending=submission.pending>{t!("Log in")}</SubmitButton>
            </PostForm>
        </Card>
    }
}

/// Whoever wrote the link to this page chose `next`: nothing but a path of ours is followed.
/// Browsers drop tabs and line breaks from an address and read `\` as `/`.
fn local_path(next: Option<&str>) -> String {
    next.filter(|path| path.starts_with('/') && !path.starts_with("//"))
        .filter(|path| !path.contains('\\') && !path.chars().any(char::is_control))
        .unwrap_or("/")
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_ours_are_followed() {
        for path in ["/", "/settings", "/c/1?inspect=checklist#a"] {
            assert_eq!(local_path(Some(path)), path);
        }
        for other in [
            "",
            "settings",
            "//example.org",
            "/\\example.org",
            "/\t/example.org",
            "https://example.org",
            "javascript:alert(1)",
        ] {
            assert_eq!(local_path(Some(other)), "/", "{other:?}");
        }
        assert_eq!(local_path(None), "/");
    }
}
