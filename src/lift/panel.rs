//! A panel of places by days (or weeks, or months: whatever dates it has), checked, and the groups in it.

use crate::error::{Error, Result};
use crate::schema::Observation;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// Every place on every day.
#[derive(Debug, Clone, PartialEq)]
pub struct Panel {
    /// The places in alphabetical order.
    pub locations: Vec<String>,
    /// The dates in order; every place has each of them.
    pub dates: Vec<Date>,
    /// One series per place, each as long as `dates`.
    pub outcomes: Vec<Vec<f64>>,
}

impl Panel {
    /// Arranges observations in any order.
    ///
    /// # Errors
    /// [`Error::Usage`] where a place has a day twice or lacks one, where an outcome is not finite,
    /// or where there is nothing.
    pub fn new(observations: &[Observation]) -> Result<Self> {
        let mut cells: BTreeMap<&str, BTreeMap<Date, f64>> = BTreeMap::new();
        for o in observations {
            let (place, day) = (o.location.as_str(), o.date);
            if !o.outcome.is_finite() {
                return Err(Error::usage(format!(
                    "panel: {place:?} on {day}: the outcome is not a finite number"
                )));
            }
            if cells
                .entry(place)
                .or_default()
                .insert(day, o.outcome)
                .is_some()
            {
                return Err(Error::usage(format!(
                    "panel: {place:?} has {day} twice, expected one row per location and day"
                ))
                .with_hint("add up or remove the repeated rows"));
            }
        }
        let days: BTreeSet<Date> = observations.iter().map(|o| o.date).collect();
        let (Some(first), Some(last)) = (days.first().copied(), days.last().copied()) else {
            return Err(Error::usage("panel: no usable row"));
        };
        let dates: Vec<Date> = days.into_iter().collect();
        let mut outcomes = Vec::with_capacity(cells.len());
        for (place, series) in &cells {
            if let Some(gap) = dates.iter().find(|day| !series.contains_key(day)) {
                return Err(Error::usage(format!(
                    "panel: {place:?} has no row for {gap}, expected every date that other locations have, from {first} to {last}"
                ))
                .with_hint("add the missing rows (0 where nothing happened) or leave the location out"));
            }
            outcomes.push(series.values().copied().collect());
        }
        Ok(Self {
            locations: cells.keys().map(|&place| place.to_owned()).collect(),
            dates,
            outcomes,
        })
    }

    /// Where the places named by `flag` stand in `locations`; upper and lower case are alike.
    ///
    /// # Errors
    /// [`Error::Usage`] for an unknown place, with the nearest names, or one named twice.
    pub fn places(&self, flag: &str, names: &[String]) -> Result<Vec<usize>> {
        let mut found = Vec::new();
        for name in names {
            let wanted = name.trim().to_lowercase();
            let at = self
                .locations
                .iter()
                .position(|l| l.trim().to_lowercase() == wanted)
                .ok_or_else(|| {
                    let mut near: Vec<(usize, &str)> = self
                        .locations
                        .iter()
                        .map(|l| (edits(&wanted, &l.to_lowercase()), l.as_str()))
                        .collect();
                    near.sort_unstable();
                    let near: Vec<&str> = near.iter().take(3).map(|(_, l)| *l).collect();
                    Error::usage(format!("{flag} {name:?}: no such location in the panel"))
                        .with_hint(format!("the nearest names: {}", near.join(", ")))
                })?;
            if found.contains(&at) {
                return Err(Error::usage(format!("{flag} {name:?}: named twice")));
            }
            found.push(at);
        }
        Ok(found)
    }

    /// The mean series of some places.
    #[must_use]
    pub fn mean_of(&self, places: &[usize]) -> Vec<f64> {
        (0..self.dates.len())
            .map(|t| {
                places.iter().map(|p| self.outcomes[*p][t]).sum::<f64>()
                    / places.len().max(1) as f64
            })
            .collect()
    }
}

/// Levenshtein's distance.
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let swap = corner + usize::from(x != *y);
            corner = row[j + 1];
            row[j + 1] = swap.min(corner + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn cell(location: &str, day: i8, outcome: f64) -> Observation {
        Observation {
            location: location.to_owned(),
            date: date(2024, 2, day),
            outcome,
        }
    }

    #[test]
    fn panels_are_arranged_whatever_the_order() {
        let panel = Panel::new(&[
            cell("b", 2, 4.0),
            cell("a", 1, 1.0),
            cell("b", 1, 3.0),
            cell("a", 2, 2.0),
        ]);
        let panel = panel.unwrap();
        assert_eq!(panel.outcomes, [[1.0, 2.0], [3.0, 4.0]]);
        assert_eq!(panel.mean_of(&[0, 1]), [2.0, 3.0]);
    }

    #[test]
    fn gaps_and_repeats_are_named() {
        let error = |cells: &[Observation]| Panel::new(cells).unwrap_err().to_string();
        assert!(
            error(&[cell("a", 1, 1.0), cell("a", 1, 1.0)]).contains("\"a\" has 2024-02-01 twice")
        );
        assert!(
            error(&[cell("a", 1, 1.0), cell("b", 1, 1.0), cell("b", 2, 1.0)])
                .contains("\"a\" has no row for 2024-02-02")
        );
        assert!(error(&[]).contains("no usable row"));
    }

    #[test]
    fn unknown_places_are_answered_with_the_nearest() {
        let panel = Panel::new(&[cell("new york", 1, 1.0), cell("chicago", 1, 1.0)]).unwrap();
        assert_eq!(
            panel.places("--treated", &["Chicago".to_owned()]).unwrap(),
            [0]
        );
        let error = panel
            .places("--treated", &["chicgo".to_owned()])
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("nearest names: chicago, new york"),
            "{error}"
        );
    }
}
