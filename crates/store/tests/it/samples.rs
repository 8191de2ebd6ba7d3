//! People, conversations and runs to tell stories about.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    AgentConfiguration, Conversation, ConversationId, ConversationMetadata, ConversationTitle,
    EmailAddress, Event, EventData, FolderName, Message, MessageId, MessageMetadata, MessageRole,
    Organization, OrganizationId, OrganizationName, PersonName, Preferences, Role, Run, RunId,
    RunStatus, Source, Tag, User, UserId, WorkflowId, WorkflowTemplate, shipped,
};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use store::{
    Admission, CancelRequest, Conversing, Created, Founded, Founding, Kept, Leased, Load, Posed,
    RunEnd, Scope, Started, Store, TokenHash,
};
use uuid::Uuid;

/// A new id, greater than all before it.
pub fn id() -> Uuid {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 | u128::from(number))
}

/// That many milliseconds after some noon, to the microsecond.
pub fn at(milliseconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(1_767_268_800_000_001).unwrap()
        + TimeDelta::milliseconds(milliseconds)
}

pub fn token(number: u8) -> TokenHash {
    [number; 32]
}

pub fn email(text: &str) -> EmailAddress {
    EmailAddress::try_from(text.to_owned()).unwrap()
}

pub fn name(text: &str) -> PersonName {
    PersonName::try_from(text.to_owned()).unwrap()
}

pub fn tag(text: &str) -> Tag {
    Tag::try_from(text.to_owned()).unwrap()
}

pub fn folder(text: &str) -> FolderName {
    FolderName::try_from(text.to_owned()).unwrap()
}

pub fn organization() -> Organization {
    let name = OrganizationName::try_from("Søren & 日本".to_owned()).unwrap();
    Organization::founded(OrganizationId(id()), name, at(0))
}

pub fn user(organization: OrganizationId, address: &str, role: Role) -> User {
    User {
        id: UserId(id()),
        organization_id: organization,
        email: email(address),
        name: name("Ada Łovelace 🦉"),
        role,
        preferences: Preferences {
            quality_threshold: Some(7.3),
            show_debug_info: true,
            ..Preferences::default()
        },
        created_at: at(1),
        updated_at: at(1),
    }
}

pub fn agents(organization: OrganizationId) -> Vec<AgentConfiguration> {
    let configured = |config| AgentConfiguration {
        config,
        organization_id: organization,
        is_active: true,
        created_at: at(2),
        updated_at: at(2),
    };
    shipped::agents().into_iter().map(configured).collect()
}

pub fn workflows(organization: OrganizationId) -> Vec<WorkflowTemplate> {
    let template = |workflow| WorkflowTemplate {
        workflow,
        organization_id: organization,
        is_public: true,
        created_by: None,
        created_at: at(2),
        updated_at: at(2),
    };
    shipped::workflows().into_iter().map(template).collect()
}

/// An organization with its admin, the shipped agents and workflows.
pub async fn found(store: &Store, address: &str, only_as_first: bool) -> (Founded, User) {
    let organization = organization();
    let admin = user(organization.id, address, Role::Admin);
    let founding = Founding {
        organization: &organization,
        admin: &admin,
        password_hash: "hash",
        agents: &agents(organization.id),
        workflows: &workflows(organization.id),
        only_as_first,
    };
    (store.found(founding).await.unwrap(), admin)
}

/// The first account.
pub async fn first(store: &Store) -> User {
    let (founded, user) = found(store, "ada@example.org", true).await;
    assert_eq!(founded, Founded::Yes);
    user
}

/// Another member of somebody's organization.
pub async fn member(store: &Store, of: &User, address: &str, role: Role) -> User {
    let user = user(of.organization_id, address, role);
    let created = store.create_account(&user, "hash").await.unwrap();
    assert_eq!(created, Created::Yes);
    user
}

pub fn scope(user: &User) -> Scope {
    Scope {
        organization_id: user.organization_id,
        user_id: Some(user.id),
    }
}

pub fn conversation(user: &User, created_at: DateTime<Utc>) -> Conversation {
    Conversation {
        id: ConversationId(id()),
        organization_id: user.organization_id,
        user_id: user.id,
        title: ConversationTitle::from_question("Wie geht’s? 👋🏽"),
        created_at,
        updated_at: created_at,
        last_activity: created_at,
        message_count: 0,
        active_leaf_id: None,
        metadata: ConversationMetadata {
            tags: ["ü", "日本"].map(tag).into(),
            folder: Some(folder("Work")),
            archived: false,
            pinned_at: None,
            source: Source::Browser,
        },
    }
}

pub fn question(
    conversation: &Conversation,
    parent: Option<MessageId>,
    created_at: DateTime<Utc>,
) -> Message {
    Message {
        id: MessageId(id()),
        organization_id: conversation.organization_id,
        conversation_id: conversation.id,
        parent_id: parent,
        role: MessageRole::User,
        content: " Why?\n".to_owned(),
        run_id: None,
        created_at,
        metadata: MessageMetadata::default(),
        feedback: None,
    }
}

/// How long a worker had a run.
pub const WORKED: Duration = Duration::from_millis(1_500);

/// Asked after what the question follows.
pub fn existing(question: &Message) -> Conversing<'static> {
    Conversing::Existing {
        leaf: question.parent_id,
        title: ConversationTitle::from_question(&question.content),
    }
}

pub fn run(user: &User, question: &Message) -> Run {
    let id = id();
    Run {
        id: RunId(id),
        organization_id: user.organization_id,
        user_id: user.id,
        conversation_id: question.conversation_id,
        question_id: question.id,
        answer_id: MessageId(self::id()),
        workflow_id: WorkflowId::from(shipped::DEFAULT_WORKFLOW),
        request_id: format!("request {id}"),
        status: RunStatus::Queued,
        outcome: None,
        score: None,
        error_code: None,
        last_seq: 0,
        created_at: question.created_at,
        started_at: None,
        finished_at: None,
    }
}

pub fn brief() -> Value {
    json!({ "question": " Why?\n", "history": [], "threshold": 8.7 })
}

pub const NO_BOUNDS: Load = bounds(u32::MAX);

pub const fn bounds(most: u32) -> Load {
    Load {
        of_user: most,
        of_organization: most,
        waiting: most,
    }
}

/// From the browser, with room for everybody.
pub const ANYHOW: Admission = Admission {
    most: NO_BOUNDS,
    source: Source::Browser,
};

pub async fn start(
    store: &Store,
    run: &Run,
    question: &Message,
    conversing: Conversing<'_>,
) -> Started {
    let start = store
        .start_run(run, &brief(), Posed::New(question), conversing, &ANYHOW)
        .await;
    start.unwrap()
}

/// A question in a conversation of its own.
pub struct Asked {
    pub conversation: Conversation,
    pub question: Message,
    pub run: Run,
}

pub async fn ask(store: &Store, user: &User, when: DateTime<Utc>) -> Asked {
    let (started, asked) = ask_within(store, user, when, &NO_BOUNDS).await;
    assert_eq!(started, Started::New);
    asked
}

/// The same where there may be no room.
pub async fn ask_within(
    store: &Store,
    user: &User,
    when: DateTime<Utc>,
    most: &Load,
) -> (Started, Asked) {
    let conversation = conversation(user, when);
    let question = question(&conversation, None, when);
    let run = run(user, &question);
    let conversing = Conversing::New(&conversation);
    let admission = Admission {
        most: *most,
        ..ANYHOW
    };
    let started = store
        .start_run(
            &run,
            &brief(),
            Posed::New(&question),
            conversing,
            &admission,
        )
        .await;
    let asked = Asked {
        conversation,
        question,
        run,
    };
    (started.unwrap(), asked)
}

/// The next run, leased for ten seconds from then.
pub async fn lease(store: &Store, now: DateTime<Utc>) -> Option<Leased> {
    let until = now + TimeDelta::seconds(10);
    store
        .lease_run("a worker", now, until, Some(now))
        .await
        .unwrap()
}

/// What is queued and running, as whoever is refused for it hears.
pub async fn load(store: &Store, user: &User) -> Load {
    match ask_within(store, user, at(0), &bounds(0)).await {
        (Started::Full(load), _) => load,
        (other, _) => panic!("{other:?}"),
    }
}

/// How many of a person's runs are queued or running.
pub async fn active(store: &Store, user: &User) -> u32 {
    load(store, user).await.of_user
}

pub fn cancelled(by: &str) -> CancelRequest {
    CancelRequest {
        by: by.to_owned(),
        reason: "changed my mind 🙃".to_owned(),
    }
}

pub fn event(run: &Run, seq: u64, data: EventData) -> Event {
    Event {
        run_id: run.id,
        conversation_id: run.conversation_id,
        seq,
        ts: at(100),
        iteration: 1,
        data,
    }
}

pub fn answer(asked: &Asked, when: DateTime<Utc>) -> Message {
    Message {
        id: asked.run.answer_id,
        parent_id: Some(asked.question.id),
        role: MessageRole::Assistant,
        content: "Because. 🦉".to_owned(),
        run_id: Some(asked.run.id),
        metadata: MessageMetadata {
            quality_score: Some(0.1 + 0.2),
            tokens_used: Some(7),
            ..MessageMetadata::default()
        },
        ..question(&asked.conversation, None, when)
    }
}

/// The run's end with an answer.
pub fn completed(asked: &Asked, when: DateTime<Utc>) -> Kept {
    Kept {
        end: Some(RunEnd {
            status: RunStatus::Completed,
            outcome: Some(domain::Outcome::Passed),
            score: Some(9.1),
            error_code: None,
            first_token_ms: None,
            answer: Some(answer(asked, when)),
            title: None,
            finished_at: when,
        }),
        ..Kept::default()
    }
}
