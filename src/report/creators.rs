//! Who the creators are, as a table: what a reader of the page knows them by.

use super::sheet::{Sheet, id};
use crate::dataset::{Cell, Kind};
use crate::schema::Creator;

/// One row per creator, in their order.
#[must_use]
pub fn creators_sheet(creators: &[Creator]) -> Sheet {
    let mut sheet = Sheet::new(&[
        ("creator_id", Kind::Text),
        ("handle", Kind::Text),
        ("name", Kind::Text),
        ("platform", Kind::Text),
        ("followers", Kind::Int),
        ("country", Kind::Text),
        ("language", Kind::Text),
        ("bio", Kind::Text),
        ("price", Kind::Float),
        ("currency", Kind::Text),
    ]);
    for creator in creators {
        sheet.rows.push(vec![
            id(&creator.creator_id),
            creator.handle.as_deref().into(),
            creator.name.as_deref().into(),
            creator.platform.as_deref().into(),
            creator.followers.map_or(Cell::Empty, |f| {
                Cell::Int(i64::try_from(f.0).unwrap_or(i64::MAX))
            }),
            creator.country.as_deref().into(),
            creator.language.as_deref().into(),
            creator.bio.as_deref().into(),
            creator.price.into(),
            creator.currency.as_deref().into(),
        ]);
    }
    sheet
}
