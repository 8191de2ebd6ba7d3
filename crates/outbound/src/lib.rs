//! The only HTTP client: explicit timeouts, no redirects, no proxies, no hidden retries, and an
//! address guard for URLs that users set. What is sent over it is the callers' business.

mod client;
mod failure;
mod resolver;

pub use client::{BuildError, Origin, Timeouts, client};
pub use failure::Failure;
pub use reqwest::header::{HeaderMap, HeaderName};
pub use reqwest::{Client, Response, Url};
pub use resolver::{BlockedUrl, check_url, is_public};
