//! From a ranking to a plan for a budget.

use super::{RankResult, Tables};
use crate::error::{Error, Result};
use crate::plan::{
    AudienceInput, Audiences, Limits, Offer, Plan, Price, PriceModel, PriceSource, audiences,
    choose, prices,
};
use crate::ranking::{Excluded, PriceEvidence, Ranked};
use crate::schema::{CreatorId, PostOwners};
use crate::stats::hash_text;
use std::collections::{BTreeMap, HashMap};

/// What a plan is asked for.
#[derive(Debug, Clone)]
pub struct PlanRequest {
    /// Budget and numbers.
    pub limits: Limits,
    /// Currency of the budget; `None` is the one that most priced creators ask in.
    pub currency: Option<String>,
    /// Pays creators without a price this much per expected engagement.
    pub cost_per_engagement: Option<f64>,
    /// Leaves out creators whose price is not known.
    pub known_prices_only: bool,
}

/// A plan with what it was made of.
#[derive(Debug, Clone)]
pub struct PlanResult {
    /// Who was chosen.
    pub plan: Plan,
    /// Who could be chosen, in the order of ranks.
    pub offers: Vec<Offer>,
    /// What each offer costs, in the same order.
    pub prices: Vec<Price>,
    /// How overlaps were told.
    pub audiences: Audiences,
    /// How prices were estimated.
    pub price_model: Option<PriceModel>,
    /// The currency of every amount; `None` where the table names none.
    pub currency: Option<String>,
    /// Ranked creators who could not be chosen, and why.
    pub left_out: Vec<Excluded>,
    /// Plans for other budgets: budget, money spent, creators, engagements.
    pub curve: Vec<(f64, f64, usize, f64)>,
}

/// Shares of the budget at which the table of reach against budget is made.
const CURVE: [f64; 7] = [0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0];

/// Spends a budget on ranked creators.
///
/// # Errors
/// If nobody can be chosen from for want of prices or engagements.
pub fn plan_creators(
    tables: &Tables,
    result: &RankResult,
    request: &PlanRequest,
) -> Result<PlanResult> {
    let rows = &result.ranking.rows;
    let currency = request.currency.clone().or_else(|| usual_currency(rows));
    let own = |price: &PriceEvidence| -> Option<bool> {
        let (asked, own) = (currency.as_deref()?, price.currency.as_deref()?);
        Some(asked.eq_ignore_ascii_case(own))
    };
    let known: Vec<(f64, Option<f64>, f64)> = rows
        .iter()
        .map(|row| {
            let e = &row.evidence;
            let price = e.price.as_ref().filter(|p| own(p) != Some(false));
            let engagements = e.engagements.map_or(0.0, |e| e.count);
            let followers = e.followers.map_or(0.0, |f| f.0 as f64);
            (followers, price.map(|p| p.amount), engagements)
        })
        .collect();
    let (found, price_model) = prices(&known, request.cost_per_engagement);
    let places: HashMap<&CreatorId, usize> = tables
        .creators
        .iter()
        .enumerate()
        .map(|(i, c)| (&c.creator_id, i))
        .collect();
    let commenters = commenters(tables);
    let (mut left_out, mut kept, mut inputs) = (Vec::new(), Vec::new(), Vec::new());
    for ((row, price), (_, _, engagements)) in rows.iter().zip(found).zip(&known) {
        let foreign = row.evidence.price.as_ref().and_then(own) == Some(false);
        let reason = against_planning(*engagements, foreign, price, request.known_prices_only);
        match (reason, price) {
            (None, Some(price)) => {
                let niche = places.get(&row.creator_id);
                let niche = niche.and_then(|i| result.niches[*i].clone());
                inputs.push(AudienceInput {
                    niche: niche.clone(),
                    commenters: commenters.get(&row.creator_id).cloned().unwrap_or_default(),
                });
                kept.push((row, price, *engagements, niche));
            }
            (reason, _) => left_out.push(Excluded {
                creator_id: row.creator_id.clone(),
                reason: reason.unwrap_or("price unknown").to_owned(),
            }),
        }
    }
    if kept.is_empty() && !rows.is_empty() {
        return Err(Error::usage("no creator has a price and a forecast")
            .with_hint("give --posts, and prices in the table or --cost-per-engagement"));
    }
    let audiences = audiences(&inputs);
    let mut prices = Vec::with_capacity(kept.len());
    let offers: Vec<Offer> = kept
        .into_iter()
        .zip(&audiences.audiences)
        .map(|((row, price, engagements, niche), audience)| {
            prices.push(price);
            Offer {
                creator_id: row.creator_id.clone(),
                platform: row.evidence.platform.clone(),
                niche,
                engagements,
                followers: row.evidence.followers.map_or(0.0, |f| f.0 as f64),
                price: price.amount,
                audience: audience.clone(),
            }
        })
        .collect();
    let plan = choose(&offers, &request.limits);
    let curve = curve(&offers, &request.limits);
    Ok(PlanResult {
        plan,
        offers,
        prices,
        audiences,
        price_model,
        currency,
        left_out,
        curve,
    })
}

/// Why a ranked creator cannot be planned with.
fn against_planning(
    engagements: f64,
    foreign: bool,
    price: Option<Price>,
    known_only: bool,
) -> Option<&'static str> {
    if engagements <= 0.0 {
        return Some("expected engagements unknown");
    }
    if foreign {
        return Some("price in another currency");
    }
    match price.map(|p| p.source) {
        None => Some("price unknown, and too few are known to estimate it"),
        Some(PriceSource::Table) => None,
        Some(_) => known_only.then_some("price unknown"),
    }
}

/// The currency that most of the ranked ask in.
fn usual_currency(rows: &[Ranked]) -> Option<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for price in rows.iter().filter_map(|r| r.evidence.price.as_ref()) {
        if let Some(currency) = price.currency.as_deref() {
            *counts.entry(currency).or_default() += 1;
        }
    }
    let most = counts
        .into_iter()
        .max_by_key(|(name, n)| (*n, std::cmp::Reverse(*name)));
    most.map(|(name, _)| name.to_owned())
}

/// Plans for shares of the budget: budget, money spent, creators, engagements.
fn curve(offers: &[Offer], limits: &Limits) -> Vec<(f64, f64, usize, f64)> {
    CURVE
        .iter()
        .map(|share| {
            let budget = limits.budget * share;
            let found = choose(offers, &Limits { budget, ..*limits });
            (budget, found.spent, found.chosen.len(), found.engagements)
        })
        .collect()
}

/// Hashes of the authors of the comments under each creator's posts.
fn commenters(tables: &Tables) -> HashMap<&CreatorId, Vec<u64>> {
    let owners = PostOwners::of(&tables.posts, &tables.comments);
    let mut found: HashMap<&CreatorId, Vec<u64>> = HashMap::new();
    for comment in tables.comments.iter() {
        let creator = comment.whose(&owners);
        if let (Some(creator), Some(author)) = (creator, &comment.author_id) {
            found
                .entry(creator)
                .or_default()
                .push(hash_text(author.as_str()));
        }
    }
    found
}
