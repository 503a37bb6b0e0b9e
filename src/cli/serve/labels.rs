//! Labels that come from the page: one sheet per annotator beside the run, as `sentiment --labelled` reads it.

use crate::cli::engine::Table;
use crate::cli::folder_lock::FolderLock;
use crate::dataset::{Cell, Column, ReadOptions, Rejects, read_table};
use crate::report::{LABEL_COLUMNS, Sheet};
use crate::schema::{Comment, LabelledComment, Polarity};
use crate::sentiment::Drawn;
use crate::{Error, Place, Result};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Letters of an annotator's name.
const NAME: usize = 40;

/// A comment of a sheet, towards a brand.
pub(super) type Key = (String, String);

/// What a page sends.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Labels {
    /// Who labels.
    annotator: String,
    labels: Vec<Labelled>,
}

/// One comment's label; empty where the annotator cannot tell.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Labelled {
    comment_id: String,
    brand: Option<String>,
    label: String,
}

/// The comments of the table that `label` draws.
///
/// # Errors
/// [`Error::Internal`] if the table is another one.
pub(super) fn drawn(table: &Table) -> Result<Vec<Drawn>> {
    let at = |name: &str| {
        let mut columns = table.columns.iter();
        columns
            .position(|column| column == name)
            .ok_or_else(|| Error::Internal(format!("the sheet to label has no column {name}")))
    };
    let (id, brand, text) = (at("comment_id")?, at("brand")?, at("text")?);
    let (probability, stratum) = (at("probability")?, at("stratum")?);
    let rows = table.rows.iter().map(|row| {
        let words = |at: usize| row[at].as_str().unwrap_or_default();
        Drawn {
            comment: Comment::new(words(id).into(), words(text)),
            brand: row[brand].as_str().map(str::to_owned),
            probability: row[probability].as_f64().unwrap_or(1.0),
            stratum: row[stratum].as_u64().unwrap_or_default(),
        }
    });
    Ok(rows.collect())
}

/// The key of a drawn comment.
pub(super) fn key(drawn: &Drawn) -> Key {
    (
        drawn.comment.comment_id.to_string(),
        drawn.brand.clone().unwrap_or_default(),
    )
}

/// Puts labels into the annotator's own sheet, and gives the sheet's file and how many labels it has now. No other file
/// is touched, and a file of that name that is no such sheet is left as it is.
///
/// # Errors
/// [`Error::Usage`] for a name, comment or label that cannot be; those of reading and writing.
pub(super) fn store(
    folder: &Path,
    known: &BTreeMap<Key, Drawn>,
    sent: &Labels,
) -> Result<(PathBuf, usize)> {
    let path = folder.join(format!("labels-{}.csv", file_name(&sent.annotator)?));
    let _alone = FolderLock::in_folder(folder)?;
    let mut rows = labelled(&path)?;
    for one in &sent.labels {
        let key = (
            one.comment_id.clone(),
            one.brand.clone().unwrap_or_default(),
        );
        let drawn = known.get(&key).ok_or_else(|| {
            Error::usage(format!(
                "comment {:?} is not of a sheet that was opened here",
                one.comment_id
            ))
            .with_hint("open the page to label again; labels that it keeps are not lost")
        })?;
        let label = polarity(&one.label)?;
        rows.insert(
            key,
            LabelledComment {
                comment_id: Some(drawn.comment.comment_id.clone()),
                text: Some(drawn.comment.text.clone()),
                label,
                brand: drawn.brand.clone(),
                probability: Some(drawn.probability),
                stratum: Some(drawn.stratum),
            },
        );
    }
    sheet(rows.values()).write(&path)?;
    let labelled = rows.values().filter(|row| row.label.is_some()).count();
    Ok((path, labelled))
}

fn polarity(label: &str) -> Result<Option<Polarity>> {
    if label.is_empty() {
        return Ok(None);
    }
    let known = Polarity::ALL.into_iter().find(|one| one.name() == label);
    known.map(Some).ok_or_else(|| {
        Error::usage(format!(
            "label {label:?}: expected negative, neutral, positive or nothing"
        ))
    })
}

/// The part of a file's name that is an annotator's: letters, digits and dashes in the place of spaces.
fn file_name(annotator: &str) -> Result<String> {
    let words: Vec<&str> = annotator.split_whitespace().collect();
    let name = words.join("-").to_lowercase();
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    if name.is_empty() || name.chars().count() > NAME || !name.chars().all(plain) {
        return Err(Error::usage(format!(
            "annotator {annotator:?}: expected a name of 1 to {NAME} letters, digits, dashes or spaces"
        )));
    }
    Ok(name)
}

/// What stands in a sheet already.
fn labelled(path: &Path) -> Result<BTreeMap<Key, LabelledComment>> {
    if !path.exists() {
        return Ok(BTreeMap::new());
    }
    let foreign = |why: String| {
        Error::input(Place::file(path), why)
            .with_hint("it is left as it is; label under another name, or move that file away")
    };
    let mut reader = csv::Reader::from_path(path).map_err(|e| foreign(e.to_string()))?;
    let headers = reader.headers().map_err(|e| foreign(e.to_string()))?;
    if !headers
        .iter()
        .eq(LABEL_COLUMNS.iter().map(|(name, _)| *name))
    {
        return Err(foreign(
            "is not a sheet that this page has written".to_owned(),
        ));
    }
    let mut rejects = Rejects::new(true);
    let table =
        read_table::<LabelledComment>(&[path.to_owned()], &ReadOptions::default(), &mut rejects)?;
    let rows = table.rows.into_iter();
    let keyed = rows.map(|row| {
        let id = row.comment_id.as_ref().map(ToString::to_string);
        let key = (
            id.unwrap_or_default(),
            row.brand.clone().unwrap_or_default(),
        );
        (key, row)
    });
    Ok(keyed.collect())
}

fn sheet<'r>(rows: impl Iterator<Item = &'r LabelledComment>) -> Sheet {
    let label = |row: &LabelledComment| match row.label {
        None => Cell::Empty,
        Some(label) => label.name().into(),
    };
    Sheet {
        columns: LABEL_COLUMNS
            .iter()
            .map(|(name, kind)| Column::new(name, *kind))
            .collect(),
        rows: rows
            .map(|row| {
                vec![
                    row.comment_id
                        .as_ref()
                        .map(crate::schema::CommentId::as_str)
                        .into(),
                    row.brand.as_deref().into(),
                    row.text.as_deref().into(),
                    label(row),
                    row.probability.into(),
                    row.stratum.map_or(Cell::Empty, |n| Cell::Int(n as i64)),
                ]
            })
            .collect(),
    }
}

/// What the page is told.
pub(super) fn stored(path: &Path, labelled: usize) -> Value {
    let file = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    serde_json::json!({ "file": file, "labelled": labelled })
}

#[cfg(test)]
mod tests {
    use super::{Labels, key, store};
    use crate::schema::Comment;
    use crate::sentiment::Drawn;
    use serde_json::json;

    fn labels(annotator: &str, labels: &[(&str, &str)]) -> Labels {
        let all: Vec<_> = labels
            .iter()
            .map(|(id, label)| json!({ "comment_id": id, "brand": null, "label": label }))
            .collect();
        serde_json::from_value(json!({ "annotator": annotator, "labels": all })).unwrap()
    }

    #[test]
    fn each_annotator_has_a_sheet_and_no_other_file_is_touched() {
        let folder = tempfile::tempdir().unwrap();
        let drawn = [("1", "=1+1 \"quoted\"\nline"), ("2", "fine")].map(|(id, text)| Drawn {
            comment: Comment::new(id.into(), text),
            brand: None,
            probability: 0.5,
            stratum: 3,
        });
        let known = drawn.into_iter().map(|one| (key(&one), one)).collect();
        let put = |sent: &Labels| store(folder.path(), &known, sent);
        let (path, n) = put(&labels("Anna B", &[("1", "negative")])).unwrap();
        assert_eq!(
            (path.file_name().unwrap().to_str(), n),
            (Some("labels-anna-b.csv"), 1)
        );
        let (_, n) = put(&labels("Anna B", &[("2", "positive"), ("1", "")])).unwrap();
        assert_eq!(n, 1);
        let (_, n) = put(&labels("Anna B", &[("1", "neutral")])).unwrap();
        assert_eq!(n, 2);
        let first = std::fs::read_to_string(&path).unwrap();
        assert!(first.starts_with("comment_id,brand,text,label,probability,stratum\n1,,\"'=1+1 \"\"quoted\"\"\nline\",neutral,0.5,3\n"), "{first}");
        put(&labels("bo", &[("1", "positive")])).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), first);
        let own = folder.path().join("labels-cleo.csv");
        std::fs::write(&own, "comment_id,label,note\n1,positive,mine\n").unwrap();
        assert!(
            put(&labels("cleo", &[("1", "neutral")]))
                .unwrap_err()
                .to_string()
                .contains("left as it is")
        );
        assert!(std::fs::read_to_string(&own).unwrap().contains("mine"));
        for wrong in [
            labels("../x", &[]),
            labels("", &[]),
            labels("a", &[("9", "neutral")]),
            labels("a", &[("1", "great")]),
        ] {
            assert_eq!(put(&wrong).unwrap_err().exit_status(), 2);
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 3);
    }
}
