//! `microfluence campaign`: what a campaign did.

use crate::args::Common;
use crate::sentiment::{BrandArgs, target};
use crate::session::Session;
use crate::term::{count, percent, printable, table};
use clap::Args;
use microfluence::campaign::{
    AttributionModel, CampaignOptions, CampaignReport, CreatorNames, CreatorOutcome,
    EngagementValues, ExposureTally, Ledger, Phase, Rates, Rules, SentimentShift, VisitLog,
    campaign_media, conclude,
};
use microfluence::dataset::parse_time;
use microfluence::report::{CampaignExtras, campaign_sheet, campaign_summary};
use microfluence::schema::{Creator, Order, Post, PredictedCreator, Spend, Visit};
use microfluence::{Error, Place, Result};
use serde_json::json;
use std::collections::BTreeSet;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  microfluence campaign --visits datasets/sample/visits.csv --orders datasets/sample/orders.csv --spend datasets/sample/spend.csv"
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
    #[arg(long, value_name = "CODE=WORTH")]
    rate: Vec<String>,
    /// What is left of a unit of revenue after the cost of goods, 0..1; ROI counts only that.
    #[arg(long, value_name = "SHARE", default_value_t = 1.0)]
    margin: f64,
    /// Earned media value by your own rates: likes=0.1,comments=0.5,shares=1,saves=1,views=0.01. Never part of ROI.
    #[arg(long, value_name = "RATES")]
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
    let rules = match &args.rules {
        None => Rules::default(),
        Some(path) => {
            let text = std::fs::read_to_string(path)
                .map_err(|e| Error::input(Place::file(path), format!("cannot be read: {e}")))?;
            Rules::parse(path, &text)?
        }
    };
    let brands = args.brands.read()?;
    let mut rates = Rates::new(args.currency.as_deref(), &exchange_rates(&args.rate)?)?;

    let spend = spend(&mut session, args)?;
    let creators = session.read::<Creator>(&args.creators)?.rows;
    let posts = session.read::<Post>(&args.posts)?.rows;
    let predicted = session.read::<PredictedCreator>(&args.ranking)?.rows;
    let names = CreatorNames::new(&spend, &creators, &posts);
    let mut log = VisitLog::new(names, rules, args.campaign.as_deref(), period);
    session.read_each::<Visit>(&args.visits, &mut |visit| {
        log.push(&visit);
        Ok(())
    })?;
    // All orders, because the commonest currency is known only after the last.
    let orders = session.read::<Order>(&args.orders)?.rows;
    rates.settle(
        orders
            .iter()
            .map(|o| o.currency.as_deref())
            .chain(spend.iter().map(|s| s.currency.as_deref())),
    );
    let mut ledger = Ledger::new(period);
    for order in &orders {
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
            campaign_media(&spend, &posts, &creators, whole, emv.as_ref());
    }
    let report = conclude(log, ledger, &spend, &media, &rates, &options)?;
    if !extras.predicted.is_empty() {
        extras.against = Some(report.against(&extras.predicted));
    }
    if let (false, Some(whole)) = (args.comments.is_empty(), whole) {
        let mut tally = ExposureTally::new(
            spend.iter().map(|s| s.creator_id.clone()).collect(),
            spend.iter().filter_map(|s| s.post_id.clone()).collect(),
            whole,
            common.seed,
        );
        let encoder = session.sentiment_model()?;
        session.judge(
            &args.comments,
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

/// The rows of spend that belong to the campaign.
fn spend(session: &mut Session<'_>, args: &CampaignArgs) -> Result<Vec<Spend>> {
    let mut spend = session.read::<Spend>(&args.spend)?.rows;
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

/// `CODE=WORTH`, each.
fn exchange_rates(given: &[String]) -> Result<Vec<(String, f64)>> {
    given
        .iter()
        .map(|text| {
            let parts = text.split_once('=');
            parts
                .and_then(|(code, worth)| Some((code.to_owned(), worth.trim().parse().ok()?)))
                .ok_or_else(|| {
                    Error::usage(format!("--rate {text:?}: expected CODE=WORTH"))
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
        "time_zone": args.time_zone, "currency": report.currency, "rate": args.rate,
        "emv": args.emv, "map": common.map,
    })
}

/// Creators shown; the table has all.
const SHOWN: usize = 20;

fn campaign_text(report: &CampaignReport, extras: &CampaignExtras) -> String {
    let currency = printable(report.currency.as_deref().unwrap_or("(no currency)"));
    let cell = |outcome: &CreatorOutcome, name: &str, show: &dyn Fn(f64) -> String| {
        let Some(ratio) = outcome.ratios.iter().find(|r| r.name == name) else {
            return String::new();
        };
        let Some(value) = ratio.value else {
            return String::new();
        };
        match (ratio.bounds.lower, ratio.bounds.upper) {
            (None, None) => show(value),
            (lower, upper) => format!(
                "{} ({} to {})",
                show(value),
                lower.map_or_else(|| "?".to_owned(), show),
                upper.map_or_else(|| "?".to_owned(), show)
            ),
        }
    };
    let money = |x: f64| format!("{x:.2}");
    let row = |name: String, o: &CreatorOutcome| {
        vec![
            name,
            money(o.spend),
            o.media.impressions.map(count).unwrap_or_default(),
            o.media.engagement_rate.map(percent).unwrap_or_default(),
            count(o.visits),
            count(o.orders),
            money(o.revenue),
            cell(o, "conversion_rate", &percent),
            cell(o, "cpa", &money),
            cell(o, "roas", &money),
            cell(o, "roi", &|x| format!("{:+.0} %", 100.0 * x)),
        ]
    };
    let mut rows: Vec<Vec<String>> = report
        .creators
        .iter()
        .take(SHOWN)
        .map(|o| {
            row(
                printable(o.creator_id.as_ref().map_or("", |id| id.as_str())),
                o,
            )
        })
        .collect();
    rows.push(row("(nobody)".to_owned(), &report.unattributed));
    rows.push(row("total".to_owned(), &report.total));
    let mut text = table(
        &[
            "creator",
            "spend",
            "impressions",
            "engagement",
            "visits",
            "orders",
            "revenue",
            "orders per visit (95 %)",
            "cost per order (95 %)",
            "ROAS (95 %)",
            "ROI (95 %)",
        ],
        rows,
    );
    text += &format!(
        "\nAmounts in {currency}, revenue after refunds. An order is the creator's whose code was typed in, else whose link was clicked last within the look-back; (nobody): neither. The total's ratios are of the {} orders and {:.2} that creators can claim.",
        count(report.attributed.orders as u64),
        report.attributed.revenue,
    );
    if report.creators.len() > SHOWN {
        text += &format!(
            " {} more creators are in --output.",
            report.creators.len() - SHOWN
        );
    }
    text += "\n\nRevenue by attribution model\n";
    text += &attribution_text(report);
    for line in notes_text(report, extras) {
        text += &format!("\n{line}");
    }
    if let Some(shift) = &extras.sentiment {
        text += &sentiment_text(shift);
    }
    if let Some(against) = &extras.against {
        let rho = |r: Option<f64>| r.map_or_else(|| "?".to_owned(), |r| format!("{r:.2}"));
        text += &format!(
            "\n\nAgainst the ranking: {} of these creators are in it. Its score and their engagement rate: Spearman {}; visits: {}; revenue: {}.",
            against.creators,
            rho(against.score_with_engagement_rate),
            rho(against.score_with_visits),
            rho(against.score_with_revenue),
        );
        if let Some(share) = against.within_interval {
            text += &format!(
                " {} of {} engagement rates lie in the interval of 90 % that was predicted for one post.",
                percent(share),
                against.intervals
            );
        }
    }
    text
}

fn attribution_text(report: &CampaignReport) -> String {
    let mut columns = vec!["creator"];
    columns.extend(report.attribution.iter().map(|(model, _)| model.name()));
    let mut rows: Vec<Vec<String>> = Vec::new();
    for (i, outcome) in report.creators.iter().enumerate().take(SHOWN) {
        let mut row = vec![printable(
            outcome.creator_id.as_ref().map_or("", |id| id.as_str()),
        )];
        let shares = report
            .attribution
            .iter()
            .map(|(_, credits)| credits[i].revenue);
        row.extend(shares.map(|r| format!("{r:.2}")));
        rows.push(row);
    }
    let mut sum = vec!["all creators".to_owned()];
    for (_, credits) in &report.attribution {
        sum.push(format!(
            "{:.2}",
            credits.iter().map(|c| c.revenue).sum::<f64>()
        ));
    }
    rows.push(sum);
    let mut text = table(&columns, rows);
    if report.attribution.len() < AttributionModel::ALL.len() {
        text += "\nThe Markov model takes at most 1,000 creators, and was left out.";
    }
    text
}

/// What was odd, one line each; nothing where nothing was.
fn notes_text(report: &CampaignReport, extras: &CampaignExtras) -> Vec<String> {
    let n = &report.notes;
    let o = &n.orders;
    let mut lines: Vec<String> = [
        (o.repeated, "rows repeat an order that was there and were counted once"),
        (o.conflicting, "of these print another value; the first was kept"),
        (o.voided, "orders were voided and are in no sum"),
        (o.refunded_in_full, "orders were paid back in full: no order, no revenue"),
        (o.refunded_in_part, "orders were paid back in part"),
        (o.refunded_beyond_value, "orders were paid back beyond their value; no more than that is counted"),
        (o.refunds_without_order, "refunds are of orders that are not in the table, and in no sum"),
        (o.outside_period, "orders are outside the period"),
        (n.visits_outside_period, "visits are outside the period"),
        (n.visits_without_visitor, "visits have no visitor_id: they count, but lead to no order"),
        (n.orders_without_visitor, "orders have neither a visitor nor a code"),
        (n.unknown_codes, "orders carry a code that nobody in the spend table has"),
        (n.shared_codes, "orders carry a code that several creators have, so it tells nothing"),
        (n.code_against_click, "orders carry one creator's code and followed another's link; the code decides"),
        (n.orders_before_their_visit, "orders come minutes before their visitor's only visits: clocks that disagree? (--clock-tolerance)"),
        (extras.missing_posts.len() as u64, "paid posts are not in the table of posts"),
    ]
    .into_iter()
    .filter(|(times, _)| *times > 0)
    .map(|(times, what)| format!("{} {what}", count(times)))
    .collect();
    if !report.channels.is_empty() {
        let named: Vec<String> = report
            .channels
            .iter()
            .take(5)
            .map(|c| format!("{} {}", printable(&c.channel), count(c.visits)))
            .collect();
        lines.push(format!("visits of nobody came by: {}", named.join(", ")));
    }
    lines
}

fn sentiment_text(shift: &SentimentShift) -> String {
    let phase = |p: Phase| match p {
        Phase::Before => "before",
        Phase::During => "during",
        Phase::After => "after",
    };
    let range = |middle: Option<f64>, lower: Option<f64>, upper: Option<f64>| match (
        middle, lower, upper,
    ) {
        (Some(m), Some(l), Some(u)) => format!("{m:+.1} ({l:+.1} to {u:+.1})"),
        (Some(m), _, _) => format!("{m:+.1}"),
        _ => String::new(),
    };
    let rows = shift.cells.iter().map(|cell| {
        let group = if cell.exposed {
            "under the campaign's creators"
        } else {
            "elsewhere"
        };
        vec![
            group.to_owned(),
            phase(cell.phase).to_owned(),
            count(cell.n),
            range(cell.net_sentiment, cell.lower, cell.upper),
        ]
    });
    let brand = shift.brand.as_deref().unwrap_or("the comments' own brands");
    let mut text = format!(
        "\n\nNet sentiment towards {}, uncorrected\n",
        printable(brand)
    );
    text += &table(&["comments", "when", "n", "points (95 %)"], rows.collect());
    for shift in &shift.shifts {
        let gap = shift.difference;
        if gap.difference.is_some() {
            text += &format!(
                "\nFrom before to {}: {} there, {} elsewhere; difference in differences {}.",
                phase(shift.to),
                range(
                    shift.exposed.difference,
                    shift.exposed.lower,
                    shift.exposed.upper
                ),
                range(
                    shift.not_exposed.difference,
                    shift.not_exposed.lower,
                    shift.not_exposed.upper
                ),
                range(gap.difference, gap.lower, gap.upper),
            );
        }
    }
    text
}
