"""Fixtures of the end-to-end suites: servers that end with their test, and certificates."""

import pytest

from harness.certificates import Authority
from harness.server import Server


@pytest.fixture
def serve():
    """Starts servers: `serve("--listen", "127.0.0.1:0", head_timeout="1s")`. What still runs afterwards is killed."""
    started = []

    def start(*arguments, **options):
        server = Server(*arguments, **options)
        started.append(server)
        return server.start()

    yield start
    for server in started:
        server.kill()


@pytest.fixture
def refused():
    """Starts a server that must not start, and returns what it says of that."""

    def start(*arguments, **options) -> str:
        server = Server(*arguments, **options).spawn()
        try:
            assert server.exit_code() == 2
            return server.stderr()
        finally:
            server.kill()

    return start


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("tls"))
