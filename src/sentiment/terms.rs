//! Why the level is what it is, and why it moved: the terms and aspects that come with good and bad comments.

use super::aspects::aspect_of;
use super::sums::Entry;
use crate::schema::CommentId;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};

/// A term and the sentiment of the comments that hold it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Driver {
    /// The word, the phrase of two words or the hashtag in lower case, or the aspect's name.
    pub term: String,
    /// Whether it stands for several words.
    pub aspect: bool,
    /// Comments that hold it.
    pub count: usize,
    /// Their mean of p(positive) - p(negative), in points, -100..100; uncorrected.
    pub net_sentiment: f64,
    /// By how many points the brand's net sentiment would differ without these comments.
    pub contribution: f64,
    /// By how many points the change would differ without these comments; `None` where no change was asked for or
    /// found.
    pub contribution_to_change: Option<f64>,
    /// Comments to read, the most telling first.
    pub quotations: Vec<CommentId>,
}

/// Comments under which a term says little.
const FEWEST: u64 = 3;
/// Comments named for each term.
const QUOTATIONS: usize = 3;
/// Terms that are kept; when there are twice as many, the rarer half goes.
const KEPT: usize = 20_000;
/// Letters beyond which a word is none.
const LONGEST: usize = 40;

/// Words that carry no topic.
const STOP_WORDS: &str = "the and for that this with you your yours are was were has have had having but not nor all any both each \
    can can't cannot could couldn't would wouldn't should shouldn't will won't shall may might must its it's just from they them \
    their theirs she her hers him his our ours out get gets got getting gotten too very what when where which who whom whose why how \
    there here been being than then about above after again against because before below between down during few further into off \
    over under until only own same some such more most other others once now also one ones two three first second user http https \
    www com amp still really even much many ever never always often day days today tonight tomorrow yesterday time times week weeks \
    year years month months new old via don't doesn't didn't isn't aren't wasn't weren't hasn't haven't hadn't i'm i've i'll i'd \
    you're you've you'll you'd we're we've we'll we'd they're they've he's she's that's there's what's let's ain't \
    did does doing done do make makes made making go goes going gone went come comes came coming take takes took taken taking \
    put puts say says said saying see sees saw seen seeing know knows knew known think thinks thought want wants wanted need needs \
    needed try tries tried trying give gives gave given let lets keep keeps kept use uses used using sit sits sat thing things stuff \
    way ways lot lots bit kind sort well okay yeah yes please thanks thank hey hello lol omg wow oh haha gonna wanna gotta like \
    look looks looking looked feel feels felt back away around another every everyone everything someone something anyone anything \
    nothing nobody people person guy guys actually already almost enough maybe perhaps though although while since without within \
    quite rather pretty sure right left long last next able else upon per yet end start started tell tells told ask asks asked";

#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
struct Part {
    n: u64,
    net: i64,
}

impl Part {
    fn add(&mut self, net: i64) {
        self.n += 1;
        self.net += net;
    }

    fn merge(&mut self, other: Self) {
        self.n += other.n;
        self.net += other.net;
    }

    /// Mean in points.
    fn mean(self) -> f64 {
        self.net as f64 / 1e4 / self.n as f64
    }

    /// How much the level of `whole` owes to these comments, in points; `None` without others.
    fn contribution(self, whole: Self) -> Option<f64> {
        let rest = Self {
            n: whole.n - self.n,
            net: whole.net - self.net,
        };
        (rest.n > 0).then(|| whole.mean() - rest.mean())
    }
}

/// A series of parts by period.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
struct Series(Vec<(i64, Part)>);

impl Series {
    fn at(&mut self, period: i64) -> &mut Part {
        let place = match self.0.last() {
            Some(last) if last.0 == period => self.0.len() - 1,
            _ => self
                .0
                .binary_search_by_key(&period, |p| p.0)
                .unwrap_or_else(|place| {
                    self.0.insert(place, (period, Part::default()));
                    place
                }),
        };
        &mut self.0[place].1
    }

    fn within(&self, window: &Window) -> Part {
        let mut sum = Part::default();
        for (_, part) in self.0.iter().filter(|(p, _)| window.contains(p)) {
            sum.merge(*part);
        }
        sum
    }
}

/// A term's comments before and after.
type Sides<'a> = dyn Fn(&Term) -> (Part, Part) + 'a;
/// Weight, whether it is an aspect, name, term, contribution to level and to change.
type Ranked<'a> = (f64, bool, &'a str, &'a Term, f64, Option<f64>);

/// Periods by number.
pub(super) type Window = std::ops::Range<i64>;

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
struct Term {
    all: Part,
    sides: [Part; 2],
    periods: Series,
    best: Vec<(i64, CommentId)>,
    worst: Vec<(i64, CommentId)>,
}

impl Term {
    fn push(&mut self, place: &Place<'_>) {
        self.all.add(place.net);
        if let Some(side) = place.side {
            self.sides[side].add(place.net);
        }
        if let Some(period) = place.period {
            self.periods.at(period).add(place.net);
        }
        keep(&mut self.best, place.net, place.id);
        keep(&mut self.worst, -place.net, place.id);
    }

    fn merge(&mut self, other: Self) {
        self.all.merge(other.all);
        self.sides[0].merge(other.sides[0]);
        self.sides[1].merge(other.sides[1]);
        for (period, part) in other.periods.0 {
            self.periods.at(period).merge(part);
        }
        other
            .best
            .iter()
            .for_each(|(net, id)| keep(&mut self.best, *net, id));
        other
            .worst
            .iter()
            .for_each(|(net, id)| keep(&mut self.worst, *net, id));
    }
}

/// Keeps the comments of the highest values; of equals, the first.
fn keep(kept: &mut Vec<(i64, CommentId)>, value: i64, id: &CommentId) {
    if kept.len() == QUOTATIONS && kept.last().is_some_and(|last| last.0 >= value) {
        return;
    }
    let place = kept.partition_point(|k| k.0 >= value);
    kept.insert(place, (value, id.clone()));
    kept.truncate(QUOTATIONS);
}

/// Where a comment belongs.
pub(super) struct Place<'a> {
    pub(super) net: i64,
    pub(super) id: &'a CommentId,
    pub(super) period: Option<i64>,
    /// Before (0) or from the date on (1).
    pub(super) side: Option<usize>,
}

impl<'a> Place<'a> {
    pub(super) fn new(
        entry: &Entry,
        id: &'a CommentId,
        period: Option<i64>,
        side: Option<usize>,
    ) -> Self {
        Self {
            net: entry.net(),
            id,
            period,
            side,
        }
    }
}

/// The terms of a brand's comments. Of rare terms in very large tables counts may lack the first comments.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Terms {
    whole: Term,
    words: HashMap<String, Term>,
    aspects: BTreeMap<String, Term>,
    /// Words that are none: stop words and the brand's own names.
    #[serde(skip)]
    skipped: HashSet<String>,
}

impl Terms {
    /// Nothing yet; `own_names` are the brand's and no terms.
    pub(super) fn new(own_names: &[String]) -> Self {
        let skipped = STOP_WORDS.split_whitespace().map(str::to_owned);
        Self {
            whole: Term::default(),
            words: HashMap::new(),
            aspects: BTreeMap::new(),
            skipped: skipped.chain(own_names.iter().cloned()).collect(),
        }
    }

    /// Counts a comment, and gives the aspects that it speaks of.
    pub(super) fn push(&mut self, text: &str, place: &Place<'_>) -> Vec<&'static str> {
        self.whole.push(place);
        let lower = text.to_lowercase();
        let (words, aspects) = self.terms_of(&lower);
        for word in words {
            match self.words.get_mut(word.as_ref()) {
                Some(term) => term.push(place),
                None => self.words.entry(word.into_owned()).or_default().push(place),
            }
        }
        for aspect in &aspects {
            match self.aspects.get_mut(*aspect) {
                Some(term) => term.push(place),
                None => self
                    .aspects
                    .entry((*aspect).to_owned())
                    .or_default()
                    .push(place),
            }
        }
        if self.words.len() > 2 * KEPT {
            self.prune();
        }
        aspects
    }

    /// The words and phrases of two words that a text in lower case holds, each once, and the aspects. Names of
    /// accounts, links, stop words and the brands' own names are no terms and part phrases.
    fn terms_of<'t>(&self, lower: &'t str) -> (Vec<Cow<'t, str>>, Vec<&'static str>) {
        let mut terms: Vec<Cow<'t, str>> = Vec::new();
        let mut aspects: Vec<&'static str> = Vec::new();
        for piece in lower.split_whitespace() {
            let mut before: Option<&str> = None;
            if piece.starts_with('@') || piece.contains("://") {
                terms.push(Cow::Borrowed(""));
                continue;
            }
            for word in piece
                .split(|c: char| !(c.is_alphanumeric() || matches!(c, '\'' | '\u{2019}')))
                .map(|w| w.trim_matches(['\'', '\u{2019}']))
                .map(|w| {
                    w.strip_suffix("'s")
                        .or(w.strip_suffix("\u{2019}s"))
                        .unwrap_or(w)
                })
                .filter(|w| !w.is_empty())
            {
                let told = self.is_term(word).then_some(word);
                if let Some(aspect) = aspect_of(word)
                    && told.is_some()
                    && !aspects.contains(&aspect)
                {
                    aspects.push(aspect);
                }
                // A gap keeps words apart that did not stand together.
                terms.push(Cow::Borrowed(told.unwrap_or("")));
                before = told;
            }
            if piece.ends_with(['.', '!', '?', ',', ';', ':']) && before.is_some() {
                terms.push(Cow::Borrowed(""));
            }
        }
        let phrases: Vec<Cow<'t, str>> = terms
            .windows(2)
            .filter(|pair| pair.iter().all(|word| !word.is_empty()))
            .map(|pair| Cow::Owned(format!("{} {}", pair[0], pair[1])))
            .collect();
        terms.extend(phrases);
        terms.retain(|term| !term.is_empty());
        terms.sort_unstable();
        terms.dedup();
        (terms, aspects)
    }

    fn is_term(&self, word: &str) -> bool {
        let long_enough = (3..=LONGEST).contains(&word.len())
            && word.chars().filter(|c| c.is_alphabetic()).count() >= 3
            || !word.is_ascii() && word.len() <= 4 * LONGEST;
        long_enough && !self.skipped.contains(word)
    }

    /// Comments that an aspect is shown by: the worst where `net` is below 0, else the best.
    pub(super) fn quotations_of(&self, aspect: &str, net: f64) -> Vec<CommentId> {
        let term = self.aspects.get(aspect);
        let telling = term.map(|t| if net < 0.0 { &t.worst } else { &t.best });
        let same_sign = |q: &&(i64, CommentId)| q.0 > 0;
        telling
            .into_iter()
            .flatten()
            .filter(same_sign)
            .map(|q| q.1.clone())
            .collect()
    }

    /// Lets the rarer half go; of equals, the later in the alphabet.
    fn prune(&mut self) {
        let mut order: Vec<(u64, &String)> = self.words.iter().map(|(w, t)| (t.all.n, w)).collect();
        order.sort_unstable_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(b.1)));
        let gone: Vec<String> = order[KEPT..].iter().map(|(_, w)| (*w).clone()).collect();
        for word in gone {
            self.words.remove(&word);
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.whole.merge(other.whole);
        for (aspect, term) in other.aspects {
            self.aspects.entry(aspect).or_default().merge(term);
        }
        for (word, term) in other.words {
            self.words.entry(word).or_default().merge(term);
        }
        if self.words.len() > 2 * KEPT {
            self.prune();
        }
    }

    /// The terms with the largest contribution either way, largest first; at most `limit`.
    pub(super) fn drivers(&self, limit: usize) -> Vec<Driver> {
        self.ranked(limit, None)
    }

    /// The terms that moved the level from before the date to after it.
    pub(super) fn movers_at_date(&self, limit: usize) -> Vec<Driver> {
        self.ranked(limit, Some(&|term: &Term| (term.sides[0], term.sides[1])))
    }

    /// The terms that moved the level from the one stretch of periods to the other.
    pub(super) fn movers_between(
        &self,
        before: &Window,
        after: &Window,
        limit: usize,
    ) -> Vec<Driver> {
        self.ranked(
            limit,
            Some(&|term: &Term| (term.periods.within(before), term.periods.within(after))),
        )
    }

    fn ranked(&self, limit: usize, sides: Option<&Sides<'_>>) -> Vec<Driver> {
        let whole = self.whole.all;
        let whole_sides = sides.map(|sides| sides(&self.whole));
        let words = self.words.iter().map(|(w, t)| (w.as_str(), false, t));
        let aspects = self.aspects.iter().map(|(a, t)| (a.as_str(), true, t));
        let mut found: Vec<Ranked<'_>> = words
            .chain(aspects)
            .filter(|(_, _, term)| term.all.n >= FEWEST)
            .filter_map(|(name, aspect, term)| {
                let contribution = term.all.contribution(whole)?;
                let to_change = match (sides, whole_sides) {
                    (Some(sides), Some((before, after))) => {
                        let (a, b) = sides(term);
                        Some(b.contribution(after)? - a.contribution(before)?)
                    }
                    _ => None,
                };
                let weight = to_change.unwrap_or(contribution).abs();
                Some((weight, aspect, name, term, contribution, to_change))
            })
            .filter(|f| f.0.is_finite())
            .collect();
        found.sort_by(|a, b| {
            // Of equals the phrase stands for its words.
            let words = |name: &str| name.split(' ').count();
            b.0.total_cmp(&a.0)
                .then_with(|| words(b.2).cmp(&words(a.2)))
                .then_with(|| a.2.cmp(b.2))
                .then_with(|| a.1.cmp(&b.1))
        });
        let found = without_parts(found, limit);
        found
            .into_iter()
            .map(
                |(_, aspect, name, term, contribution, contribution_to_change)| {
                    let mean = term.all.mean();
                    let telling = if contribution_to_change.unwrap_or(mean) < 0.0 {
                        &term.worst
                    } else {
                        &term.best
                    };
                    Driver {
                        term: name.to_owned(),
                        aspect,
                        count: term.all.n as usize,
                        net_sentiment: mean,
                        contribution,
                        contribution_to_change,
                        quotations: telling.iter().map(|q| q.1.clone()).collect(),
                    }
                },
            )
            .collect()
    }
}

/// The first terms, without those that share a word with an earlier one and stand in nearly the same comments.
fn without_parts(found: Vec<Ranked<'_>>, limit: usize) -> Vec<Ranked<'_>> {
    let mut kept: Vec<Ranked<'_>> = Vec::with_capacity(limit);
    for term in found {
        let same = |other: &Ranked<'_>| {
            let (few, many) = (
                term.3.all.n.min(other.3.all.n),
                term.3.all.n.max(other.3.all.n),
            );
            let shared = term
                .2
                .split(' ')
                .any(|w| other.2.split(' ').any(|o| o == w));
            !term.1 && !other.1 && shared && 3 * few >= 2 * many
        };
        if !kept.iter().any(same) {
            kept.push(term);
        }
        if kept.len() == limit {
            break;
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::{Place, Terms};
    use crate::schema::CommentId;

    fn push(terms: &mut Terms, i: usize, text: &str, net: i64, side: usize) {
        let id = CommentId(format!("c{i}"));
        terms.push(
            text,
            &Place {
                net,
                id: &id,
                period: Some(side as i64),
                side: Some(side),
            },
        );
    }

    #[test]
    fn contributions_are_what_the_level_would_lose() {
        let mut terms = Terms::new(&["lumora".to_owned()]);
        for i in 0..10 {
            push(&mut terms, i, "lumora serum leaks", -800_000, 1);
            push(&mut terms, 10 + i, "lumora smells lovely", 600_000, i % 2);
        }
        let drivers = terms.drivers(10);
        let leaks = drivers.iter().find(|d| d.term == "serum leaks").unwrap();
        assert_eq!((leaks.count, leaks.quotations[0].as_str()), (10, "c0"));
        // The level is -10, and +60 without them.
        assert!((leaks.net_sentiment + 80.0).abs() < 1e-9);
        assert!((leaks.contribution + 70.0).abs() < 1e-9, "{leaks:?}");
        assert!(
            drivers
                .iter()
                .any(|d| d.aspect && d.term == "scent and taste")
        );
        assert!(drivers.iter().all(|d| !d.term.contains("lumora")));
        assert!(
            drivers
                .iter()
                .all(|d| d.term != "leaks" && d.term != "serum"),
            "the phrase stands for its words: {drivers:?}"
        );
        let said = terms.quotations_of("quality", -80.0);
        assert_eq!(said[0].as_str(), "c0");
        assert!(terms.quotations_of("quality", 80.0).is_empty());
        // Before: +60. After: 10 at -80 and 5 at +60.
        let change = 100.0 * (0.6 * 5.0 - 0.8 * 10.0) / 15.0 - 60.0;
        for movers in [
            terms.movers_at_date(5),
            terms.movers_between(&(0..1), &(1..2), 5),
        ] {
            let leaks = movers.iter().find(|d| d.term == "serum leaks").unwrap();
            assert!(
                (leaks.contribution_to_change.unwrap() - change).abs() < 1e-9,
                "{leaks:?}"
            );
        }
    }

    #[test]
    fn accounts_links_and_stop_words_are_no_terms() {
        let mut terms = Terms::new(&["lumora".to_owned()]);
        for i in 0..5 {
            push(
                &mut terms,
                i,
                "@way_off did she sit there? Lumora's lid broke, way too late https://lid.example/broke",
                -500_000,
                0,
            );
            push(&mut terms, 10 + i, "fine", 0, 0);
        }
        let mut names: Vec<String> = terms.drivers(30).into_iter().map(|d| d.term).collect();
        names.sort();
        assert_eq!(
            names,
            [
                "fine",
                "late",
                "lid broke",
                "packaging",
                "quality",
                "waiting and delays"
            ]
        );
    }

    #[test]
    fn parts_merge_and_rare_words_go() {
        let (mut whole, mut left, mut right) = (Terms::new(&[]), Terms::new(&[]), Terms::new(&[]));
        for i in 0..200 {
            let text = format!("word{} common", i % 7);
            let net = (i as i64 * 37 % 200 - 100) * 10_000;
            push(&mut whole, i, &text, net, i % 2);
            push(
                if i < 90 { &mut left } else { &mut right },
                i,
                &text,
                net,
                i % 2,
            );
        }
        left.merge(right);
        assert_eq!(left.drivers(20), whole.drivers(20));
        for i in 0..2 * super::KEPT {
            push(&mut whole, i, &format!("rareword{i}"), 0, 0);
        }
        assert!(whole.words.len() <= 2 * super::KEPT && whole.words.contains_key("common"));
    }
}
