//! How much a comment reads like spam, by a small trained model (models/spam).

use crate::error::{Error, Result};
use crate::stats::hash_text;
use serde::Deserialize;
use std::collections::HashSet;
use std::sync::LazyLock;

/// Hashed features.
const BUCKETS: usize = 1 << 14;
/// What makes a token a link.
const LINKS: [&str; 8] = [
    "://", "www.", ".com", ".net", ".org", "youtu.be", "bit.ly", ".tv/",
];
/// The word that stands for a link.
const LINK: &str = "xlinkx";
/// Lengths of runs of characters.
const RUNS: [usize; 3] = [3, 4, 5];
/// Characters of a comment that are looked at.
const LOOKED_AT: usize = 4_096;
/// Words named as a reason.
const NAMED: usize = 3;

/// The weights, as `train.py` wrote them.
struct Model {
    head: Head,
    weights: &'static [u8],
}

#[derive(Deserialize)]
struct Head {
    scale: f64,
    bias: f64,
    length: f64,
    link: f64,
}

static MODEL: LazyLock<Result<Model>> =
    LazyLock::new(|| read(include_bytes!("../../models/spam/weights.bin")));

fn read(bytes: &'static [u8]) -> Result<Model> {
    let damaged = || Error::Internal("the spam model in the program is damaged".to_owned());
    let (size, rest) = bytes.split_first_chunk::<4>().ok_or_else(damaged)?;
    let (head, weights) = rest
        .split_at_checked(u32::from_le_bytes(*size) as usize)
        .ok_or_else(damaged)?;
    if weights.len() != BUCKETS {
        return Err(damaged());
    }
    Ok(Model {
        head: serde_json::from_slice(head).map_err(|_| damaged())?,
        weights,
    })
}

/// What the model says of a comment.
#[derive(Debug, Clone, PartialEq)]
pub struct Spam {
    /// Probability 0..1 of being spam, where half of the comments are.
    pub probability: f64,
    /// What speaks most for it: a link, words; empty where nothing does.
    pub reason: String,
}

/// Looks at a comment's text.
///
/// # Errors
/// [`Error::Internal`] where the built-in model is damaged.
pub fn spam(text: &str) -> Result<Spam> {
    let model = MODEL.as_ref().map_err(|e| Error::Internal(e.to_string()))?;
    let (words, linked) = words(text);
    let weight = |feature: &str| {
        let bucket = (hash_text(feature) % BUCKETS as u64) as usize;
        (
            bucket,
            f64::from(model.weights[bucket].cast_signed()) * model.head.scale,
        )
    };
    let mut seen = HashSet::new();
    let mut sum = 0.0;
    let mut take = |feature: &str| {
        let (bucket, weight) = weight(feature);
        if seen.insert(bucket) {
            sum += weight;
        }
        weight
    };
    let mut telling: Vec<(f64, &str)> = Vec::new();
    for word in &words {
        let weight = take(&format!("w{word}"));
        if word != LINK && weight > 0.0 && !telling.iter().any(|t| t.1 == word) {
            telling.push((weight, word));
        }
    }
    // One buffer for all: a comment has hundreds of features.
    let mut feature = String::new();
    for pair in words.windows(2) {
        feature.clear();
        feature.extend(["w", pair[0].as_str(), " ", pair[1].as_str()]);
        take(&feature);
    }
    let line: Vec<char> = format!(" {} ", words.join(" ")).chars().collect();
    for run in RUNS {
        for part in line.windows(run) {
            feature.clear();
            feature.push('c');
            feature.extend(part);
            take(&feature);
        }
    }
    let norm = (seen.len().max(1) as f64).sqrt();
    let length = (words.len() as f64).ln_1p().min(4.0) / 2.0;
    let head = &model.head;
    let score =
        head.bias + sum / norm + head.length * length + if linked { head.link } else { 0.0 };
    telling.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    let mut reasons = Vec::new();
    if linked {
        reasons.push("a link".to_owned());
    }
    if !telling.is_empty() {
        let named: Vec<&str> = telling.iter().take(NAMED).map(|t| t.1).collect();
        reasons.push(format!("words: {}", named.join(", ")));
    }
    Ok(Spam {
        probability: 1.0 / (1.0 + (-score).exp()),
        reason: reasons.join("; "),
    })
}

/// Lower-case words, a link as one word, everything else split at what is no letter or digit; and whether there is a
/// link.
fn words(text: &str) -> (Vec<String>, bool) {
    let start: String = text.chars().take(LOOKED_AT).collect();
    let text = html_escape::decode_html_entities(&start)
        .replace("<br />", " ")
        .to_lowercase();
    let mut words = Vec::new();
    let mut linked = false;
    for token in text.split_whitespace() {
        if LINKS.iter().any(|link| token.contains(link)) {
            words.push(LINK.to_owned());
            linked = true;
            continue;
        }
        words.extend(
            token
                .split(|c: char| !c.is_alphanumeric())
                .filter(|w| !w.is_empty())
                .map(str::to_owned),
        );
    }
    (words, linked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advertisements_are_told_from_comments() {
        for text in [
            "Hey guys check out my new channel and please subscribe!!!",
            "Win a free phone here: http://bit.ly/abc",
            "SUBSCRIBE TO ME AND I SUBSCRIBE BACK",
        ] {
            let found = spam(text).unwrap();
            assert!(
                found.probability > 0.8 && !found.reason.is_empty(),
                "{text}: {found:?}"
            );
        }
        for text in [
            "I love this song so much",
            "😍😍😍",
            "",
            "who is listening in 2026?",
        ] {
            let found = spam(text).unwrap();
            assert!(found.probability < 0.3, "{text}: {found:?}");
        }
    }

    #[test]
    fn words_are_those_of_the_training() {
        let (found, linked) = words("Don&#39;t<br />MISS it: https://x.y/z, Émile_2!");
        assert_eq!(found, ["don", "t", "miss", "it", LINK, "émile", "2"]);
        assert!(linked);
    }
}
