//! Searching: by words of titles and messages, in what is theirs, whatever happened to it, and
//! whatever is typed.

use crate::places::on_both;
use crate::samples::{
    Asked, at, completed, conversation, existing, first, folder, lease, member, question, run,
    scope, start,
};
use domain::{Conversation, ConversationTitle, Role, SearchWords, User};
use store::{ConversationChange, Place, PlaceKey, Scope, Started, Store};

on_both!(
    titles_and_messages_are_found,
    what_changes_is_found_as_it_is,
    nobody_elses_is_found,
    pages_follow_each_other,
    whatever_is_typed_is_only_words,
    folders_are_counted,
);

/// Titles and messages, of whatever has these words.
async fn found(store: &Store, scope: Scope, typed: &str) -> Vec<(String, Option<String>)> {
    let Some(words) = SearchWords::of(typed) else {
        return Vec::new();
    };
    let found = store.search(scope, &words, None, 99).await.unwrap();
    found
        .into_iter()
        .map(|(conversation, message)| (conversation.title.to_string(), message))
        .collect()
}

async fn titles(store: &Store, user: &User, typed: &str) -> Vec<String> {
    let found = found(store, scope(user), typed).await;
    found.into_iter().map(|(title, _)| title).collect()
}

async fn titled(store: &Store, user: &User, number: i64, title: &str) -> Conversation {
    let mut conversation = conversation(user, at(number));
    conversation.title = ConversationTitle::try_from(title.to_owned()).unwrap();
    store.insert_conversation(&conversation).await.unwrap();
    conversation
}

/// A question there, without an answer.
async fn asked(store: &Store, user: &User, conversation: &Conversation, text: &str) -> Asked {
    let mut question = question(conversation, None, conversation.created_at);
    question.content = text.to_owned();
    let run = run(user, &question);
    let started = start(store, &run, &question, existing(&question)).await;
    assert_eq!(started, Started::New);
    Asked {
        conversation: conversation.clone(),
        question,
        run,
    }
}

async fn titles_and_messages_are_found(store: Store) {
    let ada = first(&store).await;
    let team = titled(&store, &ada, 1, "Team productivity").await;
    let of_team = asked(&store, &ada, &team, "How do remote people work together?").await;
    let node = titled(&store, &ada, 2, "Tools").await;
    let text = "Is src/main.rs or node.js <better>? See https://example.org/a-path, 3.5x. Über";
    asked(&store, &ada, &node, text).await;

    let team = vec!["Team productivity".to_owned()];
    for typed in ["team", "TEAM prod", "productivity team", "remote together"] {
        assert_eq!(titles(&store, &ada, typed).await, team, "{typed}");
    }
    // Words of one text, whole but for the last.
    for typed in ["tea productivity", "team remote", "ductivity", "remote x"] {
        assert_eq!(titles(&store, &ada, typed).await, [""; 0], "{typed}");
    }
    for typed in [
        "node.js",
        "js",
        "main.rs",
        "better",
        "example.org",
        "path",
        "3.5",
        "Über",
        "Üb",
    ] {
        assert_eq!(titles(&store, &ada, typed).await, ["Tools"], "{typed}");
    }
    assert_eq!(
        titles(&store, &ada, "t").await,
        ["Tools", "Team productivity"]
    );

    // What was found in the title alone comes without a message, otherwise with the latest one.
    let of_title = found(&store, scope(&ada), "tools").await;
    assert_eq!(of_title, [("Tools".to_owned(), None)]);
    let of_text = found(&store, scope(&ada), "better").await;
    assert_eq!(of_text, [("Tools".to_owned(), Some(text.to_owned()))]);

    let leased = lease(&store, at(11)).await.unwrap();
    assert_eq!(leased.run.id, of_team.run.id);
    let kept = completed(&of_team, at(12));
    let kept = store.keep(leased.run.id, leased.epoch, &kept).await;
    assert!(kept.unwrap());
    let of_answer = found(&store, scope(&ada), "because").await;
    let answer = Some("Because. 🦉".to_owned());
    assert_eq!(of_answer, [(team[0].clone(), answer)]);
}

async fn what_changes_is_found_as_it_is(store: Store) {
    let ada = first(&store).await;
    let plan = titled(&store, &ada, 1, "First plan").await;
    asked(&store, &ada, &plan, "Which harbour?").await;
    let renamed = ConversationChange {
        title: ConversationTitle::try_from("Other thoughts".to_owned()).ok(),
        archived: Some(true),
        ..ConversationChange::default()
    };
    let changed = store.update_conversation(scope(&ada), plan.id, &renamed, at(2));
    assert!(changed.await.unwrap().is_some());
    assert_eq!(titles(&store, &ada, "plan").await, [""; 0]);
    for typed in ["thoughts", "harbour"] {
        assert_eq!(
            titles(&store, &ada, typed).await,
            ["Other thoughts"],
            "{typed}"
        );
    }

    let untitled = conversation(&ada, at(3));
    let untitled = Conversation {
        title: ConversationTitle::default(),
        ..untitled
    };
    store.insert_conversation(&untitled).await.unwrap();
    asked(&store, &ada, &untitled, "Where are lighthouses?").await;
    let found_in = found(&store, scope(&ada), "lighthouses").await;
    assert_eq!(found_in[0].0, "Where are lighthouses?");
    assert_eq!(titles(&store, &ada, "conversation").await, [""; 0]);

    for id in [plan.id, untitled.id] {
        assert!(store.delete_conversation(scope(&ada), id).await.unwrap());
    }
    for typed in ["thoughts", "harbour", "lighthouses"] {
        assert_eq!(titles(&store, &ada, typed).await, [""; 0], "{typed}");
    }
    // The next ones do not take the place of those that are gone.
    titled(&store, &ada, 4, "Something else").await;
    assert_eq!(titles(&store, &ada, "thoughts").await, [""; 0]);
    assert_eq!(titles(&store, &ada, "else").await, ["Something else"]);
}

async fn nobody_elses_is_found(store: Store) {
    let ada = first(&store).await;
    let bob = member(&store, &ada, "bob@example.org", Role::Admin).await;
    for (user, title) in [(&ada, "Secret of Ada"), (&bob, "Secret of Bob")] {
        let made = titled(&store, user, 1, title).await;
        asked(&store, user, &made, "A secret question").await;
    }
    assert_eq!(titles(&store, &ada, "secret").await, ["Secret of Ada"]);
    assert_eq!(
        titles(&store, &bob, "secret question").await,
        ["Secret of Bob"]
    );
    assert_eq!(titles(&store, &bob, "ada").await, [""; 0]);
    let whole = Scope {
        user_id: None,
        ..scope(&ada)
    };
    assert_eq!(found(&store, whole, "secret").await.len(), 2);
}

async fn pages_follow_each_other(store: Store) {
    let ada = first(&store).await;
    for number in 0..7 {
        // Several at one moment.
        titled(&store, &ada, number / 2, &format!("Paper {number}")).await;
    }
    let words = SearchWords::of("pap").unwrap();
    let whole = store.search(scope(&ada), &words, None, 99).await.unwrap();
    assert_eq!(whole.len(), 7);
    let mut paged: Vec<(Conversation, Option<String>)> = Vec::new();
    loop {
        let after = paged.last().map(|(last, _)| Place {
            id: last.id,
            key: PlaceKey::Time(last.last_activity),
        });
        let page = store.search(scope(&ada), &words, after, 2).await.unwrap();
        if page.is_empty() {
            break;
        }
        paged.extend(page);
    }
    assert_eq!(paged, whole);
}

async fn whatever_is_typed_is_only_words(store: Store) {
    let ada = first(&store).await;
    titled(&store, &ada, 1, "Black or white and not near").await;
    let found = ["Black or white and not near"];
    for typed in [
        "black OR",
        "NOT near",
        "white AND",
        "\"black\"",
        "'white'",
        "bl* \"",
        "content : black",
        "black)",
        "^black",
        "white -near",
        "black & (",
        "white | !",
        "near\\",
        "white <-> and",
        "black:A",
        "\0black\u{202e}",
        "');drop table conversations;--",
        "{black} + 'x",
    ] {
        // No error, whether or not each of its words is there.
        let some = titles(&store, &ada, typed).await;
        assert!(some.is_empty() || some == found, "{typed}: {some:?}");
    }
    for typed in [
        "black OR",
        "NOT near",
        "\"black\"",
        "'white'",
        "^black",
        "near\\",
        "black)",
    ] {
        assert_eq!(titles(&store, &ada, typed).await, found, "{typed}");
    }
    for typed in ["x OR black", "x | black", "bl* white", "NEAR(black white)"] {
        assert_eq!(
            titles(&store, &ada, typed).await == found,
            typed.starts_with("NEAR"),
            "{typed}"
        );
    }
    let (long, many) = ("ü".repeat(5_000), "black ".repeat(1_000));
    for typed in [long.as_str(), many.as_str(), "🦉", "²", "日本", "१२"] {
        titles(&store, &ada, typed).await;
    }
    // A message with a word too long to be one, and with more words than an index takes.
    let strange = titled(&store, &ada, 2, "Strange").await;
    let many: Vec<String> = (0..60_000).map(|number| format!("w{number}")).collect();
    let text = format!("begins {} {} ends", "x".repeat(9_000), many.join(" "));
    asked(&store, &ada, &strange, &text).await;
    assert_eq!(titles(&store, &ada, "begins").await, ["Strange"]);
}

async fn folders_are_counted(store: Store) {
    let ada = first(&store).await;
    for (number, place, archived) in [
        (1, Some("work"), false),
        (2, Some("Home"), false),
        (3, Some("work"), false),
        (4, Some("work"), true),
        (5, Some("Gone"), true),
        (6, None, false),
    ] {
        let mut conversation = conversation(&ada, at(number));
        conversation.metadata.folder = place.map(folder);
        conversation.metadata.archived = archived;
        store.insert_conversation(&conversation).await.unwrap();
    }
    let folders = store.folders(scope(&ada)).await.unwrap();
    assert_eq!(folders, [(folder("Home"), 1), (folder("work"), 2)]);
}
