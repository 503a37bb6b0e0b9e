//! `microfluence sentiment`: what is said about a brand.

use crate::args::Common;
use crate::session::Session;
use crate::term::{count, table};
use clap::Args;
use microfluence::pipeline::score_comments;
use microfluence::report::{sentiment_sheet, sentiment_summary};
use microfluence::schema::Comment;
use microfluence::sentiment::{BrandSentiment, Target, summarize};
use microfluence::text::Brand;
use microfluence::{Error, Result};
use serde_json::json;

#[derive(Debug, Args)]
pub(crate) struct SentimentArgs {
    /// Comments: files or globs.
    #[arg(long, value_name = "FILE", num_args = 1.., required = true)]
    pub(crate) comments: Vec<String>,
    /// Judge towards this brand; may be repeated. Default: the brand column, else the whole text.
    #[arg(long, value_name = "NAME")]
    pub(crate) brand: Vec<String>,
    /// Another name of the brand: a product, a handle. Belongs to the --brand before it, as
    /// "BRAND=ALIAS" where several brands are given.
    #[arg(long, value_name = "NAME")]
    pub(crate) alias: Vec<String>,
}

pub(crate) fn run(args: &SentimentArgs, common: &Common) -> Result<()> {
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
pub(crate) fn brands(names: &[String], aliases: &[String]) -> Result<Vec<Brand>> {
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

pub(crate) fn sentiment_text(brands: &[BrandSentiment]) -> String {
    let points = |x: Option<f64>| x.map_or_else(|| "-".to_owned(), |x| format!("{x:+.1}"));
    let rows = brands
        .iter()
        .map(|b| {
            let level = &b.level;
            let interval = match (level.net_sentiment_lower, level.net_sentiment_upper) {
                (Some(lower), Some(upper)) => format!("{lower:+.1} to {upper:+.1}"),
                _ => "too few".to_owned(),
            };
            vec![
                b.brand.clone().unwrap_or_else(|| "(whole text)".to_owned()),
                count(b.n as u64),
                count(b.scored as u64),
                count(b.about as u64),
                count(b.mentions as u64),
                points(level.net_sentiment),
                interval,
                points(level.net_sentiment_raw),
                ["positive", "neutral", "negative"]
                    .map(|label| count(b.counts.get(label).copied().unwrap_or(0) as u64))
                    .join(" / "),
            ]
        })
        .collect();
    let mut text = table(
        &[
            "brand",
            "rows",
            "scored",
            "about it",
            "name it",
            "net sentiment",
            "95 %",
            "counted",
            "pos / neu / neg",
        ],
        rows,
    );
    text += "\nNet sentiment is the mean of p(positive) - p(negative) in points, -100 to 100, over the rows about the brand; \
             uncorrected: no judged comments were given.";
    text
}
