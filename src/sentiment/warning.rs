//! What to be careful about in a brand's figures.

use super::{Method, unlabelled::MODEL_ERROR};
use serde::{Serialize, Serializer};
use std::fmt::{self, Display, Formatter};

/// Why an estimate is uncorrected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhyUncorrected {
    /// There are no labels.
    NoLabels,
    /// So few labels are of scored comments about the brand, and so many would be needed.
    FewLabels {
        /// Labels of scored comments about the brand.
        labels: usize,
        /// Those that would be needed.
        needed: usize,
    },
    /// A class has too few of the labels that come from elsewhere.
    FewOfAClass,
}

/// A warning about the figures of one brand. As text, and in documents, it is a sentence that says what to do.
#[derive(Debug, Clone, PartialEq)]
pub enum SentimentWarning {
    /// Too few comments are about the brand.
    TooFew {
        /// Comments about it.
        comments: usize,
        /// The brand.
        brand: String,
        /// Comments that net sentiment takes.
        needed: u64,
        /// Whether the whole table counts already.
        about_all: bool,
    },
    /// Comments count for what they stand under.
    UnderPosts(u64),
    /// Nothing corrects the model's own error.
    Uncorrected(WhyUncorrected),
    /// The model is not as sure as it was where it was calibrated: the population stability index.
    Unfamiliar(f64),
    /// There are too few independent comments for an interval.
    NoInterval,
    /// The labels chose one of two ways that hold.
    Chosen {
        /// The way taken.
        method: Method,
        /// Its standard error, in points.
        std_error: f64,
        /// The other.
        other: Method,
        /// Its standard error.
        other_std_error: f64,
    },
    /// So many more labels would halve the interval.
    LabelsToHalve(u64),
    /// No number of labels would.
    LabelsCannotHalve,
    /// Many rows are spam or copies.
    LeftOut {
        /// Rows left out.
        left_out: u64,
        /// All rows.
        rows: u64,
    },
    /// Comments of other languages are in no figure but their own: how many of which.
    LanguagesApart(Vec<(u64, String)>),
}

impl Display for WhyUncorrected {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoLabels => f.write_str("no labelled comments were given"),
            Self::FewLabels { labels, needed } => write!(
                f,
                "{labels} of the labelled comments are about this brand and scored, and {needed} would be needed"
            ),
            Self::FewOfAClass => {
                f.write_str("each class needs five labelled comments, better a hundred")
            }
        }
    }
}

impl Display for SentimentWarning {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooFew {
                comments,
                brand,
                needed,
                about_all,
            } => {
                let name = if *comments == 1 {
                    "comment names"
                } else {
                    "comments name"
                };
                let hint = if *about_all {
                    ""
                } else {
                    "; if all of the table is about it, --about-all counts it whole"
                };
                write!(
                    f,
                    "{comments} {name} {brand}: too few for net sentiment, which takes {needed}{hint}"
                )
            }
            Self::UnderPosts(comments) => write!(
                f,
                "{comments} comments count since they stand under a post about it; --named-only leaves them out"
            ),
            Self::Uncorrected(why) => write!(
                f,
                "uncorrected: {why}; the sampling range holds the chance of who commented, and the model's own error of \
                 {MODEL_ERROR:.0} points comes on top"
            ),
            Self::Unfamiliar(index) => write!(
                f,
                "the model is not as sure of these comments as of those it was calibrated on (stability index {index:.2}, above 0.25): \
                 have some labelled before you rely on the estimate"
            ),
            Self::NoInterval => f.write_str("too few independent comments for an interval"),
            Self::Chosen {
                method,
                std_error,
                other,
                other_std_error,
            } => write!(
                f,
                "chosen by the labels: {} with a standard error of {std_error:.1} points, where {} has {other_std_error:.1}",
                method.name(),
                other.name(),
            ),
            Self::LabelsToHalve(more) => {
                write!(f, "{more} more labelled comments would halve the interval")
            }
            Self::LabelsCannotHalve => f.write_str(
                "more labels cannot halve the interval: most of it is the chance of who commented",
            ),
            Self::LeftOut { left_out, rows } => write!(
                f,
                "{left_out} of {rows} rows look like spam or repeat earlier ones and are left out"
            ),
            Self::LanguagesApart(languages) => {
                let named: Vec<String> = languages
                    .iter()
                    .map(|(n, name)| format!("{n} {name}"))
                    .collect();
                write!(
                    f,
                    "comments in other languages stand in by_language alone and are in no other figure (--pool-languages adds them up): {}",
                    named.join(", ")
                )
            }
        }
    }
}

impl Serialize for SentimentWarning {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}
