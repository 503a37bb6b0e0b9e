//! `microfluence demo`: the whole job on the sample tables.

use crate::args::{Common, CreatorTables};
use crate::niches::taxonomy;
use crate::rank::{first, ranking_text};
use crate::session::Session;
use crate::term::{count, percent, to_stdout};
use clap::Args;
use microfluence::dataset::write_atomically;
use microfluence::engagement::EngagementOptions;
use microfluence::niche::ClusterOptions;
use microfluence::pipeline::{
    NicheSearch, Niches, RankRequest, RankResult, Tables, find_niches, rank_creators, read_profiles,
    score_comments,
};
use microfluence::ranking::{RankOptions, explain};
use microfluence::report::{
    Manifest, Page, Section, Sheet, authenticity_sheet, engagement_sheet, engagement_summary,
    excluded_sheet, niche_sheet, niche_summary, page, rank_summary, ranking_sheet, sentiment_sheet,
    sentiment_summary,
};
use microfluence::schema::Creator;
use microfluence::sentiment::{BrandSentiment, ScoredComment, Target, summarize};
use microfluence::{Error, Result};
use serde_json::json;
use std::path::{Path, PathBuf};

/// The sample tables, in the binary so that the demo needs nothing beside it.
const SAMPLE: [(&str, &[u8]); 3] = [
    (
        "creators.csv",
        include_bytes!("../../../datasets/sample/creators.csv"),
    ),
    (
        "posts.csv",
        include_bytes!("../../../datasets/sample/posts.csv"),
    ),
    (
        "comments.csv",
        include_bytes!("../../../datasets/sample/comments.csv"),
    ),
];
/// Creators shown on the terminal.
const SHOWN: usize = 10;
/// Creators on the page.
const ON_PAGE: usize = 50;

#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Folder to write to.
    #[arg(long, default_value = "microfluence-demo", value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// The niche to rank for.
    #[arg(long, default_value = "beauty and skincare", value_name = "TEXT")]
    pub(crate) niche: String,
}

pub(crate) fn run(args: &DemoArgs, common: &Common) -> Result<()> {
    let mut session = Session::new("demo", common)?;
    let out = &args.out;
    for (name, bytes) in SAMPLE {
        write_atomically(&out.join("sample").join(name), bytes)?;
    }
    let file = |name: &str| vec![out.join("sample").join(name).display().to_string()];
    let tables = session.tables(&CreatorTables {
        creators: file("creators.csv"),
        posts: file("posts.csv"),
        comments: file("comments.csv"),
    })?;

    let model = session.sentiment_model()?;
    let scored = score_comments(model.as_ref(), &tables.comments, &Target::Column)?;
    let brands = summarize(&tables.comments, &scored, common.seed);
    session.voice.say(&format!(
        "{} comments judged after {:.1} s",
        count(scored.len() as u64),
        session.seconds()
    ));

    let taxonomy = taxonomy(None)?;
    let encoder = session.embedding_model()?;
    let profiles = read_profiles(encoder.as_ref(), &tables, &taxonomy)?;
    let niches = find_niches(
        &profiles,
        &taxonomy,
        &ClusterOptions {
            seed: common.seed,
            ..ClusterOptions::default()
        },
    )?;
    session.voice.say(&format!(
        "{} creators in {} niches after {:.1} s",
        count(tables.creators.len() as u64),
        niches.labels.len(),
        session.seconds()
    ));
    let request = RankRequest {
        niche: args.niche.clone(),
        search: NicheSearch::default(),
        options: RankOptions {
            seed: common.seed,
            ..RankOptions::default()
        },
        engagement: EngagementOptions::default(),
    };
    let result = rank_creators(
        encoder.as_ref(),
        &tables,
        &profiles,
        &taxonomy,
        &scored,
        &request,
    )?;

    let manifest = session.manifest(json!({ "niche": args.niche, "out": out }));
    let all = Results {
        scored: &scored,
        brands: &brands,
        niches: &niches,
        ranking: &result,
    };
    all.write(&tables, &args.niche, &manifest, out)?;

    let rows = &result.ranking.rows;
    if common.json {
        let document = rank_summary(&manifest, &result, rows);
        stdout(&format!("{document:#}"))?;
    } else {
        stdout(&ranking_text(
            &args.niche,
            &tables.creators,
            &result,
            first(rows, Some(SHOWN)),
        ))?;
    }
    session.voice.say(&format!(
        "all tables and report.html are in {}",
        out.display()
    ));
    session.close_rejects_beside(&out.join("sample"))
}

/// What the stages found.
struct Results<'a> {
    scored: &'a [ScoredComment],
    brands: &'a [BrandSentiment],
    niches: &'a Niches,
    ranking: &'a RankResult,
}

impl Results<'_> {
    /// Writes every table, every summary document and the page.
    fn write(&self, tables: &Tables, niche: &str, manifest: &Manifest, out: &Path) -> Result<()> {
        let creators = &tables.creators;
        let result = self.ranking;
        let rows = &result.ranking.rows;
        let sheets: [(&str, Sheet); 6] = [
            ("sentiment.csv", sentiment_sheet(self.scored)),
            ("niches.csv", niche_sheet(creators, self.niches)),
            ("engagement.csv", engagement_sheet(&result.engagement)),
            (
                "authenticity.csv",
                authenticity_sheet(creators, &result.authenticity),
            ),
            ("ranking.csv", ranking_sheet(creators, result, rows)),
            ("excluded.csv", excluded_sheet(&result.ranking.excluded)),
        ];
        for (name, sheet) in sheets {
            sheet.write(&out.join(name))?;
        }
        let documents = [
            ("sentiment.json", sentiment_summary(manifest, self.brands)),
            ("niches.json", niche_summary(manifest, self.niches)),
            (
                "engagement.json",
                engagement_summary(manifest, &result.engagement),
            ),
            ("ranking.json", rank_summary(manifest, result, rows)),
        ];
        for (name, document) in documents {
            write_atomically(&out.join(name), format!("{document:#}\n").as_bytes())?;
        }
        let report = page(&report_page(niche, creators, result, self.brands));
        write_atomically(&out.join("report.html"), &report)
    }
}

fn stdout(text: &str) -> Result<()> {
    to_stdout(text).map_err(|e| Error::io(Path::new("standard output"), e))
}

/// The page's text: who to book and why, and what is said about the brands.
fn report_page(
    niche: &str,
    creators: &[Creator],
    result: &RankResult,
    brands: &[BrandSentiment],
) -> Page {
    let text = |items: &[&str]| items.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
    let rows = first(&result.ranking.rows, Some(ON_PAGE));
    let handle = |id| {
        creators
            .iter()
            .find(|c| c.creator_id == id)
            .and_then(|c| c.handle.clone())
            .unwrap_or_default()
    };
    let lead = rows.first().map_or_else(
        || format!("Nobody in the tables fits \"{niche}\"."),
        |best| {
            format!(
                "@{} comes first of {} micro-influencers for \"{niche}\", with a score of {:.2} ({:.2} to {:.2}, 90 %).",
                handle(best.creator_id.clone()),
                result.ranking.rows.len(),
                best.score,
                best.score_lower,
                best.score_upper
            )
        },
    );
    let ranking = Section {
        title: "Ranking".to_owned(),
        note: "The score is the sum of the parts named under \"why\"; intervals hold 90 % of what the evidence allows.".to_owned(),
        columns: text(&["Rank", "Creator", "Platform", "Followers", "Score", "Next post's engagement", "Why"]),
        rows: rows
            .iter()
            .map(|row| {
                let e = &row.evidence;
                vec![
                    format!("{} ({} to {})", row.rank, row.rank_lower, row.rank_upper),
                    format!("@{}", handle(row.creator_id.clone())),
                    e.platform.clone().unwrap_or_default(),
                    count(e.followers.0),
                    format!("{:.2} ({:.2} to {:.2})", row.score, row.score_lower, row.score_upper),
                    e.engagement
                        .as_ref()
                        .and_then(|p| Some(format!("{} ({} to {})", percent(p.expected?), percent(p.lower_90?), percent(p.upper_90?))))
                        .unwrap_or_else(|| "unknown".to_owned()),
                    explain(row).join("\n"),
                ]
            })
            .collect(),
        figure: None,
    };
    let sentiment = Section {
        title: "What is said about the brands".to_owned(),
        note: "Net sentiment in points, -100 to 100, with its 95 % interval; uncorrected, since no judged comments were given.".to_owned(),
        columns: text(&["Brand", "Comments", "Net sentiment", "95 % interval", "Terms that move it"]),
        rows: brands
            .iter()
            .map(|b| {
                let level = &b.level;
                vec![
                    b.brand.clone().unwrap_or_else(|| "(no brand named)".to_owned()),
                    count(b.about as u64),
                    level.net_sentiment.map_or_else(String::new, |x| format!("{x:+.1}")),
                    match (level.net_sentiment_lower, level.net_sentiment_upper) {
                        (Some(l), Some(u)) => format!("{l:+.1} to {u:+.1}"),
                        _ => "too few comments".to_owned(),
                    },
                    b.drivers
                        .iter()
                        .take(6)
                        .map(|d| format!("{} ({:+.0})", d.term, d.net_sentiment))
                        .collect::<Vec<_>>()
                        .join(", "),
                ]
            })
            .collect(),
        figure: None,
    };
    Page {
        title: format!("Micro-influencers for {niche}"),
        lead,
        sections: vec![ranking, sentiment],
    }
}
