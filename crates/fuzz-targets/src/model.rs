//! A model folder of which one file, by the first byte, is what a stranger wrote.

use super::{expect_contained_panics, scratch, write};
use microfluence_inference::native::NativeEncoder;
use microfluence_inference::{Encoder, Input, ModelFolder};
use safetensors::tensor::{Dtype, TensorView, serialize};
use serde_json::json;
use std::sync::LazyLock;
use tempfile::TempDir;

const FILES: [&str; 4] = [
    "config.json",
    "microfluence.json",
    "tokenizer.json",
    "model.safetensors",
];

/// The four files of a folder that works.
static WHOLE: LazyLock<[Vec<u8>; 4]> = LazyLock::new(|| {
    let config = json!({
        "model_type": "bert", "hidden_act": "gelu", "hidden_size": 4, "intermediate_size": 4,
        "num_attention_heads": 1, "num_hidden_layers": 1, "vocab_size": 6,
        "max_position_embeddings": 8, "type_vocab_size": 2, "layer_norm_eps": 1e-12,
        "architectures": ["BertForSequenceClassification"], "id2label": {"0": "no", "1": "yes"},
    });
    let settings = json!({
        "name": "tiny", "task": "classify", "precision": "float32", "labels": ["no", "yes"],
        "targets": true, "max_tokens": 8, "temperature": 1.0, "offsets": [0.0, 0.5],
    });
    let special = |id: u32, content: &str| {
        json!({"id": id, "content": content, "single_word": false, "lstrip": false, "rstrip": false,
            "normalized": false, "special": true})
    };
    let piece = |kind: &str, id: &str, type_id: u32| json!({kind: {"id": id, "type_id": type_id}});
    let tokenizer = json!({
        "version": "1.0", "truncation": null, "padding": null,
        "added_tokens": [special(1, "[UNK]"), special(2, "[CLS]"), special(3, "[SEP]")],
        "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
            "strip_accents": null, "lowercase": true},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {"type": "TemplateProcessing",
            "single": [piece("SpecialToken", "[CLS]", 0), piece("Sequence", "A", 0),
                piece("SpecialToken", "[SEP]", 0)],
            "pair": [piece("SpecialToken", "[CLS]", 0), piece("Sequence", "A", 0),
                piece("SpecialToken", "[SEP]", 0), piece("Sequence", "B", 1),
                piece("SpecialToken", "[SEP]", 1)],
            "special_tokens": {
                "[CLS]": {"id": "[CLS]", "ids": [2], "tokens": ["[CLS]"]},
                "[SEP]": {"id": "[SEP]", "ids": [3], "tokens": ["[SEP]"]}}},
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100,
            "vocab": {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "love": 4, "it": 5}},
    });
    let layer = "bert.encoder.layer.0.";
    let mut shapes: Vec<(String, Vec<usize>)> = vec![
        (
            "bert.embeddings.word_embeddings.weight".to_owned(),
            vec![6, 4],
        ),
        (
            "bert.embeddings.position_embeddings.weight".to_owned(),
            vec![8, 4],
        ),
        (
            "bert.embeddings.token_type_embeddings.weight".to_owned(),
            vec![2, 4],
        ),
        ("bert.pooler.dense.weight".to_owned(), vec![4, 4]),
        ("bert.pooler.dense.bias".to_owned(), vec![4]),
        ("classifier.weight".to_owned(), vec![2, 4]),
        ("classifier.bias".to_owned(), vec![2]),
    ];
    for name in [
        "attention.self.query",
        "attention.self.key",
        "attention.self.value",
        "attention.output.dense",
        "intermediate.dense",
        "output.dense",
    ] {
        shapes.push((format!("{layer}{name}.weight"), vec![4, 4]));
        shapes.push((format!("{layer}{name}.bias"), vec![4]));
    }
    for name in [
        "bert.embeddings.LayerNorm".to_owned(),
        format!("{layer}attention.output.LayerNorm"),
        format!("{layer}output.LayerNorm"),
    ] {
        shapes.push((format!("{name}.weight"), vec![4]));
        shapes.push((format!("{name}.bias"), vec![4]));
    }
    let data: Vec<u8> = (0..48_u8)
        .flat_map(|i| (f32::from(i) / 48.0).to_le_bytes())
        .collect();
    let views = shapes.iter().map(|(name, shape)| {
        let bytes = 4 * shape.iter().product::<usize>();
        let view = TensorView::new(Dtype::F32, shape.clone(), &data[..bytes]).expect("a tensor");
        (name.as_str(), view)
    });
    let weights = serialize(views, None).expect("tensors");
    [
        config.to_string(),
        settings.to_string(),
        tokenizer.to_string(),
    ]
    .map(String::into_bytes)
    .into_iter()
    .chain([weights])
    .collect::<Vec<_>>()
    .try_into()
    .expect("four files")
});

static FOLDER: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = scratch();
    assert!(reads(&folder), "the whole folder works");
    folder
});

/// Writes the whole folder, opens it and reads two texts.
fn reads(folder: &TempDir) -> bool {
    for (name, bytes) in FILES.iter().zip(WHOLE.iter()) {
        write(folder.path(), name, bytes);
    }
    attempt(folder)
}

fn attempt(folder: &TempDir) -> bool {
    let Ok(opened) = ModelFolder::open(folder.path()) else {
        return false;
    };
    let Ok(encoder) = NativeEncoder::open(&opened) else {
        return false;
    };
    let inputs = ["love it", "", "what is it about, and why"].map(|text| Input {
        text,
        target: opened.settings().targets.then_some("love"),
    });
    let Ok(rows) = encoder.encode(&inputs) else {
        return false;
    };
    assert!(rows.width() == 0 || rows.height() == inputs.len());
    true
}

/// Tries `data`.
pub fn run(data: &[u8]) {
    expect_contained_panics();
    let Some((&first, rest)) = data.split_first() else {
        return;
    };
    let which = usize::from(first) % FILES.len();
    write(FOLDER.path(), FILES[which], rest);
    attempt(&FOLDER);
    write(FOLDER.path(), FILES[which], &WHOLE[which]);
}
