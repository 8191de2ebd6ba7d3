//! How much may be used in a calendar month (UTC): by each member, and by all of them together.

use crate::analytics::Named;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What is `None` has no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Quota {
    /// Questions.
    pub requests: Option<u64>,
    /// Input and output together.
    pub tokens: Option<u64>,
    /// In micro-dollars. Calls without a known price do not count.
    pub cost_micros: Option<u64>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Quotas {
    /// Of each member.
    pub member: Quota,
    /// Of all of them together.
    pub organization: Quota,
}

/// In a calendar month so far, what is under way included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Used {
    pub requests: u64,
    pub tokens: u64,
    /// As far as prices are known.
    pub cost_micros: u64,
}

/// What the quotas are of, and how much of them is used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QuotaUse {
    pub quotas: Quotas,
    /// When the month began, and when it ends.
    pub since: DateTime<Utc>,
    pub resets_at: DateTime<Utc>,
    pub organization: Used,
    /// Most tokens first; those who are gone, too.
    pub members: Vec<MemberUse>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MemberUse {
    pub member: Named,
    pub used: Used,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuotaKind {
    Requests,
    Tokens,
    Cost,
}

/// A quota that is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exhausted {
    pub kind: QuotaKind,
    pub limit: u64,
    /// The member's own, else the organization's.
    pub of_member: bool,
}

impl Quota {
    /// At most this much can be meant, so that sums stay far below what a database can count.
    pub const MOST: u64 = 1_000_000_000_000_000;

    fn is_unlimited(&self) -> bool {
        *self == Self::default()
    }

    fn exhausted(&self, used: Used) -> Option<(QuotaKind, u64)> {
        [
            (QuotaKind::Requests, self.requests, used.requests),
            (QuotaKind::Tokens, self.tokens, used.tokens),
            (QuotaKind::Cost, self.cost_micros, used.cost_micros),
        ]
        .into_iter()
        .find_map(|(kind, limit, used)| limit.filter(|limit| used >= *limit).map(|it| (kind, it)))
    }

    /// The name of the first limit that is beyond what can be meant.
    pub fn too_large(&self) -> Option<&'static str> {
        [
            ("requests", self.requests),
            ("tokens", self.tokens),
            ("cost_micros", self.cost_micros),
        ]
        .into_iter()
        .find_map(|(name, limit)| limit.filter(|limit| *limit > Self::MOST).map(|_| name))
    }
}

impl Quotas {
    pub fn are_unlimited(&self) -> bool {
        self.member.is_unlimited() && self.organization.is_unlimited()
    }

    /// Whether one more question is refused, after so much by a member and by all.
    pub fn exhausted(&self, member: Used, organization: Used) -> Option<Exhausted> {
        [
            (true, self.member.exhausted(member)),
            (false, self.organization.exhausted(organization)),
        ]
        .into_iter()
        .find_map(|(of_member, found)| {
            let (kind, limit) = found?;
            Some(Exhausted {
                kind,
                limit,
                of_member,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_that_is_reached_is_used_up() {
        let used = Used {
            requests: 10,
            tokens: 500,
            cost_micros: 0,
        };
        let quota = |requests, tokens, cost_micros| Quota {
            requests,
            tokens,
            cost_micros,
        };
        for (member, organization, expected) in [
            (quota(None, None, None), quota(None, None, None), None),
            (
                quota(Some(11), Some(501), Some(1)),
                quota(None, None, None),
                None,
            ),
            (
                quota(Some(10), None, None),
                quota(None, Some(1), None),
                Some((QuotaKind::Requests, 10, true)),
            ),
            (
                quota(None, None, None),
                quota(None, Some(500), None),
                Some((QuotaKind::Tokens, 500, false)),
            ),
            (
                quota(None, None, Some(0)),
                quota(None, None, None),
                Some((QuotaKind::Cost, 0, true)),
            ),
        ] {
            let quotas = Quotas {
                member,
                organization,
            };
            let found = quotas.exhausted(used, used);
            let found = found.map(|it| (it.kind, it.limit, it.of_member));
            assert_eq!(found, expected);
        }
    }
}
