"""Where the package under test is: as `cargo xtask` placed it, or as a person built it into the source tree."""

import importlib.util
import os
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
ROOT = TESTS.parents[1]
SOURCE = ROOT / "crates" / "python" / "python"


def package_path() -> str:
    """The folder that holds `hyperserve`: named by HYPERSERVE_PYTHON_PATH, else the source tree if the extension lies
    there; empty where the package is installed, or missing."""
    if named := os.environ.get("HYPERSERVE_PYTHON_PATH"):
        return named
    tag = sys.implementation.cache_tag  # cpython-311
    return str(SOURCE) if any((SOURCE / "hyperserve").glob(f"_core*{tag}*.so")) else ""


def import_path() -> None:
    """Makes `import hyperserve` find the package under test in this process."""
    if (path := package_path()) and path not in sys.path:
        sys.path.insert(0, path)


def is_there() -> bool:
    """Whether the package can be imported at all."""
    import_path()
    return importlib.util.find_spec("hyperserve") is not None


def names() -> list[str]:
    """The servers to test: HYPERSERVE_PYTHON_SERVERS, else ours and the control."""
    return os.environ.get("HYPERSERVE_PYTHON_SERVERS", "hyperserve,uvicorn").split(",")
