//! Where comments stand: under whose post, on which platform, under which brand's post.

use crate::schema::{Creator, CreatorId, Post, PostId};
use crate::text::Brand;
use std::collections::HashMap;

/// What is known of posts and creators, where comments alone do not say it.
#[derive(Debug, Clone, Default)]
pub struct PostContext {
    /// Whose post it is.
    pub creator_of_post: HashMap<PostId, CreatorId>,
    /// Where a creator posts.
    pub platform_of_creator: HashMap<CreatorId, String>,
    /// Brands whose own or sponsored post it is: comments under it count as about them.
    pub brands_of_post: HashMap<PostId, Vec<String>>,
}

impl PostContext {
    /// What these tables say. With `brand_posts`, a post is a brand's where it is sponsored and its brand column or caption names the brand, or where
    /// its creator's id or handle is an account of the brand's; without, no post is.
    #[must_use]
    pub fn new(posts: &[Post], creators: &[Creator], brands: &[Brand], brand_posts: bool) -> Self {
        let handles: HashMap<&CreatorId, &str> = creators
            .iter()
            .filter_map(|c| Some((&c.creator_id, c.account()?)))
            .collect();
        let mut brands_of_post = HashMap::new();
        for post in posts.iter().filter(|_| brand_posts) {
            let owner = handles.get(&post.creator_id).copied();
            let column = post.brand.as_deref().unwrap_or_default();
            let caption = post.caption.as_deref().unwrap_or_default();
            let of: Vec<String> = brands
                .iter()
                .filter(|b| {
                    let own = b.owns(post.creator_id.as_str()) || owner.is_some_and(|h| b.owns(h));
                    let paid =
                        post.sponsored == Some(true) && (b.is_in(column) || b.is_in(caption));
                    own || paid
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
        }
    }
}

#[cfg(test)]
mod tests {
    use super::PostContext;
    use crate::schema::{Creator, Followers, Post, PostId};
    use crate::text::Brand;

    #[test]
    fn own_and_paid_posts_are_the_brand_s() {
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
        let mut paid = post("paid", "2");
        paid.sponsored = Some(true);
        paid.caption = Some("with @lumora".to_owned());
        let mut unpaid = paid.clone();
        unpaid.post_id = "unpaid".into();
        unpaid.sponsored = None;
        let posts = [post("own", "17"), paid, unpaid];
        let around = PostContext::new(&posts, &[house], &brands, true);
        let mut ids: Vec<&str> = around.brands_of_post.keys().map(PostId::as_str).collect();
        ids.sort_unstable();
        assert_eq!(ids, ["own", "paid"]);
        assert!(
            PostContext::new(&posts, &[], &brands, false)
                .brands_of_post
                .is_empty()
        );
    }
}
