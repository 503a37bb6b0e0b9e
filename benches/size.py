"""What a run costs by its size: tables of any number of rows, and the program's time and peak memory over them.

    python3 benches/size.py tables FOLDER [--creators N] [--posts N] [--comments N]
    python3 benches/size.py measure PROGRAM FOLDER STAGE... [--cache]      STAGE: sentiment, engagement, authenticity, niches, rank, plan

The tables are made of the sample's sentences, two in a bio or a caption, and of its comments with a number behind each; a fifth of each column's texts
are distinct ones. `measure` prints a row per stage: seconds of the wall clock and of both cores, and the most memory that was
resident. It reads every text anew, or with --cache keeps the models' answers in FOLDER/cache from stage to stage; it needs a POSIX system.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

SAMPLE = Path(__file__).parent.parent / "datasets" / "sample"
DAY = 86_400
#: 2026-06-01, the last day of the tables, in Unix seconds.
LAST = 1_780_272_000


def sample(table: str) -> list[dict[str, str]]:
    with open(SAMPLE / f"{table}.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def sentences(texts: Iterator[str]) -> list[str]:
    """Every sentence once, in the order of the table."""
    return list(dict.fromkeys(part.strip() for text in texts for part in re.split(r"(?<=[.!?|])\s+", text) if len(part) > 8))


def two_of(parts: list[str], i: int) -> str:
    """The i-th of all pairs of sentences, neighbours far apart."""
    draw = random.Random(i)
    return f"{draw.choice(parts)} {draw.choice(parts)}"


def write(path: Path, header: list[str], rows: Iterator[tuple]) -> None:
    with open(path, "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(header)
        out.writerows(rows)


def creators(n: int) -> Iterator[tuple]:
    known = sample("creators")
    by_language = {}
    for row in known:
        by_language.setdefault(row["language"], []).append(row["bio"])
    parts = {language: sentences(bios) for language, bios in by_language.items()}
    draw = random.Random(1)
    for i in range(n):
        like = known[i % len(known)]
        followers = int(10 ** draw.uniform(2.7, 5.7))
        bio = two_of(parts[like["language"]], i % max(1, n // 5)) if parts[like["language"]] else ""
        yield (
            f"cr{i}", followers, like["platform"], f"{like['handle'].rsplit('_', 1)[0]}_{i}", bio, draw.randint(50, 3000), draw.randint(10, 2000),
            like["language"], int(followers**0.5 * 2), "USD",
        )  # fmt: skip


def posts(n: int, creators: int) -> Iterator[tuple]:
    known = sample("posts")
    parts = sentences(row["caption"] for row in known)
    draw = random.Random(2)
    for i in range(n):
        like = known[draw.randrange(len(known))]
        scale = draw.lognormvariate(0, 0.5)
        count = lambda column: int(float(like[column] or 0) * scale)  # noqa: E731
        yield (
            f"p{i}", f"cr{i % creators}", LAST - draw.randrange(360 * DAY), two_of(parts, i % max(1, n // 5)), like["hashtags"], like["media_type"],
            count("likes"), count("comments"), count("shares"), count("saves"), count("views"),
        )  # fmt: skip


def comments(n: int, posts: int, creators: int) -> Iterator[tuple]:
    known = list(dict.fromkeys(row["text"] for row in sample("comments")))
    draw = random.Random(3)
    for i in range(n):
        post = draw.randrange(max(1, posts))
        of = i % max(1, n // 5)
        text = f"{known[of % len(known)]} {of // len(known)}"
        yield f"c{i}", text, f"p{post}", f"cr{post % max(1, creators)}", f"u{draw.randrange(max(1, n // 4))}", LAST - draw.randrange(180 * DAY), draw.randint(0, 9)


def tables(folder: Path, sizes: argparse.Namespace) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    write(
        folder / "creators.csv",
        ["creator_id", "followers", "platform", "handle", "bio", "following", "posts_count", "language", "price", "currency"],
        creators(sizes.creators),
    )
    write(
        folder / "posts.csv",
        ["post_id", "creator_id", "published_at", "caption", "hashtags", "media_type", "likes", "comments", "shares", "saves", "views"],
        posts(sizes.posts, sizes.creators),
    )
    write(
        folder / "comments.csv",
        ["comment_id", "text", "post_id", "creator_id", "author_id", "created_at", "likes"],
        comments(sizes.comments, sizes.posts, sizes.creators),
    )


def measure(program: str, folder: Path, stages: list[str], cache: bool) -> None:
    creators_posts = ["--creators", str(folder / "creators.csv"), "--posts", str(folder / "posts.csv")]
    comments = ["--comments", str(folder / "comments.csv")]
    typed = {
        "sentiment": [*comments, "--brand", "Lumora"],
        "engagement": creators_posts,
        "authenticity": creators_posts,
        "niches": creators_posts,
        "rank": [*creators_posts, "--niche", "skincare", "--top", "1000"],
        "plan": [*creators_posts, "--niche", "skincare", "--budget", "100000"],
    }
    for stage in stages:
        start = time.monotonic()
        command = [program, stage, *typed[stage], "--quiet", "--output", str(folder / f"{stage}.parquet"), "--summary", str(folder / f"{stage}.json")]
        running = subprocess.Popen(command + ([] if cache else ["--no-cache"]), env={**os.environ, "MICROFLUENCE_CACHE": str(folder / "cache")})
        _, status, used = os.wait4(running.pid, 0)
        wall = time.monotonic() - start
        if status != 0:
            sys.exit(f"{stage}: exit status {os.waitstatus_to_exitcode(status)}")
        cores = used.ru_utime + used.ru_stime
        print(f"{stage}: {wall:.1f} s, {cores:.1f} s of cores, {used.ru_maxrss / 1024:,.0f} MiB at its peak", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    does = parser.add_subparsers(dest="does", required=True)
    make = does.add_parser("tables")
    make.add_argument("folder", type=Path)
    for table, rows in (("creators", 100_000), ("posts", 200_000), ("comments", 1_000_000)):
        make.add_argument(f"--{table}", type=int, default=rows)
    run = does.add_parser("measure")
    run.add_argument("program")
    run.add_argument("folder", type=Path)
    run.add_argument("stages", nargs="+")
    run.add_argument("--cache", action="store_true")
    given = parser.parse_args()
    if given.does == "tables":
        tables(given.folder, given)
    else:
        measure(given.program, given.folder, given.stages, given.cache)


if __name__ == "__main__":
    main()
