//! Results as people read them on a terminal.

use crate::term::{count, percent, printable, table};
use microfluence::engagement::EngagementReport;
use microfluence::pipeline::{Niches, RankResult};
use microfluence::ranking::{Ranked, explain};
use microfluence::schema::Creator;
use microfluence::sentiment::BrandSentiment;

pub(crate) fn sentiment_text(brands: &[BrandSentiment]) -> String {
    let points = |x: Option<f64>| x.map_or_else(|| "-".to_owned(), |x| format!("{x:+.1}"));
    let rows = brands
        .iter()
        .map(|b| {
            let level = &b.level;
            let interval = match (level.net_sentiment_lower, level.net_sentiment_upper) {
                (Some(lower), Some(upper)) => format!("{lower:+.1} to {upper:+.1}"),
                _ => "too few".to_owned(),
            };
            vec![
                b.brand.clone().unwrap_or_else(|| "(whole text)".to_owned()),
                count(b.n as u64),
                count(b.scored as u64),
                count(b.about as u64),
                count(b.mentions as u64),
                points(level.net_sentiment),
                interval,
                points(level.net_sentiment_raw),
                ["positive", "neutral", "negative"]
                    .map(|label| count(b.counts.get(label).copied().unwrap_or(0) as u64))
                    .join(" / "),
            ]
        })
        .collect();
    let mut text = table(
        &[
            "brand",
            "rows",
            "scored",
            "about it",
            "name it",
            "net sentiment",
            "95 %",
            "counted",
            "pos / neu / neg",
        ],
        rows,
    );
    text += "\nNet sentiment is the mean of p(positive) - p(negative) in points, -100 to 100, over the rows about the brand; \
             uncorrected: no judged comments were given.";
    text
}

pub(crate) fn niches_text(niches: &Niches) -> String {
    let rows = niches
        .labels
        .iter()
        .enumerate()
        .map(|(i, label)| {
            vec![
                i.to_string(),
                label.name.clone(),
                count(niches.clusters.sizes[i] as u64),
                label
                    .terms
                    .iter()
                    .take(6)
                    .map(|t| t.term.as_str())
                    .collect::<Vec<_>>()
                    .join(", "),
                niches.clusters.medoids[i]
                    .iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
                    .join(", "),
            ]
        })
        .collect();
    let mut text = table(
        &["id", "niche", "creators", "terms", "typical creators"],
        rows,
    );
    if let Some(chosen) = &niches.clusters.chosen {
        text += &format!("\n{} niches, silhouette {:.2}", chosen.k, chosen.silhouette);
        if let Some(stability) = chosen.stability {
            text += &format!(", stability {stability:.2} (adjusted Rand index over resamples)");
        }
    }
    text
}

pub(crate) fn engagement_text(creators: &[Creator], report: &EngagementReport) -> String {
    let rows = report
        .groups
        .iter()
        .map(|g| {
            let slope = g.size_slope_se.map_or_else(
                || "not estimated".to_owned(),
                |se| {
                    format!(
                        "x {:.2} ({:.2} to {:.2})",
                        g.size_slope.exp(),
                        (g.size_slope - 1.96 * se).exp(),
                        (g.size_slope + 1.96 * se).exp()
                    )
                },
            );
            vec![
                g.platform.clone().unwrap_or_else(|| "(none)".to_owned()),
                g.basis.name().to_owned(),
                count(g.creators as u64),
                count(g.posts as u64),
                slope,
                format!("x {:.2}", g.within_sd.exp()),
                format!("x {:.2}", g.between_sd.exp()),
            ]
        })
        .collect();
    let mut text = table(
        &[
            "platform",
            "rate per",
            "creators",
            "posts",
            "rate at ten times the followers (95 %)",
            "spread of a creator's posts",
            "spread of creators",
        ],
        rows,
    );
    let known = report
        .predictions
        .iter()
        .filter(|p| p.posts_used > 0)
        .count();
    text += &format!(
        "\n{} of {} creators have posts to go by; the others take their platform's line with a wide interval. \
         --output writes the predictions.",
        count(known as u64),
        count(creators.len() as u64)
    );
    text
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
                count(e.followers.0),
                format!(
                    "{:.2} ({:.2} to {:.2})",
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
        if result.read_as.is_empty() {
            String::new()
        } else {
            format!(", read as {}", result.read_as.join(" and "))
        }
    );
    if rows.is_empty() {
        text += "Nobody fits. --excluded FILE writes why each creator was left out.";
        return text;
    }
    text += &table(
        &[
            "#",
            "creator",
            "platform",
            "followers",
            "score (90 %)",
            "rank (90 %)",
            "relevance",
            "next post (90 %)",
            "net sentiment",
        ],
        cells,
    );
    for row in rows.iter().take(3) {
        text += &format!("\n\nWhy {} is number {}:", handle(row), row.rank);
        for reason in explain(row) {
            text += &format!("\n  - {}", printable(&reason));
        }
    }
    text += &format!(
        "\n\n{} creators ranked, {} left out (--excluded FILE says why).",
        count(result.ranking.rows.len() as u64),
        count(result.ranking.excluded.len() as u64)
    );
    if !result.ranking.switched_off.is_empty() {
        let off: Vec<&str> = result
            .ranking
            .switched_off
            .iter()
            .map(|c| c.name())
            .collect();
        text += &format!(" Without evidence, and so not counted: {}.", off.join(", "));
    }
    text
}
