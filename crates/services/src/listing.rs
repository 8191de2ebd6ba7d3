//! Pages of lists that are short enough to be read whole, and sorted here.

use crate::error::{Error, Result};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use domain::user::Invalid;
use domain::{AgentConfiguration, Page, Sort, SortKey, WorkflowTemplate, shipped};

/// Which part of a list.
#[derive(Clone, Debug, Default)]
pub struct Part {
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// 1 to 100, 50 if left out.
    pub limit: Option<u32>,
}

/// Where something stands in its list: what the list is sorted by, as a text that sorts alike,
/// then what tells it from its equals.
pub(crate) type Place = (String, String);

impl Part {
    pub(crate) fn size(&self) -> Result<u32> {
        let size = self.limit.unwrap_or(50);
        if (1..=100).contains(&size) {
            return Ok(size);
        }
        Err(Invalid::new("limit", "a page has 1 to 100 items").into())
    }

    /// The part of `items` after the place that the cursor names, whether or not anything stands
    /// there still: what comes and goes meanwhile hides nothing else.
    pub(crate) fn of<T>(
        &self,
        items: Vec<T>,
        descending: bool,
        place: impl Fn(&T) -> Place,
    ) -> Result<Page<T>> {
        let size = self.size()? as usize;
        let cursor = self.cursor.as_deref();
        let after = cursor
            .map(|cursor| read_cursor(cursor).ok_or_else(wrong_cursor))
            .transpose()?;
        let is_after = |a: &Place, b: &Place| if descending { a < b } else { a > b };
        let mut items: Vec<(Place, T)> = items
            .into_iter()
            .map(|item| (place(&item), item))
            .filter(|(place, _)| after.as_ref().is_none_or(|after| is_after(place, after)))
            .collect();
        items.sort_by(|(a, _), (b, _)| if descending { b.cmp(a) } else { a.cmp(b) });
        let more = items.len() > size;
        items.truncate(size);
        let last = items.last().filter(|_| more);
        Ok(Page {
            next_cursor: last.map(|(place, _)| cursor_after(place)),
            items: items.into_iter().map(|(_, item)| item).collect(),
        })
    }
}

/// Opaque to callers.
fn cursor_after((key, id): &Place) -> String {
    let [key, id] = [key, id].map(|text| BASE64_URL_SAFE_NO_PAD.encode(text));
    format!("{key}.{id}")
}

fn read_cursor(cursor: &str) -> Option<Place> {
    let read = |text| String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(text).ok()?).ok();
    let (key, id) = cursor.split_once('.')?;
    Some((read(key)?, read(id)?))
}

/// Numbers that sort as texts.
pub(crate) fn number(number: impl Into<i64>) -> String {
    format!("{:020}", number.into())
}

pub(crate) fn moment(time: DateTime<Utc>) -> String {
    number(time.timestamp_micros())
}

/// By what a list is sorted, and whether from the end; without a choice as things were added.
pub(crate) fn order(sort: Option<Sort>) -> (SortKey, bool) {
    sort.map_or((SortKey::CreatedAt, false), |sort| {
        (sort.by, sort.descending)
    })
}

pub(crate) fn agent_place(agent: &AgentConfiguration, by: SortKey) -> Place {
    let id = agent.config.id.to_string();
    let key = match by {
        SortKey::Name => agent.config.name.to_lowercase(),
        SortKey::CreatedAt => {
            let shipped = shipped::agents();
            let rank = shipped.iter().position(|it| it.id == agent.config.id);
            added(agent.created_at, rank)
        }
        SortKey::LastChange => moment(agent.updated_at),
    };
    (key, id)
}

pub(crate) fn workflow_place(template: &WorkflowTemplate, by: SortKey) -> Place {
    let id = template.workflow.id.to_string();
    let key = match by {
        SortKey::Name => template.workflow.name.to_lowercase(),
        SortKey::CreatedAt => {
            let shipped = shipped::workflows();
            let rank = shipped.iter().position(|it| it.id == template.workflow.id);
            added(template.created_at, rank)
        }
        SortKey::LastChange => moment(template.updated_at),
    };
    (key, id)
}

/// What is shipped comes in one moment, and has an order of its own.
fn added(at: DateTime<Utc>, rank: Option<usize>) -> String {
    format!("{}{:03}", moment(at), rank.unwrap_or(999))
}

pub(crate) fn wrong_cursor() -> Error {
    Error::Invalid {
        field: "cursor",
        message: "This is no cursor of this list: leave it out to begin at the first page."
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(item: &i64) -> Place {
        (number(*item), String::new())
    }

    fn part(cursor: Option<String>, limit: u32) -> Part {
        Part {
            cursor,
            limit: Some(limit),
        }
    }

    #[test]
    fn pages_follow_each_other_without_gaps() {
        for (descending, pages) in [
            (false, [vec![1, 2], vec![3, 4], vec![5]]),
            (true, [vec![5, 4], vec![3, 2], vec![1]]),
        ] {
            let mut cursor = None;
            let mut seen = Vec::new();
            loop {
                let part = part(cursor, 2);
                let page = part.of(vec![4, 2, 5, 1, 3], descending, place).unwrap();
                seen.push(page.items);
                cursor = page.next_cursor;
                if cursor.is_none() {
                    break;
                }
            }
            assert_eq!(seen, pages);
        }
        for cursor in ["7", "", "x.7!", "é."] {
            let wrong = part(Some(cursor.to_owned()), 2);
            assert!(wrong.of(vec![1], false, place).is_err(), "{cursor}");
        }
        for limit in [0, 101] {
            assert!(part(None, limit).of(vec![1], false, place).is_err());
        }
        let whole = Part::default().of(vec![1; 50], false, place).unwrap();
        assert_eq!((whole.items.len(), whole.next_cursor), (50, None));
    }

    #[test]
    fn what_goes_and_comes_meanwhile_hides_nothing_else() {
        let first = part(None, 3).of((1..=9).collect(), false, place).unwrap();
        let rest = |items: Vec<i64>| {
            let part = part(first.next_cursor.clone(), 9);
            part.of(items, false, place).unwrap().items
        };
        assert_eq!(rest((1..=9).collect()), [4, 5, 6, 7, 8, 9]);
        assert_eq!(rest((4..=9).collect()), [4, 5, 6, 7, 8, 9], "all are gone");
        assert_eq!(rest(vec![-1, 0, 1, 2, 3, 4]), [4]);
        assert_eq!(rest(vec![1, 9]), [9]);
    }
}
