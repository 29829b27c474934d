"""Types: the package is sound under `mypy --strict`, and what it says of itself, the extension module included, is so."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness import place

ROOT = Path(__file__).resolve().parents[3]
SEVERAL_SECONDS = 240

pytestmark = [
    pytest.mark.timeout(SEVERAL_SECONDS + 10),
    pytest.mark.skipif(importlib.util.find_spec("mypy") is None, reason="mypy is not installed"),
]


def check(*words: str, folder: Path) -> str:
    """What the module of mypy finds; empty if nothing."""
    environment = {**os.environ, "MYPYPATH": str(folder), "PYTHONPATH": str(folder)}
    ended = subprocess.run(
        [sys.executable, "-m", *words],
        env=environment,
        cwd=ROOT / "tests",
        capture_output=True,
        text=True,
        timeout=SEVERAL_SECONDS,
    )
    return "" if ended.returncode == 0 else ended.stdout + ended.stderr


@pytest.fixture
def package() -> Path:
    """The folder with the package and its extension module."""
    return Path(place.package_path() or Path(importlib.util.find_spec("hyperserve").origin).parents[1])


def test_the_package_is_strict(package, tmp_path):
    assert check("mypy", "--strict", "--cache-dir", str(tmp_path), "-p", "hyperserve", folder=package) == ""


def test_the_stubs_are_true(package):
    assert check("mypy.stubtest", "hyperserve", folder=package) == ""


def test_programs_that_use_the_package(package, tmp_path):
    """What people write is understood, and what is wrong is told."""
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    found = check("mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), str(program), folder=package)
    lines = {int(line.split(":")[1]) for line in found.splitlines() if ": error:" in line}
    wrong = {number for number, line in enumerate(PROGRAM.splitlines(), 1) if line.endswith("# wrong")}
    assert lines == wrong, found


PROGRAM = """\
import asyncio

import hyperserve


async def app(scope: object, receive: object, send: object) -> None: ...


async def serve() -> None:
    server = hyperserve.Server(app, port=0)
    urls: list[str] = server.urls
    clean: bool = await server.serve()
    server.stop()
    server.urls = []  # wrong
    server.halt()  # wrong


asyncio.Runner(loop_factory=hyperserve.Loop)
hyperserve.run("main:app", port=80)
hyperserve.run()  # wrong
count: int = hyperserve.__version__  # wrong
"""
