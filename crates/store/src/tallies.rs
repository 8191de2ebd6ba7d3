//! The ledger added up, as figures are made of it. Writing is in ledger.rs.

use crate::db::{db, row};
use crate::stored::{consistent, named};
use crate::{Store, StoreError};
use chrono::{DateTime, Utc};
use domain::ledger::{Amount, Grain, Measure};
use domain::{AgentId, ModelName, OrganizationId, UserId, WorkflowId};
use uuid::Uuid;

/// Which tallies; what is `None` does not matter.
#[derive(Clone, Debug, PartialEq)]
pub struct TallyFilter {
    pub organization: OrganizationId,
    pub from: DateTime<Utc>,
    /// Not this moment any more.
    pub until: DateTime<Utc>,
    pub workflow: Option<WorkflowId>,
    /// Of calls: it called. Of questions: it worked on them.
    pub agent: Option<AgentId>,
    pub model: Option<ModelName>,
    pub user: Option<UserId>,
}

impl TallyFilter {
    fn grain(&self, of_all: Grain) -> Grain {
        match self.user {
            Some(_) => Grain::Person,
            None => of_all,
        }
    }
}

/// A sum; what it was not told apart by is empty.
#[derive(Clone, Debug, PartialEq)]
pub struct Tally {
    pub at: DateTime<Utc>,
    pub measure: Measure,
    pub workflow: String,
    pub agent: String,
    pub model: String,
    pub label: String,
    pub bucket: i32,
    pub amount: Amount,
}

/// What there is to ask about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InUse {
    pub workflows: Vec<String>,
    pub agents: Vec<String>,
    pub models: Vec<String>,
    pub users: Vec<UserId>,
}

row! {
    TallyRow {
        begun_at: DateTime<Utc>,
        measure: String,
        workflow_id: String,
        agent_id: String,
        model: String,
        label: String,
        bucket: i64,
        count: i64,
        input_tokens: i64,
        output_tokens: i64,
        micros: i64,
        unpriced: i64,
        ms: i64,
        hundredths: i64,
    }
}

row! {
    UserTallyRow { user_id: Uuid } with tally: TallyRow
}

impl TryFrom<TallyRow> for Tally {
    type Error = StoreError;

    fn try_from(row: TallyRow) -> Result<Self, StoreError> {
        const TABLE: &str = "tallies";
        let measure = named(
            TABLE,
            &row.measure,
            Measure::ALL,
            Measure::as_str,
            &row.measure,
        );
        Ok(Self {
            at: row.begun_at,
            bucket: consistent(TABLE, &row.measure, i32::try_from(row.bucket))?,
            measure: measure?,
            workflow: row.workflow_id,
            agent: row.agent_id,
            model: row.model,
            label: row.label,
            amount: Amount {
                count: row.count,
                input_tokens: row.input_tokens,
                output_tokens: row.output_tokens,
                micros: row.micros,
                unpriced: row.unpriced,
                ms: row.ms,
                hundredths: row.hundredths,
            },
        })
    }
}

/// Sums by what is named; the other columns are the same for all, or left out.
macro_rules! sums {
    ($columns:literal, $more:literal, $by:literal) => {
        concat!(
            "select ",
            $columns,
            ", measure, bucket, cast(sum(count) as bigint) as count, \
                 cast(sum(input_tokens) as bigint) as input_tokens, \
                 cast(sum(output_tokens) as bigint) as output_tokens, \
                 cast(sum(micros) as bigint) as micros, \
                 cast(sum(unpriced) as bigint) as unpriced, cast(sum(ms) as bigint) as ms, \
                 cast(sum(hundredths) as bigint) as hundredths \
             from tallies \
             where organization_id = $1 and grain = $2 and begun_at >= $3 and begun_at < $4 \
                 and ($5 is null or user_id = $5) and ($6 is null or workflow_id = $6) \
                 and ($7 is null or agent_id = $7 \
                     or (agent_id = '' and agents like $8 escape '\\')) \
                 and ($9 is null or model = $9) ",
            $more,
            " group by ",
            $by,
            ", measure, bucket"
        )
    };
}

/// Series: by time.
const BY_TIME: &str = sums!(
    "begun_at, '' as workflow_id, '' as agent_id, '' as model, label",
    "and measure in ('ending', 'answer', 'first_token', 'synthesis', 'score', 'rating', 'call', \
         'failed_call', 'trial', 'failed_trial')",
    "begun_at, label"
);

/// The whole period, by all that figures are told apart by.
const WHOLE: &str = sums!(
    "min(begun_at) as begun_at, workflow_id, agent_id, model, label",
    "",
    "workflow_id, agent_id, model, label"
);

const BY_USER: &str = sums!(
    "min(begun_at) as begun_at, user_id, '' as workflow_id, '' as agent_id, '' as model, \
     '' as label",
    "and measure in ('ending', 'answer', 'call', 'failed_call', 'trial', 'failed_trial')",
    "user_id"
);

/// The names in one column.
macro_rules! distinct {
    ($column:literal) => {
        concat!(
            "select distinct ",
            $column,
            " from tallies where organization_id = $1 and grain = 'day' and begun_at >= $2 \
                 and begun_at < $3 and measure in ('call', 'failed_call', 'trial', \
                     'failed_trial', 'ending') and ",
            $column,
            " <> ''"
        )
    };
}

const WORKFLOWS: &str = distinct!("workflow_id");
const AGENTS: &str = distinct!("agent_id");
const MODELS: &str = distinct!("model");

/// What is searched for with `like`, as it is.
fn anywhere_in_crew(agent: &str) -> String {
    let mut pattern = "%,".to_owned();
    for letter in agent.chars() {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern.push_str(",%");
    pattern
}

/// The parameters of every query above, in order.
macro_rules! select {
    ($row:ty, $pool:expr, $filter:expr, $grain:expr, $text:expr) => {{
        let agent = $filter.agent.as_ref().map(AgentId::as_str);
        sqlx::query_as::<_, $row>($text)
            .bind($filter.organization.0)
            .bind($grain.as_str())
            .bind($filter.from)
            .bind($filter.until)
            .bind($filter.user.map(|user| user.0))
            .bind($filter.workflow.as_ref().map(WorkflowId::as_str))
            .bind(agent)
            .bind(agent.map(anywhere_in_crew))
            .bind($filter.model.as_ref().map(ToString::to_string))
            .fetch_all($pool)
            .await?
    }};
}

impl Store {
    /// By time, in hours or days: of one person in days only.
    pub async fn tallies_by_time(
        &self,
        filter: &TallyFilter,
        grain: Grain,
    ) -> Result<Vec<Tally>, StoreError> {
        let grain = filter.grain(grain);
        let rows = db!(&self.read, |pool| {
            select!(TallyRow, pool, filter, grain, BY_TIME)
        });
        rows.into_iter().map(Tally::try_from).collect()
    }

    /// Of the whole period.
    pub async fn tallies(&self, filter: &TallyFilter) -> Result<Vec<Tally>, StoreError> {
        let grain = filter.grain(Grain::Day);
        let rows = db!(&self.read, |pool| {
            select!(TallyRow, pool, filter, grain, WHOLE)
        });
        rows.into_iter().map(Tally::try_from).collect()
    }

    /// Of the whole period, by person.
    pub async fn tallies_by_user(
        &self,
        filter: &TallyFilter,
    ) -> Result<Vec<(UserId, Tally)>, StoreError> {
        let rows = db!(&self.read, |pool| {
            select!(UserTallyRow, pool, filter, Grain::Person, BY_USER)
        });
        rows.into_iter()
            .map(|row| Ok((UserId(row.user_id), Tally::try_from(row.tally)?)))
            .collect()
    }

    /// Everything that was used from then until then.
    pub async fn used_in_period(
        &self,
        organization: OrganizationId,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<InUse, StoreError> {
        let mut used = InUse::default();
        db!(&self.read, |pool| {
            for (text, names) in [
                (WORKFLOWS, &mut used.workflows),
                (AGENTS, &mut used.agents),
                (MODELS, &mut used.models),
            ] {
                *names = sqlx::query_scalar::<_, String>(text)
                    .bind(organization.0)
                    .bind(from)
                    .bind(until)
                    .fetch_all(pool)
                    .await?;
            }
            let users: Vec<Uuid> = sqlx::query_scalar(
                "select distinct user_id from tallies where organization_id = $1 \
                     and grain = 'person' and begun_at >= $2 and begun_at < $3",
            )
            .bind(organization.0)
            .bind(from)
            .bind(until)
            .fetch_all(pool)
            .await?;
            used.users = users.into_iter().map(UserId).collect();
        });
        Ok(used)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agent_is_looked_for_as_it_is_called() {
        assert_eq!(anywhere_in_crew("critic"), "%,critic,%");
        assert_eq!(anywhere_in_crew("50%_a\\b"), "%,50\\%\\_a\\\\b,%");
    }
}
