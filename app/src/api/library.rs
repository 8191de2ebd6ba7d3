//! Agents and workflows, as their pages need them. What the two have in common is more than what
//! sets them apart, so one function does for both.

use super::{Exchange, Refused};
use chrono::{DateTime, Utc};
use domain::deliberation::Piece;
use domain::{AgentId, Fields, Trial};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// What a page is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shelf {
    Agents,
    Workflows,
}

impl Shelf {
    pub fn path(self) -> &'static str {
        match self {
            Self::Agents => "/agents",
            Self::Workflows => "/workflows",
        }
    }

    pub fn page_of(self, id: &str) -> String {
        format!("{}/{id}", self.path())
    }

    /// As a form sends it.
    pub fn as_str(self) -> &'static str {
        &self.path()[1..]
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::Agents => t!("Agents"),
            Self::Workflows => t!("Workflows"),
        }
    }
}

/// One line of a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    pub id: String,
    pub name: String,
    pub text: String,
    /// "compatible/test-model, version 2".
    pub facts: String,
    /// "Off", "Public".
    pub mark: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Listed {
    pub entries: Vec<Entry>,
    /// Whether the reader may add one.
    pub may_add: bool,
}

/// An agent that a workflow may ask.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Offered {
    pub id: String,
    pub name: String,
    pub is_active: bool,
}

/// An agent or a workflow with all that its form holds; without an id one that is not there yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sheet {
    pub state: Saved,
    pub fields: Fields,
    pub agents: Vec<Offered>,
    /// Whether the reader may change it.
    pub may_change: bool,
}

/// What changes with each of its versions, beside the fields.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Saved {
    pub id: String,
    pub name: String,
    pub version: u32,
    /// An agent that is switched on.
    pub is_active: bool,
    /// Of a workflow: what it takes.
    pub estimate: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct History {
    pub state: Saved,
    pub may_change: bool,
    /// The latest first, with the time they were made.
    pub versions: Vec<(u32, DateTime<Utc>)>,
    /// There are older ones that are not listed.
    pub has_more: bool,
}

/// A field that differs, and in which words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    pub field: String,
    pub paragraphs: Vec<Vec<Piece>>,
}

#[server(protocol = Exchange)]
pub async fn library(shelf: Shelf) -> Result<Listed, Refused> {
    crate::ssr::library::listed(shelf).await
}

/// Without an id: where a new one begins.
#[server(ReadSheet, protocol = Exchange)]
pub async fn sheet(shelf: Shelf, #[server(default)] id: Option<String>) -> Result<Sheet, Refused> {
    match id {
        Some(id) => crate::ssr::library::sheet(shelf, id).await,
        None => crate::ssr::library::blank(shelf).await,
    }
}

/// A plain form goes on to its page.
#[server(protocol = Exchange)]
pub async fn create_sheet(shelf: Shelf, fields: Fields) -> Result<Saved, Refused> {
    crate::ssr::library::create(shelf, &fields).await
}

/// `version` is the one that the writer saw.
#[server(protocol = Exchange)]
pub async fn save_sheet(
    shelf: Shelf,
    id: String,
    #[server(default)] version: Option<u32>,
    fields: Fields,
) -> Result<Saved, Refused> {
    crate::ssr::library::save(shelf, id, version, &fields).await
}

/// A plain form goes on to the list.
#[server(protocol = Exchange)]
pub async fn delete_sheet(
    shelf: Shelf,
    id: String,
    #[server(default)] version: Option<u32>,
) -> Result<(), Refused> {
    crate::ssr::library::delete(shelf, id, version).await
}

/// What was exported becomes a new one. A plain form goes on to its page.
#[server(protocol = Exchange)]
pub async fn import_sheet(shelf: Shelf, json: String) -> Result<Saved, Refused> {
    crate::ssr::library::import(shelf, &json).await
}

#[server(protocol = Exchange)]
pub async fn sheet_history(shelf: Shelf, id: String) -> Result<History, Refused> {
    crate::ssr::library::history(shelf, id).await
}

#[server(protocol = Exchange)]
pub async fn compare_sheets(
    shelf: Shelf,
    id: String,
    from: u32,
    to: u32,
) -> Result<Vec<Difference>, Refused> {
    crate::ssr::library::differences(shelf, id, from, to).await
}

/// A plain form goes on to the page.
#[server(protocol = Exchange)]
pub async fn restore_sheet(shelf: Shelf, id: String, version: u32) -> Result<Saved, Refused> {
    crate::ssr::library::restore(shelf, id, version).await
}

#[server(protocol = Exchange)]
pub async fn switch_agent(
    id: AgentId,
    active: bool,
    #[server(default)] version: Option<u32>,
) -> Result<Saved, Refused> {
    let (services, admin) = crate::ssr::admin()?;
    let agents = &services.agents;
    Ok(agents.switch(&admin, &id, active, version).await?.into())
}

/// What the agent contributes to a question, as it is or as it was; nothing is kept.
#[server(protocol = Exchange)]
pub async fn try_agent(
    id: AgentId,
    #[server(default)] version: Option<u32>,
    query: String,
) -> Result<Trial, Refused> {
    let (services, admin) = crate::ssr::admin()?;
    Ok(services.agents.test(&admin, &id, version, query).await?)
}
