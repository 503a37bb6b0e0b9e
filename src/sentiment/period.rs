//! Days, weeks and months.

use jiff::Timestamp;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;

const DAY: i64 = 86_400;
/// 1970-01-01 was a Thursday; weeks begin on Mondays.
const THURSDAY: i64 = 3;

/// How long a period is. All periods are UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Span {
    /// `2026-01-31`.
    Day,
    /// ISO week, Monday to Sunday, `2026-W05`.
    Week,
    /// `2026-01`.
    #[default]
    Month,
}

impl Span {
    /// The number of the period that holds `at`; the next period has the next number.
    #[must_use]
    pub fn number(self, at: Timestamp) -> i64 {
        let day = at.as_second().div_euclid(DAY);
        match self {
            Self::Day => day,
            Self::Week => (day + THURSDAY).div_euclid(7),
            Self::Month => {
                let date = at.to_zoned(TimeZone::UTC).date();
                i64::from(date.year()) * 12 + i64::from(date.month()) - 1
            }
        }
    }

    /// The first day of the period.
    fn first_day(self, number: i64) -> Date {
        let of_days = |days: i64| {
            Timestamp::from_second(days * DAY)
                .map_or(Date::ZERO, |t| t.to_zoned(TimeZone::UTC).date())
        };
        match self {
            Self::Day => of_days(number),
            Self::Week => of_days(number * 7 - THURSDAY),
            Self::Month => {
                let year = i16::try_from(number.div_euclid(12)).unwrap_or_default();
                date(year, (number.rem_euclid(12) + 1) as i8, 1)
            }
        }
    }

    /// The period's name; names of one span sort by time.
    #[must_use]
    pub fn name(self, number: i64) -> String {
        let format = match self {
            Self::Day => "%Y-%m-%d",
            Self::Week => "%G-W%V",
            Self::Month => "%Y-%m",
        };
        self.first_day(number).strftime(format).to_string()
    }

    /// The name as it is typed.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Span;

    #[test]
    fn periods_follow_each_other() {
        let at = |text: &str| text.parse().unwrap();
        for (span, text, name, next) in [
            (
                Span::Day,
                "2024-02-28T23:59:59Z",
                "2024-02-28",
                "2024-02-29",
            ),
            (Span::Week, "2026-01-01T00:00:00Z", "2026-W01", "2026-W02"),
            (Span::Week, "2025-12-28T23:00:00Z", "2025-W52", "2026-W01"),
            (Span::Month, "2025-12-31T23:59:59Z", "2025-12", "2026-01"),
        ] {
            let number = span.number(at(text));
            assert_eq!(
                (span.name(number), span.name(number + 1)),
                (name.into(), next.into())
            );
        }
    }
}
