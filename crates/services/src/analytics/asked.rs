//! Which figures are asked for, as it is typed.

use crate::error::{Error, Result};
use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, Utc};
use domain::analytics::{Filter, Interval, Period};
use domain::user::Invalid;
use domain::{AgentId, ModelName, UserId, WorkflowId};

/// Days of the period that nobody asked for.
const USUAL_DAYS: u64 = 30;
const MOST_DAYS: i64 = 731;
/// Of a period that is shown by the hour.
const MOST_DAYS_OF_HOURS: i64 = 7;
/// Up to so many days are shown by the hour by themselves.
const DAYS_OF_HOURS: i64 = 2;

/// Which figures, as it is typed; what is empty does not matter.
#[derive(Clone, Debug, Default)]
pub struct AnalyticsForm {
    /// So many days up to today, 30 if left out; `from` and `to` come before it.
    pub days: String,
    /// The first day, like 2026-11-28, in UTC.
    pub from: String,
    /// The last day; else today.
    pub to: String,
    /// `hour`, for a week at most and not for one person, or `day`; else what suits the period.
    pub interval: String,
    pub workflow: String,
    pub agent: String,
    pub model: String,
    /// A person's id; for admins.
    pub user: String,
}

#[derive(Debug, PartialEq)]
pub(super) struct Asked {
    pub period: Period,
    pub filter: Filter,
}

impl AnalyticsForm {
    pub(super) fn read(self, now: DateTime<Utc>) -> Result<Asked> {
        let set = |text: String| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let read_day = |field, text| set(text).map(|text| day(field, &text)).transpose();
        let to = read_day("to", self.to)?;
        let from = read_day("from", self.from)?;
        let to = to.unwrap_or_else(|| now.date_naive().max(from.unwrap_or_default()));
        let many = set(self.days).map(|text| text.parse::<u64>().ok());
        let many = match many {
            None => USUAL_DAYS,
            Some(Some(days)) if (1..=MOST_DAYS.unsigned_abs()).contains(&days) => days,
            Some(_) => return Err(Invalid::new("days", "write a number from 1 to 731").into()),
        };
        let from = from
            .or_else(|| to.checked_sub_days(Days::new(many - 1)))
            .unwrap_or(to);
        let days = (to - from).num_days() + 1;
        if days < 1 {
            return Err(Invalid::new("to", "the last day comes before the first").into());
        }
        if days > MOST_DAYS {
            return Err(Invalid::new("from", "ask for two years at most").into());
        }
        let user = set(self.user).map(|id| id.parse::<UserId>()).transpose();
        let user = user.map_err(|_| Invalid::new("user", "this is no person's id"))?;
        let model = set(self.model).map(|name| name.parse::<ModelName>());
        let model = model.transpose().map_err(|error| Error::Invalid {
            field: "model",
            message: error.to_string(),
        })?;
        let interval = match set(self.interval).as_deref() {
            None if days <= DAYS_OF_HOURS && user.is_none() => Interval::Hour,
            None | Some("day") => Interval::Day,
            Some("hour") if days > MOST_DAYS_OF_HOURS => {
                let message = "ask for a week at most by the hour";
                return Err(Invalid::new("interval", message).into());
            }
            Some("hour") if user.is_some() => {
                let message = "one person's figures are kept by the day only";
                return Err(Invalid::new("interval", message).into());
            }
            Some("hour") => Interval::Hour,
            Some(_) => return Err(Invalid::new("interval", "write hour or day").into()),
        };
        Ok(Asked {
            period: Period { from, to, interval },
            filter: Filter {
                workflow: set(self.workflow).map(WorkflowId::new),
                agent: set(self.agent).map(AgentId::new),
                model,
                user,
            },
        })
    }
}

fn day(field: &'static str, text: &str) -> Result<NaiveDate> {
    let day: Option<NaiveDate> = text.parse().ok();
    // Times of other years do not sort as texts, which is how one of the databases keeps them.
    let day = day.filter(|day| (1970..=9998).contains(&day.year()));
    day.ok_or_else(|| Invalid::new(field, "write a day like 2026-11-28").into())
}

/// When the period begins, and when it is over.
pub(super) fn bounds(period: Period) -> (DateTime<Utc>, DateTime<Utc>) {
    let midnight = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
    let after = period.to.checked_add_days(Days::new(1));
    (midnight(period.from), midnight(after.unwrap_or(period.to)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(fields: &[(&str, &str)]) -> AnalyticsForm {
        let mut form = AnalyticsForm::default();
        for (name, text) in fields {
            let field = match *name {
                "days" => &mut form.days,
                "from" => &mut form.from,
                "to" => &mut form.to,
                "interval" => &mut form.interval,
                "workflow" => &mut form.workflow,
                "agent" => &mut form.agent,
                "model" => &mut form.model,
                _ => &mut form.user,
            };
            (*text).clone_into(field);
        }
        form
    }

    fn now() -> DateTime<Utc> {
        "2026-11-29T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_period_is_what_was_asked_or_what_suits() {
        for (fields, from, to, interval) in [
            (&[][..], "2026-10-31", "2026-11-29", Interval::Day),
            (
                &[("from", "2026-11-28")],
                "2026-11-28",
                "2026-11-29",
                Interval::Hour,
            ),
            (
                &[("from", "2026-11-20")],
                "2026-11-20",
                "2026-11-29",
                Interval::Day,
            ),
            (&[("days", "7")], "2026-11-23", "2026-11-29", Interval::Day),
            (&[("days", "1")], "2026-11-29", "2026-11-29", Interval::Hour),
            (
                &[("days", "7"), ("from", "2026-11-29")],
                "2026-11-29",
                "2026-11-29",
                Interval::Hour,
            ),
            (
                &[("to", "2026-03-01")],
                "2026-01-31",
                "2026-03-01",
                Interval::Day,
            ),
            (
                &[("from", "2026-11-23"), ("interval", "hour")],
                "2026-11-23",
                "2026-11-29",
                Interval::Hour,
            ),
            (
                &[("from", "2027-01-01")],
                "2027-01-01",
                "2027-01-01",
                Interval::Hour,
            ),
        ] {
            let period = form(fields).read(now()).unwrap().period;
            assert_eq!(
                (
                    period.from.to_string(),
                    period.to.to_string(),
                    period.interval
                ),
                (from.to_owned(), to.to_owned(), interval)
            );
        }
    }

    #[test]
    fn what_cannot_be_meant_is_refused_by_its_field() {
        let ada = "0190a3c2-0000-7000-8000-000000000001";
        for (fields, field) in [
            (&[("from", "28.11.2026")][..], "from"),
            (&[("days", "0")], "days"),
            (&[("days", "a week")], "days"),
            (&[("to", "2026-02-30")], "to"),
            (&[("from", "2026-02-02"), ("to", "2026-02-01")], "to"),
            (&[("from", "2020-01-01")], "from"),
            (&[("from", "0001-01-01")], "from"),
            (&[("interval", "minute")], "interval"),
            (&[("interval", "hour")], "interval"),
            (
                &[("from", "2026-11-29"), ("interval", "hour"), ("user", ada)],
                "interval",
            ),
            (&[("model", "gpt")], "model"),
            (&[("user", "ada")], "user"),
        ] {
            match form(fields).read(now()) {
                Err(Error::Invalid { field: told, .. }) => assert_eq!(told, field),
                other => panic!("{fields:?}: {other:?}"),
            }
        }
    }
}
