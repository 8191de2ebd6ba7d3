-- How long conversations are kept, what is kept of the prompts, and on what terms providers are
-- asked.
-- migrations/postgres holds the same.

-- Days without activity; null keeps conversations for good.
alter table organizations add column retention_days integer check (retention_days > 0);
-- When the latest sweep began; no other begins on the same day.
alter table organizations add column swept_at text;
-- Conversations that went, of which the audit trail does not tell yet.
alter table organizations add column swept integer not null default 0;
alter table organizations
    add column log_prompts integer not null default 0 check (log_prompts in (0, 1));

create index conversations_to_sweep on conversations (organization_id, last_activity)
    where pinned_at is null;

-- What was sent and what came back, redacted, where the organization keeps it.
alter table run_steps add column logged text;

create index run_steps_logged on run_steps (organization_id, finished_at, run_id, position)
    where logged is not null;

-- To resume a run takes the replies only.
update run_steps set step = json_set(step, '$.system', '', '$.prompt', '');

alter table connections add column terms text not null default '{}';
