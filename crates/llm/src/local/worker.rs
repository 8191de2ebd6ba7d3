//! The thread that owns the context: takes requests, and at every step computes the next tokens of
//! all replies in one batch. New requests join between steps.

use super::LocalError;
use super::sampler::Endings;
use super::sequence::{Job, Sequence};
use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::context::params::LlamaContextParams;
use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::token::data_array::LlamaTokenDataArray;
use std::num::NonZeroU32;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, TryRecvError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Replies in the making at the same time; further requests wait in the channel.
const SEQUENCES: usize = 6;
/// Tokens computed in one step.
const BATCH: usize = 512;
const THREADS_MAX: usize = 8;

pub(super) fn start(
    backend: &'static LlamaBackend,
    model: Arc<LlamaModel>,
    context: u32,
    jobs: Receiver<Job>,
    stop: Arc<AtomicBool>,
) -> Result<JoinHandle<()>, LocalError> {
    let (ready, started) = mpsc::channel();
    let thread = thread::Builder::new()
        .name(String::from("local-model"))
        .spawn(move || match Worker::new(backend, &model, context, jobs) {
            Ok(worker) => {
                let _ = ready.send(Ok(()));
                worker.run(&stop);
            }
            Err(error) => {
                let _ = ready.send(Err(error));
            }
        })
        .map_err(|error| LocalError::Start(error.to_string()))?;
    match started.recv() {
        Ok(Ok(())) => Ok(thread),
        Ok(Err(error)) => Err(LocalError::Start(error)),
        Err(_) => Err(LocalError::Start(String::from("its thread ended"))),
    }
}

struct Worker<'m> {
    model: &'m LlamaModel,
    endings: Endings,
    context: LlamaContext<'m>,
    batch: LlamaBatch<'static>,
    jobs: Receiver<Job>,
    /// By the number that llama.cpp knows a sequence by.
    sequences: [Option<Sequence>; SEQUENCES],
}

impl<'m> Worker<'m> {
    fn new(
        backend: &LlamaBackend,
        model: &'m LlamaModel,
        context: u32,
        jobs: Receiver<Job>,
    ) -> Result<Self, String> {
        let threads = idle_cores().min(THREADS_MAX) as i32;
        let params = LlamaContextParams::default()
            .with_n_ctx(NonZeroU32::new(context * SEQUENCES as u32))
            .with_n_seq_max(SEQUENCES as u32)
            .with_n_batch(BATCH as u32)
            .with_n_ubatch(BATCH as u32)
            .with_n_threads(threads)
            .with_n_threads_batch(threads)
            .with_no_perf(true);
        Ok(Self {
            model,
            endings: Endings::of(model.vocab()),
            context: model
                .new_context(backend, params)
                .map_err(|error| error.to_string())?,
            batch: LlamaBatch::new(BATCH, 1),
            jobs,
            sequences: Default::default(),
        })
    }

    /// Until `stop` is set or nobody can send requests any more.
    fn run(mut self, stop: &AtomicBool) {
        while !stop.load(Ordering::Relaxed) && self.admit() {
            if catch_unwind(AssertUnwindSafe(|| self.step())).is_err() {
                self.fail_all("llama.cpp's binding failed unexpectedly");
            }
        }
    }

    /// Fills free places from the channel; waits when there is nothing else to do. `false` when
    /// there will never be.
    fn admit(&mut self) -> bool {
        for sequence in 0..SEQUENCES {
            while self.sequences[sequence].is_none() {
                let idle = self.sequences.iter().all(Option::is_none);
                let job = if idle {
                    self.jobs.recv().map_err(|_| TryRecvError::Disconnected)
                } else {
                    self.jobs.try_recv()
                };
                match job {
                    Ok(job) => self.sequences[sequence] = Sequence::begin(self.model, job),
                    Err(TryRecvError::Empty) => return true,
                    Err(TryRecvError::Disconnected) => return !idle,
                }
            }
        }
        true
    }

    fn step(&mut self) {
        for id in 0..SEQUENCES {
            if self.sequences[id]
                .as_ref()
                .is_some_and(Sequence::is_abandoned)
            {
                self.free(id);
            }
        }
        let outputs = self.fill();
        if self.batch.n_tokens() == 0 {
            return;
        }
        if let Err(error) = self.context.decode(&mut self.batch) {
            self.fail_all(&format!("llama.cpp failed to compute: {error}"));
            return;
        }
        for (id, output) in outputs {
            let Some(sequence) = &mut self.sequences[id] else {
                continue;
            };
            let context = &self.context;
            let logits = || LlamaTokenDataArray::from_iter(context.candidates_ith(output), false);
            if sequence
                .advance(self.model, &self.endings, logits)
                .is_break()
            {
                self.free(id);
            }
        }
    }

    /// Puts pending tokens into the batch, replies in progress before prompts, so that a long
    /// prompt does not halt the others. Returns which sequences get a next token, and where.
    fn fill(&mut self) -> Vec<(usize, i32)> {
        self.batch.clear();
        let mut outputs = Vec::new();
        let mut order: Vec<usize> = (0..SEQUENCES).collect();
        order.sort_by_key(|id| self.sequences[*id].as_ref().map(|s| s.pending.len()));
        for id in order {
            let Some(sequence) = &mut self.sequences[id] else {
                continue;
            };
            let room = BATCH - self.batch.n_tokens() as usize;
            let taken = sequence.pending.len().min(room);
            let complete = taken == sequence.pending.len();
            for (index, token) in sequence.pending.drain(..taken).enumerate() {
                let output = complete && index + 1 == taken;
                let place = self.batch.n_tokens();
                // Cannot fail: never more than there is room for.
                let added = self
                    .batch
                    .add(token, sequence.position, &[id as i32], output);
                debug_assert!(added.is_ok());
                sequence.position += 1;
                if output {
                    outputs.push((id, place));
                }
            }
        }
        outputs
    }

    fn free(&mut self, id: usize) {
        self.sequences[id] = None;
        // Removing a whole sequence never fails.
        let _ = self.context.clear_kv_cache_seq(Some(id as u32), None, None);
    }

    fn fail_all(&mut self, message: &str) {
        tracing::warn!(message, "local model");
        for id in 0..SEQUENCES {
            if let Some(sequence) = &self.sequences[id] {
                sequence.fail(message);
                self.free(id);
            }
        }
    }
}

const LOOKS: usize = 10;
const BETWEEN_LOOKS: Duration = Duration::from_millis(10);

/// llama.cpp's threads wait for each other by spinning, hundreds of times in a step. On a core that
/// is busy with something else each wait lasts until the scheduler comes round, and two threads
/// are slower than one.
fn idle_cores() -> usize {
    let cores = thread::available_parallelism().map_or(1, |cores| cores.get());
    // One look would take what runs for a moment only for work, or a pause in work for idleness.
    let look = || {
        thread::sleep(BETWEEN_LOOKS);
        let load = std::fs::read_to_string("/proc/loadavg").ok()?;
        busy_cores(&load)
    };
    let mut looks: Vec<usize> = (0..LOOKS).filter_map(|_| look()).collect();
    looks.sort_unstable();
    let busy = looks.get(looks.len() / 2).copied().unwrap_or(0);
    cores.saturating_sub(busy).max(1)
}

/// From `1.52 0.90 0.40 3/512 1234`: the load of the last minute, and what runs right now with this
/// thread among it. A core is busy when both say so.
fn busy_cores(load: &str) -> Option<usize> {
    let mut fields = load.split_whitespace();
    let minute: f64 = fields.next()?.parse().ok()?;
    let (running, _) = fields.nth(2)?.split_once('/')?;
    let others = running.parse::<usize>().ok()?.saturating_sub(1);
    Some(others.min(minute as usize))
}

#[cfg(test)]
mod tests {
    use super::busy_cores;

    #[test]
    fn a_core_is_busy_when_it_was_and_is() {
        for (load, busy) in [
            ("0.10 0.90 0.40 3/512 1234", Some(0)),
            ("1.52 0.90 0.40 3/512 1234", Some(1)),
            ("7.00 0.90 0.40 1/512 1234", Some(0)),
            ("7.00 0.90 0.40 5/512 1234", Some(4)),
            ("", None),
        ] {
            assert_eq!(busy_cores(load), busy, "{load}");
        }
    }
}
