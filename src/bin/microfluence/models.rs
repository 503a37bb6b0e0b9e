//! `microfluence models`: what is there, and folders made from folders.

use crate::args::Common;
use crate::evaluate::as_comments;
use crate::session::Session;
use crate::term::{show, table};
use clap::{Args, Subcommand};
use microfluence::inference::{
    Backend, ModelFolder, ModelSettings, average_folders, native, open_encoder, shipped_models,
};
use microfluence::pipeline::score_comments;
use microfluence::schema::LabelledText;
use microfluence::sentiment::Target;
use microfluence::stats::temperature;
use microfluence::{Error, Result};
use serde_json::json;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub(crate) struct ModelsArgs {
    #[command(subcommand)]
    pub(crate) action: Option<ModelsAction>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ModelsAction {
    /// Turns a float32 BERT folder into the int8 folder that the native backend runs fastest.
    Export {
        /// The float32 folder.
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
    /// Fits the temperature of a sentiment model on labelled texts that it was not trained on.
    Calibrate {
        /// The folder; its settings are written anew.
        folder: PathBuf,
        /// Labelled texts: files or globs with the columns text, label and, where they have one, target.
        #[arg(long, value_name = "FILE", num_args = 1.., required = true)]
        data: Vec<String>,
    },
}

pub(crate) fn run(args: &ModelsArgs, common: &Common) -> Result<()> {
    match &args.action {
        None => list(common),
        Some(ModelsAction::Export { from, to, name }) => {
            let settings = native::quantize_folder(&ModelFolder::open(from)?, to, name)?;
            made(common, to, &settings, "int8")
        }
        Some(ModelsAction::Average { from, to, name }) => {
            let folders = from
                .iter()
                .map(|text| weighted(text))
                .collect::<Result<Vec<_>>>()?;
            let settings = average_folders(&folders, to, name)?;
            made(common, to, &settings, "the weighted mean")
        }
        Some(ModelsAction::Calibrate { folder, data }) => calibrate(common, folder, data),
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

/// Fits the temperature: the model's own probabilities, as logarithms, are logits at the
/// temperature that it has.
fn calibrate(common: &Common, path: &Path, data: &[String]) -> Result<()> {
    let mut session = Session::new("models calibrate", common)?;
    let rows = session.read::<LabelledText>(data)?.rows;
    let folder = ModelFolder::open(path)?;
    let encoder = open_encoder(&folder, Backend::Native)?;
    let comments = as_comments(&rows);
    let scored = score_comments(encoder.as_ref(), &comments, &Target::Column)?;
    let (logits, labels): (Vec<Vec<f64>>, Vec<usize>) = rows
        .iter()
        .zip(&scored)
        .filter_map(|(row, scored)| {
            let p = scored.probabilities?;
            let logits = p.iter().map(|p| f64::from(*p).max(1e-9).ln()).collect();
            Some((logits, row.label as usize))
        })
        .unzip();
    let mut settings = folder.settings().clone();
    settings.temperature *= temperature(&logits, &labels) as f32;
    let settings = ModelFolder::write_settings(path, settings)?;
    session.voice.say(&format!(
        "temperature {:.4}, from {} texts",
        settings.temperature,
        labels.len()
    ));
    session.close_rejects_beside(path)
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
