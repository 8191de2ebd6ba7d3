//! What the list of conversations and the pages have to agree on: when the list is out of date,
//! and which title was just given. The conversations themselves are the server's.

use domain::ConversationId;
use leptos::prelude::*;

#[derive(Clone, Copy)]
pub struct ConversationIndex {
    version: RwSignal<u32>,
    latest_title: RwSignal<Option<(ConversationId, String)>>,
}

impl ConversationIndex {
    /// Makes it known to every page; once, in `App`.
    pub fn provide() {
        provide_context(Self {
            version: RwSignal::new(0),
            latest_title: RwSignal::new(None),
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

    /// A conversation was begun, deleted or continued.
    pub fn changed(&self) {
        self.version
            .update(|version| *version = version.wrapping_add(1));
    }
}
