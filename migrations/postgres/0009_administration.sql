-- When people were last seen, an audit trail that outlives people and is never altered, and who may
-- join an organization by themselves.
-- migrations/sqlite holds the same.

-- Survives the log-ins and keys that it was read from.
alter table users add column last_seen_at timestamptz;

update users set last_seen_at = (
    select max(seen_at) from (
        select last_seen_at as seen_at from sessions where sessions.user_id = users.id
        union all
        select last_used_at as seen_at from api_keys where api_keys.user_id = users.id
    ) as seen
);

-- No foreign key: the trail says who it was when they are gone. Null for the operator.
alter table audit_entries drop constraint audit_entries_user_id_fkey;
-- As they were called then.
alter table audit_entries add column actor_name text not null default '';
-- What the subject was called then, or what became of it.
alter table audit_entries add column detail text not null default '';

update audit_entries set actor_name = users.name from users where users.id = audit_entries.user_id;

drop index audit_entries_of_user;
create index audit_entries_of_user on audit_entries (organization_id, user_id, id desc);

create function keep_audit_entry() returns trigger language plpgsql as $$
begin
    -- They go with their organization, which is gone by then.
    if tg_op = 'DELETE'
        and not exists (select 1 from organizations where organizations.id = old.organization_id)
    then
        return old;
    end if;
    raise exception 'the audit trail is append-only';
end
$$;

create trigger audit_entries_are_kept before update or delete on audit_entries
for each row execute function keep_audit_entry();

-- Who may join by themselves, and what a new question begins with.
alter table organizations add column sign_up text not null default 'invite'
    check (sign_up in ('invite', 'open', 'closed'));
alter table organizations add column mail_domains jsonb not null default '[]';
alter table organizations add column default_workflow text;
alter table organizations add column default_model text;
