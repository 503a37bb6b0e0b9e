//! Numbers whose unit is part of their type.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A follower count, in accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Followers(pub u64);

/// What an engagement rate is divided by. Rates of different bases are never compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RateBasis {
    /// The creator's followers at the time of the export.
    Followers,
    /// The post's views.
    Views,
    /// The accounts that the post reached.
    Reach,
}

impl RateBasis {
    /// The name used in tables: `followers`, `views` or `reach`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Followers => "followers",
            Self::Views => "views",
            Self::Reach => "reach",
        }
    }
}

/// Engagements per unit of `basis`, as a share: 0.03 is three in a hundred. It can exceed 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EngagementRate {
    /// Engagements divided by the basis; finite and not negative.
    pub value: f64,
    /// What it was divided by.
    pub basis: RateBasis,
}

/// Size classes by followers, with the bounds that the field uses most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    /// Under 1,000.
    Nano,
    /// 1,000 to 9,999: the lower half of the micro-influencers.
    MicroLow,
    /// 10,000 to 100,000: the upper half of the micro-influencers.
    MicroHigh,
    /// Over 100,000 to 1,000,000.
    Macro,
    /// Over 1,000,000.
    Mega,
}

impl Tier {
    /// Every tier, smallest first.
    pub const ALL: [Self; 5] = [
        Self::Nano,
        Self::MicroLow,
        Self::MicroHigh,
        Self::Macro,
        Self::Mega,
    ];

    /// The tier of a follower count.
    #[must_use]
    pub fn of(followers: Followers) -> Self {
        match followers.0 {
            0..=999 => Self::Nano,
            1_000..=9_999 => Self::MicroLow,
            10_000..=100_000 => Self::MicroHigh,
            100_001..=1_000_000 => Self::Macro,
            _ => Self::Mega,
        }
    }

    /// The name used in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Nano => "nano",
            Self::MicroLow => "micro_1k_10k",
            Self::MicroHigh => "micro_10k_100k",
            Self::Macro => "macro",
            Self::Mega => "mega",
        }
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The three classes of sentiment, in the order in which models give their probabilities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Polarity {
    /// Speaks badly.
    Negative,
    /// Neither, or both in balance.
    Neutral,
    /// Speaks well.
    Positive,
}

impl Polarity {
    /// Every class, in the order of a model's outputs.
    pub const ALL: [Self; 3] = [Self::Negative, Self::Neutral, Self::Positive];

    /// The name used in tables: `negative`, `neutral` or `positive`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Negative => "negative",
            Self::Neutral => "neutral",
            Self::Positive => "positive",
        }
    }
}

impl fmt::Display for Polarity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
