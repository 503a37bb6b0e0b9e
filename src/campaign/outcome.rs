//! All of it together: what each creator cost and brought, and what nobody can claim.

use super::attribution::{AttributionModel, Credit, attribute};
use super::claims::{Claim, ClaimNotes, ClaimedBy, claim_orders};
use super::ledger::{Ledger, OrderNotes, Sale};
use super::media::Media;
use super::money::ExchangeRates;
use super::resample::{Bounds, Draws, Part, Sum};
use super::visits::{Channel, VisitLog};
use crate::error::Result;
use crate::schema::{CreatorId, PredictedCreator, Spend};
use crate::stats::spearman;
use jiff::Timestamp;
use rayon::prelude::*;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};

/// How a campaign is counted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CampaignOptions {
    /// Days before an order within which a visit can have led to it.
    pub lookback_days: f64,
    /// Seconds after an order within which a visit still counts as before it, for clocks that disagree.
    pub clock_tolerance_seconds: f64,
    /// Days after which a touch weighs half, for [`AttributionModel::TimeDecay`].
    pub half_life_days: f64,
    /// What is left of a unit of revenue after the cost of goods, 0..1: ROI counts only that.
    pub margin: f64,
    /// For the draws.
    pub seed: u64,
}

impl Default for CampaignOptions {
    fn default() -> Self {
        Self {
            lookback_days: 30.0,
            clock_tolerance_seconds: 0.0,
            half_life_days: 7.0,
            margin: 1.0,
            seed: 0,
        }
    }
}

/// A ratio of what was spent and what came of it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Ratio {
    /// Its name in tables: cpm, cpe, cpc, cpa, `conversion_rate`, aov, roas, roi.
    pub name: &'static str,
    /// `None` where it would divide by zero.
    pub value: Option<f64>,
    /// Its 95 % interval over visitors; empty where visitors do not enter (cpm, cpe).
    pub bounds: Bounds,
}

/// A creator, everybody together, or the rest.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct CreatorOutcome {
    /// `None` for the rest and for the total.
    pub creator_id: Option<CreatorId>,
    /// What was paid, in the campaign's currency.
    pub spend: f64,
    /// Posts, impressions, engagements.
    pub media: Media,
    /// Visits by the creator's links.
    pub visits: u64,
    /// Orders that were not paid back in full.
    pub orders: u64,
    /// Orders placed, those paid back too.
    pub orders_placed: u64,
    /// Orders placed with the creator's code and without a click.
    pub by_code: u64,
    /// Orders placed after a click and without a code.
    pub by_click: u64,
    /// Orders placed with both; each counted once.
    pub by_code_and_click: u64,
    /// What was paid before refunds.
    pub gross_revenue: f64,
    /// What was paid back.
    pub refunds: f64,
    /// Gross revenue less refunds.
    pub revenue: f64,
    /// Of attributed orders; none for the rest.
    pub ratios: Vec<Ratio>,
}

/// What was odd about the tables.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Notes {
    /// Of the orders.
    #[serde(flatten)]
    pub orders: OrderNotes,
    /// Orders whose code belongs to nobody in the spend table.
    pub unknown_codes: u64,
    /// Orders whose code belongs to several creators, so that it tells nothing.
    pub shared_codes: u64,
    /// Orders whose code and last click name different creators; the code decides.
    pub code_against_click: u64,
    /// Orders without a visit before them whose visitor lands within ten minutes after: clocks that disagree.
    pub orders_before_their_visit: u64,
    /// Orders that have neither a visitor nor a code.
    pub orders_without_visitor: u64,
    /// Orders that creators can claim of visitors who had ordered before; clicks before that earlier order are on their
    /// path, too.
    pub repeat_orders: u64,
    /// Visits whose visitor is unknown: they count, but lead to no order.
    pub visits_without_visitor: u64,
    /// Visits outside the campaign's period.
    pub visits_outside_period: u64,
}

/// Whether what `rank` had predicted came true.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AgainstRanking {
    /// Creators of the campaign that the ranking has.
    pub creators: usize,
    /// Spearman's correlation of the score with the engagement rate; `None` below three creators.
    pub score_with_engagement_rate: Option<f64>,
    /// The same with visits.
    pub score_with_visits: Option<f64>,
    /// The same with revenue.
    pub score_with_revenue: Option<f64>,
    /// Creators with a predicted interval and an engagement rate.
    pub intervals: usize,
    /// Of these, the share whose rate lies in the interval of 90 %. The prediction is of one post, the rate of all of
    /// them.
    pub within_interval: Option<f64>,
}

/// What a campaign did.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CampaignReport {
    /// Of all amounts; `None` where no table names one.
    pub currency: Option<String>,
    /// Those paid, and those whose links or codes were used; by revenue, the most first, then by id.
    pub creators: Vec<CreatorOutcome>,
    /// What no creator can claim.
    pub unattributed: CreatorOutcome,
    /// Creators and rest together. The ratios are of what creators can claim.
    pub total: CreatorOutcome,
    /// Orders that creators can claim, and their revenue.
    pub attributed: Credit,
    /// By model, in the creators' order; a model is missing where it declined.
    pub attribution: Vec<(AttributionModel, Vec<Credit>)>,
    /// Visits of no creator by where they came from.
    pub channels: Vec<Channel>,
    /// What was odd.
    pub notes: Notes,
}

const DAY: f64 = 86_400_000.0;

/// Counts it all.
///
/// # Errors
/// Where a currency has no rate.
pub fn conclude(
    mut log: VisitLog,
    ledger: Ledger,
    spend: &[Spend],
    media: &BTreeMap<CreatorId, Media>,
    rates: &ExchangeRates,
    options: &CampaignOptions,
) -> Result<CampaignReport> {
    log.settle();
    let (sales, order_notes) = ledger.settle();
    let (claims, claim_notes) = claim_orders(
        &sales,
        &log,
        (options.lookback_days * DAY) as i64,
        (options.clock_tolerance_seconds * 1e3) as i64,
    );
    let ids = log.names.ids().to_vec();
    let costs = costs(&ids, spend, rates)?;
    let parts = parts(&log, &claims, &sales);
    let mut own_claims: Vec<Vec<&Claim>> = vec![Vec::new(); ids.len()];
    for claim in &claims {
        own_claims[claim.creator as usize].push(claim);
    }
    let mut outcomes: Vec<CreatorOutcome> = ids
        .par_iter()
        .enumerate()
        .map(|(n, id)| {
            let from = parts.partition_point(|p| (p.0 as usize) < n);
            let to = parts.partition_point(|p| p.0 as usize <= n);
            let own: Vec<Part> = parts[from..to].iter().map(|p| p.1).collect();
            let mut outcome = CreatorOutcome {
                creator_id: Some(id.clone()),
                spend: costs[n],
                media: media.get(id).copied().unwrap_or_default(),
                visits: own.iter().map(|p| p.visits).sum::<f64>() as u64,
                ..CreatorOutcome::default()
            };
            for claim in &own_claims[n] {
                outcome.take(&sales[claim.sale], Some(claim.by));
            }
            outcome.ratios = ratios(&outcome, &Draws::new(&own, options.seed), options.margin);
            outcome
        })
        .collect();

    let mut unattributed = CreatorOutcome {
        visits: log.visits - outcomes.iter().map(|o| o.visits).sum::<u64>(),
        ..CreatorOutcome::default()
    };
    let mut claimed = vec![false; sales.len()];
    for claim in &claims {
        claimed[claim.sale] = true;
    }
    for (sale, claimed) in sales.iter().zip(&claimed) {
        if !claimed {
            unattributed.take(sale, None);
        }
    }
    let mut total = CreatorOutcome::default();
    for outcome in &outcomes {
        total.add(outcome);
    }
    total.media.engagement_rate = mean_rate(&outcomes);
    let attributed = Credit {
        orders: total.orders as f64,
        revenue: total.revenue,
    };
    let everybody = merged(&parts);
    total.ratios = ratios(
        &total,
        &Draws::new(&everybody, options.seed),
        options.margin,
    );
    total.add(&unattributed);

    let lost = lost_journeys(&log, &claims, &sales);
    let half_life = options.half_life_days * DAY;
    let mut attribution: Vec<(AttributionModel, Vec<Credit>)> = AttributionModel::ALL
        .into_iter()
        .filter_map(|model| {
            let credits = attribute(model, &claims, &sales, &lost, ids.len(), half_life)?;
            Some((model, credits))
        })
        .collect();

    let mut order: Vec<usize> = (0..outcomes.len()).collect();
    order.sort_by(|a, b| {
        let (a, b) = (&outcomes[*a], &outcomes[*b]);
        let by_revenue = b.revenue.total_cmp(&a.revenue);
        by_revenue.then_with(|| a.creator_id.cmp(&b.creator_id))
    });
    for (_, credits) in &mut attribution {
        *credits = order.iter().map(|n| credits[*n]).collect();
    }
    let mut sorted = Vec::with_capacity(outcomes.len());
    for n in order {
        sorted.push(std::mem::take(&mut outcomes[n]));
    }
    Ok(CampaignReport {
        currency: rates.own().map(str::to_owned),
        creators: sorted,
        unattributed,
        total,
        attributed,
        attribution,
        channels: log.channels(),
        notes: notes(order_notes, claim_notes, &log),
    })
}

/// What each creator was paid, in the campaign's currency.
fn costs(ids: &[CreatorId], spend: &[Spend], rates: &ExchangeRates) -> Result<Vec<f64>> {
    let number: HashMap<&CreatorId, usize> =
        ids.iter().enumerate().map(|(n, id)| (id, n)).collect();
    let mut costs = vec![0.0; ids.len()];
    for row in spend {
        costs[number[&row.creator_id]] += row.amount * rates.rate_of(row.currency.as_deref())?;
    }
    Ok(costs)
}

impl CreatorOutcome {
    fn take(&mut self, sale: &Sale, by: Option<ClaimedBy>) {
        self.orders_placed += 1;
        self.orders += u64::from(sale.stands());
        self.gross_revenue += sale.gross;
        self.refunds += sale.refund;
        self.revenue += sale.net();
        match by {
            Some(ClaimedBy::Code) => self.by_code += 1,
            Some(ClaimedBy::Click) => self.by_click += 1,
            Some(ClaimedBy::CodeAndClick) => self.by_code_and_click += 1,
            None => {}
        }
    }

    fn add(&mut self, other: &Self) {
        self.spend += other.spend;
        self.visits += other.visits;
        self.orders += other.orders;
        self.orders_placed += other.orders_placed;
        self.by_code += other.by_code;
        self.by_click += other.by_click;
        self.by_code_and_click += other.by_code_and_click;
        self.gross_revenue += other.gross_revenue;
        self.refunds += other.refunds;
        self.revenue += other.revenue;
        self.media.posts += other.media.posts;
        for (own, more) in [
            (&mut self.media.impressions, other.media.impressions),
            (&mut self.media.engagements, other.media.engagements),
        ] {
            if let Some(more) = more {
                *own.get_or_insert(0) += more;
            }
        }
        self.media.spend_with_impressions += other.media.spend_with_impressions;
        self.media.spend_with_engagements += other.media.spend_with_engagements;
        if let Some(more) = other.media.emv {
            *self.media.emv.get_or_insert(0.0) += more;
        }
    }
}

/// Engagements by impressions of all creators whose rates have that basis; else nothing, since rates of followers do
/// not add up.
fn mean_rate(outcomes: &[CreatorOutcome]) -> Option<f64> {
    let (mut above, mut below) = (0.0, 0.0);
    for media in outcomes.iter().map(|o| &o.media) {
        if let (Some(rate), Some(super::MediaBasis::Impressions), Some(seen)) =
            (media.engagement_rate, media.basis, media.impressions)
        {
            above += rate * seen as f64;
            below += seen as f64;
        }
    }
    (below > 0.0).then(|| above / below)
}

/// What every visitor adds to every creator, by creator and visitor.
fn parts(log: &VisitLog, claims: &[Claim], sales: &[Sale]) -> Vec<(u32, Part)> {
    let touches = log
        .touches
        .iter()
        .map(|t| (t.creator, part(t.visitor, 1.0, 0.0, 0.0)));
    let orders = claims.iter().map(|claim| {
        let sale = &sales[claim.sale];
        let order = f64::from(u8::from(sale.stands()));
        (claim.creator, part(sale.visitor, 0.0, order, sale.net()))
    });
    let mut all: Vec<(u32, Part)> = touches.chain(orders).collect();
    // Stable, so that the orders of a visitor are added up in the table's order.
    all.sort_by_key(|(creator, part)| (*creator, part.visitor));
    all.dedup_by(|next, kept| {
        let same = next.0 == kept.0 && next.1.visitor == kept.1.visitor;
        if same {
            kept.1.visits += next.1.visits;
            kept.1.orders += next.1.orders;
            kept.1.revenue += next.1.revenue;
        }
        same
    });
    all
}

fn part(visitor: u64, visits: f64, orders: f64, revenue: f64) -> Part {
    Part {
        visitor,
        visits,
        orders,
        revenue,
    }
}

/// The same for all creators together.
fn merged(parts: &[(u32, Part)]) -> Vec<Part> {
    let mut all: Vec<Part> = parts.iter().map(|p| p.1).collect();
    all.sort_by_key(|p| p.visitor);
    all.dedup_by(|next, kept| {
        let same = next.visitor == kept.visitor;
        if same {
            kept.visits += next.visits;
            kept.orders += next.orders;
            kept.revenue += next.revenue;
        }
        same
    });
    all
}

fn ratios(outcome: &CreatorOutcome, draws: &Draws, margin: f64) -> Vec<Ratio> {
    let over = |above: f64, below: f64| (below > 0.0).then(|| above / below);
    let spend = outcome.spend;
    let (visits, orders) = (outcome.visits as f64, outcome.orders as f64);
    let seen = |n: Option<u64>| n.unwrap_or_default() as f64;
    let none = Bounds::default();
    // Without spend there is no cost and no return on it to speak of.
    let paid = |bounds: Bounds| if spend > 0.0 { bounds } else { none };
    let cost = |above: f64, below: f64| {
        if spend > 0.0 {
            over(above, below)
        } else {
            None
        }
    };
    let entry = |name, value: Option<f64>, bounds: Bounds| Ratio {
        name,
        value,
        bounds: if value.is_some() { bounds } else { none },
    };
    vec![
        entry(
            "cpm",
            cost(
                1000.0 * outcome.media.spend_with_impressions,
                seen(outcome.media.impressions),
            ),
            none,
        ),
        entry(
            "cpe",
            cost(
                outcome.media.spend_with_engagements,
                seen(outcome.media.engagements),
            ),
            none,
        ),
        entry(
            "cpc",
            cost(spend, visits),
            paid(draws.count(Sum::Visits).map(|v| spend / v)),
        ),
        entry(
            "cpa",
            cost(spend, orders),
            paid(draws.count(Sum::Orders).map(|o| spend / o)),
        ),
        entry(
            "conversion_rate",
            over(orders, visits),
            draws.conversion_rate(),
        ),
        entry(
            "aov",
            over(outcome.revenue, orders),
            draws.amount(Some(Sum::Orders)),
        ),
        entry(
            "roas",
            over(outcome.revenue, spend),
            paid(draws.amount(None).map(|r| r / spend)),
        ),
        entry(
            "roi",
            over(margin * outcome.revenue - spend, spend),
            paid(draws.amount(None).map(|r| (margin * r - spend) / spend)),
        ),
    ]
}

/// What was clicked through without an order: all of a visitor's clicks after the last order that was claimed.
fn lost_journeys(log: &VisitLog, claims: &[Claim], sales: &[Sale]) -> Vec<Vec<u32>> {
    let mut bought: HashMap<u64, i64> = HashMap::new();
    for claim in claims {
        let sale = &sales[claim.sale];
        let last = bought.entry(sale.visitor).or_insert(sale.latest);
        *last = (*last).max(sale.latest);
    }
    log.touches
        .chunk_by(|a, b| a.visitor == b.visitor)
        .filter_map(|touches| {
            let bought = bought.get(&touches[0].visitor).copied();
            let lost: Vec<u32> = touches
                .iter()
                .filter(|t| bought.is_none_or(|at| t.at > at))
                .map(|t| t.creator)
                .collect();
            (!lost.is_empty()).then_some(lost)
        })
        .collect()
}

fn notes(orders: OrderNotes, claims: ClaimNotes, log: &VisitLog) -> Notes {
    Notes {
        orders,
        unknown_codes: claims.unknown_codes,
        shared_codes: claims.shared_codes,
        code_against_click: claims.code_against_click,
        orders_before_their_visit: claims.before_their_visit,
        orders_without_visitor: claims.without_visitor,
        repeat_orders: claims.repeat_orders,
        visits_without_visitor: log.anonymous,
        visits_outside_period: log.outside,
    }
}

impl CampaignReport {
    /// Holds what `rank` had predicted beside what came.
    #[must_use]
    pub fn against(&self, predicted: &[PredictedCreator]) -> AgainstRanking {
        let by_id: HashMap<&CreatorId, &PredictedCreator> =
            predicted.iter().map(|p| (&p.creator_id, p)).collect();
        let pairs: Vec<(&PredictedCreator, &CreatorOutcome)> = self
            .creators
            .iter()
            .filter_map(|o| Some((*by_id.get(o.creator_id.as_ref()?)?, o)))
            .collect();
        let with = |outcome: &dyn Fn(&CreatorOutcome) -> Option<f64>| {
            let (scores, outcomes): (Vec<f64>, Vec<f64>) = pairs
                .iter()
                .filter_map(|(p, o)| Some((p.score?, outcome(o)?)))
                .unzip();
            spearman(&scores, &outcomes)
        };
        let held: Vec<bool> = pairs
            .iter()
            .filter_map(|(p, o)| {
                let rate = o.media.engagement_rate?;
                Some((p.lower_90?..=p.upper_90?).contains(&rate))
            })
            .collect();
        let within = held.iter().filter(|h| **h).count() as f64 / held.len() as f64;
        AgainstRanking {
            creators: pairs.len(),
            score_with_engagement_rate: with(&|o| o.media.engagement_rate),
            score_with_visits: with(&|o| Some(o.visits as f64)),
            score_with_revenue: with(&|o| Some(o.revenue)),
            intervals: held.len(),
            within_interval: (!held.is_empty()).then_some(within),
        }
    }

    /// First and last moment of what the tables tell of the campaign, where the user names none: from the first post
    /// that was paid for or the first visit by a creator's link, whichever is earlier, to the last such visit.
    #[must_use]
    pub fn period_of(
        log: &VisitLog,
        spend: &[Spend],
        posts: &[crate::schema::Post],
    ) -> Option<(Timestamp, Timestamp)> {
        let paid: std::collections::BTreeSet<_> =
            spend.iter().filter_map(|s| s.post_id.as_ref()).collect();
        let posted = posts
            .iter()
            .filter(|post| paid.contains(&post.post_id))
            .map(|post| post.published_at.as_millisecond());
        let visited = log.touches.iter().map(|t| t.at);
        let all: Vec<i64> = posted.chain(visited).collect();
        let time = |ms: Option<&i64>| Timestamp::from_millisecond(*ms?).ok();
        Some((time(all.iter().min())?, time(all.iter().max())?))
    }
}
