//! What a page knows of the form that it is the answer to. Browsers without scripts get the page
//! itself in answer to a form that was refused, or to one that makes a secret: what was typed, and
//! what is shown only once, never stand in an address. The server renders it (`typed.rs` there).

use axum::http::request::Parts;
use leptos::prelude::use_context;
use std::sync::{Arc, OnceLock};

/// In the request's extensions while such a page is rendered.
#[derive(Clone)]
pub struct Typed {
    /// The path of the function that the form was sent to.
    pub form: String,
    /// Name and value of what is to stand in it again; no passwords.
    pub fields: Arc<[(String, String)]>,
    pub secret: Option<String>,
}

/// In the extensions of a form's request: here its function leaves what the page shows once.
#[derive(Clone, Default)]
pub struct Secret(Arc<OnceLock<String>>);

impl Secret {
    pub fn get(&self) -> Option<&String> {
        self.0.get()
    }
}

/// Our scripts get it as the function's result; they send no such request.
pub fn show_once(secret: &str) {
    let slot = use_context::<Parts>().and_then(|parts| parts.extensions.get::<Secret>().cloned());
    if let Some(slot) = slot {
        slot.0.get_or_init(|| secret.to_owned());
    }
}

/// What the page is an answer to.
pub fn answered() -> Option<Typed> {
    use_context::<Parts>()?.extensions.get::<Typed>().cloned()
}

/// The fields of that form, if the page is the answer to it and it was refused.
fn fields(form: &str) -> Option<Arc<[(String, String)]>> {
    answered()
        .filter(|typed| typed.form == form && typed.secret.is_none())
        .map(|typed| typed.fields)
}

pub fn typed(form: &str, field: &str) -> Option<String> {
    let fields = fields(form)?;
    let found = fields.iter().find(|(name, _)| name == field);
    found.map(|(_, value)| value.clone())
}

/// A box that is not checked is not sent.
pub fn checked(form: &str, field: &str) -> Option<bool> {
    let fields = fields(form)?;
    Some(fields.iter().any(|(name, _)| name == field))
}

pub fn secret(form: &str) -> Option<String> {
    answered()
        .filter(|typed| typed.form == form)
        .and_then(|typed| typed.secret)
}

/// The address of the page that is rendered, where the browser shows the form's instead.
pub fn own_address() -> Option<String> {
    answered()?;
    Some(use_context::<Parts>()?.uri.to_string())
}
