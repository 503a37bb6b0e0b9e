//! What a file of somebody's own may be: which tables it holds, and which of its columns is which.
//!
//! A ready-made map is told by the file's own fields. Else a column is taken for what its name says, and only where its
//! values bear it out: a name like `date` beside values that are no times is not one. What was close, and what was left
//! unused, is part of the answer.

use super::guess_json;
use super::guess_names::{COMMENTS, CREATORS, Kind, Known, ORDERS, PANEL, POSTS, SPEND, VISITS};
use super::map::{ColumnMap, TableMap};
use super::peek::Peek;
use super::records::Record;
use super::signature::{Read, best_of, told_by};
use super::{parse_count, parse_time};
use crate::schema::{Comment, Creator, Observation, Order, Post, Spend, Visit};
use std::collections::BTreeMap;
use unicode_normalization::UnicodeNormalization;

/// How sure it is that a column is what it was taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certainty {
    /// It has the name that is known here, or belongs to a known export.
    Certain,
    /// Its name and its values say so, and no other column's do.
    Likely,
    /// Another column could be it too.
    Contested,
}

impl Certainty {
    /// For people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Certain => "certain",
            Self::Likely => "likely",
            Self::Contested => "check",
        }
    }
}

/// What a column was taken for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuessedColumn {
    /// The table.
    pub table: &'static str,
    /// This program's column.
    pub column: String,
    /// The export's.
    pub source: String,
    /// How sure that is.
    pub certainty: Certainty,
    /// Columns that could be it too, the likeliest first.
    pub competing: Vec<String>,
    /// A value of it that is nothing of the kind, where most are so.
    pub doubt: Option<String>,
}

/// What a file was taken for.
#[derive(Debug, Clone, PartialEq)]
pub struct Guess {
    /// The tables in it.
    pub tables: Vec<&'static str>,
    /// Name of the ready-made map that fits; `None` where `map` is needed, or no map at all.
    pub ready_made: Option<String>,
    /// The map; `None` where the columns already have the names that are known here.
    pub map: Option<ColumnMap>,
    /// What each column was taken for.
    pub columns: Vec<GuessedColumn>,
    /// Columns that were taken for nothing.
    pub unused: Vec<String>,
}

/// Guesses what a file is by its fields and first rows; `None` where it is no table that is known here.
#[must_use]
pub fn guess(peek: &Peek) -> Option<Guess> {
    // A table under the names that are known here needs no other witness.
    let own_names = !own(peek).is_empty();
    if !own_names && let Some(found) = ready_made(peek) {
        return Some(found);
    }
    let sections = guess_json::sections(peek);
    if sections.is_empty() {
        return None;
    }
    // What is said about an account in every row of its posts is said once.
    let several = sections.len() > 1;
    let mut map = ColumnMap {
        name: "own".to_owned(),
        description: "Guessed from the names and the values of the columns.".to_owned(),
        ..ColumnMap::default()
    };
    for section in &sections {
        let columns = section.columns.iter();
        let columns = columns.map(|c| (c.column.clone(), c.source.clone()));
        map.set(
            section.table,
            TableMap {
                columns: columns.collect(),
                distinct: section.table == "creators" && several,
                root: section.root.clone(),
                explode: section.explode.iter().cloned().collect(),
                ..TableMap::default()
            },
        );
    }
    let tables = sections.iter().map(|section| section.table).collect();
    let columns: Vec<GuessedColumn> = sections.into_iter().flat_map(|s| s.columns).collect();
    // Columns under the names that are known here need no map, unless one file is two tables.
    let plain = !several && columns.iter().all(|c| c.column == c.source);
    Some(Guess {
        tables,
        ready_made: None,
        map: (!plain).then_some(map),
        unused: unused(peek, &columns),
        columns,
    })
}

/// A table of a file: its columns, and where its rows stand in JSON.
pub(super) struct Section {
    pub(super) table: &'static str,
    pub(super) columns: Vec<GuessedColumn>,
    /// Where its records stand in a document, if that has to be said.
    pub(super) root: Option<String>,
    /// The list in each record whose things are its rows.
    pub(super) explode: Option<String>,
}

impl Section {
    fn at_the_top(table: &'static str, columns: Vec<GuessedColumn>) -> Self {
        Self {
            table,
            columns,
            root: None,
            explode: None,
        }
    }

    /// The export's name of a column.
    pub(super) fn source(&self, column: &str) -> Option<&str> {
        let found = self.columns.iter().find(|c| c.column == column)?;
        Some(&found.source)
    }
}

/// The tables that rows are, by the names that are known here or by others.
pub(super) fn tables_of(peek: &Peek) -> Vec<Section> {
    let mut sections = own(peek);
    if sections.is_empty() {
        sections = foreign(peek);
    }
    sections.retain(|section| !section.columns.is_empty());
    sections
}

/// What a file is by the maps that were named for it, each with its name: the one that fits best; `None` where none
/// does.
#[must_use]
pub fn guess_by(peek: &Peek, maps: &[(String, ColumnMap)]) -> Option<Guess> {
    let (name, tables) = best_of(&peek.fields, maps)?;
    Some(mapped(peek, name, &tables))
}

/// The ready-made map that the file's fields tell.
fn ready_made(peek: &Peek) -> Option<Guess> {
    let (map, tables) = told_by(&peek.fields)?;
    Some(mapped(peek, map.name, &tables))
}

/// What a file is by a map that reads these tables of it.
fn mapped(peek: &Peek, name: String, tables: &[Read]) -> Guess {
    let columns: Vec<GuessedColumn> = tables
        .iter()
        .flat_map(|(table, columns)| {
            columns.iter().map(|(column, source)| GuessedColumn {
                table,
                column: column.clone(),
                source: source.clone(),
                certainty: Certainty::Certain,
                competing: Vec::new(),
                doubt: None,
            })
        })
        .collect();
    Guess {
        tables: tables.iter().map(|(table, _)| *table).collect(),
        ready_made: Some(name),
        map: None,
        unused: unused(peek, &columns),
        columns,
    }
}

/// The columns of a file that stand for nothing.
fn unused(peek: &Peek, columns: &[GuessedColumn]) -> Vec<String> {
    let used = |name: &&String| {
        let bare = plain(name);
        columns
            .iter()
            .any(|c| plain(&c.source) == bare || bare.ends_with(&format!(".{}", plain(&c.source))))
    };
    peek.columns.iter().filter(|c| !used(c)).cloned().collect()
}

/// The tables whose required columns stand there under the names that are known here.
fn own(peek: &Peek) -> Vec<Section> {
    let exact = |required: &[&str]| required.iter().all(|r| peek.columns.iter().any(|c| c == r));
    let mut all = Vec::new();
    for (table, required, known) in TABLES {
        if exact(required) {
            let columns = section(peek, table, required, known, Trust::OwnNames);
            all.extend(columns.map(|columns| Section::at_the_top(table, columns)));
        }
    }
    // Comments name the creator under whose post they stand, and may have been written at a time.
    if all.iter().any(|section| section.table == "comments") {
        all.retain(|section| section.table == "comments");
    }
    // Spend names creators and may name posts.
    if all.len() > 1 {
        all.retain(|section| ["creators", "posts"].contains(&section.table));
    }
    all
}

/// The tables, what they must have, and the names under which that is known.
const TABLES: [(&str, &[&str], &[Known]); 7] = [
    ("creators", Creator::REQUIRED, CREATORS),
    ("posts", Post::REQUIRED, POSTS),
    ("comments", Comment::REQUIRED, COMMENTS),
    ("visits", Visit::REQUIRED, VISITS),
    ("orders", Order::REQUIRED, ORDERS),
    ("spend", Spend::REQUIRED, SPEND),
    ("panel", Observation::REQUIRED, PANEL),
];

/// The tables of a file under other names: decided by what else stands in it.
fn foreign(peek: &Peek) -> Vec<Section> {
    let of = |table: &str| {
        let (table, required, known) = TABLES.into_iter().find(|(name, ..)| *name == table)?;
        let columns = section(peek, table, required, known, Trust::Values)?;
        Some(Section::at_the_top(table, columns))
    };
    let (posts, comments, creators) = (of("posts"), comments(peek), of("creators"));
    // What only a post has, and what only a comment has.
    let (of_posts, of_comments) = (post_signs(peek), comment_signs(peek));
    if let Some(comments) = comments
        && of_comments > of_posts
    {
        return vec![comments];
    }
    if let Some(posts) = posts.filter(|posts| posts.columns.len() > 3) {
        let mut creators = creators;
        // Of what every post says of its account, the newest post says the newest.
        let dated = posts.columns.iter().find(|c| c.column == "published_at");
        if let (Some(creators), Some(dated)) = (&mut creators, dated) {
            creators.columns.push(GuessedColumn {
                table: "creators",
                column: "updated_at".to_owned(),
                ..dated.clone()
            });
        }
        return creators.into_iter().chain([posts]).collect();
    }
    if let Some(creators) = creators {
        return vec![creators];
    }
    if let Some(orders) = of("orders") {
        return vec![orders];
    }
    for table in ["visits", "spend"] {
        if let Some(found) = of(table) {
            return vec![found];
        }
    }
    if of_posts == 0 {
        // A text with an id and nothing that a post would have.
        if let Some(found) = of("comments").filter(|comments| {
            comments
                .columns
                .iter()
                .any(|c| ["author_id", "post_id", "created_at"].contains(&c.column.as_str()))
        }) {
            return vec![found];
        }
        return of("panel").into_iter().collect();
    }
    Vec::new()
}

/// How many names a table has that only posts have.
pub(super) fn post_signs(peek: &Peek) -> usize {
    signs(peek, &POST_SIGNS)
}

/// The same for comments, each for two.
pub(super) fn comment_signs(peek: &Peek) -> usize {
    2 * signs(peek, &COMMENT_SIGNS)
}

fn signs(peek: &Peek, names: &[&str]) -> usize {
    let there = |name: &&&str| peek.columns.iter().any(|c| plain(c) == **name);
    names.iter().filter(there).count()
}

/// Names that only posts have.
const POST_SIGNS: [&str; 24] = [
    "views",
    "viewcount",
    "viewscount",
    "playcount",
    "plays",
    "videoviews",
    "shares",
    "sharecount",
    "sharescount",
    "saves",
    "savecount",
    "collectcount",
    "followers",
    "followercount",
    "followerscount",
    "fans",
    "caption",
    "hashtags",
    "duration",
    "mediatype",
    "posttype",
    "commentscount",
    "commentcount",
    "reach",
];
/// Names that only comments have.
const COMMENT_SIGNS: [&str; 20] = [
    "comment",
    "commentid",
    "commenttext",
    "commentdate",
    "commenturl",
    "commentauthor",
    "commenter",
    "cid",
    "replyid",
    "parentid",
    "inreplyto",
    "inreplytoid",
    "repliestoid",
    "replies",
    "repliescount",
    "replycount",
    "linkid",
    "hitsentence",
    "kommentar",
    "likedbyauthor",
];

/// A table of posts whose creator stands elsewhere.
pub(super) fn posts_of_somebody(peek: &Peek) -> Option<Vec<GuessedColumn>> {
    section(
        peek,
        "posts",
        &["post_id", "published_at"],
        POSTS,
        Trust::Values,
    )
}

/// A table of comments; without an id of their own they are numbered by their rows.
pub(super) fn comments(peek: &Peek) -> Option<Section> {
    let mut columns = section(peek, "comments", &["text"], COMMENTS, Trust::Values)?;
    if columns.iter().all(|c| c.column != "comment_id") {
        columns.insert(
            0,
            GuessedColumn {
                table: "comments",
                column: "comment_id".to_owned(),
                source: "@row".to_owned(),
                certainty: Certainty::Likely,
                competing: Vec::new(),
                doubt: None,
            },
        );
    }
    Some(Section::at_the_top("comments", columns))
}

/// What a column is taken for its name alone by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trust {
    /// Nothing: the values must bear it out.
    Values,
    /// The very name that is known here; who reads the table says better what is wrong with the values.
    OwnNames,
    /// Any name.
    Names,
}

/// The columns of a table; `None` where a required one is not there.
fn section(
    peek: &Peek,
    table: &'static str,
    required: &[&str],
    known: &[Known],
    trust: Trust,
) -> Option<Vec<GuessedColumn>> {
    let mut columns = Vec::new();
    for Known(column, kind, names) in known {
        let exact = std::iter::once(plain(column));
        let wanted: Vec<String> = exact.chain(names.iter().map(|n| (*n).to_owned())).collect();
        let mut found: Vec<usize> = Vec::new();
        for name in &wanted {
            let at = |(at, column): (usize, &String)| (last(column) == *name).then_some(at);
            let fitting = peek.columns.iter().enumerate().filter_map(at);
            let trusted = |at: &usize| match trust {
                Trust::Values => false,
                Trust::OwnNames => peek.columns[*at] == *column,
                Trust::Names => true,
            };
            found.extend(fitting.filter(|at| trusted(at) || bears(peek, *at, *kind)));
        }
        found.dedup();
        let Some((first, others)) = found.split_first() else {
            continue;
        };
        let source = peek.columns[*first].clone();
        columns.push(GuessedColumn {
            table,
            column: (*column).to_owned(),
            certainty: if plain(&source) == plain(column) {
                Certainty::Certain
            } else {
                Certainty::Likely
            },
            doubt: doubt(peek, *first, *kind),
            source,
            competing: others.iter().map(|at| peek.columns[*at].clone()).collect(),
        });
    }
    // A column that is something else is no rival.
    let used: BTreeMap<String, String> = columns
        .iter()
        .map(|c: &GuessedColumn| (c.source.clone(), c.column.clone()))
        .collect();
    for column in &mut columns {
        column.competing.retain(|source| {
            used.get(source).is_none_or(|other| *other == column.column) && *source != column.source
        });
        if !column.competing.is_empty() && column.certainty == Certainty::Likely
            || column.doubt.is_some()
        {
            column.certainty = Certainty::Contested;
        }
    }
    required
        .iter()
        .all(|r| columns.iter().any(|c| c.column == *r))
        .then_some(columns)
}

/// Lower case and without accents, without what stands between words: `Abonnés` is `abonnes`.
fn plain(name: &str) -> String {
    name.to_lowercase()
        .replace('ß', "ss")
        .nfd()
        .filter(|c| c.is_alphanumeric() || *c == '.')
        .collect()
}

/// The plain name, of a path its last two steps where that is a name that is known, else the last.
fn last(name: &str) -> String {
    let name = plain(&name.replace('/', "."));
    if name == "statistics.subscribercount" {
        return name;
    }
    name.rsplit('.').next().unwrap_or_default().to_owned()
}

/// Whether a column has values, and most of them are what they should be; those that say nothing do not count.
fn bears(peek: &Peek, at: usize, kind: Kind) -> bool {
    let values = said(peek, at);
    let right = values.iter().filter(|value| is(value, kind)).count();
    !values.is_empty() && right * 10 >= values.len() * 8
}

/// The first value that is not what it should be, where most are so.
fn doubt(peek: &Peek, at: usize, kind: Kind) -> Option<String> {
    let values = said(peek, at);
    let wrong: Vec<&&str> = values.iter().filter(|value| !is(value, kind)).collect();
    let many = wrong.len() * 10 > values.len() * 2;
    wrong.first().filter(|_| many).map(|v| (**v).to_owned())
}

/// A column's values, without those that say nothing.
fn said(peek: &Peek, at: usize) -> Vec<&str> {
    let unknown = |v: &&str| {
        let word = v.to_lowercase();
        v.is_empty()
            || [
                "-1", "n/a", "na", "null", "none", "hidden", "-", "unknown", "nan",
            ]
            .contains(&word.as_str())
    };
    let rows = peek.rows.iter();
    rows.filter_map(|row| Some(row.get(at)?.trim()))
        .filter(|v| !unknown(v))
        .collect()
}

fn is(value: &str, kind: Kind) -> bool {
    match kind {
        Kind::Text | Kind::Any => true,
        Kind::Count => parse_count(value).is_ok() || like_a_number(value),
        Kind::Time => parse_time(value).is_ok() || like_a_time(value),
    }
}

/// Why a file is not one of the tables: the table that it comes closest to, and what its columns lack.
#[must_use]
pub fn why_none(peek: &Peek) -> Option<String> {
    let mut closest: Option<(usize, String)> = None;
    for (table, required, known) in TABLES {
        // A name alone is no sign of a table.
        let named = section(peek, table, &[], known, Trust::Names)?;
        let has = |column: &&&str| named.iter().any(|c| c.column == ***column);
        let there = required.iter().filter(has).count();
        let wrong = named
            .iter()
            .filter(|c| required.contains(&c.column.as_str()));
        let wrong: Vec<String> = wrong
            .filter_map(|c| {
                let value: String = c.doubt.as_deref()?.chars().take(40).collect();
                Some(format!(
                    "its column {:?} would be {}, but holds {value:?}",
                    c.source, c.column
                ))
            })
            .collect();
        let absent: Vec<&str> = required.iter().filter(|c| !has(c)).copied().collect();
        let reason = match (absent.as_slice(), wrong.as_slice()) {
            ([], []) => continue,
            ([], wrong) => wrong.join("; "),
            (absent, []) if there > 0 && absent.len() == 1 && named.len() > 3 => {
                format!("no column of it is {}", absent[0])
            }
            _ => continue,
        };
        let score = 100 * usize::from(absent.is_empty()) + named.len();
        if closest.as_ref().is_none_or(|(most, _)| score > *most) {
            closest = Some((
                score,
                format!("comes closest to a table of {table}: {reason}"),
            ));
        }
    }
    closest.map(|(_, reason)| reason)
}

/// Digits with what people write around them: `12,4 mil`, `$120 - $180`, `1.2K followers`.
fn like_a_number(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    text.chars().count() <= 30
        && digits > 0
        && letters <= 12
        && text.starts_with(|c: char| !c.is_alphabetic() || !c.is_ascii())
        && !text.contains([':', '@', '_'])
}

/// Numbers between signs that dates have, or one number of seconds, days or the like.
fn like_a_time(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let signs = text
        .chars()
        .filter(|c| matches!(c, '-' | '/' | '.' | ':'))
        .count();
    let month = [
        "jan", "feb", "mar", "apr", "may", "mai", "jun", "jul", "aug", "sep", "oct", "okt", "nov",
        "dec", "dez",
    ];
    let lower = text.to_lowercase();
    let named = month.iter().any(|m| lower.contains(m));
    let number = text.parse::<f64>().is_ok_and(|n| n > 20_000.0);
    text.chars().count() <= 45 && digits >= 3 && (signs >= 2 && digits >= 6 || named || number)
}

#[cfg(test)]
mod tests {
    use super::{Certainty, Peek, guess};

    fn table(columns: &[&str], row: &[&str]) -> Peek {
        let own = |cells: &[&str]| {
            cells
                .iter()
                .map(|c| (*c).to_owned())
                .collect::<Vec<String>>()
        };
        let columns: Vec<String> = own(columns);
        Peek {
            fields: super::super::signature::fields_of_header(&columns),
            columns,
            rows: vec![own(row)],
            ..Peek::default()
        }
    }

    #[test]
    fn an_export_of_posts_with_its_creators_becomes_both_tables() {
        let peek = table(
            &[
                "Username",
                "Follower Count",
                "Post URL",
                "Posted Date",
                "Caption",
                "Like Count",
            ],
            &[
                "ann",
                "12.3K",
                "https://x/1",
                "2025-01-02 10:00:00",
                "hello",
                "1,204",
            ],
        );
        let found = guess(&peek).unwrap();
        assert_eq!(found.tables, ["creators", "posts"]);
        let map = found.map.unwrap();
        let creators = map.creators.unwrap();
        assert!(creators.distinct);
        assert_eq!(creators.columns["creator_id"], "Username");
        assert_eq!(map.posts.unwrap().columns["published_at"], "Posted Date");
    }

    #[test]
    fn columns_are_known_in_other_languages_and_whatever_their_accents() {
        for (columns, row, tables) in [
            (
                ["Benutzername", "Abonnenten", "Beschreibung", "Land"],
                ["ann", "12.400", "Hautpflege", "DE"],
                "creators",
            ),
            (
                ["Compte", "Abonnés", "Biographie", "Pays"],
                ["ann", "12400", "soins", "FR"],
                "creators",
            ),
            (
                ["Usuario", "Seguidores", "Descripción", "País"],
                ["ann", "12400", "piel", "ES"],
                "creators",
            ),
            (
                ["Beitragslink", "Konto", "Veröffentlicht am", "Gefällt mir"],
                ["https://x/1", "ann", "20.11.2026", "12"],
                "posts",
            ),
            (
                ["Enlace", "Cuenta", "Fecha de publicación", "Me gusta"],
                ["https://x/1", "ann", "20/11/2026", "12"],
                "posts",
            ),
        ] {
            let found = guess(&table(&columns, &row)).unwrap();
            assert_eq!(found.tables, [tables], "{columns:?}");
            assert_eq!(found.unused, Vec::<String>::new(), "{columns:?}");
        }
    }

    #[test]
    fn values_must_bear_the_name_out() {
        let peek = table(&["user", "followers"], &["ann", "many"]);
        assert_eq!(guess(&peek), None);
        let peek = table(&["city", "temperature"], &["Oslo", "4"]);
        assert_eq!(guess(&peek), None);
    }

    #[test]
    fn known_names_need_no_map_and_known_exports_take_theirs() {
        let found = guess(&table(
            &["comment_id", "text", "post_id"],
            &["1", "nice", "p"],
        ))
        .unwrap();
        assert_eq!(
            (found.tables, found.map, found.ready_made),
            (vec!["comments"], None, None)
        );
        let columns = [
            "user_name",
            "user_nfollower",
            "vid_id",
            "vid_caption",
            "vid_postTime",
            "vid_nview",
            "vid_nlike",
            "vid_ncomment",
            "vid_nshare",
            "vid_nsave",
            "vid_hashtags",
        ];
        let found = guess(&table(&columns, &["a"; 11])).unwrap();
        assert_eq!(found.ready_made.as_deref(), Some("tiktok-2025"));
        assert_eq!(found.tables, ["creators", "posts"]);
    }

    #[test]
    fn what_was_close_and_what_was_left_is_told() {
        let found = guess(&table(
            &[
                "Link",
                "Creator",
                "Scraped",
                "Timestamp",
                "Publication date",
                "Caption",
                "Likes",
                "Emoji",
            ],
            &[
                "https://x/1",
                "ann",
                "1",
                "2026-02-01 10:00:00",
                "2026-01-02",
                "hi",
                "-1",
                "x",
            ],
        ))
        .unwrap();
        assert_eq!(found.tables, ["posts"]);
        let at = found
            .columns
            .iter()
            .find(|c| c.column == "published_at")
            .unwrap();
        assert_eq!(
            (at.source.as_str(), at.certainty),
            ("Publication date", Certainty::Contested)
        );
        assert_eq!(at.competing, ["Timestamp"]);
        assert!(
            found.unused.contains(&"Emoji".to_owned()),
            "{:?}",
            found.unused
        );
    }

    #[test]
    fn videos_are_no_comments_and_comments_no_posts() {
        let videos = guess(&table(
            &[
                "id",
                "text",
                "author",
                "createTime",
                "playCount",
                "diggCount",
                "shareCount",
            ],
            &["1", "my routine", "ann", "1795166100", "100", "3", "1"],
        ))
        .unwrap();
        assert_eq!(videos.tables, ["posts"]);
        let comments = guess(&table(
            &[
                "id",
                "text",
                "author",
                "timestamp",
                "replyCount",
                "videoUrl",
                "likes",
            ],
            &["1", "love it", "ann", "1795166100", "0", "https://x/1", "3"],
        ))
        .unwrap();
        assert_eq!(comments.tables, ["comments"]);
        let unnumbered = guess(&table(
            &["Comment", "Author", "Date"],
            &["nice", "ann", "2026-01-02"],
        ))
        .unwrap();
        assert_eq!(unnumbered.columns[0].source, "@row");
    }

    #[test]
    fn tables_of_a_campaign_are_known_by_other_names_too() {
        let orders = guess(&table(
            &["Order number", "Order date", "Grand total", "Coupon code"],
            &["1", "2026-01-02", "12.50", "GLOW"],
        ))
        .unwrap();
        assert_eq!(orders.tables, ["orders"]);
        let spend = guess(&table(
            &["Influencer", "Fee", "Discount code"],
            &["ann", "300", "GLOW"],
        ))
        .unwrap();
        assert_eq!(spend.tables, ["spend"]);
        let panel = guess(&table(
            &["location", "date", "outcome"],
            &["oslo", "2026-01-02", "7"],
        ))
        .unwrap();
        assert_eq!((panel.tables, panel.map), (vec!["panel"], None));
    }
}
