//! A ranking in words, each with the evidence that it rests on.

use super::exclusion::grouped;
use super::{Criterion, Part, Ranked};
use crate::safety::{SafetyAssessment, SafetyHit};

/// Terms named per creator.
const TERMS: usize = 3;
/// Signals and texts below which having seen nothing is no evidence.
const FEWEST_SIGNALS: usize = 3;
const FEWEST_TEXTS: usize = 3;
/// Kinds of risk named per creator, each by its surest sighting.
const SIGHTINGS: usize = 3;

/// Why a creator stands where they stand: one sentence part per criterion that counts, the
/// largest contribution first, then what is known but does not count.
#[must_use]
pub fn explain(ranked: &Ranked) -> Vec<String> {
    let reasons = reasons(ranked).into_iter();
    reasons.map(|(_, reason)| reason).collect()
}

/// The same, each with the criterion that it is about.
#[must_use]
pub fn reasons(ranked: &Ranked) -> Vec<(Criterion, String)> {
    let mut parts: Vec<&Part> = ranked.parts.iter().filter(|p| p.weight > 0.0).collect();
    parts.sort_by(|a, b| {
        b.contribution
            .total_cmp(&a.contribution)
            .then(a.criterion.cmp(&b.criterion))
    });
    let mut reasons: Vec<(Criterion, String)> = parts
        .iter()
        .map(|part| {
            let said = said(ranked, part.criterion).filter(|_| !part.missing);
            let said = said.unwrap_or_else(|| {
                format!("no evidence on {}: the middle is assumed", part.criterion)
            });
            let reason = format!(
                "{said} (adds {:.3} of {:.3})",
                part.contribution, part.weight
            );
            (part.criterion, reason)
        })
        .collect();
    for part in ranked
        .parts
        .iter()
        .filter(|p| p.weight <= 0.0 && !p.missing)
    {
        if let Some(said) = said(ranked, part.criterion) {
            reasons.push((part.criterion, format!("{said} (not counted)")));
        }
    }
    reasons
}

/// Why one creator stands above the other: what each criterion adds to the difference of the
/// scores, the largest first; the amounts add up to the difference.
#[must_use]
pub fn compare(above: &Ranked, below: &Ranked) -> Vec<String> {
    let mut parts: Vec<(&Part, &Part)> = above
        .parts
        .iter()
        .zip(&below.parts)
        .filter(|(a, b)| a.weight > 0.0 || b.weight > 0.0)
        .collect();
    let gain = |(a, b): &(&Part, &Part)| a.contribution - b.contribution;
    parts.sort_by(|a, b| {
        gain(b)
            .abs()
            .total_cmp(&gain(a).abs())
            .then(a.0.criterion.cmp(&b.0.criterion))
    });
    let side = |ranked: &Ranked, part: &Part| {
        let said = said(ranked, part.criterion).filter(|_| !part.missing);
        said.unwrap_or_else(|| "no evidence".to_owned())
    };
    parts
        .iter()
        .map(|(a, b)| {
            format!(
                "{} {:+.3}: {} against {}",
                a.criterion,
                gain(&(a, b)),
                side(above, a),
                side(below, b)
            )
        })
        .collect()
}

fn said(ranked: &Ranked, criterion: Criterion) -> Option<String> {
    let evidence = &ranked.evidence;
    Some(match criterion {
        Criterion::Relevance => {
            let relevance = evidence.relevance.as_ref()?;
            let terms: Vec<String> = relevance
                .matched_terms
                .iter()
                .take(TERMS)
                .map(|t| format!("{} in {} of {} texts", t.term, t.texts, relevance.texts))
                .collect();
            let by_words = if terms.is_empty() {
                "by meaning, without a word in common".to_owned()
            } else {
                terms.join(", ")
            };
            format!("fits the niche {:.2}: {by_words}", relevance.value)
        }
        Criterion::Engagement => {
            let e = evidence.engagement.as_ref()?;
            format!(
                "expected engagement {} of {}, 90 % interval {}-{}; {:.0} engagements a post, more per \
                 follower than {:.0} % of peers, from {}",
                percent(e.expected?),
                e.basis.name(),
                percent(e.lower_90?).trim_end_matches(" %"),
                percent(e.upper_90?),
                evidence.engagements?.count,
                evidence.engagements?.percentile?,
                counted(e.posts_used as u64, "post"),
            ) + if e.posts_used == 1 {
                ", which may be an exception"
            } else {
                ""
            }
        }
        Criterion::Sentiment => {
            let s = evidence.sentiment?;
            format!(
                "audience sentiment {:+.0} points (standard error {:.0}) from {}",
                s.net,
                s.se,
                counted(s.n, "comment")
            )
        }
        Criterion::Authenticity => {
            let value = evidence.authenticity?.value;
            match evidence.signals {
                n @ 1..FEWEST_SIGNALS if value > 0.995 => {
                    format!(
                        "authenticity: not enough evidence, nothing seen in {}",
                        counted(n as u64, "signal")
                    )
                }
                _ => format!("authenticity {value:.2} of 1"),
            }
        }
        Criterion::Safety => safety(evidence.safety.as_ref()?),
        Criterion::Activity => {
            let a = evidence.activity?;
            format!(
                "last post {} ago, {:.1} posts a month",
                counted(a.days_since_last_post.max(0.0).round() as u64, "day"),
                a.posts_per_month
            )
        }
        Criterion::Price => {
            let price = evidence.price.as_ref()?;
            let currency = price.currency.as_deref().unwrap_or("(no currency)");
            format!(
                "{:.2} {currency} a post for {} followers{}",
                price.amount,
                evidence
                    .followers
                    .map_or_else(|| "an unknown number of".to_owned(), |f| grouped(f.0)),
                evidence
                    .engagements
                    .map(|e| format!(
                        " and {:.0} expected engagements, {:.3} each",
                        e.count,
                        price.amount / e.count
                    ))
                    .unwrap_or_default()
            )
        }
    })
}

/// The safety, with the surest sightings of different categories.
fn safety(seen: &SafetyAssessment) -> String {
    let mut named: Vec<&SafetyHit> = Vec::new();
    for (category, _) in seen.strengths.iter().take(SIGHTINGS) {
        named.extend(seen.hits.iter().find(|hit| hit.category == *category));
    }
    let read = counted(seen.texts_read as u64, "text");
    if named.is_empty() && seen.texts_read < FEWEST_TEXTS {
        return format!("brand safety: not enough evidence, nothing seen in {read}");
    }
    if named.is_empty() {
        return format!(
            "brand safety {:.2} of 1: nothing seen in {read}",
            seen.safety
        );
    }
    let told: Vec<String> = named.into_iter().map(sighting).collect();
    format!(
        "brand safety {:.2} of 1 in {read}: {}",
        seen.safety,
        told.join("; ")
    )
}

/// One sighting with where it stands.
fn sighting(hit: &SafetyHit) -> String {
    let place = match (&hit.post_id, hit.published_at) {
        (Some(post), Some(at)) => {
            format!("post {post} of {}", at.strftime("%Y-%m-%d"))
        }
        (Some(post), None) => format!("post {post}"),
        (None, _) => "the bio".to_owned(),
    };
    format!(
        "{} ({:.0} % sure), {place}, by {:?}: {:?}",
        hit.name.to_lowercase(),
        100.0 * hit.probability,
        hit.term,
        hit.quotation
    )
}

/// A share as a percentage with two digits that tell.
fn percent(share: f64) -> String {
    let points = 100.0 * share;
    if points >= 10.0 {
        format!("{points:.0} %")
    } else if points >= 0.1 {
        format!("{points:.1} %")
    } else {
        format!("{points:.3} %")
    }
}

fn counted(n: u64, what: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{} {what}{plural}", grouped(n))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engagement::EngagementPrediction;
    use crate::niche::{MatchedTerm, Relevance};
    use crate::ranking::{CandidateEvidence, ExpectedEngagements, RankOptions, rank};
    use crate::schema::{Followers, RateBasis, Tier};

    #[test]
    fn reasons_carry_their_evidence() {
        let mut c = CandidateEvidence::new("a".into(), Followers(5000));
        c.relevance = Some(Relevance {
            value: 0.82,
            spread: 0.05,
            cosine: 0.4,
            term_match: 0.7,
            matched_terms: vec![MatchedTerm {
                term: "ootd".to_owned(),
                texts: 14,
            }],
            texts: 20,
        });
        c.engagement = Some(EngagementPrediction {
            creator_id: "a".into(),
            basis: RateBasis::Followers,
            engagement_rate: Some(0.04),
            expected: Some(0.041),
            lower_90: Some(0.02),
            upper_90: Some(0.081),
            sponsored_rate: None,
            organic_rate: None,
            posts_used: 20,
            tier: Some(Tier::MicroLow),
            percentile: Some(83.0),
            percentile_se: Some(5.0),
        });
        c.engagements = Some(ExpectedEngagements {
            count: 205.0,
            log_se: 0.1,
            percentile: Some(83.0),
            percentile_se: Some(5.0),
        });
        c.safety = Some(SafetyAssessment {
            safety: 0.9,
            spread: 0.1,
            texts_read: 20,
            strengths: vec![("profanity".to_owned(), 0.5)],
            hits: vec![SafetyHit {
                category: "profanity".to_owned(),
                name: "Strong language".to_owned(),
                probability: 0.97,
                post_id: Some("p7".into()),
                published_at: Some("2026-03-04T05:06:07Z".parse().unwrap()),
                term: "damn".to_owned(),
                quotation: "Damn it".to_owned(),
            }],
        });
        let mut other = CandidateEvidence::new("b".into(), Followers(5000));
        other.relevance.clone_from(&c.relevance);
        let ranking = rank(&[c, other], &RankOptions::default()).unwrap();
        let reasons = explain(&ranking.rows[0]);
        assert!(reasons[0].starts_with("fits the niche 0.82: ootd in 14 of 20 texts (adds 0.410"));
        assert!(reasons[1].starts_with(
            "expected engagement 4.1 % of followers, 90 % interval 2.0-8.1 %; 205 engagements a post, \
             more per follower than 83 % of peers, from 20 posts"
        ));
        assert_eq!(
            reasons[2],
            "brand safety 0.90 of 1 in 20 texts: strong language (97 % sure), post p7 of 2026-03-04, by \
             \"damn\": \"Damn it\" (adds 0.129 of 0.143)"
        );
        let against = compare(&ranking.rows[0], &ranking.rows[1]);
        assert!(
            against[0].starts_with("engagement +") && against[0].ends_with("against no evidence")
        );
        assert!(explain(&ranking.rows[1])[1].starts_with("no evidence on engagement"));
    }
}
