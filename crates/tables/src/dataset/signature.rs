//! What a file's own fields say of it: their paths, and which sections of maps they fit.

use super::file_name::VIDEO;
use super::json_source::{lists, outward};
use super::map::{ColumnMap, TableMap, built_in_maps};
use super::read::ReadOptions;
use super::records::Record;
use super::{memory_name, peek_by};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::Path;

/// How deep fields are looked for.
const DEEPEST: usize = 10;
/// Items of a list that are looked at.
const ITEMS: usize = 50;

/// The fields of a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fields {
    /// Their paths: names joined by points, in lower case, lists taken for what stands in them.
    paths: BTreeSet<String>,
    /// Whether they stand in one another, so that there may be records in records.
    nested: bool,
}

impl Fields {
    fn contains(&self, path: &str) -> bool {
        self.paths.contains(path)
    }
}

/// The fields of values.
pub(super) fn fields_of<'v>(values: impl IntoIterator<Item = &'v Value>) -> Fields {
    let mut paths = BTreeSet::new();
    for value in values {
        collect(value, "", 0, &mut paths);
    }
    Fields {
        paths,
        nested: true,
    }
}

fn collect(value: &Value, path: &str, depth: usize, paths: &mut BTreeSet<String>) {
    if depth > DEEPEST {
        return;
    }
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                let inner = if path.is_empty() {
                    plain(key)
                } else {
                    format!("{path}.{}", plain(key))
                };
                collect(value, &inner, depth + 1, paths);
            }
        }
        Value::Array(items) => {
            for item in items.iter().take(ITEMS) {
                collect(item, path, depth, paths);
            }
        }
        _ => {}
    }
    if !path.is_empty() && !paths.contains(path) {
        paths.insert(path.to_owned());
    }
}

/// The fields that a header prints: `author/fans` is `author.fans`, `tags/0` is `tags`.
pub(super) fn fields_of_header(columns: &[String]) -> Fields {
    Fields {
        paths: columns.iter().map(|column| plain(column)).collect(),
        nested: false,
    }
}

/// A path without numbers of items and without `*`, in lower case.
fn plain(path: &str) -> String {
    let path = path.trim().to_lowercase().replace('/', ".");
    if !path.contains('.') {
        return path;
    }
    let steps = path.split('.').filter(|step| {
        *step != "*" && (step.is_empty() || !step.bytes().all(|b| b.is_ascii_digit()))
    });
    steps.collect::<Vec<_>>().join(".")
}

/// How a section fits a file.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fit {
    /// The more, the better.
    pub(super) score: usize,
    /// The section's columns that the file has, with the field of each.
    pub(super) columns: Vec<(String, String)>,
}

/// Whether a section can read a file with these fields; `told` where all of its tell-tale fields have to be there too.
pub(super) fn fit(
    section: &TableMap,
    required: &[&str],
    fields: &Fields,
    told: bool,
) -> Option<Fit> {
    if !section.explode.is_empty() && !fields.nested {
        return None;
    }
    // Where records stand: at the top, under the root, or wherever the first needed field is found.
    let first = required
        .iter()
        .find_map(|column| section.columns.get(*column).filter(|s| !made(s)))
        .or_else(|| section.tells.first())?;
    let places = places(section, first, fields);
    places
        .iter()
        .filter_map(|place| fit_at(section, required, fields, told, place))
        .max_by_key(|fit| fit.score)
}

/// Whether a source may be made, or stand in what is around a record.
fn made(source: &str) -> bool {
    source.split('|').any(|s| s.starts_with(['@', '^']))
}

fn places(section: &TableMap, first: &str, fields: &Fields) -> Vec<String> {
    if let Some(root) = &section.root {
        return vec![format!("{}.", plain(root)), String::new()];
    }
    if !section.explode.is_empty() {
        // The parent is what is looked for.
        let lists = section.explode.iter().map(|list| plain(list));
        return lists.flat_map(|list| before(&list, fields)).collect();
    }
    let sources = first.split('|').map(plain);
    let mut all: Vec<String> = sources.flat_map(|source| before(&source, fields)).collect();
    all.sort_by_key(String::len);
    all.dedup();
    all
}

/// What stands before a path wherever it is found.
fn before(path: &str, fields: &Fields) -> Vec<String> {
    let ending = format!(".{path}");
    let found = fields.paths.iter().filter_map(|known| {
        if known == path {
            return Some(String::new());
        }
        known.strip_suffix(&ending).map(|place| format!("{place}."))
    });
    found.collect()
}

fn fit_at(
    section: &TableMap,
    required: &[&str],
    fields: &Fields,
    told: bool,
    place: &str,
) -> Option<Fit> {
    // Where a record stands, and what is around it, the outermost first.
    let within = |explode: &str| {
        let mut path = place.to_owned();
        let mut places = vec![path.clone()];
        for list in lists(explode) {
            path += &format!("{}.", plain(list));
            places.push(path.clone());
        }
        places
    };
    let levels: Vec<Vec<String>> = if section.explode.is_empty() {
        vec![vec![place.to_owned()]]
    } else {
        section.explode.iter().map(|list| within(list)).collect()
    };
    let find = |source: &str| -> Option<String> {
        source.split('|').find_map(|one| {
            if one == "@row" || one == VIDEO {
                return Some(one.to_owned());
            }
            let (up, path) = outward(one);
            let there = |places: &Vec<String>| {
                let at = places.len().checked_sub(1 + up).map(|at| &places[at]);
                at.is_some_and(|at| fields.contains(&format!("{at}{}", plain(path))))
            };
            levels.iter().any(there).then(|| one.to_owned())
        })
    };
    let columns: Vec<(String, String)> = section
        .columns
        .iter()
        .filter_map(|(column, source)| Some((column.clone(), find(source)?)))
        .collect();
    let has = |column: &str| {
        section.constants.contains_key(column) || columns.iter().any(|(c, _)| c == column)
    };
    if !required.iter().all(|column| has(column)) {
        return None;
    }
    let tells = section.tells.iter().filter(|source| {
        let outer = || {
            let mut one = source.split('|');
            one.any(|s| fields.contains(&format!("{place}{}", plain(s))))
        };
        find(source).is_some() || outer()
    });
    let tells = tells.count();
    let known = if section.tells.is_empty() {
        columns.len() == section.columns.len()
    } else {
        tells == section.tells.len()
    };
    (known || !told).then(|| Fit {
        // Who says where rows stand in a record knows the file better.
        score: columns.len() + 3 * tells + 5 * section.explode.len().min(1),
        columns,
    })
}

/// What the columns of a table must be.
pub(super) fn required_of(table: &str) -> &'static [&'static str] {
    use crate::schema::{Comment, Creator, Observation, Order, Outcome, Post, Spend, Visit};
    match table {
        "creators" => Creator::REQUIRED,
        "posts" => Post::REQUIRED,
        "comments" => Comment::REQUIRED,
        "visits" => Visit::REQUIRED,
        "orders" => Order::REQUIRED,
        "spend" => Spend::REQUIRED,
        "panel" => Observation::REQUIRED,
        "outcomes" => Outcome::REQUIRED,
        _ => &[],
    }
}

/// A table that a map reads of a file, and the columns that the file has with the field of each.
pub(super) type Read = (&'static str, Vec<(String, String)>);

/// The tables of a run that a map may describe.
const TABLES: [&str; 7] = [
    "creators", "posts", "comments", "visits", "orders", "spend", "panel",
];

/// The ready-made map that a file's own fields tell, with the tables that it reads of it.
pub(super) fn told_by(fields: &Fields) -> Option<(ColumnMap, Vec<Read>)> {
    let maps = built_in_maps().into_iter();
    let told = maps.filter(|map| !map.source.starts_with("none"));
    best(told, |map| reads(map, &TABLES[..6], fields, true))
}

/// Of the maps that were named, each with its name, the one that fits a file best.
pub(super) fn best_of(
    fields: &Fields,
    maps: &[(String, ColumnMap)],
) -> Option<(String, Vec<Read>)> {
    let found = best(maps.iter(), |(_, map)| reads(map, &TABLES, fields, false));
    found.map(|((name, _), tables)| (name.clone(), tables))
}

/// What a map reads of a file, and how well it fits; `None` where that is nothing.
fn reads(
    map: &ColumnMap,
    tables: &[&'static str],
    fields: &Fields,
    told: bool,
) -> Option<(usize, Vec<Read>)> {
    let mut score = 0;
    let mut found = Vec::new();
    for table in tables {
        let section = map.table(table);
        let fits = section.and_then(|s| fit(s, required_of(table), fields, told));
        if let Some(fits) = fits {
            score += fits.score;
            found.push((*table, fits.columns));
        }
    }
    (!found.is_empty()).then_some((score, found))
}

/// The first of those that fit best.
fn best<M>(
    maps: impl Iterator<Item = M>,
    reads: impl Fn(&M) -> Option<(usize, Vec<Read>)>,
) -> Option<(M, Vec<Read>)> {
    let mut best: Option<(usize, M, Vec<Read>)> = None;
    for map in maps {
        if let Some((score, tables)) = reads(&map)
            && best.as_ref().is_none_or(|(most, ..)| score > *most)
        {
            best = Some((score, map, tables));
        }
    }
    best.map(|(_, map, tables)| (map, tables))
}

/// The options for one file: of several maps that describe its table the one that its fields fit best comes first;
/// where none fits and its columns have the names that are known here, none is left.
///
/// Files of different exports can so be read as one table.
pub(super) fn for_file<'o, T: Record>(
    path: &Path,
    options: &'o ReadOptions,
) -> Cow<'o, ReadOptions> {
    let describing = |map: &ColumnMap| map.table(T::TABLE).is_some();
    if path == Path::new("-") || memory_name(path).is_some() || !options.maps.iter().any(describing)
    {
        return Cow::Borrowed(options);
    }
    let Ok(seen) = peek_by(path, options) else {
        // Whatever is wrong with it, the reading says better.
        return Cow::Borrowed(options);
    };
    let score = |map: &ColumnMap| {
        let section = map.table(T::TABLE)?;
        fit(section, T::REQUIRED, &seen.fields, false).map(|fit| fit.score)
    };
    let mut best: Option<(usize, &ColumnMap)> = None;
    for map in options.maps.iter().filter(|map| describing(map)) {
        if let Some(score) = score(map)
            && best.is_none_or(|(most, _)| score > most)
        {
            best = Some((score, map));
        }
    }
    let mut own = options.clone();
    if let Some((_, best)) = best {
        own.maps = vec![best.clone()];
    } else {
        let plain = |column: &&str| seen.fields.contains(column);
        if !T::REQUIRED.iter().all(plain) {
            return Cow::Borrowed(options);
        }
        own.maps.retain(|map| !describing(map));
    }
    Cow::Owned(own)
}

#[cfg(test)]
mod tests {
    use super::{fields_of, fields_of_header, told_by};
    use serde_json::json;

    fn told(value: &serde_json::Value) -> Option<(String, Vec<&'static str>)> {
        let (map, tables) = told_by(&fields_of([value]))?;
        Some((map.name, tables.iter().map(|t| t.0).collect()))
    }

    fn header(columns: &[&str]) -> Option<(String, Vec<&'static str>)> {
        let columns: Vec<String> = columns.iter().map(|c| (*c).to_owned()).collect();
        let (map, tables) = told_by(&fields_of_header(&columns))?;
        Some((map.name, tables.iter().map(|t| t.0).collect()))
    }

    #[test]
    fn headers_tell_what_made_them() {
        for (columns, name, tables) in [
            (
                &[
                    "authorMeta/fans",
                    "authorMeta/name",
                    "createTimeISO",
                    "diggCount",
                    "hashtags/0/name",
                    "id",
                    "playCount",
                    "text",
                ][..],
                "apify-tiktok",
                &["creators", "posts"][..],
            ),
            (
                &[
                    "postUrl",
                    "id",
                    "text",
                    "ownerUsername",
                    "timestamp",
                    "likesCount",
                    "owner/id",
                ],
                "apify-instagram",
                &["comments"],
            ),
            (
                &[
                    "id",
                    "type",
                    "shortCode",
                    "caption",
                    "url",
                    "commentsCount",
                    "likesCount",
                    "timestamp",
                    "ownerUsername",
                    "latestComments/0/text",
                ],
                "apify-instagram-posts",
                &["posts"],
            ),
            (
                &[
                    "Name",
                    "Email",
                    "Financial Status",
                    "Total",
                    "Created at",
                    "Lineitem quantity",
                    "Cancelled at",
                ],
                "shopify",
                &["orders"],
            ),
            (
                &[
                    "postUrl",
                    "description",
                    "commentCount",
                    "likeCount",
                    "pubDate",
                    "username",
                    "postId",
                    "timestamp",
                ],
                "phantombuster-posts",
                &["posts"],
            ),
        ] {
            let found = header(columns).unwrap();
            assert_eq!(
                (found.0.as_str(), found.1.as_slice()),
                (name, tables),
                "{columns:?}"
            );
        }
        assert_eq!(header(&["city", "rain"]), None);
    }

    #[test]
    fn nested_values_tell_what_made_them() {
        let thread = json!({"items": [{"id": "t", "snippet": {"channelId": "c", "videoId": "v", "topLevelComment": {
            "id": "t", "snippet": {"textOriginal": "hi", "channelId": "c", "videoId": "v", "publishedAt": "2026-01-01T00:00:00Z"}}}}]});
        assert_eq!(
            told(&thread),
            Some(("youtube-data-api".to_owned(), vec!["comments"]))
        );
        let video = json!([{"items": [{"id": "v", "snippet": {"channelId": "c", "publishedAt": "x"}, "statistics": {"viewCount": "1"}}]}]);
        assert_eq!(
            told(&video),
            Some(("youtube-data-api".to_owned(), vec!["posts"]))
        );
        let profile = json!({"username": "a", "followersCount": 1, "biography": "b", "latestPosts": [
            {"id": "1", "shortCode": "C", "url": "u", "timestamp": "x", "commentsCount": 3}]});
        assert_eq!(
            told(&profile),
            Some((
                "apify-instagram-nested".to_owned(),
                vec!["creators", "posts"]
            ))
        );
        let info = json!({"id": "v", "channel_id": "c", "channel_follower_count": 9, "upload_date": "20260101", "timestamp": 1,
            "view_count": 3, "comments": [{"id": "k", "text": "hi", "author_id": "a", "parent": "root"}]});
        assert_eq!(
            told(&info),
            Some(("yt-dlp".to_owned(), vec!["creators", "posts", "comments"]))
        );
        assert_eq!(told(&json!({"error": {"code": 403}})), None);
    }
}
