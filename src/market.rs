//! The tables of a run joined once, and what did not join: posts of nobody in the table of creators, comments under
//! posts that are not there, spend, visits and promo codes of nobody.
//!
//! Every command counts by this room, so that a join has one definition and one sentence.

use crate::schema::{Comment, Creator, CreatorId, Post, PostId, Spend};
use serde::Serialize;
use std::collections::HashSet;

/// Examples that are kept of either side.
const EXAMPLES: usize = 3;

/// What comments may say whose they are by.
const ANYBODY: &str = "posts or creators";

/// How the rows of one table found their counterparts in another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Join {
    /// The table whose rows look for a counterpart.
    pub table: &'static str,
    /// The table where they look.
    pub to: &'static str,
    /// The column that they are joined by.
    pub by: &'static str,
    /// Rows that name a counterpart.
    pub rows: usize,
    /// Those that found it.
    pub joined: usize,
    /// Those that did not.
    pub unmatched: usize,
    /// What the first of them say.
    pub unmatched_say: Vec<String>,
    /// What the other table says instead.
    pub others_say: Vec<String>,
    /// Whether rows without a counterpart are a fault of the data, which a limit may be set to; visits and orders of
    /// nobody are an ordinary thing.
    #[serde(skip)]
    pub limited: bool,
}

impl Join {
    /// A join of which nothing is counted yet.
    #[must_use]
    pub fn new(table: &'static str, to: &'static str, by: &'static str) -> Self {
        Self {
            table,
            to,
            by,
            rows: 0,
            joined: 0,
            unmatched: 0,
            unmatched_say: Vec::new(),
            others_say: Vec::new(),
            limited: true,
        }
    }

    /// The same, with no limit to the rows that find nothing.
    #[must_use]
    pub fn unlimited(mut self) -> Self {
        self.limited = false;
        self
    }

    /// The same with what the other table says: the first few do.
    #[must_use]
    pub fn beside<'a>(mut self, others: impl IntoIterator<Item = &'a str>) -> Self {
        for other in others {
            if self.others_say.len() == EXAMPLES {
                break;
            }
            if self.others_say.iter().all(|known| known != other) {
                self.others_say.push(other.to_owned());
            }
        }
        self
    }

    /// Counts a row that says `key`.
    pub fn push(&mut self, key: &str, found: bool) {
        self.rows += 1;
        if found {
            self.joined += 1;
            return;
        }
        self.unmatched += 1;
        if self.unmatched_say.len() < EXAMPLES && self.unmatched_say.iter().all(|k| k != key) {
            self.unmatched_say.push(key.to_owned());
        }
    }

    /// Whether there were rows and none of them found anything.
    #[must_use]
    pub fn finds_nothing(&self) -> bool {
        self.rows > 0 && self.joined == 0
    }

    /// The share of rows without a counterpart, 0..1.
    #[must_use]
    pub fn unmatched_share(&self) -> f64 {
        self.unmatched as f64 / self.rows.max(1) as f64
    }

    /// `12 of 60 posts belong to no creator in the table`.
    #[must_use]
    pub fn sentence(&self) -> String {
        let what = match (self.table, self.to) {
            ("posts", _) => "posts belong to no creator in the table",
            ("comments", ANYBODY) => {
                "comments name neither a post nor a creator, so that they count for no creator"
            }
            ("comments", "posts") => "comments stand under no post in the table",
            ("comments", _) => "comments stand under no creator in the table",
            ("spend", "posts") => "rows of spend name no post in the table",
            ("spend", _) => "rows of spend belong to no creator in the table",
            ("visits", _) => "visits that name somebody name no creator of the campaign",
            ("orders", _) => "orders with a promo code have the code of no creator of the campaign",
            ("labelled", _) => "labelled rows belong to no comment in the table",
            _ => "rows find no counterpart",
        };
        format!("{} of {} {what}", self.unmatched, self.rows)
    }

    /// Both spellings side by side, as in ``posts say creator_id `1234567`, creators say `maria_k` ``.
    #[must_use]
    pub fn spellings(&self) -> String {
        if self.to == ANYBODY {
            return "a column post_id or creator_id says whose they are".to_owned();
        }
        let quoted = |texts: &[String]| {
            let texts: Vec<String> = texts.iter().map(|t| format!("`{t}`")).collect();
            texts.join(", ")
        };
        let mut text = format!(
            "{} say {} {}",
            self.table,
            self.by,
            quoted(&self.unmatched_say)
        );
        if !self.others_say.is_empty() {
            text += &format!(", {} say {}", self.to, quoted(&self.others_say));
        }
        text
    }
}

/// What posts and comments are joined to: the accounts and the posts of a run.
#[derive(Debug, Clone)]
pub struct Market<'a> {
    creators: HashSet<&'a CreatorId>,
    posts: HashSet<&'a PostId>,
    posts_to_creators: Join,
    comments_to_posts: Join,
    comments_to_creators: Join,
    comments_to_anybody: Join,
}

impl<'a> Market<'a> {
    /// Joins posts to creators; comments are then pushed one by one. A table without rows joins nothing and is not
    /// asked.
    #[must_use]
    pub fn new(creators: &'a [Creator], posts: &'a [Post]) -> Self {
        let ids: HashSet<&CreatorId> = creators.iter().map(|c| &c.creator_id).collect();
        let of_creators = |join: Join| join.beside(creators.iter().map(|c| c.creator_id.as_str()));
        let mut posts_to_creators = of_creators(Join::new("posts", "creators", "creator_id"));
        if !creators.is_empty() {
            for post in posts {
                posts_to_creators.push(post.creator_id.as_str(), ids.contains(&post.creator_id));
            }
        }
        Self {
            creators: ids,
            posts: posts.iter().map(|p| &p.post_id).collect(),
            posts_to_creators,
            comments_to_posts: Join::new("comments", "posts", "post_id")
                .beside(posts.iter().map(|p| p.post_id.as_str())),
            comments_to_creators: of_creators(Join::new("comments", "creators", "creator_id")),
            comments_to_anybody: Join::new("comments", ANYBODY, "post_id or creator_id")
                .unlimited(),
        }
    }

    /// Counts a comment. One that names neither a post nor a creator is about whatever it says, and belongs to nobody.
    pub fn push(&mut self, comment: &Comment) {
        if !self.creators.is_empty() || !self.posts.is_empty() {
            let named = comment.post_id.is_some() || comment.creator_id.is_some();
            self.comments_to_anybody.rows += 1;
            self.comments_to_anybody.joined += usize::from(named);
            self.comments_to_anybody.unmatched += usize::from(!named);
        }
        let post = comment.post_id.as_ref().filter(|_| !self.posts.is_empty());
        if let Some(post) = post {
            self.comments_to_posts
                .push(post.as_str(), self.posts.contains(post));
        }
        let creator = comment.creator_id.as_ref();
        if let Some(creator) = creator.filter(|_| !self.creators.is_empty()) {
            self.comments_to_creators
                .push(creator.as_str(), self.creators.contains(creator));
        }
    }

    /// Counts rows of spend.
    #[must_use]
    pub fn spend(&self, rows: &[Spend]) -> Vec<Join> {
        let mut creators = Join::new("spend", "creators", "creator_id");
        creators
            .others_say
            .clone_from(&self.posts_to_creators.others_say);
        let mut posts = Join::new("spend", "posts", "post_id");
        posts
            .others_say
            .clone_from(&self.comments_to_posts.others_say);
        for row in rows {
            if !self.creators.is_empty() {
                let found = self.creators.contains(&row.creator_id);
                creators.push(row.creator_id.as_str(), found);
            }
            if let Some(post) = row.post_id.as_ref().filter(|_| !self.posts.is_empty()) {
                posts.push(post.as_str(), self.posts.contains(post));
            }
        }
        asked([creators, posts])
    }

    /// The joins that were asked for.
    #[must_use]
    pub fn joins(self) -> Vec<Join> {
        let mut joins = asked([
            self.posts_to_creators,
            self.comments_to_posts,
            self.comments_to_creators,
        ]);
        let nobodys = self.comments_to_anybody;
        joins.extend((nobodys.unmatched > 0).then_some(nobodys));
        joins
    }
}

fn asked<const N: usize>(joins: [Join; N]) -> Vec<Join> {
    joins.into_iter().filter(|join| join.rows > 0).collect()
}

/// The join that found nothing; where a table is joined by two columns, one of them is enough.
#[must_use]
pub fn found_nothing(joins: &[Join]) -> Option<&Join> {
    let asked = |join: &&Join| join.to != ANYBODY;
    joins.iter().filter(asked).find(|join| {
        join.finds_nothing()
            && joins
                .iter()
                .filter(asked)
                .all(|other| other.table != join.table || other.finds_nothing())
    })
}

#[cfg(test)]
mod tests {
    use super::{Join, Market, found_nothing};
    use crate::schema::{Comment, Creator, Followers, Post};
    use jiff::Timestamp;

    fn creator(id: &str) -> Creator {
        Creator::new(id.into(), Followers(10))
    }

    fn post(id: &str, creator: &str) -> Post {
        Post::new(id.into(), creator.into(), Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn what_does_not_join_is_counted_and_quoted() {
        let creators = [creator("maria_k"), creator("ann")];
        let posts = [
            post("p1", "maria_k"),
            post("p2", "1234567"),
            post("p3", "1234567"),
        ];
        let mut market = Market::new(&creators, &posts);
        for (post, creator) in [(Some("p1"), None), (Some("p9"), Some("ann")), (None, None)] {
            let mut comment = Comment::new("c".into(), "hello");
            comment.post_id = post.map(Into::into);
            comment.creator_id = creator.map(Into::into);
            market.push(&comment);
        }
        let joins = market.joins();
        let counts: Vec<_> = joins
            .iter()
            .map(|j| (j.table, j.to, j.rows, j.joined))
            .collect();
        assert_eq!(
            counts,
            [
                ("posts", "creators", 3, 1),
                ("comments", "posts", 2, 1),
                ("comments", "creators", 1, 1),
                ("comments", "posts or creators", 3, 2)
            ]
        );
        assert_eq!(
            joins[0].sentence(),
            "2 of 3 posts belong to no creator in the table"
        );
        assert_eq!(
            joins[0].spellings(),
            "posts say creator_id `1234567`, creators say `maria_k`, `ann`"
        );
        assert!(found_nothing(&joins).is_none());
    }

    #[test]
    fn a_join_that_finds_nothing_is_one_by_all_its_columns() {
        let mut by_post = Join::new("comments", "posts", "post_id");
        by_post.push("x", false);
        let mut by_creator = Join::new("comments", "creators", "creator_id");
        by_creator.push("ann", true);
        let both = [by_post.clone(), by_creator];
        assert!(found_nothing(&both).is_none());
        assert_eq!(found_nothing(&[by_post]).unwrap().to, "posts");
    }

    #[test]
    fn a_table_that_was_not_given_is_not_asked() {
        assert!(Market::new(&[], &[post("p", "c")]).joins().is_empty());
    }
}
