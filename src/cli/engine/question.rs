//! Settings of a command as a form or an assistant gives them. They are read and described by the flags' own
//! definitions, so a new flag is a new setting without a line of code; those that name files are left out: a question
//! reads what the server was started with.

use super::source::TABLES;
use crate::cli::args::Cli;
use crate::cli::given::{Given, is_switch, key, values};
use crate::cli::typed::{Money, did_you_mean};
use crate::{Error, Result};
use clap::{Arg, ArgAction, Command, CommandFactory};
use serde_json::{Map, Value, json};
use std::any::TypeId;

/// Flags of a ranking that are questions of their own.
const APART: [&str; 2] = ["explain", "compare"];

/// What may be set in a question to this command.
fn settings(command: &Command) -> impl Iterator<Item = &Arg> {
    command.get_arguments().filter(|arg| {
        arg.get_long()
            .is_some_and(|long| !TABLES.contains(&long) && !APART.contains(&long) && long != "help")
            && !arg.is_global_set()
            && !arg.is_hide_set()
            && !names_file(arg)
    })
}

/// Whether a flag's value is a file or a folder. The niche may be one behind `@`, which [`plain`] refuses.
fn names_file(arg: &Arg) -> bool {
    let names = arg.get_value_names().unwrap_or_default();
    names.iter().any(|name| {
        ["FILE", "PATH", "DIR"]
            .iter()
            .any(|word| name.contains(word))
            && !name.contains("TEXT")
    })
}

fn find<'c>(cli: &'c Command, command: &str) -> Result<&'c Command> {
    cli.find_subcommand(command)
        .ok_or_else(|| Error::Internal(format!("there is no command {command}")))
}

/// A question's settings from names and texts such as a form sends; what is left empty is not set.
///
/// # Errors
/// [`Error::Usage`] for a name that the command has no setting of, or a value that may not be asked with.
pub(crate) fn of_pairs(command: &str, pairs: &[(String, String)]) -> Result<Given> {
    let cli = Cli::command();
    let own = find(&cli, command)?;
    let mut asked: Map<String, Value> = Map::new();
    for (name, text) in pairs.iter().filter(|(_, text)| !text.trim().is_empty()) {
        let arg = known(own, name)?;
        let value = match text.as_str() {
            "true" | "on" | "1" if is_switch(arg) => true.into(),
            "false" | "off" | "0" if is_switch(arg) => false.into(),
            text => Value::from(text),
        };
        match asked.get_mut(name) {
            None => {
                asked.insert(name.clone(), value);
            }
            // A form names a field as often as it has values.
            Some(Value::Array(all)) => all.push(value),
            Some(one) => *one = Value::Array(vec![one.take(), value]),
        }
    }
    of_json(command, &asked)
}

/// The same from JSON.
///
/// # Errors
/// As [`of_pairs`].
pub(crate) fn of_json(command: &str, asked: &Map<String, Value>) -> Result<Given> {
    let cli = Cli::command();
    let own = find(&cli, command)?;
    let mut given = Given::default();
    for (name, value) in asked.iter().filter(|(_, value)| !value.is_null()) {
        let arg = known(own, name)?;
        reads_no_file(arg, value)?;
        values(arg, value).map_err(|e| Error::usage(format!("{name}: {e}")))?;
        given.set(name, value.clone());
    }
    Ok(given)
}

/// The setting of that name.
fn known<'c>(own: &'c Command, name: &str) -> Result<&'c Arg> {
    if let Some(arg) = settings(own).find(|arg| key(arg) == name) {
        return Ok(arg);
    }
    let there = own
        .get_arguments()
        .any(|arg| key(arg) == name && names_file(arg));
    if there || TABLES.contains(&name) {
        return Err(Error::usage(format!("{name} names a file, and a question reads no other files than those the server was started with"))
            .with_hint("set it in the run's file, or where the server is started"));
    }
    let all: Vec<String> = settings(own).map(key).collect();
    let near = did_you_mean(name, all.iter().map(String::as_str));
    Err(
        Error::usage(format!("{} has no setting {name:?}{near}", own.get_name()))
            .with_hint(format!("known are {}", all.join(", "))),
    )
}

/// An error for a value that names a file behind `@`: files are not read for a question.
fn reads_no_file(arg: &Arg, value: &Value) -> Result<()> {
    let names = arg.get_value_names().unwrap_or_default();
    let from_file = names.iter().any(|name| name.contains("@FILE"));
    let texts = match value {
        Value::Array(all) => all.as_slice(),
        one => std::slice::from_ref(one),
    };
    let at_file = |text: &Value| {
        text.as_str()
            .is_some_and(|t| t.trim_start().starts_with('@'))
    };
    if from_file && texts.iter().any(at_file) {
        return Err(
            Error::usage(format!("{}: no files are read for a question", key(arg)))
                .with_hint("write the phrases themselves, one a line"),
        );
    }
    Ok(())
}

/// The JSON schema of a command's settings. Those in `given` have a value already and are not required.
pub(crate) fn schema(command: &str, given: &[&str]) -> Result<Map<String, Value>> {
    let cli = Cli::command();
    let own = find(&cli, command)?;
    let mut properties = Map::new();
    let mut required = Vec::new();
    for arg in settings(own) {
        if arg.is_required_set() && !given.contains(&arg.get_long().unwrap_or_default()) {
            required.push(key(arg));
        }
        properties.insert(key(arg), property(arg));
    }
    let schema = json!({
        "type": "object", "properties": properties, "required": required, "additionalProperties": false,
    });
    match schema {
        Value::Object(schema) => Ok(schema),
        _ => Ok(Map::new()),
    }
}

/// What a setting is, as a JSON schema.
fn property(arg: &Arg) -> Value {
    let of = arg.get_value_parser().type_id();
    let is = |types: &[TypeId]| types.iter().any(|one| of == *one);
    let mut one = if is_switch(arg) {
        json!({ "type": "boolean" })
    } else if is(&[TypeId::of::<f64>()]) {
        json!({ "type": "number" })
    } else if is(&[
        TypeId::of::<u64>(),
        TypeId::of::<usize>(),
        TypeId::of::<u32>(),
    ]) {
        json!({ "type": "integer", "minimum": 0 })
    } else if is(&[TypeId::of::<Money>()]) {
        json!({ "type": ["number", "string"] })
    } else {
        json!({ "type": "string" })
    };
    let values: Vec<String> = arg
        .get_possible_values()
        .iter()
        .map(|value| value.get_name().to_owned())
        .collect();
    if !values.is_empty() && !is_switch(arg) {
        one["enum"] = json!(values);
    }
    if let Some(default) = arg.get_default_values().first().filter(|_| !is_switch(arg)) {
        let text = default.to_string_lossy();
        one["default"] = match text.parse::<f64>() {
            Ok(number) if one["type"] != "string" => json!(number),
            _ => json!(text),
        };
    }
    if matches!(arg.get_action(), ArgAction::Append) {
        one = json!({ "type": "array", "items": one });
    }
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    one["description"] = json!(without_dashes(&help));
    one
}

/// A flag's text with the names of settings in place of flags: `--min-followers` is `min_followers` here.
fn without_dashes(help: &str) -> String {
    let words = help.split(' ').map(|word| match word.split_once("--") {
        Some((before, flag)) if flag.starts_with(|c: char| c.is_ascii_lowercase()) => {
            format!("{before}{}", flag.replace('-', "_"))
        }
        _ => word.to_owned(),
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::{Given, of_json, of_pairs, schema};
    use serde_json::{Value, json};

    fn json_of(value: Value) -> crate::Result<Given> {
        match value {
            Value::Object(asked) => of_json("rank", &asked),
            _ => panic!("an object"),
        }
    }

    #[test]
    fn settings_are_what_their_flags_take() {
        let asked = json!({ "niche": "vegan", "top": 5, "platform": ["tiktok", "instagram"], "max_price": 1.5, "brand": null });
        let given = json_of(asked).unwrap();
        let expected = json!({ "niche": "vegan", "top": 5, "platform": ["tiktok", "instagram"], "max_price": 1.5 });
        assert_eq!(json!(given), expected);
        let pairs = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            let pairs = pairs.iter();
            pairs
                .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
                .collect()
        };
        let form = pairs(&[
            ("niche", "street food"),
            ("country", ""),
            ("min_followers", "50K"),
            ("platform", "tiktok"),
            ("platform", "youtube"),
        ]);
        assert_eq!(
            json!(of_pairs("rank", &form).unwrap()),
            json!({ "niche": "street food", "min_followers": "50K", "platform": ["tiktok", "youtube"] })
        );
        let known_only = pairs(&[("known_prices_only", "on")]);
        assert_eq!(
            json!(of_pairs("plan", &known_only).unwrap()),
            json!({ "known_prices_only": true })
        );
        let odd = of_pairs("plan", &pairs(&[("known_prices_only", "maybe")]));
        assert!(odd.unwrap_err().to_string().contains("true or false"));
    }

    #[test]
    fn files_are_refused_whatever_they_are_called() {
        for asked in [
            json!({ "niche": "@/etc/passwd" }),
            json!({ "niche": " @list.txt" }),
            json!({ "taxonomy": "x.toml" }),
            json!({ "safety_lists": "x.toml" }),
            json!({ "excluded": "x.csv" }),
            json!({ "creators": "other.csv" }),
            json!({ "map": "x.toml" }),
            json!({ "output": "x.csv" }),
            json!({ "hash_ids": "@x" }),
            json!({ "explain": "a" }),
            json!({ "niche": ["a", "b"] }),
            json!({ "top": true }),
        ] {
            let error = json_of(asked.clone()).unwrap_err();
            assert_eq!(error.exit_status(), 2, "{asked}");
        }
        let error = json_of(json!({ "nich": "vegan" })).unwrap_err().to_string();
        assert!(error.contains("did you mean \"niche\""), "{error}");
    }

    #[test]
    fn a_schema_names_types_values_and_what_is_required() {
        let plan = schema("plan", &[]).unwrap();
        assert_eq!(plan["required"], json!(["budget"]));
        assert_eq!(schema("plan", &["budget"]).unwrap()["required"], json!([]));
        let of = |name: &str| &plan["properties"][name];
        assert_eq!(of("budget")["type"], json!(["number", "string"]));
        assert_eq!(
            of("tier")["enum"],
            json!(["nano", "micro", "macro", "mega"])
        );
        assert_eq!(of("min_followers")["type"], "integer");
        assert_eq!(of("max_price")["type"], "number");
        assert_eq!(of("country")["items"]["type"], "string");
        assert_eq!(of("known_prices_only")["type"], "boolean");
        assert_eq!(of("min_relevance")["default"], 0.2);
        assert!(
            of("min_followers")["description"]
                .as_str()
                .unwrap()
                .contains("nor tier"),
            "{}",
            of("min_followers")
        );
        for file in [
            "taxonomy",
            "safety_lists",
            "excluded",
            "creators",
            "output",
            "map",
        ] {
            assert!(plan["properties"].get(file).is_none(), "{file}");
        }
    }
}
