//! The only file that knows every stage: from tables to a ranking, to niches, to predictions.

use crate::authenticity::{Assessment, assess};
use crate::embedding::{Profile, ProfileOptions, profiles, query_vector};
use crate::engagement::{EngagementOptions, EngagementReport, predict};
use crate::error::Result;
use crate::inference::{Encoder, Input};
use crate::niche::{
    ClusterOptions, Clusters, Idf, NicheLabel, ProfileTerms, Relevance, RelevanceModel, Taxonomy,
    cluster, cosine, expand, label, match_taxonomy, relevance,
};
use crate::ranking::{
    ActivityEvidence, CandidateEvidence, PriceEvidence, RankOptions, Ranking, SentimentEvidence,
    SignalEvidence, rank,
};
use crate::schema::{Comment, Creator, CreatorId, Post, PostId};
use crate::sentiment::{NetSentiment, ScoredComment, Scorer, Target, level};
use crate::text::{normalize, split_hashtag};
use jiff::Timestamp;
use ndarray::Array2;
use std::collections::{BTreeMap, HashMap};

/// The tables of a run; posts and comments may be empty.
#[derive(Debug, Clone, Default)]
pub struct Tables {
    /// Creators.
    pub creators: Vec<Creator>,
    /// Their posts.
    pub posts: Vec<Post>,
    /// Comments under the posts, or about a brand.
    pub comments: Vec<Comment>,
}

/// What creators are about, as vectors and in words.
#[derive(Debug, Clone)]
pub struct Profiles {
    /// One per creator, in their order.
    pub profiles: Vec<Profile>,
    /// One row per niche of the taxonomy.
    taxonomy_vectors: Array2<f32>,
}

/// Reads every creator's texts, and the taxonomy's, with the embedding model.
///
/// # Errors
/// If the encoder fails.
pub fn read_profiles(
    encoder: &dyn Encoder,
    tables: &Tables,
    taxonomy: &Taxonomy,
) -> Result<Profiles> {
    let texts: Vec<String> = taxonomy
        .niches()
        .iter()
        .map(|niche| normalize(&niche.text(), &[]))
        .collect();
    let inputs: Vec<Input<'_>> = texts
        .iter()
        .map(|text| Input { text, target: None })
        .collect();
    let rows = encoder.encode(&inputs)?;
    let mut taxonomy_vectors = Array2::zeros((texts.len(), rows.width()));
    for (mut to, from) in taxonomy_vectors.rows_mut().into_iter().zip(rows.iter()) {
        to.as_slice_mut()
            .into_iter()
            .for_each(|row| row.copy_from_slice(from));
    }
    Ok(Profiles {
        profiles: profiles(
            encoder,
            &tables.creators,
            &tables.posts,
            &ProfileOptions::default(),
        )?,
        taxonomy_vectors,
    })
}

/// Clusters with their names.
#[derive(Debug, Clone)]
pub struct Niches {
    /// Who is where.
    pub clusters: Clusters,
    /// One per cluster.
    pub labels: Vec<NicheLabel>,
}

/// Cosine above which a cluster takes the taxonomy's name.
const NAME_THRESHOLD: f64 = 0.35;
/// Terms given per cluster.
const TERMS: usize = 12;

/// Groups creators into niches.
///
/// # Errors
/// If the number of clusters is 0.
pub fn find_niches(
    profiles: &Profiles,
    taxonomy: &Taxonomy,
    options: &ClusterOptions,
) -> Result<Niches> {
    let width = profiles.taxonomy_vectors.ncols();
    let mut vectors = Array2::zeros((profiles.profiles.len(), width));
    let mut has_text = Vec::with_capacity(profiles.profiles.len());
    for (profile, mut row) in profiles.profiles.iter().zip(vectors.rows_mut()) {
        has_text.push(profile.vector.is_some());
        for (to, from) in row.iter_mut().zip(profile.vector.iter().flatten()) {
            *to = *from;
        }
    }
    let ids: Vec<CreatorId> = profiles
        .profiles
        .iter()
        .map(|p| p.creator_id.clone())
        .collect();
    let clusters = cluster(&ids, vectors.view(), &has_text, options)?;
    let terms: Vec<Vec<String>> = profiles
        .profiles
        .iter()
        .map(|p| p.term_texts.keys().cloned().collect())
        .collect();
    let labels = label(
        &clusters,
        &terms,
        taxonomy,
        profiles.taxonomy_vectors.view(),
        NAME_THRESHOLD,
        TERMS,
    );
    Ok(Niches { clusters, labels })
}

/// What a ranking is asked for.
#[derive(Debug, Clone)]
pub struct RankRequest {
    /// The niche, as typed.
    pub niche: String,
    /// Bounds and weights.
    pub options: RankOptions,
    /// How the next post is predicted.
    pub engagement: EngagementOptions,
}

/// A ranking with what it was made of.
#[derive(Debug, Clone)]
pub struct RankResult {
    /// The ranking.
    pub ranking: Ranking,
    /// Name of the taxonomy's niche that is nearest to each creator, in the creators' order.
    pub niches: Vec<Option<String>>,
    /// The niches that the request was read as.
    pub read_as: Vec<String>,
    /// Predictions of all creators.
    pub engagement: EngagementReport,
    /// What was seen of each audience, in the creators' order; `None` without anything to judge by.
    pub authenticity: Vec<Option<Assessment>>,
    /// Net sentiment under each creator's posts.
    pub sentiment: BTreeMap<CreatorId, NetSentiment>,
    /// Creators whose texts are in languages that the embedding model does not read well.
    pub unreadable: usize,
}

/// Ranks creators for a niche. `scored` are the judged comments, if there are any.
///
/// # Errors
/// If a model fails, or the options contradict each other.
pub fn rank_creators(
    encoder: &dyn Encoder,
    tables: &Tables,
    profiles: &Profiles,
    taxonomy: &Taxonomy,
    scored: &[ScoredComment],
    request: &RankRequest,
) -> Result<RankResult> {
    let vector = query_vector(encoder, &request.niche)?;
    let words = query_words(&request.niche);
    let vectors = profiles.taxonomy_vectors.view();
    let matches = match_taxonomy(&vector, &words, taxonomy, vectors);
    let query = expand(&vector, &words, &matches, taxonomy, vectors);
    let terms: Vec<ProfileTerms> = profiles
        .profiles
        .iter()
        .map(|p| ProfileTerms {
            counts: p.term_texts.clone().into_iter().collect(),
            texts: p.texts,
        })
        .collect();
    let idf = Idf::of(&terms);
    let fit = |i: usize| -> Option<Relevance> {
        let profile = &profiles.profiles[i];
        let model = RelevanceModel::default();
        match &profile.vector {
            Some(vector) => Some(relevance(&query, vector, &terms[i], &idf, &model)),
            // Words tell what the model cannot read.
            None if profile.texts > 0 => {
                let nothing = vec![0.0; vectors.ncols()];
                Some(relevance(&query, &nothing, &terms[i], &idf, &model))
            }
            None => None,
        }
    };

    let engagement = predict(&tables.creators, &tables.posts, &request.engagement);
    let sentiment = sentiment_by_creator(tables, scored, request.options.seed);
    let authenticity = assess(
        &tables.creators,
        &engagement.predictions,
        &tables.comments,
        &creators_of_posts(&tables.posts),
    );
    let now = request.engagement.as_of.or_else(|| {
        // The newest post stands for the day of the export, so that a run over an old export
        // gives the same result next year.
        tables.posts.iter().map(|p| p.published_at).max()
    });
    let activity = activity_by_creator(&tables.posts, now);
    let mut candidates = Vec::with_capacity(tables.creators.len());
    for (i, creator) in tables.creators.iter().enumerate() {
        let mut candidate = CandidateEvidence::new(creator.creator_id.clone(), creator.followers);
        candidate.platform.clone_from(&creator.platform);
        candidate.kind = creator.kind;
        candidate.relevance = fit(i);
        candidate.engagement = (!tables.posts.is_empty())
            .then(|| engagement.predictions[i].clone())
            .filter(|p| p.expected.is_some());
        candidate.sentiment = sentiment.get(&creator.creator_id).and_then(|level| {
            let (net, lower, upper) = (
                level.net_sentiment?,
                level.net_sentiment_lower,
                level.net_sentiment_upper,
            );
            // Without an interval the comments are too few to tell; the widest that a share
            // of so few can have stands in.
            let se = match (lower, upper) {
                (Some(lower), Some(upper)) => (upper - lower) / 3.92,
                _ => 100.0 / (level.n as f64).sqrt(),
            };
            Some(SentimentEvidence {
                net,
                n: level.n as u64,
                se,
            })
        });
        candidate.authenticity = authenticity[i].as_ref().map(|a| SignalEvidence {
            value: a.authenticity,
            spread: a.spread,
        });
        candidate.activity = activity.get(&creator.creator_id).copied();
        candidate.price = creator.price.map(|amount| PriceEvidence {
            amount,
            currency: creator.currency.clone(),
        });
        candidates.push(candidate);
    }
    Ok(RankResult {
        ranking: rank(&candidates, &request.options)?,
        niches: profiles
            .profiles
            .iter()
            .map(|p| nearest_niche(p, taxonomy, &profiles.taxonomy_vectors))
            .collect(),
        read_as: matches
            .iter()
            .filter_map(|m| taxonomy.niches().get(m.index))
            .map(|n| n.name.clone())
            .collect(),
        engagement,
        authenticity,
        sentiment,
        unreadable: profiles
            .profiles
            .iter()
            .filter(|p| p.texts_unreadable > p.texts_read)
            .count(),
    })
}

/// Judges the comments of a run towards `target`.
///
/// # Errors
/// If the encoder fails.
pub fn score_comments(
    encoder: &dyn Encoder,
    comments: &[Comment],
    target: &Target,
) -> Result<Vec<ScoredComment>> {
    Scorer::new(encoder)?.score(comments, target)
}

/// Lower-case words of a request, hashtags split and whole.
fn query_words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for word in text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '#' | '_'))) {
        if let Some(tag) = word.strip_prefix('#') {
            words.extend(split_hashtag(tag).iter().map(|w| w.to_lowercase()));
        }
        let word = word.trim_matches('#').to_lowercase();
        if word.chars().count() > 1 {
            words.push(word);
        }
    }
    words
}

/// Name of the taxonomy's niche with the nearest description.
fn nearest_niche(profile: &Profile, taxonomy: &Taxonomy, vectors: &Array2<f32>) -> Option<String> {
    let own = profile.vector.as_ref()?;
    taxonomy
        .niches()
        .iter()
        .zip(vectors.rows())
        .filter_map(|(niche, row)| Some((niche, cosine(own, row.as_slice()?))))
        .reduce(|best, next| if next.1 > best.1 { next } else { best })
        .map(|(niche, _)| niche.name.clone())
}

/// Whose each post is.
fn creators_of_posts(posts: &[Post]) -> BTreeMap<&PostId, &CreatorId> {
    posts.iter().map(|p| (&p.post_id, &p.creator_id)).collect()
}

/// Net sentiment of the comments under each creator's posts.
fn sentiment_by_creator(
    tables: &Tables,
    scored: &[ScoredComment],
    seed: u64,
) -> BTreeMap<CreatorId, NetSentiment> {
    let of_post = creators_of_posts(&tables.posts);
    let mut rows: BTreeMap<&CreatorId, Vec<&ScoredComment>> = BTreeMap::new();
    for row in scored.iter().filter(|r| r.probabilities.is_some()) {
        let comment = &tables.comments[row.index];
        let creator = comment
            .creator_id
            .as_ref()
            .or_else(|| of_post.get(comment.post_id.as_ref()?).copied());
        if let Some(creator) = creator {
            rows.entry(creator).or_default().push(row);
        }
    }
    rows.into_iter()
        .map(|(creator, rows)| (creator.clone(), level(&tables.comments, &rows, seed)))
        .collect()
}

/// When and how often each creator posts, up to `now`.
fn activity_by_creator(
    posts: &[Post],
    now: Option<Timestamp>,
) -> HashMap<CreatorId, ActivityEvidence> {
    const DAY: f64 = 86_400.0;
    let Some(now) = now else {
        return HashMap::new();
    };
    let mut spans: HashMap<&CreatorId, (Timestamp, Timestamp, usize)> = HashMap::new();
    for post in posts.iter().filter(|p| p.published_at <= now) {
        let at = post.published_at;
        let span = spans.entry(&post.creator_id).or_insert((at, at, 0));
        span.0 = span.0.min(at);
        span.1 = span.1.max(at);
        span.2 += 1;
    }
    spans
        .into_iter()
        .map(|(creator, (first, last, count))| {
            let days =
                |from: Timestamp, to: Timestamp| (to.as_second() - from.as_second()) as f64 / DAY;
            // A span of less than a month says little of a month's pace.
            let months = (days(first, now) / 30.0).max(1.0);
            let activity = ActivityEvidence {
                days_since_last_post: days(last, now),
                posts_per_month: count as f64 / months,
            };
            (creator.clone(), activity)
        })
        .collect()
}
