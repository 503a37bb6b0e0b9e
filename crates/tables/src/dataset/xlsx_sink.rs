//! Tables into a workbook that can be mailed as it is: numbers with formats, a header that stays, links that open.

use super::write::{Cell, Column, Kind};
use crate::error::{Error, Result};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Url, Workbook, Worksheet, XlsxError};
use std::path::Path;

/// Rows that a sheet has room for, with the header.
const ROWS: u32 = 1 << 20;
/// Links that a sheet has room for; those behind stay text.
const LINKS: usize = 60_000;
/// Letters that a cell has room for.
const LETTERS: usize = 32_767;
/// Letters of a link that spreadsheets open.
const LONGEST_LINK: usize = 2_000;
/// Widest column, in letters.
const WIDEST: usize = 60;

/// A sheet in the making, held in memory until it is whole.
pub(super) struct XlsxSink {
    workbook: Workbook,
    columns: Vec<Column>,
    formats: Vec<Format>,
    widths: Vec<usize>,
    row: u32,
    links: usize,
    /// Where the platform and the handle of a creator stand, which make a link.
    account: Option<(usize, usize)>,
}

impl XlsxSink {
    pub(super) fn new(columns: &[Column]) -> std::result::Result<Self, XlsxError> {
        let mut workbook = Workbook::new();
        // The same table gives the same bytes, whenever it is written.
        let day = ExcelDateTime::from_ymd(2000, 1, 1)?;
        workbook.set_properties(&DocProperties::new().set_creation_datetime(&day));
        let sheet = workbook.add_worksheet();
        let bold = Format::new().set_bold();
        for (at, column) in (0..).zip(columns) {
            sheet.write_string_with_format(0, at, &column.name, &bold)?;
        }
        sheet.set_freeze_panes(1, 0)?;
        let place = |name: &str| columns.iter().position(|c| c.name == name);
        Ok(Self {
            workbook,
            formats: columns
                .iter()
                .map(|c| Format::new().set_num_format(format(c)))
                .collect(),
            widths: columns.iter().map(|c| c.name.chars().count()).collect(),
            columns: columns.to_vec(),
            row: 0,
            links: 0,
            account: place("platform").zip(place("handle")),
        })
    }

    pub(super) fn write(&mut self, path: &Path, cells: &[Cell]) -> Result<()> {
        self.row += 1;
        if self.row >= ROWS {
            return Err(Error::usage(format!(
                "{}: a sheet has room for 1,048,576 rows only",
                path.display()
            ))
            .with_hint("write .csv or .parquet"));
        }
        let account = self.account.and_then(|(platform, handle)| {
            let text = |at: usize| match &cells[at] {
                Cell::Text(text) => Some(text.as_str()),
                _ => None,
            };
            Some((handle, profile(text(platform)?, text(handle)?)?))
        });
        for (at, cell) in cells.iter().enumerate() {
            let link = match (&account, cell) {
                (Some((handle, url)), _) if *handle == at => Some(url.clone()),
                (_, Cell::Text(text)) if is_link(text) => Some(text.clone()),
                _ => None,
            };
            self.cell(at, cell, link).map_err(|e| failed(path, &e))?;
        }
        Ok(())
    }

    fn cell(
        &mut self,
        at: usize,
        cell: &Cell,
        link: Option<String>,
    ) -> std::result::Result<(), XlsxError> {
        let (row, column) = (
            self.row,
            u16::try_from(at).map_err(|_| XlsxError::RowColumnLimitError)?,
        );
        let format = &self.formats[at];
        let width = &mut self.widths[at];
        let sheet: &mut Worksheet = self.workbook.worksheet_from_index(0)?;
        match cell {
            Cell::Text(text) => {
                *width = (*width).max(text.chars().count().min(WIDEST));
                match link.filter(|_| self.links < LINKS) {
                    Some(link) => {
                        self.links += 1;
                        sheet.write_url_with_text(row, column, Url::new(link), text)?;
                    }
                    None if text.chars().count() > LETTERS => {
                        // Cut in sight: the last letter says so.
                        let cut: String = text.chars().take(LETTERS - 1).chain(['…']).collect();
                        sheet.write_string(row, column, cut)?;
                    }
                    None => {
                        sheet.write_string(row, column, text)?;
                    }
                }
            }
            Cell::Int(n) => {
                *width = (*width).max(n.to_string().len() * 4 / 3);
                #[expect(
                    clippy::cast_precision_loss,
                    reason = "a spreadsheet has no other numbers"
                )]
                let x = *n as f64;
                if n.unsigned_abs() > 1 << 53 {
                    sheet.write_string(row, column, n.to_string())?;
                } else {
                    sheet.write_number_with_format(row, column, x, format)?;
                }
            }
            Cell::Float(x) if x.is_finite() => {
                *width = (*width).max(10);
                sheet.write_number_with_format(row, column, *x, format)?;
            }
            Cell::Bool(yes) => {
                sheet.write_boolean(row, column, *yes)?;
            }
            Cell::Float(_) | Cell::Empty => {}
        }
        Ok(())
    }

    /// The bytes of the whole.
    pub(super) fn finish(mut self) -> std::result::Result<Vec<u8>, XlsxError> {
        let last = u16::try_from(self.columns.len().saturating_sub(1)).unwrap_or(u16::MAX);
        let sheet = self.workbook.worksheet_from_index(0)?;
        for (at, width) in (0..).zip(&self.widths) {
            #[expect(clippy::cast_precision_loss, reason = "at most a few dozen letters")]
            sheet.set_column_width(at, (*width).clamp(6, WIDEST) as f64 + 2.0)?;
        }
        sheet.autofilter(0, 0, self.row, last)?;
        self.workbook.save_to_buffer()
    }
}

pub(super) fn failed(path: &Path, error: &XlsxError) -> Error {
    Error::io(path, std::io::Error::other(error.to_string()))
}

/// How the numbers of a column are shown; what they are stays whole.
fn format(column: &Column) -> &'static str {
    const MONEY: [&str; 12] = [
        "price", "amount", "spend", "revenue", "refunds", "value", "cost", "cpm", "cpe", "cpc",
        "cpa", "aov",
    ];
    let parts: Vec<&str> = column.name.split('_').collect();
    let has = |words: &[&str]| parts.iter().any(|part| words.contains(part));
    match column.kind {
        Kind::Int => "#,##0",
        Kind::Float
            if has(&["rate", "lower", "upper"])
                && (column.name.contains("rate")
                    || matches!(column.name.as_str(), "lower_90" | "upper_90")) =>
        {
            "0.0%"
        }
        Kind::Float if has(&MONEY) => "#,##0.00",
        Kind::Float => "0.000",
        Kind::Text | Kind::Bool => "General",
    }
}

fn is_link(text: &str) -> bool {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        rest.contains('.') && text.len() <= LONGEST_LINK && !text.contains(char::is_whitespace)
    })
}

/// Where an account is to be seen; `None` for platforms without such addresses, and for what is no handle.
fn profile(platform: &str, handle: &str) -> Option<String> {
    let handle = handle.trim().trim_start_matches('@');
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if handle.is_empty() || !handle.chars().all(plain) {
        return None;
    }
    Some(match platform.to_lowercase().as_str() {
        "instagram" => format!("https://www.instagram.com/{handle}/"),
        "tiktok" => format!("https://www.tiktok.com/@{handle}"),
        "youtube" => format!("https://www.youtube.com/@{handle}"),
        "twitter" | "x" => format!("https://x.com/{handle}"),
        "threads" => format!("https://www.threads.net/@{handle}"),
        "twitch" => format!("https://www.twitch.tv/{handle}"),
        "facebook" => format!("https://www.facebook.com/{handle}"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_as_what_they_are() {
        for (name, kind, shown) in [
            ("followers", Kind::Int, "#,##0"),
            ("expected_engagement_rate", Kind::Float, "0.0%"),
            ("lower_90", Kind::Float, "0.0%"),
            ("score_lower", Kind::Float, "0.000"),
            ("price", Kind::Float, "#,##0.00"),
            ("creator_id", Kind::Text, "General"),
        ] {
            assert_eq!(format(&Column::new(name, kind)), shown, "{name}");
        }
    }

    #[test]
    fn handles_lead_to_their_pages() {
        assert_eq!(
            profile("TikTok", "@lumi").as_deref(),
            Some("https://www.tiktok.com/@lumi")
        );
        assert_eq!(profile("instagram", "a b"), None);
        assert_eq!(profile("forum", "lumi"), None);
        assert!(
            is_link("https://example.com/p/1")
                && !is_link("https://")
                && !is_link("see https://example.com")
        );
    }
}
