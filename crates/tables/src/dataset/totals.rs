//! Rows of totals, which spreadsheets and analytics put under (or over) a table: no row of it.

/// First words of such rows, in lower case.
const WORDS: [&str; 18] = [
    "total",
    "totals",
    "grand total",
    "sub total",
    "subtotal",
    "sum",
    "sum total",
    "overall",
    "overall total",
    "summe",
    "gesamt",
    "gesamtsumme",
    "gesamtergebnis",
    "insgesamt",
    "totale",
    "total general",
    "total général",
    "totaal",
];

/// What kind of row of totals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Total {
    /// Its first cell says so, and the others are numbers.
    Named,
    /// Its first cell is empty and the others are numbers: one only at the beginning or end of a table.
    Unnamed,
}

/// Whether a row is one of totals.
pub(super) fn total<'a>(mut cells: impl Iterator<Item = &'a str>) -> Option<Total> {
    let first = cells.next()?.trim();
    let named = !first.is_empty();
    if named && !is_word(first) {
        return None;
    }
    let (mut numbers, mut words) = (0, 0);
    for cell in cells.map(str::trim).filter(|c| !c.is_empty()) {
        if is_number(cell) {
            numbers += 1;
        } else if is_word(cell) {
            words += 1;
        } else if !is_currency(cell) {
            return None;
        }
    }
    match (named, numbers) {
        (_, 0) => None,
        (true, _) => Some(Total::Named),
        (false, _) if words > 0 => Some(Total::Named),
        (false, _) => Some(Total::Unnamed),
    }
}

fn is_word(cell: &str) -> bool {
    if cell.len() > 32 || !cell.starts_with(|c: char| c.is_alphabetic()) {
        return false;
    }
    let lower = cell.to_lowercase();
    // `Total:`, `Total (12)`, `Total 12 rows`
    let label = lower.split([':', '(']).next().unwrap_or_default().trim();
    WORDS.contains(&label)
}

/// A number as exports print it, with its signs; no date and no name.
fn is_number(cell: &str) -> bool {
    let mut digits = 0;
    let signs = cell.chars().all(|c| {
        digits += usize::from(c.is_ascii_digit());
        c.is_ascii_digit()
            || matches!(
                c,
                '.' | ','
                    | ' '
                    | '\''
                    | '\u{a0}'
                    | '\u{202f}'
                    | '%'
                    | '$'
                    | '€'
                    | '£'
                    | '-'
                    | '+'
                    | 'K'
                    | 'M'
            )
    });
    signs && digits > 0 && digits <= 15
}

fn is_currency(cell: &str) -> bool {
    (cell.len() == 3 && cell.bytes().all(|b| b.is_ascii_uppercase()))
        || matches!(cell, "-" | "–" | "€" | "$" | "£")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(row: &str) -> Option<Total> {
        total(row.split(';'))
    }

    #[test]
    fn totals_are_told_from_rows() {
        assert_eq!(of("Total;6.000,00;EUR;"), Some(Total::Named));
        assert_eq!(of("Grand total:;;;1,234"), Some(Total::Named));
        assert_eq!(of(";;1200;5000.5;Grand total"), Some(Total::Named));
        assert_eq!(of(";;1200;5000.5"), Some(Total::Unnamed));
        for row in [
            "17;Total",
            "total;a comment in one word",
            "total_eclipse;100;EUR",
            ";someone;1200",
            ";;",
            "Total",
            "",
            ";2026-11-01T00:00;x",
        ] {
            assert_eq!(of(row), None, "{row}");
        }
    }
}
