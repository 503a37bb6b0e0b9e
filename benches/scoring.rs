//! The stages that a comment goes through, on the sample's comments: `cargo bench`.
//!
//! divan prints texts per second for each stage, so that a slow one stands out.

use divan::Bencher;
use divan::counter::ItemsCount;
use microfluence::inference::{Backend, Input, WordPieces, open_encoder, shipped_model};
use microfluence::text::{language_of, normalize};
use std::path::Path;

fn main() {
    divan::main();
}

/// The first `n` comments of the sample, as they were written.
fn comments(n: usize) -> Vec<String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets/sample/comments.csv");
    let mut reader = csv::Reader::from_path(file).expect("the sample is in the repository");
    let headers = reader.headers().expect("it has a header").clone();
    let text = headers
        .iter()
        .position(|h| h == "text")
        .expect("it has a column text");
    reader
        .records()
        .take(n)
        .map(|row| row.expect("the sample is valid CSV")[text].to_owned())
        .collect()
}

fn normalized(n: usize) -> Vec<String> {
    comments(n).iter().map(|t| normalize(t, &[])).collect()
}

fn inputs(texts: &[String]) -> Vec<Input<'_>> {
    texts
        .iter()
        .map(|text| Input { text, target: None })
        .collect()
}

#[divan::bench]
fn normalise(bencher: Bencher<'_, '_>) {
    let texts = comments(2_000);
    bencher
        .counter(ItemsCount::new(texts.len()))
        .bench(|| texts.iter().map(|t| normalize(t, &[]).len()).sum::<usize>());
}

#[divan::bench]
fn language(bencher: Bencher<'_, '_>) {
    let texts = comments(2_000);
    bencher.counter(ItemsCount::new(texts.len())).bench(|| {
        texts
            .iter()
            .filter(|t| language_of(t).may_be_english())
            .count()
    });
}

#[divan::bench]
fn tokenise(bencher: Bencher<'_, '_>) {
    let folder = shipped_model("sentiment").expect("the model is in the repository");
    let pieces = WordPieces::open(&folder).expect("its tokenizer is valid");
    let texts = normalized(2_000);
    let inputs = inputs(&texts);
    bencher
        .counter(ItemsCount::new(texts.len()))
        .bench(|| pieces.all(&inputs).expect("texts have tokens"));
}

#[divan::bench(args = ["sentiment", "embedding"], sample_count = 5)]
fn encode(bencher: Bencher<'_, '_>, model: &str) {
    let folder = shipped_model(model).expect("the model is in the repository");
    let encoder = open_encoder(&folder, Backend::Native).expect("the model runs natively");
    let texts = normalized(2_000);
    let inputs = inputs(&texts);
    bencher
        .counter(ItemsCount::new(texts.len()))
        .bench(|| encoder.encode(&inputs).expect("the model reads text"));
}
