//! What a file of somebody's own may be: which tables it holds, and which of its columns is which.
//!
//! A column is taken for what its name says, and only where its values bear it out: a name like
//! `date` beside values that are no times is not one.

use super::map::{ColumnMap, TableMap, built_in_maps};
use super::peek::Peek;
use super::records::Record;
use super::{parse_count, parse_time};
use crate::schema::{Comment, Creator, Post};
use std::collections::BTreeMap;

/// What values of a column have to be.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Text,
    Count,
    Time,
}

/// Names that exports print, in lower case without signs between the words; those that say it
/// best first.
struct Known(&'static str, Kind, &'static [&'static str]);

const CREATORS: &[Known] = &[
    Known(
        "creator_id",
        Kind::Text,
        &[
            "creatorid",
            "influencerid",
            "userid",
            "accountid",
            "channelid",
            "profileid",
            "ownerid",
            "username",
            "handle",
            "screenname",
            "accountname",
            "channelname",
            "creator",
            "influencer",
            "author",
            "user",
            "account",
            "channel",
            "profile",
        ],
    ),
    Known(
        "followers",
        Kind::Count,
        &[
            "followers",
            "followercount",
            "followerscount",
            "nfollower",
            "nfollowers",
            "usernfollower",
            "numfollowers",
            "totalfollowers",
            "subscribers",
            "subscribercount",
            "fans",
            "fancount",
            "ownerfollowers",
            "edgefollowedbycount",
            "statistics.subscribercount",
        ],
    ),
    Known(
        "handle",
        Kind::Text,
        &[
            "handle",
            "username",
            "screenname",
            "uniqueid",
            "nickname",
            "accountname",
            "creator",
            "influencer",
        ],
    ),
    Known(
        "name",
        Kind::Text,
        &["name", "fullname", "displayname", "title", "channeltitle"],
    ),
    Known(
        "bio",
        Kind::Text,
        &[
            "bio",
            "biography",
            "description",
            "about",
            "signature",
            "profiledescription",
        ],
    ),
    Known(
        "platform",
        Kind::Text,
        &["platform", "network", "socialnetwork", "source"],
    ),
    Known(
        "following",
        Kind::Count,
        &[
            "following",
            "followingcount",
            "follows",
            "followscount",
            "nfollowing",
        ],
    ),
    Known(
        "posts_count",
        Kind::Count,
        &[
            "postscount",
            "postcount",
            "mediacount",
            "videocount",
            "videoscount",
            "posts",
            "totalposts",
        ],
    ),
    Known(
        "country",
        Kind::Text,
        &["country", "countrycode", "location", "region"],
    ),
    Known(
        "language",
        Kind::Text,
        &["language", "lang", "predictedlang"],
    ),
    Known(
        "category",
        Kind::Text,
        &["category", "businesscategory", "topic", "niche", "vertical"],
    ),
    Known(
        "price",
        Kind::Count,
        &["price", "fee", "rate", "cost", "priceperpost", "ratecard"],
    ),
    Known("currency", Kind::Text, &["currency"]),
];
const POSTS: &[Known] = &[
    Known(
        "post_id",
        Kind::Text,
        &[
            "postid",
            "vidid",
            "videoid",
            "mediaid",
            "tweetid",
            "shortcode",
            "permalink",
            "posturl",
            "url",
            "link",
            "id",
        ],
    ),
    Known("creator_id", Kind::Text, CREATORS[0].2),
    Known(
        "published_at",
        Kind::Time,
        &[
            "publishedat",
            "posttime",
            "vidposttime",
            "posteddate",
            "postedat",
            "postdate",
            "publishdate",
            "published",
            "createdat",
            "createtime",
            "timestamp",
            "datetime",
            "takenat",
            "date",
            "time",
            "created",
        ],
    ),
    Known(
        "caption",
        Kind::Text,
        &[
            "caption",
            "vidcaption",
            "text",
            "description",
            "body",
            "content",
            "message",
            "title",
            "posttext",
        ],
    ),
    Known("hashtags", Kind::Text, &["hashtags", "vidhashtags", "tags"]),
    Known(
        "media_type",
        Kind::Text,
        &["mediatype", "posttype", "type", "format"],
    ),
    Known(
        "likes",
        Kind::Count,
        &[
            "likes",
            "likecount",
            "likescount",
            "nlike",
            "vidnlike",
            "diggcount",
            "favorites",
            "reactions",
        ],
    ),
    Known(
        "comments",
        Kind::Count,
        &[
            "comments",
            "commentcount",
            "commentscount",
            "ncomment",
            "vidncomment",
        ],
    ),
    Known(
        "shares",
        Kind::Count,
        &[
            "shares",
            "sharecount",
            "sharescount",
            "nshare",
            "vidnshare",
            "retweets",
            "reposts",
        ],
    ),
    Known(
        "saves",
        Kind::Count,
        &[
            "saves",
            "savecount",
            "collectcount",
            "nsave",
            "vidnsave",
            "bookmarks",
        ],
    ),
    Known(
        "views",
        Kind::Count,
        &[
            "views",
            "viewcount",
            "viewscount",
            "playcount",
            "plays",
            "nview",
            "vidnview",
            "videoviews",
        ],
    ),
    Known("reach", Kind::Count, &["reach", "impressions"]),
];
const COMMENTS: &[Known] = &[
    Known(
        "comment_id",
        Kind::Text,
        &["commentid", "replyid", "tweetid", "cid", "id", "messageid"],
    ),
    Known(
        "text",
        Kind::Text,
        &[
            "text",
            "commenttext",
            "comment",
            "content",
            "message",
            "body",
            "tweet",
            "tweettext",
            "review",
        ],
    ),
    Known(
        "post_id",
        Kind::Text,
        &["postid", "videoid", "vidid", "mediaid"],
    ),
    Known(
        "creator_id",
        Kind::Text,
        &[
            "creatorid",
            "influencerid",
            "channelid",
            "ownerid",
            "postowner",
        ],
    ),
    Known(
        "author_id",
        Kind::Text,
        &[
            "authorid",
            "author",
            "userid",
            "username",
            "commenter",
            "user",
        ],
    ),
    Known(
        "created_at",
        Kind::Time,
        &[
            "createdat",
            "publishedat",
            "timestamp",
            "date",
            "time",
            "datetime",
            "created",
        ],
    ),
    Known("likes", Kind::Count, &["likes", "likecount", "likescount"]),
    Known("brand", Kind::Text, &["brand", "topic", "target"]),
];

/// What a file was taken for.
#[derive(Debug, Clone, PartialEq)]
pub struct Guess {
    /// The tables in it: creators, posts, comments.
    pub tables: Vec<&'static str>,
    /// Name of the ready-made map that fits; `None` where `map` is needed, or no map at all.
    pub ready_made: Option<String>,
    /// The map; `None` where the columns already have the names that are known here.
    pub map: Option<ColumnMap>,
    /// For each table: this program's column and the export's.
    pub columns: Vec<(&'static str, String, String)>,
}

/// Guesses what a file is by its columns and first rows; `None` where it is no table of creators,
/// posts or comments.
#[must_use]
pub fn guess(peek: &Peek) -> Option<Guess> {
    if let Some(found) = ready_made(peek) {
        return Some(found);
    }
    let mut tables = Vec::new();
    let mut columns = Vec::new();
    let mut map = ColumnMap {
        name: "own".to_owned(),
        description: "Guessed from the names and the values of the columns.".to_owned(),
        ..ColumnMap::default()
    };
    let posts = section::<Post>(peek, POSTS);
    // Without a text of somebody under it, a table with a time and a creator is one of posts.
    let comments = section::<Comment>(peek, COMMENTS).filter(|comments| {
        posts.is_none() || comments.keys().any(|c| c == "author_id" || c == "post_id")
    });
    let posts = posts.filter(|posts| comments.is_none() && posts.len() > 3);
    let creators = section::<Creator>(peek, CREATORS).filter(|_| comments.is_none());
    let mut take =
        |table: &'static str, found: Option<BTreeMap<String, String>>, distinct: bool| {
            let found = found?;
            tables.push(table);
            columns.extend(
                found
                    .iter()
                    .map(|(column, source)| (table, column.clone(), source.clone())),
            );
            Some(TableMap {
                columns: found,
                distinct,
                ..TableMap::default()
            })
        };
    map.creators = take("creators", creators, posts.is_some());
    map.posts = take("posts", posts, false);
    map.comments = take("comments", comments, false);
    if tables.is_empty() {
        return None;
    }
    // Columns under the names that are known here need no map, unless one file is two tables.
    let plain = tables.len() == 1 && columns.iter().all(|(_, column, source)| column == source);
    Some(Guess {
        tables,
        ready_made: None,
        map: (!plain).then_some(map),
        columns,
    })
}

/// The ready-made map whose columns are all there, the one with the most of them.
fn ready_made(peek: &Peek) -> Option<Guess> {
    let mut best: Option<Guess> = None;
    for map in built_in_maps() {
        let mut tables = Vec::new();
        let mut columns = Vec::new();
        for table in ["creators", "posts", "comments"] {
            let Some(section) = map
                .table(table)
                .filter(|s| s.explode.is_empty() && s.root.is_none())
            else {
                continue;
            };
            if section.columns.values().all(|source| {
                source == "@row"
                    || source
                        .split('|')
                        .any(|s| peek.columns.iter().any(|c| c == s))
            }) {
                tables.push(table);
                columns.extend(
                    section
                        .columns
                        .iter()
                        .map(|(c, s)| (table, c.clone(), s.clone())),
                );
            }
        }
        if !tables.is_empty()
            && best
                .as_ref()
                .is_none_or(|b| columns.len() > b.columns.len())
        {
            best = Some(Guess {
                tables,
                ready_made: Some(map.name.clone()),
                map: None,
                columns,
            });
        }
    }
    best
}

/// The columns of a table; `None` where a required one is not there.
fn section<T: Record>(peek: &Peek, known: &[Known]) -> Option<BTreeMap<String, String>> {
    let mut columns = BTreeMap::new();
    for Known(column, kind, names) in known {
        let exact = std::iter::once(plain(column));
        let source = exact
            .chain(names.iter().map(|n| (*n).to_owned()))
            .find_map(|name| {
                let at = peek.columns.iter().position(|c| plain(c) == name)?;
                bears(peek, at, *kind).then(|| peek.columns[at].clone())
            });
        if let Some(source) = source {
            columns.insert((*column).to_owned(), source);
        }
    }
    T::REQUIRED
        .iter()
        .all(|c| columns.contains_key(*c))
        .then_some(columns)
}

/// Lower case, without what stands between words.
fn plain(name: &str) -> String {
    name.to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric() || *c == '.')
        .collect()
}

/// Whether most values of a column are what they should be.
fn bears(peek: &Peek, at: usize, kind: Kind) -> bool {
    let values: Vec<&str> = peek
        .rows
        .iter()
        .map(|row| row[at].trim())
        .filter(|v| !v.is_empty())
        .collect();
    let right = |value: &&&str| match kind {
        Kind::Text => true,
        Kind::Count => parse_count(value).is_ok(),
        Kind::Time => parse_time(value).is_ok(),
    };
    !values.is_empty() && values.iter().filter(right).count() * 10 >= values.len() * 9
}

#[cfg(test)]
mod tests {
    use super::{Peek, guess};

    fn table(columns: &[&str], row: &[&str]) -> Peek {
        let own = |cells: &[&str]| cells.iter().map(|c| (*c).to_owned()).collect();
        Peek {
            columns: own(columns),
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
}
