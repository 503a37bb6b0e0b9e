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

    /// Fewest and most followers of the tier.
    #[must_use]
    pub fn bounds(self) -> (u64, u64) {
        match self {
            Self::Nano => (0, 999),
            Self::MicroLow => (1_000, 9_999),
            Self::MicroHigh => (10_000, 100_000),
            Self::Macro => (100_001, 1_000_000),
            Self::Mega => (1_000_001, u64::MAX),
        }
    }

    /// The tier of a follower count.
    #[must_use]
    pub fn of(followers: Followers) -> Self {
        let within = |tier: &Self| followers.0 <= tier.bounds().1;
        Self::ALL.into_iter().find(within).unwrap_or(Self::Mega)
    }

    /// Fewest and most followers of what people call it: `micro` is both halves.
    #[must_use]
    pub fn bounds_of(name: &str) -> Option<(u64, u64)> {
        let of = |from: Self, to: Self| Some((from.bounds().0, to.bounds().1));
        match name {
            "nano" => of(Self::Nano, Self::Nano),
            "micro" => of(Self::MicroLow, Self::MicroHigh),
            "macro" => of(Self::Macro, Self::Macro),
            "mega" => of(Self::Mega, Self::Mega),
            _ => None,
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

#[cfg(test)]
mod tests {
    use super::{Followers, Tier};

    #[test]
    fn tiers_follow_each_other_and_have_one_definition() {
        let mut next = 0;
        for tier in Tier::ALL {
            let (fewest, most) = tier.bounds();
            assert_eq!(fewest, next);
            assert_eq!(Tier::of(Followers(fewest)), tier);
            assert_eq!(Tier::of(Followers(most)), tier);
            next = most.wrapping_add(1);
        }
        assert_eq!(next, 0, "the last has no end");
        assert_eq!(Tier::bounds_of("macro"), Some(Tier::Macro.bounds()));
        assert_eq!(Tier::bounds_of("micro"), Some((1_000, 100_000)));
    }
}
