//! The budget is spent: lazy greedy from several beginnings, then exchanges.

use super::Audience;
use super::coverage::{Coverage, elements};
use crate::schema::CreatorId;
use rayon::prelude::*;
use serde::Serialize;
use std::cmp::Ordering;
use std::collections::{BinaryHeap, HashMap};

/// Offers up to which beginnings with one creator fixed are tried.
const FEW: usize = 400;
/// Creators that are tried as a fixed beginning.
const BEGINNINGS: usize = 40;
/// Of those, as many as are tried in pairs.
const PAIRED: usize = 20;
/// Offers that exchanges look at among many, best gain for the price first.
const EXCHANGED: usize = 300;
/// Rounds of exchanges at most; each must make the plan better.
const ROUNDS: usize = 30;
/// Prefixes of the plan at which the bound is taken.
const PREFIXES: usize = 12;

/// A creator who can be booked.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    /// Unique; decides between equals.
    pub creator_id: CreatorId,
    /// For the limit per platform.
    pub platform: Option<String>,
    /// For the limit per niche.
    pub niche: Option<String>,
    /// Expected engagements of a post; positive.
    pub engagements: f64,
    /// Followers.
    pub followers: f64,
    /// What the post costs; not negative.
    pub price: f64,
    /// Whose engagements they are.
    pub audience: Audience,
}

/// What must be kept.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Limits {
    /// Most that all prices may come to.
    pub budget: f64,
    /// Most creators.
    pub creators: Option<usize>,
    /// Most creators of one niche; those without one count as one niche.
    pub per_niche: Option<usize>,
    /// Most creators of one platform, likewise.
    pub per_platform: Option<usize>,
}

impl Limits {
    /// A budget and nothing else.
    #[must_use]
    pub fn budget(budget: f64) -> Self {
        Self {
            budget,
            creators: None,
            per_niche: None,
            per_platform: None,
        }
    }
}

/// One creator of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Chosen {
    /// Place among the offers.
    pub offer: usize,
    /// Engagements that the creator adds to those before.
    pub marginal: f64,
    /// Engagements of everybody up to here, each person's once.
    pub cumulative: f64,
    /// Followers of everybody up to here, less the estimated overlap.
    pub audience: f64,
    /// Money spent up to here.
    pub spent: f64,
}

/// Whom to book.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Plan {
    /// In order of choice: most engagements for the price first.
    pub chosen: Vec<Chosen>,
    /// What it costs.
    pub spent: f64,
    /// Expected engagements, each person's once.
    pub engagements: f64,
    /// No choice within the budget can have more.
    pub upper_bound: f64,
}

/// Spends the budget.
///
/// The engagements of a set are the sum, over people, of the largest share of a creator's
/// engagements that falls on them: monotone and submodular in the set. Lazy greedy (Minoux 1978)
/// by gain for the price, and by gain alone; the better of the two has at least (1 - 1/e) / 2 of
/// the best possible under a budget alone (Leskovec et al. 2007). Where offers are few it also
/// begins with each of the best creators, and pairs of them, fixed (after Sviridenko 2004). Then
/// creators of the best plan are exchanged as long as that helps. The bound: the engagements of
/// a part of the plan and the fractional knapsack of what each offer adds to it, the lowest over
/// parts. Offers that cost more than the budget are passed over; equals go by id.
#[must_use]
pub fn choose(offers: &[Offer], limits: &Limits) -> Plan {
    let mut open: Vec<usize> = (0..offers.len())
        .filter(|i| {
            let o = &offers[*i];
            o.engagements > 0.0 && o.price >= 0.0 && o.price <= limits.budget
        })
        .collect();
    open.sort_by(|a, b| offers[*a].creator_id.cmp(&offers[*b].creator_id));
    let task = Task {
        offers,
        limits,
        elements: elements(offers.iter().map(|o| &o.audience)),
    };
    let mut best = [true, false]
        .into_iter()
        .map(|per_price| task.greedy(&open, &[], per_price))
        .reduce(|a, b| {
            if task.value(&b) > task.value(&a) {
                b
            } else {
                a
            }
        })
        .unwrap_or_default();
    let mut pool = open.clone();
    if open.len() <= FEW {
        best = task.by_beginnings(&open, best);
    } else {
        pool = task.most_promising(&open, &best);
    }
    best = task.exchange(&pool, best);
    task.told(&open, best)
}

struct Task<'a> {
    offers: &'a [Offer],
    limits: &'a Limits,
    elements: usize,
}

/// What a set has used up.
#[derive(Default)]
struct Used<'a> {
    money: f64,
    creators: usize,
    niches: HashMap<Option<&'a str>, usize>,
    platforms: HashMap<Option<&'a str>, usize>,
}

impl<'a> Used<'a> {
    fn fits(&self, offer: &Offer, limits: &Limits) -> bool {
        let room = |most: Option<usize>, used: usize| most.is_none_or(|most| used < most);
        let of = |counts: &HashMap<Option<&str>, usize>, key: &Option<String>| {
            counts.get(&key.as_deref()).copied().unwrap_or(0)
        };
        // Sums of prices may miss the budget by rounding alone.
        self.money + offer.price <= limits.budget * (1.0 + 1e-12)
            && room(limits.creators, self.creators)
            && room(limits.per_niche, of(&self.niches, &offer.niche))
            && room(limits.per_platform, of(&self.platforms, &offer.platform))
    }

    fn take(&mut self, offer: &'a Offer) {
        self.money += offer.price;
        self.creators += 1;
        *self.niches.entry(offer.niche.as_deref()).or_default() += 1;
        *self.platforms.entry(offer.platform.as_deref()).or_default() += 1;
    }
}

/// An entry of the lazy queue: the gain as it was when last looked at.
struct Waiting {
    key: f64,
    place: usize,
    offer: usize,
    /// Creators chosen when the gain was computed.
    at: usize,
}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key
            .total_cmp(&other.key)
            .then(other.place.cmp(&self.place))
    }
}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Waiting {}

impl Task<'_> {
    fn value(&self, set: &[usize]) -> f64 {
        let mut coverage = Coverage::new(self.elements);
        for i in set {
            coverage.add(&self.offers[*i].audience, self.offers[*i].engagements);
        }
        coverage.total()
    }

    fn key(&self, i: usize, gain: f64, per_price: bool) -> f64 {
        let price = self.offers[i].price;
        if !per_price {
            gain
        } else if price > 0.0 {
            gain / price
        } else {
            f64::INFINITY
        }
    }

    /// Fills up `start` from `open`. The order is that of choice, after `start`'s own.
    fn greedy(&self, open: &[usize], start: &[usize], per_price: bool) -> Vec<usize> {
        let mut coverage = Coverage::new(self.elements);
        let mut used = Used::default();
        let mut set = start.to_vec();
        for i in start {
            coverage.add(&self.offers[*i].audience, self.offers[*i].engagements);
            used.take(&self.offers[*i]);
        }
        let mut queue: BinaryHeap<Waiting> = open
            .iter()
            .enumerate()
            .filter(|(_, i)| !start.contains(i))
            .map(|(place, &offer)| {
                let o = &self.offers[offer];
                let gain = coverage.gain(&o.audience, o.engagements);
                Waiting {
                    key: self.key(offer, gain, per_price),
                    place,
                    offer,
                    at: set.len(),
                }
            })
            .collect();
        while let Some(mut next) = queue.pop() {
            let o = &self.offers[next.offer];
            if !used.fits(o, self.limits) {
                // Room only shrinks: who does not fit now never will.
                continue;
            }
            let gain = coverage.gain(&o.audience, o.engagements);
            if gain <= 0.0 {
                continue;
            }
            if next.at < set.len() {
                next.key = self.key(next.offer, gain, per_price);
                next.at = set.len();
                if queue.peek().is_some_and(|other| *other > next) {
                    queue.push(next);
                    continue;
                }
            }
            coverage.add(&o.audience, o.engagements);
            used.take(o);
            set.push(next.offer);
        }
        set
    }

    fn fits(&self, set: &[usize]) -> bool {
        let mut used = Used::default();
        set.iter().all(|i| {
            let fits = used.fits(&self.offers[*i], self.limits);
            used.take(&self.offers[*i]);
            fits
        })
    }

    /// The best of greedy plans that begin with one or two fixed creators.
    fn by_beginnings(&self, open: &[usize], best: Vec<usize>) -> Vec<usize> {
        let mut ordered = open.to_vec();
        ordered.sort_by(|a, b| {
            self.offers[*b]
                .engagements
                .total_cmp(&self.offers[*a].engagements)
        });
        ordered.truncate(BEGINNINGS);
        let mut starts: Vec<Vec<usize>> = ordered.iter().map(|i| vec![*i]).collect();
        let paired = &ordered[..PAIRED.min(ordered.len())];
        for (n, a) in paired.iter().enumerate() {
            starts.extend(paired[..n].iter().map(|b| vec![*b, *a]));
        }
        let found: Vec<(f64, Vec<usize>)> = starts
            .into_par_iter()
            .filter(|start| self.fits(start))
            .map(|start| {
                let set = self.greedy(open, &start, true);
                (self.value(&set), set)
            })
            .collect();
        let first = (self.value(&best), best);
        let better = |a: (f64, Vec<usize>), b: (f64, Vec<usize>)| if b.0 > a.0 { b } else { a };
        found.into_iter().fold(first, better).1
    }

    /// Those who would add most to the plan for their price, and the plan itself.
    fn most_promising(&self, open: &[usize], plan: &[usize]) -> Vec<usize> {
        let mut coverage = Coverage::new(self.elements);
        for i in plan {
            coverage.add(&self.offers[*i].audience, self.offers[*i].engagements);
        }
        let mut keyed: Vec<(f64, usize, usize)> = open
            .iter()
            .enumerate()
            .map(|(place, &i)| {
                let o = &self.offers[i];
                let gain = coverage.gain(&o.audience, o.engagements);
                (self.key(i, gain, true), place, i)
            })
            .collect();
        keyed.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut pool: Vec<usize> = keyed
            .into_iter()
            .take(EXCHANGED)
            .map(|(_, _, i)| i)
            .chain(plan.iter().copied())
            .collect();
        pool.sort_by(|a, b| self.offers[*a].creator_id.cmp(&self.offers[*b].creator_id));
        pool.dedup();
        pool
    }

    /// Takes one creator out, tries each other in their place, and fills up again; the best such
    /// step is taken as long as one helps.
    fn exchange(&self, pool: &[usize], mut set: Vec<usize>) -> Vec<usize> {
        let mut value = self.value(&set);
        for _ in 0..ROUNDS {
            let steps: Vec<(usize, Option<usize>)> = if pool.len() <= FEW {
                set.iter()
                    .flat_map(|out| {
                        let others = pool.iter().filter(|i| !set.contains(i));
                        others
                            .map(|i| (*out, Some(*i)))
                            .chain([(*out, None)])
                            .collect::<Vec<_>>()
                    })
                    .collect()
            } else {
                set.iter().map(|out| (*out, None)).collect()
            };
            // Many creators in a plan make each exchange matter little: a plain look suffices.
            let steps = &steps[..steps.len().min(20_000)];
            let tried: Vec<Option<(f64, Vec<usize>)>> = steps
                .par_iter()
                .map(|(out, inn)| {
                    let mut start: Vec<usize> = set.iter().copied().filter(|i| i != out).collect();
                    start.extend(inn);
                    if !self.fits(&start) {
                        return None;
                    }
                    let rest: Vec<usize> = pool.iter().copied().filter(|i| i != out).collect();
                    let filled = self.greedy(&rest, &start, true);
                    Some((self.value(&filled), filled))
                })
                .collect();
            let best = tried
                .into_iter()
                .flatten()
                .reduce(|a, b| if b.0 > a.0 { b } else { a });
            match best {
                Some((better, found)) if better > value * (1.0 + 1e-12) => {
                    (value, set) = (better, found);
                }
                _ => break,
            }
        }
        set
    }

    /// The plan with its sums and its bound.
    fn told(&self, open: &[usize], set: Vec<usize>) -> Plan {
        let mut members = set;
        members.sort_by(|a, b| self.offers[*a].creator_id.cmp(&self.offers[*b].creator_id));
        let ordered = self.greedy(&members, &[], true);
        let mut engaged = Coverage::new(self.elements);
        let mut followed = Coverage::new(self.elements);
        let mut bound = f64::INFINITY;
        let (mut spent, mut chosen) = (0.0, Vec::with_capacity(ordered.len()));
        let every = ordered.len().div_ceil(PREFIXES).max(1);
        for (n, &i) in ordered.iter().enumerate() {
            if n % every == 0 {
                bound = bound.min(self.bound(open, &engaged));
            }
            let o = &self.offers[i];
            let marginal = engaged.add(&o.audience, o.engagements);
            followed.add(&o.audience, o.followers);
            spent += o.price;
            chosen.push(Chosen {
                offer: i,
                marginal,
                cumulative: engaged.total(),
                audience: followed.total(),
                spent,
            });
        }
        bound = bound.min(self.bound(open, &engaged));
        Plan {
            chosen,
            spent,
            engagements: engaged.total(),
            upper_bound: bound.max(engaged.total()),
        }
    }

    /// What is covered and the fractional knapsack of the gains with the whole budget.
    fn bound(&self, open: &[usize], coverage: &Coverage) -> f64 {
        let mut gains: Vec<(f64, f64)> = open
            .iter()
            .map(|i| {
                let o = &self.offers[*i];
                (coverage.gain(&o.audience, o.engagements), o.price)
            })
            .collect();
        let ratio = |g: &(f64, f64)| if g.1 > 0.0 { g.0 / g.1 } else { f64::INFINITY };
        gains.sort_by(|a, b| ratio(b).total_cmp(&ratio(a)));
        let (mut left, mut sum) = (self.limits.budget, coverage.total());
        for (gain, price) in gains {
            if price <= left {
                sum += gain;
                left -= price;
            } else {
                sum += gain * left / price;
                break;
            }
        }
        sum
    }
}

#[cfg(test)]
mod tests;
