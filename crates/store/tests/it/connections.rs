//! Connections to providers: an organization's own, under one name each; and the data keys.

use crate::places::on_both;
use crate::samples::{at, first, found, id};
use domain::{
    Connection, ConnectionId, ConnectionName, ModelPrice, OrganizationId, ProviderKind, Terms,
};
use store::{Resealed, Store, StoredConnection};

on_both!(
    a_connection_belongs_to_its_organization,
    a_change_after_another_is_refused,
    data_keys_change_all_or_none,
);

fn connection(name: &str, number: i64) -> StoredConnection {
    StoredConnection {
        connection: Connection {
            id: ConnectionId(id()),
            provider: ProviderKind::Compatible,
            name: ConnectionName::try_from(name.to_owned()).unwrap(),
            base_url: Some("https://llm.example.org/ü".to_owned()),
            default_model: Some("llama-3.3".to_owned()),
            last_four: Some("wxyz".to_owned()),
            models: vec!["a".to_owned(), "b/c".to_owned()],
            terms: Terms {
                prices: vec![ModelPrice {
                    model: "b/c".to_owned(),
                    input: 600_000,
                    output: 2_400_000,
                }],
                requests_per_minute: Some(60),
                concurrent_calls: None,
            },
            created_at: at(number),
            updated_at: at(number),
        },
        sealed_key: Some(vec![0, 255, 7]),
    }
}

async fn two_organizations(store: &Store) -> (OrganizationId, OrganizationId) {
    let ada = first(store).await;
    let (_, eve) = found(store, "eve@example.net", false).await;
    (ada.organization_id, eve.organization_id)
}

async fn a_connection_belongs_to_its_organization(store: Store) {
    let (ours, theirs) = two_organizations(&store).await;
    let (lab, keyless) = (connection("lab", 1), connection("keyless", 2));
    let keyless = StoredConnection {
        sealed_key: None,
        ..keyless
    };
    assert!(store.insert_connection(ours, &keyless).await.unwrap());
    assert!(store.insert_connection(ours, &lab).await.unwrap());
    let again = connection("lab", 3);
    assert!(!store.insert_connection(ours, &again).await.unwrap());
    assert!(store.insert_connection(theirs, &again).await.unwrap());
    let mine = [lab.clone(), keyless];
    assert_eq!(store.connections(ours).await.unwrap(), mine);

    let stolen = store.update_connection(theirs, &lab, at(1)).await.unwrap();
    assert!(!stolen);
    let id = lab.connection.id;
    assert!(!store.delete_connection(theirs, id).await.unwrap());
    assert_eq!(store.connections(ours).await.unwrap(), mine);
    assert!(store.delete_connection(ours, id).await.unwrap());
    assert_eq!(store.connections(ours).await.unwrap().len(), 1);
    assert_eq!(store.connections(theirs).await.unwrap(), [again]);
}

async fn a_change_after_another_is_refused(store: Store) {
    let (ours, _) = two_organizations(&store).await;
    let old = connection("lab", 1);
    assert!(store.insert_connection(ours, &old).await.unwrap());
    let mut new = old.clone();
    new.sealed_key = Some(vec![9]);
    new.connection.default_model = None;
    new.connection.models.clear();
    new.connection.updated_at = at(5);
    assert!(store.update_connection(ours, &new, at(1)).await.unwrap());
    assert!(!store.update_connection(ours, &old, at(1)).await.unwrap());
    new.connection.name = ConnectionName::try_from("garage".to_owned()).unwrap();
    assert!(store.update_connection(ours, &new, at(5)).await.unwrap());
    assert_eq!(store.connections(ours).await.unwrap(), [new.clone()]);
    let other = connection("lab", 9);
    assert!(store.insert_connection(ours, &other).await.unwrap());
    let taken = StoredConnection {
        connection: Connection {
            name: other.connection.name,
            ..new.connection.clone()
        },
        ..new
    };
    assert!(!store.update_connection(ours, &taken, at(5)).await.unwrap());
}

async fn data_keys_change_all_or_none(store: Store) {
    let (ours, theirs) = two_organizations(&store).await;
    assert_eq!(store.some_data_key().await.unwrap(), None);
    assert!(store.insert_data_key(ours, &[1], at(1)).await.unwrap());
    assert!(!store.insert_data_key(ours, &[2], at(1)).await.unwrap());
    assert!(store.insert_data_key(theirs, &[3], at(1)).await.unwrap());
    let keys = async || {
        let one = store.data_key(ours).await.unwrap();
        (one, store.data_key(theirs).await.unwrap())
    };
    assert!(store.some_data_key().await.unwrap().is_some());

    let not_theirs = |organization: OrganizationId, sealed: &[u8]| {
        (organization != theirs).then(|| [sealed, &[0_u8][..]].concat())
    };
    let refused = store.reseal_data_keys(&not_theirs).await.unwrap();
    assert_eq!(refused, Resealed::Refused(theirs));
    assert_eq!(keys().await, (Some(vec![1]), Some(vec![3])));

    let every = |_: OrganizationId, sealed: &[u8]| Some([sealed, &[0_u8][..]].concat());
    let all = store.reseal_data_keys(&every).await.unwrap();
    assert_eq!(all, Resealed::All(2));
    assert_eq!(keys().await, (Some(vec![1, 0]), Some(vec![3, 0])));
}
