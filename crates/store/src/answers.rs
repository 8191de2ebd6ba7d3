//! Whether a PostgreSQL answers, known before anybody asks it something: a request that would have
//! to wait for it can be refused at once.

use crate::db::Db;
use crate::{Store, StoreError};
use sqlx::{Connection, PgConnection};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::time::{sleep, timeout};

const EVERY: Duration = Duration::from_millis(500);
/// Longer than a busy server takes for an empty question.
const PATIENCE: Duration = Duration::from_secs(2);

/// Innocent until proven guilty: true before the first look, and always for a file.
#[derive(Debug)]
pub(crate) struct Answers(AtomicBool);

impl Default for Answers {
    fn default() -> Self {
        Self(AtomicBool::new(true))
    }
}

/// Longer than a query waits for a connection.
const LONGEST: Duration = Duration::from_secs(8);

impl Store {
    /// For who asks again. A PostgreSQL that was cut off never answers; a file answers in its own
    /// time.
    pub async fn in_time<T>(
        &self,
        answer: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        if self.is_sqlite() {
            return answer.await;
        }
        timeout(LONGEST, answer)
            .await
            .unwrap_or_else(|_| Err(StoreError::late()))
    }

    /// As of the last look; see [`Store::watch`].
    pub fn answers(&self) -> bool {
        self.answers.0.load(Ordering::Relaxed)
    }

    /// Looks for as long as it is polled, on a connection of its own: that all others are busy is
    /// no outage.
    pub async fn watch(&self) {
        let Db::Postgres(pool) = &self.read else {
            return;
        };
        let options = pool.connect_options();
        let mut held: Option<PgConnection> = None;
        loop {
            let asking = async {
                let connection = match &mut held {
                    Some(connection) => connection,
                    None => held.insert(PgConnection::connect_with(&options).await?),
                };
                connection.ping().await
            };
            let answers = match timeout(PATIENCE, asking).await {
                Ok(Ok(())) => true,
                // No room for this one says nothing about those that are connected.
                Ok(Err(sqlx::Error::Database(error))) => error.code().as_deref() == Some("53300"),
                _ => {
                    held = None;
                    false
                }
            };
            if self.answers.0.swap(answers, Ordering::Relaxed) != answers {
                if answers {
                    tracing::info!("PostgreSQL answers again");
                } else {
                    tracing::warn!(
                        "PostgreSQL does not answer: requests are refused until it does"
                    );
                }
            }
            sleep(EVERY).await;
        }
    }
}
