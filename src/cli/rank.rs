//! `microfluence rank`: who to book for a niche, and why.

use super::args::{Common, CreatorTables};
use super::candidates::{CandidateFilterArgs, Candidates};
use super::engagement::as_of;
use super::layout::{beginning, table_leaving, width};
use super::niches::taxonomy;
use super::sentiment::brands;
use super::session::Session;
use super::term::{count, percent, printable};
use super::typed::did_you_mean;
use crate::engagement::EngagementOptions;
use crate::niche::QueryReading;
use crate::pipeline::{NicheSearch, RankRequest, RankResult, rank_creators};
use crate::ranking::{RankOptions, Ranked, compare, explain, sensitivity};
use crate::report::{
    Sheet, excluded_sheet, rank_summary, ranking_sheet, read_as_names, safety_hits_sheet,
};
use crate::schema::{Creator, CreatorId};
use crate::{Error, Result};
use clap::Args;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Creators shown on the terminal where --top does not say otherwise.
const SHOWN: usize = 20;

#[derive(Debug, Args, serde::Serialize)]
#[command(
    after_help = "Examples:\n  microfluence rank --niche skincare --creators datasets/sample/creators.csv --top 10"
)]
pub(crate) struct RankArgs {
    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) tables: CreatorTables,
    /// The niche: a phrase or hashtags; or @FILE with one of them per line, any of which will do.
    #[arg(long, value_name = "TEXT|@FILE", required_unless_present = "like")]
    pub(crate) niche: Option<String>,
    /// Find creators who are like this one.
    #[arg(long, value_name = "CREATOR_ID")]
    pub(crate) like: Option<String>,
    /// Leave out creators who use this word, hashtag or niche; may be given more than once.
    #[arg(long, alias = "not", value_name = "TERM")]
    pub(crate) exclude_term: Vec<String>,
    /// The brand that comments are scored towards.
    #[arg(long, value_name = "NAME")]
    pub(crate) brand: Option<String>,
    #[command(flatten)]
    #[serde(flatten)]
    pub(crate) choice: CandidateFilterArgs,
    /// Creators less relevant than this are left out, 0..1.
    #[arg(long, default_value_t = 0.2, value_name = "SHARE")]
    pub(crate) min_relevance: f64,
    /// Print and write only the first N; also the N of the column `rank_in_top`, 10 by default.
    #[arg(long, value_name = "N")]
    pub(crate) top: Option<usize>,
    /// Leave out every post after this time.
    #[arg(long, value_name = "TIME")]
    pub(crate) as_of: Option<String>,
    /// Write the creators who were left out, with the reason.
    #[arg(long, value_name = "PATH")]
    #[serde(skip)]
    pub(crate) excluded: Option<PathBuf>,
    /// Write every sighting of brand-unsafe content: post, date, quotation.
    #[arg(long, value_name = "PATH")]
    #[serde(skip)]
    pub(crate) safety_hits: Option<PathBuf>,
    /// Tell in plain words why this creator stands where they stand. May be given several times.
    #[arg(long, value_name = "ID")]
    pub(crate) explain: Vec<String>,
    /// Tell why one creator stands above the other, of two to four.
    #[arg(long, value_name = "ID,ID")]
    pub(crate) compare: Option<String>,
    /// Niche descriptions to search by, in the form of datasets/niches.toml.
    #[arg(long, value_name = "FILE")]
    pub(crate) taxonomy: Option<PathBuf>,
}

pub(crate) fn run(args: &RankArgs, common: &Common) -> Result<()> {
    let mut session = Session::new("rank", common)?;
    for path in [&args.excluded, &args.safety_hits].into_iter().flatten() {
        Sheet::check_ending(path)?;
    }
    let taxonomy = taxonomy(args.taxonomy.as_deref())?;
    let mut request = request(args, common)?;
    let Candidates {
        tables,
        encoder,
        scored,
        profiles,
        only,
    } = args.choice.candidates(
        &mut session,
        &args.tables,
        args.brand.as_deref(),
        (&taxonomy, args.taxonomy.as_deref()),
    )?;
    if session.shares() {
        return session.finish_part();
    }
    request.options.only = only;
    let result = rank_creators(
        encoder.as_ref(),
        &tables,
        profiles,
        &taxonomy,
        &scored,
        &request,
    )?;
    session.say_foreign(result.unreadable);
    for reading in result.read_as.iter().filter(|reading| reading.unknown) {
        let names = taxonomy.niches().iter().map(|niche| niche.name.as_str());
        session.voice.say(&format!(
            "warning: --niche {:?}: no niche has it, nobody writes it{}",
            printable(&reading.phrase),
            did_you_mean(&reading.phrase, names)
        ));
    }
    if let Some(path) = &args.excluded {
        session.write(path, &excluded_sheet(&result.ranking.excluded))?;
    }
    let rows = first(&result.ranking.rows, args.top);
    if let Some(path) = &args.safety_hits {
        let seen: Vec<_> = rows
            .iter()
            .filter_map(|row| Some((&row.creator_id, row.evidence.safety.as_ref()?)))
            .collect();
        session.write(path, &safety_hits_sheet(&seen))?;
    }
    let manifest = session.manifest(json!({ "niche": request.niche }));
    let asked_for = reasons(args, common, &result)?;
    let moved = sensitivity(&result.ranking.rows, request.options.top);
    let shown = first(rows, Some(args.top.unwrap_or(SHOWN)));
    let mut summary = rank_summary(&manifest, &result, rows, &moved);
    if !asked_for.explained.is_empty() {
        // They may stand below --top.
        let mut all = rank_summary(&manifest, &result, &asked_for.explained, &[]);
        summary["explained"] = all["creators"].take();
    }
    if !asked_for.compared.is_empty() {
        summary["compared"] = json!(asked_for.compared);
    }
    session.finish(
        &ranking_sheet(&tables.creators, &result, rows),
        &summary,
        &(ranking_text(&asked(&request), &tables.creators, &result, shown) + &asked_for.text),
    )?;
    leak_on_exit(common, (tables, result));
    Ok(())
}

/// The program ends here: the system takes its memory back at once, where giving back the parts of 100,000 creators
/// takes seconds. Within a `run` other stages follow, so everything is given back.
pub(crate) fn leak_on_exit<T>(common: &Common, all: T) {
    if !common.within_run && common.host.is_none() {
        std::mem::forget(all);
    }
}

/// What --explain and --compare ask for.
#[derive(Default)]
struct Reasons {
    text: String,
    /// Whom --explain names.
    explained: Vec<Ranked>,
    /// Why each stands above the next.
    compared: Vec<Value>,
}

/// The reasons asked for by --explain and --compare.
fn reasons(args: &RankArgs, common: &Common, result: &RankResult) -> Result<Reasons> {
    let find = |id: &str| -> Result<&Ranked> {
        let typed = id.trim();
        let hidden = common.id(typed);
        // Who was shown hidden ids asks by them.
        let is = |id: &CreatorId| [hidden.as_str(), typed].contains(&id.as_str());
        let ranking = &result.ranking;
        let found = ranking.rows.iter().find(|r| is(&r.creator_id));
        found.ok_or_else(|| {
            let left_out = ranking.excluded.iter().find(|e| is(&e.creator_id));
            Error::usage(match left_out {
                Some(out) => format!("creator {typed:?} is not ranked: {}", out.reason),
                None => format!("there is no creator {typed:?} in the tables"),
            })
        })
    };
    let mut told = Reasons::default();
    for id in &args.explain {
        let row = find(id)?;
        told.text += &format!(
            "\n\nWhy {} is number {} of {} (score {:.3}, rank {} to {}):",
            printable(row.creator_id.as_str()),
            row.rank,
            result.ranking.rows.len(),
            row.score,
            row.rank_lower,
            row.rank_upper
        );
        for reason in explain(row) {
            told.text += &format!("\n  - {}", printable(&reason));
        }
        told.explained.push(row.clone());
    }
    if let Some(typed) = &args.compare {
        let ids: Vec<&str> = typed.split(',').collect();
        if !(2..=4).contains(&ids.len()) {
            return Err(Error::usage(format!(
                "--compare {typed:?}: expected two to four creators, A,B"
            )));
        }
        let mut rows = ids.into_iter().map(find).collect::<Result<Vec<_>>>()?;
        rows.sort_by_key(|row| row.rank);
        for pair in rows.windows(2) {
            told.compare(pair[0], pair[1]);
        }
    }
    Ok(told)
}

impl Reasons {
    /// Why one stands above the other.
    fn compare(&mut self, above: &Ranked, below: &Ranked) {
        self.text += &format!(
            "\n\nWhy {} (number {}) stands above {} (number {}), by {:.3}:",
            printable(above.creator_id.as_str()),
            above.rank,
            printable(below.creator_id.as_str()),
            below.rank,
            above.score - below.score
        );
        let reasons = compare(above, below);
        for reason in &reasons {
            self.text += &format!("\n  - {}", printable(reason));
        }
        self.compared.push(json!({
            "above": above.creator_id, "below": below.creator_id, "score_difference": above.score - below.score, "reasons": reasons,
        }));
    }
}

/// What was asked for, in a line.
fn asked(request: &RankRequest) -> String {
    let niche = request.niche.lines().collect::<Vec<_>>().join(", ");
    match &request.search.like {
        None => niche,
        Some(like) if niche.is_empty() => format!("like {like}"),
        Some(like) => format!("{niche}, like {like}"),
    }
}

/// The phrases of `--niche`: as typed, or the lines of the file after `@`.
fn niche(args: &RankArgs) -> Result<String> {
    let Some(typed) = &args.niche else {
        return Ok(String::new());
    };
    let niche = match typed.strip_prefix('@') {
        None => typed.clone(),
        Some(file) => {
            let path = Path::new(file);
            std::fs::read_to_string(path).map_err(|e| {
                Error::usage(format!("--niche {typed}: {e}"))
                    .with_hint("after @ stands a file with one phrase per line")
            })?
        }
    };
    if niche.chars().any(char::is_alphanumeric) {
        Ok(niche)
    } else {
        Err(Error::usage(format!("--niche {typed:?} has no word in it")))
    }
}

fn request(args: &RankArgs, common: &Common) -> Result<RankRequest> {
    if let Some(empty) = args
        .exclude_term
        .iter()
        .find(|t| !t.chars().any(char::is_alphanumeric))
    {
        return Err(Error::usage(format!(
            "--exclude-term {empty:?} has no word in it"
        )));
    }
    Ok(RankRequest {
        niche: niche(args)?,
        search: NicheSearch {
            like: args.like.as_deref().map(|id| CreatorId(common.id(id))),
            exclude_terms: args.exclude_term.clone(),
            hide_contacts: common.hash_ids.is_some(),
        },
        options: RankOptions {
            min_relevance: args.min_relevance,
            top: args.top.unwrap_or(RankOptions::default().top).max(1),
            ..args.choice.options(common.seed)?
        },
        engagement: EngagementOptions {
            as_of: as_of(args.as_of.as_deref())?,
            ..EngagementOptions::default()
        },
        lists: args.choice.lists()?,
        competitors: brands(&args.choice.competitor, &[])?,
    })
}

pub(crate) fn first(rows: &[Ranked], n: Option<usize>) -> &[Ranked] {
    &rows[..n.unwrap_or(usize::MAX).min(rows.len())]
}

/// How the search was read: its niches, what narrows them, what was widened, and what was left out.
fn read_as(readings: &[QueryReading]) -> String {
    let mut text = String::new();
    let names = read_as_names(readings).join(if readings.len() > 1 { " or " } else { " and " });
    if !names.is_empty() {
        text += &format!(", read as {names}");
    }
    for reading in readings {
        let mut say = |what: &str, words: &[String]| {
            if !words.is_empty() {
                text += &format!("; {what}{}", printable(&words.join(", ")));
            }
        };
        say("narrowed to ", &reading.narrowed_by);
        say("broadened by half: ", &reading.broadened);
        say("ignored: ", &reading.ignored);
        if reading.unknown {
            text += &format!(
                "; nothing is known of {:?}: no niche has it, nobody writes it",
                printable(&reading.phrase)
            );
        }
    }
    text
}

/// What a search that was narrowed may ask for instead, where no creator matches.
pub(super) fn wider(narrowed_by: &[String], niches: &[Vec<String>]) -> String {
    let niches: Vec<&str> = niches.iter().flatten().map(String::as_str).collect();
    if narrowed_by.is_empty() || niches.is_empty() {
        return String::new();
    }
    format!(
        "\nNobody's texts show enough of \"{}\"; --niche \"{}\" asks for all of that niche.",
        printable(&narrowed_by.join(", ")),
        niches.join(" and ")
    )
}

/// Who stands just below the floor, in a line.
fn also_possible(result: &RankResult) -> String {
    const NAMED: usize = 5;
    let all = &result.also_possible;
    if all.is_empty() {
        return String::new();
    }
    let named: Vec<String> = all
        .iter()
        .take(NAMED)
        .map(|(id, relevance)| format!("{} ({relevance:.2})", printable(id.as_str())))
        .collect();
    format!(
        "\nAlso possible, just below the floor of relevance: {}{}",
        named.join(", "),
        match all.len() {
            n if n > NAMED => format!(" and {} more.", n - NAMED),
            _ => ".".to_owned(),
        }
    )
}

/// The ranking as a table, and the reasons of the first three.
pub(crate) fn ranking_text(
    niche: &str,
    creators: &[Creator],
    result: &RankResult,
    rows: &[Ranked],
) -> String {
    let handle = |row: &Ranked| {
        creators
            .iter()
            .find(|c| c.creator_id == row.creator_id)
            .and_then(|c| c.handle.as_ref())
            .map_or_else(|| row.creator_id.to_string(), |h| format!("@{h}"))
    };
    let cells = rows
        .iter()
        .map(|row| {
            let e = &row.evidence;
            let engagement = e.engagement.as_ref().and_then(|p| {
                Some(format!(
                    "{} ({}-{})",
                    percent(p.expected?),
                    percent(p.lower_90?).trim_end_matches(" %"),
                    percent(p.upper_90?)
                ))
            });
            let known = |text: Option<String>| text.unwrap_or_else(|| "unknown".to_owned());
            vec![
                row.rank.to_string(),
                handle(row),
                e.platform.clone().unwrap_or_default(),
                e.followers
                    .map_or_else(|| "unknown".to_owned(), |f| count(f.0)),
                format!(
                    "{:.2} ({:.2}-{:.2})",
                    row.score, row.score_lower, row.score_upper
                ),
                format!("{} to {}", row.rank_lower, row.rank_upper),
                known(e.relevance.as_ref().map(|r| format!("{:.2}", r.value))),
                known(engagement),
                known(
                    e.sentiment
                        .map(|s| format!("{:+.0} ({})", s.net, count(s.n))),
                ),
            ]
        })
        .collect();
    let mut text = format!(
        "Micro-influencers for \"{}\"{}\n",
        printable(niche),
        read_as(&result.read_as)
    );
    if rows.is_empty() {
        text += "No creator matches. --excluded FILE writes why each was left out.";
        for reading in &result.read_as {
            text += &wider(&reading.narrowed_by, &reading.niches);
        }
        return text + &also_possible(result);
    }
    text += &table_leaving(
        &[
            "#",
            "creator",
            "platform",
            "followers",
            "score (90 %)",
            "rank (90 %)",
            "niche fit",
            "expected engagement rate (90 %)",
            "net sentiment (comments)",
        ],
        &[2, 6, 8, 5, 3, 7],
        cells,
    );
    text += &format!(
        "\n\n{} creators ranked, {} left out (--excluded FILE says why).",
        count(result.ranking.rows.len() as u64),
        count(result.ranking.excluded.len() as u64)
    );
    text += &also_possible(result);
    if !result.ranking.switched_off.is_empty() {
        let off: Vec<&str> = result
            .ranking
            .switched_off
            .iter()
            .map(|c| c.name())
            .collect();
        text += &format!(
            " Without evidence, and so not part of the score: {}.",
            off.join(", ")
        );
    }
    text += "\n\nWhy the first ones (--explain ID tells all of it):";
    for row in rows.iter().take(3) {
        text += &format!("\n {}. {}", row.rank, handle(row));
        let reasons = explain(row);
        let plain = reasons
            .iter()
            .take(2)
            .map(|reason| reason.split(" (adds ").next().unwrap_or(reason));
        for reason in plain {
            text += &format!("\n    {}", beginning(&printable(reason), width() - 4));
        }
    }
    text
}
