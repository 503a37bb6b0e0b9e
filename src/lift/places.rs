//! Which places can be compared, and single days that no comparison explains.

use super::Panel;
use crate::stats::{MAD_TO_SD, mad, median};

/// Longest run of zeros that is passed over, in dates.
const SHORTEST_GAP: usize = 3;
/// The same as a share of the dates.
const GAP_SHARE: f64 = 0.05;
/// A run of zeros is a gap where fewer than this many such runs are expected of a place that counts as it does on its
/// other dates.
const UNEXPECTED: f64 = 0.01;
/// A date is an outlier where a place counts this many times what the others' movement and its own median make expect,
const OUTLIER_FACTOR: f64 = 8.0;
/// and is this many robust standard deviations away from it.
const OUTLIER_SCALES: f64 = 20.0;
/// A place with a larger share of such dates counts like that.
const MOST_OUTLIERS: f64 = 0.03;

/// First and last of the longest run of zeros in `series`, where the zeros on its other dates do not explain it: a
/// place that opened late, closed, or was not counted for a while.
pub(super) fn gap(series: &[f64]) -> Option<(usize, usize)> {
    let (mut longest, mut from) = (0..0, 0);
    for t in 0..=series.len() {
        if series.get(t).is_some_and(|v| *v == 0.0) {
            continue;
        }
        if t - from > longest.len() {
            longest = from..t;
        }
        from = t + 1;
    }
    let n = series.len() as f64;
    if longest.len() < SHORTEST_GAP || (longest.len() as f64) < GAP_SHARE * n {
        return None;
    }
    let zeros = series.iter().filter(|v| **v == 0.0).count();
    let other_zeros = (zeros - longest.len()) as f64;
    let rate = (other_zeros + 0.5) / (n - longest.len() as f64 + 1.0);
    let expected = n * rate.powf(longest.len() as f64);
    (expected < UNEXPECTED).then(|| (longest.start, longest.end - 1))
}

/// A count that no comparison explains: where, when, and what the other places make expect there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Outlier {
    pub place: usize,
    pub day: usize,
    pub expected: f64,
}

/// The outliers of `places` on the first `days` dates.
pub(super) fn outliers(panel: &Panel, places: &[usize], days: usize) -> Vec<Outlier> {
    let relative: Vec<Option<Vec<f64>>> = places
        .iter()
        .map(|place| {
            let series = &panel.outcomes[*place][..days];
            let level = median(series).filter(|level| *level > 0.0)?;
            Some(series.iter().map(|v| v / level).collect())
        })
        .collect();
    // What all places do on a date: the median, so that one of them moves nothing.
    let common: Vec<f64> = (0..days)
        .map(|t| {
            let day: Vec<f64> = relative.iter().flatten().map(|r| r[t]).collect();
            median(&day).unwrap_or(1.0)
        })
        .collect();
    let mut found = Vec::new();
    for (place, relative) in places.iter().zip(&relative) {
        let Some(relative) = relative else { continue };
        let away: Vec<f64> = relative.iter().zip(&common).map(|(r, c)| r - c).collect();
        let scale = mad(&away).unwrap_or(0.0) * MAD_TO_SD;
        let level = median(&panel.outcomes[*place][..days]).unwrap_or(0.0);
        let own: Vec<Outlier> = (0..days)
            .filter(|t| {
                common[*t] > 0.0
                    && relative[*t] > OUTLIER_FACTOR * common[*t]
                    && away[*t] > OUTLIER_SCALES * scale
            })
            .map(|day| Outlier {
                place: *place,
                day,
                expected: level * common[day],
            })
            .collect();
        if own.len() as f64 <= MOST_OUTLIERS * days as f64 {
            found.extend(own);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn late_openings_and_closures_are_gaps_and_rare_counts_are_none() {
        let mut opened = vec![0.0; 30];
        opened.extend([90.0; 26]);
        assert_eq!(gap(&opened), Some((0, 29)));
        let mut closed = vec![50.0; 40];
        closed[20..27].fill(0.0);
        assert_eq!(gap(&closed), Some((20, 26)));
        let rare: Vec<f64> = (0..60).map(|t| f64::from(u8::from(t % 4 == 0))).collect();
        assert_eq!(gap(&rare), None);
        let weekends: Vec<f64> = (0..70).map(|t| if t % 7 < 2 { 0.0 } else { 9.0 }).collect();
        assert_eq!(gap(&weekends), None);
        assert_eq!(gap(&[5.0; 20]), None);
    }

    #[test]
    fn one_wild_day_is_found_and_a_day_that_is_wild_everywhere_is_none() {
        let dates = (0..40)
            .map(|t| {
                jiff::civil::date(2026, 1, 1)
                    .checked_add(jiff::Span::new().days(t))
                    .unwrap()
            })
            .collect();
        let mut outcomes: Vec<Vec<f64>> = (0..6)
            .map(|p| {
                (0..40)
                    .map(|t| 100.0 + f64::from((t * 7 + p * 3) % 11))
                    .collect()
            })
            .collect();
        for series in &mut outcomes {
            series[30] *= 20.0;
        }
        outcomes[2][12] = 5000.0;
        let panel = Panel {
            locations: (0..6).map(|p| p.to_string()).collect(),
            dates,
            outcomes,
        };
        let found = outliers(&panel, &[0, 1, 2, 3, 4, 5], 40);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].place, found[0].day), (2, 12));
        assert!((95.0..115.0).contains(&found[0].expected));
    }
}
