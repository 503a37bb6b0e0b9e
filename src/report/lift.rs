//! A lift, as tables and as a document.

use super::Manifest;
use super::sheet::Sheet;
use crate::dataset::{Cell, Kind};
use crate::lift::LiftReport;
use serde_json::{Value, json};

/// A row per method, the one asked for first.
#[must_use]
pub fn lift_sheet(report: &LiftReport) -> Sheet {
    let mut sheet = Sheet::new(&[
        ("method", Kind::Text),
        ("att", Kind::Float),
        ("att_lower", Kind::Float),
        ("att_upper", Kind::Float),
        ("lift_percent", Kind::Float),
        ("lower", Kind::Float),
        ("upper", Kind::Float),
        ("incremental", Kind::Float),
        ("incremental_lower", Kind::Float),
        ("incremental_upper", Kind::Float),
        ("p_value", Kind::Float),
        ("p_conformal", Kind::Float),
        ("p_placebo", Kind::Float),
        ("p_placebo_smallest", Kind::Float),
        ("detectable_percent", Kind::Float),
        ("widened", Kind::Float),
        ("pre_mape", Kind::Float),
        ("pre_rmse", Kind::Float),
        ("pre_r_squared", Kind::Float),
    ]);
    for lift in &report.methods {
        let fit = lift.pre_period;
        let mut row: Vec<Cell> = vec![lift.method.name().into()];
        row.extend(
            [
                Some(lift.att),
                Some(lift.att_lower),
                Some(lift.att_upper),
                lift.lift_percent,
                lift.lower,
                lift.upper,
                Some(lift.incremental),
                Some(lift.incremental_lower),
                Some(lift.incremental_upper),
                Some(lift.p_value),
                Some(lift.p_conformal),
                Some(lift.p_placebo),
                Some(lift.p_placebo_smallest),
                lift.detectable_percent,
                Some(lift.widened),
                Some(fit.mape),
                Some(fit.rmse),
            ]
            .map(Cell::from),
        );
        row.push(fit.r_squared.into());
        sheet.rows.push(row);
    }
    sheet
}

/// A row per day: observed and counterfactual, means over the treated places.
#[must_use]
pub fn lift_days_sheet(report: &LiftReport) -> Sheet {
    let mut sheet = Sheet::new(&[
        ("date", Kind::Text),
        ("observed", Kind::Float),
        ("counterfactual", Kind::Float),
        ("effect", Kind::Float),
        ("treated", Kind::Bool),
    ]);
    for day in &report.days {
        sheet.rows.push(vec![
            Cell::Text(day.date.to_string()),
            day.observed.into(),
            day.counterfactual.into(),
            (day.observed - day.counterfactual).into(),
            Cell::Bool(day.treated),
        ]);
    }
    sheet
}

/// The answer's figures at the top, then every method, the weights, the days and what to be careful about.
#[must_use]
pub fn lift_summary(manifest: &Manifest, report: &LiftReport) -> Value {
    let mut document = json!({ "manifest": manifest });
    if let (Value::Object(all), Value::Object(answer)) = (&mut document, json!(report.answer)) {
        all.extend(answer);
    }
    document["treated"] = report.treated.into();
    document["controls"] = report.controls.into();
    document["warnings"] = json!(report.warnings);
    document["methods"] = json!(report.methods);
    document["weights"] = json!(report.weights);
    document["days"] = json!(report.days);
    document
}
