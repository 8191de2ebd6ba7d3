//! The choice of a sequence's next token: grammar, penalties, temperature, and the way out when a
//! reply nears its limit.

use domain::LlmConfig;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::sampling::LlamaSampler;
use llama_cpp_2::token::LlamaToken;
use llama_cpp_2::token::data::LlamaTokenData;
use llama_cpp_2::token::data_array::LlamaTokenDataArray;
use llama_cpp_2::vocab::LlamaVocab;
use sha2::{Digest, Sha256};

const TEMPERATURE: f32 = 0.3;
const TOP_K: i32 = 40;
const TOP_P: f32 = 0.9;
/// More than the sampling ever looks at, few beside all 49,000.
const LIKELIEST: usize = 512;
/// A small model repeats itself without end when nothing stops it.
const REPEAT_PENALTY: f32 = 1.1;
const REPEAT_WINDOW: i32 = 128;

/// The same prompt gets the same seed.
pub(super) fn seed(system: &str, prompt: &str) -> u32 {
    let hash = Sha256::new()
        .chain_update(system)
        .chain_update([0])
        .chain_update(prompt)
        .finalize();
    u32::from_le_bytes([hash[0], hash[1], hash[2], hash[3]])
}

#[derive(Debug, thiserror::Error)]
pub(super) enum SampleError {
    #[error("llama.cpp refuses the grammar of the reply: {0}")]
    Grammar(#[from] llama_cpp_2::GrammarError),
    #[error("the grammar of the reply leaves no token to go on with")]
    DeadEnd,
    #[error("llama.cpp failed to accept its own token: {0}")]
    Accept(#[from] llama_cpp_2::SamplerAcceptError),
}

/// By token: whether it does nothing but end a text, a list, an object or a line.
pub(super) struct Endings(Vec<bool>);

impl Endings {
    pub fn of(vocab: LlamaVocab<'_>) -> Self {
        let ends = |token| {
            let piece = vocab.token_to_piece(token, false, None);
            !piece.is_empty() && piece.iter().all(|byte| b"\"]}\n".contains(byte))
        };
        Self(
            vocab
                .tokens()
                .map(|token| vocab.is_eog(token) || ends(token))
                .collect(),
        )
    }

    fn contains(&self, token: LlamaToken) -> bool {
        usize::try_from(token.0).is_ok_and(|id| self.0.get(id) == Some(&true))
    }
}

pub(super) struct Sampler {
    grammar: Option<LlamaSampler>,
    choice: LlamaSampler,
}

impl Sampler {
    pub fn new(
        model: &LlamaModel,
        grammar: Option<&str>,
        config: &LlmConfig,
        seed: u32,
    ) -> Result<Self, SampleError> {
        let grammar = grammar
            .map(|gbnf| LlamaSampler::grammar(model, gbnf, "root"))
            .transpose()?;
        let number = |value: Option<f64>, default: f32| value.map_or(default, |value| value as f32);
        let temperature = number(config.temperature, TEMPERATURE);
        let mut chain = vec![LlamaSampler::penalties(
            model.n_vocab(),
            REPEAT_WINDOW,
            REPEAT_PENALTY,
            number(config.frequency_penalty, 0.0),
            number(config.presence_penalty, 0.0),
        )];
        if temperature > 0.0 {
            chain.extend([
                LlamaSampler::top_k(TOP_K),
                LlamaSampler::top_p(number(config.top_p, TOP_P), 1),
                LlamaSampler::temp(temperature),
                LlamaSampler::dist(seed),
            ]);
        } else {
            chain.push(LlamaSampler::greedy());
        }
        Ok(Self {
            grammar,
            choice: LlamaSampler::chain(chain, true),
        })
    }

    /// `logits` gives the candidates anew at each call; with `ending` the reply is steered to its
    /// end.
    pub fn pick(
        &mut self,
        logits: impl Fn() -> LlamaTokenDataArray,
        endings: &Endings,
        ending: bool,
    ) -> Result<LlamaToken, SampleError> {
        let free = self.choose(&mut logits())?;
        let Some(grammar) = &mut self.grammar else {
            return Ok(free);
        };
        // Most free choices fit the grammar, and one token is checked much faster than all are.
        if !ending && allows(grammar, free) {
            return Ok(free);
        }
        // What the model wanted to say cannot follow. Rather than bend its words it stops, if it
        // may: the end of a text, a list or a line is where the grammar bends least.
        let mut ends = logits();
        ends.data
            .retain(|candidate| endings.contains(candidate.id()));
        if fits(grammar, &mut ends) {
            return self.choose(&mut ends);
        }
        if ending && allows(grammar, free) {
            return Ok(free);
        }
        // The grammar takes its time for each token, and nearly always one of the likeliest fits.
        let mut candidates = logits();
        keep_likeliest(&mut candidates.data);
        if !fits(grammar, &mut candidates) {
            candidates = logits();
            fits(grammar, &mut candidates);
        }
        self.choose(&mut candidates)
    }

    fn choose(&mut self, candidates: &mut LlamaTokenDataArray) -> Result<LlamaToken, SampleError> {
        if candidates.data.is_empty() {
            return Err(SampleError::DeadEnd);
        }
        candidates.apply_sampler(&mut self.choice);
        candidates.selected_token().ok_or(SampleError::DeadEnd)
    }

    /// Not for tokens that end the reply: llama.cpp would end the process over a wrong one.
    pub fn accept(&mut self, token: LlamaToken) -> Result<(), SampleError> {
        if let Some(grammar) = &mut self.grammar {
            grammar.try_accept(token)?;
        }
        Ok(self.choice.try_accept(token)?)
    }
}

fn allows(grammar: &mut LlamaSampler, token: LlamaToken) -> bool {
    let candidate = LlamaTokenData::new(token, 0.0, 0.0);
    fits(
        grammar,
        &mut LlamaTokenDataArray::new(vec![candidate], false),
    )
}

/// Leaves the candidates that may follow; false when none may.
fn fits(grammar: &mut LlamaSampler, candidates: &mut LlamaTokenDataArray) -> bool {
    candidates.apply_sampler(grammar);
    candidates
        .data
        .retain(|candidate| candidate.logit().is_finite());
    !candidates.data.is_empty()
}

fn keep_likeliest(candidates: &mut Vec<LlamaTokenData>) {
    if candidates.len() > LIKELIEST {
        candidates.select_nth_unstable_by(LIKELIEST, |a, b| b.logit().total_cmp(&a.logit()));
        candidates.truncate(LIKELIEST);
    }
}
