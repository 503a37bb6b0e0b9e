//! The commands, each from its tables to its outputs.

use crate::args::{Common, EngagementArgs, NichesArgs, RankArgs, SentimentArgs};
use crate::session::Session;
use crate::shown::{engagement_text, niches_text, ranking_text, sentiment_text};
use crate::term::{count, table, to_stdout};
use microfluence::dataset::{built_in_maps, parse_time};
use microfluence::engagement::{EngagementOptions, predict};
use microfluence::niche::{ClusterOptions, Taxonomy};
use microfluence::pipeline::{
    RankRequest, find_niches, rank_creators, read_profiles, score_comments,
};
use microfluence::ranking::{RankOptions, Ranked};
use microfluence::report::{
    engagement_sheet, engagement_summary, excluded_sheet, niche_sheet, niche_summary, rank_summary,
    ranking_sheet, sentiment_sheet, sentiment_summary,
};
use microfluence::schema::Comment;
use microfluence::sentiment::{Target, summarize};
use microfluence::text::Brand;
use microfluence::{Error, Result};
use serde_json::json;
use std::path::Path;

/// Creators shown on the terminal where --top does not say otherwise.
const SHOWN: usize = 20;

pub(crate) fn sentiment(args: &SentimentArgs, common: &Common) -> Result<()> {
    let mut session = Session::new("sentiment", common)?;
    let target = if args.brand.is_empty() {
        if !args.alias.is_empty() {
            return Err(Error::usage(
                "--alias needs the --brand that it is another name of",
            ));
        }
        Target::Column
    } else {
        Target::Brands(brands(&args.brand, &args.alias)?)
    };
    let comments = session.read::<Comment>(&args.comments)?.rows;
    let encoder = session.sentiment_model()?;
    let scored = score_comments(encoder.as_ref(), &comments, &target)?;
    let summary = summarize(&comments, &scored, common.seed);
    let manifest = session.manifest(json!({
        "comments": args.comments, "brand": args.brand, "alias": args.alias, "map": common.map,
        "target_aware": encoder.settings().targets,
    }));
    session
        .voice
        .detail(&format!("scored in {:.1} s", session.seconds()));
    session.finish(
        &sentiment_sheet(&scored),
        &sentiment_summary(&manifest, &summary),
        &sentiment_text(&summary),
    )
}

/// Brands with their aliases: "BRAND=ALIAS", or a plain alias where there is one brand.
fn brands(names: &[String], aliases: &[String]) -> Result<Vec<Brand>> {
    let mut of: Vec<Vec<String>> = vec![Vec::new(); names.len()];
    for alias in aliases {
        let (index, alias) = match alias.split_once('=') {
            Some((brand, alias)) => (names.iter().position(|n| n == brand), alias),
            None => ((names.len() == 1).then_some(0), alias.as_str()),
        };
        let index = index.ok_or_else(|| {
            Error::usage(format!("--alias {alias:?}: it is not clear of which brand"))
                .with_hint("with several brands write --alias \"BRAND=ALIAS\"")
        })?;
        of[index].push(alias.to_owned());
    }
    names
        .iter()
        .zip(of)
        .map(|(name, aliases)| {
            if name.chars().any(char::is_alphanumeric) {
                Ok(Brand::new(name, &aliases))
            } else {
                Err(Error::usage(format!(
                    "--brand {name:?} has no letter in it"
                )))
            }
        })
        .collect()
}

pub(crate) fn niches(args: &NichesArgs, common: &Common) -> Result<()> {
    let mut session = Session::new("niches", common)?;
    let k = match args.clusters.as_str() {
        "auto" => None,
        text => Some(
            text.parse::<usize>()
                .ok()
                .filter(|k| *k > 0)
                .ok_or_else(|| {
                    Error::usage(format!(
                        "--clusters {text:?}: expected auto or a number from 1 on"
                    ))
                })?,
        ),
    };
    let taxonomy = taxonomy(args.taxonomy.as_deref())?;
    let tables = session.tables(&args.tables)?;
    let encoder = session.embedding_model()?;
    let profiles = read_profiles(encoder.as_ref(), &tables, &taxonomy)?;
    let options = ClusterOptions {
        k,
        seed: common.seed,
        ..ClusterOptions::default()
    };
    let niches = find_niches(&profiles, &taxonomy, &options)?;
    let manifest = session.manifest(json!({
        "creators": args.tables.creators, "posts": args.tables.posts, "map": common.map,
        "clusters": args.clusters, "components": options.components,
    }));
    session.finish(
        &niche_sheet(&tables.creators, &niches),
        &niche_summary(&manifest, &niches),
        &niches_text(&niches),
    )
}

pub(crate) fn engagement(args: &EngagementArgs, common: &Common) -> Result<()> {
    let mut session = Session::new("engagement", common)?;
    let options = EngagementOptions {
        as_of: as_of(args.as_of.as_deref())?,
        ..EngagementOptions::default()
    };
    let tables = session.tables(&args.tables)?;
    if tables.posts.is_empty() {
        session
            .voice
            .say("no posts given: nothing is known of anybody's engagement");
    }
    let report = predict(&tables.creators, &tables.posts, &options);
    let manifest = session.manifest(json!({
        "creators": args.tables.creators, "posts": args.tables.posts, "map": common.map,
        "as_of": args.as_of, "half_life_posts": options.half_life_posts,
    }));
    session.finish(
        &engagement_sheet(&report),
        &engagement_summary(&manifest, &report),
        &engagement_text(&tables.creators, &report),
    )
}

pub(crate) fn rank(args: &RankArgs, common: &Common) -> Result<()> {
    let mut session = Session::new("rank", common)?;
    if let Some(path) = &args.excluded {
        microfluence::report::Sheet::check_ending(path)?;
    }
    let taxonomy = taxonomy(args.taxonomy.as_deref())?;
    let request = request(args, common)?;
    let tables = session.tables(&args.tables)?;
    let encoder = session.embedding_model()?;
    let scored = if tables.comments.is_empty() {
        Vec::new()
    } else {
        let model = session.sentiment_model()?;
        let target = match &args.brand {
            Some(brand) => Target::Brands(brands(std::slice::from_ref(brand), &[])?),
            None => Target::Column,
        };
        let mut scored = score_comments(model.as_ref(), &tables.comments, &target)?;
        if args.brand.is_some() {
            // Comments about other brands say nothing of this one; plain ones under a creator's
            // posts say what the audience thinks of the creator.
            scored.retain(|row| row.about_brand);
        }
        scored
    };
    let profiles = read_profiles(encoder.as_ref(), &tables, &taxonomy)?;
    let result = rank_creators(
        encoder.as_ref(),
        &tables,
        &profiles,
        &taxonomy,
        &scored,
        &request,
    )?;
    if result.unreadable > 0 {
        session.voice.say(&format!(
            "{} creators write mostly in languages that the embedding model does not read: they are found by their words and tags",
            count(result.unreadable as u64)
        ));
    }
    if let Some(path) = &args.excluded {
        excluded_sheet(&result.ranking.excluded).write(path)?;
    }
    let rows = first(&result.ranking.rows, args.top);
    let manifest = session.manifest(json!({
        "niche": args.niche, "brand": args.brand, "creators": args.tables.creators,
        "posts": args.tables.posts, "comments": args.tables.comments, "map": common.map,
        "min_followers": args.min_followers, "max_followers": args.max_followers,
        "min_relevance": args.min_relevance, "as_of": args.as_of, "top": args.top,
    }));
    let shown = first(rows, Some(args.top.unwrap_or(SHOWN)));
    session.finish(
        &ranking_sheet(&tables.creators, &result, rows),
        &rank_summary(&manifest, &result, rows),
        &ranking_text(&args.niche, &tables.creators, &result, shown),
    )
}

fn request(args: &RankArgs, common: &Common) -> Result<RankRequest> {
    if !args.niche.chars().any(char::is_alphanumeric) {
        return Err(Error::usage(format!(
            "--niche {:?} has no word in it",
            args.niche
        )));
    }
    Ok(RankRequest {
        niche: args.niche.clone(),
        options: RankOptions {
            min_followers: args.min_followers,
            max_followers: args.max_followers,
            min_relevance: args.min_relevance,
            seed: common.seed,
            ..RankOptions::default()
        },
        engagement: EngagementOptions {
            as_of: as_of(args.as_of.as_deref())?,
            ..EngagementOptions::default()
        },
    })
}

pub(crate) fn first(rows: &[Ranked], n: Option<usize>) -> &[Ranked] {
    &rows[..n.unwrap_or(usize::MAX).min(rows.len())]
}

pub(crate) fn maps(common: &Common) -> Result<()> {
    let maps = built_in_maps();
    let tables = |map: &microfluence::dataset::ColumnMap| {
        ["creators", "posts", "comments"]
            .into_iter()
            .filter(|t| map.table(t).is_some())
            .collect::<Vec<_>>()
    };
    let rows = maps
        .iter()
        .map(|m| vec![m.name.clone(), tables(m).join(", "), m.description.clone()])
        .collect();
    let document: Vec<_> = maps
        .iter()
        .map(|m| json!({ "name": m.name, "tables": tables(m), "description": m.description }))
        .collect();
    show(
        common,
        &json!(document),
        &table(&["map", "tables", "what it reads"], rows),
    )
}

pub(crate) fn show(common: &Common, document: &serde_json::Value, people: &str) -> Result<()> {
    let text = if common.json {
        format!("{document:#}")
    } else {
        people.to_owned()
    };
    to_stdout(&text).map_err(|e| Error::io("standard output", e))
}

pub(crate) fn taxonomy(path: Option<&Path>) -> Result<Taxonomy> {
    path.map_or_else(Taxonomy::built_in, Taxonomy::from_file)
}

fn as_of(text: Option<&str>) -> Result<Option<jiff::Timestamp>> {
    text.map(|text| parse_time(text).map_err(|reason| Error::usage(format!("--as-of {reason}"))))
        .transpose()
}
