//! `microfluence label`: a sheet of comments for people to label.

use super::args::Common;
use super::sentiment::{BrandArgs, CommentTables, Surroundings, own_accounts, target};
use super::session::Session;
use super::term::count;
use crate::dataset::{Spellings, write_atomically};
use crate::pipeline::score_comments;
use crate::report::{label_page, label_sheet};
use crate::sentiment::{CommentFilter, LabelSampler, too_small};
use crate::{Error, Result};
use clap::Args;
use serde_json::json;
use std::path::PathBuf;

#[derive(Debug, Args, serde::Serialize)]
#[command(
    after_help = "Examples:\n  microfluence label --comments datasets/sample/comments.csv --n 50 --output sheet.csv"
)]
pub(crate) struct LabelArgs {
    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) tables: CommentTables,
    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) brands: BrandArgs,
    /// Write a page here on which to label by keyboard, without a network; it gives the sheet back, filled in.
    #[arg(long, value_name = "PATH.html")]
    pub(crate) html: Option<PathBuf>,
    /// Comments to label.
    #[arg(long, value_name = "N", default_value_t = 300)]
    pub(crate) n: usize,
}

pub(crate) fn run(args: &LabelArgs, common: &Common) -> Result<()> {
    if common.output.is_none() && args.html.is_none() {
        return Err(Error::usage(
            "label needs --output FILE for its sheet, or --html PAGE",
        ));
    }
    if args.n == 0 {
        return Err(Error::usage("--n 0: expected at least 1"));
    }
    let mut session = Session::new("label", common)?;
    let brands = args.brands.read()?;
    let Surroundings {
        posts,
        creators,
        accounts,
    } = args.tables.surroundings(&mut session)?;
    let spellings = Spellings::of(&accounts, &posts);
    let comments = session.comments(&args.tables.comments, &spellings)?;
    let encoder = session.sentiment_model()?;
    let scored = score_comments(encoder.as_ref(), &comments, &target(&brands))?;
    if session.shares() {
        return session.finish_part();
    }
    let known = own_accounts(&brands, common);
    let context = args.brands.context(&posts, &creators, &known);
    let mut filter = CommentFilter::default();
    let counts: Vec<bool> = comments
        .iter()
        .map(|comment| {
            filter
                .look(comment, context.creator_of(comment))
                .reason()
                .is_none()
        })
        .collect();
    // A brand's comments are a population of their own.
    let mut samplers: Vec<(Option<String>, LabelSampler)> = Vec::new();
    for row in &scored {
        let at = samplers
            .iter()
            .position(|(brand, _)| *brand == row.brand)
            .unwrap_or_else(|| {
                samplers.push((row.brand.clone(), LabelSampler::new(args.n, common.seed)));
                samplers.len() - 1
            });
        let comment = &comments[row.index];
        let about = row.brand.is_none() || context.about(comment, row).is_some();
        if about && counts[row.index] {
            samplers[at].1.push(comment, row);
        }
    }
    let available: usize = samplers.iter().map(|(_, s)| s.available()).sum();
    let drawn: Vec<_> = samplers.into_iter().flat_map(|(_, s)| s.draw()).collect();
    if drawn.is_empty() {
        return Err(Error::usage(
            "no comment can be scored, so there is nothing to label",
        ));
    }
    if let Some(warning) = too_small(args.n) {
        session.voice.say(&warning);
    }
    if let Some(path) = &args.html {
        write_atomically(path, &label_page(&drawn)?)?;
    }
    let manifest = session.manifest(json!({}));
    session.finish(
        &label_sheet(&drawn),
        &json!({ "manifest": manifest, "drawn": drawn.len(), "available": available }),
        &format!(
            "{} of {} comments drawn. Fill in the column label with negative, neutral or positive (leave empty what you cannot label), \
             change no other column, and give the sheet to `sentiment --labelled`.",
            count(drawn.len() as u64),
            count(available as u64)
        ),
    )
}
