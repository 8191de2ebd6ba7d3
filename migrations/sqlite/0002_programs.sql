-- How programs get in: log-ins by token, and API keys. migrations/postgres holds the same.

-- A browser's session is its cookie's; a program's is renewed by its refresh token.
alter table sessions
    add column kind text not null default 'browser' check (kind in ('browser', 'program'));

-- Refresh tokens that were exchanged for newer ones. One that comes again was copied.
create table spent_tokens (
    token_hash blob not null primary key,
    organization_id blob not null,
    session_id blob not null references sessions (id) on delete cascade
) strict;

create index spent_tokens_of_session on spent_tokens (session_id);

create table api_keys (
    id blob not null primary key,
    organization_id blob not null,
    user_id blob not null references users (id) on delete cascade,
    token_hash blob not null unique,
    name text not null,
    last_four text not null,
    scope text not null check (scope in ('read', 'write')),
    created_at text not null,
    last_used_at text,
    expires_at text
) strict;

create index api_keys_of_user on api_keys (user_id, created_at, id);

-- Each opens one socket for whoever has that log-in or key.
create table socket_tickets (
    token_hash blob not null primary key,
    organization_id blob not null,
    session_id blob references sessions (id) on delete cascade,
    api_key_id blob references api_keys (id) on delete cascade,
    expires_at text not null,
    check ((session_id is null) <> (api_key_id is null))
) strict;

create index socket_tickets_of_session on socket_tickets (session_id);
create index socket_tickets_of_api_key on socket_tickets (api_key_id);
create index socket_tickets_by_expiry on socket_tickets (expires_at);

-- Requests that a program may send again without doing anything twice.
create table idempotent_requests (
    user_id blob not null references users (id) on delete cascade,
    organization_id blob not null,
    -- Method and path.
    route text not null,
    key text not null,
    request_hash blob not null,
    -- Null while the request is being answered.
    status integer,
    -- Null too where the answer had a secret in it.
    response text,
    created_at text not null,
    primary key (user_id, route, key)
) strict;

create index idempotent_requests_by_time on idempotent_requests (created_at);
create index idempotent_requests_under_way on idempotent_requests (created_at)
    where status is null;
