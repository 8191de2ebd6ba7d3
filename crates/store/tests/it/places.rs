//! Each story on both databases.

use store::testing::{Kind, TestDatabase};
use store::{PoolSizes, Store};

/// `on_both!(story)`: the tests `story::sqlite` and `story::postgres` of `async fn story(Store)`.
macro_rules! on_both {
    ($($story:ident),+ $(,)?) => {$(
        mod $story {
            use store::testing::Kind;

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                crate::places::tell(Kind::Sqlite, super::$story).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                crate::places::tell(Kind::Postgres, super::$story).await;
            }
        }
    )+};
}

pub(crate) use on_both;

pub async fn tell<F: Future<Output = ()>>(kind: Kind, story: impl FnOnce(Store) -> F) {
    let database = TestDatabase::fresh(kind).await;
    let store = open(&database).await;
    story(store.clone()).await;
    store.close().await;
}

pub async fn open(database: &TestDatabase) -> Store {
    Store::open(&database.url, PoolSizes::default(), true)
        .await
        .unwrap()
}
