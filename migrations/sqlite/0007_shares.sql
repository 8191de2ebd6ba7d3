-- Links by which somebody without an account reads a conversation, or one answer of it.
-- migrations/postgres holds the same.

create table shares (
    id blob not null primary key,
    organization_id blob not null,
    user_id blob not null references users (id) on delete cascade,
    conversation_id blob not null references conversations (id) on delete cascade,
    token_hash blob not null unique,
    -- The end of the branch as it was then. Messages are never altered, so this is all of it.
    leaf_id blob not null,
    -- Only the last question of the branch, with its answer.
    one_answer integer not null check (one_answer in (0, 1)),
    mode text not null check (mode in ('answer', 'deliberation')),
    -- The conversation's, as it was then.
    title text not null,
    created_at text not null,
    expires_at text not null
) strict;

create index shares_of_conversation on shares (conversation_id, created_at, id);
create index shares_of_user on shares (user_id);
