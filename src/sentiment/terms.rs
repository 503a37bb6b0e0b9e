//! Why the level is what it is, and why it moved: the terms and aspects that come with good and bad comments.

use super::sums::Entry;
use crate::schema::CommentId;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap, HashSet};

/// A term and the sentiment of the comments that hold it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Driver {
    /// The word or hashtag in lower case, or the aspect's name.
    pub term: String,
    /// Whether it stands for several words.
    pub aspect: bool,
    /// Comments that hold it.
    pub count: usize,
    /// Their mean of p(positive) - p(negative), in points, -100..100; uncorrected.
    pub net_sentiment: f64,
    /// By how many points the brand's net sentiment would differ without these comments.
    pub contribution: f64,
    /// By how many points the change would differ without these comments; `None` where no change was asked for or found.
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

/// Words that carry no topic. Short, since rare words cannot be drivers anyway and frequent
/// ones come out with a contribution near zero.
const STOP_WORDS: &str = "the and for that this with you your are was have has had but not all \
    can its it's just from they she her his him our out get got too very what when will would \
    there their them been were than then who how why about into over only some more most also \
    one two user http https www com here still really even much ever never now day today new via don't i'm";

/// What people speak of when they judge a product, and the words they do it with.
const ASPECTS: [(&str, &str); 10] = [
    (
        "price",
        "price prices priced pricey expensive cheap cheaper cost costs overpriced affordable value money worth bargain discount",
    ),
    (
        "delivery",
        "delivery deliver delivered delivers shipping shipped ship parcel package arrived arrive late delay delayed courier tracking waiting",
    ),
    (
        "service",
        "service staff support helpdesk agent agents rude helpful reply replied answered ignored refund refunded complaint customer customers",
    ),
    (
        "quality",
        "quality broke broken breaks durable flimsy sturdy defective faulty crap crappy material materials fabric build",
    ),
    (
        "looks",
        "look looks looking design style stylish color colour colors colours pretty beautiful ugly gorgeous shade",
    ),
    (
        "taste and smell",
        "taste tastes tasty delicious flavor flavour flavors flavours smell smells scent fragrance yummy",
    ),
    (
        "size and fit",
        "size sizes sizing fit fits fitted tight loose small large",
    ),
    (
        "effect",
        "works worked working effect effective results result difference useless skin hair",
    ),
    (
        "trust",
        "scam fake fraud honest trust trusted lied lying liar ethical sustainable cruelty vegan privacy",
    ),
    (
        "technology",
        "app website site update battery screen camera software login crash crashes bug bugs slow fast",
    ),
];

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
    #[serde(skip)]
    aspect_of: HashMap<&'static str, &'static str>,
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
            aspect_of: ASPECTS
                .iter()
                .flat_map(|(aspect, words)| words.split_whitespace().map(move |w| (w, *aspect)))
                .collect(),
        }
    }

    pub(super) fn push(&mut self, text: &str, place: &Place<'_>) {
        self.whole.push(place);
        let lower = text.to_lowercase();
        let mut words: Vec<&str> = lower
            .split(|c: char| !(c.is_alphanumeric() || c == '\''))
            .filter(|w| (3..=LONGEST).contains(&w.len()) || !w.is_ascii())
            .filter(|w| w.chars().filter(|c| c.is_alphabetic()).count() >= 3)
            .filter(|w| w.len() <= 4 * LONGEST && !self.skipped.contains(*w))
            .collect();
        words.sort_unstable();
        words.dedup();
        let mut aspects: Vec<&'static str> = Vec::new();
        for word in words {
            if let Some(aspect) = self.aspect_of.get(word)
                && !aspects.contains(aspect)
            {
                aspects.push(aspect);
            }
            match self.words.get_mut(word) {
                Some(term) => term.push(place),
                None => self.words.entry(word.to_owned()).or_default().push(place),
            }
        }
        for aspect in aspects {
            match self.aspects.get_mut(aspect) {
                Some(term) => term.push(place),
                None => self
                    .aspects
                    .entry(aspect.to_owned())
                    .or_default()
                    .push(place),
            }
        }
        if self.words.len() > 2 * KEPT {
            self.prune();
        }
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
            b.0.total_cmp(&a.0)
                .then_with(|| a.2.cmp(b.2))
                .then_with(|| a.1.cmp(&b.1))
        });
        found.truncate(limit);
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
        let leaks = drivers.iter().find(|d| d.term == "leaks").unwrap();
        assert_eq!((leaks.count, leaks.quotations[0].as_str()), (10, "c0"));
        // The level is -10, and +60 without them.
        assert!((leaks.net_sentiment + 80.0).abs() < 1e-9);
        assert!((leaks.contribution + 70.0).abs() < 1e-9, "{leaks:?}");
        assert!(
            drivers
                .iter()
                .any(|d| d.aspect && d.term == "taste and smell")
        );
        assert!(drivers.iter().all(|d| d.term != "lumora"));
        // Before: +60. After: 10 at -80 and 5 at +60.
        let change = 100.0 * (0.6 * 5.0 - 0.8 * 10.0) / 15.0 - 60.0;
        for movers in [
            terms.movers_at_date(5),
            terms.movers_between(&(0..1), &(1..2), 5),
        ] {
            let leaks = movers.iter().find(|d| d.term == "leaks").unwrap();
            assert!(
                (leaks.contribution_to_change.unwrap() - change).abs() < 1e-9,
                "{leaks:?}"
            );
        }
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
