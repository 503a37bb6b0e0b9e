//! What `microfluence campaign` says to people.

use super::layout::table_leaving;
use super::term::{count, percent, printable, table};
use crate::campaign::{
    AgainstRanking, AttributionModel, CampaignReport, CreatorOutcome, Phase, SentimentShift,
};
use crate::report::CampaignExtras;

/// Creators shown; the table has all.
const SHOWN: usize = 20;

pub(crate) fn campaign_text(report: &CampaignReport, extras: &CampaignExtras) -> String {
    let currency = printable(report.currency.as_deref().unwrap_or("(no currency)"));
    let mut text = "Revenue by attribution model\n".to_owned();
    text += &attribution_text(report);
    for line in notes_text(report, extras) {
        text += &format!("\n{line}");
    }
    if let Some(shift) = &extras.sentiment {
        text += &sentiment_text(shift);
    }
    if let Some(against) = &extras.against {
        text += "\n\n";
        text += &against_text(against);
    }
    text += &format!("\n\nWhat came of it, in {currency}, revenue after refunds\n");
    text += &outcome_table(report);
    text += &format!(
        "\nAn order is the creator's whose code was typed in, else whose link was clicked last within the look-back; (nobody): neither. The total's ratios are of the {} orders and {:.2} that creators can claim.",
        count(report.attributed.orders as u64),
        report.attributed.revenue,
    );
    if report.creators.len() > SHOWN {
        text += &format!(
            " {} more creators are in --output.",
            report.creators.len() - SHOWN
        );
    }
    text
}

/// What had been predicted of the campaign's creators, beside what came of them.
fn against_text(against: &AgainstRanking) -> String {
    let rho = |r: Option<f64>| r.map_or_else(|| "?".to_owned(), |r| format!("{r:.2}"));
    let mut text = format!(
        "Against the ranking: {} of these creators are in it. Its score and their engagement rate: Spearman {}; visits: {}; revenue: {}.",
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
    text
}

/// Creators, the rest and the total.
fn outcome_table(report: &CampaignReport) -> String {
    let value = |outcome: &CreatorOutcome, name: &str| {
        let ratio = outcome.ratios.iter().find(|r| r.name == name);
        ratio.and_then(|r| r.value)
    };
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
            value(o, "roi").map_or_else(String::new, |x| format!("{:+.0} %", 100.0 * x)),
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
    table_leaving(
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
            "ROI",
        ],
        &[2, 3, 7, 4, 8],
        rows,
    )
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
        (o.refunds_told_twice, "orders tell what was paid back in their own row and in a row of negative value; the larger is counted, once"),
        (o.without_time, "orders have a date and no time: every click of that day counts as before them"),
        (n.repeat_orders, "orders are of visitors who had ordered before: clicks before the earlier order are on their path, too"),
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
    let total = &report.total;
    for (name, known, figure) in [
        (
            "cost per mille",
            total.media.spend_with_impressions,
            total.media.impressions,
        ),
        (
            "cost per engagement",
            total.media.spend_with_engagements,
            total.media.engagements,
        ),
    ] {
        let rest = total.spend - known;
        if figure.is_some() && rest > 0.005 {
            lines.push(format!(
                "the {name} is over {known:.2}, what was paid for posts whose figures are known; {rest:.2} was paid for others"
            ));
        }
    }
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
        "\n\nNet sentiment towards {}, uncorrected: ranges hold the chance of who commented, not the model's error\n",
        printable(brand)
    );
    text += &table(
        &[
            "comments",
            "when",
            "n",
            "points, uncorrected (sampling range)",
        ],
        rows.collect(),
    );
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
