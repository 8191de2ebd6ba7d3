//! The content security policy that each document is sent with.
//! Headers that every response carries are the router's.

use axum::http::HeaderValue;
use axum::http::header::CONTENT_SECURITY_POLICY;
use leptos::config::{Env, LeptosOptions};
use leptos::nonce::use_nonce;
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;

/// A policy of its own for each document: only scripts that carry this response's nonce run.
pub fn send_content_security_policy(options: &LeptosOptions) {
    let (Some(response), Some(nonce)) = (use_context::<ResponseOptions>(), use_nonce()) else {
        return;
    };
    let policy = content_security_policy(&nonce, options);
    if let Ok(policy) = HeaderValue::try_from(policy) {
        response.insert_header(CONTENT_SECURITY_POLICY, policy);
    }
}

fn content_security_policy(nonce: &str, options: &LeptosOptions) -> String {
    // `cargo leptos watch` reloads the page over a socket on a port of its own.
    let reload = match options.env {
        Env::DEV => " ws:",
        Env::PROD => "",
    };
    // Server-rendered `style` attributes need style-src-attr: hydration does not repair them.
    format!(
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval' 'nonce-{nonce}'; \
         style-src 'self' 'nonce-{nonce}'; style-src-attr 'unsafe-inline'; \
         img-src 'self' data:; connect-src 'self'{reload}; object-src 'none'; base-uri 'none'; \
         form-action 'self'; frame-ancestors 'none'"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_development_server_may_open_the_reload_socket() {
        let options = |env| {
            LeptosOptions::builder()
                .output_name("overmind")
                .env(env)
                .build()
        };
        let production = content_security_policy("n0nce", &options(Env::PROD));
        assert!(production.contains("script-src 'self' 'wasm-unsafe-eval' 'nonce-n0nce';"));
        assert!(production.contains("connect-src 'self';"));
        let development = content_security_policy("n0nce", &options(Env::DEV));
        assert!(development.contains("connect-src 'self' ws:;"));
    }
}
