-- The book of use: what every question and every trial of an agent came to. It outlives the question,
-- its conversation and whoever asked: users are named by id and by no foreign key.
-- migrations/postgres holds the same.

-- By which way each question came in, and when the first piece of its answer was there.
alter table runs add column source text not null default 'browser';
alter table runs add column first_token_ms integer;
-- Null until the run stands in the ledger.
alter table runs add column accounted_at text;

update runs set source = (
    select source from conversations where conversations.id = runs.conversation_id
);

create index runs_to_account on runs (organization_id, created_at) where accounted_at is null;

create table ledger (
    -- The run's; of a trial its own.
    id blob not null primary key,
    organization_id blob not null references organizations (id) on delete cascade,
    user_id blob not null,
    -- Null for a trial.
    source text,
    workflow_id text not null,
    -- ',analytical,creative,': who worked on it.
    agents text not null,
    model text not null,
    judge text not null,
    asked_at text not null,
    ending text not null,
    -- Hundredths of a point.
    score integer,
    rounds integer not null,
    calls integer not null,
    input_tokens integer not null,
    output_tokens integer not null,
    -- As far as prices are known, and how many calls had none.
    micros integer not null,
    unpriced integer not null,
    rating text check (rating in ('up', 'down'))
) strict;

create index ledger_of_organization on ledger (organization_id, asked_at, id);

-- The ledger added up. A histogram is a row for each bucket that has something in it.
create table tallies (
    organization_id blob not null references organizations (id) on delete cascade,
    -- Of everybody by the hour and by the day, of one person by the day.
    grain text not null check (grain in ('hour', 'day', 'person')),
    -- When the hour or day began, UTC.
    begun_at text not null,
    -- All zeros for everybody.
    user_id blob not null,
    measure text not null,
    workflow_id text not null,
    agents text not null,
    agent_id text not null,
    model text not null,
    label text not null,
    bucket integer not null,
    count integer not null,
    input_tokens integer not null,
    output_tokens integer not null,
    micros integer not null,
    unpriced integer not null,
    ms integer not null,
    hundredths integer not null,
    primary key (organization_id, grain, begun_at, user_id, measure, workflow_id, agents, agent_id,
        model, label, bucket)
) strict, without rowid;

-- What each person used in a calendar month, for quotas.
create table used_months (
    organization_id blob not null references organizations (id) on delete cascade,
    month text not null,
    user_id blob not null,
    questions integer not null,
    tokens integer not null,
    micros integer not null,
    primary key (organization_id, month, user_id)
) strict, without rowid;

-- HTTP requests of members, by the hour.
create table request_tallies (
    organization_id blob not null references organizations (id) on delete cascade,
    hour text not null,
    -- The first digit of the status.
    class integer not null,
    bucket integer not null,
    count integer not null,
    primary key (organization_id, hour, class, bucket)
) strict, without rowid;

-- How much members may use in a calendar month.
alter table organizations add column quotas text not null default '{}';
