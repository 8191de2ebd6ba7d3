//! How many questions are before one that has not begun.

use crate::api::conversations::queue_place;
use domain::{RunId, Transcript};
use leptos::prelude::*;
use std::time::Duration;

/// Nobody tells how a queue moves, so it is asked for.
const LOOK: Duration = Duration::from_secs(2);

#[component]
pub fn QueuePlace(run_id: RunId, transcript: RwSignal<Transcript>) -> impl IntoView {
    let waits = Memo::new(move |_| transcript.with(|it| it.last_seq == 0));
    let looks = RwSignal::new(0_u32);
    let ahead = Resource::new(
        move || (waits.get(), looks.get()),
        move |(waits, _)| async move {
            if waits {
                queue_place(run_id).await.ok().flatten()
            } else {
                None
            }
        },
    );
    Effect::new(move |_| {
        if !waits.get() {
            return;
        }
        if let Ok(interval) = set_interval_with_handle(move || looks.update(|it| *it += 1), LOOK) {
            on_cleanup(move || interval.clear());
        }
    });
    view! {
        <Transition>
            {move || {
                let words = ahead.get().flatten().filter(|_| waits.get()).and_then(in_words)?;
                Some(view! { <span data-testid="queue-place">{words}</span> })
            }}
        </Transition>
    }
}

fn in_words(ahead: u32) -> Option<String> {
    match ahead {
        // It begins in a moment.
        0 => None,
        1 => Some("1 question before it".to_owned()),
        more => Some(format!("{more} questions before it")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_in_words() {
        assert_eq!(in_words(0), None);
        assert_eq!(in_words(1).as_deref(), Some("1 question before it"));
        assert_eq!(in_words(12).as_deref(), Some("12 questions before it"));
    }
}
