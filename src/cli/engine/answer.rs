//! What a command answers, and what of it is worth handing on.

use crate::report::six_digits;
use crate::schema::Creator;
use serde_json::{Map, Value, json};
use std::collections::HashMap;

/// A table that a command has written.
#[derive(Debug, Clone, Default)]
pub(crate) struct Table {
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Vec<Value>>,
}

/// The answer to a question.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answer {
    /// The summary document.
    pub(crate) document: Value,
    /// The same for people.
    pub(crate) people: String,
    /// The table, where one was asked for.
    pub(crate) table: Option<Table>,
    /// What speaks against relying on it.
    pub(crate) warnings: Vec<String>,
    /// What was read, and what did not join.
    pub(crate) notes: Vec<String>,
}

impl Answer {
    pub(super) fn new(
        document: Value,
        people: String,
        table: Option<Table>,
        said: Vec<String>,
    ) -> Self {
        let mut answer = Self {
            document,
            people,
            table,
            ..Self::default()
        };
        for line in said {
            let warning = ["warning: ", "WARNING: "]
                .iter()
                .find_map(|word| line.strip_prefix(word));
            match warning {
                Some(warning) => answer.warnings.push(warning.to_owned()),
                // What the store on disk has spared is nobody's question.
                None if line.contains("were known from an earlier run") => {}
                None => answer.notes.push(line),
            }
        }
        answer
    }

    /// The document with its warnings and notes, without what only repeating the run needs.
    pub(crate) fn with_words(mut self) -> Value {
        if let Some(all) = self.document.as_object_mut() {
            if let Some(manifest) = all.remove("manifest") {
                let kept = ["version", "command", "seed", "rejected"];
                let kept = kept.map(|key| (key.to_owned(), manifest[key].clone()));
                all.insert(
                    "manifest".to_owned(),
                    Value::Object(kept.into_iter().collect()),
                );
            }
            all.insert("warnings".to_owned(), json!(self.warnings));
            all.insert("notes".to_owned(), json!(self.notes));
        }
        self.document
    }

    /// sha256 of every file that was read, by its path.
    pub(crate) fn inputs(&self) -> impl Iterator<Item = (&str, &str)> {
        let inputs = self.document["manifest"]["inputs"].as_array();
        inputs
            .into_iter()
            .flatten()
            .filter_map(|input| Some((input["path"].as_str()?, input["sha256"].as_str()?)))
    }
}

/// A document's `creators` with who they are and the figures of the table beside them.
pub(crate) fn ranked(answer: &mut Answer, creators: &[Creator]) {
    let known: HashMap<&str, &Creator> = creators
        .iter()
        .map(|creator| (creator.creator_id.as_str(), creator))
        .collect();
    let figures = by_creator(answer.table.as_ref());
    let Some(entries) = answer.document["creators"].as_array_mut() else {
        return;
    };
    for entry in entries.iter_mut().filter_map(Value::as_object_mut) {
        let Some(id) = entry.get("creator_id").and_then(Value::as_str) else {
            continue;
        };
        let mut more = Map::new();
        if let Some(creator) = known.get(id) {
            more.insert("handle".to_owned(), json!(creator.handle));
            more.insert("platform".to_owned(), json!(creator.platform));
            more.insert("followers".to_owned(), json!(creator.followers));
            more.insert("currency".to_owned(), json!(creator.currency));
        }
        more.extend(figures.get(id).cloned().unwrap_or_default());
        for (key, value) in more {
            entry.entry(key).or_insert(value);
        }
    }
}

/// The figures of a table that its document names by their parts only.
fn by_creator(table: Option<&Table>) -> HashMap<String, Map<String, Value>> {
    const FIGURES: [&str; 9] = [
        "niche",
        "relevance",
        "expected_engagement_rate",
        "lower_90",
        "upper_90",
        "audience_sentiment",
        "authenticity",
        "safety",
        "price",
    ];
    let Some(table) = table else {
        return HashMap::new();
    };
    let Some(id) = table.columns.iter().position(|name| name == "creator_id") else {
        return HashMap::new();
    };
    let rows = table.rows.iter().filter_map(|row| {
        let named = table.columns.iter().zip(row);
        let figures = named
            .filter(|(name, _)| FIGURES.contains(&name.as_str()))
            .map(|(name, cell)| (name.clone(), cell.clone()))
            .collect();
        Some((row.get(id)?.as_str()?.to_owned(), figures))
    });
    rows.collect()
}

/// Without what nobody reads: lists beyond `most` entries, which are counted beside them, and digits beyond the sixth.
pub(crate) fn shortened(value: Value, most: usize) -> Value {
    match value {
        Value::Array(items) => items
            .into_iter()
            .take(most)
            .map(|item| shortened(item, most))
            .collect(),
        Value::Object(entries) => {
            let mut kept = Map::new();
            for (key, value) in entries {
                let beyond = value
                    .as_array()
                    .map_or(0, |all| all.len().saturating_sub(most));
                if beyond > 0 {
                    kept.insert(format!("{key}_not_shown"), beyond.into());
                }
                kept.insert(key, shortened(value, most));
            }
            Value::Object(kept)
        }
        Value::Number(number) if number.is_f64() => number.as_f64().map_or(Value::Null, six_digits),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, Table, ranked, shortened};
    use crate::schema::{Creator, Followers};
    use serde_json::json;

    #[test]
    fn warnings_are_told_from_notes() {
        let said = [
            "warning: a",
            "WARNING: b",
            "rows: 3 read",
            "2 of 3 texts were known from an earlier run",
        ];
        let said = said.map(str::to_owned).to_vec();
        let answer = Answer::new(
            json!({ "manifest": { "seed": 3, "inputs": [] } }),
            String::new(),
            None,
            said,
        );
        let all = answer.with_words();
        assert_eq!(all["warnings"], json!(["a", "b"]));
        assert_eq!(all["notes"], json!(["rows: 3 read"]));
        assert_eq!(all["manifest"]["seed"], 3);
        assert!(all["manifest"].get("inputs").is_none());
    }

    #[test]
    fn long_lists_are_cut_and_counted() {
        let short = shortened(json!({ "rows": [1, 2, 3], "x": 0.123_456_789 }), 2);
        assert_eq!(
            short,
            json!({ "rows_not_shown": 1, "rows": [1, 2], "x": 0.123_457 })
        );
    }

    #[test]
    fn a_ranking_says_who_they_are() {
        let mut creator = Creator::new("a".into(), Followers(9));
        creator.handle = Some("ann".to_owned());
        let mut answer = Answer::new(
            json!({ "creators": [{ "creator_id": "a", "rank": 1 }] }),
            String::new(),
            None,
            Vec::new(),
        );
        answer.table = Some(Table {
            columns: vec![
                "rank".to_owned(),
                "creator_id".to_owned(),
                "safety".to_owned(),
            ],
            rows: vec![vec![json!(7), json!("a"), json!(0.5)]],
        });
        ranked(&mut answer, &[creator]);
        let entry = &answer.document["creators"][0];
        assert_eq!(
            (
                &entry["handle"],
                &entry["followers"],
                &entry["safety"],
                &entry["rank"]
            ),
            (&json!("ann"), &json!(9), &json!(0.5), &json!(1))
        );
    }
}
