//! Comments that people labelled, and how they find their way to the scored ones.

use super::ScoredComment;
use crate::schema::{Comment, LabelledComment, Polarity};
use crate::stats::quantification::LabelledCase;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// What people labelled, and where it is from.
#[derive(Debug, Clone, Default)]
pub enum Labels {
    /// Nothing was labelled.
    #[default]
    None,
    /// A random sample of the comments at hand.
    InSample(Sample),
    /// Comments of the same kind from another time or place, as (probabilities, what people said).
    External(Vec<([f64; 3], Polarity)>),
}

/// A labelled comment among the scored ones.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct LabelledRow {
    pub(super) case: LabelledCase,
    pub(super) cluster: u64,
    /// Keys of the parts that it belongs to.
    pub(super) slices: Vec<u64>,
}

/// A random sample of comments with what people said of them, to be found again by id or text.
#[derive(Debug, Clone, Default)]
pub struct Sample {
    rows: Vec<LabelledComment>,
    by_id: HashMap<String, Vec<usize>>,
    by_text: HashMap<String, Vec<usize>>,
    used: Vec<bool>,
}

impl Sample {
    /// The rows that have a label; the others of a sheet were not labelled.
    #[must_use]
    pub fn new(rows: impl IntoIterator<Item = LabelledComment>) -> Self {
        let mut sample = Self::default();
        for row in rows.into_iter().filter(|r| r.label.is_some()) {
            let at = sample.rows.len();
            let (key, index) = match (&row.comment_id, &row.text) {
                (Some(id), _) => (id.as_str().to_owned(), &mut sample.by_id),
                (None, Some(text)) => (text.trim().to_owned(), &mut sample.by_text),
                (None, None) => continue,
            };
            index.entry(key).or_default().push(at);
            sample.rows.push(row);
        }
        sample.used = vec![false; sample.rows.len()];
        sample
    }

    /// Labelled rows in it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether nothing was labelled.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// What people said of this row: label, probability of being drawn, stratum. Each is given out once, so that of two comments with one text only
    /// the first takes it.
    pub(super) fn take(
        &mut self,
        comment: &Comment,
        row: &ScoredComment,
    ) -> Option<(Polarity, f64, u64)> {
        let found = [
            self.by_id.get(comment.comment_id.as_str()),
            self.by_text.get(comment.text.trim()),
        ]
        .into_iter()
        .flatten()
        .flatten()
        .copied()
        .find(|&at| {
            !self.used[at]
                && match (&self.rows[at].brand, &row.brand) {
                    (Some(labelled), Some(brand)) => {
                        labelled.to_lowercase() == brand.to_lowercase()
                    }
                    (Some(_), None) => false,
                    (None, _) => true,
                }
        })?;
        self.used[found] = true;
        let row = &self.rows[found];
        Some((
            row.label?,
            row.probability.unwrap_or(1.0),
            row.stratum.unwrap_or(0),
        ))
    }

    /// Labelled rows that no comment has been found for.
    #[must_use]
    pub fn unused(&self) -> usize {
        self.used.iter().filter(|used| !**used).count()
    }

    /// Which rows a comment has been found for.
    pub(super) fn used(&self) -> &[bool] {
        &self.used
    }

    /// Takes note of the rows that another part has found comments for.
    pub(super) fn merge(&mut self, used: &[bool]) {
        for (own, more) in self.used.iter_mut().zip(used) {
            *own |= more;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Sample;
    use crate::schema::{Comment, LabelledComment, Polarity};
    use crate::sentiment::{ScoredComment, Status};
    use crate::text::Language;

    #[test]
    fn rows_are_found_by_id_or_text_and_once() {
        let labelled = |id: Option<&str>, text: Option<&str>, label| LabelledComment {
            comment_id: id.map(Into::into),
            text: text.map(str::to_owned),
            label,
            brand: Some("Lumora".to_owned()),
            probability: None,
            stratum: None,
        };
        let mut sample = Sample::new([
            labelled(Some("1"), None, Some(Polarity::Positive)),
            labelled(None, Some("same text"), Some(Polarity::Negative)),
            labelled(Some("3"), None, None),
        ]);
        assert_eq!(sample.len(), 2);
        let mut ask = |id: &str, text: &str, brand: &str| {
            let comment = Comment::new(id.into(), text);
            let row = ScoredComment {
                comment_id: id.into(),
                index: 0,
                brand: Some(brand.to_owned()),
                label: None,
                probabilities: None,
                mentions_brand: None,
                about_brand: true,
                language: Language::Unknown,
                status: Status::Scored,
            };
            sample.take(&comment, &row).map(|t| t.0)
        };
        assert_eq!(ask("1", "x", "velvetine"), None);
        assert_eq!(ask("1", "x", "lumora"), Some(Polarity::Positive));
        assert_eq!(ask("1", "x", "lumora"), None);
        assert_eq!(ask("8", "same text", "Lumora"), Some(Polarity::Negative));
        assert_eq!(ask("9", "same text", "Lumora"), None);
        assert_eq!(sample.unused(), 0);
    }
}
