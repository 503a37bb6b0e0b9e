//! The effect with its interval, p-values, power, and warnings.

use super::Panel;
use super::errors::{PlacebosInSpace, error_in_time, placebos_in_space};
use super::estimate::{Counterfactual, Day, LiftMethod, PrePeriod, Series, Weight, pre_period};
use super::setting::Setting;
use super::warning::LiftWarning;
use crate::error::{Error, Result};
use crate::stats::{moving_block_p, placebo_p, student_quantile, student_two_sided_p};
use jiff::civil::Date;
use serde::Serialize;

/// Share of the mean by which the counterfactual may miss before the start without a warning.
const POOR_FIT: f64 = 0.10;
/// A widening of the interval by the other places above which a warning says so.
const WIDENED: f64 = 1.5;
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
    /// Effect in percent of the counterfactual; `None` where that is not above 0.
    pub lift_percent: Option<f64>,
    /// Lower end, in percent.
    pub lower: Option<f64>,
    /// Upper end, in percent; `None` where the counterfactual may be 0, so that there is none.
    pub upper: Option<f64>,
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
    /// By the same computation for every place that was not treated: rank of the ratio of mean square gaps after and
    /// before (Abadie and others 2010).
    pub p_placebo: f64,
    /// The smallest that `p_placebo` can be with so many controls: 1 / (controls + 1).
    pub p_placebo_smallest: f64,
    /// Lift that would be found significant in 80 % of such tests, in percent.
    pub detectable_percent: Option<f64>,
    /// By how much what the other places do during the campaign makes the interval wider than the days before the start
    /// alone: 1 is not at all; above it, places drift apart in a way that the past is too short to show.
    pub widened: f64,
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
    /// What to be careful about.
    pub warnings: Vec<LiftWarning>,
}

/// The effect of a campaign that ran in some places of a panel.
///
/// # Errors
/// [`Error::Usage`] for places or days that are not in the panel, fewer than 14 days before the start, fewer than two
/// other places, treated places that count nothing before the start or for a while of it, or places that follow each
/// other exactly.
pub fn estimate_lift(panel: &Panel, options: &LiftOptions) -> Result<LiftReport> {
    let (setting, mut warnings) = Setting::new(panel, options)?;
    let mut order = vec![options.method];
    order.extend(LiftMethod::ALL.into_iter().filter(|m| *m != options.method));
    let mut methods: Vec<(Lift, Counterfactual)> = vec![setting.lift(options.method)?];
    let beside = order[1..]
        .iter()
        .filter_map(|method| setting.lift(*method).ok());
    methods.extend(beside);
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

/// A standard error below this share of the level is rounding.
const ROUNDING: f64 = 1e-10;

impl Setting {
    fn series(&self) -> Series<'_> {
        Series {
            target: &self.target,
            others: self.others.iter().map(Vec::as_slice).collect(),
        }
    }

    /// The lift by one method.
    ///
    /// Where the other places follow the treated ones to the last bit, there is no error to measure: that is an error
    /// unless the effect is nothing as well.
    fn lift(&self, method: LiftMethod) -> Result<(Lift, Counterfactual)> {
        let series = self.series();
        let before: Vec<usize> = (0..self.during.start).collect();
        let found = series.counterfactual(&before, method, None);
        let att = series.gap(&found.values, self.during.clone());
        let placebos = placebos_in_space(&series, &self.during, method, found.fit.penalty);
        let in_time = error_in_time(&series, &self.during, method, found.fit.penalty);
        let widened = placebos.ratio.sqrt();
        let degrees_of_freedom = in_time.degrees_of_freedom;
        let level = self.target.iter().map(|v| v.abs()).sum::<f64>() / self.target.len() as f64;
        let se = in_time.mean_square.sqrt() * widened;
        let measured = se > ROUNDING * level;
        if !(measured || att.abs() <= ROUNDING * level) {
            return Err(Error::usage(
                "--panel: before the start the other places follow the treated ones to the last digit, so there is no error to measure a lift by",
            )
            .with_hint("expected outcomes as they were counted"));
        }
        let half = student_quantile(0.975, degrees_of_freedom) * se;
        let observed =
            self.during.clone().map(|t| self.target[t]).sum::<f64>() / self.during.len() as f64;
        // A larger effect means a smaller counterfactual, so the ends are taken over their own.
        let percent = |effect: f64| {
            let counterfactual = observed - effect;
            (counterfactual > 0.0).then(|| 100.0 * effect / counterfactual)
        };
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
            p_value: if measured {
                student_two_sided_p(att / se, degrees_of_freedom)
            } else {
                1.0
            },
            p_conformal: self.conformal(&series, method, found.fit.penalty),
            p_placebo: self.placebo_rank(&series, &found, &placebos),
            p_placebo_smallest: 1.0 / (1 + self.others.len()) as f64,
            detectable_percent: (observed > att).then(|| 100.0 * power * se / (observed - att)),
            widened,
            pre_period: pre_period(&self.target, &found.values, &before),
        };
        Ok((lift, found))
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

    fn placebo_rank(
        &self,
        series: &Series<'_>,
        found: &Counterfactual,
        placebos: &PlacebosInSpace,
    ) -> f64 {
        placebo_p(
            series.ratio(&found.values, &self.during),
            &placebos.square_ratios,
        )
    }
}

fn warnings_of(lift: &Lift, setting: &Setting) -> Vec<LiftWarning> {
    let mut warnings = Vec::new();
    let fit = lift.pre_period;
    if fit.mape > POOR_FIT {
        warnings.push(LiftWarning::PoorFit(fit.mape));
    }
    if fit.r_squared.is_some_and(|r| r < 0.5) && lift.method != LiftMethod::DifferenceInDifferences
    {
        warnings.push(LiftWarning::LooseFit);
    }
    let days = setting.during.len();
    if fit.days < 3 * days {
        warnings.push(LiftWarning::ShortPast {
            before: fit.days,
            during: days,
        });
    }
    if lift.widened > WIDENED {
        warnings.push(LiftWarning::Drift(lift.widened));
    }
    match lift.detectable_percent {
        Some(detectable) if detectable <= 15.0 => {}
        Some(detectable) => warnings.push(LiftWarning::Undetectable(detectable)),
        None => warnings.push(LiftWarning::NoPercent),
    }
    if lift.upper.is_none() && lift.detectable_percent.is_some() {
        warnings.push(LiftWarning::NoUpperEnd);
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
            held += u32::from(found.lower.unwrap() <= lift && lift <= found.upper.unwrap());
            false_alarms += u32::from(lift == 0.0 && found.p_value < 0.05);
            assert_eq!(
                found.p_value < 0.05,
                found.att_lower > 0.0 || found.att_upper < 0.0
            );
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
        assert!((lift.lift_percent.unwrap() - 100.0 * lift.att * 14.0 / base).abs() < 1e-9);
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
