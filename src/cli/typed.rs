//! Values as people type them: numbers as tables print them, and for an unknown name the nearest known one.

use crate::dataset::{parse_amount, parse_count};
use serde::{Serialize, Serializer};
use strsim::osa_distance;

/// A count: `50000`, `50,000`, `50K`.
pub(crate) fn whole(typed: &str) -> Result<u64, String> {
    parse_count(typed)
}

/// An amount in whatever currency the table has: `250`, `1,250.50`, `1.2K`.
pub(crate) fn plain_amount(typed: &str) -> Result<f64, String> {
    let money: Money = money(typed)?;
    match money.currency {
        None => Ok(money.amount),
        Some(currency) => Err(format!(
            "expected an amount without {currency}: it is compared with what the table says, and nothing is converted"
        )),
    }
}

/// An amount, and the currency where one was typed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Money {
    pub(crate) amount: f64,
    pub(crate) currency: Option<String>,
}

/// An amount with or without its currency: `5000`, `5,000 USD`, `5K EUR`.
pub(crate) fn money(typed: &str) -> Result<Money, String> {
    let (amount, currency) = parse_amount(typed)?;
    Ok(Money {
        amount,
        currency: currency.map(str::to_owned),
    })
}

impl std::fmt::Display for Money {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.currency {
            None => write!(f, "{}", self.amount),
            Some(currency) => write!(f, "{} {currency}", self.amount),
        }
    }
}

impl Serialize for Money {
    /// A number, or a text with the currency that was typed.
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match &self.currency {
            None => to.serialize_f64(self.amount),
            Some(_) => to.collect_str(self),
        }
    }
}

/// The known name that is nearest to what was typed; `None` where none is near.
pub(crate) fn nearest<'k>(
    typed: &str,
    known: impl IntoIterator<Item = &'k str>,
) -> Option<&'k str> {
    let typed = typed.trim().to_lowercase();
    let within = (typed.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|name| (osa_distance(&typed, &name.to_lowercase()), name))
        .filter(|(edits, name)| *edits <= within && *edits < name.chars().count())
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, name)| name)
}

/// `; did you mean "skincare"?`, where something is near.
pub(crate) fn did_you_mean<'k>(typed: &str, known: impl IntoIterator<Item = &'k str>) -> String {
    nearest(typed, known).map_or_else(String::new, |name| format!("; did you mean {name:?}?"))
}

#[cfg(test)]
mod tests {
    use super::{money, nearest, plain_amount, whole};

    #[test]
    fn numbers_are_read_as_tables_print_them() {
        assert_eq!(whole("50K"), Ok(50_000));
        assert_eq!(whole("50,000"), Ok(50_000));
        assert!(whole("many").is_err() && whole("1.5").is_err());
        assert_eq!(plain_amount("1,250.50"), Ok(1250.5));
        assert!(plain_amount("5 USD").unwrap_err().contains("USD"));
        for (typed, shown) in [
            ("5,000 USD", "5000 USD"),
            ("5K EUR", "5000 EUR"),
            ("5000", "5000"),
        ] {
            assert_eq!(money(typed).unwrap().to_string(), shown);
        }
        assert!(money("5 %").is_err() && money("lots").is_err());
        let identity = |typed| serde_json::to_string(&money(typed).unwrap()).unwrap();
        assert_eq!(identity("3000"), "3000.0");
        assert_ne!(identity("5,000 USD"), identity("5,000 EUR"));
    }

    #[test]
    fn the_nearest_name_is_near() {
        let known = ["instagram", "tiktok", "youtube"];
        assert_eq!(nearest("instagrm", known), Some("instagram"));
        assert_eq!(nearest("TikTko", known), Some("tiktok"));
        assert_eq!(nearest("myspace", known), None);
        assert_eq!(nearest("x", known), None);
    }
}
