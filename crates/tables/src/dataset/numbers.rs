//! Numbers as exports print them: what a cell may mean, and what it means where its column's decimal mark is known.

use super::number_words::{self, Affixes};
use std::borrow::Cow;
use unicode_normalization::UnicodeNormalization;

/// What stands before the decimals; the other of the two signs then groups thousands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decimal {
    /// `1,249.00`.
    Point,
    /// `1.249,00`.
    Comma,
}

impl Decimal {
    /// The sign itself.
    fn sign(self) -> char {
        match self {
            Self::Point => '.',
            Self::Comma => ',',
        }
    }

    fn of(sign: char) -> Self {
        if sign == ',' {
            Self::Comma
        } else {
            Self::Point
        }
    }

    /// The other one.
    #[must_use]
    pub(super) fn other(self) -> Self {
        match self {
            Self::Point => Self::Comma,
            Self::Comma => Self::Point,
        }
    }

    /// By what was typed: `comma` or `point`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "comma" => Some(Self::Comma),
            "point" => Some(Self::Point),
            _ => None,
        }
    }

    /// The name by which it is typed.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Point => "point",
            Self::Comma => "comma",
        }
    }
}

/// Which decimal marks the text of a number allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Marks {
    /// No sign that depends on it: `1500`, `1 500`.
    Free,
    /// Only this one: `1.249,00`, `89,90`, `1,234,567`.
    Fits(Decimal),
    /// `1.500`: decimals by this one, thousands by the other.
    Either(Decimal),
}

/// How exactly a cell says its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Exactness {
    #[default]
    Exact,
    /// `$120 - $180`: the middle is taken.
    Range,
    /// `12,400+`, `~12k`: what stands there is taken.
    About,
    /// `1.24E+04`: a spreadsheet may have rounded it.
    Scientific,
}

/// A number, and what was printed around it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Number {
    pub(super) value: f64,
    /// Whether it had a percent sign; the value is the share.
    pub(super) percent: bool,
    /// Where a sign or code says it without doubt.
    pub(super) currency: Option<&'static str>,
    pub(super) exactness: Exactness,
}

/// What a cell looks like, for what its column's other cells are to settle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) marks: Marks,
    /// `12.4K`: such a number has decimals where the plain ones beside it have none.
    pub(super) abbreviated: bool,
    /// Digits before any mark, of a number without one.
    pub(super) plain_digits: usize,
    /// Whether the digits after the mark end in a nought: `1.100`.
    pub(super) trailing_zero: bool,
    /// Whether those digits are noughts alone: `12.000`.
    pub(super) round: bool,
}

/// Whether a cell says that there is no value: empty, or one of the words exports print for it.
pub(super) fn is_missing(text: &str) -> bool {
    let text = text.trim_matches(is_blank);
    text.is_empty() || (text.len() <= 14 && number_words::is_missing_word(text))
}

/// White space, and what is not seen at all.
pub(super) fn is_blank(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{ad}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A count of digits alone, which is what machines print.
#[inline]
pub(super) fn plain_count(text: &str) -> Option<u64> {
    let bytes = text.as_bytes();
    if bytes.is_empty() || bytes.len() > 15 {
        return None;
    }
    bytes.iter().try_fold(0_u64, |sum, b| {
        b.is_ascii_digit().then(|| sum * 10 + u64::from(b - b'0'))
    })
}

/// A count: `12345`, `12,345`, `1 234`, `12345.0`, `304.9K`, `1.2M`, `2.5B`, `3.1e5`, `12,4 Tsd.`, `1.2万`.
///
/// # Errors
/// A sentence for people: not a number, negative, not whole, or above 2^53.
pub fn parse_count(text: &str) -> Result<u64, String> {
    let trimmed = text.trim_matches(is_blank);
    if let Some(count) = plain_count(trimmed) {
        return Ok(count);
    }
    let decimal = alone(text)?;
    count_of(&read_number(text, decimal)?, trimmed)
}

/// A number as a count.
pub(super) fn count_of(number: &Number, text: &str) -> Result<u64, String> {
    let value = number.value;
    if number.percent {
        return Err(format!("{text:?} is a percentage, expected a count"));
    }
    if value < 0.0 {
        return Err(format!("{text:?} is negative, expected a count"));
    }
    // Beyond 2^53 a double no longer tells neighbouring integers apart.
    if value > 9_007_199_254_740_992.0 {
        return Err(format!("{text:?} is too large for a count"));
    }
    let rounded = value.round();
    let whole = (value - rounded).abs() <= 1e-6 * rounded.max(1.0);
    // The middle of a range is no count itself.
    if !whole && number.exactness != Exactness::Range {
        return Err(format!("{text:?} is not a whole number"));
    }
    Ok(rounded as u64)
}

/// A number: as [`parse_count`], with decimals, a sign, a currency and `%` (`3,4 %` is 0.034).
///
/// A single point is taken for the decimal mark, and a comma before three digits for a mark of thousands, where the
/// text itself does not say otherwise (`1.234,5`, `1.234.567`, `3,4`); a table's cells are read by what their whole
/// column says.
///
/// # Errors
/// A sentence for people where it is no finite number.
pub fn parse_number(text: &str) -> Result<f64, String> {
    let decimal = alone(text)?;
    read_number(text, decimal).map(|n| n.value)
}

/// An amount of money, with its currency where a sign or a code says it without doubt: `5,000 USD`, `€ 1.2K`.
///
/// # Errors
/// As [`parse_number`]; for a percentage, too.
pub fn parse_amount(text: &str) -> Result<(f64, Option<&'static str>), String> {
    let number = read_number(text, alone(text)?)?;
    if number.percent {
        return Err(format!("{text:?} is a percentage, expected an amount"));
    }
    Ok((number.value, number.currency))
}

/// The decimal mark of a text without a column.
fn alone(text: &str) -> Result<Decimal, String> {
    Ok(match shape(text)?.marks {
        Marks::Fits(decimal) => decimal,
        Marks::Free | Marks::Either(_) => Decimal::Point,
    })
}

/// Plain characters: digits of every script, spaces, and one minus.
fn plain(text: &str) -> Cow<'_, str> {
    let text = text.trim_matches(is_blank);
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let ascii = text
        .chars()
        .filter(|c| !is_blank(*c) || c.is_whitespace())
        .nfkc()
        .map(|c| match c {
            '\u{660}'..='\u{669}' => digit(c, 0x660),
            '\u{6f0}'..='\u{6f9}' => digit(c, 0x6f0),
            '\u{966}'..='\u{96f}' => digit(c, 0x966),
            '\u{66b}' => '.',
            '\u{66c}' | '\u{2019}' | '\u{2018}' | '\u{2b9}' | '\u{b4}' | '`' => '\'',
            '\u{2212}' | '\u{2010}' | '\u{2011}' | '\u{fe63}' => '-',
            '\u{2012}'..='\u{2015}' => '\u{2013}',
            c if c.is_whitespace() => ' ',
            c => c,
        });
    Cow::Owned(ascii.collect())
}

fn digit(c: char, zero: u32) -> char {
    char::from(b'0' + (c as u32 - zero) as u8)
}

/// The two ends of `120 - 180`, `12k–17k`, `120 to 180`; `None` where it is no range.
fn ends(text: &str) -> Option<(&str, &str)> {
    for word in [" - ", "\u{2013}", " to ", " bis "] {
        if let Some((low, high)) = text.split_once(word) {
            return Some((low.trim(), high.trim()));
        }
    }
    // `12k-17k`: not the sign of `-5`, of `1e-5`, or of a date.
    let mut dashes = text.match_indices('-').skip_while(|(at, _)| *at == 0);
    let (at, _) = dashes.next()?;
    if !text[..at].contains(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let before = text[..at].chars().next_back()?;
    let exponent =
        matches!(before, 'e' | 'E') && text[..at - 1].ends_with(|c: char| c.is_ascii_digit());
    let after = text[at + 1..].chars().next()?;
    (dashes.next().is_none() && !exponent && (after.is_ascii_digit() || !after.is_alphanumeric()))
        .then(|| (text[..at].trim(), text[at + 1..].trim()))
}

/// A text without what stands around its digits.
struct Parts<'t> {
    digits: &'t str,
    affixes: Affixes,
}

fn wrong(text: &str) -> String {
    format!("{:?} is not a number", text.trim_matches(is_blank))
}

fn parts(text: &str) -> Option<Parts<'_>> {
    let (digits, affixes) = number_words::strip(text)?;
    Some(Parts { digits, affixes })
}

/// What a cell looks like.
///
/// # Errors
/// A sentence for people where it is no number.
pub(super) fn shape(text: &str) -> Result<Shape, String> {
    let plain = plain(text);
    let fail = || wrong(text);
    if let Some((low, high)) = ends(&plain) {
        let low = shape_of(low).ok_or_else(fail)?;
        let high = shape_of(high).ok_or_else(fail)?;
        // The end that says more.
        return Ok(match (low.marks, high.marks) {
            (Marks::Fits(_), _) | (_, Marks::Free) => low,
            _ => high,
        });
    }
    shape_of(&plain).ok_or_else(fail)
}

fn shape_of(text: &str) -> Option<Shape> {
    let parts = parts(text)?;
    let (marks, after) = marks(parts.digits)?;
    Some(Shape {
        marks,
        abbreviated: (parts.affixes.factor - 1.0).abs() > f64::EPSILON,
        plain_digits: if marks == Marks::Free {
            parts.digits.len()
        } else {
            0
        },
        trailing_zero: after.ends_with('0'),
        round: after.bytes().all(|b| b == b'0'),
    })
}

/// Which decimal marks digits with their marks allow, and what stands after the last mark.
fn marks(text: &str) -> Option<(Marks, &str)> {
    let mantissa = text.split(['e', 'E']).next()?;
    let scientific = mantissa.len() < text.len();
    let spaced = mantissa.contains([' ', '\'', '_']);
    let whole = mantissa.split(['.', ',']).next()?;
    if spaced && !in_groups(whole, &[' ', '\'', '_']) {
        return None;
    }
    let (points, commas) = (mantissa.matches('.').count(), mantissa.matches(',').count());
    let last = mantissa.rfind(['.', ',']);
    let Some(at) = last else {
        return Some((Marks::Free, ""));
    };
    let (before, after) = (&mantissa[..at], &mantissa[at + 1..]);
    let sign = if mantissa[at..].starts_with(',') {
        ','
    } else {
        '.'
    };
    if after.contains([' ', '\'', '_']) {
        return None;
    }
    let marks = match (points, commas) {
        (1, 0) | (0, 1) => {
            let grouped = after.len() == 3
                && (1..=3).contains(&before.len())
                && !before.starts_with('0')
                && !spaced
                && !scientific;
            if grouped {
                Marks::Either(Decimal::of(sign))
            } else {
                Marks::Fits(Decimal::of(sign))
            }
        }
        (_, 0) | (0, _) => {
            if spaced || !in_groups(mantissa, &[sign]) {
                return None;
            }
            Marks::Fits(Decimal::of(sign).other())
        }
        _ => {
            let other = Decimal::of(sign).other().sign();
            // Both: whichever comes last is the decimal mark, and stands once.
            if before.contains(sign) || spaced || !in_groups(before, &[other]) {
                return None;
            }
            Marks::Fits(Decimal::of(sign))
        }
    };
    Some((marks, after))
}

/// Whether marks stand before every three digits, or, as in India, before the last three and every two before them.
fn in_groups(text: &str, signs: &[char]) -> bool {
    let groups: Vec<&str> = text.split(signs).collect();
    let [first, middle @ .., last] = groups.as_slice() else {
        return false;
    };
    let digits = groups.iter().all(|g| g.bytes().all(|b| b.is_ascii_digit()));
    let of_three = middle.iter().all(|g| g.len() == 3) && (1..=3).contains(&first.len());
    let of_two =
        !middle.is_empty() && middle.iter().all(|g| g.len() == 2) && (1..=2).contains(&first.len());
    digits && last.len() == 3 && (of_three || of_two)
}

/// Reads a number by a decimal mark.
///
/// # Errors
/// A sentence for people: no number, out of range, or written by the other decimal mark.
pub(super) fn read_number(text: &str, decimal: Decimal) -> Result<Number, String> {
    let plain = plain(text);
    if let Some((low, high)) = ends(&plain) {
        return middle(text, low, high, decimal);
    }
    read_one(text, &plain, decimal, 1.0)
}

/// The middle of a range; `12-17k` means thousands at both ends.
fn middle(text: &str, from: &str, to: &str, decimal: Decimal) -> Result<Number, String> {
    let factor = |end: &str| parts(end).map_or(1.0, |p| p.affixes.factor);
    let high = read_one(text, to, decimal, 1.0)?;
    let mut low = read_one(text, from, decimal, 1.0)?;
    if factor(from) < factor(to) && low.value < high.value / factor(to) {
        low = read_one(text, from, decimal, factor(to))?;
    }
    if low.value > high.value {
        return Err(wrong(text));
    }
    Ok(Number {
        value: f64::midpoint(low.value, high.value),
        percent: high.percent,
        currency: low.currency.or(high.currency),
        exactness: Exactness::Range,
    })
}

fn read_one(whole: &str, text: &str, decimal: Decimal, scale: f64) -> Result<Number, String> {
    let parts = parts(text).ok_or_else(|| wrong(whole))?;
    let (marks, _) = marks(parts.digits).ok_or_else(|| wrong(whole))?;
    if let Marks::Fits(own) = marks
        && own != decimal
    {
        return Err(format!(
            "{:?} has a decimal {}, its column a decimal {}",
            whole.trim_matches(is_blank),
            own.name(),
            decimal.name()
        ));
    }
    let digits: String = parts
        .digits
        .chars()
        .filter_map(|c| match c {
            ' ' | '\'' | '_' => None,
            '.' | ',' => (c == decimal.sign()).then_some('.'),
            c => Some(c),
        })
        .collect();
    let value: f64 = digits.parse().map_err(|_| wrong(whole))?;
    let Affixes {
        negative,
        factor,
        percent,
        currency,
        about,
    } = parts.affixes;
    let value = value * factor * scale * if percent { 0.01 } else { 1.0 };
    let value = if negative { -value } else { value };
    if !value.is_finite() {
        return Err(format!(
            "{:?} is out of range",
            whole.trim_matches(is_blank)
        ));
    }
    let exactness = if about {
        Exactness::About
    } else if digits.contains(['e', 'E']) {
        Exactness::Scientific
    } else {
        Exactness::Exact
    };
    Ok(Number {
        // -0 is 0 to everyone who counts.
        value: value + 0.0,
        percent,
        currency,
        exactness,
    })
}

/// Yes or no in the spellings of exports.
///
/// # Errors
/// A sentence for people.
pub fn parse_bool(text: &str) -> Result<bool, String> {
    match text.trim_matches(is_blank).to_lowercase().as_str() {
        "true" | "t" | "yes" | "y" | "1" | "1.0" | "wahr" | "ja" | "vrai" | "oui" | "verdadero"
        | "verdadeiro" | "sí" | "si" | "sim" | "vero" | "sì" | "x" | "✓" | "✔" => Ok(true),
        "false" | "f" | "no" | "n" | "0" | "0.0" | "falsch" | "nein" | "faux" | "non" | "falso"
        | "não" | "nao" | "✗" => Ok(false),
        other => Err(format!("{other:?} is neither true nor false")),
    }
}

#[cfg(test)]
mod tests {
    use super::{
        Decimal, Exactness, Marks, parse_bool, parse_count, parse_number, read_number, shape,
    };

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
            ("12\u{2019}400", 12_400),
            ("304.9K", 304_900),
            ("304,9K", 304_900),
            ("1.2M", 1_200_000),
            ("2.5 B", 2_500_000_000),
            ("12345.0", 12_345),
            ("3.1e5", 310_000),
            ("1.24E+04", 12_400),
            (" 7 ", 7),
            ("\u{feff}7\u{200b}", 7),
            ("0", 0),
            ("-0", 0),
            ("12,4 Tsd.", 12_400),
            ("12,4 mil", 12_400),
            ("0,01 Mio.", 10_000),
            ("1,2 Mrd.", 1_200_000_000),
            ("1.2万", 12_000),
            ("1.2億", 120_000_000),
            ("0.1L", 10_000),
            ("1,24,000", 124_000),
            ("2.5 crore", 25_000_000),
            ("12.4K followers", 12_400),
            ("12,400+", 12_400),
            ("~12k", 12_000),
            ("12k - 17k", 14_500),
            ("12-17k", 14_500),
            ("12k\u{2013}17k", 14_500),
            ("１２３", 123),
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
            "12400%",
            "12 34",
            "1.2.3",
            "5 apples",
            "2026-11-20",
            "K12",
            "1K2",
            "12 K K",
        ] {
            assert!(parse_count(text).is_err(), "{text}");
        }
    }

    #[test]
    fn amounts_percentages_and_currencies() {
        for (text, expected, currency) in [
            ("3,4 %", 0.034, None),
            ("3.4%", 0.034, None),
            ("-2.5", -2.5, None),
            ("\u{2212}2.5", -2.5, None),
            ("1.234,5", 1234.5, None),
            ("1,234.5", 1234.5, None),
            ("1 299,00", 1299.0, None),
            ("3,4", 3.4, None),
            (".5", 0.5, None),
            ("(120.00)", -120.0, None),
            ("120.00-", -120.0, None),
            ("$120 - $180", 150.0, None),
            ("€ 1.249,00", 1249.0, Some("EUR")),
            ("1.249,00 €", 1249.0, Some("EUR")),
            ("EUR 89,90", 89.9, Some("EUR")),
            ("89.90 USD", 89.9, Some("USD")),
            ("-$5.00", -5.0, None),
            ("$-5.00", -5.0, None),
            ("R$ 1.500,50", 1500.5, Some("BRL")),
            ("₹1,24,000", 124_000.0, Some("INR")),
            ("1'299.50 CHF", 1299.5, Some("CHF")),
            ("€5K", 5000.0, Some("EUR")),
            ("5K€", 5000.0, Some("EUR")),
            ("45,-", 45.0, None),
        ] {
            let marks = shape(text).unwrap_or_else(|e| panic!("{e}")).marks;
            let decimal = if marks == Marks::Fits(Decimal::Comma) {
                Decimal::Comma
            } else {
                Decimal::Point
            };
            let number = read_number(text, decimal).unwrap();
            assert!(
                (number.value - expected).abs() < 1e-9,
                "{text}: {}",
                number.value
            );
            assert_eq!(number.currency, currency, "{text}");
        }
        let range = read_number("12k - 17k", Decimal::Point).unwrap();
        assert_eq!(range.exactness, Exactness::Range);
        assert!(parse_number("180 - 120").is_err());
    }

    #[test]
    fn what_a_number_leaves_open() {
        let (point, comma) = (Decimal::Point, Decimal::Comma);
        for (text, marks) in [
            ("1.500", Marks::Either(point)),
            ("1,500", Marks::Either(comma)),
            ("12.4", Marks::Fits(point)),
            ("0.125", Marks::Fits(point)),
            ("1234.567", Marks::Fits(point)),
            ("1.234.567", Marks::Fits(comma)),
            ("1,234.567", Marks::Fits(point)),
            ("1 234,567", Marks::Fits(comma)),
            ("1'234", Marks::Free),
            ("1500", Marks::Free),
        ] {
            assert_eq!(shape(text).unwrap().marks, marks, "{text}");
        }
        assert!((read_number("1.500", comma).unwrap().value - 1500.0).abs() < 1e-9);
        assert!((read_number("1.500", point).unwrap().value - 1.5).abs() < 1e-9);
        let reason = read_number("89,90", point).unwrap_err();
        assert!(reason.contains("decimal comma"), "{reason}");
    }

    #[test]
    fn yes_and_no() {
        assert_eq!(parse_bool("TRUE"), Ok(true));
        assert_eq!(parse_bool("WAHR"), Ok(true));
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

        #[test]
        fn no_amount_is_read_two_ways(whole in 0u32..2_000_000, cents in 0u32..100) {
            let value = f64::from(whole) + f64::from(cents) / 100.0;
            let digits = whole.to_string();
            let mut grouped = String::new();
            for (i, c) in digits.chars().enumerate() {
                if i > 0 && (digits.len() - i) % 3 == 0 { grouped.push('.'); }
                grouped.push(c);
            }
            let german = format!("{grouped},{cents:02}");
            let english = german.replace('.', "_").replace(',', ".").replace('_', ",");
            proptest::prop_assert!((read_number(&german, Decimal::Comma).unwrap().value - value).abs() < 1e-6);
            proptest::prop_assert!((read_number(&english, Decimal::Point).unwrap().value - value).abs() < 1e-6);
        }
    }
}
