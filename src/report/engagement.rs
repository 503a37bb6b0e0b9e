//! Engagement rates, as a table and as a document.

use super::Manifest;
use super::sheet::{Sheet, id, int};
use crate::dataset::Kind;
use crate::engagement::EngagementReport;
use serde_json::{Value, json};

/// One row per creator: what their next post is expected to do.
#[must_use]
pub fn engagement_sheet(report: &EngagementReport) -> Sheet {
    let mut sheet = Sheet::new(&[
        ("creator_id", Kind::Text),
        ("basis", Kind::Text),
        ("engagement_rate", Kind::Float),
        ("expected_engagement_rate", Kind::Float),
        ("lower_90", Kind::Float),
        ("upper_90", Kind::Float),
        ("posts_used", Kind::Int),
        ("tier", Kind::Text),
        ("percentile", Kind::Float),
    ]);
    for p in &report.predictions {
        sheet.rows.push(vec![
            id(&p.creator_id),
            p.basis.name().into(),
            p.engagement_rate.into(),
            p.expected.into(),
            p.lower_90.into(),
            p.upper_90.into(),
            int(p.posts_used),
            p.tier.name().into(),
            p.percentile.into(),
        ]);
    }
    sheet
}

/// The fits behind the predictions.
#[must_use]
pub fn engagement_summary(manifest: &Manifest, report: &EngagementReport) -> Value {
    json!({ "manifest": manifest, "creators": report.predictions.len(), "groups": report.groups })
}
