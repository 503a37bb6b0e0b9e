//! Results in, bytes out: tables, JSON documents, and a page. Nothing is computed here.

mod chart;
mod evaluation;
mod html;
mod manifest;
mod summary;
mod tables;

pub use chart::{Figure, reliability_diagram};
pub use evaluation::{EVALUATION_COLUMNS, evaluation_page, evaluation_rows, evaluation_summary};
pub use html::{Page, Section, page};
pub use manifest::{Manifest, ModelInfo};
pub use summary::{engagement_summary, niche_summary, rank_summary, sentiment_summary};
pub use tables::{
    Sheet, authenticity_sheet, engagement_sheet, evaluation_sheet, excluded_sheet, niche_sheet,
    ranking_sheet, sentiment_sheet,
};
