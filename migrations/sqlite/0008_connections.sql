-- Providers that organizations connect, and the keys that what is secret of them is encrypted with.
-- migrations/postgres holds the same.

-- Encrypted with the server's master key, which is not in the database.
create table data_keys (
    organization_id blob not null primary key references organizations (id) on delete cascade,
    sealed blob not null,
    created_at text not null
) strict;

create table connections (
    id blob not null primary key,
    organization_id blob not null references organizations (id) on delete cascade,
    provider text not null
        check (provider in ('openai', 'anthropic', 'gemini', 'ollama', 'compatible')),
    -- The first part of its models' names.
    name text not null,
    base_url text,
    default_model text,
    -- The key, encrypted with the organization's data key, and what is shown of it.
    sealed_key blob,
    last_four text,
    models text not null,
    created_at text not null,
    updated_at text not null,
    unique (organization_id, name)
) strict;
