//! Conversations: listing page by page, changing, deleting; and that everything is read as it
//! was written.

use crate::places::on_both;
use crate::samples::{
    answer, ask, at, completed, conversation, existing, first, folder, lease, member, question,
    run, scope, start, tag,
};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{Conversation, ConversationTitle, Role, SearchWords, Sort, SortKey};
use store::{ConversationChange, ConversationFilter, Place, PlaceKey, Scope, Started, Store};

on_both!(
    pages_have_no_gaps_and_no_repeats,
    sorted_pages_follow_each_other,
    times_sort_whatever_their_precision,
    filters,
    changing,
    the_tree_is_read_as_it_was_written,
    deleting_takes_messages_and_runs,
);

async fn pages(store: &Store, scope: Scope, archived: bool, limit: u32) -> Vec<Conversation> {
    let filter = ConversationFilter {
        archived,
        ..ConversationFilter::default()
    };
    let mut all: Vec<Conversation> = Vec::new();
    loop {
        let after = all.last().map(|last| Place {
            id: last.id,
            key: PlaceKey::Time(last.last_activity),
        });
        let page = store.conversations(scope, &filter, None, after, limit);
        let page = page.await.unwrap();
        assert!(page.len() <= limit as usize);
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}

async fn pages_have_no_gaps_and_no_repeats(store: Store) {
    let ada = first(&store).await;
    let bob = member(&store, &ada, "bob@example.org", Role::User).await;
    let mut of_ada = Vec::new();
    // Three at each of four moments.
    for number in 0..12 {
        let mut conversation = conversation(&ada, at(number / 3));
        conversation.metadata.archived = number == 5;
        store.insert_conversation(&conversation).await.unwrap();
        of_ada.push(conversation);
    }
    let of_bob = conversation(&bob, at(2));
    store.insert_conversation(&of_bob).await.unwrap();

    let archived = of_ada.remove(5);
    let newest_first = |conversations: &mut Vec<Conversation>| {
        conversations.sort_by_key(|it| std::cmp::Reverse((it.last_activity, it.id)));
    };
    newest_first(&mut of_ada);
    let mut everybody = [of_ada.clone(), vec![of_bob]].concat();
    newest_first(&mut everybody);
    let organization = Scope {
        user_id: None,
        ..scope(&ada)
    };
    for limit in [1, 2, 3, 5, 100] {
        assert_eq!(pages(&store, scope(&ada), false, limit).await, of_ada);
        assert_eq!(pages(&store, organization, false, limit).await, everybody);
    }
    assert_eq!(pages(&store, scope(&ada), true, 5).await, [archived]);
}

async fn filters(store: Store) {
    let ada = first(&store).await;
    let mut named = Vec::new();
    for (number, title, tags, place) in [
        (0, "Über Team productivity", vec!["work"], Some("Team")),
        (1, "100% of a_b!", vec!["work", "ü"], None),
        (2, "Another team", vec![], Some("Team")),
    ] {
        let mut conversation = conversation(&ada, at(number));
        conversation.title = ConversationTitle::from_question(title);
        conversation.metadata.tags = tags.into_iter().map(tag).collect();
        conversation.metadata.folder = place.map(folder);
        conversation.metadata.pinned_at = (number == 1).then_some(at(9));
        store.insert_conversation(&conversation).await.unwrap();
        named.push(conversation.id);
    }
    let filter = ConversationFilter::default();
    let by_tag = |text: &str| ConversationFilter {
        tag: Some(tag(text)),
        ..filter.clone()
    };
    let by_words = |text: &str| ConversationFilter {
        words: SearchWords::of(text),
        ..filter.clone()
    };
    let pinned = |pinned| ConversationFilter {
        pinned: Some(pinned),
        ..filter.clone()
    };
    let filed = |filed| ConversationFilter {
        filed: Some(filed),
        ..filter.clone()
    };
    let by_folder = |text: &str| ConversationFilter {
        folder: Some(folder(text)),
        ..filter.clone()
    };
    for (filter, expected) in [
        (filter.clone(), vec![2, 1, 0]),
        (by_tag("work"), vec![1, 0]),
        (by_tag("ü"), vec![1]),
        (by_tag("wor"), vec![]),
        (by_folder("Team"), vec![2, 0]),
        (by_folder("team"), vec![]),
        (by_words("TEAM"), vec![2, 0]),
        (by_words("Über"), vec![0]),
        (by_words("100%"), vec![1]),
        (by_words("a_b!"), vec![1]),
        (by_words("axb"), vec![]),
        (pinned(true), vec![1]),
        (pinned(false), vec![2, 0]),
        (filed(true), vec![2, 0]),
        (filed(false), vec![1]),
        (
            ConversationFilter {
                folder: Some(folder("Team")),
                ..by_tag("work")
            },
            vec![0],
        ),
    ] {
        let found = store
            .conversations(scope(&ada), &filter, None, None, 9)
            .await;
        let found: Vec<_> = found.unwrap().into_iter().map(|it| it.id).collect();
        let expected: Vec<_> = expected
            .into_iter()
            .map(|number: usize| named[number])
            .collect();
        assert_eq!(found, expected, "{filter:?}");
    }
}

async fn sorted_pages_follow_each_other(store: Store) {
    let ada = first(&store).await;
    for (number, title) in ["banana", "Apple", "cherry", "apple", "Éclair"]
        .into_iter()
        .enumerate()
    {
        let mut new = conversation(&ada, at(number as i64));
        new.title = ConversationTitle::try_from(title.to_owned()).unwrap();
        new.last_activity = at(10 - number as i64);
        store.insert_conversation(&new).await.unwrap();
    }
    for by in [SortKey::Name, SortKey::CreatedAt, SortKey::LastChange] {
        for descending in [false, true] {
            let sort = Sort { by, descending };
            let list = async |after, limit| {
                let filter = ConversationFilter::default();
                let page = store.conversations(scope(&ada), &filter, Some(sort), after, limit);
                page.await.unwrap()
            };
            let whole = list(None, 9).await;
            assert_eq!(whole.len(), 5);
            let mut paged: Vec<Conversation> = Vec::new();
            loop {
                let after = paged.last().map(|last| Place {
                    id: last.id,
                    key: match by {
                        SortKey::Name => PlaceKey::Title(last.title.as_str().to_owned()),
                        SortKey::CreatedAt => PlaceKey::Time(last.created_at),
                        SortKey::LastChange => PlaceKey::Time(last.last_activity),
                    },
                });
                let page = list(after, 2).await;
                if page.is_empty() {
                    break;
                }
                paged.extend(page);
            }
            assert_eq!(paged, whole, "{sort:?}");
            let in_order = |a: &Conversation, b: &Conversation| match by {
                SortKey::Name => {
                    let title = |it: &Conversation| it.title.as_str().to_ascii_lowercase();
                    // Where letters beyond ASCII go is the database's choice.
                    !title(a).is_ascii() || !title(b).is_ascii() || title(a) <= title(b)
                }
                SortKey::CreatedAt => a.created_at <= b.created_at,
                SortKey::LastChange => a.last_activity <= b.last_activity,
            };
            for pair in whole.windows(2) {
                let (a, b) = (&pair[0], &pair[1]);
                let (a, b) = if descending { (b, a) } else { (a, b) };
                assert!(in_order(a, b), "{sort:?}");
            }
        }
    }
}

async fn times_sort_whatever_their_precision(store: Store) {
    let ada = first(&store).await;
    let second: DateTime<Utc> = "2026-01-01T00:00:01Z".parse().unwrap();
    let mut written = Vec::new();
    for micros in [0, 1, 10, 999, 1_000, 100_000, 500_000, 500_001, 999_999] {
        let conversation = conversation(&ada, second + TimeDelta::microseconds(micros));
        store.insert_conversation(&conversation).await.unwrap();
        written.insert(0, conversation);
    }
    assert_eq!(pages(&store, scope(&ada), false, 2).await, written);
}

async fn changing(store: Store) {
    let ada = first(&store).await;
    let before = conversation(&ada, at(1));
    store.insert_conversation(&before).await.unwrap();
    let change = async |change: &ConversationChange, now| {
        let changed = store.update_conversation(scope(&ada), before.id, change, now);
        let changed = changed.await.unwrap().unwrap();
        let read = store.conversation(scope(&ada), before.id).await.unwrap();
        assert_eq!(read, Some(changed.clone()));
        changed
    };

    let mut expected = Conversation {
        updated_at: at(2),
        ..before.clone()
    };
    assert_eq!(
        change(&ConversationChange::default(), at(2)).await,
        expected
    );

    let everything = ConversationChange {
        title: Some(ConversationTitle::from_question("Another title")),
        tags: Some(vec![]),
        folder: Some(Some(folder("Elsewhere"))),
        archived: Some(true),
        pinned_at: Some(Some(at(3))),
        leaf: None,
    };
    expected.title = ConversationTitle::from_question("Another title");
    expected.metadata.tags = vec![];
    expected.metadata.folder = Some(folder("Elsewhere"));
    expected.metadata.archived = true;
    expected.metadata.pinned_at = Some(at(3));
    expected.updated_at = at(3);
    assert_eq!(change(&everything, at(3)).await, expected);

    let no_folder = ConversationChange {
        folder: Some(None),
        ..ConversationChange::default()
    };
    expected.metadata.folder = None;
    expected.updated_at = at(4);
    assert_eq!(change(&no_folder, at(4)).await, expected);

    let no_pin = ConversationChange {
        pinned_at: Some(None),
        ..ConversationChange::default()
    };
    expected.metadata.pinned_at = None;
    expected.updated_at = at(5);
    assert_eq!(change(&no_pin, at(5)).await, expected);
}

async fn the_tree_is_read_as_it_was_written(store: Store) {
    let ada = first(&store).await;
    let asked = ask(&store, &ada, at(10)).await;
    let leased = lease(&store, at(11)).await.unwrap();
    let kept = completed(&asked, at(12));
    assert!(
        store
            .keep(leased.run.id, leased.epoch, &kept)
            .await
            .unwrap()
    );

    let mut follow_up = question(&asked.conversation, Some(asked.run.answer_id), at(13));
    follow_up.content = "Zażółć gęślą jaźń 👩‍👩‍👧 \u{202e}\n\t\\u0000 '\"; --".to_owned();
    let second = run(&ada, &follow_up);
    let started = start(&store, &second, &follow_up, existing(&follow_up)).await;
    assert_eq!(started, Started::New);

    let messages = store
        .messages(scope(&ada), asked.conversation.id)
        .await
        .unwrap();
    assert_eq!(
        messages,
        [
            asked.question.clone(),
            answer(&asked, at(12)),
            follow_up.clone()
        ]
    );
    let conversation = store.conversation(scope(&ada), asked.conversation.id).await;
    let conversation = conversation.unwrap().unwrap();
    assert_eq!(conversation.message_count, 3);
    assert_eq!(conversation.active_leaf_id, Some(follow_up.id));
    assert_eq!(conversation.last_activity, at(13));
    assert_eq!(conversation.created_at, at(10));
}

async fn deleting_takes_messages_and_runs(store: Store) {
    let ada = first(&store).await;
    let asked = ask(&store, &ada, at(10)).await;
    let leased = lease(&store, at(11)).await.unwrap();
    let kept = completed(&asked, at(12));
    assert!(
        store
            .keep(leased.run.id, leased.epoch, &kept)
            .await
            .unwrap()
    );
    let id = asked.conversation.id;

    assert!(store.delete_conversation(scope(&ada), id).await.unwrap());
    assert!(!store.delete_conversation(scope(&ada), id).await.unwrap());
    assert_eq!(store.conversation(scope(&ada), id).await.unwrap(), None);
    assert_eq!(store.run(scope(&ada), asked.run.id).await.unwrap(), None);
    assert!(store.messages(scope(&ada), id).await.unwrap().is_empty());
    let known = store.run_by_request(ada.id, &asked.run.request_id).await;
    assert_eq!(known.unwrap(), None);
}
