//! How much less often a chain of states ends well when one of its states is taken out.

use super::solve;
use std::collections::BTreeMap;

/// States above which [`removal_effects`] declines: its dense matrix would take seconds.
const MOST_STATES: usize = 1_000;

/// The paths that a chain is estimated from.
#[derive(Debug, Clone, Default)]
pub struct Paths {
    /// How often state a is followed by state b; `None` is the start before the first and the end after the last.
    steps: BTreeMap<(Option<usize>, Option<usize>), f64>,
    /// How often a path ended well, by its last state.
    ended_well: BTreeMap<usize, f64>,
}

impl Paths {
    /// Adds a path through `states`, in order; `well` says how it ended. An empty path says nothing.
    pub fn add(&mut self, states: impl IntoIterator<Item = usize>, well: bool) {
        let mut before = None;
        for state in states {
            *self.steps.entry((before, Some(state))).or_default() += 1.0;
            before = Some(state);
        }
        let Some(last) = before else { return };
        *self.steps.entry((before, None)).or_default() += 1.0;
        if well {
            *self.ended_well.entry(last).or_default() += 1.0;
        }
    }
}

/// For each of the states `0..n`: the share of good ends that are lost when every step into that state is a bad
/// end (Anderl and others 2016, "Mapping the customer journey"), of a first-order Markov chain.
///
/// With N = (I - Q)^-1 for the steps Q between states, a path ends well with probability p = a N g (a: where paths
/// start, g: chance of a good end right after a state); it meets state c with probability `(a N)_c / N_cc`, and from
/// there ends well with `(N g)_c`, so the effect of c is their product over p. `None` where no path ends well, or
/// where there are more than 1,000 states.
#[must_use]
pub fn removal_effects(paths: &Paths, n: usize) -> Option<Vec<f64>> {
    if n > MOST_STATES {
        return None;
    }
    let mut leaving = vec![0.0; n];
    let mut starts = vec![0.0; n];
    for ((from, to), times) in &paths.steps {
        match (from, to) {
            (None, Some(to)) => starts[*to] += times,
            (Some(from), _) => leaving[*from] += times,
            (None, None) => {}
        }
    }
    let all: f64 = starts.iter().sum();
    let mut matrix = vec![vec![0.0; n]; n];
    for (i, row) in matrix.iter_mut().enumerate() {
        row[i] = 1.0;
    }
    for ((from, to), times) in &paths.steps {
        if let (Some(from), Some(to)) = (from, to) {
            matrix[*from][*to] -= times / leaving[*from];
        }
    }
    let mut good = vec![0.0; n];
    for (state, times) in &paths.ended_well {
        good[*state] = times / leaving[*state];
    }
    let ends_well = solve(matrix.clone(), good)?;
    let transposed = (0..n)
        .map(|i| (0..n).map(|j| matrix[j][i]).collect())
        .collect();
    let visits = solve(transposed, starts.iter().map(|s| s / all).collect())?;
    let total: f64 = starts
        .iter()
        .zip(&ends_well)
        .map(|(s, e)| s / all * e)
        .sum();
    if total <= 0.0 {
        return None;
    }
    let returns = inverse_diagonal(matrix)?;
    Some(
        (0..n)
            .map(|c| visits[c] / returns[c] * ends_well[c] / total)
            .collect(),
    )
}

/// The diagonal of a matrix's inverse, by Gauss and Jordan's elimination. The matrix is one of a chain that ends,
/// so its diagonal needs no pivoting: it is weakly dominant in every row.
fn inverse_diagonal(mut a: Vec<Vec<f64>>) -> Option<Vec<f64>> {
    let n = a.len();
    for k in 0..n {
        let pivot = a[k][k];
        if pivot.abs() < 1e-12 {
            return None;
        }
        a[k][k] = 1.0;
        for cell in &mut a[k] {
            *cell /= pivot;
        }
        let lead = a[k].clone();
        for (i, row) in a.iter_mut().enumerate() {
            let factor = row[k];
            if i == k || factor == 0.0 {
                continue;
            }
            row[k] = 0.0;
            for (cell, above) in row.iter_mut().zip(&lead) {
                *cell -= factor * above;
            }
        }
    }
    Some((0..n).map(|i| a[i][i]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Rng;

    /// The same by walking the chain with a state's steps cut off.
    fn by_power(paths: &Paths, n: usize, removed: Option<usize>) -> f64 {
        let mut leaving = vec![0.0; n];
        let mut all = 0.0;
        for ((from, _), times) in &paths.steps {
            match from {
                Some(from) => leaving[*from] += times,
                None => all += times,
            }
        }
        let mut at = vec![0.0; n];
        for ((from, to), times) in &paths.steps {
            if let (None, Some(to)) = (from, to) {
                at[*to] += times / all;
            }
        }
        let mut well = 0.0;
        for _ in 0..2_000 {
            if let Some(removed) = removed {
                at[removed] = 0.0;
            }
            let mut next = vec![0.0; n];
            for ((from, to), times) in &paths.steps {
                if let (Some(from), Some(to)) = (from, to) {
                    next[*to] += at[*from] * times / leaving[*from];
                }
            }
            for (state, times) in &paths.ended_well {
                well += at[*state] * times / leaving[*state];
            }
            at = next;
        }
        well
    }

    #[test]
    fn the_same_as_walking_the_chain() {
        let mut rng = Rng::new(1, "paths");
        let mut paths = Paths::default();
        for _ in 0..400 {
            let length = 1 + rng.below(5);
            let states: Vec<usize> = (0..length).map(|_| rng.below(6)).collect();
            paths.add(states, rng.uniform() < 0.3);
        }
        let effects = removal_effects(&paths, 6).unwrap();
        let whole = by_power(&paths, 6, None);
        for (state, effect) in effects.iter().enumerate() {
            let expected = 1.0 - by_power(&paths, 6, Some(state)) / whole;
            assert!(
                (effect - expected).abs() < 1e-9,
                "{state}: {effect} {expected}"
            );
        }
    }

    #[test]
    fn a_state_that_all_pass_takes_everything_and_one_that_nobody_meets_nothing() {
        let mut paths = Paths::default();
        paths.add([0, 1], true);
        paths.add([1], true);
        paths.add([0], false);
        let effects = removal_effects(&paths, 3).unwrap();
        assert!(
            (effects[1] - 1.0).abs() < 1e-12 && effects[2].abs() < 1e-12,
            "{effects:?}"
        );
        assert!(removal_effects(&Paths::default(), 3).is_none());
    }
}
