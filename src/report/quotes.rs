//! The comments that the page quotes: those that a brand's terms are shown by, and for each
//! creator the ones that the model is surest of. They are chosen here, and judged elsewhere.

use super::sheet::Sheet;
use crate::dataset::{Cell, Kind};
use crate::schema::{Comment, CreatorId, Post, PostOwners};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// Quoted for each creator, of the liking and of the disliking comments.
const OF_EACH: usize = 2;
/// Characters below which a comment says too little to be quoted.
const SHORTEST: usize = 12;
/// Probability of its label below which a comment is quoted for nothing.
const SUREST_FROM: f64 = 0.7;
/// Share of a creator's liking and disliking comments below which a side is not quoted: two of each beside a figure of +80 would contradict it.
const FEWEST: f64 = 0.2;

/// How a comment was judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// negative, neutral or positive.
    pub label: String,
    /// Probability of the label, 0..1.
    pub probability: f64,
}

/// One row per quoted comment, in the order of the comments. `judged` is by comment id, without spam and copies; `wanted`
/// are the ids that the brands' terms are shown by.
#[must_use]
pub fn quotes_sheet(
    comments: &[Comment],
    posts: &[Post],
    judged: &BTreeMap<String, Judged>,
    wanted: &BTreeSet<String>,
) -> Sheet {
    let owners = PostOwners::of(posts, comments);
    let creator_of = |comment: &Comment| comment.whose(&owners).cloned();
    let mut polar: BTreeMap<CreatorId, [usize; 2]> = BTreeMap::new();
    let mut surest: BTreeMap<(CreatorId, &str), Vec<(f64, usize)>> = BTreeMap::new();
    for (i, comment) in comments.iter().enumerate() {
        let Some(judged) = judged.get(comment.comment_id.as_str()) else {
            continue;
        };
        if judged.label == "neutral" {
            continue;
        }
        if let Some(creator) = creator_of(comment) {
            let side = &mut polar.entry(creator.clone()).or_default()
                [usize::from(judged.label == "positive")];
            *side += 1;
            let long_enough = comment.text.chars().count() >= SHORTEST;
            if long_enough && judged.probability >= SUREST_FROM {
                let key = (creator, judged.label.as_str());
                surest.entry(key).or_default().push((judged.probability, i));
            }
        }
    }
    let mut quoted: HashSet<usize> = HashSet::new();
    for ((creator, label), rows) in &mut surest {
        let [negative, positive] = polar[creator];
        let own = if *label == "positive" {
            positive
        } else {
            negative
        };
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
        if !quoted.contains(&i) && !wanted.contains(comment.comment_id.as_str()) {
            continue;
        }
        let label = judged.get(comment.comment_id.as_str());
        sheet.rows.push(vec![
            comment.comment_id.as_str().into(),
            creator_of(comment).as_ref().map(CreatorId::as_str).into(),
            label.map(|j| j.label.as_str()).into(),
            label.map(|j| j.probability).into(),
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
    use crate::schema::{Comment, CommentId, CreatorId};
    use std::collections::{BTreeMap, BTreeSet};

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
        let judged: BTreeMap<String, Judged> = (0..5)
            .map(|i| {
                let label = if i == 4 { "neutral" } else { "positive" };
                let probability = 0.7 + f64::from(i) / 20.0;
                (
                    format!("c{i}"),
                    Judged {
                        label: label.into(),
                        probability,
                    },
                )
            })
            .collect();
        let wanted = BTreeSet::from(["c5".to_owned()]);
        // One dislike in six is no reason to quote it beside what most say.
        let mut one_dislike = judged.clone();
        for i in [4, 5] {
            let (label, probability) = (if i == 4 { "negative" } else { "positive" }.into(), 0.9);
            one_dislike.insert(format!("c{i}"), Judged { label, probability });
        }
        let sheet = quotes_sheet(&comments, &[], &one_dislike, &BTreeSet::new());
        let ids: Vec<&Cell> = sheet.rows.iter().map(|row| &row[0]).collect();
        assert_eq!(ids, [&Cell::from("c3"), &Cell::from("c5")]);
        let sheet = quotes_sheet(&comments, &[], &judged, &wanted);
        let ids: Vec<&Cell> = sheet.rows.iter().map(|row| &row[0]).collect();
        assert_eq!(
            ids,
            [&Cell::from("c2"), &Cell::from("c3"), &Cell::from("c5")]
        );
    }
}
