"""Every way in which a server can drive an application: our loops and our two sorts of tasks; the control's two loops."""

import os

import pytest

from harness import place
from harness.server import Server

#: Name, kind and flags.
VARIANTS = {
    "ours": ("hyperserve", []),
    "ours-real-task": ("hyperserve", ["--task", "real"]),
    "ours-io-threads": ("hyperserve", ["--io-threads", "2"]),
    "ours-asyncio": ("hyperserve", ["--loop", "asyncio"]),
    "ours-uvloop": ("hyperserve", ["--loop", "uvloop"]),
    "uvicorn-asyncio": ("uvicorn", ["--loop", "asyncio"]),
    "uvicorn-uvloop": ("uvicorn", ["--loop", "uvloop"]),
}


def pytest_generate_tests(metafunc):
    if "variant" in metafunc.fixturenames:
        names = [name for name, (kind, _) in VARIANTS.items() if kind in place.names()]
        metafunc.parametrize("variant", names, indirect=True, scope="session")


@pytest.fixture(scope="session")
def variant(request) -> str:
    return request.param


@pytest.fixture
def server(variant, pool, request) -> Server:
    """The shared server of a variant."""
    kind, flags = VARIANTS[variant]
    server = pool.get(kind, "semantics.app:app", flags, request.path.parent)
    server.set_mark()
    yield server
    print(server.since_mark())
    assert server.is_running(), f"{variant} ended with {server.process.returncode}:\n{server.output()}"


@pytest.fixture
def start(variant, request):
    """Starts a server of a variant that ends with the test."""
    started = []

    def start(app: str, **options) -> Server:
        kind, flags = VARIANTS[variant]
        started.append(Server(kind, app, *flags, folder=request.path.parent, **options))
        return started[-1].start()

    yield start
    for server in started:
        print(server.output())
        server.kill()


@pytest.fixture
def journal(tmp_path, monkeypatch):
    """The lines that the application of tests/python/asgi writes."""
    path = tmp_path / "journal"
    path.touch()
    monkeypatch.setitem(os.environ, "JOURNAL", str(path))
    return lambda: path.read_text().splitlines()
