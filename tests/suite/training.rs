//! Training learns, gives a folder that both backends run, and goes on after a kill.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test's helpers stop it by panicking, and say aloud what they skip"
)]
#![cfg(feature = "rust-bert")]

use crate::common::small_bert;
use microfluence::inference::native::NativeEncoder;
use microfluence::inference::train::{
    Progress, Sample, TrainOptions, multiplies_bfloat16, set_threads, train,
};
use microfluence::inference::{Encoder, Input, ModelFolder};
use std::path::Path;

/// Sentences whose class one word tells.
fn samples(from: usize, to: usize) -> Vec<Sample> {
    let words = [
        ["awful", "broken", "worst"],
        ["tuesday", "blue", "table"],
        ["love", "perfect", "great"],
    ];
    let frames = [
        "it is {}",
        "{} again",
        "so {} today",
        "my phone is {}",
        "well {} then",
    ];
    (from..to)
        .map(|i| {
            let label = i % 3;
            let word = words[label][(i / 3) % 3];
            Sample {
                text: frames[(i / 9) % 5].replace("{}", word),
                target: String::new(),
                label,
            }
        })
        .collect()
}

fn options(output: &Path) -> TrainOptions {
    TrainOptions {
        name: "small".into(),
        output: output.to_owned(),
        labels: ["negative", "neutral", "positive"].map(String::from).into(),
        epochs: 6,
        batch: 16,
        learning_rate: 2e-3,
        warmup: 0.1,
        weight_decay: 0.01,
        clip: 1.0,
        label_smoothing: 0.05,
        r_drop: 0.0,
        freeze_embeddings: true,
        bfloat16: false,
        max_tokens: 32,
        checkpoint_every: 10,
        validate_every: 0,
        patience: 0,
        seed: 3,
    }
}

/// libtorch has one random state per process: runs side by side would draw from each other's.
static ONE_RUN: std::sync::Mutex<()> = std::sync::Mutex::new(());

fn steps_of(progress: Progress) -> usize {
    match progress {
        Progress::Step { step, .. } | Progress::Validation { step, .. } => step,
    }
}

#[test]
fn stops_early_and_keeps_the_best_weights() {
    let _one = ONE_RUN
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    set_threads(1);
    let scratch = tempfile::tempdir().unwrap();
    let base_folder = scratch.path().join("base");
    small_bert(&base_folder, &[], 2);
    let base = ModelFolder::open(&base_folder).unwrap();
    // The held-out rows carry wrong labels, so that learning makes them worse.
    let wrong: Vec<Sample> = samples(0, 45)
        .into_iter()
        .map(|s| Sample {
            label: (s.label + 1) % 3,
            ..s
        })
        .collect();
    let mut options = options(&scratch.path().join("out"));
    options.validate_every = 10;
    options.patience = 2;
    let mut seen = Vec::new();
    let outcome = train(&base, &samples(0, 270), &wrong, &options, &mut |progress| {
        if let Progress::Validation {
            step, macro_recall, ..
        } = progress
        {
            seen.push((step, macro_recall));
        }
    })
    .unwrap();
    let best = seen
        .iter()
        .fold((0, -1.0), |best, v| if v.1 > best.1 { *v } else { best });
    assert_eq!(outcome.steps, best.0, "{seen:?}");
    assert!((outcome.macro_recall.unwrap() - best.1).abs() < 1e-9);
    let (last, _) = seen[seen.len() - 1];
    assert_eq!(last, best.0 + 20, "two validations without a better one");
    assert!(last < 6 * 17, "it went on to the end: {seen:?}");
}

#[test]
fn learns_and_goes_on_after_a_kill() {
    goes_on_after_a_kill(false, 0.0);
}

#[test]
fn learns_in_bfloat16_and_goes_on_after_a_kill() {
    goes_on_after_a_kill(true, 0.0);
}

#[test]
fn learns_by_r_drop_and_goes_on_after_a_kill() {
    goes_on_after_a_kill(true, 2.0);
}

fn goes_on_after_a_kill(bfloat16: bool, r_drop: f64) {
    let _one = ONE_RUN
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    set_threads(1);
    let scratch = tempfile::tempdir().unwrap();
    let base_folder = scratch.path().join("base");
    small_bert(&base_folder, &[], 1);
    let base = ModelFolder::open(&base_folder).unwrap();
    let (data, held_out) = (samples(0, 270), samples(0, 45));

    let recipe = |output: &Path| TrainOptions {
        bfloat16,
        r_drop,
        ..options(output)
    };
    let whole = scratch.path().join("whole");
    let outcome = train(&base, &data, &held_out, &recipe(&whole), &mut |_| {}).unwrap();
    assert!(outcome.accuracy.unwrap() > 0.9, "{outcome:?}");
    assert!(!whole.join("checkpoint").exists());

    // A kill between two checkpoints: the report panics, as a SIGKILL would end the process.
    let killed = scratch.path().join("killed");
    let died = std::panic::catch_unwind(|| {
        train(&base, &data, &held_out, &recipe(&killed), &mut |progress| {
            assert!(steps_of(progress) < 50, "killed");
        })
    });
    assert!(died.is_err());
    assert!(killed.join("checkpoint/position.json").exists());
    let mut first = None;
    train(&base, &data, &held_out, &recipe(&killed), &mut |progress| {
        first.get_or_insert(steps_of(progress));
    })
    .unwrap();
    assert!(first.unwrap() > 25, "began again: {first:?}");
    let weights = |folder: &Path| std::fs::read(folder.join("model.safetensors")).unwrap();
    assert!(
        weights(&whole) == weights(&killed),
        "a resumed run goes another way"
    );

    let encoder = NativeEncoder::open(&ModelFolder::open(&killed).unwrap()).unwrap();
    let texts = ["it is awful", "blue again", "so perfect today"];
    let inputs = texts.map(|text| Input { text, target: None });
    let rows = encoder.encode(&inputs).unwrap();
    for (class, row) in rows.iter().enumerate() {
        let best = (0..3).max_by(|&a, &b| row[a].total_cmp(&row[b])).unwrap();
        assert_eq!(best, class, "{row:?}");
    }
    // Other options do not go on from this checkpoint's place, they refuse it.
    let other = scratch.path().join("other");
    let _ = std::panic::catch_unwind(|| {
        train(&base, &data, &held_out, &recipe(&other), &mut |progress| {
            assert!(steps_of(progress) < 25, "killed");
        })
    });
    let mut changed = recipe(&other);
    changed.learning_rate = 1e-3;
    let error = train(&base, &data, &held_out, &changed, &mut |_| {}).unwrap_err();
    assert!(error.to_string().contains("checkpoint"), "{error}");
}

#[test]
fn a_processor_without_bfloat16_trains_in_float32_and_says_so() {
    let scratch = tempfile::tempdir().unwrap();
    let base = scratch.path().join("base");
    small_bert(&base, &["negative", "neutral", "positive"], 4);
    let names = ["negative", "neutral", "positive"];
    let mut rows = vec!["text,label".to_owned()];
    rows.extend(
        samples(0, 90)
            .iter()
            .map(|s| format!("{},{}", s.text, names[s.label])),
    );
    let data = crate::program::file(scratch.path(), "data.csv", rows.join("\n"));
    let trained = |name: &str, flags: &[&str]| {
        let to = scratch.path().join(name);
        let (from, to) = (base.to_str().unwrap(), to.to_str().unwrap());
        let command = ["train", "--data", &data, "--base", from, "--output", to];
        let said = crate::program::success(&[&command, flags].concat());
        let weights = std::fs::read(Path::new(to).join("model.safetensors")).unwrap();
        (said, weights)
    };
    let (plain, in_float32) = trained("plain", &[]);
    assert!(!plain.contains("bfloat16"), "{plain}");
    let (said, weights) = trained("asked", &["--bfloat16"]);
    let multiplies = multiplies_bfloat16();
    assert_eq!(said.contains("float32 is used"), !multiplies, "{said}");
    assert_eq!(weights == in_float32, !multiplies);
}
