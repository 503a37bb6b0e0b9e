//! Fine-tuning an encoder on labelled text with rust-bert and libtorch (feature `rust-bert`).
//!
//! `AdamW` (Loshchilov and Hutter 2019) with a linear warm-up and decay, clipped gradients,
//! dropout as in `config.json`, label smoothing, R-Drop (Liang and others 2021), and a temperature
//! fitted on held-out rows (Guo and others 2017). A checkpoint holds the weights, the optimiser's
//! moments and the position in the data, so a killed run goes on where it stood.

mod checkpoint;
mod optimizer;
mod processor;
mod run;

pub use processor::{multiplies_bfloat16, set_threads};
pub use run::{Outcome, Progress, Sample, TrainOptions, train};
