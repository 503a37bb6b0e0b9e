//! Identifiers as the export prints them. One type each, so that a post's id cannot be
//! handed to something that wants a creator's.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            /// The id as the export printed it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(id: &str) -> Self {
                Self(id.to_owned())
            }
        }
    };
}

id!(
    /// A creator: a person, a group or a brand that posts.
    CreatorId
);
id!(
    /// A post, video or reel.
    PostId
);
id!(
    /// A comment under a post, or about a brand.
    CommentId
);
id!(
    /// Whoever wrote a comment.
    AuthorId
);
id!(
    /// A landing on the shop's pages.
    VisitId
);
id!(
    /// Whoever visits and orders: a cookie, a login.
    VisitorId
);
id!(
    /// An order.
    OrderId
);
