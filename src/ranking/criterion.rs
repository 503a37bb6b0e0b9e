//! What creators are judged by.

use crate::{Error, Result};
use serde::Serialize;
use std::fmt;

/// A criterion. The order is the one in which contributions are added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Criterion {
    /// How well the creator fits the niche.
    Relevance,
    /// How their engagement compares with peers.
    Engagement,
    /// What their audience's comments say.
    Sentiment,
    /// Whether audience and engagement look real.
    Authenticity,
    /// Whether a brand can stand beside the content.
    Safety,
    /// How recently and how often they post.
    Activity,
    /// What they ask for what they reach.
    Price,
}

impl Criterion {
    /// Every criterion, in order.
    pub const ALL: [Self; 7] = [
        Self::Relevance,
        Self::Engagement,
        Self::Sentiment,
        Self::Authenticity,
        Self::Safety,
        Self::Activity,
        Self::Price,
    ];

    /// The name used in tables, flags and configurations.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Relevance => "relevance",
            Self::Engagement => "engagement",
            Self::Sentiment => "sentiment",
            Self::Authenticity => "authenticity",
            Self::Safety => "safety",
            Self::Activity => "activity",
            Self::Price => "price",
        }
    }

    /// What it measures and how its value comes about, in one sentence.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Relevance => {
                "How well profile and posts fit the niche, by meaning and by words, from 0 to 1."
            }
            Self::Engagement => {
                "The percentile of the expected engagements per follower of the next post among peers \
                 of the same platform and size, divided by 100."
            }
            Self::Sentiment => {
                "The net sentiment of the audience's comments, from -100 to 100 mapped to 0 to 1 \
                 and drawn to the candidates' mean where comments are few."
            }
            Self::Authenticity => {
                "How real audience and engagement look, from 0 to 1, by the signals that are listed."
            }
            Self::Safety => {
                "How free posts, bio and comment sections are of brand-unsafe content, \
                 from 0 to 1, by the sightings that are listed."
            }
            Self::Activity => {
                "How recent the last post is, halved for every 30 days, times how near the pace \
                 comes to several posts a month."
            }
            Self::Price => {
                "The price per expected engagement against the median of the candidates: the \
                 median is 0.5, cheaper is more."
            }
        }
    }

    fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Criterion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for Criterion {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|c| c.name() == name)
            .ok_or_else(|| {
                let names = Self::ALL.map(Self::name).join(", ");
                Error::usage(format!("there is no criterion {name:?}"))
                    .with_hint(format!("the criteria are {names}"))
            })
    }
}

/// How much each criterion counts: any numbers from 0 on; only their ratios matter.
///
/// The default is relevance 0.35, engagement 0.25, sentiment 0.15, authenticity 0.10, safety 0.10,
/// activity 0.05, and 0 for the price, which is shown but not counted until asked for.
/// These are a choice, not an estimate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Weights([f64; 7]);

impl Default for Weights {
    fn default() -> Self {
        Self([0.35, 0.25, 0.15, 0.10, 0.10, 0.05, 0.0])
    }
}

impl Weights {
    /// The weight of a criterion.
    #[must_use]
    pub fn get(&self, criterion: Criterion) -> f64 {
        self.0[criterion.index()]
    }

    /// The weights of a preset: what a campaign is for.
    ///
    /// `awareness` counts engagement and price, `conversion` the fit and the price, `trust` what
    /// the audience says, authenticity and safety. They are choices, like the default.
    ///
    /// # Errors
    /// A usage error for a name that is no preset.
    pub fn preset(name: &str) -> Result<Self> {
        Ok(Self(match name {
            "awareness" => [0.30, 0.30, 0.10, 0.10, 0.05, 0.10, 0.05],
            "conversion" => [0.35, 0.20, 0.10, 0.10, 0.05, 0.05, 0.15],
            "trust" => [0.30, 0.15, 0.25, 0.15, 0.10, 0.05, 0.0],
            _ => {
                return Err(Error::usage(format!("there is no preset {name:?}"))
                    .with_hint("the presets are awareness, conversion, trust"));
            }
        }))
    }

    /// The same weights but for those in a list such as `relevance=0.5,price=0.2`.
    ///
    /// # Errors
    /// A usage error for an unknown criterion, a weight that is no number from 0 on, or weights
    /// that are all 0.
    pub fn with_list(mut self, list: &str) -> Result<Self> {
        for entry in list.split(',') {
            let (name, weight) = entry.split_once('=').ok_or_else(|| {
                Error::usage(format!("{entry:?} is no weight"))
                    .with_hint("weights look like relevance=0.5,price=0.2")
            })?;
            let number: f64 = weight.trim().parse().map_err(|_| {
                Error::usage(format!(
                    "the weight of {name} is {weight:?}, expected a number"
                ))
            })?;
            self = self.with(name.trim().parse()?, number)?;
        }
        if self.0.iter().all(|w| *w <= 0.0) {
            return Err(Error::usage(
                "every weight is 0: nothing is left to rank by",
            ));
        }
        Ok(self)
    }

    /// The same weights but for one.
    ///
    /// # Errors
    /// A usage error for a weight that is negative or not finite.
    pub fn with(mut self, criterion: Criterion, weight: f64) -> Result<Self> {
        if !(weight >= 0.0 && weight.is_finite()) {
            return Err(Error::usage(format!(
                "the weight of {criterion} is {weight}, expected a number from 0 on"
            )));
        }
        self.0[criterion.index()] = weight;
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back() {
        for (i, criterion) in Criterion::ALL.into_iter().enumerate() {
            assert_eq!(criterion.name().parse::<Criterion>().unwrap(), criterion);
            assert_eq!(criterion.index(), i);
            assert!(criterion.sentence().ends_with('.'));
        }
        assert_eq!("fame".parse::<Criterion>().unwrap_err().exit_status(), 2);
    }

    #[test]
    fn default_weights_sum_to_one() {
        let weights = Weights::default();
        let sum: f64 = Criterion::ALL.map(|c| weights.get(c)).iter().sum();
        assert!((sum - 1.0).abs() < 1e-12);
        assert!(weights.with(Criterion::Price, -1.0).is_err());
        assert!(weights.with(Criterion::Price, f64::NAN).is_err());
    }

    #[test]
    fn presets_and_lists() {
        for name in ["awareness", "conversion", "trust"] {
            let preset = Weights::preset(name).unwrap();
            let sum: f64 = Criterion::ALL.map(|c| preset.get(c)).iter().sum();
            assert!((sum - 1.0).abs() < 1e-12, "{name}");
        }
        let weights = Weights::default().with_list("price=2, safety=0.5").unwrap();
        assert!((weights.get(Criterion::Price) - 2.0).abs() < 1e-12);
        assert!((weights.get(Criterion::Safety) - 0.5).abs() < 1e-12);
        for wrong in ["price", "price=x", "fame=1", "price=-1", "relevance=inf"] {
            assert_eq!(
                Weights::default()
                    .with_list(wrong)
                    .unwrap_err()
                    .exit_status(),
                2
            );
        }
        let none = "relevance=0,engagement=0,sentiment=0,authenticity=0,safety=0,activity=0";
        assert!(Weights::default().with_list(none).is_err());
        assert!(Weights::preset("fame").is_err());
    }
}
