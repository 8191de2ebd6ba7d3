//! Invitations: open until used once, revoked or expired.

use crate::places::on_both;
use crate::samples::{at, email, first, id, name, token};
use chrono::{DateTime, Utc};
use domain::{Invitation, InvitationId, OrganizationId, Role, User, UserId};
use store::{Accepted, NewMember, Store, TokenHash};

on_both!(an_invitation_works_once, two_cannot_use_the_same_invitation);

async fn invite(store: &Store, by: &User, number: u8, role: Role) -> Invitation {
    let invitation = Invitation {
        id: InvitationId(id()),
        organization_id: by.organization_id,
        role,
        created_by: by.id,
        created_at: at(i64::from(number)),
        expires_at: at(1000),
        used_at: None,
    };
    store
        .create_invitation(&invitation, &token(number))
        .await
        .unwrap();
    invitation
}

async fn accept(store: &Store, token: &TokenHash, address: &str, now: DateTime<Utc>) -> Accepted {
    let member = NewMember {
        id: UserId(id()),
        email: email(address),
        name: name("Bob"),
        created_at: now,
    };
    store
        .accept_invitation(token, member, "hash", now)
        .await
        .unwrap()
}

async fn an_invitation_works_once(store: Store) {
    let ada = first(&store).await;
    let one = invite(&store, &ada, 1, Role::Viewer).await;
    let two = invite(&store, &ada, 2, Role::User).await;
    let organization = store.oldest_organization().await.unwrap().unwrap();

    let found = store.invitation(&token(1), at(999)).await.unwrap();
    assert_eq!(found, Some((one.clone(), organization.clone())));
    assert_eq!(store.invitation(&token(1), at(1000)).await.unwrap(), None);
    assert_eq!(store.invitation(&token(3), at(5)).await.unwrap(), None);
    let open = async |now| store.invitations(organization.id, now).await.unwrap();
    assert_eq!(open(at(999)).await, [two.clone(), one.clone()]);
    assert!(open(at(1000)).await.is_empty());

    let nobody = Accepted::NoInvitation;
    assert_eq!(accept(&store, &token(3), "bob@x.org", at(5)).await, nobody);
    assert_eq!(
        accept(&store, &token(1), "bob@x.org", at(1000)).await,
        nobody
    );
    assert_eq!(
        accept(&store, &token(1), "ada@example.org", at(5)).await,
        Accepted::EmailTaken
    );
    let Accepted::User(bob) = accept(&store, &token(1), "bob@x.org", at(6)).await else {
        panic!("the invitation was still open");
    };
    assert_eq!(
        (bob.role, bob.organization_id),
        (Role::Viewer, organization.id)
    );
    assert_eq!(store.user(bob.id).await.unwrap(), Some(bob));
    assert_eq!(accept(&store, &token(1), "eve@x.org", at(7)).await, nobody);
    assert_eq!(store.invitation(&token(1), at(7)).await.unwrap(), None);

    let revoke = async |organization, id| store.revoke_invitation(organization, id).await.unwrap();
    assert!(!revoke(organization.id, one.id).await, "it has been used");
    assert!(!revoke(OrganizationId(id()), two.id).await);
    assert!(revoke(organization.id, two.id).await);
    assert_eq!(accept(&store, &token(2), "eve@x.org", at(8)).await, nobody);
    assert!(open(at(8)).await.is_empty());
}

async fn two_cannot_use_the_same_invitation(store: Store) {
    let ada = first(&store).await;
    for number in 1..=5 {
        invite(&store, &ada, number, Role::User).await;
        let (token, now) = (token(number), at(10));
        let addresses = [format!("a{number}@x.org"), format!("b{number}@x.org")];
        let (one, two) = tokio::join!(
            accept(&store, &token, &addresses[0], now),
            accept(&store, &token, &addresses[1], now),
        );
        let joined = [&one, &two]
            .into_iter()
            .filter(|accepted| matches!(accepted, Accepted::User(_)))
            .count();
        assert_eq!(joined, 1, "{one:?} and {two:?}");
    }
    assert_eq!(store.members(ada.organization_id).await.unwrap().len(), 6);
}
