//! The engines of the runs that were asked about last.

use super::runs::Run;
use crate::Result;
use crate::cli::args::Common;
use crate::cli::engine::Engine;

/// Runs whose tables are kept in memory; one more takes the place of the one that was asked about longest ago.
const KEPT: usize = 2;

pub(super) struct Desk {
    common: Common,
    /// Last asked, last.
    engines: Vec<(String, Engine)>,
}

impl Desk {
    pub(super) fn new(common: Common) -> Self {
        Self {
            common,
            engines: Vec::new(),
        }
    }

    /// The engine of a run. Runs of the same files share what is made of them.
    ///
    /// # Errors
    /// As [`Run::source`].
    pub(super) fn engine(&mut self, run: &Run) -> Result<&mut Engine> {
        let stamp = run.stamp();
        let known = self.engines.iter().position(|(known, _)| *known == stamp);
        let kept = if let Some(at) = known {
            self.engines.remove(at)
        } else {
            let mut engine = Engine::new(run.source(&self.common)?);
            for (_, other) in &self.engines {
                engine.share(other);
            }
            (stamp, engine)
        };
        if self.engines.len() >= KEPT {
            self.engines.remove(0);
        }
        self.engines.push(kept);
        let last = self.engines.len() - 1;
        Ok(&mut self.engines[last].1)
    }
}
