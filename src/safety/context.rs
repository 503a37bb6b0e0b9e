//! What a sentence means: whether a word that may be harmless is meant as the category it is listed under.
//!
//! d is the highest cosine of the sentence's vector with the category's `risky` sentences less the highest with its
//! `harmless` ones, and the probability is logistic in `a + b d`, with one `a` for a category's own words and one for
//! ambiguous ones. The three numbers are fitted on half of `datasets/safety/examples.csv` (`tests/suite/safety.rs`
//! measures the other half).

use super::lists::SafetyLists;
use super::words::Sighting;
use crate::embedding::text_vectors;
use crate::error::Result;
use crate::inference::Encoder;
use crate::niche::cosine;
use crate::text::language_of;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// The logistic's constant for a category's own words.
const OWN: f64 = 1.5;
/// And for ambiguous ones: half a unit below the fit, for in captions they are harmless more often than in the
/// examples, of which half are risky.
const AMBIGUOUS: f64 = -1.2;
/// What the constant loses where the text is of a niche in which the word is innocent: it then takes a sentence that is
/// clearly risky.
const INNOCENT: f64 = -2.5;
/// Its slope on the difference of the cosines.
const SLOPE: f64 = 16.0;

type Vectors = Vec<Vec<f32>>;

/// A model's reading of the categories' sentences.
pub struct Context<'e> {
    encoder: &'e dyn Encoder,
    /// Per category, the vectors of risky and of harmless sentences.
    anchors: Vec<(Vectors, Vectors)>,
}

impl<'e> Context<'e> {
    /// Reads the categories' sentences with an embedding model.
    ///
    /// # Errors
    /// If the encoder fails.
    pub fn new(encoder: &'e dyn Encoder, lists: &SafetyLists) -> Result<Self> {
        let all = lists.categories().iter();
        let texts: BTreeSet<&str> = all
            .flat_map(|c| c.risky.iter().chain(&c.harmless))
            .map(String::as_str)
            .collect();
        let vectors = text_vectors(encoder, texts)?;
        let of = |sentences: &[String]| {
            sentences
                .iter()
                .filter_map(|s| vectors.get(s.as_str()).cloned())
                .collect()
        };
        let anchors = lists
            .categories()
            .iter()
            .map(|c| (of(&c.risky), of(&c.harmless)))
            .collect();
        Ok(Self { encoder, anchors })
    }

    /// The probability of each sighting, in their order. A sentence in a language that the model was not made for is
    /// judged by its words alone: those of the category's own by [`OWN`], ambiguous ones not at all.
    pub(super) fn probabilities(&self, sightings: &[&Sighting]) -> Result<Vec<f64>> {
        let readable: BTreeMap<&str, bool> = sightings
            .par_iter()
            .map(|s| {
                (
                    s.sentence.as_str(),
                    language_of(&s.sentence).may_be_english(),
                )
            })
            .collect();
        let texts = readable.iter().filter(|(_, readable)| **readable);
        let vectors = text_vectors(self.encoder, texts.map(|(text, _)| *text))?;
        Ok(sightings
            .iter()
            .map(|sighting| match vectors.get(sighting.sentence.as_str()) {
                Some(vector) => self.probability(sighting, vector),
                None if sighting.ambiguous => 0.0,
                None => logistic(OWN + innocent(sighting)),
            })
            .collect())
    }

    fn probability(&self, sighting: &Sighting, vector: &[f32]) -> f64 {
        let (risky, harmless) = &self.anchors[sighting.category];
        let nearest = |anchors: &[Vec<f32>]| {
            anchors
                .iter()
                .map(|a| cosine(a, vector))
                .reduce(f64::max)
                .unwrap_or(0.0)
        };
        let constant = if sighting.ambiguous { AMBIGUOUS } else { OWN };
        logistic(constant + innocent(sighting) + SLOPE * (nearest(risky) - nearest(harmless)))
    }
}

fn innocent(sighting: &Sighting) -> f64 {
    if sighting.innocent { INNOCENT } else { 0.0 }
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}
