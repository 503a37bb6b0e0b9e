//! Evidence in, a ranking out.

use super::draws::uncertainties;
use super::exclusion::exclusion;
use super::value::{Levels, value};
use super::{CandidateEvidence, Criterion, Excluded, Weights};
use crate::schema::{CreatorId, CreatorKind};
use crate::{Error, Result};
use serde::Serialize;
use std::collections::BTreeSet;

/// What a missing criterion takes: the middle of its range.
const MIDDLE: f64 = 0.5;
/// And its standard error: the standard deviation of the uniform distribution on 0..1.
const UNIFORM_SD: f64 = 0.29;

/// What [`rank`] may be told.
#[derive(Debug, Clone, PartialEq)]
pub struct RankOptions {
    /// How much each criterion counts.
    pub weights: Weights,
    /// Fewest followers. Default 1,000.
    pub min_followers: u64,
    /// Most followers. Default 100,000.
    pub max_followers: u64,
    /// Lowest relevance, 0..=1; 0 lets everybody in. Default 0.2, so that creators of other
    /// niches are not ranked for being popular. It says nothing where no relevance is known.
    pub min_relevance: f64,
    /// Fewest posts in the table. Default 0.
    pub min_posts: usize,
    /// Kinds of account that are not ranked. Default none.
    pub exclude_kinds: Vec<CreatorKind>,
    /// Platforms that are ranked; empty is all. Case does not matter, here and below.
    pub platforms: Vec<String>,
    /// Countries that are ranked; empty is all.
    pub countries: Vec<String>,
    /// Languages that are ranked; empty is all.
    pub languages: Vec<String>,
    /// Highest price of a post, in the creator's own currency.
    pub max_price: Option<f64>,
    /// Lowest brand safety, 0..=1; creators without a text are left out then.
    pub min_safety: Option<f64>,
    /// Most days since the last post.
    pub active_within_days: Option<f64>,
    /// Creators that are ranked, as those of a shortlist; `None` is all.
    pub only: Option<BTreeSet<CreatorId>>,
    /// N of [`Ranked::rank_in_top`]. Default 10.
    pub top: usize,
    /// Draws behind the intervals; 0 gives intervals of no width. Default 400.
    pub draws: usize,
    /// Seed of the draws.
    pub seed: u64,
}

impl Default for RankOptions {
    fn default() -> Self {
        Self {
            weights: Weights::default(),
            min_followers: 1_000,
            max_followers: 100_000,
            min_relevance: 0.2,
            min_posts: 0,
            exclude_kinds: Vec::new(),
            platforms: Vec::new(),
            countries: Vec::new(),
            languages: Vec::new(),
            max_price: None,
            min_safety: None,
            active_within_days: None,
            only: None,
            top: 10,
            draws: 400,
            seed: 0,
        }
    }
}

/// What one criterion adds to a score.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Part {
    /// Which.
    pub criterion: Criterion,
    /// 0..=1; 0.5 where missing.
    pub value: f64,
    /// Standard error of the value; 0.29 where missing.
    pub std_error: f64,
    /// Share of the criterion's weight in the weights of all that count, 0..=1.
    pub weight: f64,
    /// weight x value.
    pub contribution: f64,
    /// There is no evidence for this creator.
    pub missing: bool,
}

/// A creator with a rank.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ranked {
    /// From 1.
    pub rank: usize,
    /// Who.
    pub creator_id: CreatorId,
    /// 0..=1: exactly the sum of the contributions in the order of `parts`.
    pub score: f64,
    /// Lower end of the score's 90 % interval.
    pub score_lower: f64,
    /// Upper end of it.
    pub score_upper: f64,
    /// Best rank of the 90 % interval.
    pub rank_lower: usize,
    /// Worst rank of it.
    pub rank_upper: usize,
    /// Share of the draws in which the creator is among the first `top`.
    pub rank_in_top: f64,
    /// One per criterion, in the order of [`Criterion::ALL`].
    pub parts: [Part; 7],
    /// What it rests on.
    pub evidence: CandidateEvidence,
}

/// The ranking and what it left out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ranking {
    /// The best first.
    pub rows: Vec<Ranked>,
    /// Creators who were not ranked, by id.
    pub excluded: Vec<Excluded>,
    /// Criteria that were to count but for which no candidate has evidence: their weight is 0.
    pub switched_off: Vec<Criterion>,
    /// Draws behind the intervals.
    pub draws: usize,
    /// Their seed: with it, the values and their standard errors, anybody can make the same draws.
    pub seed: u64,
}

/// Ranks the candidates.
///
/// score = sum over criteria of `w_i` `v_i` / sum of `w_i`, the sums running over the criteria
/// with a positive weight and evidence for at least one candidate. A criterion without
/// evidence for this candidate takes 0.5 with standard error 0.29 and is marked as missing: nobody
/// gains or loses by a gap in the data, but the interval shows it. Intervals hold 90 % of
/// seeded draws of the values within their standard errors. Equal scores go by id. The order of the
/// candidates changes nothing.
///
/// # Errors
/// A usage error where bounds contradict each other or no criterion with a weight has evidence.
pub fn rank(candidates: &[CandidateEvidence], options: &RankOptions) -> Result<Ranking> {
    check(options)?;
    let mut all: Vec<&CandidateEvidence> = candidates.iter().collect();
    all.sort_by(|a, b| a.creator_id.cmp(&b.creator_id));
    let levels = Levels::of(&all);
    let known = Criterion::ALL.map(|c| all.iter().any(|e| value(e, c, &levels).is_some()));
    let switched_off: Vec<Criterion> = Criterion::ALL
        .into_iter()
        .zip(known)
        .filter(|(c, known)| !known && options.weights.get(*c) > 0.0)
        .map(|(c, _)| c)
        .collect();
    let weights = shares(&options.weights, known);
    if !all.is_empty() && weights.iter().sum::<f64>() <= 0.0 {
        return Err(
            Error::usage("no criterion that has a weight has evidence").with_hint(
                "give a niche, posts, comments or prices, or a weight to a criterion that has some",
            ),
        );
    }
    let niche_asked = all.iter().any(|e| e.relevance.is_some());
    let mut excluded = Vec::new();
    let mut scored = Vec::new();
    for candidate in all {
        match exclusion(candidate, options, niche_asked) {
            Some(out) => excluded.push(out),
            None => scored.push(score(candidate, &weights, &levels)),
        }
    }
    scored.sort_by(|a, b| {
        b.2.total_cmp(&a.2)
            .then_with(|| a.0.creator_id.cmp(&b.0.creator_id))
    });
    let drawn: Vec<(&str, &[Part], f64)> = scored
        .iter()
        .map(|(e, parts, score)| (e.creator_id.as_str(), &parts[..], *score))
        .collect();
    let found = uncertainties(&drawn, options.draws, options.seed, options.top);
    let rows = scored
        .iter()
        .zip(found)
        .enumerate()
        .map(|(i, ((evidence, parts, score), std_error))| Ranked {
            rank: i + 1,
            creator_id: evidence.creator_id.clone(),
            score: *score,
            score_lower: std_error.score.0,
            score_upper: std_error.score.1,
            rank_lower: std_error.rank.0,
            rank_upper: std_error.rank.1,
            rank_in_top: std_error.in_top,
            parts: *parts,
            evidence: (*evidence).clone(),
        })
        .collect();
    Ok(Ranking {
        rows,
        excluded,
        switched_off,
        draws: options.draws,
        seed: options.seed,
    })
}

fn check(options: &RankOptions) -> Result<()> {
    if options.min_followers > options.max_followers {
        return Err(Error::usage(format!(
            "fewest followers {} are above most followers {}",
            options.min_followers, options.max_followers
        )));
    }
    if !(0.0..=1.0).contains(&options.min_relevance) {
        return Err(Error::usage(format!(
            "the lowest relevance is {}, expected a number from 0 to 1",
            options.min_relevance
        )));
    }
    if let Some(least) = options.min_safety.filter(|s| !(0.0..=1.0).contains(s)) {
        return Err(Error::usage(format!(
            "the lowest brand safety is {least}, expected a number from 0 to 1"
        )));
    }
    Ok(())
}

/// The weights of the criteria with evidence, as shares. They sum to a hair less than 1, so
/// that no rounding of their sum can lift a score above 1.
fn shares(weights: &Weights, known: [bool; 7]) -> [f64; 7] {
    let mut shares = Criterion::ALL.map(|c| weights.get(c));
    for (share, known) in shares.iter_mut().zip(known) {
        if !known {
            *share = 0.0;
        }
    }
    let largest = shares.iter().copied().fold(0.0, f64::max);
    if largest <= 0.0 {
        return [0.0; 7];
    }
    let shares = shares.map(|w| w / largest);
    let total: f64 = shares.iter().sum();
    shares.map(|w| w / total * (1.0 - 8.0 * f64::EPSILON))
}

fn score<'a>(
    candidate: &'a CandidateEvidence,
    weights: &[f64; 7],
    levels: &Levels,
) -> (&'a CandidateEvidence, [Part; 7], f64) {
    let parts = Criterion::ALL.map(|criterion| {
        let weight = weights[criterion as usize];
        let found = value(candidate, criterion, levels);
        let value = found.map_or(MIDDLE, |v| v.value);
        Part {
            criterion,
            value,
            std_error: found.map_or(UNIFORM_SD, |v| v.std_error),
            weight,
            contribution: weight * value,
            missing: found.is_none(),
        }
    });
    let score = parts.iter().map(|p| p.contribution).sum();
    (candidate, parts, score)
}

#[cfg(test)]
mod tests;
