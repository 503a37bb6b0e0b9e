//! Brand safety: how well the lists and the context judge sentences they were not made with, and what the program shows.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test stops by panicking, and prints what it measured"
)]

use microfluence::inference::ModelFolder;
use microfluence::inference::native::NativeEncoder;
use microfluence::safety::{
    Context, SafetyAssessment, SafetyLists, SafetyOptions, SafetyTables, assess_safety,
};
use microfluence::schema::{Creator, Followers, Post};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

#[derive(Deserialize)]
struct Example {
    text: String,
    category: String,
}

fn examples() -> Vec<Example> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets/safety/examples.csv");
    csv::Reader::from_path(path)
        .unwrap()
        .deserialize()
        .collect::<Result<_, _>>()
        .unwrap()
}

/// Every text as the one post of a creator.
fn assessed(texts: &[&str], options: &SafetyOptions) -> Vec<SafetyAssessment> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/embedding");
    let encoder = NativeEncoder::open(&ModelFolder::open(&folder).unwrap()).unwrap();
    let lists = SafetyLists::built_in().unwrap();
    let context = Context::new(&encoder, &lists).unwrap();
    let (creators, posts): (Vec<Creator>, Vec<Post>) = texts
        .iter()
        .enumerate()
        .map(|(i, text)| {
            let id = format!("c{i}");
            let creator = Creator::new(id.as_str().into(), Followers(5000));
            let mut post = Post::new(
                format!("p{i}").as_str().into(),
                id.as_str().into(),
                "2026-05-01T00:00:00Z".parse().unwrap(),
            );
            post.caption = Some((*text).to_owned());
            (creator, post)
        })
        .unzip();
    let wanted = vec![true; creators.len()];
    let tables = SafetyTables {
        creators: &creators,
        posts: &posts,
        comments: &[],
        scored: &[],
        of_post: &BTreeMap::new(),
    };
    assess_safety(&context, &lists, tables, &wanted, options)
        .unwrap()
        .into_iter()
        .map(Option::unwrap)
        .collect()
}

/// Precision and recall on the half of the examples that the context was not fitted on (`src/safety/context.rs`: rows of even index
/// are what it was fitted on), beside the words alone.
#[test]
fn context_tells_the_risky_from_the_harmless() {
    let held_out: Vec<Example> = examples().into_iter().skip(1).step_by(2).collect();
    let texts: Vec<&str> = held_out.iter().map(|e| e.text.as_str()).collect();
    let seen = assessed(&texts, &SafetyOptions::default());
    let (mut found, mut risky, mut wrong) = (0, 0, 0);
    for (example, seen) in held_out.iter().zip(&seen) {
        let named = seen.hits.iter().any(|hit| hit.category == example.category);
        risky += usize::from(!example.category.is_empty());
        found += usize::from(named);
        wrong += usize::from(example.category.is_empty() && !seen.hits.is_empty());
    }
    let harmless = held_out.len() - risky;
    println!(
        "safety: {found} of {risky} risky sentences found, {wrong} of {harmless} harmless ones flagged"
    );
    assert!(found * 100 >= risky * 80, "{found} of {risky}");
    assert!(wrong * 100 <= harmless * 10, "{wrong} of {harmless}");
}
