//! Who comments under a creator's posts, what they say of them, and when.

use crate::schema::{Comment, Creator, PostId, PostOwners};
use crate::stats::median;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Comments below which a section says nothing of its commenters.
const FEWEST: usize = 10;
/// Letters below which a comment says nothing of the post ("wow", "great shot", "🔥🔥").
const SAYS_SOMETHING: usize = 15;
/// Creators with enough comments from which a median says what is usual.
const PEERS: usize = 10;
/// Seconds within which comments come together.
const TOGETHER: i64 = 10;
/// Comments that make such a burst.
const BURST: usize = 3;
/// Median seconds between a post's comments from which a burst stands out.
const QUIET: f64 = 600.0;
/// Comments each way from which two creators comment on each other.
const EACH_WAY: usize = 3;
/// Partners named in the evidence.
const NAMED: usize = 3;

/// What the commenters of one creator look like; each measure is `None` where it cannot be looked at.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Commenters {
    /// Comments looked at.
    pub(super) comments: usize,
    /// Share of them that say nothing of the post, and the median of that share over creators.
    pub(super) generic: Option<(f64, f64)>,
    /// Different authors per comment, and the median of it over creators.
    pub(super) authors: Option<(f64, f64)>,
    /// Share of them that came in bursts under otherwise quiet posts.
    pub(super) bursts: Option<f64>,
    /// Share of them by creators whom this one comments on too, and who these are.
    pub(super) pod: Option<(f64, Vec<String>)>,
}

#[derive(Default)]
struct Section<'a> {
    comments: usize,
    generic: usize,
    authors: HashSet<&'a str>,
    with_author: usize,
    times: HashMap<Option<&'a PostId>, Vec<Timestamp>>,
    timed: usize,
    /// Comments by other creators of the table, by their place.
    by_creator: BTreeMap<usize, usize>,
}

/// The commenters of every creator with ten comments and more, by the creator's place.
pub(super) fn commenters(
    creators: &[Creator],
    comments: &[Comment],
    owners: &PostOwners<'_>,
) -> HashMap<usize, Commenters> {
    let places: HashMap<&str, usize> = creators
        .iter()
        .enumerate()
        .map(|(i, c)| (c.creator_id.as_str(), i))
        .collect();
    let named = names(creators);
    let mut sections: BTreeMap<usize, Section<'_>> = BTreeMap::new();
    for comment in comments {
        let whose = comment.whose(owners).and_then(|id| places.get(id.as_str()));
        let Some(&place) = whose else { continue };
        let section = sections.entry(place).or_default();
        section.comments += 1;
        let letters = comment.text.chars().filter(|c| c.is_alphanumeric()).count();
        section.generic += usize::from(letters < SAYS_SOMETHING);
        if let Some(author) = &comment.author_id {
            section.with_author += 1;
            section.authors.insert(author.as_str());
            let other = named.get(
                author
                    .as_str()
                    .trim_start_matches('@')
                    .to_lowercase()
                    .as_str(),
            );
            if let Some(&other) = other.filter(|other| **other != place) {
                *section.by_creator.entry(other).or_default() += 1;
            }
        }
        if let Some(at) = comment.created_at {
            section.timed += 1;
            let of_one = section.times.entry(comment.post_id.as_ref()).or_default();
            of_one.push(at);
        }
    }
    let portion = |part: usize, all: usize| part as f64 / all.max(1) as f64;
    let enough: Vec<&Section<'_>> = sections.values().filter(|s| s.comments >= FEWEST).collect();
    let usual = |of: &dyn Fn(&Section<'_>) -> Option<f64>| -> Option<f64> {
        let values: Vec<f64> = enough.iter().filter_map(|s| of(s)).collect();
        median(&values).filter(|_| values.len() >= PEERS)
    };
    let generic = |s: &Section<'_>| Some(portion(s.generic, s.comments));
    let authors = |s: &Section<'_>| {
        (s.with_author >= FEWEST).then(|| portion(s.authors.len(), s.with_author))
    };
    let (usual_generic, usual_authors) = (usual(&generic), usual(&authors));
    let pods = pods(&sections, creators);
    sections
        .iter()
        .filter(|(_, s)| s.comments >= FEWEST)
        .map(|(place, s)| {
            let found = Commenters {
                comments: s.comments,
                generic: generic(s).zip(usual_generic),
                authors: authors(s).zip(usual_authors),
                bursts: (s.timed >= FEWEST).then(|| portion(in_bursts(&s.times), s.timed)),
                pod: (s.with_author >= FEWEST).then(|| {
                    let (by, named) = pods.get(place).cloned().unwrap_or_default();
                    (portion(by, s.with_author), named)
                }),
            };
            (*place, found)
        })
        .collect()
}

/// The creators' ids and handles, in lower case, without `@`; a name that two share is nobody's.
fn names(creators: &[Creator]) -> HashMap<String, usize> {
    let mut names: HashMap<String, usize> = HashMap::new();
    let mut shared: BTreeSet<String> = BTreeSet::new();
    for (i, creator) in creators.iter().enumerate() {
        let own = [Some(creator.creator_id.as_str()), creator.handle.as_deref()];
        for name in own.into_iter().flatten() {
            let name = name.trim_start_matches('@').to_lowercase();
            match names.get(&name) {
                Some(other) if *other != i => {
                    shared.insert(name);
                }
                _ => {
                    names.insert(name, i);
                }
            }
        }
    }
    names.retain(|name, _| !shared.contains(name));
    names
}

/// Comments by creators who are commented on in return, and the names of these, the busiest first.
fn pods(
    sections: &BTreeMap<usize, Section<'_>>,
    creators: &[Creator],
) -> HashMap<usize, (usize, Vec<String>)> {
    let by = |whose: usize, author: usize| {
        let section = sections.get(&whose);
        section
            .and_then(|s| s.by_creator.get(&author))
            .copied()
            .unwrap_or(0)
    };
    sections
        .iter()
        .map(|(&place, section)| {
            let mut partners: Vec<(usize, usize)> = section
                .by_creator
                .iter()
                .filter(|(other, n)| **n >= EACH_WAY && by(**other, place) >= EACH_WAY)
                .map(|(other, n)| (*n, *other))
                .collect();
            partners.sort_by_key(|(n, other)| (std::cmp::Reverse(*n), *other));
            let all = partners.iter().map(|(n, _)| n).sum();
            let named = partners.iter().take(NAMED);
            let named = named.map(|(_, other)| creators[*other].creator_id.to_string());
            (place, (all, named.collect()))
        })
        .collect()
}

/// Comments that came with two others within ten seconds, under posts whose comments are otherwise minutes apart.
fn in_bursts(times: &HashMap<Option<&PostId>, Vec<Timestamp>>) -> usize {
    let of_post = |times: &Vec<Timestamp>| {
        let mut seconds: Vec<i64> = times.iter().map(|t| t.as_second()).collect();
        seconds.sort_unstable();
        let gaps: Vec<f64> = seconds.windows(2).map(|w| (w[1] - w[0]) as f64).collect();
        let apart: Vec<f64> = gaps
            .iter()
            .copied()
            .filter(|g| *g > TOGETHER as f64)
            .collect();
        if median(&apart).is_none_or(|usual| usual < QUIET) {
            return 0;
        }
        let near = |at: i64| {
            let from = seconds.partition_point(|t| *t < at - TOGETHER);
            let to = seconds.partition_point(|t| *t <= at + TOGETHER);
            to - from >= BURST
        };
        seconds.iter().filter(|at| near(**at)).count()
    };
    times.values().map(of_post).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Followers;

    fn comment(i: usize, whose: &str, author: &str, text: &str, at: i64) -> Comment {
        Comment {
            creator_id: Some(whose.into()),
            author_id: Some(author.into()),
            created_at: Some(Timestamp::from_second(at).unwrap()),
            ..Comment::new(format!("c{i}").as_str().into(), text)
        }
    }

    #[test]
    fn pods_bursts_and_authors() {
        let mut creators: Vec<Creator> = (0..12)
            .map(|i| Creator::new(format!("k{i}").as_str().into(), Followers(5000)))
            .collect();
        creators[1].handle = Some("@Second".to_owned());
        let mut comments = Vec::new();
        for i in 0..12 {
            for n in 0..12 {
                let author = match (i, n % 4) {
                    (0, 0) => "second".to_owned(),
                    (1, 0) => "k0".to_owned(),
                    (2, _) => "always the same".to_owned(),
                    _ => format!("a{i}_{n}"),
                };
                let text = if i == 3 {
                    "Wow!!"
                } else {
                    "what a lovely long evening that was"
                };
                // Minutes apart, but for one creator's, which come five at a time.
                let at = if i == 4 {
                    100_000 * (n / 5) + n
                } else {
                    3_600 * n
                };
                let whose = format!("k{i}");
                comments.push(comment(comments.len(), &whose, &author, text, at));
            }
        }
        let found = commenters(&creators, &comments, &PostOwners::default());
        assert_eq!(found[&0].pod, Some((0.25, vec!["k1".to_owned()])));
        assert_eq!(found[&1].pod, Some((0.25, vec!["k0".to_owned()])));
        assert_eq!(found[&5].pod, Some((0.0, Vec::new())));
        assert_eq!(found[&3].generic, Some((1.0, 0.0)));
        assert!(found[&2].authors.unwrap().0 < 0.1 && found[&5].authors == Some((1.0, 1.0)));
        assert_eq!(
            (found[&5].bursts, found[&4].bursts),
            (Some(0.0), Some(10.0 / 12.0))
        );
    }
}
