//! Names and titles that people type: trimmed, one line, not empty, not too long.

use crate::user::Invalid;

/// `line!(Name, 100, "field", "what is expected")`: a text on one line, as a type of its own.
macro_rules! line {
    ($(#[$doc:meta])* $name:ident, $max:literal, $field:literal, $expected:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub struct $name(String);

        impl $name {
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::user::Invalid;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                let text = text.trim();
                let count = text.chars().count();
                if count == 0 || count > $max || text.chars().any(char::is_control) {
                    return Err($crate::user::Invalid::new($field, $expected));
                }
                Ok(Self(text.to_owned()))
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

pub(crate) use line;

pub(crate) fn is_line(text: &str, max: usize) -> bool {
    !text.trim().is_empty() && is_text(text, max) && !text.chars().any(char::is_control)
}

pub(crate) fn is_text(text: &str, max: usize) -> bool {
    text.chars().count() <= max
}

/// The first field that is not as its message says.
pub(crate) fn check_all(fields: &[(bool, &'static str, &'static str)]) -> Result<(), Invalid> {
    match fields.iter().find(|(fine, ..)| !fine) {
        Some((_, field, message)) => Err(Invalid::new(field, message)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    line!(Short, 5, "short", "it has 1 to 5 characters on one line");

    #[test]
    fn lines() {
        let short = |text: &str| Short::try_from(text.to_owned());
        assert_eq!(short(" Ünder ").unwrap().as_str(), "Ünder");
        for text in ["", " ", "a\u{7}b", "a\nb", "sixsix"] {
            assert_eq!(short(text).unwrap_err().field, "short", "{text:?}");
        }
        assert!(serde_json::from_str::<Short>("\"much too long\"").is_err());
    }
}
