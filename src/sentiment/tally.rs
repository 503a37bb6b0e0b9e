//! Scored comments in, one by one; what is said about each brand out.

use super::comment_filter::{CommentFilter, ExclusionReason, Noise, looks_like_spam};
use super::estimate::{
    BiasCorrection, FEWEST_ABOUT, FEWEST_LABELLED, InferenceTarget, NetSentiment, cluster_of,
};
use super::labels::{LabelledRow, Labels};
use super::sums::{DRAWS, Entry, SLICE_DRAWS, Sums};
use super::terms::{Place, Terms};
use super::themes::ThemeSums;
use super::{AboutBy, PostContext, ScoredComment, Span, Status};
use crate::error::{Error, Result};
use crate::inference::UNDETERMINED;
use crate::schema::{Comment, Polarity};
use crate::stats::quantification::{AdjustedCount, LabelledCase};
use crate::stats::{add_weighted, hash_text, mix, poisson_weights};
use crate::text::Brand;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// How comments are tallied.
#[derive(Debug, Clone, Default)]
pub struct TallyOptions {
    /// Seed of the bootstrap.
    pub seed: u64,
    /// Length of a period.
    pub span: Span,
    /// A moment to compare before and after.
    pub change_at: Option<Timestamp>,
    /// Whether spam and copies count like other comments.
    pub include_spam: bool,
    /// Whether figures add up all languages; else they hold [`Self::main_language`] and texts whose language cannot be
    /// told.
    pub pool_languages: bool,
    /// ISO 639-3; `None` is English.
    pub main_language: Option<String>,
    /// Of whom intervals by a random sample speak. Without it: of the audience where the comments say who wrote them or
    /// under which post, else of the comments.
    pub interval_of: Option<InferenceTarget>,
    /// The brands asked for, with their products and competitors.
    pub brands: Vec<Brand>,
    /// Posts and creators.
    pub post_context: PostContext,
}

impl TallyOptions {
    /// Whether a language's comments are in the figures that add up several.
    pub(super) fn pools(&self, language: &str) -> bool {
        let main = self.main_language.as_deref().unwrap_or("eng");
        self.pool_languages || language == main || language == UNDETERMINED
    }
}

/// All that is kept of one brand's comments.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Group {
    pub(super) name: Option<String>,
    #[serde(skip)]
    pub(super) brand: Option<Brand>,
    pub(super) rows: u64,
    pub(super) statuses: [u64; 3],
    pub(super) left_out: [u64; 2],
    /// Rows whose text names the brand.
    pub(super) mentions: u64,
    /// Rows that are neither spam nor copies, those of them that are about the brand by what tells so, and both in
    /// every draw.
    pub(super) counted: u64,
    pub(super) about_by: [u64; 4],
    pub(super) counted_draws: Vec<u64>,
    pub(super) about_draws: Vec<u64>,
    /// Of the highest probability, in tenths.
    pub(super) confidence: [u64; 10],
    pub(super) clustered: bool,
    pub(super) whole: Sums,
    pub(super) periods: BTreeMap<i64, Sums>,
    pub(super) sides: [Sums; 2],
    pub(super) creators: HashMap<String, Sums>,
    pub(super) platforms: BTreeMap<String, Sums>,
    pub(super) languages: BTreeMap<String, Sums>,
    /// The models that each language was read by.
    pub(super) models: BTreeMap<String, BTreeSet<String>>,
    pub(super) products: BTreeMap<String, Sums>,
    pub(super) terms: Terms,
    pub(super) themes: BTreeMap<String, ThemeSums>,
    pub(super) labelled: Vec<LabelledRow>,
}

/// Parts of a brand, to tell their keys apart.
#[derive(Debug, Clone, Copy)]
pub(super) enum Part {
    Period = 1,
    Side,
    Creator,
    Platform,
    Language,
    Product,
    Theme,
}

impl Part {
    /// The key of a part in a labelled row's list.
    pub(super) fn key(self, name: u64) -> u64 {
        mix(self as u64, name)
    }

    pub(super) fn named(self, name: &str) -> u64 {
        self.key(hash_text(name))
    }
}

impl Group {
    fn new(name: Option<&str>, brands: &[Brand]) -> Self {
        let brand = name.map(|name| {
            let known = brands.iter().find(|b| b.name() == name);
            known.cloned().unwrap_or_else(|| Brand::new(name, &[]))
        });
        // No brand's name is a theme, be it its own or another's.
        let others = brands.iter().chain(&brand);
        let own: Vec<String> = others
            .flat_map(|b| {
                let competitors = b.competitors().iter().map(|c| c.to_lowercase());
                b.name_words().into_iter().chain(competitors)
            })
            .collect();
        Self {
            name: name.map(str::to_owned),
            brand,
            rows: 0,
            statuses: [0; 3],
            left_out: [0; 2],
            mentions: 0,
            counted: 0,
            about_by: [0; 4],
            counted_draws: vec![0; DRAWS],
            about_draws: vec![0; DRAWS],
            confidence: [0; 10],
            clustered: false,
            whole: Sums::new(DRAWS),
            periods: BTreeMap::new(),
            sides: [Sums::new(SLICE_DRAWS), Sums::new(SLICE_DRAWS)],
            creators: HashMap::new(),
            platforms: BTreeMap::new(),
            languages: BTreeMap::new(),
            models: BTreeMap::new(),
            products: BTreeMap::new(),
            terms: Terms::new(&own),
            themes: BTreeMap::new(),
            labelled: Vec::new(),
        }
    }

    /// Counts a row, and says whether it counts for the figures too.
    fn counts(
        &mut self,
        row: &ScoredComment,
        left_out: Option<ExclusionReason>,
        about: Option<AboutBy>,
        include_spam: bool,
        weights: &[u8],
    ) -> bool {
        self.rows += 1;
        self.statuses[row.status as usize] += 1;
        if let Some(reason) = left_out {
            self.left_out[reason as usize] += 1;
            if !include_spam {
                return false;
            }
        }
        let weigh = |draws: &mut [u64]| add_weighted(draws, weights, 1);
        self.counted += 1;
        weigh(&mut self.counted_draws);
        self.mentions += u64::from(row.mentions_brand == Some(true));
        if let Some(by) = about {
            self.about_by[by as usize] += 1;
            weigh(&mut self.about_draws);
        }
        true
    }

    /// Notes which model read a comment in a language.
    fn read_by(&mut self, language: &str, model: &str) {
        let known = self.models.get(language).is_some_and(|m| m.contains(model));
        if !known {
            let models = self.models.entry(language.to_owned()).or_default();
            models.insert(model.to_owned());
        }
    }

    fn merge(&mut self, other: Self, seed: u64) {
        self.rows += other.rows;
        self.mentions += other.mentions;
        add(&mut self.statuses, &other.statuses);
        add(&mut self.left_out, &other.left_out);
        self.counted += other.counted;
        add(&mut self.about_by, &other.about_by);
        add(&mut self.counted_draws, &other.counted_draws);
        add(&mut self.about_draws, &other.about_draws);
        add(&mut self.confidence, &other.confidence);
        self.clustered |= other.clustered;
        self.whole.merge(&other.whole, seed);
        for (own, more) in self.sides.iter_mut().zip(&other.sides) {
            own.merge(more, seed);
        }
        let slice = || Sums::new(SLICE_DRAWS);
        for (period, sums) in other.periods {
            self.periods
                .entry(period)
                .or_insert_with(slice)
                .merge(&sums, seed);
        }
        for (name, sums) in other.creators {
            self.creators
                .entry(name)
                .or_insert_with(slice)
                .merge(&sums, seed);
        }
        for (own, more) in [
            (&mut self.platforms, other.platforms),
            (&mut self.languages, other.languages),
            (&mut self.products, other.products),
        ] {
            for (name, sums) in more {
                own.entry(name).or_insert_with(slice).merge(&sums, seed);
            }
        }
        for (language, models) in other.models {
            self.models.entry(language).or_default().extend(models);
        }
        self.terms.merge(other.terms);
        for (name, theme) in other.themes {
            self.themes.entry(name).or_default().merge(theme, seed);
        }
        self.labelled.extend(other.labelled);
    }

    /// Rows about the brand, whether scored or not; neither spam nor copies.
    pub(super) fn about(&self) -> u64 {
        self.about_by.iter().sum()
    }

    /// What the labelled comments allow for this brand.
    pub(super) fn correction(&self, labels: &Labels, options: &TallyOptions) -> BiasCorrection {
        let of_rows = |rows: &[LabelledRow]| -> Vec<([f64; 3], usize)> {
            rows.iter()
                .map(|r| (r.case.predicted, r.case.class))
                .collect()
        };
        if self.name.is_some() && self.whole.n < FEWEST_ABOUT {
            return BiasCorrection::TooFew;
        }
        let histogram = self.whole.histogram();
        match labels {
            Labels::InSample(_) if self.labelled.len() >= FEWEST_LABELLED => {
                let of = options.interval_of.unwrap_or(if self.clustered {
                    InferenceTarget::Audience
                } else {
                    InferenceTarget::Comments
                });
                let cases = of_rows(&self.labelled);
                let elsewhere = AdjustedCount::fit(&cases, &histogram, options.seed);
                BiasCorrection::InSample(self.labelled.clone(), of, elsewhere)
            }
            Labels::External(cases) => {
                let cases: Vec<([f64; 3], usize)> = cases
                    .iter()
                    .map(|(p, label)| (*p, *label as usize))
                    .collect();
                AdjustedCount::fit(&cases, &histogram, options.seed)
                    .map_or(BiasCorrection::Uncorrected, |fit| {
                        BiasCorrection::External(fit, cases.len())
                    })
            }
            _ => BiasCorrection::Uncorrected,
        }
    }
}

fn add(own: &mut [u64], more: &[u64]) {
    own.iter_mut().zip(more).for_each(|(a, b)| *a += b);
}

/// An accumulator of scored comments. Its memory grows with the brands, periods, creators and terms,
/// not with the comments; tallies of parts merge into the tally of the whole.
///
/// Rows are pushed in the order of the comments, all rows of a comment together. No comment is kept: that comments of
/// one author are not independent is known through weights that the author's name alone decides.
#[derive(Debug, Clone)]
pub struct Tally {
    pub(super) options: TallyOptions,
    pub(super) labels: Labels,
    pub(super) groups: Vec<Group>,
    index: HashMap<Option<String>, usize>,
    filter: CommentFilter,
    last: Option<(String, u64, bool, Option<ExclusionReason>)>,
    weights: Vec<u8>,
}

impl Tally {
    /// An empty tally.
    #[must_use]
    pub fn new(options: TallyOptions, labels: Labels) -> Self {
        Self {
            options,
            labels,
            groups: Vec::new(),
            index: HashMap::new(),
            filter: CommentFilter::default(),
            last: None,
            weights: vec![0; DRAWS],
        }
    }

    /// Adds a row of `comment`; says whether the comment is left out of the figures, and why it is (or would be, where
    /// such comments count).
    pub fn push(&mut self, comment: &Comment, row: &ScoredComment) -> Option<ExclusionReason> {
        self.push_knowing(comment, row, None)
    }

    /// The same where it is known from elsewhere whether an earlier comment has the same words
    /// ([`copy_key`](super::copy_key) tells which do): parts of a table cannot find that out by themselves.
    pub fn push_knowing(
        &mut self,
        comment: &Comment,
        row: &ScoredComment,
        copy: Option<bool>,
    ) -> Option<ExclusionReason> {
        let (cluster, alone, left_out) = self.look_at(comment, copy);
        let at = self.group(row.brand.as_deref());
        let options = &self.options;
        let group = &mut self.groups[at];
        let around = &options.post_context;
        let about_by = around.about(comment, row);
        if !group.counts(row, left_out, about_by, options.include_spam, &self.weights) {
            return left_out;
        }
        let about = row.brand.is_none() || about_by.is_some();
        let (Some(p), Some(label), Status::Scored, true) =
            (row.probabilities, row.label, row.status, about)
        else {
            return left_out;
        };
        let entry = Entry::new(cluster, p);
        let seed = options.seed;
        let language = row.language.code();
        if let Some(model) = &row.model {
            group.read_by(language, model);
        }
        // A comment that counts for its own language alone is one of the table's too: a label of it is used.
        let labelled = label_of(&mut self.labels, comment, row);
        if !options.pools(language) {
            of_key(&mut group.languages, language).push(entry, label, &self.weights, seed);
            return left_out;
        }
        group.clustered |= !alone;
        let confidence = p.iter().fold(0.0_f32, |m, x| m.max(*x));
        group.confidence[((confidence * 10.0) as usize).min(9)] += 1;
        group.whole.push(entry, label, &self.weights, seed);

        let period = comment.created_at.map(|at| options.span.number(at));
        let side = match (comment.created_at, options.change_at) {
            (Some(at), Some(date)) => Some(usize::from(at >= date)),
            _ => None,
        };
        let creator = around.creator_of(comment);
        let platform = creator.and_then(|c| around.platform_of_creator.get(c));
        let mut slices = Vec::new();
        let mut put = |sums: &mut Sums, key: u64| {
            sums.push(entry, label, &self.weights, seed);
            if labelled.is_some() {
                slices.push(key);
            }
        };
        if let Some(period) = period {
            let sums = group.periods.entry(period).or_insert_with(slice);
            put(sums, Part::Period.key(period as u64));
        }
        if let Some(side) = side {
            put(&mut group.sides[side], Part::Side.key(side as u64));
        }
        if let Some(creator) = creator {
            put(
                of_name(&mut group.creators, creator.as_str()),
                Part::Creator.named(creator.as_str()),
            );
        }
        if let Some(platform) = platform {
            put(
                of_key(&mut group.platforms, platform),
                Part::Platform.named(platform),
            );
        }
        put(
            of_key(&mut group.languages, language),
            Part::Language.named(language),
        );
        if let Some(brand) = &group.brand {
            for product in brand.products_in(&comment.text) {
                put(
                    of_key(&mut group.products, product),
                    Part::Product.named(product),
                );
            }
        }
        let place = Place::new(&entry, &comment.comment_id, period, side);
        for aspect in group.terms.push(&comment.text, &place) {
            let theme = group.themes.entry(aspect.to_owned()).or_default();
            theme.count(comment, creator);
            put(&mut theme.sums, Part::Theme.named(aspect));
            if let Some(period) = period {
                let sums = theme.periods.entry(period).or_insert_with(slice);
                sums.push(entry, label, &self.weights, seed);
            }
        }
        if let Some((said, probability, stratum)) = labelled {
            group.labelled.push(LabelledRow {
                case: LabelledCase {
                    predicted: entry.probabilities(),
                    class: said as usize,
                    probability,
                    stratum,
                },
                cluster,
                slices,
            });
        }
        left_out
    }

    /// What holds for all rows of a comment: its cluster, whether that is it alone, and why it is left out. Fills in
    /// the cluster's weights.
    fn look_at(
        &mut self,
        comment: &Comment,
        copy: Option<bool>,
    ) -> (u64, bool, Option<ExclusionReason>) {
        if let Some((id, cluster, alone, left_out)) = &self.last
            && id == comment.comment_id.as_str()
        {
            return (*cluster, *alone, *left_out);
        }
        let (cluster, alone) = cluster_of(comment);
        poisson_weights(self.options.seed, cluster, &mut self.weights);
        let creator = self.options.post_context.creator_of(comment);
        let noise = match copy {
            Some(copy) => Noise {
                spam: looks_like_spam(&comment.text),
                copy,
            },
            None => self.filter.look(comment, creator),
        };
        let left_out = noise.reason();
        self.last = Some((
            comment.comment_id.as_str().to_owned(),
            cluster,
            alone,
            left_out,
        ));
        (cluster, alone, left_out)
    }

    fn group(&mut self, name: Option<&str>) -> usize {
        // Most tables are about few brands: a look along the list costs less than a key.
        let known = if self.groups.len() <= 8 {
            self.groups.iter().position(|g| g.name.as_deref() == name)
        } else {
            self.index.get(&name.map(str::to_owned)).copied()
        };
        known.unwrap_or_else(|| {
            self.groups.push(Group::new(name, &self.options.brands));
            self.index
                .insert(name.map(str::to_owned), self.groups.len() - 1);
            self.groups.len() - 1
        })
    }

    /// Adds the tally of later comments, made with the same options. Copies of one part's comments in the other count
    /// as comments: neither has seen both.
    pub fn merge(&mut self, other: Self) {
        for group in other.groups {
            let at = self.group(group.name.as_deref());
            self.groups[at].merge(group, self.options.seed);
        }
        self.filter.merge(other.filter);
        if let (Labels::InSample(own), Labels::InSample(more)) = (&mut self.labels, &other.labels) {
            own.merge(more.used());
        }
        self.last = None;
    }

    /// What the tally holds, to be taken up by [`Self::merge_state`] in another process. Copies are left out: a part
    /// whose state is handed on gets to know them from elsewhere.
    ///
    /// # Errors
    /// [`Error::Internal`] where it cannot be written down.
    pub fn state(&self) -> Result<Vec<u8>> {
        let used = match &self.labels {
            Labels::InSample(sample) => sample.used(),
            _ => &[],
        };
        serde_json::to_vec(&(env!("CARGO_PKG_VERSION"), &self.groups, used))
            .map_err(|e| Error::Internal(format!("the state of a tally: {e}")))
    }

    /// Adds what [`Self::state`] gave of the tally of later comments, made with the same options by the same version.
    ///
    /// # Errors
    /// [`Error::Usage`] for another version's state, or what is none.
    pub fn merge_state(&mut self, state: &[u8]) -> Result<()> {
        let (version, groups, used): (String, Vec<Group>, Vec<bool>) =
            serde_json::from_slice(state)
                .map_err(|e| Error::usage(format!("this is no state of a tally: {e}")))?;
        if version != env!("CARGO_PKG_VERSION") {
            return Err(Error::usage(format!(
                "the state of a tally is of version {version}, this is {}",
                env!("CARGO_PKG_VERSION")
            ))
            .with_hint("every worker needs the same version of microfluence"));
        }
        for group in groups {
            let at = self.group(group.name.as_deref());
            self.groups[at].merge(group, self.options.seed);
        }
        if let Labels::InSample(sample) = &mut self.labels {
            sample.merge(&used);
        }
        self.last = None;
        Ok(())
    }

    /// How far two annotators of a random sample agree.
    #[must_use]
    pub fn agreement(&self) -> Option<super::Agreement> {
        match &self.labels {
            Labels::InSample(sample) => sample.agreement(),
            _ => None,
        }
    }

    /// Labelled rows of a random sample.
    #[must_use]
    pub fn labels_given(&self) -> usize {
        match &self.labels {
            Labels::InSample(sample) => sample.len(),
            _ => 0,
        }
    }

    /// Labelled rows of a random sample that were never seen among the comments.
    #[must_use]
    pub fn unmatched_labels(&self) -> usize {
        match &self.labels {
            Labels::InSample(sample) => sample.unused(),
            _ => 0,
        }
    }
}

/// What an annotator said of this row, with its chance of being drawn and its stratum.
fn label_of(
    labels: &mut Labels,
    comment: &Comment,
    row: &ScoredComment,
) -> Option<(Polarity, f64, u64)> {
    match labels {
        Labels::InSample(sample) => sample.take(comment, row),
        _ => None,
    }
}

fn slice() -> Sums {
    Sums::new(SLICE_DRAWS)
}

fn of_name<'m>(map: &'m mut HashMap<String, Sums>, name: &str) -> &'m mut Sums {
    map.entry(name.to_owned()).or_insert_with(slice)
}

fn of_key<'m>(map: &'m mut BTreeMap<String, Sums>, name: &str) -> &'m mut Sums {
    map.entry(name.to_owned()).or_insert_with(slice)
}

/// The level of one part of a group.
pub(super) fn part_level(
    correction: &BiasCorrection,
    sums: &Sums,
    key: u64,
    seed: u64,
) -> NetSentiment {
    correction.level(sums, Some(key), seed)
}

/// Names of the labels, for counts.
pub(super) const STATUSES: [Status; 3] =
    [Status::Scored, Status::Empty, Status::UnsupportedLanguage];
