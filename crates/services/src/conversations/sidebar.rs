//! What is listed beside every page: pinned conversations, folders, and the others by their latest
//! activity; and the search above them.

use super::{Conversations, Listing, cursor_after, page, read_cursor, searched};
use crate::access::Member;
use crate::error::Result;
use crate::listing::Part;
use domain::{Conversation, Folder, Found, Page, Sidebar, SortKey};

/// So many of the others, and of what was found, are one page.
const PAGE: u32 = 30;
/// Of pinned ones, and of those in folders: as many as one looks through.
const MOST: u32 = 60;

impl Conversations {
    /// `cursor`: of the others, the page after that one.
    pub async fn sidebar(&self, member: &Member, cursor: Option<String>) -> Result<Sidebar> {
        let some = |pinned, filed| Listing {
            pinned: Some(pinned),
            filed,
            part: Part {
                cursor: None,
                limit: Some(MOST),
            },
            ..Listing::default()
        };
        let mut pinned = self.list(member, some(true, None)).await?.items;
        pinned.sort_by_key(|it| std::cmp::Reverse(it.metadata.pinned_at));
        let mut filed = self.list(member, some(false, Some(true))).await?.items;
        let folders = self.store.folders(member.scope()).await?;
        let folders = folders.into_iter().map(|(name, count)| {
            let is_in = |it: &mut Conversation| it.metadata.folder.as_ref() == Some(&name);
            let latest = filed.extract_if(.., is_in).collect();
            Folder {
                name,
                count,
                latest,
            }
        });
        Ok(Sidebar {
            pinned,
            folders: folders.collect(),
            others: self.others(member, cursor).await?,
            now: self.clock.now(),
        })
    }

    /// Neither pinned nor in a folder.
    pub async fn others(
        &self,
        member: &Member,
        cursor: Option<String>,
    ) -> Result<Page<Conversation>> {
        let others = Listing {
            pinned: Some(false),
            filed: Some(false),
            part: Part {
                cursor,
                limit: Some(PAGE),
            },
            ..Listing::default()
        };
        self.list(member, others).await
    }

    /// By words in titles and messages, the last of which may be the beginning of one; the latest
    /// activity first, archived ones too.
    pub async fn search(
        &self,
        member: &Member,
        q: &str,
        cursor: Option<String>,
    ) -> Result<Page<Found>> {
        let Some(words) = searched(q)? else {
            return Ok(Page {
                items: Vec::new(),
                next_cursor: None,
            });
        };
        let key = SortKey::LastChange;
        let after = cursor.map(|cursor| read_cursor(key, &cursor)).transpose()?;
        let found = self
            .store
            .search(member.scope(), &words, after, PAGE + 1)
            .await?;
        let found = found.into_iter().map(|(conversation, message)| Found {
            title: words.marked(conversation.title.as_str()),
            excerpt: message.map(|message| words.excerpt(&message)),
            conversation,
        });
        Ok(page(found.collect(), PAGE, |last| {
            cursor_after(key, &last.conversation)
        }))
    }
}
