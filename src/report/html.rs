//! The page: one HTML file that needs nothing else, with no script and no request.

use super::Figure;
use std::fmt::Write;

/// What the page shows, as text and numbers that are already computed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Page {
    /// Heading.
    pub title: String,
    /// The answer in a sentence or two.
    pub lead: String,
    /// Tables in the order of reading.
    pub sections: Vec<Section>,
}

/// A heading, what the table under it says, and the table.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Section {
    /// Heading.
    pub title: String,
    /// How to read the table.
    pub note: String,
    /// Names of the columns.
    pub columns: Vec<String>,
    /// Rows of cells, as long as `columns`; a cell's lines stay lines.
    pub rows: Vec<Vec<String>>,
    /// A drawing under the table.
    pub figure: Option<Figure>,
}

/// Colours follow the reader's light or dark setting; tables scroll by themselves on a phone.
const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:16px/1.5 system-ui,sans-serif;max-width:84rem;margin:2rem auto;padding:0 1rem}\
h1{line-height:1.2}p.lead{font-size:1.15rem}\
.scroll{overflow-x:auto}\
table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.9rem;width:100%}\
th,td{text-align:left;padding:.35rem .5rem;border-bottom:1px solid #8886;vertical-align:top;overflow-wrap:anywhere}\
th,.line{white-space:nowrap}.lines{white-space:pre-line;min-width:16rem}footer{margin-top:3rem;font-size:.85rem;opacity:.8}\
@media print{body{max-width:none}.scroll{overflow:visible}}";

/// Cells up to this many characters are not broken: a number stays beside its interval.
const ONE_LINE: usize = 24;

/// The page's bytes. Every text is escaped; the content security policy allows the inline
/// style alone.
#[must_use]
pub fn page(page: &Page) -> Vec<u8> {
    let mut html = String::new();
    let title = escape(&page.title);
    // Writing to a String cannot fail.
    let _ = write!(
        html,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n\
         <h1>{title}</h1>\n<p class=\"lead\">{}</p>\n",
        escape(&page.lead)
    );
    for section in &page.sections {
        let _ = write!(
            html,
            "<section>\n<h2>{}</h2>\n<p>{}</p>\n<div class=\"scroll\" tabindex=\"0\"><table>\n<thead><tr>",
            escape(&section.title),
            escape(&section.note)
        );
        for column in &section.columns {
            let _ = write!(html, "<th scope=\"col\">{}</th>", escape(column));
        }
        html.push_str("</tr></thead>\n<tbody>\n");
        for row in &section.rows {
            html.push_str("<tr>");
            for cell in row {
                let class = match cell {
                    cell if cell.contains('\n') => " class=\"lines\"",
                    cell if cell.chars().count() <= ONE_LINE => " class=\"line\"",
                    _ => "",
                };
                let _ = write!(html, "<td{class}><bdi>{}</bdi></td>", escape(cell));
            }
            html.push_str("</tr>\n");
        }
        html.push_str("</tbody>\n</table></div>\n");
        if let Some(figure) = &section.figure {
            html.push_str(&figure.svg);
        }
        html.push_str("\n</section>\n");
    }
    let _ = write!(
        html,
        "</main>\n<footer>microfluence {}</footer>\n</body>\n</html>\n",
        env!("CARGO_PKG_VERSION")
    );
    html.into_bytes()
}

/// Text as it may stand between tags and in quoted attributes; characters that turn the
/// writing direction or cannot be shown are dropped.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {}
            c if c.is_control() && c != '\n' => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Page, Section, page};

    #[test]
    fn hostile_text_stays_text() {
        let bytes = page(&Page {
            title: "<script>alert(1)</script>".into(),
            lead: "a \u{202e}b & \"c\"".into(),
            sections: vec![Section {
                title: "t".into(),
                note: "n".into(),
                columns: vec!["<img src=x>".into()],
                rows: vec![vec!["</td><script>".into()]],
                figure: None,
            }],
        });
        let html = String::from_utf8(bytes).unwrap();
        assert!(!html.contains("<script"));
        assert!(!html.contains("<img"));
        assert!(!html.contains('\u{202e}'));
        assert!(html.contains("&lt;/td&gt;"));
        assert!(!html.contains("http://") && !html.contains("https://"));
    }
}
