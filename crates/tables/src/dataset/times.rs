//! Times as exports print them.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, fmt::strtime};

/// First and last second that a platform's post can be from: 1970 to the end of 2100.
const RANGE: std::ops::Range<i64> = 0..4_133_980_800;

/// A time: RFC 3339, `2017-02-11 11:05:10` and `2017-02-11` (both taken as UTC), Unix seconds
/// or milliseconds, and `Tue Oct 18 21:53:25 +0000 2011`.
///
/// # Errors
/// A sentence for people where it is none of these, or outside the years 1970 to 2100.
pub fn parse_time(text: &str) -> Result<Timestamp, String> {
    parse_time_in(text, &TimeZone::UTC)
}

/// The same where times that name no zone are of `zone`. Where a clock was put back and a time came twice, the first.
pub(super) fn parse_time_in(text: &str, zone: &TimeZone) -> Result<Timestamp, String> {
    let text = text.trim();
    let time = read(text, zone).ok_or_else(|| {
        format!("{text:?} is not a time (expected for example 2017-02-11 11:05:10, 2017-02-11T11:05:10Z or Unix seconds)")
    })?;
    if RANGE.contains(&time.as_second()) {
        Ok(time)
    } else {
        Err(format!("{text:?} is outside the years 1970 to 2100"))
    }
}

fn read(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    if text.bytes().all(|b| b.is_ascii_digit()) && (9..=13).contains(&text.len()) {
        let number: i64 = text.parse().ok()?;
        // 2001 is 10 digits of seconds; so many milliseconds would be 1970.
        return if text.len() >= 12 {
            Timestamp::from_millisecond(number).ok()
        } else {
            Timestamp::from_second(number).ok()
        };
    }
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time);
    }
    if let Ok(time) = text.parse::<DateTime>() {
        return time.to_zoned(zone.clone()).ok().map(|z| z.timestamp());
    }
    if let Ok(date) = text.parse::<Date>() {
        return date.to_zoned(zone.clone()).ok().map(|z| z.timestamp());
    }
    ["%a %b %d %H:%M:%S %z %Y", "%Y-%m-%d %H:%M:%S %z"]
        .iter()
        .find_map(|format| strtime::parse(format, text).ok()?.to_timestamp().ok())
}

#[cfg(test)]
mod tests {
    use super::parse_time;

    #[test]
    fn the_same_moment_in_every_spelling() {
        let expected = "2017-02-11T11:05:10Z".parse().unwrap();
        for text in [
            "2017-02-11T11:05:10Z",
            "2017-02-11T12:05:10+01:00",
            "2017-02-11 11:05:10",
            "2017-02-11T11:05:10.000Z",
            "1486811110",
            "1486811110000",
            "Sat Feb 11 11:05:10 +0000 2017",
        ] {
            assert_eq!(parse_time(text), Ok(expected), "{text}");
        }
        assert_eq!(
            parse_time("2017-02-11").unwrap().to_string(),
            "2017-02-11T00:00:00Z"
        );
    }

    #[test]
    fn a_zone_is_for_times_without_one() {
        let zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(2));
        let read = |text| super::parse_time_in(text, &zone).unwrap().to_string();
        assert_eq!(read("2026-07-01 12:00:00"), "2026-07-01T10:00:00Z");
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
        ] {
            assert!(parse_time(text).is_err(), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,30}") {
            let _ = parse_time(&text);
        }
    }
}
