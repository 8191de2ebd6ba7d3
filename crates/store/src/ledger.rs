//! The book of use. What a run came to is told from what is kept of it, once, soon after its end
//! or just before it is deleted; the same transaction adds it to the tallies.

pub(crate) mod told;

use crate::db::{commit, db, row, transaction};
use crate::stored::{consistent, integer, named};
use crate::{Store, StoreError};
use chrono::{DateTime, Utc};
use domain::analytics::Money;
use domain::ledger::{Account, Amount, Entry, Story, Tallies, month_of};
use domain::{MessageId, OrganizationId, Rating, Source, Tokens, UserId, WorkflowId};
use std::collections::BTreeMap;
use told::{CALLS, CallRow, StoryRow, TOLD, ToldRow, stories, story};
use uuid::Uuid;

/// How many runs are accounted for at a time, which nobody else can write meanwhile on SQLite.
const AT_ONCE: i64 = 100;
/// Rows of one statement; each has less than 20 values, and 32,766 values are accepted.
pub(crate) const ROWS: usize = 1_000;
/// Longer names are cut: an index has no room for more.
const LONGEST: usize = 300;

row! {
    EntryRow {
        id: Uuid,
        organization_id: Uuid,
        user_id: Uuid,
        source: Option<String>,
        workflow_id: String,
        agents: String,
        model: String,
        judge: String,
        asked_at: DateTime<Utc>,
        ending: String,
        score: Option<i64>,
        rounds: i64,
        calls: i64,
        input_tokens: i64,
        output_tokens: i64,
        micros: i64,
        unpriced: i64,
        rating: Option<String>,
    }
}

macro_rules! entry_columns {
    () => {
        "id, organization_id, user_id, source, workflow_id, agents, model, judge, asked_at, \
         ending, score, rounds, calls, input_tokens, output_tokens, micros, unpriced, rating"
    };
}

impl TryFrom<EntryRow> for (Entry, Option<Rating>) {
    type Error = StoreError;

    fn try_from(row: EntryRow) -> Result<Self, StoreError> {
        let long = |number: i64| consistent("ledger", row.id, u64::try_from(number));
        let source = row
            .source
            .map(|name| named("ledger", row.id, &Source::ALL, Source::as_str, &name));
        let rating = row
            .rating
            .map(|name| named("ledger", row.id, &Rating::ALL, Rating::as_str, &name));
        let score = row.score.map(u32::try_from);
        let entry = Entry {
            id: row.id,
            organization_id: OrganizationId(row.organization_id),
            user_id: UserId(row.user_id),
            source: source.transpose()?,
            workflow_id: WorkflowId::new(row.workflow_id),
            agents: row.agents,
            model: row.model,
            judge: row.judge,
            asked_at: row.asked_at,
            ending: row.ending,
            score: consistent("ledger", row.id, score.transpose())?,
            rounds: consistent("ledger", row.id, u32::try_from(row.rounds))?,
            calls: long(row.calls)?,
            tokens: Tokens::new(long(row.input_tokens)?, long(row.output_tokens)?),
            money: Money {
                micros: long(row.micros)?,
                unpriced_calls: long(row.unpriced)?,
            },
        };
        Ok((entry, rating.transpose()?))
    }
}

/// Cut at a character.
pub(crate) fn short(text: &str) -> &str {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => &text[..end],
        None => text,
    }
}

/// What is needed to write accounts down, beside the accounts.
pub(crate) struct Posting {
    pub account: Account,
    /// The answer, which somebody may have rated.
    pub answer: Option<MessageId>,
}

impl Posting {
    pub fn of(story: &Story) -> Self {
        Self {
            account: domain::ledger::account(story),
            answer: Some(story.run.answer_id),
        }
    }
}

/// Adds to what is counted, within a transaction.
macro_rules! add_tallies {
    ($tx:expr, $organization:expr, $tallies:expr) => {{
        let rows: Vec<_> = $tallies.into_rows().collect();
        for rows in rows.chunks($crate::ledger::ROWS) {
            let mut insert = sqlx::QueryBuilder::new(
                "insert into tallies (organization_id, grain, begun_at, user_id, measure, \
                     workflow_id, agents, agent_id, model, label, bucket, count, input_tokens, \
                     output_tokens, micros, unpriced, ms, hundredths) ",
            );
            insert.push_values(rows, |mut row, (grain, at, user, key, amount)| {
                row.push_bind($organization)
                    .push_bind(grain.as_str())
                    .push_bind(*at)
                    .push_bind(user.map_or(uuid::Uuid::nil(), |user| user.0))
                    .push_bind(key.measure.as_str())
                    .push_bind($crate::ledger::short(&key.workflow))
                    .push_bind($crate::ledger::short(&key.agents))
                    .push_bind($crate::ledger::short(&key.agent))
                    .push_bind($crate::ledger::short(&key.model))
                    .push_bind($crate::ledger::short(&key.label))
                    .push_bind(i64::from(key.bucket))
                    .push_bind(amount.count)
                    .push_bind(amount.input_tokens)
                    .push_bind(amount.output_tokens)
                    .push_bind(amount.micros)
                    .push_bind(amount.unpriced)
                    .push_bind(amount.ms)
                    .push_bind(amount.hundredths);
            });
            insert.push(
                " on conflict (organization_id, grain, begun_at, user_id, measure, workflow_id, \
                     agents, agent_id, model, label, bucket) do update set \
                     count = tallies.count + excluded.count, \
                     input_tokens = tallies.input_tokens + excluded.input_tokens, \
                     output_tokens = tallies.output_tokens + excluded.output_tokens, \
                     micros = tallies.micros + excluded.micros, \
                     unpriced = tallies.unpriced + excluded.unpriced, \
                     ms = tallies.ms + excluded.ms, \
                     hundredths = tallies.hundredths + excluded.hundredths",
            );
            // One text for each number of rows, and each is large: all of them prepared and kept
            // would be tens of megabytes.
            let insert = insert.build().persistent(false);
            insert.execute(&mut *$tx).await?;
        }
    }};
}

/// Organization, when the month began, person.
type MonthOf = (Uuid, DateTime<Utc>, Uuid);

/// What new entries add to the tallies and to what people used in a month.
#[derive(Default)]
pub(crate) struct Sums {
    pub tallies: BTreeMap<Uuid, Tallies>,
    /// Questions, tokens and micro-dollars.
    pub months: BTreeMap<MonthOf, (i64, i64, i64)>,
}

impl Sums {
    pub fn add(&mut self, account: &Account, rating: Option<&str>) -> Result<(), StoreError> {
        let entry = &account.entry;
        let (organization, at, user) = (entry.organization_id.0, entry.asked_at, entry.user_id);
        let tallies = self.tallies.entry(organization).or_default();
        for (key, amount) in &account.tallies {
            tallies.add(at, user, key, *amount);
        }
        if let Some(name) = rating {
            let rating = named("messages", entry.id, &Rating::ALL, Rating::as_str, name)?;
            tallies.add(at, user, &entry.rated(rating), Amount::of(1));
        }
        let month = (organization, month_of(at), user.0);
        let (questions, tokens, micros) = self.months.entry(month).or_default();
        *questions += i64::from(entry.source.is_some());
        *tokens += integer(entry.tokens.total());
        *micros += integer(entry.money.micros);
        Ok(())
    }
}

/// Writes accounts down within a transaction; one that stands there already changes nothing.
macro_rules! post {
    ($tx:expr, $postings:expr) => {{
        let mut sums = $crate::ledger::Sums::default();
        for $crate::ledger::Posting { account, answer } in &$postings {
            let entry = &account.entry;
            let rating: Option<String> = match answer {
                Some(answer) => sqlx::query_scalar("select rating from messages where id = $1")
                    .bind(answer.0)
                    .fetch_optional(&mut *$tx)
                    .await?
                    .flatten(),
                None => None,
            };
            let is_new = sqlx::query(
                "insert into ledger (id, organization_id, user_id, source, workflow_id, agents, \
                     model, judge, asked_at, ending, score, rounds, calls, input_tokens, \
                     output_tokens, micros, unpriced, rating) \
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, \
                     $17, $18) \
                 on conflict (id) do nothing",
            )
            .bind(entry.id)
            .bind(entry.organization_id.0)
            .bind(entry.user_id.0)
            .bind(entry.source.map(domain::Source::as_str))
            .bind(entry.workflow_id.as_str())
            .bind(&entry.agents)
            .bind(&entry.model)
            .bind(&entry.judge)
            .bind(entry.asked_at)
            .bind(&entry.ending)
            .bind(entry.score.map(i64::from))
            .bind(i64::from(entry.rounds))
            .bind($crate::stored::integer(entry.calls))
            .bind($crate::stored::integer(entry.tokens.input))
            .bind($crate::stored::integer(entry.tokens.output))
            .bind($crate::stored::integer(entry.money.micros))
            .bind($crate::stored::integer(entry.money.unpriced_calls))
            .bind(&rating)
            .execute(&mut *$tx)
            .await?
            .rows_affected()
                == 1;
            if is_new {
                sums.add(account, rating.as_deref())?;
            }
        }
        for (organization, tallies) in sums.tallies {
            $crate::ledger::add_tallies!($tx, organization, tallies);
        }
        for ((organization, month, user), (questions, tokens, micros)) in sums.months {
            sqlx::query(
                "insert into used_months \
                     (organization_id, month, user_id, questions, tokens, micros) \
                 values ($1, $2, $3, $4, $5, $6) \
                 on conflict (organization_id, month, user_id) do update set \
                     questions = used_months.questions + excluded.questions, \
                     tokens = used_months.tokens + excluded.tokens, \
                     micros = used_months.micros + excluded.micros",
            )
            .bind(organization)
            .bind(month)
            .bind(user)
            .bind(questions)
            .bind(tokens)
            .bind(micros)
            .execute(&mut *$tx)
            .await?;
        }
    }};
}

/// Accounts for the runs that a condition on `$1` names before they are deleted, within the
/// transaction that deletes them; their conversations are locked by then.
macro_rules! settle {
    ($store:expr, $tx:expr, $condition:literal, $value:expr) => {{
        let rows = sqlx::query_as::<_, $crate::ledger::told::StoryRow>($store.write.sql(
            $crate::ledger::told::stories!($condition),
            concat!(
                $crate::ledger::told::stories!($condition),
                " order by id for update"
            ),
        ))
        .bind($value)
        .fetch_all(&mut *$tx)
        .await?;
        let mut postings = Vec::new();
        for row in rows {
            let calls =
                sqlx::query_as::<_, $crate::ledger::told::CallRow>($crate::ledger::told::CALLS)
                    .bind(row.run.id)
                    .fetch_all(&mut *$tx)
                    .await?;
            let told =
                sqlx::query_as::<_, $crate::ledger::told::ToldRow>($crate::ledger::told::TOLD)
                    .bind(row.run.id)
                    .fetch_all(&mut *$tx)
                    .await?;
            postings.push($crate::ledger::Posting::of(&$crate::ledger::told::story(
                row, calls, told,
            )?));
        }
        $crate::ledger::post!($tx, postings);
    }};
}

/// Somebody thinks otherwise of an answer, within the transaction that keeps it and holds the run.
macro_rules! rerate {
    ($tx:expr, $run:expr, $rating:expr) => {{
        let row = sqlx::query_as::<_, $crate::ledger::EntryRow>(concat!(
            "select ",
            $crate::ledger::entry_columns!(),
            " from ledger where id = $1"
        ))
        .bind($run)
        .fetch_optional(&mut *$tx)
        .await?;
        if let Some(row) = row {
            let organization = row.organization_id;
            let (entry, before) = row.try_into()?;
            let tallies = $crate::ledger::rerated(&entry, before, $rating);
            $crate::ledger::add_tallies!($tx, organization, tallies);
            sqlx::query("update ledger set rating = $2 where id = $1")
                .bind($run)
                .bind($rating.map(domain::Rating::as_str))
                .execute(&mut *$tx)
                .await?;
        }
    }};
}

pub(crate) use {add_tallies, entry_columns, post, rerate, settle};

impl Store {
    /// Writes down what runs that have ended came to, some of them; how many there were.
    /// Whoever else does it at the same time does no harm.
    pub async fn account_for_runs(&self, now: DateTime<Utc>) -> Result<usize, StoreError> {
        let mut postings = Vec::new();
        // What has ended stays as it is, so it is read before others have to wait.
        db!(&self.read, |pool| {
            let rows = sqlx::query_as::<_, StoryRow>(stories!(
                "accounted_at is null and status in ('completed', 'cancelled', 'failed') \
                 order by organization_id, created_at limit $1"
            ))
            .bind(AT_ONCE)
            .fetch_all(pool)
            .await?;
            for row in rows {
                let run = row.run.id;
                let calls = sqlx::query_as::<_, CallRow>(CALLS);
                let calls = calls.bind(run).fetch_all(pool).await?;
                let told = sqlx::query_as::<_, ToldRow>(TOLD);
                let told = told.bind(run).fetch_all(pool).await?;
                match story(row, calls, told) {
                    Ok(story) => postings.push(Posting::of(&story)),
                    // The others count all the same.
                    Err(error) => tracing::error!(%error, %run, "a run cannot be accounted for"),
                }
            }
        });
        if postings.is_empty() {
            return Ok(0);
        }
        postings.sort_by_key(|posting| posting.account.entry.id);
        let count = postings.len();
        transaction!(self, |tx| {
            let mut mine = Vec::new();
            for posting in postings {
                // Whoever rates the answer waits for this, or has been before it.
                let claimed = sqlx::query(
                    "update runs set accounted_at = $2 where id = $1 and accounted_at is null",
                )
                .bind(posting.account.entry.id)
                .bind(now)
                .execute(&mut *tx)
                .await?;
                if claimed.rows_affected() == 1 {
                    mine.push(posting);
                }
            }
            post!(tx, mine);
            commit!(self, tx);
        });
        Ok(count)
    }

    /// An entry of its own: a trial.
    pub async fn post(&self, account: Account) -> Result<(), StoreError> {
        let posting = Posting {
            account,
            answer: None,
        };
        transaction!(self, |tx| {
            post!(tx, [posting]);
            commit!(self, tx);
        });
        Ok(())
    }

    /// Lines of the book, the latest question first.
    pub async fn entries(
        &self,
        organization: OrganizationId,
        limit: u32,
    ) -> Result<Vec<(Entry, Option<Rating>)>, StoreError> {
        let rows = db!(&self.read, |pool| {
            sqlx::query_as::<_, EntryRow>(concat!(
                "select ",
                entry_columns!(),
                " from ledger where organization_id = $1 order by asked_at desc, id desc limit $2"
            ))
            .bind(organization.0)
            .bind(i64::from(limit))
            .fetch_all(pool)
            .await?
        });
        rows.into_iter().map(TryFrom::try_from).collect()
    }
}

/// What a changed mind changes: the old rating is taken back, the new one added.
pub(crate) fn rerated(entry: &Entry, old: Option<Rating>, new: Option<Rating>) -> Tallies {
    let mut tallies = Tallies::default();
    for (rating, count) in [(old, -1), (new, 1)] {
        if let Some(rating) = rating.filter(|_| old != new) {
            let key = entry.rated(rating);
            tallies.add(entry.asked_at, entry.user_id, &key, Amount::of(count));
        }
    }
    tallies
}
