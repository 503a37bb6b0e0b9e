//! `microfluence plan`: whom to book for a budget.

use super::args::{Common, CreatorTables};
use super::candidates::{CandidateFilterArgs, Candidates};
use super::engagement::as_of;
use super::layout::table_leaving;
use super::niches::taxonomy;
use super::rank::leak_on_exit;
use super::sentiment::brands;
use super::session::Session;
use super::term::{count, printable, table};
use super::typed::Money;
use crate::engagement::EngagementOptions;
use crate::pipeline::{
    NicheSearch, PlanRequest, PlanResult, RankRequest, plan_creators, rank_creators,
};
use crate::plan::{Limits, PriceSource};
use crate::ranking::RankOptions;
use crate::report::{Sheet, excluded_sheet, plan_sheet, plan_summary};
use crate::{Error, Result};
use clap::Args;
use serde_json::json;
use std::path::PathBuf;

#[derive(Debug, Args, serde::Serialize)]
#[command(
    after_help = "Examples:\n  microfluence plan --budget 2000 --creators datasets/sample/creators.csv \\\n    --posts datasets/sample/posts.csv"
)]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    #[serde(flatten)]
    tables: CreatorTables,
    /// What all posts together may cost, one post of each creator chosen: 5000, or "5,000 USD".
    #[arg(long, value_name = "AMOUNT", allow_negative_numbers = true, value_parser = super::typed::money)]
    budget: Money,
    /// The niche; without one, creators of every niche.
    #[arg(long, value_name = "TEXT", default_value = "")]
    niche: String,
    /// The brand that comments are scored towards.
    #[arg(long, value_name = "NAME")]
    brand: Option<String>,
    #[command(flatten)]
    #[serde(flatten)]
    choice: CandidateFilterArgs,
    /// Creators less relevant than this are left out, 0..1.
    #[arg(long, default_value_t = 0.2, value_name = "SHARE")]
    min_relevance: f64,
    /// Currency of the budget; by default the one that most creators ask in. Nothing is converted.
    #[arg(long, value_name = "CODE")]
    currency: Option<String>,
    /// Pay creators without a price this much per expected engagement, in place of an estimate.
    #[arg(long, value_name = "AMOUNT", allow_negative_numbers = true, value_parser = super::typed::plain_amount)]
    cost_per_engagement: Option<f64>,
    /// Only creators whose price is known.
    #[arg(long)]
    known_prices_only: bool,
    /// Most creators.
    #[arg(long, value_name = "N")]
    max_creators: Option<usize>,
    /// Most creators of one niche.
    #[arg(long, value_name = "N")]
    max_per_niche: Option<usize>,
    /// Most creators of one platform.
    #[arg(long, value_name = "N")]
    max_per_platform: Option<usize>,
    /// Leave out every post after this time.
    #[arg(long, value_name = "TIME")]
    as_of: Option<String>,
    /// Write the creators who could not be chosen, with the reason.
    #[arg(long, value_name = "PATH")]
    #[serde(skip)]
    excluded: Option<PathBuf>,
    /// Niche descriptions to search by, in the form of datasets/niches.toml.
    #[arg(long, value_name = "FILE")]
    taxonomy: Option<PathBuf>,
}

pub(crate) fn run(args: &PlanArgs, common: &Common) -> Result<()> {
    let mut session = Session::new("plan", common)?;
    if let Some(path) = &args.excluded {
        Sheet::check_ending(path)?;
    }
    for (flag, value) in [
        ("--budget", Some(args.budget.amount)),
        ("--cost-per-engagement", args.cost_per_engagement),
    ] {
        if let Some(value) = value.filter(|v| !(*v > 0.0 && v.is_finite())) {
            return Err(Error::usage(format!(
                "{flag} {value}: expected a number above 0"
            )));
        }
    }
    let taxonomy = taxonomy(args.taxonomy.as_deref())?;
    let mut ranked = RankRequest {
        niche: args.niche.clone(),
        search: NicheSearch::default(),
        options: RankOptions {
            min_relevance: args.min_relevance,
            draws: 0,
            ..args.choice.options(common.seed)?
        },
        engagement: EngagementOptions {
            as_of: as_of(args.as_of.as_deref())?,
            ..EngagementOptions::default()
        },
        lists: args.choice.lists()?,
        competitors: brands(&args.choice.competitor, &[])?,
    };
    let request = PlanRequest {
        limits: Limits {
            budget: args.budget.amount,
            creators: args.max_creators,
            per_niche: args.max_per_niche,
            per_platform: args.max_per_platform,
        },
        currency: currency(args)?,
        cost_per_engagement: args.cost_per_engagement,
        known_prices_only: args.known_prices_only,
    };
    let Candidates {
        tables,
        encoder,
        scored,
        profiles,
        only,
    } = args.choice.candidates(
        &mut session,
        &args.tables,
        args.brand.as_deref(),
        (&taxonomy, args.taxonomy.as_deref()),
    )?;
    if session.shares() {
        return session.finish_part();
    }
    ranked.options.only = only;
    let ranking = rank_creators(
        encoder.as_ref(),
        &tables,
        profiles,
        &taxonomy,
        &scored,
        &ranked,
    )?;
    let result = plan_creators(&tables, &ranking, &request)?;
    if let Some(path) = &args.excluded {
        let mut all = ranking.ranking.excluded.clone();
        all.extend(result.left_out.clone());
        all.sort_by(|a, b| a.creator_id.cmp(&b.creator_id));
        session.write(path, &excluded_sheet(&all))?;
    }
    let manifest = session.manifest(json!({ "currency": result.currency }));
    session.finish(
        &plan_sheet(&result),
        &plan_summary(&manifest, args.budget.amount, &result),
        &plan_text(args.budget.amount, &result),
    )?;
    leak_on_exit(common, (tables, ranking, result));
    Ok(())
}

/// The currency that was typed, with the budget or by itself.
fn currency(args: &PlanArgs) -> Result<Option<String>> {
    match (&args.currency, &args.budget.currency) {
        (Some(named), Some(own)) if !named.eq_ignore_ascii_case(own) => Err(Error::usage(format!(
            "--budget is in {own}, and --currency says {named}"
        ))
        .with_hint("nothing is converted: leave one of them out")),
        (Some(currency), _) | (None, Some(currency)) => Ok(Some(currency.clone())),
        (None, None) => Ok(None),
    }
}

/// The plan as tables, with what its numbers rest on.
fn plan_text(budget: f64, result: &PlanResult) -> String {
    let whole = |x: f64| count(x.max(0.0).round() as u64);
    let currency = printable(result.currency.as_deref().unwrap_or("(no currency)"));
    let rows = result.plan.chosen.iter().enumerate().map(|(n, chosen)| {
        let offer = &result.offers[chosen.offer];
        let price = &result.prices[chosen.offer];
        vec![
            (n + 1).to_string(),
            offer.creator_id.to_string(),
            offer.platform.clone().unwrap_or_default(),
            match price.source {
                PriceSource::Table => whole(price.amount),
                PriceSource::Asked => format!("{} asked", whole(price.amount)),
                PriceSource::Estimate => format!(
                    "{} estimated ({}-{})",
                    whole(price.amount),
                    whole(price.lower_90),
                    whole(price.upper_90)
                ),
            },
            whole(chosen.marginal),
            whole(chosen.cumulative),
            whole(chosen.audience),
        ]
    });
    let mut text = "Reach against budget\n".to_owned();
    let curve = result
        .curve
        .iter()
        .map(|(budget, spent, creators, engagements)| {
            vec![
                whole(*budget),
                whole(*spent),
                creators.to_string(),
                whole(*engagements),
            ]
        });
    text += &table(
        &["budget", "spent", "creators", "engagements"],
        curve.collect(),
    );
    let a = &result.audiences;
    text += &format!(
        "\n\nNo choice within the budget can have more than {}. Overlap of audiences: {} of {} creators by their commenters, {} by their niche ({}), {} without either.",
        whole(result.plan.upper_bound),
        a.measured,
        result.offers.len(),
        a.by_niche,
        a.niche_overlap.map_or_else(
            || "10 % assumed".to_owned(),
            |o| format!("{:.0} % measured", 100.0 * o)
        ),
        a.alone
    );
    if let Some(model) = &result.price_model {
        text += &format!(
            " Unknown prices are estimated from {} known ones: followers to the power {:.2}.",
            model.n, model.slope
        );
    }
    if !result.left_out.is_empty() {
        text += &format!(
            " {} ranked creators could not be chosen (--excluded FILE says why).",
            result.left_out.len()
        );
    }
    text += &format!(
        "\n\n{} creators for {} of {} {currency}: {} expected engagements, each person's once\n",
        result.plan.chosen.len(),
        whole(result.plan.spent),
        whole(budget),
        whole(result.plan.engagements)
    );
    text += &table_leaving(
        &[
            "#",
            "creator",
            "platform",
            "price (90 %)",
            "adds engagements",
            "engagements so far",
            "audience so far",
        ],
        &[2, 6, 5],
        rows.collect(),
    );
    text
}
