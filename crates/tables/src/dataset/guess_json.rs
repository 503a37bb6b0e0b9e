//! Several tables in one document of JSON: profiles with their posts in them, posts with their comments, lists side by
//! side.

use super::guess::{
    Certainty, GuessedColumn, Section, comment_signs, comments, post_signs, posts_of_somebody,
    tables_of,
};
use super::peek::Peek;

/// The tables of a file: of the rows that make most of them, of what is nested in those, and of lists beside them.
pub(super) fn sections(peek: &Peek) -> Vec<Section> {
    let all = std::iter::once(peek).chain(&peek.others);
    let mut found: Vec<(&Peek, Vec<Section>)> = all
        .map(|level| (level, with_nested(level)))
        .filter(|(_, sections)| !sections.is_empty())
        .collect();
    // The first of those that are the most tables with the most columns.
    let weight = |sections: &[Section]| {
        let columns: usize = sections.iter().map(|s| s.columns.len()).sum();
        (sections.len(), columns)
    };
    found.sort_by_key(|(_, sections)| std::cmp::Reverse(weight(sections)));
    let mut found = found.into_iter();
    let Some((first, mut tables)) = found.next() else {
        return Vec::new();
    };
    for (level, sections) in found {
        let new = |s: &Section| tables.iter().all(|known| known.table != s.table);
        let mut beside: Vec<Section> = sections.into_iter().filter(new).collect();
        if beside.is_empty() || level.way == first.way {
            continue;
        }
        place(&mut beside, level);
        place(&mut tables, first);
        tables.extend(beside);
    }
    tables
}

/// Says where the records of tables stand, where it is not said yet.
fn place(tables: &mut [Section], level: &Peek) {
    for table in tables.iter_mut().filter(|t| t.root.is_none()) {
        table.root = (!level.way.is_empty()).then(|| level.way.clone());
    }
}

/// The tables that rows are, and those of lists in them.
fn with_nested(level: &Peek) -> Vec<Section> {
    let mut tables = tables_of(level);
    let of = |tables: &[Section], table: &str, column: &str| {
        let found = tables
            .iter()
            .find(|t| t.table == table && t.explode.is_none());
        let source = found.and_then(|t| t.source(column));
        source.filter(|s| !s.starts_with('@')).map(str::to_owned)
    };
    if let Some(creator) = of(&tables, "creators", "creator_id") {
        let posts = level.nested.iter().filter_map(|(path, rows)| {
            let columns = posts_of_somebody(rows)?;
            let theirs = comment_signs(rows) <= post_signs(rows) && columns.len() > 2;
            let under = [("creator_id", format!("^{creator}"))];
            theirs.then(|| nested("posts", path, columns, &under))
        });
        if let Some(posts) = posts.max_by_key(|posts| posts.columns.len()) {
            let comments = under_nested(level, &posts, &creator);
            // What a profile has of an address and a time is of the profile.
            tables.retain(|table| table.table != "posts");
            tables.push(posts);
            if let Some(comments) = comments {
                tables.retain(|table| table.table != "comments");
                tables.push(comments);
            }
        }
    }
    if let (Some(post), Some(creator)) = (
        of(&tables, "posts", "post_id"),
        of(&tables, "posts", "creator_id"),
    ) {
        let under = [
            ("post_id", format!("^{post}")),
            ("creator_id", format!("^{creator}")),
        ];
        if let Some(comments) = comments_in(level, "", &under) {
            tables.retain(|table| table.table != "comments");
            tables.push(comments);
        }
    }
    tables
}

/// The comments in the posts of profiles.
fn under_nested(level: &Peek, posts: &Section, creator: &str) -> Option<Section> {
    let post = posts.source("post_id").filter(|s| !s.starts_with('@'))?;
    let path = posts.explode.as_deref()?;
    let (_, rows) = level.nested.iter().find(|(known, _)| known == path)?;
    let under = [
        ("post_id", format!("^{post}")),
        ("creator_id", format!("^^{creator}")),
    ];
    comments_in(rows, &format!("{path}.*."), &under)
}

/// The list in each record that is a table of comments; `before` is the way to the records.
fn comments_in(level: &Peek, before: &str, under: &[(&str, String)]) -> Option<Section> {
    let found = level.nested.iter().filter_map(|(path, rows)| {
        let columns = comments(rows)?.columns;
        let said = |name: &str| columns.iter().any(|c| c.column == name);
        let theirs = said("author_id") || said("created_at");
        theirs.then(|| nested("comments", &format!("{before}{path}"), columns, under))
    });
    found.max_by_key(|comments| comments.columns.len())
}

/// A table of what stands in a list of each record; what is around it says the columns `under`.
fn nested(
    table: &'static str,
    path: &str,
    mut columns: Vec<GuessedColumn>,
    under: &[(&str, String)],
) -> Section {
    for (column, source) in under {
        columns.retain(|c| c.column != *column);
        columns.push(GuessedColumn {
            table,
            column: (*column).to_owned(),
            source: source.clone(),
            certainty: Certainty::Likely,
            competing: Vec::new(),
            doubt: None,
        });
    }
    Section {
        table,
        columns,
        root: None,
        explode: Some(path.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use crate::dataset::{guess, peek};
    use serde_json::{Value, json};

    /// The tables of a document, and where their rows stand.
    fn told(document: &Value) -> Vec<(&'static str, Option<String>, Vec<String>)> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("page.json");
        std::fs::write(&path, document.to_string()).unwrap();
        let Some(found) = guess(&peek(&path).unwrap()) else {
            return Vec::new();
        };
        let map = found.map.unwrap_or_default();
        let place = |table: &&'static str| {
            let section = map.table(table).cloned().unwrap_or_default();
            (*table, section.root, section.explode)
        };
        found.tables.iter().map(place).collect()
    }

    #[test]
    fn tables_nested_in_others_are_found() {
        let post = |id: &str| {
            json!({"code": id, "id": id, "taken_at": "2026-11-20T09:15:00Z", "caption": "hi #skincare", "like_count": 5,
                "comment_count": 2, "tags": [{"name": "skincare", "id": 3}]})
        };
        let profile = |name: &str| {
            json!({"user": {"username": name, "follower_count": 12_400, "biography": "x", "url": "https://x/1"},
                "feed": {"items": [post("a"), post("b")]}})
        };
        let expected = vec![
            ("creators", None, vec![]),
            ("posts", None, vec!["feed.items".to_owned()]),
        ];
        assert_eq!(told(&json!([profile("ann"), profile("bob")])), expected);
        assert_eq!(
            told(&json!({"result": [profile("ann"), profile("bob")]})),
            expected
        );
        // Three levels: profiles, their posts, the comments of those.
        let mut talked = profile("ann");
        for post in talked["feed"]["items"].as_array_mut().unwrap() {
            post["preview"] = json!([{"pk": "1", "text": "love it", "user": {"username": "bob"}, "created_at": "2026-11-21T09:15:00Z"}]);
        }
        assert_eq!(
            told(&json!([talked, profile("bob")])),
            vec![
                expected[0].clone(),
                expected[1].clone(),
                ("comments", None, vec!["feed.items.*.preview".to_owned()])
            ]
        );
        let video = json!({"video_id": "v", "author": "ann", "created": "2026-11-20T09:15:00Z", "views": 9920, "likes": 372,
            "title": "x", "thread": [{"cid": "1", "text": "love it", "author": "bob", "time": "2026-11-21T09:15:00Z"}]});
        let found = told(&json!({"videos": [video]}));
        assert_eq!(
            found,
            vec![
                ("posts", None, vec![]),
                ("comments", None, vec!["thread".to_owned()])
            ]
        );
    }

    #[test]
    fn lists_side_by_side_are_tables_of_their_own() {
        let document = json!({
            "people": [{"handle": "ann", "followers": 12_400, "bio": "x"}, {"handle": "bob", "followers": 900, "bio": "y"}],
            "media": [{"id": "1", "handle": "ann", "posted_at": "2026-11-20T09:15:00Z", "caption": "hi", "views": 10, "likes": 3}],
        });
        let found = told(&document);
        assert_eq!(
            found,
            vec![
                ("posts", Some("media".to_owned()), vec![]),
                ("creators", Some("people".to_owned()), vec![])
            ]
        );
        assert_eq!(
            told(&json!([{"city": "Oslo", "days": [{"rain": 3}]}])),
            vec![]
        );
    }
}
