//! What was seen of audiences, as a table and as a document.

use super::Manifest;
use super::sheet::{Sheet, id};
use crate::authenticity::{Assessment, Spam};
use crate::dataset::Kind;
use crate::schema::{Comment, Creator};
use serde_json::{Value, json};

/// One row per creator of whom something was looked at.
#[must_use]
pub fn authenticity_sheet(creators: &[Creator], seen: &[Option<Assessment>]) -> Sheet {
    let mut sheet = Sheet::new(&[
        ("creator_id", Kind::Text),
        ("authenticity", Kind::Float),
        ("flags", Kind::Text),
    ]);
    for (creator, seen) in creators.iter().zip(seen) {
        let flags = seen
            .iter()
            .flat_map(|s| &s.flags)
            .map(|f| format!("{}: {}", f.name, f.evidence))
            .collect::<Vec<_>>()
            .join("; ");
        sheet.rows.push(vec![
            id(&creator.creator_id),
            seen.as_ref().map(|s| s.authenticity).into(),
            flags.as_str().into(),
        ]);
    }
    sheet
}

/// One row per comment: how much it reads like spam, 0..1, and what speaks most for that.
#[must_use]
pub fn spam_sheet(comments: &[Comment], judged: &[Spam]) -> Sheet {
    let mut sheet = Sheet::new(&[
        ("comment_id", Kind::Text),
        ("spam", Kind::Float),
        ("reason", Kind::Text),
    ]);
    for (comment, judged) in comments.iter().zip(judged) {
        sheet.rows.push(vec![
            comment.comment_id.as_str().into(),
            judged.probability.into(),
            judged.reason.as_str().into(),
        ]);
    }
    sheet
}

/// How many audiences were looked at, and how many show a sign.
#[must_use]
pub fn authenticity_summary(
    manifest: &Manifest,
    creators: &[Creator],
    seen: &[Option<Assessment>],
) -> Value {
    json!({
        "manifest": manifest,
        "creators": creators.len(),
        "assessed": seen.iter().flatten().count(),
        "flagged": seen.iter().flatten().filter(|s| !s.flags.is_empty()).count(),
    })
}
