//! The SQLite file: made for its owner only, held by one process, refused when it is newer,
//! damaged or no database, and unchanged when the disk is full. And servers that are not there.

use crate::places::open;
use crate::samples::{
    ANYHOW, WORKED, ask, at, brief, completed, event, existing, first, lease, question, run, scope,
    start,
};
use domain::{EventData, User};
use sqlx::{Connection, Executor, PgConnection, SqliteConnection};
use std::path::{Path, PathBuf};
use std::time::Duration;
use store::testing::{Kind, TestDatabase};
use store::{PoolSizes, Posed, Renewal, Started, Store, StoreError};

struct File {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

impl File {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data/deep/overmind.db");
        Self {
            _folder: folder,
            path,
        }
    }

    async fn open(&self, parameters: &str) -> Result<Store, StoreError> {
        let url = format!("sqlite:{}{parameters}", self.path.display());
        Store::open(&url, PoolSizes::default(), true).await
    }
}

#[cfg(unix)]
#[tokio::test]
async fn it_is_made_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let file = File::new();
    let store = file.open("").await.unwrap();
    first(&store).await;
    store.ping().await.unwrap();
    assert!(store.is_sqlite());
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let folder = file.path.parent().unwrap();
    assert_eq!(mode(folder), 0o700);
    let mut names = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
        names += 1;
    }
    assert_eq!(names, 4, "the database, its log, the log's index, the lock");
}

#[tokio::test]
async fn one_process_holds_it() {
    let file = File::new();
    let store = file.open("").await.unwrap();
    let ada = first(&store).await;
    let refused = file.open("").await.unwrap_err();
    assert!(matches!(refused, StoreError::InUse { .. }));
    assert!(
        refused.to_string().contains("OVERMIND_DATA_DIR"),
        "{refused}"
    );

    // A short command beside it.
    let url = format!("sqlite:{}", file.path.display());
    let beside = Store::open(&url, PoolSizes::default(), false)
        .await
        .unwrap();
    assert_eq!(beside.user(ada.id).await.unwrap(), Some(ada.clone()));
    beside.close().await;

    store.close().await;
    drop(store);
    let again = file.open("").await.unwrap();
    assert_eq!(again.user(ada.id).await.unwrap(), Some(ada));
}

#[tokio::test]
async fn what_is_no_database_is_left_alone() {
    for (content, said) in [
        (
            b"These are my notes. ".repeat(500),
            "not an SQLite database",
        ),
        (Vec::new(), ""),
    ] {
        let file = File::new();
        std::fs::create_dir_all(file.path.parent().unwrap()).unwrap();
        std::fs::write(&file.path, &content).unwrap();
        match file.open("").await {
            Ok(_) => assert!(content.is_empty(), "an empty file becomes a database"),
            Err(error) => {
                assert!(matches!(error, StoreError::Unreadable { .. }), "{error:?}");
                assert!(error.to_string().contains(said), "{error}");
                assert_eq!(std::fs::read(&file.path).unwrap(), content);
            }
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().display());
    let error = Store::open(&url, PoolSizes::default(), true).await;
    assert!(
        matches!(error, Err(StoreError::Unreadable { .. })),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_damaged_file_is_refused() {
    let file = File::new();
    let store = file.open("").await.unwrap();
    first(&store).await;
    store.close().await;
    drop(store);
    // The header is whole, what follows it is not.
    let mut content = std::fs::read(&file.path).unwrap();
    content[100..].fill(0xa5);
    std::fs::write(&file.path, content).unwrap();
    let error = file.open("").await.unwrap_err();
    assert!(matches!(error, StoreError::Unreadable { .. }), "{error:?}");
    assert!(error.to_string().contains("damaged"), "{error}");
}

#[tokio::test]
async fn a_newer_database_is_refused() {
    let newer = "insert into _sqlx_migrations \
         (version, description, success, checksum, execution_time) \
         values (9999, 'later', true, '00', 0)";
    let file = File::new();
    file.open("").await.unwrap().close().await;
    let url = format!("sqlite:{}", file.path.display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    connection.execute(newer).await.unwrap();
    connection.close().await.unwrap();
    let error = file.open("").await.unwrap_err();
    assert!(matches!(error, StoreError::Newer), "{error:?}");

    let database = TestDatabase::fresh(Kind::Postgres).await;
    open(&database).await.close().await;
    let mut connection = PgConnection::connect(&database.url).await.unwrap();
    connection.execute(newer).await.unwrap();
    let error = Store::open(&database.url, PoolSizes::default(), true).await;
    assert!(matches!(error, Err(StoreError::Newer)), "{error:?}");
}

#[tokio::test]
async fn a_server_that_is_not_there() {
    let sizes = PoolSizes {
        acquire_timeout: Duration::from_millis(300),
        ..PoolSizes::default()
    };
    let url = "postgres://ada:hunter2@127.0.0.1:1/overmind";
    let error = Store::open(url, sizes, true).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
    assert!(error.to_string().contains("refused"), "{error}");
    assert!(!format!("{error} {error:?}").contains("hunter2"));

    let database = TestDatabase::fresh(Kind::Postgres).await;
    let url = database.url.replace("overmind@", "overmind:hunter2@") + "_missing";
    let error = Store::open(&url, sizes, true).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
    assert!(!format!("{error} {error:?}").contains("hunter2"));
}

async fn ask_much(store: &Store, ada: &User, asked: &crate::samples::Asked) -> StoreError {
    let parent = Some(asked.run.answer_id);
    let mut question = question(&asked.conversation, parent, at(50));
    question.content = "why ".repeat(1 << 20);
    let run = run(ada, &question);
    let brief = brief();
    let start = store.start_run(
        &run,
        &brief,
        Posed::New(&question),
        existing(&question),
        &ANYHOW,
    );
    start.await.unwrap_err()
}

#[tokio::test]
async fn a_full_disk_changes_nothing() {
    let file = File::new();
    let store = file.open("?max_page_count=400").await.unwrap();
    let ada = first(&store).await;
    let asked = ask(&store, &ada, at(1)).await;
    let leased = lease(&store, at(2)).await.unwrap();

    // An answer, its event and the run's end, of which the event does not fit.
    let large = EventData::DraftCompleted {
        draft_id: 1,
        content: "because ".repeat(1 << 20),
    };
    let mut kept = completed(&asked, at(3));
    kept.events = vec![
        event(&asked.run, 1, EventData::SynthesisStarted {}),
        event(&asked.run, 2, large),
    ];
    let error = store
        .keep(asked.run.id, leased.epoch, &kept)
        .await
        .unwrap_err();
    assert!(error.is_full(), "{error:?}");
    assert!(error.to_string().contains("space"), "{error}");
    let unchanged = store.run(scope(&ada), asked.run.id).await.unwrap();
    assert_eq!(unchanged, Some(leased.run.clone()));
    let events = store.events(scope(&ada), asked.run.id, 0, 9).await.unwrap();
    assert!(events.is_empty());
    let renewed = store
        .renew_lease(asked.run.id, leased.epoch, at(60), WORKED)
        .await;
    assert_eq!(renewed.unwrap(), Renewal::Held { cancel: None });

    // What fits is kept, and the next large question changes nothing either.
    kept.events.truncate(1);
    assert!(store.keep(asked.run.id, leased.epoch, &kept).await.unwrap());
    let before = store.conversation(scope(&ada), asked.conversation.id).await;
    let before = before.unwrap().unwrap();
    assert!(ask_much(&store, &ada, &asked).await.is_full());
    let after = store.conversation(scope(&ada), asked.conversation.id).await;
    assert_eq!(after.unwrap(), Some(before));
    let messages = store.messages(scope(&ada), asked.conversation.id).await;
    assert_eq!(messages.unwrap().len(), 2);

    // With more room it goes on.
    store.close().await;
    drop(store);
    let store = file.open("").await.unwrap();
    let question = question(&asked.conversation, Some(asked.run.answer_id), at(60));
    let next = run(&ada, &question);
    let started = start(&store, &next, &question, existing(&question)).await;
    assert_eq!(started, Started::New);
}
