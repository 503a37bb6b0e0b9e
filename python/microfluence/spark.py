"""microfluence inside Spark: texts of any number are read by the cluster's own workers, with the columns and results of one machine.

    >>> from microfluence import spark as mfs
    >>> said = mfs.sentiment(comments, brand="Lumora")        # comments: a Spark DataFrame
    >>> said.rows.write.parquet("scored")                     # one row per comment and brand
    >>> said.summary()["brands"][0]["net_sentiment"]          # sums of the parts, merged
    >>> mfs.rank(creators, posts, niche="skincare").to_pandas()

Needs pyspark 4, and this package on every worker. A model is loaded once per Python worker, which reads on one thread; tasks are tried
again by Spark where a worker is lost, and give the same.

The order of rows matters in two places: of two comments with one text the later one is the copy, and of two rows with one id the later one
is rejected. Spark's order is that of the files that a DataFrame is read from; sort it by a column of yours where it comes from a shuffle.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from . import _native
from ._call import command
from .errors import InputError, UsageError
from .frame import Frame

if TYPE_CHECKING:
    import pyarrow
    from pyspark.sql import DataFrame, SparkSession

__all__ = ["Sentiment", "embed", "niches", "plan", "rank", "safety", "sentiment"]

#: The columns of comments that are looked at.
_COMMENTS = ("comment_id", "text", "post_id", "creator_id", "author_id", "created_at", "likes", "brand")
_ROWS = (
    "comment_id string, brand string, label string, p_negative double, p_neutral double, p_positive double, mentions_brand boolean, "
    "language string, status string, excluded string, model string"
)
_JUDGED = f"{_ROWS}, _at bigint, _rejected string, _state binary"

# One model per process and setting: workers live on from task to task. Tasks reach it through the functions below alone, since what a
# task names itself is sent along with it.
_loaded: dict[str, Any] = {}


def _scorer(settings: dict[str, Any]) -> _native.SentimentScorer:
    key = repr(settings)
    if key not in _loaded:
        labelled = settings["labelled"]
        if labelled is not None:
            import pyarrow

            labelled = pyarrow.ipc.open_stream(labelled).read_all()
        _loaded[key] = _native.SentimentScorer(**{**settings, "labelled": labelled})
    return _loaded[key]


def _embedder(folder: str | None) -> _native.Embedder:
    key = f"embedder {folder}"
    if key not in _loaded:
        _loaded[key] = _native.Embedder(folder, threads=1)
    return _loaded[key]


def _reader(model: str, folder: str | None) -> _native.Reader:
    key = f"reader {model} {folder}"
    if key not in _loaded:
        _loaded[key] = _native.Reader(model, folder, threads=1)
    return _loaded[key]


class Sentiment:
    """What was said about brands, judged by a cluster."""

    def __init__(self, judged: DataFrame, settings: dict[str, Any]) -> None:
        self._judged = judged
        self._settings = settings

    @property
    def rows(self) -> DataFrame:
        """One row per comment and brand, with the columns of the program's ``sentiment``. Spark's rows have no order."""
        from pyspark.sql import functions as f

        wanted = f.col("_state").isNull() & f.col("_rejected").isNull()
        return self._judged.where(wanted).drop("_at", "_rejected", "_state")

    @property
    def rejects(self) -> DataFrame:
        """The rows that could not be used: comment_id and reason. Rows in are comments judged and rejects."""
        from pyspark.sql import functions as f

        rejected = self._judged.where(f.col("_rejected").isNotNull())
        return rejected.select("comment_id", f.col("_rejected").alias("reason"))

    def summary(self) -> dict[str, Any]:
        """The summary document: net sentiment of each brand with its interval, by period and creator, drivers and changes, as on one machine.

        Each task has summed up its part; the parts are merged here in the order of the comments.
        """
        from pyspark.sql import functions as f

        parts = self._judged.where(f.col("_state").isNotNull()).select("_at", "_state").orderBy("_at")
        scorer = _scorer(self._settings)
        tally = scorer.tally()
        for part in parts.toLocalIterator(prefetchPartitions=True):
            tally.merge(bytes(part["_state"]))
        return json.loads(scorer.summary(tally))

    def unpersist(self) -> None:
        """Gives back the memory that the judged rows are kept in, so that rows and summary are not judged twice."""
        self._judged.unpersist()


def sentiment(
    comments: DataFrame,
    *,
    brand: str | Sequence[str] | None = None,
    alias: Sequence[str] | Mapping[str, Sequence[str]] = (),
    labelled: Any = None,
    interval_of: str | None = None,
    by: str = "month",
    change_at: Any = None,
    include_spam: bool = False,
    about_all: bool = False,
    model: str | os.PathLike[str] | None = None,
    seed: int = 0,
    partitions: int | None = None,
    persist: bool = True,
) -> Sentiment:
    """Polarity of every comment towards a brand, and net sentiment with its interval, for a DataFrame of any size.

    Nothing is computed before ``rows`` or ``summary()`` is asked for. ``alias`` are other names of the brand, or by brand where several are
    asked for. A comment is about a brand where its text or its brand column names it; with ``about_all`` all are. ``labelled`` are comments that people judged, drawn from these (anything that speaks Arrow). ``partitions`` is the number of
    tasks, by default four for each core; ``persist`` keeps the judged rows in Spark's storage, so that rows and summary do not judge twice.
    Raises ``InputError`` where comment_id or text is missing.
    """
    from pyspark.sql import functions as f

    columns = [column for column in _COMMENTS if column in comments.columns]
    for column in ("comment_id", "text"):
        if column not in columns:
            raise InputError(
                f"the comments have no column {column!r}; found {', '.join(comments.columns)}",
                hint="rename your columns to the table's names with withColumnRenamed",
                file="comments",
            )
    settings = _settings(brand, alias, labelled, model)
    settings |= {
        "interval_of": interval_of, "by": by, "include_spam": include_spam, "about_all": about_all, "seed": seed,
        "change_at": change_at.isoformat() if hasattr(change_at, "isoformat") else change_at,
    }  # fmt: skip
    _scorer(settings)  # A wrong argument is told here rather than by a worker.

    numbered = comments.select(*columns).withColumn("comment_id", f.col("comment_id").cast("string"))
    numbered = numbered.withColumn("_at", f.monotonically_increasing_id())
    marked = _mark(numbered)
    if partitions is None:
        partitions = 4 * comments.sparkSession.sparkContext.defaultParallelism
    spread = marked.repartitionByRange(partitions, "_at").sortWithinPartitions("_at")

    def judge(batches: Iterable[pyarrow.RecordBatch]) -> Iterator[pyarrow.RecordBatch]:
        import pyarrow

        scorer = _scorer(settings)
        tally = scorer.tally()
        first = None
        for batch in batches:
            if batch.num_rows == 0:
                continue
            if first is None:
                first = batch.column("_at")[0].as_py()
            judged = pyarrow.table(scorer.score(batch, tally))
            judged = judged.append_column("_state", pyarrow.nulls(len(judged), pyarrow.binary()))
            yield from judged.combine_chunks().to_batches()
        if first is not None:
            schema = judged.schema
            state = {name: [None] for name in schema.names} | {"_at": [first], "_state": [tally.state()]}
            yield from pyarrow.table(state, schema=schema).to_batches()

    judged = spread.mapInArrow(judge, _JUDGED)
    return Sentiment(judged.persist() if persist else judged, settings)


def _settings(brand: Any, alias: Any, labelled: Any, model: Any) -> dict[str, Any]:
    names = [brand] if isinstance(brand, str) else list(brand or ())
    if not isinstance(alias, Mapping):
        given = [alias] if isinstance(alias, str) else list(alias)
        if given and len(names) != 1:
            raise UsageError("alias: it is not clear of which brand", hint="with several brands give a mapping: alias={'BRAND': ['ALIAS']}")
        alias = {names[0]: given} if given else {}
    unknown = sorted(set(alias) - set(names))
    if unknown:
        raise UsageError(f"alias: {unknown[0]!r} is none of the brands")
    if labelled is not None:
        import pyarrow

        table = pyarrow.table(labelled)
        sink = pyarrow.BufferOutputStream()
        with pyarrow.ipc.new_stream(sink, table.schema) as out:
            out.write_table(table)
        labelled = sink.getvalue().to_pybytes()
    brands = [(name, [alias[name]] if isinstance(alias.get(name), str) else list(alias.get(name, ()))) for name in names]
    return {"brands": brands, "labelled": labelled, "model": None if model is None else os.fspath(model)}


def _mark(numbered: DataFrame) -> DataFrame:
    """Marks rows whose id an earlier row has (``_repeated``), and those whose words an earlier comment has (``_copy``)."""
    from pyspark.sql import functions as f

    def keys(batches: Iterable[pyarrow.RecordBatch]) -> Iterator[pyarrow.RecordBatch]:
        import pyarrow

        for batch in batches:
            key = pyarrow.table(_native.copy_keys(batch.column("text")))["key"]
            table = pyarrow.table(
                {"_at": batch.column("_at"), "comment_id": batch.column("comment_id"), "_key": key, "_scope": batch.column("_scope")}
            )
            yield from table.combine_chunks().to_batches()

    # A copy is told within what it copies: the creator's comments, else the post's, else the table's.
    places = [
        f.when(f.length(f.trim(f.col(name).cast("string"))) > 0, f.concat(f.lit(name), f.col(name).cast("string")))
        for name in ("creator_id", "post_id")
        if name in numbered.columns
    ]
    scope = f.coalesce(*places, f.lit(""))
    keyed = numbered.select("_at", "comment_id", "text", scope.alias("_scope")).mapInArrow(
        keys, "_at bigint, comment_id string, _key bigint, _scope string"
    )
    rows_of_ids = keyed.groupBy("comment_id").agg(f.min("_at").alias("_first"), f.count("_at").alias("_n")).where("_n > 1 and comment_id is not null")
    repeated = keyed.join(rows_of_ids, "comment_id").where("_at <> _first").select("_at", f.lit(True).alias("_repeated"))
    once = keyed.where("_key is not null").join(repeated.select("_at"), "_at", "left_anti")
    firsts = once.groupBy("_key", "_scope").agg(f.min("_at").alias("_first"), f.count("_at").alias("_n")).where("_n > 1")
    copies = once.join(firsts, ["_key", "_scope"]).where("_at <> _first").select("_at", f.lit(True).alias("_copy"))
    return numbered.join(repeated, "_at", "left").join(copies, "_at", "left")


def embed(
    table: DataFrame,
    *,
    text: str = "text",
    vector: str = "vector",
    embedding_model: str | os.PathLike[str] | None = None,
) -> DataFrame:
    """The table with one more column: the vector of a text column by the embedding model, 384 float32 numbers of length 1; null for null.

    Vectors average in Spark like any numbers, as with ``pyspark.ml.stat.Summarizer``, and cluster with ``pyspark.ml.clustering.KMeans``.
    """
    folder = None if embedding_model is None else os.fspath(embedding_model)
    names = table.columns

    def read(batches: Iterable[pyarrow.RecordBatch]) -> Iterator[pyarrow.RecordBatch]:
        import pyarrow

        embedder = _embedder(folder)
        for batch in batches:
            vectors = pyarrow.table(embedder.embed(batch.column(text)))["vector"]
            vectors = vectors.combine_chunks().cast(pyarrow.list_(pyarrow.float32()))
            columns = [batch.column(name) for name in names]
            yield pyarrow.RecordBatch.from_arrays([*columns, vectors], names=[*names, vector])

    return table.mapInArrow(read, _ddl(table) + f", `{vector}` array<float>")


def _ddl(table: DataFrame) -> str:
    return ", ".join(f"`{field.name}` {field.dataType.simpleString()}" for field in table.schema.fields)


def _on(name: str, tables: Mapping[str, Any], options: Mapping[str, Any], beside: Sequence[str]) -> Frame:
    """A command whose tables come to this process and whose texts the cluster reads."""
    from pyspark.sql import DataFrame

    sessions = [table.sparkSession for table in tables.values() if isinstance(table, DataFrame)]
    if not sessions:
        raise UsageError(f"{name}: none of the tables is a Spark DataFrame", hint=f"use microfluence.{name} for tables of this process")
    session = sessions[0]
    here = {flag: table.toArrow() if isinstance(table, DataFrame) else table for flag, table in tables.items()}
    models = {"sentiment": options.get("model"), "embedding": options.get("embedding_model")}

    def read(model: str, texts: _native.Table) -> pyarrow.Table:
        return _read(session, model, models.get(model), texts)

    return command(name, here, {**options, "no_cache": True}, beside=beside, progress=False, read=read)


def _read(session: SparkSession, model: str, folder: Any, texts: _native.Table) -> pyarrow.Table:
    """Has texts read by the workers; gives the answers in the texts' order."""
    import pyarrow

    table = pyarrow.table(texts)
    table = table.append_column("_at", pyarrow.array(range(len(table)), pyarrow.int64()))
    folder = None if folder is None else os.fspath(folder)

    def answer(batches: Iterable[pyarrow.RecordBatch]) -> Iterator[pyarrow.RecordBatch]:
        reader = _reader(model, folder)
        for batch in batches:
            answers = pyarrow.table(reader.read(batch))["answer"].combine_chunks()
            answers = answers.cast(pyarrow.list_(pyarrow.float32()))
            yield pyarrow.RecordBatch.from_arrays([batch.column("_at"), answers], names=["_at", "answer"])

    spread = session.createDataFrame(table).repartition(4 * session.sparkContext.defaultParallelism)
    answers = spread.mapInArrow(answer, "_at bigint, answer array<float>").toArrow()
    return answers.sort_by("_at").select(["answer"]).combine_chunks()


def rank(creators: Any = None, posts: Any = None, comments: Any = None, **options: Any) -> Frame:
    """Ranks creators as :func:`microfluence.rank` does, which has the options; the workers read the texts.

    The tables come to this process, so creators and posts must fit in its memory: a GB for a million posts.
    """
    return _on("rank", _given(creators, posts, comments), _named(options), ["excluded", "safety_hits"])


def niches(creators: Any = None, posts: Any = None, comments: Any = None, **options: Any) -> Frame:
    """Groups creators as :func:`microfluence.niches` does; the workers read the texts. The tables come to this process."""
    return _on("niches", _given(creators, posts, comments), _named(options), [])


def plan(creators: Any = None, posts: Any = None, comments: Any = None, **options: Any) -> Frame:
    """Chooses creators as :func:`microfluence.plan` does; the workers read the texts. The tables come to this process."""
    return _on("plan", _given(creators, posts, comments), _named(options), ["excluded"])


def safety(creators: Any = None, posts: Any = None, comments: Any = None, **options: Any) -> Frame:
    """Looks for brand-unsafe content as :func:`microfluence.safety` does; the workers read the texts."""
    return _on("safety", _given(creators, posts, comments), _named(options), ["safety_hits"])


def _given(creators: Any, posts: Any, comments: Any) -> dict[str, Any]:
    tables = {"creators": creators, "posts": posts, "comments": comments}
    return {name: table for name, table in tables.items() if table is not None}


def _named(options: Mapping[str, Any]) -> dict[str, Any]:
    unwanted = {"progress", "no_cache", "threads"} & set(options)
    if unwanted:
        raise TypeError(f"unexpected argument {unwanted.pop()!r}: the cluster decides on it")
    return dict(options)
