-- Accounts, conversations and runs. migrations/postgres holds the same tables for PostgreSQL.
-- Ids are blobs of 16 bytes, times RFC 3339 in UTC (their order as text is their order in time),
-- json is text.
--
-- Every table of user data has organization_id. Where a row belongs to another one (a message to
-- its conversation) it has that row's organization and goes with it, so it needs no foreign key
-- to organizations of its own. Pointers within one conversation (parent_id, active_leaf_id,
-- question_id, answer_id, messages.run_id) are no foreign keys either: they go together.

create table organizations (
    id blob not null primary key,
    name text not null,
    created_at text not null
) strict;

create table users (
    id blob not null primary key,
    organization_id blob not null references organizations (id) on delete cascade,
    email text not null unique,
    name text not null,
    role text not null check (role in ('admin', 'user', 'viewer')),
    password_hash text not null,
    preferences text not null,
    created_at text not null,
    updated_at text not null
) strict;

create index users_of_organization on users (organization_id, created_at, id);

create table sessions (
    id blob not null primary key,
    organization_id blob not null,
    user_id blob not null references users (id) on delete cascade,
    token_hash blob not null unique,
    user_agent text not null,
    created_at text not null,
    last_seen_at text not null,
    expires_at text not null
) strict;

create index sessions_of_user on sessions (user_id, created_at, id);
create index sessions_by_expiry on sessions (expires_at);

create table invitations (
    id blob not null primary key,
    organization_id blob not null references organizations (id) on delete cascade,
    token_hash blob not null unique,
    role text not null check (role in ('admin', 'user', 'viewer')),
    created_by blob not null references users (id) on delete cascade,
    created_at text not null,
    expires_at text not null,
    used_at text
) strict;

create index invitations_of_organization on invitations (organization_id, created_at, id);
create index invitations_of_creator on invitations (created_by);

create table agents (
    organization_id blob not null references organizations (id) on delete cascade,
    id text not null,
    position integer not null,
    config text not null,
    is_active integer not null check (is_active in (0, 1)),
    created_at text not null,
    updated_at text not null,
    primary key (organization_id, id)
) strict;

create table workflows (
    organization_id blob not null references organizations (id) on delete cascade,
    id text not null,
    position integer not null,
    definition text not null,
    is_public integer not null check (is_public in (0, 1)),
    created_by blob references users (id) on delete set null,
    created_at text not null,
    updated_at text not null,
    primary key (organization_id, id)
) strict;

create index workflows_of_creator on workflows (created_by);

create table conversations (
    id blob not null primary key,
    organization_id blob not null references organizations (id) on delete cascade,
    user_id blob not null references users (id) on delete cascade,
    title text not null,
    tags text not null,
    folder text,
    archived integer not null check (archived in (0, 1)),
    source text not null,
    message_count integer not null check (message_count >= 0),
    active_leaf_id blob,
    created_at text not null,
    updated_at text not null,
    last_activity text not null
) strict;

create index conversations_of_user
    on conversations (user_id, organization_id, archived, last_activity desc, id desc);
create index conversations_of_organization
    on conversations (organization_id, archived, last_activity desc, id desc);

create table messages (
    id blob not null primary key,
    organization_id blob not null,
    conversation_id blob not null references conversations (id) on delete cascade,
    parent_id blob,
    role text not null check (role in ('user', 'assistant')),
    content text not null,
    run_id blob,
    metadata text not null,
    created_at text not null
) strict;

create index messages_of_conversation on messages (conversation_id, created_at, id);

create table runs (
    id blob not null primary key,
    organization_id blob not null,
    user_id blob not null references users (id) on delete cascade,
    conversation_id blob not null references conversations (id) on delete cascade,
    question_id blob not null,
    answer_id blob not null,
    workflow_id text not null,
    request_id text not null,
    -- The frozen input: what the run needs to know, as it was when it was asked.
    brief text not null,
    status text not null
        check (status in ('queued', 'running', 'completed', 'cancelled', 'failed')),
    outcome text check (outcome in ('passed', 'best_effort', 'degraded')),
    score real,
    error_code text,
    last_seq integer not null check (last_seq >= 0),
    -- Whoever writes must name the current epoch; a lease that is taken over gets a new one.
    epoch integer not null,
    attempts integer not null,
    lease_owner text,
    lease_until text,
    cancel_by text,
    cancel_reason text,
    cancel_requested_at text,
    created_at text not null,
    started_at text,
    finished_at text,
    unique (user_id, request_id)
) strict;

create index runs_of_conversation on runs (conversation_id, created_at, id);
create index runs_to_lease on runs (created_at, id) where status in ('queued', 'running');
create index runs_active_of_user on runs (user_id) where status in ('queued', 'running');
-- One run at a time in a conversation, whoever asks.
create unique index runs_active_of_conversation
    on runs (conversation_id) where status in ('queued', 'running');

create table run_events (
    run_id blob not null references runs (id) on delete cascade,
    seq integer not null check (seq > 0),
    organization_id blob not null,
    iteration integer not null,
    kind text not null,
    data text not null,
    ts text not null,
    primary key (run_id, seq)
) strict;

create table run_steps (
    run_id blob not null references runs (id) on delete cascade,
    -- The order in which the run's steps finished, from 1.
    position integer not null check (position > 0),
    organization_id blob not null,
    iteration integer not null,
    kind text not null,
    -- '' for a step of no agent, because nulls are distinct in a unique key.
    agent_id text not null,
    attempt integer not null,
    request_hash text not null,
    model text,
    input_tokens integer not null,
    output_tokens integer not null,
    cost_micros integer,
    latency_ms integer not null,
    step text not null,
    finished_at text not null,
    primary key (run_id, position),
    unique (run_id, iteration, kind, agent_id, attempt)
) strict;
