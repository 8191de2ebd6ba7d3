//! Pieces of text that are put together before they are shown: a model sends many small ones.

use domain::event::Delta;

/// In the order they came; pieces that continue each other are one.
#[derive(Default)]
pub(super) struct Deltas(Vec<Delta>);

impl Deltas {
    pub fn push(&mut self, new: Delta) {
        for known in self.0.iter_mut().rev() {
            match (known, &new) {
                (
                    Delta::AgentDelta {
                        step, offset, text, ..
                    },
                    Delta::AgentDelta {
                        step: new_step,
                        offset: new_offset,
                        text: more,
                        ..
                    },
                )
                | (
                    Delta::AnswerDelta { step, offset, text },
                    Delta::AnswerDelta {
                        step: new_step,
                        offset: new_offset,
                        text: more,
                    },
                ) if step == new_step => {
                    if *offset + text.len() == *new_offset {
                        text.push_str(more);
                        return;
                    }
                    break;
                }
                (Delta::DeltaReset { step, .. }, _) if *step == step_of(&new) => break,
                _ => {}
            }
        }
        self.0.push(new);
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn take(&mut self) -> Vec<Delta> {
        std::mem::take(&mut self.0)
    }
}

fn step_of(delta: &Delta) -> &str {
    match delta {
        Delta::AgentDelta { step, .. }
        | Delta::AnswerDelta { step, .. }
        | Delta::DeltaReset { step, .. } => step,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(step: &str, offset: usize, text: &str) -> Delta {
        Delta::AnswerDelta {
            step: step.into(),
            offset,
            text: text.into(),
        }
    }

    fn reset(step: &str) -> Delta {
        Delta::DeltaReset {
            step: step.into(),
            agent_id: None,
        }
    }

    #[test]
    fn pieces_that_continue_each_other_become_one() {
        let mut deltas = Deltas::default();
        for delta in [
            answer("a", 0, "one "),
            answer("b", 0, "x"),
            answer("a", 4, "two"),
            answer("a", 9, "lost before"),
            reset("a"),
            answer("a", 0, "again"),
            answer("a", 5, "!"),
        ] {
            deltas.push(delta);
        }
        let expected = [
            answer("a", 0, "one two"),
            answer("b", 0, "x"),
            answer("a", 9, "lost before"),
            reset("a"),
            answer("a", 0, "again!"),
        ];
        assert_eq!(deltas.take(), expected);
        assert!(deltas.is_empty());
    }
}
