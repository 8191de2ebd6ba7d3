-- Accounts, conversations and runs. migrations/sqlite holds the same tables for SQLite.
--
-- Every table of user data has organization_id. Where a row belongs to another one (a message to
-- its conversation) it has that row's organization and goes with it, so it needs no foreign key
-- to organizations of its own. Pointers within one conversation (parent_id, active_leaf_id,
-- question_id, answer_id, messages.run_id) are no foreign keys either: they go together.

create table organizations (
    id uuid not null primary key,
    name text not null,
    created_at timestamptz not null
);

create table users (
    id uuid not null primary key,
    organization_id uuid not null references organizations (id) on delete cascade,
    email text not null unique,
    name text not null,
    role text not null check (role in ('admin', 'user', 'viewer')),
    password_hash text not null,
    preferences jsonb not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);

create index users_of_organization on users (organization_id, created_at, id);

create table sessions (
    id uuid not null primary key,
    organization_id uuid not null,
    user_id uuid not null references users (id) on delete cascade,
    token_hash bytea not null unique,
    user_agent text not null,
    created_at timestamptz not null,
    last_seen_at timestamptz not null,
    expires_at timestamptz not null
);

create index sessions_of_user on sessions (user_id, created_at, id);
create index sessions_by_expiry on sessions (expires_at);

create table invitations (
    id uuid not null primary key,
    organization_id uuid not null references organizations (id) on delete cascade,
    token_hash bytea not null unique,
    role text not null check (role in ('admin', 'user', 'viewer')),
    created_by uuid not null references users (id) on delete cascade,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz
);

create index invitations_of_organization on invitations (organization_id, created_at, id);
create index invitations_of_creator on invitations (created_by);

create table agents (
    organization_id uuid not null references organizations (id) on delete cascade,
    id text not null,
    position bigint not null,
    config jsonb not null,
    is_active boolean not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (organization_id, id)
);

create table workflows (
    organization_id uuid not null references organizations (id) on delete cascade,
    id text not null,
    position bigint not null,
    definition jsonb not null,
    is_public boolean not null,
    created_by uuid references users (id) on delete set null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (organization_id, id)
);

create index workflows_of_creator on workflows (created_by);

create table conversations (
    id uuid not null primary key,
    organization_id uuid not null references organizations (id) on delete cascade,
    user_id uuid not null references users (id) on delete cascade,
    title text not null,
    tags jsonb not null,
    folder text,
    archived boolean not null,
    source text not null,
    message_count bigint not null check (message_count >= 0),
    active_leaf_id uuid,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    last_activity timestamptz not null
);

create index conversations_of_user
    on conversations (user_id, organization_id, archived, last_activity desc, id desc);
create index conversations_of_organization
    on conversations (organization_id, archived, last_activity desc, id desc);

create table messages (
    id uuid not null primary key,
    organization_id uuid not null,
    conversation_id uuid not null references conversations (id) on delete cascade,
    parent_id uuid,
    role text not null check (role in ('user', 'assistant')),
    content text not null,
    run_id uuid,
    metadata jsonb not null,
    created_at timestamptz not null
);

create index messages_of_conversation on messages (conversation_id, created_at, id);

create table runs (
    id uuid not null primary key,
    organization_id uuid not null,
    user_id uuid not null references users (id) on delete cascade,
    conversation_id uuid not null references conversations (id) on delete cascade,
    question_id uuid not null,
    answer_id uuid not null,
    workflow_id text not null,
    request_id text not null,
    -- The frozen input: what the run needs to know, as it was when it was asked.
    brief jsonb not null,
    status text not null
        check (status in ('queued', 'running', 'completed', 'cancelled', 'failed')),
    outcome text check (outcome in ('passed', 'best_effort', 'degraded')),
    score double precision,
    error_code text,
    last_seq bigint not null check (last_seq >= 0),
    -- Whoever writes must name the current epoch; a lease that is taken over gets a new one.
    epoch bigint not null,
    attempts bigint not null,
    lease_owner text,
    lease_until timestamptz,
    cancel_by text,
    cancel_reason text,
    cancel_requested_at timestamptz,
    created_at timestamptz not null,
    started_at timestamptz,
    finished_at timestamptz,
    unique (user_id, request_id)
);

create index runs_of_conversation on runs (conversation_id, created_at, id);
create index runs_to_lease on runs (created_at, id) where status in ('queued', 'running');
create index runs_active_of_user on runs (user_id) where status in ('queued', 'running');
-- One run at a time in a conversation, whoever asks.
create unique index runs_active_of_conversation
    on runs (conversation_id) where status in ('queued', 'running');

create table run_events (
    run_id uuid not null references runs (id) on delete cascade,
    seq bigint not null check (seq > 0),
    organization_id uuid not null,
    iteration bigint not null,
    kind text not null,
    data jsonb not null,
    ts timestamptz not null,
    primary key (run_id, seq)
);

create table run_steps (
    run_id uuid not null references runs (id) on delete cascade,
    -- The order in which the run's steps finished, from 1.
    position bigint not null check (position > 0),
    organization_id uuid not null,
    iteration bigint not null,
    kind text not null,
    -- '' for a step of no agent, because nulls are distinct in a unique key.
    agent_id text not null,
    attempt bigint not null,
    request_hash text not null,
    model text,
    input_tokens bigint not null,
    output_tokens bigint not null,
    cost_micros bigint,
    latency_ms bigint not null,
    step jsonb not null,
    finished_at timestamptz not null,
    primary key (run_id, position),
    unique (run_id, iteration, kind, agent_id, attempt)
);
