-- Links by which somebody without an account reads a conversation, or one answer of it.
-- migrations/sqlite holds the same.

create table shares (
    id uuid not null primary key,
    organization_id uuid not null,
    user_id uuid not null references users (id) on delete cascade,
    conversation_id uuid not null references conversations (id) on delete cascade,
    token_hash bytea not null unique,
    -- The end of the branch as it was then. Messages are never altered, so this is all of it.
    leaf_id uuid not null,
    -- Only the last question of the branch, with its answer.
    one_answer boolean not null,
    mode text not null check (mode in ('answer', 'deliberation')),
    -- The conversation's, as it was then.
    title text not null,
    created_at timestamptz not null,
    expires_at timestamptz not null
);

create index shares_of_conversation on shares (conversation_id, created_at, id);
create index shares_of_user on shares (user_id);
