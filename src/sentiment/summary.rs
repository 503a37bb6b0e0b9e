//! What is said about each brand, ready to be shown.

use super::change::{Change, Gap, at_date, detected, gap};
use super::drift::population_stability_index;
use super::estimate::{
    Alternative, BiasCorrection, FEWEST_ABOUT, FEWEST_LABELLED, NetSentiment, label_counts,
};
use super::sums::{DRAWS, Sums};
use super::tally::{Group, Part, STATUSES, Tally, part_level};
use super::terms::Driver;
use super::themes::{Theme, themes};
use super::warning::{SentimentWarning, WhyUncorrected};
use super::{AboutBy, Labels, Method};
use crate::schema::CreatorId;
use crate::stats::wilson;
use crate::text::Brand;
use serde::Serialize;
use std::collections::BTreeMap;

/// Terms listed for a brand, and for a change.
const DRIVERS: usize = 20;
/// Periods that a table may have between its first and last comment; where a single wrong time makes more, gaps are not
/// listed.
const MOST_PERIODS: i64 = 5_000;

/// The level of a stretch of time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Period {
    /// Day `2026-01-31`, ISO week `2026-W05` or month `2026-01`.
    pub period: String,
    /// Its level; with `n` 0 and nothing else where no comment was made.
    #[serde(flatten)]
    pub level: NetSentiment,
}

/// The level under one creator's posts.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Slice {
    /// Whose posts.
    pub creator_id: CreatorId,
    /// Its level.
    #[serde(flatten)]
    pub level: NetSentiment,
}

/// The level of a part: a platform, a language, a product.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Named {
    /// Its name.
    pub name: String,
    /// Its level.
    #[serde(flatten)]
    pub level: NetSentiment,
}

/// The level of the comments in one language.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LanguageSentiment {
    /// ISO 639-3; `und` where it cannot be told.
    pub name: String,
    /// The model that read them; both, where emoji alone went to one and words to another.
    pub model: String,
    /// Whether the brand's other figures add these comments up.
    pub pooled: bool,
    /// Its level.
    #[serde(flatten)]
    pub level: NetSentiment,
}

/// A brand beside another.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Against {
    /// The other brand.
    pub brand: String,
    /// This brand's net sentiment minus the other's, in points with its 95 % interval.
    #[serde(flatten)]
    pub difference: Gap,
}

/// All about one brand: an entry of the summary document.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BrandSentiment {
    /// The brand; null is the whole text of comments without one.
    pub brand: Option<String>,
    /// Rows labelled towards it.
    pub n: usize,
    /// Rows with probabilities.
    pub scored: usize,
    /// Scored rows that count as being about the brand; net sentiment stands on these, and there is none below 30.
    pub about: usize,
    /// Rows about the brand by what tells so: its name in the text, the brand column, a post about it, the whole table.
    pub about_by: BTreeMap<&'static str, usize>,
    /// Rows whose text names it.
    pub mentions: usize,
    /// The comments about it among those about all brands, 0..1; with one brand, among all comments.
    pub share_of_voice: Option<f64>,
    /// Lower end of its 95 % interval.
    pub share_of_voice_lower: Option<f64>,
    /// Upper end.
    pub share_of_voice_upper: Option<f64>,
    /// Labels of the rows about the brand: plain counts.
    pub counts: BTreeMap<&'static str, usize>,
    /// Rows by status.
    pub statuses: BTreeMap<&'static str, usize>,
    /// Rows that look like spam, and copies of earlier ones.
    pub excluded: BTreeMap<&'static str, usize>,
    /// Points, with the 95 % interval, and how it was made.
    #[serde(flatten)]
    pub level: BrandEstimate,
    /// By day, week or month of `created_at`, from the first to the last.
    pub by_period: Vec<Period>,
    /// By the creator under whose posts the comments stand.
    pub by_creator: Vec<Slice>,
    /// By the platform of that creator.
    pub by_platform: Vec<Named>,
    /// By the comments' language.
    pub by_language: Vec<LanguageSentiment>,
    /// By the products that the comments name; a comment may name several.
    pub by_product: Vec<Named>,
    /// Where the level moved, as found in the periods.
    pub changes: Vec<Change>,
    /// Before and after the date that was asked about.
    pub before_after: Option<Change>,
    /// This brand beside its competitors.
    pub against: Vec<Against>,
    /// What people talk about, complaints first.
    pub themes: Vec<Theme>,
    /// Terms that make the level.
    pub drivers: Vec<Driver>,
    /// What to keep in mind, in sentences.
    pub warnings: Vec<SentimentWarning>,
}

/// [`NetSentiment`] without its count, which a brand's entry has under other names.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BrandEstimate {
    /// See [`NetSentiment`].
    pub net_sentiment: Option<f64>,
    /// See [`NetSentiment`].
    pub net_sentiment_lower: Option<f64>,
    /// See [`NetSentiment`].
    pub net_sentiment_upper: Option<f64>,
    /// See [`NetSentiment`].
    pub sampling_lower: Option<f64>,
    /// See [`NetSentiment`].
    pub sampling_upper: Option<f64>,
    /// See [`NetSentiment`].
    pub model_error: Option<f64>,
    /// See [`NetSentiment`].
    pub std_error: Option<f64>,
    /// See [`NetSentiment`].
    pub net_sentiment_raw: Option<f64>,
    /// See [`NetSentiment`].
    pub net_sentiment_polar: Option<f64>,
    /// See [`NetSentiment`].
    pub net_sentiment_polar_lower: Option<f64>,
    /// See [`NetSentiment`].
    pub net_sentiment_polar_upper: Option<f64>,
    /// See [`NetSentiment`].
    pub net_sentiment_polar_raw: Option<f64>,
    /// See [`NetSentiment`].
    pub effective_n: Option<f64>,
    /// See [`NetSentiment`].
    pub method: Method,
    /// See [`NetSentiment`].
    pub labelled: usize,
    /// See [`NetSentiment`].
    pub labels_to_halve: Option<usize>,
    /// See [`NetSentiment`].
    pub alternative: Option<Alternative>,
}

impl From<NetSentiment> for BrandEstimate {
    fn from(l: NetSentiment) -> Self {
        Self {
            net_sentiment: l.net_sentiment,
            net_sentiment_lower: l.net_sentiment_lower,
            net_sentiment_upper: l.net_sentiment_upper,
            sampling_lower: l.sampling_lower,
            sampling_upper: l.sampling_upper,
            model_error: l.model_error,
            std_error: l.std_error,
            net_sentiment_raw: l.net_sentiment_raw,
            net_sentiment_polar: l.net_sentiment_polar,
            net_sentiment_polar_lower: l.net_sentiment_polar_lower,
            net_sentiment_polar_upper: l.net_sentiment_polar_upper,
            net_sentiment_polar_raw: l.net_sentiment_polar_raw,
            effective_n: l.effective_n,
            method: l.method,
            labelled: l.labelled,
            labels_to_halve: l.labels_to_halve,
            alternative: l.alternative,
        }
    }
}

/// A share with the ends of its interval.
type Share = (f64, Option<f64>, Option<f64>);

impl Tally {
    /// One entry per brand, in the order of first appearance.
    #[must_use]
    pub fn finish(&self) -> Vec<BrandSentiment> {
        let corrections: Vec<BiasCorrection> = self
            .groups
            .iter()
            .map(|g| g.correction(&self.labels, &self.options))
            .collect();
        let shares = self.shares_of_voice();
        (0..self.groups.len())
            .zip(shares)
            .map(|(at, share)| {
                let mut entry = self.entry(at, &corrections);
                if let Some((share, lower, upper)) = share {
                    entry.share_of_voice = Some(share);
                    entry.share_of_voice_lower = lower;
                    entry.share_of_voice_upper = upper;
                }
                entry
            })
            .collect()
    }

    /// Of each brand, its comments among those about all brands, with a 95 % interval; among all comments where there
    /// is one brand. `None` for rows without a brand, and where there is no comment.
    fn shares_of_voice(&self) -> Vec<Option<Share>> {
        let branded: Vec<&Group> = self.groups.iter().filter(|g| g.name.is_some()).collect();
        let (total, draws) = match branded.as_slice() {
            [only] => (only.counted, only.counted_draws.clone()),
            all => {
                let mut draws = vec![0; DRAWS];
                for group in all {
                    draws
                        .iter_mut()
                        .zip(&group.about_draws)
                        .for_each(|(a, b)| *a += b);
                }
                (all.iter().map(|g| g.about()).sum(), draws)
            }
        };
        let share = |group: &Group| {
            (group.name.is_some() && total > 0).then_some(())?;
            let share = group.about() as f64 / total as f64;
            let resampled: Vec<f64> = group
                .about_draws
                .iter()
                .zip(&draws)
                .filter(|(_, all)| **all > 0)
                .map(|(own, all)| *own as f64 / *all as f64)
                .collect();
            // So many independent comments would scatter as these do; of few or none, the comments themselves.
            let scatter = super::estimate::variance(&resampled, share);
            let trials = if scatter > 0.0 {
                (share * (1.0 - share) / scatter).min(total as f64)
            } else {
                total as f64
            };
            let ends = wilson(share * trials, trials, 0.95).filter(|_| total >= 5);
            Some((share, ends.map(|e| e.0), ends.map(|e| e.1)))
        };
        self.groups.iter().map(share).collect()
    }

    /// The level of all comments about the first brand.
    pub(super) fn whole_level(&self) -> NetSentiment {
        let nothing = Sums::new(0);
        match self.groups.first() {
            Some(group) => group.correction(&self.labels, &self.options).level(
                &group.whole,
                None,
                self.options.seed,
            ),
            None => BiasCorrection::Uncorrected.level(&nothing, None, self.options.seed),
        }
    }

    fn entry(&self, at: usize, corrections: &[BiasCorrection]) -> BrandSentiment {
        let (group, correction) = (&self.groups[at], &corrections[at]);
        let seed = self.options.seed;
        let whole = correction.level(&group.whole, None, seed);
        let rivals = self.rivals(group);
        let against = rivals
            .iter()
            .filter_map(|&other| {
                let theirs = corrections[other].level(&self.groups[other].whole, None, seed);
                Some(Against {
                    brand: self.groups[other].name.clone()?,
                    difference: gap(
                        (&self.groups[other].whole, &theirs),
                        (&group.whole, &whole),
                        seed,
                    )?,
                })
            })
            .collect();
        let others: Vec<(&Group, &BiasCorrection)> = rivals
            .iter()
            .map(|&i| (&self.groups[i], &corrections[i]))
            .collect();
        let mut creators: Vec<Slice> = group
            .creators
            .iter()
            .map(|(id, sums)| Slice {
                creator_id: CreatorId::from(id.as_str()),
                level: part_level(correction, sums, Part::Creator.named(id), seed),
            })
            .collect();
        creators.sort_by(|a, b| a.creator_id.cmp(&b.creator_id));
        BrandSentiment {
            brand: group.name.clone(),
            n: group.rows as usize,
            scored: group.statuses[0] as usize,
            about: group.whole.n as usize,
            about_by: AboutBy::ALL
                .iter()
                .map(|by| (by.name(), group.about_by[*by as usize] as usize))
                .filter(|(_, n)| *n > 0)
                .collect(),
            mentions: group.mentions as usize,
            share_of_voice: None,
            share_of_voice_lower: None,
            share_of_voice_upper: None,
            counts: label_counts(&group.whole),
            statuses: STATUSES
                .iter()
                .zip(group.statuses)
                .filter(|(_, n)| *n > 0)
                .map(|(s, n)| (s.name(), n as usize))
                .collect(),
            excluded: [super::ExclusionReason::Spam, super::ExclusionReason::Copy]
                .iter()
                .map(|r| (r.name(), group.left_out[*r as usize] as usize))
                .collect(),
            by_period: self.periods(group, correction),
            by_creator: creators,
            by_platform: named(correction, &group.platforms, Part::Platform, seed),
            by_language: self.languages(group, correction),
            by_product: named(correction, &group.products, Part::Product, seed),
            changes: detected(group, correction, &others, &self.options),
            before_after: self
                .options
                .change_at
                .and_then(|date| at_date(group, correction, &others, date, seed)),
            against,
            themes: themes(group, correction, self.options.span, seed),
            drivers: group.terms.drivers(DRIVERS),
            warnings: self.warnings(group, &whole),
            level: whole.into(),
        }
    }

    /// The brands that this one is compared with: its competitors where it names any, else all others.
    fn rivals(&self, group: &Group) -> Vec<usize> {
        let named = group
            .brand
            .as_ref()
            .map(Brand::competitors)
            .unwrap_or_default();
        let same = |a: &str, b: &str| a.trim().to_lowercase() == b.trim().to_lowercase();
        // Where the brands come from a column there may be thousands.
        let asked = |name: &str| self.options.brands.iter().any(|b| b.name() == name);
        (0..self.groups.len())
            .filter(|&i| {
                let Some(name) = self.groups[i].name.as_deref() else {
                    return false;
                };
                self.groups[i].name != group.name
                    && if named.is_empty() {
                        asked(name) && group.name.as_deref().is_some_and(asked)
                    } else {
                        named.iter().any(|n| same(n, name))
                    }
            })
            .collect()
    }

    fn periods(&self, group: &Group, correction: &BiasCorrection) -> Vec<Period> {
        let (span, seed) = (self.options.span, self.options.seed);
        let level = |number: i64, sums: &Sums| Period {
            period: span.name(number),
            level: part_level(correction, sums, Part::Period.key(number as u64), seed),
        };
        let (Some(first), Some(last)) = (
            group.periods.keys().next(),
            group.periods.keys().next_back(),
        ) else {
            return Vec::new();
        };
        if last - first > MOST_PERIODS {
            return group.periods.iter().map(|(n, s)| level(*n, s)).collect();
        }
        let nothing = Sums::new(0);
        (*first..=*last)
            .map(|n| level(n, group.periods.get(&n).unwrap_or(&nothing)))
            .collect()
    }

    fn languages(&self, group: &Group, correction: &BiasCorrection) -> Vec<LanguageSentiment> {
        let levels = named(
            correction,
            &group.languages,
            Part::Language,
            self.options.seed,
        );
        levels
            .into_iter()
            .map(|Named { name, level }| LanguageSentiment {
                model: group
                    .models
                    .get(&name)
                    .map(|models| {
                        models
                            .iter()
                            .map(String::as_str)
                            .collect::<Vec<_>>()
                            .join(", ")
                    })
                    .unwrap_or_default(),
                pooled: self.options.pools(&name),
                name,
                level,
            })
            .collect()
    }

    /// Which languages the figures leave to themselves.
    fn apart(&self, group: &Group) -> Option<SentimentWarning> {
        let apart: Vec<(u64, String)> = group
            .languages
            .iter()
            .filter(|(name, _)| !self.options.pools(name))
            .map(|(name, sums)| (sums.n, (*name).clone()))
            .collect();
        (!apart.is_empty()).then_some(SentimentWarning::LanguagesApart(apart))
    }

    fn warnings(&self, group: &Group, whole: &NetSentiment) -> Vec<SentimentWarning> {
        let mut warnings = Vec::new();
        if let Some(name) = group
            .name
            .as_deref()
            .filter(|_| whole.n < FEWEST_ABOUT as usize)
        {
            warnings.push(SentimentWarning::TooFew {
                comments: whole.n,
                brand: name.to_owned(),
                needed: FEWEST_ABOUT,
                about_all: self.options.post_context.about_all,
            });
            warnings.extend(self.apart(group));
            return warnings;
        }
        let under_posts = group.about_by[AboutBy::Post as usize];
        if under_posts > 0 {
            warnings.push(SentimentWarning::UnderPosts(under_posts));
        }
        if whole.method == Method::Uncorrected && whole.n > 0 {
            warnings.push(SentimentWarning::Uncorrected(match &self.labels {
                Labels::None => WhyUncorrected::NoLabels,
                Labels::InSample(_) => WhyUncorrected::FewLabels {
                    labels: group.labelled.len(),
                    needed: FEWEST_LABELLED,
                },
                Labels::External(_) => WhyUncorrected::FewOfAClass,
            }));
            let index = population_stability_index(&group.confidence);
            warnings.extend(index.map(SentimentWarning::Unfamiliar));
        }
        if whole.n > 0 && whole.std_error.is_none() {
            warnings.push(SentimentWarning::NoInterval);
        }
        if let Some(other) = whole.alternative {
            warnings.push(SentimentWarning::Chosen {
                method: whole.method,
                std_error: whole.std_error.unwrap_or_default(),
                other: other.method,
                other_std_error: other.std_error,
            });
        }
        if let (Some(more), Some(_)) = (whole.labels_to_halve, whole.net_sentiment_lower) {
            warnings.push(SentimentWarning::LabelsToHalve(more as u64));
        } else if whole.method == Method::PredictionPowered {
            warnings.push(SentimentWarning::LabelsCannotHalve);
        }
        let left_out: u64 = group.left_out.iter().sum();
        if left_out * 5 > group.rows && group.rows >= 20 && !self.options.include_spam {
            warnings.push(SentimentWarning::LeftOut {
                left_out,
                rows: group.rows,
            });
        }
        warnings.extend(self.apart(group));
        warnings
    }
}

fn named(
    correction: &BiasCorrection,
    parts: &BTreeMap<String, Sums>,
    part: Part,
    seed: u64,
) -> Vec<Named> {
    parts
        .iter()
        .map(|(name, sums)| Named {
            name: name.clone(),
            level: part_level(correction, sums, part.named(name), seed),
        })
        .collect()
}
