//! Conversations: questions and answers in a tree, of which one branch is shown.

use crate::id::{ConversationId, MessageId, OrganizationId, UserId};
use crate::line::line;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
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
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConversationMetadata {
    pub tags: Vec<Tag>,
    pub folder: Option<FolderName>,
    pub archived: bool,
    /// Where it began: `browser`, `api`, `openai`, `mcp`.
    pub source: String,
}

line!(
    ConversationTitle,
    200,
    "title",
    "the title has 1 to 200 characters on one line"
);

line!(
    /// A word to find conversations by.
    Tag,
    50,
    "tags",
    "a tag has 1 to 50 characters on one line"
);

line!(
    FolderName,
    100,
    "folder",
    "the folder's name has 1 to 100 characters on one line"
);

impl ConversationTitle {
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
