//! A small BERT with random weights, in Hugging Face's format: enough to hold backends to each
//! other and to see training learn, without any download.

#![allow(dead_code, reason = "each test binary uses a part of it")]

use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use safetensors::tensor::{Dtype, TensorView, serialize_to_file};
use std::path::Path;

pub const HIDDEN: usize = 64;
pub const LAYERS: usize = 2;
pub const INTERMEDIATE: usize = 128;
pub const VOCABULARY: usize = 30_522;
pub const POSITIONS: usize = 128;

/// Writes the folder: with three classes, or for vectors where `labels` is empty.
pub fn small_bert(folder: &Path, labels: &[&str], seed: u64) {
    std::fs::create_dir_all(folder).unwrap();
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
    std::fs::copy(
        models.join("embedding/tokenizer.json"),
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

    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let prefix = if labels.is_empty() { "" } else { "bert." };
    let mut tensors: Vec<(String, Vec<usize>, Vec<f32>)> = Vec::new();
    let mut add = |name: String, shape: &[usize], centre: f32, spread: f32| {
        let values = (0..shape.iter().product::<usize>())
            .map(|_| centre + spread * random.gen_range(-1.0f32..1.0))
            .collect();
        tensors.push((name, shape.to_vec(), values));
    };
    let norm = |add: &mut dyn FnMut(String, &[usize], f32, f32), name: &str| {
        add(format!("{name}.weight"), &[HIDDEN], 1.0, 0.1);
        add(format!("{name}.bias"), &[HIDDEN], 0.0, 0.1);
    };
    let linear = |add: &mut dyn FnMut(String, &[usize], f32, f32), name: &str, out, from| {
        add(format!("{name}.weight"), &[out, from], 0.0, 0.2);
        add(format!("{name}.bias"), &[out], 0.0, 0.1);
    };
    let embeddings = format!("{prefix}embeddings");
    for (name, rows) in [
        ("word", VOCABULARY),
        ("position", POSITIONS),
        ("token_type", 2),
    ] {
        add(
            format!("{embeddings}.{name}_embeddings.weight"),
            &[rows, HIDDEN],
            0.0,
            0.5,
        );
    }
    norm(&mut add, &format!("{embeddings}.LayerNorm"));
    for layer in 0..LAYERS {
        let layer = format!("{prefix}encoder.layer.{layer}");
        for part in ["query", "key", "value"] {
            linear(
                &mut add,
                &format!("{layer}.attention.self.{part}"),
                HIDDEN,
                HIDDEN,
            );
        }
        linear(
            &mut add,
            &format!("{layer}.attention.output.dense"),
            HIDDEN,
            HIDDEN,
        );
        norm(&mut add, &format!("{layer}.attention.output.LayerNorm"));
        linear(
            &mut add,
            &format!("{layer}.intermediate.dense"),
            INTERMEDIATE,
            HIDDEN,
        );
        linear(
            &mut add,
            &format!("{layer}.output.dense"),
            HIDDEN,
            INTERMEDIATE,
        );
        norm(&mut add, &format!("{layer}.output.LayerNorm"));
    }
    linear(&mut add, &format!("{prefix}pooler.dense"), HIDDEN, HIDDEN);
    if !labels.is_empty() {
        linear(&mut add, "classifier", labels.len(), HIDDEN);
    }
    let bytes: Vec<(String, Vec<usize>, Vec<u8>)> = tensors
        .into_iter()
        .map(|(name, shape, values)| {
            let bytes = values.iter().flat_map(|v| v.to_le_bytes()).collect();
            (name, shape, bytes)
        })
        .collect();
    let views: Vec<(&str, TensorView<'_>)> = bytes
        .iter()
        .map(|(name, shape, data)| {
            let view = TensorView::new(Dtype::F32, shape.clone(), data).unwrap();
            (name.as_str(), view)
        })
        .collect();
    serialize_to_file(views, None, &folder.join("model.safetensors")).unwrap();
}

/// Texts of very different length, with emoji, other scripts and nothing at all.
pub const TEXTS: [&str; 8] = [
    "love this",
    "",
    "I waited three weeks and the parcel never came, nobody answers the phone and the shop says it is not their problem",
    "so pretty smiling face with heart-eyes",
    "ok",
    "πολύ ωραίο φόρεμα",
    "is it available in blue?",
    "worst. purchase. ever.",
];
