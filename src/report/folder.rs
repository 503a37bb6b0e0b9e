//! What a run left in its folder, gathered for the page. A file that is not there leaves its
//! section out.

use crate::error::{Error, Place, Result};
use serde_json::{Map, Value, json};
use std::path::Path;

/// Tables that the page shows.
const TABLES: [&str; 9] = [
    "ranking",
    "creators",
    "engagement",
    "niches",
    "authenticity",
    "excluded",
    "plan",
    "campaign",
    "quotes",
];
/// Summary documents that the page shows.
const DOCUMENTS: [&str; 10] = [
    "run",
    "ranking",
    "sentiment",
    "niches",
    "engagement",
    "authenticity",
    "plan",
    "campaign",
    "lift",
    "changes",
];
/// Characters of one text that reach the page; the tables keep the rest.
const LONGEST: usize = 600;
/// Entries of one list in a document that reach the page: periods, drivers, creators.
const MOST: usize = 2_000;

/// What the page shows, as one JSON value: `tables` (each with `columns` and `rows`) and
/// `documents`, both by name, and `parts`, which the page ranks again by.
///
/// # Errors
/// [`Error::Input`] where the folder holds nothing of a run, or a file of it is damaged.
pub fn read_folder(folder: &Path) -> Result<Value> {
    let mut tables = Map::new();
    for name in TABLES {
        let path = folder.join(name).with_extension("csv");
        if path.is_file() {
            tables.insert(name.to_owned(), table(&path)?);
        }
    }
    let mut documents = Map::new();
    let mut parts = Value::Null;
    for name in DOCUMENTS {
        let path = folder.join(name).with_extension("json");
        if path.is_file() {
            let mut whole = document(&path)?;
            if name == "ranking" {
                parts = take_parts(&mut whole);
            }
            documents.insert(name.to_owned(), slim(whole));
        }
    }
    if tables.is_empty() && documents.is_empty() {
        return Err(Error::input(
            Place::file(folder),
            "holds nothing that a run has written, such as ranking.csv or sentiment.json",
        )
        .with_hint("`microfluence run CONFIG.toml` and `microfluence demo` write such a folder"));
    }
    Ok(json!({ "tables": tables, "documents": documents, "parts": parts }))
}

/// What the page ranks again by, taken out of the ranking's document: every creator's value and standard error by
/// criterion, to the last digit, so that the page's scores and draws are the run's. Null where the document has none.
fn take_parts(ranking: &mut Value) -> Value {
    let draws = taken(ranking, "draws");
    let criteria = ranking["criteria"].as_array().cloned().unwrap_or_default();
    let by = |key: &str| -> Vec<Value> { criteria.iter().map(|c| c[key].clone()).collect() };
    let (mut ids, mut missing) = (Vec::new(), Vec::new());
    let (mut values, mut errors): (Vec<Value>, Vec<Value>) = (Vec::new(), Vec::new());
    let mut whole = !criteria.is_empty() && draws.is_object();
    let creators = ranking.get_mut("creators").and_then(Value::as_array_mut);
    for creator in creators.into_iter().flatten() {
        let parts = taken(creator, "parts");
        let parts: &[Value] = parts.as_array().map_or(&[], Vec::as_slice);
        whole &= parts.len() == criteria.len();
        ids.push(clean(creator["creator_id"].as_str().unwrap_or_default()));
        values.push(parts.iter().map(|p| p["value"].clone()).collect());
        errors.push(parts.iter().map(|p| p["std_error"].clone()).collect());
        let bits = parts.iter().take(32).enumerate();
        missing.push(bits.fold(0_u32, |bits, (i, p)| {
            bits | u32::from(p["missing"] == json!(true)) << i
        }));
    }
    if !whole || ids.is_empty() {
        return Value::Null;
    }
    json!({
        "criteria": by("criterion"), "weights": by("weight"), "draws": draws["n"],
        // A seed has 64 bits, and a number of JSON in a browser 53.
        "seed": draws["seed"].to_string(),
        "ids": ids, "values": values, "errors": errors, "missing": missing,
    })
}

fn table(path: &Path) -> Result<Value> {
    let damaged = |e: csv::Error| {
        let line = e.position().map(csv::Position::line);
        Error::input(
            Place {
                file: path.to_owned(),
                line,
                column: None,
            },
            format!("is no table of this program: {e}"),
        )
    };
    let mut reader = csv::Reader::from_path(path).map_err(damaged)?;
    let columns: Vec<String> = reader
        .headers()
        .map_err(damaged)?
        .iter()
        .map(clean)
        .collect();
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(damaged)?;
        let cells = record.iter().zip(&columns);
        rows.push(cells.map(|(text, column)| cell(text, column)).collect());
    }
    let rows: Vec<Value> = rows;
    Ok(json!({ "columns": columns, "rows": rows }))
}

/// A number where the column holds numbers, else a text. Names and ids stay texts even where
/// they are made of digits.
fn cell(text: &str, column: &str) -> Value {
    if text.is_empty() {
        return Value::Null;
    }
    let named = column.ends_with("_id") && column != "niche_id"
        || ["handle", "name", "promo_code", "niche", "category"].contains(&column);
    let number = text.parse::<f64>().ok().filter(|n| n.is_finite());
    if let Some(number) = number.filter(|_| !named) {
        return six_digits(number);
    }
    // The writer puts an apostrophe before what a spreadsheet would take for a formula.
    let text = match text.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@']) => rest,
        _ => text,
    };
    clean(text).into()
}

/// The value at a key, taken out and replaced by null; null for a key that is not there.
fn taken(value: &mut Value, key: &str) -> Value {
    value.get_mut(key).map(Value::take).unwrap_or_default()
}

fn document(path: &Path) -> Result<Value> {
    let bytes = std::fs::read(path).map_err(|e| Error::io(path, e))?;
    serde_json::from_slice(&bytes).map_err(|e| Error::json(path, "summary document", &e))
}

/// Without what a page has no room for: long texts, long lists, digits beyond reading.
fn slim(value: Value) -> Value {
    match value {
        Value::String(text) => clean(&text).into(),
        Value::Array(items) => items.into_iter().take(MOST).map(slim).collect(),
        Value::Object(entries) => entries
            .into_iter()
            .map(|(key, value)| (clean(&key), slim(value)))
            .collect(),
        Value::Number(number) if number.is_f64() => number.as_f64().map_or(Value::Null, six_digits),
        other => other,
    }
}

/// Six digits are more than anybody reads, and keep the page small.
pub(crate) fn six_digits(number: f64) -> Value {
    if number.fract() == 0.0 && number.abs() < 1e15 {
        return (number as i64).into();
    }
    let short: f64 = format!("{number:.5e}").parse().unwrap_or(number);
    short.into()
}

/// Text without characters that steer what shows it, cut to what a page has room for.
fn clean(text: &str) -> String {
    let mut shown: String = text
        .chars()
        .filter(|c| !c.is_control() || *c == '\n')
        .filter(|c| !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
        .take(LONGEST + 1)
        .collect();
    if let Some((at, _)) = shown.char_indices().nth(LONGEST) {
        shown.truncate(at);
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::{cell, clean, read_folder, six_digits};
    use serde_json::json;

    #[test]
    fn ids_stay_texts_and_numbers_become_short() {
        assert_eq!(cell("0012", "creator_id"), json!("0012"));
        assert_eq!(cell("2", "niche_id"), json!(2));
        assert_eq!(cell("0.123456789", "score"), json!(0.123_457));
        assert_eq!(cell("", "score"), json!(null));
        assert_eq!(cell("'=1+1", "flags"), json!("=1+1"));
        assert_eq!(six_digits(12_345_678.0), json!(12_345_678));
    }

    #[test]
    fn texts_are_cut_and_stripped() {
        assert_eq!(clean("a\u{202e}b\u{1b}c"), "abc");
        assert_eq!(clean(&"é".repeat(10_000)).chars().count(), 601);
    }

    #[test]
    fn what_is_missing_is_left_out_and_what_is_damaged_is_named() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read_folder(folder.path()).unwrap_err().exit_status(), 2);
        std::fs::write(folder.path().join("plan.csv"), "creator_id,price\nc1,20\n").unwrap();
        let value = read_folder(folder.path()).unwrap();
        assert_eq!(value["tables"]["plan"]["rows"], json!([["c1", 20]]));
        assert!(value["tables"].get("ranking").is_none());
        std::fs::write(folder.path().join("lift.json"), "{\n\"att\": ,}").unwrap();
        let error = read_folder(folder.path()).unwrap_err().to_string();
        assert!(error.contains("lift.json:2"), "{error}");
    }
}
