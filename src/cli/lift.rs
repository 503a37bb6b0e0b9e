//! `microfluence lift`: what a campaign caused.

use super::args::Common;
use super::layout::table_leaving;
use super::session::Session;
use super::term::printable;
use crate::dataset::parse_time;
use crate::lift::{LiftMethod, LiftOptions, LiftReport, Panel, estimate_lift};
use crate::report::{Sheet, lift_days_sheet, lift_sheet, lift_summary};
use crate::schema::Observation;
use crate::{Error, Result};
use clap::Args;
use jiff::civil::Date;
use serde_json::json;
use std::path::PathBuf;

#[derive(Debug, Args, serde::Serialize)]
pub(crate) struct LiftArgs {
    /// What was counted (orders, revenue, sign-ups) in every place on every day: files or globs.
    #[arg(long, value_name = "FILE", num_args = 1.., required = true, help_heading = "Tables")]
    panel: Vec<String>,
    /// The places that the campaign ran in, separated by commas; may be repeated.
    #[arg(long, value_name = "NAMES", value_delimiter = ',', required = true)]
    treated: Vec<String>,
    /// Places to leave out: they saw some of it, or are no comparison.
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    exclude: Vec<String>,
    /// First day of the campaign.
    #[arg(long, value_name = "DATE")]
    start: String,
    /// Last day of it.
    #[arg(long, value_name = "DATE")]
    end: String,
    /// How the counterfactual is made; the others stand beside it.
    #[arg(long, default_value = "synthetic-control", value_parser = ["synthetic-control", "augmented", "did"])]
    method: String,
    /// Write observed and counterfactual day by day.
    #[arg(long, value_name = "PATH")]
    #[serde(skip)]
    daily: Option<PathBuf>,
}

pub(crate) fn run(args: &LiftArgs, common: &Common) -> Result<()> {
    let mut session = Session::new("lift", common)?;
    if let Some(path) = &args.daily {
        Sheet::check_ending(path)?;
    }
    let options = LiftOptions {
        treated: args.treated.clone(),
        excluded: args.exclude.clone(),
        start: day("--start", &args.start)?,
        end: day("--end", &args.end)?,
        method: match args.method.as_str() {
            "augmented" => LiftMethod::AugmentedSyntheticControl,
            "did" => LiftMethod::DifferenceInDifferences,
            _ => LiftMethod::SyntheticControl,
        },
    };
    let rows = session.rows::<Observation>(&args.panel)?;
    let report = estimate_lift(&Panel::new(&rows)?, &options)?;
    if let Some(path) = &args.daily {
        session.write(path, &lift_days_sheet(&report))?;
    }
    let manifest = session
        .manifest(json!({ "start": options.start, "end": options.end, "method": options.method }));
    session.finish(
        &lift_sheet(&report),
        &lift_summary(&manifest, &report),
        &lift_text(args, &report),
    )
}

fn day(flag: &str, text: &str) -> Result<Date> {
    parse_time(text)
        .map(|time| time.to_zoned(jiff::tz::TimeZone::UTC).date())
        .map_err(|reason| Error::usage(format!("{flag} {reason}")))
}

fn percent(value: Option<f64>) -> String {
    value.map_or_else(|| "no lift in percent".to_owned(), |v| format!("{v:+.1} %"))
}

fn interval(lower: Option<f64>, upper: Option<f64>) -> String {
    match (lower, upper) {
        (Some(lower), Some(upper)) => format!("{lower:+.1} to {upper:+.1} %"),
        (Some(lower), None) => format!("{lower:+.1} % to no upper end"),
        _ => "no interval".to_owned(),
    }
}

/// Weights shown.
const SHOWN: usize = 8;

fn lift_text(args: &LiftArgs, report: &LiftReport) -> String {
    let lift = &report.answer;
    let mut text = String::new();
    let rows = report.methods.iter().map(|m| {
        vec![
            m.method.name().to_owned(),
            percent(m.lift_percent),
            interval(m.lower, m.upper),
            format!("{:.3}", m.p_value),
            format!("{:.3}", m.p_conformal),
            format!("{:.3}", m.p_placebo),
            m.detectable_percent
                .map_or_else(|| "none".to_owned(), |d| format!("{d:.1} %")),
            format!("{:.1} %", 100.0 * m.pre_period.mape),
        ]
    });
    text += &table_leaving(
        &[
            "method",
            "lift",
            "95 %",
            "p",
            "p, conformal",
            "p, placebo",
            "lift that would show",
            "misses before the start by",
        ],
        &[4, 5, 7],
        rows.collect(),
    );
    let weights: Vec<String> = report
        .weights
        .iter()
        .take(SHOWN)
        .map(|w| format!("{} {:.2}", printable(&w.location), w.weight))
        .collect();
    text += &format!(
        "\nThe placebo p of {} places cannot be below {:.3}.",
        report.controls, lift.p_placebo_smallest
    );
    text += &format!("\nThe counterfactual: {}", weights.join(", "));
    if report.weights.len() > SHOWN {
        text += &format!(", and {} more", report.weights.len() - SHOWN);
    }
    for warning in &report.warnings {
        text += &format!("\nwarning: {warning}");
    }
    text += &format!(
        "\n\n{} from {} to {}: {} ({}), p = {:.3}\n{:.0} more than the {} other places make expect ({:.0} to {:.0}), {:.1} a place and day",
        printable(&args.treated.join(", ")),
        args.start,
        args.end,
        percent(lift.lift_percent),
        interval(lift.lower, lift.upper),
        lift.p_value,
        lift.incremental,
        report.controls,
        lift.incremental_lower,
        lift.incremental_upper,
        lift.att,
    );
    text
}
