//! The only file that knows every stage: from tables to a ranking, to niches, to predictions.

use crate::authenticity::{Assessment, assess};
use crate::embedding::{Phrases, Profile, ProfileOptions, profiles, query_vector};
use crate::engagement::{EngagementOptions, EngagementPrediction, EngagementReport, predict};
use crate::error::{Error, Result};
use crate::inference::{Encoder, Input};
use crate::niche::{
    Affinity, ClusterOptions, Clusters, Growth, Niche, NicheLabel, Query, Relevance, Search,
    Taxonomy, TaxonomyVectors, affinities, broad_niches, cluster, growth, label, likeness,
    nearest_niche, read_query, relevance, shares, uses,
};
use crate::plan::{
    AudienceInput, Audiences, Limits, Offer, Plan, Price, PriceModel, PriceSource, audiences,
    choose, prices,
};
use crate::ranking::{
    ActivityEvidence, CandidateEvidence, Excluded, ExpectedEngagements, PriceEvidence, RankOptions,
    Ranked, Ranking, SentimentEvidence, SignalEvidence, rank,
};
use crate::schema::{Comment, Creator, CreatorId, Post, PostId, RateBasis};
use crate::sentiment::{NetSentiment, ScoredComment, Scorer, Target, level};
use crate::stats::{hash_text, median};
use crate::text::normalize;
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
    /// How much each belongs to every niche of the taxonomy, in the same order.
    pub affinities: Vec<Affinity>,
    taxonomy_vectors: TaxonomyVectors,
    phrases: Phrases,
    /// Whose each post is (the creator's place) and when it was published.
    posts: Vec<(usize, Timestamp)>,
}

impl Profiles {
    /// Creators who write mostly in languages that the embedding model was not made for: they are
    /// judged by words, tags and emoji more than by meaning.
    #[must_use]
    pub fn unreadable(&self) -> usize {
        self.profiles
            .iter()
            .filter(|p| p.texts_unreadable > p.texts_read)
            .count()
    }

    /// Whether anything is known of what the creator at that place is about.
    fn says_something(&self, place: usize) -> bool {
        let profile = &self.profiles[place];
        profile.vector.is_some() || self.affinities[place].words.iter().any(|w| *w > 0.0)
    }
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
    let texts = taxonomy.niches().iter().map(Niche::text);
    let names = taxonomy.niches().iter().map(|niche| niche.name.clone());
    let taxonomy_vectors = TaxonomyVectors {
        texts: encoded(encoder, &texts.collect::<Vec<_>>())?,
        names: encoded(encoder, &names.collect::<Vec<_>>())?,
    };
    let phrases = taxonomy.phrases();
    let profiles = profiles(
        encoder,
        &tables.creators,
        &tables.posts,
        &phrases,
        &ProfileOptions::default(),
    )?;
    let place: HashMap<&CreatorId, usize> = tables
        .creators
        .iter()
        .enumerate()
        .map(|(i, creator)| (&creator.creator_id, i))
        .collect();
    Ok(Profiles {
        affinities: affinities(&profiles, taxonomy, &taxonomy_vectors),
        profiles,
        taxonomy_vectors,
        phrases,
        posts: tables
            .posts
            .iter()
            .filter_map(|post| Some((*place.get(&post.creator_id)?, post.published_at)))
            .collect(),
    })
}

/// One row per text.
fn encoded(encoder: &dyn Encoder, texts: &[String]) -> Result<Array2<f32>> {
    let texts: Vec<String> = texts.iter().map(|text| normalize(text, &[])).collect();
    let inputs: Vec<Input<'_>> = texts
        .iter()
        .map(|text| Input { text, target: None })
        .collect();
    let rows = encoder.encode(&inputs)?;
    let mut vectors = Array2::zeros((texts.len(), rows.width()));
    for (mut to, from) in vectors.rows_mut().into_iter().zip(rows.iter()) {
        for (to, from) in to.iter_mut().zip(from) {
            *to = *from;
        }
    }
    Ok(vectors)
}

/// Clusters with their names.
#[derive(Debug, Clone)]
pub struct Niches {
    /// Who is where.
    pub clusters: Clusters,
    /// One per cluster.
    pub labels: Vec<NicheLabel>,
    /// One per cluster: its posts over time.
    pub growth: Vec<Growth>,
    /// Creators without a text that says anything.
    pub without_text: usize,
    /// Creators who write mostly in languages that the embedding model was not made for.
    pub unreadable: usize,
}

/// Mean share of its members above which a cluster takes a niche's name.
const NAME_THRESHOLD: f64 = 0.25;
/// Terms given per cluster.
const TERMS: usize = 12;
/// Weight of the profile's vector beside the roots of its shares of the broad niches, whose
/// length is 1: shares tell niches apart, the vector what is within them.
const VECTOR_WEIGHT: f32 = 0.5;

/// Groups creators into niches, by what they belong to of the taxonomy and by their vectors.
///
/// # Errors
/// If the number of clusters is 0.
pub fn find_niches(
    profiles: &Profiles,
    taxonomy: &Taxonomy,
    options: &ClusterOptions,
) -> Result<Niches> {
    let broad = broad_niches(taxonomy);
    let width = profiles.taxonomy_vectors.texts.ncols();
    let n = profiles.profiles.len();
    let mut rows = Array2::zeros((n, broad.len() + width));
    let has_text: Vec<bool> = (0..n).map(|i| profiles.says_something(i)).collect();
    for (i, mut row) in rows.rows_mut().into_iter().enumerate() {
        let shares = shares(&profiles.affinities[i], &broad);
        let vector = profiles.profiles[i].vector.iter().flatten();
        let values = shares
            .into_iter()
            .map(|share| share.sqrt() as f32)
            .chain(vector.map(|v| VECTOR_WEIGHT * v));
        for (to, value) in row.iter_mut().zip(values) {
            *to = value;
        }
    }
    let ids: Vec<CreatorId> = profiles
        .profiles
        .iter()
        .map(|p| p.creator_id.clone())
        .collect();
    let clusters = cluster(&ids, rows.view(), &has_text, options)?;
    let terms: Vec<Vec<String>> = profiles
        .profiles
        .iter()
        .map(|p| p.term_texts.keys().cloned().collect())
        .collect();
    let labels = label(
        &clusters,
        &terms,
        taxonomy,
        &profiles.affinities,
        NAME_THRESHOLD,
        TERMS,
    );
    Ok(Niches {
        growth: growth(&clusters, &profiles.posts, options.seed),
        clusters,
        labels,
        without_text: has_text.iter().filter(|has| !**has).count(),
        unreadable: profiles.unreadable(),
    })
}

/// What narrows a search beside the niche.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NicheSearch {
    /// Look-alikes of this creator.
    pub like: Option<CreatorId>,
    /// Words, hashtags and niches that nobody found may use.
    pub not: Vec<String>,
}

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
    let broad = broad_niches(taxonomy);
    let finder = Finder::new(encoder, profiles, taxonomy, &broad, request)?;
    let fit = |i: usize| finder.fit(i);

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
    let audiences = audiences_of_posts(&tables.posts, now);
    let mut candidates = Vec::with_capacity(tables.creators.len());
    for (i, creator) in tables.creators.iter().enumerate() {
        let mut candidate = CandidateEvidence::new(creator.creator_id.clone(), creator.followers);
        candidate.platform.clone_from(&creator.platform);
        candidate.kind = creator.kind;
        candidate.country.clone_from(&creator.country);
        candidate.language.clone_from(&creator.language);
        candidate.relevance = fit(i);
        candidate.engagement = (!tables.posts.is_empty())
            .then(|| engagement.predictions[i].clone())
            .filter(|p| p.expected.is_some());
        candidate.engagements = candidate
            .engagement
            .as_ref()
            .and_then(|prediction| expected_engagements(prediction, creator, &audiences));
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
        niches: (0..profiles.profiles.len())
            .map(|i| {
                profiles.says_something(i).then_some(())?;
                let nearest = nearest_niche(&profiles.affinities[i], taxonomy)?;
                Some(taxonomy.niches()[nearest].name.clone())
            })
            .collect(),
        read_as: finder.read_as(),
        engagement,
        authenticity,
        sentiment,
        unreadable: profiles.unreadable(),
    })
}

/// What a plan is asked for.
#[derive(Debug, Clone)]
pub struct PlanRequest {
    /// Budget and numbers.
    pub limits: Limits,
    /// Currency of the budget; `None` is the one that most priced creators ask in.
    pub currency: Option<String>,
    /// Pays creators without a price this much per expected engagement.
    pub cost_per_engagement: Option<f64>,
    /// Leaves out creators whose price is not known.
    pub known_prices_only: bool,
}

/// A plan with what it was made of.
#[derive(Debug, Clone)]
pub struct PlanResult {
    /// Who was chosen.
    pub plan: Plan,
    /// Who could be chosen, in the order of ranks.
    pub offers: Vec<Offer>,
    /// What each offer costs, in the same order.
    pub prices: Vec<Price>,
    /// How overlaps were told.
    pub audiences: Audiences,
    /// How prices were estimated.
    pub price_model: Option<PriceModel>,
    /// The currency of every amount; `None` where the table names none.
    pub currency: Option<String>,
    /// Ranked creators who could not be chosen, and why.
    pub left_out: Vec<Excluded>,
    /// Plans for other budgets: budget, money spent, creators, engagements.
    pub curve: Vec<(f64, f64, usize, f64)>,
}

/// Shares of the budget at which the table of reach against budget is made.
const CURVE: [f64; 7] = [0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0];

/// Spends a budget on ranked creators.
///
/// # Errors
/// If nobody can be chosen from for want of prices or engagements.
pub fn plan_creators(
    tables: &Tables,
    result: &RankResult,
    request: &PlanRequest,
) -> Result<PlanResult> {
    let rows = &result.ranking.rows;
    let currency = request.currency.clone().or_else(|| usual_currency(rows));
    let own = |price: &PriceEvidence| -> Option<bool> {
        let (asked, own) = (currency.as_deref()?, price.currency.as_deref()?);
        Some(asked.eq_ignore_ascii_case(own))
    };
    let known: Vec<(f64, Option<f64>, f64)> = rows
        .iter()
        .map(|row| {
            let e = &row.evidence;
            let price = e.price.as_ref().filter(|p| own(p) != Some(false));
            let engagements = e.engagements.map_or(0.0, |e| e.count);
            (e.followers.0 as f64, price.map(|p| p.amount), engagements)
        })
        .collect();
    let (found, price_model) = prices(&known, request.cost_per_engagement);
    let places: HashMap<&CreatorId, usize> = tables
        .creators
        .iter()
        .enumerate()
        .map(|(i, c)| (&c.creator_id, i))
        .collect();
    let commenters = commenters(tables);
    let (mut left_out, mut kept, mut inputs) = (Vec::new(), Vec::new(), Vec::new());
    for ((row, price), (_, _, engagements)) in rows.iter().zip(found).zip(&known) {
        let foreign = row.evidence.price.as_ref().and_then(own) == Some(false);
        let reason = against_planning(*engagements, foreign, price, request.known_prices_only);
        match (reason, price) {
            (None, Some(price)) => {
                let niche = places.get(&row.creator_id);
                let niche = niche.and_then(|i| result.niches[*i].clone());
                inputs.push(AudienceInput {
                    niche: niche.clone(),
                    commenters: commenters.get(&row.creator_id).cloned().unwrap_or_default(),
                });
                kept.push((row, price, *engagements, niche));
            }
            (reason, _) => left_out.push(Excluded {
                creator_id: row.creator_id.clone(),
                reason: reason.unwrap_or("price unknown").to_owned(),
            }),
        }
    }
    if kept.is_empty() && !rows.is_empty() {
        return Err(
            Error::usage("nobody can be planned with: no price or no engagement is known")
                .with_hint("give --posts, and prices in the table or --cost-per-engagement"),
        );
    }
    let audiences = audiences(&inputs);
    let mut prices = Vec::with_capacity(kept.len());
    let offers: Vec<Offer> = kept
        .into_iter()
        .zip(&audiences.audiences)
        .map(|((row, price, engagements, niche), audience)| {
            prices.push(price);
            Offer {
                creator_id: row.creator_id.clone(),
                platform: row.evidence.platform.clone(),
                niche,
                engagements,
                followers: row.evidence.followers.0 as f64,
                price: price.amount,
                audience: audience.clone(),
            }
        })
        .collect();
    let plan = choose(&offers, &request.limits);
    let curve = curve(&offers, &request.limits);
    Ok(PlanResult {
        plan,
        offers,
        prices,
        audiences,
        price_model,
        currency,
        left_out,
        curve,
    })
}

/// Why a ranked creator cannot be planned with.
fn against_planning(
    engagements: f64,
    foreign: bool,
    price: Option<Price>,
    known_only: bool,
) -> Option<&'static str> {
    if engagements <= 0.0 {
        return Some("expected engagements unknown");
    }
    if foreign {
        return Some("price in another currency");
    }
    match price.map(|p| p.source) {
        None => Some("price unknown, and too few are known to estimate it"),
        Some(PriceSource::Table) => None,
        Some(_) => known_only.then_some("price unknown"),
    }
}

/// The currency that most of the ranked ask in.
fn usual_currency(rows: &[Ranked]) -> Option<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for price in rows.iter().filter_map(|r| r.evidence.price.as_ref()) {
        if let Some(currency) = price.currency.as_deref() {
            *counts.entry(currency).or_default() += 1;
        }
    }
    let most = counts
        .into_iter()
        .max_by_key(|(name, n)| (*n, std::cmp::Reverse(*name)));
    most.map(|(name, _)| name.to_owned())
}

/// Plans for shares of the budget: budget, money spent, creators, engagements.
fn curve(offers: &[Offer], limits: &Limits) -> Vec<(f64, f64, usize, f64)> {
    CURVE
        .iter()
        .map(|share| {
            let budget = limits.budget * share;
            let found = choose(offers, &Limits { budget, ..*limits });
            (budget, found.spent, found.chosen.len(), found.engagements)
        })
        .collect()
}

/// Hashes of the authors of the comments under each creator's posts.
fn commenters(tables: &Tables) -> HashMap<&CreatorId, Vec<u64>> {
    let of_post = creators_of_posts(&tables.posts);
    let mut found: HashMap<&CreatorId, Vec<u64>> = HashMap::new();
    for comment in &tables.comments {
        let creator = comment
            .creator_id
            .as_ref()
            .or_else(|| of_post.get(comment.post_id.as_ref()?).copied());
        if let (Some(creator), Some(author)) = (creator, &comment.author_id) {
            found
                .entry(creator)
                .or_default()
                .push(hash_text(author.as_str()));
        }
    }
    found
}

/// What is seen of every creator's audience, in the creators' order; `None` without anything to
/// judge by.
#[must_use]
pub fn assess_audiences(
    tables: &Tables,
    engagement: &EngagementOptions,
) -> Vec<Option<Assessment>> {
    let report = predict(&tables.creators, &tables.posts, engagement);
    assess(
        &tables.creators,
        &report.predictions,
        &tables.comments,
        &creators_of_posts(&tables.posts),
    )
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

/// A search over profiles.
struct Finder<'a> {
    profiles: &'a Profiles,
    search: Search<'a>,
    wanted: Vec<Query>,
    unwanted: Vec<Query>,
    /// Place of the creator whose look-alikes are wanted.
    like: Option<usize>,
}

impl<'a> Finder<'a> {
    fn new(
        encoder: &dyn Encoder,
        profiles: &'a Profiles,
        taxonomy: &'a Taxonomy,
        broad: &'a [usize],
        request: &RankRequest,
    ) -> Result<Self> {
        let search = Search {
            taxonomy,
            phrases: &profiles.phrases,
            broad,
        };
        let read = |text: &str| -> Result<Query> {
            let vector = query_vector(encoder, text)?;
            let vectors = &profiles.taxonomy_vectors;
            Ok(read_query(text, vector, taxonomy, search.phrases, vectors))
        };
        let lines = request.niche.lines().filter(|line| !line.trim().is_empty());
        let like = match &request.search.like {
            None => None,
            Some(id) => Some(place_of(id, profiles)?),
        };
        Ok(Self {
            profiles,
            wanted: lines.map(read).collect::<Result<_>>()?,
            unwanted: request
                .search
                .not
                .iter()
                .map(|t| read(t))
                .collect::<Result<_>>()?,
            like,
            search,
        })
    }

    /// The relevance of the creator at that place: of the best of several niches, and of the lower of
    /// niche and likeness where both are asked for. `None` without a text that says anything.
    fn fit(&self, place: usize) -> Option<Relevance> {
        if !self.profiles.says_something(place) {
            return None;
        }
        let (profile, affinity) = self.at(place);
        let niche = self
            .wanted
            .iter()
            .map(|query| relevance(query, profile, affinity, &self.search))
            .reduce(|best, next| if next.value > best.value { next } else { best });
        let alike = self
            .like
            .map(|model| likeness(self.at(model), (profile, affinity), &self.search));
        let mut found = match (niche, alike) {
            (Some(niche), Some(alike)) if alike.value < niche.value => alike,
            (niche, alike) => niche.or(alike)?,
        };
        let uses = |query: &Query| uses(query, profile, affinity);
        if self.like == Some(place) || self.unwanted.iter().any(uses) {
            (found.value, found.spread) = (0.0, 0.0);
        }
        Some(found)
    }

    fn at(&self, place: usize) -> (&Profile, &Affinity) {
        (
            &self.profiles.profiles[place],
            &self.profiles.affinities[place],
        )
    }

    /// Names of the niches that the request was read as, each once.
    fn read_as(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for query in &self.wanted {
            for place in query.named.iter().copied().chain(query.near) {
                let name = &self.search.taxonomy.niches()[place].name;
                if !names.contains(name) {
                    names.push(name.clone());
                }
            }
        }
        names
    }
}

fn place_of(id: &CreatorId, profiles: &Profiles) -> Result<usize> {
    let found = profiles.profiles.iter().position(|p| p.creator_id == *id);
    let place = found.ok_or_else(|| {
        Error::usage(format!(
            "--like {id}: no creator of that id is in the tables"
        ))
        .with_hint("give a creator_id as it stands in the table of creators")
    })?;
    if profiles.says_something(place) {
        Ok(place)
    } else {
        Err(Error::usage(format!(
            "--like {id}: this creator has no text to find look-alikes by"
        )))
    }
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

/// Median views and median reach of each creator's posts up to `now`.
fn audiences_of_posts(
    posts: &[Post],
    now: Option<Timestamp>,
) -> HashMap<&CreatorId, (Option<f64>, Option<f64>)> {
    let mut counts: HashMap<&CreatorId, (Vec<f64>, Vec<f64>)> = HashMap::new();
    for post in posts
        .iter()
        .filter(|p| now.is_none_or(|now| p.published_at <= now))
    {
        let of = counts.entry(&post.creator_id).or_default();
        of.0.extend(post.views.map(|n| n as f64));
        of.1.extend(post.reach.map(|n| n as f64));
    }
    counts
        .into_iter()
        .map(|(creator, (views, reach))| (creator, (median(&views), median(&reach))))
        .collect()
}

/// The engagements of one next post as a count: the expected rate times what it is a rate of.
/// The error of the logarithm is that of one post's interval over the root of the posts behind it.
fn expected_engagements(
    prediction: &EngagementPrediction,
    creator: &Creator,
    audiences: &HashMap<&CreatorId, (Option<f64>, Option<f64>)>,
) -> Option<ExpectedEngagements> {
    let of_posts = audiences.get(&creator.creator_id);
    let base = match prediction.basis {
        RateBasis::Followers => Some(creator.followers.0 as f64),
        RateBasis::Views => of_posts.and_then(|a| a.0),
        RateBasis::Reach => of_posts.and_then(|a| a.1),
    }?;
    let count = prediction.expected? * base;
    let (lower, upper) = (prediction.lower_90?, prediction.upper_90?);
    let width = if lower > 0.0 {
        (upper / lower).ln()
    } else {
        2.0
    };
    let log_se = width / (2.0 * 1.645) / (prediction.posts_used.max(1) as f64).sqrt();
    (count > 0.0 && count.is_finite()).then_some(ExpectedEngagements { count, log_se })
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
