//! The organization, who belongs to it and who is invited; what its admins did.

use super::conversations::given;
use super::repeat::MadeOnce;
use super::request::{Answer, Body, Caller, Id, Params, object, object_or_default};
use super::versioned::PartQuery;
use app::ssr::AppState;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use domain::quota::Quota;
use domain::{
    ApiError, AuditEntry, Invitation, InvitationId, Organization, Page, QuotaUse, Quotas, Role,
    SignUpPolicy, User, UserId, WorkflowId,
};
use serde::{Deserialize, Deserializer, Serialize};
use services::{Admin, AuditForm, OrganizationForm, Part};
use utoipa::{IntoParams, ToSchema};

/// What is left out stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": "Analytical Engines", "requests_per_minute": 6000, "sign_up": "invite",
    "mail_domains": [], "retention_days": 365, "log_prompts": true,
    "default_workflow": null, "default_model": null,
    "quotas": { "member": { "requests": 500 }, "organization": { "cost_micros": 200_000_000 } }
}))]
pub struct OrganizationPatch {
    name: Option<String>,
    /// Requests of one member in a minute; `null` leaves it to the server.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<u32>)]
    requests_per_minute: Option<Option<u32>>,
    sign_up: Option<SignUpPolicy>,
    /// New members' mail addresses end in one of these; empty: in anything.
    mail_domains: Option<Vec<String>>,
    /// After so many days without activity conversations are deleted, in the night after this was
    /// set at the earliest; pinned ones stay. `null` keeps them.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<u32>)]
    retention_days: Option<Option<u32>>,
    /// Whether what is sent to models is kept, redacted, for admins to read. When this is switched
    /// off, what was kept goes.
    log_prompts: Option<bool>,
    /// A published workflow, for whoever prefers no other; `null` leaves it to the server.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<WorkflowId>)]
    default_workflow: Option<Option<WorkflowId>>,
    /// As provider/model, for whoever prefers no other; `null` leaves it to the server.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    default_model: Option<Option<String>>,
    /// In a calendar month (UTC), of each member and of all together; what is `null` or left out of
    /// it has no limit.
    #[serde(default, deserialize_with = "read_quotas")]
    quotas: Option<Quotas>,
}

/// Quotas whose parts are objects, too.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenQuotas {
    #[serde(default, deserialize_with = "object_or_default")]
    member: Quota,
    #[serde(default, deserialize_with = "object_or_default")]
    organization: Quota,
}

fn read_quotas<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Quotas>, D::Error> {
    let written = object::<WrittenQuotas, D>(deserializer)?;
    Ok(written.map(|it| Quotas {
        member: it.member,
        organization: it.organization,
    }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "role": "user" }))]
pub struct RoleOf {
    role: Role,
}

#[derive(Serialize, ToSchema)]
pub struct SeenMember {
    #[serde(flatten)]
    pub user: User,
    /// At most a few minutes stale.
    pub last_seen_at: Option<DateTime<Utc>>,
}

#[derive(Serialize, ToSchema)]
pub struct Invited {
    /// Lets one person sign up, within seven days. It is not shown again.
    link: String,
}

/// Read the organization
#[utoipa::path(
    get, path = "/organization", tag = "organization",
    operation_id = "get_organization",
    responses((status = OK, body = Organization)),
)]
pub async fn get(
    State(state): State<AppState>,
    Caller(member): Caller,
) -> Answer<Json<Organization>> {
    Ok(Json(state.services.accounts.organization(&member).await?))
}

/// Change the organization's name, who may join it, what is kept, limits and defaults
///
/// Admins only; who may sign up and what is kept they say after a log-in, not with an API key.
#[utoipa::path(
    patch, path = "/organization", tag = "organization",
    operation_id = "change_organization",
    request_body = OrganizationPatch,
    responses(
        (status = OK, body = Organization),
        (status = FORBIDDEN, description = "Only admins do this", body = ApiError),
    ),
)]
pub async fn change(
    State(state): State<AppState>,
    Caller(member): Caller,
    Body(patch): Body<OrganizationPatch>,
) -> Answer<Json<Organization>> {
    let admin = Admin::try_from(member)?;
    let form = OrganizationForm {
        name: patch.name,
        requests_per_minute: patch.requests_per_minute,
        sign_up: patch.sign_up,
        mail_domains: patch.mail_domains,
        retention_days: patch.retention_days,
        log_prompts: patch.log_prompts,
        default_workflow: patch.default_workflow,
        default_model: patch.default_model,
        quotas: patch.quotas,
    };
    let accounts = &state.services.accounts;
    Ok(Json(accounts.change_organization(&admin, form).await?))
}

/// Read how much of its quotas the organization has used
///
/// Admins only. In this calendar month (UTC), by everybody; deleting something gives nothing back.
#[utoipa::path(
    get, path = "/organization/quotas", tag = "organization",
    operation_id = "get_quota_use",
    responses(
        (status = OK, body = QuotaUse),
        (status = FORBIDDEN, description = "Only admins do this", body = ApiError),
    ),
)]
pub async fn quotas(
    State(state): State<AppState>,
    Caller(member): Caller,
) -> Answer<Json<QuotaUse>> {
    let admin = Admin::try_from(member)?;
    Ok(Json(state.services.analytics.quota_use(&admin).await?))
}

/// List members
///
/// Admins only. In the order in which they came, and when they were last seen.
#[utoipa::path(
    get, path = "/organization/members", tag = "organization",
    operation_id = "list_members",
    params(PartQuery),
    responses(
        (status = OK, body = Page<SeenMember>),
        (status = FORBIDDEN, description = "Only admins do this", body = ApiError),
    ),
)]
pub async fn members(
    State(state): State<AppState>,
    Caller(member): Caller,
    Params(part): Params<PartQuery>,
) -> Answer<Json<Page<SeenMember>>> {
    let admin = Admin::try_from(member)?;
    let accounts = &state.services.accounts;
    let page = accounts.members(&admin, &part.into()).await?;
    let seen = |(user, last_seen_at)| SeenMember { user, last_seen_at };
    Ok(Json(Page {
        items: page.items.into_iter().map(seen).collect(),
        next_cursor: page.next_cursor,
    }))
}

/// Change a member's role
///
/// Admins only, logged in with the password. It counts at once, on open sockets within a second.
#[utoipa::path(
    patch, path = "/organization/members/{id}", tag = "organization",
    operation_id = "change_member",
    params(("id" = UserId, Path)),
    request_body = RoleOf,
    responses(
        (status = OK, body = User),
        (status = FORBIDDEN, description = "Only admins do this", body = ApiError),
        (status = NOT_FOUND, body = ApiError),
        (status = CONFLICT, description = "It is the only admin", body = ApiError),
    ),
)]
pub async fn change_member(
    State(state): State<AppState>,
    Caller(member): Caller,
    Id(id): Id<UserId>,
    Body(RoleOf { role }): Body<RoleOf>,
) -> Answer<Json<User>> {
    let admin = Admin::try_from(member)?;
    let accounts = &state.services.accounts;
    Ok(Json(accounts.change_role(&admin, id, role).await?))
}

/// Remove a member
///
/// Admins only, logged in with the password. With everything that is theirs.
#[utoipa::path(
    delete, path = "/organization/members/{id}", tag = "organization",
    operation_id = "remove_member",
    params(("id" = UserId, Path)),
    responses(
        (status = NO_CONTENT, description = "They are gone"),
        (status = FORBIDDEN, description = "Only admins do this, and no API key", body = ApiError),
        (status = NOT_FOUND, body = ApiError),
        (status = CONFLICT, description = "It is the caller, or the only admin", body = ApiError),
    ),
)]
pub async fn remove_member(
    State(state): State<AppState>,
    Caller(member): Caller,
    Id(id): Id<UserId>,
) -> Answer<StatusCode> {
    let admin = Admin::try_from(member)?;
    state.services.accounts.remove_member(&admin, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// List open invitations
///
/// Admins only. The newest first.
#[utoipa::path(
    get, path = "/organization/invitations", tag = "organization",
    operation_id = "list_invitations",
    params(PartQuery),
    responses(
        (status = OK, body = Page<Invitation>),
        (status = FORBIDDEN, description = "Only admins do this", body = ApiError),
    ),
)]
pub async fn invitations(
    State(state): State<AppState>,
    Caller(member): Caller,
    Params(part): Params<PartQuery>,
) -> Answer<Json<Page<Invitation>>> {
    let admin = Admin::try_from(member)?;
    let accounts = &state.services.accounts;
    let page = accounts.invitation_page(&admin, &part.into()).await?;
    Ok(Json(page))
}

/// Invite somebody
///
/// Admins only, logged in with the password. Answers a link that lets one person sign up.
#[utoipa::path(
    post, path = "/organization/invitations", tag = "organization",
    operation_id = "create_invitation",
    request_body = RoleOf,
    responses(
        (status = CREATED, body = Invited),
        (status = FORBIDDEN, description = "Only admins do this", body = ApiError),
        (status = CONFLICT, description = "Signing up is closed", body = ApiError),
    ),
)]
pub async fn invite(
    State(state): State<AppState>,
    Caller(member): Caller,
    MadeOnce(once): MadeOnce,
    Body(RoleOf { role }): Body<RoleOf>,
) -> Answer<(StatusCode, Json<Invited>)> {
    let admin = Admin::try_from(member)?;
    let link = state.services.accounts.invite(&admin, role, once).await?;
    Ok((StatusCode::CREATED, Json(Invited { link })))
}

/// Take an invitation back
///
/// Admins only.
#[utoipa::path(
    delete, path = "/organization/invitations/{id}", tag = "organization",
    operation_id = "revoke_invitation",
    params(("id" = InvitationId, Path)),
    responses(
        (status = NO_CONTENT, description = "Its link does not work any more"),
        (status = FORBIDDEN, description = "Only admins do this", body = ApiError),
        (status = NOT_FOUND, body = ApiError),
    ),
)]
pub async fn revoke_invitation(
    State(state): State<AppState>,
    Caller(member): Caller,
    Id(id): Id<InvitationId>,
) -> Answer<StatusCode> {
    let admin = Admin::try_from(member)?;
    let accounts = &state.services.accounts;
    accounts.revoke_invitation(&admin, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    /// What stands before the point of an action: `members`, `keys`.
    #[serde(default)]
    group: String,
    /// The id of who did it.
    #[serde(default)]
    person: String,
    /// The first day, like 2026-11-28, in UTC.
    #[serde(default)]
    from: String,
    /// The last day.
    #[serde(default)]
    to: String,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// 1 to 100, 50 if left out.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
}

/// Read the audit trail
///
/// Admins only. The latest first. /admin/audit.csv has it as a table, by the same parameters.
#[utoipa::path(
    get, path = "/organization/audit", tag = "organization",
    operation_id = "list_audit_entries",
    params(AuditQuery),
    responses(
        (status = OK, body = Page<AuditEntry>),
        (status = FORBIDDEN, description = "Only admins do this", body = ApiError),
    ),
)]
pub async fn audit(
    State(state): State<AppState>,
    Caller(member): Caller,
    Params(query): Params<AuditQuery>,
) -> Answer<Json<Page<AuditEntry>>> {
    let admin = Admin::try_from(member)?;
    let form = AuditForm {
        group: query.group,
        person: query.person,
        from: query.from,
        to: query.to,
    };
    let part = Part {
        cursor: query.cursor,
        limit: query.limit,
    };
    Ok(Json(state.services.audit.page(&admin, form, &part).await?))
}
