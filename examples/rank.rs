//! The creators who fit a niche, with the parts of their scores.
//!
//! `cargo run --release --example rank`

use microfluence::dataset::{ReadOptions, Record, Rejects, read_table};
use microfluence::inference::{Backend, open_encoder, shipped_model};
use microfluence::niche::Taxonomy;
use microfluence::pipeline::{RankRequest, Tables, rank_creators, read_profiles};
use microfluence::ranking::explain;
use std::path::Path;

fn table<T: Record>(name: &str) -> microfluence::Result<Vec<T>> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("datasets/sample")
        .join(name);
    let mut rejects = Rejects::new(false);
    Ok(read_table(&[file], &ReadOptions::default(), &mut rejects)?.rows)
}

#[expect(clippy::print_stdout, reason = "an example prints what it found")]
fn main() -> microfluence::Result<()> {
    let tables = Tables::new(table("creators.csv")?, table("posts.csv")?, Vec::new());
    let encoder = open_encoder(&shipped_model("embedding")?, Backend::Native)?;
    let multilingual = open_encoder(&shipped_model("embedding-multi")?, Backend::Native)?;
    let taxonomy = Taxonomy::built_in()?;
    let profiles = read_profiles(
        encoder.as_ref(),
        Some(multilingual.as_ref()),
        &tables,
        &taxonomy,
    )?;
    let request = RankRequest::new("skincare")?;
    // No comments were scored: audience sentiment is switched off, and the ranking says so.
    let result = rank_creators(
        encoder.as_ref(),
        &tables,
        profiles,
        &taxonomy,
        &[],
        &request,
    )?;
    for row in result.ranking.rows.iter().take(3) {
        println!(
            "{}. {}: {:.2} ({:.2} to {:.2})",
            row.rank, row.creator_id, row.score, row.score_lower, row.score_upper
        );
        for reason in explain(row) {
            println!("   {reason}");
        }
    }
    Ok(())
}
