//! Conversations: questions and answers in a tree, of which one branch is shown.

use crate::id::{ConversationId, MessageId, OrganizationId, UserId};
use crate::line::line;
use crate::user::User;
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
    /// Since when it stands above the others.
    pub pinned_at: Option<DateTime<Utc>>,
    pub source: Source,
}

/// Where a conversation began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Source {
    #[default]
    Browser,
    /// The native socket or Socket.IO.
    Socket,
    Api,
    /// The OpenAI-compatible endpoint.
    #[serde(rename = "openai")]
    OpenAi,
    Mcp,
}

impl Source {
    pub const ALL: [Self; 5] = [
        Self::Browser,
        Self::Socket,
        Self::Api,
        Self::OpenAi,
        Self::Mcp,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Browser => "browser",
            Self::Socket => "socket",
            Self::Api => "api",
            Self::OpenAi => "openai",
            Self::Mcp => "mcp",
        }
    }

    /// What a program asks without a conversation of its own stays out of its owner's list.
    pub fn begins_archived(self) -> bool {
        matches!(self, Self::Api | Self::OpenAi | Self::Mcp)
    }
}

impl Conversation {
    /// An empty one of that person's.
    pub fn begun(
        id: ConversationId,
        user: &User,
        title: ConversationTitle,
        metadata: ConversationMetadata,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            id,
            organization_id: user.organization_id,
            user_id: user.id,
            title,
            created_at: now,
            updated_at: now,
            last_activity: now,
            message_count: 0,
            active_leaf_id: None,
            metadata,
        }
    }
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

impl Default for ConversationTitle {
    /// Until the first question gives it a better one.
    fn default() -> Self {
        Self("New conversation".to_owned())
    }
}

impl ConversationTitle {
    /// What is asked first: the question, of a longer text the sentence that asks, else its
    /// beginning, cut at a word.
    pub fn from_question(question: &str) -> Self {
        const LENGTH: usize = 60;
        let line = question.split_whitespace().collect::<Vec<_>>().join(" ");
        let line: String = line.chars().filter(|c| !c.is_control()).collect();
        if line.chars().count() <= LENGTH {
            return if line.is_empty() {
                Self::default()
            } else {
                Self(line)
            };
        }
        let asks = sentences(&line).find(|it| it.ends_with('?') && it.chars().count() <= LENGTH);
        if let Some(asks) = asks {
            return Self(asks.to_owned());
        }
        let cut: String = line.chars().take(LENGTH).collect();
        let at_word = match cut.rsplit_once(' ') {
            Some((words, _)) if words.chars().count() > LENGTH / 2 => words.to_owned(),
            _ => cut,
        };
        Self(format!("{at_word}…"))
    }

    /// As a model proposes it: at most eight words; `None` where it is something else.
    pub fn proposed(text: &str) -> Option<Self> {
        let signs = |c: char| c.is_whitespace() || "\"'“”„«»*#`.".contains(c);
        let words: Vec<&str> = text.trim_matches(signs).split_whitespace().collect();
        let title = words.join(" ");
        let fits = words.len() <= 8 && title.chars().count() <= 80;
        Self::try_from(title).ok().filter(|_| fits)
    }
}

/// Of a text on one line; a dot within a word or a number ends none.
fn sentences(line: &str) -> impl Iterator<Item = &str> {
    let mut rest = line;
    std::iter::from_fn(move || {
        let ends = rest.char_indices().zip(rest.chars().skip(1).chain([' ']));
        let end = ends
            .filter(|((_, c), next)| matches!(c, '.' | '!' | '?') && *next == ' ')
            .map(|((at, _), _)| at + 1)
            .next()
            .unwrap_or(rest.len());
        let (sentence, after) = rest.split_at(end);
        rest = after;
        Some(sentence.trim()).filter(|it| !it.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_what_is_asked_or_the_beginning_of_it() {
        for (question, title) in [
            ("Why?", "Why?"),
            (" How do\n I \u{7} begin? ", "How do I  begin?"),
            (" ", "New conversation"),
            (
                "How do I improve the productivity of a team that works in three time zones?",
                "How do I improve the productivity of a team that works in…",
            ),
            (
                "We are six people in 3.5 teams, and spread over many time zones. How do we meet less? Or not at all?",
                "How do we meet less?",
            ),
            (
                "Is it wise to let a team of six people work in three time zones at once, or not? Tell us.",
                "Is it wise to let a team of six people work in three time…",
            ),
        ] {
            assert_eq!(ConversationTitle::from_question(question).as_str(), title);
        }
        for (text, title) in [
            (
                " **Meeting less across time zones.** ",
                Some("Meeting less across time zones"),
            ),
            ("„Was ist Zeit?“", Some("Was ist Zeit?")),
            ("少开会", Some("少开会")),
            (
                "one two three four five six seven eight",
                Some("one two three four five six seven eight"),
            ),
            ("one two three four five six seven eight nine", None),
            ("a\u{7}b", None),
            (" \"\" ", None),
        ] {
            let proposed = ConversationTitle::proposed(text);
            assert_eq!(
                proposed.as_ref().map(ConversationTitle::as_str),
                title,
                "{text}"
            );
        }
        assert_eq!(ConversationTitle::proposed(&"x".repeat(81)), None);
        let long = ConversationTitle::from_question(&"ü".repeat(100));
        assert_eq!(long.as_str().chars().count(), 61);
        assert!(ConversationTitle::try_from(long.to_string()).is_ok());
    }
}
