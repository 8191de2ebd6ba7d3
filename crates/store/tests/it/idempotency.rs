//! Requests with a key: answered once, told apart, forgotten in time.

use crate::places::on_both;
use crate::samples::{at, first, member, token};
use domain::Role;
use store::{Claimed, Reply, RequestKey, Store};

on_both!(a_request_is_answered_once);

async fn a_request_is_answered_once(store: Store) {
    let ada = first(&store).await;
    let bob = member(&store, &ada, "bob@example.org", Role::User).await;
    let request = |user_id, route: &str, key: &str| RequestKey {
        user_id,
        route: route.to_owned(),
        key: key.to_owned(),
    };
    let mine = request(ada.id, "POST /v1/conversations", "k1");
    // Now, forgotten before 10, abandoned before 20.
    let claim = async |request: &RequestKey, hash, now| {
        store
            .claim_request(request, &token(hash), at(now), at(10), at(20))
            .await
            .unwrap()
    };
    let (one, two) = tokio::join!(claim(&mine, 1, 30), claim(&mine, 1, 30));
    assert!(
        matches!(
            (&one, &two),
            (Claimed::Yes, Claimed::UnderWay) | (Claimed::UnderWay, Claimed::Yes)
        ),
        "exactly one of two at once: {one:?}, {two:?}"
    );
    assert_eq!(claim(&mine, 2, 30).await, Claimed::Taken);
    // The same key of somebody else, or for something else, is another request.
    let theirs = request(bob.id, "POST /v1/conversations", "k1");
    assert_eq!(claim(&theirs, 2, 30).await, Claimed::Yes);
    let elsewhere = request(ada.id, "POST /v1/agents", "k1");
    assert_eq!(claim(&elsewhere, 2, 30).await, Claimed::Yes);

    let reply = Reply {
        status: 201,
        body: Some("{\"ü\":1}".to_owned()),
    };
    store.answer_request(&mine, &reply).await.unwrap();
    assert_eq!(claim(&mine, 1, 31).await, Claimed::Answered(reply));
    assert_eq!(claim(&mine, 2, 31).await, Claimed::Taken);
    let secret = Reply {
        status: 201,
        body: None,
    };
    store.answer_request(&elsewhere, &secret).await.unwrap();
    assert_eq!(claim(&elsewhere, 2, 31).await, Claimed::Answered(secret));

    store.forget_request(&theirs).await.unwrap();
    assert_eq!(claim(&theirs, 3, 31).await, Claimed::Yes);

    // Whoever began it at 15 is dead by now; what was answered at 5 is forgotten.
    let abandoned = request(ada.id, "POST /v1/conversations", "k2");
    let old = request(ada.id, "POST /v1/conversations", "k3");
    let early = async |request: &RequestKey, now| {
        store
            .claim_request(request, &token(1), at(now), at(0), at(0))
            .await
            .unwrap()
    };
    assert_eq!(early(&abandoned, 15).await, Claimed::Yes);
    assert_eq!(early(&old, 5).await, Claimed::Yes);
    let reply = Reply {
        status: 200,
        body: None,
    };
    store.answer_request(&old, &reply).await.unwrap();
    assert_eq!(claim(&abandoned, 2, 40).await, Claimed::Yes);
    assert_eq!(claim(&old, 2, 40).await, Claimed::Yes);
}
