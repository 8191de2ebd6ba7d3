//! The branches of a conversation: the one that is shown, what stands beside it, showing another.

use super::{Conversations, GONE};
use crate::access::Member;
use crate::error::Result;
use domain::{
    Alternatives, Conversation, ConversationId, ConversationView, Event, Message, MessageId,
    MessageRole, Run, RunId, Transcript, Turn,
};
use std::collections::HashMap;
use store::{ConversationChange, Scope, Store};

impl Conversations {
    /// The branch that is shown: each question with the run whose answer is on it.
    pub async fn view(&self, member: &Member, id: ConversationId) -> Result<ConversationView> {
        let scope = member.scope();
        let conversation = self.store.conversation(scope, id).await?.ok_or(GONE)?;
        let tree = Tree::read(&self.store, scope, id).await?;
        let mut events: HashMap<RunId, Vec<Event>> = HashMap::new();
        for event in self.store.events_of(scope, id).await? {
            events.entry(event.run_id).or_default().push(event);
        }
        let shown = branch(&tree.messages, conversation.active_leaf_id);
        let turns = shown
            .iter()
            .enumerate()
            .filter(|(_, message)| message.role == MessageRole::User)
            .map(|(place, question)| {
                let run = tree.run(question.id, shown.get(place + 1).copied());
                let events = run.and_then(|run| events.get(&run.id));
                Turn {
                    question: (*question).clone(),
                    transcript: Transcript::from_events(events.into_iter().flatten()),
                    feedback: run.and_then(|run| tree.answer(run)?.feedback.clone()),
                    questions: tree.questions(question),
                    answers: run.and_then(|run| tree.answers(question.id, run)),
                    run: run.cloned(),
                }
            })
            .collect();
        Ok(ConversationView {
            conversation,
            turns,
        })
    }

    /// Shows the branch that goes through that message, to its latest end.
    pub async fn show(&self, member: &Member, id: MessageId) -> Result<Conversation> {
        member.writing()?;
        let through = self.message(member, id).await?;
        let (scope, conversation) = (member.scope(), through.conversation_id);
        let tree = Tree::read(&self.store, scope, conversation).await?;
        let change = ConversationChange {
            leaf: Some(tree.end_of(id)),
            ..ConversationChange::default()
        };
        self.store
            .update_conversation(scope, conversation, &change, self.clock.now())
            .await?
            .ok_or(GONE)
    }
}

/// From the first message to the leaf.
pub(crate) fn branch(messages: &[Message], leaf: Option<MessageId>) -> Vec<&Message> {
    let by_id: HashMap<MessageId, &Message> = messages
        .iter()
        .map(|message| (message.id, message))
        .collect();
    let mut branch: Vec<&Message> =
        std::iter::successors(leaf.and_then(|leaf| by_id.get(&leaf)), |message| {
            message.parent_id.and_then(|parent| by_id.get(&parent))
        })
        .take(messages.len())
        .copied()
        .collect();
    branch.reverse();
    branch
}

/// Everything that was said in a conversation, in the order in which it was.
struct Tree {
    messages: Vec<Message>,
    runs: Vec<Run>,
}

impl Tree {
    async fn read(store: &Store, scope: Scope, id: ConversationId) -> Result<Self> {
        Ok(Self {
            messages: store.messages(scope, id).await?,
            runs: store.runs_of(scope, id).await?,
        })
    }

    fn after(
        &self,
        parent: Option<MessageId>,
        role: MessageRole,
    ) -> impl DoubleEndedIterator<Item = &Message> {
        let follows = move |message: &&Message| message.parent_id == parent && message.role == role;
        self.messages.iter().filter(follows)
    }

    fn runs_of(&self, question: MessageId) -> impl DoubleEndedIterator<Item = &Run> {
        let runs = self.runs.iter();
        runs.filter(move |run| run.question_id == question)
    }

    /// Of a run that has one.
    fn answer(&self, run: &Run) -> Option<&Message> {
        let mut messages = self.messages.iter();
        messages.find(|message| message.id == run.answer_id)
    }

    /// The run of that question on the branch that goes on with `next`.
    fn run(&self, question: MessageId, next: Option<&Message>) -> Option<&Run> {
        match next {
            Some(next) if next.role == MessageRole::Assistant => {
                let mut runs = self.runs.iter();
                runs.find(|run| Some(run.id) == next.run_id)
            }
            // Somebody went on without an answer.
            Some(_) => self
                .runs_of(question)
                .rfind(|run| self.answer(run).is_none()),
            None => self.runs_of(question).next_back(),
        }
    }

    fn questions(&self, shown: &Message) -> Option<Alternatives> {
        let all: Vec<MessageId> = self
            .after(shown.parent_id, MessageRole::User)
            .map(|question| question.id)
            .collect();
        Alternatives::beside(shown.id, &all)
    }

    fn answers(&self, question: MessageId, shown: &Run) -> Option<Alternatives> {
        let answers = self.after(Some(question), MessageRole::Assistant);
        let mut all: Vec<MessageId> = answers.map(|answer| answer.id).collect();
        let unanswered = self.unanswered(question);
        all.extend(unanswered);
        let shown = self.answer(shown).map(|answer| answer.id).or(unanswered)?;
        Alternatives::beside(shown, &all)
    }

    /// Names the branch on which that question has no answer, if there is one.
    fn unanswered(&self, question: MessageId) -> Option<MessageId> {
        let went_on = self.after(Some(question), MessageRole::User).next_back();
        if let Some(next) = went_on {
            return Some(next.id);
        }
        let latest = self.runs_of(question).next_back()?;
        self.answer(latest).is_none().then_some(question)
    }

    /// Where the branch that was last gone on with after that message ends.
    fn end_of(&self, message: MessageId) -> MessageId {
        let mut end = message;
        // None is its own successor, so that the way is not longer than this.
        for _ in &self.messages {
            let next = self.messages.iter().rfind(|it| it.parent_id == Some(end));
            let latest = self.runs_of(end).next_back();
            let Some(next) = next else { break };
            let asked_again = latest
                .is_some_and(|run| self.answer(run).is_none() && run.created_at > next.created_at);
            if asked_again {
                break;
            }
            end = next.id;
        }
        end
    }
}
