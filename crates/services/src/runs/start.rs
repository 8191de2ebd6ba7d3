//! Asking: a question becomes a message and a run that waits for a worker.

use super::Runs;
use super::admission::{MOST, refusal};
use crate::access::Member;
use crate::conversations::branch;
use crate::error::{Error, Result};
use crate::quotas::used_up;
use domain::wire::{Query, QueryOptions};
use domain::{
    Conversation, ConversationId, ConversationMetadata, ConversationTitle, Message, MessageId,
    MessageMetadata, MessageRole, Question, Run, RunId, RunStatus, Source, WorkflowId,
};
use engine::Brief;
use engine::brief::{History, Speaker, Turn};
use store::{Admission, Conversing, Posed, Started};

/// The key that makes a request idempotent, in characters.
const LONGEST_REQUEST_ID: usize = 200;

const NO_CONVERSATION: Error = Error::NotFound("conversation");
pub(super) const NO_MESSAGE: Error = Error::NotFound("message");

/// What is asked, and how it is to be answered.
pub(super) struct Asking {
    pub question: Question,
    pub request_id: String,
    pub workflow_id: Option<WorkflowId>,
    pub options: QueryOptions,
}

/// Where a question stands.
pub(super) struct Place {
    conversation: Conversation,
    is_new: bool,
    /// The message it follows.
    parent: Option<MessageId>,
    /// It has been asked there before, and gets another answer.
    pub again: Option<MessageId>,
    /// A stopped run whose finished calls are not made again.
    pub finished: Option<RunId>,
    edited: bool,
    history: History,
    /// The way in.
    source: Source,
}

impl Runs {
    /// Stores the question with a run that waits for a worker. The same request id starts one run
    /// only, however often it comes.
    pub async fn start(&self, member: &Member, query: Query, source: Source) -> Result<Run> {
        self.start_after(member, query, source, Vec::new()).await
    }

    /// `earlier`: what was said before, where the caller keeps the conversation. It counts in a
    /// new one only.
    pub async fn start_after(
        &self,
        member: &Member,
        query: Query,
        source: Source,
        earlier: Vec<(MessageRole, String)>,
    ) -> Result<Run> {
        member.asking()?;
        let asking = Asking {
            question: question(query.message)?,
            request_id: self.request_id(query.request_id)?,
            workflow_id: query.workflow_id,
            options: query.options,
        };
        let conversation = query.conversation_id;
        if let Some(known) = self.known(member, &asking, conversation).await? {
            return Ok(known);
        }
        let place = match conversation {
            Some(id) => Place {
                source,
                ..self.at_the_end(member, id).await?
            },
            None => self.on_its_own(member, &asking.question, source, earlier),
        };
        self.begin(member, asking, place).await
    }

    /// Asks a question again in other words: a branch beside the old one, which stays.
    pub async fn edit(
        &self,
        member: &Member,
        id: MessageId,
        content: String,
        workflow_id: Option<WorkflowId>,
        request_id: Option<String>,
    ) -> Result<Run> {
        member.asking()?;
        let asking = Asking {
            question: question(content)?,
            request_id: self.request_id(request_id)?,
            workflow_id,
            options: QueryOptions::default(),
        };
        let old = self.store.message(member.scope(), id).await?;
        let old = old.ok_or(NO_MESSAGE)?;
        if old.role != MessageRole::User {
            return Err(Error::Conflict(
                "Only questions are edited: ask for another answer instead.",
            ));
        }
        let conversation = old.conversation_id;
        if let Some(known) = self.known(member, &asking, Some(conversation)).await? {
            return Ok(known);
        }
        let conversation = self.conversation(member, conversation).await?;
        let place = self.after(member, conversation, old.parent_id).await?;
        let place = Place {
            edited: true,
            ..place
        };
        self.begin(member, asking, place).await
    }

    /// Another answer to a question; `id` is the question's or that of an answer to it.
    pub async fn regenerate(
        &self,
        member: &Member,
        id: MessageId,
        workflow_id: Option<WorkflowId>,
        options: QueryOptions,
        request_id: Option<String>,
    ) -> Result<Run> {
        member.asking()?;
        let scope = member.scope();
        let named = self.store.message(scope, id).await?.ok_or(NO_MESSAGE)?;
        let asked = match (named.role, named.parent_id) {
            (MessageRole::User, _) => named,
            (MessageRole::Assistant, Some(question)) => {
                let question = self.store.message(scope, question).await?;
                question.ok_or(NO_MESSAGE)?
            }
            (MessageRole::Assistant, None) => return Err(NO_MESSAGE),
        };
        let asking = Asking {
            question: question(asked.content)?,
            request_id: self.request_id(request_id)?,
            workflow_id,
            options,
        };
        let conversation = asked.conversation_id;
        if let Some(known) = self.known(member, &asking, Some(conversation)).await? {
            return Ok(known);
        }
        let conversation = self.conversation(member, conversation).await?;
        let place = self.after(member, conversation, asked.parent_id).await?;
        let place = Place {
            again: Some(asked.id),
            ..place
        };
        self.begin(member, asking, place).await
    }

    async fn begin(&self, member: &Member, asking: Asking, mut place: Place) -> Result<Run> {
        let run_id = RunId(self.clock.new_id());
        let history = std::mem::take(&mut place.history);
        let brief = self.brief(member, run_id, &asking, history).await?;
        self.keep(member, asking, place, brief).await
    }

    /// Stores it, and wakes a worker.
    pub(super) async fn keep(
        &self,
        member: &Member,
        asking: Asking,
        place: Place,
        brief: Brief,
    ) -> Result<Run> {
        let user = member.user();
        let now = self.clock.now();
        let Place {
            conversation,
            is_new,
            parent,
            again,
            finished,
            edited,
            history: _,
            source,
        } = place;
        let question_id = again.unwrap_or_else(|| MessageId(self.clock.new_id()));
        let run = Run {
            id: brief.run_id,
            organization_id: user.organization_id,
            user_id: user.id,
            conversation_id: conversation.id,
            question_id,
            answer_id: MessageId(self.clock.new_id()),
            workflow_id: brief.workflow.id.clone(),
            request_id: asking.request_id.clone(),
            status: RunStatus::Queued,
            outcome: None,
            score: None,
            error_code: None,
            last_seq: 0,
            created_at: now,
            started_at: None,
            finished_at: None,
        };
        let message = Message {
            id: question_id,
            organization_id: user.organization_id,
            conversation_id: conversation.id,
            parent_id: parent,
            role: MessageRole::User,
            content: asking.question.clone().into(),
            run_id: None,
            created_at: now,
            metadata: MessageMetadata {
                edited,
                ..MessageMetadata::default()
            },
            feedback: None,
        };
        let brief = serde_json::to_value(&brief)
            .map_err(|error| Error::Internal(format!("a brief cannot be written: {error}")))?;
        let posed = match (again, finished) {
            (None, _) => Posed::New(&message),
            (Some(_), None) => Posed::Again,
            (Some(_), Some(run)) => Posed::Concluding(run),
        };
        let conversing = if is_new {
            Conversing::New(&conversation)
        } else {
            Conversing::Existing {
                leaf: conversation.active_leaf_id,
                title: ConversationTitle::from_question(asking.question.as_str()),
            }
        };
        let admission = Admission { most: MOST, source };
        match self
            .store
            .start_run(&run, &brief, posed, conversing, &admission)
            .await?
        {
            Started::New => {
                self.bus.announce_work();
                Ok(run)
            }
            Started::Known(known) => {
                let conversation = (!is_new).then_some(run.conversation_id);
                self.same(member, known, conversation, &asking.question)
                    .await
            }
            Started::Full(load) => Err(refusal(load)),
            Started::Spent(exhausted) => Err(used_up(exhausted, now)),
            Started::NoConversation => Err(NO_CONVERSATION),
            Started::Busy => Err(Error::Conflict(
                "A question is being answered in this conversation. Wait for it, or stop it.",
            )),
        }
    }

    /// The run that this request started before, if it was this request.
    pub(super) async fn known(
        &self,
        member: &Member,
        asking: &Asking,
        conversation: Option<ConversationId>,
    ) -> Result<Option<Run>> {
        let user = member.user().id;
        match self.store.run_by_request(user, &asking.request_id).await? {
            Some(known) => self
                .same(member, known, conversation, &asking.question)
                .await
                .map(Some),
            None => Ok(None),
        }
    }

    async fn same(
        &self,
        member: &Member,
        known: Run,
        conversation: Option<ConversationId>,
        question: &Question,
    ) -> Result<Run> {
        let asked = self
            .store
            .message(member.scope(), known.question_id)
            .await?;
        let elsewhere = conversation.is_some_and(|id| id != known.conversation_id);
        if elsewhere || asked.is_none_or(|asked| asked.content != question.as_str()) {
            return Err(Error::Conflict(
                "This request id came with another question: make a new one for each.",
            ));
        }
        Ok(known)
    }

    fn on_its_own(
        &self,
        member: &Member,
        question: &Question,
        source: Source,
        earlier: Vec<(MessageRole, String)>,
    ) -> Place {
        let metadata = ConversationMetadata {
            source,
            archived: source.begins_archived(),
            ..ConversationMetadata::default()
        };
        let turns = earlier
            .into_iter()
            .map(|(role, text)| turn(role, text))
            .collect();
        Place {
            conversation: Conversation::begun(
                ConversationId(self.clock.new_id()),
                member.user(),
                ConversationTitle::from_question(question.as_str()),
                metadata,
                self.clock.now(),
            ),
            is_new: true,
            parent: None,
            again: None,
            finished: None,
            edited: false,
            history: History {
                turns,
                summary: None,
            },
            source,
        }
    }

    /// After what is shown of the conversation.
    async fn at_the_end(&self, member: &Member, id: ConversationId) -> Result<Place> {
        let conversation = self.conversation(member, id).await?;
        let leaf = conversation.active_leaf_id;
        self.after(member, conversation, leaf).await
    }

    pub(super) async fn conversation(
        &self,
        member: &Member,
        id: ConversationId,
    ) -> Result<Conversation> {
        let found = self.store.conversation(member.scope(), id).await?;
        found.ok_or(NO_CONVERSATION)
    }

    /// After that message, with what was said before it. The conversation was read once: what it
    /// shows is what the question counts on.
    pub(super) async fn after(
        &self,
        member: &Member,
        conversation: Conversation,
        parent: Option<MessageId>,
    ) -> Result<Place> {
        let messages = self.store.messages(member.scope(), conversation.id).await?;
        Ok(Place {
            conversation,
            is_new: false,
            parent,
            again: None,
            finished: None,
            edited: false,
            history: history(&branch(&messages, parent)),
            source: member.source(),
        })
    }

    pub(super) fn request_id(&self, given: Option<String>) -> Result<String> {
        let Some(id) = given.filter(|id| !id.is_empty()) else {
            return Ok(self.clock.new_id().to_string());
        };
        let plain = id.chars().count() <= LONGEST_REQUEST_ID && !id.chars().any(char::is_control);
        in_range("request_id", plain, "1 to 200 characters on one line")?;
        Ok(id)
    }
}

pub(super) fn question(text: String) -> Result<Question> {
    Question::try_from(text).map_err(|error| Error::Invalid {
        field: "message",
        message: error.to_string(),
    })
}

pub(super) fn in_range(field: &'static str, fine: bool, range: &str) -> Result<()> {
    if fine {
        return Ok(());
    }
    Err(Error::Invalid {
        field,
        message: format!("{field} must be {range}"),
    })
}

/// The person's turns and the final answers; a summary that an earlier run made stands for the
/// oldest of them.
fn history(branch: &[&Message]) -> History {
    let turns = branch
        .iter()
        .map(|message| turn(message.role, message.content.clone()))
        .collect();
    let summary = branch
        .iter()
        .rev()
        .find_map(|message| message.metadata.history_summary.clone());
    History { turns, summary }
}

fn turn(role: MessageRole, text: String) -> Turn {
    let speaker = match role {
        MessageRole::User => Speaker::User,
        MessageRole::Assistant => Speaker::Assistant,
    };
    Turn { speaker, text }
}
