//! Where the level moved, by how much, and whether others moved too.

use super::estimate::{BiasCorrection, Method, NetSentiment, uncorrected_net};
use super::sums::{SLICE_DRAWS, Sums};
use super::tally::{Group, Part, TallyOptions};
use super::terms::{Driver, Window};
use crate::stats::change_points;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;

/// Share of series without a change in which one may be reported.
const FALSE_ALARMS: f64 = 0.03;
/// Comments below which a period's level is not looked at for changes.
const FEWEST: u64 = 10;
/// Terms listed for a change.
const DRIVERS: usize = 10;
/// 97.5 % quantile of the normal distribution.
const Z: f64 = 1.96;

/// A difference in points with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Gap {
    /// Points, -200..200.
    pub difference: f64,
    /// Lower end.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
}

/// A move of the level.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// The first period, or the date, of the new level.
    pub at: String,
    /// The level from the change before it (or the start) on.
    pub before: NetSentiment,
    /// The level up to the next change (or the end).
    pub after: NetSentiment,
    /// After minus before.
    #[serde(flatten)]
    pub change: Gap,
    /// Share of series without a change that would show one as large; `None` for a date that was given.
    pub p_value: Option<f64>,
    /// What the others did at the same time.
    pub against: Vec<ChangeAgainst>,
    /// Terms that moved the level.
    pub drivers: Vec<Driver>,
}

/// A move beside another brand's.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChangeAgainst {
    /// The other brand.
    pub brand: String,
    /// Its own move.
    pub their_change: Gap,
    /// This brand's move minus the other's, in points with its 95 % interval.
    #[serde(flatten)]
    pub difference: Gap,
}

impl Gap {
    fn new(difference: f64, se: f64) -> Self {
        Self {
            difference,
            lower: difference - Z * se,
            upper: difference + Z * se,
        }
    }

    fn se(&self) -> f64 {
        (self.upper - self.lower) / (2.0 * Z)
    }

    fn minus(&self, other: &Self) -> Self {
        Self::new(
            self.difference - other.difference,
            self.se().hypot(other.se()),
        )
    }
}

/// Second minus first; `None` where either has no interval. Uncorrected levels are compared draw by draw, so that
/// authors in both count once; corrected ones as if independent, which makes the interval rather too wide, since the
/// correction's error is common to both.
pub(super) fn gap(
    first: (&Sums, &NetSentiment),
    second: (&Sums, &NetSentiment),
    seed: u64,
) -> Option<Gap> {
    let difference = second.1.net_sentiment? - first.1.net_sentiment?;
    let errors = (first.1.std_error?, second.1.std_error?);
    let apart = errors.0.hypot(errors.1);
    if first.1.method != Method::Uncorrected || second.1.method != Method::Uncorrected {
        return Some(Gap::new(difference, apart));
    }
    let pairs: Vec<(f64, f64)> = first
        .0
        .draws(seed)
        .iter()
        .zip(&second.0.draws(seed))
        .filter_map(|(one, two)| Some((uncorrected_net(one)?, uncorrected_net(two)?)))
        .collect();
    let n = pairs.len() as f64;
    let centres = (first.1.net_sentiment?, second.1.net_sentiment?);
    let products = pairs.iter().map(|p| (p.0 - centres.0) * (p.1 - centres.1));
    let covariance = products.sum::<f64>() / n.max(1.0);
    // Two hundred draws of independent groups correlate by chance; only what is beyond that counts.
    let by_chance = 2.0 * errors.0 * errors.1 / n.max(1.0).sqrt();
    let common = if covariance.abs() > by_chance {
        covariance
    } else {
        0.0
    };
    let variance = (apart * apart - 2.0 * common).max(0.05 * apart * apart);
    Some(Gap::new(difference, variance.sqrt()))
}

/// The sums of the periods in a window.
fn within(periods: &BTreeMap<i64, Sums>, window: &Window, seed: u64) -> Sums {
    let mut all = Sums::new(SLICE_DRAWS);
    for (_, sums) in periods.range(window.clone()) {
        all.merge(sums, seed);
    }
    all
}

/// The changes in a brand's periods.
pub(super) fn detected(
    group: &Group,
    correction: &BiasCorrection,
    others: &[(&Group, &BiasCorrection)],
    options: &TallyOptions,
) -> Vec<Change> {
    let seed = options.seed;
    let mut numbers = Vec::new();
    let mut levels = Vec::new();
    let mut by_period = Vec::new();
    for (number, sums) in &group.periods {
        let draws = sums.draws(seed);
        let clusters = sums.clusters(&draws);
        let Some(net) = sums.net().filter(|_| sums.n >= FEWEST && clusters >= 5.0) else {
            continue;
        };
        let scale = (clusters / (clusters - 1.0)).sqrt();
        numbers.push(*number);
        levels.push(net);
        by_period.push(
            draws
                .iter()
                .map(|d| scale * (d.net().unwrap_or(net) - net))
                .collect::<Vec<f64>>(),
        );
    }
    let noise: Vec<Vec<f64>> = (0..SLICE_DRAWS)
        .map(|d| by_period.iter().map(|period| period[d]).collect())
        .collect();
    let found = change_points(&levels, &noise, FALSE_ALARMS);
    let end = numbers.last().map_or(0, |n| n + 1);
    let start = |i: usize| found.get(i).map_or(end, |c| numbers[c.at]);
    found
        .iter()
        .enumerate()
        .filter_map(|(i, point)| {
            let from = if i == 0 {
                *numbers.first()?
            } else {
                start(i - 1)
            };
            let (before, after) = (from..start(i), start(i)..start(i + 1));
            let own = move_between(group, correction, &before, &after, seed)?;
            let against = others
                .iter()
                .filter_map(|(other, correction)| {
                    let theirs = move_between(other, correction, &before, &after, seed)?.2;
                    Some(ChangeAgainst {
                        brand: other.name.clone()?,
                        difference: own.2.minus(&theirs),
                        their_change: theirs,
                    })
                })
                .collect();
            Some(Change {
                at: options.span.name(numbers[point.at]),
                drivers: group.terms.movers_between(&before, &after, DRIVERS),
                before: own.0,
                after: own.1,
                change: own.2,
                p_value: Some(point.p_value),
                against,
            })
        })
        .collect()
}

type Move = (NetSentiment, NetSentiment, Gap);

fn move_between(
    group: &Group,
    correction: &BiasCorrection,
    before: &Window,
    after: &Window,
    seed: u64,
) -> Option<Move> {
    let sums = [before, after].map(|w| within(&group.periods, w, seed));
    let correction = in_windows(correction, [before, after]);
    let levels = [0, 1].map(|side| {
        let key = Part::Side.key(WINDOW + side as u64);
        correction.level(&sums[side], Some(key), seed)
    });
    let change = gap((&sums[0], &levels[0]), (&sums[1], &levels[1]), seed)?;
    let [before, after] = levels;
    Some((before, after, change))
}

/// Keys of windows begin here, apart from those of the date's two sides.
const WINDOW: u64 = 16;

/// The correction with labelled rows marked by the window that they fall into.
fn in_windows(correction: &BiasCorrection, windows: [&Window; 2]) -> BiasCorrection {
    let mut correction = correction.clone();
    if let BiasCorrection::InSample(rows, _, _) = &mut correction {
        let periods: Vec<Vec<u64>> = windows
            .iter()
            .map(|w| (*w).clone().map(|n| Part::Period.key(n as u64)).collect())
            .collect();
        for row in rows {
            for (side, keys) in periods.iter().enumerate() {
                if row.slices.iter().any(|s| keys.contains(s)) {
                    row.slices.push(Part::Side.key(WINDOW + side as u64));
                }
            }
        }
    }
    correction
}

/// Before and after a date.
pub(super) fn at_date(
    group: &Group,
    correction: &BiasCorrection,
    others: &[(&Group, &BiasCorrection)],
    date: Timestamp,
    seed: u64,
) -> Option<Change> {
    let move_of = |group: &Group, correction: &BiasCorrection| -> Option<Move> {
        let levels = [0, 1].map(|side| {
            correction.level(&group.sides[side], Some(Part::Side.key(side as u64)), seed)
        });
        let change = gap(
            (&group.sides[0], &levels[0]),
            (&group.sides[1], &levels[1]),
            seed,
        )?;
        let [before, after] = levels;
        Some((before, after, change))
    };
    let (before, after, change) = move_of(group, correction)?;
    Some(Change {
        at: date.to_string(),
        before,
        after,
        change,
        p_value: None,
        against: others
            .iter()
            .filter_map(|(other, correction)| {
                let theirs = move_of(other, correction)?.2;
                Some(ChangeAgainst {
                    brand: other.name.clone()?,
                    difference: change.minus(&theirs),
                    their_change: theirs,
                })
            })
            .collect(),
        drivers: group.terms.movers_at_date(DRIVERS),
    })
}
