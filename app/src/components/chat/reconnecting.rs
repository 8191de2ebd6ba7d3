//! The thin banner while the connection for running answers is lost. It goes away by itself.

use crate::state::live::{Connection, Live};
use leptos::prelude::*;

#[component]
pub fn Reconnecting() -> impl IntoView {
    let connection = Live::expect().connection();
    view! {
        <p
            role="status"
            class="border-b border-line bg-raised px-5 py-1 text-center text-xs text-muted empty:hidden no-print"
        >
            {move || {
                (connection.get() == Connection::Reconnecting)
                    .then_some(t!("Reconnecting. What happens meanwhile is not lost."))
            }}
        </p>
    }
}
