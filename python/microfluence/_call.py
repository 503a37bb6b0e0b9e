"""From Python's arguments to the program's, and back."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from . import _native
from .errors import UsageError
from .frame import Frame

#: What stands for a table: anything with the Arrow PyCapsule interface (pyarrow, polars, pandas, duckdb, a ``Frame``), a path or glob, or several of these.
TableLike = Any
Progress = Callable[[int, int], object]

#: Options of every command.
COMMON = frozenset({
    "seed", "threads", "map", "strict", "decimal", "dates", "model", "languages", "embedding_model", "no_cache", "hash_ids",
})  # fmt: skip

#: Where the setting of a further table has another name in a command.
_BESIDE = {("safety", "safety_hits"): "hits"}


def command(
    name: str,
    tables: Mapping[str, TableLike],
    options: Mapping[str, Any],
    *,
    beside: Iterable[str] = (),
    progress: bool | Progress = True,
    read: Callable[[str, Any], Any] | None = None,
) -> Frame:
    """Runs a command of the program on tables; ``beside`` names the further tables that it is asked for, ``read`` has texts
    read elsewhere."""
    settings: dict[str, Any] = {}
    handed_over: dict[str, Any] = {}
    for table, value in tables.items():
        if value is None:
            continue
        parts = value if isinstance(value, (list, tuple)) else [value]
        settings[table] = [_table(table if i == 0 else f"{table}_{i + 1}", part, handed_over) for i, part in enumerate(parts)]
    settings.update({option.strip("_"): _value(value) for option, value in options.items() if value is not None})
    settings.update({_BESIDE.get((name, extra), extra): f"memory:{extra}" for extra in beside})
    settings["output"] = "memory:table"
    made, document, text, log = _native.call(name, json.dumps(settings), handed_over, _teller(progress), read)
    table = made.pop("table")
    return Frame(table, command=name, summary=json.loads(document), text=text, log=log, tables=made)


def _table(name: str, value: TableLike, handed_over: dict[str, Any]) -> str:
    if isinstance(value, (str, os.PathLike)):
        return os.fspath(value)
    if not (hasattr(value, "__arrow_c_stream__") or hasattr(value, "__arrow_c_array__")):
        raise UsageError(
            f"{name}: expected a table or a path, found {type(value).__name__}",
            hint="anything with the Arrow PyCapsule interface will do: pyarrow, polars, pandas 2.2 or later with pyarrow",
        )
    handed_over[name] = value
    return f"memory:{name}"


def _value(value: Any) -> Any:
    """A setting as JSON has it."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, Mapping):
        # Weights, rates and aliases: names with what they are worth.
        return {str(key): _value(worth) for key, worth in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_value(item) for item in value]
    # Dates and times are read as ISO 8601, numbers of other libraries and paths as they print themselves.
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _teller(progress: bool | Progress) -> Progress | None:
    if callable(progress):
        return progress
    return _Bar() if progress and (sys.stderr.isatty() or _in_notebook()) else None


def _in_notebook() -> bool:
    shell = sys.modules.get("IPython")
    return shell is not None and type(shell.get_ipython()).__name__ == "ZMQInteractiveShell"


class _Bar:
    """A line with rate and time left, on the terminal or under a notebook's cell."""

    def __init__(self) -> None:
        self.start = time.monotonic()
        self.display: Any = None
        self.last = 0

    def __call__(self, done: int, whole: int) -> None:
        if done < self.last:
            self.start = time.monotonic()
        self.last = done
        if whole < 2_000:
            return
        rate = done / max(time.monotonic() - self.start, 1e-3)
        line = f"{done:,} of {whole:,} texts read, {rate:,.0f} a second, {(whole - done) / max(rate, 1e-3):,.0f} s left"
        if not _in_notebook():
            print(f"\r{line}   ", end="\n" if done >= whole else "", file=sys.stderr, flush=True)
            return
        from IPython.display import display

        data = {"text/plain": line}
        if self.display is None:
            self.display = display(data, raw=True, display_id=True)
        else:
            self.display.update(data, raw=True)
