//! The run as it was after any of its events. Where the replay stands is part of the address, so
//! that it works without scripts; with them, a slider and buttons lead through it.

use super::words;
use crate::components::figures;
use crate::components::icon::{self, Icon};
use domain::{Event, Transcript};
use leptos::ev;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use std::sync::Arc;
use std::time::Duration;

/// Slow enough to read what happened.
const PACE: Duration = Duration::from_millis(900);

const STEP: &str = "grid size-9 shrink-0 cursor-pointer place-items-center rounded-sm text-muted transition-colors hover:text-text aria-disabled:cursor-default aria-disabled:opacity-40";

#[derive(Clone)]
pub struct Replay {
    pub moments: Arc<[Moment]>,
    /// The number of the last event that is shown, from 1.
    pub at: Memo<usize>,
    /// All up to there.
    pub transcript: RwSignal<Transcript>,
    /// Ahead of the address: while the slider is held, and while it plays.
    ahead: RwSignal<Option<usize>>,
    address: Arc<str>,
}

/// An event, as the replay names it.
pub struct Moment {
    pub words: String,
    /// Since the run's start.
    pub ms: u64,
}

impl Replay {
    /// `address` is the page's own.
    pub fn new(events: Vec<Event>, started_ms: i64, address: String) -> Self {
        let moments: Arc<[Moment]> = words::of_events(&events)
            .into_iter()
            .zip(&events)
            .map(|(words, event)| Moment {
                words,
                ms: u64::try_from(event.ts.timestamp_millis() - started_ms).unwrap_or_default(),
            })
            .collect();
        let last = events.len();
        let query = use_query_map();
        let named =
            Memo::new(move |_| query.with(|query| query.get_str("at")?.parse::<usize>().ok()));
        let ahead = RwSignal::new(None);
        let at = Memo::new(move |_| {
            let at = ahead.get().or(named.get()).unwrap_or(last);
            at.clamp(1, last.max(1))
        });
        let transcript = RwSignal::new(up_to(&events, at.get_untracked()));
        Effect::new(move |before: Option<usize>| {
            let at = at.get();
            if before.is_some_and(|before| before != at) {
                transcript.set(up_to(&events, at));
            }
            at
        });
        // The address has caught up, or somebody went back.
        Effect::new(move |_| {
            named.track();
            ahead.set(None);
        });
        Self {
            moments,
            at,
            transcript,
            ahead,
            address: address.into(),
        }
    }

    pub fn last(&self) -> usize {
        self.moments.len().max(1)
    }

    pub fn address_of(&self, at: usize) -> String {
        if at == self.last() {
            self.address.to_string()
        } else {
            format!("{}?at={at}", self.address)
        }
    }

    /// "3.2 s: Practical Clarity finished".
    pub fn words(&self, at: usize) -> String {
        match self.moments.get(at.saturating_sub(1)) {
            Some(moment) => format!("{}: {}", figures::seconds(moment.ms), moment.words),
            None => t!("Nothing has happened yet").to_owned(),
        }
    }

    /// Of all the time there is, for the line in the timeline.
    pub fn ms(&self, at: usize) -> u64 {
        let moment = self.moments.get(at.saturating_sub(1));
        moment.map_or(0, |moment| moment.ms)
    }

    /// Leads there, in place of where the address stands.
    fn go(&self) -> impl Fn(usize) + Clone + Send + Sync + use<> {
        let (navigate, replay) = (use_navigate(), self.clone());
        move |at| {
            let at = at.clamp(1, replay.last());
            replay.ahead.set(Some(at));
            let stay = NavigateOptions {
                replace: true,
                scroll: false,
                ..NavigateOptions::default()
            };
            navigate(&replay.address_of(at), stay);
        }
    }
}

/// Nobody works while a run is replayed, so nobody's clock runs.
fn up_to(events: &[Event], at: usize) -> Transcript {
    let mut transcript = Transcript::from_events(events.iter().take(at));
    for card in &mut transcript.agents {
        card.started_at = None;
    }
    transcript
}

/// Always in reach, at the bottom of the page.
#[component]
pub fn ReplayBar(replay: Replay) -> impl IntoView {
    let (at, last, ahead) = (replay.at, replay.last(), replay.ahead);
    let go = replay.go();
    let playing = RwSignal::new(false);
    Effect::new({
        let go = go.clone();
        move |_| {
            if !playing.get() {
                return;
            }
            let go = go.clone();
            let step = move || {
                let next = at.get_untracked() + 1;
                if next < last {
                    ahead.set(Some(next));
                } else {
                    playing.set(false);
                    go(last);
                }
            };
            if let Ok(interval) = set_interval_with_handle(step, PACE) {
                on_cleanup(move || interval.clear());
            }
        }
    });
    let play = {
        let go = go.clone();
        move |_| {
            if playing.get_untracked() {
                playing.set(false);
                go(at.get_untracked());
                return;
            }
            if at.get_untracked() == last {
                ahead.set(Some(1));
            }
            playing.set(true);
        }
    };
    let moved = move |event: &ev::Event| event_target_value(event).parse::<usize>().ok();
    let on_change = {
        let go = go.clone();
        move |event: ev::Event| {
            if let Some(at) = moved(&event) {
                go(at);
            }
        }
    };
    let (spoken, shown) = (replay.clone(), replay.clone());

    view! {
        <div class="sticky bottom-0 z-10 border-t border-line bg-surface pb-[env(safe-area-inset-bottom)] no-print">
            <form
                method="get"
                aria-label=t!("Replay")
                class="mx-auto grid w-full max-w-240 grid-cols-[auto_minmax(0,1fr)_auto] items-center gap-x-3 px-5 py-2 sm:px-8"
            >
                <div class="-ml-2 flex">
                    <Step replay=replay.clone() go=go.clone() back=true playing />
                    <button
                        type="button"
                        class=format!("needs-script motion-reduce:hidden {STEP}")
                        aria-label=move || if playing.get() { t!("Pause") } else { t!("Play") }
                        title=move || if playing.get() { t!("Pause") } else { t!("Play") }
                        on:click=play
                    >
                        {move || {
                            let path = if playing.get() { icon::PAUSE } else { icon::PLAY };
                            view! { <Icon path /> }
                        }}
                    </button>
                    <Step replay go back=false playing />
                </div>
                <input
                    type="range"
                    name="at"
                    min="1"
                    max=last.to_string()
                    value=at.get_untracked().to_string()
                    prop:value=move || at.get().to_string()
                    autocomplete="off"
                    aria-label=t!("Event")
                    aria-valuetext=move || {
                        let at = at.get();
                        t!("{at} of {last}, {moment}", at, last, moment = spoken.words(at))
                    }
                    class="h-6 w-full cursor-pointer accent-accent"
                    on:input=move |event| {
                        playing.set(false);
                        ahead.set(moved(&event));
                    }
                    on:change=on_change
                />
                <span class="text-sm text-muted tabular-nums" data-testid="position">
                    {move || t!("{at} of {last}", at = at.get(), last)}
                </span>
                <div class="col-span-full flex items-center justify-between gap-3">
                    <p class="truncate text-sm tabular-nums" data-testid="moment">
                        {move || shown.words(at.get())}
                    </p>
                    <button
                        type="submit"
                        class="hidden h-8 shrink-0 cursor-pointer rounded-sm border border-line bg-raised px-3 text-sm font-medium noscript:block"
                    >
                        {t!("Show")}
                    </button>
                </div>
            </form>
        </div>
    }
}

/// One event further, or back: a link, and a button where scripts are.
#[component]
fn Step(
    replay: Replay,
    go: impl Fn(usize) + Send + Sync + 'static,
    back: bool,
    playing: RwSignal<bool>,
) -> impl IntoView {
    let (at, last) = (replay.at, replay.last());
    let target = move || {
        let at = at.get();
        if back {
            at.saturating_sub(1).max(1)
        } else {
            (at + 1).min(last)
        }
    };
    let (label, path) = if back {
        (t!("Previous event"), icon::BACK)
    } else {
        (t!("Next event"), icon::CHEVRON)
    };
    view! {
        <a
            href=move || replay.address_of(target())
            data-noscroll="true"
            aria-label=label
            title=label
            aria-disabled=move || (target() == at.get()).then_some("true")
            class=STEP
            on:click=move |click| {
                // Into another window it is a link like any other.
                if !(click.ctrl_key() || click.meta_key() || click.shift_key()) {
                    click.prevent_default();
                    playing.set(false);
                    go(untrack(target));
                }
            }
        >
            <Icon path />
        </a>
    }
}

/// All that happened, each as a link to how the run was then.
#[component]
pub fn Log(replay: Replay) -> impl IntoView {
    let (at, count) = (replay.at, replay.moments.len());
    let lines = (1..=count)
        .map(|number| {
            let (ms, words) = match replay.moments.get(number - 1) {
                Some(moment) => (moment.ms, moment.words.clone()),
                None => Default::default(),
            };
            view! {
                <li>
                    <a
                        href=replay.address_of(number)
                        data-noscroll="true"
                        aria-current=move || (at.get() == number).then_some("step")
                        class="grid grid-cols-[4.5rem_minmax(0,1fr)] gap-2 rounded-sm px-2 py-1 text-muted transition-colors hover:text-text aria-[current=step]:bg-line/50 aria-[current=step]:text-text"
                    >
                        <span class="text-right tabular-nums">{figures::seconds(ms)}</span>
                        <span>{words}</span>
                    </a>
                </li>
            }
        })
        .collect_view();
    view! {
        <details class="text-sm">
            <summary class="cursor-pointer rounded-sm py-0.5 text-muted">
                {plural!(count, "All 1 event", "All {count} events")}
            </summary>
            <ol class="mt-2 -ml-2 max-w-176" data-testid="log">
                {lines}
            </ol>
        </details>
    }
}
