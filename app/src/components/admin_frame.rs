//! What the administration's pages share: which there are, and the frame around each.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::A;

const LINK: &str = "flex h-8 items-center rounded-sm px-2 text-sm text-muted underline-offset-4 hover:text-text hover:underline aria-[current=page]:font-medium aria-[current=page]:text-text";

/// Address and name, in the order in which they are listed.
pub fn pages() -> [(&'static str, &'static str); 4] {
    [
        ("/admin/members", t!("Members")),
        ("/admin/organization", t!("Organization")),
        ("/admin/providers", t!("Providers")),
        ("/admin/audit", t!("Audit log")),
    ]
}

/// The heading of the page is its own first element.
#[component]
pub fn AdminFrame(
    /// Of the window.
    title: &'static str,
    children: Children,
) -> impl IntoView {
    view! {
        <Title text=t!("{title} - Overmind", title) />
        <div class="mx-auto w-full max-w-176 px-5 pt-8 pb-24 sm:px-8">
            <nav aria-label=t!("Administration pages") class="mb-5 -ml-2">
                <ul class="flex flex-wrap gap-x-1">
                    {pages()
                        .into_iter()
                        .map(|(href, label)| {
                            view! {
                                <li>
                                    <A href=href attr:class=LINK>
                                        {label}
                                    </A>
                                </li>
                            }
                        })
                        .collect_view()}
                </ul>
            </nav>
            {children()}
        </div>
    }
}

#[component]
pub fn AdminHeading(#[prop(into)] title: String, #[prop(into)] text: String) -> impl IntoView {
    view! {
        <h1 class="text-xl font-bold tracking-tight wrap-anywhere">{title}</h1>
        <p class="mt-1 text-sm wrap-anywhere text-muted">{text}</p>
    }
}

/// Instead of such a page, for everybody else.
#[component]
pub fn ForAdmins() -> impl IntoView {
    #[cfg(feature = "ssr")]
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(axum::http::StatusCode::FORBIDDEN);
    }

    view! {
        <Title text=t!("For admins - Overmind") />
        <div class="mx-auto max-w-176 px-5 py-24 sm:px-8">
            <h1 class="text-xl font-bold tracking-tight">{t!("This page is for admins")}</h1>
            <p class="mt-3 text-muted">
                {t!("Ask an admin of your organization to do it for you, or to make you one.")}
            </p>
        </div>
    }
}
