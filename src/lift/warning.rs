//! What to be careful about in a lift.

use serde::{Serialize, Serializer};
use std::fmt::{self, Display, Formatter};

/// Places or dates that are listed in a warning.
const LISTED: usize = 8;

/// A warning about a lift. As text, and in documents, it is a sentence.
#[derive(Debug, Clone, PartialEq)]
pub enum LiftWarning {
    /// Places without a count before the start are left out.
    WithoutPast(Vec<String>),
    /// Places that count nothing for a while are left out, each with the dates.
    WithGap(Vec<String>),
    /// Single wild dates were replaced, each with its place and numbers.
    Outliers(Vec<String>),
    /// The counterfactual misses by so much of the level in the mean, 0..1.
    PoorFit(f64),
    /// It follows less than half of the ups and downs.
    LooseFit,
    /// The past is short for so long a campaign.
    ShortPast {
        /// Days before the start.
        before: usize,
        /// Days of the campaign.
        during: usize,
    },
    /// Places drift apart: how many times as wide the interval is for it.
    Drift(f64),
    /// The smallest lift, in percent, that the panel finds four times in five.
    Undetectable(f64),
    /// There is no level that a lift could be a percentage of.
    NoPercent,
    /// The treated places may have counted nothing without the campaign.
    NoUpperEnd,
}

impl Display for LiftWarning {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::WithoutPast(places) => write!(
                f,
                "left out since nothing was counted there before the start: {}",
                list(places)
            ),
            Self::WithGap(places) => write!(
                f,
                "left out since nothing was counted there for a while, which their other dates do not explain: {}",
                list(places)
            ),
            Self::Outliers(dates) => write!(
                f,
                "single dates that neither the other places nor the place's other dates explain were replaced by what these make expect: {}",
                list(dates)
            ),
            Self::PoorFit(mape) => write!(
                f,
                "before the start the counterfactual misses by {:.0} % in the mean: no comparison is close, so the lift is not to be relied on",
                100.0 * mape
            ),
            Self::LooseFit => f.write_str(
                "before the start the counterfactual follows less than half of the treated locations' ups and downs",
            ),
            Self::ShortPast { before, during } => write!(
                f,
                "{before} days before the start for {during} days of campaign: expected three times as many, so the interval is fitted to shorter blocks and may be too narrow"
            ),
            Self::Drift(widened) => write!(
                f,
                "places that the campaign did not reach drift apart during it more than the days before the start show; the interval is {widened:.1} times as wide for it"
            ),
            Self::Undetectable(percent) => write!(
                f,
                "this panel finds a lift below {percent:.0} % less than four times in five"
            ),
            Self::NoPercent => {
                f.write_str("the counterfactual is not above 0, so there is no lift in percent")
            }
            Self::NoUpperEnd => f.write_str(
                "the treated places may have counted nothing without the campaign, as far as the others tell: the lift has no upper end",
            ),
        }
    }
}

impl Serialize for LiftWarning {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

fn list(items: &[String]) -> String {
    let shown = &items[..items.len().min(LISTED)];
    let text = shown.join(", ");
    match items.len() - shown.len() {
        0 => text,
        more => format!("{text} and {more} more"),
    }
}
