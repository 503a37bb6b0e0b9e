//! A page to label comments on by keyboard, offline: it keeps what was labelled in the browser and gives it back as a
//! sheet.

use super::page::{escape_data, source_hash};
use crate::error::{Error, Result};
use crate::sentiment::Drawn;
use serde_json::json;

const STYLE: &str = include_str!("label_page/label.css");
const SCRIPT: &str = include_str!("label_page/label.js");

/// The page for these comments. Its download is the sheet that `label` writes, with the column `label` filled in.
///
/// # Errors
/// [`Error::Internal`] where the comments cannot be written as JSON.
pub fn label_page(drawn: &[Drawn]) -> Result<Vec<u8>> {
    page(drawn, None)
}

/// The same, for a server: each label is also sent to `address`, a path of the server's own that takes JSON.
///
/// # Errors
/// As [`label_page`].
pub fn label_page_saving(drawn: &[Drawn], address: &str) -> Result<Vec<u8>> {
    page(drawn, Some(address))
}

fn page(drawn: &[Drawn], save: Option<&str>) -> Result<Vec<u8>> {
    let rows: Vec<_> = drawn
        .iter()
        .map(|row| {
            json!({
                "comment_id": row.comment.comment_id, "brand": row.brand, "text": row.comment.text,
                "probability": row.probability, "stratum": row.stratum,
            })
        })
        .collect();
    let data = serde_json::to_string(&rows)
        .map_err(|e| Error::Internal(format!("the comments of the page: {e}")))?;
    let (connect, save) = match save {
        None => ("", String::new()),
        Some(address) => (
            "; connect-src 'self'",
            format!(
                " data-save=\"{}\"",
                html_escape::encode_double_quoted_attribute(address)
            ),
        ),
    };
    Ok(format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '{}'; script-src '{}'{connect}\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>Comments to label</title>\n<style>{STYLE}</style>\n\
         <main id=\"main\" tabindex=\"-1\"{save}></main>\n<script type=\"application/json\" id=\"data\">{}</script>\n\
         <script>{SCRIPT}</script>\n</html>\n",
        source_hash(STYLE),
        source_hash(SCRIPT),
        escape_data(&data)
    )
    .into_bytes())
}

#[cfg(test)]
mod tests {
    use super::{label_page, label_page_saving};
    use crate::schema::Comment;
    use crate::sentiment::Drawn;

    #[test]
    fn a_comment_can_neither_close_its_element_nor_run() {
        let drawn = [Drawn {
            comment: Comment::new("1".into(), "</script><script>alert(1)</script>"),
            brand: None,
            probability: 0.5,
            stratum: 3,
        }];
        let page = String::from_utf8(label_page(&drawn).unwrap()).unwrap();
        assert_eq!(page.matches("</script>").count(), 2);
        assert!(!page.contains("alert(1)<") && page.contains("\"probability\":0.5"));
        assert!(page.contains("default-src 'none'") && !page.contains("http://"));
        assert!(!page.contains("connect-src") && !page.contains("data-save"));
        let saving =
            String::from_utf8(label_page_saving(&drawn, "/runs/\"a/labels").unwrap()).unwrap();
        assert!(
            saving.contains("connect-src 'self'")
                && saving.contains("data-save=\"/runs/&quot;a/labels\"")
        );
    }
}
