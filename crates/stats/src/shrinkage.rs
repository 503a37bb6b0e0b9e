//! Empirical Bayes for means of many groups: a mean of few observations is drawn to what the
//! groups have in common, as far as chance explains its distance.

/// What one group's observations come down to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GroupSums {
    /// Number of observations; effective numbers of weighted ones may be fractions.
    pub n: f64,
    /// Their mean.
    pub mean: f64,
    /// Their sum of squared distances from the mean.
    pub squares: f64,
}

impl GroupSums {
    /// The sums of plain observations; `None` for none.
    #[must_use]
    pub fn of(values: &[f64]) -> Option<Self> {
        if values.is_empty() {
            return None;
        }
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        Some(Self {
            n,
            mean,
            squares: values.iter().map(|v| (v - mean).powi(2)).sum(),
        })
    }
}

/// The normal hierarchy: observations scatter about their group's mean with variance `within`,
/// the groups' means about `mean` with variance `between`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NormalMeans {
    /// Mean of the groups' means.
    pub mean: f64,
    /// Variance of one observation about its group's mean, pooled.
    pub within: f64,
    /// Variance of the groups' true means; 0 where chance explains all of their scatter.
    pub between: f64,
}

/// A group's mean after shrinkage.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shrunk {
    /// The posterior mean.
    pub mean: f64,
    /// Its standard error.
    pub se: f64,
    /// How much of the group's own mean it holds, 0..=1.
    pub weight: f64,
}

impl NormalMeans {
    /// Method of moments for unequal counts: the pooled variance within, and between the root
    /// of Paule and Mandel's equation (see [`between_variance`]). `None` without a group; with
    /// no group of two observations the variance within is 0.
    #[must_use]
    pub fn fit(groups: &[GroupSums]) -> Option<Self> {
        let groups: Vec<GroupSums> = groups.iter().copied().filter(|g| g.n > 0.0).collect();
        if groups.is_empty() {
            return None;
        }
        let squares: f64 = groups.iter().map(|g| g.squares).sum();
        let degrees_of_freedom: f64 = groups.iter().map(|g| (g.n - 1.0).max(0.0)).sum();
        let within = if degrees_of_freedom > 0.0 {
            squares / degrees_of_freedom
        } else {
            0.0
        };
        let mut between = 0.0;
        let mut mean = weighted_mean(&groups, within, between);
        for _ in 0..20 {
            let residuals: Vec<(f64, f64)> = groups
                .iter()
                .map(|g| (g.mean - mean, within / g.n))
                .collect();
            between = between_variance(&residuals, 1.0);
            mean = weighted_mean(&groups, within, between);
        }
        Some(Self {
            mean,
            within,
            between,
        })
    }

    /// The posterior of a group's mean given `n` observations with mean `own`:
    /// weight = between / (between + within / n).
    #[must_use]
    pub fn shrink(&self, own: f64, n: f64) -> Shrunk {
        shrink_to(self.mean, self.between, own, self.within, n)
    }
}

/// The posterior of a mean with prior N(`prior`, `between`), given `n` observations of variance
/// `within` and mean `own`.
fn shrink_to(prior: f64, between: f64, own: f64, within: f64, n: f64) -> Shrunk {
    if n <= 0.0 {
        return Shrunk {
            mean: prior,
            se: between.sqrt(),
            weight: 0.0,
        };
    }
    let noise = within / n;
    let weight = if between + noise > 0.0 {
        between / (between + noise)
    } else {
        0.0
    };
    Shrunk {
        mean: prior + weight * (own - prior),
        se: (weight * noise).sqrt(),
        weight,
    }
}

fn weighted_mean(groups: &[GroupSums], within: f64, between: f64) -> f64 {
    let weight = |g: &GroupSums| {
        let variance = between + within / g.n;
        if variance > 0.0 { 1.0 / variance } else { g.n }
    };
    let total: f64 = groups.iter().map(weight).sum();
    groups.iter().map(|g| weight(g) * g.mean).sum::<f64>() / total
}

/// The variance between groups by Paule and Mandel (1982): the value at which
/// sum of residual^2 / (value + noise) equals the number of residuals minus `parameters`;
/// 0 where even 0 makes the sum too small. Each residual comes with its noise variance.
#[must_use]
pub fn between_variance(residuals: &[(f64, f64)], parameters: f64) -> f64 {
    let target = residuals.len() as f64 - parameters;
    if target <= 0.0 {
        return 0.0;
    }
    let excess = |value: f64| {
        let sum: f64 = residuals
            .iter()
            .map(|(r, noise)| r * r / (value + noise).max(1e-12))
            .sum();
        sum - target
    };
    let (mut low, mut high) = (0.0, 1e-9);
    if excess(low) <= 0.0 {
        return 0.0;
    }
    while excess(high) > 0.0 && high < 1e12 {
        low = high;
        high *= 4.0;
    }
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if excess(middle) > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Rng;

    fn groups(between_sd: f64, seed: u64) -> Vec<GroupSums> {
        let mut rng = Rng::new(seed, "groups");
        (0..400)
            .map(|i| {
                let centre = 5.0 + between_sd * rng.normal();
                let values: Vec<f64> = (0..2 + i % 9).map(|_| centre + rng.normal()).collect();
                GroupSums::of(&values).unwrap()
            })
            .collect()
    }

    #[test]
    fn variances_are_recovered() {
        let fit = NormalMeans::fit(&groups(0.5, 1)).unwrap();
        assert!((fit.mean - 5.0).abs() < 0.1);
        assert!((fit.within - 1.0).abs() < 0.1);
        assert!((fit.between - 0.25).abs() < 0.1);
        let none = NormalMeans::fit(&groups(0.0, 2)).unwrap();
        assert!(none.between < 0.05);
    }

    #[test]
    fn few_observations_shrink_more() {
        let fit = NormalMeans {
            mean: 0.0,
            within: 1.0,
            between: 1.0,
        };
        let (few, many) = (fit.shrink(2.0, 1.0), fit.shrink(2.0, 99.0));
        assert!((few.mean - 1.0).abs() < 1e-12 && (many.mean - 1.98).abs() < 1e-12);
        assert!(few.se > many.se && fit.shrink(2.0, 0.0).mean.abs() < 1e-12);
    }

    #[test]
    fn degenerate_groups_do_not_divide_by_zero() {
        let one = [GroupSums::of(&[3.0]).unwrap()];
        let fit = NormalMeans::fit(&one).unwrap();
        assert_eq!((fit.mean, fit.within, fit.between), (3.0, 0.0, 0.0));
        assert!(fit.shrink(4.0, 1.0).mean.is_finite());
        assert_eq!(NormalMeans::fit(&[]), None);
    }
}
