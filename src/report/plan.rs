//! A plan, as a table and as a document.

use super::Manifest;
use super::sheet::{Sheet, id, int};
use crate::dataset::Kind;
use crate::pipeline::PlanResult;
use serde_json::{Value, json};

/// The chosen creators in order of choice.
#[must_use]
pub fn plan_sheet(result: &PlanResult) -> Sheet {
    let mut sheet = Sheet::new(&[
        ("order", Kind::Int),
        ("creator_id", Kind::Text),
        ("platform", Kind::Text),
        ("niche", Kind::Text),
        ("price", Kind::Float),
        ("price_lower_90", Kind::Float),
        ("price_upper_90", Kind::Float),
        ("price_source", Kind::Text),
        ("currency", Kind::Text),
        ("expected_engagements", Kind::Float),
        ("marginal_engagements", Kind::Float),
        ("cumulative_engagements", Kind::Float),
        ("unduplicated_audience", Kind::Float),
        ("cumulative_price", Kind::Float),
        ("overlap_from", Kind::Text),
    ]);
    for (n, chosen) in result.plan.chosen.iter().enumerate() {
        let offer = &result.offers[chosen.offer];
        let price = &result.prices[chosen.offer];
        sheet.rows.push(vec![
            int(n + 1),
            id(&offer.creator_id),
            offer.platform.as_deref().into(),
            offer.niche.as_deref().into(),
            price.amount.into(),
            price.lower_90.into(),
            price.upper_90.into(),
            price.source.name().into(),
            result.currency.as_deref().into(),
            offer.engagements.into(),
            chosen.marginal.into(),
            chosen.cumulative.into(),
            chosen.audience.into(),
            chosen.spent.into(),
            overlap_from(result, chosen.offer).into(),
        ]);
    }
    sheet
}

fn overlap_from(result: &PlanResult, offer: usize) -> &'static str {
    let audience = &result.offers[offer].audience;
    if audience.measured {
        "commenters"
    } else if audience.shared.is_empty() {
        "nothing"
    } else {
        "niche"
    }
}

/// The plan with its bound, the prices' and overlaps' sources, and reach against budget.
#[must_use]
pub fn plan_summary(manifest: &Manifest, budget: f64, result: &PlanResult) -> Value {
    let creators: Vec<Value> = result
        .plan
        .chosen
        .iter()
        .map(|chosen| {
            json!({
                "creator_id": result.offers[chosen.offer].creator_id,
                "price": result.prices[chosen.offer],
                "expected_engagements": result.offers[chosen.offer].engagements,
                "marginal_engagements": chosen.marginal,
                "cumulative_engagements": chosen.cumulative,
                "unduplicated_audience": chosen.audience,
                "overlap_from": overlap_from(result, chosen.offer),
            })
        })
        .collect();
    let curve: Vec<Value> = result
        .curve
        .iter()
        .map(|(budget, spent, creators, engagements)| {
            json!({ "budget": budget, "spent": spent, "creators": creators, "engagements": engagements })
        })
        .collect();
    json!({
        "manifest": manifest,
        "budget": budget,
        "currency": result.currency,
        "spent": result.plan.spent,
        "engagements": result.plan.engagements,
        "upper_bound": result.plan.upper_bound,
        "creators": creators,
        "reach_against_budget": curve,
        "price_model": result.price_model,
        "audiences": result.audiences,
        "offers": result.offers.len(),
        "left_out": result.left_out,
    })
}
