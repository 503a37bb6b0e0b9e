//! Folders made from folders, and how well the shipped sentiment model judges.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test's helpers stop it by panicking, and say aloud what they skip"
)]

use crate::common::{TEXTS, small_bert};
use crate::program::run;
use microfluence::inference::native::NativeEncoder;
use microfluence::inference::{Encoder, Input, ModelFolder, average_folders};
use std::path::Path;

const LABELS: [&str; 3] = ["negative", "neutral", "positive"];

fn probabilities(folder: &Path) -> Vec<f32> {
    let encoder = NativeEncoder::open(&ModelFolder::open(folder).unwrap()).unwrap();
    let inputs: Vec<Input<'_>> = TEXTS
        .iter()
        .map(|text| Input { text, target: None })
        .collect();
    let rows = encoder.encode(&inputs).unwrap();
    rows.iter().flatten().copied().collect()
}

#[test]
fn an_average_lies_between_its_models() {
    let scratch = tempfile::tempdir().unwrap();
    let (a, b, mean) = (
        scratch.path().join("a"),
        scratch.path().join("b"),
        scratch.path().join("mean"),
    );
    small_bert(&a, &LABELS, 1);
    small_bert(&b, &LABELS, 2);
    let open = |folder: &Path| ModelFolder::open(folder).unwrap();
    average_folders(&[(open(&a), 3.0), (open(&b), 0.0)], &mean, "first").unwrap();
    assert_eq!(probabilities(&mean), probabilities(&a));
    let settings = average_folders(&[(open(&a), 0.5), (open(&b), 0.5)], &mean, "both").unwrap();
    assert_eq!(settings.name, "both");
    assert_ne!(probabilities(&mean), probabilities(&a));
    assert!(average_folders(&[(open(&a), -1.0), (open(&b), 2.0)], &mean, "x").is_err());
    assert!(average_folders(&[], &mean, "x").is_err());
}

#[test]
fn a_model_is_calibrated_in_place() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path().join("model");
    small_bert(&folder, &LABELS, 3);
    let data = scratch.path().join("data.csv");
    // Random weights judge at random, so being unsure is best.
    let rows: Vec<String> = (0..60)
        .map(|i| format!("text number {i},{}", LABELS[i % 3]))
        .collect();
    std::fs::write(&data, format!("text,label\n{}\n", rows.join("\n"))).unwrap();
    let arguments = ["models", "calibrate", folder.to_str().unwrap(), "--data"];
    let out = run(&[&arguments[..], &[data.to_str().unwrap()]].concat());
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    let settings = ModelFolder::open(&folder).unwrap().settings().clone();
    assert!(settings.temperature > 1.0, "{}", settings.temperature);
    assert_eq!(settings.sha256.len(), 3);
    let soft = scratch.path().join("soft");
    small_bert(&soft, &LABELS, 3);
    let soften = |factor| {
        let (folder, file) = (soft.to_str().unwrap(), data.to_str().unwrap());
        let arguments = ["models", "calibrate", folder, "--data", file, "--soften"];
        run(&[&arguments[..], &[factor]].concat()).status
    };
    assert_eq!(soften("0").code(), Some(2));
    assert!(soften("1.25").success());
    let flatter = ModelFolder::open(&soft).unwrap().settings().clone();
    assert!((flatter.temperature / settings.temperature - 1.25).abs() < 1e-5);
    for (soft, fitted) in flatter.offsets.iter().zip(&settings.offsets) {
        assert!((soft * 1.25 - fitted).abs() < 1e-5, "{soft} {fitted}");
    }
}

/// The list was written for this test, with the classes that most people would give.
#[test]
fn comments_of_emoji_alone_are_understood() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets/emoji/comments.csv");
    let scratch = tempfile::tempdir().unwrap();
    let page = scratch.path().join("page.html");
    let out = run(&[
        "evaluate",
        "--data",
        data.to_str().unwrap(),
        "--html",
        page.to_str().unwrap(),
        "--json",
    ]);
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    let document: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    let all = &document["evaluations"][0];
    assert_eq!(
        (all["n"].as_u64(), all["declined"].as_u64()),
        (Some(200), Some(0))
    );
    let accuracy = |judge: &str| all[judge]["accuracy"]["value"].as_f64().unwrap();
    assert!(accuracy("model") >= 0.9, "{}", accuracy("model"));
    assert!(accuracy("vader") < accuracy("model"));
    let html = std::fs::read_to_string(page).unwrap();
    assert!(html.contains("<svg") && html.contains("macro recall"));
}

/// One text, two brands, opposite polarity: the better one must come out higher for each.
#[test]
fn polarity_is_towards_the_brand() {
    let scratch = tempfile::tempdir().unwrap();
    let comments = scratch.path().join("comments.csv");
    std::fs::write(
        &comments,
        "comment_id,text\n\
         1,\"love my Pixel, the iPhone was a disaster\"\n\
         2,the iPhone is gorgeous but the Pixel keeps crashing\n\
         3,\"iPhone support was amazing, Pixel support is a joke\"\n",
    )
    .unwrap();
    let out = run(&[
        "sentiment",
        "--comments",
        comments.to_str().unwrap(),
        "--brand",
        "Google",
        "--brand",
        "Apple",
        "--alias",
        "Google=Pixel",
        "--alias",
        "Apple=iPhone",
        "--output",
        "-",
    ]);
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    let mut reader = csv::Reader::from_reader(out.stdout.as_slice());
    let net: Vec<f64> = reader
        .records()
        .map(|row| {
            let row = row.unwrap();
            let p = |i: usize| row[i].parse::<f64>().unwrap();
            p(5) - p(3)
        })
        .collect();
    assert!(net[0] > net[1], "{net:?}");
    assert!(net[2] < net[3], "{net:?}");
    assert!(net[4] < net[5], "{net:?}");
}
