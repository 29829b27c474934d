"""Probes and counters of `hyperserve.Server` within a program."""

import asyncio
from pathlib import Path

import pytest

from harness import place
from harness.operators import Operator
from harness.waiting import wait_until
from operation import operated_app

if "hyperserve" not in place.names():
    pytest.skip("HYPERSERVE_PYTHON_SERVERS leaves ours out", allow_module_level=True)

OPTIONS = {
    "host": "127.0.0.1", "port": 0, "access_log": False, "health_listen": "127.0.0.1:0", "metrics": "127.0.0.1:0",
}  # fmt: skip


def make(**options):
    import hyperserve

    return hyperserve.Server(operated_app.app, **OPTIONS, **options)


@pytest.fixture(params=["hyperserve", "asyncio"])
def run(request):
    import hyperserve

    factory = {"hyperserve": hyperserve.Loop, "asyncio": asyncio.SelectorEventLoop}[request.param]

    def run(function):
        async def within():
            async with asyncio.timeout(20):
                return await function()

        with asyncio.Runner(loop_factory=factory) as runner:
            return runner.run(within())

    return run


def test_they_are_there_from_the_start_to_the_end(run):
    server = make()
    (probes,), (counters,) = (map(Operator, urls) for urls in (server.health_urls, server.metrics_urls))
    assert len(server.urls) == 1
    assert (probes.status("/livez"), probes.status("/readyz")) == (200, 503), "it does not serve yet"

    async def work():
        served = asyncio.Event()
        serving = asyncio.create_task(server.serve(served.set))
        await served.wait()
        assert await asyncio.to_thread(probes.status, "/readyz") == 200
        assert (await asyncio.to_thread(counters.page)).check().samples("http_requests_in_flight") == [({}, 0.0)]
        server.stop()
        assert await serving is True

    run(work)
    assert probes.status("/livez") is None and counters.status("/metrics") is None


def test_a_server_that_never_serves_leaves_nothing_behind():
    server = make()
    # A thread gives itself its name, a moment after it was made.
    wait_until(lambda: "aside" in names_of_threads(), 10, "the thread of the probes")
    del server
    assert "aside" not in names_of_threads()


def names_of_threads() -> list[str]:
    """Those of the kernel: Python does not know of this one."""
    return [name.read_text().strip() for name in Path("/proc/self/task").glob("*/comm")]


def test_there_is_none_unless_asked_for():
    import hyperserve

    server = hyperserve.Server(operated_app.app, host="127.0.0.1", port=0)
    assert server.health_urls == server.metrics_urls == []
    assert "aside" not in names_of_threads()
