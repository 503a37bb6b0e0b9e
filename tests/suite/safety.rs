//! Brand safety: how well the lists and the context judge sentences they were not made with, and what the program
//! shows.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test stops by panicking, and prints what it measured"
)]

use crate::program::{file, lines, success};
use microfluence::inference::ModelFolder;
use microfluence::inference::native::NativeEncoder;
use microfluence::safety::{
    Context, SafetyAssessment, SafetyLists, SafetyOptions, SafetyTables, assess_safety,
};
use microfluence::schema::{Creator, Followers, Post, PostOwners};
use serde::Deserialize;
use std::fmt::Write as _;
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
        owners: &PostOwners::default(),
    };
    assess_safety(&context, &lists, tables, &wanted, options)
        .unwrap()
        .into_iter()
        .map(Option::unwrap)
        .collect()
}

/// Precision and recall on the half of the examples that the context was not fitted on (`src/safety/context.rs`: rows
/// of even index are what it was fitted on), beside the words alone.
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

/// Five creators: a competitor's, one with a sour section, one who sells weapons, one who does not say what is paid
/// for, and a quiet one.
fn market(folder: &Path) -> Vec<String> {
    let creators = file(
        folder,
        "creators.csv",
        "creator_id,followers,platform\npaid,5000,instagram\nsour,5000,instagram\narms,5000,instagram\nsilent,5000,instagram\nquiet,5000,instagram\n",
    );
    let posts = file(
        folder,
        "posts.csv",
        "post_id,creator_id,published_at,caption,likes,comments,sponsored\n\
         p1,paid,2026-05-01,A lipstick with Velvetine that I wear every day #ad,200,9,true\n\
         p2,sour,2026-05-02,My new morning routine for the skin,210,9,false\n\
         p3,arms,2026-05-03,New rifles and handguns for sale in our gun shop,220,9,false\n\
         p4,silent,2026-05-04,Use my code ANA20 for 20% off at @glowshop,230,9,false\n\
         p5,quiet,2026-05-05,A cake with berries for my mother,240,9,false\n\
         p6,quiet,2026-06-05,New rifles and handguns for sale in our gun shop,240,9,false\n",
    );
    let mut text = "comment_id,post_id,text\n".to_owned();
    for (i, said) in [
        "this is disgusting, unfollowed",
        "what a horrible lie, shame on you",
        "worst advice ever, my skin burns",
    ]
    .iter()
    .cycle()
    .take(12)
    .enumerate()
    {
        writeln!(
            text,
            "s{i},p2,\"{said}\"\nq{i},p5,\"lovely, {i} of my friends want the recipe\""
        )
        .unwrap();
    }
    let comments = file(folder, "comments.csv", text);
    [
        "--creators",
        &creators,
        "--posts",
        &posts,
        "--comments",
        &comments,
    ]
    .map(str::to_owned)
    .to_vec()
}

fn with<'a>(command: &[&'a str], tables: &'a [String], more: &[&'a str]) -> Vec<&'a str> {
    let tables = tables.iter().map(String::as_str);
    command
        .iter()
        .copied()
        .chain(tables)
        .chain(more.iter().copied())
        .collect()
}

#[test]
fn every_sighting_has_its_post_its_date_and_its_words() {
    let folder = tempfile::tempdir().unwrap();
    let tables = market(folder.path());
    let hits = folder.path().join("hits.csv").display().to_string();
    let more = [
        "--competitor",
        "Velvetine",
        "--hits",
        &hits,
        "--as-of",
        "2026-05-31",
    ];
    success(&with(&["safety"], &tables, &more));
    let mut seen = lines(&hits);
    seen.remove(0);
    let of = |creator: &str| -> Vec<&String> {
        seen.iter()
            .filter(|l| l.starts_with(&format!("{creator},")))
            .collect()
    };
    let told = |creator: &str, parts: &[&str]| {
        let rows = of(creator);
        assert!(
            rows.iter()
                .any(|row| parts.iter().all(|part| row.contains(part))),
            "{creator}: {rows:?}"
        );
    };
    told("paid", &["competitor", "p1", "2026-05-01", "Velvetine"]);
    told(
        "sour",
        &[
            "hostile_comments",
            "p2",
            "2026-05-02",
            "of 12 comments negative",
        ],
    );
    told("arms", &["arms", "p3", "2026-05-03", "rifles and handguns"]);
    told(
        "silent",
        &["undisclosed_advertising", "p4", "2026-05-04", "ANA20"],
    );
    assert!(
        of("quiet").is_empty(),
        "what came after --as-of was read: {seen:?}"
    );
}

#[test]
fn a_least_safety_leaves_out_with_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let tables = market(folder.path());
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (out, left, hits) = (path("ranking.csv"), path("left.csv"), path("hits.csv"));
    let more = [
        "--as-of",
        "2026-05-31",
        "--competitor",
        "Velvetine",
        "--min-safety",
        "0.65",
        "--output",
        &out,
        "--excluded",
        &left,
        "--safety-hits",
        &hits,
    ];
    success(&with(
        &["rank", "--niche", "beauty", "--min-relevance", "0"],
        &tables,
        &more,
    ));
    let (ranked, left) = (lines(&out).join("\n"), lines(&left).join("\n"));
    for creator in ["paid", "arms"] {
        assert!(
            left.contains(&format!("{creator},")) && left.contains("safety"),
            "{left}"
        );
        assert!(!ranked.contains(&format!(",{creator},")), "{ranked}");
    }
    for creator in ["sour", "silent", "quiet"] {
        assert!(ranked.contains(creator), "{ranked}");
    }
    assert!(
        lines(&hits)
            .iter()
            .any(|l| l.starts_with("sour,hostile_comments"))
    );
}

#[test]
fn lists_are_the_user_s_and_errors_name_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let tables = market(folder.path());
    let own = file(
        folder.path(),
        "own.toml",
        "[[category]]\nid = \"cake\"\nname = \"Cake\"\ncounts = \"once\"\nweight = 0.5\nwords = [\"cake*\"]\n",
    );
    let hits = folder.path().join("hits.csv").display().to_string();
    success(&with(
        &["safety"],
        &tables,
        &["--safety-lists", &own, "--hits", &hits],
    ));
    let seen = lines(&hits);
    assert!(seen.iter().any(|l| l.starts_with("quiet,cake")), "{seen:?}");
    assert!(!seen.iter().any(|l| l.starts_with("arms,")), "{seen:?}");
    let broken = file(folder.path(), "broken.toml", "[[category]]\nid = 3\n");
    let said =
        crate::program::failure(&with(&["safety"], &tables, &["--safety-lists", &broken]), 2);
    assert!(said.contains("broken.toml"), "{said}");
}
