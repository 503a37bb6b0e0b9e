"""Real Spark on loopback: a master, two workers, and one of them killed in the middle of a job."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import threading
import time
from pathlib import Path

import pyarrow
import pyarrow.compute
import pyarrow.csv
import pyarrow.parquet
import pytest

import microfluence

pyspark = pytest.importorskip("pyspark", reason="pyspark is not installed: pip install 'microfluence[spark]'")
if shutil.which("java") is None:
    pytest.skip("there is no Java for Spark to run on", allow_module_level=True)

COMMENTS = int(os.environ.get("MICROFLUENCE_SPARK_COMMENTS", "200000"))


@pytest.fixture(scope="module")
def spark(tmp_path_factory):
    from cluster import standalone

    with standalone(tmp_path_factory.mktemp("spark")) as session:
        yield session


@pytest.fixture(scope="module")
def comments(tmp_path_factory) -> Path:
    """Comments with the sample's words: a tenth of the texts is distinct; some ids stand twice, some texts are empty, some rows have no id."""
    folder = tmp_path_factory.mktemp("comments")
    texts = pyarrow.csv.read_csv(microfluence.sample()["comments"])
    rows = texts.num_rows
    place = pyarrow.array(range(COMMENTS), pyarrow.int64())
    of = pyarrow.compute.subtract(place, pyarrow.compute.multiply(pyarrow.compute.divide(place, rows), rows))
    table = texts.take(of)
    said = [
        text if i % 10 else f"{text} ({i // 10} of them)" if i % 1000 else ("" if i % 2000 else "buy followers at https://x.example win free cash")
        for i, text in enumerate(table["text"].to_pylist())
    ]
    ids = [None if i % 9973 == 0 else f"c{i - 1}" if i % 4999 == 0 else f"c{i}" for i in range(COMMENTS)]
    table = table.set_column(table.column_names.index("text"), "text", pyarrow.array(said))
    table = table.set_column(table.column_names.index("comment_id"), "comment_id", pyarrow.array(ids))
    for i in range(8):
        part = table.slice(i * COMMENTS // 8, (i + 1) * COMMENTS // 8 - i * COMMENTS // 8)
        pyarrow.parquet.write_table(part, folder / f"part-{i}.parquet", row_group_size=5000)
    return folder


@pytest.fixture(scope="module")
def alone(comments):
    """The same comments in this process."""
    parts = [pyarrow.parquet.read_table(path) for path in sorted(comments.glob("*.parquet"))]
    return microfluence.sentiment(pyarrow.concat_tables(parts), brand="Lumora", no_cache=True, progress=False)


def sorted_rows(table: pyarrow.Table) -> pyarrow.Table:
    return table.sort_by([("comment_id", "ascending")]).combine_chunks()


def read(spark, comments):
    # One file after the other, as one process reads them.
    frames = [spark.read.parquet(str(path)).coalesce(1) for path in sorted(comments.glob("*.parquet"))]
    whole = frames[0]
    for frame in frames[1:]:
        whole = whole.union(frame)
    return whole


def without_manifest(summary):
    return json.loads(json.dumps({key: value for key, value in summary.items() if key != "manifest"}))


def test_a_cluster_judges_as_one_process_does(spark, comments, alone):
    from microfluence import spark as mfs

    said = mfs.sentiment(read(spark, comments), brand="Lumora")
    rows = sorted_rows(said.rows.toArrow())
    assert rows.equals(sorted_rows(alone.to_arrow()).cast(rows.schema))
    assert without_manifest(said.summary()) == without_manifest(alone.summary)
    assert rows.num_rows + said.rejects.count() == COMMENTS
    assert said.rejects.count() == len(alone.rejects)
    said.unpersist()


def test_a_worker_killed_in_mid_job_changes_nothing(spark, comments, alone):
    from microfluence import spark as mfs

    said = mfs.sentiment(read(spark, comments), brand="Lumora", partitions=16)
    outcome = {}
    job = threading.Thread(target=lambda: outcome.update(rows=said.rows.toArrow()))
    job.start()
    tracker = spark.sparkContext.statusTracker()
    killed = None
    until = time.monotonic() + 300
    while killed is None and job.is_alive() and time.monotonic() < until:
        stages = [tracker.getStageInfo(stage) for stage in tracker.getActiveStageIds()]
        if any(stage and stage.numTasks == 16 and 2 <= stage.numCompletedTasks < 12 for stage in stages):
            found = subprocess.run(["pgrep", "-f", "CoarseGrainedExecutorBackend"], capture_output=True, text=True).stdout.split()
            killed = int(found[0])
            os.kill(killed, signal.SIGKILL)
        time.sleep(0.05)
    job.join()
    assert killed is not None, "the job was over before a worker could be killed"
    assert sorted_rows(outcome["rows"]).equals(sorted_rows(alone.to_arrow()).cast(outcome["rows"].schema))
    assert without_manifest(said.summary()) == without_manifest(alone.summary)
    said.unpersist()


def test_judged_comments_correct_a_cluster_as_they_do_one_process(spark, comments, alone):
    from microfluence import spark as mfs

    some = alone.to_arrow().slice(0, 4000).take(list(range(0, 4000, 10)))
    labels = ["positive" if i % 3 else "negative" for i in range(400)]
    labelled = pyarrow.table({"comment_id": some["comment_id"], "label": labels, "brand": ["Lumora"] * 400})
    part = sorted(comments.glob("*.parquet"))[0]
    said = mfs.sentiment(spark.read.parquet(str(part)).coalesce(1), brand="Lumora", labelled=labelled, by="week", about_all=True)
    here = microfluence.sentiment(pyarrow.parquet.read_table(part), brand="Lumora", labelled=labelled, by="week", about_all=True, progress=False)
    assert said.summary()["brands"][0]["method"] == "prediction_powered"
    assert without_manifest(said.summary()) == without_manifest(here.summary)
    said.unpersist()


def test_creators_are_ranked_and_grouped_as_in_one_process(spark):
    from microfluence import spark as mfs

    paths = microfluence.sample()
    tables = {name: spark.read.csv(path, header=True, multiLine=True, escape='"') for name, path in paths.items()}
    ranking = mfs.rank(**tables, niche="skincare")
    assert ranking.to_arrow().equals(microfluence.rank(niche="skincare", **paths).to_arrow())
    niches = mfs.niches(tables["creators"], tables["posts"])
    assert niches.to_arrow().equals(microfluence.niches(paths["creators"], paths["posts"]).to_arrow())


def test_vectors_are_those_of_one_process(spark):
    from microfluence import spark as mfs

    creators = spark.read.csv(microfluence.sample()["creators"], header=True, multiLine=True, escape='"').select("creator_id", "bio")
    table = mfs.embed(creators, text="bio").toArrow()
    here = pyarrow.table(microfluence.embed(table["bio"]))["vector"].to_pylist()
    assert table["vector"].to_pylist() == here


def test_wrong_arguments_are_told_before_any_work(spark):
    from microfluence import spark as mfs

    frame = spark.createDataFrame([("1", "fine")], "id string, text string")
    with pytest.raises(microfluence.InputError, match="comment_id"):
        mfs.sentiment(frame)
    with pytest.raises(microfluence.UsageError, match="by="):
        mfs.sentiment(frame.withColumnRenamed("id", "comment_id"), by="year")
    with pytest.raises(microfluence.UsageError, match="which brand"):
        mfs.sentiment(frame.withColumnRenamed("id", "comment_id"), brand=["a", "b"], alias=["c"])
    with pytest.raises(microfluence.UsageError, match="Spark DataFrame"):
        mfs.rank(creators=microfluence.sample()["creators"], niche="skincare")
