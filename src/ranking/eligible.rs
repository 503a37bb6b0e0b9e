//! Who is ranked at all, and why the others are not.

use super::{CandidateEvidence, RankOptions};
use crate::schema::{CreatorId, CreatorKind};
use serde::Serialize;

/// A creator who was not ranked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Excluded {
    /// Who.
    pub creator_id: CreatorId,
    /// Every reason, in words, with `; ` between them.
    pub reason: String,
}

/// The reasons against a candidate; `None` where there is none. `niche_asked` says whether any
/// candidate's relevance is known: the floor means nothing otherwise.
pub(super) fn against(
    candidate: &CandidateEvidence,
    options: &RankOptions,
    niche_asked: bool,
) -> Option<Excluded> {
    let mut reasons = Vec::new();
    let followers = candidate.followers.0;
    if followers < options.min_followers {
        reasons.push(format!(
            "followers {} below {}",
            grouped(followers),
            grouped(options.min_followers)
        ));
    }
    if followers > options.max_followers {
        reasons.push(format!(
            "followers {} above {}",
            grouped(followers),
            grouped(options.max_followers)
        ));
    }
    if let Some(kind) = candidate.kind.filter(|k| options.exclude_kinds.contains(k)) {
        reasons.push(format!("a {} account", kind_name(kind)));
    }
    if niche_asked && options.min_relevance > 0.0 {
        match candidate.relevance.as_ref().map(|r| r.value) {
            Some(value) if value >= options.min_relevance => {}
            Some(value) => reasons.push(format!(
                "relevance {value:.2} below the floor {:.2}",
                options.min_relevance
            )),
            None => reasons.push("no text to judge the relevance by".to_owned()),
        }
    }
    (!reasons.is_empty()).then(|| Excluded {
        creator_id: candidate.creator_id.clone(),
        reason: reasons.join("; "),
    })
}

fn kind_name(kind: CreatorKind) -> &'static str {
    match kind {
        CreatorKind::Person => "person's",
        CreatorKind::Group => "group's",
        CreatorKind::Brand => "brand's",
    }
}

/// A count with commas between thousands.
pub(super) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Followers;

    #[test]
    fn reasons_are_all_given() {
        let mut candidate = CandidateEvidence::new("a".into(), Followers(250));
        candidate.kind = Some(CreatorKind::Brand);
        let options = RankOptions {
            exclude_kinds: vec![CreatorKind::Brand],
            ..RankOptions::default()
        };
        let out = against(&candidate, &options, true).unwrap();
        assert_eq!(
            out.reason,
            "followers 250 below 1,000; a brand's account; no text to judge the relevance by"
        );
        candidate.kind = None;
        candidate.followers = Followers(1000);
        assert_eq!(against(&candidate, &options, false), None);
        candidate.followers = Followers(1_234_567);
        let out = against(&candidate, &options, false).unwrap();
        assert_eq!(out.reason, "followers 1,234,567 above 100,000");
    }
}
