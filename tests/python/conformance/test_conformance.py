"""The cases of `spec/cases` against the app beside this file, played by the runner of the Rust face."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from harness import place

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
MINUTES = 15


@pytest.mark.ours
@pytest.mark.timeout(MINUTES * 60 + 10)
@pytest.mark.skipif(shutil.which("cargo") is None, reason="the runner is built by cargo")
def test_cases(kind):
    environment = {
        **os.environ,
        "HYPERSERVE_CONFORMANCE_EXE": f"{sys.executable} {HERE / 'app.py'}",
        "HYPERSERVE_CONFORMANCE_CASES": str(HERE / "cases.toml"),
        "PYTHONPATH": place.package_path(),
    }
    ended = subprocess.run(
        ["cargo", "test", "--quiet", "--package", "hyperserve-tests", "--test", "conformance"],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=MINUTES * 60,
    )
    said = ended.stdout.partition("failures:")[2] or ended.stderr
    assert ended.returncode == 0, said[-20_000:]
