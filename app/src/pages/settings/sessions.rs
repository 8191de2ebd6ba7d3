//! The browsers that are logged in, each of which can be logged out from here.

use super::{Section, Unreadable};
use crate::api::accounts::{self, EndSession, sessions};
use crate::components::form::{Emphasis, FormError, FormStatus, ReturnTo, SubmitButton};
use crate::components::moment::Moment;
use crate::state::Submission;
use domain::{Session, SessionKind};
use leptos::form::ActionForm;
use leptos::prelude::*;

#[component]
pub fn Sessions(password_changes: RwSignal<usize>) -> impl IntoView {
    let end = ServerAction::<EndSession>::new();
    let submission = Submission::of(end);
    let ended = end.version();
    let all = Resource::new_blocking(
        move || (ended.get(), password_changes.get()),
        |_| sessions(),
    );

    view! {
        <Section id="sessions" title="Sessions" text="Browsers in which you are logged in.">
            <FormError message=submission.about_none_of(&[]) />
            <Transition>
                {move || Suspend::new(async move {
                    match all.await {
                        Ok(all) => view! { <SessionList all end submission /> }.into_any(),
                        Err(refused) => {
                            view! { <Unreadable message=refused.message() /> }.into_any()
                        }
                    }
                })}
            </Transition>
            <FormStatus submission text="Logged out" section="sessions" />
        </Section>
    }
}

#[component]
fn SessionList(
    all: accounts::Sessions,
    end: ServerAction<EndSession>,
    submission: Submission,
) -> impl IntoView {
    let current = all.current;
    view! {
        <ul class="mb-3 divide-y divide-line rounded-md border border-line bg-raised">
            {all
                .all
                .into_iter()
                .map(|session| {
                    let this = Some(session.id) == current;
                    view! { <SessionRow session this end submission /> }
                })
                .collect_view()}
        </ul>
    }
}

#[component]
fn SessionRow(
    session: Session,
    this: bool,
    end: ServerAction<EndSession>,
    submission: Submission,
) -> impl IntoView {
    let name = match session.kind {
        SessionKind::Browser => browser_name(&session.user_agent),
        SessionKind::Program => program_name(&session.user_agent),
    };
    let label = format!("Log out {name}");
    view! {
        <li class="flex min-h-15 items-center justify-between gap-4 px-4 py-2.5">
            <div class="min-w-0 text-sm">
                <p class="font-medium">{name}</p>
                <p class="text-xs text-muted">
                    {if this {
                        "This browser".into_any()
                    } else {
                        view! {
                            "Last seen "
                            <Moment at=session.last_seen_at />
                        }
                            .into_any()
                    }}
                </p>
            </div>
            // This browser's own button is the account menu's.
            {(!this)
                .then(|| {
                    view! {
                        <ActionForm action=end>
                            <input type="hidden" name="id" value=session.id.to_string() />
                            <ReturnTo section="sessions" />
                            <SubmitButton
                                pending=submission.pending
                                emphasis=Emphasis::Plain
                                label
                            >
                                "Log out"
                            </SubmitButton>
                        </ActionForm>
                    }
                })}
        </li>
    }
}

/// "python-requests", of "python-requests/2.32".
fn program_name(user_agent: &str) -> String {
    match user_agent.split(['/', ' ']).next() {
        Some(name) if !name.is_empty() => name.to_owned(),
        _ => "A program".to_owned(),
    }
}

/// "Firefox on Linux". The first that matches: browsers claim to be their predecessors too.
fn browser_name(user_agent: &str) -> String {
    const BROWSERS: [(&str, &str); 8] = [
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("CriOS/", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ];
    const SYSTEMS: [(&str, &str); 7] = [
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("CrOS", "ChromeOS"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ];
    let find = |names: &[(&str, &'static str)]| {
        names
            .iter()
            .find(|(mark, _)| user_agent.contains(mark))
            .map(|(_, name)| *name)
    };
    match (find(&BROWSERS), find(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.to_owned(),
        (None, Some(system)) => format!("A browser on {system}"),
        (None, None) => "An unknown browser".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_named_as_they_say() {
        for (user_agent, name) in [
            ("python-requests/2.32.5", "python-requests"),
            ("report (nightly)", "report"),
            ("", "A program"),
        ] {
            assert_eq!(program_name(user_agent), name);
        }
    }

    #[test]
    fn browsers_are_named_by_what_they_are_not_by_what_they_claim() {
        for (user_agent, name) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
                "Firefox on Linux",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
                "Chrome on Windows",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            ("curl/8.14.1", "curl"),
            ("", "An unknown browser"),
        ] {
            assert_eq!(browser_name(user_agent), name, "{user_agent}");
        }
    }
}
