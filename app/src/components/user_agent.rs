//! What browsers and programs are called, by what they say of themselves.

use domain::{Session, SessionKind};

pub fn name(session: &Session) -> String {
    match session.kind {
        SessionKind::Browser => browser_name(&session.user_agent),
        SessionKind::Program => program_name(&session.user_agent),
    }
}

/// "python-requests", of "python-requests/2.32".
fn program_name(user_agent: &str) -> String {
    match user_agent.split(['/', ' ']).next() {
        Some(name) if !name.is_empty() => name.to_owned(),
        _ => t!("A program").to_owned(),
    }
}

/// "Firefox on Linux". The first that matches: browsers claim to be their predecessors too.
fn browser_name(user_agent: &str) -> String {
    const BROWSERS: [(&str, &str); 8] = [
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("CriOS/", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ];
    const SYSTEMS: [(&str, &str); 7] = [
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("CrOS", "ChromeOS"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ];
    let find = |names: &[(&str, &'static str)]| {
        names
            .iter()
            .find(|(mark, _)| user_agent.contains(mark))
            .map(|(_, name)| *name)
    };
    match (find(&BROWSERS), find(&SYSTEMS)) {
        (Some(browser), Some(system)) => t!("{browser} on {system}", browser, system),
        (Some(browser), None) => browser.to_owned(),
        (None, Some(system)) => t!("A browser on {system}", system),
        (None, None) => t!("An unknown browser").to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_named_as_they_say() {
        for (user_agent, name) in [
            ("python-requests/2.32.5", "python-requests"),
            ("report (nightly)", "report"),
            ("", "A program"),
        ] {
            assert_eq!(program_name(user_agent), name);
        }
    }

    #[test]
    fn browsers_are_named_by_what_they_are_not_by_what_they_claim() {
        for (user_agent, name) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
                "Firefox on Linux",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
                "Chrome on Windows",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            ("curl/8.14.1", "curl"),
            ("", "An unknown browser"),
        ] {
            assert_eq!(browser_name(user_agent), name, "{user_agent}");
        }
    }
}
