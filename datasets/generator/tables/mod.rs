//! The sample's tables, made from one seed. Each table has its own stream of random numbers,
//! so that a longer list of words for comments leaves the creators as they were.

mod brands;
mod campaign;
mod captions;
mod comments;
mod creators;
mod dice;
mod grammar;
mod niches;
mod noise;
mod opinions;
mod places;
mod posts;
mod rows;
mod speech;
mod truth;

use serde::Serialize;

/// The seed of the committed tables.
pub(crate) const SEED: u64 = 2026;

/// One table, ready to be written.
pub(crate) struct File {
    pub(crate) name: &'static str,
    pub(crate) rows: usize,
    pub(crate) bytes: Vec<u8>,
}

/// Every table of the sample, in the order in which they depend on each other.
pub(crate) fn make(seed: u64) -> std::io::Result<Vec<File>> {
    let words = niches::Words::load();
    let mut creators = creators::make(seed, &words);
    let posts = posts::make(seed, &words, &mut creators);
    let (comments, comment_truth) = comments::make(seed, &words, &creators, &posts);
    let campaign = campaign::make(seed, &creators, &posts);
    let rows: Vec<_> = creators.iter().map(|creator| &creator.row).collect();
    Ok(vec![
        file("creators.csv", &rows)?,
        file("posts.csv", &posts)?,
        file("comments.csv", &comments)?,
        file("visits.csv", &campaign.visits)?,
        file("orders.csv", &campaign.orders)?,
        file("spend.csv", &campaign.spend)?,
        file("truth.csv", &truth::of(&creators))?,
        file("comment_truth.csv", &comment_truth)?,
    ])
}

fn file<T: Serialize>(name: &'static str, rows: &[T]) -> std::io::Result<File> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.serialize(row)?;
    }
    let bytes = writer
        .into_inner()
        .map_err(csv::IntoInnerError::into_error)?;
    Ok(File {
        name,
        rows: rows.len(),
        bytes,
    })
}
