"""What the tests share: the sample, and the program to compare with."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

import microfluence


@pytest.fixture(scope="session")
def sample() -> dict[str, str]:
    return microfluence.sample()


@pytest.fixture(scope="session")
def program():
    """The program's output for a command, as bytes; skipped where there is no program, which is said."""
    path = os.environ.get("MICROFLUENCE_PROGRAM") or shutil.which("microfluence")
    if not path:
        pytest.skip("there is no program to compare with: set MICROFLUENCE_PROGRAM to its path")

    def run(arguments: list[str], output: Path) -> bytes:
        subprocess.run([path, *arguments, "--quiet", "--output", str(output)], check=True, stdout=subprocess.DEVNULL)
        return output.read_bytes()

    return run
