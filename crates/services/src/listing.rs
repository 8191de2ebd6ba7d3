//! Pages of lists that are short enough to be read whole, and sorted here.

use crate::error::{Error, Result};
use chrono::{DateTime, Utc};
use domain::user::Invalid;
use domain::{AgentConfiguration, Page, Sort, SortKey, WorkflowTemplate};

/// Which part of a list.
#[derive(Clone, Debug, Default)]
pub struct Part {
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// 1 to 100, 50 if left out.
    pub limit: Option<u32>,
}

impl Part {
    pub(crate) fn size(&self) -> Result<u32> {
        let size = self.limit.unwrap_or(50);
        if (1..=100).contains(&size) {
            return Ok(size);
        }
        Err(Invalid::new("limit", "a page has 1 to 100 items").into())
    }

    /// The part of `items` after the one that the cursor names. The cursor says, too, where that
    /// one stood: should it be gone, what moved into its place comes next.
    pub(crate) fn of<T>(&self, items: Vec<T>, id: impl Fn(&T) -> String) -> Result<Page<T>> {
        let from = match &self.cursor {
            Some(cursor) => {
                let (place, last) = read_cursor(cursor).ok_or_else(wrong_cursor)?;
                let found = items.iter().position(|item| id(item) == last);
                found.map_or(place, |found| found + 1)
            }
            None => 0,
        };
        let size = self.size()? as usize;
        let more = items.len() > from.saturating_add(size);
        let items: Vec<T> = items.into_iter().skip(from).take(size).collect();
        let last = items.last().filter(|_| more);
        let next_cursor = last.map(|last| format!("{}.{}", from + size - 1, id(last)));
        Ok(Page { items, next_cursor })
    }
}

fn read_cursor(cursor: &str) -> Option<(usize, &str)> {
    let (place, last) = cursor.split_once('.')?;
    Some((place.parse().ok()?, last))
}

/// What lists are sorted by.
pub(crate) trait Sorted {
    fn name(&self) -> &str;
    fn created_at(&self) -> DateTime<Utc>;
    fn updated_at(&self) -> DateTime<Utc>;

    /// Equal ones stay as they stand.
    fn sort(items: &mut [Self], sort: Sort)
    where
        Self: Sized,
    {
        items.sort_by(|a, b| {
            let order = match sort.by {
                SortKey::Name => a.name().to_lowercase().cmp(&b.name().to_lowercase()),
                SortKey::CreatedAt => a.created_at().cmp(&b.created_at()),
                SortKey::LastChange => a.updated_at().cmp(&b.updated_at()),
            };
            if sort.descending {
                order.reverse()
            } else {
                order
            }
        });
    }
}

impl Sorted for AgentConfiguration {
    fn name(&self) -> &str {
        &self.config.name
    }

    fn created_at(&self) -> DateTime<Utc> {
        self.created_at
    }

    fn updated_at(&self) -> DateTime<Utc> {
        self.updated_at
    }
}

impl Sorted for WorkflowTemplate {
    fn name(&self) -> &str {
        &self.workflow.name
    }

    fn created_at(&self) -> DateTime<Utc> {
        self.created_at
    }

    fn updated_at(&self) -> DateTime<Utc> {
        self.updated_at
    }
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

    #[test]
    fn pages_follow_each_other_without_gaps() {
        let mut cursor = None;
        let mut seen = Vec::new();
        loop {
            let part = Part {
                cursor,
                limit: Some(2),
            };
            let page = part.of((1..=5).collect(), i32::to_string).unwrap();
            seen.push(page.items);
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(seen, [vec![1, 2], vec![3, 4], vec![5]]);
        for cursor in ["7", "", ".", "x.7"] {
            let wrong = Part {
                cursor: Some(cursor.to_owned()),
                limit: None,
            };
            assert!(wrong.of(vec![1], i32::to_string).is_err(), "{cursor}");
        }
        // The last one of the page before is gone, or others came before it.
        for (cursor, items, rest) in [
            ("1.2", vec![1, 3, 4], vec![3, 4]),
            ("1.2", vec![0, 1, 2, 3], vec![3]),
            ("9.9", vec![1, 2], vec![]),
        ] {
            let part = Part {
                cursor: Some(cursor.to_owned()),
                limit: None,
            };
            assert_eq!(part.of(items, i32::to_string).unwrap().items, rest);
        }
        for limit in [0, 101] {
            let part = Part {
                cursor: None,
                limit: Some(limit),
            };
            assert!(part.of(vec![1], i32::to_string).is_err(), "{limit}");
        }
        let whole = Part::default().of(vec![1; 50], i32::to_string).unwrap();
        assert_eq!((whole.items.len(), whole.next_cursor), (50, None));
    }
}
