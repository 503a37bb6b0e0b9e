//! What is known of a candidate. `None` means that there is no evidence, never a bad value.

use crate::engagement::EngagementPrediction;
use crate::niche::Relevance;
use crate::safety::SafetyAssessment;
use crate::schema::{CreatorId, CreatorKind, Followers};
use serde::Serialize;

/// Everything that the ranking looks at for one creator.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CandidateEvidence {
    /// Unique among the candidates.
    pub creator_id: CreatorId,
    /// Audience size; `None` where it is not known.
    pub followers: Option<Followers>,
    /// The platform, for the reader.
    pub platform: Option<String>,
    /// Person, group or brand.
    pub kind: Option<CreatorKind>,
    /// What the kind was inferred by, where the table does not name it.
    pub kind_evidence: Option<String>,
    /// Posts in the table, up to the time of the analysis.
    pub posts: usize,
    /// Signals of authenticity that could be looked at; 0 where that is not known.
    pub signals: usize,
    /// Where the creator says to be, as the export prints it.
    pub country: Option<String>,
    /// The language they post in, as the export prints it.
    pub language: Option<String>,
    /// Fit to the niche; `None` where none was asked for or there is no text.
    pub relevance: Option<Relevance>,
    /// The next post's engagement.
    pub engagement: Option<EngagementPrediction>,
    /// What the audience's comments say.
    pub sentiment: Option<SentimentEvidence>,
    /// Whether audience and engagement look real.
    pub authenticity: Option<SignalEvidence>,
    /// Whether a brand can stand beside the content.
    pub safety: Option<SafetyAssessment>,
    /// When and how often they post.
    pub activity: Option<ActivityEvidence>,
    /// Engagements of one next post, as a count.
    pub engagements: Option<ExpectedEngagements>,
    /// What a post costs.
    pub price: Option<PriceEvidence>,
}

impl CandidateEvidence {
    /// A candidate of whom nothing but the size is known.
    #[must_use]
    pub fn new(creator_id: CreatorId, followers: impl Into<Option<Followers>>) -> Self {
        Self {
            creator_id,
            followers: followers.into(),
            platform: None,
            kind: None,
            kind_evidence: None,
            posts: 0,
            signals: 0,
            country: None,
            language: None,
            relevance: None,
            engagement: None,
            sentiment: None,
            authenticity: None,
            safety: None,
            activity: None,
            engagements: None,
            price: None,
        }
    }
}

/// Net sentiment of the comments under a creator's posts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct SentimentEvidence {
    /// Share positive minus share negative, in points: -100..=100.
    pub net: f64,
    /// Comments behind it.
    pub n: u64,
    /// Standard error of `net`, in points.
    pub se: f64,
}

/// A value between 0 and 1 that another stage computed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct SignalEvidence {
    /// 0..=1, 1 being best.
    pub value: f64,
    /// Standard error of `value`.
    pub std_error: f64,
}

/// How alive an account is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ActivityEvidence {
    /// Days from the last post to the time of the analysis; not negative.
    pub days_since_last_post: f64,
    /// Posts per 30 days over the span that the posts cover.
    pub posts_per_month: f64,
}

/// How many engagements one next post is expected to have.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ExpectedEngagements {
    /// The expected rate of followers times followers; positive.
    pub count: f64,
    /// Standard error of its natural logarithm.
    pub log_se: f64,
    /// Where `count / followers` stands among creators of the same platform and tier, 0..=100.
    pub percentile: Option<f64>,
    /// Standard error of the percentile, in its points.
    pub percentile_se: Option<f64>,
}

/// What one post costs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PriceEvidence {
    /// Not negative, in `currency`.
    pub amount: f64,
    /// ISO 4217; prices of different currencies are never compared.
    pub currency: Option<String>,
}
