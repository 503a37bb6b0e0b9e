//! Niches of the sample tables, and searches, as the program does them.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test stops by panicking, and prints what it measured"
)]

use crate::program::{failure, file, sample, shared, success};
use microfluence::stats::{ari, nmi};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

type Row = BTreeMap<String, String>;

fn read(path: &Path) -> Vec<Row> {
    csv::Reader::from_path(path)
        .unwrap()
        .deserialize()
        .collect::<Result<_, _>>()
        .unwrap()
}

fn summary(path: &str) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// Numbers for names, for measures of agreement.
fn numbered<'a>(names: impl Iterator<Item = &'a str>) -> Vec<usize> {
    let mut known = BTreeMap::new();
    names
        .map(|name| {
            let next = known.len();
            *known.entry(name.to_owned()).or_insert(next)
        })
        .collect()
}

/// Bios of the kind that people write, invented, in four languages.
const BIOS: &str = "creator_id,followers,handle,bio\n\
    gym_es,20000,ana,\"Entrenadora personal 🏋️ | Pierde grasa en casa\"\n\
    gym_pt,20000,rui,\"Musculação e treinos todo dia 💪\"\n\
    gym_en,20000,bob,\"Personal trainer. Online coaching below\"\n\
    gym_handle,20000,jofitnesslife,\"DM for collabs | IG: jo\"\n\
    cook_es,20000,eva,\"Recetas fáciles y rápidas 🍳\"\n\
    cook_fr,20000,luc,\"Recettes de cuisine pour tous\"\n\
    cook_vegan,20000,mia,\"Vegan recipes and plant based food\"\n\
    paint_en,20000,kim,\"Watercolour painter, prints in my shop 🎨\"\n\
    game_en,20000,max,\"Streamer on Twitch 🎮 Minecraft and Zelda\"\n\
    game_pt,20000,leo,\"Jogos e lives de Free Fire todo dia\"\n\
    empty,20000,,\n\
    bait,20000,,\"Follow me on Instagram 👇 link in bio 📩 a@b.com\"\n";

fn ranked(folder: &Path, arguments: &[&str]) -> Vec<(String, f64)> {
    let bios = file(folder, "bios.csv", BIOS);
    let out = folder.join("ranked.csv").display().to_string();
    let mut all = vec!["rank", "--creators", &bios, "--output", &out];
    all.extend_from_slice(arguments);
    success(&all);
    let mut rows: Vec<(String, f64)> = read(Path::new(&out))
        .iter()
        .map(|row| {
            (
                row["creator_id"].clone(),
                row["relevance"].parse().unwrap_or(0.0),
            )
        })
        .collect();
    rows.sort_by(|a, b| b.1.total_cmp(&a.1));
    rows
}

fn ids(rows: &[(String, f64)]) -> Vec<&str> {
    let mut ids: Vec<&str> = rows.iter().map(|row| row.0.as_str()).collect();
    ids.sort_unstable();
    ids
}

#[test]
fn the_made_niches_of_the_sample_come_back_whatever_the_seed() {
    let folder = tempfile::tempdir().unwrap();
    let truth: BTreeMap<String, String> = read(Path::new(&sample("truth.csv")))
        .into_iter()
        .map(|row| (row["creator_id"].clone(), row["niche"].clone()))
        .collect();
    let mut found = Vec::new();
    for seed in ["0", "1"] {
        let out = folder.path().join("out.csv").display().to_string();
        let json = folder.path().join("out.json").display().to_string();
        success(&[
            "niches",
            "--creators",
            &sample("creators.csv"),
            "--posts",
            &sample("posts.csv"),
            "--seed",
            seed,
            "--output",
            &out,
            "--summary",
            &json,
        ]);
        let rows = read(Path::new(&out));
        let made = numbered(rows.iter().map(|row| truth[&row["creator_id"]].as_str()));
        let niches = numbered(rows.iter().map(|row| row["niche_id"].as_str()));
        assert!(nmi(&made, &niches).unwrap() >= 0.9);
        let summary = summary(&json);
        let k = summary["chosen_k"].as_u64().unwrap();
        assert!((8..=12).contains(&k), "{k}");
        for niche in summary["niches"].as_array().unwrap() {
            assert!(!niche["medoids"].as_array().unwrap().is_empty());
            assert!(!niche["growth"]["months"].as_array().unwrap().is_empty());
            assert!(niche["taxonomy_id"].is_string(), "{niche}");
        }
        found.push(niches);
    }
    assert!(ari(&found[0], &found[1]).unwrap() >= 0.9);
}

#[test]
fn who_says_nothing_is_an_outlier_and_in_no_niche() {
    let folder = tempfile::tempdir().unwrap();
    let bios = file(folder.path(), "bios.csv", BIOS);
    let out = folder.path().join("out.csv").display().to_string();
    for method in ["kmeans", "gmm"] {
        success(&[
            "niches",
            "--creators",
            &bios,
            "--clusters",
            "2",
            "--method",
            method,
            "--output",
            &out,
        ]);
        for row in read(Path::new(&out)) {
            let silent = ["empty", "bait"].contains(&row["creator_id"].as_str());
            assert_eq!(row["niche_id"].is_empty(), silent, "{row:?}");
            assert!(!silent || row["outlier"] == "true");
        }
    }
}

#[test]
fn other_languages_emoji_and_handles_are_found_by_their_words() {
    let folder = tempfile::tempdir().unwrap();
    let fit = ranked(folder.path(), &["--niche", "fitness"]);
    assert_eq!(ids(&fit), ["gym_en", "gym_es", "gym_handle", "gym_pt"]);
    let comida = ranked(folder.path(), &["--niche", "recetas de cocina"]);
    assert_eq!(ids(&comida), ["cook_es", "cook_fr", "cook_vegan"]);
    assert_eq!(
        ids(&ranked(folder.path(), &["--niche", "#gaming"])),
        ["game_en", "game_pt"]
    );
}

#[test]
fn relevance_does_not_depend_on_who_else_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let all = ranked(folder.path(), &["--niche", "food", "--min-relevance", "0"]);
    let three = BIOS.lines().take(6).collect::<Vec<_>>().join(
        "
",
    );
    let few = file(folder.path(), "few.csv", three);
    let out = folder.path().join("few_ranked.csv").display().to_string();
    success(&[
        "rank",
        "--creators",
        &few,
        "--niche",
        "food",
        "--min-relevance",
        "0",
        "--output",
        &out,
    ]);
    for row in read(Path::new(&out)) {
        let before = all
            .iter()
            .find(|(id, _)| *id == row["creator_id"])
            .unwrap()
            .1;
        let now: f64 = row["relevance"].parse().unwrap_or(0.0);
        assert!((before - now).abs() < 1e-6, "{row:?} {before}");
    }
}

#[test]
fn look_alikes_exclusions_and_files_of_phrases() {
    let folder = tempfile::tempdir().unwrap();
    let alike = ranked(folder.path(), &["--like", "gym_es"]);
    assert_eq!(ids(&alike), ["gym_en", "gym_handle", "gym_pt"]);
    let food = ranked(
        folder.path(),
        &["--niche", "food", "--exclude-term", "vegan"],
    );
    assert_eq!(ids(&food), ["cook_es", "cook_fr"]);
    let phrases = format!(
        "@{}",
        file(folder.path(), "phrases.txt", "#gaming\npainting\n")
    );
    let either = ranked(folder.path(), &["--niche", &phrases]);
    assert_eq!(ids(&either), ["game_en", "game_pt", "paint_en"]);
}

#[test]
fn what_cannot_be_meant_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let bios = file(folder.path(), "bios.csv", BIOS);
    let rank = |more: &[&str]| {
        let mut all = vec!["rank", "--creators", &bios];
        all.extend_from_slice(more);
        failure(&all, 2)
    };
    assert!(rank(&["--like", "nobody"]).contains("nobody"));
    assert!(rank(&["--like", "empty"]).contains("no text"));
    assert!(rank(&["--niche", "@nowhere.txt"]).contains("nowhere.txt"));
    assert!(rank(&["--niche", "food", "--not", "..."]).contains("--exclude-term"));
    let niches = |more: &[&str]| {
        let mut all = vec!["niches", "--creators", &bios];
        all.extend_from_slice(more);
        failure(&all, 2)
    };
    assert!(niches(&["--method", "magic"]).contains("kmeans"));
    assert!(niches(&["--method", "dbscan", "--clusters", "3"]).contains("dbscan"));
}

/// Bios that a narrow search must tell apart, invented.
const NARROW: &str = "creator_id,followers,handle,bio\n\
    vegan,20000,,\"Vegan recipes and plant based living 🌱\"\n\
    cook,20000,,\"Easy recipes: steak, chicken and chocolate cake\"\n\
    street,20000,,\"Best street food of Bangkok 🍜\"\n\
    dining,20000,,\"Fine dining and restaurant reviews\"\n\
    nails,20000,,\"Nail art and gel manicures 💅\"\n\
    mua,20000,,\"MUA | makeup artist for brides\"\n\
    slow,20000,,\"Sustainable fashion: outfits from second hand and slow brands\"\n\
    store,20000,,\"Clothing store, new fashion and dresses, free shipping\"\n\
    trail,20000,,\"Trail running in the Alps, ultra runner\"\n\
    road,20000,,\"Marathon runner and running coach\"\n\
    both,20000,,\"Fashion outfits and makeup looks\"\n\
    goal,20000,,\"Goal 5k 🙏 thank you all\"\n\
    rain,20000,,\"Trời mưa buồn quá, nhớ nhà\"\n";

/// Ids in the order of relevance, and the summary, of a search among [`NARROW`].
fn narrow(niche: &str, more: &[&str]) -> (Vec<String>, Value) {
    let folder = tempfile::tempdir().unwrap();
    let bios = file(folder.path(), "bios.csv", NARROW);
    let out = folder.path().join("out.csv").display().to_string();
    let json = folder.path().join("out.json").display().to_string();
    let mut all = vec![
        "rank",
        "--creators",
        &bios,
        "--niche",
        niche,
        "--output",
        &out,
        "--summary",
        &json,
    ];
    all.extend_from_slice(more);
    success(&all);
    let mut rows = read(Path::new(&out));
    let relevance = |row: &Row| row["relevance"].parse::<f64>().unwrap_or(0.0);
    rows.sort_by(|a, b| relevance(b).total_cmp(&relevance(a)));
    let ids = rows.iter().map(|row| row["creator_id"].clone()).collect();
    (ids, summary(&json))
}

#[test]
fn a_modifier_narrows_and_says_so() {
    for (phrase, right) in [
        ("vegan recipes", "vegan"),
        ("street food", "street"),
        ("nail art", "nails"),
        ("sustainable fashion", "slow"),
        ("trail running", "trail"),
        ("fashion and make-up", "both"),
    ] {
        let (found, summary) = narrow(phrase, &[]);
        assert_eq!(found, [right], "{phrase}");
        let query = &summary["queries"][0];
        assert_eq!(query["phrase"], phrase);
        assert!(!query["niches"].as_array().unwrap().is_empty(), "{query}");
    }
    let (_, summary) = narrow("street food", &[]);
    assert_eq!(summary["queries"][0]["narrowed_by"][0], "street food");
    let (either, _) = narrow("nails or running", &[]);
    assert_eq!(either.len(), 3, "{either:?}");
}

#[test]
fn units_rain_and_nonsense_find_nobody() {
    let (found, _) = narrow("running", &[]);
    assert!(!found.contains(&"goal".to_owned()), "{found:?}");
    let (found, _) = narrow("make-up", &[]);
    assert_eq!(found[0], "mua");
    assert!(!found.contains(&"rain".to_owned()), "{found:?}");
    for nonsense in ["zxqv blorpt", "qwopl", "flurbish gronk"] {
        let (found, summary) = narrow(nonsense, &[]);
        assert!(found.is_empty(), "{nonsense}: {found:?}");
        assert_eq!(summary["queries"][0]["unknown"], true);
    }
    let (_, summary) = narrow("5k running creators", &[]);
    assert_eq!(
        summary["queries"][0]["ignored"],
        serde_json::json!(["5k", "creators"])
    );
}

#[test]
fn who_has_too_few_posts_is_left_out_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let left = folder.path().join("left.csv").display().to_string();
    let (found, _) = narrow("vegan recipes", &["--min-posts", "3", "--excluded", &left]);
    assert!(found.is_empty());
    let reasons = std::fs::read_to_string(&left).unwrap();
    assert!(reasons.contains("posts 0 below 3"), "{reasons}");
}

/// Mean average precision of a search by each niche's name, and agreement of nine clusters, on bios that
/// were read after the taxonomy's words were written.
#[test]
fn unseen_bios_fall_into_their_niches() {
    let Some(profiles) = shared("creators/tiktok_profiles/profiles.csv") else {
        return;
    };
    let labels = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/niche_labels.csv");
    let label: BTreeMap<String, String> = read(&labels)
        .into_iter()
        .filter(|row| row["use"] == "unseen")
        .map(|row| {
            let niche = match row["niche"].as_str() {
                "sports" => "fitness",
                "dance" => "music",
                niche => niche,
            };
            (row["creator_id"].clone(), niche.to_owned())
        })
        .filter(|(_, niche)| {
            !["art", "cars", "technology", "pets", "education"].contains(&niche.as_str())
        })
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bios.csv");
    let mut writer = csv::Writer::from_path(&path).unwrap();
    writer
        .write_record(["creator_id", "followers", "bio"])
        .unwrap();
    for row in read(&profiles)
        .iter()
        .filter(|row| label.contains_key(&row["username"]))
    {
        writer
            .write_record([&row["username"], "20000", &row["signature"]])
            .unwrap();
    }
    writer.flush().unwrap();
    let creators = path.display().to_string();
    let out = folder.path().join("out.csv").display().to_string();
    success(&[
        "niches",
        "--creators",
        &creators,
        "--clusters",
        "9",
        "--output",
        &out,
    ]);
    let rows = read(Path::new(&out));
    let truth = numbered(rows.iter().map(|row| label[&row["creator_id"]].as_str()));
    let found = numbered(rows.iter().map(|row| row["niche_id"].as_str()));
    let agreement = nmi(&truth, &found).unwrap();

    let niches: std::collections::BTreeSet<&String> = label.values().collect();
    assert_eq!(niches.len(), 9);
    let mut precisions = Vec::new();
    for niche in niches {
        success(&[
            "rank",
            "--creators",
            &creators,
            "--niche",
            niche,
            "--min-relevance",
            "0",
            "--output",
            &out,
        ]);
        let mut rows = read(Path::new(&out));
        let relevance = |row: &Row| row["relevance"].parse::<f64>().unwrap_or(0.0);
        rows.sort_by(|a, b| relevance(b).total_cmp(&relevance(a)));
        let (mut hits, mut sum) = (0.0, 0.0);
        for (i, row) in rows.iter().enumerate() {
            if label[&row["creator_id"]] == **niche {
                hits += 1.0;
                sum += hits / (i + 1) as f64;
            }
        }
        let all = label.values().filter(|other| *other == niche).count();
        precisions.push(sum / all as f64);
    }
    let map = precisions.iter().sum::<f64>() / precisions.len() as f64;
    println!("mutual information {agreement:.3}, mean average precision {map:.3}");
    assert!(agreement >= 0.5, "{agreement}");
    assert!(map >= 0.75, "{map}");
}
