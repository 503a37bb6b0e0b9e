//! Every backend gives the same probabilities and vectors.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test's helpers stop it by panicking, and say aloud what they skip"
)]

use crate::common::{TEXTS, small_bert};
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

/// libtorch runs the floats that int8 weights stand for; the native engine rounds what goes through them too.
#[cfg(feature = "rust-bert")]
#[test]
fn rust_bert_reads_int8_weights() {
    use microfluence::inference::rust_bert::RustBertEncoder;
    for (name, target) in [
        ("sentiment", Some("")),
        ("sentiment-multi", Some("")),
        ("embedding", None),
        ("embedding-multi", None),
    ] {
        let shipped = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("models")
            .join(name);
        let folder = ModelFolder::open(shipped).unwrap();
        let torch = RustBertEncoder::open(&folder).unwrap();
        let native = NativeEncoder::open(&folder).unwrap();
        let inputs = inputs(target);
        let (a, b) = (
            torch.encode(&inputs).unwrap(),
            native.encode(&inputs).unwrap(),
        );
        for (a, b) in a.iter().zip(b.iter()) {
            let apart = a.iter().zip(b).map(|(a, b)| (a - b).abs());
            if target.is_some() {
                assert!(apart.clone().all(|d| d < 0.1), "{name}: {a:?} {b:?}");
            }
            // Vectors of length 1; without the centre that is taken off they would be 0.9 apart.
            let distance = apart.map(|d| d * d).sum::<f32>().sqrt();
            assert!(distance < 0.25, "{name}: {distance}");
        }
    }
}

/// An int8 folder of random weights, made once.
fn int8() -> &'static NativeEncoder {
    static ENCODER: std::sync::OnceLock<NativeEncoder> = std::sync::OnceLock::new();
    ENCODER.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("f32"), folder.path().join("int8"));
        small_bert(&from, &LABELS, 9);
        let from = ModelFolder::open(&from).unwrap();
        microfluence::inference::native::quantize_folder(&from, &to, "int8").unwrap();
        NativeEncoder::open(&ModelFolder::open(&to).unwrap()).unwrap()
    })
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(24))]

    /// What a text gets is the same to the bit whatever stands beside it, in whatever order, on
    /// however many threads.
    #[test]
    fn int8_does_not_look_at_the_company(
        texts in proptest::collection::vec("[a-z :)!]{0,80}", 1..24),
        seed in proptest::prelude::any::<u64>(),
        threads in 1usize..5,
    ) {
        let encoder = int8();
        let inputs: Vec<Input<'_>> = texts.iter().map(|text| Input { text, target: None }).collect();
        let together = encoder.encode(&inputs).unwrap();
        // A walk through all places, by a step that shares no factor with their number.
        let n = texts.len();
        let step = (1..=n).map(|i| (seed as usize % n + i) % n).find(|&s| gcd(s, n) == 1).unwrap();
        let order: Vec<usize> = (0..n).map(|i| i * step % n).collect();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let shuffled = pool.install(|| {
            encoder.encode(&order.iter().map(|&i| inputs[i]).collect::<Vec<_>>()).unwrap()
        });
        for (place, &i) in order.iter().enumerate() {
            let alone = encoder.encode(&[inputs[i]]).unwrap();
            proptest::prop_assert_eq!(together.row(i), shuffled.row(place));
            proptest::prop_assert_eq!(together.row(i), alone.row(0));
        }
    }
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}
