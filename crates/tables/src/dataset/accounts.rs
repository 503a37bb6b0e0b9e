//! Whose id is whose: every table's ids as the table of creators, or of posts, prints them.
//!
//! An account is a platform and an id. Where one id is on several platforms, each account gets its platform before it
//! (`tiktok:lumi`), and a row of another table that does not say its platform is nobody's.

use super::ids::{canonical_account, canonical_post, platform_of};
use crate::schema::{Comment, Creator, CreatorId, Post, PostId};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::OnceLock;

/// The accounts of a table of creators.
#[derive(Debug, Clone, Default)]
pub struct Accounts {
    /// Every account's id, and its platform.
    known: Vec<(CreatorId, Option<String>)>,
    exact: HashMap<CreatorId, usize>,
    /// Accounts by the form in which spellings of an id or a handle are alike.
    alike: HashMap<String, Vec<usize>>,
}

/// What putting a table's ids into the creators' spelling has come to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Adopted {
    /// Rows whose id was spelled otherwise; an example of each of the first few: as it stood, and whose it is.
    pub respelled: usize,
    /// The first of them.
    pub example: Option<(String, String)>,
    /// Rows whose id is that of several accounts.
    pub ambiguous: usize,
    /// One such id.
    pub ambiguous_example: Option<String>,
}

impl Adopted {
    /// Sentences for people, about rows of `table`.
    #[must_use]
    pub fn notes(&self, table: &str) -> Vec<String> {
        let mut notes = Vec::new();
        if let Some((from, to)) = &self.example {
            notes.push(format!(
                "{} of the {table} spell an id otherwise than the table that it is of, as {from:?} for {to:?}; they are joined",
                self.respelled
            ));
        }
        if let Some(id) = &self.ambiguous_example {
            notes.push(format!(
                "{} of the {table} name an id that is on several platforms, as {id:?}, and not on which; they belong to nobody (a column platform says it)",
                self.ambiguous
            ));
        }
        notes
    }

    fn respell(&mut self, from: &str, to: &str) {
        self.respelled += 1;
        if self.example.is_none() {
            self.example = Some((from.to_owned(), to.to_owned()));
        }
    }
}

impl Accounts {
    /// The accounts of `creators`, whose ids are made different where several platforms have the same.
    #[must_use]
    pub fn of(creators: &mut [Creator]) -> Self {
        let mut platforms: HashMap<CreatorId, BTreeSet<Option<String>>> = HashMap::new();
        for creator in creators.iter() {
            let on = platforms.entry(creator.creator_id.clone()).or_default();
            on.insert(creator.platform.clone());
        }
        let mut found = Self::default();
        for creator in creators.iter_mut() {
            let printed = canonical_account(creator.creator_id.as_str());
            let several = platforms
                .get(&creator.creator_id)
                .is_some_and(|on| on.len() > 1);
            if let Some(platform) = creator.platform.as_ref().filter(|_| several) {
                creator.creator_id = CreatorId(format!("{platform}:{}", creator.creator_id));
            }
            let at = found.known.len();
            let handle = creator.handle.as_deref().map(canonical_account);
            found
                .known
                .push((creator.creator_id.clone(), creator.platform.clone()));
            found.exact.insert(creator.creator_id.clone(), at);
            for name in std::iter::once(printed)
                .chain(handle)
                .collect::<BTreeSet<_>>()
            {
                found.alike.entry(name).or_default().push(at);
            }
        }
        found
    }

    /// The account that an id names; `Err` where it may be several.
    fn find(&self, id: &CreatorId, platform: Option<&str>) -> Result<Option<&CreatorId>, ()> {
        if let Some(at) = self.exact.get(id) {
            return Ok(Some(&self.known[*at].0));
        }
        let platform = platform.or_else(|| platform_of(id.as_str()));
        let Some(same) = self.alike.get(&canonical_account(id.as_str())) else {
            return Ok(None);
        };
        let on = |at: &&usize| match (platform, &self.known[**at].1) {
            (Some(asked), Some(own)) => asked.eq_ignore_ascii_case(own),
            _ => true,
        };
        let found: Vec<&usize> = same.iter().filter(on).collect();
        match found.as_slice() {
            [] => Ok(None),
            [at] => Ok(Some(&self.known[**at].0)),
            _ => Err(()),
        }
    }

    /// Puts an id into the spelling of the table of creators.
    fn adopt(&self, id: &mut CreatorId, platform: Option<&str>, sum: &mut Adopted) {
        match self.find(id, platform) {
            Ok(Some(own)) if own != id => {
                // The platform before an id is no other spelling of it.
                if !own.as_str().ends_with(id.as_str()) {
                    sum.respell(id.as_str(), own.as_str());
                }
                *id = own.clone();
            }
            Ok(_) => {}
            Err(()) => {
                sum.ambiguous += 1;
                sum.ambiguous_example.get_or_insert_with(|| id.to_string());
            }
        }
    }

    /// The same for a table of posts.
    pub fn adopt_posts(&self, posts: &mut [Post]) -> Adopted {
        let mut sum = Adopted::default();
        for post in posts {
            self.adopt(&mut post.creator_id, post.platform.as_deref(), &mut sum);
        }
        sum
    }

    /// The same for ids of any other table.
    pub fn adopt_ids<'i>(&self, ids: impl Iterator<Item = &'i mut CreatorId>) -> Adopted {
        let mut sum = Adopted::default();
        for id in ids {
            self.adopt(id, None, &mut sum);
        }
        sum
    }

    /// Whether there is no account.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }
}

/// The posts of a table, and the form in which spellings of their ids are alike.
#[derive(Debug)]
pub struct PostIds<'p> {
    posts: &'p [Post],
    exact: HashSet<&'p PostId>,
    /// Made for the first id that is not one of theirs; `None` for a form that several of them have.
    alike: OnceLock<HashMap<String, Option<&'p PostId>>>,
}

impl<'p> PostIds<'p> {
    /// Those of `posts`.
    #[must_use]
    pub fn of(posts: &'p [Post]) -> Self {
        Self {
            posts,
            exact: posts.iter().map(|p| &p.post_id).collect(),
            alike: OnceLock::new(),
        }
    }

    fn alike(&self) -> &HashMap<String, Option<&'p PostId>> {
        self.alike.get_or_init(|| {
            let mut alike: HashMap<String, Option<&PostId>> =
                HashMap::with_capacity(self.posts.len());
            for post in self.posts {
                let place = alike.entry(canonical_post(post.post_id.as_str()));
                place
                    .and_modify(|id| *id = None)
                    .or_insert(Some(&post.post_id));
            }
            alike
        })
    }

    /// Puts the post that a row of another table names into the spelling of the table of posts.
    pub fn adopt(&self, id: &mut PostId, sum: &mut Adopted) {
        if self.posts.is_empty() || self.exact.contains(id) {
            return;
        }
        match self.alike().get(&canonical_post(id.as_str())) {
            Some(Some(own)) => {
                sum.respell(id.as_str(), own.as_str());
                *id = (*own).clone();
            }
            Some(None) => {
                sum.ambiguous += 1;
                sum.ambiguous_example.get_or_insert_with(|| id.to_string());
            }
            None => {}
        }
    }
}

/// How a run's own accounts and posts are spelled: what the ids of comments are put into, one by one.
#[derive(Debug)]
pub struct Spellings<'a> {
    accounts: &'a Accounts,
    posts: PostIds<'a>,
}

impl<'a> Spellings<'a> {
    /// Those of `accounts` and of `posts`.
    #[must_use]
    pub fn of(accounts: &'a Accounts, posts: &'a [Post]) -> Self {
        Self {
            accounts,
            posts: PostIds::of(posts),
        }
    }

    /// Puts the ids of a comment into the spelling of the tables that they are of.
    pub fn adopt(&self, comment: &mut Comment, sum: &mut Adopted) {
        self.adopt_ids(comment.post_id.as_mut(), comment.creator_id.as_mut(), sum);
    }

    fn adopt_ids(
        &self,
        post: Option<&mut PostId>,
        creator: Option<&mut CreatorId>,
        sum: &mut Adopted,
    ) {
        if let Some(id) = post {
            self.posts.adopt(id, sum);
        }
        if let Some(id) = creator {
            self.accounts.adopt(id, None, sum);
        }
    }

    /// Whether a comment spells an id otherwise than the table that it is of, or names one that is on several
    /// platforms.
    #[must_use]
    pub fn differ(&self, comment: &Comment) -> bool {
        let (mut post, mut creator) = (comment.post_id.clone(), comment.creator_id.clone());
        let mut sum = Adopted::default();
        self.adopt_ids(post.as_mut(), creator.as_mut(), &mut sum);
        sum.ambiguous > 0 || post != comment.post_id || creator != comment.creator_id
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Followers;
    use jiff::Timestamp;

    fn creator(id: &str, platform: &str, handle: Option<&str>) -> Creator {
        let mut creator = Creator::new(id.into(), Followers(1));
        creator.platform = Some(platform.to_owned());
        creator.handle = handle.map(str::to_owned);
        creator
    }

    fn post(creator: &str, platform: Option<&str>) -> Post {
        let mut post = Post::new("p".into(), creator.into(), Timestamp::UNIX_EPOCH);
        post.platform = platform.map(str::to_owned);
        post
    }

    #[test]
    fn one_handle_on_two_platforms_is_two_accounts() {
        let mut creators = [
            creator("lumi", "instagram", None),
            creator("lumi", "tiktok", None),
            creator("Ann", "tiktok", None),
        ];
        let accounts = Accounts::of(&mut creators);
        let ids: Vec<&str> = creators.iter().map(|c| c.creator_id.as_str()).collect();
        assert_eq!(ids, ["instagram:lumi", "tiktok:lumi", "Ann"]);
        let mut posts = [
            post("lumi", Some("TikTok")),
            post("LUMI", Some("instagram")),
            post("https://www.tiktok.com/@lumi", None),
            post("lumi", None),
            post("@ann", None),
            post("nobody", None),
        ];
        let sum = accounts.adopt_posts(&mut posts);
        let whose: Vec<&str> = posts.iter().map(|p| p.creator_id.as_str()).collect();
        assert_eq!(
            whose,
            [
                "tiktok:lumi",
                "instagram:lumi",
                "tiktok:lumi",
                "lumi",
                "Ann",
                "nobody"
            ]
        );
        assert_eq!((sum.respelled, sum.ambiguous), (3, 1));
        assert_eq!(sum.notes("posts").len(), 2);
    }

    #[test]
    fn accounts_are_found_by_handle_and_number() {
        let mut creators = [
            creator("017841400000000001", "instagram", Some("lumi.notes")),
            creator("017841400000000002", "instagram", Some("okko")),
        ];
        let accounts = Accounts::of(&mut creators);
        let mut ids = [
            "Lumi.Notes",
            "17841400000000002",
            "https://instagram.com/okko/",
        ]
        .map(CreatorId::from);
        accounts.adopt_ids(ids.iter_mut());
        assert_eq!(
            ids.map(|id| id.0),
            [
                "017841400000000001",
                "017841400000000002",
                "017841400000000002"
            ]
        );
        // Ids that differ in their case alone stay apart, and what is neither is not guessed.
        let mut creators = [creator("a", "x", None), creator("A", "x", None)];
        let accounts = Accounts::of(&mut creators);
        let mut ids = ["a", "A", "@a"].map(CreatorId::from);
        let sum = accounts.adopt_ids(ids.iter_mut());
        assert_eq!(
            (ids.map(|id| id.0), sum.ambiguous),
            (["a".to_owned(), "A".to_owned(), "@a".to_owned()], 1)
        );
    }

    #[test]
    fn comments_find_their_posts_by_address() {
        let mut posts = [post("a", None), post("a", None)];
        posts[0].post_id = "C00000x".into();
        posts[1].post_id = "https://www.instagram.com/p/C00001x/".into();
        let mut comments = [
            "https://instagram.com/reel/C00000x/",
            "C00001x",
            "C00000x",
            "other",
        ]
        .map(|id| {
            let mut comment = Comment::new(id.into(), "nice");
            comment.post_id = Some(id.into());
            comment
        });
        let (accounts, mut sum) = (Accounts::default(), Adopted::default());
        let spellings = Spellings::of(&accounts, &posts);
        for comment in &mut comments {
            spellings.adopt(comment, &mut sum);
        }
        let found: Vec<&str> = comments
            .iter()
            .filter_map(|c| c.post_id.as_ref())
            .map(PostId::as_str)
            .collect();
        assert_eq!(
            found,
            [
                "C00000x",
                "https://www.instagram.com/p/C00001x/",
                "C00000x",
                "other"
            ]
        );
        assert_eq!(sum.respelled, 2);
    }
}
