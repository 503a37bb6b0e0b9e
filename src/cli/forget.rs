//! `microfluence forget`: what one person wrote, out of the cache.

use super::args::{Common, CreatorTables};
use super::session::Session;
use super::term::{count, show};
use crate::niche::Taxonomy;
use crate::pipeline::{read_profiles, score_comments};
use crate::schema::{Comment, Creator};
use crate::sentiment::Target;
use crate::{Error, Result};
use clap::Args;
use serde_json::json;
use std::collections::HashSet;
use std::sync::Arc;

#[derive(Debug, Args, serde::Serialize)]
#[command(
    after_help = "Examples:\n  microfluence forget --author u0091 --comments datasets/sample/comments.csv --brand Lumora"
)]
pub(crate) struct ForgetArgs {
    /// Whose texts: the `author_id` of comments, the `creator_id` or handle of a creator. May be given more than once.
    #[arg(long, value_name = "ID", required = true)]
    pub(crate) author: Vec<String>,
    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) tables: CreatorTables,
    /// Brands that the comments were judged towards, beside those in the brand column.
    #[arg(long, value_name = "NAME")]
    pub(crate) brand: Vec<String>,
}

pub(crate) fn run(args: &ForgetArgs, common: &Common) -> Result<()> {
    let mut session = Session::new("forget", common)?;
    session.in_clear();
    session.list_texts()?;
    let bare = |id: &str| id.trim_start_matches('@').to_lowercase();
    let asked: HashSet<String> = args.author.iter().map(|id| bare(id)).collect();
    let is_asked = |id: &str| asked.contains(&bare(id));
    if args.tables.comments.is_empty() && args.tables.creators.is_empty() {
        return Err(Error::usage("whose texts they are stands in the tables")
            .with_hint("give --comments FILE, and --creators FILE with --posts FILE for a creator's own texts"));
    }
    let mut comments: Vec<Comment> = session.read::<Comment>(&args.tables.comments)?.rows;
    comments.retain(|c| c.author_id.as_ref().is_some_and(|id| is_asked(id.as_str())));
    let mut texts = comments.len();
    if !comments.is_empty() {
        let model = session.sentiment_model()?;
        let plain: Vec<Comment> = comments
            .iter()
            .map(|c| Comment {
                brand: None,
                ..c.clone()
            })
            .collect();
        score_comments(model.as_ref(), &comments, &Target::Column)?;
        score_comments(model.as_ref(), &plain, &Target::Column)?;
        let brands = super::sentiment::brands(&args.brand, &[])?;
        if !brands.is_empty() {
            score_comments(model.as_ref(), &comments, &Target::Brands(brands))?;
        }
    }
    if !args.tables.creators.is_empty() || !args.tables.posts.is_empty() {
        let mut tables = session.tables(&CreatorTables {
            comments: Vec::new(),
            ..args.tables.clone()
        })?;
        let own = |c: &Creator| {
            is_asked(c.creator_id.as_str()) || c.handle.as_deref().is_some_and(is_asked)
        };
        Arc::make_mut(&mut tables.creators).retain(own);
        let ids: HashSet<_> = tables
            .creators
            .iter()
            .map(|c| c.creator_id.clone())
            .collect();
        Arc::make_mut(&mut tables.posts).retain(|p| ids.contains(&p.creator_id));
        if !tables.creators.is_empty() {
            texts += tables.posts.len();
            let model = session.embedding_model()?;
            let multilingual = session.multilingual_embedding()?;
            let taxonomy = Taxonomy::built_in()?;
            read_profiles(model.as_ref(), multilingual.as_deref(), &tables, &taxonomy)?;
        }
    }
    let removed = session.forget_listed()?;
    let document = json!({"texts": texts, "removed": removed});
    let people = format!(
        "{} texts of {} were found, and {} answers about them removed from the cache.\nIt holds hashes and numbers only. Answers towards a brand that was not named are still there: `cache clear` removes all.\nYour tables and results are as they were.",
        count(texts as u64),
        args.author
            .iter()
            .map(|id| common.id(id))
            .collect::<Vec<_>>()
            .join(", "),
        count(removed)
    );
    show(common, &document, &people)
}
