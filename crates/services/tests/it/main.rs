//! The services against a real store (both databases) and the provider mock.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of a test fails the test"
)]

mod accounts;
mod administration;
mod analytics;
mod branches;
mod connections;
mod conversations;
mod deliberation;
mod estimates;
mod faults;
mod feed;
mod keeping;
mod library;
mod programs;
mod providers;
mod queue;
mod recovery;
mod replay;
mod runs;
mod shares;
mod world;

/// Every story runs on SQLite and on PostgreSQL.
macro_rules! stories {
    ($($story:ident),* $(,)?) => {$(
        mod $story {
            #[tokio::test(flavor = "multi_thread")]
            async fn sqlite() {
                super::$story(crate::world::World::on(store::testing::Kind::Sqlite).await).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn postgres() {
                super::$story(crate::world::World::on(store::testing::Kind::Postgres).await).await;
            }
        }
    )*};
}
pub(crate) use stories;
