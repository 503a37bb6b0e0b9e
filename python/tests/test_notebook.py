"""The example runs from its first cell to its last, and shows what it says."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbclient import NotebookClient

EXAMPLES = Path(__file__).parent.parent / "examples"


def test_the_example_runs(tmp_path):
    notebook = nbformat.read(EXAMPLES / "first-steps.ipynb", as_version=4)
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = [output.get("data", {}).get("text/html", "") for cell in notebook.cells for output in cell.get("outputs", [])]
    assert sum("<svg" in html for html in shown) >= 3, "ranking, sentiment and niches have their charts"
    assert any(html.startswith("<iframe") for html in shown)
    assert (tmp_path / "report.html").stat().st_size > 100_000
    printed = "".join(output.get("text", "") for cell in notebook.cells for output in cell.get("outputs", []))
    assert printed.count("- ") >= 3, "the first one's reasons"
