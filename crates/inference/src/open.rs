//! From a name or a path to a model that is ready to run.

use super::native::NativeEncoder;
use super::{Encoder, ModelFolder};
use microfluence_tables::error::{Error, Result};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// What runs a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Backend {
    /// Pure Rust.
    #[default]
    Native,
    /// libtorch, where the program was built with the feature `rust-bert`.
    RustBert,
}

impl Backend {
    /// The backend of this name: `native` or `rust-bert`.
    ///
    /// # Errors
    /// [`Error::Usage`] for another name.
    pub fn named(name: &str) -> Result<Self> {
        match name {
            "native" => Ok(Self::Native),
            "rust-bert" => Ok(Self::RustBert),
            other => Err(Error::usage(format!(
                "backend {other:?}: expected native or rust-bert"
            ))),
        }
    }
}

/// Loads a model folder into a backend.
///
/// # Errors
/// [`Error::Model`] for a folder that the backend cannot run, [`Error::Usage`] for a backend
/// that was not built in.
pub fn open_encoder(folder: &ModelFolder, backend: Backend) -> Result<Box<dyn Encoder>> {
    match backend {
        Backend::Native => Ok(Box::new(NativeEncoder::open(folder)?)),
        #[cfg(feature = "rust-bert")]
        Backend::RustBert => Ok(Box::new(super::rust_bert::RustBertEncoder::open(folder)?)),
        #[cfg(not(feature = "rust-bert"))]
        Backend::RustBert => Err(Error::usage(
            "this program was built without the backend rust-bert",
        )
        .with_hint(
            "build it with --features rust-bert; CONTRIBUTING.md says how to fetch libtorch",
        )),
    }
}

/// The environment variable that names the folder of the shipped models.
pub const MODELS_VARIABLE: &str = "MICROFLUENCE_MODELS";

static MODELS_FOLDER: OnceLock<PathBuf> = OnceLock::new();

/// Says where the shipped models are, for a program that brings them along; the first call counts. [`MODELS_VARIABLE`]
/// goes before it.
pub fn set_models_folder(folder: PathBuf) {
    // A second folder would change models in the middle of a run.
    let _ = MODELS_FOLDER.set(folder);
}

/// Where the shipped models are looked for, in this order: the variable's folder, what [`set_models_folder`] said,
/// `models` beside the program, `share/microfluence/models` of its installation, and the source folder that it was
/// built in.
fn model_roots() -> Vec<PathBuf> {
    if let Some(root) = std::env::var_os(MODELS_VARIABLE) {
        return vec![root.into()];
    }
    if let Some(root) = MODELS_FOLDER.get() {
        return vec![root.clone()];
    }
    let mut roots = Vec::new();
    if let Ok(program) = std::env::current_exe()
        && let Some(folder) = program.parent()
    {
        roots.push(folder.join("models"));
        roots.push(folder.join("../share/microfluence/models"));
    }
    roots.push(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models"));
    roots
}

/// The shipped models: folders with settings, in alphabetical order.
#[must_use]
pub fn shipped_models() -> Vec<PathBuf> {
    for root in model_roots() {
        let mut found: Vec<PathBuf> = std::fs::read_dir(&root)
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.join(ModelFolder::SETTINGS).is_file())
            .collect();
        if !found.is_empty() {
            found.sort();
            return found;
        }
    }
    Vec::new()
}

/// The shipped sentiment models by their folders, in the order in which they are asked whether they read a language.
pub const SENTIMENT_MODELS: [&str; 2] = ["sentiment", "sentiment-multi"];

/// A shipped model by the name of its folder: `sentiment`, `sentiment-multi` or `embedding`.
///
/// # Errors
/// [`Error::Model`] where it is not found or is damaged.
pub fn shipped_model(name: &str) -> Result<ModelFolder> {
    let roots = model_roots();
    for root in &roots {
        let folder = root.join(name);
        if folder.is_dir() {
            return ModelFolder::open(folder);
        }
    }
    let tried: Vec<String> = roots.iter().map(|r| r.display().to_string()).collect();
    Err(Error::model(
        name,
        format!("this model is in none of {}", tried.join(", ")),
    )
    .with_hint(format!(
        "set {MODELS_VARIABLE} to the folder `models` of the source or of a release archive"
    )))
}
