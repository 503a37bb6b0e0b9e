//! `microfluence campaign`: what a campaign did.

use super::args::Common;
use super::campaign_text::campaign_text;
use super::sentiment::{BrandArgs, own_accounts, target};
use super::session::Session;
use crate::campaign::{
    AttributionRules, CampaignOptions, CampaignReport, CreatorResolver, EngagementValues,
    ExchangeRates, ExposureTally, Ledger, VisitLog, campaign_media, conclude,
};
use crate::dataset::{Accounts, PostIds, Spellings, parse_time};
use crate::market::{Join, Market};
use crate::report::{CampaignExtras, campaign_sheet, campaign_summary};
use crate::schema::{Creator, CreatorId, Order, Post, PredictedCreator, Spend, Visit};
use crate::sentiment::PostContext;
use crate::{Error, Place, Result};
use clap::Args;
use serde_json::json;
use std::collections::{BTreeSet, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

#[derive(Debug, Args, serde::Serialize)]
#[command(
    after_help = "Examples:\n  microfluence campaign --visits datasets/sample/visits.csv \\\n    --orders datasets/sample/orders.csv --spend datasets/sample/spend.csv"
)]
pub(crate) struct CampaignArgs {
    /// Visits to the shop's pages: files or globs.
    #[arg(long, value_name = "FILE", num_args = 1.., required = true, help_heading = "Tables")]
    visits: Vec<String>,
    /// Orders: files or globs.
    #[arg(long, value_name = "FILE", num_args = 1.., required = true, help_heading = "Tables")]
    orders: Vec<String>,
    /// What each creator was paid, with their promo codes: files or globs.
    #[arg(long, value_name = "FILE", num_args = 1.., required = true, help_heading = "Tables")]
    spend: Vec<String>,
    /// Posts, for impressions and engagements, and for their ids in links: files or globs.
    #[arg(long, value_name = "FILE", num_args = 1.., help_heading = "Tables")]
    posts: Vec<String>,
    /// Creators, for rates by followers where posts print no views, and for handles in links.
    #[arg(long, value_name = "FILE", num_args = 1.., help_heading = "Tables")]
    creators: Vec<String>,
    /// Comments, for brand sentiment before, during and after: files or globs.
    #[arg(long, value_name = "FILE", num_args = 1.., help_heading = "Tables")]
    comments: Vec<String>,
    /// What `rank --output` had written: shown beside what came of it.
    #[arg(long, value_name = "FILE", num_args = 1.., help_heading = "Tables")]
    ranking: Vec<String>,
    #[command(flatten)]
    #[serde(flatten)]
    brands: BrandArgs,
    /// Only this campaign of the spend table; visits that name another one are nobody's.
    #[arg(long, value_name = "NAME")]
    campaign: Option<String>,
    /// Rules that read the creator out of a visit's UTM fields; by default a creator's id, handle, post or code in
    /// `utm_content`, `utm_campaign` or `utm_source`.
    #[arg(long, value_name = "FILE.toml")]
    rules: Option<PathBuf>,
    /// Days before an order within which a visit can have led to it.
    #[arg(long, value_name = "DAYS", default_value_t = 30.0)]
    lookback: f64,
    /// Minutes after an order within which a visit still counts as before it, for clocks that disagree.
    #[arg(long, value_name = "MINUTES", default_value_t = 0.0)]
    clock_tolerance: f64,
    /// Days after which a touch weighs half, in time decay.
    #[arg(long, value_name = "DAYS", default_value_t = 7.0)]
    half_life: f64,
    /// Leave out visits and orders before this time.
    #[arg(long, value_name = "TIME")]
    start: Option<String>,
    /// Leave out visits and orders after this time.
    #[arg(long, value_name = "TIME")]
    end: Option<String>,
    /// The zone of times that are printed without one, such as Europe/Berlin; a map can name one per table.
    #[arg(long, value_name = "NAME", default_value = "UTC")]
    time_zone: String,
    /// The currency of the result; by default the commonest in the tables.
    #[arg(long, value_name = "CODE")]
    currency: Option<String>,
    /// What one unit of another currency is worth in it: USD=0.92. May be repeated.
    #[arg(long, alias = "rate", value_name = "CODE=RATE")]
    exchange_rate: Vec<String>,
    /// What is left of a unit of revenue after the cost of goods, 0..1; ROI counts only that.
    #[arg(long, value_name = "SHARE", default_value_t = 1.0)]
    margin: f64,
    /// Earned media value by your own rates: likes=0.1,comments=0.5,shares=1,saves=1,views=0.01. Never part of ROI.
    #[arg(long, value_name = "NAME=RATE,...")]
    emv: Option<String>,
}

pub(crate) fn run(args: &CampaignArgs, common: &Common) -> Result<()> {
    let mut session = Session::new("campaign", common)?;
    session.time_zone(Some(&args.time_zone));
    let options = options(args, common.seed)?;
    let period = (
        time("--start", args.start.as_deref())?,
        time("--end", args.end.as_deref())?,
    );
    let emv = args.emv.as_deref().map(emv_rates).transpose()?;
    let rules = rules(args)?;
    let brands = args.brands.read()?;
    let mut rates = ExchangeRates::new(
        args.currency.as_deref(),
        &exchange_rates(&args.exchange_rate)?,
    )?;

    let mut spend = spend(&mut session, args)?;
    let mut creators = session.rows::<Creator>(&args.creators)?;
    let mut posts = session.rows::<Post>(&args.posts)?;
    let mut predicted = session.read::<PredictedCreator>(&args.ranking)?.rows;
    let accounts = adopt(
        &session,
        &mut creators,
        &mut posts,
        &mut spend,
        &mut predicted,
    );
    let names =
        CreatorResolver::new(&spend, &creators, &posts).with_pseudonyms(common.hash_ids.clone());
    session.join(Market::new(&creators, &posts).spend(&spend))?;
    let mut log = VisitLog::new(names, rules, args.campaign.as_deref(), period);
    let mut joins = CampaignJoins::new(&spend, &creators);
    session.read_each::<Visit>(&args.visits, &mut |visit| {
        let before = log.by_creators();
        log.push(visit);
        joins.visit(visit, log.by_creators() > before);
        Ok(())
    })?;
    // All orders, because the commonest currency is known only after the last.
    let orders = session.rows::<Order>(&args.orders)?;
    joins.close(&orders, &log, &mut session)?;
    rates.settle(
        orders
            .iter()
            .map(|o| o.currency.as_deref())
            .chain(spend.iter().map(|s| s.currency.as_deref())),
    );
    let mut ledger = Ledger::new(period);
    for order in orders.iter() {
        ledger.push(order, &rates)?;
    }

    let told = CampaignReport::period_of(&log, &spend, &posts);
    let whole = match (period, told) {
        ((Some(start), Some(end)), _) => Some((start, end)),
        ((start, end), Some(told)) => Some((start.unwrap_or(told.0), end.unwrap_or(told.1))),
        _ => None,
    };
    let mut extras = CampaignExtras {
        period: whole,
        predicted,
        emv: emv.is_some(),
        ..CampaignExtras::default()
    };
    let mut media = std::collections::BTreeMap::new();
    if let (false, Some(whole)) = (posts.is_empty(), whole) {
        (media, extras.missing_posts) =
            campaign_media(&spend, &posts, &creators, whole, emv.as_ref(), &rates)?;
    }
    let report = conclude(log, ledger, &spend, &media, &rates, &options)?;
    if !extras.predicted.is_empty() {
        extras.against = Some(report.against(&extras.predicted));
    }
    if let (false, Some(whole)) = (args.comments.is_empty(), whole) {
        let known = own_accounts(&brands, common);
        let mut tally = ExposureTally::new(
            spend.iter().map(|s| s.creator_id.clone()).collect(),
            spend.iter().filter_map(|s| s.post_id.clone()).collect(),
            whole,
            PostContext::new(&posts, &creators, &known, true),
            common.seed,
        );
        let encoder = session.sentiment_model()?;
        session.judge(
            &args.comments,
            &Spellings::of(&accounts, &posts),
            encoder.as_ref(),
            &target(&brands),
            |comments, rows| {
                for row in rows {
                    tally.push(&comments[row.index], row);
                }
                Ok(())
            },
        )?;
        extras.sentiment = tally.finish();
    }
    let manifest = session.manifest(config(args, common, &options, &report));
    session.finish(
        &campaign_sheet(&report, &extras),
        &campaign_summary(&manifest, &report, &extras),
        &campaign_text(&report, &extras),
    )
}

/// Whether visits and orders lead to anybody of the campaign.
struct CampaignJoins {
    known: HashSet<CreatorId>,
    visits: Join,
    orders: Join,
}

impl CampaignJoins {
    fn new(spend: &[Spend], creators: &[Creator]) -> Self {
        let paid = spend.iter().map(|s| &s.creator_id);
        let ids = || paid.clone().map(CreatorId::as_str);
        let codes = spend.iter().filter_map(|s| s.promo_code.as_deref());
        Self {
            known: paid
                .clone()
                .chain(creators.iter().map(|c| &c.creator_id))
                .cloned()
                .collect(),
            visits: Join::new("visits", "spend", "creator_id")
                .beside(ids())
                .unlimited(),
            orders: Join::new("orders", "spend", "promo_code")
                .beside(codes)
                .unlimited(),
        }
    }

    /// Counts a visit that names somebody; `claimed` where it was taken for a creator's.
    fn visit(&mut self, visit: &Visit, claimed: bool) {
        if let Some(id) = &visit.creator_id {
            self.visits.push(id.as_str(), self.known.contains(id));
            return;
        }
        let named = [&visit.utm_content, &visit.utm_campaign, &visit.utm_source];
        if let Some(text) = named.into_iter().flatten().find(|t| !t.trim().is_empty()) {
            self.visits.push(text, claimed);
        }
    }

    /// Visits and codes may each lead to nobody; where neither leads to anybody, they are of another campaign or spelt
    /// otherwise.
    fn close(mut self, orders: &[Order], log: &VisitLog, session: &mut Session<'_>) -> Result<()> {
        for code in orders.iter().filter_map(|o| o.promo_code.as_deref()) {
            self.orders.push(code, log.knows_code(code));
        }
        let joins: Vec<Join> = [self.visits, self.orders]
            .into_iter()
            .filter(|join| join.rows > 0)
            .collect();
        session.join_either(joins)
    }
}

/// The rules of `--rules`, or those that hold without.
fn rules(args: &CampaignArgs) -> Result<AttributionRules> {
    let Some(path) = &args.rules else {
        return Ok(AttributionRules::default());
    };
    let text = std::fs::read_to_string(path)
        .map_err(|e| Error::input(Place::file(path), format!("cannot be read: {e}")))?;
    AttributionRules::parse(path, &text)
}

/// Puts the ids of all tables into the spelling of the creators' own.
fn adopt(
    session: &Session<'_>,
    creators: &mut Arc<Vec<Creator>>,
    posts: &mut Arc<Vec<Post>>,
    spend: &mut [Spend],
    predicted: &mut [PredictedCreator],
) -> Accounts {
    let accounts = session.adopt(creators, posts);
    let mut paid = accounts.adopt_ids(spend.iter_mut().map(|s| &mut s.creator_id));
    let ids = PostIds::of(posts);
    for id in spend.iter_mut().filter_map(|s| s.post_id.as_mut()) {
        ids.adopt(id, &mut paid);
    }
    session.say_adopted("rows of spend", &paid);
    accounts.adopt_ids(predicted.iter_mut().map(|p| &mut p.creator_id));
    accounts
}

/// The rows of spend that belong to the campaign.
fn spend(session: &mut Session<'_>, args: &CampaignArgs) -> Result<Vec<Spend>> {
    let mut spend = Arc::unwrap_or_clone(session.rows::<Spend>(&args.spend)?);
    let Some(name) = &args.campaign else {
        return Ok(spend);
    };
    let known: BTreeSet<String> = spend.iter().filter_map(|s| s.campaign.clone()).collect();
    let wanted = name.to_lowercase();
    spend.retain(|s| {
        s.campaign
            .as_ref()
            .is_some_and(|c| c.to_lowercase() == wanted)
    });
    if spend.is_empty() {
        let known: Vec<&str> = known.iter().map(String::as_str).take(10).collect();
        return Err(Error::usage(format!(
            "--campaign {name:?}: no row of spend belongs to it"
        ))
        .with_hint(if known.is_empty() {
            "the table of spend has no column campaign".to_owned()
        } else {
            format!("the table has {}", known.join(", "))
        }));
    }
    Ok(spend)
}

fn time(flag: &str, text: Option<&str>) -> Result<Option<jiff::Timestamp>> {
    text.map(|text| parse_time(text).map_err(|reason| Error::usage(format!("{flag} {reason}"))))
        .transpose()
}

fn options(args: &CampaignArgs, seed: u64) -> Result<CampaignOptions> {
    for (flag, value, most) in [
        ("--lookback", args.lookback, 3650.0),
        ("--clock-tolerance", args.clock_tolerance, 1440.0),
        ("--half-life", args.half_life, 3650.0),
        ("--margin", args.margin, 1.0),
    ] {
        if !(0.0..=most).contains(&value) || flag == "--half-life" && value == 0.0 {
            return Err(Error::usage(format!(
                "{flag} {value}: expected a number from 0 to {most}"
            )));
        }
    }
    Ok(CampaignOptions {
        lookback_days: args.lookback,
        clock_tolerance_seconds: 60.0 * args.clock_tolerance,
        half_life_days: args.half_life,
        margin: args.margin,
        seed,
    })
}

/// `CODE=RATE`, each.
fn exchange_rates(given: &[String]) -> Result<Vec<(String, f64)>> {
    given
        .iter()
        .map(|text| {
            let parts = text.split_once('=');
            parts
                .and_then(|(code, rate)| Some((code.to_owned(), rate.trim().parse().ok()?)))
                .ok_or_else(|| {
                    Error::usage(format!("--exchange-rate {text:?}: expected CODE=RATE"))
                        .with_hint("USD=0.92 says that one US dollar is worth 0.92 of --currency")
                })
        })
        .collect()
}

/// `likes=0.1,comments=0.5`.
fn emv_rates(text: &str) -> Result<EngagementValues> {
    let mut values = EngagementValues::default();
    for part in text.split(',') {
        let wrong = || {
            Error::usage(format!("--emv {part:?}: expected KIND=AMOUNT")).with_hint(
                "the kinds are likes, comments, shares, saves and views: likes=0.1,comments=0.5",
            )
        };
        let (kind, amount) = part.split_once('=').ok_or_else(wrong)?;
        let amount: f64 = amount.trim().parse().map_err(|_| wrong())?;
        if !(amount >= 0.0 && amount.is_finite()) {
            return Err(wrong());
        }
        *match kind.trim() {
            "likes" => &mut values.likes,
            "comments" => &mut values.comments,
            "shares" => &mut values.shares,
            "saves" => &mut values.saves,
            "views" => &mut values.views,
            _ => return Err(wrong()),
        } = amount;
    }
    Ok(values)
}

fn config(
    args: &CampaignArgs,
    common: &Common,
    options: &CampaignOptions,
    report: &CampaignReport,
) -> serde_json::Value {
    json!({
        "visits": args.visits, "orders": args.orders, "spend": args.spend, "posts": args.posts,
        "creators": args.creators, "comments": args.comments, "ranking": args.ranking,
        "brand": args.brands.brand, "brands": args.brands.brands, "campaign": args.campaign,
        "rules": args.rules, "options": options, "start": args.start, "end": args.end,
        "time_zone": args.time_zone, "currency": report.currency, "exchange_rate": args.exchange_rate,
        "emv": args.emv, "map": common.map,
    })
}
