//! A part of a page that links lead to, and what stands in it when it could not be read.

use leptos::prelude::*;

/// A heading that links lead to, a sentence, and what there is to do.
#[component]
pub fn Section(
    id: &'static str,
    title: &'static str,
    #[prop(optional)] text: &'static str,
    children: Children,
) -> impl IntoView {
    let heading = format!("{id}-title");
    view! {
        <section
            id=id
            aria-labelledby=heading.clone()
            class="mt-10 scroll-mt-6 border-t border-line pt-8"
        >
            <h2 id=heading.clone() class="text-lg font-bold tracking-tight">
                {title}
            </h2>
            {(!text.is_empty()).then(|| view! { <p class="mt-1 text-sm text-muted">{text}</p> })}
            <div class="mt-5">{children()}</div>
        </section>
    }
}

/// What stands in a section whose list could not be read.
#[component]
pub fn Unreadable(#[prop(into)] message: String) -> impl IntoView {
    view! {
        <p role="alert" class="text-sm text-bad">
            {message}
        </p>
    }
}
