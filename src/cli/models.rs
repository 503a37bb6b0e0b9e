//! `microfluence models`: what is there, and folders made from folders.

use super::args::Common;
use super::evaluate::as_comments;
use super::flags::{MODELS, READING};
use super::session::Session;
use super::term::{show, table};
use crate::inference::{
    Backend, ModelFolder, ModelSettings, average_folders, native, open_encoder, shipped_models,
};
use crate::pipeline::score_comments;
use crate::schema::{LabelledText, Polarity};
use crate::sentiment::Target;
use crate::stats::Calibration;
use crate::{Error, Result};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

#[derive(Debug, Args, serde::Serialize)]
#[command(after_help = "Examples:\n  microfluence models")]
pub(crate) struct ModelsArgs {
    #[command(subcommand)]
    pub(crate) action: Option<ModelsAction>,
}

#[derive(Debug, Subcommand, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ModelsAction {
    /// Turns a BERT folder of floats (float32, float16 or bfloat16) into the int8 folder that the native backend runs
    /// fastest.
    Export {
        /// The folder of floats.
        from: PathBuf,
        /// The folder to write.
        to: PathBuf,
        /// Name of the model, as manifests show it.
        #[arg(long)]
        name: String,
    },
    /// Writes the weighted mean of float32 models that were fine-tuned from the same base.
    Average {
        /// Float32 folders, each with its weight: FOLDER=0.8.
        #[arg(required = true, value_name = "FOLDER=WEIGHT")]
        from: Vec<String>,
        /// The folder to write.
        #[arg(long, value_name = "DIR")]
        to: PathBuf,
        /// Name of the model, as manifests show it.
        #[arg(long)]
        name: String,
    },
    /// Fits the temperature and offsets of a sentiment model on labelled texts that it was not trained on.
    Calibrate {
        /// The folder; its settings are written anew.
        folder: PathBuf,
        /// Labelled texts: files or globs with the columns text, label and, where they have one, target.
        #[arg(long, value_name = "FILE", num_args = 1.., required = true)]
        data: Vec<String>,
        /// How often the classes are expected: equally often, or as in each source of the data.
        #[arg(long, value_enum, default_value = "even")]
        prior: Prior,
        /// Divides every fitted logit: texts from elsewhere are scored less surely than held-out rows of what was
        /// trained on. Labels stay; 0.2 to 5.
        #[arg(long, value_name = "FACTOR", default_value_t = 1.0)]
        soften: f64,
    },
}

/// What is taken for the classes' shares where the model will be used.
#[derive(Debug, Clone, Copy, ValueEnum, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Prior {
    /// All classes equally often.
    Even,
    /// As in the data.
    Observed,
}

pub(crate) fn run(args: &ModelsArgs, common: &Common) -> Result<()> {
    if !matches!(args.action, Some(ModelsAction::Calibrate { .. })) {
        super::flags::refuse(
            "models",
            &common.typed,
            &[READING, MODELS, &["seed"]].concat(),
        )?;
    }
    match &args.action {
        None => list(common),
        Some(ModelsAction::Export { from, to, name }) => {
            let exported = native::quantize_folder(&ModelFolder::open(from)?, to, name)?;
            let mut what = "int8".to_owned();
            if exported.word_bits == 4 {
                what += ", its word vectors at 4 bits as they came";
            }
            if !exported.left_out.is_empty() {
                what += &format!(
                    "; left out, since the network does not read them: {}",
                    exported.left_out.join(", ")
                );
            }
            made(common, to, &exported.settings, &what)
        }
        Some(ModelsAction::Average { from, to, name }) => {
            let folders = from
                .iter()
                .map(|text| weighted(text))
                .collect::<Result<Vec<_>>>()?;
            let settings = average_folders(&folders, to, name)?;
            made(common, to, &settings, "the weighted mean")
        }
        Some(ModelsAction::Calibrate {
            folder,
            data,
            prior,
            soften,
        }) => calibrate(common, folder, data, *prior, *soften),
    }
}

/// `FOLDER=WEIGHT`.
fn weighted(text: &str) -> Result<(ModelFolder, f32)> {
    let (folder, weight) = text
        .rsplit_once('=')
        .and_then(|(folder, weight)| Some((folder, weight.parse().ok()?)))
        .ok_or_else(|| Error::usage(format!("{text:?}: expected FOLDER=WEIGHT")))?;
    Ok((ModelFolder::open(folder)?, weight))
}

/// Fits temperature and offsets: the model's own probabilities, as logarithms, are logits at the
/// ones that it has.
fn calibrate(
    common: &Common,
    path: &Path,
    data: &[String],
    prior: Prior,
    soften: f64,
) -> Result<()> {
    if !(0.2..=5.0).contains(&soften) {
        return Err(Error::usage(format!(
            "--soften {soften}: expected a number from 0.2 to 5"
        )));
    }
    let mut session = Session::new("models calibrate", common)?;
    let rows = session.read::<LabelledText>(data)?.rows;
    let folder = ModelFolder::open(path)?;
    let encoder = open_encoder(&folder, Backend::Native)?;
    let comments = as_comments(&rows);
    let scored = score_comments(encoder.as_ref(), &comments, &Target::Column)?;
    let judged: Vec<(&LabelledText, [f32; 3])> = rows
        .iter()
        .zip(&scored)
        .filter_map(|(row, scored)| Some((row, scored.probabilities?)))
        .collect();
    let logits: Vec<Vec<f64>> = judged
        .iter()
        .map(|(_, p)| p.iter().map(|p| f64::from(*p).max(1e-9).ln()).collect())
        .collect();
    let labels: Vec<usize> = judged.iter().map(|(row, _)| row.label as usize).collect();
    let weights: Vec<f64> = match prior {
        Prior::Observed => vec![1.0; judged.len()],
        Prior::Even => even_weights(judged.iter().map(|(row, _)| *row)),
    };
    let mut settings = folder.settings().clone();
    let fit = Calibration::fit(&logits, &labels, &weights, settings.labels.len());
    settings.offsets.resize(settings.labels.len(), 0.0);
    for (offset, added) in settings.offsets.iter_mut().zip(&fit.offsets) {
        *offset = ((f64::from(*offset) / fit.temperature + added) / soften) as f32;
    }
    settings.temperature *= (fit.temperature * soften) as f32;
    let settings = ModelFolder::write_settings(path, settings)?;
    session.voice.say(&format!(
        "temperature {:.4}, offsets {:.4?}, from {} texts",
        settings.temperature,
        settings.offsets,
        labels.len()
    ));
    session.close_rejects_beside(path)
}

/// Weights by which every class of a source counts the same, and every source as many rows as it
/// has.
fn even_weights<'a>(rows: impl Iterator<Item = &'a LabelledText> + Clone) -> Vec<f64> {
    let mut counts: BTreeMap<(Option<&str>, Polarity), f64> = BTreeMap::new();
    let mut totals: BTreeMap<Option<&str>, f64> = BTreeMap::new();
    for row in rows.clone() {
        let source = row.source.as_deref();
        *counts.entry((source, row.label)).or_default() += 1.0;
        *totals.entry(source).or_default() += 1.0;
    }
    rows.map(|row| {
        let source = row.source.as_deref();
        let classes = Polarity::ALL
            .iter()
            .filter(|label| counts.contains_key(&(source, **label)))
            .count();
        totals[&source] / classes as f64 / counts[&(source, row.label)]
    })
    .collect()
}

fn made(common: &Common, to: &Path, settings: &ModelSettings, what: &str) -> Result<()> {
    show(
        common,
        &json!({ "path": to, "settings": settings }),
        &format!("{} is now {}, {what}", to.display(), settings.name),
    )
}

fn list(common: &Common) -> Result<()> {
    let mut rows = Vec::new();
    let mut entries = Vec::new();
    for path in shipped_models() {
        let folder = ModelFolder::open(&path)?;
        let settings = folder.settings();
        entries.push(json!({
            "path": path, "settings": settings, "sha256": folder.weights_sha256(),
        }));
        rows.push(vec![
            path.file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
            format!("{:?}", settings.task).to_lowercase(),
            format!("{:?}", settings.precision).to_lowercase(),
            settings.labels.join(", "),
            folder.weights_sha256()[..12].to_owned(),
            path.display().to_string(),
        ]);
    }
    show(
        common,
        &json!(entries),
        &table(
            &["model", "task", "precision", "classes", "sha256", "folder"],
            rows,
        ),
    )
}
