//! Requests that may be sent again: who sends the same key with the same request gets the first
//! answer again, for a day; what they make has the same id each time.

use crate::access::Member;
use crate::clock::Clock;
use crate::error::{Error, Result};
use chrono::{DateTime, TimeDelta, Utc};
use domain::user::Invalid;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use store::{Claimed, Store, StoreError};
use uuid::{Builder, Uuid};

pub use store::{Reply, RequestKey};

const REMEMBERED: TimeDelta = TimeDelta::hours(24);
/// A request without an answer for this long has lost its server.
const ABANDONED: TimeDelta = TimeDelta::minutes(15);
const LONGEST_KEY: usize = 128;

const TAKEN: Error =
    Error::Conflict("This Idempotency-Key came with another request: make a new one for each.");

/// To a request that made a secret: the first answer had it, if it came through.
pub const SHOWN_ONCE: Error =
    Error::Conflict("This was done already, and its answer is shown once only.");

pub struct Idempotency {
    store: Store,
    clock: Arc<dyn Clock>,
}

/// What to do with a request that came with a key.
#[derive(Debug)]
pub enum Begun {
    /// Do it, and say how it went. What it makes gets that id.
    New(RequestKey, Once),
    /// It was done: answer like this.
    Done(Reply),
}

/// The id of what a request with a key makes. Should the server die before it has said how it
/// went, the same request finds what it made instead of making it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Once(Uuid);

impl Once {
    fn of(request: &RequestKey, content: &[u8]) -> Self {
        let mut hash = Sha256::new();
        hash.update(request.user_id.0.as_bytes());
        for part in [request.route.as_bytes(), request.key.as_bytes(), content] {
            hash.update(Sha256::digest(part));
        }
        let digest: [u8; 32] = hash.finalize().into();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        Self(Builder::from_custom_bytes(bytes).into_uuid())
    }
}

/// What to make, or what the same request made before.
pub(crate) enum Placed<T> {
    New(Uuid),
    Made(T),
}

/// Looks with `find` for what the same request made. After a day the key is forgotten, and means
/// something new.
pub(crate) async fn place<T, F>(
    once: Option<Once>,
    clock: &dyn Clock,
    find: impl FnOnce(Uuid) -> F,
    made_at: impl FnOnce(&T) -> DateTime<Utc>,
) -> Result<Placed<T>>
where
    F: Future<Output = std::result::Result<Option<T>, StoreError>>,
{
    let Some(Once(id)) = once else {
        return Ok(Placed::New(clock.new_id()));
    };
    Ok(match find(id).await? {
        None => Placed::New(id),
        Some(made) if clock.now() < made_at(&made) + REMEMBERED => Placed::Made(made),
        Some(_) => Placed::New(clock.new_id()),
    })
}

impl Idempotency {
    pub(crate) fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// `route` is the method and the path; `content` everything else that makes the request.
    pub async fn begin(
        &self,
        member: &Member,
        route: &str,
        key: &str,
        content: &[u8],
    ) -> Result<Begun> {
        match self.claim(member, route, key, content).await? {
            (request, Claimed::Yes) => {
                let once = Once::of(&request, content);
                Ok(Begun::New(request, once))
            }
            (_, Claimed::Answered(reply)) => Ok(Begun::Done(reply)),
            (_, Claimed::UnderWay) => Err(Error::Conflict(
                "This request is being answered: ask again in a moment.",
            )),
            (_, Claimed::Taken) => Err(TAKEN),
        }
    }

    /// For a request whose answer is not kept, because what it starts is found again by the key:
    /// the key must not have come with another one. `Some` the first time: should nothing come of
    /// it, say so with [`Self::refused`].
    pub async fn same(
        &self,
        member: &Member,
        route: &str,
        key: &str,
        content: &[u8],
    ) -> Result<Option<RequestKey>> {
        match self.claim(member, route, key, content).await? {
            (request, Claimed::Yes) => {
                // At once: whoever asks may hang up before there is an answer.
                let begun = Reply {
                    status: 200,
                    body: None,
                };
                self.answered(&request, &begun).await?;
                Ok(Some(request))
            }
            (_, Claimed::Answered(_) | Claimed::UnderWay) => Ok(None),
            (_, Claimed::Taken) => Err(TAKEN),
        }
    }

    async fn claim(
        &self,
        member: &Member,
        route: &str,
        key: &str,
        content: &[u8],
    ) -> Result<(RequestKey, Claimed)> {
        if key.is_empty() || key.len() > LONGEST_KEY || !key.chars().all(|c| c.is_ascii_graphic()) {
            return Err(Invalid::new(
                "Idempotency-Key",
                "an Idempotency-Key has 1 to 128 ASCII characters without spaces",
            )
            .into());
        }
        let request = RequestKey {
            user_id: member.user().id,
            route: route.to_owned(),
            key: key.to_owned(),
        };
        let hash = Sha256::digest(content).into();
        let now = self.clock.now();
        let claimed = self
            .store
            .claim_request(&request, &hash, now, now - REMEMBERED, now - ABANDONED)
            .await?;
        Ok((request, claimed))
    }

    pub async fn answered(&self, request: &RequestKey, reply: &Reply) -> Result<()> {
        Ok(self.store.answer_request(request, reply).await?)
    }

    /// Nothing was done: the key is free again.
    pub async fn refused(&self, request: &RequestKey) -> Result<()> {
        Ok(self.store.forget_request(request).await?)
    }
}
