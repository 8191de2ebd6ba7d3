//! What the engine has to say without waiting for anybody is kept in one transaction, because each
//! transaction waits for the disk.

use domain::event::Delta;
use engine::{Entry, Progress};
use futures::{FutureExt, Stream, StreamExt};

const MOST_ENTRIES: usize = 64;

/// Text that is being written comes after the events before it, so it ends what is taken together.
pub(super) fn with_what_is_ready(
    first: Entry,
    progress: &mut (impl Stream<Item = Progress> + Unpin),
) -> (Vec<Entry>, Option<Delta>) {
    let mut entries = vec![first];
    while entries.len() < MOST_ENTRIES {
        match progress.next().now_or_never().flatten() {
            Some(Progress::Kept(entry)) => entries.push(*entry),
            Some(Progress::Delta(delta)) => return (entries, Some(delta)),
            // It waits for a model, or has ended: whoever polls it next finds out.
            None => break,
        }
    }
    (entries, None)
}
