"""What a command gives: a table that every Arrow reader takes, with its summary and evidence."""

from __future__ import annotations

import html
import json
import os
from typing import TYPE_CHECKING, Any

from . import charts

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

    from ._native import Table

_SHOWN = 20


class Frame:
    """A table with what belongs to it.

    Anything that reads Arrow by the PyCapsule interface takes it as it is, without a copy: ``pyarrow.table(frame)``,
    ``polars.DataFrame(frame)``, ``duckdb``'s relations. In a notebook it shows itself with its chart.
    """

    def __init__(
        self,
        table: Table,
        *,
        command: str = "",
        summary: dict[str, Any] | None = None,
        text: str = "",
        log: list[str] | None = None,
        tables: dict[str, Table] | None = None,
    ) -> None:
        self._table = table
        self._command = command
        self._tables = tables or {}
        #: The summary document, as the program's ``--summary`` writes it; its key ``manifest`` says what was read, by which models.
        self.summary: dict[str, Any] = summary or {}
        #: The result as the program prints it for people.
        self.text: str = text
        #: What was said on the way: rows read, rejected and repeated, texts in languages that no model reads.
        self.log: list[str] = log or []

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._table.__arrow_c_stream__(requested_schema)

    def __len__(self) -> int:
        return len(self._table)

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return self._table.column_names

    def _beside(self, name: str) -> Frame | None:
        table = self._tables.get(name)
        return None if table is None else Frame(table)

    @property
    def rejects(self) -> Frame:
        """The rows that could not be used: file, line, column, value and reason. Rows in are rows used and rejected."""
        rejects = self._beside("rejects")
        assert rejects is not None, "every command asks for it"
        return rejects

    @property
    def excluded(self) -> Frame | None:
        """Of a ranking or plan: the creators who were left out, with the reason."""
        return self._beside("excluded")

    @property
    def safety_hits(self) -> Frame | None:
        """Of a ranking or of ``safety``: every sighting of brand-unsafe content, with post, date and quotation."""
        return self._beside("safety_hits")

    @property
    def comments(self) -> Frame | None:
        """Of ``authenticity`` with comments: how much each reads like spam, and why."""
        return self._beside("comment_output")

    @property
    def daily(self) -> Frame | None:
        """Of ``lift``: observed and counterfactual, day by day."""
        return self._beside("daily")

    def to_arrow(self) -> pyarrow.Table:
        """As a ``pyarrow.Table``, without a copy."""
        import pyarrow

        return pyarrow.table(self)

    def to_pandas(self) -> pandas.DataFrame:
        """As a pandas frame; needs pyarrow too."""
        return self.to_arrow().to_pandas()

    def to_polars(self) -> polars.DataFrame:
        """As a polars frame, without a copy."""
        import polars

        return polars.DataFrame(self)

    def write(self, path: str | os.PathLike[str]) -> None:
        """Writes the bytes that the program's ``--output`` would: ``.csv``, ``.jsonl`` or ``.parquet``, the first two also with ``.gz`` or ``.zst``.

        Raises ``UsageError`` for another ending and ``FileError`` where nothing can be written; a file appears whole or not at all.
        """
        self._table.write(os.fspath(path))

    def write_summary(self, path: str | os.PathLike[str]) -> None:
        """Writes the summary document as JSON."""
        with open(path, "w", encoding="utf-8") as out:
            json.dump(self.summary, out, ensure_ascii=False, indent=2)
            out.write("\n")

    def __repr__(self) -> str:
        rows = f"{len(self):,} row{'' if len(self) == 1 else 's'}: {', '.join(self.columns)}"
        return f"{self.text}\n\n{rows}" if self.text else rows

    def _repr_html_(self) -> str:
        return "".join(self._charts()) + self._html_table()

    def _html_table(self) -> str:
        head = "".join(f"<th>{html.escape(name)}</th>" for name in self.columns)
        body = "".join(
            "<tr>" + "".join(f"<td>{html.escape(_short(cell))}</td>" for cell in row) + "</tr>" for row in self._table.head(_SHOWN)
        )
        left = len(self) - _SHOWN
        more = f"<p>{left:,} more rows</p>" if left > 0 else ""
        return f'<div style="overflow-x:auto"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>{more}'

    def _rows(self, names: list[str], most: int) -> list[list[Any]]:
        at = [self.columns.index(name) for name in names]
        return [[row[i] for i in at] for row in self._table.head(most)]

    def _charts(self) -> list[str]:
        drawn: list[str] = []
        if self._command == "rank":
            rows = self._rows(["creator_id", "score", "score_lower", "score_upper"], _SHOWN)
            drawn.append(charts.intervals(_numbers(rows), "Score with its 90 % interval"))
        elif self._command == "engagement" and "expected_engagement_rate" in self.columns:
            rows = self._rows(["creator_id", "expected_engagement_rate", "lower_90", "upper_90"], _SHOWN)
            drawn.append(charts.intervals(_numbers(rows), "Expected engagement rate of the next post, 90 % interval", percent=True))
        elif self._command == "niches":
            points = self._rows(["x", "y", "niche"], 4000)
            drawn.append(charts.scatter([(float(x), float(y), n or "none") for x, y, n in points if x and y], "Creators by what they post about"))
        elif self._command == "sentiment":
            for brand in self.summary.get("brands", [])[:3]:
                name = brand.get("brand") or "whole text"
                uncorrected = brand.get("method") == "uncorrected"
                ends = ("sampling_lower", "sampling_upper") if uncorrected else ("net_sentiment_lower", "net_sentiment_upper")
                periods = [
                    (p.get("period", ""), p.get("net_sentiment"), p.get(ends[0]), p.get(ends[1]))
                    for p in brand.get("by_period", [])[-24:]
                ]
                whole = ("all", brand.get("net_sentiment"), brand.get(ends[0]), brand.get(ends[1]))
                error = brand.get("model_error")
                range_of = f"sampling range, uncorrected, model error {error or 0:.0f}" if uncorrected else "95 % interval"
                drawn.append(charts.intervals([*periods, whole], f"Net sentiment: {name}, points with {range_of}"))
        elif self._command == "campaign":
            creators = self.summary.get("creators", [])[:_SHOWN]
            ratios = [(c["creator_id"], c.get("roi"), c.get("roi_lower"), c.get("roi_upper")) for c in creators]
            drawn.append(charts.intervals(ratios, "Return on investment with its interval"))
        elif self._command == "authenticity":
            rows = self._rows(["creator_id", "authenticity"], _SHOWN)
            drawn.append(charts.intervals(_numbers([[*row, None, None] for row in rows]), "Authenticity, 0 to 1"))
        return [f"<div>{svg}</div>" for svg in drawn if svg]


class Page:
    """A report: one HTML page that needs nothing else. A notebook shows it in place; ``write`` keeps it."""

    def __init__(self, html: str) -> None:
        #: The page.
        self.html = html

    def write(self, path: str | os.PathLike[str]) -> None:
        """Writes the page."""
        with open(path, "w", encoding="utf-8") as out:
            out.write(self.html)

    def __repr__(self) -> str:
        return f"a report of {len(self.html) // 1000:,} kB; write(path) keeps it"

    def _repr_html_(self) -> str:
        return (
            f'<iframe srcdoc="{html.escape(self.html)}" sandbox="allow-scripts" title="Report" '
            'style="width:100%;height:800px;border:1px solid #8886"></iframe>'
        )


def _short(cell: str | None) -> str:
    if cell is None:
        return ""
    try:
        number = float(cell)
    except ValueError:
        return cell if len(cell) <= 80 else cell[:79] + "…"
    return f"{number:.4g}" if "." in cell else cell


def _number(cell: str | None) -> float | None:
    return None if cell is None else float(cell)


def _numbers(rows: list[list[Any]]) -> list[charts.Row]:
    return [(row[0] or "", _number(row[1]), _number(row[2]), _number(row[3])) for row in rows]

