//! Text that fits the terminal: a table loses columns before it loses a letter, and lines break between words.

use super::term::printable;
use terminal_size::{Width, terminal_size};
use unicode_width::UnicodeWidthStr;

/// The width where there is no terminal and `COLUMNS` names none.
const USUAL: usize = 80;
/// A width below which nothing fits.
const LEAST: usize = 20;
/// Between two columns.
const GAP: usize = 2;
/// A cell up to this width stands on one line.
const WHOLE: usize = 24;
/// Longer words are cut.
const LONGEST_WORD: usize = 40;

/// The characters that a line may have.
pub(crate) fn width() -> usize {
    let terminal = terminal_size().map(|(Width(columns), _)| usize::from(columns));
    let told = || std::env::var("COLUMNS").ok()?.trim().parse().ok();
    terminal
        .or_else(told)
        .filter(|columns| *columns >= LEAST)
        .unwrap_or(USUAL)
}

/// A table as wide as the terminal at most. Where it is wider, columns go in the order of `leaving`, then the last
/// ones; which went is said below.
pub(crate) fn table_leaving(columns: &[&str], leaving: &[usize], rows: Vec<Vec<String>>) -> String {
    fitted(columns, leaving, &printed(rows), width())
}

fn printed(rows: Vec<Vec<String>>) -> Vec<Vec<String>> {
    let row = |row: Vec<String>| row.iter().map(|cell| printable(cell)).collect();
    rows.into_iter().map(row).collect()
}

/// How wide a column must and would like to be.
#[derive(Clone, Copy)]
struct Room {
    least: usize,
    most: usize,
}

fn fitted(columns: &[&str], leaving: &[usize], rows: &[Vec<String>], width: usize) -> String {
    let rooms: Vec<Room> = (0..columns.len())
        .map(|at| room(columns[at], rows.iter().filter_map(|row| row.get(at))))
        .collect();
    let mut kept: Vec<usize> = (0..columns.len()).collect();
    let least = |kept: &[usize]| {
        let sum: usize = kept.iter().map(|at| rooms[*at].least).sum();
        sum + GAP * kept.len().saturating_sub(1)
    };
    // The first column says whose row it is.
    let last_ones = (1..columns.len()).rev();
    let mut order = leaving.iter().copied().chain(last_ones);
    while least(&kept) > width && kept.len() > 1 {
        match order.next() {
            Some(at) => kept.retain(|k| *k != at),
            None => break,
        }
    }
    // Where no order was given, no column of sentences goes, and no path is cut: what does not fit is told row by row.
    let prose = |at: usize| rooms[at].most > WHOLE;
    let cut_off = |at: usize| {
        let cells = rows.iter().filter_map(|row| row.get(at));
        let mut words = cells.flat_map(|cell| cell.split_whitespace());
        words.any(|word| word.width() > LONGEST_WORD.max(rooms[at].least))
    };
    let gone = (0..columns.len()).filter(|at| !kept.contains(at));
    let whole: usize = rooms.iter().map(|room| room.most + GAP).sum();
    if leaving.is_empty()
        && whole > width + GAP
        && (gone.clone().any(prose) || (0..columns.len()).any(cut_off))
    {
        return row_by_row(columns, rows, width);
    }
    let mut widths: Vec<usize> = kept.iter().map(|at| rooms[*at].least).collect();
    let mut spare = width.saturating_sub(least(&kept));
    // Headers on one line first, then cells.
    let headers = |at: usize| columns[at].width().min(rooms[at].most);
    let cells = |at: usize| rooms[at].most;
    for wanted in [&headers as &dyn Fn(usize) -> usize, &cells] {
        for (wide, at) in widths.iter_mut().zip(&kept) {
            let more = wanted(*at).saturating_sub(*wide).min(spare);
            *wide += more;
            spare -= more;
        }
    }
    let mut text = line_of(&kept, &widths, |at| columns[at]);
    let across: usize = widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1);
    text += &format!("\n{}", "\u{2500}".repeat(across.min(width)));
    for row in rows {
        text.push('\n');
        text += &line_of(&kept, &widths, |at| row.get(at).map_or("", String::as_str));
    }
    let gone: Vec<&str> = (0..columns.len())
        .filter(|at| !kept.contains(at))
        .map(|at| columns[at])
        .collect();
    if !gone.is_empty() {
        text.push('\n');
        text += &fit_to(
            &format!("(not in {width} columns: {})", gone.join(", ")),
            width,
        );
    }
    text
}

/// Every row as its first cell, and below it the others by their headers.
fn row_by_row(columns: &[&str], rows: &[Vec<String>], width: usize) -> String {
    let mut lines = Vec::new();
    for row in rows {
        lines.push(row.first().cloned().unwrap_or_default());
        let others = columns.iter().zip(row).skip(1);
        let told = others.filter(|(_, cell)| !cell.is_empty());
        lines.extend(told.map(|(column, cell)| format!("  {column}: {}", cell.replace('\n', " "))));
    }
    fit_to(&lines.join("\n"), width)
}

/// The room of a column: short cells stand whole, long ones break between words, and so does the header.
fn room<'c>(header: &str, cells: impl Iterator<Item = &'c String>) -> Room {
    let longest = |text: &str| {
        let words = units(text).into_iter().map(UnicodeWidthStr::width);
        words.max().unwrap_or(0).min(LONGEST_WORD)
    };
    let mut room = Room {
        least: longest(header),
        most: header.width(),
    };
    for line in cells.flat_map(|cell| cell.split('\n')) {
        let whole = line.width();
        let least = if whole <= WHOLE {
            whole
        } else {
            longest(line).max(WHOLE)
        };
        room.least = room.least.max(least);
        room.most = room.most.max(whole);
    }
    room.most = room.most.max(room.least);
    room
}

/// A row, on as many lines as its longest cell takes.
fn line_of<'t>(kept: &[usize], widths: &[usize], cell: impl Fn(usize) -> &'t str) -> String {
    let cells: Vec<Vec<String>> = kept
        .iter()
        .zip(widths)
        .map(|(at, wide)| wrapped(cell(*at), *wide))
        .collect();
    let height = cells.iter().map(Vec::len).max().unwrap_or(0).max(1);
    let lines = (0..height).map(|n| {
        let mut line = String::new();
        for (lines, wide) in cells.iter().zip(widths) {
            let part = lines.get(n).map_or("", String::as_str);
            line += part;
            line += &" ".repeat((wide + GAP).saturating_sub(part.width()));
        }
        line.trim_end().to_owned()
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// A cell's lines of that width; only a word that is longer is cut.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let lines = text.split('\n').flat_map(|line| {
        let mut lines = vec![String::new()];
        for unit in units(line) {
            let unit = cut(unit, width);
            let line = lines.last_mut().map_or(0, |line| line.width());
            match lines.last_mut() {
                Some(last) if line == 0 => last.push_str(&unit),
                Some(last) if line + 1 + unit.width() <= width => {
                    last.push(' ');
                    last.push_str(&unit);
                }
                _ => lines.push(unit),
            }
        }
        lines
    });
    lines.collect()
}

/// Words, with what must stand beside a number on its line.
fn units(line: &str) -> Vec<&str> {
    let mut units = Vec::new();
    let mut begin = 0;
    for (at, _) in line.match_indices(' ') {
        // `4.1 %` is one.
        if line[at + 1..].starts_with('%') {
            continue;
        }
        units.push(&line[begin..at]);
        begin = at + 1;
    }
    units.push(&line[begin..]);
    units.retain(|unit| !unit.is_empty());
    units
}

/// A word that is no longer than `width`, its end cut where it would be.
fn cut(word: &str, width: usize) -> String {
    if word.width() <= width {
        return word.to_owned();
    }
    let mut short = String::new();
    for letter in word.chars() {
        if short.width() + letter.to_string().width() >= width {
            break;
        }
        short.push(letter);
    }
    short.push('…');
    short
}

/// Text whose lines fit the terminal: a long one goes on below, as far in as it began.
pub(crate) fn fit(text: &str) -> String {
    fit_to(text, width())
}

fn fit_to(text: &str, width: usize) -> String {
    let lines = text.split('\n').map(|line| {
        if line.width() <= width {
            return line.to_owned();
        }
        let spaces = line.len() - line.trim_start_matches(' ').len();
        let listed = line[spaces..].starts_with("- ");
        let further = if listed { spaces + 2 } else { spaces };
        let mut lines = vec![" ".repeat(spaces)];
        let mut empty = true;
        for unit in units(&line[spaces..]) {
            let used = lines.last().map_or(0, |line| line.width());
            match lines.last_mut() {
                Some(last) if empty => last.push_str(unit),
                Some(last) if used + 1 + unit.width() <= width => {
                    last.push(' ');
                    last.push_str(unit);
                }
                _ => lines.push(" ".repeat(further) + unit),
            }
            empty = false;
        }
        lines.join("\n")
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The beginning of a list that fits, its parts whole: `spf in 10 of 42 texts, makeup in 9 …`.
pub(crate) fn beginning(text: &str, width: usize) -> String {
    let mut kept = text.len();
    while text[..kept].width() + usize::from(kept < text.len()) * 3 > width {
        match text[..kept].rfind([',', ';']) {
            Some(before) if text.as_bytes()[before] == b',' => kept = before,
            // The first of the parts is too long by itself: as many of its words as fit.
            _ => return beginning_by_words(text, width),
        }
    }
    if kept == text.len() {
        text.to_owned()
    } else {
        format!("{}, …", &text[..kept])
    }
}

fn beginning_by_words(text: &str, width: usize) -> String {
    let mut short = String::new();
    for unit in units(text) {
        if short.width() + unit.width() + 2 > width {
            break;
        }
        short += unit;
        short.push(' ');
    }
    short + "…"
}

#[cfg(test)]
mod tests {
    use super::{beginning, fit_to, fitted};
    use unicode_width::UnicodeWidthStr;

    fn rows() -> Vec<Vec<String>> {
        let row = [
            "1",
            "@a_rather_long_handle",
            "174,724",
            "0.89 (0.85 to 0.92)",
            "4.1 %",
        ];
        vec![row.map(str::to_owned).to_vec(); 2]
    }

    const COLUMNS: [&str; 5] = ["#", "creator", "followers", "score (90 %)", "engagement"];

    #[test]
    fn columns_go_in_their_order_and_no_number_is_split() {
        let whole = fitted(&COLUMNS, &[4, 2], &rows(), 80);
        assert!(whole.contains("4.1 %") && !whole.contains("not in"));
        let narrow = fitted(&COLUMNS, &[4, 2], &rows(), 58);
        assert!(
            narrow.contains("(not in 58 columns: engagement)"),
            "{narrow}"
        );
        assert!(narrow.contains("174,724"), "{narrow}");
        for width in 30..80 {
            let text = fitted(&COLUMNS, &[4, 2], &rows(), width);
            assert!(text.lines().all(|l| l.width() <= width), "{width}: {text}");
            assert_eq!(text.matches("@a_rather_long_handle").count(), 2, "{text}");
            for (part, whole) in [("174", "174,724"), ("0.8", "0.89 (0.85"), ("4.1", "4.1 %")] {
                assert_eq!(
                    text.matches(part).count() >= 2,
                    text.contains(whole),
                    "{text}"
                );
            }
        }
    }

    #[test]
    fn advice_and_paths_are_told_row_by_row_where_they_do_not_fit() {
        let path = "/a/path/of/many/folders/that/no/narrow/column/holds/model.safetensors";
        let row = ["model", "wrong", path, "fetch the folder again, and say so"];
        let rows = vec![row.map(str::to_owned).to_vec()];
        let columns = ["what", "is", "found", "what to do"];
        let narrow = fitted(&columns, &[], &rows, 80);
        assert_eq!(
            narrow,
            format!(
                "model\n  is: wrong\n  found: {path}\n  what to do: fetch the folder again, and say so"
            )
        );
        assert!(fitted(&columns, &[], &rows, 200).contains("─"));
    }

    #[test]
    fn long_cells_and_lines_break_between_words() {
        let said =
            "a sentence of several words that does not stand on one line of forty".to_owned();
        let rows = vec![vec!["x".to_owned(), said.clone()]];
        let text = fitted(&["id", "what was seen"], &[], &rows, 40);
        assert!(text.lines().all(|l| l.width() <= 40), "{text}");
        let words: Vec<&str> = text.split_whitespace().collect();
        assert!(said.split(' ').all(|word| words.contains(&word)), "{text}");
        assert_eq!(
            fit_to("  - one two three 4.1 % five", 17),
            "  - one two three\n    4.1 % five"
        );
        assert_eq!(beginning("a in 1, b in 2, c in 3", 20), "a in 1, b in 2, …");
        assert_eq!(beginning("so; a in 1 of 2 texts, b", 15), "so; a in 1 of …");
    }
}
