//! What one run may use. The retry loop asks for leave before every provider call,
//! so that calls, retries included, never pass the limit.

use crate::llm::{LlmError, LlmErrorKind};
use domain::usage::{Cost, Tokens};
use domain::workflow::BudgetLimits;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

#[derive(Debug)]
pub struct Budget {
    limits: BudgetLimits,
    used: Arc<Mutex<Used>>,
    taken: AtomicU32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Used {
    /// Provider calls, retries included.
    pub calls: u32,
    pub tokens: Tokens,
    /// What is known of the cost: calls with an unknown price count 0 here.
    pub known_cost_micros: u64,
    pub cost: Cost,
}

impl Budget {
    pub fn new(limits: BudgetLimits) -> Self {
        Self {
            limits,
            used: Arc::default(),
            taken: AtomicU32::new(0),
        }
    }

    /// The same budget, through which one step takes its calls.
    pub fn of_step(&self) -> Self {
        Self {
            limits: self.limits,
            used: Arc::clone(&self.used),
            taken: AtomicU32::new(0),
        }
    }

    /// How many calls were taken through this one of the budgets that share what is used.
    pub fn taken(&self) -> u32 {
        self.taken.load(Ordering::Relaxed)
    }

    pub fn unlimited() -> Self {
        Self::new(BudgetLimits::default())
    }

    /// Leave for one provider call; counts it.
    pub fn take_call(&self) -> Result<(), LlmError> {
        let mut used = self.lock();
        if let Some(limit) = self.exhausted(&used) {
            return Err(LlmError::new(
                LlmErrorKind::Budget,
                format!("the run's budget of {limit} is used up"),
            ));
        }
        used.calls += 1;
        self.taken.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// Counts calls that an earlier process made for this run.
    pub fn restore_calls(&self, calls: u32) {
        self.lock().calls += calls;
    }

    pub fn charge(&self, tokens: Tokens, cost: Cost) {
        let mut used = self.lock();
        used.tokens += tokens;
        used.known_cost_micros += cost.as_micros().unwrap_or(0);
        used.cost += cost;
    }

    pub fn used(&self) -> Used {
        *self.lock()
    }

    /// Whether `calls` more may be made now.
    pub fn allows(&self, calls: u32) -> bool {
        let used = self.lock();
        self.exhausted(&used).is_none()
            && self
                .limits
                .calls
                .is_none_or(|limit| used.calls.saturating_add(calls) <= limit)
    }

    fn exhausted(&self, used: &Used) -> Option<String> {
        let limits = &self.limits;
        if let Some(limit) = limits.calls.filter(|limit| used.calls >= *limit) {
            return Some(format!("{limit} calls"));
        }
        if let Some(limit) = limits.tokens.filter(|limit| used.tokens.total() >= *limit) {
            return Some(format!("{limit} tokens"));
        }
        limits
            .cost_micros
            .filter(|limit| used.known_cost_micros >= *limit)
            .map(|limit| format!("${:.2}", limit as f64 / 1e6))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Used> {
        self.used
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
