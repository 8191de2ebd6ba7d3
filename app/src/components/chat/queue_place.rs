//! How many questions are before one that has not begun.

use crate::api::conversations::queue_place;
use domain::{RunId, Transcript};
use leptos::prelude::*;
use std::time::Duration;

/// Nobody tells how a queue moves, so it is asked for: the more often, the sooner it begins.
fn pause(ahead: Option<u32>) -> Duration {
    let seconds = 2 + ahead.unwrap_or_default() / 50;
    Duration::from_secs(seconds.min(30).into())
}

#[component]
pub fn QueuePlace(run_id: RunId, transcript: RwSignal<Transcript>) -> impl IntoView {
    let waits = Memo::new(move |_| transcript.with(|it| it.last_seq == 0));
    let looks = RwSignal::new(0_u32);
    let last_seen = StoredValue::new(None);
    let ahead = Resource::new(
        move || (waits.get(), looks.get()),
        move |(waits, _)| async move {
            if !waits {
                return None;
            }
            let ahead = queue_place(run_id).await.ok().flatten();
            last_seen.set_value(ahead);
            ahead
        },
    );
    Effect::new(move |_| {
        looks.track();
        if !waits.get() {
            return;
        }
        let look = move || looks.update(|it| *it += 1);
        if let Ok(timeout) = set_timeout_with_handle(look, pause(last_seen.get_value())) {
            on_cleanup(move || timeout.clear());
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
    // Else it begins in a moment.
    (ahead > 0).then(|| plural!(ahead, "1 question before it", "{count} questions before it"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_waits_longer_looks_less_often() {
        for (ahead, seconds) in [
            (None, 2),
            (Some(0), 2),
            (Some(49), 2),
            (Some(500), 12),
            (Some(5_000), 30),
        ] {
            assert_eq!(pause(ahead), Duration::from_secs(seconds), "{ahead:?}");
        }
    }

    #[test]
    fn a_place_in_words() {
        assert_eq!(in_words(0), None);
        assert_eq!(in_words(1).as_deref(), Some("1 question before it"));
        assert_eq!(in_words(12).as_deref(), Some("12 questions before it"));
    }
}
