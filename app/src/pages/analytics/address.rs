//! What the page is about, as its address has it: a stretch of time, and of which use.

use domain::analytics::{Figures, Table};
use leptos_router::params::ParamsMap;

pub const PATH: &str = "/analytics";

/// By what costs are told apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum By {
    #[default]
    Model,
    Agent,
    Workflow,
    User,
}

impl By {
    pub const ALL: [Self; 4] = [Self::Model, Self::Agent, Self::Workflow, Self::User];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Agent => "agent",
            Self::Workflow => "workflow",
            Self::User => "user",
        }
    }
}

/// What is empty does not matter.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Address {
    /// So many up to today, unless a day is named.
    pub days: String,
    pub from: String,
    pub to: String,
    pub workflow: String,
    pub agent: String,
    pub model: String,
    pub user: String,
    pub by: By,
}

impl Address {
    pub fn read(query: &ParamsMap) -> Self {
        let text = |name| query.get(name).unwrap_or_default();
        let by = text("by");
        Self {
            days: text("days"),
            from: text("from"),
            to: text("to"),
            workflow: text("workflow"),
            agent: text("agent"),
            model: text("model"),
            user: text("user"),
            by: By::ALL
                .into_iter()
                .find(|known| known.as_str() == by)
                .unwrap_or_default(),
        }
    }

    /// Whether the figures are of a part of the use only.
    pub fn narrows(&self) -> bool {
        self.use_fields().iter().any(|(_, value)| !value.is_empty())
    }

    /// The last so many days, of the same use.
    pub fn of_days(&self, days: &str) -> Self {
        Self {
            days: days.to_owned(),
            from: String::new(),
            to: String::new(),
            ..self.clone()
        }
    }

    /// The same figures, with costs told apart by something else.
    pub fn told_by(&self, by: By) -> Self {
        Self { by, ..self.clone() }
    }

    pub fn page(&self) -> String {
        let by = match self.by {
            By::Model => "",
            by => by.as_str(),
        };
        let time = [
            ("days", self.days.as_str()),
            ("from", &self.from),
            ("to", &self.to),
        ];
        written(
            PATH,
            time.into_iter()
                .chain(self.use_fields())
                .chain([("by", by)]),
        )
    }

    /// Where a table is downloaded: of the very days that are shown.
    pub fn csv(&self, table: Table, shown: &Figures) -> String {
        let (from, to) = (shown.period.from.to_string(), shown.period.to.to_string());
        let time = [
            ("from", from.as_str()),
            ("to", &to),
            ("interval", shown.period.interval.as_str()),
        ];
        let path = format!("/v1/analytics/{}.csv", table.as_str());
        written(&path, time.into_iter().chain(self.use_fields()))
    }

    fn use_fields(&self) -> [(&'static str, &str); 4] {
        [
            ("workflow", &self.workflow),
            ("agent", &self.agent),
            ("model", &self.model),
            ("user", &self.user),
        ]
    }
}

fn written<'a>(path: &str, fields: impl Iterator<Item = (&'static str, &'a str)>) -> String {
    let mut address = path.to_owned();
    let mut sign = '?';
    for (name, value) in fields.filter(|(_, value)| !value.is_empty()) {
        address.push(sign);
        address.push_str(name);
        address.push('=');
        escape(value, &mut address);
        sign = '&';
    }
    address
}

/// The same on the server and in the browser; names of models stay readable.
fn escape(value: &str, address: &mut String) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/:".contains(&byte) {
            address.push(char::from(byte));
        } else {
            address.push('%');
            address.push(char::from(HEX[usize::from(byte >> 4)]));
            address.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_what_is_shown_and_comes_back_the_same() {
        let address = Address {
            days: "7".to_owned(),
            model: "ollama/llama3:8b&more".to_owned(),
            by: By::Agent,
            ..Address::default()
        };
        let page = "/analytics?days=7&model=ollama/llama3:8b%26more&by=agent";
        assert_eq!(address.page(), page);
        let mut query = ParamsMap::new();
        for (name, value) in [
            ("days", "7"),
            ("model", "ollama/llama3:8b&more"),
            ("by", "agent"),
        ] {
            query.insert(name, value.to_owned());
        }
        assert_eq!(Address::read(&query), address);
        assert!(address.narrows());
        assert!(!Address::default().narrows());
        assert_eq!(Address::default().page(), PATH);
        assert_eq!(
            address.told_by(By::Model).of_days("30").page(),
            page.replace("7&", "30&").replace("&by=agent", "")
        );
    }
}
