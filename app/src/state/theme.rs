//! Light or dark, when the reader chose one. Kept in a cookie, because the server needs it for the
//! first paint. Without a choice the style sheet follows the system.

use super::cookie;
use domain::user::ThemeChoice;

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

    /// `None` leaves it to the system.
    pub fn of_choice(choice: ThemeChoice) -> Option<Self> {
        match choice {
            ThemeChoice::Light => Some(Self::Light),
            ThemeChoice::Dark => Some(Self::Dark),
            ThemeChoice::Auto => None,
        }
    }

    pub fn as_choice(self) -> ThemeChoice {
        match self {
            Self::Light => ThemeChoice::Light,
            Self::Dark => ThemeChoice::Dark,
        }
    }

    /// Reads a `Cookie` header.
    pub fn from_cookies(cookies: &str) -> Option<Self> {
        cookie::find(cookies, COOKIE).and_then(Self::parse)
    }

    /// The cookie that keeps the choice, or forgets it.
    pub fn cookie(choice: Option<Self>) -> String {
        cookie::line(COOKIE, choice.map_or("", Self::as_str))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_choice_among_other_cookies_and_ignores_nonsense() {
        for theme in [Theme::Light, Theme::Dark] {
            let cookie = Theme::cookie(Some(theme));
            assert_eq!(Theme::from_cookies(&cookie), Some(theme));
            assert_eq!(Theme::from_cookies(&format!("a=b; {cookie}")), Some(theme));
            assert_eq!(Theme::of_choice(theme.as_choice()), Some(theme));
        }
        assert_eq!(Theme::from_cookies(&Theme::cookie(None)), None);
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
