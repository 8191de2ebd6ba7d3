//! Agents and workflows as forms hold them: every field as text, under the name that errors use.

mod agent;
mod workflow;

use crate::model::ModelName;
use crate::user::Invalid;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

/// What is not filled in is empty or not there. A box that is checked is there.
pub type Fields = BTreeMap<String, String>;

/// Reads fields.
struct Typed<'a>(&'a Fields);

impl<'a> Typed<'a> {
    fn raw(&self, name: &str) -> &'a str {
        self.0.get(name).map_or("", String::as_str)
    }

    fn line(&self, name: &str) -> String {
        self.raw(name).trim().to_owned()
    }

    /// Browsers send line breaks as two characters.
    fn text(&self, name: &str) -> String {
        self.raw(name).replace("\r\n", "\n").trim().to_owned()
    }

    fn is_checked(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    fn number<T: FromStr>(
        &self,
        name: &'static str,
        expected: &'static str,
    ) -> Result<Option<T>, Invalid> {
        let text = self.raw(name).trim();
        if text.is_empty() {
            return Ok(None);
        }
        let number = text.parse().map_err(|_| Invalid::new(name, expected))?;
        Ok(Some(number))
    }

    /// One of the words that the type has; the usual one if there is none.
    fn choice<T: DeserializeOwned + Default>(
        &self,
        name: &'static str,
        expected: &'static str,
    ) -> Result<T, Invalid> {
        let text = self.raw(name);
        if text.is_empty() {
            return Ok(T::default());
        }
        serde_json::from_value(text.into()).map_err(|_| Invalid::new(name, expected))
    }

    fn model(&self, name: &'static str) -> Result<Option<ModelName>, Invalid> {
        Ok(self.models(name)?.into_iter().next())
    }

    /// One on each line.
    fn models(&self, name: &'static str) -> Result<Vec<ModelName>, Invalid> {
        let lines = self.raw(name).lines().map(str::trim);
        let names = lines.filter(|line| !line.is_empty()).map(str::parse);
        names.collect::<Result<_, _>>().map_err(|_| {
            Invalid::new(
                name,
                "write a model as provider/model, for example openai/gpt-5.1",
            )
        })
    }
}

/// Writes fields; what is not set is left out.
#[derive(Default)]
struct Writing(Fields);

impl Writing {
    fn set(&mut self, name: &str, value: impl Display) {
        self.0.insert(name.to_owned(), value.to_string());
    }

    fn some(&mut self, name: &str, value: Option<impl Display>) {
        if let Some(value) = value {
            self.set(name, value);
        }
    }

    fn check(&mut self, name: &str, checked: bool) {
        self.some(name, checked.then_some("on"));
    }

    fn choice(&mut self, name: &str, value: impl Serialize) {
        if let Ok(serde_json::Value::String(word)) = serde_json::to_value(value) {
            self.set(name, word);
        }
    }

    fn models(&mut self, name: &str, models: &[ModelName]) {
        let lines: Vec<String> = models.iter().map(ToString::to_string).collect();
        self.set(name, lines.join("\n"));
    }
}
