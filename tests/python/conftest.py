"""Fixtures of the suites of the Python face: each test runs against our server and, as the control, against uvicorn.

`kind`      name of the server at hand; a test that asks for it, or for `serve` or `server`, runs once for each
`serve`     starts a server of that kind: `serve("app:app", "--flag", "value", folder=…)`; it ends with the test
`server`    a server for the module's own `APP` and `FLAGS`, shared by the module's tests
`only_ours` as `serve`, of our kind

The variable HYPERSERVE_PYTHON_SERVERS (`hyperserve,uvicorn`) limits the kinds.
"""

import asyncio
from pathlib import Path

import pytest

from harness import place
from harness.pool import Pool
from harness.server import Server

place.import_path()


def pytest_generate_tests(metafunc):
    if "kind" in metafunc.fixturenames:
        ours_only = metafunc.definition.get_closest_marker("ours") is not None
        kinds = [name for name in place.names() if name == "hyperserve" or not ours_only]
        metafunc.parametrize("kind", kinds, indirect=True, scope="session")


@pytest.fixture(scope="session")
def kind(request) -> str:
    return request.param


@pytest.fixture(scope="session")
def pool():
    """Servers that several tests share. At the end each must stop on SIGTERM."""
    pool = Pool()
    yield pool
    pool.close()


@pytest.fixture
def serve(kind, request):
    """Starts servers of the kind at hand; afterwards no traceback may stand in their logs, unless the test says so."""
    yield from _starter(request, kind)


@pytest.fixture
def only_ours(request):
    if "hyperserve" not in place.names():
        pytest.skip("HYPERSERVE_PYTHON_SERVERS leaves ours out")
    yield from _starter(request, "hyperserve")


def _starter(request, kind):
    started: list[Server] = []

    def start(app: str, *flags, folder=None, wait: bool = True, **options) -> Server:
        server = Server(kind, app, *flags, folder=folder or request.path.parent, **options)
        started.append(server)
        return server.start() if wait else server.spawn()

    yield start
    outputs = [server.output() for server in started]
    tracebacks = [server.output() for server in started if server.logged_traceback]
    for server in started:
        server.kill()
    _show(outputs)
    _check(request, tracebacks)


@pytest.fixture
def server(kind, pool, request) -> Server:
    """The shared server of the module: `APP` is `module:attribute` beside the test, `FLAGS` its flags, if any."""
    module = request.module
    flags = [*getattr(module, "FLAGS", ())]
    server = pool.get(kind, module.APP, flags, Path(request.path).parent)
    server.set_mark()
    yield server
    _show([server.since_mark()])
    assert server.is_running(), f"{kind} ended with {server.process.returncode}:\n{server.output()}"
    _check(request, [server.since_mark()] if server.logged_traceback else [])


def _show(outputs):
    """pytest shows what is printed when the test has failed."""
    for output in outputs:
        print(output)


def _check(request, tracebacks):
    if request.node.get_closest_marker("logs_traceback") is None:
        assert not tracebacks, f"the server logged a traceback:\n{tracebacks[0]}"


@pytest.fixture
def until():
    """`await until(condition)`: waits within a running loop for what comes by itself."""

    async def wait(condition, seconds: float = 5):
        async with asyncio.timeout(seconds):
            while not (value := condition()):
                await asyncio.sleep(0.01)
        return value

    return wait
