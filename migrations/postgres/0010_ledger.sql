-- The book of use: what every question and every trial of an agent came to. It outlives the question,
-- its conversation and whoever asked: users are named by id and by no foreign key.
-- migrations/sqlite holds the same.

-- By which way each question came in, and when the first piece of its answer was there.
alter table runs add column source text not null default 'browser';
alter table runs add column first_token_ms bigint;
-- Null until the run stands in the ledger.
alter table runs add column accounted_at timestamptz;

update runs set source = (
    select source from conversations where conversations.id = runs.conversation_id
);

create index runs_to_account on runs (organization_id, created_at) where accounted_at is null;

create table ledger (
    -- The run's; of a trial its own.
    id uuid not null primary key,
    organization_id uuid not null references organizations (id) on delete cascade,
    user_id uuid not null,
    -- Null for a trial.
    source text,
    workflow_id text not null,
    -- ',analytical,creative,': who worked on it.
    agents text not null,
    model text not null,
    judge text not null,
    asked_at timestamptz not null,
    ending text not null,
    -- Hundredths of a point.
    score bigint,
    rounds bigint not null,
    calls bigint not null,
    input_tokens bigint not null,
    output_tokens bigint not null,
    -- As far as prices are known, and how many calls had none.
    micros bigint not null,
    unpriced bigint not null,
    rating text check (rating in ('up', 'down'))
);

create index ledger_of_organization on ledger (organization_id, asked_at, id);

-- The ledger added up. A histogram is a row for each bucket that has something in it.
create table tallies (
    organization_id uuid not null references organizations (id) on delete cascade,
    -- Of everybody by the hour and by the day, of one person by the day.
    grain text not null check (grain in ('hour', 'day', 'person')),
    -- When the hour or day began, UTC.
    begun_at timestamptz not null,
    -- All zeros for everybody.
    user_id uuid not null,
    measure text not null,
    workflow_id text not null,
    agents text not null,
    agent_id text not null,
    model text not null,
    label text not null,
    bucket bigint not null,
    count bigint not null,
    input_tokens bigint not null,
    output_tokens bigint not null,
    micros bigint not null,
    unpriced bigint not null,
    ms bigint not null,
    hundredths bigint not null,
    primary key (organization_id, grain, begun_at, user_id, measure, workflow_id, agents, agent_id,
        model, label, bucket)
);

-- What each person used in a calendar month, for quotas.
create table used_months (
    organization_id uuid not null references organizations (id) on delete cascade,
    month timestamptz not null,
    user_id uuid not null,
    questions bigint not null,
    tokens bigint not null,
    micros bigint not null,
    primary key (organization_id, month, user_id)
);

-- HTTP requests of members, by the hour.
create table request_tallies (
    organization_id uuid not null references organizations (id) on delete cascade,
    hour timestamptz not null,
    -- The first digit of the status.
    class bigint not null,
    bucket bigint not null,
    count bigint not null,
    primary key (organization_id, hour, class, bucket)
);

-- How much members may use in a calendar month.
alter table organizations add column quotas jsonb not null default '{}';
