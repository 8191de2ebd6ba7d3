//! Ids. Agents, workflows and checklist items carry readable slugs, everything else a UUID.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

macro_rules! slug {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub struct $name(String);

        impl $name {
            pub fn new(id: impl Into<String>) -> Self {
                Self(id.into())
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(id: &str) -> Self {
                Self(id.to_owned())
            }
        }
    };
}

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}

slug!(
    /// An agent: `creative`, or a UUID for the ones people add.
    AgentId
);
slug!(
    /// A workflow: `overmind`, or a UUID for the ones people add.
    WorkflowId
);
slug!(
    /// One item of a run's checklist, unique within the run.
    ItemId
);
uuid_id!(
    /// One execution of a workflow on a question; `task_id` in the specification's events.
    RunId
);
uuid_id!(ConversationId);
uuid_id!(MessageId);
uuid_id!(UserId);
uuid_id!(OrganizationId);
uuid_id!(
    /// A log-in; cookies and refresh tokens carry a secret, never this.
    SessionId
);
uuid_id!(InvitationId);
uuid_id!(ApiKeyId);
uuid_id!(ConnectionId);
uuid_id!(AuditEntryId);
uuid_id!(ShareId);
