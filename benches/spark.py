"""What Spark costs on top of the program: the same comments, the same two cores, the same results.

    python benches/spark.py path/to/microfluence [COMMENTS]

Needs the package microfluence with pyspark, and Java 17. Prints a row for the program and one for a standalone cluster of two workers of one
core each on this machine, whose start is not counted. Every text is another one, so that no cache helps either.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "python" / "tests"))

import microfluence
from cluster import standalone
from microfluence import spark as mfs


def generate(path: Path, comments: int, turn: int) -> None:
    """The sample's comments, each with numbers that make it another text, in this turn and in every other: workers remember what they read."""
    with open(microfluence.sample()["comments"], encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with open(path, "w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, fieldnames=rows[0].keys())
        out.writeheader()
        for i in range(comments):
            row = rows[i % len(rows)]
            out.writerow({**row, "comment_id": f"c{i}", "text": f"{row['text']} {turn} {i}"})


def main() -> None:
    program, comments = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 200_000
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder, "comments.csv")
        with standalone(Path(folder)) as session:
            # The workers' first batch loads the model; a session does that once.
            warm = session.read.csv(microfluence.sample()["comments"], header=True, multiLine=True, escape='"').limit(500)
            mfs.sentiment(warm, brand="Lumora", persist=False, partitions=2).rows.count()
            for turn in range(3):
                generate(table, comments, turn)
                frame = session.read.csv(str(table), header=True, escape='"')
                parquet = str(Path(folder, f"comments-{turn}"))
                frame.repartitionByRange(8, "created_at").write.parquet(parquet)
                start = time.monotonic()
                summary = Path(folder, "summary.json")
                typed = [program, "sentiment", "--comments", f"{parquet}/*.parquet", "--brand", "Lumora", "--threads", "2", "--no-cache", "--quiet"]
                subprocess.run([*typed, "--output", str(Path(folder, "alone.parquet")), "--summary", str(summary)], check=True)
                alone = time.monotonic() - start
                start = time.monotonic()
                said = mfs.sentiment(session.read.parquet(parquet), brand="Lumora")
                said.rows.write.mode("overwrite").parquet(str(Path(folder, "rows")))
                net = said.summary()["brands"][0]["net_sentiment"]
                spark = time.monotonic() - start
                said.unpersist()
                expected = json.loads(summary.read_text())["brands"][0]["net_sentiment"]
                print(f"{comments:,} comments: program {alone:.1f} s, Spark {spark:.1f} s, {100 * (spark / alone - 1):+.0f} %; net sentiment {expected:.3f} and {net:.3f}", flush=True)


if __name__ == "__main__":
    os.environ.setdefault("PYTHONWARNINGS", "ignore")
    main()
