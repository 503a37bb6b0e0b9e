"""What the pages show of Python runs, from an installed package in an empty folder."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
#: Spark's example wants a cluster; test_spark.py has its calls.
PAGES = [
    (path.name, block)
    for path in (ROOT / "python" / "README.md", ROOT / "docs" / "python.md")
    for block in re.findall(r"```python\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL)
    if "SparkSession" not in block
]


@pytest.mark.parametrize(("page", "block"), PAGES)
def test_it_runs(page, block, tmp_path):
    done = subprocess.run([sys.executable, "-c", block], cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, f"{page}: {done.stderr}"


def test_the_first_lines_print_the_samples_ranking(tmp_path):
    _, block = PAGES[0]
    printed = subprocess.run([sys.executable, "-c", block], cwd=tmp_path, capture_output=True, text=True, check=True).stdout.splitlines()
    assert printed[0].split() == ["rank", "creator_id", "score"]
    assert [line.split()[1] for line in printed[1:]] == ["1", "2", "3", "4", "5"]
