//! What was said, as a table and as a document.

use super::Manifest;
use super::sheet::Sheet;
use crate::dataset::{Cell, Kind};
use crate::sentiment::{BrandSentiment, ScoredComment};
use serde_json::{Value, json};

/// One row per comment and target, in the order of the comments.
#[must_use]
pub fn sentiment_sheet(scored: &[ScoredComment]) -> Sheet {
    let mut sheet = Sheet::new(&[
        ("comment_id", Kind::Text),
        ("brand", Kind::Text),
        ("label", Kind::Text),
        ("p_negative", Kind::Float),
        ("p_neutral", Kind::Float),
        ("p_positive", Kind::Float),
        ("mentions_brand", Kind::Bool),
        ("language", Kind::Text),
        ("status", Kind::Text),
    ]);
    for row in scored {
        let [negative, neutral, positive] = probabilities(row);
        sheet.rows.push(vec![
            row.comment_id.as_str().into(),
            row.brand.as_deref().into(),
            row.label.map(|l| Cell::from(l.name())).into(),
            negative,
            neutral,
            positive,
            row.mentions_brand.map_or(Cell::Empty, Cell::Bool),
            row.language.code().into(),
            row.status.name().into(),
        ]);
    }
    sheet
}

/// The three cells of a row's probabilities; six digits are more than the model knows and keep
/// files small.
pub(super) fn probabilities(row: &ScoredComment) -> [Cell; 3] {
    std::array::from_fn(|class| {
        row.probabilities
            .map(|p| (f64::from(p[class]) * 1e6).round() / 1e6)
            .into()
    })
}

/// Net sentiment per brand.
#[must_use]
pub fn sentiment_summary(manifest: &Manifest, brands: &[BrandSentiment]) -> Value {
    json!({ "manifest": manifest, "brands": brands })
}
