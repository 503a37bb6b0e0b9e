//! The report: what a run found, as one HTML file that needs nothing else and asks nobody.
//!
//! The data stands in the page as JSON that no browser runs, and the page's own script puts it
//! into text nodes alone. The content security policy names the two scripts and the style by
//! their sha256, so nothing else can run whatever the data says.

use crate::error::{Error, Result};
use serde_json::Value;
use sha2::{Digest, Sha256};

const TEMPLATE: &str = include_str!("page/page.html");
const STYLE: &str = include_str!("page/page.css");
/// Apache `ECharts` 5.6.0, `dist/echarts.common.min.js` of the npm package, unchanged: Apache-2.0, with parts under
/// BSD-3-Clause (zrender, d3); the licences lie beside it.
const CHARTS: &str = include_str!("page/vendor/echarts.common.min.js");
/// The page's own script: one file per room, together one function's body.
const SCRIPT: [&str; 18] = [
    include_str!("page/words.js"),
    include_str!("page/elements.js"),
    include_str!("page/data.js"),
    include_str!("page/metrics.js"),
    include_str!("page/draws.js"),
    include_str!("page/rerank.js"),
    include_str!("page/shortlist.js"),
    include_str!("page/xlsx.js"),
    include_str!("page/table.js"),
    include_str!("page/explore.js"),
    include_str!("page/charts.js"),
    include_str!("page/charts_sentiment.js"),
    include_str!("page/charts_niches.js"),
    include_str!("page/charts_engagement.js"),
    include_str!("page/charts_campaign.js"),
    include_str!("page/creator.js"),
    include_str!("page/since.js"),
    include_str!("page/sections.js"),
];

/// The page's bytes, of what [`super::read_folder`] has gathered.
///
/// # Errors
/// [`Error::Internal`] where the data cannot be written as JSON.
pub fn report_page(data: &Value) -> Result<Vec<u8>> {
    let script = format!("(function () {{\n'use strict';\n{}}})();", SCRIPT.concat());
    let policy = format!(
        "default-src 'none'; script-src '{}' '{}'; style-src '{}'; base-uri 'none'; form-action 'none'",
        source_hash(CHARTS),
        source_hash(&script),
        source_hash(STYLE)
    );
    let data = serde_json::to_string(data).map_err(|e| Error::Internal(e.to_string()))?;
    let data = escape_data(&data);
    // The data comes last, so that nothing in it is taken for a place to fill.
    let parts = [
        ("{{policy}}", policy.as_str()),
        ("{{title}}", "Influencer report"),
        ("{{version}}", env!("CARGO_PKG_VERSION")),
        ("{{style}}", STYLE),
        ("{{data}}", &data),
        ("{{charts}}", CHARTS),
        ("{{script}}", &script),
    ];
    let mut page = String::with_capacity(data.len() + CHARTS.len() + 200_000);
    let mut rest = TEMPLATE;
    while let Some((before, after)) = rest.split_once("{{") {
        page.push_str(before);
        let name = after.split("}}").next().unwrap_or_default();
        if let Some((_, text)) = parts.iter().find(|(key, _)| key[2..].starts_with(name)) {
            page.push_str(text);
        }
        rest = after.get(name.len() + 2..).unwrap_or_default();
    }
    page.push_str(rest);
    Ok(page.into_bytes())
}

/// JSON that can stand within a script element: no `<` can begin or end an element, and U+2028 and U+2029 end no line.
pub(super) fn escape_data(data: &str) -> String {
    data.replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}

/// How a content security policy names an inline script or style.
pub(super) fn source_hash(text: &str) -> String {
    format!("sha256-{}", base64(&Sha256::digest(text.as_bytes())))
}

/// Base64 with padding, as RFC 4648 section 4 has it.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().enumerate().fold(0_u32, |group, (i, byte)| {
            group | u32::from(*byte) << (16 - 8 * i)
        });
        for i in 0..4 {
            let digit = DIGITS[(group >> (18 - 6 * i)) as usize & 63];
            out.push(if i <= chunk.len() {
                char::from(digit)
            } else {
                '='
            });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{CHARTS, base64, report_page};
    use serde_json::json;
    use sha2::{Digest, Sha256};

    #[test]
    fn base64_is_that_of_the_rfc() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn the_chart_library_is_the_published_one() {
        let hash = Sha256::digest(CHARTS.as_bytes());
        let hex = hash
            .iter()
            .fold(String::new(), |hex, b| hex + &format!("{b:02x}"));
        assert_eq!(
            hex,
            "55974cf42cc160e6cf9099cd3ed8cdedfaa9779919fcee7e2272c85f6ca30e27"
        );
        assert!(!CHARTS.contains("</script"));
    }

    #[test]
    fn data_can_neither_close_its_element_nor_fill_a_place() {
        let hostile = "</script><script>alert(1)</script><!-- {{script}} \u{2028}";
        let page = report_page(&json!({ "tables": {}, "documents": { "run": hostile } })).unwrap();
        let page = String::from_utf8(page).unwrap();
        assert_eq!(page.matches("</script>").count(), 3);
        assert!(!page.contains("alert(1)<") && !page.contains('\u{2028}'));
        assert_eq!(
            page.matches("'use strict';").count(),
            page.matches("(function () {\n'use strict';").count()
        );
        assert!(page.contains("default-src 'none'"));
        for place in ["{{policy}}", "{{data}}", "{{style}}", "{{charts}}"] {
            assert!(!page.contains(place), "{place}");
        }
    }
}
