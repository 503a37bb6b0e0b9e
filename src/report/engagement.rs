//! Engagement rates, as a table and as a document.

use super::Manifest;
use super::sheet::{Sheet, id, int};
use crate::dataset::Kind;
use crate::engagement::{BacktestRow, EngagementReport};
use crate::schema::Tier;
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
        ("sponsored_rate", Kind::Float),
        ("organic_rate", Kind::Float),
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
            p.tier.map(Tier::name).into(),
            p.percentile.into(),
            p.sponsored_rate.into(),
            p.organic_rate.into(),
        ]);
    }
    sheet
}

/// The fits behind the predictions.
#[must_use]
pub fn engagement_summary(manifest: &Manifest, report: &EngagementReport) -> Value {
    json!({ "manifest": manifest, "creators": report.predictions.len(), "groups": report.groups })
}

/// A row per platform, posts known, tier and model.
#[must_use]
pub fn backtest_sheet(rows: &[BacktestRow]) -> Sheet {
    let mut sheet = Sheet::new(&[
        ("model", Kind::Text),
        ("posts_known", Kind::Text),
        ("tier", Kind::Text),
        ("platform", Kind::Text),
        ("basis", Kind::Text),
        ("n", Kind::Int),
        ("spearman", Kind::Float),
        ("ndcg_50", Kind::Float),
        ("mae_log", Kind::Float),
        ("coverage_90", Kind::Float),
        ("log_width_90", Kind::Float),
    ]);
    for row in rows {
        sheet.rows.push(vec![
            row.model.into(),
            row.posts_known.name().as_str().into(),
            row.tier.into(),
            row.platform.as_deref().into(),
            row.basis.name().into(),
            int(row.n),
            row.spearman.into(),
            row.ndcg_50.into(),
            row.mae_log.into(),
            row.coverage_90.into(),
            row.log_width_90.into(),
        ]);
    }
    sheet
}

/// The backtest's rows.
#[must_use]
pub fn backtest_summary(manifest: &Manifest, rows: &[BacktestRow]) -> Value {
    json!({ "manifest": manifest, "backtest": rows })
}
