//! The second backend: folders in Hugging Face's format through rust-bert and libtorch.
//!
//! It runs BERT, RoBERTa, XLM-RoBERTa and DistilBERT, on the CPU or, where libtorch was built
//! for it, on CUDA. Batches are padded, and always with an attention mask, without which a
//! text's score would depend on its neighbours.

use super::folder::read_json;
use super::{Encoder, Input, ModelFolder, ModelSettings, Rows, Task, Tokens, WordPieces};
use microfluence_tables::error::{Error, Result};
use rust_bert::bert::{BertConfig, BertEmbeddings, BertForSequenceClassification, BertModel};
use rust_bert::distilbert::{DistilBertConfig, DistilBertModel, DistilBertModelClassifier};
use rust_bert::roberta::{RobertaEmbeddings, RobertaForSequenceClassification};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Mutex;
use tch::nn::VarStore;
use tch::{Device, Kind, Tensor};

/// Tokens of one padded batch; keeps memory bounded whatever the texts.
const BATCH_TOKENS: usize = 4096;

/// A model folder loaded into libtorch.
pub struct RustBertEncoder {
    settings: ModelSettings,
    pieces: WordPieces,
    pad_id: i64,
    // libtorch's tensors may move between threads but not be shared by them.
    model: Mutex<Model>,
    /// Taken off every vector of an embedding model that has it; empty takes nothing off.
    centre: Vec<f32>,
    device: Device,
}

/// One architecture with the head that the task needs.
enum Model {
    Bert(BertForSequenceClassification),
    BertVectors(BertModel<BertEmbeddings>),
    Roberta(RobertaForSequenceClassification),
    RobertaVectors(BertModel<RobertaEmbeddings>),
    DistilBert(DistilBertModelClassifier),
    DistilBertVectors(DistilBertModel),
}

/// The part of `config.json` that tells architectures apart.
#[derive(serde::Deserialize)]
struct Kinds {
    #[serde(default)]
    model_type: String,
    #[serde(default)]
    pad_token_id: i64,
}

impl RustBertEncoder {
    /// Loads a folder onto CUDA where libtorch has it, else the CPU.
    ///
    /// # Errors
    /// [`Error::Model`] for an architecture that it does not run, or weights that do not fit the
    /// architecture.
    pub fn open(folder: &ModelFolder) -> Result<Self> {
        Self::open_on(folder, Device::cuda_if_available())
    }

    fn open_on(folder: &ModelFolder, device: Device) -> Result<Self> {
        let settings = folder.settings().clone();
        let config_file = folder.file("config.json");
        let kinds: Kinds = read_json(&config_file)?;
        let vars = VarStore::new(device);
        let root = vars.root();
        let failed = |e: rust_bert::RustBertError| Error::model(&config_file, e.to_string());
        let bert_config = || -> Result<BertConfig> {
            let mut config: BertConfig = read_json(&config_file)?;
            name_labels(&mut config.id2label, &settings.labels);
            Ok(config)
        };
        let model = match (kinds.model_type.as_str(), settings.task) {
            ("bert", Task::Classify) => Model::Bert(
                BertForSequenceClassification::new(&root, &bert_config()?).map_err(failed)?,
            ),
            ("bert", Task::Embed) => Model::BertVectors(BertModel::new_with_optional_pooler(
                &root / "bert",
                &bert_config()?,
                false,
            )),
            ("roberta" | "xlm-roberta", Task::Classify) => Model::Roberta(
                RobertaForSequenceClassification::new(&root, &bert_config()?).map_err(failed)?,
            ),
            ("roberta" | "xlm-roberta", Task::Embed) => Model::RobertaVectors(
                BertModel::new_with_optional_pooler(&root / "roberta", &bert_config()?, false),
            ),
            ("distilbert", task) => {
                let mut config: DistilBertConfig = read_json(&config_file)?;
                name_labels(&mut config.id2label, &settings.labels);
                match task {
                    Task::Classify => Model::DistilBert(
                        DistilBertModelClassifier::new(&root, &config).map_err(failed)?,
                    ),
                    Task::Embed => Model::DistilBertVectors(DistilBertModel::new(&root, &config)),
                }
            }
            (other, _) => {
                return Err(Error::model(
                    &config_file,
                    format!(
                        "model_type {other:?} is none of bert, roberta, xlm-roberta, distilbert"
                    ),
                ));
            }
        };
        let weights = folder.file("model.safetensors");
        let words = folder.words().map(|words| words.file("model.safetensors"));
        load_weights(&vars, &weights, words.as_deref(), &[])?;
        let centre = match settings.task {
            Task::Embed => match tensors_of(&weights)?.remove("pooling.centre") {
                Some(centre) => Vec::<f32>::try_from(centre)
                    .map_err(|e| Error::model(&weights, format!("pooling.centre: {e}")))?,
                None => Vec::new(),
            },
            Task::Classify => Vec::new(),
        };
        Ok(Self {
            centre,
            pieces: WordPieces::open(folder)?,
            pad_id: kinds.pad_token_id,
            settings,
            model: Mutex::new(model),
            device,
        })
    }

    /// One padded batch through the network; the result is on the CPU.
    fn forward(&self, batch: &[&Tokens]) -> Result<Tensor> {
        let padded = Padded::new(batch, self.pad_id, self.device);
        let model = self
            .model
            .lock()
            .map_err(|_| Error::Internal("a thread failed inside libtorch".to_owned()))?;
        let torch = |e: &dyn std::fmt::Display| Error::Internal(format!("libtorch: {e}"));
        tch::no_grad(|| {
            let (ids, mask) = (Some(&padded.ids), Some(&padded.mask));
            let types = Some(&padded.types);
            let hidden = match &*model {
                Model::Bert(m) => {
                    return Ok(m.forward_t(ids, mask, types, None, None, false).logits);
                }
                Model::Roberta(m) => {
                    return Ok(m.forward_t(ids, mask, types, None, None, false).logits);
                }
                Model::DistilBert(m) => {
                    return m
                        .forward_t(ids, mask, None, false)
                        .map(|out| out.logits)
                        .map_err(|e| torch(&e));
                }
                Model::BertVectors(m) => {
                    m.forward_t(ids, mask, types, None, None, None, None, false)
                        .map_err(|e| torch(&e))?
                        .hidden_state
                }
                Model::RobertaVectors(m) => {
                    m.forward_t(ids, mask, types, None, None, None, None, false)
                        .map_err(|e| torch(&e))?
                        .hidden_state
                }
                Model::DistilBertVectors(m) => {
                    m.forward_t(ids, mask, None, false)
                        .map_err(|e| torch(&e))?
                        .hidden_state
                }
            };
            let weights = padded.mask.to_kind(Kind::Float).unsqueeze(-1);
            let sum = (hidden * &weights).sum_dim_intlist(1, false, Kind::Float);
            let mean = sum / weights.sum_dim_intlist(1, false, Kind::Float);
            let norm = mean
                .norm_scalaropt_dim(2, 1, true)
                .clamp_min(f64::from(f32::MIN_POSITIVE));
            let vectors = mean / norm;
            if self.centre.is_empty() {
                return Ok(vectors);
            }
            Ok(vectors - Tensor::from_slice(&self.centre).to_device(self.device))
        })
    }
}

impl Encoder for RustBertEncoder {
    fn encode(&self, inputs: &[Input<'_>]) -> Result<Rows> {
        let tokens = self.pieces.all(inputs)?;
        let mut order: Vec<usize> = (0..tokens.len()).collect();
        order.sort_by_key(|&i| tokens[i].ids.len());
        let mut rows = Rows::default();
        let mut start = 0;
        while start < order.len() {
            // Sorted by length, so the last of a batch is its longest.
            let mut end = start + 1;
            while end < order.len()
                && tokens[order[end]].ids.len() * (end + 1 - start) <= BATCH_TOKENS
            {
                end += 1;
            }
            let batch: Vec<&Tokens> = order[start..end].iter().map(|&i| &tokens[i]).collect();
            let mut out = self.forward(&batch)?;
            if self.settings.task == Task::Classify {
                out /= f64::from(self.settings.temperature);
                if !self.settings.offsets.is_empty() {
                    out += Tensor::from_slice(&self.settings.offsets).to_device(self.device);
                }
                out = out.softmax(-1, Kind::Float);
            }
            let out = out.to_device(Device::Cpu).contiguous();
            let width = usize::try_from(out.size()[1])
                .map_err(|_| Error::Internal("libtorch gave a negative size".to_owned()))?;
            let values = Vec::<f32>::try_from(out.reshape([-1]))
                .map_err(|e| Error::Internal(format!("libtorch: {e}")))?;
            if rows.width() == 0 {
                rows = Rows::zeros(inputs.len(), width);
            }
            for (row, &i) in values.chunks_exact(width).zip(&order[start..end]) {
                rows.row_mut(i).copy_from_slice(row);
            }
            start = end;
        }
        Ok(rows)
    }

    fn settings(&self) -> &ModelSettings {
        &self.settings
    }

    fn backend(&self) -> &'static str {
        "rust-bert"
    }
}

/// Token ids of a batch, padded to its longest text; i64 tensors of texts x tokens.
pub(crate) struct Padded {
    pub(crate) ids: Tensor,
    pub(crate) types: Tensor,
    pub(crate) mask: Tensor,
}

impl Padded {
    pub(crate) fn new(batch: &[&Tokens], pad_id: i64, device: Device) -> Self {
        let longest = batch.iter().map(|t| t.ids.len()).max().unwrap_or(0);
        let fill = |pad: i64, of: fn(&Tokens) -> &[u32]| -> Tensor {
            let mut values = Vec::with_capacity(batch.len() * longest);
            for tokens in batch {
                let row = of(tokens);
                values.extend(row.iter().map(|&v| i64::from(v)));
                values.resize(values.len() + longest - row.len(), pad);
            }
            Tensor::from_slice(&values)
                .reshape([batch.len() as i64, longest as i64])
                .to_device(device)
        };
        let ids = fill(pad_id, |t| &t.ids);
        let types = fill(0, |t| &t.types);
        let mut mask = Vec::with_capacity(batch.len() * longest);
        for tokens in batch {
            mask.resize(mask.len() + tokens.ids.len(), 1i64);
            mask.resize(mask.len() + longest - tokens.ids.len(), 0);
        }
        let mask = Tensor::from_slice(&mask)
            .reshape([batch.len() as i64, longest as i64])
            .to_device(device);
        Self { ids, types, mask }
    }
}

/// Gives a configuration that names no labels those of the settings, so that the head has a size.
fn name_labels(id2label: &mut Option<HashMap<i64, String>>, labels: &[String]) {
    if id2label.as_ref().is_none_or(HashMap::is_empty) {
        *id2label = Some((0..).zip(labels.iter().cloned()).collect());
    }
}

/// Copies a safetensors file into the variables by name, with or without the leading `bert.`, `roberta.` or
/// `distilbert.`; int8 weights become floats. Word vectors may stand in a file of their own. Variables under a prefix
/// of `may_lack` may be missing.
pub(crate) fn load_weights(
    vars: &VarStore,
    file: &Path,
    words: Option<&Path>,
    may_lack: &[&str],
) -> Result<()> {
    let mut stored = tensors_of(file)?;
    if let Some(words) = words {
        let shared = tensors_of(words)?.into_iter();
        stored.extend(shared.filter(|(name, _)| name.contains("word_embeddings.")));
    }
    for (name, mut variable) in vars.variables() {
        let bare = ["bert.", "roberta.", "distilbert."]
            .iter()
            .find_map(|prefix| name.strip_prefix(prefix))
            .unwrap_or(&name);
        let found = [name.as_str(), bare]
            .into_iter()
            .find_map(|name| Some((stored.get(name)?, stored.get(&format!("{name}_scale")))));
        let Some((tensor, scale)) = found else {
            if may_lack.iter().any(|prefix| name.starts_with(prefix)) {
                continue;
            }
            return Err(Error::model(file, format!("lacks the tensor {name}")));
        };
        let floats = tch::no_grad(|| floats_of(tensor, scale)).ok_or_else(|| {
            Error::model(
                file,
                format!("tensor {name} is {:?}, expected floats", tensor.kind()),
            )
        })?;
        if floats.size() != variable.size() {
            return Err(Error::model(
                file,
                format!(
                    "tensor {name} is {:?}, config.json makes it {:?}",
                    floats.size(),
                    variable.size()
                ),
            ));
        }
        tch::no_grad(|| variable.copy_(&floats));
    }
    Ok(())
}

/// The tensors of a safetensors file.
fn tensors_of(file: &Path) -> Result<HashMap<String, Tensor>> {
    let tensors = Tensor::read_safetensors(file).map_err(|e| Error::model(file, e.to_string()))?;
    Ok(tensors.into_iter().collect())
}

/// The weights that a tensor stands for: floats of any kind, this program's bytes times one scale per row, or its
/// blocks of 32 half bytes times one scale per block (`native/blocks.rs`). `None` for any other kind.
fn floats_of(tensor: &Tensor, scale: Option<&Tensor>) -> Option<Tensor> {
    match (tensor.kind(), scale) {
        (Kind::Float | Kind::Half | Kind::BFloat16, None) => Some(tensor.to_kind(Kind::Float)),
        (Kind::Int8, Some(scale)) => Some(tensor.to_kind(Kind::Float) * scale.unsqueeze(-1)),
        (Kind::Uint8, Some(scale)) => {
            let rows = tensor.size().first().copied()?;
            let bytes = tensor.to_kind(Kind::Float).reshape([rows, -1, 16]);
            let high = (&bytes / 16.0).floor();
            let low = bytes - &high * 16.0;
            let steps = Tensor::cat(&[low, high], -1) - 8.0;
            let weights = steps * scale.to_kind(Kind::Float).unsqueeze(-1);
            Some(weights.reshape([rows, -1]))
        }
        _ => None,
    }
}
