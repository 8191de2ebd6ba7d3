//! When a commit on SQLite is on the disk. Waiting for the disk takes longer than everything else
//! in a transaction, so those that end at the same time wait for it together: each is written to
//! the log without waiting, then one of them has the log brought to the disk for all.

use crate::StoreError;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use tokio::sync::Mutex;

#[derive(Debug)]
pub(crate) struct Durability {
    log: PathBuf,
    /// How many transactions have been written.
    written: AtomicU64,
    /// How many of them are known to be on the disk; held by whoever waits for it.
    on_disk: Mutex<u64>,
    /// The disk has refused. The system forgets what it could not write, so that a later success
    /// would prove nothing: only opening the database again shows what is there.
    refused: Arc<AtomicBool>,
}

impl Durability {
    /// Of the database in that file.
    pub fn of(database: &Path) -> Self {
        let mut log = database.as_os_str().to_owned();
        log.push("-wal");
        Self {
            log: log.into(),
            written: AtomicU64::new(0),
            on_disk: Mutex::new(0),
            refused: Arc::default(),
        }
    }

    /// Ends when what this caller has committed is on the disk.
    pub async fn reached(&self) -> Result<(), StoreError> {
        let mine = self.written.fetch_add(1, Ordering::AcqRel) + 1;
        let mut on_disk = self.on_disk.lock().await;
        if *on_disk >= mine {
            return Ok(());
        }
        if self.refused.load(Ordering::Acquire) {
            let error = io::Error::other("the disk has refused to keep it; start overmind again");
            return Err(sqlx::Error::Io(error).into());
        }
        let all = self.written.load(Ordering::Acquire);
        // Opened anew each time: it is another file after the last connection has closed.
        let (log, refused) = (self.log.clone(), self.refused.clone());
        // To its end, also when the caller goes away meanwhile.
        tokio::task::spawn_blocking(move || bring_to_disk(&log, &refused))
            .await
            .unwrap_or_else(|panicked| Err(io::Error::other(panicked)))
            .map_err(sqlx::Error::Io)?;
        *on_disk = all;
        Ok(())
    }
}

fn bring_to_disk(log: &Path, refused: &AtomicBool) -> io::Result<()> {
    match File::open(log) {
        Ok(log) => log.sync_data().inspect_err(|error| {
            tracing::error!(%error, "the disk has refused to keep what was written");
            refused.store(true, Ordering::Release);
        }),
        // The last connection has moved it into the database, and waited for the disk.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;
    use std::task::Poll;

    #[tokio::test]
    async fn a_log_that_cannot_be_brought_to_disk_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("a.db");
        let durability = Durability::of(&database);
        durability.reached().await.unwrap();
        std::fs::write(folder.path().join("a.db-wal"), "a log").unwrap();
        durability.reached().await.unwrap();
        // A name that is no file of this folder at all.
        let elsewhere = Durability::of(Path::new("/proc/self/mem/x"));
        assert!(elsewhere.reached().await.is_err());
    }

    #[tokio::test]
    #[cfg(unix)]
    async fn a_disk_that_has_refused_is_not_believed_again() {
        let folder = tempfile::tempdir().unwrap();
        let durability = Durability::of(&folder.path().join("a.db"));
        let log = folder.path().join("a.db-wal");
        // It can be opened, and has no disk behind it.
        std::os::unix::fs::symlink("/dev/null", &log).unwrap();
        assert!(durability.reached().await.is_err());
        std::fs::remove_file(&log).unwrap();
        std::fs::write(&log, "a log").unwrap();
        assert!(durability.reached().await.is_err());
    }

    #[tokio::test]
    async fn those_who_come_together_wait_together() {
        let folder = tempfile::tempdir().unwrap();
        let durability = Durability::of(&folder.path().join("a.db"));
        let held = durability.on_disk.lock().await;
        let mut waiting: Vec<_> = (0..20).map(|_| Box::pin(durability.reached())).collect();
        for one in &mut waiting {
            poll_fn(|context| {
                assert!(one.as_mut().poll(context).is_pending());
                Poll::Ready(())
            })
            .await;
        }
        drop(held);
        waiting.remove(0).await.unwrap();
        // The next in the queue holds it.
        let second = waiting.remove(0);
        second.await.unwrap();
        drop(waiting);
        assert_eq!(*durability.on_disk.lock().await, 20, "once for all");
    }
}
