//! The counterfactual: what the treated places would have counted, from the others.

use crate::stats::{Control, ControlFit, fit_control};
use jiff::civil::Date;
use serde::Serialize;

/// How the counterfactual is made. Formulas: docs/lift.md.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LiftMethod {
    /// A mixture of the other places (shares, none negative) that follows the treated ones before the start.
    SyntheticControl,
    /// The same with a ridge correction of what the mixture leaves.
    AugmentedSyntheticControl,
    /// All other places alike.
    DifferenceInDifferences,
}

impl LiftMethod {
    /// Every method.
    pub const ALL: [Self; 3] = [
        Self::SyntheticControl,
        Self::AugmentedSyntheticControl,
        Self::DifferenceInDifferences,
    ];

    /// The name used in tables, documents and flags.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SyntheticControl => "synthetic_control",
            Self::AugmentedSyntheticControl => "augmented_synthetic_control",
            Self::DifferenceInDifferences => "difference_in_differences",
        }
    }

    fn control(self) -> Control {
        match self {
            Self::SyntheticControl => Control::Simplex,
            Self::AugmentedSyntheticControl => Control::Augmented,
            Self::DifferenceInDifferences => Control::Uniform,
        }
    }
}

/// How well the counterfactual follows the treated places before the start.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PrePeriod {
    /// Days before the start.
    pub days: usize,
    /// Mean absolute gap as a share of the mean, 0 on.
    pub mape: f64,
    /// Root mean square gap, in units of the outcome.
    pub rmse: f64,
    /// Share of the variance that is followed; below 0 where the mean alone would do better.
    pub r_squared: Option<f64>,
}

/// The weight of a place in the counterfactual.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Weight {
    /// Which.
    pub location: String,
    /// Share; with a ridge correction it may be below 0.
    pub weight: f64,
}

/// One day of the treated places, means over them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Day {
    /// Which.
    pub date: Date,
    /// What was counted.
    pub observed: f64,
    /// What the others say would have been.
    pub counterfactual: f64,
    /// Whether the campaign ran.
    pub treated: bool,
}

/// A target and the series that it is held against.
pub(super) struct Series<'p> {
    pub target: &'p [f64],
    pub others: Vec<&'p [f64]>,
}

/// A counterfactual for all days and the fit behind it.
pub(super) struct Counterfactual {
    pub values: Vec<f64>,
    pub fit: ControlFit,
}

impl Series<'_> {
    /// The counterfactual from the days in `fitted`. Every series is taken relative to its own mean over these days, so
    /// that a small place which moves as the treated ones do is as good a control as a large one.
    pub(super) fn counterfactual(
        &self,
        fitted: &[usize],
        method: LiftMethod,
        penalty: Option<f64>,
    ) -> Counterfactual {
        let own = mean(self.target, fitted);
        let relative =
            |series: &[f64], mean: f64| -> Vec<f64> { series.iter().map(|v| v / mean).collect() };
        let target = relative(self.target, own);
        // A control that counts nothing on these days has no movement to follow: it gets no weight.
        let levels: Vec<f64> = self.others.iter().map(|o| mean(o, fitted)).collect();
        let usable: Vec<usize> = (0..levels.len()).filter(|i| levels[*i] > 0.0).collect();
        let others: Vec<Vec<f64>> = usable
            .iter()
            .map(|i| relative(self.others[*i], levels[*i]))
            .collect();
        let mut fit = fit_control(&target, &others, fitted, method.control(), true, penalty);
        let values = fit
            .predict(&others, 0..self.target.len())
            .into_iter()
            .map(|v| own * v)
            .collect();
        let mut weights = vec![0.0; levels.len()];
        for (i, weight) in usable.iter().zip(&fit.weights) {
            weights[*i] = *weight;
        }
        fit.weights = weights;
        Counterfactual { values, fit }
    }

    /// Mean of observed less counterfactual over `days`.
    pub(super) fn gap(&self, counterfactual: &[f64], days: impl Iterator<Item = usize>) -> f64 {
        let gaps: Vec<f64> = days.map(|t| self.target[t] - counterfactual[t]).collect();
        gaps.iter().sum::<f64>() / gaps.len().max(1) as f64
    }
}

impl Series<'_> {
    /// Mean square gap during the campaign over that before it.
    pub(super) fn ratio(&self, counterfactual: &[f64], during: &std::ops::Range<usize>) -> f64 {
        let mean_square = |days: std::ops::Range<usize>| {
            let n = days.len().max(1) as f64;
            days.map(|t| (self.target[t] - counterfactual[t]).powi(2))
                .sum::<f64>()
                / n
        };
        let (after, before) = (mean_square(during.clone()), mean_square(0..during.start));
        if after == 0.0 { 0.0 } else { after / before }
    }
}

pub(super) fn mean(series: &[f64], days: &[usize]) -> f64 {
    days.iter().map(|t| series[*t]).sum::<f64>() / days.len().max(1) as f64
}

/// How well `counterfactual` follows `target` on `days`.
pub(super) fn pre_period(target: &[f64], counterfactual: &[f64], days: &[usize]) -> PrePeriod {
    let n = days.len().max(1) as f64;
    let level = mean(target, days);
    let gaps = || days.iter().map(|t| target[*t] - counterfactual[*t]);
    let squares: f64 = gaps().map(|g| g * g).sum();
    let total_squares: f64 = days.iter().map(|t| (target[*t] - level).powi(2)).sum();
    PrePeriod {
        days: days.len(),
        mape: gaps().map(f64::abs).sum::<f64>() / n / level.abs(),
        rmse: (squares / n).sqrt(),
        r_squared: (total_squares > 0.0).then(|| 1.0 - squares / total_squares),
    }
}
