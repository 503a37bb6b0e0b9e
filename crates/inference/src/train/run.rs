//! One training run from samples to a model folder.

use super::checkpoint::{self, Best, Position};
use super::optimizer::AdamW;
use crate::rust_bert::{Padded, load_weights};
use crate::{Input, ModelFolder, ModelSettings, Task, Tokens, WordPieces};
use microfluence_stats::temperature;
use microfluence_tables::error::{Error, Result};
use microfluence_tables::hash::hex;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_xoshiro::Xoshiro256PlusPlus;
use rust_bert::bert::{BertConfig, BertForSequenceClassification};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use tch::nn::VarStore;
use tch::{Device, Kind, Reduction, Tensor};

/// A labelled text, normalised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// The text.
    pub text: String,
    /// What it is judged towards; empty where nothing is named.
    pub target: String,
    /// Index into [`TrainOptions::labels`].
    pub label: usize,
}

/// The recipe of a run.
#[derive(Debug, Clone)]
pub struct TrainOptions {
    /// Name of the resulting model.
    pub name: String,
    /// Where the model folder goes.
    pub output: PathBuf,
    /// Class names in the order of the outputs.
    pub labels: Vec<String>,
    /// Passes over the data.
    pub epochs: usize,
    /// Texts per step.
    pub batch: usize,
    /// Highest learning rate.
    pub learning_rate: f64,
    /// Share of the steps over which the rate rises from 0.
    pub warmup: f64,
    /// `AdamW`'s decay of weights.
    pub weight_decay: f64,
    /// Joint length to which gradients are cut.
    pub clip: f64,
    /// Share of a label's weight that is spread over all classes.
    pub label_smoothing: f64,
    /// Weight of the divergence between two passes over a text under different dropout (Liang and
    /// others 2021, R-Drop); 0 passes over it once.
    pub r_drop: f64,
    /// Leave the word embeddings as they are.
    pub freeze_embeddings: bool,
    /// Compute in bfloat16, with weights and moments kept in float32: faster where
    /// [`multiplies_bfloat16`](super::multiplies_bfloat16), many times slower elsewhere.
    pub bfloat16: bool,
    /// Cut of a text, in tokens.
    pub max_tokens: usize,
    /// Steps between checkpoints.
    pub checkpoint_every: usize,
    /// Steps between judgements of the held-out rows; 0 is once per epoch.
    pub validate_every: usize,
    /// Stop after this many validations in a row that are no better than the best; 0 is never.
    pub patience: usize,
    /// Random seed.
    pub seed: u64,
}

/// What is told while training.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Progress {
    /// Steps were taken.
    Step {
        /// Steps done.
        step: usize,
        /// Steps in all.
        steps: usize,
        /// Mean loss since the last report.
        loss: f64,
    },
    /// The held-out rows were judged.
    Validation {
        /// Steps done.
        step: usize,
        /// Mean over the classes of the share found.
        macro_recall: f64,
        /// Share of right answers.
        accuracy: f64,
        /// Whether no validation before was as good.
        best: bool,
    },
}

/// What a run ended with.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The fitted temperature.
    pub temperature: f64,
    /// Share of the held-out rows that are right; `None` without any.
    pub accuracy: Option<f64>,
    /// Mean over the classes of the share found, on the held-out rows.
    pub macro_recall: Option<f64>,
    /// Steps that the weights have behind them: fewer than were taken where an earlier
    /// validation was better.
    pub steps: usize,
}

/// The network with all that a pass needs.
struct Net {
    vars: VarStore,
    model: BertForSequenceClassification,
    /// A bfloat16 copy, which the steps of training go through.
    copy: Option<(VarStore, BertForSequenceClassification)>,
    pad_id: i64,
    device: Device,
}

/// Fine-tunes `base` (a BERT folder in Hugging Face's format) and writes the model folder.
///
/// `validation` rows are never trained on; they fit the temperature and give the figures.
///
/// # Errors
/// If the base is not BERT, the output cannot be written, or a checkpoint in it belongs to
/// another recipe.
pub fn train(
    base: &ModelFolder,
    samples: &[Sample],
    validation: &[Sample],
    options: &TrainOptions,
    report: &mut dyn FnMut(Progress),
) -> Result<Outcome> {
    if samples.is_empty() {
        return Err(Error::usage("there is no labelled row to train on"));
    }
    fs::create_dir_all(&options.output).map_err(|e| Error::io(&options.output, e))?;
    write_folder_files(base, options)?;
    let draft = draft_of(samples, options);
    let pieces = WordPieces::with_max_tokens(&base.file("tokenizer.json"), options.max_tokens)?;
    let train_tokens = tokens_of(&pieces, samples, draft.targets)?;
    let net = Net::new(base, options)?;
    let recipe = recipe_of(base, samples, options);
    let steps_per_epoch = samples.len().div_ceil(options.batch);
    let steps = steps_per_epoch * options.epochs;
    let mut optimizer = net.optimizer(options);
    let checkpoints = options.output.join("checkpoint");
    let mut position = checkpoint::restore(&checkpoints, &net.vars, &mut optimizer, &recipe)?
        .unwrap_or(Position {
            recipe,
            step: 0,
            best: None,
            stale: 0,
        });
    let validate_every = match options.validate_every {
        0 => steps_per_epoch,
        every => every,
    };

    let mut sum = 0.0;
    let mut since = 0;
    let mut batches = Vec::new();
    let first = position.step;
    for step in first..steps {
        let epoch = step / steps_per_epoch;
        if step == first || step % steps_per_epoch == 0 {
            batches = batches_of(&train_tokens, options.batch, options.seed, epoch);
        }
        // Each step has a seed of its own, so that a resumed run takes the way of an unbroken one.
        tch::manual_seed(i64::try_from(options.seed).unwrap_or(0) + step as i64);
        let batch = &batches[step % steps_per_epoch];
        sum += net.step(
            &mut optimizer,
            batch,
            &train_tokens,
            samples,
            options,
            (step, steps),
        );
        since += 1;
        position.step = step + 1;
        let ends = position.step == steps;
        if since == 25 || ends {
            report(Progress::Step {
                step: position.step,
                steps,
                loss: sum / f64::from(since),
            });
            sum = 0.0;
            since = 0;
        }
        let validates =
            !validation.is_empty() && (ends || position.step.is_multiple_of(validate_every));
        if validates {
            let outcome = judge(&net, &pieces, validation, &draft, position.step)?;
            note_validation(&net, &checkpoints, &mut position, &outcome, report)?;
            if options.patience > 0 && position.stale >= options.patience {
                break;
            }
        }
        if !ends && (validates || position.step.is_multiple_of(options.checkpoint_every)) {
            checkpoint::save(&checkpoints, &net.vars, &optimizer, &position)?;
        }
    }
    if let Some(best) = position.best.filter(|best| best.step != position.step) {
        let file = checkpoints.join(checkpoint::BEST);
        load_weights(&net.vars, &file, None, &[])?;
        position.step = best.step;
    }

    let weights = options.output.join("model.safetensors");
    net.vars
        .save(&weights)
        .map_err(|e| Error::model(&weights, e.to_string()))?;
    let outcome = judge(&net, &pieces, validation, &draft, position.step)?;
    let settings = ModelSettings {
        temperature: outcome.temperature as f32,
        ..draft
    };
    ModelFolder::write_settings(&options.output, settings)?;
    if checkpoints.exists() {
        fs::remove_dir_all(&checkpoints).map_err(|e| Error::io(&checkpoints, e))?;
    }
    Ok(outcome)
}

/// The settings of the model in the making.
fn draft_of(samples: &[Sample], options: &TrainOptions) -> ModelSettings {
    let (name, labels) = (options.name.clone(), options.labels.clone());
    ModelSettings {
        targets: samples.iter().any(|s| !s.target.is_empty()),
        ..ModelSettings::new(name, Task::Classify, labels, options.max_tokens)
    }
}

/// Keeps the weights of the best validation.
fn note_validation(
    net: &Net,
    checkpoints: &Path,
    position: &mut Position,
    outcome: &Outcome,
    report: &mut dyn FnMut(Progress),
) -> Result<()> {
    let (Some(macro_recall), Some(accuracy)) = (outcome.macro_recall, outcome.accuracy) else {
        return Ok(());
    };
    let better = position.best.is_none_or(|b| macro_recall > b.macro_recall);
    if better {
        fs::create_dir_all(checkpoints).map_err(|e| Error::io(checkpoints, e))?;
        let file = checkpoints.join(checkpoint::BEST);
        net.vars
            .save(&file)
            .map_err(|e| Error::model(&file, e.to_string()))?;
        position.best = Some(Best {
            step: position.step,
            macro_recall,
        });
        position.stale = 0;
    } else {
        position.stale += 1;
    }
    report(Progress::Validation {
        step: position.step,
        macro_recall,
        accuracy,
        best: better,
    });
    Ok(())
}

impl Net {
    fn new(base: &ModelFolder, options: &TrainOptions) -> Result<Self> {
        tch::manual_seed(i64::try_from(options.seed).unwrap_or(0));
        let config_file = base.file("config.json");
        let bytes = fs::read(&config_file).map_err(|e| Error::io(&config_file, e))?;
        let value: serde_json::Value = serde_json::from_slice(&bytes)
            .map_err(|e| Error::model(&config_file, e.to_string()))?;
        if value["model_type"] != "bert" {
            return Err(Error::model(
                &config_file,
                "only BERT encoders can be trained",
            ));
        }
        let mut config: BertConfig =
            serde_json::from_value(value).map_err(|e| Error::model(&config_file, e.to_string()))?;
        config.id2label = Some((0..).zip(options.labels.iter().cloned()).collect());
        let device = Device::cuda_if_available();
        let vars = VarStore::new(device);
        let model = BertForSequenceClassification::new(vars.root(), &config)
            .map_err(|e| Error::model(&config_file, e.to_string()))?;
        // A base without a classifier keeps the fresh one.
        let words = base.words().map(|words| words.file("model.safetensors"));
        load_weights(
            &vars,
            &base.file("model.safetensors"),
            words.as_deref(),
            &["classifier.", "bert.pooler."],
        )?;
        let copy = if options.bfloat16 {
            let mut copy = VarStore::new(device);
            let model = BertForSequenceClassification::new(copy.root(), &config)
                .map_err(|e| Error::model(&config_file, e.to_string()))?;
            copy.copy(&vars)
                .map_err(|e| Error::Internal(format!("libtorch: {e}")))?;
            copy.bfloat16();
            Some((copy, model))
        } else {
            None
        };
        Ok(Self {
            vars,
            model,
            copy,
            pad_id: 0,
            device,
        })
    }

    fn optimizer(&self, options: &TrainOptions) -> AdamW {
        let trained = |vars: &VarStore| {
            let mut trained = Vec::new();
            for (name, variable) in vars.variables() {
                if options.freeze_embeddings && name.contains("word_embeddings") {
                    let _ = variable.set_requires_grad(false);
                } else {
                    trained.push((name, variable));
                }
            }
            trained
        };
        let copies = self.copy.iter().flat_map(|(vars, _)| trained(vars));
        AdamW::new(trained(&self.vars), copies.collect(), options.weight_decay)
    }

    /// Texts x classes, in float32.
    fn logits(&self, batch: &[&Tokens], training: bool) -> Tensor {
        let padded = Padded::new(batch, self.pad_id, self.device);
        let model = match &self.copy {
            Some((_, copy)) if training => copy,
            _ => &self.model,
        };
        model
            .forward_t(
                Some(&padded.ids),
                Some(&padded.mask),
                Some(&padded.types),
                None,
                None,
                training,
            )
            .logits
            .to_kind(Kind::Float)
    }

    /// One step; gives its loss.
    fn step(
        &self,
        optimizer: &mut AdamW,
        batch: &[usize],
        tokens: &[Tokens],
        samples: &[Sample],
        options: &TrainOptions,
        (step, steps): (usize, usize),
    ) -> f64 {
        let passes = if options.r_drop > 0.0 { 2 } else { 1 };
        let rows = batch.repeat(passes);
        let texts: Vec<&Tokens> = rows.iter().map(|&i| &tokens[i]).collect();
        let labels: Vec<i64> = rows.iter().map(|&i| samples[i].label as i64).collect();
        let labels = Tensor::from_slice(&labels).to_device(self.device);
        let logits = self.logits(&texts, true);
        let error = logits.cross_entropy_loss::<Tensor>(
            &labels,
            None,
            Reduction::Mean,
            -100,
            options.label_smoothing,
        );
        let loss = if passes == 2 {
            error + divergence_of_halves(&logits) * options.r_drop
        } else {
            error
        };
        optimizer.zero_grad();
        loss.backward();
        let done = (step + 1) as f64 / steps as f64;
        let share = if done < options.warmup {
            done / options.warmup
        } else {
            (1.0 - step as f64 / steps as f64) / (1.0 - options.warmup)
        };
        optimizer.step(options.learning_rate * share, options.clip);
        loss.double_value(&[])
    }
}

/// How far the second half of the rows is from the first, row by row: the mean of the
/// Kullback-Leibler divergences both ways, in nats, averaged over the pairs.
fn divergence_of_halves(logits: &Tensor) -> Tensor {
    let halves = logits.log_softmax(-1, Kind::Float).chunk(2, 0);
    let difference = &halves[0] - &halves[1];
    ((halves[0].exp() - halves[1].exp()) * difference)
        .sum_dim_intlist(-1, false, Kind::Float)
        .mean(Kind::Float)
        * 0.5
}

/// Temperature and figures on rows that were not trained on.
fn judge(
    net: &Net,
    pieces: &WordPieces,
    validation: &[Sample],
    settings: &ModelSettings,
    steps: usize,
) -> Result<Outcome> {
    let tokens = tokens_of(pieces, validation, settings.targets)?;
    let classes = settings.labels.len();
    let mut logits = Vec::with_capacity(tokens.len());
    for chunk in tokens.chunks(64) {
        let batch: Vec<&Tokens> = chunk.iter().collect();
        let out = tch::no_grad(|| net.logits(&batch, false)).to_kind(Kind::Double);
        let flat = Vec::<f64>::try_from(out.to_device(Device::Cpu).reshape([-1]))
            .map_err(|e| Error::Internal(format!("libtorch: {e}")))?;
        logits.extend(flat.chunks_exact(classes).map(<[f64]>::to_vec));
    }
    let labels: Vec<usize> = validation.iter().map(|s| s.label).collect();
    let mut found = vec![0usize; classes];
    let mut total = vec![0usize; classes];
    for (row, &label) in logits.iter().zip(&labels) {
        let best = (0..classes).fold(0, |best, c| if row[c] > row[best] { c } else { best });
        total[label] += 1;
        found[label] += usize::from(best == label);
    }
    let recalls: Vec<f64> = (0..classes)
        .filter(|&c| total[c] > 0)
        .map(|c| found[c] as f64 / total[c] as f64)
        .collect();
    let rows = labels.len();
    Ok(Outcome {
        temperature: temperature(&logits, &labels),
        accuracy: (rows > 0).then(|| found.iter().sum::<usize>() as f64 / rows as f64),
        macro_recall: (rows > 0).then(|| recalls.iter().sum::<f64>() / recalls.len() as f64),
        steps,
    })
}

fn tokens_of(pieces: &WordPieces, samples: &[Sample], targets: bool) -> Result<Vec<Tokens>> {
    let inputs: Vec<Input<'_>> = samples
        .iter()
        .map(|s| Input {
            text: &s.text,
            target: targets.then_some(s.target.as_str()),
        })
        .collect();
    pieces.all(&inputs)
}

/// Shuffled batches whose texts are of like length, so that little is spent on padding.
fn batches_of(tokens: &[Tokens], size: usize, seed: u64, epoch: usize) -> Vec<Vec<usize>> {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed.wrapping_add(1 + epoch as u64));
    let mut order: Vec<usize> = (0..tokens.len()).collect();
    order.shuffle(&mut random);
    // Sorting within windows of 40 batches keeps the company of a text random enough.
    for window in order.chunks_mut(size * 40) {
        window.sort_by_key(|&i| tokens[i].ids.len());
    }
    let mut batches: Vec<Vec<usize>> = order.chunks(size).map(<[usize]>::to_vec).collect();
    batches.shuffle(&mut random);
    batches
}

/// Identifies data, base and options, so that no run goes on from another's checkpoint.
fn recipe_of(base: &ModelFolder, samples: &[Sample], options: &TrainOptions) -> String {
    let mut hasher = Sha256::new();
    hasher.update(base.weights_sha256());
    let mut recipe = options.clone();
    recipe.output = PathBuf::new();
    // How often a run is saved and how patient one is do not change where it goes.
    recipe.checkpoint_every = 0;
    recipe.patience = 0;
    hasher.update(format!("{recipe:?}"));
    for sample in samples {
        hasher.update(format!("{sample:?}"));
    }
    hex(&hasher.finalize())
}

/// The base's tokenizer and its configuration with this task's labels.
fn write_folder_files(base: &ModelFolder, options: &TrainOptions) -> Result<()> {
    let to = options.output.join("tokenizer.json");
    fs::copy(base.file("tokenizer.json"), &to).map_err(|e| Error::io(&to, e))?;
    let from = base.file("config.json");
    let bytes = fs::read(&from).map_err(|e| Error::io(&from, e))?;
    let mut config: serde_json::Value =
        serde_json::from_slice(&bytes).map_err(|e| Error::model(&from, e.to_string()))?;
    if let Some(map) = config.as_object_mut() {
        map.remove("_name_or_path");
        map.insert(
            "architectures".into(),
            serde_json::json!(["BertForSequenceClassification"]),
        );
        let id2label: BTreeMap<String, &String> = options
            .labels
            .iter()
            .enumerate()
            .map(|(i, label)| (i.to_string(), label))
            .collect();
        let label2id: BTreeMap<&String, usize> = options
            .labels
            .iter()
            .enumerate()
            .map(|(i, l)| (l, i))
            .collect();
        map.insert("id2label".into(), serde_json::json!(id2label));
        map.insert("label2id".into(), serde_json::json!(label2id));
    }
    let file = options.output.join("config.json");
    let text = serde_json::to_string_pretty(&config).map_err(|e| Error::Internal(e.to_string()))?;
    fs::write(&file, text + "\n").map_err(|e| Error::io(&file, e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_that_answer_alike_do_not_diverge() {
        let alike = Tensor::from_slice2(&[[1.0f32, 2.0], [0.0, 0.0], [1.0, 2.0], [0.0, 0.0]]);
        assert!(divergence_of_halves(&alike).double_value(&[]).abs() < 1e-7);
        // (1/2, 1/2) against (3/4, 1/4): 0.1438 one way, 0.1308 the other.
        let apart = Tensor::from_slice2(&[[0.0f32, 0.0], [3.0f32.ln(), 0.0]]);
        assert!((divergence_of_halves(&apart).double_value(&[]) - 0.13733).abs() < 1e-5);
    }
}
