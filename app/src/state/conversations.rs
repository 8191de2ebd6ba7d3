//! What the list of conversations and the pages have to agree on: when the list is out of date,
//! what it shows, and what was just done with a conversation. The conversations themselves are the
//! server's.

use domain::{Conversation, ConversationId, ConversationMetadata};
use leptos::prelude::*;
use leptos_router::location::Url;
use serde::{Deserialize, Serialize};

/// Which conversations are listed while nothing is searched.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Shelf {
    /// All but the archived ones, in their sections.
    #[default]
    All,
    Folder(String),
    Tag(String),
    Archived,
}

impl Shelf {
    /// What stands for it in an address, to which more may be added.
    pub fn query(&self) -> String {
        match self {
            Self::All => "?".to_owned(),
            Self::Folder(name) => format!("?folder={}", Url::escape(name)),
            Self::Tag(name) => format!("?tag={}", Url::escape(name)),
            Self::Archived => "?archived=true".to_owned(),
        }
    }
}

#[derive(Clone, Copy)]
pub struct ConversationIndex {
    version: RwSignal<u32>,
    latest_title: RwSignal<Option<(ConversationId, String)>>,
    latest_filing: RwSignal<Option<(ConversationId, ConversationMetadata)>>,
    pub shelf: RwSignal<Shelf>,
    /// What is searched.
    pub words: RwSignal<String>,
    /// The folders that were opened, by their names.
    pub open_folders: RwSignal<Vec<String>>,
    /// What was done last, for those who do not see it.
    pub said: RwSignal<String>,
    /// The one whose entry gets the focus when the list has been read again.
    pub focus_next: RwSignal<Option<ConversationId>>,
    /// The one that the pointer drags.
    pub dragged: RwSignal<Option<ConversationId>>,
    called: RwSignal<u32>,
}

impl ConversationIndex {
    /// Makes it known to every page; once, in `App`.
    pub fn provide() {
        provide_context(Self {
            version: RwSignal::new(0),
            latest_title: RwSignal::new(None),
            latest_filing: RwSignal::new(None),
            shelf: RwSignal::default(),
            words: RwSignal::default(),
            open_folders: RwSignal::default(),
            said: RwSignal::default(),
            focus_next: RwSignal::new(None),
            dragged: RwSignal::new(None),
            called: RwSignal::new(0),
        });
    }

    #[expect(clippy::expect_used, reason = "App provides it around every page")]
    pub fn expect() -> Self {
        use_context()
            .expect("ConversationIndex::provide() comes before ConversationIndex::expect()")
    }

    /// Changes whenever the list has to be read again.
    pub fn version(&self) -> u32 {
        self.version.get()
    }

    /// Lists that shelf, and calls the list into view.
    pub fn show(&self, shelf: Shelf) {
        self.words.set(String::new());
        self.shelf.set(shelf);
        self.called
            .update(|called| *called = called.wrapping_add(1));
    }

    /// Changes whenever the list is called into view.
    pub fn called(&self) -> u32 {
        self.called.get()
    }

    pub fn renamed(&self, id: ConversationId, title: String) {
        self.latest_title.set(Some((id, title)));
        self.changed();
    }

    /// The title that this conversation was given since the page was loaded.
    pub fn title_of(&self, id: ConversationId) -> Option<String> {
        self.latest_title
            .with(|latest| latest.clone().filter(|(renamed, _)| *renamed == id))
            .map(|(_, title)| title)
    }

    /// It was moved, tagged, pinned or archived.
    pub fn filed(&self, conversation: &Conversation, said: String) {
        let metadata = &conversation.metadata;
        if let Some(folder) = &metadata.folder {
            self.open_folder(folder.as_str(), true);
        }
        self.said.set(said);
        self.latest_filing
            .set(Some((conversation.id, metadata.clone())));
        self.changed();
    }

    /// Where this conversation was put since the page was loaded.
    pub fn filing_of(&self, id: ConversationId) -> Option<ConversationMetadata> {
        self.latest_filing
            .with(|latest| latest.clone().filter(|(filed, _)| *filed == id))
            .map(|(_, metadata)| metadata)
    }

    pub fn open_folder(&self, name: &str, open: bool) {
        self.open_folders.update(|folders| {
            folders.retain(|it| it != name);
            if open {
                folders.push(name.to_owned());
            }
        });
    }

    /// A conversation was begun, deleted or continued.
    pub fn changed(&self) {
        self.version
            .update(|version| *version = version.wrapping_add(1));
    }
}
