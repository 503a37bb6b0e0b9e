//! The comments that the page quotes: those that a brand's terms are shown by, and for each
//! creator the ones that the model is surest of. They are chosen here, and judged elsewhere.

use super::sentiment::six_decimals;
use super::sheet::Sheet;
use crate::dataset::{Cell, Kind};
use crate::schema::{Comment, CommentId, CreatorId, Polarity, Post, PostOwners};
use crate::sentiment::{BrandSentiment, ExclusionReason, ScoredComment};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Quoted for each creator, of the liking and of the disliking comments.
const OF_EACH: usize = 2;
/// Characters below which a comment says too little to be quoted.
const SHORTEST: usize = 12;
/// Probability of its label below which a comment is quoted for nothing.
const SUREST_FROM: f64 = 0.7;
/// Share of a creator's liking and disliking comments below which a side is not quoted: two of each beside a figure of
/// +80 would contradict it.
const FEWEST: f64 = 0.2;

/// How comments were judged, each towards the first target that it counts for.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Judged(HashMap<CommentId, (Polarity, f64)>);

impl Judged {
    /// Takes a row that was scored. One that is left out, as spam and copies are, says nothing of the audience.
    pub fn push(&mut self, row: &ScoredComment, left_out: Option<ExclusionReason>) {
        let (Some(label), Some(probabilities)) = (row.label, row.probabilities) else {
            return;
        };
        if left_out.is_none() {
            let probability = six_decimals(probabilities[label as usize]);
            let of = self.0.entry(row.comment_id.clone());
            of.or_insert((label, probability));
        }
    }

    fn of(&self, comment: &Comment) -> Option<(Polarity, f64)> {
        self.0.get(&comment.comment_id).copied()
    }
}

/// The comments that the themes and drivers of the brands are shown by.
#[must_use]
pub fn quotations(brands: &[BrandSentiment]) -> BTreeSet<CommentId> {
    let mut all = BTreeSet::new();
    for brand in brands {
        let themes = brand.themes.iter().flat_map(|theme| &theme.quotations);
        let drivers = brand.drivers.iter().flat_map(|driver| &driver.quotations);
        all.extend(themes.chain(drivers).cloned());
    }
    all
}

/// One row per quoted comment, in the order of the comments: those that are `wanted`, and of every creator the surest
/// of either side.
#[must_use]
pub fn quotes_sheet(
    comments: &[Comment],
    posts: &[Post],
    judged: &Judged,
    wanted: &BTreeSet<CommentId>,
) -> Sheet {
    let owners = PostOwners::of(posts, comments);
    let creator_of = |comment: &Comment| comment.whose(&owners).cloned();
    let mut polar: BTreeMap<CreatorId, [usize; 2]> = BTreeMap::new();
    let mut surest: BTreeMap<(CreatorId, usize), Vec<(f64, usize)>> = BTreeMap::new();
    for (i, comment) in comments.iter().enumerate() {
        let side = match judged.of(comment) {
            None | Some((Polarity::Neutral, _)) => continue,
            Some((label, probability)) => (usize::from(label == Polarity::Positive), probability),
        };
        if let Some(creator) = creator_of(comment) {
            let (side, probability) = side;
            polar.entry(creator.clone()).or_default()[side] += 1;
            let long_enough = comment.text.chars().count() >= SHORTEST;
            if long_enough && probability >= SUREST_FROM {
                let rows = surest.entry((creator, side)).or_default();
                rows.push((probability, i));
            }
        }
    }
    let mut quoted: HashSet<usize> = HashSet::new();
    for ((creator, side), rows) in &mut surest {
        let [negative, positive] = polar[creator];
        let own = polar[creator][*side];
        if (own as f64) < FEWEST * (negative + positive) as f64 {
            continue;
        }
        rows.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        quoted.extend(rows.iter().take(OF_EACH).map(|row| row.1));
    }
    let mut sheet = Sheet::new(&[
        ("comment_id", Kind::Text),
        ("creator_id", Kind::Text),
        ("label", Kind::Text),
        ("probability", Kind::Float),
        ("created_at", Kind::Text),
        ("text", Kind::Text),
    ]);
    for (i, comment) in comments.iter().enumerate() {
        if !quoted.contains(&i) && !wanted.contains(&comment.comment_id) {
            continue;
        }
        let judged = judged.of(comment);
        sheet.rows.push(vec![
            comment.comment_id.as_str().into(),
            creator_of(comment).as_ref().map(CreatorId::as_str).into(),
            judged.map(|(label, _)| label.name()).into(),
            judged.map(|(_, probability)| probability).into(),
            comment
                .created_at
                .map_or(Cell::Empty, |at| Cell::Text(at.to_string())),
            comment.text.as_str().into(),
        ]);
    }
    sheet
}

#[cfg(test)]
mod tests {
    use super::{Judged, quotes_sheet};
    use crate::dataset::Cell;
    use crate::schema::{Comment, CommentId, CreatorId, Polarity};
    use std::collections::BTreeSet;

    fn judged(rows: &[(&str, Polarity, f64)]) -> Judged {
        let rows = rows.iter();
        Judged(
            rows.map(|(id, label, probability)| (CommentId::from(*id), (*label, *probability)))
                .collect(),
        )
    }

    #[test]
    fn the_surest_of_each_side_and_the_wanted_are_quoted() {
        let comments: Vec<Comment> = (0..6)
            .map(|i| {
                let id = format!("c{i}");
                let mut comment =
                    Comment::new(CommentId::from(id.as_str()), "a comment long enough");
                comment.creator_id = Some(CreatorId::from("x"));
                comment
            })
            .collect();
        let (liked, neutral) = (Polarity::Positive, Polarity::Neutral);
        let mut rows = vec![
            ("c0", liked, 0.7),
            ("c1", liked, 0.75),
            ("c2", liked, 0.8),
            ("c3", liked, 0.85),
            ("c4", neutral, 0.9),
        ];
        let ids = |judged: &Judged, wanted: &[&str]| -> Vec<Cell> {
            let wanted: BTreeSet<CommentId> =
                wanted.iter().map(|id| CommentId::from(*id)).collect();
            let sheet = quotes_sheet(&comments, &[], judged, &wanted);
            sheet.rows.iter().map(|row| row[0].clone()).collect()
        };
        let quoted = ids(&judged(&rows), &["c5"]);
        assert_eq!(quoted, ["c2", "c3", "c5"].map(Cell::from));
        // One dislike in six is no reason to quote it beside what most say.
        rows[4] = ("c4", Polarity::Negative, 0.9);
        rows.push(("c5", liked, 0.9));
        assert_eq!(ids(&judged(&rows), &[]), ["c3", "c5"].map(Cell::from));
    }
}
