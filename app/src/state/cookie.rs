//! Cookies that only remember how a page looks. The server reads them for the first paint and the
//! browser writes them. The session's cookie is not among them: scripts cannot see it.

use leptos::prelude::*;
use leptos::web_sys;
use wasm_bindgen::JsCast;

const YEAR_SECONDS: u32 = 31_536_000;

/// Finds a value in a `Cookie` header.
pub fn find<'a>(cookies: &'a str, name: &str) -> Option<&'a str> {
    cookies
        .split(';')
        .filter_map(|cookie| cookie.trim().split_once('='))
        .find(|(found, _)| *found == name)
        .map(|(_, value)| value)
}

/// Sets it for a year; an empty value removes it.
pub fn line(name: &str, value: &str) -> String {
    let seconds = if value.is_empty() { 0 } else { YEAR_SECONDS };
    format!("{name}={value}; Path=/; Max-Age={seconds}; SameSite=Lax")
}

// A browser that refuses the cookie still shows the page as chosen, until the next one.
pub fn write(line: &str) {
    if let Ok(document) = document().dyn_into::<web_sys::HtmlDocument>() {
        let _ = document.set_cookie(line);
    }
}

/// On the server the request's cookies, in the browser those of the document.
pub fn current(name: &str) -> Option<String> {
    #[cfg(feature = "ssr")]
    let found = use_context::<axum::http::request::Parts>().and_then(|parts| {
        parts
            .headers
            .get_all(axum::http::header::COOKIE)
            .iter()
            .filter_map(|cookies| cookies.to_str().ok())
            .find_map(|cookies| find(cookies, name).map(str::to_owned))
    });
    #[cfg(not(feature = "ssr"))]
    let found = document()
        .dyn_into::<web_sys::HtmlDocument>()
        .ok()
        .and_then(|document| document.cookie().ok())
        .and_then(|cookies| find(&cookies, name).map(str::to_owned));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_whole_name_only() {
        assert_eq!(find("x=1; side=open", "side"), Some("open"));
        for cookies in ["", "side", "x-side=open", "sides=open"] {
            assert_eq!(find(cookies, "side"), None, "{cookies}");
        }
    }

    #[test]
    fn an_empty_value_removes_the_cookie() {
        assert!(line("side", "").contains("Max-Age=0;"));
        assert!(line("side", "open").starts_with("side=open; Path=/; Max-Age=31536000;"));
    }
}
