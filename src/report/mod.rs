//! Results in, bytes out: tables, JSON documents, and a page. Nothing is computed here.

mod authenticity;
mod campaign;
mod changes;
mod chart;
mod creators;
mod engagement;
mod evaluation;
mod folder;
mod html;
mod label_page;
mod lift;
mod manifest;
mod niche;
mod page;
mod plan;
mod quotes;
mod ranking;
mod safety;
mod sentiment;
mod sheet;

pub use authenticity::{authenticity_sheet, authenticity_summary, spam_sheet};
pub use campaign::{CampaignExtras, campaign_sheet, campaign_summary};
pub use changes::{changes_sheet, changes_summary};
pub use chart::{Figure, reliability_diagram};
pub use creators::creators_sheet;
pub use engagement::{backtest_sheet, backtest_summary, engagement_sheet, engagement_summary};
pub use evaluation::{
    COVERAGE_COLUMNS, EVALUATION_COLUMNS, coverage_rows, evaluation_page, evaluation_rows,
    evaluation_sheet, evaluation_summary,
};
pub use folder::read_folder;
#[cfg(any(feature = "serve", feature = "mcp"))]
pub(crate) use folder::six_digits;
pub use html::{Page, Section, page};
pub use label_page::{label_page, label_page_saving};
pub use lift::{lift_days_sheet, lift_sheet, lift_summary};
pub use manifest::{Manifest, ModelInfo};
pub use niche::{niche_sheet, niche_summary};
pub use page::report_page;
pub use plan::{plan_sheet, plan_summary};
pub use quotes::{Judged, quotations, quotes_sheet};
pub use ranking::{
    excluded_sheet, rank_summary, ranking_evaluation_sheet, ranking_evaluation_summary,
    ranking_sheet, read_as_names,
};
pub use safety::{safety_hits_sheet, safety_sheet, safety_summary};
pub use sentiment::{
    BRAND_COLUMNS, LABEL_COLUMNS, brand_cells, label_sheet, sentiment_cells, sentiment_columns,
    sentiment_sections, sentiment_summary,
};
pub use sheet::Sheet;
