-- How long conversations are kept, what is kept of the prompts, and on what terms providers are
-- asked.
-- migrations/sqlite holds the same.

-- Days without activity; null keeps conversations for good.
alter table organizations add column retention_days bigint check (retention_days > 0);
-- When the latest sweep began; no other begins on the same day.
alter table organizations add column swept_at timestamptz;
-- Conversations that went, of which the audit trail does not tell yet.
alter table organizations add column swept bigint not null default 0;
alter table organizations add column log_prompts boolean not null default false;

create index conversations_to_sweep on conversations (organization_id, last_activity)
    where pinned_at is null;

-- What was sent and what came back, redacted, where the organization keeps it.
alter table run_steps add column logged jsonb;

create index run_steps_logged on run_steps (organization_id, finished_at, run_id, position)
    where logged is not null;

-- To resume a run takes the replies only.
update run_steps set step = step || '{"system": "", "prompt": ""}';

alter table connections add column terms jsonb not null default '{}';
