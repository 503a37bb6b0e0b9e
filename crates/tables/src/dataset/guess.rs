//! What a file of somebody's own may be: which tables it holds, and which of its columns is which.
//!
//! A ready-made map is told by the file's own fields. Else a column is taken for what its name says, and only where its
//! values bear it out: a name like `date` beside values that are no times is not one. What was close, and what was left
//! unused, is part of the answer.

use super::guess_names::{COMMENTS, CREATORS, Kind, Known, ORDERS, PANEL, POSTS, SPEND, VISITS};
use super::map::{ColumnMap, TableMap};
use super::peek::Peek;
use super::records::Record;
use super::signature::told_by;
use super::{parse_count, parse_time};
use crate::schema::{Comment, Creator, Observation, Order, Post, Spend, Visit};
use std::collections::BTreeMap;

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
    let own_names = own(peek);
    if own_names.is_empty()
        && let Some(found) = ready_made(peek)
    {
        return Some(found);
    }
    let mut sections = if own_names.is_empty() {
        foreign(peek)
    } else {
        own_names
    };
    // What is said about an account in every row of its posts is said once.
    let several = sections.len() > 1;
    sections.retain(|(_, columns)| !columns.is_empty());
    if sections.is_empty() {
        return None;
    }
    let mut map = ColumnMap {
        name: "own".to_owned(),
        description: "Guessed from the names and the values of the columns.".to_owned(),
        ..ColumnMap::default()
    };
    for (table, columns) in &sections {
        let columns = columns.iter();
        let columns = columns.map(|c| (c.column.clone(), c.source.clone()));
        map.set(
            table,
            TableMap {
                columns: columns.collect(),
                distinct: *table == "creators" && several,
                ..TableMap::default()
            },
        );
    }
    let tables = sections.iter().map(|(table, _)| *table).collect();
    let columns: Vec<GuessedColumn> = sections.into_iter().flat_map(|(_, c)| c).collect();
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

type Section = (&'static str, Vec<GuessedColumn>);

/// The ready-made map that the file's fields tell.
fn ready_made(peek: &Peek) -> Option<Guess> {
    let (map, tables) = told_by(&peek.fields)?;
    let columns: Vec<GuessedColumn> = tables
        .iter()
        .flat_map(|(table, columns)| {
            columns.iter().map(|(column, source)| GuessedColumn {
                table,
                column: column.clone(),
                source: source.clone(),
                certainty: Certainty::Certain,
                competing: Vec::new(),
            })
        })
        .collect();
    Some(Guess {
        tables: tables.iter().map(|(table, _)| *table).collect(),
        ready_made: Some(map.name),
        map: None,
        unused: unused(peek, &columns),
        columns,
    })
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
            all.extend(section(peek, table, required, known).map(|columns| (table, columns)));
        }
    }
    // Comments name the creator under whose post they stand, and may have been written at a time.
    if all.iter().any(|(table, _)| *table == "comments") {
        all.retain(|(table, _)| *table == "comments");
    }
    // Spend names creators and may name posts.
    if all.len() > 1 {
        all.retain(|(table, _)| ["creators", "posts"].contains(table));
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
        Some((table, section(peek, table, required, known)?))
    };
    let has = |names: &[&str]| {
        let count = |name: &&&str| peek.columns.iter().any(|c| plain(c) == **name);
        names.iter().filter(count).count()
    };
    let (posts, comments, creators) = (of("posts"), comments(peek), of("creators"));
    // What only a post has, and what only a comment has.
    let of_posts = has(&POST_SIGNS);
    let of_comments = 2 * has(&COMMENT_SIGNS);
    if let Some(comments) = comments
        && of_comments > of_posts
    {
        return vec![comments];
    }
    if let Some(posts) = posts.filter(|(_, columns)| columns.len() > 3) {
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
        if let Some(found) = of("comments").filter(|(_, columns)| {
            columns
                .iter()
                .any(|c| ["author_id", "post_id", "created_at"].contains(&c.column.as_str()))
        }) {
            return vec![found];
        }
        return of("panel").into_iter().collect();
    }
    Vec::new()
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

/// A table of comments; without an id of their own they are numbered by their rows.
fn comments(peek: &Peek) -> Option<Section> {
    let columns = section(peek, "comments", &["text"], COMMENTS)?;
    let mut columns = columns;
    if columns.iter().all(|c| c.column != "comment_id") {
        columns.insert(
            0,
            GuessedColumn {
                table: "comments",
                column: "comment_id".to_owned(),
                source: "@row".to_owned(),
                certainty: Certainty::Likely,
                competing: Vec::new(),
            },
        );
    }
    Some(("comments", columns))
}

/// The columns of a table; `None` where a required one is not there.
fn section(
    peek: &Peek,
    table: &'static str,
    required: &[&str],
    known: &[Known],
) -> Option<Vec<GuessedColumn>> {
    let mut columns = Vec::new();
    for Known(column, kind, names) in known {
        let exact = std::iter::once(plain(column));
        let wanted: Vec<String> = exact.chain(names.iter().map(|n| (*n).to_owned())).collect();
        let mut found: Vec<usize> = Vec::new();
        for name in &wanted {
            let at = |(at, column): (usize, &String)| (last(column) == *name).then_some(at);
            let fitting = peek.columns.iter().enumerate().filter_map(at);
            found.extend(fitting.filter(|at| bears(peek, *at, *kind)));
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
        if !column.competing.is_empty() && column.certainty == Certainty::Likely {
            column.certainty = Certainty::Contested;
        }
    }
    required
        .iter()
        .all(|r| columns.iter().any(|c| c.column == *r))
        .then_some(columns)
}

/// Lower case, without what stands between words.
fn plain(name: &str) -> String {
    name.to_lowercase()
        .chars()
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

/// Whether most values of a column are what they should be; those that say nothing do not count.
fn bears(peek: &Peek, at: usize, kind: Kind) -> bool {
    let unknown = |v: &&str| {
        let word = v.to_lowercase();
        v.is_empty()
            || [
                "-1", "n/a", "na", "null", "none", "hidden", "-", "unknown", "nan",
            ]
            .contains(&word.as_str())
    };
    let values: Vec<&str> = peek
        .rows
        .iter()
        .map(|row| row[at].trim())
        .filter(|v| !unknown(v))
        .collect();
    let right = |value: &&&str| match kind {
        Kind::Text | Kind::Any => true,
        Kind::Count => parse_count(value).is_ok() || like_a_number(value),
        Kind::Time => parse_time(value).is_ok() || like_a_time(value),
    };
    !values.is_empty() && values.iter().filter(right).count() * 10 >= values.len() * 8
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
