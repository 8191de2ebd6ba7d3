//! Controls of forms that lead to another address: one of a few, and a day.

use leptos::prelude::*;

const CONTROL: &str =
    "h-10 w-full rounded-sm border border-muted/70 bg-raised px-3 text-base sm:text-sm";
const LABEL: &str = "mb-1.5 block text-sm font-medium";

#[component]
pub fn Choice(
    id: &'static str,
    label: &'static str,
    /// Value and words.
    options: Vec<(String, String)>,
    chosen: String,
) -> impl IntoView {
    view! {
        <div class="min-w-0">
            <label for=id class=LABEL>
                {label}
            </label>
            <select id=id name=id autocomplete="off" class=CONTROL>
                {options
                    .into_iter()
                    .map(|(value, words)| {
                        let selected = value == chosen;
                        view! {
                            <option value=value selected=selected>
                                {words}
                            </option>
                        }
                    })
                    .collect_view()}
            </select>
        </div>
    }
}

#[component]
pub fn Day(id: &'static str, label: &'static str, value: String) -> impl IntoView {
    view! {
        <div class="min-w-0">
            <label for=id class=LABEL>
                {label}
            </label>
            <input id=id name=id type="date" value=value class=CONTROL />
        </div>
    }
}
