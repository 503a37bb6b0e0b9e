//! `microfluence train`: a model folder from labelled text (feature `rust-bert`).

use clap::Args;
use indicatif::HumanDuration;
use microfluence::inference::ModelFolder;
use microfluence::text::{Brand, normalize};
use microfluence::train::{Sample, TrainOptions, train};
use microfluence::{Error, Place, Result};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Fine-tunes an encoder on labelled text and writes a float32 model folder.
///
/// `microfluence models export` turns that folder into the int8 one that the default backend is
/// fastest with. A run that was killed goes on from its last checkpoint when started again.
#[derive(Debug, Args)]
pub(crate) struct TrainArgs {
    /// CSV with the columns text, label and, where polarity is towards something, target.
    #[arg(long, value_name = "FILE", required = true)]
    data: Vec<PathBuf>,
    /// Rows to judge by, never trained on; without it every 20th row of the data is held out.
    #[arg(long, value_name = "FILE")]
    validation: Vec<PathBuf>,
    /// Model folder to start from: BERT in Hugging Face's format, float32.
    #[arg(long, value_name = "DIR")]
    base: PathBuf,
    /// Folder to write.
    #[arg(long, value_name = "DIR")]
    output: PathBuf,
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
    /// Train the word embeddings too.
    #[arg(long)]
    train_embeddings: bool,
    /// Cut texts after this many tokens.
    #[arg(long, default_value_t = 96)]
    max_tokens: usize,
    /// Steps between checkpoints.
    #[arg(long, default_value_t = 200)]
    checkpoint_every: usize,
}

/// Every how many-th row is held out where no validation file is given.
const HELD_OUT: usize = 20;

/// Runs the command.
pub(crate) fn run(args: &TrainArgs, seed: u64) -> Result<()> {
    let labels: Vec<String> = ["negative", "neutral", "positive"].map(String::from).into();
    let mut samples = Vec::new();
    for file in &args.data {
        samples.extend(read(file, &labels)?);
    }
    let mut validation = Vec::new();
    for file in &args.validation {
        validation.extend(read(file, &labels)?);
    }
    if args.validation.is_empty() {
        let mut kept = Vec::with_capacity(samples.len());
        for (i, sample) in samples.into_iter().enumerate() {
            if i % HELD_OUT == HELD_OUT - 1 {
                validation.push(sample);
            } else {
                kept.push(sample);
            }
        }
        samples = kept;
    }
    let base = ModelFolder::open(&args.base)?;
    let options = TrainOptions {
        name: args.name.clone(),
        output: args.output.clone(),
        labels,
        epochs: args.epochs,
        batch: args.batch.max(1),
        learning_rate: args.learning_rate,
        warmup: args.warmup.clamp(1e-6, 0.9),
        weight_decay: args.weight_decay,
        clip: 1.0,
        label_smoothing: args.label_smoothing,
        freeze_embeddings: !args.train_embeddings,
        max_tokens: args.max_tokens,
        checkpoint_every: args.checkpoint_every.max(1),
        seed,
    };
    say(&format!(
        "training on {} rows, judging on {}",
        samples.len(),
        validation.len()
    ));
    let start = Instant::now();
    let mut first = None;
    let outcome = train(&base, &samples, &validation, &options, &mut |progress| {
        let (from, since) = *first.get_or_insert((progress.step, Instant::now()));
        let rate = (progress.step - from) as f64 / since.elapsed().as_secs_f64().max(1e-9);
        let left = (progress.steps - progress.step) as f64 / rate.max(1e-9);
        let left = if progress.step > from {
            HumanDuration(std::time::Duration::from_secs_f64(left)).to_string()
        } else {
            "?".to_owned()
        };
        say(&format!(
            "step {}/{} loss {:.4} {rate:.2} steps/s, {left} left",
            progress.step, progress.steps, progress.loss
        ));
    })?;
    let percent = |share: Option<f64>| {
        share.map_or_else(|| "unknown".to_owned(), |s| format!("{:.2} %", 100.0 * s))
    };
    say(&format!(
        "{} steps in {}: macro recall {}, accuracy {}, temperature {:.3}",
        outcome.steps,
        HumanDuration(start.elapsed()),
        percent(outcome.macro_recall),
        percent(outcome.accuracy),
        outcome.temperature
    ));
    Ok(())
}

#[expect(clippy::print_stderr, reason = "people's text goes to standard error")]
fn say(line: &str) {
    eprintln!("{line}");
}

/// Reads labelled rows; a label that is none of `labels` is the user's mistake, said with its place.
fn read(file: &Path, labels: &[String]) -> Result<Vec<Sample>> {
    let wrong = |line: Option<u64>, column: Option<&str>, message: String| {
        Error::input(
            Place {
                file: file.to_owned(),
                line,
                column: column.map(str::to_owned),
            },
            message,
        )
    };
    let mut reader = csv::Reader::from_path(file).map_err(|e| wrong(None, None, e.to_string()))?;
    let headers = reader
        .headers()
        .map_err(|e| wrong(Some(1), None, e.to_string()))?
        .clone();
    let column = |name: &str| headers.iter().position(|h| h.trim() == name);
    let (Some(text), Some(label)) = (column("text"), column("label")) else {
        return Err(wrong(
            Some(1),
            None,
            "expected the columns text and label".to_owned(),
        ));
    };
    let target = column("target");
    let mut samples = Vec::new();
    for record in reader.records() {
        let record = record
            .map_err(|e| wrong(e.position().map(csv::Position::line), None, e.to_string()))?;
        let line = record.position().map(csv::Position::line);
        let cell = record[label].trim().to_lowercase();
        let label = labels.iter().position(|l| *l == cell).ok_or_else(|| {
            wrong(
                line,
                Some("label"),
                format!("{cell:?} is none of {}", labels.join(", ")),
            )
        })?;
        let target = target.map_or("", |t| &record[t]);
        samples.push(Sample {
            // As in use: the handle of the brand that is asked about stays a word.
            text: normalize(&record[text], &Brand::new(target, &[]).handles()),
            target: normalize(target, &[]),
            label,
        });
    }
    Ok(samples)
}
