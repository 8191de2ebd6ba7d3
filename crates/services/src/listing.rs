//! Pages of lists that are short enough to be read whole.

use crate::error::{Error, Result};
use domain::Page;
use domain::user::Invalid;

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

    /// The part of `items` after the one that the cursor names.
    pub(crate) fn of<T>(&self, items: Vec<T>, id: impl Fn(&T) -> String) -> Result<Page<T>> {
        let from = match &self.cursor {
            Some(cursor) => {
                let last = items.iter().position(|item| id(item) == *cursor);
                last.ok_or_else(wrong_cursor)? + 1
            }
            None => 0,
        };
        let size = self.size()? as usize;
        let more = items.len() > from + size;
        let items: Vec<T> = items.into_iter().skip(from).take(size).collect();
        let next_cursor = items.last().filter(|_| more).map(id);
        Ok(Page { items, next_cursor })
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
        let wrong = Part {
            cursor: Some("7".to_owned()),
            limit: None,
        };
        assert!(wrong.of(vec![1], i32::to_string).is_err());
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
