//! Times as exports print them.

use super::numbers::is_blank;
use super::time_words::{self, Token};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, ISOWeekDate, Time, Weekday};
use jiff::tz::{Offset, TimeZone};

/// First and last second that a platform's post can be from: 1970 to the end of 2100.
const RANGE: std::ops::Range<i64> = 0..4_133_980_800;

/// In which order the numbers of a date stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateOrder {
    /// 20/11/2026.
    Dmy,
    /// 11/20/2026.
    Mdy,
    /// 26-11-20.
    Ymd,
}

impl DateOrder {
    /// Every order.
    pub(super) const ALL: [Self; 3] = [Self::Dmy, Self::Mdy, Self::Ymd];

    /// Where it stands in [`Self::ALL`].
    pub(super) fn index(self) -> usize {
        match self {
            Self::Dmy => 0,
            Self::Mdy => 1,
            Self::Ymd => 2,
        }
    }

    /// By what was typed: `dmy`, `mdy` or `ymd`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|order| order.name() == name)
    }

    /// The name by which it is typed.
    #[must_use]
    pub fn name(self) -> &'static str {
        ["dmy", "mdy", "ymd"][self.index()]
    }

    pub(super) fn words(self) -> &'static str {
        ["day before month", "month before day", "year, month, day"][self.index()]
    }
}

/// Three numbers that are a date in some order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Parts {
    numbers: [u16; 3],
    /// How many digits each has.
    digits: [u8; 3],
    sign: char,
}

impl Parts {
    /// Whether points stand between them.
    pub(super) fn dotted(&self) -> bool {
        self.sign == '.'
    }

    /// The date by an order; `None` where the calendar has none, or the year does not stand there.
    pub(super) fn date(&self, order: DateOrder) -> Option<Date> {
        let (y, m, d) = match order {
            DateOrder::Dmy => (2, 1, 0),
            DateOrder::Mdy => (2, 0, 1),
            DateOrder::Ymd => (0, 1, 2),
        };
        let year = match self.digits[y] {
            4 => self.numbers[y],
            // As most programs take two digits; nobody posted before 1970.
            2 if self.numbers[y] < 70 => 2000 + self.numbers[y],
            2 => 1900 + self.numbers[y],
            _ => return None,
        };
        if self.digits[m] > 2 || self.digits[d] > 2 {
            return None;
        }
        let date = Date::new(
            i16::try_from(year).ok()?,
            i8::try_from(self.numbers[m]).ok()?,
            i8::try_from(self.numbers[d]).ok()?,
        );
        date.ok().filter(|d| (1970..=2100).contains(&d.year()))
    }
}

/// The zone that a cell names.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Zone {
    Fixed(Offset),
    Named(TimeZone),
}

/// What a cell says of a time.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Dated {
    /// All of it.
    Moment(Timestamp),
    /// By the clock of whatever zone the table has.
    Local(DateTime),
    /// Days since 1899-12-30, as spreadsheets count them.
    Serial(DateTime),
    /// A date whose order of day, month and year the column must say.
    Numeric {
        parts: Parts,
        time: Time,
        zone: Option<Zone>,
    },
}

impl Dated {
    pub(super) fn is_serial_day(&self) -> bool {
        matches!(self, Self::Serial(_))
    }

    /// The moment, by the order of dates where it needs one, in a zone where it names none.
    pub(super) fn moment(
        &self,
        order: Option<DateOrder>,
        zone: &TimeZone,
    ) -> Result<Timestamp, String> {
        let at = |local: DateTime, zone: &TimeZone| {
            let zoned = local.to_zoned(zone.clone());
            zoned.map(|z| z.timestamp()).map_err(|e| e.to_string())
        };
        let time = match self {
            Self::Moment(time) => *time,
            Self::Local(local) | Self::Serial(local) => at(*local, zone)?,
            Self::Numeric {
                parts,
                time,
                zone: own,
            } => {
                let date = Self::date(parts, order)?;
                in_zone(date.to_datetime(*time), own.as_ref(), zone)?
            }
        };
        if RANGE.contains(&time.as_second()) {
            Ok(time)
        } else {
            Err(format!("{time} is outside the years 1970 to 2100"))
        }
    }

    fn date(parts: &Parts, order: Option<DateOrder>) -> Result<Date, String> {
        if let Some(order) = order {
            return parts.date(order).ok_or_else(|| {
                format!(
                    "is no date with the {} as in the rest of the column",
                    order.words()
                )
            });
        }
        let found: Vec<Date> = DateOrder::ALL
            .into_iter()
            .filter_map(|o| parts.date(o))
            .collect();
        match found.as_slice() {
            [] => Err("is no date in any order of day and month".to_owned()),
            [date, others @ ..] if others.iter().all(|o| o == date) => Ok(*date),
            _ => Err(
                "may be day or month first; write it as 2026-11-20, or say --dates dmy or mdy"
                    .to_owned(),
            ),
        }
    }
}

fn in_zone(local: DateTime, own: Option<&Zone>, zone: &TimeZone) -> Result<Timestamp, String> {
    let zone = match own {
        None => zone.clone(),
        Some(Zone::Fixed(offset)) => TimeZone::fixed(*offset),
        Some(Zone::Named(zone)) => zone.clone(),
    };
    let zoned = local.to_zoned(zone);
    zoned.map(|z| z.timestamp()).map_err(|e| e.to_string())
}

/// A time: RFC 3339, `2017-02-11 11:05:10` and `2017-02-11` (both taken as UTC), Unix seconds to nanoseconds, RFC 2822,
/// month names, 12-hour clocks, zones by name or offset, ISO weeks, a spreadsheet's days, and
/// `Tue Oct 18 21:53:25 +0000 2011`.
///
/// # Errors
/// A sentence for people: no such time, day and month in an order that the text does not settle, or outside the years
/// 1970 to 2100.
pub fn parse_time(text: &str) -> Result<Timestamp, String> {
    let trimmed = text.trim_matches(is_blank);
    let found = dated(text)?;
    found.moment(None, &TimeZone::UTC).map_err(|reason| {
        if reason.starts_with("is ") || reason.starts_with("may ") {
            format!("{trimmed:?} {reason}")
        } else {
            format!("{trimmed:?}: {reason}")
        }
    })
}

/// What a cell says of a time.
///
/// # Errors
/// A sentence for people where it says none.
pub(super) fn dated(text: &str) -> Result<Dated, String> {
    let text = text.trim_matches(is_blank);
    if let Some(found) = iso(text) {
        return Ok(found);
    }
    let numeric = |b: u8| matches!(b, b'0'..=b'9' | b'.' | b',' | b'e' | b'E' | b'+');
    if text.starts_with(|c: char| c.is_ascii_digit())
        && text.bytes().all(numeric)
        && let Some(found) = number(text)?
    {
        return Ok(found);
    }
    words(text)
}

/// What machines print.
fn iso(text: &str) -> Option<Dated> {
    let bytes = text.as_bytes();
    if bytes.len() < 10 || !bytes[0].is_ascii_digit() || bytes[4] != b'-' {
        return None;
    }
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(Dated::Moment(time));
    }
    if let Ok(local) = text.parse::<DateTime>() {
        return Some(Dated::Local(local));
    }
    let date = text.parse::<Date>().ok()?;
    Some(Dated::Local(date.to_datetime(Time::midnight())))
}

/// Unix times, a spreadsheet's days, and dates without signs.
fn number(text: &str) -> Result<Option<Dated>, String> {
    if text.contains(['e', 'E']) {
        let mantissa = text.split(['e', 'E']).next().unwrap_or_default();
        if mantissa.bytes().filter(u8::is_ascii_digit).count() < 9 {
            return Err(format!(
                "{text:?} was shortened by a spreadsheet, and what it was cannot be told; export it again with the column formatted as text"
            ));
        }
        return Ok(text.parse().ok().and_then(unix_of_float));
    }
    let (whole, fraction) = text.split_once(['.', ',']).unwrap_or((text, ""));
    if fraction.contains(['.', ',']) || !whole.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(None);
    }
    let Ok(n) = whole.parse::<i64>() else {
        return Ok(None);
    };
    if fraction.is_empty()
        && let Some(date) = compact(whole)
    {
        return Ok(Some(Dated::Local(date)));
    }
    let moment = match whole.len() {
        5 if (25_569..73_051).contains(&n) => return Ok(serial_day(n, fraction)),
        9 | 10 => {
            let nanos = format!("{:0<9}", &fraction[..fraction.len().min(9)])
                .parse()
                .unwrap_or(0);
            Timestamp::new(n, nanos)
        }
        12 | 13 => Timestamp::from_millisecond(n),
        15 | 16 => Timestamp::from_microsecond(n),
        18 | 19 => Timestamp::from_nanosecond(i128::from(n)),
        _ => return Ok(None),
    };
    Ok(moment.ok().map(Dated::Moment))
}

fn unix_of_float(seconds: f64) -> Option<Dated> {
    let scale = match seconds {
        s if s < 1e11 => 1e3,
        s if s < 1e14 => 1.0,
        s if s < 1e17 => 1e-3,
        _ => 1e-6,
    };
    let moment = Timestamp::from_millisecond((seconds * scale).round() as i64);
    moment.ok().map(Dated::Moment)
}

/// `20261120`, `202611200915`, `20261120091500`.
fn compact(digits: &str) -> Option<DateTime> {
    if !matches!(digits.len(), 8 | 12 | 14)
        || !(digits.starts_with("19") || digits.starts_with("20"))
    {
        return None;
    }
    let part = |from: usize, to: usize| {
        digits
            .get(from..to)
            .map_or(Some(0), |d| d.parse::<i16>().ok())
    };
    let small = |from, to| part(from, to).and_then(|n| i8::try_from(n).ok());
    DateTime::new(
        part(0, 4)?,
        small(4, 6)?,
        small(6, 8)?,
        small(8, 10)?,
        small(10, 12)?,
        small(12, 14)?,
        0,
    )
    .ok()
}

/// Days since 1899-12-30, to the second.
fn serial_day(days: i64, fraction: &str) -> Option<Dated> {
    let share: f64 = format!("0.{fraction}0").parse().ok()?;
    let seconds = (days - 25_569) * 86_400 + (share * 86_400.0).round() as i64;
    let moment = Timestamp::from_second(seconds).ok()?;
    Some(Dated::Serial(moment.to_zoned(TimeZone::UTC).datetime()))
}

/// Everything that people write: day, month, year, clock and zone in any order that tells them apart.
fn words(text: &str) -> Result<Dated, String> {
    let wrong = || {
        format!(
            "{text:?} is not a time (expected for example 2017-02-11 11:05:10, 2017-02-11T11:05:10Z or Unix seconds)"
        )
    };
    if text.len() > 100 {
        return Err(wrong());
    }
    let mut read = Reading::default();
    for token in time_words::tokens(text) {
        match token {
            Ok(token) => read.take(token).ok_or_else(wrong)?,
            Err(reason) => return Err(format!("{text:?} {reason}")),
        }
    }
    read.finish()
        .ok_or_else(wrong)?
        .map_err(|reason| format!("{text:?} {reason}"))
}

/// What was read of a text so far.
#[derive(Default)]
struct Reading {
    numeric: Option<Parts>,
    exact: Option<Date>,
    year: Option<i16>,
    month: Option<i8>,
    day: Option<i8>,
    time: Option<Time>,
    afternoon: Option<bool>,
    zone: Option<Zone>,
}

impl Reading {
    /// Takes a word; `None` where it does not fit what is there.
    fn take(&mut self, token: Token) -> Option<()> {
        fn once<T>(place: &mut Option<T>, value: T) -> Option<()> {
            place.is_none().then(|| *place = Some(value))
        }
        match token {
            Token::Numbers {
                numbers,
                digits,
                sign,
            } => once(
                &mut self.numeric,
                Parts {
                    numbers,
                    digits,
                    sign,
                },
            ),
            Token::Date(date) => once(&mut self.exact, date),
            Token::Clock(time) => once(&mut self.time, time),
            Token::Half(afternoon) => once(&mut self.afternoon, afternoon),
            Token::Zone(zone) => once(&mut self.zone, zone),
            Token::Month(month) => once(&mut self.month, month),
            Token::Year(year) => once(&mut self.year, year),
            Token::Day(day) => once(&mut self.day, day),
            Token::Number(n) if self.day.is_none() && (1..=31).contains(&n) => {
                once(&mut self.day, n)
            }
            Token::Number(n) if self.year.is_none() => once(
                &mut self.year,
                if n < 70 { 2000 } else { 1900 } + i16::from(n),
            ),
            Token::Number(_) => None,
            Token::Nothing => Some(()),
        }
    }

    fn clock(&self) -> Option<Time> {
        let time = self.time.unwrap_or(Time::midnight());
        let hour = match self.afternoon {
            None => time.hour(),
            Some(_) if self.time.is_none() || !(1..=12).contains(&time.hour()) => return None,
            Some(afternoon) => time.hour() % 12 + if afternoon { 12 } else { 0 },
        };
        Time::new(hour, time.minute(), time.second(), time.subsec_nanosecond()).ok()
    }

    /// `None` where it is no time.
    fn finish(self) -> Option<Result<Dated, String>> {
        let time = self.clock()?;
        let named = self.month.is_some() || self.day.is_some() || self.year.is_some();
        let date = match (self.numeric, self.exact) {
            (Some(parts), None) if !named => {
                // A year of four digits in front leaves one order.
                if DateOrder::ALL
                    .iter()
                    .all(|order| parts.date(*order).is_none())
                {
                    return None;
                }
                if parts.digits[0] != 4 {
                    return Some(Ok(Dated::Numeric {
                        parts,
                        time,
                        zone: self.zone,
                    }));
                }
                parts.date(DateOrder::Ymd)?
            }
            (None, Some(date)) if !named => date,
            (None, None) => match (self.year, self.month, self.day) {
                (Some(year), Some(month), Some(day)) => Date::new(year, month, day).ok()?,
                (Some(_), Some(_), None) => {
                    return Some(Err("names a month, expected a day".to_owned()));
                }
                (None, Some(_), Some(_)) => {
                    return Some(Err("names no year".to_owned()));
                }
                _ => return None,
            },
            _ => return None,
        };
        let local = date.to_datetime(time);
        Some(match &self.zone {
            None => Ok(Dated::Local(local)),
            own => in_zone(local, own.as_ref(), &TimeZone::UTC).map(Dated::Moment),
        })
    }
}

/// `2026-W47-5`, `2026W475`, `2026-324`.
pub(super) fn week_or_day_of_year(text: &str) -> Option<Date> {
    if let Some((year, rest)) = text.split_once(['w', 'W']) {
        let year: i16 = year.trim_end_matches('-').parse().ok()?;
        let rest = rest.replace('-', "");
        let week: i8 = rest.get(..2)?.parse().ok()?;
        let day: i8 = rest.get(2..).filter(|d| d.len() == 1)?.parse().ok()?;
        let weekday = Weekday::from_monday_one_offset(day).ok()?;
        return Some(ISOWeekDate::new(year, week, weekday).ok()?.date());
    }
    let (year, day) = text
        .split_once('-')
        .filter(|(y, d)| y.len() == 4 && d.len() == 3)?;
    let first = Date::new(year.parse().ok()?, 1, 1).ok()?;
    first.with().day_of_year(day.parse().ok()?).build().ok()
}

#[cfg(test)]
mod tests {
    use super::{DateOrder, dated, parse_time};
    use jiff::tz::TimeZone;

    #[test]
    fn the_same_moment_in_every_spelling() {
        let expected = "2017-02-11T11:05:10Z".parse().unwrap();
        for text in [
            "2017-02-11T11:05:10Z",
            "2017-02-11T12:05:10+01:00",
            "2017-02-11T12:05:10+0100",
            "2017-02-11 12:05:10 +0100",
            "2017-02-11 12:05:10+01",
            "2017-02-11 11:05:10",
            "2017-02-11 11:05:10 UTC",
            "2017-02-11 06:05:10 EST",
            "2017-02-11 12:05:10 CET",
            "2017-02-11 12:05:10 Europe/Berlin",
            "2017-02-11T12:05:10+01:00[Europe/Berlin]",
            "2017-02-11T11:05:10.000Z",
            "1486811110",
            "1486811110.0",
            "1486811110000",
            "1486811110000000",
            "1486811110000000000",
            "1.48681111e9",
            "20170211110510",
            "Sat Feb 11 11:05:10 +0000 2017",
            "Sat, 11 Feb 2017 11:05:10 GMT",
            "Sat, 11 Feb 2017 12:05:10 +0100",
            "Sat Feb 11 2017 12:05:10 GMT+0100 (Central European Standard Time)",
            "Feb 11, 2017, 11:05:10 AM",
            "11 February 2017 at 11:05:10",
            "11th February 2017 11:05:10 a.m.",
            "Feb 11th, 2017 11:05:10am",
            "11. Februar 2017 um 11:05:10 Uhr",
            "11 févr. 2017 à 11:05:10",
            "11 de febrero de 2017, 11:05:10 a. m.",
            "sabato 11 febbraio 2017 11:05:10",
            "11 de fevereiro de 2017 às 11:05:10",
            "11/Feb/2017:11:05:10 +0000",
            "11-Feb-2017 11:05:10",
            "11-feb-17 11:05:10",
            "2017/02/11 11:05:10",
            "2017年2月11日 11:05:10",
            "2017-W06-6 11:05:10",
            "2017-042 11:05:10",
            "42777.46192130",
        ] {
            assert_eq!(parse_time(text), Ok(expected), "{text}");
        }
        let day = "2017-02-11T00:00:00Z".parse().unwrap();
        for text in [
            "2017-02-11",
            "20170211",
            "11.02.2017 00:00",
            "11 Feb 2017",
            "42777",
            "2017-W06-6",
            "2017-042",
        ] {
            let order = Some(DateOrder::Dmy);
            let read = dated(text).and_then(|d| d.moment(order, &TimeZone::UTC));
            assert_eq!(read, Ok(day), "{text}");
        }
        assert_eq!(
            parse_time("2017-02-11 11:05").unwrap().to_string(),
            "2017-02-11T11:05:00Z"
        );
    }

    #[test]
    fn half_days() {
        let hour = |text: &str| parse_time(text).unwrap().to_string();
        assert_eq!(hour("2026-11-20 12:15 AM"), "2026-11-20T00:15:00Z");
        assert_eq!(hour("2026-11-20 12:15 PM"), "2026-11-20T12:15:00Z");
        assert_eq!(hour("2026-11-20 9:15:00 pm"), "2026-11-20T21:15:00Z");
        assert_eq!(hour("2026-11-20 9pm"), "2026-11-20T21:00:00Z");
        assert!(parse_time("2026-11-20 13:15 PM").is_err());
    }

    #[test]
    fn the_order_of_day_and_month_is_asked_for_where_the_text_leaves_it_open() {
        for text in [
            "05/11/2026",
            "05.11.2026",
            "5-11-2026 09:15",
            "05/11/26 9:15 AM",
        ] {
            let error = parse_time(text).unwrap_err();
            assert!(error.contains("--dates"), "{error}");
            let by = |order| {
                let read = dated(text).and_then(|d| d.moment(Some(order), &TimeZone::UTC));
                read.unwrap().to_string()[..10].to_owned()
            };
            assert_eq!(by(DateOrder::Dmy), "2026-11-05", "{text}");
            assert_eq!(by(DateOrder::Mdy), "2026-05-11", "{text}");
        }
        assert_eq!(
            parse_time("20/11/2026").unwrap().to_string(),
            "2026-11-20T00:00:00Z"
        );
        assert_eq!(
            parse_time("11/20/2026").unwrap().to_string(),
            "2026-11-20T00:00:00Z"
        );
        assert_eq!(
            parse_time("05/05/2026").unwrap().to_string(),
            "2026-05-05T00:00:00Z"
        );
    }

    #[test]
    fn a_zone_is_for_times_without_one() {
        let zone = TimeZone::fixed(jiff::tz::offset(2));
        let read = |text| {
            dated(text)
                .and_then(|d| d.moment(None, &zone))
                .unwrap()
                .to_string()
        };
        assert_eq!(read("2026-07-01 12:00:00"), "2026-07-01T10:00:00Z");
        assert_eq!(read("1 July 2026, 12:00"), "2026-07-01T10:00:00Z");
        assert_eq!(read("2026-07-01T12:00:00Z"), "2026-07-01T12:00:00Z");
        assert_eq!(read("1486811110"), "2017-02-11T11:05:10Z");
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "yesterday",
            "0000-01-01",
            "9999-12-31",
            "2017-13-01",
            "12",
            "-1",
            "3 days ago",
            "1w",
            "vor 3 Tagen",
            "2026-11",
            "November 2026",
            "20 November",
            "09:15",
            "2026-11-20 25:00",
            "2026-11-20 09:15 IST",
            "1.79517E+09",
            "31/31/2026",
            "1.2.3",
            "20/11",
            "hello world",
            "2026-11-20 2026-11-21",
            "Nov Nov 2026",
            "1234567",
        ] {
            assert!(parse_time(text).is_err(), "{text}");
        }
        let said = |text| parse_time(text).unwrap_err();
        assert!(said("3 days ago").contains("when the table was made"));
        assert!(said("2026-11").contains("expected a day"));
        assert!(said("1.79517E+09").contains("spreadsheet"));
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,30}") {
            let _ = parse_time(&text);
        }

        #[test]
        fn no_date_panics(text in "[0-9 .:/TZaepmn+-]{0,24}") {
            let _ = parse_time(&text);
        }
    }
}
