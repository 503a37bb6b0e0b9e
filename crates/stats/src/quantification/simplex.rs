//! Least squares under the rule that shares are not negative and add up to 1.

use super::CLASSES;
use crate::solve;

/// The sets of classes that may be above zero, the largest first.
const FACES: [&[usize]; 7] = [&[0, 1, 2], &[0, 1], &[0, 2], &[1, 2], &[0], &[1], &[2]];

/// The shares π on the simplex that minimise `|q - Mᵀπ|²`, where row k of `by_class` is what class k looks
/// like on average and `observed` (q) what the population does: adjusted counting with its constraint
/// (Forman 2008; Bella and others 2010). All seven faces of the simplex are looked at, so the minimum is exact.
#[must_use]
pub fn shares_on_simplex(
    by_class: &[[f64; CLASSES]; CLASSES],
    observed: &[f64; CLASSES],
) -> [f64; CLASSES] {
    let mut best = ([1.0 / CLASSES as f64; CLASSES], f64::INFINITY);
    for face in FACES {
        let Some(shares) = on_face(by_class, observed, face) else {
            continue;
        };
        let distance: f64 = (0..CLASSES)
            .map(|j| {
                let seen: f64 = (0..CLASSES).map(|k| shares[k] * by_class[k][j]).sum();
                (observed[j] - seen).powi(2)
            })
            .sum();
        if distance < best.1 - 1e-15 {
            best = (shares, distance);
        }
        // Nothing on the border is nearer than a point within.
        if face.len() == CLASSES {
            return best.0;
        }
    }
    best.0
}

/// The minimum with the classes outside `face` at 0; `None` where it has a negative share.
fn on_face(
    by_class: &[[f64; CLASSES]; CLASSES],
    observed: &[f64; CLASSES],
    face: &[usize],
) -> Option<[f64; CLASSES]> {
    let mut shares = [0.0; CLASSES];
    if let [only] = face {
        shares[*only] = 1.0;
        return Some(shares);
    }
    // The last class takes what the others leave: differences to it make the sum 1 by themselves.
    let (last, others) = face.split_last()?;
    let gap = |k: usize, j: usize| by_class[k][j] - by_class[*last][j];
    let dot = |f: &dyn Fn(usize) -> f64| (0..CLASSES).map(f).sum::<f64>();
    let a = others
        .iter()
        .map(|&k| {
            others
                .iter()
                .map(|&l| dot(&|j| gap(k, j) * gap(l, j)))
                .collect()
        })
        .collect();
    let b = others
        .iter()
        .map(|&k| dot(&|j| gap(k, j) * (observed[j] - by_class[*last][j])))
        .collect();
    let found = solve(a, b)?;
    for (k, share) in others.iter().zip(&found) {
        shares[*k] = *share;
    }
    shares[*last] = 1.0 - found.iter().sum::<f64>();
    shares.iter().all(|s| *s >= 0.0).then_some(shares)
}

#[cfg(test)]
mod tests {
    use super::shares_on_simplex;

    const M: [[f64; 3]; 3] = [[0.7, 0.2, 0.1], [0.2, 0.6, 0.2], [0.1, 0.2, 0.7]];

    #[test]
    fn undoes_a_mixture() {
        let shares = [0.5, 0.3, 0.2];
        let seen = std::array::from_fn(|j| (0..3).map(|k| shares[k] * M[k][j]).sum());
        let found = shares_on_simplex(&M, &seen);
        assert!(found.iter().zip(shares).all(|(f, s)| (f - s).abs() < 1e-12));
    }

    #[test]
    fn stays_on_the_simplex_and_is_the_nearest_there() {
        let seen = [0.02, 0.1, 0.88];
        let found = shares_on_simplex(&M, &seen);
        assert!((found.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        let distance = |s: &[f64; 3]| -> f64 {
            (0..3)
                .map(|j| (seen[j] - (0..3).map(|k| s[k] * M[k][j]).sum::<f64>()).powi(2))
                .sum()
        };
        for i in 0..=50 {
            for j in 0..=(50 - i) {
                let grid = [
                    f64::from(i) / 50.0,
                    f64::from(j) / 50.0,
                    f64::from(50 - i - j) / 50.0,
                ];
                assert!(distance(&found) <= distance(&grid) + 1e-12);
            }
        }
    }
}
