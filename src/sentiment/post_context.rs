//! Where comments stand: under whose post, on which platform, under which brand's post.

use super::ScoredComment;
use crate::schema::{Comment, Creator, CreatorId, Post, PostId};
use crate::text::Brand;
use std::collections::HashMap;

/// What tells that a comment is about a brand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AboutBy {
    /// Its text names the brand.
    Name,
    /// Its brand column does.
    BrandColumn,
    /// It stands under a post that is about the brand.
    Post,
    /// The whole table was said to be.
    Table,
}

impl AboutBy {
    /// All, in the order in which they are looked at.
    pub const ALL: [Self; 4] = [Self::Name, Self::BrandColumn, Self::Post, Self::Table];

    /// The name used in documents.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::BrandColumn => "brand_column",
            Self::Post => "post",
            Self::Table => "table",
        }
    }
}

/// What is known of posts and creators, where comments alone do not say it.
#[derive(Debug, Clone, Default)]
pub struct PostContext {
    /// Whose post it is.
    pub creator_of_post: HashMap<PostId, CreatorId>,
    /// Where a creator posts.
    pub platform_of_creator: HashMap<CreatorId, String>,
    /// Brands that a post is about: comments under it count as about them.
    pub brands_of_post: HashMap<PostId, Vec<String>>,
    /// Whether all comments count, but those whose brand column names another brand.
    pub about_all: bool,
}

impl PostContext {
    /// What these tables say. With `posts_tell`, a post is about a brand where its caption, a hashtag or its brand
    /// column names the brand, or where its creator's id or handle is an account of the brand's; without, no post is
    /// about any.
    #[must_use]
    pub fn new(posts: &[Post], creators: &[Creator], brands: &[Brand], posts_tell: bool) -> Self {
        let handles: HashMap<&CreatorId, &str> = creators
            .iter()
            .filter_map(|c| Some((&c.creator_id, c.account()?)))
            .collect();
        let mut brands_of_post = HashMap::new();
        for post in posts.iter().filter(|_| posts_tell) {
            let owner = handles.get(&post.creator_id).copied();
            let texts: Vec<&str> = [&post.brand, &post.caption]
                .into_iter()
                .flatten()
                .map(String::as_str)
                .chain(post.hashtags.iter().map(String::as_str))
                .collect();
            let of: Vec<String> = brands
                .iter()
                .filter(|b| {
                    let own = b.owns(post.creator_id.as_str()) || owner.is_some_and(|h| b.owns(h));
                    own || texts.iter().any(|text| b.is_in(text))
                })
                .map(|b| b.name().to_owned())
                .collect();
            if !of.is_empty() {
                brands_of_post.insert(post.post_id.clone(), of);
            }
        }
        Self {
            creator_of_post: posts
                .iter()
                .map(|p| (p.post_id.clone(), p.creator_id.clone()))
                .collect(),
            platform_of_creator: creators
                .iter()
                .filter_map(|c| Some((c.creator_id.clone(), c.platform.clone()?)))
                .collect(),
            brands_of_post,
            about_all: false,
        }
    }

    /// Whose post a comment stands under, where the comment or the posts say so.
    #[must_use]
    pub fn creator_of<'a>(&'a self, comment: &'a Comment) -> Option<&'a CreatorId> {
        let by_post = || self.creator_of_post.get(comment.post_id.as_ref()?);
        comment.creator_id.as_ref().or_else(by_post)
    }

    /// What tells that a comment is about the brand of its row; `None` where nothing does, and for a row without a
    /// brand.
    #[must_use]
    pub fn about(&self, comment: &Comment, row: &ScoredComment) -> Option<AboutBy> {
        let brand = row.brand.as_ref()?;
        if row.mentions_brand == Some(true) {
            return Some(AboutBy::Name);
        }
        if row.about_brand {
            return Some(AboutBy::BrandColumn);
        }
        let of_post = comment
            .post_id
            .as_ref()
            .and_then(|post| self.brands_of_post.get(post));
        if of_post.is_some_and(|brands| brands.contains(brand)) {
            return Some(AboutBy::Post);
        }
        let other = comment
            .brand
            .as_deref()
            .is_some_and(|b| !b.trim().is_empty());
        (self.about_all && !other).then_some(AboutBy::Table)
    }
}

#[cfg(test)]
mod tests {
    use super::PostContext;
    use crate::schema::{Creator, Followers, Post, PostId};
    use crate::text::Brand;

    #[test]
    fn posts_are_about_a_brand_that_they_name_or_that_made_them() {
        let brands = [Brand::new("Lumora", &[]).with_accounts(&["@lumora_uk".to_owned()])];
        let mut house = Creator::new("17".into(), Followers(1));
        house.handle = Some("Lumora_UK".to_owned());
        let post = |id: &str, creator: &str| {
            Post::new(
                PostId::from(id),
                creator.into(),
                jiff::Timestamp::UNIX_EPOCH,
            )
        };
        let mut named = post("named", "2");
        named.caption = Some("with @lumora".to_owned());
        let posts = [post("own", "17"), named, post("other", "2")];
        let around = PostContext::new(&posts, &[house], &brands, true);
        let mut ids: Vec<&str> = around.brands_of_post.keys().map(PostId::as_str).collect();
        ids.sort_unstable();
        assert_eq!(ids, ["named", "own"]);
        assert!(
            PostContext::new(&posts, &[], &brands, false)
                .brands_of_post
                .is_empty()
        );
    }
}
