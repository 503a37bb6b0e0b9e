//! A creator's profile vector: the weighted mean of the vectors of bio, hashtags and captions.
//!
//! With `v_p` the unit vector of part p and `w_p` its weight below, the profile is the sum of
//! `w_p v_p`, brought to length 1. The parts are the bio (with the platform's
//! category), the creator's most used hashtags as one text, and the newest captions.

use crate::error::Result;
use crate::inference::{Encoder, Input};
use crate::schema::{Creator, CreatorId, Post};
use crate::text::{hashtags_in, language_of, normalize, split_hashtag};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// How parts are weighted and how many are read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProfileOptions {
    /// Weight of the bio and the category.
    pub bio_weight: f32,
    /// Weight of the hashtags.
    pub hashtag_weight: f32,
    /// Weight of all captions together, shared equally.
    pub caption_weight: f32,
    /// Newest captions that are read.
    pub captions: usize,
    /// Most used hashtags that are read.
    pub hashtags: usize,
}

impl Default for ProfileOptions {
    /// A bio says most in the fewest words; tags are chosen to be found by; one caption says
    /// little, many together say what a creator does.
    fn default() -> Self {
        Self {
            bio_weight: 1.0,
            hashtag_weight: 1.0,
            caption_weight: 1.0,
            captions: 16,
            hashtags: 24,
        }
    }
}

/// What is known of what a creator is about.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// Whose profile.
    pub creator_id: CreatorId,
    /// Unit vector; `None` without any readable text.
    pub vector: Option<Vec<f32>>,
    /// In how many texts (posts, and the bio as one) each lower-case word or hashtag stands.
    pub term_texts: BTreeMap<String, u32>,
    /// How many texts there are, readable or not.
    pub texts: u32,
    /// Bio and captions that the vector was made of.
    pub texts_read: usize,
    /// Bio and captions left out because the model does not know their language.
    pub texts_unreadable: usize,
}

/// One text that goes into a profile.
struct Part {
    creator: usize,
    text: String,
    weight: f32,
}

/// The profiles of `creators`, in their order. Each distinct text is encoded once.
///
/// # Errors
/// If the encoder fails.
pub fn profiles(
    encoder: &dyn Encoder,
    creators: &[Creator],
    posts: &[Post],
    options: &ProfileOptions,
) -> Result<Vec<Profile>> {
    let mut posts_of: HashMap<&CreatorId, Vec<&Post>> = HashMap::new();
    for post in posts {
        posts_of.entry(&post.creator_id).or_default().push(post);
    }
    let mut profiles = Vec::with_capacity(creators.len());
    let mut parts = Vec::new();
    for (index, creator) in creators.iter().enumerate() {
        let mut own: Vec<&Post> = posts_of.remove(&creator.creator_id).unwrap_or_default();
        own.sort_by(|a, b| {
            b.published_at
                .cmp(&a.published_at)
                .then_with(|| a.post_id.cmp(&b.post_id))
        });
        profiles.push(collect(index, creator, &own, options, &mut parts));
    }
    let vectors = encode_distinct(encoder, &parts)?;
    let mut sums: Vec<Option<Vec<f32>>> = vec![None; creators.len()];
    for part in &parts {
        let vector = &vectors[part.text.as_str()];
        let sum = sums[part.creator].get_or_insert_with(|| vec![0.0; vector.len()]);
        for (s, v) in sum.iter_mut().zip(vector) {
            *s += part.weight * v;
        }
    }
    for (profile, sum) in profiles.iter_mut().zip(sums) {
        profile.vector = sum.and_then(unit);
    }
    Ok(profiles)
}

/// The vector of a search phrase; hashtags in it are read as words.
///
/// # Errors
/// If the encoder fails.
pub fn query_vector(encoder: &dyn Encoder, phrase: &str) -> Result<Vec<f32>> {
    let text = normalize(phrase, &[]);
    let rows = encoder.encode(&[Input {
        text: &text,
        target: None,
    }])?;
    Ok(rows.row(0).to_vec())
}

/// Gathers a creator's terms and the texts to encode.
fn collect(
    index: usize,
    creator: &Creator,
    posts: &[&Post],
    options: &ProfileOptions,
    parts: &mut Vec<Part>,
) -> Profile {
    let mut profile = Profile {
        creator_id: creator.creator_id.clone(),
        vector: None,
        term_texts: BTreeMap::new(),
        texts: 0,
        texts_read: 0,
        texts_unreadable: 0,
    };
    let bio = [creator.bio.as_deref(), creator.category.as_deref()]
        .into_iter()
        .flatten()
        .filter(|t| !t.trim().is_empty())
        .collect::<Vec<_>>()
        .join(". ");
    if !bio.is_empty() {
        count_terms(&mut profile, words(&bio).chain(hashtags_in(&bio)));
        if language_of(&bio).may_be_english() {
            profile.texts_read += 1;
            parts.push(Part {
                creator: index,
                text: normalize(&bio, &[]),
                weight: options.bio_weight,
            });
        } else {
            profile.texts_unreadable += 1;
        }
    }

    let mut tag_counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut captions = Vec::new();
    for post in posts {
        let caption = post.caption.as_deref().unwrap_or_default();
        let mut tags = post.hashtags.clone();
        if tags.is_empty() {
            tags = hashtags_in(caption);
        }
        for tag in &tags {
            *tag_counts.entry(tag.clone()).or_default() += 1;
        }
        let plain = without_tags(caption);
        count_terms(&mut profile, words(&plain).chain(tags));
        if plain.chars().filter(|c| c.is_alphabetic()).count() < 3 {
            continue;
        }
        if !language_of(&plain).may_be_english() {
            profile.texts_unreadable += 1;
        } else if captions.len() < options.captions {
            captions.push(normalize(&plain, &[]));
        }
    }
    profile.texts_read += captions.len();
    if !tag_counts.is_empty() {
        let mut tags: Vec<(String, usize)> = tag_counts.into_iter().collect();
        tags.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let text = tags
            .iter()
            .take(options.hashtags)
            .flat_map(|(tag, _)| split_hashtag(tag))
            .collect::<Vec<_>>()
            .join(" ");
        parts.push(Part {
            creator: index,
            text,
            weight: options.hashtag_weight,
        });
    }
    let weight = options.caption_weight / captions.len().max(1) as f32;
    parts.extend(captions.into_iter().map(|text| Part {
        creator: index,
        text,
        weight,
    }));
    profile
}

/// Counts each term of one text once.
fn count_terms(profile: &mut Profile, terms: impl Iterator<Item = String>) {
    profile.texts += 1;
    for term in terms.collect::<BTreeSet<String>>() {
        *profile.term_texts.entry(term).or_default() += 1;
    }
}

/// A caption without its hashtags, which are a part of their own.
fn without_tags(caption: &str) -> String {
    caption
        .split_whitespace()
        .filter(|w| !w.starts_with('#'))
        .collect::<Vec<_>>()
        .join(" ")
}

/// Lower-case words of three letters and more.
fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|w| w.chars().filter(|c| c.is_alphabetic()).count() >= 3)
        .map(str::to_lowercase)
}

fn encode_distinct<'p>(
    encoder: &dyn Encoder,
    parts: &'p [Part],
) -> Result<HashMap<&'p str, Vec<f32>>> {
    let mut texts: Vec<&str> = parts.iter().map(|p| p.text.as_str()).collect();
    texts.sort_unstable();
    texts.dedup();
    let inputs: Vec<Input<'_>> = texts
        .iter()
        .map(|text| Input { text, target: None })
        .collect();
    let rows = encoder.encode(&inputs)?;
    Ok(texts
        .into_iter()
        .zip(rows.iter().map(<[f32]>::to_vec))
        .collect())
}

/// Scaled to length 1; `None` for the zero vector.
fn unit(mut vector: Vec<f32>) -> Option<Vec<f32>> {
    let length = vector.iter().map(|v| v * v).sum::<f32>().sqrt();
    if length <= f32::MIN_POSITIVE {
        return None;
    }
    for v in &mut vector {
        *v /= length;
    }
    Some(vector)
}
