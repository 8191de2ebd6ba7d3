//! Shares: a branch as it is now, or one answer, for whoever has the link. Nothing else of the
//! conversation is told to them, and nothing of what comes later.

use crate::access::Member;
use crate::accounts::Client;
use crate::bus::Bus;
use crate::clock::Clock;
use crate::conversations::branch;
use crate::error::{Error, Result};
use crate::listing::{Part, moment};
use crate::secret::{self, Token};
use crate::throttle::Throttle;
use chrono::TimeDelta;
use domain::transcript::{AgentState, Ending};
use domain::user::Invalid;
use domain::{
    Conversation, ConversationId, ConversationTitle, Message, MessageId, MessageRole, Page, Share,
    ShareId, ShareMode, SharedAnswer, SharedTurn, SharedView, Transcript,
};
use std::net::IpAddr;
use std::sync::Arc;
use store::{Scope, Store};

/// Shared pages are counted for so long.
const WINDOW: TimeDelta = TimeDelta::minutes(15);
const FROM_AN_ADDRESS: usize = 300;
const LONGEST_DAYS: u32 = 365;

const NO_CONVERSATION: Error = Error::NotFound("conversation");
const NO_ANSWER: Error = Error::NotFound("answer");

/// What is shared, and for how long.
#[derive(Clone, Debug)]
pub struct ShareForm {
    pub conversation_id: ConversationId,
    /// Only that answer; without it, the branch that is shown.
    pub answer_id: Option<MessageId>,
    pub mode: ShareMode,
    /// 1 to 365.
    pub days: u32,
}

pub struct Shares {
    store: Store,
    clock: Arc<dyn Clock>,
    public_url: String,
    by_address: Throttle<IpAddr>,
}

impl Shares {
    pub(crate) fn new(store: Store, clock: Arc<dyn Clock>, bus: Bus, public_url: String) -> Self {
        Self {
            by_address: Throttle::new("shared", WINDOW, bus, clock.clone()),
            store,
            clock,
            public_url,
        }
    }

    /// With the whole link, to be handed over; its secret cannot be shown again.
    pub async fn create(&self, member: &Member, form: ShareForm) -> Result<(Share, String)> {
        member.asking()?;
        if !(1..=LONGEST_DAYS).contains(&form.days) {
            return Err(Invalid::new("days", "a link works for 1 to 365 days").into());
        }
        let scope = member.scope();
        let conversation = self.store.conversation(scope, form.conversation_id).await?;
        let conversation = conversation.ok_or(NO_CONVERSATION)?;
        let messages = self.store.messages(scope, conversation.id).await?;
        let (leaf_id, title) = match form.answer_id {
            Some(answer) => one(&messages, answer)?,
            None => all(&messages, &conversation)?,
        };
        let now = self.clock.now();
        let token = Token::random()?;
        let share = Share {
            id: ShareId(self.clock.new_id()),
            organization_id: conversation.organization_id,
            user_id: conversation.user_id,
            conversation_id: conversation.id,
            leaf_id,
            one_answer: form.answer_id.is_some(),
            mode: form.mode,
            title,
            created_at: now,
            expires_at: now + TimeDelta::days(form.days.into()),
        };
        if !self.store.create_share(&share, &token.hash()).await? {
            return Err(NO_CONVERSATION);
        }
        let base = self.public_url.trim_end_matches('/');
        Ok((share, format!("{base}/shared/{}", token.expose())))
    }

    /// Those whose links work, the newest first.
    pub async fn list(&self, member: &Member, part: &Part) -> Result<Page<Share>> {
        let shares = self.store.shares(member.scope(), self.clock.now()).await?;
        part.of(shares, true, |share| {
            (moment(share.created_at), share.id.to_string())
        })
    }

    pub async fn of_conversation(&self, member: &Member, id: ConversationId) -> Result<Vec<Share>> {
        let scope = member.scope();
        self.store
            .conversation(scope, id)
            .await?
            .ok_or(NO_CONVERSATION)?;
        let mut shares = self.store.shares(scope, self.clock.now()).await?;
        shares.retain(|share| share.conversation_id == id);
        Ok(shares)
    }

    pub async fn revoke(&self, member: &Member, id: ShareId) -> Result<()> {
        member.writing()?;
        if self.store.revoke_share(member.scope(), id).await? {
            Ok(())
        } else {
            Err(Error::NotFound("share"))
        }
    }

    /// For whoever has the secret at the end of a link.
    pub async fn read(&self, client: &Client, token: &str) -> Result<SharedView> {
        self.by_address
            .attempt(FROM_AN_ADDRESS, &client.address)
            .await?;
        let share = self
            .store
            .share(&secret::hash(token), self.clock.now())
            .await?
            .ok_or(Error::NotFound(
                "shared page, or its link has expired or was taken back",
            ))?;
        let scope = Scope {
            organization_id: share.organization_id,
            user_id: Some(share.user_id),
        };
        let messages = self.store.messages(scope, share.conversation_id).await?;
        let mut shown = branch(&messages, Some(share.leaf_id));
        if share.one_answer {
            shown.drain(..shown.len().saturating_sub(2));
        }
        let mut turns = Vec::new();
        for (place, question) in shown.iter().enumerate() {
            if question.role != MessageRole::User {
                continue;
            }
            let next = shown.get(place + 1);
            let answer = next.filter(|next| next.role == MessageRole::Assistant);
            let turn = self.turn(scope, share.mode, question, answer.copied());
            turns.push(turn.await?);
        }
        Ok(SharedView {
            title: share.title,
            shared_at: share.created_at,
            expires_at: share.expires_at,
            turns,
        })
    }

    async fn turn(
        &self,
        scope: Scope,
        mode: ShareMode,
        question: &Message,
        answer: Option<&Message>,
    ) -> Result<SharedTurn> {
        let mut turn = SharedTurn {
            question: question.content.clone(),
            answer: None,
            transcript: None,
        };
        let Some((answer, run)) = answer.and_then(|answer| Some((answer, answer.run_id?))) else {
            return Ok(turn);
        };
        let events = self.store.events(scope, run, 0, u32::MAX).await?;
        let transcript = Transcript::from_events(&events);
        if let Some(Ending::Answer {
            content,
            html,
            metadata,
        }) = &transcript.ending
        {
            turn.answer = Some(SharedAnswer {
                content: content.clone(),
                html: html.clone(),
                outcome: metadata.outcome,
                score: metadata.score,
                answered_at: answer.created_at,
            });
        }
        turn.transcript = match mode {
            ShareMode::Answer => None,
            ShareMode::Deliberation => Some(public(transcript)),
        };
        Ok(turn)
    }
}

/// Without what speaks of earlier questions, and of how this server is set up.
fn public(mut transcript: Transcript) -> Transcript {
    transcript.observation = None;
    if let Some(Ending::Answer { metadata, .. }) = &mut transcript.ending {
        metadata.history_summary = None;
        metadata.title = None;
    }
    for card in &mut transcript.agents {
        if let AgentState::Failed { message, .. } = &mut card.state {
            "It gave no usable answer.".clone_into(message);
        }
    }
    transcript
}

/// An answer, under the name of its question: that of the conversation may say more.
fn one(messages: &[Message], id: MessageId) -> Result<(MessageId, ConversationTitle)> {
    let find = |id| messages.iter().find(|message| message.id == id);
    let answer = find(id).filter(|answer| answer.role == MessageRole::Assistant);
    let answer = answer.ok_or(NO_ANSWER)?;
    let question = answer.parent_id.and_then(find).ok_or(NO_ANSWER)?;
    Ok((id, ConversationTitle::from_question(&question.content)))
}

/// The branch up to its last answer.
fn all(messages: &[Message], of: &Conversation) -> Result<(MessageId, ConversationTitle)> {
    let shown = branch(messages, of.active_leaf_id);
    let answer = shown
        .iter()
        .rfind(|message| message.role == MessageRole::Assistant);
    let answer = answer.ok_or(Error::Conflict(
        "There is no answer to share yet. Wait for it, or ask again.",
    ))?;
    Ok((answer.id, of.title.clone()))
}
