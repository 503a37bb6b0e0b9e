//! What a user wants to be called for: `sentiment of Lumora falls by 5`, `top 10 changes`, `rejected > 1%`.

use super::compare::{Difference, ListChange};
use super::record::RunRecord;
use crate::error::{Error, Result};
use serde::Serialize;
use std::collections::BTreeSet;

/// What can be measured, with whose it is.
const MEASURES: [(&str, Subject); 37] = [
    ("sentiment", Subject::Brand),
    ("score", Subject::Creator),
    ("rank", Subject::Creator),
    ("relevance", Subject::Creator),
    ("engagement", Subject::Creator),
    ("audience", Subject::Creator),
    ("authenticity", Subject::Creator),
    ("safety", Subject::Creator),
    ("activity", Subject::Creator),
    ("followers", Subject::Creator),
    ("price", Subject::Creator),
    ("rows", Subject::Table),
    ("rejected", Subject::Table),
    ("unmatched", Subject::Table),
    ("unknown", Subject::Table),
    ("top", Subject::List),
    ("plan", Subject::List),
    ("ranked", Subject::Run),
    ("booked", Subject::Run),
    ("new", Subject::Run),
    ("vanished", Subject::Run),
    ("faults", Subject::Run),
    ("new_faults", Subject::Run),
    ("spend", Subject::Campaign),
    ("impressions", Subject::Campaign),
    ("engagements", Subject::Campaign),
    ("engagement_rate", Subject::Campaign),
    ("visits", Subject::Campaign),
    ("orders", Subject::Campaign),
    ("revenue", Subject::Campaign),
    ("conversion_rate", Subject::Campaign),
    ("aov", Subject::Campaign),
    ("cpm", Subject::Campaign),
    ("cpc", Subject::Campaign),
    ("cpa", Subject::Campaign),
    ("roas", Subject::Campaign),
    ("roi", Subject::Campaign),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Subject {
    Brand,
    Creator,
    Table,
    List,
    Run,
    Campaign,
}

/// One rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    text: String,
    measure: &'static str,
    subject: Subject,
    /// Whose: a brand, a creator, a table; all of them where nobody is named.
    of: Option<String>,
    /// How many of the first, in `top N` and `of top N`.
    top: Option<usize>,
    test: Test,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Test {
    Below(f64),
    AtMost(f64),
    Above(f64),
    AtLeast(f64),
    Falls(Option<Amount>),
    Rises(Option<Amount>),
    Changes,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Amount {
    Absolute(f64),
    /// A share of the value before.
    Share(f64),
}

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
    /// Reads a rule: a measure, whose (`of NAME`), and a test: `<`, `<=`, `>`, `>=` and a number, `falls`, `rises`, each
    /// also with `by` and an amount or a share, or `changes`.
    ///
    /// # Errors
    /// [`Error::Usage`] with what was expected.
    pub fn parse(text: &str) -> Result<Self> {
        let wrong = |why: String| {
            Error::usage(format!("alert {text:?}: {why}"))
                .with_hint("for example \"sentiment of Lumora falls by 5\", \"top 10 changes\", \"price rises by 20%\", \"rejected > 1%\"")
        };
        let words: Vec<&str> = text.split_whitespace().collect();
        let Some(first) = words.first() else {
            return Err(wrong("it is empty".to_owned()));
        };
        let name = first.to_lowercase().replace('-', "_");
        let Some((measure, subject)) = MEASURES.iter().find(|(known, _)| *known == name) else {
            let known: Vec<&str> = MEASURES.iter().map(|(name, _)| *name).collect();
            return Err(wrong(format!(
                "{first:?} is not measured; there are {}",
                known.join(", ")
            )));
        };
        let is_test = |word: &&str| {
            ["<", "<=", ">", ">=", "falls", "rises", "changes"]
                .contains(&word.to_lowercase().as_str())
        };
        let Some(at) = words.iter().position(is_test) else {
            return Err(wrong(
                "expected <, <=, >, >=, falls, rises or changes".to_owned(),
            ));
        };
        let (of, top) = whose(*subject, &words[1..at]).map_err(wrong)?;
        let held = test(words[at], &words[at + 1..]).map_err(wrong)?;
        let fits = match subject {
            Subject::List => held == Test::Changes && (name == "top") == top.is_some(),
            _ => held != Test::Changes,
        };
        if !fits {
            return Err(wrong(match subject {
                Subject::List if held != Test::Changes => {
                    format!("{name} is a list, which only changes")
                }
                Subject::List => "expected `top N changes` or `plan changes`".to_owned(),
                _ => "only `top N` and `plan` are lists that change; say falls, rises or compare with a number".to_owned(),
            }));
        }
        Ok(Self {
            text: text.trim().to_owned(),
            measure,
            subject: *subject,
            of,
            top,
            test: held,
        })
    }

    /// The alerts that this rule raises about a run, beside the one before it.
    #[must_use]
    pub fn check(
        &self,
        old: Option<&RunRecord>,
        new: &RunRecord,
        difference: Option<&Difference>,
    ) -> Vec<Alert> {
        if self.subject == Subject::List {
            return self.list(old, new).into_iter().collect();
        }
        let readings = match self.subject {
            Subject::Brand => brands(new, difference),
            Subject::Creator => self.creators(old, new),
            Subject::Table => self.tables(old, new),
            Subject::Run => vec![self.run(old, new, difference)],
            Subject::Campaign => vec![self.campaign(old, new)],
            Subject::List => Vec::new(),
        };
        let wanted = |reading: &Reading| match (&self.of, &reading.of) {
            (Some(asked), Some(of)) if self.subject != Subject::Creator => {
                asked.to_lowercase() == of.to_lowercase()
            }
            _ => true,
        };
        readings
            .into_iter()
            .filter(|reading| wanted(reading) && self.test.holds(reading))
            .map(|reading| self.alert(reading))
            .collect()
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

    fn list(&self, old: Option<&RunRecord>, new: &RunRecord) -> Option<Alert> {
        let old = old?;
        let ids = |record: &RunRecord| -> Option<Vec<String>> {
            match self.top {
                Some(top) => record.has_ranking.then(|| {
                    let first = record.ranking.iter().take(top);
                    first.map(|r| r.creator_id.clone()).collect()
                }),
                None => record.plan.as_ref().map(|plan| plan.creators.clone()),
            }
        };
        let (before, now) = (ids(old)?, ids(new)?);
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
            return None;
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
        Some(Alert {
            rule: self.text.clone(),
            text: format!("{what} changed; {}", said.join("; ")),
            of: None,
            before: None,
            now: None,
        })
    }

    fn creators(&self, old: Option<&RunRecord>, new: &RunRecord) -> Vec<Reading> {
        let ids: Vec<String> = match (&self.of, self.top) {
            (Some(asked), _) => {
                let asked = asked.trim_start_matches('@').to_lowercase();
                let named = |(id, creator): &(&String, &super::CreatorRecord)| {
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
                beyond_chance: self.score_moved(old, new, &id),
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

    /// Whether a score moved by more than its two intervals allow.
    fn score_moved(&self, old: Option<&RunRecord>, new: &RunRecord, id: &str) -> Option<bool> {
        if self.measure != "score" {
            return None;
        }
        let of = |record: &RunRecord| {
            let ranked = record.ranking.iter().find(|r| r.creator_id == id)?;
            Some((
                ranked.score,
                (ranked.score_upper - ranked.score_lower) / 2.0,
            ))
        };
        let ((before, first), (now, second)) = (of(old?)?, of(new)?);
        Some((now - before).abs() > first.hypot(second))
    }

    fn tables(&self, old: Option<&RunRecord>, new: &RunRecord) -> Vec<Reading> {
        let value = |record: &RunRecord, table: &str| -> Option<f64> {
            let count = record.tables.get(table)?;
            let share = |of: usize| of as f64 / count.rows.max(1) as f64;
            match self.measure {
                "rows" => Some(count.rows as f64),
                "rejected" => Some(share(count.rejected)),
                "unknown" => count.unknown.values().max().map(|cells| share(*cells)),
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

/// Whose figure it is, by the words between the measure and the test.
fn whose(
    subject: Subject,
    words: &[&str],
) -> std::result::Result<(Option<String>, Option<usize>), String> {
    let number = |word: &str| {
        let n = word.parse().ok().filter(|n: &usize| *n > 0);
        n.ok_or_else(|| format!("expected how many of the first, and not {word:?}"))
    };
    match (subject, words) {
        (Subject::List, [n]) | (Subject::Creator, ["of", "top", n]) => Ok((None, Some(number(n)?))),
        (_, []) => Ok((None, None)),
        (Subject::Brand | Subject::Creator | Subject::Table, ["of", name @ ..])
            if !name.is_empty() =>
        {
            Ok((Some(name.join(" ")), None))
        }
        _ => Err(format!(
            "{:?} names nobody; write `of NAME`",
            words.join(" ")
        )),
    }
}

fn test(word: &str, rest: &[&str]) -> std::result::Result<Test, String> {
    let amount = |text: &str| -> std::result::Result<Amount, String> {
        let share = text.strip_suffix('%');
        let value: Option<f64> = share.unwrap_or(text).replace(',', "").parse().ok();
        let value = value.filter(|v: &f64| v.is_finite());
        let value = value.ok_or_else(|| format!("expected a number, and not {text:?}"))?;
        Ok(match share {
            Some(_) => Amount::Share(value / 100.0),
            None => Amount::Absolute(value),
        })
    };
    let limit = || match rest {
        [text] => amount(text).map(|amount| match amount {
            Amount::Absolute(value) | Amount::Share(value) => value,
        }),
        _ => Err(format!("expected one number after {word}")),
    };
    let by = || match rest {
        [] => Ok(None),
        ["by", text] => amount(text).map(Some),
        _ => Err(format!(
            "expected nothing or `by` and an amount after {word}"
        )),
    };
    Ok(match word.to_lowercase().as_str() {
        "<" => Test::Below(limit()?),
        "<=" => Test::AtMost(limit()?),
        ">" => Test::Above(limit()?),
        ">=" => Test::AtLeast(limit()?),
        "falls" => Test::Falls(by()?),
        "rises" => Test::Rises(by()?),
        _ if rest.is_empty() => Test::Changes,
        _ => return Err("expected nothing after changes".to_owned()),
    })
}

/// A figure with as many digits as are read: `41.2`, `1,204`, `0.035`.
fn figure(value: f64) -> String {
    let decimals = match value.abs() {
        size if size.fract() == 0.0 => 0,
        size if size < 1.0 => 3,
        _ => 1,
    };
    format!("{value:.decimals$}")
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
        alerts.into_iter().map(|alert| alert.text).collect()
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
