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

/// The exclusion reasons of a candidate; `None` where there is none. `niche_asked` says whether any
/// candidate's relevance is known: the floor means nothing otherwise.
pub(super) fn exclusion(
    candidate: &CandidateEvidence,
    options: &RankOptions,
    niche_asked: bool,
) -> Option<Excluded> {
    let mut reasons = Vec::new();
    let listed_only = options.only.as_ref();
    if listed_only.is_some_and(|only| !only.contains(&candidate.creator_id)) {
        reasons.push("not on the shortlist, or declined there".to_owned());
    }
    let anything_goes = options.min_followers == 0 && options.max_followers == u64::MAX;
    let followers = candidate.followers.map(|f| f.0);
    if followers.is_none() && !anything_goes {
        reasons.push("followers unknown".to_owned());
    }
    if let Some(followers) = followers.filter(|f| *f < options.min_followers) {
        reasons.push(format!(
            "followers {} below {}",
            grouped(followers),
            grouped(options.min_followers)
        ));
    }
    if let Some(followers) = followers.filter(|f| *f > options.max_followers) {
        reasons.push(format!(
            "followers {} above {}",
            grouped(followers),
            grouped(options.max_followers)
        ));
    }
    if let Some(kind) = candidate.kind.filter(|k| options.exclude_kinds.contains(k)) {
        let by = candidate.kind_evidence.as_ref();
        let by = by.map_or_else(String::new, |by| format!(" (inferred: {by})"));
        reasons.push(format!("a {} account{by}", kind_name(kind)));
    }
    if candidate.posts < options.min_posts {
        reasons.push(format!(
            "posts {} below {}",
            candidate.posts, options.min_posts
        ));
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
    listed(
        &mut reasons,
        "platform",
        candidate.platform.as_deref(),
        &options.platforms,
    );
    listed(
        &mut reasons,
        "country",
        candidate.country.as_deref(),
        &options.countries,
    );
    listed(
        &mut reasons,
        "language",
        candidate.language.as_deref(),
        &options.languages,
    );
    check_price(&mut reasons, candidate, options);
    check_safety(&mut reasons, candidate, options);
    check_activity(&mut reasons, candidate, options);
    (!reasons.is_empty()).then(|| Excluded {
        creator_id: candidate.creator_id.clone(),
        reason: reasons.join("; "),
    })
}

/// The reason where a list is given and the candidate's entry is not on it.
fn listed(reasons: &mut Vec<String>, what: &str, own: Option<&str>, allowed: &[String]) {
    if allowed.is_empty() {
        return;
    }
    match own {
        None => reasons.push(format!("{what} unknown")),
        Some(own) if allowed.iter().any(|a| a.eq_ignore_ascii_case(own)) => {}
        Some(own) => reasons.push(format!("{what} {own}, not {}", allowed.join(" or "))),
    }
}

fn check_price(reasons: &mut Vec<String>, candidate: &CandidateEvidence, options: &RankOptions) {
    let Some(most) = options.max_price else {
        return;
    };
    match candidate.price.as_ref() {
        None => reasons.push("price unknown".to_owned()),
        Some(price) if price.amount <= most => {}
        Some(price) => reasons.push(format!("price {:.2} above {most:.2}", price.amount)),
    }
}

fn check_safety(reasons: &mut Vec<String>, candidate: &CandidateEvidence, options: &RankOptions) {
    let Some(least) = options.min_safety else {
        return;
    };
    match &candidate.safety {
        None => reasons.push("no text to judge the brand safety by".to_owned()),
        Some(seen) if seen.safety >= least => {}
        Some(seen) => {
            let worst = seen.strengths.first();
            let name = worst.and_then(|(id, _)| seen.hits.iter().find(|hit| hit.category == *id));
            let name =
                name.map_or_else(String::new, |hit| format!(": {}", hit.name.to_lowercase()));
            reasons.push(format!(
                "brand safety {:.2} below {least:.2}{name}",
                seen.safety
            ));
        }
    }
}

/// Who is not left out by what is known before the safety is looked at, in the candidates' order.
///
/// Reading texts for risks takes time; those whom nobody will see need none.
#[must_use]
pub fn eligible(candidates: &[CandidateEvidence], options: &RankOptions) -> Vec<bool> {
    let niche_asked = candidates.iter().any(|e| e.relevance.is_some());
    let options = RankOptions {
        min_safety: None,
        ..options.clone()
    };
    candidates
        .iter()
        .map(|c| exclusion(c, &options, niche_asked).is_none())
        .collect()
}

fn check_activity(reasons: &mut Vec<String>, candidate: &CandidateEvidence, options: &RankOptions) {
    let Some(most) = options.active_within_days else {
        return;
    };
    match candidate.activity.map(|a| a.days_since_last_post) {
        None => reasons.push("last post unknown".to_owned()),
        Some(days) if days <= most => {}
        Some(days) => reasons.push(format!("last post {days:.0} days ago, more than {most:.0}")),
    }
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
    fn filters_name_what_is_unknown() {
        let mut candidate = CandidateEvidence::new("a".into(), Followers(5000));
        candidate.platform = Some("TikTok".to_owned());
        candidate.price = Some(crate::ranking::PriceEvidence {
            amount: 300.0,
            currency: None,
        });
        let mut options = RankOptions {
            platforms: vec!["instagram".to_owned(), "youtube".to_owned()],
            countries: vec!["DE".to_owned()],
            max_price: Some(250.0),
            active_within_days: Some(30.0),
            ..RankOptions::default()
        };
        assert_eq!(
            exclusion(&candidate, &options, false).unwrap().reason,
            "platform TikTok, not instagram or youtube; country unknown; price 300.00 above \
             250.00; last post unknown"
        );
        options.platforms.push("tiktok".to_owned());
        candidate.country = Some("de".to_owned());
        options.max_price = Some(300.0);
        options.active_within_days = None;
        assert_eq!(exclusion(&candidate, &options, false), None);
        options.min_safety = Some(0.5);
        let reason = exclusion(&candidate, &options, false).unwrap().reason;
        assert_eq!(reason, "no text to judge the brand safety by");
        assert_eq!(eligible(&[candidate], &options), [true]);
    }

    #[test]
    fn reasons_are_all_given() {
        let mut candidate = CandidateEvidence::new("a".into(), Followers(250));
        candidate.kind = Some(CreatorKind::Brand);
        let options = RankOptions {
            exclude_kinds: vec![CreatorKind::Brand],
            ..RankOptions::default()
        };
        let out = exclusion(&candidate, &options, true).unwrap();
        assert_eq!(
            out.reason,
            "followers 250 below 1,000; a brand's account; no text to judge the relevance by"
        );
        candidate.kind = None;
        candidate.followers = Some(Followers(1000));
        assert_eq!(exclusion(&candidate, &options, false), None);
        candidate.followers = Some(Followers(1_234_567));
        let out = exclusion(&candidate, &options, false).unwrap();
        assert_eq!(out.reason, "followers 1,234,567 above 100,000");
        candidate.followers = None;
        let out = exclusion(&candidate, &options, false).unwrap();
        assert_eq!(out.reason, "followers unknown");
    }
}
