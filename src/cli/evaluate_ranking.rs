//! `microfluence evaluate-ranking`: whether a ranking was right.

use super::args::Common;
use super::session::Session;
use super::term::{count, table};
use crate::dataset::{ColumnMap, TableMap};
use crate::ranking::{RankingEvaluation, evaluate_ranking};
use crate::report::{ranking_evaluation_sheet, ranking_evaluation_summary};
use crate::schema::{Creator, CreatorId, Outcome, PredictedCreator};
use crate::{Error, Result};
use clap::Args;
use serde_json::json;
use std::collections::BTreeMap;

#[derive(Debug, Args, serde::Serialize)]
#[command(
    after_help = "Examples:\n  microfluence evaluate-ranking --ranking microfluence-demo/ranking.csv \\\n    --outcomes microfluence-demo/campaign.csv"
)]
pub(crate) struct EvaluateRankingArgs {
    /// What `rank --output` had written: files or globs.
    #[arg(long, value_name = "FILE", num_args = 1.., required = true, help_heading = "Tables")]
    ranking: Vec<String>,
    /// What came of its creators: `campaign --output`, or any table with `creator_id` and a number.
    #[arg(long, value_name = "FILE", num_args = 1.., required = true, help_heading = "Tables")]
    outcomes: Vec<String>,
    /// Creators, for the order by followers: files or globs.
    #[arg(long, value_name = "FILE", num_args = 1.., help_heading = "Tables")]
    creators: Vec<String>,
    /// The column of the outcomes that counts; by default gain, outcome, revenue, orders, conversions, engagements,
    /// `engagement_rate` or visits, the first that is there.
    #[arg(long, value_name = "COLUMN")]
    gain: Option<String>,
    /// The outcome from which a creator counts as good, for AUC and recall; the upper quartile by default.
    #[arg(long, alias = "good-from", value_name = "NUMBER")]
    positive_threshold: Option<f64>,
}

pub(crate) fn run(args: &EvaluateRankingArgs, common: &Common) -> Result<()> {
    let mut session = Session::new("evaluate-ranking", common)?;
    let ranked = session.read::<PredictedCreator>(&args.ranking)?.rows;
    let map = args.gain.as_ref().map(|column| ColumnMap {
        name: "gain".to_owned(),
        outcomes: Some(TableMap {
            columns: BTreeMap::from([
                ("creator_id".to_owned(), "creator_id".to_owned()),
                ("gain".to_owned(), column.clone()),
            ]),
            ..TableMap::default()
        }),
        ..ColumnMap::default()
    });
    let outcomes: Vec<(CreatorId, f64)> = session
        .read_by::<Outcome>(map, &args.outcomes)?
        .rows
        .into_iter()
        .filter_map(|o| Some((o.creator_id?, o.gain?)))
        .collect();
    let followers: BTreeMap<CreatorId, u64> = session
        .read::<Creator>(&args.creators)?
        .rows
        .into_iter()
        .filter_map(|c| Some((c.creator_id, c.followers?.0)))
        .collect();
    let found = evaluate_ranking(
        &ranked,
        &outcomes,
        &followers,
        args.positive_threshold,
        common.seed,
    )
    .ok_or_else(|| {
        Error::usage("--outcomes: no row has both a creator_id and a number")
            .with_hint("--gain names the column of the number")
    })?;
    let manifest = session.manifest(json!({ "positive_threshold": found.good_from }));
    session.finish(
        &ranking_evaluation_sheet(&found),
        &ranking_evaluation_summary(&manifest, &found),
        &evaluation_text(&found),
    )
}

fn evaluation_text(found: &RankingEvaluation) -> String {
    let number = |x: Option<f64>| x.map_or_else(String::new, |x| format!("{x:.3}"));
    let rows = found.orders.iter().map(|q| {
        vec![
            q.order.to_owned(),
            number(q.ndcg_10),
            number(q.ndcg_50),
            number(q.auc),
            number(q.recall_10),
            number(q.recall_50),
            q.median_rank
                .map_or_else(String::new, |r| format!("{r:.1}")),
            number(q.spearman),
        ]
    });
    let mut text = table(
        &[
            "order",
            "NDCG@10",
            "NDCG@50",
            "AUC",
            "recall@10",
            "recall@50",
            "median rank",
            "rank correlation",
        ],
        rows.collect(),
    );
    text += &format!(
        "\nOf {} creators with an outcome {} are good (from {:.4} on).",
        count(found.creators as u64),
        count(found.good as u64),
        found.good_from
    );
    if let Some(p) = found.p_value {
        text += &format!(
            " Of random orders {:.1} % do as well by NDCG@50.",
            100.0 * p
        );
    }
    if found.unranked > 0 {
        text += &format!(
            " {} of them the ranking had left out; they stand last.",
            count(found.unranked as u64)
        );
    }
    if found.without_outcome > 0 {
        text += &format!(
            " {} ranked creators have no outcome and are not looked at.",
            count(found.without_outcome as u64)
        );
    }
    text
}
