//! What a run has found: a line for each stage, and at the end whom to book, why, and how sure that is.

use super::layout::{beginning, table_leaving, width};
use super::rank::wider;
use super::term::{count, printable};
use crate::schema::Creator;
use serde_json::Value;
use std::collections::HashMap;

/// Creators named at the end of a run.
const NAMED: usize = 5;
/// Brands named in a line.
const BRANDS: usize = 3;

fn number(value: &Value, key: &str) -> Option<f64> {
    value.get(key)?.as_f64()
}

fn whole(value: &Value, key: &str) -> String {
    number(value, key).map_or_else(|| "?".to_owned(), rounded)
}

fn rounded(x: f64) -> String {
    count(x.max(0.0).round() as u64)
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn items<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value
        .get(key)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// What a stage has found, in a line, by its summary document.
pub(crate) fn stage_result(command: &str, document: &Value) -> String {
    let found = match command {
        "sentiment" => sentiment(document),
        "niches" => niches(document),
        "engagement" => engagement(document),
        "authenticity" => format!(
            "{} of {} creators show a sign against their audience",
            whole(document, "flagged"),
            whole(document, "assessed")
        ),
        "rank" => ranked(document),
        "plan" => format!(
            "{} creators for {} of {}, {} expected engagements",
            items(document, "creators").len(),
            whole(document, "spent"),
            money(document, "budget"),
            whole(document, "engagements")
        ),
        "campaign" => campaign(document),
        "lift" => lift(document),
        _ => String::new(),
    };
    let manifest = &document["manifest"];
    let rejected = number(manifest, "rejected").unwrap_or(0.0);
    let rows: f64 = items(manifest, "inputs")
        .iter()
        .filter_map(|input| number(input, "rows"))
        .sum();
    let mut line = printable(&found);
    if rejected > 0.0 {
        line += &format!("; {} of {} rows rejected", rounded(rejected), rounded(rows));
    }
    line
}

fn money(document: &Value, key: &str) -> String {
    let currency = text(document, "currency");
    format!("{} {currency}", whole(document, key))
        .trim_end()
        .to_owned()
}

fn sentiment(document: &Value) -> String {
    let brands = items(document, "brands");
    let named = brands.iter().take(BRANDS).map(|brand| {
        let name = brand["brand"].as_str().unwrap_or("whole text");
        let comments = whole(brand, "about");
        match number(brand, "net_sentiment") {
            Some(net) => format!(
                "{name} {net:+.0} points ({comments} comments, {})",
                text(brand, "method").replace('_', " ")
            ),
            None => format!("{name} unknown ({comments} comments are too few)"),
        }
    });
    let mut line = named.collect::<Vec<_>>().join(", ");
    if brands.len() > BRANDS {
        line += &format!(" and {} more", count((brands.len() - BRANDS) as u64));
    }
    line
}

fn niches(document: &Value) -> String {
    let niches = items(document, "niches");
    let largest = niches
        .iter()
        .rev()
        .max_by_key(|niche| niche.get("size").and_then(Value::as_u64));
    let mut line = format!("{} niches", niches.len());
    if let Some(largest) = largest {
        line += &format!(
            ", the largest {} ({} creators)",
            text(largest, "niche"),
            whole(largest, "size")
        );
    }
    let unread = number(document, "unreadable").unwrap_or(0.0);
    if unread > 0.0 {
        line += &format!(
            "; {} write in other languages than English",
            rounded(unread)
        );
    }
    line
}

fn engagement(document: &Value) -> String {
    let groups = items(document, "groups");
    let posts: f64 = groups.iter().filter_map(|g| number(g, "posts")).sum();
    let platforms: Vec<&str> = groups
        .iter()
        .map(|g| text(g, "platform"))
        .filter(|name| !name.is_empty())
        .collect();
    let on = if platforms.is_empty() {
        String::new()
    } else {
        format!(" on {}", platforms.join(", "))
    };
    format!(
        "expected rates of {} creators from {} posts{on}",
        whole(document, "creators"),
        rounded(posts)
    )
}

fn ranked(document: &Value) -> String {
    match items(document, "creators").first() {
        None => format!(
            "no creator matches, {} are left out (excluded.csv says why)",
            whole(document, "excluded")
        ),
        Some(first) => format!(
            "{} creators match, {} are left out; first {}, score {}",
            whole(document, "ranked"),
            whole(document, "excluded"),
            text(first, "creator_id"),
            score(first)
        ),
    }
}

/// `0.89 (0.85-0.92)`
fn score(row: &Value) -> String {
    let of = |key| number(row, key).unwrap_or(0.0);
    format!(
        "{:.2} ({:.2}-{:.2})",
        of("score"),
        of("score_lower"),
        of("score_upper")
    )
}

fn campaign(document: &Value) -> String {
    let total = &document["total"];
    let mut line = format!(
        "{} orders, revenue {}",
        whole(total, "orders"),
        money(total, "revenue")
    );
    line += &format!(" for {} spent", whole(total, "spend"));
    if let Some(roas) = number(total, "roas") {
        line += &format!("; ROAS {roas:.2}");
        if let (Some(lower), Some(upper)) =
            (number(total, "roas_lower"), number(total, "roas_upper"))
        {
            line += &format!(" ({lower:.2}-{upper:.2})");
        }
    }
    line
}

fn lift(document: &Value) -> String {
    let of = |key| number(document, key);
    let mut line = match of("lift_percent") {
        Some(lift) => format!("{lift:+.1} %"),
        None => format!("{:+.1} a place and day", of("att").unwrap_or(0.0)),
    };
    if let (Some(lower), Some(upper)) = (of("lower"), of("upper")) {
        line += &format!(" ({lower:+.1} to {upper:+.1} %)");
    }
    if let Some(p) = of("p_value") {
        line += &if p < 0.001 {
            ", p < 0.001".to_owned()
        } else {
            format!(", p = {p:.3}")
        };
    }
    line
}

/// What the end of a run is made of: the ranking's and the plan's documents, and the accounts that they name.
pub(crate) struct Answer<'a> {
    niche: &'a str,
    ranking: Option<&'a Value>,
    plan: Option<&'a Value>,
    ranked: HashMap<&'a str, &'a Value>,
    accounts: HashMap<&'a str, &'a Creator>,
}

impl<'a> Answer<'a> {
    pub(crate) fn new(
        niche: &'a str,
        creators: &'a [Creator],
        ranking: Option<&'a Value>,
        plan: Option<&'a Value>,
    ) -> Self {
        let rows = ranking.map_or(&[][..], |document| items(document, "creators"));
        Self {
            niche,
            ranking,
            plan: plan.filter(|plan| !items(plan, "creators").is_empty()),
            ranked: rows
                .iter()
                .map(|row| (text(row, "creator_id"), row))
                .collect(),
            accounts: creators
                .iter()
                .map(|c| (c.creator_id.as_str(), c))
                .collect(),
        }
    }

    /// Whom to book: the plan's creators where there is a plan, else the first of the ranking; each with a line of why,
    /// and how sure that is. `None` where the run has neither.
    pub(crate) fn text(&self) -> Option<String> {
        let parts: Vec<String> = match (self.ranking, self.plan) {
            (Some(ranking), Some(plan)) => vec![self.ranking_text(ranking), self.plan_text(plan)],
            (Some(ranking), None) => {
                let rows = items(ranking, "creators");
                let booked = (!rows.is_empty()).then(|| self.first_text(rows));
                [Some(self.ranking_text(ranking)), booked]
                    .into_iter()
                    .flatten()
                    .collect()
            }
            (None, Some(plan)) => vec![self.plan_text(plan)],
            (None, None) => return None,
        };
        Some(parts.join("\n\n"))
    }

    /// A handle where the table has one.
    fn whose(&self, id: &str) -> String {
        let handle = self.accounts.get(id).and_then(|c| c.handle.as_deref());
        let shown = handle.map_or_else(
            || id.to_owned(),
            |handle| format!("@{}", handle.trim_start_matches('@')),
        );
        printable(&shown)
    }

    fn ranking_text(&self, document: &Value) -> String {
        let rows = items(document, "creators");
        if rows.is_empty() {
            let mut text = format!(
                "No creator matches \"{}\"; excluded.csv says why each was left out.",
                printable(self.niche)
            );
            let strings = |of: &Value| -> Vec<String> {
                let own = of.as_array().into_iter().flatten();
                own.filter_map(|s| s.as_str().map(str::to_owned)).collect()
            };
            for query in items(document, "queries") {
                let niches = query["niches"].as_array().into_iter().flatten();
                let niches: Vec<Vec<String>> = niches.map(strings).collect();
                text += &wider(&strings(&query["narrowed_by"]), &niches);
            }
            return text;
        }
        let cells = rows.iter().take(NAMED).map(|row| {
            let id = text(row, "creator_id");
            let creator = self.accounts.get(id);
            let followers = creator.and_then(|c| c.followers);
            vec![
                whole(row, "rank"),
                self.whose(id),
                score(row),
                format!(
                    "{} to {}",
                    whole(row, "rank_lower"),
                    whole(row, "rank_upper")
                ),
                followers.map_or_else(|| "unknown".to_owned(), |f| count(f.0)),
                creator.and_then(|c| c.platform.clone()).unwrap_or_default(),
            ]
        });
        let columns = [
            "#",
            "creator",
            "score (90 %)",
            "rank (90 %)",
            "followers",
            "platform",
        ];
        format!(
            "Micro-influencers for \"{}\": {} match\n{}",
            printable(self.niche),
            whole(document, "ranked"),
            table_leaving(&columns, &[5, 4, 3], cells.collect())
        )
    }

    /// The first of the ranking, where there is no plan.
    fn first_text(&self, rows: &[Value]) -> String {
        let lines = rows.iter().take(NAMED).map(|row| {
            let head = format!(
                "{}. {}",
                whole(row, "rank"),
                self.whose(text(row, "creator_id"))
            );
            why(&head, Some(row))
        });
        format!(
            "Whom to book first, and why (a budget makes a plan):\n{}",
            lines.collect::<Vec<_>>().join("\n")
        )
    }

    fn plan_text(&self, plan: &Value) -> String {
        let chosen = items(plan, "creators");
        let lines = chosen.iter().take(NAMED).enumerate().map(|(n, row)| {
            let id = text(row, "creator_id");
            let price = &row["price"];
            let estimated = match text(price, "source") {
                "estimate" => format!(
                    " (estimated, {}-{})",
                    whole(price, "lower_90"),
                    whole(price, "upper_90")
                ),
                _ => String::new(),
            };
            let head = format!(
                "{}. {}: {} {}{estimated}, adds {}",
                n + 1,
                self.whose(id),
                whole(price, "amount"),
                text(plan, "currency"),
                whole(row, "marginal_engagements"),
            );
            why(&head, self.ranked.get(id).copied())
        });
        let mut said = format!(
            "Whom to book for {}: {} creators, {} expected engagements\n(by engagements added for the price, so not in the order of the score)\n{}",
            money(plan, "budget"),
            chosen.len(),
            whole(plan, "engagements"),
            lines.collect::<Vec<_>>().join("\n")
        );
        if chosen.len() > NAMED {
            said += &format!("\n and {} more in plan.csv", chosen.len() - NAMED);
        }
        said
    }
}

/// A creator with a line of why, and how sure that is.
fn why(head: &str, ranked: Option<&Value>) -> String {
    let room = width().saturating_sub(4);
    let reasons = ranked.map_or(&[][..], |row| items(row, "reasons"));
    let first = reasons.iter().find_map(Value::as_str).unwrap_or_default();
    // What it adds to the score is the report's to show.
    let first = first.split(" (adds ").next().unwrap_or(first);
    let first = first.replacen("fits the niche ", "fit ", 1);
    let sure = ranked.map_or_else(
        || "not in the ranking".to_owned(),
        |row| {
            format!(
                "score {}, rank {}-{}",
                score(row),
                whole(row, "rank_lower"),
                whole(row, "rank_upper")
            )
        },
    );
    let line = if first.is_empty() {
        sure
    } else {
        format!("{sure}; {first}")
    };
    format!(" {head}\n    {}", beginning(&printable(&line), room))
}
