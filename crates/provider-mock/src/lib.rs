//! An HTTP mock of model providers, for tests and the bench: it speaks the wire formats of
//! OpenAI, Anthropic and Gemini, answers as a script says and records what it was asked.
//!
//! Without a script it answers any JSON schema with a sample generated from that schema, so
//! that a whole deliberation runs against it. A script is a list of rules, the first that fits
//! and is not used up decides:
//!
//! ```json
//! {
//!   "pace": {"first": {"log_normal": {"median_ms": 400, "sigma": 0.6}}, "chunk_ms": 5},
//!   "rules": [
//!     {"when": {"schema": "judgement", "nth": 1}, "then": {"json": {"items": []}}},
//!     {"when": {"model": "slow"}, "then": {"text": "Well ...", "break_after": 2}, "times": 1},
//!     {"when": {"wire": "anthropic"}, "then": {"status": {"status": 529, "message": "busy"}}}
//!   ]
//! }
//! ```

mod call;
mod reply;
mod sample;
mod script;
mod server;
mod wire;

pub use call::RecordedCall;
pub use script::{Answer, Latency, Pace, Rule, Script, Status, Then, When};
pub use server::Mock;
pub use wire::Wire;
