//! What a stream carried, for the streams that end without saying so: servers that leave out
//! the closing `[DONE]`, answers that are no event stream at all, connections that break.

use genai::chat::{ChatFrameSink, FrameCtx, RawFrameRef, StopReason, StreamEnd, Usage};
use serde_json::Value;
use std::sync::{Mutex, PoisonError};

#[derive(Default)]
pub(super) struct Frames(Mutex<Seen>);

#[derive(Default)]
struct Seen {
    any: bool,
    with_data: bool,
    finish: Option<String>,
    usage: Option<Usage>,
}

/// How a stream without an end came to it.
pub(super) enum Verdict {
    /// Complete, only the closing mark is missing.
    Complete(Box<StreamEnd>),
    NotAStream,
    Broken,
}

impl Frames {
    pub fn verdict(&self) -> Verdict {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match seen.finish.take() {
            Some(finish) => Verdict::Complete(Box::new(StreamEnd {
                captured_stop_reason: Some(StopReason::from(finish)),
                captured_usage: seen.usage.take(),
                ..StreamEnd::default()
            })),
            None if seen.any && !seen.with_data => Verdict::NotAStream,
            None => Verdict::Broken,
        }
    }
}

impl ChatFrameSink for Frames {
    fn on_frame(&self, _: &FrameCtx, frame: RawFrameRef<'_>) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.any = true;
        seen.with_data |= !frame.data.is_empty();
        // Most frames are pieces of text: only the last ones are worth parsing twice.
        let last = !frame.data.contains("\"finish_reason\":null") || frame.data.contains("usage");
        if !last {
            return;
        }
        let Some(json) = frame.json() else { return };
        if let Some(finish) = json
            .pointer("/choices/0/finish_reason")
            .and_then(Value::as_str)
        {
            seen.finish = Some(finish.to_owned());
        }
        if let Some(usage) = json.get("usage").filter(|usage| usage.is_object()) {
            seen.usage = serde_json::from_value(usage.clone()).ok();
        }
    }
}
