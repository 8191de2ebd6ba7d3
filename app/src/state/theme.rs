//! Light or dark, when the reader chose one. Kept in a cookie, because the server needs it for the
//! first paint. Without a choice the style sheet follows the system.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    Light,
    Dark,
}

const COOKIE: &str = "overmind-theme";

impl Theme {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    pub fn opposite(self) -> Self {
        match self {
            Self::Light => Self::Dark,
            Self::Dark => Self::Light,
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Light, Self::Dark]
            .into_iter()
            .find(|theme| theme.as_str() == text)
    }

    /// Reads a `Cookie` header.
    pub fn from_cookies(cookies: &str) -> Option<Self> {
        cookies
            .split(';')
            .filter_map(|cookie| cookie.trim().split_once('='))
            .find(|(name, _)| *name == COOKIE)
            .and_then(|(_, value)| Self::parse(value))
    }

    /// The cookie that keeps the choice for a year.
    pub fn cookie(self) -> String {
        format!(
            "{COOKIE}={}; Path=/; Max-Age=31536000; SameSite=Lax",
            self.as_str()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_choice_among_other_cookies_and_ignores_nonsense() {
        for theme in [Theme::Light, Theme::Dark] {
            let cookie = theme.cookie();
            assert_eq!(Theme::from_cookies(&cookie), Some(theme));
            assert_eq!(Theme::from_cookies(&format!("a=b; {cookie}")), Some(theme));
        }
        for cookies in [
            "",
            "overmind-theme",
            "overmind-theme=blue",
            "x-overmind-theme=dark",
        ] {
            assert_eq!(Theme::from_cookies(cookies), None, "{cookies}");
        }
    }
}
