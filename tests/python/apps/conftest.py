"""Real applications over real sockets: every test runs against HyperServe and, as the control, against uvicorn.

A module names its application as `APP` (see `apps.program.App`); all its tests share one server of each kind.
"""

import pytest

from apps.program import Running
from harness.server import Server


@pytest.fixture(scope="module")
def running(kind, request, tmp_path_factory):
    """The module's server. One that needs a folder has a `prepare(folder)`, which returns variables."""
    prepare = getattr(request.module, "prepare", lambda folder: {})
    server = request.module.APP.on(kind, prepare(tmp_path_factory.mktemp("app"))).start()
    yield Running(server)
    _end(server)


@pytest.fixture
def server(running, request) -> Running:
    """The shared server; it outlives the test, which leaves no traceback in the log unless it is marked so."""
    running.set_mark()
    yield running
    log = running.since_mark()
    request.node.add_report_section("teardown", "server log", log)
    assert running.is_running(), f"the server ended:\n{log}"
    if not request.node.get_closest_marker("logs_traceback"):
        assert not running.logged_traceback, f"the server logged a traceback:\n{log}"


@pytest.fixture
def client(server):
    with server.client() as client:
        yield client


def _end(server: Server):
    """Ours ends with 0 and without a word of complaint, whatever the tests have left open."""
    server.set_mark()
    try:
        code = server.terminate(15)
        assert code == (0 if server.is_ours else -15), server.output()
        assert not server.logged_traceback, server.since_mark()
    finally:
        server.kill()
