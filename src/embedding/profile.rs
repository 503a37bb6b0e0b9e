//! A creator's profile: one vector of what they say and post, and the topics that their words name.
//!
//! With `v_p` the unit vector of part p and `w_p` its weight below, the profile's vector is the sum of
//! `w_p v_p`, brought to length 1. The parts are the bio (with the platform's category), the handle,
//! the creator's most used hashtags as one text, and the newest captions. Each is stripped of
//! what everybody writes (see `strip_boilerplate`) before it is read.

use super::boilerplate::{is_bait, strip_boilerplate};
use super::meaning::{MEANING_CHARACTERS, PASSAGE, meanings};
use super::phrases::Phrases;
use super::pooling::weighted_sums;
use super::stop_words::is_stop_word;
use super::terms::Terms;
use super::tokens::{is_measure, tokens};
use crate::error::Result;
use crate::inference::{Encoder, Input};
use crate::schema::{Creator, CreatorId, Post, PostsOf};
use crate::text::{hashtags_in, language_of, normalize, split_hashtag};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use unicode_normalization::char::is_combining_mark;

/// How parts are weighted and how many are read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProfileOptions {
    /// Weight of the bio and the category.
    pub bio_weight: f32,
    /// Weight of the handle's words.
    pub handle_weight: f32,
    /// Weight of the hashtags.
    pub hashtag_weight: f32,
    /// Weight of all captions together.
    pub caption_weight: f32,
    /// Newest captions that are read.
    pub captions: usize,
    /// Most used hashtags that are read.
    pub hashtags: usize,
    /// Days after which a caption counts half of the creator's newest one.
    pub half_life_days: f64,
}

impl Default for ProfileOptions {
    /// A bio says most in the fewest words; tags are chosen to be found by; one caption says
    /// little, many together say what a creator does.
    fn default() -> Self {
        Self {
            bio_weight: 1.0,
            handle_weight: 0.3,
            hashtag_weight: 1.0,
            caption_weight: 1.0,
            captions: 16,
            hashtags: 24,
            half_life_days: 180.0,
        }
    }
}

/// Which topics' words a creator uses, by the labels of [`Phrases`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Topics {
    /// Weight of each label in bio and category, ascending by label.
    pub bio: Vec<(u32, f32)>,
    /// The same in the handle.
    pub handle: Vec<(u32, f32)>,
    /// Share of the posts that speak for each label, 0..=1, newer ones counting more.
    pub posts: Vec<(u32, f32)>,
    /// Posts that these shares are of.
    pub posts_read: usize,
}

/// What is known of what a creator is about.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// Whose profile.
    pub creator_id: CreatorId,
    /// Unit vector; `None` without any readable text.
    pub vector: Option<Vec<f32>>,
    /// How far the vector may be believed, 0..=1: the share of its weight that is in a language
    /// which the model was made for.
    pub trust: f32,
    /// Vector by the multilingual model of what they say in any language, less what all texts have in common; `None`
    /// without that model or without any text. See [`super::meanings`].
    pub meaning: Option<Vec<f32>>,
    /// Topics named by words, tags and emoji.
    pub topics: Topics,
    /// In how many texts (posts, and the bio as one) each lower-case word or hashtag stands.
    pub terms: Terms,
    /// How many texts there are, readable or not.
    pub texts: u32,
    /// Bio and captions that the vector was made of.
    pub texts_read: usize,
    /// Bio and captions in languages that the model was not made for.
    pub texts_unreadable: usize,
}

/// One text that goes into a profile.
pub(super) struct Part {
    pub(super) text: String,
    pub(super) weight: f32,
    /// Whether the model was made for its language.
    readable: bool,
}

/// A foreign text in Latin letters shares words and emoji with English: measured on 680 Spanish and
/// 910 other bios, a cosine says two fifths as much of a niche there (coefficients 5.1 and 12.0 of
/// the same logistic model).
const FOREIGN_TRUST: f32 = 0.4;

/// Tags that this share of the creators use tell nobody from anybody.
const COMMON_TAG: f64 = 0.2;
/// Creators from which such shares are believed.
const ENOUGH_CREATORS: usize = 50;
/// A caption of fewer words than this says less.
const FULL_CAPTION: usize = 6;

/// The profiles of `creators`, in their order. Each distinct text is encoded once. `multilingual` reads what each says
/// once more, in whatever language.
///
/// # Errors
/// If the encoder fails.
pub fn profiles(
    encoder: &dyn Encoder,
    multilingual: Option<&dyn Encoder>,
    creators: &[Creator],
    posts: &[Post],
    phrases: &Phrases,
    options: &ProfileOptions,
) -> Result<Vec<Profile>> {
    let posts = PostsOf::until(posts, None);
    let common = common_tags(creators.len(), &posts);
    let collected: Vec<(Profile, (Vec<Part>, String))> = creators
        .par_iter()
        .map(|creator| {
            let mut parts = Vec::new();
            let mut collector = Collector {
                terms: BTreeMap::new(),
                options,
                phrases,
                common: &common,
                parts: &mut parts,
                said: String::new(),
            };
            let profile = collector.collect(creator, posts.of(&creator.creator_id));
            let said = std::mem::take(&mut collector.said);
            (profile, (parts, said))
        })
        .collect();
    let (mut profiles, (parts, said)): (Vec<_>, (Vec<_>, Vec<_>)) = collected.into_iter().unzip();
    let meanings = match multilingual {
        Some(multilingual) => meanings(multilingual, PASSAGE, &said)?,
        None => vec![None; said.len()],
    };
    for (profile, meaning) in profiles.iter_mut().zip(meanings) {
        profile.meaning = meaning;
    }
    let sums = weighted_sums(encoder, &parts)?;
    profiles
        .par_iter_mut()
        .zip(&parts)
        .zip(sums)
        .for_each(|((profile, parts), sum)| {
            let (mut trusted, mut all) = (0.0_f32, 0.0_f32);
            for part in parts {
                trusted += part.weight * if part.readable { 1.0 } else { FOREIGN_TRUST };
                all += part.weight;
            }
            profile.vector = sum.and_then(unit);
            profile.trust = if all > 0.0 { trusted / all } else { 0.0 };
        });
    Ok(profiles)
}

/// Tags under the posts of so many creators that they say nothing of one.
fn common_tags(creators: usize, posts: &PostsOf<'_>) -> BTreeSet<String> {
    if creators < ENOUGH_CREATORS {
        return BTreeSet::new();
    }
    let together = |mut all: HashMap<String, usize>, more: HashMap<String, usize>| {
        for (tag, n) in more {
            *all.entry(tag).or_default() += n;
        }
        all
    };
    let each: Vec<&[&Post]> = posts.each().collect();
    each.par_iter()
        .fold(HashMap::new, |mut users: HashMap<String, usize>, posts| {
            let tags: HashSet<String> = posts.iter().flat_map(|post| tags_of(post)).collect();
            for tag in tags {
                *users.entry(tag).or_default() += 1;
            }
            users
        })
        .reduce(HashMap::new, together)
        .into_iter()
        .filter(|(_, n)| *n as f64 > COMMON_TAG * creators as f64)
        .map(|(tag, _)| tag)
        .collect()
}

fn tags_of(post: &Post) -> Vec<String> {
    if post.hashtags.is_empty() {
        hashtags_in(post.caption.as_deref().unwrap_or_default())
    } else {
        post.hashtags.clone()
    }
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

/// Gathers one creator's terms and topics, and the texts to encode.
struct Collector<'a> {
    /// In how many texts each term stands.
    terms: BTreeMap<String, u32>,
    options: &'a ProfileOptions,
    phrases: &'a Phrases,
    common: &'a BTreeSet<String>,
    parts: &'a mut Vec<Part>,
    /// The beginning of all that is said, for the model that reads every language.
    said: String,
}

impl Collector<'_> {
    fn collect(&mut self, creator: &Creator, posts: &[&Post]) -> Profile {
        let mut profile = Profile {
            creator_id: creator.creator_id.clone(),
            vector: None,
            trust: 0.0,
            meaning: None,
            topics: Topics::default(),
            terms: Terms::default(),
            texts: 0,
            texts_read: 0,
            texts_unreadable: 0,
        };
        let bio = [creator.bio.as_deref(), category(creator)]
            .into_iter()
            .flatten()
            .filter(|t| !t.trim().is_empty())
            .collect::<Vec<_>>()
            .join(". ");
        if !bio.is_empty() {
            let told = strip_boilerplate(&bio);
            self.count_terms(&mut profile, words(&told).chain(hashtags_in(&bio)));
            profile.topics.bio = self.phrases.find(&with_split_tags(&bio));
            self.add(&mut profile, &bio, &told, self.options.bio_weight);
        }
        if let Some(handle) = creator.account() {
            profile.topics.handle = self.phrases.find_in_handle(handle);
        }
        self.posts(&mut profile, posts);
        // A name alone is no text, unless it names a topic.
        let described = !self.parts.is_empty();
        if described || !profile.topics.handle.is_empty() {
            self.add_handle(creator.account().unwrap_or_default());
        }
        profile.terms = std::mem::take(&mut self.terms).into_iter().collect();
        profile
    }

    /// Counts each term of one text once.
    fn count_terms(&mut self, profile: &mut Profile, terms: impl Iterator<Item = String>) {
        profile.texts += 1;
        for term in terms.collect::<BTreeSet<String>>() {
            *self.terms.entry(term).or_default() += 1;
        }
    }

    /// Captions and tags.
    fn posts(&mut self, profile: &mut Profile, posts: &[&Post]) {
        let newest = posts.first().map_or(0, |p| p.published_at.as_second());
        let mut tag_weights: BTreeMap<String, f64> = BTreeMap::new();
        let mut topics: BTreeMap<u32, f32> = BTreeMap::new();
        let mut all = 0.0_f32;
        // As written, what of it tells something, how much it counts by age, and by length.
        let mut captions: Vec<(String, String, f32, f32)> = Vec::new();
        for post in posts {
            let age = (newest - post.published_at.as_second()) as f64 / 86_400.0;
            let weight = 0.5_f64.powf(age / self.options.half_life_days) as f32;
            let caption = post.caption.as_deref().unwrap_or_default();
            let tags: Vec<String> = tags_of(post)
                .into_iter()
                .filter(|tag| !is_bait(tag) && !self.common.contains(tag))
                .collect();
            for tag in &tags {
                *tag_weights.entry(tag.clone()).or_default() += f64::from(weight);
            }
            let plain = without_tags(caption);
            let mut named = tokens(&plain);
            let says = named.len().min(FULL_CAPTION) as f32 / FULL_CAPTION as f32;
            named.extend(tags.iter().flat_map(|tag| tokens(tag)));
            for (label, share) in self.phrases.find(&named) {
                *topics.entry(label).or_default() += weight * share.min(1.0);
            }
            all += weight;
            let told = strip_boilerplate(&plain);
            self.count_terms(profile, words(&told).chain(tags));
            if captions.len() < self.options.captions {
                captions.push((plain, told, weight, says));
            }
        }
        profile.topics.posts_read = posts.len();
        if all > 0.0 {
            profile.topics.posts = topics.into_iter().map(|(l, w)| (l, w / all)).collect();
        }
        self.add_tags(&tag_weights);
        let total: f32 = captions.iter().map(|(_, _, w, says)| w * says).sum();
        for (text, told, weight, says) in captions {
            let share = weight * says / total.max(f32::MIN_POSITIVE);
            if share > 0.0 {
                self.add(profile, &text, &told, self.options.caption_weight * share);
            }
        }
    }

    /// Adds bio or caption, if anything is left of it and its letters are ones that the model knows.
    fn add(&mut self, profile: &mut Profile, text: &str, told: &str, weight: f32) {
        if told.is_empty() {
            return;
        }
        self.say(told);
        let readable = language_of(text).may_be_english();
        if !readable {
            profile.texts_unreadable += 1;
            if !is_latin(told) {
                return;
            }
        }
        profile.texts_read += usize::from(readable);
        self.parts.push(Part {
            text: normalize(told, &[]),
            weight,
            readable,
        });
    }

    /// Adds to what is said, while there is room.
    fn say(&mut self, text: &str) {
        let room = MEANING_CHARACTERS.saturating_sub(self.said.chars().count());
        if room > 0 {
            if !self.said.is_empty() {
                self.said.push_str(". ");
            }
            self.said.extend(text.chars().take(room));
        }
    }

    /// The tokenizer splits what stands behind `#` into words.
    fn add_handle(&mut self, handle: &str) {
        let pieces: Vec<String> = split_hashtag(handle)
            .into_iter()
            .filter(|piece| piece.chars().filter(|c| c.is_alphabetic()).count() >= 3)
            .map(|piece| format!("#{}", piece.to_lowercase()))
            .collect();
        if !pieces.is_empty() {
            self.parts.push(Part {
                text: pieces.join(" "),
                weight: self.options.handle_weight,
                readable: true,
            });
        }
    }

    fn add_tags(&mut self, weights: &BTreeMap<String, f64>) {
        let mut tags: Vec<(&String, f64)> = weights.iter().map(|(tag, w)| (tag, *w)).collect();
        tags.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        let text = tags
            .iter()
            .take(self.options.hashtags)
            .map(|(tag, _)| split_hashtag(tag))
            .map(|words| {
                words
                    .iter()
                    .map(|w| format!("#{w}"))
                    .collect::<Vec<_>>()
                    .join(" ")
            })
            .collect::<Vec<_>>()
            .join(" ");
        if !text.is_empty() {
            self.say(&text);
            self.parts.push(Part {
                text,
                weight: self.options.hashtag_weight,
                readable: true,
            });
        }
    }
}

/// The platform's category, unless it says that there is none.
fn category(creator: &Creator) -> Option<&str> {
    let category = creator.category.as_deref()?;
    let none = [
        "none",
        "other",
        "others",
        "personal blog",
        "public figure",
        "null",
        "-",
    ];
    (!none.contains(&category.trim().to_lowercase().as_str())).then_some(category)
}

/// Tokens of a bio, with tags as they stand and, where their capitals part them, as words.
fn with_split_tags(text: &str) -> Vec<String> {
    let mut all = tokens(text);
    for word in text.split_whitespace().filter_map(|w| w.strip_prefix('#')) {
        let split = split_hashtag(word);
        if split.len() > 1 {
            all.extend(tokens(&split.join(" ")));
        }
    }
    all
}

/// Whether at least half of the letters are Latin.
fn is_latin(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphabetic());
    let (mut latin, mut all) = (0, 0);
    for c in letters {
        all += 1;
        latin += usize::from(c < '\u{250}');
    }
    all > 0 && 2 * latin >= all
}

/// A caption without its hashtags, which are a part of their own.
fn without_tags(caption: &str) -> String {
    caption
        .split_whitespace()
        .filter(|w| !w.starts_with('#'))
        .collect::<Vec<_>>()
        .join(" ")
}

/// Lower-case words of three letters and more that are no words of grammar and no numbers with a unit.
fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric() && !is_combining_mark(c))
        .filter(|w| w.chars().filter(|c| c.is_alphabetic()).count() >= 3)
        .map(str::to_lowercase)
        .filter(|w| !is_stop_word(w) && !is_measure(w))
}

/// The vector of each text, which are written as [`normalize`] does first; equal ones are encoded once.
///
/// # Errors
/// If the encoder fails.
pub fn text_vectors<'t>(
    encoder: &dyn Encoder,
    texts: impl IntoIterator<Item = &'t str>,
) -> Result<HashMap<&'t str, Vec<f32>>> {
    let texts: BTreeSet<&str> = texts.into_iter().collect();
    let written: Vec<String> = texts.iter().map(|text| normalize(text, &[])).collect();
    let written: Vec<&str> = written.iter().map(String::as_str).collect();
    let vectors = encode_distinct(encoder, written.iter().copied())?;
    let found = texts.into_iter().zip(&written);
    Ok(found
        .map(|(text, written)| (text, vectors[written].clone()))
        .collect())
}

/// The vector of each distinct text, as it stands.
fn encode_distinct<'p>(
    encoder: &dyn Encoder,
    texts: impl Iterator<Item = &'p str>,
) -> Result<HashMap<&'p str, Vec<f32>>> {
    let texts: BTreeSet<&str> = texts.collect();
    if texts.is_empty() {
        return Ok(HashMap::new());
    }
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
