//! From tables and profiles to a ranking.

use super::reach::{Reach, reach};
use super::search::Finder;
use super::{Audiences, NicheSearch, Profiles, Tables};
use crate::engagement::{EngagementOptions, EngagementPrediction, EngagementReport};
use crate::error::Result;
use crate::inference::Encoder;
use crate::niche::{QueryReading, Relevance, Taxonomy, broad_niches, nearest_niche};
use crate::ranking::{
    ActivityEvidence, CandidateEvidence, ExpectedEngagements, PriceEvidence, RankOptions, Ranking,
    SentimentEvidence, SignalEvidence, eligible, rank,
};
use crate::safety::{
    Context, SafetyAssessment, SafetyLists, SafetyOptions, SafetyTables, assess_safety,
};
use crate::schema::{Creator, CreatorId, Post, PostOwners, PostsOf};
use crate::sentiment::{CommentFilter, NetAccumulator, NetSentiment, ScoredComment};
use crate::text::Brand;
use jiff::Timestamp;
use rayon::prelude::*;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

/// What a ranking is asked for.
#[derive(Debug, Clone)]
pub struct RankRequest {
    /// The niche, as typed: a phrase or hashtags; several on lines of their own are alternatives.
    /// May be empty where look-alikes are searched for.
    pub niche: String,
    /// Look-alikes and terms left out.
    pub search: NicheSearch,
    /// Bounds and weights.
    pub options: RankOptions,
    /// How the next post is predicted.
    pub engagement: EngagementOptions,
    /// Brand-unsafe content.
    pub lists: SafetyLists,
    /// Brands whose advertising speaks against a creator.
    pub competitors: Vec<Brand>,
}

impl RankRequest {
    /// Micro-influencers for a niche, by the default weights and the lists that come with the program.
    ///
    /// # Errors
    /// If those lists cannot be read, which is a defect.
    pub fn new(niche: &str) -> Result<Self> {
        Ok(Self {
            niche: niche.to_owned(),
            search: NicheSearch::default(),
            options: RankOptions::default(),
            engagement: EngagementOptions::default(),
            lists: SafetyLists::built_in()?,
            competitors: Vec::new(),
        })
    }
}

/// A ranking with what it was made of.
#[derive(Debug, Clone)]
pub struct RankResult {
    /// The ranking.
    pub ranking: Ranking,
    /// Name of the taxonomy's niche that is nearest to each creator, in the creators' order.
    pub niches: Vec<Option<String>>,
    /// How the request was read, by its alternatives.
    pub read_as: Vec<QueryReading>,
    /// Creators whom nothing but the floor of relevance leaves out, by half of it at most, the nearest first.
    pub also_possible: Vec<(CreatorId, f64)>,
    /// How to reach the first of the ranking.
    pub reach: BTreeMap<CreatorId, Reach>,
    /// Predictions of all creators.
    pub engagement: Arc<EngagementReport>,
    /// What was seen of audiences and accounts.
    pub audiences: Arc<Audiences>,
    /// Net sentiment under each creator's posts.
    pub sentiment: BTreeMap<CreatorId, NetSentiment>,
    /// Creators whose texts are in languages that the embedding model does not read well.
    pub unreadable: usize,
}

/// Ranks creators for a niche. `scored` are the scored comments, if there are any. Profiles that nobody else holds are
/// used up: the evidence then has their memory.
///
/// # Errors
/// If a model fails, or the options contradict each other.
pub fn rank_creators(
    encoder: &dyn Encoder,
    tables: &Tables,
    profiles: impl Into<Arc<Profiles>>,
    taxonomy: &Taxonomy,
    scored: &[ScoredComment],
    request: &RankRequest,
) -> Result<RankResult> {
    let profiles = profiles.into();
    let broad = broad_niches(taxonomy);
    let finder = Finder::new(encoder, tables, &profiles, taxonomy, &broad, request)?;
    let mut fits: Vec<Option<Relevance>> = (0..tables.creators.len())
        .into_par_iter()
        .map(|i| finder.fit(i))
        .collect();
    let read_as = finder.read_as();
    let niches = (0..profiles.profiles.len())
        .into_par_iter()
        .map(|i| {
            profiles.says_something(i).then_some(())?;
            let nearest = nearest_niche(&profiles.affinities[i], taxonomy)?;
            Some(taxonomy.niches()[nearest].name.clone())
        })
        .collect();
    let unreadable = profiles.unreadable();
    drop(profiles);

    let engagement = tables.forecast(&request.engagement);
    let per_follower = tables.per_follower(&request.engagement);
    let owners = PostOwners::of(&tables.posts, &tables.comments);
    let sentiment = sentiment_by_creator(tables, scored, &owners, request.options.seed);
    let audiences = tables.audiences(&request.engagement);
    let now = request.engagement.as_of.or_else(|| {
        // The newest post stands for the day of the export, so that a run over an old export
        // gives the same result next year.
        tables.posts.iter().map(|p| p.published_at).max()
    });
    let activity = activity_by_creator(&tables.posts, now);
    let engagements = expected_engagements(&tables.creators, &per_follower);
    let posts_of = PostsOf::until(&tables.posts, request.engagement.as_of);
    let mut candidates = Vec::with_capacity(tables.creators.len());
    for (i, creator) in tables.creators.iter().enumerate() {
        let mut candidate = CandidateEvidence::new(creator.creator_id.clone(), creator.followers);
        candidate.platform.clone_from(&creator.platform);
        let inferred = audiences.kinds[i].as_ref();
        let audience = audiences.assessments[i].as_ref();
        candidate.kind = creator.kind.or_else(|| inferred.and_then(|k| k.kind));
        candidate.kind_evidence = inferred.map(|k| format!("{}: {}", k.name, k.evidence));
        candidate.posts = posts_of.of(&creator.creator_id).len();
        candidate.signals = audience.map_or(0, |a| a.signals);
        candidate.country.clone_from(&creator.country);
        candidate.language.clone_from(&creator.language);
        candidate.relevance = fits[i].take();
        candidate.engagement = (!tables.posts.is_empty())
            .then(|| engagement.predictions[i].clone())
            .filter(|p| p.expected.is_some());
        candidate.engagements = engagements[i].filter(|_| candidate.engagement.is_some());
        candidate.sentiment = sentiment
            .get(&creator.creator_id)
            .and_then(sentiment_evidence);
        candidate.authenticity = audience.map(|a| SignalEvidence {
            value: a.authenticity,
            std_error: a.spread,
        });
        candidate.activity = activity.get(&creator.creator_id).copied();
        candidate.price = creator.price.map(|amount| PriceEvidence {
            amount,
            currency: creator.currency.clone(),
        });
        candidates.push(candidate);
    }
    let safety = SafetyOptions {
        competitors: request.competitors.clone(),
        as_of: request.engagement.as_of,
    };
    let also_possible = also_possible(&candidates, &request.options);
    let wanted = eligible(&candidates, &request.options);
    let context = Context::new(encoder, &request.lists)?;
    let evidence = SafetyTables {
        creators: &tables.creators,
        posts: &tables.posts,
        comments: &tables.comments,
        scored,
        owners: &owners,
    };
    let seen = assess_safety(&context, &request.lists, evidence, &wanted, &safety)?;
    for (candidate, seen) in candidates.iter_mut().zip(seen) {
        candidate.safety = seen;
    }
    let ranking = rank(&candidates, &request.options)?;
    let reached = reach_of(tables, &ranking, &posts_of, request.search.hide_contacts);
    Ok(RankResult {
        ranking,
        reach: reached,
        niches,
        read_as,
        also_possible,
        engagement,
        audiences,
        sentiment,
        unreadable,
    })
}

fn sentiment_evidence(level: &NetSentiment) -> Option<SentimentEvidence> {
    let net = level.net_sentiment?;
    // Without a range the comments are too few to tell; the widest that a share of so few can have stands in.
    let se = level
        .std_error
        .unwrap_or_else(|| 100.0 / (level.n as f64).sqrt());
    Some(SentimentEvidence {
        net,
        n: level.n as u64,
        se,
    })
}

/// How to reach those who are ranked, as far as somebody will look.
fn reach_of(
    tables: &Tables,
    ranking: &Ranking,
    posts: &PostsOf<'_>,
    hide: bool,
) -> BTreeMap<CreatorId, Reach> {
    const MOST: usize = 1_000;
    let ranked: HashSet<&CreatorId> = ranking
        .rows
        .iter()
        .take(MOST)
        .map(|row| &row.creator_id)
        .collect();
    let shown = tables
        .creators
        .iter()
        .filter(|c| ranked.contains(&c.creator_id));
    shown
        .map(|creator| {
            let own = posts.of(&creator.creator_id);
            (creator.creator_id.clone(), reach(creator, own, hide))
        })
        .collect()
}

/// Who would be ranked with half of the floor, and is not with all of it.
fn also_possible(candidates: &[CandidateEvidence], options: &RankOptions) -> Vec<(CreatorId, f64)> {
    const MOST: usize = 50;
    let half = RankOptions {
        min_relevance: options.min_relevance / 2.0,
        ..options.clone()
    };
    let (now, then) = (eligible(candidates, options), eligible(candidates, &half));
    let below = candidates.iter().zip(now.iter().zip(then));
    let mut found: Vec<(CreatorId, f64)> = below
        .filter(|(_, (now, then))| *then && !**now)
        .filter_map(|(c, _)| Some((c.creator_id.clone(), c.relevance.as_ref()?.value)))
        .collect();
    found.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    found.truncate(MOST);
    found
}

/// What was seen of every creator's brand safety, in the creators' order; `None` without a text.
///
/// # Errors
/// If the encoder fails.
pub fn assess_brand_safety(
    encoder: &dyn Encoder,
    tables: &Tables,
    scored: &[ScoredComment],
    lists: &SafetyLists,
    options: &SafetyOptions,
) -> Result<Vec<Option<SafetyAssessment>>> {
    let everybody = vec![true; tables.creators.len()];
    let context = Context::new(encoder, lists)?;
    let tables = SafetyTables {
        creators: &tables.creators,
        posts: &tables.posts,
        comments: &tables.comments,
        scored,
        owners: &PostOwners::of(&tables.posts, &tables.comments),
    };
    assess_safety(&context, lists, tables, &everybody, options)
}

/// Net sentiment of the comments under each creator's posts, as `sentiment` tells it of the same comments: without spam
/// and copies.
fn sentiment_by_creator(
    tables: &Tables,
    scored: &[ScoredComment],
    owners: &PostOwners<'_>,
    seed: u64,
) -> BTreeMap<CreatorId, NetSentiment> {
    let excluded = CommentFilter::exclusions(&tables.comments, owners);
    let mut groups: BTreeMap<&CreatorId, NetAccumulator> = BTreeMap::new();
    for row in scored.iter().filter(|r| excluded[r.index].is_none()) {
        let comment = &tables.comments[row.index];
        if let (Some(creator), Some(_)) = (comment.whose(owners), row.probabilities) {
            groups
                .entry(creator)
                .or_insert_with(|| NetAccumulator::new(seed))
                .push(comment, row);
        }
    }
    groups
        .into_iter()
        .map(|(creator, group)| (creator.clone(), group.estimate()))
        .collect()
}

/// The engagements of the next post as a count, in the creators' order: the rate of followers that is
/// expected times the followers.
///
/// Of followers on every platform, also where rates are usually of views: who asks what a post brings
/// asks for views times rate, and a high rate of few views is little.
fn expected_engagements(
    creators: &[Creator],
    report: &EngagementReport,
) -> Vec<Option<ExpectedEngagements>> {
    let expected = |(creator, prediction): (&Creator, &EngagementPrediction)| {
        let count = prediction.expected? * creator.followers?.0 as f64;
        let (lower, upper) = (prediction.lower_90?, prediction.upper_90?);
        let width = if lower > 0.0 {
            (upper / lower).ln()
        } else {
            2.0
        };
        // The interval is of one post, the error that of what is typical of the creator.
        let log_se = width / (2.0 * 1.645) / (prediction.posts_used.max(1) as f64).sqrt();
        (count >= 0.0 && count.is_finite()).then_some(ExpectedEngagements {
            count,
            log_se,
            percentile: prediction.percentile,
            percentile_se: prediction.percentile_se,
        })
    };
    creators
        .iter()
        .zip(&report.predictions)
        .map(expected)
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
