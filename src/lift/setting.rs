//! The panel cut into what the computation needs: who was treated, who can be compared, and what was left out.

use super::Panel;
use super::estimate::mean;
use super::inference::LiftOptions;
use super::places::{gap, outliers};
use super::warning::LiftWarning;
use crate::error::{Error, Result};
use std::ops::Range;

/// Fewest days before the start.
const FEWEST_DAYS: usize = 14;

/// Treated places, controls and the days of the campaign.
#[derive(Debug)]
pub(super) struct Setting {
    /// Mean of the treated places.
    pub target: Vec<f64>,
    /// The controls.
    pub others: Vec<Vec<f64>>,
    pub names: Vec<String>,
    /// First day of the campaign and the one after its last.
    pub during: Range<usize>,
    /// How many places were treated.
    pub treated: usize,
}

impl Setting {
    /// Cuts the panel, and says what it left out.
    pub(super) fn new(panel: &Panel, options: &LiftOptions) -> Result<(Self, Vec<LiftWarning>)> {
        let treated = panel.places("--treated", &options.treated)?;
        if treated.is_empty() {
            return Err(Error::usage("--treated: expected at least one location"));
        }
        let excluded = panel.places("--exclude", &options.excluded)?;
        let during = days_of(panel, options)?;
        let mut warnings = Vec::new();
        sound_treated(panel, &treated, during.start)?;
        let candidates: Vec<usize> = (0..panel.locations.len())
            .filter(|place| !treated.contains(place) && !excluded.contains(place))
            .collect();
        let controls = comparable(panel, candidates, &during, &mut warnings);
        if controls.len() < 2 {
            let hint: Vec<String> = warnings.iter().map(ToString::to_string).collect();
            let hint = hint.join("; ");
            let error = Error::usage(format!(
                "{} locations are left to compare with, expected at least 2",
                controls.len()
            ));
            return Err(if hint.is_empty() {
                error
            } else {
                error.with_hint(hint)
            });
        }
        let (panel, said) = without_outliers(panel, &treated, &controls, &during);
        warnings.extend(said);
        Ok((
            Self {
                target: panel.mean_of(&treated),
                others: controls
                    .iter()
                    .map(|p| panel.outcomes[*p].clone())
                    .collect(),
                names: controls
                    .iter()
                    .map(|p| panel.locations[*p].clone())
                    .collect(),
                during,
                treated: treated.len(),
            },
            warnings,
        ))
    }
}

/// The campaign's days as places in the panel's dates.
fn days_of(panel: &Panel, options: &LiftOptions) -> Result<Range<usize>> {
    let (first, last) = (panel.dates[0], panel.dates[panel.dates.len() - 1]);
    if options.end < options.start {
        return Err(Error::usage(format!(
            "--end {}: is before --start {}",
            options.end, options.start
        )));
    }
    // A panel by weeks need not have the very dates.
    let during = panel.dates.partition_point(|d| *d < options.start)
        ..panel.dates.partition_point(|d| *d <= options.end);
    if options.start < first || options.end > last || during.is_empty() {
        return Err(Error::usage(format!(
            "--start {} --end {}: the panel goes from {first} to {last}",
            options.start, options.end
        )));
    }
    if during.start < FEWEST_DAYS {
        return Err(Error::usage(format!(
            "--start {}: there are {} dates before it, expected at least {FEWEST_DAYS}",
            options.start, during.start
        ))
        .with_hint("the dates before the start are all that the counterfactual is fitted to"));
    }
    Ok(during)
}

/// A treated place needs a past: it cannot be left out, since the question is about it.
fn sound_treated(panel: &Panel, treated: &[usize], before: usize) -> Result<()> {
    let target = panel.mean_of(treated);
    let days: Vec<usize> = (0..before).collect();
    if mean(&target, &days) <= 0.0 {
        return Err(Error::usage(
            "--treated: nothing was counted there before the start, so there is nothing to compare",
        ));
    }
    for place in treated {
        if let Some((from, to)) = gap(&panel.outcomes[*place][..before]) {
            return Err(Error::usage(format!(
                "--treated {:?}: nothing was counted there from {} to {}, so its past is no comparison",
                panel.locations[*place], panel.dates[from], panel.dates[to]
            ))
            .with_hint("leave the location out of --treated, or let the panel begin after that"));
        }
    }
    Ok(())
}

/// The candidates with a past and without a gap; the others are said.
fn comparable(
    panel: &Panel,
    candidates: Vec<usize>,
    during: &Range<usize>,
    warnings: &mut Vec<LiftWarning>,
) -> Vec<usize> {
    let before: Vec<usize> = (0..during.start).collect();
    let (mut empty, mut gaps, mut controls) = (Vec::new(), Vec::new(), Vec::new());
    for place in candidates {
        let (series, name) = (&panel.outcomes[place], &panel.locations[place]);
        // What counts nothing before the start has no movement to follow.
        if mean(series, &before) <= 0.0 {
            empty.push(name.clone());
        } else if let Some((from, to)) = gap(&series[..during.end]) {
            gaps.push(format!(
                "{name} ({} to {})",
                panel.dates[from], panel.dates[to]
            ));
        } else {
            controls.push(place);
        }
    }
    if !empty.is_empty() {
        warnings.push(LiftWarning::WithoutPast(empty));
    }
    if !gaps.is_empty() {
        warnings.push(LiftWarning::WithGap(gaps));
    }
    controls
}

/// The panel with single wild days replaced by what the other places make expect: before the start everywhere, during
/// the campaign in the controls alone, since in a treated place it may be the effect.
fn without_outliers(
    panel: &Panel,
    treated: &[usize],
    controls: &[usize],
    during: &Range<usize>,
) -> (Panel, Option<LiftWarning>) {
    let mut cleaned = panel.clone();
    let all: Vec<usize> = treated.iter().chain(controls).copied().collect();
    let mut listed = Vec::new();
    for outlier in outliers(panel, &all, during.end) {
        if during.contains(&outlier.day) && treated.contains(&outlier.place) {
            continue;
        }
        let cell = &mut cleaned.outcomes[outlier.place][outlier.day];
        listed.push(format!(
            "{} on {} ({:.0} where {:.0} was to be expected)",
            panel.locations[outlier.place], panel.dates[outlier.day], *cell, outlier.expected
        ));
        *cell = outlier.expected;
    }
    let said = (!listed.is_empty()).then_some(LiftWarning::Outliers(listed));
    (cleaned, said)
}
