//! The server's own pages: a list of runs, and questions with their answers. No script; every text is escaped.

use super::runs::Run;
use crate::cli::engine::Answer;
use crate::cli::term::{count, percent, printable};
use axum::response::Html;
use serde_json::Value;

pub(super) const STYLE: &str = include_str!("style.css");

/// Text as it may stand between tags and in quoted attributes.
pub(super) fn escape(text: &str) -> String {
    html_escape::encode_quoted_attribute(&printable(text)).into_owned()
}

/// Text as a part of an address.
pub(super) fn encode(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    text.bytes().fold(String::new(), |mut out, b| {
        if plain(b) {
            out.push(char::from(b));
        } else {
            out += &format!("%{b:02X}");
        }
        out
    })
}

/// What each run can be asked, by the last part of its address.
const PARTS: [(&str, &str); 4] = [
    ("", "Report"),
    ("/search", "Search a niche"),
    ("/plan", "Plan a budget"),
    ("/label", "Label comments"),
];

/// The links of a run, as they stand at the top of each of its pages, the report among them.
pub(super) fn links(run: &str, here: &str) -> String {
    let mut text = String::from("<nav aria-label=\"This run\"><a href=\"/\">All runs</a>");
    for (part, name) in PARTS {
        let current = if part == here {
            " aria-current=\"page\""
        } else {
            ""
        };
        text += &format!(
            " <a href=\"/runs/{}{part}\"{current}>{name}</a>",
            encode(run)
        );
    }
    text + "</nav>"
}

fn layout(title: &str, nav: &str, head: &str, body: &str) -> Html<String> {
    Html(format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         {head}<title>{}</title>\n<link rel=\"stylesheet\" href=\"/style.css\">\n</head>\n<body>\n{nav}\n<main id=\"main\">\n<h1>{}</h1>\n{body}\n</main>\n</body>\n</html>\n",
        escape(title),
        escape(title)
    ))
}

/// The page that a token leads to: it goes on to the same address without the token.
pub(super) fn go_on(path: &str) -> Html<String> {
    let to = escape(path);
    let head = format!("<meta http-equiv=\"refresh\" content=\"0;url={to}\">\n");
    layout(
        "Opening the runs",
        "",
        &head,
        &format!("<p><a href=\"{to}\">Go on</a></p>"),
    )
}

/// A page that says what is wrong.
pub(super) fn trouble(title: &str, run: Option<(&str, &str)>, message: &str) -> Html<String> {
    let nav = run.map_or_else(
        || "<nav><a href=\"/\">All runs</a></nav>".to_owned(),
        |(run, here)| links(run, here),
    );
    layout(
        title,
        &nav,
        "",
        &format!(
            "<p class=\"callout\" role=\"alert\">{}</p>",
            escape(message)
        ),
    )
}

/// A page that asks again by itself, while the tables of a run are being read.
pub(super) fn waiting(run: &str, here: &str, (done, all): (usize, usize)) -> Html<String> {
    let far = if all > 0 {
        format!(
            " {} of {} texts are read.",
            count(done as u64),
            count(all as u64)
        )
    } else {
        String::new()
    };
    layout(
        "Reading the tables",
        &links(run, here),
        "<meta http-equiv=\"refresh\" content=\"3\">\n",
        &format!(
            "<p role=\"status\">Another question is being answered, or this run's tables are still being read.{far} This page asks again by itself.</p>"
        ),
    )
}

/// All runs, the newest first.
pub(super) fn index(runs: &[(Run, Vec<String>)]) -> Html<String> {
    let mut body = "<div class=\"scroll\"><table>\n<thead><tr><th scope=\"col\">Run</th><th scope=\"col\">Date</th><th scope=\"col\">Niche</th>\
         <th scope=\"col\">Best creators</th><th scope=\"col\">Ask</th></tr></thead>\n<tbody>\n"
        .to_owned();
    for (run, best) in runs {
        let date = match run.date() {
            "" => "not ended".to_owned(),
            date => date.chars().take(16).collect::<String>().replace('T', " "),
        };
        let asks: Vec<String> = PARTS[1..]
            .iter()
            .map(|(part, name)| format!("<a href=\"/runs/{}{part}\">{name}</a>", encode(&run.name)))
            .collect();
        body += &format!(
            "<tr><td><a href=\"/runs/{}\">{}</a></td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
            encode(&run.name),
            escape(&run.name),
            escape(&date),
            escape(&run.niche()),
            escape(&best.join(", ")),
            asks.join(" · ")
        );
    }
    body += "</tbody>\n</table></div>\n<p class=\"quiet\">Dates are in UTC. A new run in this folder appears here by itself.</p>";
    layout("Runs", "", "", &body)
}

/// A field of a form: its name, its words, its value and what it takes.
pub(super) struct Field<'f> {
    pub(super) name: &'f str,
    pub(super) words: &'f str,
    pub(super) hint: &'f str,
    pub(super) choices: &'f [&'f str],
}

/// The fields of a search.
pub(super) const SEARCH: [Field<'_>; 9] = [
    field("niche", "Niche: a phrase or hashtags", "street food"),
    field("min_followers", "Fewest followers", "1,000"),
    field("max_followers", "Most followers", "100,000"),
    field("platform", "Platform", "any"),
    field("country", "Country", "any"),
    field("language", "Language", "any"),
    field("max_price", "Highest price", "any"),
    choice(
        "preset",
        "Weights for",
        &["awareness", "conversion", "trust"],
    ),
    field("top", "Creators", "20"),
];

/// The fields of a plan.
pub(super) const PLAN: [Field<'_>; 6] = [
    field("niche", "Niche; empty for all", "every niche"),
    field("budget", "Budget", "5,000 USD"),
    field("min_followers", "Fewest followers", "1,000"),
    field("max_followers", "Most followers", "100,000"),
    field("platform", "Platform", "any"),
    field("max_creators", "Most creators", "any"),
];

/// The fields of a sheet to label.
pub(super) const LABEL: [Field<'_>; 2] = [
    field("brand", "Brand", "as the run had it"),
    field("n", "Comments", "300"),
];

const fn field<'f>(name: &'f str, words: &'f str, hint: &'f str) -> Field<'f> {
    Field {
        name,
        words,
        hint,
        choices: &[],
    }
}

const fn choice<'f>(name: &'f str, words: &'f str, choices: &'f [&'f str]) -> Field<'f> {
    Field {
        name,
        words,
        hint: "",
        choices,
    }
}

/// A form that asks the same page, filled in with what was asked.
fn form(fields: &[Field<'_>], asked: &[(String, String)], button: &str) -> String {
    let mut text = String::from("<form method=\"get\">\n");
    for field in fields {
        let value = asked
            .iter()
            .find(|(name, _)| name == field.name)
            .map_or("", |(_, value)| value.as_str());
        let wide = if field.name == "niche" {
            " class=\"wide\""
        } else {
            ""
        };
        text += &format!("<label{wide}>{}", escape(field.words));
        if field.choices.is_empty() {
            text += &format!(
                "<input name=\"{}\" value=\"{}\" placeholder=\"{}\" autocomplete=\"off\">",
                field.name,
                escape(value),
                escape(field.hint)
            );
        } else {
            text += &format!(
                "<select name=\"{}\"><option value=\"\">as the run had it</option>",
                field.name
            );
            for choice in field.choices {
                let chosen = if *choice == value { " selected" } else { "" };
                text += &format!("<option{chosen}>{choice}</option>");
            }
            text += "</select>";
        }
        text += "</label>\n";
    }
    text + &format!("<button>{button}</button>\n</form>\n")
}

/// What a page shows under its form.
pub(super) enum Shown<'a> {
    /// Nothing was asked yet.
    Nothing,
    /// The answer, and the seconds it took.
    Answer(&'a Answer, f64),
    /// Why the question has no answer.
    Trouble(&'a str),
}

/// A page with a question.
pub(super) struct Question<'a> {
    pub(super) run: &'a str,
    pub(super) here: &'a str,
    pub(super) fields: &'a [Field<'a>],
    pub(super) asked: &'a [(String, String)],
    pub(super) shown: Shown<'a>,
}

/// The search of a niche.
pub(super) fn search(page: &Question<'_>) -> Html<String> {
    question(page, "Search a niche", "Search", "rank", ranking)
}

/// The plan of a budget.
pub(super) fn plan(page: &Question<'_>) -> Html<String> {
    question(page, "Plan a budget", "Plan", "plan", booking)
}

/// The form of a sheet to label.
pub(super) fn label(page: &Question<'_>) -> Html<String> {
    question(page, "Label comments", "Draw comments", "", |_| {
        String::new()
    })
}

fn question(
    page: &Question<'_>,
    title: &str,
    button: &str,
    api: &str,
    result: fn(&Value) -> String,
) -> Html<String> {
    let mut body = form(page.fields, page.asked, button);
    match &page.shown {
        Shown::Nothing => {}
        Shown::Trouble(message) => {
            body += &format!(
                "<p class=\"callout\" role=\"alert\">{}</p>",
                escape(message)
            );
        }
        Shown::Answer(answer, seconds) => {
            for warning in &answer.warnings {
                body += &format!("<p class=\"callout\">{}</p>\n", escape(warning));
            }
            body += &result(&answer.document);
            let query: Vec<String> = page
                .asked
                .iter()
                .filter(|(_, value)| !value.is_empty())
                .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
                .collect();
            body += &format!(
                "<p class=\"quiet\">Answered in {seconds:.1} s. <a href=\"/api/{api}?run={}&amp;{}\">The same as JSON</a></p>\n",
                encode(page.run),
                escape(&query.join("&"))
            );
            if !answer.notes.is_empty() {
                body += "<details><summary>What was read</summary><ul>";
                for note in &answer.notes {
                    body += &format!("<li>{}</li>", escape(note));
                }
                body += "</ul></details>";
            }
        }
    }
    layout(title, &links(page.run, page.here), "", &body)
}

fn words(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn whole(value: &Value) -> String {
    value.as_f64().map_or_else(
        || "unknown".to_owned(),
        |n| count(n.max(0.0).round() as u64),
    )
}

fn two(value: &Value) -> String {
    value
        .as_f64()
        .map_or_else(|| "unknown".to_owned(), |n| format!("{n:.2}"))
}

/// A creator's name, linked to the profile where one is known.
fn who(entry: &Value) -> String {
    let id = words(&entry["creator_id"]);
    let name = match words(&entry["handle"]) {
        handle if handle.is_empty() => id.clone(),
        handle => format!("@{}", handle.trim_start_matches('@')),
    };
    let name = match entry["reach"]["profile_url"]
        .as_str()
        .filter(|url| url.starts_with("https://"))
    {
        Some(url) => format!(
            "<a href=\"{}\" rel=\"noreferrer\">{}</a>",
            escape(url),
            escape(&name)
        ),
        None => escape(&name),
    };
    let platform = words(&entry["platform"]);
    format!(
        "{name}<small>{}</small>",
        escape(&[platform, id].join(" · "))
    )
}

fn header(columns: &[(&str, bool)]) -> String {
    let cells = columns.iter().map(|(name, number)| {
        let class = if *number { " class=\"n\"" } else { "" };
        format!("<th scope=\"col\"{class}>{name}</th>")
    });
    format!(
        "<div class=\"scroll\"><table>\n<thead><tr>{}</tr></thead>\n<tbody>\n",
        cells.collect::<String>()
    )
}

/// How the search was read, and whom it has found.
fn ranking(document: &Value) -> String {
    let list = |value: &Value| {
        let all = value.as_array().into_iter().flatten();
        all.filter_map(Value::as_str)
            .map(str::to_owned)
            .collect::<Vec<_>>()
            .join(", ")
    };
    let ranked = document["ranked"].as_u64().unwrap_or_default();
    let mut text = format!("<p><strong>{} creators match</strong>", count(ranked));
    let read_as = list(&document["read_as"]);
    if !read_as.is_empty() {
        text += &format!(", read as {}", escape(&read_as));
    }
    text += &format!(
        "; {} are left out.",
        count(document["excluded"].as_u64().unwrap_or_default())
    );
    let off = list(&document["switched_off"]);
    if !off.is_empty() {
        text += &format!(
            " Without evidence, and so not part of the score: {}.",
            escape(&off)
        );
    }
    text += "</p>\n";
    text += &header(&[
        ("#", true),
        ("Creator", false),
        ("Score (90 %)", true),
        ("Rank (90 %)", true),
        ("Followers", true),
        ("Niche fit", true),
        ("Expected engagement rate (90 %)", true),
        ("Authenticity", true),
        ("Safety", true),
        ("Price", true),
        ("Why", false),
    ]);
    for entry in document["creators"].as_array().into_iter().flatten() {
        text += &row(entry);
    }
    text + "</tbody>\n</table></div>\n"
}

/// One creator of a ranking.
fn row(entry: &Value) -> String {
    let rate = |name: &str| entry[name].as_f64().map(percent);
    let engagement = match (
        rate("expected_engagement_rate"),
        rate("lower_90"),
        rate("upper_90"),
    ) {
        (Some(expected), Some(lower), Some(upper)) => {
            format!("{expected}<small>{lower} to {upper}</small>")
        }
        (Some(expected), ..) => expected,
        _ => "unknown".to_owned(),
    };
    let price = match entry["price"].as_f64() {
        Some(_) => format!(
            "{} {}",
            whole(&entry["price"]),
            escape(&words(&entry["currency"]))
        ),
        None => "unknown".to_owned(),
    };
    let reasons = entry["reasons"].as_array().into_iter().flatten();
    let reasons = reasons
        .filter_map(Value::as_str)
        .fold(String::new(), |list, reason| {
            format!("{list}<li>{}</li>", escape(reason))
        });
    format!(
        "<tr><td class=\"n\">{}</td><td>{}</td><td class=\"n\">{}<small>{} to {}</small></td><td class=\"n\">{} to {}</td><td class=\"n\">{}</td><td class=\"n\">{}</td>\
         <td class=\"n\">{engagement}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{price}</td><td><details><summary>Reasons</summary><ul>{reasons}</ul></details></td></tr>\n",
        entry["rank"],
        who(entry),
        two(&entry["score"]),
        two(&entry["score_lower"]),
        two(&entry["score_upper"]),
        entry["rank_lower"],
        entry["rank_upper"],
        whole(&entry["followers"]),
        two(&entry["relevance"]),
        two(&entry["authenticity"]),
        two(&entry["safety"]),
    )
}

/// Whom to book, and what other budgets would bring.
fn booking(document: &Value) -> String {
    let currency = escape(&words(&document["currency"]));
    let chosen = document["creators"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    let mut text = format!(
        "<p><strong>{} creators for {} of {} {currency}</strong>: {} expected engagements, each person's counted once. No choice within the budget can have more than {}.</p>\n",
        chosen.len(),
        whole(&document["spent"]),
        whole(&document["budget"]),
        whole(&document["engagements"]),
        whole(&document["upper_bound"]),
    );
    text += &header(&[
        ("#", true),
        ("Creator", false),
        ("Price (90 %)", true),
        ("Adds engagements", true),
        ("Engagements so far", true),
        ("Audience so far", true),
    ]);
    for (n, entry) in chosen.iter().enumerate() {
        let price = &entry["price"];
        let range = if price["source"] == "estimate" {
            format!(
                "<small>estimated, {} to {}</small>",
                whole(&price["lower_90"]),
                whole(&price["upper_90"])
            )
        } else {
            String::new()
        };
        text += &format!(
            "<tr><td class=\"n\">{}</td><td>{}</td><td class=\"n\">{}{range}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>\n",
            n + 1,
            who(entry),
            whole(&price["amount"]),
            whole(&entry["marginal_engagements"]),
            whole(&entry["cumulative_engagements"]),
            whole(&entry["unduplicated_audience"]),
        );
    }
    text += "</tbody>\n</table></div>\n<h2>Other budgets</h2>\n";
    text += &header(&[
        ("Budget", true),
        ("Spent", true),
        ("Creators", true),
        ("Engagements", true),
    ]);
    for other in document["reach_against_budget"]
        .as_array()
        .into_iter()
        .flatten()
    {
        text += &format!(
            "<tr><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>\n",
            whole(&other["budget"]),
            whole(&other["spent"]),
            whole(&other["creators"]),
            whole(&other["engagements"])
        );
    }
    text + "</tbody>\n</table></div>\n"
}

#[cfg(test)]
mod tests {
    use super::{Question, SEARCH, Shown, encode, escape, search};
    use crate::cli::engine::Answer;
    use serde_json::json;

    #[test]
    fn hostile_text_stays_text() {
        let hostile = "\"><script>alert(1)</script>\u{202e}'";
        let mut answer = Answer {
            document: json!({ "ranked": 1, "read_as": [hostile], "creators": [{
                "creator_id": hostile, "handle": hostile, "platform": hostile, "reasons": [hostile], "currency": hostile, "price": 3,
                "reach": { "profile_url": "javascript:alert(1)" },
            }] }),
            ..Answer::default()
        };
        answer.warnings.push(hostile.to_owned());
        answer.notes.push(hostile.to_owned());
        let asked = [("niche".to_owned(), hostile.to_owned())];
        let html = search(&Question {
            run: hostile,
            here: "/search",
            fields: &SEARCH,
            asked: &asked,
            shown: Shown::Answer(&answer, 0.1),
        })
        .0;
        assert!(
            !html.contains("<script")
                && !html.contains('\u{202e}')
                && !html.contains("javascript:"),
            "{html}"
        );
        assert!(html.contains("&lt;script&gt;"), "{html}");
    }

    #[test]
    fn addresses_hold_any_name() {
        assert_eq!(encode("a b/ü?"), "a%20b%2F%C3%BC%3F");
        assert_eq!(escape("a\"b'<"), "a&quot;b&#x27;&lt;");
    }
}
