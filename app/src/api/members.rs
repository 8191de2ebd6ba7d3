//! Who belongs to the organization, and how they come in; for its admins.

use super::{Exchange, Refused};
use chrono::{DateTime, Utc};
use domain::{ApiKey, ApiKeyId, Role, Session, SessionId, User, UserId};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeenMember {
    pub user: User,
    /// At most a few minutes stale.
    pub last_seen_at: Option<DateTime<Utc>>,
}

/// Somebody, with the log-ins and keys that they come in with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MemberEntries {
    pub user: User,
    pub sessions: Vec<Session>,
    pub keys: Vec<ApiKey>,
}

/// In the order in which they came.
#[server(ListMembers, protocol = Exchange)]
pub async fn members() -> Result<Vec<SeenMember>, Refused> {
    let (services, admin) = crate::ssr::admin()?;
    let members = services.accounts.members_seen(&admin).await?;
    let seen = |(user, last_seen_at)| SeenMember { user, last_seen_at };
    Ok(members.into_iter().map(seen).collect())
}

#[server(ReadMember, protocol = Exchange)]
pub async fn member(id: UserId) -> Result<MemberEntries, Refused> {
    let (services, admin) = crate::ssr::admin()?;
    let (user, _, sessions, keys) = services.accounts.entries(&admin, id).await?;
    Ok(MemberEntries {
        user,
        sessions,
        keys,
    })
}

#[server(protocol = Exchange)]
pub async fn change_role(id: UserId, role: Role) -> Result<(), Refused> {
    let (services, admin) = crate::ssr::admin()?;
    services.accounts.change_role(&admin, id, role).await?;
    Ok(())
}

#[server(protocol = Exchange)]
pub async fn end_member_session(id: SessionId) -> Result<(), Refused> {
    let (services, admin) = crate::ssr::admin()?;
    Ok(services.accounts.end_session_of_member(&admin, id).await?)
}

#[server(protocol = Exchange)]
pub async fn revoke_member_key(id: ApiKeyId) -> Result<(), Refused> {
    let (services, admin) = crate::ssr::admin()?;
    Ok(services.accounts.revoke_key_of_member(&admin, id).await?)
}

/// With everything that is theirs. A plain form goes on to the others.
#[server(protocol = Exchange)]
pub async fn remove_member(id: UserId) -> Result<(), Refused> {
    let (services, admin) = crate::ssr::admin()?;
    services.accounts.remove_member(&admin, id).await?;
    crate::ssr::go_on("/admin/members?done=removed");
    Ok(())
}
