//! Where the focus goes.

use leptos::ev::FocusEvent;
use leptos::web_sys::Node;
use wasm_bindgen::JsCast;

/// Whether it goes to something else of the page than what is in there.
pub fn leaves(there: &Node, event: &FocusEvent) -> bool {
    let next = event
        .related_target()
        .and_then(|target| target.dyn_into::<Node>().ok());
    next.is_some_and(|next| !there.contains(Some(&next)))
}
