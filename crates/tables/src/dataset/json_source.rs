//! Records out of JSON: wherever in its values they stand.

use super::bytes::Opened;
use super::json_values;
use super::map::TableMap;
use super::map_rules::spread;
use super::notes::Notes;
use super::read::{Row, Visit};
use crate::error::Result;
use serde_json::Value;
use std::borrow::Cow;
use std::cell::RefCell;
use std::path::Path;

/// How deep records are looked for.
const DEEPEST: usize = 6;
/// Values by which it is decided where records stand.
const DECIDED_BY: usize = 20;

/// What a record must have, to be told from what stands around it.
pub(super) struct Wanted {
    /// Sources of the columns that a row needs.
    pub(super) required: Vec<String>,
    /// Sources of all columns.
    pub(super) all: Vec<String>,
    /// Gets the names that the first record has, for a message.
    pub(super) names: RefCell<Vec<String>>,
}

/// One record and what it stands in, the nearest first.
struct JsonRow<'a> {
    value: &'a Value,
    around: &'a [&'a Value],
    id: String,
}

impl Row for JsonRow<'_> {
    fn get(&self, source: &str) -> Option<Cow<'_, str>> {
        source.split('|').find_map(|path| {
            if path == "@row" {
                return Some(Cow::Owned(self.id.clone()));
            }
            if path.contains('*') {
                return spread(self.value, path).map(Cow::Owned);
            }
            let (up, path) = outward(path);
            let value = match up {
                0 => self.value,
                up => self.around.get(up - 1)?,
            };
            text(find(value, path)?)
        })
    }
}

/// How far a source goes back to what is around a record, and the path from there: `^^id` is two up.
pub(super) fn outward(source: &str) -> (usize, &str) {
    let path = source.trim_start_matches('^');
    (source.len() - path.len(), path)
}

/// The lists in a record whose things are rows, the outer one first: `posts.*.comments` is the comments of the posts.
pub(super) fn lists(explode: &str) -> impl Iterator<Item = &str> {
    explode.split(".*.")
}

/// Follows `a.b.0.c`, or finds a value that is called so.
pub(super) fn find<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    let along = path.split('.').try_fold(value, |value, key| match value {
        Value::Object(map) => map.get(key),
        Value::Array(items) => items.get(key.parse::<usize>().ok()?),
        _ => None,
    });
    along.or_else(|| {
        let map = value.as_object()?;
        if !path.contains(['.', '/']) {
            return None;
        }
        map.get(path)
            .or_else(|| map.get(&path.replace('.', "/")))
            .or_else(|| map.get(&path.replace('/', ".")))
    })
}

/// A scalar as a CSV would print it; lists of scalars, and of things with a name, are joined by blanks.
pub(super) fn text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::Null | Value::Object(_) => None,
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Bool(_) | Value::Number(_) => Some(Cow::Owned(value.to_string())),
        Value::Array(items) => Some(Cow::Owned(
            items
                .iter()
                .filter_map(|item| text(named(item)))
                .collect::<Vec<_>>()
                .join(" "),
        )),
    }
}

/// What a thing in a list is called: `{"name": "skincare"}`.
fn named(item: &Value) -> &Value {
    const NAMES: [&str; 5] = ["name", "text", "tag", "hashtag", "title"];
    let map = item.as_object();
    map.and_then(|map| NAMES.iter().find_map(|name| map.get(*name)))
        .unwrap_or(item)
}

/// The plain values in an object, by their paths; lists of things are passed over.
pub(super) fn flatten(path: &str, value: &Value, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                let path = if path.is_empty() {
                    key.clone()
                } else {
                    format!("{path}.{key}")
                };
                flatten(&path, value, found);
            }
        }
        Value::Array(items)
            if items
                .iter()
                .any(|item| named(item).is_object() || item.is_array()) => {}
        Value::Null => {}
        other => found.extend(text(other).map(|text| (path.to_owned(), text.into_owned()))),
    }
}

/// Whether a value is a record of what is wanted.
fn fits(value: &Value, map: &TableMap, wanted: &Wanted) -> bool {
    if !value.is_object() {
        return false;
    }
    if !map.explode.is_empty() {
        let outer = map.explode.iter().filter_map(|path| lists(path).next());
        return outer.into_iter().any(|path| find(value, path).is_some());
    }
    wanted.required.iter().all(|source| has(value, source))
}

fn has(value: &Value, source: &str) -> bool {
    let mut paths = source.split('|');
    paths.any(|path| path == "@row" || path.starts_with('^') || find(value, path).is_some())
}

/// The way from a value to the records in it, by names; `*` is any. The shortest of several.
fn locate(value: &Value, map: &TableMap, wanted: &Wanted) -> Option<Vec<String>> {
    let mut level: Vec<(Vec<String>, &Value)> = vec![(Vec::new(), value)];
    for _ in 0..DEEPEST {
        let mut next = Vec::new();
        for (way, value) in level {
            let items: &[Value] = match value {
                Value::Array(items) => items,
                one => std::slice::from_ref(one),
            };
            if items
                .iter()
                .take(DECIDED_BY)
                .any(|item| fits(item, map, wanted))
            {
                return Some(way);
            }
            for item in items.iter().take(3) {
                next.extend(inside(item).map(|(key, value)| {
                    let mut way = way.clone();
                    way.push(key);
                    (way, value)
                }));
            }
        }
        level = next;
    }
    None
}

/// What stands in an object, by its name; where all of it are objects alike, records under their ids, by `*`.
fn inside(value: &Value) -> impl Iterator<Item = (String, &Value)> {
    let map = value.as_object();
    let by_id = map.is_some_and(|map| map.len() > 2 && map.values().all(Value::is_object));
    map.into_iter()
        .flatten()
        .filter(|(_, value)| value.is_object() || value.is_array())
        .map(move |(key, value)| (if by_id { "*".to_owned() } else { key.clone() }, value))
}

/// All values at the end of a way, lists taken apart.
fn follow<'v>(value: &'v Value, way: &[String], found: &mut Vec<&'v Value>) -> bool {
    match (value, way.split_first()) {
        (Value::Array(items), _) => {
            for item in items {
                follow(item, way, found);
            }
            true
        }
        (_, None) => {
            found.push(value);
            true
        }
        (Value::Object(map), Some((key, rest))) if key == "*" => {
            for value in map.values() {
                follow(value, rest, found);
            }
            true
        }
        (Value::Object(map), Some((key, rest))) => {
            map.get(key).is_some_and(|value| follow(value, rest, found))
        }
        _ => false,
    }
}

/// What is done with a thing in a list of a record: by whom, with what is around it, the nearest first.
type TakeNested<'t, R> = dyn FnMut(&mut R, &[&Value], &Value) -> Result<()> + 't;

/// Reads the records of a file.
struct Reading<'a, 'v> {
    stem: String,
    map: &'a TableMap,
    wanted: &'a Wanted,
    notes: &'a Notes,
    visit: &'a mut Visit<'v>,
    /// Where records stand, once that is known.
    way: Option<Vec<String>>,
    /// Values that came before it was.
    waiting: Vec<(u64, Value)>,
    /// Answers without records, and what they said.
    empty: usize,
    errors: Vec<String>,
}

/// Reads a file.
pub(super) fn read(
    path: &Path,
    opened: Opened,
    map: &TableMap,
    wanted: &Wanted,
    notes: &Notes,
    visit: &mut Visit<'_>,
) -> Result<()> {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let mut reading = Reading {
        stem: stem.into_owned(),
        map,
        wanted,
        notes,
        visit,
        way: None,
        waiting: Vec::new(),
        empty: 0,
        errors: Vec::new(),
    };
    json_values::read(path, opened, &mut |line, value| match value {
        Ok(value) => reading.take(line, value),
        Err(bad) => (reading.visit)(line, Err(bad)),
    })?;
    reading.finish()
}

impl Reading<'_, '_> {
    fn take(&mut self, line: u64, value: Value) -> Result<()> {
        if self.way.is_some() {
            return self.records(line, &value);
        }
        let here = fits(&value, self.map, self.wanted) || self.root(&value).is_some();
        self.waiting.push((line, value));
        if here {
            self.way = Some(Vec::new());
            return self.flush();
        }
        if self.waiting.len() >= DECIDED_BY {
            self.decide();
            return self.flush();
        }
        Ok(())
    }

    /// The records under the map's root.
    fn root<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        find(value, self.map.root.as_deref()?).filter(|v| !v.is_null())
    }

    fn decide(&mut self) {
        let way = self
            .waiting
            .iter()
            .find_map(|(_, value)| locate(value, self.map, self.wanted));
        if let Some(way) = way.as_ref().filter(|way| !way.is_empty()) {
            self.notes
                .say(format!("the records stand under {:?}", way.join(".")));
        }
        self.way = Some(way.unwrap_or_default());
    }

    fn flush(&mut self) -> Result<()> {
        for (line, value) in std::mem::take(&mut self.waiting) {
            self.records(line, &value)?;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<()> {
        if self.way.is_none() {
            self.decide();
            self.flush()?;
        }
        if self.empty > 0 {
            let what = if self.empty == 1 {
                "an answer without records".to_owned()
            } else {
                format!("{} answers without records", self.empty)
            };
            let said = self.errors.first();
            self.notes
                .say(said.map_or(what.clone(), |e| format!("{what}: {e:?}")));
        }
        Ok(())
    }

    /// Visits the records of one value.
    fn records(&mut self, line: u64, value: &Value) -> Result<()> {
        let mut items: Vec<&Value> = Vec::new();
        let way = self.way.clone().unwrap_or_default();
        match self.root(value) {
            Some(Value::Array(records)) => items.extend(records),
            Some(one) => items.push(one),
            None if way.is_empty() => items.push(value),
            None => {
                if !follow(value, &way, &mut items)
                    && self.wanted.all.iter().any(|source| find_any(value, source))
                {
                    items.push(value);
                }
            }
        }
        let none_wanted = |item: &&Value| {
            item.is_object()
                && !fits(item, self.map, self.wanted)
                && !self.wanted.all.iter().any(|source| find_any(item, source))
        };
        if items.is_empty() || (items.len() == 1 && is_answer(items[0]) && none_wanted(&items[0])) {
            self.empty += 1;
            self.errors.extend(refusal(value));
            return Ok(());
        }
        let many = items.len() > 1;
        for (i, item) in items.into_iter().enumerate() {
            let number = if many {
                format!("{}:{line}:{}", self.stem, i + 1)
            } else {
                format!("{}:{line}", self.stem)
            };
            self.record(line, item, number)?;
        }
        Ok(())
    }

    fn record(&mut self, line: u64, item: &Value, number: String) -> Result<()> {
        if self.wanted.names.borrow().is_empty() {
            let mut found = Vec::new();
            flatten("", item, &mut found);
            *self.wanted.names.borrow_mut() = found.into_iter().map(|f| f.0).collect();
        }
        if self.map.explode.is_empty() {
            return (self.visit)(
                line,
                Ok(&JsonRow {
                    value: item,
                    around: &[],
                    id: number,
                }),
            );
        }
        let map = self.map;
        let mut rows = 0;
        for explode in &map.explode {
            let steps: Vec<&str> = lists(explode).collect();
            self.nested(&steps, &[item], &mut |reading, around, row| {
                rows += 1;
                let id = format!("{number}:{rows}");
                let value = row;
                (reading.visit)(line, Ok(&JsonRow { value, around, id }))
            })?;
        }
        Ok(())
    }

    /// Hands on what stands in lists of what is around, the nearest first, and in lists of that.
    fn nested(
        &mut self,
        lists: &[&str],
        around: &[&Value],
        take: &mut TakeNested<'_, Self>,
    ) -> Result<()> {
        let Some((list, inner)) = lists.split_first() else {
            return Ok(());
        };
        let rows: &[Value] = match around.first().and_then(|value| find(value, list)) {
            Some(Value::Array(rows)) => rows,
            None | Some(Value::Null) => &[],
            Some(one) => std::slice::from_ref(one),
        };
        for row in rows {
            if inner.is_empty() {
                take(self, around, row)?;
            } else {
                let around: Vec<&Value> =
                    std::iter::once(row).chain(around.iter().copied()).collect();
                self.nested(inner, &around, take)?;
            }
        }
        Ok(())
    }
}

/// Whether one of a source's paths leads somewhere.
fn find_any(value: &Value, source: &str) -> bool {
    let mut paths = source
        .split('|')
        .filter(|path| *path != "@row" && !path.starts_with('^'));
    paths.any(|path| find(value, path).is_some())
}

/// Whether an object is an answer rather than a record: it tells of an error, or holds a list or pages.
fn is_answer(value: &Value) -> bool {
    let Some(map) = value.as_object() else {
        return false;
    };
    refusal(value).is_some()
        || map.values().any(Value::is_array)
        || [
            "pageInfo",
            "paging",
            "meta",
            "data",
            "items",
            "results",
            "nextPageToken",
        ]
        .iter()
        .any(|key| map.contains_key(*key))
}

/// Whether a value is a page of an answer that holds no record.
pub(super) fn is_empty_page(value: &Value) -> bool {
    const LISTS: [&str; 9] = [
        "items", "data", "results", "records", "edges", "value", "entries", "comments", "posts",
    ];
    match value {
        Value::Array(items) => items.iter().all(is_empty_page),
        Value::Object(map) => {
            let mut lists = map.iter().filter(|(_, value)| value.is_array());
            let listed = |(key, list): (&String, &Value)| {
                LISTS.contains(&key.as_str()) && list.as_array().is_some_and(Vec::is_empty)
            };
            lists.clone().next().is_some() && lists.all(listed)
        }
        _ => false,
    }
}

/// What an answer says that is an error.
pub(super) fn refusal(value: &Value) -> Option<String> {
    let error = value.get("error").or_else(|| value.get("errors"))?;
    let error = error.get(0).unwrap_or(error);
    let message = ["message", "detail", "title", "error_description"]
        .iter()
        .find_map(|key| error.get(*key))
        .unwrap_or(error);
    let code = error
        .get("code")
        .or_else(|| error.get("status"))
        .map(ToString::to_string);
    let message = text(message).map_or_else(|| "an error".to_owned(), Cow::into_owned);
    let short: String = message.chars().take(200).collect();
    Some(code.map_or(short.clone(), |code| format!("error {code}: {short}")))
}
