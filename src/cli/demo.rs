//! `microfluence demo`: the whole job on the sample tables, by the same way as `run`.

use super::args::Common;
use super::config::RunConfig;
use super::run::{Effort, Run};
use super::typed::Money;
use crate::Result;
use crate::dataset::write_atomically;
use clap::Args;
use serde_json::json;
use std::path::PathBuf;
use toml::Value;

/// The sample tables, in the binary so that the demo needs nothing beside it.
const SAMPLE: [(&str, &[u8]); 6] = [
    (
        "creators",
        include_bytes!("../../datasets/sample/creators.csv"),
    ),
    ("posts", include_bytes!("../../datasets/sample/posts.csv")),
    (
        "comments",
        include_bytes!("../../datasets/sample/comments.csv"),
    ),
    ("visits", include_bytes!("../../datasets/sample/visits.csv")),
    ("orders", include_bytes!("../../datasets/sample/orders.csv")),
    ("spend", include_bytes!("../../datasets/sample/spend.csv")),
];

#[derive(Debug, Args, serde::Serialize)]
#[command(
    after_help = "Examples:\n  microfluence demo\n  microfluence demo --out try --niche \"street food\""
)]
pub(crate) struct DemoArgs {
    /// Folder to write to.
    #[arg(long, default_value = "microfluence-demo", value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// The niche to rank for.
    #[arg(long, default_value = "beauty and skincare", value_name = "TEXT")]
    pub(crate) niche: String,
    /// What there is to spend, in the sample's currency; chooses whom to book.
    #[arg(long, default_value = "3000", value_name = "AMOUNT", value_parser = super::typed::money)]
    pub(crate) budget: Money,
}

pub(crate) fn run(args: &DemoArgs, common: &Common) -> Result<()> {
    for (table, bytes) in SAMPLE {
        write_atomically(&args.out.join("sample").join(format!("{table}.csv")), bytes)?;
    }
    let path = args.out.join("demo.toml");
    write_atomically(&path, text(args, common).as_bytes())?;
    let config = RunConfig::read(&path)?;
    let asked = json!({ "niche": args.niche, "budget": args.budget, "out": args.out });
    Run::new("demo", config, Effort::default(), common)?.all(&asked)
}

/// The run's file: what was typed, and the sample's tables.
fn text(args: &DemoArgs, common: &Common) -> String {
    let quoted = |text: &str| Value::from(text).to_string();
    let mut text = format!(
        "# Made by microfluence demo; microfluence run on this file does the same.\noutput = \".\"\nseed = {}\nbackend = {}\n",
        common.seed,
        quoted(&common.backend)
    );
    if common.strict {
        text += "strict = true\n";
    }
    text += "\n[tables]\n";
    for (table, _) in SAMPLE {
        text += &format!("{table} = \"sample/{table}.csv\"\n");
    }
    let niche = quoted(&args.niche);
    text += &format!("\n[rank]\nniche = {niche}\n");
    if super::config::has_command("plan") {
        let budget = match args.budget.currency {
            None => args.budget.to_string(),
            Some(_) => quoted(&args.budget.to_string()),
        };
        text += &format!("\n[plan]\nniche = {niche}\nbudget = {budget}\n");
    }
    text
}
