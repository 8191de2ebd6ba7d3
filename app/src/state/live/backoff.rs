//! How long to wait before the socket is opened again.

use web_sys::js_sys::Math;

const FIRST_MS: f64 = 500.0;
const LONGEST_MS: f64 = 10_000.0;

/// Twice as long after each failure, half of it by chance, so that browsers that lost the same
/// server do not come back at the same moment.
#[derive(Default)]
pub struct Backoff {
    failures: i32,
}

impl Backoff {
    pub fn reset(&mut self) {
        self.failures = 0;
    }

    pub fn next_ms(&mut self) -> u32 {
        let longest = (FIRST_MS * 2f64.powi(self.failures)).min(LONGEST_MS);
        self.failures = (self.failures + 1).min(16);
        (longest * (0.5 + 0.5 * Math::random())) as u32
    }
}
