//! The tools: what each takes, by the commands' own settings, and what it answers.

use crate::cli::engine::{Answer, Engine, Source, Watch, of_json, ranked, schema, shortened};
use crate::cli::given::Given;
use crate::cli::init;
use crate::cli::survey::Survey;
use crate::{Error, Result};
use rmcp::model::{Tool, ToolAnnotations};
use serde_json::{Map, Value, json};
use std::sync::Arc;

pub(super) const NAMES: [&str; 8] = [
    "look_at_files",
    "rank",
    "explain",
    "compare",
    "sentiment",
    "plan",
    "campaign",
    "lift",
];

/// Entries of a list that an answer holds; more are counted.
const MOST: usize = 30;
/// Creators of a ranking where nothing else is said.
const SHOWN: usize = 10;

/// What a tool answers: for people, and as one document.
pub(super) struct Told {
    pub(super) text: String,
    pub(super) document: Value,
}

/// A tool in words: its title, and what it is for.
fn words(tool: &str) -> (&'static str, &'static str) {
    match tool {
        "look_at_files" => (
            "Look at the files",
            "Which tables there are, which column is read as what and how sure that is, how many rows were read, rejected and joined, and what is unknown.",
        ),
        "rank" => (
            "Rank creators for a niche",
            "Ranks micro-influencers for a niche (or like a creator): score and rank with 90 % intervals, the parts of the score, and the reasons in words.",
        ),
        "explain" => (
            "Explain one creator's rank",
            "Why one creator stands where they stand in the ranking of a niche: every part of the score with its evidence.",
        ),
        "compare" => (
            "Compare two to four creators",
            "Why one creator stands above the other in the ranking of a niche, for two to four of them, part by part.",
        ),
        "sentiment" => (
            "Net sentiment of a brand",
            "What is said about a brand: net sentiment from -100 to 100 with its interval, by period, language and theme, with example comments.",
        ),
        "plan" => (
            "Plan a budget",
            "Whom to book for a budget, so that nobody's audience is paid for twice: prices with their ranges, expected engagements, and what other budgets would bring.",
        ),
        "campaign" => (
            "What a campaign did",
            "Visits, orders, revenue and cost by creator, each order counted once: ROAS and ROI with 95 % intervals, and other attribution models.",
        ),
        _ => (
            "What a campaign caused",
            "What places where a campaign ran did more than without it, from a panel of places by days: lift with its interval and p-value.",
        ),
    }
}

/// The command that answers.
fn command(tool: &str) -> Option<&str> {
    match tool {
        "look_at_files" => None,
        "explain" | "compare" => Some("rank"),
        other => Some(other),
    }
}

/// Every tool with the schema of what it takes.
///
/// # Errors
/// [`Error::Internal`] for a tool without a command, which is a defect.
pub(super) fn all(source: &Source) -> Result<Vec<Tool>> {
    NAMES
        .iter()
        .map(|tool| {
            let (title, about) = words(tool);
            let annotations = ToolAnnotations::with_title(title)
                .read_only(true)
                .idempotent(true)
                .open_world(false);
            let takes = Arc::new(takes(tool, source)?);
            Ok(Tool::new(*tool, about, takes)
                .with_title(title)
                .with_annotations(annotations))
        })
        .collect()
}

/// The schema of a tool's arguments.
fn takes(tool: &str, source: &Source) -> Result<Map<String, Value>> {
    let Some(command) = command(tool) else {
        let none = json!({ "type": "object", "properties": {}, "additionalProperties": false });
        return Ok(none.as_object().cloned().unwrap_or_default());
    };
    let given = source.stages.get(command).into_iter().flat_map(Given::iter);
    let given: Vec<&str> = given.map(|(key, _)| key).collect();
    let mut takes = schema(command, &given)?;
    let (key, own) = match tool {
        "explain" => (
            "creator_id",
            json!({ "type": "string", "description": "The creator_id as the ranking gives it." }),
        ),
        "compare" => (
            "creator_ids",
            json!({
                "type": "array", "items": { "type": "string" }, "minItems": 2, "maxItems": 4,
                "description": "Two to four creator_ids as the ranking gives them.",
            }),
        ),
        _ => return Ok(takes),
    };
    takes["properties"][key] = own;
    if let Some(required) = takes["required"].as_array_mut() {
        required.push(key.into());
    }
    Ok(takes)
}

/// Answers a call.
///
/// # Errors
/// Those of the command, in words for people.
pub(super) fn call(
    engine: &mut Engine,
    tool: &str,
    mut asked: Map<String, Value>,
    watch: &Arc<Watch>,
) -> Result<Told> {
    let Some(command) = command(tool) else {
        return match asked.keys().next() {
            None => look_at_files(engine),
            Some(key) => Err(Error::usage(format!(
                "look_at_files takes no {key:?}: it looks at the files that the server was started with"
            ))),
        };
    };
    let about = about(tool, &mut asked)?;
    let mut settings = of_json(command, &asked)?;
    if !about.is_empty() {
        settings.set("explain", about.clone());
    }
    if tool == "compare" {
        settings.set("compare", about.join(","));
    }
    let of_creators = ["rank", "plan"].contains(&command);
    if of_creators {
        settings.set("output", "memory:table");
    }
    let top = settings.has("top");
    if command == "rank" && !top && engine.source().setting("rank", "top").is_none() {
        settings.set("top", SHOWN);
    }
    let mut answer = engine.ask(command, &settings, watch)?;
    if of_creators {
        ranked(&mut answer, &engine.creators()?);
    }
    Ok(told(answer, &about))
}

/// Whom `explain` and `compare` are about; their own arguments are taken out.
fn about(tool: &str, asked: &mut Map<String, Value>) -> Result<Vec<String>> {
    let ids: Vec<String> = match tool {
        "explain" => asked.remove("creator_id").iter().filter_map(id).collect(),
        "compare" => {
            let given = asked.remove("creator_ids").unwrap_or_default();
            given
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(id)
                .collect()
        }
        _ => return Ok(Vec::new()),
    };
    let expected = match tool {
        "explain" => 1..=1,
        _ => 2..=4,
    };
    let wrong = || {
        Error::usage(if tool == "explain" {
            "explain needs creator_id, one creator of the ranking"
        } else {
            "compare needs creator_ids, a list of two to four creators of the ranking"
        })
    };
    // A comma would part one id into two.
    if !expected.contains(&ids.len())
        || (tool == "compare" && ids.iter().any(|id| id.contains(',')))
    {
        return Err(wrong());
    }
    Ok(ids)
}

fn id(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// An answer as an assistant gets it. Of an explanation the ranking's own list is left out.
fn told(mut answer: Answer, about: &[String]) -> Told {
    let mut text = String::new();
    for warning in &answer.warnings {
        text += &format!("WARNING: {warning}\n");
    }
    let people = std::mem::take(&mut answer.people);
    text += match people.split_once("\n\nWhy ") {
        Some((_, rest)) if !about.is_empty() => match rest.find("\n\nWhy ") {
            // Before them stand the reasons of the first ones.
            Some(at) => rest[at..].trim_start(),
            None => rest,
        },
        _ => &people,
    };
    if !answer.notes.is_empty() {
        text += &format!("\n\nWhat was read:\n{}", answer.notes.join("\n"));
    }
    let mut document = answer.with_words();
    if let Some(all) = document.as_object_mut().filter(|_| !about.is_empty()) {
        let explained = all.remove("explained").unwrap_or_default();
        all.insert("creators".to_owned(), explained);
        for beside in ["also_possible", "sensitivity"] {
            all.remove(beside);
        }
    }
    Told {
        text,
        document: shortened(document, MOST),
    }
}

/// What the files are, and what was read of them.
fn look_at_files(engine: &mut Engine) -> Result<Told> {
    engine.with_common(|source, common| {
        let mut files: Vec<String> = source.tables.values().flatten().cloned().collect();
        files.sort();
        files.dedup();
        let (mut document, mut text) = init::look(&files, common)?;
        match Survey::of("mcp", &source.config(), common) {
            Ok(survey) => {
                let data = survey.data();
                for (key, title) in [
                    ("faults", "fault"),
                    ("assumptions", "assumed"),
                    ("unknown", "unknown"),
                ] {
                    for line in data[key]
                        .as_array()
                        .into_iter()
                        .flatten()
                        .filter_map(Value::as_str)
                    {
                        text += &format!("\n{title}: {line}");
                    }
                }
                for excess in &survey.excesses {
                    text += &format!("\nWARNING: {}", excess.text);
                }
                document["warnings"] = survey
                    .excesses
                    .iter()
                    .map(|excess| excess.text.as_str())
                    .collect();
                document["inputs"] = json!(survey.inputs);
                document["joins"] = json!(survey.joins);
                document["data"] = data;
            }
            // What cannot be used is what one looks for here.
            Err(error) => {
                text += &format!("\nWARNING: {error}");
                document["warnings"] = json!([error.to_string()]);
            }
        }
        document["tables"] = json!(source.tables);
        Ok(Told {
            text,
            document: shortened(document, MOST),
        })
    })
}
