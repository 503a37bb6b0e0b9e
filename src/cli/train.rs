//! `microfluence train`: a model folder from labelled text (feature `rust-bert`).

use super::args::Common;
use super::session::Session;
use crate::inference::train::{Progress, Sample, TrainOptions, multiplies_bfloat16, train};
use crate::inference::{ModelFolder, shipped_model};
use crate::schema::{LabelledText, Polarity};
use crate::text::{Brand, normalize};
use crate::{Error, Result};
use clap::Args;
use indicatif::HumanDuration;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Fine-tunes an encoder on labelled text and writes a float32 model folder.
///
/// `microfluence models export` turns that folder into the int8 one that the default backend is
/// fastest with. A run that was killed goes on from its last checkpoint when started again.
#[derive(Debug, Args, serde::Serialize)]
pub(crate) struct TrainArgs {
    /// Labelled texts: files or globs with the columns text, label (negative, neutral, positive)
    /// and, where polarity is towards something, target.
    #[arg(long, value_name = "FILE", num_args = 1.., required = true)]
    data: Vec<String>,
    /// Rows to judge by, never trained on; without it every 20th row of the data is held out.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    validation: Vec<String>,
    /// Model folder to start from: BERT in Hugging Face's format; the shipped sentiment model by
    /// default.
    #[arg(long, value_name = "DIR")]
    base: Option<PathBuf>,
    /// Name of the model, as manifests show it.
    #[arg(long, default_value = "sentiment")]
    name: String,
    /// Passes over the data.
    #[arg(long, default_value_t = 1)]
    epochs: usize,
    /// Texts per step.
    #[arg(long, default_value_t = 32)]
    batch: usize,
    /// Highest learning rate.
    #[arg(long, default_value_t = 1e-4)]
    learning_rate: f64,
    /// Share of the steps over which the learning rate rises.
    #[arg(long, default_value_t = 0.06)]
    warmup: f64,
    /// Decay of weights.
    #[arg(long, default_value_t = 0.01)]
    weight_decay: f64,
    /// Label smoothing.
    #[arg(long, default_value_t = 0.05)]
    label_smoothing: f64,
    /// Pass over every text twice under different dropout and weigh the divergence of the two
    /// answers by this much (R-Drop); 0 is off. A step costs up to twice as much.
    #[arg(long, default_value_t = 0.0)]
    r_drop: f64,
    /// Train the word embeddings too.
    #[arg(long)]
    train_embeddings: bool,
    /// Compute in bfloat16: faster on processors that multiply it (such as those with
    /// `AVX512_BF16`); on others float32 is used all the same.
    #[arg(long)]
    bfloat16: bool,
    /// Cut texts after this many tokens.
    #[arg(long, default_value_t = 96)]
    max_tokens: usize,
    /// Steps between checkpoints.
    #[arg(long, default_value_t = 200)]
    checkpoint_every: usize,
    /// Steps between judgements of the held-out rows; 0 is once per epoch.
    #[arg(long, default_value_t = 0)]
    validate_every: usize,
    /// Stop after this many validations in a row without a better one; 0 is never.
    #[arg(long, default_value_t = 3)]
    patience: usize,
}

/// Every how many-th row is held out where no validation file is given.
const HELD_OUT: usize = 20;

/// Runs the command.
pub(crate) fn run(args: &TrainArgs, common: &Common) -> Result<()> {
    let output = common.output.clone().ok_or_else(|| {
        Error::usage("train needs a folder to write the model to").with_hint("give --output DIR")
    })?;
    // It is no table, so its name needs no ending.
    let common = &Common {
        output: None,
        ..common.clone()
    };
    let mut session = Session::new("train", common)?;
    let mut training = samples(&session.read::<LabelledText>(&args.data)?.rows);
    let mut validation = samples(&session.read::<LabelledText>(&args.validation)?.rows);
    if args.validation.is_empty() {
        let mut kept = Vec::with_capacity(training.len());
        for (i, sample) in training.into_iter().enumerate() {
            if i % HELD_OUT == HELD_OUT - 1 {
                validation.push(sample);
            } else {
                kept.push(sample);
            }
        }
        training = kept;
    }
    let base = match &args.base {
        Some(base) => ModelFolder::open(base)?,
        None => shipped_model("sentiment")?,
    };
    let options = TrainOptions {
        name: args.name.clone(),
        output,
        labels: Polarity::ALL.map(|p| p.name().to_owned()).into(),
        epochs: args.epochs,
        batch: args.batch.max(1),
        learning_rate: args.learning_rate,
        warmup: args.warmup.clamp(1e-6, 0.9),
        weight_decay: args.weight_decay,
        clip: 1.0,
        label_smoothing: args.label_smoothing,
        r_drop: args.r_drop,
        freeze_embeddings: !args.train_embeddings,
        bfloat16: args.bfloat16 && bfloat16_is_faster(&session),
        max_tokens: args.max_tokens,
        checkpoint_every: args.checkpoint_every.max(1),
        validate_every: args.validate_every,
        patience: args.patience,
        seed: common.seed,
    };
    session.voice.say(&format!(
        "training on {} rows, judging on {}",
        training.len(),
        validation.len()
    ));
    let voice = &session.voice;
    let start = Instant::now();
    let mut first = None;
    let outcome = train(
        &base,
        &training,
        &validation,
        &options,
        &mut |progress| match progress {
            Progress::Step { step, steps, loss } => {
                let (from, since) = *first.get_or_insert((step, Instant::now()));
                let rate = (step - from) as f64 / since.elapsed().as_secs_f64().max(1e-9);
                let left = if step > from {
                    let seconds = (steps - step) as f64 / rate.max(1e-9);
                    HumanDuration(Duration::from_secs_f64(seconds)).to_string()
                } else {
                    "?".to_owned()
                };
                voice.say(&format!(
                    "step {step}/{steps} loss {loss:.4} {rate:.2} steps/s, {left} left"
                ));
            }
            Progress::Validation {
                step,
                macro_recall,
                accuracy,
                best,
            } => voice.say(&format!(
                "step {step}: on the held-out rows macro recall {:.2} %, accuracy {:.2} %{}",
                100.0 * macro_recall,
                100.0 * accuracy,
                if best { ", the best so far" } else { "" }
            )),
        },
    )?;
    let percent = |share: Option<f64>| {
        share.map_or_else(|| "unknown".to_owned(), |s| format!("{:.2} %", 100.0 * s))
    };
    session.voice.say(&format!(
        "the weights after {} steps, in {}: macro recall {}, accuracy {}, temperature {:.3}",
        outcome.steps,
        HumanDuration(start.elapsed()),
        percent(outcome.macro_recall),
        percent(outcome.accuracy),
        outcome.temperature
    ));
    session.close_rejects_beside(&options.output)
}

/// Whether the processor multiplies bfloat16; says so where it does not.
fn bfloat16_is_faster(session: &Session) -> bool {
    let faster = multiplies_bfloat16();
    if !faster {
        session.voice.say(
            "--bfloat16: this processor has no instructions for such numbers (AVX512_BF16, or BF16 on ARM) and would \
             be many times slower with them; float32 is used",
        );
    }
    faster
}

/// The rows as they are read in use: the handle of the target stays a word.
fn samples(rows: &[LabelledText]) -> Vec<Sample> {
    rows.iter()
        .map(|row| {
            let target = row.target.as_deref().unwrap_or_default();
            Sample {
                text: normalize(&row.text, &Brand::new(target, &[]).handles()),
                target: normalize(target, &[]),
                label: row.label as usize,
            }
        })
        .collect()
}
