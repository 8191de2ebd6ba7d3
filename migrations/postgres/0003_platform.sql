-- Versions of agents and workflows, what people think of answers, limits, the audit trail, and how
-- long runs have been worked on.
-- migrations/sqlite holds the same.

alter table agents add column version bigint not null default 1;
alter table workflows add column version bigint not null default 1;

-- What an agent or a workflow was; rows are never altered. They go with what they are versions of,
-- which `kind` keeps from being a foreign key.
create table versions (
    organization_id uuid not null references organizations (id) on delete cascade,
    kind text not null check (kind in ('agent', 'workflow')),
    subject_id text not null,
    version bigint not null check (version > 0),
    content jsonb not null,
    created_by uuid references users (id) on delete set null,
    created_at timestamptz not null,
    primary key (organization_id, kind, subject_id, version)
);

create index versions_of_creator on versions (created_by);

insert into versions (organization_id, kind, subject_id, version, content, created_at)
select organization_id, 'agent', id, 1,
    (config - 'id') || jsonb_build_object('is_active', is_active),
    updated_at
from agents;

insert into versions (organization_id, kind, subject_id, version, content, created_by, created_at)
select organization_id, 'workflow', id, 1,
    (definition - 'id') || jsonb_build_object('is_public', is_public),
    created_by, updated_at
from workflows;

-- Of an answer, by the person who asked.
alter table messages add column rating text check (rating in ('up', 'down'));
alter table messages add column rating_comment text;

-- REST requests in a minute; null leaves it to the server, or to the organization.
alter table organizations
    add column requests_per_minute bigint check (requests_per_minute > 0);
alter table api_keys
    add column requests_per_minute bigint check (requests_per_minute > 0);

-- What admins did with what is not theirs alone.
create table audit_entries (
    id uuid not null primary key,
    organization_id uuid not null references organizations (id) on delete cascade,
    -- Null when the person is gone.
    user_id uuid references users (id) on delete set null,
    action text not null,
    -- The id of what it was done to, '' for a list.
    subject text not null,
    created_at timestamptz not null
);

create index audit_entries_of_organization on audit_entries (organization_id, id desc);
create index audit_entries_of_user on audit_entries (user_id);

-- How long workers have worked on it: what its deadline counts.
alter table runs add column worked_ms bigint not null default 0;
