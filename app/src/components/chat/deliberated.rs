//! How an answer came about, folded: for those who read it without an account.

use crate::components::chat::folded::Folded;
use crate::components::chat::inspector::contributions::Contributions;
use domain::Transcript;
use leptos::prelude::*;

/// They have no inspector: what each agent said stands here.
#[component]
pub fn Deliberated(transcript: Transcript) -> impl IntoView {
    let transcript = RwSignal::new(transcript);
    view! {
        <Folded transcript>
            <div>
                <Contributions transcript />
            </div>
        </Folded>
    }
}
