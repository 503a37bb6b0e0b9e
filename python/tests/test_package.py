"""The package does what the program does, on whatever table it is given."""

from __future__ import annotations

import datetime
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import pandas
import polars
import pyarrow
import pyarrow.csv
import pyarrow.parquet
import pytest

import microfluence

FLAGS = {"rank": ["--niche", "skincare"], "plan": ["--budget", "2000", "--niche", "skincare"], "sentiment": ["--brand", "Lumora"]}
OPTIONS = {"rank": {"niche": "skincare"}, "plan": {"budget": 2000, "niche": "skincare"}, "sentiment": {"brand": "Lumora"}}


@pytest.mark.parametrize("ending", ["parquet", "csv", "jsonl"])
@pytest.mark.parametrize("command", ["sentiment", "niches", "engagement", "authenticity", "safety", "rank", "plan"])
def test_the_bytes_are_the_programs(command, ending, sample, program, tmp_path):
    tables = {"comments": sample["comments"]} if command == "sentiment" else sample
    typed = [part for name, path in tables.items() for part in (f"--{name}", path)]
    expected = program([command, *typed, *FLAGS.get(command, [])], tmp_path / f"program.{ending}")
    handed_over = {name: pyarrow.csv.read_csv(path, convert_options=as_text()) for name, path in tables.items()}
    frame = getattr(microfluence, command)(**handed_over, **OPTIONS.get(command, {}))
    frame.write(tmp_path / f"package.{ending}")
    assert (tmp_path / f"package.{ending}").read_bytes() == expected


def as_text():
    """Empty cells of a CSV are no values, and only those."""
    return pyarrow.csv.ConvertOptions(strings_can_be_null=True, null_values=[""])


def test_a_campaign_has_the_programs_bytes(program, tmp_path):
    tables = microfluence.sample(campaign=True)
    typed = [part for name, path in tables.items() for part in (f"--{name}", path)]
    expected = program(["campaign", *typed], tmp_path / "program.parquet")
    frame = microfluence.campaign(**{name: polars.read_csv(path) for name, path in tables.items()})
    frame.write(tmp_path / "package.parquet")
    assert (tmp_path / "package.parquet").read_bytes() == expected
    assert frame.summary["total"]["orders"] > 0


def test_lift_finds_what_was_planted():
    days = [datetime.date(2026, 1, 1) + datetime.timedelta(days=d) for d in range(90)]
    rows = [
        {"location": place, "date": day, "outcome": (100 + 10 * i + 5 * (day.toordinal() % 7)) * (1.2 if i < 2 and day >= days[75] else 1.0)}
        for i, place in enumerate("abcdefghij")
        for day in days
    ]
    frame = microfluence.lift(pyarrow.Table.from_pylist(rows), treated=["a", "b"], start=days[75], end=days[89])
    assert frame.summary["lift_percent"] == pytest.approx(20, abs=2)
    assert len(frame.daily) == 90


@pytest.mark.parametrize("read", [pandas.read_csv, polars.read_csv, pyarrow.csv.read_csv, lambda path: pandas.read_csv(path).convert_dtypes()])
def test_every_kind_of_frame_gives_the_same(read, sample):
    by_path = microfluence.rank(niche="skincare", **sample)
    by_frame = microfluence.rank(niche="skincare", **{name: read(path) for name, path in sample.items()})
    assert by_frame.to_arrow().equals(by_path.to_arrow())
    again = microfluence.rank(niche="skincare", threads=1, **sample)
    assert again.to_arrow().equals(by_path.to_arrow())


def test_frames_go_into_every_library(sample):
    frame = microfluence.engagement(sample["creators"], sample["posts"])
    arrow = frame.to_arrow()
    assert len(frame) == len(arrow) == len(frame.to_pandas()) == len(frame.to_polars()) == 300
    assert frame.to_polars().to_arrow()["expected_engagement_rate"].to_pylist() == arrow["expected_engagement_rate"].to_pylist()
    shares = [share for share in arrow["expected_engagement_rate"].to_pylist() if share is not None]
    assert shares and all(0 <= share < 1 for share in shares)


def test_arrows_types_are_read_as_what_they_say():
    at = datetime.datetime(2026, 5, 1, 12, tzinfo=datetime.timezone.utc)
    posts = pyarrow.table(
        {
            "post_id": pyarrow.array(range(6), pyarrow.int32()),
            "creator_id": pyarrow.array(["a", "a", "a", "b", "b", "b"]).dictionary_encode(),
            "published_at": pyarrow.array([at + datetime.timedelta(days=d) for d in range(6)], pyarrow.timestamp("ns", "UTC")),
            "hashtags": pyarrow.array([["skincare", "beauty"]] * 6, pyarrow.large_list(pyarrow.string())),
            "likes": pyarrow.array([120.0, float("nan"), 80.0, 10.0, 12.0, None], pyarrow.float32()),
            "comments": pyarrow.array([4] * 6, pyarrow.uint16()),
            "sponsored": pyarrow.array([True, False, None] * 2),
        }
    )
    creators = polars.DataFrame({"creator_id": ["a", "b"], "followers": [2_000, 3_000], "created_at": [datetime.date(2020, 1, 1)] * 2})
    frame = microfluence.engagement(creators, posts)
    assert len(frame.rejects) == 0
    used = dict(zip(frame.to_arrow()["creator_id"].to_pylist(), frame.to_arrow()["posts_used"].to_pylist()))
    assert used == {"a": 2, "b": 2}, "posts without likes say nothing"


def test_bad_rows_are_counted_and_kept(sample):
    comments = pyarrow.table({"comment_id": ["1", "2", "2", None], "text": ["I love it", "awful", "twice", "no id"], "likes": ["1", "x", "2", "3"]})
    frame = microfluence.sentiment(comments)
    rejects = frame.rejects.to_arrow().to_pylist()
    assert len(frame) + len(rejects) == 4
    assert {(r["line"], r["column"]) for r in rejects} == {(3, "comment_id"), (4, "comment_id")}
    # A fault in an optional cell makes the cell unknown, and is counted.
    assert frame.summary["manifest"]["inputs"][0]["unknown"] == {"likes": 1}
    with pytest.raises(microfluence.InputError) as caught:
        microfluence.sentiment(comments, strict=True)
    assert (caught.value.file, caught.value.line, caught.value.column) == ("comments", 2, "likes")


def test_errors_say_what_and_what_to_do(sample):
    with pytest.raises(microfluence.InputError, match="needs the column \"creator_id\"") as caught:
        microfluence.rank(niche="skincare", creators=pandas.DataFrame({"a": [1]}))
    assert caught.value.hint and caught.value.file == "creators"
    with pytest.raises(microfluence.UsageError, match="min_followers"):
        microfluence.rank(niche="skincare", min_followers=5, tier="nano", **sample)
    with pytest.raises(microfluence.UsageError, match="found int"):
        microfluence.rank(niche="skincare", creators=5)
    with pytest.raises(TypeError, match="nich"):
        microfluence.rank(nich="skincare", **sample)
    with pytest.raises(microfluence.ModelError):
        microfluence.sentiment(sample["comments"], model="/nowhere")
    with pytest.raises(microfluence.UsageError, match="unsupported extension"):
        microfluence.engagement(sample["creators"]).write("table.pdf")


def test_hostile_text_stays_text(sample):
    creators = pandas.DataFrame({"creator_id": ["<script>alert(1)</script>", "b"], "followers": [2000, 3000], "bio": ["skincare"] * 2})
    shown = microfluence.rank(niche="skincare", creators=creators)._repr_html_()
    assert "<script" not in shown and "&lt;script&gt;" in shown


def test_notebooks_show_charts_and_reports(sample):
    ranking = microfluence.rank(niche="skincare", **sample)
    assert ranking._repr_html_().count("<circle") == 20
    niches = microfluence.niches(sample["creators"], sample["posts"])
    assert niches._repr_html_().count("<svg") == 1
    page = microfluence.report(ranking=ranking, niches=niches)
    assert "cr140" in page.html and page._repr_html_().startswith("<iframe")
    with pytest.raises(microfluence.UsageError, match="no part of a report"):
        microfluence.report(rank=ranking)


def test_other_threads_run_meanwhile(sample):
    ticks, stop = [], threading.Event()

    def tick():
        while not stop.is_set():
            ticks.append(time.monotonic())
            time.sleep(0.01)

    beside = threading.Thread(target=tick)
    beside.start()
    start = time.monotonic()
    microfluence.sentiment(sample["comments"], brand="Lumora", no_cache=True)
    seconds = time.monotonic() - start
    stop.set()
    beside.join()
    assert len(ticks) > 10 * seconds, f"{len(ticks)} ticks in {seconds:.1f} s: the interpreter was held"


def test_progress_is_told(sample):
    told = []
    microfluence.sentiment(sample["comments"], brand="Lumora", no_cache=True, progress=lambda done, whole: told.append((done, whole)))
    assert told and all(0 < done <= whole for done, whole in told)

    def refuse(done, whole):
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        microfluence.sentiment(sample["comments"], brand="Lumora", no_cache=True, progress=refuse)


@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C is sent as a signal")
def test_ctrl_c_stops():
    script = textwrap.dedent(
        """
        import microfluence, pyarrow
        n = 400_000
        comments = pyarrow.table({"comment_id": [str(i) for i in range(n)], "text": [f"I love this serum number {i}, it is the best" for i in range(n)]})
        print("ready", flush=True)
        try:
            microfluence.sentiment(comments, no_cache=True, progress=False)
        except KeyboardInterrupt:
            print("stopped", flush=True)
        """
    )
    running = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert running.stdout.readline() == "ready\n"
    time.sleep(2)
    running.send_signal(signal.SIGINT)
    start = time.monotonic()
    assert running.stdout.readline() == "stopped\n"
    assert running.wait(30) == 0
    assert time.monotonic() - start < 10


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_process_works_too(sample):
    microfluence.engagement(sample["creators"])
    child = os.fork()
    if child == 0:
        os._exit(0 if len(microfluence.engagement(sample["creators"])) == 300 else 1)
    for _ in range(300):
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            assert status == 0
            return
        time.sleep(0.1)
    os.kill(child, signal.SIGKILL)
    pytest.fail("the child hangs")


def test_vectors_have_length_one_and_stand_where_their_texts_do():
    table = pyarrow.table(microfluence.embed(["skin care", None, "street food", "skincare"]))
    first, none, food, last = table["vector"].to_pylist()
    assert none is None and len(first) == 384
    assert sum(x * x for x in first) == pytest.approx(1, abs=1e-5)
    near = sum(a * b for a, b in zip(first, last))
    far = sum(a * b for a, b in zip(first, food))
    assert near > far + 0.2


def test_columns_of_texts_come_in_every_kind():
    chunked = pyarrow.chunked_array([["skin care"], [None, "street food"]])
    by_arrow = pyarrow.table(microfluence.embed(chunked))["vector"].to_pylist()
    assert by_arrow == pyarrow.table(microfluence.embed(polars.Series(["skin care", None, "street food"])))["vector"].to_pylist()
    assert len(pyarrow.table(microfluence.embed(pyarrow.array([], pyarrow.string())))) == 0
