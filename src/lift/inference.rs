//! The effect with its interval, p-values, power, and warnings.

use super::Panel;
use super::estimate::{
    Counterfactual, Day, LiftMethod, PrePeriod, Series, Weight, mean, pre_period,
};
use crate::error::{Error, Result};
use crate::stats::{moving_block_p, placebo_p, student_quantile, student_two_sided_p};
use jiff::civil::Date;
use rayon::prelude::*;
use serde::Serialize;

/// Fewest days before the start.
const FEWEST_DAYS: usize = 14;
/// Share of the mean by which the counterfactual may miss before the start without a warning.
const POOR_FIT: f64 = 0.10;
/// Weights below this are not listed.
const SMALLEST_WEIGHT: f64 = 0.001;

/// What is to be estimated.
#[derive(Debug, Clone, PartialEq)]
pub struct LiftOptions {
    /// Names of the places that the campaign ran in.
    pub treated: Vec<String>,
    /// Names of places to leave out, since they saw some of it or are no comparison.
    pub excluded: Vec<String>,
    /// First day of the campaign.
    pub start: Date,
    /// Last day of it.
    pub end: Date,
    /// The method of the answer; the others stand beside it.
    pub method: LiftMethod,
}

/// The effect by one method. Intervals are of 95 %.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Lift {
    /// How.
    pub method: LiftMethod,
    /// Mean effect per treated place and day, in units of the outcome.
    pub att: f64,
    /// Lower end.
    pub att_lower: f64,
    /// Upper end.
    pub att_upper: f64,
    /// Effect in percent of the counterfactual.
    pub lift_percent: f64,
    /// Lower end, in percent.
    pub lower: f64,
    /// Upper end, in percent.
    pub upper: f64,
    /// Effect summed over treated places and days.
    pub incremental: f64,
    /// Lower end.
    pub incremental_lower: f64,
    /// Upper end.
    pub incremental_upper: f64,
    /// Of no effect, two-sided; below 0.05 exactly where the interval leaves 0 out.
    pub p_value: f64,
    /// By moving blocks of residuals under no effect (Chernozhukov, Wüthrich and Zhu 2021).
    pub p_conformal: f64,
    /// By the same computation for every place that was not treated: rank of the ratio of mean square gaps after and before (Abadie and others 2010).
    pub p_placebo: f64,
    /// Lift that would be found significant in 80 % of such tests, in percent.
    pub detectable_percent: f64,
    /// The fit before the start.
    pub pre_period: PrePeriod,
}

/// What a panel says.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LiftReport {
    /// By the method asked for.
    pub answer: Lift,
    /// By all methods, the one asked for first.
    pub methods: Vec<Lift>,
    /// Places of the counterfactual, the heaviest first.
    pub weights: Vec<Weight>,
    /// All days.
    pub days: Vec<Day>,
    /// Places that were treated, and those held against them.
    pub treated: usize,
    /// How many places make up the pool of controls.
    pub controls: usize,
    /// What to be careful about, in sentences.
    pub warnings: Vec<String>,
}

/// The panel cut into what the computation needs.
struct Setting {
    target: Vec<f64>,
    others: Vec<Vec<f64>>,
    names: Vec<String>,
    /// First day of the campaign and the one after its last.
    during: std::ops::Range<usize>,
    treated: usize,
}

/// The effect of a campaign that ran in some places of a panel.
///
/// # Errors
/// [`Error::Usage`] for places or days that are not in the panel, fewer than 14 days before the start, fewer than two other places, or
/// treated places that count nothing before the start.
pub fn estimate_lift(panel: &Panel, options: &LiftOptions) -> Result<LiftReport> {
    let (setting, mut warnings) = cut(panel, options)?;
    let mut order = vec![options.method];
    order.extend(LiftMethod::ALL.into_iter().filter(|m| *m != options.method));
    let methods: Vec<(Lift, Counterfactual)> =
        order.iter().map(|method| setting.lift(*method)).collect();
    let (answer, shown) = &methods[0];
    warnings.extend(warnings_of(answer, &setting));
    let mut weights: Vec<Weight> = setting
        .names
        .iter()
        .zip(&shown.fit.weights)
        .filter(|(_, weight)| weight.abs() >= SMALLEST_WEIGHT)
        .map(|(location, weight)| Weight {
            location: location.clone(),
            weight: *weight,
        })
        .collect();
    weights.sort_by(|a, b| {
        b.weight
            .abs()
            .total_cmp(&a.weight.abs())
            .then_with(|| a.location.cmp(&b.location))
    });
    let days = panel
        .dates
        .iter()
        .enumerate()
        .map(|(t, date)| Day {
            date: *date,
            observed: setting.target[t],
            counterfactual: shown.values[t],
            treated: setting.during.contains(&t),
        })
        .collect();
    Ok(LiftReport {
        answer: answer.clone(),
        days,
        weights,
        treated: setting.treated,
        controls: setting.others.len(),
        warnings,
        methods: methods.into_iter().map(|m| m.0).collect(),
    })
}

fn cut(panel: &Panel, options: &LiftOptions) -> Result<(Setting, Vec<String>)> {
    let treated = panel.places("--treated", &options.treated)?;
    if treated.is_empty() {
        return Err(Error::usage("--treated: expected at least one location"));
    }
    let excluded = panel.places("--exclude", &options.excluded)?;
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
        .with_hint("the dates before the start are all that the counterfactual is learned from"));
    }
    let before: Vec<usize> = (0..during.start).collect();
    let target = panel.mean_of(&treated);
    if mean(&target, &before) <= 0.0 {
        return Err(Error::usage(
            "--treated: nothing was counted there before the start, so there is nothing to compare",
        ));
    }
    let mut warnings = Vec::new();
    let (mut others, mut names, mut empty) = (Vec::new(), Vec::new(), Vec::new());
    for (place, series) in panel.outcomes.iter().enumerate() {
        if treated.contains(&place) || excluded.contains(&place) {
            continue;
        }
        // What counts nothing before the start has no movement to follow.
        if mean(series, &before) <= 0.0 {
            empty.push(panel.locations[place].as_str());
            continue;
        }
        others.push(series.clone());
        names.push(panel.locations[place].clone());
    }
    if !empty.is_empty() {
        warnings.push(format!(
            "left out since nothing was counted there before the start: {}",
            empty.join(", ")
        ));
    }
    if others.len() < 2 {
        return Err(Error::usage(format!(
            "{} locations are left to compare with, expected at least 2",
            others.len()
        )));
    }
    let setting = Setting {
        target,
        others,
        names,
        during,
        treated: treated.len(),
    };
    Ok((setting, warnings))
}

impl Setting {
    fn series(&self) -> Series<'_> {
        Series {
            target: &self.target,
            others: &self.others,
        }
    }

    fn lift(&self, method: LiftMethod) -> (Lift, Counterfactual) {
        let series = self.series();
        let before: Vec<usize> = (0..self.during.start).collect();
        let found = series.counterfactual(&before, method, None);
        let att = series.gap(&found.values, self.during.clone());
        let (se, degrees_of_freedom) = self.placebo_error(&series, method, found.fit.penalty);
        let half = student_quantile(0.975, degrees_of_freedom) * se;
        let observed =
            self.during.clone().map(|t| self.target[t]).sum::<f64>() / self.during.len() as f64;
        // A larger effect means a smaller counterfactual, so the ends are taken over their own.
        let percent = |effect: f64| 100.0 * effect / (observed - effect).max(1e-9);
        let sum = (self.treated * self.during.len()) as f64;
        let power =
            student_quantile(0.975, degrees_of_freedom) + student_quantile(0.8, degrees_of_freedom);
        let lift = Lift {
            method,
            att,
            att_lower: att - half,
            att_upper: att + half,
            lift_percent: percent(att),
            lower: percent(att - half),
            upper: percent(att + half),
            incremental: sum * att,
            incremental_lower: sum * (att - half),
            incremental_upper: sum * (att + half),
            p_value: student_two_sided_p(att / se, degrees_of_freedom),
            p_conformal: self.conformal(&series, method, found.fit.penalty),
            p_placebo: self.placebo(&series, &found, method),
            detectable_percent: 100.0 * power * se / (observed - att).max(1e-9),
            pre_period: pre_period(&self.target, &found.values, &before),
        };
        (lift, found)
    }

    /// The standard error of the mean gap over as many days as the campaign has, and its degrees of freedom.
    ///
    /// Every block of that length before the start (at most a third of those days), moved on by a quarter of its length at a
    /// time, is predicted twice: from all other days, and from the days on its longer side alone, so that a drift counts as it does
    /// for the campaign, which has days on one side only. The root mean square of all the mean gaps is the error of such a
    /// prediction, with whatever dependence the days have among each other. Blocks that overlap say a little more than those that
    /// do not: a quarter more degrees of freedom made intervals hold the truth as often as they say (docs/lift.md).
    fn placebo_error(
        &self,
        series: &Series<'_>,
        method: LiftMethod,
        penalty: Option<f64>,
    ) -> (f64, f64) {
        let before = self.during.start;
        let length = self.during.len().min(before / 3).max(1);
        let starts: Vec<usize> = (0..=before - length).step_by((length / 4).max(1)).collect();
        let squares: Vec<f64> = starts
            .par_iter()
            .flat_map_iter(|from| {
                let block = *from..from + length;
                let around: Vec<usize> = (0..before).filter(|t| !block.contains(t)).collect();
                let beside: Vec<usize> = if block.start >= before - block.end {
                    (0..block.start).collect()
                } else {
                    (block.end..before).collect()
                };
                [around, beside].map(|fitted| {
                    let found = series.counterfactual(&fitted, method, penalty);
                    series.gap(&found.values, block.clone()).powi(2)
                })
            })
            .collect();
        let mean = squares.iter().sum::<f64>() / squares.len() as f64;
        let degrees_of_freedom = 1.25 * before as f64 / length as f64;
        (mean.sqrt().max(1e-12), degrees_of_freedom)
    }

    /// Residuals of a fit to all days as if there were no effect; how unusual is the campaign's block of them?
    fn conformal(&self, series: &Series<'_>, method: LiftMethod, penalty: Option<f64>) -> f64 {
        let all: Vec<usize> = (0..self.during.end).collect();
        let found = series.counterfactual(&all, method, penalty);
        let residuals: Vec<f64> = all
            .iter()
            .map(|t| self.target[*t] - found.values[*t])
            .collect();
        moving_block_p(&residuals, self.during.len())
    }

    fn placebo(&self, series: &Series<'_>, found: &Counterfactual, method: LiftMethod) -> f64 {
        let before: Vec<usize> = (0..self.during.start).collect();
        let ratio = |series: &Series<'_>, values: &[f64]| {
            let square = |t: usize| (series.target[t] - values[t]).powi(2);
            let after = self.during.clone().map(square).sum::<f64>() / self.during.len() as f64;
            let fitted = before.iter().map(|t| square(*t)).sum::<f64>() / before.len() as f64;
            after / fitted.max(1e-12)
        };
        let own = ratio(series, &found.values);
        let placebos: Vec<f64> = (0..self.others.len())
            .into_par_iter()
            .map(|place| {
                let others: Vec<Vec<f64>> = self
                    .others
                    .iter()
                    .enumerate()
                    .filter(|(other, _)| *other != place)
                    .map(|(_, series)| series.clone())
                    .collect();
                let series = Series {
                    target: &self.others[place],
                    others: &others,
                };
                let found = series.counterfactual(&before, method, found.fit.penalty);
                ratio(&series, &found.values)
            })
            .collect();
        placebo_p(own, &placebos)
    }
}

fn warnings_of(lift: &Lift, setting: &Setting) -> Vec<String> {
    let mut warnings = Vec::new();
    let fit = lift.pre_period;
    if fit.mape > POOR_FIT {
        warnings.push(format!(
            "before the start the counterfactual misses by {:.0} % in the mean: no comparison is close, so the lift is not to be relied on",
            100.0 * fit.mape
        ));
    }
    if fit.r_squared.is_some_and(|r| r < 0.5) && lift.method != LiftMethod::DifferenceInDifferences
    {
        warnings.push(
            "before the start the counterfactual follows less than half of the treated locations' ups and downs".to_owned(),
        );
    }
    let days = setting.during.len();
    if fit.days < 3 * days {
        warnings.push(format!(
            "{} days before the start for {days} days of campaign: expected three times as many, so the interval is learned from shorter blocks and may be too narrow",
            fit.days
        ));
    }
    if lift.detectable_percent > 15.0 {
        warnings.push(format!(
            "this panel finds a lift below {:.0} % less than four times in five",
            lift.detectable_percent
        ));
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Observation;
    use crate::stats::Rng;

    /// Twelve places that share a weekly rhythm and a slow drift, a hundred days long.
    fn panel(seed: u64, lift: f64) -> Panel {
        let mut rng = Rng::new(seed, "panel");
        let first: Date = "2026-01-01".parse().unwrap();
        let mut rows = Vec::new();
        let mut drift = [0.0_f64; 2];
        let common: Vec<[f64; 2]> = (0..100)
            .map(|_| {
                for d in &mut drift {
                    *d += 0.02 * rng.normal();
                }
                drift
            })
            .collect();
        for place in 0..12 {
            let (size, share) = (500.0 * (1.0 + rng.uniform()), rng.uniform());
            for (t, common) in common.iter().enumerate() {
                let week = 1.0 + 0.2 * (t as f64 / 7.0 * std::f64::consts::TAU).sin();
                let trend = (share * common[0] + (1.0 - share) * common[1]).exp();
                let noise = 1.0 + 0.04 * rng.normal();
                let effect = if place < 2 && t >= 86 {
                    1.0 + lift
                } else {
                    1.0
                };
                rows.push(Observation {
                    location: format!("place {place:02}"),
                    date: first.checked_add(jiff::Span::new().days(t as i64)).unwrap(),
                    outcome: size * week * trend * noise * effect,
                });
            }
        }
        Panel::new(&rows).unwrap()
    }

    fn options() -> LiftOptions {
        LiftOptions {
            treated: vec!["place 00".to_owned(), "place 01".to_owned()],
            excluded: Vec::new(),
            start: "2026-03-28".parse().unwrap(),
            end: "2026-04-10".parse().unwrap(),
            method: LiftMethod::SyntheticControl,
        }
    }

    #[test]
    fn intervals_hold_the_planted_lift_and_nothing_is_found_where_nothing_is() {
        let (mut held, mut false_alarms) = (0, 0);
        for seed in 0..60 {
            let lift = if seed % 2 == 0 { 0.0 } else { 10.0 };
            let found = estimate_lift(&panel(seed, lift / 100.0), &options())
                .unwrap()
                .answer;
            held += u32::from(found.lower <= lift && lift <= found.upper);
            false_alarms += u32::from(lift == 0.0 && found.p_value < 0.05);
            assert_eq!(found.p_value < 0.05, found.lower > 0.0 || found.upper < 0.0);
        }
        assert!(
            held >= 52 && false_alarms <= 4,
            "{held} of 60, {false_alarms} of 30"
        );
    }

    #[test]
    fn sums_and_means_agree_and_the_order_of_rows_does_not_matter() {
        let report = estimate_lift(&panel(1, 0.2), &options()).unwrap();
        let lift = &report.answer;
        assert!((lift.incremental - lift.att * 28.0).abs() < 1e-6);
        assert!((report.weights.iter().map(|w| w.weight).sum::<f64>() - 1.0).abs() < 0.02);
        let base: f64 = report
            .days
            .iter()
            .filter(|d| d.treated)
            .map(|d| d.counterfactual)
            .sum();
        assert!((lift.lift_percent - 100.0 * lift.att * 14.0 / base).abs() < 1e-9);
        assert!(
            lift.p_value < 0.05 && lift.p_conformal < 0.05 && lift.p_placebo < 0.2,
            "{lift:?}"
        );
        assert_eq!(report.methods.len(), 3);
    }

    #[test]
    fn what_cannot_be_estimated_is_said() {
        let panel = panel(1, 0.0);
        let error = |change: fn(&mut LiftOptions)| {
            let mut options = options();
            change(&mut options);
            estimate_lift(&panel, &options).unwrap_err().to_string()
        };
        for (message, part) in [
            (error(|o| o.treated.clear()), "at least one"),
            (
                error(|o| o.treated[0] = "place 1".to_owned()),
                "nearest names",
            ),
            (
                error(|o| o.start = "2025-01-01".parse().unwrap()),
                "goes from 2026-01-01",
            ),
            (
                error(|o| o.start = "2026-01-10".parse().unwrap()),
                "9 dates before",
            ),
            (
                error(|o| o.end = "2026-03-01".parse().unwrap()),
                "is before --start",
            ),
        ] {
            assert!(message.contains(part), "{message}");
        }
    }
}
