//! `microfluence evaluate`: a model against what people said.

use super::args::Common;
use super::session::Session;
use super::term::{count, table};
use crate::dataset::write_atomically;
use crate::pipeline::score_comments;
use crate::report::{
    COVERAGE_COLUMNS, EVALUATION_COLUMNS, coverage_rows, evaluation_page, evaluation_rows,
    evaluation_sheet, evaluation_summary, page,
};
use crate::schema::{Comment, LabelledText};
use crate::sentiment::{COVERAGE_ROUNDS, Case, ScoredComment, Target, evaluate, simulate_coverage};
use crate::{Error, Result};
use clap::Args;
use serde_json::json;
use std::path::PathBuf;

#[derive(Debug, Args, serde::Serialize)]
pub(crate) struct EvaluateArgs {
    /// Labelled texts: files or globs with the columns text, label (negative, neutral, positive)
    /// and, where they have them, target and source.
    #[arg(long, value_name = "FILE", num_args = 1.., required = true)]
    pub(crate) data: Vec<String>,
    /// Write a page with tables and reliability diagrams here.
    #[arg(long, value_name = "PATH")]
    #[serde(skip)]
    pub(crate) html: Option<PathBuf>,
    /// Measure net sentiment in place of the model: error and coverage on mixtures of these texts,
    /// which the model must not have been trained on.
    #[arg(long, conflicts_with = "html")]
    pub(crate) quantification: bool,
    /// Mixtures, and series of weeks, that are drawn in each setting: fewer for a quick look.
    #[arg(long, value_name = "N", requires = "quantification", default_value_t = COVERAGE_ROUNDS, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    pub(crate) rounds: u64,
}

pub(crate) fn run(args: &EvaluateArgs, common: &Common) -> Result<()> {
    let mut session = Session::new("evaluate", common)?;
    let rows = session.read::<LabelledText>(&args.data)?.rows;
    let encoder = session.sentiment_model()?;
    let comments = as_comments(&rows);
    let scored = score_comments(encoder.as_ref(), &comments, &Target::Column)?;
    if session.shares() {
        return session.finish_part();
    }
    if args.quantification {
        return quantification(args.rounds, session, &rows, &scored, common.seed);
    }
    let groups = evaluate(&rows, &scored, common.seed);
    let name = &encoder.settings().name;
    if let Some(path) = &args.html {
        write_atomically(path, &page(&evaluation_page(name, &groups)))?;
    }
    let manifest = session.manifest(json!({ "target_aware": encoder.settings().targets }));
    session.finish(
        &evaluation_sheet(&rows, &scored),
        &evaluation_summary(&manifest, &groups),
        &table(&EVALUATION_COLUMNS, evaluation_rows(&groups)),
    )
}

/// How right net sentiment is, by three ways and at many prevalences.
fn quantification(
    rounds: u64,
    session: Session<'_>,
    rows: &[LabelledText],
    scored: &[ScoredComment],
    seed: u64,
) -> Result<()> {
    let cases: Vec<Case> = rows
        .iter()
        .zip(scored)
        .filter_map(|(row, scored)| Some((scored.probabilities?, row.label)))
        .collect();
    let settings = simulate_coverage(&cases, seed, rounds).ok_or_else(|| {
        Error::usage(
            "--quantification needs at least twenty texts of each label that can be scored",
        )
        .with_hint("a thousand or more make its figures worth reading")
    })?;
    let manifest = session.manifest(json!({}));
    let people = format!(
        "{}\nErrors and widths in points of net sentiment, on mixtures of 2,000 of {} texts with 5 to 90 % positive.",
        table(&COVERAGE_COLUMNS, coverage_rows(&settings)),
        count(cases.len() as u64)
    );
    session.finish(
        &evaluation_sheet(rows, scored),
        &json!({ "manifest": manifest, "quantification": settings }),
        &people,
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
