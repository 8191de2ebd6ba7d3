//! The model's chat template around a system text and a prompt, as tokens.

use llama_cpp_2::model::{LlamaChatMessage, LlamaChatTemplate, LlamaModel};
use llama_cpp_2::token::LlamaToken;
use llama_cpp_2::vocab::LlamaVocab;

const SYSTEM: &str = "<<the system text>>";
const PROMPT: &str = "<<the prompt>>";

/// What the template puts before, between and after the two texts. Kept apart from them, so that
/// only the template's own control tokens are read as such: `<|im_end|>` in a question is text.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    before: Vec<LlamaToken>,
    between: Vec<LlamaToken>,
    after: Vec<LlamaToken>,
}

#[derive(Debug, thiserror::Error)]
#[error("the model has no usable chat template")]
pub(super) struct NoTemplate;

impl Frame {
    /// A model without a template that llama.cpp knows gets ChatML, the most widespread one.
    pub fn of(model: &LlamaModel) -> Result<Self, NoTemplate> {
        model
            .chat_template(None)
            .ok()
            .and_then(|template| Self::from_template(model, &template))
            .or_else(|| Self::from_template(model, &LlamaChatTemplate::new("chatml").ok()?))
            .ok_or(NoTemplate)
    }

    fn from_template(model: &LlamaModel, template: &LlamaChatTemplate) -> Option<Self> {
        let message =
            |role: &str, text: &str| LlamaChatMessage::new(role.to_owned(), text.to_owned()).ok();
        let messages = [message("system", SYSTEM)?, message("user", PROMPT)?];
        let text = model.apply_chat_template(template, &messages, true).ok()?;
        let (before, rest) = text.split_once(SYSTEM)?;
        let (between, after) = rest.split_once(PROMPT)?;
        let vocab = model.vocab();
        let control = |text: &str| vocab.tokenize(text.as_bytes(), false, true);
        let mut before = control(before);
        if vocab.should_add_bos() && before.first() != Some(&vocab.bos()) {
            before.insert(0, vocab.bos());
        }
        Some(Self {
            before,
            between: control(between),
            after: control(after),
        })
    }

    pub fn tokens(&self, vocab: LlamaVocab<'_>, system: &str, prompt: &str) -> Vec<LlamaToken> {
        let text = |text: &str| vocab.tokenize(text.trim().as_bytes(), false, false);
        [
            self.before.as_slice(),
            &text(system),
            &self.between,
            &text(prompt),
            &self.after,
        ]
        .concat()
    }
}
