-- Counting and ordering the runs that wait, without a look at those that have ended.
-- migrations/sqlite holds the same.

create index runs_waiting on runs (organization_id, created_at, id) where status = 'queued';
drop index runs_to_lease;
