//! Every story of the store, on both databases. PostgreSQL comes from TEST_POSTGRES_URL.
#![expect(
    clippy::unwrap_used,
    reason = "a story that fails there fails its test"
)]

mod accounts;
mod api_keys;
mod audit;
mod cancel;
mod connections;
mod conversations;
mod files;
mod idempotency;
mod invitations;
mod keep;
mod leases;
mod ledger;
mod places;
mod queue;
mod quotas;
mod retention;
mod runs;
mod samples;
mod schema;
mod scopes;
mod search;
mod sessions;
mod versions;
