//! The entry point of the browser build: takes over the page that the server rendered.
// As in `app`, whose pages are compiled here.
#![recursion_limit = "512"]

use app::App;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_lazy(App);
}
