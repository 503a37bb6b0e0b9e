"""Scores a folder of comments on a Spark cluster, and ends with the statuses of the program.

    spark-submit score.py COMMENTS BRAND OUT

COMMENTS is a folder of Parquet files. OUT/rows and OUT/rejects (Parquet) and OUT/summary (one line of JSON) are written; OUT must not be
there yet, so that a job names the day in it and no night overwrites another. Every worker needs the package microfluence.
"""

from __future__ import annotations

import json
import sys

from microfluence import InputError, UsageError
from microfluence import spark as mfs
from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession

#: Share of rows that may be rejected.
MOST_REJECTED = 0.1


def score(session: SparkSession, comments: str, brand: str, out: str) -> int:
    """Writes the results and gives the exit status."""
    said = mfs.sentiment(session.read.parquet(comments), brand=brand)
    said.rows.write.parquet(f"{out}/rows")
    said.rejects.write.parquet(f"{out}/rejects")
    summary = said.summary()
    session.createDataFrame([(json.dumps(summary),)], ["value"]).coalesce(1).write.text(f"{out}/summary")
    rows, rejects = said.rows.count(), said.rejects.count()
    print(f"{rows} rows scored or passed over, {rejects} rejected", file=sys.stderr)
    if rejects > MOST_REJECTED * (rows + rejects):
        print(f"error: {rejects} of {rows + rejects} rows were rejected; {out}/rejects says why", file=sys.stderr)
        return 3
    return 0


def main() -> int:
    if len(sys.argv) != 4:
        print(__doc__, file=sys.stderr)
        return 2
    session = SparkSession.builder.appName("microfluence").getOrCreate()
    try:
        return score(session, *sys.argv[1:])
    except (AnalysisException, InputError, UsageError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    finally:
        session.stop()


if __name__ == "__main__":
    sys.exit(main())
