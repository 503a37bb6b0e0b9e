//! Running a transformer: texts in, probabilities or vectors out.
//!
//! A backend implements [`Encoder`]; no tensor type crosses the trait, so the rest of the
//! program does not know which one runs. The default backend, [`native`], is pure Rust and
//! reads what `models/` ships; `rust_bert` (a cargo feature) runs folders in Hugging Face's
//! format through libtorch.

mod average;
mod cache;
mod folder;
mod hub;
pub mod native;
mod on_demand;
mod open;
mod parts;
#[cfg(feature = "rust-bert")]
pub mod rust_bert;
mod set;
mod tensors;
mod tokens;
#[cfg(feature = "rust-bert")]
pub mod train;

pub use average::average_folders;
pub use cache::{
    CACHE_VARIABLE, CacheCounts, CachedEncoder, DEFAULT_LIMIT, DiskCache, DiskStatus, Replay,
    ShardEncoder, TextList, cache_folder,
};
pub use folder::{HashSign, ModelFolder, ModelSettings, Precision, Task};
pub use on_demand::encoder_on_demand;
pub use open::{
    Backend, MODELS_VARIABLE, SENTIMENT_MODELS, open_encoder, set_models_folder, shipped_model,
    shipped_models,
};
pub use parts::{PartAnswers, PartWriter, Shard};
pub use set::{ModelSet, UNDETERMINED};
pub use tokens::{Tokens, WordPieces};

use microfluence_tables::error::Result;

/// One input of an [`Encoder`]: a text and, where the model judges towards something, its target.
///
/// Both are expected as [`microfluence_tables::text::normalize`] leaves them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Input<'a> {
    /// The text to read.
    pub text: &'a str,
    /// The second part of the pair, empty where no target is named; `None` for a model that
    /// reads single texts.
    pub target: Option<&'a str>,
}

/// Equally long rows of numbers, one per input.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rows {
    width: usize,
    values: Vec<f32>,
}

impl Rows {
    /// `height` rows of `width` zeros.
    #[must_use]
    pub fn zeros(height: usize, width: usize) -> Self {
        Self {
            width,
            values: vec![0.0; height * width],
        }
    }

    /// Numbers per row.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Number of rows.
    #[must_use]
    pub fn height(&self) -> usize {
        self.values.len().checked_div(self.width).unwrap_or(0)
    }

    /// Row `index`, from 0.
    #[must_use]
    pub fn row(&self, index: usize) -> &[f32] {
        &self.values[index * self.width..(index + 1) * self.width]
    }

    /// Row `index`, to write to.
    pub fn row_mut(&mut self, index: usize) -> &mut [f32] {
        &mut self.values[index * self.width..(index + 1) * self.width]
    }

    /// All rows in order.
    pub fn iter(&self) -> impl Iterator<Item = &[f32]> {
        self.values.chunks_exact(self.width.max(1))
    }
}

/// A transformer that is ready to read texts.
///
/// What it gives for a text depends on that text alone: not on its neighbours in the call, on
/// their order, or on the number of threads.
pub trait Encoder: Send + Sync {
    /// For each input, in order: the probability of every class of [`ModelSettings::labels`] (they add up to 1), or for
    /// an embedding model a vector of length 1, less the mean of many texts where the model has that.
    ///
    /// # Errors
    /// If the backend fails; an empty call gives empty rows.
    fn encode(&self, inputs: &[Input<'_>]) -> Result<Rows>;

    /// What the model is for and how it was made.
    fn settings(&self) -> &ModelSettings;

    /// Which backend runs it: `native` or `rust-bert`.
    fn backend(&self) -> &'static str;

    /// The set of models, each for languages of its own, where this is one.
    fn as_set(&self) -> Option<&ModelSet> {
        None
    }
}
