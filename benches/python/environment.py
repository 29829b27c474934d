"""A virtual environment for each Python: the peers at pinned versions, and the package as a user gets it.

The package is a wheel that maturin builds in the release profile; it is built and installed anew for each run, which is
quick when nothing has changed.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from paths import HERE, ROOT, TOOLS

REQUIREMENTS = HERE / "requirements.txt"
WHEELS = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "wheels" / "bench"
PIP = ("-m", "pip", "--quiet", "--no-input", "--disable-pip-version-check", "install")
FOREIGN = re.compile("HS_|UVICORN_|GRANIAN_|PYTHON|WEB_CONCURRENCY")
"""Variables that would change what is measured: settings of the servers and of the interpreter."""


@dataclass(frozen=True)
class Environment:
    """Where the servers of one Python are found."""

    version: str
    python: Path
    package: Path | None = None
    """A folder with the package to use in place of the installed one."""
    versions: dict[str, str] = field(default_factory=dict, compare=False)

    @property
    def variables(self) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not FOREIGN.match(name)}
        return clean | ({"PYTHONPATH": str(self.package)} if self.package else {})

    def extension(self) -> Path:
        """The compiled half of the package, which must not change during a run."""
        code = "import hyperserve._core as core; print(core.__file__)"
        return Path(output([self.python, "-c", code], env=self.variables).strip())


def ensure(version: str, ours: bool, package: Path | None) -> Environment:
    """The environment of Python `version`; with the package if it is `ours` that is to run too."""
    directory = TOOLS / f"bench-python-{version}"
    python = directory / "bin" / "python"
    stamp, pinned = directory / "requirements.txt", REQUIREMENTS.read_text()
    if not python.exists() or not stamp.exists() or stamp.read_text() != pinned:
        run([interpreter(version), "-m", "venv", "--clear", directory])
        run([python, *PIP, "--requirement", REQUIREMENTS])
        stamp.write_text(pinned)
    if ours and package is None:
        install_wheel(python, version)
    return Environment(version, python, package, installed(python))


def interpreter(version: str) -> Path:
    """The first `python3.N` that is one: on the path, or under pyenv, whose stand-ins may lead nowhere."""
    home = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    under_pyenv = sorted(home.glob(f"versions/{version}.*/bin/python{version}"))
    for candidate in [Path(f"python{version}"), *reversed(under_pyenv)]:
        try:
            output([candidate, "-c", "import venv"])
            return candidate
        except (OSError, subprocess.CalledProcessError):
            continue
    raise SystemExit(f"there is no Python {version}, neither on the path nor under pyenv")


def install_wheel(python: Path, version: str) -> None:
    wheels = WHEELS / version
    manifest = ROOT / "crates" / "python" / "Cargo.toml"
    for old in wheels.glob("*.whl"):
        old.unlink()
    maturin = [python.parent / "maturin", "build", "--release", "--locked", "--quiet", "--out", wheels]
    run([*maturin, "--interpreter", python, "--manifest-path", manifest])
    (wheel,) = wheels.glob("*.whl")
    run([python, *PIP, "--force-reinstall", "--no-deps", wheel])


def installed(python: Path) -> dict[str, str]:
    """Versions of Python and of everything in its environment."""
    code = (
        "import json, platform; from importlib.metadata import distributions; "
        "print(json.dumps({'python': platform.python_version(), **{d.name: d.version for d in distributions()}}))"
    )
    return json.loads(output([python, "-c", code]))


def run(command: list[object]) -> None:
    if subprocess.run([str(word) for word in command], cwd=ROOT).returncode != 0:
        raise SystemExit(f"failed: {' '.join(map(str, command))}")


def output(command: list[object], env: dict[str, str] | None = None) -> str:
    words = [str(word) for word in command]
    return subprocess.run(words, capture_output=True, text=True, check=True, env=env).stdout
