//! A model that is loaded when it is first asked for something.

use super::native::CpuPath;
use super::{Backend, Encoder, Input, ModelFolder, ModelSettings, Rows, open_encoder};
use microfluence_tables::error::{Error, Result};
use std::sync::{Mutex, OnceLock, PoisonError};

/// Loads a model folder when its encoder is first asked to read: a run whose answers all stand in the cache needs no
/// weights, which take longer to load than a small table takes to rank.
///
/// # Errors
/// [`Error::Usage`] for a backend that was not built in or instructions that the processor lacks. What [`open_encoder`]
/// says of the folder's files comes with the first text that is to be read.
pub fn encoder_on_demand(folder: &ModelFolder, backend: Backend) -> Result<Box<dyn Encoder>> {
    if backend == Backend::RustBert {
        return open_encoder(folder, backend);
    }
    CpuPath::chosen().map_err(|e| Error::usage(e.to_string()))?;
    Ok(Box::new(OnDemand {
        folder: folder.clone(),
        backend,
        loading: Mutex::new(()),
        loaded: OnceLock::new(),
    }))
}

struct OnDemand {
    folder: ModelFolder,
    backend: Backend,
    /// Held while it is loaded, so that two threads do not both load it.
    loading: Mutex<()>,
    loaded: OnceLock<Box<dyn Encoder>>,
}

impl Encoder for OnDemand {
    fn encode(&self, inputs: &[Input<'_>]) -> Result<Rows> {
        if let Some(encoder) = self.loaded.get() {
            return encoder.encode(inputs);
        }
        let alone = self.loading.lock().unwrap_or_else(PoisonError::into_inner);
        if self.loaded.get().is_none() {
            let _ = self.loaded.set(open_encoder(&self.folder, self.backend)?);
        }
        drop(alone);
        match self.loaded.get() {
            Some(encoder) => encoder.encode(inputs),
            None => Err(Error::Internal(
                "a model that was loaded is gone".to_owned(),
            )),
        }
    }

    fn settings(&self) -> &ModelSettings {
        self.folder.settings()
    }

    fn backend(&self) -> &'static str {
        "native"
    }
}
