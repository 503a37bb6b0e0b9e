//! The commands for a program that embeds this one: tables in memory, and nothing printed.

use super::given::Given;
use crate::dataset::MemoryTables;
use crate::inference::{Encoder, Input, ModelSettings, Rows};
use crate::{Error, Result};
use serde_json::{Map, Value};
use std::sync::Arc;

/// What embeds this program: it has the tables, and hears what the program would print.
pub trait Host: MemoryTables {
    /// A line of what was done.
    fn say(&self, line: &str);

    /// How many of the texts at hand have been read. Also asked between two steps whether to go on.
    ///
    /// # Errors
    /// Any error stops the command.
    fn progress(&self, done: usize, all: usize) -> Result<()>;

    /// The summary document, and the same as text for people.
    fn conclude(&self, document: &Value, people: &str);

    /// Whether the host has texts read by the model itself, as on the machines of a cluster: [`Self::read`] is then
    /// asked.
    fn reads(&self) -> bool {
        false
    }

    /// What the model, `sentiment` or `embedding`, gives for each text.
    ///
    /// # Errors
    /// Where the host cannot have them read.
    fn read(&self, model: &str, inputs: &[Input<'_>]) -> Result<Rows> {
        let _ = inputs;
        Err(Error::Internal(format!(
            "nobody reads for the model {model}"
        )))
    }
}

/// Does one command with these settings: by their flags' names with `_` for `-`, texts, numbers, switches, lists, and
/// names with what they are worth. Wherever a path to a table could stand, `memory:NAME` is the host's table of that
/// name; the table of rejects is always asked for, as `rejects`.
///
/// # Errors
/// As the command's; a setting that it does not have or take is [`Error::Usage`].
pub fn call(command: &str, settings: Map<String, Value>, host: Arc<dyn Host>) -> Result<()> {
    let given: Given = settings.into_iter().collect();
    let mut cli = given.command(command)?;
    cli.common.typed = super::flags::given(&given);
    super::flags::check(command, &cli.common.typed)?;
    cli.common.host = Some(host);
    // A pool of its own: one that outlives the call would not survive a fork of the host.
    let threads = cli.common.threads.unwrap_or(0);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|e| Error::Internal(e.to_string()))?;
    pool.install(|| super::dispatch(cli))
}

/// Texts below which it is not worth to have them read elsewhere.
const FEW: usize = 512;

/// A model whose texts the host has read. What it is and how wide its answers are, the model that was loaded here says.
pub(super) struct Elsewhere {
    pub(super) inner: Box<dyn Encoder>,
    pub(super) host: Arc<dyn Host>,
    pub(super) model: &'static str,
}

impl Encoder for Elsewhere {
    fn encode(&self, inputs: &[Input<'_>]) -> Result<Rows> {
        if inputs.len() < FEW {
            return self.inner.encode(inputs);
        }
        self.host.read(self.model, inputs)
    }

    fn settings(&self) -> &ModelSettings {
        self.inner.settings()
    }

    fn backend(&self) -> &'static str {
        self.inner.backend()
    }
}
