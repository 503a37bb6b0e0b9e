//! The polarity of comments towards a brand, and its net sentiment.
//!
//! `cargo run --release --example score`

use microfluence::dataset::{ReadOptions, Rejects, read_table};
use microfluence::inference::{Backend, open_encoder, shipped_model};
use microfluence::pipeline::score_comments;
use microfluence::schema::Comment;
use microfluence::sentiment::Target;
use microfluence::text::Brand;
use std::path::Path;

#[expect(clippy::print_stdout, reason = "an example prints what it found")]
fn main() -> microfluence::Result<()> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets/sample/comments.csv");
    let mut rejects = Rejects::new(false);
    let comments = read_table::<Comment>(&[file], &ReadOptions::default(), &mut rejects)?.rows;
    let encoder = open_encoder(&shipped_model("sentiment")?, Backend::Native)?;
    let target = Target::Brands(vec![Brand::new("Lumora", &[])]);
    let scored = score_comments(encoder.as_ref(), &comments[..200], &target)?;
    for row in scored.iter().filter(|row| row.about_brand) {
        let text = &comments[row.index].text;
        println!("{:?} {:?} {text}", row.label, row.probabilities);
    }
    println!("{} rows could not be read", rejects.count());
    Ok(())
}
