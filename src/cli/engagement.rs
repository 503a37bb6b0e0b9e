//! `microfluence engagement`: rates, and the expected engagement rate of the next post.

use super::args::{Common, CreatorTables};
use super::session::Session;
use super::term::{count, table};
use crate::dataset::parse_time;
use crate::engagement::{BacktestRow, EngagementOptions, EngagementReport, backtest};
use crate::report::{backtest_sheet, backtest_summary, engagement_sheet, engagement_summary};
use crate::schema::Creator;
use crate::{Error, Result};
use clap::Args;
use serde_json::json;

#[derive(Debug, Args, serde::Serialize)]
#[command(
    after_help = "Examples:\n  microfluence engagement --creators datasets/sample/creators.csv --posts datasets/sample/posts.csv\n  microfluence engagement --creators datasets/sample/creators.csv \\\n    --posts datasets/sample/posts.csv --backtest"
)]
pub(crate) struct EngagementArgs {
    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) tables: CreatorTables,
    /// Leave out every post after this time.
    #[arg(long, value_name = "TIME")]
    pub(crate) as_of: Option<String>,
    /// Hold out every creator's three newest posts, and show how well they are predicted from those before.
    #[arg(long)]
    pub(crate) backtest: bool,
}

pub(crate) fn run(args: &EngagementArgs, common: &Common) -> Result<()> {
    let mut session = Session::new("engagement", common)?;
    let options = EngagementOptions {
        as_of: as_of(args.as_of.as_deref())?,
        ..EngagementOptions::default()
    };
    let tables = session.market(&args.tables)?;
    if tables.posts.is_empty() {
        session
            .voice
            .say("no posts given: nothing is known of anybody's engagement");
    }
    if args.backtest {
        let rows = backtest(&tables.creators, &tables.posts, &options);
        let manifest = session.manifest(json!({
            "half_life_posts": options.half_life_posts, "half_life_days": options.half_life_days,
        }));
        return session.finish(
            &backtest_sheet(&rows),
            &backtest_summary(&manifest, &rows),
            &backtest_text(&rows),
        );
    }
    let report = tables.forecast(&options);
    let manifest = session.manifest(json!({
        "half_life_posts": options.half_life_posts, "half_life_days": options.half_life_days,
    }));
    session.finish(
        &engagement_sheet(&report),
        &engagement_summary(&manifest, &report),
        &engagement_text(&tables.creators, &report),
    )
}

pub(crate) fn as_of(text: Option<&str>) -> Result<Option<jiff::Timestamp>> {
    text.map(|text| parse_time(text).map_err(|reason| Error::usage(format!("--as-of {reason}"))))
        .transpose()
}

pub(crate) fn engagement_text(creators: &[Creator], report: &EngagementReport) -> String {
    let rows = report
        .groups
        .iter()
        .map(|g| {
            let slope = g.size_slope_se.map_or_else(
                || "not estimated".to_owned(),
                |se| {
                    format!(
                        "x {:.2} ({:.2} to {:.2})",
                        g.size_slope.exp(),
                        (g.size_slope - 1.96 * se).exp(),
                        (g.size_slope + 1.96 * se).exp()
                    )
                },
            );
            vec![
                g.platform.clone().unwrap_or_else(|| "(none)".to_owned()),
                g.basis.name().to_owned(),
                count(g.creators as u64),
                count(g.posts as u64),
                slope,
                format!("x {:.2}", g.within_sd.exp()),
                format!("x {:.2}", g.between_sd.exp()),
            ]
        })
        .collect();
    let mut text = table(
        &[
            "platform",
            "rate per",
            "creators",
            "posts",
            "rate at 10x followers (95 %)",
            "a creator's posts vary by (sd)",
            "creators vary by (sd)",
        ],
        rows,
    );
    let known = report
        .predictions
        .iter()
        .filter(|p| p.posts_used > 0)
        .count();
    text += &format!(
        "\n{} of {} creators have posts to go by; the others take what goes with their size and profile, with a wide interval. \
         --output writes the predictions.",
        count(known as u64),
        count(creators.len() as u64)
    );
    for group in &report.groups {
        let telling: Vec<String> = group
            .effects
            .iter()
            .filter(|e| e.name == "sponsored" || e.name.starts_with("media:"))
            .map(|e| format!("{} x {:.2}", e.name, e.factor))
            .collect();
        if !telling.is_empty() {
            let platform = group.platform.as_deref().unwrap_or("(none)");
            text += &format!(
                "\nPosts of one creator on {platform} that differ in this alone: {}.",
                telling.join(", ")
            );
        }
    }
    text
}

/// All tiers together; the table has each.
fn backtest_text(rows: &[BacktestRow]) -> String {
    if rows.is_empty() {
        return "No creators have enough posts: three are held out of each, and five creators make a row."
            .to_owned();
    }
    let number = |x: Option<f64>| x.map_or_else(String::new, |x| format!("{x:.3}"));
    let shown = rows.iter().filter(|r| r.tier == "all").map(|r| {
        vec![
            r.platform.clone().unwrap_or_else(|| "(none)".to_owned()),
            r.posts_known.name(),
            r.model.to_owned(),
            count(r.n as u64),
            number(r.spearman),
            number(r.ndcg_50),
            format!("{:.3}", r.mae_log),
            number(r.coverage_90),
            number(r.log_width_90),
        ]
    });
    let mut text = table(
        &[
            "platform",
            "posts known",
            "model",
            "creators",
            "rank correlation",
            "NDCG@50",
            "error of the log rate",
            "90 % intervals hold",
            "their log width",
        ],
        shown.collect(),
    );
    text += "\nRates of the next three posts (their median), predicted from the posts before; --output has every tier.";
    text
}
