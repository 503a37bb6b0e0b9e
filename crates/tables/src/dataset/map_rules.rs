//! What a map says of rows and amounts: which rows count, and in which unit an amount is printed.

use super::cells::{CellError, Cells};
use super::map::TableMap;
use super::read::Row;
use crate::error::Result;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// In which unit an amount is printed.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize)]
#[serde(untagged)]
pub enum Unit {
    /// A named one.
    Named(NamedUnit),
    /// What it is multiplied by: 0.01 for cents, 0.000001 for millionths.
    Factor(f64),
}

/// Units that depend on the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum NamedUnit {
    /// The smallest unit of the row's currency: cents, but whole yen.
    Minor,
    /// Several amounts, of which the sum counts, whatever their sign.
    Sum,
}

/// Currencies without a smaller unit in payments, as Stripe's reference lists them.
const WHOLE: [&str; 14] = [
    "BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF",
    "XOF",
];
/// Currencies with a thousand smaller units.
const THOUSANDTHS: [&str; 5] = ["BHD", "JOD", "KWD", "OMR", "TND"];

impl Unit {
    /// The amount in whole units; `None` where it is no plain number, which is for the reader to say.
    fn whole(self, text: &str, currency: Option<&str>) -> Option<String> {
        let number = |text: &str| text.trim().parse::<f64>().ok().filter(|n| n.is_finite());
        let amount = match self {
            Self::Factor(factor) => number(text)? * factor,
            Self::Named(NamedUnit::Sum) => {
                let parts: Option<Vec<f64>> = text.split_whitespace().map(number).collect();
                parts?.iter().map(|part| part.abs()).sum()
            }
            Self::Named(NamedUnit::Minor) => {
                let code = currency.unwrap_or_default().trim().to_uppercase();
                let parts = if WHOLE.contains(&code.as_str()) || code == "XPF" {
                    1.0
                } else if THOUSANDTHS.contains(&code.as_str()) {
                    1000.0
                } else {
                    100.0
                };
                number(text)? / parts
            }
        };
        Some(amount.to_string())
    }
}

/// A row, or why it is none.
pub(super) type Met<'r> = std::result::Result<&'r dyn Row, CellError>;

impl TableMap {
    /// Whether a row is one that counts.
    pub(super) fn keeps(&self, row: &dyn Row) -> bool {
        let says = |rules: &BTreeMap<String, Vec<String>>, any: bool| {
            let mut rules = rules.iter();
            let meets = |(field, values): (&String, &Vec<String>)| {
                let text = row.get(field);
                let text = text.as_deref().unwrap_or_default().trim();
                values.iter().any(|value| {
                    value.eq_ignore_ascii_case(text) || value == "*" && !text.is_empty()
                })
            };
            if any {
                rules.any(meets)
            } else {
                rules.all(meets)
            }
        };
        says(&self.only, false) && !says(&self.without, true)
    }

    /// Hands on a row as often as it counts: once, unless a field says for how many it stands.
    pub(super) fn each(
        &self,
        row: Met<'_>,
        take: &mut dyn FnMut(Met<'_>) -> Result<()>,
    ) -> Result<()> {
        let (Some(field), Ok(one)) = (&self.times, &row) else {
            return take(row);
        };
        if !self.keeps(*one) {
            return take(row);
        }
        let text = one.get(field).unwrap_or_default().replace([',', ' '], "");
        for number in 1..=text.parse::<usize>().unwrap_or(0) {
            take(Ok(&Copied { row: *one, number }))?;
        }
        Ok(())
    }

    /// Brings amounts into whole units.
    pub(super) fn convert(&self, cells: &mut Cells) {
        let currency = cells.text("currency").map(str::to_owned);
        for (column, unit) in &self.units {
            let amount = cells
                .text(column)
                .and_then(|text| unit.whole(text, currency.as_deref()));
            if let Some(amount) = amount {
                cells.replace(column, amount);
            }
        }
    }
}

/// The values at the end of a path on which `*` stands for every item of a list, joined by blanks.
pub(super) fn spread(value: &Value, path: &str) -> Option<String> {
    fn walk(value: &Value, steps: &[&str], found: &mut Vec<String>) {
        match (value, steps.split_first()) {
            (Value::Array(items), Some((&"*", rest))) => {
                for item in items {
                    walk(item, rest, found);
                }
            }
            (Value::Object(entries), Some((step, rest))) => {
                if let Some(inner) = entries.get(*step) {
                    walk(inner, rest, found);
                }
            }
            (Value::String(text), None) => found.push(text.clone()),
            (Value::Number(_) | Value::Bool(_), None) => found.push(value.to_string()),
            _ => {}
        }
    }
    let steps: Vec<&str> = path.split('.').collect();
    let mut found = Vec::new();
    walk(value, &steps, &mut found);
    (!found.is_empty()).then(|| found.join(" "))
}

/// One of the rows that a row stands for.
struct Copied<'a> {
    row: &'a dyn Row,
    number: usize,
}

impl Row for Copied<'_> {
    fn get(&self, source: &str) -> Option<std::borrow::Cow<'_, str>> {
        let text = self.row.get(source)?;
        Some(if source == "@row" {
            format!("{text}:{}", self.number).into()
        } else {
            text
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{NamedUnit, Unit, spread};
    use serde_json::json;

    #[test]
    fn amounts_come_in_whole_units() {
        let minor = Unit::Named(NamedUnit::Minor);
        for (unit, text, currency, expected) in [
            (minor, "3050", Some("eur"), Some("30.5")),
            (minor, "3050", Some("jpy"), Some("3050")),
            (minor, "3050", Some("KWD"), Some("3.05")),
            (minor, "many", None, None),
            (
                Unit::Named(NamedUnit::Sum),
                "-5.00 -2.50",
                None,
                Some("7.5"),
            ),
            (Unit::Factor(0.000_001), "2500000", None, Some("2.5")),
        ] {
            assert_eq!(unit.whole(text, currency).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn stars_stand_for_every_item() {
        let order = json!({"refunds": [{"total": "-5.00"}, {"total": "-2.50"}], "none": []});
        assert_eq!(
            spread(&order, "refunds.*.total").as_deref(),
            Some("-5.00 -2.50")
        );
        assert_eq!(spread(&order, "none.*.total"), None);
    }
}
