//! Settings that are given as values and not typed: in a run's file, by Python, by a page or an assistant. What a value
//! says for a flag has one rule, here, by the flag's own definition.

use super::args::Cli;
use super::typed::did_you_mean;
use crate::dataset::Pseudonyms;
use crate::{Error, Result};
use clap::{Arg, ArgAction, Command, CommandFactory};
use serde::Serialize;
use serde_json::{Map, Value};

/// Settings whose values are ids of creators, one or several.
const IDS: [&str; 3] = ["like", "explain", "compare"];

/// Settings by their keys, which are the flags' names with `_` for `-`.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub(crate) struct Given(Map<String, Value>);

impl Given {
    /// The settings of an object; of anything else, none.
    #[cfg(feature = "serve")]
    pub(crate) fn of(value: &Value) -> Self {
        Self(value.as_object().cloned().unwrap_or_default())
    }

    /// Flags that were typed (`--key=value`, `--key`), those of one name together.
    pub(crate) fn typed(flags: &[String]) -> Self {
        let mut given = Self::default();
        for flag in flags {
            let (name, value) = match flag.split_once('=') {
                Some((name, value)) => (name, Value::from(value)),
                None => (flag.as_str(), Value::Bool(true)),
            };
            let key = name.trim_start_matches("--").replace('-', "_");
            match given.0.get_mut(&key) {
                None => given.set(&key, value),
                Some(Value::Array(all)) => all.push(value),
                Some(one) => *one = Value::Array(vec![one.take(), value]),
            }
        }
        given
    }

    /// The value of a key.
    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        self.0.get(key)
    }

    /// The text of a key, where it is one.
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.get(key)?.as_str()
    }

    /// Whether a key is set.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    /// Sets a key, whatever it was.
    pub(crate) fn set(&mut self, key: &str, value: impl Into<Value>) {
        self.0.insert(key.to_owned(), value.into());
    }

    /// Keeps the keys that are wanted.
    pub(crate) fn retain(&mut self, wanted: impl Fn(&str) -> bool) {
        self.0.retain(|key, _| wanted(key));
    }

    /// Keys and values, in the order in which they were set.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// These, and of the others what is not set here.
    pub(crate) fn over(mut self, others: &Self) -> Self {
        for (key, value) in others.iter() {
            if !self.has(key) {
                self.set(key, value.clone());
            }
        }
        self
    }

    /// The same with pseudonyms in the place of ids of people.
    pub(crate) fn hidden(&self, by: Option<&Pseudonyms>) -> Self {
        let mut hidden = self.clone();
        hide_ids(&mut hidden.0, by);
        hidden
    }

    /// The same with each text as `change` gives it.
    #[cfg(feature = "serve")]
    pub(crate) fn changed(mut self, change: &impl Fn(&str) -> String) -> Self {
        fn each(value: &mut Value, change: &impl Fn(&str) -> String) {
            match value {
                Value::String(text) => *text = change(text),
                Value::Array(all) => all.iter_mut().for_each(|one| each(one, change)),
                _ => {}
            }
        }
        self.0.values_mut().for_each(|value| each(value, change));
        self
    }

    /// The command with these settings, the flags' defaults for all others.
    ///
    /// # Errors
    /// [`Error::Usage`] for a key that the command has no flag of, or a value that the flag does not take.
    pub(crate) fn command(&self, name: &str) -> Result<Cli> {
        let cli = Cli::command();
        let own = cli
            .find_subcommand(name)
            .ok_or_else(|| Error::usage(format!("there is no command {name:?}")))?;
        let mut typed = vec![name.to_owned()];
        for (key, value) in self.iter() {
            let arg = flag(&cli, own, key).ok_or_else(|| unknown(own, key))?;
            let values = values(arg, value).map_err(|e| Error::usage(format!("{key}: {e}")))?;
            typed.extend(values);
        }
        Cli::of(&typed)
    }
}

impl<K: Into<String>, V: Into<Value>> FromIterator<(K, V)> for Given {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        let pairs = pairs.into_iter();
        Self(
            pairs
                .map(|(key, value)| (key.into(), value.into()))
                .collect(),
        )
    }
}

/// Puts pseudonyms in the place of ids of people, as the tables have them once they are read.
pub(crate) fn hide_ids(settings: &mut Map<String, Value>, by: Option<&Pseudonyms>) {
    let Some(pseudonyms) = by else { return };
    for key in IDS {
        if let Some(value) = settings.get_mut(key) {
            hide(value, pseudonyms);
        }
    }
}

fn hide(value: &mut Value, pseudonyms: &Pseudonyms) {
    match value {
        Value::String(ids) => {
            let hidden: Vec<String> = ids.split(',').map(|id| pseudonyms.id(id)).collect();
            *ids = hidden.join(",");
        }
        Value::Array(all) => all.iter_mut().for_each(|one| hide(one, pseudonyms)),
        _ => {}
    }
}

/// The key of a flag; empty for what is no flag.
pub(crate) fn key(arg: &Arg) -> String {
    arg.get_long().unwrap_or_default().replace('-', "_")
}

/// The flag of that key, by its name or by one that it had before: the command's own, or one of every command.
fn flag<'c>(cli: &'c Command, own: &'c Command, key: &str) -> Option<&'c Arg> {
    let long = key.replace('_', "-");
    let called = |arg: &&Arg| {
        let before = arg.get_all_aliases().unwrap_or_default();
        arg.get_long() == Some(&long) || before.contains(&long.as_str())
    };
    let of_all = cli.get_arguments().filter(|arg| arg.is_global_set());
    own.get_arguments().chain(of_all).find(called)
}

fn unknown(own: &Command, name: &str) -> Error {
    let known: Vec<String> = own
        .get_arguments()
        .filter(|a| !a.is_hide_set())
        .map(key)
        .collect();
    let known: Vec<&str> = known
        .iter()
        .map(String::as_str)
        .filter(|k| !k.is_empty())
        .collect();
    let near = did_you_mean(name, known.iter().copied());
    Error::usage(format!("{} has no setting {name:?}{near}", own.get_name()))
        .with_hint(format!("known are {}", known.join(", ")))
}

/// Whether a flag is on or off, without a value.
pub(crate) fn is_switch(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::SetTrue)
}

/// Whether a flag takes names with what they are worth, `NAME=WEIGHT`.
fn takes_pairs(arg: &Arg) -> bool {
    let names = arg.get_value_names().unwrap_or_default();
    names.iter().any(|name| name.contains('='))
}

/// What would be typed for a value: nothing for null and for a switch that is off.
///
/// # Errors
/// What was expected, where the flag does not take such a value.
pub(crate) fn values(arg: &Arg, value: &Value) -> std::result::Result<Vec<String>, String> {
    let long = arg.get_long().unwrap_or_default();
    let several = matches!(arg.get_action(), ArgAction::Append);
    if is_switch(arg) {
        return match value {
            Value::Bool(true) => Ok(vec![format!("--{long}")]),
            Value::Bool(false) | Value::Null => Ok(Vec::new()),
            _ => Err(format!("expected true or false, not {value}")),
        };
    }
    let texts: Vec<String> = match value {
        Value::Null => Vec::new(),
        Value::Array(items) if several => items
            .iter()
            .map(text)
            .collect::<std::result::Result<_, _>>()?,
        Value::Array(items) => match items.as_slice() {
            [one] => vec![text(one)?],
            _ => return Err("expected one value and not a list".to_owned()),
        },
        Value::Object(pairs) if takes_pairs(arg) => {
            let mut all = Vec::new();
            for (name, worth) in pairs {
                let each = match worth {
                    Value::Array(each) if several => each.as_slice(),
                    one => std::slice::from_ref(one),
                };
                for worth in each {
                    all.push(format!("{name}={}", text(worth)?));
                }
            }
            if several { all } else { vec![all.join(",")] }
        }
        one => vec![text(one)?],
    };
    Ok(texts
        .into_iter()
        .map(|text| format!("--{long}={text}"))
        .collect())
}

fn text(value: &Value) -> std::result::Result<String, String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        // A whole number that came as 5.0 is 5.
        Value::Number(number) => Ok(match number.as_f64() {
            Some(float) if number.is_f64() => float.to_string(),
            _ => number.to_string(),
        }),
        _ => Err(format!(
            "expected a text, a number or a list of them, not {value}"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::Given;
    use crate::cli::settings::Settings;
    use serde_json::{Value, json};

    fn given(value: &Value) -> Given {
        let pairs = value.as_object().unwrap().iter();
        pairs
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    }

    /// The settings of a command, and what was wrong with them.
    fn resolved(command: &str, value: &Value) -> Result<Value, String> {
        let cli = given(value).command(command).map_err(|e| e.to_string())?;
        let settings = Settings::of(&cli).map_err(|e| e.to_string())?;
        Ok(Value::Object(settings.values().clone()))
    }

    #[test]
    fn a_value_is_what_would_be_typed() {
        let found = resolved(
            "rank",
            &json!({ "niche": "vegan", "top": 5.0, "platform": ["tiktok", "youtube"], "strict": true, "seed": 3,
                "weights": { "relevance": 2, "price": 0.5 }, "brand": null, "verbose": false }),
        )
        .unwrap();
        assert_eq!(found["niche"], "vegan");
        assert_eq!((&found["top"], &found["seed"]), (&json!(5), &json!(3)));
        assert_eq!(found["platform"], json!(["tiktok", "youtube"]));
        assert_eq!(found["weights"], "relevance=2,price=0.5");
        for alias in [json!(["a=x", "a=y"]), json!({ "a": ["x", "y"] })] {
            let brands = json!({ "comments": "c.csv", "brand": ["a", "b"], "alias": alias });
            let found = resolved("sentiment", &brands).unwrap();
            assert_eq!(found["alias"], json!(["a=x", "a=y"]));
        }
        // By the name that it had before, too.
        let before = json!({ "comments": ["c.csv"], "labelled_from": "elsewhere" });
        assert_eq!(
            resolved("sentiment", &before).unwrap()["label_source"],
            "external"
        );
    }

    #[test]
    fn a_value_that_a_flag_does_not_take_is_refused_by_its_key() {
        for (wrong, parts) in [
            (json!({ "nich": "x" }), ["nich", "did you mean \"niche\""]),
            (
                json!({ "niche": "x", "strict": "yes" }),
                ["strict", "true or false"],
            ),
            (json!({ "niche": ["x", "y"] }), ["niche", "one value"]),
            (json!({ "niche": true }), ["niche", "a text"]),
            (json!({ "niche": { "a": 1 } }), ["niche", "a text"]),
            (json!({ "niche": "x", "top": "many" }), ["--top", "many"]),
        ] {
            let said = resolved("rank", &wrong).unwrap_err();
            assert!(parts.iter().all(|part| said.contains(part)), "{said}");
        }
    }

    #[test]
    fn what_was_typed_stands_over_what_was_given() {
        let flags = ["--seed=4", "--map=a", "--map=b", "--strict"].map(str::to_owned);
        let typed = Given::typed(&flags);
        assert_eq!(
            typed,
            given(&json!({ "seed": "4", "map": ["a", "b"], "strict": true }))
        );
        let both = typed.over(&given(&json!({ "seed": 1, "decimal": "comma" })));
        assert_eq!(both.text("seed"), Some("4"));
        assert_eq!(both.text("decimal"), Some("comma"));
    }
}
