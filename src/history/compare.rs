//! What differs between two runs.

use super::record::{BrandRecord, RankedRecord, RunRecord};
use crate::stats::normal_quantile;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Share of comparisons without a change of which one may be called a change, all comparisons of a kind together.
const FALSE_ALARMS: f64 = 0.05;
/// A share of unknown cells that has grown by this much is a fault of the data: a column was renamed, or is no longer
/// filled.
const UNKNOWN_GREW: f64 = 0.2;
/// A table that has lost this share of its rows is named as a fault.
const ROWS_LOST: f64 = 0.2;

/// What differs between two runs, each list with the largest difference first.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Difference {
    /// When the earlier run began.
    pub old_started_at: Option<Timestamp>,
    /// When the later one did.
    pub new_started_at: Option<Timestamp>,
    /// Settings, models and versions that differ: what follows may come of them.
    pub asked_otherwise: Vec<String>,
    /// What is wrong with the data of the later run and was not with those of the earlier.
    pub new_faults: Vec<String>,
    /// Rows by table, where they differ.
    pub tables: Vec<TableChange>,
    /// Columns of which more or fewer cells say nothing.
    pub unknown: Vec<ColumnUnknown>,
    /// Creators that only one of the two has.
    pub creators: ListChange,
    /// Creators that only one of the two rankings has, with the reason why one is out.
    pub ranked: ListChange,
    /// Creators in both rankings whose place or score moved.
    pub moves: Vec<Move>,
    /// Net sentiment, by brand.
    pub sentiment: Vec<SentimentChange>,
    /// Creators in one of the plans only.
    pub plan: ListChange,
    /// Prices that differ.
    pub prices: Vec<CreatorFigure>,
    /// Followers that differ.
    pub followers: Vec<CreatorFigure>,
    /// The campaign's totals that differ.
    pub campaign: Vec<FigureChange>,
}

/// Rows of a table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TableChange {
    /// Which table.
    pub table: String,
    /// Rows in the files, before and after.
    pub rows: [usize; 2],
    /// Rows that were rejected, before and after.
    pub rejected: [usize; 2],
}

/// Cells of a column that say nothing.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ColumnUnknown {
    /// Which table.
    pub table: String,
    /// Which column.
    pub column: String,
    /// Their share of the rows, before and after.
    pub share: [f64; 2],
}

/// Who came and who went.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct ListChange {
    /// In the later run only: creator and reason, where one is known.
    pub added: Vec<(String, Option<String>)>,
    /// In the earlier run only.
    pub removed: Vec<(String, Option<String>)>,
}

/// A creator in both rankings.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Move {
    /// Who.
    pub creator_id: String,
    /// Place before and after.
    pub rank: [usize; 2],
    /// Score before and after.
    pub score: [f64; 2],
    /// After minus before.
    pub difference: f64,
    /// Lower end of the interval of the difference that holds for all creators together at 95 %.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
    /// Whether that interval leaves out 0.
    pub beyond_chance: bool,
    /// What the criteria did to the score, the largest effect first; those without an effect are left out.
    pub parts: Vec<PartChange>,
}

/// What one criterion did to a score.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PartChange {
    /// Which criterion.
    pub criterion: String,
    /// Its value before and after, 0..1.
    pub value: [f64; 2],
    /// What it adds to the score after, minus what it added before.
    pub effect: f64,
    /// The evidence before and after, where it is known.
    pub evidence: [Option<String>; 2],
}

/// Net sentiment of a brand.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SentimentChange {
    /// The brand; `None` for comments that were scored as a whole.
    pub brand: Option<String>,
    /// Comments that count, before and after.
    pub about: [usize; 2],
    /// Points before and after.
    pub net_sentiment: [Option<f64>; 2],
    /// After minus before; `None` where one is unknown or the two were estimated by different methods.
    pub difference: Option<f64>,
    /// Lower end of the interval of the difference that holds for all brands together at 95 %.
    pub lower: Option<f64>,
    /// Upper end.
    pub upper: Option<f64>,
    /// Whether that interval leaves out 0.
    pub beyond_chance: bool,
    /// Why there is no difference.
    pub incomparable: Option<String>,
}

/// A figure of a creator.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CreatorFigure {
    /// Who.
    pub creator_id: String,
    /// Before and after.
    pub figure: [f64; 2],
}

/// A figure of the campaign.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FigureChange {
    /// Which, by its key in the campaign's document.
    pub figure: String,
    /// Before and after.
    pub value: [f64; 2],
}

/// What differs between an earlier and a later run.
///
/// Differences of scores and of net sentiment have intervals as if both runs had seen different data. Two nights share
/// most of theirs, so the intervals are rather too wide, and an alarm rather comes late than for nothing. They hold for
/// all comparisons of their kind together (Bonferroni: each at 1 - 0.05 / number of comparisons).
#[must_use]
pub fn compare(old: &RunRecord, new: &RunRecord) -> Difference {
    let (unknown, unknown_faults) = unknown_cells(old, new);
    let mut difference = Difference {
        old_started_at: old.started_at,
        new_started_at: new.started_at,
        asked_otherwise: asked_otherwise(old, new),
        new_faults: new_faults(old, new),
        tables: table_changes(old, new),
        unknown,
        creators: list_change(
            old.creators.keys().map(String::as_str),
            new.creators.keys().map(String::as_str),
            |_| None,
            |_| None,
        ),
        moves: moves(old, new),
        sentiment: sentiment(old, new),
        prices: figures(old, new, |record, id| {
            let creator = record.creators.get(id)?;
            Some((creator.price?, creator.currency.clone()))
        }),
        followers: figures(old, new, |record, id| {
            Some((record.creators.get(id)?.followers?, None))
        }),
        campaign: campaign(old, new),
        ..Difference::default()
    };
    difference.new_faults.extend(unknown_faults);
    if old.has_ranking && new.has_ranking {
        difference.ranked = list_change(
            old.ranking.iter().map(|r| r.creator_id.as_str()),
            new.ranking.iter().map(|r| r.creator_id.as_str()),
            |id| reason(old, id),
            |id| reason(new, id),
        );
    }
    let booked = |record: &RunRecord| record.plan.as_ref().map(|p| p.creators.clone());
    if let (Some(before), Some(after)) = (booked(old), booked(new)) {
        difference.plan = list_change(
            before.iter().map(String::as_str),
            after.iter().map(String::as_str),
            |_| None,
            |_| None,
        );
    }
    difference
}

impl Difference {
    /// Whether nothing differs but the time.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let timeless = Self {
            old_started_at: None,
            new_started_at: None,
            sentiment: Vec::new(),
            ..self.clone()
        };
        timeless == Self::default() && self.sentiment.iter().all(|s| !s.moved())
    }
}

impl SentimentChange {
    /// Whether anything is different, by chance or not.
    #[must_use]
    pub fn moved(&self) -> bool {
        self.net_sentiment[0] != self.net_sentiment[1] || self.about[0] != self.about[1]
    }
}

fn differs(figure: [f64; 2]) -> bool {
    figure[0].total_cmp(&figure[1]).is_ne()
}

fn asked_otherwise(old: &RunRecord, new: &RunRecord) -> Vec<String> {
    let mut all = Vec::new();
    if old.version != new.version {
        all.push(format!(
            "microfluence {} before, {} now",
            old.version, new.version
        ));
    }
    let lines = |record: &RunRecord| record.asked.iter().cloned().collect::<BTreeSet<String>>();
    let (before, after) = (lines(old), lines(new));
    all.extend(before.difference(&after).map(|l| format!("no longer: {l}")));
    all.extend(after.difference(&before).map(|l| format!("now: {l}")));
    for (model, sha256) in &new.models {
        if old.models.get(model).is_some_and(|was| was != sha256) {
            all.push(format!("another version of the model {model}"));
        }
    }
    all
}

fn new_faults(old: &RunRecord, new: &RunRecord) -> Vec<String> {
    // A fault that only counts other rows than before is the same fault.
    let kind = |fault: &str| {
        let letters = fault.chars().filter(|c| !c.is_ascii_digit());
        letters.collect::<String>()
    };
    let known: BTreeSet<String> = old.faults.iter().map(|f| kind(f)).collect();
    let mut faults: Vec<String> = new
        .faults
        .iter()
        .filter(|fault| !known.contains(&kind(fault)))
        .cloned()
        .collect();
    for (table, before) in &old.tables {
        if let Some(after) = new.tables.get(table) {
            let gone = before.columns.difference(&after.columns);
            faults.extend(gone.map(|column| format!("{table} no longer has the column {column}")));
        }
        let after = new.tables.get(table).map_or(0, |count| count.rows);
        if (after as f64) < (1.0 - ROWS_LOST) * before.rows as f64 {
            faults.push(format!("{table}: {} rows before, {after} now", before.rows));
        }
    }
    faults
}

fn table_changes(old: &RunRecord, new: &RunRecord) -> Vec<TableChange> {
    let names: BTreeSet<&String> = old.tables.keys().chain(new.tables.keys()).collect();
    let count = |record: &RunRecord, name: &String| {
        let counts = record.tables.get(name);
        counts.map_or((0, 0), |counts| (counts.rows, counts.rejected))
    };
    names
        .into_iter()
        .map(|name| {
            let (before, after) = (count(old, name), count(new, name));
            TableChange {
                table: name.clone(),
                rows: [before.0, after.0],
                rejected: [before.1, after.1],
            }
        })
        .filter(|t| t.rows[0] != t.rows[1] || t.rejected[0] != t.rejected[1])
        .collect()
}

/// Columns whose share of unknown cells differs, and what of that is a fault.
fn unknown_cells(old: &RunRecord, new: &RunRecord) -> (Vec<ColumnUnknown>, Vec<String>) {
    let (mut changes, mut faults) = (Vec::new(), Vec::new());
    for (table, after) in &new.tables {
        let Some(before) = old.tables.get(table) else {
            continue;
        };
        let columns: BTreeSet<&String> =
            before.unknown.keys().chain(after.unknown.keys()).collect();
        for column in columns {
            let share = [before, after].map(|count| {
                let cells = count.unknown.get(column).copied().unwrap_or(0);
                cells as f64 / count.rows.max(1) as f64
            });
            if !differs(share) {
                continue;
            }
            if share[1] - share[0] >= UNKNOWN_GREW {
                faults.push(format!(
                    "{column} of {table}: unknown in {:.0} % of the rows before, in {:.0} % now",
                    100.0 * share[0],
                    100.0 * share[1]
                ));
            }
            changes.push(ColumnUnknown {
                table: table.clone(),
                column: column.clone(),
                share,
            });
        }
    }
    changes.sort_by(|a, b| {
        let grown = |c: &ColumnUnknown| (c.share[1] - c.share[0]).abs();
        grown(b).total_cmp(&grown(a))
    });
    (changes, faults)
}

/// Who is in one list only, with the reason that the other list's run gives.
fn list_change<'r>(
    old: impl Iterator<Item = &'r str>,
    new: impl Iterator<Item = &'r str>,
    was_out: impl Fn(&str) -> Option<String>,
    is_out: impl Fn(&str) -> Option<String>,
) -> ListChange {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.collect(), new.collect());
    let known: BTreeSet<&str> = old.iter().copied().collect();
    let now: BTreeSet<&str> = new.iter().copied().collect();
    let of = |ids: &[&str], other: &BTreeSet<&str>, why: &dyn Fn(&str) -> Option<String>| {
        let only = ids.iter().filter(|id| !other.contains(**id));
        only.map(|id| ((*id).to_owned(), why(id))).collect()
    };
    ListChange {
        added: of(&new, &known, &was_out),
        removed: of(&old, &now, &is_out),
    }
}

fn reason(record: &RunRecord, id: &str) -> Option<String> {
    let known = record.excluded.get(id).cloned();
    known.or_else(|| {
        let absent = !record.creators.is_empty() && !record.creators.contains_key(id);
        absent.then(|| "not in the tables".to_owned())
    })
}

fn moves(old: &RunRecord, new: &RunRecord) -> Vec<Move> {
    let before: HashMap<&str, &RankedRecord> = old
        .ranking
        .iter()
        .map(|r| (r.creator_id.as_str(), r))
        .collect();
    let pairs: Vec<(&RankedRecord, &RankedRecord)> = new
        .ranking
        .iter()
        .filter_map(|now| Some((*before.get(now.creator_id.as_str())?, now)))
        .collect();
    let z = normal_quantile(1.0 - FALSE_ALARMS / (2.0 * pairs.len().max(1) as f64));
    let mut moves: Vec<Move> = pairs
        .into_iter()
        .filter(|(was, is)| was.rank != is.rank || differs([was.score, is.score]))
        .map(|(was, is)| moved(was, is, z))
        .collect();
    moves.sort_by(|a, b| {
        let by_score = b.difference.abs().total_cmp(&a.difference.abs());
        by_score.then(a.rank[1].cmp(&b.rank[1]))
    });
    moves
}

fn moved(was: &RankedRecord, is: &RankedRecord, z: f64) -> Move {
    let std_error =
        |r: &RankedRecord| (r.score_upper - r.score_lower) / (2.0 * normal_quantile(0.95));
    let difference = is.score - was.score;
    let half = z * std_error(was).hypot(std_error(is));
    let mut parts: Vec<PartChange> = is
        .parts
        .iter()
        .map(|(criterion, now)| {
            let then = was.parts.get(criterion).copied().unwrap_or_default();
            PartChange {
                criterion: criterion.clone(),
                value: [then.value, now.value],
                effect: now.contribution - then.contribution,
                evidence: [was, is].map(|r| r.evidence.get(criterion).cloned()),
            }
        })
        .filter(|part| part.effect.abs() > 0.0)
        .collect();
    parts.sort_by(|a, b| b.effect.abs().total_cmp(&a.effect.abs()));
    Move {
        creator_id: is.creator_id.clone(),
        rank: [was.rank, is.rank],
        score: [was.score, is.score],
        difference,
        lower: difference - half,
        upper: difference + half,
        beyond_chance: difference.abs() > half,
        parts,
    }
}

fn sentiment(old: &RunRecord, new: &RunRecord) -> Vec<SentimentChange> {
    let before: BTreeMap<Option<&str>, &BrandRecord> = old
        .brands
        .iter()
        .map(|brand| (brand.brand.as_deref(), brand))
        .collect();
    let pairs: Vec<(&BrandRecord, &BrandRecord)> = new
        .brands
        .iter()
        .filter_map(|now| Some((*before.get(&now.brand.as_deref())?, now)))
        .collect();
    let z = normal_quantile(1.0 - FALSE_ALARMS / (2.0 * pairs.len().max(1) as f64));
    let mut all: Vec<SentimentChange> = pairs
        .into_iter()
        .map(|(was, is)| sentiment_change(was, is, z))
        .collect();
    all.sort_by(|a, b| {
        let size = |s: &SentimentChange| s.difference.unwrap_or(0.0).abs();
        let surer = b.beyond_chance.cmp(&a.beyond_chance);
        surer.then(size(b).total_cmp(&size(a)))
    });
    all
}

fn sentiment_change(was: &BrandRecord, is: &BrandRecord, z: f64) -> SentimentChange {
    let mut change = SentimentChange {
        brand: is.brand.clone(),
        about: [was.about, is.about],
        net_sentiment: [was.net_sentiment, is.net_sentiment],
        difference: None,
        lower: None,
        upper: None,
        beyond_chance: false,
        incomparable: None,
    };
    let (Some(from), Some(to)) = (was.net_sentiment, is.net_sentiment) else {
        let when = if was.net_sentiment.is_none() {
            "before"
        } else {
            "now"
        };
        change.incomparable = Some(format!("too few comments {when}"));
        return change;
    };
    if was.method != is.method {
        change.incomparable = Some(format!(
            "{} before, {} now",
            was.method.replace('_', " "),
            is.method.replace('_', " ")
        ));
        return change;
    }
    change.difference = Some(to - from);
    // The model's own error stands in both alike and goes out of the difference.
    if let (Some(first), Some(second)) = (was.std_error, is.std_error) {
        let half = z * first.hypot(second);
        change.lower = Some(to - from - half);
        change.upper = Some(to - from + half);
        change.beyond_chance = (to - from).abs() > half;
    }
    change
}

/// A figure of every creator of both runs where it differs, the largest ratio first. Figures in two currencies are not
/// compared.
fn figures(
    old: &RunRecord,
    new: &RunRecord,
    of: impl Fn(&RunRecord, &str) -> Option<(f64, Option<String>)>,
) -> Vec<CreatorFigure> {
    let mut all: Vec<CreatorFigure> = new
        .creators
        .keys()
        .filter_map(|id| {
            let (before, after) = (of(old, id)?, of(new, id)?);
            let moved = differs([before.0, after.0]) && before.1 == after.1;
            moved.then(|| CreatorFigure {
                creator_id: id.clone(),
                figure: [before.0, after.0],
            })
        })
        .collect();
    all.sort_by(|a, b| {
        let ratio = |c: &CreatorFigure| (c.figure[1].max(1e-9) / c.figure[0].max(1e-9)).ln().abs();
        ratio(b).total_cmp(&ratio(a))
    });
    all
}

fn campaign(old: &RunRecord, new: &RunRecord) -> Vec<FigureChange> {
    // Ends of intervals move with the figures that they belong to.
    let figure = |name: &&String| !name.ends_with("_lower") && !name.ends_with("_upper");
    new.campaign
        .keys()
        .filter(figure)
        .filter_map(|name| {
            let value = [*old.campaign.get(name)?, *new.campaign.get(name)?];
            differs(value).then(|| FigureChange {
                figure: name.clone(),
                value,
            })
        })
        .collect()
}
