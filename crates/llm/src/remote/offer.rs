//! Which models a provider offers, as it lists them itself.

use super::{Inner, Remote};
use crate::catalog::Provider;
use serde_json::Value;

/// More text than any list has.
const LONGEST_LIST: usize = 2 << 20;
const MOST_MODELS: usize = 500;
/// In characters.
const LONGEST_NAME: usize = 200;

impl Remote {
    /// Empty where it does not say: not every server has a list.
    pub async fn models(&self) -> Vec<String> {
        let list = self.0.list().await;
        list.map(|list| names(&list)).unwrap_or_default()
    }
}

impl Inner {
    async fn list(&self) -> Option<Value> {
        let address = format!("{}models", self.endpoint);
        let key = self.key.as_ref().map(|key| key.expose());
        let request = match self.provider {
            Provider::Anthropic => self
                .http
                .get(format!("{address}?limit=1000"))
                .header("anthropic-version", "2023-06-01")
                .header("x-api-key", key.unwrap_or_default()),
            Provider::Gemini => self
                .http
                .get(format!("{address}?pageSize=1000"))
                .header("x-goog-api-key", key.unwrap_or_default()),
            Provider::OpenAi | Provider::Ollama | Provider::Compatible => {
                let request = self.http.get(address);
                match key {
                    Some(key) => request.header("authorization", format!("Bearer {key}")),
                    None => request,
                }
            }
        };
        let mut response = request.send().await.ok()?;
        if response.status().as_u16() != 200 {
            return None;
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.ok()? {
            body.extend_from_slice(&chunk);
            if body.len() > LONGEST_LIST {
                return None;
            }
        }
        serde_json::from_slice(&body).ok()
    }
}

/// In the provider's order.
fn names(list: &Value) -> Vec<String> {
    let items = ["data", "models"]
        .into_iter()
        .find_map(|field| list.get(field)?.as_array());
    let items = items.into_iter().flatten();
    items
        .filter(|item| converses(item))
        .filter_map(|item| item.get("id").or_else(|| item.get("name"))?.as_str())
        .map(|name| name.trim_start_matches("models/"))
        .filter(|name| !name.is_empty() && name.chars().count() <= LONGEST_NAME)
        .filter(|name| !name.contains(|c: char| c.is_whitespace() || c.is_control()))
        .take(MOST_MODELS)
        .map(str::to_owned)
        .collect()
}

/// Gemini lists those that make vectors and pictures too.
fn converses(item: &Value) -> bool {
    let methods = item.get("supportedGenerationMethods");
    methods.and_then(Value::as_array).is_none_or(|methods| {
        let mut methods = methods.iter().filter_map(Value::as_str);
        methods.any(|method| method == "generateContent")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lists_are_read_in_either_form() {
        let openai =
            json!({ "object": "list", "data": [{ "id": "gpt-5.1" }, { "id": "a b" }, {}] });
        assert_eq!(names(&openai), ["gpt-5.1"]);
        let gemini = json!({ "models": [
            { "name": "models/gemini-2.5-pro", "supportedGenerationMethods": ["generateContent"] },
            { "name": "models/embedding-001", "supportedGenerationMethods": ["embedContent"] },
        ]});
        assert_eq!(names(&gemini), ["gemini-2.5-pro"]);
        for nothing in [json!(null), json!([]), json!({ "data": "x" })] {
            assert!(names(&nothing).is_empty());
        }
        let many: Vec<_> = (0..600).map(|n| json!({ "id": n.to_string() })).collect();
        assert_eq!(names(&json!({ "data": many })).len(), MOST_MODELS);
    }
}
