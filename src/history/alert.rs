//! Rules held against a run and the one before it.

use super::compare::{Difference, ListChange};
use super::record::{CreatorRecord, RunRecord};
use super::rule::{Amount, Rule, Subject, Test};
use super::stories::figure;
use serde::Serialize;
use std::collections::BTreeSet;

/// A rule that has come true.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Alert {
    /// The rule as it was written.
    pub rule: String,
    /// What has happened, in a sentence.
    pub text: String,
    /// Whose figure it is; `None` where it is the run's.
    pub of: Option<String>,
    /// The figure of the run before.
    pub before: Option<f64>,
    /// The figure now.
    pub now: Option<f64>,
}

/// A figure that a rule is held against.
struct Reading {
    of: Option<String>,
    before: Option<f64>,
    now: Option<f64>,
    /// Whether the difference is more than chance makes, where that is known.
    beyond_chance: Option<bool>,
}

impl Rule {
    /// The alerts that this rule raises about a run, beside the one before it.
    ///
    /// # Errors
    /// In a sentence, where the run has nothing that the rule could be held against: no such brand, creator or table,
    /// no campaign, no ranking. That it compares with a run before which there was none is no error.
    pub fn check(
        &self,
        old: Option<&RunRecord>,
        new: &RunRecord,
        difference: Option<&Difference>,
    ) -> std::result::Result<Vec<Alert>, String> {
        if self.subject == Subject::List {
            return self.list(old, new);
        }
        if self.subject == Subject::Run && self.compares() && difference.is_none() {
            return Ok(Vec::new());
        }
        let mut readings = match self.subject {
            Subject::Brand => brands(new, difference),
            Subject::Creator => self.creators(old, new, difference),
            Subject::Table => self.tables(old, new),
            Subject::Run => vec![self.run(old, new, difference)],
            Subject::Campaign => vec![self.campaign(old, new)],
            Subject::List => Vec::new(),
        };
        if let Some(asked) = self
            .of
            .as_ref()
            .filter(|_| self.subject != Subject::Creator)
        {
            let asked = asked.to_lowercase();
            readings.retain(|reading| {
                reading.of.as_ref().map(|of| of.to_lowercase()) == Some(asked.clone())
            });
        }
        if readings.iter().all(|reading| reading.now.is_none()) {
            return Err(self.blind(new));
        }
        let raised = readings
            .into_iter()
            .filter(|reading| self.test.holds(reading));
        Ok(raised.map(|reading| self.alert(reading)).collect())
    }

    /// Why the rule sees nothing in a run.
    fn blind(&self, new: &RunRecord) -> String {
        let known: Vec<String> = match self.subject {
            Subject::Brand => brands(new, None).into_iter().filter_map(|r| r.of).collect(),
            Subject::Table => new.tables.keys().cloned().collect(),
            _ => Vec::new(),
        };
        let there = if known.is_empty() {
            String::new()
        } else {
            format!("; there are {}", known.join(", "))
        };
        format!(
            "alert {:?}: this run has nothing to measure it by{there}",
            self.text
        )
    }

    fn alert(&self, reading: Reading) -> Alert {
        let measure = self.measure.replace('_', " ");
        let whose = reading
            .of
            .as_ref()
            .map_or_else(String::new, |of| format!(" of {of}"));
        let now = reading.now.map_or_else(|| "unknown".to_owned(), figure);
        let before = reading
            .before
            .map_or_else(String::new, |before| format!(", {} before", figure(before)));
        Alert {
            rule: self.text.clone(),
            text: format!("{measure}{whose} is {now}{before}"),
            of: reading.of,
            before: reading.before,
            now: reading.now,
        }
    }

    fn list(
        &self,
        old: Option<&RunRecord>,
        new: &RunRecord,
    ) -> std::result::Result<Vec<Alert>, String> {
        let ids = |record: &RunRecord| -> Option<Vec<String>> {
            match self.top {
                Some(top) => record.has_ranking.then(|| {
                    let first = record.ranking.iter().take(top);
                    first.map(|r| r.creator_id.clone()).collect()
                }),
                None => record.plan.as_ref().map(|plan| plan.creators.clone()),
            }
        };
        let now = ids(new).ok_or_else(|| self.blind(new))?;
        let Some(before) = old.and_then(ids) else {
            return Ok(Vec::new());
        };
        let only = |of: &[String], other: &[String]| -> Vec<(String, Option<String>)> {
            let other: BTreeSet<&String> = other.iter().collect();
            let only = of.iter().filter(|id| !other.contains(id));
            only.map(|id| (new.name_of(id), None)).collect()
        };
        let change = ListChange {
            added: only(&now, &before),
            removed: only(&before, &now),
        };
        if change == ListChange::default() {
            return Ok(Vec::new());
        }
        let names = |who: &[(String, Option<String>)]| {
            let names: Vec<&str> = who.iter().map(|(name, _)| name.as_str()).collect();
            names.join(", ")
        };
        let mut said = Vec::new();
        if !change.added.is_empty() {
            said.push(format!("in: {}", names(&change.added)));
        }
        if !change.removed.is_empty() {
            said.push(format!("out: {}", names(&change.removed)));
        }
        let what = self
            .top
            .map_or_else(|| "the plan".to_owned(), |top| format!("the first {top}"));
        Ok(vec![Alert {
            rule: self.text.clone(),
            text: format!("{what} changed; {}", said.join("; ")),
            of: None,
            before: None,
            now: None,
        }])
    }

    fn creators(
        &self,
        old: Option<&RunRecord>,
        new: &RunRecord,
        difference: Option<&Difference>,
    ) -> Vec<Reading> {
        let ids: Vec<String> = match (&self.of, self.top) {
            (Some(asked), _) => {
                let asked = asked.trim_start_matches('@').to_lowercase();
                let named = |(id, creator): &(&String, &CreatorRecord)| {
                    let name = creator.name.as_deref().unwrap_or_default();
                    id.to_lowercase() == asked
                        || name.trim_start_matches('@').to_lowercase() == asked
                };
                new.creators
                    .iter()
                    .filter(named)
                    .map(|(id, _)| id.clone())
                    .collect()
            }
            (None, Some(top)) => new
                .ranking
                .iter()
                .take(top)
                .map(|r| r.creator_id.clone())
                .collect(),
            (None, None) => match &new.plan {
                Some(plan) if !plan.creators.is_empty() => plan.creators.clone(),
                _ => new.ranking.iter().map(|r| r.creator_id.clone()).collect(),
            },
        };
        ids.into_iter()
            .map(|id| Reading {
                before: old.and_then(|old| self.of_creator(old, &id)),
                now: self.of_creator(new, &id),
                of: Some(new.name_of(&id)),
                beyond_chance: self.score_moved(difference, &id),
            })
            .collect()
    }

    fn of_creator(&self, record: &RunRecord, id: &str) -> Option<f64> {
        let creator = record.creators.get(id);
        let ranked = || record.ranking.iter().find(|r| r.creator_id == id);
        let part = |criterion: &str| Some(ranked()?.parts.get(criterion)?.value);
        match self.measure {
            "followers" => creator?.followers,
            "price" => creator?.price,
            "score" => ranked().map(|r| r.score),
            "rank" => ranked().map(|r| r.rank as f64),
            "audience" => part("sentiment"),
            criterion => part(criterion),
        }
    }

    /// Whether a score moved by more than chance allows; unknown for other figures, and for a score that did not move
    /// at all.
    fn score_moved(&self, difference: Option<&Difference>, id: &str) -> Option<bool> {
        let mut moves = difference.filter(|_| self.measure == "score")?.moves.iter();
        moves.find(|m| m.creator_id == id).map(|m| m.beyond_chance)
    }

    fn tables(&self, old: Option<&RunRecord>, new: &RunRecord) -> Vec<Reading> {
        let value = |record: &RunRecord, table: &str| -> Option<f64> {
            let count = record.tables.get(table)?;
            let share = |of: usize| of as f64 / count.rows.max(1) as f64;
            match self.measure {
                "rows" => Some(count.rows as f64),
                "rejected" => Some(share(count.rejected)),
                "unknown" => Some(share(count.unknown.values().max().copied().unwrap_or(0))),
                _ => {
                    let joins = record.joins.iter().filter(|join| join.table == table);
                    let shares = joins.map(|j| j.unmatched as f64 / j.rows.max(1) as f64);
                    shares.reduce(f64::max)
                }
            }
        };
        new.tables
            .keys()
            .map(|table| Reading {
                of: Some(table.clone()),
                before: old.and_then(|old| value(old, table)),
                now: value(new, table),
                beyond_chance: None,
            })
            .collect()
    }

    fn run(
        &self,
        old: Option<&RunRecord>,
        new: &RunRecord,
        difference: Option<&Difference>,
    ) -> Reading {
        let value = |record: &RunRecord| match self.measure {
            "ranked" => record.has_ranking.then_some(record.ranking.len()),
            "booked" => record.plan.as_ref().map(|plan| plan.creators.len()),
            "faults" => Some(record.faults.len()),
            _ => None,
        };
        let of_difference = |d: &Difference| match self.measure {
            "new" => Some(d.creators.added.len()),
            "vanished" => Some(d.creators.removed.len()),
            "new_faults" => Some(d.new_faults.len()),
            _ => None,
        };
        let now = value(new).or_else(|| of_difference(difference?));
        Reading {
            of: None,
            before: old.and_then(value).map(|n| n as f64),
            now: now.map(|n| n as f64),
            beyond_chance: None,
        }
    }

    fn campaign(&self, old: Option<&RunRecord>, new: &RunRecord) -> Reading {
        let value = |record: &RunRecord| record.campaign.get(self.measure).copied();
        Reading {
            of: None,
            before: old.and_then(value),
            now: value(new),
            beyond_chance: None,
        }
    }
}

fn brands(new: &RunRecord, difference: Option<&Difference>) -> Vec<Reading> {
    let change = |brand: &Option<String>| {
        let mut all = difference.into_iter().flat_map(|d| &d.sentiment);
        all.find(|change| change.brand == *brand)
    };
    new.brands
        .iter()
        .map(|brand| {
            let change = change(&brand.brand);
            // Levels by two methods are not compared.
            let comparable = change.filter(|c| c.difference.is_some());
            Reading {
                of: Some(
                    brand
                        .brand
                        .clone()
                        .unwrap_or_else(|| "all comments".to_owned()),
                ),
                before: comparable.and_then(|c| c.net_sentiment[0]),
                now: brand.net_sentiment,
                beyond_chance: comparable.map(|c| c.beyond_chance),
            }
        })
        .collect()
}

impl Test {
    fn holds(self, reading: &Reading) -> bool {
        let Some(now) = reading.now else { return false };
        let moved = |amount: Option<Amount>, direction: f64| {
            let Some(before) = reading.before else {
                return false;
            };
            let by = direction * (now - before);
            let enough = match amount {
                None => by > 0.0,
                Some(Amount::Absolute(least)) => by >= least,
                Some(Amount::Share(least)) => by >= least * before.abs(),
            };
            by > 0.0 && enough && reading.beyond_chance.unwrap_or(true)
        };
        match self {
            Self::Below(limit) => now < limit,
            Self::AtMost(limit) => now <= limit,
            Self::Above(limit) => now > limit,
            Self::AtLeast(limit) => now >= limit,
            Self::Falls(amount) => moved(amount, -1.0),
            Self::Rises(amount) => moved(amount, 1.0),
            Self::Changes => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::record::{BrandRecord, CreatorRecord, RankedRecord};
    use super::super::{RunRecord, compare};
    use super::Rule;

    fn run(net: f64, ids: &[&str], price: f64) -> RunRecord {
        let ranked = ids.iter().enumerate().map(|(n, id)| RankedRecord {
            creator_id: (*id).to_owned(),
            rank: n + 1,
            score: 0.9 - 0.1 * n as f64,
            score_lower: 0.88 - 0.1 * n as f64,
            score_upper: 0.92 - 0.1 * n as f64,
            ..RankedRecord::default()
        });
        let creator = CreatorRecord {
            name: Some("ana.bakes".to_owned()),
            price: Some(price),
            ..CreatorRecord::default()
        };
        RunRecord {
            has_ranking: true,
            ranking: ranked.collect(),
            creators: ids
                .iter()
                .map(|id| ((*id).to_owned(), creator.clone()))
                .collect(),
            brands: vec![BrandRecord {
                brand: Some("Lumora".to_owned()),
                about: 400,
                net_sentiment: Some(net),
                std_error: Some(3.0),
                method: "uncorrected".to_owned(),
                ..BrandRecord::default()
            }],
            ..RunRecord::default()
        }
    }

    fn fired(rule: &str, old: &RunRecord, new: &RunRecord) -> Vec<String> {
        let difference = compare(old, new);
        let alerts = Rule::parse(rule)
            .unwrap()
            .check(Some(old), new, Some(&difference));
        alerts
            .unwrap_or_default()
            .into_iter()
            .map(|alert| alert.text)
            .collect()
    }

    #[test]
    fn a_move_within_chance_is_no_alarm() {
        let old = run(40.0, &["a", "b"], 100.0);
        assert_eq!(
            fired("sentiment falls", &old, &run(36.0, &["a", "b"], 100.0)),
            [""; 0]
        );
        let new = run(10.0, &["a", "b"], 100.0);
        assert_eq!(
            fired("sentiment of lumora falls", &old, &new),
            ["sentiment of Lumora is 10, 40 before"]
        );
        assert_eq!(fired("sentiment falls by 31", &old, &new), [""; 0]);
        assert_eq!(fired("sentiment of Velvetine falls", &old, &new), [""; 0]);
        assert_eq!(fired("sentiment rises", &old, &new), [""; 0]);
    }

    #[test]
    fn lists_prices_and_limits() {
        let old = run(40.0, &["a", "b"], 100.0);
        let new = run(40.0, &["b", "c"], 125.0);
        assert_eq!(
            fired("top 1 changes", &old, &new),
            ["the first 1 changed; in: @ana.bakes; out: a"]
        );
        assert_eq!(fired("price rises by 20%", &old, &new).len(), 1);
        assert_eq!(fired("price of top 1 rises by 30%", &old, &new).len(), 0);
        assert_eq!(fired("vanished > 0", &old, &new), ["vanished is 1"]);
        assert_eq!(fired("ranked < 2", &old, &new), [""; 0]);
        assert_eq!(
            fired("sentiment < 50", &old, &old),
            ["sentiment of Lumora is 40, 40 before"]
        );
        assert_eq!(fired("plan changes", &old, &new), [""; 0]);
    }

    #[test]
    fn a_rule_that_sees_nothing_says_so_and_one_without_a_run_before_does_not() {
        let now = run(40.0, &["a"], 100.0);
        let blind = |rule: &str| Rule::parse(rule).unwrap().check(None, &now, None);
        let said = blind("sentiment of Lumra falls").unwrap_err();
        assert!(said.contains("there are Lumora"), "{said}");
        for rule in ["roas < 1", "plan changes", "price of zoe > 1", "rows < 5"] {
            assert!(blind(rule).is_err(), "{rule}");
        }
        for rule in ["sentiment of Lumora falls", "top 3 changes", "vanished > 0"] {
            assert_eq!(blind(rule), Ok(Vec::new()), "{rule}");
        }
    }

    #[test]
    fn what_is_no_rule_is_refused_with_what_was_expected() {
        for (rule, expected) in [
            ("", "empty"),
            ("mood falls", "there are sentiment"),
            ("sentiment", "expected <"),
            ("sentiment < low", "expected a number"),
            ("sentiment changes", "only `top N` and `plan`"),
            ("top 10 > 3", "only changes"),
            ("top ten changes", "how many"),
            ("rank falls 10", "`by` and an amount"),
            ("roas of cr1 < 1", "names nobody"),
        ] {
            let error = Rule::parse(rule).unwrap_err().to_string();
            assert!(error.contains(expected), "{rule}: {error}");
        }
        assert!(
            Rule::parse("rejected > 1%").is_ok()
                && Rule::parse("Sentiment of Big Co >= -5").is_ok()
        );
    }
}
