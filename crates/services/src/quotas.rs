//! Quotas: what is used up is refused in words, and admins see how much is used.

use crate::access::{Admin, Member};
use crate::accounts::QuotaTexts;
use crate::analytics::Analytics;
use crate::error::{Error, Result};
use chrono::{DateTime, Datelike, Months, Utc};
use domain::ledger::month_of;
use domain::quota::{Exhausted, MemberUse, Quota, QuotaKind, QuotaUse, Quotas};
use domain::user::Invalid;
use store::Store;

fn next_month(now: DateTime<Utc>) -> DateTime<Utc> {
    let month = month_of(now);
    month.checked_add_months(Months::new(1)).unwrap_or(month)
}

/// Why nothing more is accepted, and until when.
pub(crate) fn used_up(exhausted: Exhausted, now: DateTime<Utc>) -> Error {
    let Exhausted {
        kind,
        limit,
        of_member,
    } = exhausted;
    let what = match kind {
        QuotaKind::Requests => format!("{} questions", grouped(limit)),
        QuotaKind::Tokens => format!("{} tokens", grouped(limit)),
        QuotaKind::Cost => format!(
            "${}.{:02}",
            grouped(limit / 1_000_000),
            limit / 10_000 % 100
        ),
    };
    let whose = if of_member {
        "You have used up your quota"
    } else {
        "Your organization has used up its quota"
    };
    let reset = next_month(now);
    let day = format!("{}-{:02}-{:02}", reset.year(), reset.month(), reset.day());
    Error::QuotaReached {
        message: format!(
            "{whose} of {what} a month. It begins anew on {day} (UTC); an admin may raise it."
        ),
        retry_after: u64::try_from((reset - now).num_seconds()).unwrap_or_default(),
    }
}

/// 1,234,567.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// Refuses what would use models where a quota is used up. Questions are refused where they are
/// kept, which counts them one after the other.
pub(crate) async fn admit(store: &Store, member: &Member, now: DateTime<Utc>) -> Result<()> {
    let user = member.user();
    let organization = store.organization(user.organization_id).await?;
    let quotas = organization.map(|it| it.quotas).unwrap_or_default();
    if quotas.are_unlimited() {
        return Ok(());
    }
    let month = month_of(now);
    let (own, all) = store.used(user.organization_id, user.id, month).await?;
    match quotas.exhausted(own, all) {
        Some(exhausted) => Err(used_up(exhausted, now)),
        None => Ok(()),
    }
}

/// Refuses limits beyond what can be meant.
pub(crate) fn check(quotas: &Quotas) -> Result<()> {
    let too_large = quotas
        .member
        .too_large()
        .or(quotas.organization.too_large());
    match too_large {
        None => Ok(()),
        Some(_) => Err(Error::Invalid {
            field: "quotas",
            message: format!("a quota is {} at most", grouped(Quota::MOST)),
        }),
    }
}

impl QuotaTexts {
    pub(crate) fn read(self) -> Result<Quotas> {
        Ok(Quotas {
            member: Quota {
                requests: whole("member_requests", &self.member_requests)?,
                tokens: whole("member_tokens", &self.member_tokens)?,
                cost_micros: dollars("member_cost", &self.member_cost)?,
            },
            organization: Quota {
                requests: whole("organization_requests", &self.organization_requests)?,
                tokens: whole("organization_tokens", &self.organization_tokens)?,
                cost_micros: dollars("organization_cost", &self.organization_cost)?,
            },
        })
    }
}

fn whole(field: &'static str, text: &str) -> Result<Option<u64>> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let read = text.parse::<u64>().ok().filter(|it| *it <= Quota::MOST);
    match read {
        Some(limit) => Ok(Some(limit)),
        None => Err(Invalid::new(field, "write a whole number, or nothing for no limit").into()),
    }
}

/// Dollars with cents or less, as micro-dollars: no sum of money is read as a fraction.
fn dollars(field: &'static str, text: &str) -> Result<Option<u64>> {
    let text = text.trim().trim_start_matches('$');
    if text.is_empty() {
        return Ok(None);
    }
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let is_plain = |text: &str| text.chars().all(|digit| digit.is_ascii_digit());
    let read = || {
        if !is_plain(whole) || !is_plain(part) || part.len() > 6 {
            return None;
        }
        let whole: u64 = whole.parse().ok()?;
        let part: u64 = format!("{part:0<6}").parse().ok()?;
        let micros = whole.checked_mul(1_000_000)?.checked_add(part)?;
        (micros <= Quota::MOST).then_some(micros)
    };
    match read() {
        Some(micros) => Ok(Some(micros)),
        None => Err(Invalid::new(field, "write dollars like 25 or 2.50, or nothing").into()),
    }
}

impl Analytics {
    /// How much of its quotas the organization has used this month.
    pub async fn quota_use(&self, admin: &Admin) -> Result<QuotaUse> {
        let user = admin.member().user();
        let now = self.clock.now();
        let (since, organization) = (month_of(now), user.organization_id);
        let found = self.store.organization(organization).await?;
        let quotas = found.ok_or(Error::NotFound("organization"))?.quotas;
        let (_, all) = self.store.used(organization, user.id, since).await?;
        let people = self.people(organization).await?;
        let members = self.store.used_by_members(organization, since).await?;
        let members = members.into_iter().map(|(id, used)| MemberUse {
            member: people.named(id),
            used,
        });
        Ok(QuotaUse {
            quotas,
            since,
            resets_at: next_month(now),
            organization: all,
            members: members.collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_which_quota_and_until_when() {
        let now: DateTime<Utc> = "2026-12-31T23:59:00Z".parse().unwrap();
        for (kind, limit, of_member, expected) in [
            (
                QuotaKind::Requests,
                1_000,
                true,
                "You have used up your quota of 1,000 questions a month. It begins anew on \
                 2027-01-01 (UTC); an admin may raise it.",
            ),
            (
                QuotaKind::Cost,
                12_345_678,
                false,
                "Your organization has used up its quota of $12.34 a month. It begins anew on \
                 2027-01-01 (UTC); an admin may raise it.",
            ),
        ] {
            let refused = used_up(
                Exhausted {
                    kind,
                    limit,
                    of_member,
                },
                now,
            );
            match refused {
                Error::QuotaReached {
                    message,
                    retry_after,
                } => assert_eq!((message.as_str(), retry_after), (expected, 60)),
                other => panic!("{other:?}"),
            }
        }
        for (text, expected) in [
            ("", Some(None)),
            (" 25 ", Some(Some(25_000_000))),
            ("$2.5", Some(Some(2_500_000))),
            ("0.000001", Some(Some(1))),
            ("0.0000001", None),
            ("-1", None),
            ("1e3", None),
            (".", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(dollars("member_cost", text).ok(), expected, "{text}");
        }
        assert_eq!(grouped(7), "7");
        assert_eq!(grouped(1_234_567), "1,234,567");
    }
}
