//! A sentiment model against what people said, beside a lexicon baseline.
//!
//! The baseline is VADER (Hutto and Gilbert 2014), as the crate `vader-sentimental` computes it,
//! with its authors' bounds: positive from a compound score of 0.05 on, negative from -0.05 down.
//! It judges the text as it was written and knows no target.

use super::score::{ScoredComment, Status};
use crate::schema::{LabelledText, Polarity};
use crate::stats::{Confusion, Interval, Reliability, confusion_intervals, reliability};
use serde::Serialize;
use std::collections::BTreeSet;
use vader_sentimental::SentimentIntensityAnalyzer;

/// Bootstrap draws behind each interval.
const DRAWS: usize = 1000;
/// Bins of the reliability diagram.
const BINS: usize = 10;
/// VADER's bound between neutral and the rest.
const VADER_BOUND: f64 = 0.05;

/// A model and the baseline on the same rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evaluation {
    /// The rows' source; null for all rows together.
    pub source: Option<String>,
    /// Rows with a label.
    pub n: usize,
    /// Rows that the model declined (empty, or another language); they count for neither judge.
    pub declined: usize,
    /// The model.
    pub model: Measures,
    /// The baseline.
    pub vader: Measures,
}

/// What one judge reached.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Measures {
    /// Mean over the classes of the share of its rows that was found.
    pub macro_recall: Option<Estimate>,
    /// Mean over the classes of F1.
    pub macro_f1: Option<Estimate>,
    /// Share of right answers.
    pub accuracy: Option<Estimate>,
    /// Recall of negative, neutral, positive.
    pub recall: [Option<f64>; 3],
    /// Precision of negative, neutral, positive.
    pub precision: [Option<f64>; 3],
    /// `[truth][answer]`, in the order negative, neutral, positive.
    pub confusion: Confusion,
    /// Whether its probabilities mean what they say; null for the baseline, which gives none.
    pub calibration: Option<Reliability>,
}

/// A share, 0..=1, with its 95 % interval by bootstrap over rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Estimate {
    /// On the rows as they are.
    pub value: f64,
    /// Lower end.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
}

impl From<Interval> for Estimate {
    fn from(interval: Interval) -> Self {
        Self {
            value: interval.estimate,
            lower: interval.lower,
            upper: interval.upper,
        }
    }
}

/// What a judge said of a row: class, and the probability it gave it.
type Answer = (Polarity, Option<f64>);

/// Judges the judges: all rows first, then each source by name where there are several.
/// `scored` is what the model said of `rows`, in their order.
#[must_use]
pub fn evaluate(rows: &[LabelledText], scored: &[ScoredComment], seed: u64) -> Vec<Evaluation> {
    let analyzer = SentimentIntensityAnalyzer::new();
    let judged: Vec<Option<(Answer, Answer)>> = rows
        .iter()
        .zip(scored)
        .map(|(row, scored)| {
            let label = scored.label.filter(|_| scored.status == Status::Scored)?;
            let probability = scored.probabilities.map(|p| f64::from(p[label as usize]));
            let compound = analyzer.polarity_scores(&row.text).compound;
            Some(((label, probability), (by_compound(compound), None)))
        })
        .collect();
    let sources: BTreeSet<&str> = rows.iter().filter_map(|r| r.source.as_deref()).collect();
    let mut groups = vec![None];
    if sources.len() > 1 {
        groups.extend(sources.into_iter().map(Some));
    }
    groups
        .into_iter()
        .map(|source| {
            let of_group: Vec<usize> = (0..rows.len().min(judged.len()))
                .filter(|&i| source.is_none() || rows[i].source.as_deref() == source)
                .collect();
            let answers = |pick: fn(&(Answer, Answer)) -> Answer| -> Vec<(Polarity, Answer)> {
                of_group
                    .iter()
                    .filter_map(|&i| Some((rows[i].label, pick(judged[i].as_ref()?))))
                    .collect()
            };
            let model = answers(|both| both.0);
            Evaluation {
                source: source.map(str::to_owned),
                n: of_group.len(),
                declined: of_group.len() - model.len(),
                model: measures(&model, seed),
                vader: measures(&answers(|both| both.1), seed),
            }
        })
        .collect()
}

fn by_compound(compound: f64) -> Polarity {
    if compound >= VADER_BOUND {
        Polarity::Positive
    } else if compound <= -VADER_BOUND {
        Polarity::Negative
    } else {
        Polarity::Neutral
    }
}

fn measures(answers: &[(Polarity, Answer)], seed: u64) -> Measures {
    let classes = Polarity::ALL.len();
    let pairs: Vec<(usize, usize)> = answers
        .iter()
        .map(|(truth, (answer, _))| (*truth as usize, *answer as usize))
        .collect();
    let confusion = Confusion::of(pairs.iter().copied(), classes);
    let [macro_recall, macro_f1, accuracy] = confusion_intervals(
        &pairs,
        classes,
        [
            Confusion::macro_recall,
            Confusion::macro_f1,
            Confusion::accuracy,
        ],
        DRAWS,
        0.95,
        seed,
    )
    .map(|interval| interval.map(Estimate::from));
    let sure: Vec<(f64, bool)> = answers
        .iter()
        .filter_map(|(truth, (answer, p))| Some(((*p)?.clamp(0.0, 1.0), truth == answer)))
        .collect();
    Measures {
        macro_recall,
        macro_f1,
        accuracy,
        recall: std::array::from_fn(|c| confusion.recall(c)),
        precision: std::array::from_fn(|c| confusion.precision(c)),
        confusion,
        calibration: reliability(&sure, BINS),
    }
}

#[cfg(test)]
mod tests {
    use super::evaluate;
    use crate::schema::{LabelledText, Polarity};
    use crate::sentiment::{ScoredComment, Status};
    use crate::text::Language;

    fn row(text: &str, label: Polarity, source: &str) -> LabelledText {
        LabelledText {
            text: text.into(),
            label,
            target: None,
            source: Some(source.into()),
        }
    }

    fn scored(label: Option<Polarity>) -> ScoredComment {
        ScoredComment {
            comment_id: "1".into(),
            index: 0,
            brand: None,
            label,
            probabilities: label.map(|_| [0.1, 0.1, 0.8]),
            mentions_brand: None,
            about_brand: true,
            model: None,
            language: Language::Unknown,
            status: if label.is_some() {
                Status::Scored
            } else {
                Status::UnsupportedLanguage
            },
        }
    }

    #[test]
    fn sources_are_told_apart_and_declined_rows_count_for_nobody() {
        let rows = [
            row("I love it", Polarity::Positive, "a"),
            row("I hate it", Polarity::Negative, "a"),
            row("I love this", Polarity::Positive, "b"),
            row("no lo sé", Polarity::Neutral, "b"),
        ];
        let positive = scored(Some(Polarity::Positive));
        let answers = [positive.clone(), positive.clone(), positive, scored(None)];
        let all = evaluate(&rows, &answers, 0);
        let names: Vec<_> = all.iter().map(|e| e.source.as_deref()).collect();
        assert_eq!(names, [None, Some("a"), Some("b")]);
        assert_eq!((all[0].n, all[0].declined), (4, 1));
        assert_eq!(all[0].model.confusion.counts()[0], [0, 0, 1]);
        let macro_recall = |m: &super::Measures| m.macro_recall.unwrap().value;
        assert!((macro_recall(&all[0].model) - 0.5).abs() < 1e-12);
        assert!((macro_recall(&all[0].vader) - 1.0).abs() < 1e-12);
        assert!(all[0].model.calibration.is_some() && all[0].vader.calibration.is_none());
    }
}
