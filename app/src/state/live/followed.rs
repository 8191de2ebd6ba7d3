//! The runs that pages follow, each with the transcript it has grown to.
//! Opening and losing the socket is not decided here.

use domain::wire::{ClientMessage, Control, ServerMessage};
use domain::{Event, RunId, Transcript};
use leptos::prelude::*;
use std::cell::Cell;
use std::collections::HashMap;
use std::rc::Rc;

struct Followed {
    transcript: ArcRwSignal<Transcript>,
    /// Asked for what is missing; until it comes, later events are left to that answer.
    catching_up: bool,
    /// Text came in that the next frame shows.
    frame_due: Rc<Cell<bool>>,
}

/// The server cannot show a run that is followed at the moment: to be asked again a little later,
/// on another connection.
#[derive(Debug, PartialEq)]
pub struct Unserved;

#[derive(Default)]
pub struct FollowedRuns(HashMap<RunId, Followed>);

impl FollowedRuns {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn add(&mut self, run_id: RunId, transcript: ArcRwSignal<Transcript>) {
        let followed = Followed {
            transcript,
            catching_up: false,
            frame_due: Rc::default(),
        };
        self.0.insert(run_id, followed);
    }

    /// Says what the server has to be told.
    pub fn remove(
        &mut self,
        run_id: RunId,
        transcript: &ArcRwSignal<Transcript>,
    ) -> Option<ClientMessage> {
        if self.0.get(&run_id)?.transcript != *transcript {
            return None;
        }
        self.0.remove(&run_id);
        Some(ClientMessage::Unsubscribe { run_id })
    }

    /// What a new connection has to ask for.
    pub fn subscriptions(&mut self) -> Vec<ClientMessage> {
        let ids: Vec<RunId> = self.0.keys().copied().collect();
        ids.into_iter()
            .filter_map(|run_id| self.subscription(run_id))
            .collect()
    }

    /// Everything after the last event that is here.
    pub fn subscription(&mut self, run_id: RunId) -> Option<ClientMessage> {
        let followed = self.0.get_mut(&run_id)?;
        followed.catching_up = true;
        let after_seq = followed.transcript.with_untracked(|it| it.last_seq);
        Some(ClientMessage::Subscribe { run_id, after_seq })
    }

    /// Folds a message in and says what has to be answered.
    pub fn receive(&mut self, message: ServerMessage) -> Result<Option<ClientMessage>, Unserved> {
        match message {
            ServerMessage::Event(event) => Ok(self.event(&event)),
            ServerMessage::Delta(delta) => {
                if let Some(followed) = self.0.get(&delta.run_id) {
                    followed.show_text(|transcript| transcript.apply_delta(&delta.delta));
                }
                Ok(None)
            }
            ServerMessage::Control(control) => self.control(control),
        }
    }

    fn event(&mut self, event: &Event) -> Option<ClientMessage> {
        let followed = self.0.get_mut(&event.run_id)?;
        let last_seq = followed.transcript.with_untracked(|it| it.last_seq);
        if event.seq > last_seq + 1 {
            if followed.catching_up {
                return None;
            }
            return self.subscription(event.run_id);
        }
        if event.seq == last_seq + 1 {
            followed.transcript.update(|it| it.apply(event));
        }
        if event.data.is_last() {
            self.0.remove(&event.run_id);
        }
        None
    }

    fn control(&mut self, control: Control) -> Result<Option<ClientMessage>, Unserved> {
        Ok(match control {
            Control::Subscribed {
                run_id, partial, ..
            } => {
                if let Some(followed) = self.0.get_mut(&run_id) {
                    followed.catching_up = false;
                    let known = followed.transcript.with_untracked(Transcript::has_partial);
                    if known || !partial.is_empty() {
                        followed.show_text(|transcript| transcript.set_partial(&partial));
                    }
                }
                None
            }
            Control::ResyncRequired { run_id, .. } => self.subscription(run_id),
            Control::Error {
                run_id: Some(run_id),
                code,
                ..
            } => {
                if code != "busy" {
                    self.0.remove(&run_id);
                } else if self.0.contains_key(&run_id) {
                    return Err(Unserved);
                }
                None
            }
            Control::Accepted { .. } | Control::Pong {} | Control::Error { .. } => None,
        })
    }
}

impl Followed {
    /// Pieces of text come far more often than the screen is drawn.
    fn show_text(&self, change: impl FnOnce(&mut Transcript)) {
        self.transcript.update_untracked(change);
        if !self.frame_due.replace(true) {
            let (transcript, frame_due) = (self.transcript.clone(), self.frame_due.clone());
            request_animation_frame(move || {
                frame_due.set(false);
                transcript.notify();
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::wire::Control;
    use domain::{ConversationId, EventData};

    fn run(number: u8) -> RunId {
        let id = format!("00000000-0000-0000-0000-00000000000{number}");
        id.parse().expect("an id")
    }

    fn event(seq: u64) -> ServerMessage {
        let data = match seq {
            4 => EventData::Cancelled {
                by: "Ada".into(),
                reason: String::new(),
            },
            _ => EventData::SynthesisStarted {},
        };
        ServerMessage::Event(Box::new(Event {
            run_id: run(1),
            conversation_id: ConversationId(Default::default()),
            seq,
            ts: chrono::DateTime::UNIX_EPOCH,
            iteration: 1,
            data,
        }))
    }

    fn subscribed() -> ServerMessage {
        ServerMessage::Control(Control::Subscribed {
            run_id: run(1),
            last_seq: 4,
            partial: Vec::new(),
        })
    }

    fn subscribe(after_seq: u64) -> ClientMessage {
        ClientMessage::Subscribe {
            run_id: run(1),
            after_seq,
        }
    }

    fn following() -> (FollowedRuns, ArcRwSignal<Transcript>) {
        let transcript = ArcRwSignal::new(Transcript::default());
        let mut runs = FollowedRuns::default();
        runs.add(run(1), transcript.clone());
        assert_eq!(runs.subscriptions(), [subscribe(0)]);
        (runs, transcript)
    }

    #[test]
    fn what_is_missing_is_asked_for_once_and_nothing_is_applied_twice() {
        let (mut runs, transcript) = following();
        let last_seq = || transcript.with_untracked(|it| it.last_seq);
        assert_eq!(runs.receive(subscribed()), Ok(None));
        assert_eq!(runs.receive(event(1)), Ok(None));
        assert_eq!(runs.receive(event(3)), Ok(Some(subscribe(1))));
        assert_eq!(runs.receive(event(4)), Ok(None), "already asked for");
        assert_eq!(last_seq(), 1);

        assert_eq!(runs.receive(subscribed()), Ok(None));
        for seq in [1, 2, 2, 3] {
            assert_eq!(runs.receive(event(seq)), Ok(None));
        }
        assert_eq!(last_seq(), 3);
        assert_eq!(
            runs.subscriptions(),
            [subscribe(3)],
            "a new connection goes on"
        );
        assert_eq!(runs.receive(event(4)), Ok(None));
        assert_eq!(last_seq(), 4);
        assert!(runs.is_empty(), "after its last event a run is let go");
    }

    #[test]
    fn a_slow_reader_asks_again_and_a_lost_right_ends_it() {
        let (mut runs, _) = following();
        let resync = ServerMessage::Control(Control::ResyncRequired {
            run_id: run(1),
            last_seq: 9,
        });
        assert_eq!(runs.receive(resync), Ok(Some(subscribe(0))));
        let refused = |run_id, code: &str| {
            ServerMessage::Control(Control::Error {
                request_id: None,
                run_id: Some(run_id),
                code: code.into(),
                message: String::new(),
            })
        };
        for (message, done) in [
            (refused(run(1), "busy"), Err(Unserved)),
            (refused(run(2), "busy"), Ok(None)),
            (refused(run(2), "not_found"), Ok(None)),
        ] {
            assert_eq!(runs.receive(message), done);
            assert!(!runs.is_empty());
        }
        assert_eq!(runs.receive(refused(run(1), "forbidden")), Ok(None));
        assert!(runs.is_empty());
    }

    #[test]
    fn an_older_view_does_not_end_what_a_newer_one_follows() {
        let (mut runs, older) = following();
        let newer = ArcRwSignal::new(Transcript::default());
        runs.add(run(1), newer.clone());
        assert_eq!(runs.remove(run(1), &older), None);
        assert!(!runs.is_empty());
        assert_eq!(
            runs.remove(run(1), &newer),
            Some(ClientMessage::Unsubscribe { run_id: run(1) })
        );
    }
}
