//! Models that stay loaded from call to call, for workers that get one batch after the other.

use crate::arrow::{Batches, Builder};
use crate::call::batches;
use crate::error::raise;
use crate::table::Table;
use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, ArrayRef, FixedSizeListArray, Float32Array, RecordBatch, StructArray};
use arrow_buffer::NullBuffer;
use arrow_cast::cast;
use arrow_schema::{DataType, Field};
use arrow_select::concat::concat;
use microfluence::dataset::{
    Cell, Column, Kind, MemorySink, MemoryTable, MemoryTables, ReadOptions, Record, Rejects,
    parse_time, read_table,
};
use microfluence::inference::{
    Backend, CachedEncoder, Encoder, Input, ModelFolder, ModelSet, SENTIMENT_MODELS, open_encoder,
    shipped_model,
};
use microfluence::report::{sentiment_cells, sentiment_columns};
use microfluence::schema::{Comment, LabelledComment};
use microfluence::sentiment::{
    InferenceTarget, Labels, PostContext, Sample, Scorer, Span, Tally, TallyOptions, Target,
    copy_key,
};
use microfluence::text::{Brand, normalize};
use microfluence::{Error, Result};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use pyo3_arrow::input::{AnyArray, AnyRecordBatch};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

fn open(shipped: &str, folder: Option<&Path>) -> Result<Box<dyn Encoder>> {
    let folder = match folder {
        Some(folder) => ModelFolder::open(folder)?,
        None => shipped_model(shipped)?,
    };
    open_encoder(&folder, Backend::Native)
}

/// A table for the library's reader.
#[derive(Debug)]
struct One(Arc<dyn MemoryTable>);

impl MemoryTables for One {
    fn table(&self, _name: &str) -> Option<Arc<dyn MemoryTable>> {
        Some(Arc::clone(&self.0))
    }

    fn sink(&self, name: &str, _columns: &[Column]) -> Result<Box<dyn MemorySink>> {
        Err(Error::Internal(format!("{name} is only read")))
    }
}

/// Turns texts into vectors.
#[pyclass(frozen, module = "microfluence._native")]
pub(crate) struct Embedder {
    encoder: Box<dyn Encoder>,
    threads: usize,
}

#[pymethods]
impl Embedder {
    #[new]
    #[pyo3(signature = (model=None, *, threads=0))]
    fn new(py: Python<'_>, model: Option<PathBuf>, threads: usize) -> PyResult<Self> {
        let make = || {
            Ok(Self {
                encoder: open("embedding", model.as_deref())?,
                threads,
            })
        };
        py.detach(make).map_err(|error| raise(py, &error))
    }

    /// One vector of length 1 for each text, as a list column of float32; a null for a null.
    fn embed(&self, py: Python<'_>, texts: AnyArray) -> PyResult<Table> {
        let texts = joined(texts)?;
        let batch = py
            .detach(|| self.vectors(&texts))
            .map_err(|error| raise(py, &error))?;
        Ok(Table { batch })
    }
}

impl Embedder {
    fn vectors(&self, texts: &ArrayRef) -> Result<arrow_array::RecordBatch> {
        let odd = |e: arrow_schema::ArrowError| {
            Error::usage(format!("texts: {e}")).with_hint("expected a column of text")
        };
        let array = cast(texts, &DataType::Utf8).map_err(odd)?;
        let array = array.as_string::<i32>();
        let written: Vec<String> = array
            .iter()
            .flatten()
            .map(|text| normalize(text, &[]))
            .collect();
        let inputs: Vec<Input<'_>> = written
            .iter()
            .map(|text| Input { text, target: None })
            .collect();
        let rows = pool(self.threads)?.install(|| self.encoder.encode(&inputs))?;
        let width = rows.width();
        let mut values: Vec<f32> = Vec::with_capacity(array.len() * width);
        let mut read = rows.iter();
        for at in 0..array.len() {
            match array.is_valid(at).then(|| read.next()).flatten() {
                Some(row) => values.extend_from_slice(row),
                None => values.resize(values.len() + width, 0.0),
            }
        }
        lists("vector", width, values, array.nulls().cloned())
    }
}

/// Reads texts for a command that runs elsewhere: they are normalised already.
#[pyclass(frozen, module = "microfluence._native")]
pub(crate) struct Reader {
    encoder: Box<dyn Encoder>,
    pool: rayon::ThreadPool,
}

#[pymethods]
impl Reader {
    #[new]
    #[pyo3(signature = (kind, model=None, *, threads=1))]
    fn new(py: Python<'_>, kind: &str, model: Option<PathBuf>, threads: usize) -> PyResult<Self> {
        let make = || {
            Ok(Self {
                encoder: open(kind, model.as_deref())?,
                pool: pool(threads)?,
            })
        };
        py.detach(make).map_err(|error| raise(py, &error))
    }

    /// What the model gives for each row of a table with the columns text and target, as a list column of float32.
    fn read(&self, py: Python<'_>, texts: AnyRecordBatch) -> PyResult<Table> {
        let (batches, _) = texts.into_table()?.into_inner();
        py.detach(|| self.answers(&batches))
            .map(|batch| Table { batch })
            .map_err(|error| raise(py, &error))
    }
}

impl Reader {
    fn answers(&self, batches: &[RecordBatch]) -> Result<RecordBatch> {
        let mut pairs = Vec::new();
        for batch in batches {
            let column = |name: &str| {
                batch
                    .column_by_name(name)
                    .ok_or_else(|| Error::usage(format!("the column {name} is missing")))
            };
            let (texts, targets) = (column("text")?, column("target")?);
            for row in 0..batch.num_rows() {
                let text = crate::arrow::text(texts.as_ref(), row).unwrap_or_default();
                pairs.push((text, crate::arrow::text(targets.as_ref(), row)));
            }
        }
        let inputs: Vec<Input<'_>> = pairs
            .iter()
            .map(|(text, target)| Input {
                text,
                target: target.as_deref(),
            })
            .collect();
        let rows = self.pool.install(|| self.encoder.encode(&inputs))?;
        let values: Vec<f32> = rows.iter().flatten().copied().collect();
        lists("answer", rows.width(), values, None)
    }
}

/// The chunks of a column as one array.
fn joined(column: AnyArray) -> PyResult<ArrayRef> {
    let column = column.into_chunked_array()?;
    let chunks: Vec<&dyn Array> = column.chunks().iter().map(AsRef::as_ref).collect();
    match chunks[..] {
        [] => Ok(arrow_array::new_empty_array(column.data_type())),
        _ => concat(&chunks).map_err(|e| PyValueError::new_err(e.to_string())),
    }
}

/// A table of one column of vectors.
fn lists(
    name: &str,
    width: usize,
    values: Vec<f32>,
    nulls: Option<NullBuffer>,
) -> Result<RecordBatch> {
    let item = Arc::new(Field::new_list_field(DataType::Float32, false));
    let kind = DataType::FixedSizeList(Arc::clone(&item), width as i32);
    let vectors = FixedSizeListArray::try_new(
        item,
        width as i32,
        Arc::new(Float32Array::from(values)),
        nulls,
    )
    .map_err(|e| Error::Internal(e.to_string()))?;
    let column: ArrayRef = Arc::new(vectors);
    Ok(StructArray::from(vec![(Arc::new(Field::new(name, kind, true)), column)]).into())
}

/// Threads for one call: a pool that outlives it would not survive a fork. 0 is as many as the process may use.
fn pool(threads: usize) -> Result<rayon::ThreadPool> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|e| Error::Internal(e.to_string()))
}

/// What comments are judged towards, and how they are tallied.
#[derive(Clone)]
struct Settings {
    options: TallyOptions,
    labels: Labels,
}

impl Settings {
    fn target(&self) -> Target {
        if self.options.brands.is_empty() {
            Target::Column
        } else {
            Target::Brands(self.options.brands.clone())
        }
    }
}

/// Judges batches of comments, and keeps what net sentiment needs of them.
#[pyclass(frozen, module = "microfluence._native")]
pub(crate) struct SentimentScorer {
    encoder: ModelSet,
    settings: Settings,
    pool: rayon::ThreadPool,
    /// Name and sha256 of each model.
    models: Vec<(String, String)>,
}

/// What net sentiment needs of the comments of one part.
#[pyclass(frozen, module = "microfluence._native")]
pub(crate) struct SentimentTally {
    tally: Mutex<Tally>,
}

/// Columns beside those of `sentiment`: the row's place in the whole table, and why it was rejected.
const PLACE: &str = "_at";
const REPEATED: &str = "_repeated";
const COPY: &str = "_copy";

#[pymethods]
impl SentimentScorer {
    #[new]
    #[pyo3(signature = (brands, model=None, *, by="month", change_at=None, include_spam=false, about_all=false, interval_of=None, labelled=None, seed=0, threads=1))]
    #[expect(clippy::too_many_arguments, reason = "they are named in Python")]
    fn new(
        py: Python<'_>,
        brands: Vec<(String, Vec<String>)>,
        model: Option<PathBuf>,
        by: &str,
        change_at: Option<&str>,
        include_spam: bool,
        about_all: bool,
        interval_of: Option<&str>,
        labelled: Option<AnyRecordBatch>,
        seed: u64,
        threads: usize,
    ) -> PyResult<Self> {
        let labelled = labelled.map(batches).transpose()?;
        let make = || -> Result<Self> {
            let labels = match labelled {
                None => Labels::None,
                Some(table) => {
                    let mut rejects = Rejects::new(true);
                    Labels::InSample(Sample::new(read::<LabelledComment>(table, &mut rejects)?))
                }
            };
            let options = TallyOptions {
                seed,
                span: match by {
                    "day" => Span::Day,
                    "week" => Span::Week,
                    "month" => Span::Month,
                    other => {
                        return Err(Error::usage(format!(
                            "by={other:?}: expected day, week or month"
                        )));
                    }
                },
                change_at: change_at
                    .map(|text| {
                        parse_time(text).map_err(|e| Error::usage(format!("change_at: {e}")))
                    })
                    .transpose()?,
                include_spam,
                post_context: PostContext {
                    about_all,
                    ..PostContext::default()
                },
                interval_of: match interval_of {
                    None => None,
                    Some("comments") => Some(InferenceTarget::Comments),
                    Some("audience") => Some(InferenceTarget::Audience),
                    Some(other) => {
                        return Err(Error::usage(format!(
                            "interval_of={other:?}: expected comments or audience"
                        )));
                    }
                },
                brands: brands
                    .iter()
                    .map(|(name, aliases)| Brand::new(name, aliases))
                    .collect(),
                ..TallyOptions::default()
            };
            let folders = match model {
                Some(folder) => vec![ModelFolder::open(folder)?],
                None => SENTIMENT_MODELS
                    .iter()
                    .map(|name| shipped_model(name))
                    .collect::<Result<_>>()?,
            };
            let models = folders.iter().map(|folder| -> Result<Arc<dyn Encoder>> {
                let encoder = open_encoder(folder, Backend::Native)?;
                Ok(Arc::new(CachedEncoder::new(encoder, folder, None)?))
            });
            let encoder = ModelSet::new(models.collect::<Result<_>>()?, None)?;
            Scorer::new(&encoder)?;
            Ok(Self {
                models: folders
                    .iter()
                    .map(|folder| {
                        (
                            folder.settings().name.clone(),
                            folder.weights_sha256().to_owned(),
                        )
                    })
                    .collect(),
                encoder,
                settings: Settings { options, labels },
                pool: pool(threads)?,
            })
        };
        py.detach(make).map_err(|error| raise(py, &error))
    }

    /// An empty tally for what this judges.
    fn tally(&self) -> SentimentTally {
        let Settings { options, labels } = self.settings.clone();
        SentimentTally {
            tally: Mutex::new(Tally::new(options, labels)),
        }
    }

    /// Judges a batch and counts it. Beside the columns of comments it may have `_at` (the row's place), `_repeated`
    /// (an earlier row has its id) and `_copy` (an earlier row has its words). Rejected rows come last, with the reason
    /// in `_rejected`.
    fn score(
        &self,
        py: Python<'_>,
        comments: AnyRecordBatch,
        tally: &SentimentTally,
    ) -> PyResult<Table> {
        let (batches, schema) = comments.into_table()?.into_inner();
        py.detach(|| {
            self.pool
                .install(|| self.judge(&schema, batches, &mut tally.lock()))
        })
        .map(|batch| Table { batch })
        .map_err(|error| raise(py, &error))
    }

    /// The summary document of a tally, as JSON.
    fn summary(&self, py: Python<'_>, tally: &SentimentTally) -> String {
        let finish = || {
            let brands = tally.lock().clone().finish();
            let backend = self.encoder.backend();
            let models: Vec<serde_json::Value> = self
                .models
                .iter()
                .map(|(name, sha256)| json!({ "name": name, "sha256": sha256, "backend": backend }))
                .collect();
            let manifest = json!({
                "program": "microfluence", "version": env!("CARGO_PKG_VERSION"), "command": "sentiment",
                "engine": "spark", "seed": self.settings.options.seed,
                "models": models,
            });
            json!({ "manifest": manifest, "brands": brands }).to_string()
        };
        py.detach(finish)
    }
}

impl SentimentScorer {
    fn judge(
        &self,
        schema: &arrow_schema::SchemaRef,
        batches: Vec<RecordBatch>,
        tally: &mut Tally,
    ) -> Result<RecordBatch> {
        let mut columns = sentiment_columns();
        columns.push(Column::new(PLACE, Kind::Int));
        columns.push(Column::new("_rejected", Kind::Text));
        let width = columns.len();
        let mut builder = Builder::new(&columns);
        for batch in batches {
            let places = integers(&batch, PLACE)?;
            let repeated = flags(&batch, REPEATED)?;
            let copies = flags(&batch, COPY)?;
            let ids = batch.column_by_name(Comment::REQUIRED[0]).cloned();
            let of_batch =
                Batches::new(schema, vec![batch]).map_err(|e| Error::Internal(e.to_string()))?;
            let mut rejects = Rejects::new(false);
            let read = read_but::<Comment>(of_batch, &repeated, &mut rejects)?;
            let mut why: BTreeMap<usize, String> = repeated
                .iter()
                .map(|row| (*row, "duplicate key: an earlier row has it".to_owned()))
                .collect();
            let kept: Vec<usize> = (0..places.len())
                .filter(|row| !repeated.contains(row))
                .collect();
            for reject in rejects.kept() {
                let row = kept[reject.line as usize - 1];
                why.insert(
                    row,
                    format!("{}: {}", reject.cell.column, reject.cell.reason),
                );
            }
            let used: Vec<usize> = kept
                .into_iter()
                .filter(|row| !why.contains_key(row))
                .collect();
            let rows = Scorer::new(&self.encoder)?.score(&read, &self.settings.target())?;
            for row in &rows {
                let place = used[row.index];
                let copy = copies.contains(&place);
                let left_out = tally.push_knowing(&read[row.index], row, Some(copy));
                let mut cells = sentiment_cells(row, left_out);
                cells.push(Cell::Int(places[place]));
                cells.push(Cell::Empty);
                builder.push(&cells);
            }
            for (row, reason) in why {
                let mut cells = vec![Cell::Empty; width];
                cells[0] = ids
                    .as_ref()
                    .and_then(|ids| crate::arrow::text(ids.as_ref(), row))
                    .map_or(Cell::Empty, |id| Cell::Text(id.into_owned()));
                cells[width - 2] = Cell::Int(places[row]);
                cells[width - 1] = Cell::Text(reason);
                builder.push(&cells);
            }
        }
        builder.finish()
    }
}

#[pymethods]
impl SentimentTally {
    /// What it holds, to be merged elsewhere.
    fn state<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let state = py.detach(|| self.lock().state());
        state
            .map(|bytes| PyBytes::new(py, &bytes))
            .map_err(|error| raise(py, &error))
    }

    /// Adds what a tally of later comments held.
    fn merge(&self, py: Python<'_>, state: &[u8]) -> PyResult<()> {
        py.detach(|| self.lock().merge_state(state))
            .map_err(|error| raise(py, &error))
    }
}

impl SentimentTally {
    fn lock(&self) -> std::sync::MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What copies of a text share, as whole numbers; a null for texts that are too short to be copies.
#[pyfunction]
pub(crate) fn copy_keys(py: Python<'_>, texts: AnyArray) -> PyResult<Table> {
    let array = joined(texts)?;
    let keys = || {
        let mut builder = Builder::new(&[Column::new("key", Kind::Int)]);
        for row in 0..array.len() {
            let key = crate::arrow::text(array.as_ref(), row).and_then(|text| copy_key(&text));
            builder.push(&[key.map_or(Cell::Empty, |key| Cell::Int(key as i64))]);
        }
        builder.finish()
    };
    py.detach(keys)
        .map(|batch| Table { batch })
        .map_err(|error| raise(py, &error))
}

fn read<T: Record>(table: Batches, rejects: &mut Rejects) -> Result<Vec<T>> {
    let options = ReadOptions {
        memory: Some(Arc::new(One(Arc::new(table)))),
        ..ReadOptions::default()
    };
    Ok(read_table(&["memory:comments".into()], &options, rejects)?.rows)
}

/// The rows of a batch without some of them; a batch of which nothing is left has none.
fn read_but<T: Record>(
    table: Batches,
    but: &BTreeSet<usize>,
    rejects: &mut Rejects,
) -> Result<Vec<T>> {
    if table.rows() == but.len() {
        return Ok(Vec::new());
    }
    read(table.without(but)?, rejects)
}

fn integers(batch: &RecordBatch, name: &str) -> Result<Vec<i64>> {
    match batch.column_by_name(name) {
        None => Ok((0..batch.num_rows() as i64).collect()),
        Some(column) => {
            let column = cast(column, &DataType::Int64).map_err(|e| Error::usage(e.to_string()))?;
            Ok(column.as_primitive::<Int64Type>().values().to_vec())
        }
    }
}

/// The rows where a flag is set.
fn flags(batch: &RecordBatch, name: &str) -> Result<BTreeSet<usize>> {
    let Some(column) = batch.column_by_name(name) else {
        return Ok(BTreeSet::new());
    };
    let column = column
        .as_boolean_opt()
        .ok_or_else(|| Error::usage(format!("{name}: expected a column of true and false")))?;
    Ok((0..column.len())
        .filter(|row| column.is_valid(*row) && column.value(*row))
        .collect())
}
