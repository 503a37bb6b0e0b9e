//! Every backend gives the same probabilities and vectors.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test's helpers stop it by panicking, and say aloud what they skip"
)]

mod common;

use common::{TEXTS, small_bert};
use microfluence::inference::native::NativeEncoder;
use microfluence::inference::{Encoder, Input, ModelFolder};

const LABELS: [&str; 3] = ["negative", "neutral", "positive"];

/// Every backend that this build has, over the same folder.
fn backends(folder: &ModelFolder) -> Vec<Box<dyn Encoder>> {
    let mut all: Vec<Box<dyn Encoder>> = vec![Box::new(NativeEncoder::open(folder).unwrap())];
    #[cfg(feature = "rust-bert")]
    all.push(Box::new(
        microfluence::inference::rust_bert::RustBertEncoder::open(folder).unwrap(),
    ));
    all.shrink_to_fit();
    all
}

fn inputs(target: Option<&str>) -> Vec<Input<'_>> {
    TEXTS.iter().map(|text| Input { text, target }).collect()
}

/// Holds one backend to the trait's promises, and to the first backend's numbers.
fn check(
    encoder: &dyn Encoder,
    reference: &dyn Encoder,
    target: Option<&str>,
    adds_up_to_one: bool,
) {
    let name = encoder.backend();
    let rows = encoder.encode(&inputs(target)).unwrap();
    let expected = reference.encode(&inputs(target)).unwrap();
    assert_eq!(rows.height(), TEXTS.len(), "{name}");
    for (row, (expected, text)) in rows.iter().zip(expected.iter().zip(TEXTS)) {
        for (a, b) in row.iter().zip(expected) {
            assert!(
                (a - b).abs() < 1e-4,
                "{name} on {text:?}: {row:?} against {expected:?}"
            );
        }
        if adds_up_to_one {
            assert!(
                (row.iter().sum::<f32>() - 1.0).abs() < 1e-5,
                "{name}: {row:?}"
            );
        } else {
            let length = row.iter().map(|v| v * v).sum::<f32>().sqrt();
            assert!((length - 1.0).abs() < 1e-4, "{name}: {length}");
        }
    }
    // A text alone gives what it gives in company.
    for (i, input) in inputs(target).into_iter().enumerate() {
        let alone = encoder.encode(&[input]).unwrap();
        for (a, b) in alone.row(0).iter().zip(rows.row(i)) {
            assert!((a - b).abs() < 1e-5, "{name} on {:?} alone", input.text);
        }
    }
    assert_eq!(
        encoder.encode(&[]).unwrap().height(),
        0,
        "{name}: an empty call"
    );
}

#[test]
fn classes_agree_for_texts_and_pairs() {
    let folder = tempfile::tempdir().unwrap();
    small_bert(folder.path(), &LABELS, 7);
    let model = ModelFolder::open(folder.path()).unwrap();
    assert_eq!(model.settings().labels, LABELS);
    let all = backends(&model);
    for encoder in &all {
        for target in [None, Some(""), Some("lumora")] {
            check(encoder.as_ref(), all[0].as_ref(), target, true);
        }
    }
}

#[test]
fn vectors_agree() {
    let folder = tempfile::tempdir().unwrap();
    small_bert(folder.path(), &[], 8);
    let all = backends(&ModelFolder::open(folder.path()).unwrap());
    for encoder in &all {
        check(encoder.as_ref(), all[0].as_ref(), None, false);
    }
}

#[cfg(feature = "rust-bert")]
#[test]
fn rust_bert_refuses_int8_weights() {
    use microfluence::inference::rust_bert::RustBertEncoder;
    let shipped = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("models/sentiment");
    let folder = ModelFolder::open(shipped).unwrap();
    let error = RustBertEncoder::open(&folder).err().unwrap().to_string();
    assert!(error.contains("int8"), "{error}");
}
