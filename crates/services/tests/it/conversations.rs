//! Conversations: listed, read, renamed, deleted, and never somebody else's.

use crate::stories;
use crate::world::{World, ada, finished, invited, listing, member, passing, query};
use chrono::TimeDelta;
use domain::transcript::Ending;
use domain::wire::Query;
use domain::{
    ApiError, Conversation, ConversationId, Fragment, MessageRole, Role, RunId, Sort, SortKey,
    Source,
};
use provider_mock::Mock;
use services::{Clock, ConversationForm, Error, Listing, Member, Part, Services};
use uuid::Uuid;

stories!(
    a_conversation_goes_on,
    the_list_pages,
    what_its_owner_writes_on_it,
    the_sidebar_has_each_conversation_once,
    a_search_shows_what_it_found,
    nobody_elses,
);

fn titled(title: &str) -> ConversationForm {
    ConversationForm {
        title: Some(title.to_owned()),
        ..ConversationForm::default()
    }
}

async fn what_its_owner_writes_on_it(world: World) {
    let services = world.idle().await;
    let ada = ada(&services).await;
    let conversations = &services.conversations;
    let form = ConversationForm {
        title: Some("Plans".to_owned()),
        tags: Some(vec![" work ".to_owned(), "ü".to_owned()]),
        folder: Some(Some("Team".to_owned())),
        archived: None,
        pinned: None,
        leaf: None,
    };
    let made = conversations
        .create(&ada, form, Source::Api, None)
        .await
        .unwrap();
    assert_eq!(conversations.get(&ada, made.id).await.unwrap(), made);
    assert_eq!((made.title.as_str(), made.message_count), ("Plans", 0));
    assert_eq!(made.metadata.source, Source::Api);
    assert!(
        conversations
            .messages(&ada, made.id, &Part::default())
            .await
            .unwrap()
            .items
            .is_empty()
    );
    let unnamed = conversations.create(&ada, ConversationForm::default(), Source::Api, None);
    assert_eq!(unnamed.await.unwrap().title.as_str(), "New conversation");

    let found = async |listing| conversations.list(&ada, listing).await.unwrap().items.len();
    let tagged = |tag: &str| Listing {
        tag: Some(tag.to_owned()),
        ..Listing::default()
    };
    assert_eq!(found(Listing::default()).await, 2);
    assert_eq!(found(tagged("work")).await, 1);
    let out = ConversationForm {
        folder: Some(None),
        archived: Some(true),
        ..ConversationForm::default()
    };
    let changed = conversations.change(&ada, made.id, out).await.unwrap();
    assert_eq!(changed.metadata.folder, None);
    assert_eq!(changed.metadata.tags, made.metadata.tags);
    assert_eq!(found(tagged("work")).await, 0);
    let archived = Listing {
        archived: true,
        q: Some("plan".to_owned()),
        ..tagged("work")
    };
    assert_eq!(found(archived).await, 1);

    for (form, field) in [
        (titled(" "), "title"),
        (
            ConversationForm {
                tags: Some(vec!["x".to_owned(); 21]),
                ..ConversationForm::default()
            },
            "tags",
        ),
        (
            ConversationForm {
                tags: Some(vec!["a\nb".to_owned()]),
                ..ConversationForm::default()
            },
            "tags",
        ),
        (
            ConversationForm {
                folder: Some(Some("x".repeat(101))),
                ..ConversationForm::default()
            },
            "folder",
        ),
    ] {
        let refused = conversations.change(&ada, made.id, form.clone()).await;
        assert!(matches!(refused, Err(Error::Invalid { field: f, .. }) if f == field));
        let refused = conversations.create(&ada, form, Source::Api, None).await;
        assert!(matches!(refused, Err(Error::Invalid { field: f, .. }) if f == field));
    }
    assert_eq!(conversations.get(&ada, made.id).await.unwrap(), changed);
}

async fn the_sidebar_has_each_conversation_once(world: World) {
    let services = world.idle().await;
    let ada = ada(&services).await;
    let conversations = &services.conversations;
    for (title, folder, pinned, archived) in [
        ("In Work", Some("Work"), None, None),
        ("First pin", Some("Work"), Some(true), None),
        ("At home", Some("home"), None, None),
        ("Second pin", None, Some(true), None),
        ("Gone", Some("Old"), Some(true), Some(true)),
    ] {
        world.clock.advance(TimeDelta::seconds(1));
        let form = ConversationForm {
            folder: folder.map(|name| Some(name.to_owned())),
            pinned,
            archived,
            ..titled(title)
        };
        let made = conversations.create(&ada, form, Source::Browser, None);
        made.await.unwrap();
    }
    for number in 0..32 {
        world.clock.advance(TimeDelta::seconds(1));
        let made = conversations.create(
            &ada,
            titled(&format!("Other {number}")),
            Source::Browser,
            None,
        );
        made.await.unwrap();
    }
    let sidebar = conversations.sidebar(&ada, None).await.unwrap();
    let titles = |items: &[Conversation]| -> Vec<String> {
        items.iter().map(|it| it.title.to_string()).collect()
    };
    assert_eq!(titles(&sidebar.pinned), ["Second pin", "First pin"]);
    let folders = sidebar.folders.iter();
    let folders: Vec<_> = folders
        .map(|folder| (folder.name.as_str(), folder.count, titles(&folder.latest)))
        .collect();
    assert_eq!(
        folders,
        [
            ("home", 1, vec!["At home".to_owned()]),
            ("Work", 2, vec!["In Work".to_owned()]),
        ]
    );
    assert_eq!(sidebar.now, world.clock.now());
    let first = titles(&sidebar.others.items);
    assert_eq!((first.len(), first[0].as_str()), (30, "Other 31"));
    let rest = conversations.others(&ada, sidebar.others.next_cursor).await;
    let rest = rest.unwrap();
    assert_eq!(titles(&rest.items), ["Other 1", "Other 0"]);
    assert_eq!(rest.next_cursor, None);
    let bob = invited(&services, &ada, "Bob", Role::User).await;
    let bob = member(&services, &bob).await;
    let of_bob = conversations.sidebar(&bob, None).await.unwrap();
    assert!(of_bob.pinned.is_empty() && of_bob.folders.is_empty());
    assert!(of_bob.others.items.is_empty());
}

async fn a_search_shows_what_it_found(world: World) {
    let mock = Mock::start(passing()).await.unwrap();
    let services = world.serving(&mock).await;
    let ada = ada(&services).await;
    let run = query("How do remote people work?");
    let run = services.runs.start(&ada, run, Source::Browser).await;
    let run = finished(&services, &ada, &run.unwrap()).await;
    let conversations = &services.conversations;
    let found = async |q: &str, cursor| conversations.search(&ada, q, cursor).await;
    let marked = |fragments: &[Fragment]| -> Vec<String> {
        let hits = fragments.iter().filter(|it| it.hit);
        hits.map(|it| it.text.clone()).collect()
    };

    let page = found("people remo", None).await.unwrap();
    let [hit] = &page.items[..] else {
        panic!("{page:?}")
    };
    assert_eq!(hit.conversation.id, run.conversation_id);
    assert_eq!(marked(&hit.title), ["remote", "people"]);
    assert_eq!(
        marked(hit.excerpt.as_ref().unwrap()),
        ["remote", "people"],
        "the question has them, too"
    );
    for nothing in ["", " ?! ", "nowhere"] {
        let page = found(nothing, None).await.unwrap();
        assert_eq!((page.items.len(), page.next_cursor), (0, None), "{nothing}");
    }
    let listed = async |q: &str, archived| {
        let listing = Listing {
            q: Some(q.to_owned()),
            archived,
            ..Listing::default()
        };
        conversations.list(&ada, listing).await.unwrap().items.len()
    };
    let answer = conversations.view(&ada, run.conversation_id).await.unwrap();
    let Some(Ending::Answer { content, .. }) = &answer.turns[0].transcript.ending else {
        panic!("no answer");
    };
    let words = content
        .split_whitespace()
        .take(2)
        .collect::<Vec<_>>()
        .join(" ");
    for (q, count) in [("people remo", 1), (&words, 1), (" ?! ", 0), ("nowhere", 0)] {
        assert_eq!(listed(q, false).await, count, "{q}");
        assert_eq!(listed(q, true).await, 0, "{q}");
    }
    let refused = found(&"x".repeat(201), None).await;
    assert!(matches!(refused, Err(Error::Invalid { field: "q", .. })));
    let refused = found("people", Some("x".to_owned())).await;
    assert!(matches!(
        refused,
        Err(Error::Invalid {
            field: "cursor",
            ..
        })
    ));
}

async fn a_conversation_goes_on(world: World) {
    let mock = Mock::start(passing()).await.unwrap();
    let services = world.serving(&mock).await;
    let ada = ada(&services).await;
    let first = services
        .runs
        .start(&ada, query("How do I\nbegin?"), Source::Browser)
        .await
        .unwrap();
    let busy = Query {
        conversation_id: Some(first.conversation_id),
        ..query("And then?")
    };
    let first = finished(&services, &ada, &first).await;
    let second = services
        .runs
        .start(&ada, busy, Source::Browser)
        .await
        .unwrap();
    finished(&services, &ada, &second).await;

    let view = services
        .conversations
        .view(&ada, first.conversation_id)
        .await
        .unwrap();
    assert_eq!(view.conversation.title.as_str(), "How do I begin?");
    assert_eq!(view.conversation.message_count, 4);
    let questions: Vec<_> = view
        .turns
        .iter()
        .map(|turn| turn.question.content.as_str())
        .collect();
    assert_eq!(questions, ["How do I\nbegin?", "And then?"]);
    for turn in &view.turns {
        let Some(Ending::Answer {
            content,
            html,
            metadata,
        }) = &turn.transcript.ending
        else {
            panic!("no answer");
        };
        assert!(
            html.as_deref().is_some_and(|html| html.contains("<p>")),
            "{html:?}"
        );
        assert!(!content.is_empty() && metadata.wall_ms.is_some());
        assert_eq!(turn.question.role, MessageRole::User);
    }
    // The second question carries the first one and its answer.
    let calls = mock.calls();
    let told = |call: &provider_mock::RecordedCall| {
        call.prompt.contains("And then?") && call.prompt.contains("How do I\nbegin?")
    };
    assert!(calls.iter().any(told));

    services
        .conversations
        .change(&ada, first.conversation_id, titled(" Beginnings "))
        .await
        .unwrap();
    let list = services
        .conversations
        .list(&ada, listing(None, 10))
        .await
        .unwrap();
    assert_eq!(list.items[0].title.as_str(), "Beginnings");
    let empty = services
        .conversations
        .change(&ada, first.conversation_id, titled(" "))
        .await;
    assert!(matches!(empty, Err(Error::Invalid { field: "title", .. })));
    services
        .conversations
        .delete(&ada, first.conversation_id)
        .await
        .unwrap();
    assert!(
        services
            .conversations
            .view(&ada, first.conversation_id)
            .await
            .is_err()
    );
    assert!(services.runs.get(&ada, first.id).await.is_err());
}

async fn the_list_pages(world: World) {
    let mock = Mock::start(passing()).await.unwrap();
    let services = world.serving(&mock).await;
    let ada = ada(&services).await;
    for n in 0..5 {
        let run = services
            .runs
            .start(&ada, query(&format!("Question {n}")), Source::Browser)
            .await
            .unwrap();
        finished(&services, &ada, &run).await;
        // Two of them at the same moment.
        world.clock.advance(TimeDelta::seconds(i64::from(n != 2)));
    }
    let mut titles = Vec::new();
    let mut cursor = None;
    loop {
        let page = services
            .conversations
            .list(&ada, listing(cursor, 2))
            .await
            .unwrap();
        titles.extend(
            page.items
                .into_iter()
                .map(|conversation| conversation.title.to_string()),
        );
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    titles[1..3].sort();
    assert_eq!(
        titles,
        [
            "Question 4",
            "Question 2",
            "Question 3",
            "Question 1",
            "Question 0"
        ]
    );
    let by = |by, descending| Some(Sort { by, descending });
    for (sort, first) in [
        (by(SortKey::Name, false), "Question 0"),
        (by(SortKey::Name, true), "Question 4"),
        (by(SortKey::CreatedAt, false), "Question 0"),
        (by(SortKey::LastChange, true), "Question 4"),
    ] {
        let (mut sorted, mut cursor) = (Vec::new(), None);
        loop {
            let listing = Listing {
                sort,
                ..listing(cursor, 2)
            };
            let page = services.conversations.list(&ada, listing).await.unwrap();
            sorted.extend(page.items.into_iter().map(|it| it.title.to_string()));
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!((sorted.len(), sorted[0].as_str()), (5, first), "{sort:?}");
        sorted.sort();
        sorted.dedup();
        assert_eq!(sorted.len(), 5, "{sort:?}");
    }
    let nonsense = services
        .conversations
        .list(&ada, listing(Some("x".into()), 2))
        .await;
    assert!(matches!(
        nonsense,
        Err(Error::Invalid {
            field: "cursor",
            ..
        })
    ));
}

async fn nobody_elses(world: World) {
    let mock = Mock::start(passing()).await.unwrap();
    let services = world.serving(&mock).await;
    let ada = ada(&services).await;
    let run = services
        .runs
        .start(&ada, query("Mine"), Source::Browser)
        .await
        .unwrap();
    let run = finished(&services, &ada, &run).await;
    let bob = invited(&services, &ada, "Bob", Role::User).await;
    let bob = member(&services, &bob).await;

    assert!(
        services
            .conversations
            .list(&bob, listing(None, 10))
            .await
            .unwrap()
            .items
            .is_empty()
    );
    let unknown = (ConversationId(Uuid::nil()), RunId(Uuid::nil()));
    for (conversation, run) in [(run.conversation_id, run.id), unknown] {
        for refused in refusals(&services, &bob, conversation, run).await {
            assert_eq!(refused.error.code, "not_found", "{refused:?}");
        }
    }
    let view = services
        .conversations
        .view(&ada, run.conversation_id)
        .await
        .unwrap();
    assert_eq!(
        (view.turns.len(), view.conversation.title.as_str()),
        (1, "Mine")
    );
}

/// Everything that takes an id, tried with one that is not theirs.
async fn refusals(
    services: &Services,
    who: &Member,
    conversation: ConversationId,
    run: RunId,
) -> Vec<ApiError> {
    let conversations = &services.conversations;
    let ask = Query {
        conversation_id: Some(conversation),
        ..query("Yours?")
    };
    let tried = [
        conversations.view(who, conversation).await.map(drop),
        conversations
            .change(who, conversation, titled("x"))
            .await
            .map(drop),
        conversations
            .messages(who, conversation, &Part::default())
            .await
            .map(drop),
        conversations.delete(who, conversation).await,
        services
            .runs
            .start(who, ask, Source::Browser)
            .await
            .map(drop),
        services.runs.get(who, run).await.map(drop),
        services.runs.cancel(who, run).await,
        services.runs.steps(who, run).await.map(drop),
        services.feed.follow(who, run, 0).await.map(drop),
    ];
    tried
        .into_iter()
        .map(|tried| tried.unwrap_err().into())
        .collect()
}
