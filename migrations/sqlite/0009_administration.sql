-- When people were last seen, an audit trail that outlives people and is never altered, and who may
-- join an organization by themselves.
-- migrations/postgres holds the same.

-- Survives the log-ins and keys that it was read from.
alter table users add column last_seen_at text;

update users set last_seen_at = (
    select max(seen_at) from (
        select last_seen_at as seen_at from sessions where sessions.user_id = users.id
        union all
        select last_used_at as seen_at from api_keys where api_keys.user_id = users.id
    ) as seen
);

alter table audit_entries rename to audit_entries_before;

create table audit_entries (
    id blob not null primary key,
    organization_id blob not null references organizations (id) on delete cascade,
    -- No foreign key: the trail says who it was when they are gone. Null for the operator.
    user_id blob,
    -- As they were called then.
    actor_name text not null,
    action text not null,
    -- The id of what it was done to, '' for a list.
    subject text not null,
    -- What the subject was called then, or what became of it.
    detail text not null,
    created_at text not null
) strict;

insert into audit_entries
    (id, organization_id, user_id, actor_name, action, subject, detail, created_at)
select id, organization_id, user_id,
    coalesce((select name from users where users.id = user_id), ''), action, subject, '', created_at
from audit_entries_before;

drop table audit_entries_before;

create index audit_entries_of_organization on audit_entries (organization_id, id desc);
create index audit_entries_of_user on audit_entries (organization_id, user_id, id desc);

create trigger audit_entries_are_not_altered before update on audit_entries
begin
    select raise(abort, 'the audit trail is append-only');
end;

-- They go with their organization, which is gone by then.
create trigger audit_entries_are_not_deleted before delete on audit_entries
when exists (select 1 from organizations where organizations.id = old.organization_id)
begin
    select raise(abort, 'the audit trail is append-only');
end;

-- Who may join by themselves, and what a new question begins with.
alter table organizations add column sign_up text not null default 'invite'
    check (sign_up in ('invite', 'open', 'closed'));
alter table organizations add column mail_domains text not null default '[]';
alter table organizations add column default_workflow text;
alter table organizations add column default_model text;
