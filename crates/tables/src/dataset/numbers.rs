//! Numbers as exports print them.

/// Characters that group digits: spaces of every width and the apostrophe.
fn is_grouping_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{a0}' | '\u{2009}' | '\u{202f}' | '\'' | '\u{2019}')
}

/// Whether a cell says that there is no value: empty, or one of the words exports print for it.
pub(super) fn is_missing(text: &str) -> bool {
    let text = text.trim();
    text.is_empty()
        || ["null", "none", "nan", "na", "n/a", "-"]
            .iter()
            .any(|word| text.eq_ignore_ascii_case(word))
}

/// A count: `12345`, `12,345`, `1 234`, `12345.0`, `304.9K`, `1.2M`, `2.5B`, `3.1e5`.
///
/// # Errors
/// A sentence for people: not a number, negative, not whole, or above 2^53.
pub fn parse_count(text: &str) -> Result<u64, String> {
    let value = parse_number(text)?;
    if value < 0.0 {
        return Err(format!("{:?} is negative, expected a count", text.trim()));
    }
    // Beyond 2^53 a double no longer tells neighbouring integers apart.
    if value > 9_007_199_254_740_992.0 {
        return Err(format!("{:?} is too large for a count", text.trim()));
    }
    let rounded = value.round();
    if (value - rounded).abs() > 1e-6 * rounded.max(1.0) {
        return Err(format!("{:?} is not a whole number", text.trim()));
    }
    Ok(rounded as u64)
}

/// A number: as [`parse_count`], with decimals, a sign, and `%` (`3,4 %` is 0.034).
///
/// A point is always the decimal mark unless several points stand in groups of three
/// (`1.234.567`). Commas group thousands where three digits follow each of them (`12,345`,
/// `1,234.5`); otherwise a single comma is the decimal mark (`3,4`, `1.234,5`).
///
/// # Errors
/// A sentence for people where it is no finite number.
pub fn parse_number(text: &str) -> Result<f64, String> {
    let trimmed = text.trim();
    let wrong = || format!("{trimmed:?} is not a number");
    let (body, percent) = match trimmed.strip_suffix('%') {
        Some(body) => (body.trim_end(), true),
        None => (trimmed, false),
    };
    let (body, factor) = match body.char_indices().next_back() {
        Some((at, 'k' | 'K')) => (body[..at].trim_end(), 1e3),
        Some((at, 'm' | 'M')) => (body[..at].trim_end(), 1e6),
        Some((at, 'b' | 'B')) => (body[..at].trim_end(), 1e9),
        _ => (body, 1.0),
    };
    let compact: String = body.chars().filter(|c| !is_grouping_space(*c)).collect();
    let plain = decimal_point(&compact).ok_or_else(wrong)?;
    // `f64::from_str` also takes "inf" and "nan", which no export means as a number.
    if !plain
        .chars()
        .all(|c| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | 'e' | 'E'))
        || !plain.contains(|c: char| c.is_ascii_digit())
    {
        return Err(wrong());
    }
    let value: f64 = plain.parse().map_err(|_| wrong())?;
    let value = value * factor * if percent { 0.01 } else { 1.0 };
    if value.is_finite() {
        // -0 is 0 to everyone who counts.
        Ok(value + 0.0)
    } else {
        Err(format!("{trimmed:?} is out of range"))
    }
}

/// The same number with a point as decimal mark and nothing between thousands.
fn decimal_point(text: &str) -> Option<String> {
    let commas = text.matches(',').count();
    let points = text.matches('.').count();
    let in_threes = |mark: char| {
        let mut parts = text.split(mark);
        let first_ok = parts.next().is_some_and(|p| {
            let digits = p.trim_start_matches(['-', '+']);
            !digits.is_empty() && digits.len() <= 3
        });
        first_ok && parts.all(|p| p.split(['.', ',']).next().is_some_and(|p| p.len() == 3))
    };
    match (commas, points) {
        (0, 0 | 1) => Some(text.to_owned()),
        (0, _) => in_threes('.').then(|| text.replace('.', "")),
        (1, 0) => Some(if in_threes(',') {
            text.replace(',', "")
        } else {
            text.replace(',', ".")
        }),
        (_, 0) => in_threes(',').then(|| text.replace(',', "")),
        // Both: whichever comes last is the decimal mark, and stands once.
        _ => {
            let last_comma = text.rfind(',')?;
            let last_point = text.rfind('.')?;
            if last_point > last_comma {
                (points == 1).then(|| text.replace(',', ""))
            } else {
                (commas == 1).then(|| text.replace('.', "").replace(',', "."))
            }
        }
    }
}

/// Yes or no in the spellings of exports.
///
/// # Errors
/// A sentence for people.
pub fn parse_bool(text: &str) -> Result<bool, String> {
    match text.trim().to_lowercase().as_str() {
        "true" | "t" | "yes" | "y" | "1" | "1.0" => Ok(true),
        "false" | "f" | "no" | "n" | "0" | "0.0" => Ok(false),
        other => Err(format!("{other:?} is neither true nor false")),
    }
}

#[cfg(test)]
mod tests {
    use super::{parse_bool, parse_count, parse_number};

    #[test]
    fn counts_as_exports_print_them() {
        for (text, expected) in [
            ("12345", 12_345),
            ("12,345", 12_345),
            ("1,234,567", 1_234_567),
            ("1.234.567", 1_234_567),
            ("1 234", 1_234),
            ("1\u{202f}234\u{a0}567", 1_234_567),
            ("1'234", 1_234),
            ("304.9K", 304_900),
            ("304,9K", 304_900),
            ("1.2M", 1_200_000),
            ("2.5 B", 2_500_000_000),
            ("12345.0", 12_345),
            ("3.1e5", 310_000),
            (" 7 ", 7),
            ("0", 0),
            ("-0", 0),
        ] {
            assert_eq!(parse_count(text), Ok(expected), "{text}");
        }
        for text in [
            "",
            "-5",
            "1.5",
            "NaN",
            "inf",
            "1e999",
            "abc",
            "12,34,5",
            "1..2",
            "K",
            "0x10",
            "1e",
            "99999999999999999999",
        ] {
            assert!(parse_count(text).is_err(), "{text}");
        }
    }

    #[test]
    fn decimals_and_percentages() {
        for (text, expected) in [
            ("3,4 %", 0.034),
            ("3.4%", 0.034),
            ("-2.5", -2.5),
            ("1.234,5", 1234.5),
            ("1,234.5", 1234.5),
            ("3,4", 3.4),
        ] {
            assert!(
                (parse_number(text).unwrap() - expected).abs() < 1e-12,
                "{text}"
            );
        }
    }

    #[test]
    fn yes_and_no() {
        assert_eq!(parse_bool("TRUE"), Ok(true));
        assert_eq!(parse_bool("0"), Ok(false));
        assert!(parse_bool("maybe").is_err());
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,30}") {
            let _ = parse_number(&text);
            let _ = parse_count(&text);
        }

        #[test]
        fn every_count_is_read_back(n in 0u64..9_000_000_000_000_000) {
            proptest::prop_assert_eq!(parse_count(&n.to_string()), Ok(n));
        }
    }
}
