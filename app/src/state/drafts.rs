//! What was typed and not sent, for each person and conversation, in this browser. It goes with the
//! log-out.

use domain::{ConversationId, User};
use leptos::prelude::window;
use web_sys::Storage;

const PREFIX: &str = "draft-";

/// `None`: of the conversation that the question would begin.
#[derive(Clone)]
pub struct Draft(String);

impl Draft {
    pub fn of(writer: Option<&User>, conversation: Option<ConversationId>) -> Self {
        let writer = writer.map(|user| user.id.to_string()).unwrap_or_default();
        Self(match conversation {
            Some(id) => format!("{PREFIX}{writer}-{id}"),
            None => format!("{PREFIX}{writer}-new"),
        })
    }

    pub fn read(&self) -> Option<String> {
        storage()?.get_item(&self.0).ok().flatten()
    }

    /// An empty one is forgotten. A browser that keeps nothing keeps no draft either.
    pub fn keep(&self, text: &str) {
        let Some(storage) = storage() else {
            return;
        };
        let _ = if text.is_empty() {
            storage.remove_item(&self.0)
        } else {
            storage.set_item(&self.0, text)
        };
    }
}

/// Whoever comes next at this browser is somebody else.
pub fn forget_all() {
    let Some(storage) = storage() else {
        return;
    };
    let count = storage.length().unwrap_or_default();
    let keys: Vec<String> = (0..count)
        .filter_map(|index| storage.key(index).ok().flatten())
        .filter(|key| key.starts_with(PREFIX))
        .collect();
    for key in keys {
        let _ = storage.remove_item(&key);
    }
}

fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}
