//! The edge of a panel that is pulled, or moved with the arrow keys, to make it wider or narrower.

use crate::state::panel::Panel;
use leptos::ev::{KeyboardEvent, PointerEvent};
use leptos::prelude::*;
use leptos::web_sys::Element;
use wasm_bindgen::JsCast;

/// In CSS pixels, for each press of a key.
const STEP: u32 = 16;

#[component]
pub fn ResizeHandle(
    label: &'static str,
    panel: Panel,
    width: RwSignal<u32>,
    /// The panel stands at the right edge of the window, else at the left one.
    #[prop(optional)]
    at_right: bool,
    /// Where it stands and from which width of the window on.
    class: &'static str,
) -> impl IntoView {
    let on_key = move |key: KeyboardEvent| {
        let now = width.get_untracked();
        let wider = if at_right { "ArrowLeft" } else { "ArrowRight" };
        let next = match key.key().as_str() {
            "Home" => panel.least,
            "End" => panel.most,
            arrow if arrow == wider => now + STEP,
            "ArrowLeft" | "ArrowRight" => now.saturating_sub(STEP),
            _ => return,
        };
        key.prevent_default();
        width.set(panel.within(next));
        panel.remember(width.get_untracked());
    };
    let on_down = move |pointer: PointerEvent| {
        let handle = pointer
            .current_target()
            .and_then(|target| target.dyn_into::<Element>().ok());
        if let Some(handle) = handle {
            // No text is selected on the way.
            pointer.prevent_default();
            let _ = handle.set_pointer_capture(pointer.pointer_id());
        }
    };
    let on_move = move |pointer: PointerEvent| {
        if pointer.buttons() & 1 == 0 {
            return;
        }
        let x = pointer.client_x();
        let wanted = if at_right { window_width() - x } else { x };
        width.set(panel.within(wanted.max(0).unsigned_abs()));
    };

    view! {
        <div
            role="separator"
            tabindex="0"
            aria-orientation="vertical"
            aria-label=label
            aria-valuemin=panel.least
            aria-valuemax=panel.most
            aria-valuenow=width
            class=format!(
                "needs-script z-30 w-2 cursor-col-resize touch-none transition-colors hover:bg-accent/25 active:bg-accent/40 no-print {class}",
            )
            on:keydown=on_key
            on:pointerdown=on_down
            on:pointermove=on_move
            on:pointerup=move |_| panel.remember(width.get_untracked())
        ></div>
    }
}

fn window_width() -> i32 {
    let width = window().inner_width().ok().and_then(|width| width.as_f64());
    width.unwrap_or_default() as i32
}
