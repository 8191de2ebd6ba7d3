//! Trying an agent out: on any question, or once more on the question of a run, with another model.
//! Admins only; nothing is kept but what it used.

use super::{Agents, GONE};
use crate::access::{Admin, Member};
use crate::analytics::account_for_trial;
use crate::error::{Error, Result};
use crate::models::Models;
use crate::quotas;
use domain::{
    AgentConfig, AgentId, EventData, LlmConfig, ModelName, Observation, Question, RunId,
    SynthesisMode, Trial, shipped,
};
use engine::{Brief, ModelChoice};
use std::str::FromStr;
use std::time::Duration;
use tokio::time::timeout;

/// Trials at once, and how long one may take.
pub(super) const AT_ONCE: usize = 8;
const LONGEST: Duration = Duration::from_secs(120);

impl Agents {
    /// This one agent's contribution to a question, as it is or as it was.
    pub async fn test(
        &self,
        admin: &Admin,
        id: &AgentId,
        version: Option<u32>,
        query: String,
    ) -> Result<Trial> {
        let member = admin.member();
        member.writing()?;
        let question = Question::try_from(query).map_err(|error| Error::Invalid {
            field: "query",
            message: error.to_string(),
        })?;
        let agent = match version {
            None => self.get(member, id).await?.config,
            Some(version) => {
                let was = self.version(member, id, version).await?;
                was.content.into_config(id.clone(), version)
            }
        };
        let models = self.models.of(member.user().organization_id).await?;
        let brief = self.alone(member, question, agent, &models)?;
        self.tried(member, id, brief, None, models).await
    }

    /// The same agent, as it was in one's own run, on the same question with the same conversation
    /// before it, but with another model: as in the first round. The run stays as it is.
    pub async fn test_again(
        &self,
        admin: &Admin,
        run: RunId,
        id: &AgentId,
        model: &str,
    ) -> Result<Trial> {
        let member = admin.member();
        member.writing()?;
        let brief = self.store.brief(member.scope(), run).await?;
        let brief = brief.ok_or(Error::NotFound("run"))?;
        let model = ModelName::from_str(model).map_err(|error| Error::Invalid {
            field: "other_model",
            message: error.to_string(),
        })?;
        let asked: Brief = serde_json::from_value(brief)
            .map_err(|error| Error::Internal(format!("a stored brief cannot be read: {error}")))?;
        let mut agents = asked.agents.into_iter().map(|agent| agent.config);
        let agent = agents.find(|agent| agent.id == *id).ok_or(GONE)?;
        let agent = AgentConfig {
            llm_config: LlmConfig {
                model: Some(model),
                fallbacks: Vec::new(),
                ..agent.llm_config
            },
            ..agent
        };
        let told = self.store.events(member.scope(), run, 0, u32::MAX).await?;
        let observed = told.into_iter().find_map(|event| match event.data {
            EventData::Observed { observation, .. } => Some(observation),
            _ => None,
        });
        // Where the synthesis observes as well, the agents were asked before that.
        let is_staged = asked.workflow.synthesis_mode == SynthesisMode::Staged;
        let observation = observed.filter(|_| is_staged);
        let models = self.models.of(member.user().organization_id).await?;
        let mut brief = self.alone(member, asked.question, agent, &models)?;
        brief.history = asked.history;
        self.tried(member, id, brief, observation, models).await
    }

    fn alone(
        &self,
        member: &Member,
        question: Question,
        agent: AgentConfig,
        models: &Models,
    ) -> Result<Brief> {
        let choice = ModelChoice {
            user: member.user().preferences.default_model.clone(),
            ..models.choice.clone()
        };
        Brief::new(
            RunId(self.clock.new_id()),
            question,
            shipped::alone(agent.id.clone()),
            &[agent],
            &choice,
            models.llm.as_ref(),
        )
        .map_err(|_| Error::NoModel)
    }

    async fn tried(
        &self,
        member: &Member,
        id: &AgentId,
        brief: Brief,
        observation: Option<Observation>,
        models: Models,
    ) -> Result<Trial> {
        quotas::admit(&self.store, member, self.clock.now()).await?;
        let busy = |_| Error::Busy("Eight agents are being tested. Try again in a moment.");
        let _place = self.trials.try_acquire().map_err(busy)?;
        let asked = engine::try_agent(brief, observation, models.llm);
        let begun = self.clock.now();
        let tried = timeout(LONGEST, asked).await;
        let times = (self.clock.new_id(), begun, self.clock.now());
        let came = tried.as_ref().ok();
        let came = came.map(|came| came.as_ref().map(|trial| &trial.contribution));
        account_for_trial(&self.store, member, id, times, came).await;
        match tried {
            Ok(Ok(trial)) => Ok(trial),
            Ok(Err(error)) => Err(Error::Provider {
                code: error.kind.code(),
                message: error.message,
            }),
            Err(_) => Err(Error::Provider {
                code: "timeout",
                message: "The agent's model did not answer within two minutes.".to_owned(),
            }),
        }
    }
}
