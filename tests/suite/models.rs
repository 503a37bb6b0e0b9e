//! Folders made from folders, and how well the shipped sentiment model judges.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test's helpers stop it by panicking, and say aloud what they skip"
)]

use crate::common::{self, TEXTS, small_bert};
use crate::program::run;
use half::{bf16, f16};
use microfluence::inference::native::{CpuPath, NativeEncoder, quantize_folder};
use microfluence::inference::{Encoder, Input, ModelFolder, average_folders};
use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize_to_file};
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

/// Name, kind, shape and bytes of each tensor.
type Tensors = Vec<(String, Dtype, Vec<usize>, Vec<u8>)>;

/// Writes the tensors of `folder` anew as `change` leaves them.
fn rewrite(folder: &Path, change: impl Fn(&mut Tensors)) {
    let file = folder.join("model.safetensors");
    let bytes = std::fs::read(&file).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let mut all: Vec<_> = tensors
        .iter()
        .map(|(name, view)| {
            (
                name.to_owned(),
                view.dtype(),
                view.shape().to_vec(),
                view.data().to_vec(),
            )
        })
        .collect();
    change(&mut all);
    let views = all.iter().map(|(name, kind, shape, data)| {
        (name, TensorView::new(*kind, shape.clone(), data).unwrap())
    });
    serialize_to_file(views, None, &file).unwrap();
}

/// A checkpoint in half precision was once exported as a file without a tensor.
#[test]
fn float16_and_bfloat16_are_read_like_float32() {
    let scratch = tempfile::tempdir().unwrap();
    for kind in [Dtype::F16, Dtype::BF16] {
        let folder = scratch.path().join(format!("{kind:?}"));
        small_bert(&folder, &LABELS, 4);
        let before = probabilities(&folder);
        rewrite(&folder, |all| {
            for (_, stored, _, data) in all {
                *stored = kind;
                let values = data
                    .chunks_exact(4)
                    .map(|b| f32::from_le_bytes(b.try_into().unwrap()));
                *data = values
                    .flat_map(|v| match kind {
                        Dtype::F16 => f16::from_f32(v).to_le_bytes(),
                        _ => bf16::from_f32(v).to_le_bytes(),
                    })
                    .collect();
            }
        });
        let near = |found: &[f32], most: f32| {
            assert!(
                before.iter().zip(found).all(|(a, b)| (a - b).abs() < most),
                "{before:?} {found:?}"
            );
        };
        near(&probabilities(&folder), 0.05);
        let int8 = scratch.path().join(format!("{kind:?}-int8"));
        quantize_folder(&ModelFolder::open(&folder).unwrap(), &int8, "half").unwrap();
        near(&probabilities(&int8), 0.1);
        let mean = scratch.path().join(format!("{kind:?}-mean"));
        average_folders(&[(ModelFolder::open(&folder).unwrap(), 1.0)], &mean, "mean").unwrap();
        assert_eq!(probabilities(&mean), probabilities(&folder));
    }
}

/// What is missing, of another kind or too much is named; nothing is passed over.
#[test]
fn an_export_names_what_it_cannot_take() {
    let scratch = tempfile::tempdir().unwrap();
    let value = "bert.encoder.layer.1.attention.self.value.weight";
    let export = |name: &str, change: &dyn Fn(&mut Tensors)| {
        let folder = scratch.path().join(name);
        small_bert(&folder, &LABELS, 4);
        rewrite(&folder, change);
        let folder = ModelFolder::open(folder).unwrap();
        let to = scratch.path().join(format!("{name}-to"));
        quantize_folder(&folder, &to, "x").map_err(|e| e.to_string())
    };
    let missing = export("missing", &|all| all.retain(|t| t.0 != value));
    assert!(
        missing
            .as_ref()
            .unwrap_err()
            .contains("lacks the tensor encoder.layer.1.attention.self.value"),
        "{missing:?}"
    );
    let kind = export("kind", &|all| {
        let tensor = all.iter_mut().find(|t| t.0 == value).unwrap();
        (tensor.1, tensor.3) = (Dtype::I32, vec![0; tensor.3.len()]);
    });
    assert!(
        kind.as_ref()
            .unwrap_err()
            .contains("attention.self.value.weight is I32, expected F32, F16 or BF16"),
        "{kind:?}"
    );
    let deeper = export("deeper", &|all| {
        all.push((
            "bert.encoder.layer.2.output.dense.bias".to_owned(),
            Dtype::F32,
            vec![1],
            vec![0; 4],
        ));
    });
    assert!(
        deeper
            .as_ref()
            .unwrap_err()
            .contains("num_hidden_layers is 2"),
        "{deeper:?}"
    );
    let unread = export("unread", &|all| {
        all.push((
            "cls.predictions.bias".to_owned(),
            Dtype::F32,
            vec![1],
            vec![0; 4],
        ));
        all.push((
            "bert.embeddings.position_ids".to_owned(),
            Dtype::I64,
            vec![1],
            vec![0; 8],
        ));
    });
    assert!(
        unread
            .unwrap()
            .left_out
            .contains(&"cls.predictions.bias".to_owned())
    );
    let odd = export("odd", &|all| {
        all.push(("extra.counter".to_owned(), Dtype::I64, vec![1], vec![0; 8]));
    });
    assert!(
        odd.as_ref().unwrap_err().contains("extra.counter is I64"),
        "{odd:?}"
    );
}

/// Word vectors that were four bits a weight stay so, and are read as exactly what they stand for.
#[test]
fn four_bit_word_vectors_stay_as_they_came() {
    let scratch = tempfile::tempdir().unwrap();
    let (from, to) = (scratch.path().join("from"), scratch.path().join("to"));
    small_bert(&from, &LABELS, 5);
    rewrite(&from, |all| {
        let words = all
            .iter_mut()
            .find(|t| t.0.contains("word_embeddings"))
            .unwrap();
        words.1 = Dtype::F16;
        words.3 = words
            .3
            .chunks_exact(4)
            .enumerate()
            .flat_map(|(i, b)| {
                let value = f32::from_le_bytes(b.try_into().unwrap());
                // A power of two, so that float16 holds the products and both folders have the same vectors.
                let steps = if i % 32 == 0 {
                    -8.0
                } else {
                    (value * 16.0).round().clamp(-8.0, 7.0)
                };
                f16::from_f32(steps / 16.0).to_le_bytes()
            })
            .collect();
    });
    let exported = quantize_folder(&ModelFolder::open(&from).unwrap(), &to, "four").unwrap();
    assert_eq!(exported.word_bits, 4);
    let bytes = std::fs::read(to.join("model.safetensors")).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let words = tensors
        .tensor("bert.embeddings.word_embeddings.weight")
        .unwrap();
    assert_eq!(
        (words.dtype(), words.shape()[1]),
        (Dtype::U8, common::HIDDEN / 2)
    );
    let (a, b) = (probabilities(&from), probabilities(&to));
    assert!(
        a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 0.05),
        "{a:?} {b:?}"
    );
    // The same bits on every processor, alone and in company.
    let folder = ModelFolder::open(&to).unwrap();
    for path in CpuPath::available() {
        let encoder = NativeEncoder::open_with(&folder, path).unwrap();
        for (i, text) in TEXTS.iter().enumerate() {
            let alone = encoder.encode(&[Input { text, target: None }]).unwrap();
            assert_eq!(alone.row(0), &b[3 * i..3 * i + 3], "{path:?} {text:?}");
        }
    }
}

/// Words that the network has no vector for would once have been read as its last word.
#[test]
fn a_tokenizer_of_another_model_is_refused() {
    let scratch = tempfile::tempdir().unwrap();
    small_bert(scratch.path(), &LABELS, 6);
    let file = scratch.path().join("config.json");
    let config = std::fs::read_to_string(&file).unwrap();
    let fewer = common::VOCABULARY - 5;
    std::fs::write(
        &file,
        config.replace(&common::VOCABULARY.to_string(), &fewer.to_string()),
    )
    .unwrap();
    rewrite(scratch.path(), |all| {
        let words = all
            .iter_mut()
            .find(|t| t.0.contains("word_embeddings"))
            .unwrap();
        words.2[0] = fewer;
        words.3.truncate(fewer * common::HIDDEN * 4);
    });
    let error = NativeEncoder::open(&ModelFolder::open(scratch.path()).unwrap())
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("tokenizer.json") && error.contains("30517 words"),
        "{error}"
    );
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

/// The rows of `sentiment` for these comments, as lists of cells.
fn judged(comments: &[&str], flags: &[&str]) -> Vec<csv::StringRecord> {
    let scratch = tempfile::tempdir().unwrap();
    let file = scratch.path().join("comments.csv");
    let mut writer = csv::Writer::from_path(&file).unwrap();
    writer.write_record(["comment_id", "text"]).unwrap();
    for (i, text) in comments.iter().enumerate() {
        writer.write_record([&i.to_string(), *text]).unwrap();
    }
    writer.flush().unwrap();
    let arguments = [
        "sentiment",
        "--comments",
        file.to_str().unwrap(),
        "--output",
        "-",
    ];
    let out = run(&[&arguments[..], flags].concat());
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(out.status.success(), "{said}");
    let mut reader = csv::Reader::from_reader(out.stdout.as_slice());
    assert_eq!(&reader.headers().unwrap()[10], "model");
    reader.records().map(Result::unwrap).collect()
}

/// A comment is read by the model of its language; what no model reads is declined.
#[test]
fn a_comment_goes_to_the_model_of_its_language() {
    let comments = [
        "I love this serum, it is the best",
        "me encanta, es una maravilla de producto",
        "c'est nul, je suis très déçue de cette crème",
        "bahut accha hai yaar, mujhe yeh pasand hai",
        "😍😍😍",
        "linda",
        "这个产品真的很好用我很喜欢",
    ];
    let rows = judged(&comments, &[]);
    let found: Vec<[&str; 4]> = rows.iter().map(|r| [&r[2], &r[7], &r[8], &r[10]]).collect();
    let (english, multi) = ("microfluence-sentiment", "microfluence-sentiment-multi");
    assert_eq!(found[0], ["positive", "eng", "scored", english]);
    assert_eq!(found[1], ["positive", "spa", "scored", multi]);
    assert_eq!(found[2], ["negative", "fra", "scored", multi]);
    assert_eq!(found[3][2..], ["unsupported_language", ""]);
    assert_eq!(found[4], ["positive", "und", "scored", english]);
    assert_eq!(found[5][1..], ["por", "scored", multi]);
    assert_eq!(found[6], ["", "cmn", "unsupported_language", ""]);

    let rows = judged(&comments, &["--languages", "fr"]);
    let status: Vec<&str> = rows.iter().map(|r| &r[8]).collect();
    let no = "unsupported_language";
    assert_eq!(status, [no, no, "scored", no, "scored", no, no]);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/sentiment");
    let rows = judged(&comments, &["--model", folder.to_str().unwrap()]);
    assert_eq!(&rows[1][8], no);
}

/// Figures of two languages are added up only where that is asked for.
#[test]
fn languages_stand_apart_until_they_are_pooled() {
    let scratch = tempfile::tempdir().unwrap();
    let file = scratch.path().join("comments.csv");
    let text = "comment_id,text\n1,I love this serum so much\n2,me encanta este producto, gracias\n\
                3,\"this is awful, I hate it\"\n4,😍\n";
    std::fs::write(&file, text.replace("producto, gracias", "producto")).unwrap();
    let document = |flags: &[&str]| -> serde_json::Value {
        let arguments = ["sentiment", "--comments", file.to_str().unwrap(), "--json"];
        let out = run(&[&arguments[..], flags].concat());
        assert!(
            out.status.success(),
            "{}",
            String::from_utf8_lossy(&out.stderr)
        );
        serde_json::from_slice(&out.stdout).unwrap()
    };
    let apart = document(&[]);
    let brand = &apart["brands"][0];
    assert_eq!(
        (brand["scored"].as_u64(), brand["about"].as_u64()),
        (Some(4), Some(3))
    );
    assert!(
        brand["warnings"].to_string().contains("1 spa"),
        "{}",
        brand["warnings"]
    );
    let languages = brand["by_language"].as_array().unwrap();
    let spanish = languages.iter().find(|l| l["name"] == "spa").unwrap();
    assert_eq!(spanish["n"], 1);
    assert_eq!(spanish["model"], "microfluence-sentiment-multi");
    assert_eq!(spanish["pooled"], false);
    assert_eq!(apart["manifest"]["models"].as_array().unwrap().len(), 2);
    let pooled = document(&["--pool-languages"]);
    assert_eq!(pooled["brands"][0]["about"], 4);
    let out = run(&[
        "sentiment",
        "--comments",
        file.to_str().unwrap(),
        "--languages",
        "xx",
    ]);
    assert_eq!(out.status.code(), Some(2));
    let out = run(&[
        "sentiment",
        "--comments",
        file.to_str().unwrap(),
        "--languages",
        "ja",
    ]);
    assert_eq!(out.status.code(), Some(2));
}

/// The shipped multilingual model gives the same bits alone and in company, on every processor's path.
#[test]
fn the_multilingual_model_keeps_the_engines_promises() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/sentiment-multi");
    let folder = ModelFolder::open(folder).unwrap();
    let texts = [
        "me encanta 😍",
        "#schlecht, nie wieder",
        "خدمة سيئة جدا",
        "c'est correct",
        "",
    ];
    let inputs: Vec<Input<'_>> = texts
        .iter()
        .map(|text| Input {
            text,
            target: Some(""),
        })
        .collect();
    let mut first: Option<Vec<f32>> = None;
    for path in CpuPath::available() {
        let encoder = NativeEncoder::open_with(&folder, path).unwrap();
        let together = encoder.encode(&inputs).unwrap();
        for (i, input) in inputs.iter().enumerate() {
            assert_eq!(encoder.encode(&[*input]).unwrap().row(0), together.row(i));
        }
        let all: Vec<f32> = together.iter().flatten().copied().collect();
        assert_eq!(*first.get_or_insert_with(|| all.clone()), all, "{path:?}");
    }
    let all = first.unwrap();
    assert!(
        all[2] > all[0] && all[3] > all[5] && all[6] > all[8],
        "{all:?}"
    );
    // A sign before a tag changes nothing.
    let encoder = NativeEncoder::open(&folder).unwrap();
    let without = Input {
        text: "schlecht, nie wieder",
        target: Some(""),
    };
    assert_eq!(encoder.encode(&[without]).unwrap().row(0), &all[3..6]);
}
