//! A model folder's tensors, in the order in which the network reads them.

use super::blocks::{BLOCK, Blocks};
use super::quantize::quantize_rows;
use crate::folder::read_json;
use crate::tensors::Tensors;
use crate::{ModelFolder, Precision, Task};
use half::f16;
use microfluence_kernels::Linear;
use microfluence_tables::error::{Error, Result};
use safetensors::Dtype;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// The architecture, as `config.json` says it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Config {
    pub(super) model_type: String,
    pub(super) hidden_act: String,
    pub(super) hidden_size: usize,
    pub(super) intermediate_size: usize,
    pub(super) num_attention_heads: usize,
    pub(super) num_hidden_layers: usize,
    pub(super) vocab_size: usize,
    pub(super) max_position_embeddings: usize,
    pub(super) type_vocab_size: usize,
    pub(super) layer_norm_eps: f32,
}

/// Rows of floats, of bytes with a scale each, or of half bytes in blocks with a scale each.
#[derive(Debug)]
pub(super) enum Table {
    Float(Vec<f32>),
    Int8(Vec<i8>, Vec<f32>),
    Int4(Blocks),
}

/// A layer norm's weight and bias.
#[derive(Debug)]
pub(super) struct Norm {
    pub(super) weight: Vec<f32>,
    pub(super) bias: Vec<f32>,
}

/// One transformer layer. Keys and values are one matrix, queries another, because the last
/// layer of a classifier needs the query of the first token alone.
#[derive(Debug)]
pub(super) struct Layer {
    pub(super) query: Linear,
    pub(super) key_value: Linear,
    pub(super) attention_output: Linear,
    pub(super) attention_norm: Norm,
    pub(super) intermediate: Linear,
    pub(super) output: Linear,
    pub(super) output_norm: Norm,
}

/// The pooler and the classifier.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) pooler: Linear,
    pub(super) classifier: Linear,
}

/// A whole network.
#[derive(Debug)]
pub(super) struct Weights {
    pub(super) hidden: usize,
    pub(super) heads: usize,
    pub(super) epsilon: f32,
    pub(super) words: Table,
    pub(super) vocabulary: usize,
    pub(super) positions: Vec<f32>,
    pub(super) types: Vec<f32>,
    pub(super) embedding_norm: Norm,
    pub(super) layers: Vec<Layer>,
    pub(super) head: Option<Head>,
    /// Taken off the vector of a text once that has length 1; empty takes nothing off.
    pub(super) centre: Vec<f32>,
}

/// The mean vector of many texts, which an embedding model may have: what they all have in common says nothing.
const CENTRE: &str = "pooling.centre";

impl Weights {
    /// Reads every tensor that the network needs.
    pub(super) fn open(folder: &ModelFolder) -> Result<Self> {
        let file = folder.file("model.safetensors");
        let bytes = std::fs::read(&file).map_err(|e| Error::io(&file, e))?;
        Self::read(folder, &Tensors::new(file, &bytes)?)
    }

    /// The same from tensors at hand.
    pub(super) fn read(folder: &ModelFolder, tensors: &Tensors<'_>) -> Result<Self> {
        let config = read_config(folder)?;
        let shared = folder.words().map(SharedWords::open).transpose()?;
        refuse_further_layers(tensors, config.num_hidden_layers)?;
        let source = Source {
            tensors,
            int8: folder.settings().precision == Precision::Int8,
        };
        let hidden = config.hidden_size;
        let layers = (0..config.num_hidden_layers)
            .map(|i| source.layer(&format!("encoder.layer.{i}"), &config))
            .collect::<Result<_>>()?;
        let head = match folder.settings().task {
            Task::Embed => None,
            Task::Classify => Some(Head {
                pooler: source.float_linear("pooler.dense", hidden, hidden)?,
                classifier: source.float_linear(
                    "classifier",
                    folder.settings().labels.len(),
                    hidden,
                )?,
            }),
        };
        if folder.settings().max_tokens > config.max_position_embeddings {
            return Err(Error::model(
                folder.file(ModelFolder::SETTINGS),
                format!(
                    "max_tokens is {}, the model has {} positions",
                    folder.settings().max_tokens,
                    config.max_position_embeddings
                ),
            ));
        }
        let words = "embeddings.word_embeddings";
        let words = match &shared {
            Some(shared) => shared.table(words, config.vocab_size, hidden)?,
            None => source.table(words, config.vocab_size, hidden)?,
        };
        let centre = match folder.settings().task {
            Task::Embed if tensors.find(CENTRE).is_some() => source.floats(CENTRE, &[hidden])?,
            _ => Vec::new(),
        };
        Ok(Self {
            hidden,
            heads: config.num_attention_heads,
            epsilon: config.layer_norm_eps,
            words,
            vocabulary: config.vocab_size,
            positions: source.floats(
                "embeddings.position_embeddings.weight",
                &[config.max_position_embeddings, hidden],
            )?,
            types: source.floats(
                "embeddings.token_type_embeddings.weight",
                &[config.type_vocab_size, hidden],
            )?,
            embedding_norm: source.norm("embeddings.LayerNorm", hidden)?,
            layers,
            head,
            centre,
        })
    }
}

/// The file of word vectors that another folder has.
struct SharedWords {
    file: PathBuf,
    bytes: Vec<u8>,
    int8: bool,
}

impl SharedWords {
    fn open(folder: &ModelFolder) -> Result<Self> {
        let file = folder.file("model.safetensors");
        let bytes = std::fs::read(&file).map_err(|e| Error::io(&file, e))?;
        Ok(Self {
            file,
            bytes,
            int8: folder.settings().precision == Precision::Int8,
        })
    }

    fn table(&self, name: &str, rows: usize, columns: usize) -> Result<Table> {
        let tensors = Tensors::new(self.file.clone(), &self.bytes)?;
        let source = Source {
            tensors: &tensors,
            int8: self.int8,
        };
        source.table(name, rows, columns)
    }
}

/// Reads the architecture and refuses what this backend does not run.
pub(super) fn read_config(folder: &ModelFolder) -> Result<Config> {
    let file = folder.file("config.json");
    let config: Config = read_json(&file)?;
    let wrong = |message: String| {
        Err(Error::model(&file, message)
            .with_hint("the backend rust-bert runs RoBERTa, XLM-RoBERTa and DistilBERT"))
    };
    if config.model_type != "bert" {
        return wrong(format!(
            "model_type {:?}: the native backend runs bert",
            config.model_type
        ));
    }
    if config.hidden_act != "gelu" {
        return wrong(format!("hidden_act {:?}: expected gelu", config.hidden_act));
    }
    let heads = config.num_attention_heads;
    if heads == 0
        || !config.hidden_size.is_multiple_of(heads)
        || !config.hidden_size.is_multiple_of(4)
        || !config.intermediate_size.is_multiple_of(4)
        || config.hidden_size == 0
        || config.type_vocab_size == 0
    {
        return wrong("hidden_size must be a multiple of num_attention_heads and of 4, intermediate_size of 4".to_owned());
    }
    Ok(config)
}

/// A checkpoint of more layers than `config.json` says would be read as another network than it is.
fn refuse_further_layers(tensors: &Tensors<'_>, layers: usize) -> Result<()> {
    for name in tensors.names() {
        let bare = name.strip_prefix("bert.").unwrap_or(name);
        let number = bare
            .strip_prefix("encoder.layer.")
            .and_then(|rest| rest.split('.').next())
            .and_then(|number| number.parse::<usize>().ok());
        if number.is_some_and(|number| number >= layers) {
            return Err(tensors.wrong(format!(
                "holds {name}, and config.json says num_hidden_layers is {layers}"
            )));
        }
    }
    Ok(())
}

/// The tensors of one file, as its settings say that they are stored.
struct Source<'a> {
    tensors: &'a Tensors<'a>,
    int8: bool,
}

impl Source<'_> {
    fn floats(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        self.tensors.floats(name, shape)
    }

    fn bytes(&self, name: &str, rows: usize, columns: usize) -> Result<(Vec<i8>, Vec<f32>)> {
        let weight = format!("{name}.weight");
        if let Some(blocks) = self.blocks(&weight, rows, columns)? {
            let mut values = Vec::with_capacity(rows * columns);
            for row in 0..rows {
                blocks.extend(row, columns, &mut values);
            }
            let (bytes, scales) = quantize_rows(&values, columns);
            return Ok((bytes.into_iter().map(u8::cast_signed).collect(), scales));
        }
        let data = self.tensors.bytes(&weight, Dtype::I8, &[rows, columns])?;
        let scales = self.floats(&format!("{name}.weight_scale"), &[rows])?;
        Ok((data.iter().map(|&b| b.cast_signed()).collect(), scales))
    }

    /// The word vectors: in an int8 folder bytes, or blocks of half bytes.
    fn table(&self, name: &str, rows: usize, columns: usize) -> Result<Table> {
        let weight = format!("{name}.weight");
        if !self.int8 {
            return Ok(Table::Float(self.floats(&weight, &[rows, columns])?));
        }
        if let Some(blocks) = self.blocks(&weight, rows, columns)? {
            return Ok(Table::Int4(blocks));
        }
        let (bytes, scales) = self.bytes(name, rows, columns)?;
        Ok(Table::Int8(bytes, scales))
    }

    /// A matrix that is stored as blocks of half bytes, where it is.
    fn blocks(&self, weight: &str, rows: usize, columns: usize) -> Result<Option<Blocks>> {
        let stored = self.tensors.find(weight).map(|view| view.dtype());
        if stored != Some(Dtype::U8) || !columns.is_multiple_of(BLOCK) {
            return Ok(None);
        }
        let halves = self
            .tensors
            .bytes(weight, Dtype::U8, &[rows, columns / 2])?;
        let scales = self.tensors.bytes(
            &format!("{weight}_scale"),
            Dtype::F16,
            &[rows, columns / BLOCK],
        )?;
        Ok(Some(Blocks {
            halves: halves.to_vec(),
            scales: scales
                .chunks_exact(2)
                .map(|b| f16::from_le_bytes([b[0], b[1]]))
                .collect(),
        }))
    }

    fn norm(&self, name: &str, hidden: usize) -> Result<Norm> {
        Ok(Norm {
            weight: self.floats(&format!("{name}.weight"), &[hidden])?,
            bias: self.floats(&format!("{name}.bias"), &[hidden])?,
        })
    }

    fn float_linear(&self, name: &str, outputs: usize, inputs: usize) -> Result<Linear> {
        let weight = self.floats(&format!("{name}.weight"), &[outputs, inputs])?;
        let bias = self.floats(&format!("{name}.bias"), &[outputs])?;
        Ok(Linear::float(&weight, bias, inputs))
    }

    /// Several layers of the same input as one, their outputs side by side.
    fn linear(&self, names: &[String], outputs: usize, inputs: usize) -> Result<Linear> {
        let mut bias = Vec::new();
        for name in names {
            bias.extend(self.floats(&format!("{name}.bias"), &[outputs])?);
        }
        if self.int8 {
            let (mut weight, mut scales) = (Vec::new(), Vec::new());
            for name in names {
                let (w, s) = self.bytes(name, outputs, inputs)?;
                weight.extend(w);
                scales.extend(s);
            }
            Ok(Linear::int8(&weight, scales, bias, inputs))
        } else {
            let mut weight = Vec::new();
            for name in names {
                weight.extend(self.floats(&format!("{name}.weight"), &[outputs, inputs])?);
            }
            Ok(Linear::float(&weight, bias, inputs))
        }
    }

    fn layer(&self, name: &str, config: &Config) -> Result<Layer> {
        let (hidden, wide) = (config.hidden_size, config.intermediate_size);
        let part = |part: &str| format!("{name}.{part}");
        Ok(Layer {
            query: self.linear(&[part("attention.self.query")], hidden, hidden)?,
            key_value: self.linear(
                &[part("attention.self.key"), part("attention.self.value")],
                hidden,
                hidden,
            )?,
            attention_output: self.linear(&[part("attention.output.dense")], hidden, hidden)?,
            attention_norm: self.norm(&part("attention.output.LayerNorm"), hidden)?,
            intermediate: self.linear(&[part("intermediate.dense")], wide, hidden)?,
            output: self.linear(&[part("output.dense")], hidden, wide)?,
            output_norm: self.norm(&part("output.LayerNorm"), hidden)?,
        })
    }
}

/// Names the matrices that an int8 folder stores as bytes.
pub(super) fn is_quantized(name: &str) -> bool {
    let name = name.strip_prefix("bert.").unwrap_or(name);
    is_word_table(name)
        || (name.starts_with("encoder.layer.")
            && name.ends_with(".weight")
            && !name.contains("LayerNorm"))
}

/// Names the word vectors.
pub(super) fn is_word_table(name: &str) -> bool {
    name.strip_prefix("bert.").unwrap_or(name) == "embeddings.word_embeddings.weight"
}

/// Where the weights of a folder stand.
pub(super) fn weights_file(folder: &Path) -> PathBuf {
    folder.join("model.safetensors")
}
