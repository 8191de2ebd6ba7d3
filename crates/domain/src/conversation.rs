//! Conversations: questions and answers in a tree, of which one branch is shown.

use crate::id::{ConversationId, MessageId, OrganizationId, UserId};
use crate::user::Invalid;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::fmt;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Conversation {
    pub id: ConversationId,
    pub organization_id: OrganizationId,
    pub user_id: UserId,
    pub title: ConversationTitle,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub last_activity: DateTime<Utc>,
    pub message_count: u32,
    /// The last message of the branch that is shown.
    pub active_leaf_id: Option<MessageId>,
    pub metadata: ConversationMetadata,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ConversationMetadata {
    pub tags: Vec<String>,
    pub folder: Option<String>,
    pub archived: bool,
    /// Where it began: `browser`, `api`, `openai`, `mcp`.
    pub source: String,
}

/// 1 to 200 characters on one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ConversationTitle(String);

impl ConversationTitle {
    const MAX_CHARS: usize = 200;

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The beginning of the first question, cut at a word.
    pub fn from_question(question: &str) -> Self {
        const LENGTH: usize = 60;
        let line = question.split_whitespace().collect::<Vec<_>>().join(" ");
        let line: String = line.chars().filter(|c| !c.is_control()).collect();
        if line.chars().count() <= LENGTH {
            return Self(if line.is_empty() {
                "New conversation".to_owned()
            } else {
                line
            });
        }
        let cut: String = line.chars().take(LENGTH).collect();
        let at_word = match cut.rsplit_once(' ') {
            Some((words, _)) if words.chars().count() > LENGTH / 2 => words.to_owned(),
            _ => cut,
        };
        Self(format!("{at_word}…"))
    }
}

impl TryFrom<String> for ConversationTitle {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let text = text.trim();
        let count = text.chars().count();
        if count == 0 || count > Self::MAX_CHARS || text.chars().any(char::is_control) {
            return Err(Invalid::new(
                "title",
                "the title has 1 to 200 characters on one line",
            ));
        }
        Ok(Self(text.to_owned()))
    }
}

impl From<ConversationTitle> for String {
    fn from(title: ConversationTitle) -> Self {
        title.0
    }
}

impl fmt::Display for ConversationTitle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_the_beginning_of_the_question_cut_at_a_word() {
        for (question, title) in [
            ("Why?", "Why?"),
            (" How do\n I \u{7} begin? ", "How do I  begin?"),
            (" ", "New conversation"),
            (
                "How do I improve the productivity of a team that works in three time zones?",
                "How do I improve the productivity of a team that works in…",
            ),
        ] {
            assert_eq!(ConversationTitle::from_question(question).as_str(), title);
        }
        let long = ConversationTitle::from_question(&"ü".repeat(100));
        assert_eq!(long.as_str().chars().count(), 61);
        assert!(ConversationTitle::try_from(long.to_string()).is_ok());
    }
}
