//! The parameter `sort` of lists: a field, with a minus in front for the other way round.

use domain::SortKey::{CreatedAt, LastChange, Name};
use serde::Deserialize;
use utoipa::ToSchema;

/// Of agents and workflows.
#[derive(Clone, Copy, Deserialize, ToSchema)]
pub enum Sort {
    #[serde(rename = "name")]
    Name,
    #[serde(rename = "-name")]
    NameDown,
    #[serde(rename = "created_at")]
    CreatedAt,
    #[serde(rename = "-created_at")]
    CreatedAtDown,
    #[serde(rename = "updated_at")]
    UpdatedAt,
    #[serde(rename = "-updated_at")]
    UpdatedAtDown,
}

impl From<Sort> for domain::Sort {
    fn from(sort: Sort) -> Self {
        let (by, descending) = match sort {
            Sort::Name => (Name, false),
            Sort::NameDown => (Name, true),
            Sort::CreatedAt => (CreatedAt, false),
            Sort::CreatedAtDown => (CreatedAt, true),
            Sort::UpdatedAt => (LastChange, false),
            Sort::UpdatedAtDown => (LastChange, true),
        };
        Self { by, descending }
    }
}

#[derive(Clone, Copy, Deserialize, ToSchema)]
pub enum ConversationSort {
    #[serde(rename = "title")]
    Title,
    #[serde(rename = "-title")]
    TitleDown,
    #[serde(rename = "created_at")]
    CreatedAt,
    #[serde(rename = "-created_at")]
    CreatedAtDown,
    #[serde(rename = "last_activity")]
    LastActivity,
    #[serde(rename = "-last_activity")]
    LastActivityDown,
}

impl From<ConversationSort> for domain::Sort {
    fn from(sort: ConversationSort) -> Self {
        let (by, descending) = match sort {
            ConversationSort::Title => (Name, false),
            ConversationSort::TitleDown => (Name, true),
            ConversationSort::CreatedAt => (CreatedAt, false),
            ConversationSort::CreatedAtDown => (CreatedAt, true),
            ConversationSort::LastActivity => (LastChange, false),
            ConversationSort::LastActivityDown => (LastChange, true),
        };
        Self { by, descending }
    }
}
