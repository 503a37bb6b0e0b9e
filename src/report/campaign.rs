//! What a campaign did, as a table and as a document.

use super::Manifest;
use super::sheet::{Sheet, int};
use crate::campaign::{
    AgainstRanking, AttributionModel, CampaignReport, CreatorOutcome, Credit, MediaBasis,
    SentimentShift,
};
use crate::dataset::{Cell, Kind};
use crate::schema::{CreatorId, PostId, PredictedCreator};
use serde_json::{Map, Value, json};
use std::collections::HashMap;

/// What stands beside the counted campaign.
#[derive(Debug, Clone, Default)]
pub struct CampaignExtras {
    /// Brand sentiment around it.
    pub sentiment: Option<SentimentShift>,
    /// What `rank` had said of its creators.
    pub predicted: Vec<PredictedCreator>,
    /// How that came true.
    pub against: Option<AgainstRanking>,
    /// First and last moment of the campaign.
    pub period: Option<(jiff::Timestamp, jiff::Timestamp)>,
    /// Paid posts that are in no table.
    pub missing_posts: Vec<PostId>,
    /// Whether earned media value was asked for.
    pub emv: bool,
}

/// An amount without the noise of adding up: to a hundred-millionth.
fn amount(value: f64) -> f64 {
    (value * 1e8).round() / 1e8
}

type Field = (String, Kind, Cell);

fn count(n: u64) -> Cell {
    int(usize::try_from(n).unwrap_or(usize::MAX))
}

/// The cells of a creator, of the rest or of the total, with their names.
fn fields(outcome: &CreatorOutcome, emv: bool) -> Vec<Field> {
    let media = &outcome.media;
    let mut fields: Vec<Field> = [
        ("spend", Kind::Float, amount(outcome.spend).into()),
        ("posts", Kind::Int, count(media.posts)),
        (
            "impressions",
            Kind::Int,
            media.impressions.map_or(Cell::Empty, count),
        ),
        (
            "engagements",
            Kind::Int,
            media.engagements.map_or(Cell::Empty, count),
        ),
        ("engagement_rate", Kind::Float, media.engagement_rate.into()),
        (
            "engagement_rate_basis",
            Kind::Text,
            media.basis.map(MediaBasis::name).into(),
        ),
        ("visits", Kind::Int, count(outcome.visits)),
        ("orders", Kind::Int, count(outcome.orders)),
        ("orders_placed", Kind::Int, count(outcome.orders_placed)),
        ("orders_by_code", Kind::Int, count(outcome.by_code)),
        ("orders_by_click", Kind::Int, count(outcome.by_click)),
        (
            "orders_by_code_and_click",
            Kind::Int,
            count(outcome.by_code_and_click),
        ),
        ("revenue", Kind::Float, amount(outcome.revenue).into()),
        (
            "gross_revenue",
            Kind::Float,
            amount(outcome.gross_revenue).into(),
        ),
        ("refunds", Kind::Float, amount(outcome.refunds).into()),
    ]
    .into_iter()
    .map(|(name, kind, cell)| (name.to_owned(), kind, cell))
    .collect();
    for ratio in &outcome.ratios {
        fields.push((ratio.name.to_owned(), Kind::Float, ratio.value.into()));
        // Impressions and engagements are not resampled, so there is no interval to leave empty.
        if !matches!(ratio.name, "cpm" | "cpe") {
            let ends = [("lower", ratio.bounds.lower), ("upper", ratio.bounds.upper)];
            for (end, value) in ends {
                fields.push((format!("{}_{end}", ratio.name), Kind::Float, value.into()));
            }
        }
    }
    if emv {
        fields.push(("emv".to_owned(), Kind::Float, media.emv.map(amount).into()));
    }
    fields
}

fn credit_fields(model: AttributionModel, credit: Option<Credit>) -> [Field; 2] {
    let name = model.name();
    [
        (
            format!("{name}_orders"),
            Kind::Float,
            credit.map(|c| amount(c.orders)).into(),
        ),
        (
            format!("{name}_revenue"),
            Kind::Float,
            credit.map(|c| amount(c.revenue)).into(),
        ),
    ]
}

fn predicted_fields(predicted: Option<&PredictedCreator>) -> Vec<Field> {
    let number = |pick: fn(&PredictedCreator) -> Option<f64>| predicted.and_then(pick).into();
    let rank = predicted.and_then(|p| p.rank);
    vec![
        (
            "predicted_rank".to_owned(),
            Kind::Int,
            rank.map_or(Cell::Empty, count),
        ),
        (
            "predicted_score".to_owned(),
            Kind::Float,
            number(|p| p.score),
        ),
        (
            "predicted_engagement_rate".to_owned(),
            Kind::Float,
            number(|p| p.expected_engagement_rate),
        ),
        (
            "predicted_lower_90".to_owned(),
            Kind::Float,
            number(|p| p.lower_90),
        ),
        (
            "predicted_upper_90".to_owned(),
            Kind::Float,
            number(|p| p.upper_90),
        ),
    ]
}

/// A row per creator, by revenue, then one for what nobody can claim and one for the total; the first column says which
/// is which.
#[must_use]
pub fn campaign_sheet(report: &CampaignReport, extras: &CampaignExtras) -> Sheet {
    let predicted: HashMap<&CreatorId, &PredictedCreator> = extras
        .predicted
        .iter()
        .map(|p| (&p.creator_id, p))
        .collect();
    let mut sheet = Sheet::default();
    let all = report
        .creators
        .iter()
        .enumerate()
        .map(|(i, o)| ("creator", Some(i), o));
    let ends = [
        ("unattributed", None, &report.unattributed),
        ("total", None, &report.total),
    ];
    // Without a ratio of its own the rest has the cells of the total, empty.
    let ratios: Vec<Field> = fields(&report.total, extras.emv);
    for (part, index, outcome) in all.chain(ends) {
        let own: HashMap<String, Cell> = fields(outcome, extras.emv)
            .into_iter()
            .map(|(name, _, cell)| (name, cell))
            .collect();
        let mut row: Vec<Field> = vec![
            ("part".to_owned(), Kind::Text, part.into()),
            (
                "creator_id".to_owned(),
                Kind::Text,
                outcome.creator_id.as_ref().map(CreatorId::as_str).into(),
            ),
            (
                "currency".to_owned(),
                Kind::Text,
                report.currency.as_deref().into(),
            ),
        ];
        for (name, kind, _) in &ratios {
            let cell = own.get(name).cloned().unwrap_or(Cell::Empty);
            row.push((name.clone(), *kind, cell));
        }
        for (model, credits) in &report.attribution {
            row.extend(credit_fields(*model, index.map(|i| credits[i])));
        }
        if !extras.predicted.is_empty() {
            let id = outcome.creator_id.as_ref();
            row.extend(predicted_fields(
                id.and_then(|id| predicted.get(id).copied()),
            ));
        }
        if sheet.columns.is_empty() {
            let columns: Vec<(&str, Kind)> = row.iter().map(|f| (f.0.as_str(), f.1)).collect();
            sheet = Sheet::new(&columns);
        }
        sheet.rows.push(row.into_iter().map(|f| f.2).collect());
    }
    sheet
}

fn object(fields: Vec<Field>) -> Map<String, Value> {
    fields
        .into_iter()
        .map(|(name, _, cell)| (name, cell.to_json()))
        .collect()
}

/// The campaign with every creator, what nobody can claim, the total, every attribution model, and what was odd.
#[must_use]
pub fn campaign_summary(
    manifest: &Manifest,
    report: &CampaignReport,
    extras: &CampaignExtras,
) -> Value {
    let predicted: HashMap<&CreatorId, &PredictedCreator> = extras
        .predicted
        .iter()
        .map(|p| (&p.creator_id, p))
        .collect();
    let creators: Vec<Value> = report
        .creators
        .iter()
        .map(|outcome| {
            let mut entry = Map::new();
            entry.insert("creator_id".to_owned(), json!(outcome.creator_id));
            entry.extend(object(fields(outcome, extras.emv)));
            if let Some(p) = outcome.creator_id.as_ref().and_then(|id| predicted.get(id)) {
                entry.extend(object(predicted_fields(Some(p))));
            }
            entry.into()
        })
        .collect();
    let mut total = object(fields(&report.total, extras.emv));
    total.insert("currency".to_owned(), json!(report.currency));
    let visits: u64 = report.creators.iter().map(|c| c.visits).sum();
    let attribution: Map<String, Value> = report
        .attribution
        .iter()
        .map(|(model, credits)| {
            let parts: Vec<Value> = report
                .creators
                .iter()
                .zip(credits)
                .map(|(outcome, credit)| {
                    json!({
                        "creator_id": outcome.creator_id,
                        "orders": amount(credit.orders),
                        "revenue": amount(credit.revenue),
                    })
                })
                .collect();
            (model.name().to_owned(), parts.into())
        })
        .collect();
    let uses: Map<String, Value> = AttributionModel::ALL
        .into_iter()
        .map(|model| (model.name().to_owned(), model.use_for().into()))
        .collect();
    let mut document = json!({
        "manifest": manifest,
        "currency": report.currency,
        "period": extras.period.map(|(start, end)| json!({ "start": start, "end": end })),
        "total": total,
        "attributed": {
            "visits": visits,
            "orders": report.attributed.orders as u64,
            "revenue": amount(report.attributed.revenue),
        },
        "creators": creators,
        "unattributed": object(fields(&report.unattributed, false)),
        "attribution": attribution,
        "attribution_uses": uses,
        "channels": report.channels,
        "notes": report.notes,
        "paid_posts_in_no_table": extras.missing_posts,
    });
    if let Some(shift) = &extras.sentiment {
        document["sentiment"] = json!(shift);
    }
    if let Some(against) = &extras.against {
        document["against_ranking"] = json!(against);
    }
    document
}
