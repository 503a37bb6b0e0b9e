//! Amounts of several currencies in one.

use crate::error::{Error, Result};
use std::collections::BTreeMap;

/// What one unit of each currency is worth in the campaign's own.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ExchangeRates {
    own: Option<String>,
    rates: BTreeMap<String, f64>,
}

impl ExchangeRates {
    /// Takes the campaign's own currency (`None`: whatever amounts are printed in, as long as it is one) and the
    /// worth of the others in it.
    ///
    /// # Errors
    /// [`Error::Usage`] for a rate that is not a number above 0.
    pub fn new(own: Option<&str>, others: &[(String, f64)]) -> Result<Self> {
        for (code, rate) in others {
            if !(*rate > 0.0 && rate.is_finite()) {
                return Err(Error::usage(format!(
                    "--exchange-rate {code}={rate}: expected a number above 0"
                )));
            }
        }
        Ok(Self {
            own: own.map(str::to_uppercase),
            rates: others
                .iter()
                .map(|(code, rate)| (code.to_uppercase(), *rate))
                .collect(),
        })
    }

    /// Settles the own currency, where none was named, on the commonest of those that amounts are in; ties go
    /// to the first by name.
    pub fn settle<'a>(&mut self, currencies: impl Iterator<Item = Option<&'a str>>) {
        if self.own.is_some() {
            return;
        }
        let mut times: BTreeMap<&str, usize> = BTreeMap::new();
        for currency in currencies.flatten() {
            *times.entry(currency).or_default() += 1;
        }
        let most = times
            .iter()
            .max_by_key(|(code, n)| (**n, std::cmp::Reverse(**code)));
        self.own = most.map(|(code, _)| (*code).to_owned());
    }

    /// The campaign's own currency; `None` where no amount names one.
    #[must_use]
    pub fn own(&self) -> Option<&str> {
        self.own.as_deref()
    }

    /// The worth of one unit of `currency`; without one, an amount is in the campaign's own.
    ///
    /// # Errors
    /// [`Error::Usage`] where it is unknown: no rate is ever assumed.
    pub fn rate_of(&self, currency: Option<&str>) -> Result<f64> {
        let Some(code) = currency.filter(|code| Some(*code) != self.own()) else {
            return Ok(1.0);
        };
        self.rates.get(code).copied().ok_or_else(|| {
            let own = self.own().unwrap_or("the campaign's currency");
            Error::usage(format!(
                "there are amounts in {code}, but the campaign is in {own}"
            ))
            .with_hint(format!(
                "give --exchange-rate {code}=RATE, what one {code} is worth in {own}"
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::ExchangeRates;

    #[test]
    fn the_commonest_is_the_own_and_others_need_a_rate() {
        let mut rates = ExchangeRates::new(None, &[("usd".to_owned(), 0.5)]).unwrap();
        rates.settle([Some("EUR"), Some("USD"), None, Some("EUR")].into_iter());
        assert_eq!(rates.own(), Some("EUR"));
        assert!((rates.rate_of(None).unwrap() - 1.0).abs() < 1e-12);
        assert!((rates.rate_of(Some("USD")).unwrap() - 0.5).abs() < 1e-12);
        let error = rates.rate_of(Some("CHF")).unwrap_err().to_string();
        assert!(error.contains("--exchange-rate CHF="), "{error}");
        assert!(ExchangeRates::new(None, &[("USD".to_owned(), 0.0)]).is_err());
    }
}
