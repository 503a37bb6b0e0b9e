//! A small BERT with random weights, in Hugging Face's format: enough to hold backends to each
//! other and to see training learn, without any download.

#![allow(clippy::unwrap_used, reason = "a helper stops its test by panicking")]

use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use safetensors::tensor::{Dtype, TensorView, serialize_to_file};
use std::path::Path;

pub(crate) const HIDDEN: usize = 64;
pub(crate) const LAYERS: usize = 2;
pub(crate) const INTERMEDIATE: usize = 128;
pub(crate) const VOCABULARY: usize = 30_522;
pub(crate) const POSITIONS: usize = 128;

/// Writes the folder: with three classes, or for vectors where `labels` is empty.
pub(crate) fn small_bert(folder: &Path, labels: &[&str], seed: u64) {
    std::fs::create_dir_all(folder).unwrap();
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
    std::fs::copy(
        models.join("sentiment/tokenizer.json"),
        folder.join("tokenizer.json"),
    )
    .unwrap();
    let architecture = if labels.is_empty() {
        "BertModel"
    } else {
        "BertForSequenceClassification"
    };
    let id2label: std::collections::BTreeMap<String, &str> = labels
        .iter()
        .enumerate()
        .map(|(i, l)| (i.to_string(), *l))
        .collect();
    let config = serde_json::json!({
        "architectures": [architecture], "model_type": "bert", "hidden_act": "gelu",
        "attention_probs_dropout_prob": 0.1, "hidden_dropout_prob": 0.1,
        "hidden_size": HIDDEN, "initializer_range": 0.02, "intermediate_size": INTERMEDIATE,
        "layer_norm_eps": 1e-12, "max_position_embeddings": POSITIONS,
        "num_attention_heads": 4, "num_hidden_layers": LAYERS, "pad_token_id": 0,
        "type_vocab_size": 2, "vocab_size": VOCABULARY, "id2label": id2label,
    });
    std::fs::write(folder.join("config.json"), config.to_string()).unwrap();

    let prefix = if labels.is_empty() { "" } else { "bert." };
    let mut weights = RandomWeights {
        random: Xoshiro256PlusPlus::seed_from_u64(seed),
        tensors: Vec::new(),
    };
    let embeddings = format!("{prefix}embeddings");
    for (name, rows) in [
        ("word", VOCABULARY),
        ("position", POSITIONS),
        ("token_type", 2),
    ] {
        let name = format!("{embeddings}.{name}_embeddings.weight");
        weights.add(name, &[rows, HIDDEN], 0.0, 0.5);
    }
    weights.norm(&format!("{embeddings}.LayerNorm"));
    for layer in 0..LAYERS {
        let layer = format!("{prefix}encoder.layer.{layer}");
        for part in ["query", "key", "value"] {
            weights.linear(&format!("{layer}.attention.self.{part}"), HIDDEN, HIDDEN);
        }
        weights.linear(&format!("{layer}.attention.output.dense"), HIDDEN, HIDDEN);
        weights.norm(&format!("{layer}.attention.output.LayerNorm"));
        weights.linear(&format!("{layer}.intermediate.dense"), INTERMEDIATE, HIDDEN);
        weights.linear(&format!("{layer}.output.dense"), HIDDEN, INTERMEDIATE);
        weights.norm(&format!("{layer}.output.LayerNorm"));
    }
    weights.linear(&format!("{prefix}pooler.dense"), HIDDEN, HIDDEN);
    if !labels.is_empty() {
        weights.linear("classifier", labels.len(), HIDDEN);
    }
    weights.write(&folder.join("model.safetensors"));
}

struct RandomWeights {
    random: Xoshiro256PlusPlus,
    tensors: Vec<(String, Vec<usize>, Vec<u8>)>,
}

impl RandomWeights {
    fn add(&mut self, name: String, shape: &[usize], centre: f32, spread: f32) {
        let bytes = (0..shape.iter().product::<usize>())
            .map(|_| centre + spread * self.random.gen_range(-1.0f32..1.0))
            .flat_map(f32::to_le_bytes)
            .collect();
        self.tensors.push((name, shape.to_vec(), bytes));
    }

    fn norm(&mut self, name: &str) {
        self.add(format!("{name}.weight"), &[HIDDEN], 1.0, 0.1);
        self.add(format!("{name}.bias"), &[HIDDEN], 0.0, 0.1);
    }

    fn linear(&mut self, name: &str, out: usize, from: usize) {
        self.add(format!("{name}.weight"), &[out, from], 0.0, 0.2);
        self.add(format!("{name}.bias"), &[out], 0.0, 0.1);
    }

    fn write(&self, file: &Path) {
        let views: Vec<(&str, TensorView<'_>)> = self
            .tensors
            .iter()
            .map(|(name, shape, data)| {
                let view = TensorView::new(Dtype::F32, shape.clone(), data).unwrap();
                (name.as_str(), view)
            })
            .collect();
        serialize_to_file(views, None, file).unwrap();
    }
}

/// Texts of very different length, with emoji, other scripts and nothing at all.
pub(crate) const TEXTS: [&str; 8] = [
    "love this",
    "",
    "I waited three weeks and the parcel never came, nobody answers the phone and the shop says it is not their problem",
    "so pretty smiling face with heart-eyes",
    "ok",
    "πολύ ωραίο φόρεμα",
    "is it available in blue?",
    "worst. purchase. ever.",
];
