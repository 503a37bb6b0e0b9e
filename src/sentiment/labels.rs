//! Comments that people labelled, and how they find their way to the scored ones.

use super::ScoredComment;
use crate::schema::{Comment, LabelledComment, Polarity};
use crate::stats::cohen_kappa;
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
    /// What the first and what a second annotator said of the same comment.
    twice: Vec<(Polarity, Polarity)>,
}

/// How far two annotators agree on the comments that both have labelled.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Agreement {
    /// Comments labelled twice.
    pub comments: usize,
    /// Share of them with the same label, 0..1.
    pub agreed: f64,
    /// Cohen's kappa: the same beyond chance; `None` where both gave one label alone.
    pub kappa: Option<f64>,
}

impl Sample {
    /// The rows that have a label; the others of a sheet were not labelled.
    #[must_use]
    pub fn new(rows: impl IntoIterator<Item = LabelledComment>) -> Self {
        let mut sample = Self::default();
        for row in rows.into_iter().filter(|r| r.label.is_some()) {
            let at = sample.rows.len();
            if row.comment_id.is_none() && row.text.is_none() {
                continue;
            }
            // A second annotator's label of a comment counts for agreement; the estimate takes the first.
            let first = row.comment_id.as_ref().and_then(|id| {
                let of_id = sample.by_id.get(id.as_str())?;
                let same = |at: &&usize| {
                    sample.rows[**at].brand == row.brand && sample.rows[**at].text == row.text
                };
                of_id.iter().find(same).copied()
            });
            if let Some(first) = first {
                sample.twice.extend(sample.rows[first].label.zip(row.label));
                continue;
            }
            if let Some(id) = &row.comment_id {
                let of_id = sample.by_id.entry(id.as_str().to_owned()).or_default();
                of_id.push(at);
            }
            if let Some(text) = &row.text {
                sample.by_text.entry(signature(text)).or_default().push(at);
            }
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

    /// How far two annotators agree; `None` where no comment was labelled twice.
    #[must_use]
    pub fn agreement(&self) -> Option<Agreement> {
        let comments = self.twice.len();
        let (a, b): (Vec<usize>, Vec<usize>) = self
            .twice
            .iter()
            .map(|(a, b)| (*a as usize, *b as usize))
            .unzip();
        let agreed = self.twice.iter().filter(|(a, b)| a == b).count();
        (comments > 0).then(|| Agreement {
            comments,
            agreed: agreed as f64 / comments as f64,
            kappa: cohen_kappa(&a, &b),
        })
    }

    /// Whether nothing was labelled.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// What people said of this row: label, probability of being drawn, stratum. Each is given out once, so that of two
    /// comments with one text only the first takes it.
    pub(super) fn take(
        &mut self,
        comment: &Comment,
        row: &ScoredComment,
    ) -> Option<(Polarity, f64, u64)> {
        let text = signature(&comment.text);
        // A spreadsheet may have changed the ids: an id alone is believed only where no other text stands beside it.
        let by_id = self.by_id.get(comment.comment_id.as_str());
        let by_id = by_id.into_iter().flatten().filter(|&&at| {
            let said = self.rows[at].text.as_deref();
            said.is_none_or(|said| signature(said) == text)
        });
        let by_text = self.by_text.get(&text).into_iter().flatten();
        let found = by_id.chain(by_text).copied().find(|&at| {
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

/// What a text is known by: its letters and digits, so that line ends, quotes and emoji that a spreadsheet changes do
/// no harm. Texts without any are known by themselves.
fn signature(text: &str) -> String {
    let letters: String = text
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    if letters.is_empty() {
        text.trim().to_owned()
    } else {
        letters
    }
}

#[cfg(test)]
mod tests {
    use super::Sample;
    use crate::schema::{Comment, LabelledComment, Polarity};
    use crate::sentiment::{ScoredComment, Status};
    use crate::text::Language;

    fn scored(id: &str, brand: &str) -> ScoredComment {
        ScoredComment {
            comment_id: id.into(),
            index: 0,
            brand: Some(brand.to_owned()),
            label: None,
            probabilities: None,
            mentions_brand: None,
            about_brand: true,
            language: Language::Unknown,
            status: Status::Scored,
            model: None,
        }
    }

    #[test]
    fn two_annotators_agree_or_not() {
        let labelled = |id: usize, label| LabelledComment {
            comment_id: Some(id.to_string().as_str().into()),
            text: None,
            label: Some(label),
            brand: None,
            probability: None,
            stratum: None,
        };
        let first = (0..10).map(|i| {
            labelled(
                i,
                if i < 5 {
                    Polarity::Positive
                } else {
                    Polarity::Negative
                },
            )
        });
        let second = (0..8).map(|i| {
            labelled(
                i,
                if i < 6 {
                    Polarity::Positive
                } else {
                    Polarity::Negative
                },
            )
        });
        let sample = Sample::new(first.chain(second));
        let agreement = sample.agreement().unwrap();
        assert_eq!((sample.len(), agreement.comments), (10, 8));
        assert!((agreement.agreed - 0.875).abs() < 1e-12, "{agreement:?}");
        assert!(
            (agreement.kappa.unwrap() - 0.714).abs() < 1e-3,
            "{agreement:?}"
        );
        assert_eq!(
            Sample::new([labelled(1, Polarity::Neutral)]).agreement(),
            None
        );
    }

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
            let row = scored(id, brand);
            sample.take(&comment, &row).map(|t| t.0)
        };
        assert_eq!(ask("1", "x", "velvetine"), None);
        assert_eq!(ask("1", "x", "lumora"), Some(Polarity::Positive));
        assert_eq!(ask("1", "x", "lumora"), None);
        assert_eq!(ask("8", "same text", "Lumora"), Some(Polarity::Negative));
        assert_eq!(ask("9", "same text", "Lumora"), None);
        assert_eq!(sample.unused(), 0);
        // As a spreadsheet gives back an id of eighteen digits.
        let mut sample = Sample::new([
            labelled(
                Some("5.70306E+17"),
                Some("Late again!"),
                Some(Polarity::Negative),
            ),
            labelled(Some("8"), Some("thank you"), Some(Polarity::Positive)),
        ]);
        let mut ask = |id: &str, text: &str| {
            let comment = Comment::new(id.into(), text);
            let row = scored(id, "Lumora");
            sample.take(&comment, &row).map(|t| t.0)
        };
        assert_eq!(
            ask("570306133677760513", "late again"),
            Some(Polarity::Negative)
        );
        assert_eq!(ask("8", "something else"), None);
        assert_eq!(ask("9", "Thank you"), Some(Polarity::Positive));
    }
}
