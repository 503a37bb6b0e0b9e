//! Rankings of the sample against the truth that was planted in it.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test stops by panicking, and prints what it measured"
)]

use microfluence::dataset::{ReadOptions, Record, Rejects, read_table};
use microfluence::engagement::EngagementOptions;
use microfluence::inference::{
    Backend, CachedEncoder, DiskCache, Encoder, ModelFolder, ModelSet, encoder_on_demand,
};
use microfluence::niche::Taxonomy;
use microfluence::pipeline::{
    NicheSearch, Profiles, RankRequest, Tables, rank_creators, read_profiles, score_comments,
};
use microfluence::ranking::{Criterion, RankOptions, Ranked, Weights};
use microfluence::safety::SafetyLists;
use microfluence::schema::Tier;
use microfluence::sentiment::{ScoredComment, Target};
use microfluence::stats::{ndcg, spearman};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

/// What is typed for each of the sample's niches.
const NICHES: [(&str, &str); 10] = [
    ("beauty", "beauty & skincare"),
    ("books", "books"),
    ("fashion", "fashion"),
    ("fitness", "fitness"),
    ("food", "food & cooking"),
    ("gaming", "gaming"),
    ("home", "home & interior"),
    ("parenting", "parenting"),
    ("tech", "tech & gadgets"),
    ("travel", "travel"),
];

#[derive(Deserialize)]
struct Truth {
    creator_id: String,
    niche: String,
    engagement_level: f64,
    sentiment_level: f64,
    authentic: bool,
}

struct Market {
    tables: Tables,
    truth: BTreeMap<String, Truth>,
    encoder: CachedEncoder,
    profiles: Profiles,
    scored: Vec<ScoredComment>,
    taxonomy: Taxonomy,
}

fn table<T: Record>(name: &str) -> Vec<T> {
    let mut rejects = Rejects::new(true);
    let path = PathBuf::from(crate::program::sample(name));
    read_table(&[path], &ReadOptions::default(), &mut rejects)
        .unwrap()
        .rows
}

/// With the answers that the program's tests have from the same models.
fn model(name: &str) -> CachedEncoder {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("models")
        .join(name);
    let folder = ModelFolder::open(&folder).unwrap();
    let encoder = encoder_on_demand(&folder, Backend::Native).unwrap();
    let disk = DiskCache::open(&crate::program::cache()).unwrap();
    CachedEncoder::new(encoder, &folder, Some(Arc::new(disk))).unwrap()
}

/// Read once for all tests: judging 8,000 comments is most of the time.
static MARKET: LazyLock<Market> = LazyLock::new(Market::read);

impl Market {
    fn read() -> Self {
        let tables = Tables::new(
            table("creators.csv"),
            table("posts.csv"),
            table("comments.csv"),
        );
        let taxonomy = Taxonomy::built_in().unwrap();
        let encoder = model("embedding");
        let multilingual = model("embedding-multi");
        let profiles = read_profiles(&encoder, Some(&multilingual), &tables, &taxonomy).unwrap();
        // As the program reads them: each comment by the model of its language.
        let models: Vec<Arc<dyn Encoder>> = vec![
            Arc::new(model("sentiment")),
            Arc::new(model("sentiment-multi")),
        ];
        let models = ModelSet::new(models, None).unwrap();
        let scored = score_comments(&models, &tables.comments, &Target::Column).unwrap();
        let truth = csv::Reader::from_path(crate::program::sample("truth.csv"))
            .unwrap()
            .deserialize::<Truth>()
            .map(|row| row.unwrap())
            .map(|row| (row.creator_id.clone(), row))
            .collect();
        Self {
            tables,
            truth,
            encoder,
            profiles,
            scored,
            taxonomy,
        }
    }

    fn rank(&self, typed: &str, weights: Weights) -> Vec<Ranked> {
        let request = RankRequest {
            niche: typed.to_owned(),
            search: NicheSearch::default(),
            options: RankOptions {
                weights,
                ..RankOptions::default()
            },
            engagement: EngagementOptions::default(),
            lists: SafetyLists::built_in().unwrap(),
            competitors: Vec::new(),
        };
        let (tables, taxonomy) = (&self.tables, &self.taxonomy);
        rank_creators(
            &self.encoder,
            tables,
            self.profiles.clone(),
            taxonomy,
            &self.scored,
            &request,
        )
        .unwrap()
        .ranking
        .rows
    }

    /// The value that a criterion would have if everything planted were known; `None` where nothing was planted for it.
    fn planted(&self, id: &str, niche: &str, criterion: Criterion) -> Option<f64> {
        let truth = &self.truth[id];
        Some(match criterion {
            Criterion::Relevance => f64::from(u8::from(truth.niche == niche)),
            Criterion::Engagement => self.percentile(id),
            Criterion::Sentiment => 0.5 + truth.sentiment_level / 2.0,
            Criterion::Authenticity => f64::from(u8::from(truth.authentic)),
            _ => return None,
        })
    }

    /// Where the planted level stands among the creators of the platform and tier, 0..1.
    fn percentile(&self, id: &str) -> f64 {
        let creators = &self.tables.creators;
        let own = creators
            .iter()
            .find(|c| c.creator_id.as_str() == id)
            .unwrap();
        let level = |id: &str| self.truth[id].engagement_level;
        let peers: Vec<f64> = creators
            .iter()
            .filter(|c| {
                c.platform == own.platform
                    && c.followers.map(Tier::of) == own.followers.map(Tier::of)
            })
            .map(|c| level(c.creator_id.as_str()))
            .collect();
        let below = peers.iter().filter(|l| **l < level(id)).count() as f64;
        let equal = peers
            .iter()
            .filter(|l| (**l - level(id)).abs() < 1e-12)
            .count() as f64;
        (below + 0.5 * equal) / peers.len() as f64
    }

    /// What a creator is truly worth to somebody who asks for `niche`: the score over what was planted, and nothing
    /// outside the niche.
    fn worth(&self, id: &str, niche: &str) -> f64 {
        let weights = Weights::default();
        let of = |c| Some(weights.get(c) * self.planted(id, niche, c)?);
        if self.truth[id].niche == niche {
            Criterion::ALL.into_iter().filter_map(of).sum()
        } else {
            0.0
        }
    }

    /// Mean over the niches of the NDCG of the first 50 of all micro-influencers; those not ranked stand behind.
    fn quality(&self, weights: Weights) -> f64 {
        let sum: f64 = NICHES
            .iter()
            .map(|(typed, niche)| {
                let rows = self.rank(typed, weights);
                let mut gains: Vec<f64> = rows
                    .iter()
                    .map(|row| self.worth(row.creator_id.as_str(), niche))
                    .collect();
                let ranked: Vec<&str> = rows.iter().map(|r| r.creator_id.as_str()).collect();
                gains.extend(
                    self.tables
                        .creators
                        .iter()
                        .filter(|c| (1_000..=100_000).contains(&c.followers_or_none()))
                        .map(|c| c.creator_id.as_str())
                        .filter(|id| !ranked.contains(id))
                        .map(|id| self.worth(id, niche)),
                );
                ndcg(&gains, 50).unwrap()
            })
            .sum();
        sum / NICHES.len() as f64
    }
}

#[test]
fn the_order_follows_the_truth_and_every_criterion_helps() {
    let market = &*MARKET;
    let all = market.quality(Weights::default());
    println!("planted: NDCG@50 {all:.4}");
    assert!(all >= 0.95, "{all}");
    for criterion in Criterion::ALL {
        if Weights::default().get(criterion) <= 0.0 {
            continue;
        }
        let without = market.quality(Weights::default().with(criterion, 0.0).unwrap());
        println!("planted: NDCG@50 {without:.4} without {criterion}");
        // Nothing was planted for safety and activity, so the sample cannot tell what they are worth. An audience's
        // dozen comments are mostly chance: the planted levels themselves would not better this order, and a test
        // below holds what is measured against them.
        let cannot_tell = [Criterion::Safety, Criterion::Activity, Criterion::Sentiment];
        if !cannot_tell.contains(&criterion) {
            assert!(without < all, "{criterion}: {without} against {all}");
        }
    }
}

#[test]
fn intervals_of_ranks_hold_the_true_rank() {
    let market = &*MARKET;
    let (mut held, mut all, mut width) = (0, 0, 0.0);
    for (typed, niche) in NICHES {
        let rows = market.rank(typed, Weights::default());
        // Where nothing was planted the measured value is the truth.
        let score = |row: &Ranked| -> f64 {
            let id = row.creator_id.as_str();
            row.parts
                .iter()
                .map(|p| p.weight * market.planted(id, niche, p.criterion).unwrap_or(p.value))
                .sum()
        };
        let scores: Vec<f64> = rows.iter().map(score).collect();
        for (row, own) in rows.iter().zip(&scores) {
            let above = scores.iter().filter(|s| *s > own).count() + 1;
            held += usize::from((row.rank_lower..=row.rank_upper).contains(&above));
            width += (row.rank_upper - row.rank_lower + 1) as f64 / rows.len() as f64;
            all += 1;
        }
    }
    let share = f64::from(held as u32) / f64::from(all as u32);
    println!(
        "planted: 90 % intervals hold the true rank of {:.1} % of {all} creators; they span {:.0} % of the ranks",
        100.0 * share,
        100.0 * width / f64::from(all as u32)
    );
    // Three standard errors of a share of 90 % in 210.
    assert!((0.84..=0.96).contains(&share), "{share}");
}

#[test]
fn audiences_stand_in_the_order_that_was_planted() {
    let market = &*MARKET;
    let pairs: Vec<(f64, f64)> = NICHES
        .iter()
        .flat_map(|(typed, _)| market.rank(typed, Weights::default()))
        .filter_map(|row| {
            let part = row
                .parts
                .iter()
                .find(|p| p.criterion == Criterion::Sentiment && !p.missing)?;
            let truth = &market.truth[row.creator_id.as_str()];
            Some((part.value, truth.sentiment_level))
        })
        .collect();
    let (measured, planted): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
    let rho = spearman(&measured, &planted).unwrap();
    println!(
        "planted: sentiment's rank correlation with the audiences of {} creators {rho:.3}",
        planted.len()
    );
    // Half of the creators have at most 18 comments, and the truth is what was to be expected of them: with every label
    // right it is 0.48.
    assert!(rho >= 0.3, "{rho}");
}
