//! `microfluence evaluate`: a model against what people said.

use crate::args::Common;
use crate::session::Session;
use crate::term::table;
use clap::Args;
use microfluence::Result;
use microfluence::dataset::write_atomically;
use microfluence::pipeline::score_comments;
use microfluence::report::{
    EVALUATION_COLUMNS, evaluation_page, evaluation_rows, evaluation_sheet, evaluation_summary,
    page,
};
use microfluence::schema::{Comment, LabelledText};
use microfluence::sentiment::{Target, evaluate};
use serde_json::json;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct EvaluateArgs {
    /// Labelled texts: files or globs with the columns text, label (negative, neutral, positive)
    /// and, where they have them, target and source.
    #[arg(long, value_name = "FILE", num_args = 1.., required = true)]
    pub(crate) data: Vec<String>,
    /// Write a page with tables and reliability diagrams here.
    #[arg(long, value_name = "PATH")]
    pub(crate) html: Option<PathBuf>,
}

pub(crate) fn run(args: &EvaluateArgs, common: &Common) -> Result<()> {
    let mut session = Session::new("evaluate", common)?;
    let rows = session.read::<LabelledText>(&args.data)?.rows;
    let encoder = session.sentiment_model()?;
    let comments = as_comments(&rows);
    let scored = score_comments(encoder.as_ref(), &comments, &Target::Column)?;
    let groups = evaluate(&rows, &scored, common.seed);
    let name = &encoder.settings().name;
    if let Some(path) = &args.html {
        write_atomically(path, &page(&evaluation_page(name, &groups)))?;
    }
    let manifest = session.manifest(json!({
        "data": args.data, "map": common.map, "target_aware": encoder.settings().targets,
    }));
    session.finish(
        &evaluation_sheet(&rows, &scored),
        &evaluation_summary(&manifest, &groups),
        &table(&EVALUATION_COLUMNS, evaluation_rows(&groups)),
    )
}

/// Labelled texts on the way of every comment, so that what is judged is what users get.
pub(crate) fn as_comments(rows: &[LabelledText]) -> Vec<Comment> {
    rows.iter()
        .enumerate()
        .map(|(i, row)| Comment {
            brand: row.target.clone(),
            ..Comment::new((i + 1).to_string().as_str().into(), &row.text)
        })
        .collect()
}
