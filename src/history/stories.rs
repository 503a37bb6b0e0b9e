//! A difference in sentences, for people who read one screen of it.

use super::compare::{Difference, ListChange, Move, PartChange, SentimentChange};
use super::record::RunRecord;

/// Lines of a kind that are told; the table has all.
const TOLD: usize = 5;
/// A smaller difference of scores is not told.
const TELLING: f64 = 0.005;

impl Difference {
    /// What there is to tell, the gravest first, a line each; `new` and `old` know the names.
    #[must_use]
    pub fn sentences(&self, old: &RunRecord, new: &RunRecord) -> Vec<String> {
        let name = |id: &str| {
            let run = if new.creators.contains_key(id) {
                new
            } else {
                old
            };
            run.name_of(id)
        };
        let mut lines = Vec::new();
        let mut tell = |all: Vec<String>, what: &str| {
            let more = all.len().saturating_sub(TOLD);
            lines.extend(all.into_iter().take(TOLD));
            if more > 0 {
                lines.push(format!("and {more} more {what}"));
            }
        };
        let asked = self.asked_otherwise.iter();
        tell(
            asked
                .map(|line| format!("asked otherwise: {line}"))
                .collect(),
            "settings",
        );
        let faults = self.new_faults.iter();
        tell(
            faults
                .map(|f| format!("new fault of the data: {f}"))
                .collect(),
            "faults",
        );
        let sentiment = self
            .sentiment
            .iter()
            .filter(|s| s.beyond_chance || s.incomparable.is_some() && s.moved());
        tell(sentiment.map(SentimentChange::sentence).collect(), "brands");
        tell(list("the plan", &self.plan, &name), "bookings");
        tell(
            list("the ranking", &self.ranked, &name),
            "creators that came or went",
        );
        // Whose score is as before has made room, or taken it; the table has them too.
        let moves = self.moves.iter().filter(|m| m.difference.abs() >= TELLING);
        tell(
            moves.map(|m| m.sentence(&name(&m.creator_id))).collect(),
            "creators that moved",
        );
        let prices = self.prices.iter();
        tell(
            prices
                .map(|c| {
                    format!(
                        "{}: price {} → {}",
                        name(&c.creator_id),
                        figure(c.figure[0]),
                        figure(c.figure[1])
                    )
                })
                .collect(),
            "prices",
        );
        let (added, removed) = (self.creators.added.len(), self.creators.removed.len());
        if added + removed > 0 {
            tell(
                vec![format!(
                    "the tables have {added} new creators; {removed} are no longer there"
                )],
                "",
            );
        }
        let figures = self
            .campaign
            .iter()
            .filter(|f| ["orders", "revenue", "roas"].contains(&f.figure.as_str()));
        tell(
            figures
                .map(|f| {
                    format!(
                        "campaign {}: {} → {}",
                        f.figure,
                        figure(f.value[0]),
                        figure(f.value[1])
                    )
                })
                .collect(),
            "figures",
        );
        lines
    }
}

/// Who came and went, a line each.
fn list(what: &str, change: &ListChange, name: &dyn Fn(&str) -> String) -> Vec<String> {
    let side = |who: &[(String, Option<String>)], verb: &str, before: &str| -> Vec<String> {
        who.iter()
            .map(|(id, why)| {
                let why = why
                    .as_ref()
                    .map_or_else(String::new, |why| format!(" ({before}{why})"));
                format!("{} {verb} {what}{why}", name(id))
            })
            .collect()
    };
    let mut lines = side(&change.added, "is new in", "before: ");
    lines.extend(side(&change.removed, "is no longer in", ""));
    lines
}

impl Move {
    /// `@ana: rank 3 → 9, score 0.81 → 0.64, by engagement 0.90 → 0.41 (-0.120)`
    #[must_use]
    pub fn sentence(&self, name: &str) -> String {
        let mut line = format!("{name}: rank {} → {}", self.rank[0], self.rank[1]);
        if self.difference.abs() < TELLING {
            line += &format!(", score {} as before: others moved", figure(self.score[1]));
            return line;
        }
        line += &format!(
            ", score {} → {}",
            figure(self.score[0]),
            figure(self.score[1])
        );
        let why: Vec<String> = self.reasons().map(PartChange::sentence).collect();
        if !why.is_empty() {
            line += &format!(", by {}", why.join(" and "));
        }
        if !self.beyond_chance {
            line += "; within what chance allows";
        }
        line
    }

    /// The criteria that made the move: the largest effect, and the next if it is at least half as large.
    pub fn reasons(&self) -> impl Iterator<Item = &PartChange> {
        let largest = self.parts.first().map_or(0.0, |part| part.effect.abs());
        let parts = self.parts.iter().take(2);
        parts.filter(move |part| part.effect.abs() >= 0.5 * largest && part.effect.abs() >= 5e-4)
    }
}

impl PartChange {
    fn sentence(&self) -> String {
        let [before, now] = self.value.map(figure);
        if before == now {
            return format!("{} ({:+.3})", self.criterion, self.effect);
        }
        format!("{} {before} → {now} ({:+.3})", self.criterion, self.effect)
    }
}

impl SentimentChange {
    /// `net sentiment towards Lumora: +42 → +12 points (-30, -41 to -19 by 95 %)`
    #[must_use]
    pub fn sentence(&self) -> String {
        let whose = self.brand.as_ref().map_or_else(
            || "net sentiment of all comments".to_owned(),
            |brand| format!("net sentiment towards {brand}"),
        );
        if let Some(why) = &self.incomparable {
            return format!("{whose} cannot be compared: {why}");
        }
        let points = |x: Option<f64>| x.map_or_else(|| "?".to_owned(), |x| format!("{x:+.0}"));
        format!(
            "{whose}: {} → {} points ({}, {} to {} by 95 %)",
            points(self.net_sentiment[0]),
            points(self.net_sentiment[1]),
            points(self.difference),
            points(self.lower),
            points(self.upper)
        )
    }
}

/// A figure with as many digits as are read: `1204`, `41.2`, `0.81`, `0.035`.
pub(super) fn figure(x: f64) -> String {
    let decimals = match x.abs() {
        size if size.fract() == 0.0 || size >= 100.0 => 0,
        size if size >= 10.0 => 1,
        size if size >= 0.1 => 2,
        _ => 3,
    };
    format!("{x:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::super::compare::PartChange;
    use super::super::record::{PartRecord, RankedRecord};
    use super::super::{RunRecord, compare};

    fn ranked(id: &str, rank: usize, score: f64, engagement: f64) -> RankedRecord {
        let part = PartRecord {
            value: engagement,
            contribution: 0.25 * engagement,
        };
        RankedRecord {
            creator_id: id.to_owned(),
            rank,
            score,
            score_lower: score - 0.02,
            score_upper: score + 0.02,
            parts: [("engagement".to_owned(), part)].into(),
            ..RankedRecord::default()
        }
    }

    #[test]
    fn who_fell_and_why_and_who_only_made_room() {
        let record = |ranking: Vec<RankedRecord>| RunRecord {
            has_ranking: true,
            ranking,
            ..RunRecord::default()
        };
        let old = record(vec![ranked("a", 1, 0.8, 0.9), ranked("b", 2, 0.7, 0.5)]);
        let new = record(vec![ranked("b", 1, 0.7, 0.5), ranked("a", 2, 0.6, 0.1)]);
        let difference = compare(&old, &new);
        assert_eq!(
            difference.sentences(&old, &new),
            ["a: rank 1 → 2, score 0.80 → 0.60, by engagement 0.90 → 0.10 (-0.200)"]
        );
        let parts: &[PartChange] = &difference.moves[0].parts;
        assert!((parts[0].effect + 0.2).abs() < 1e-9);
        assert!(compare(&old, &old).is_empty());
    }
}
