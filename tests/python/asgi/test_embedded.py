"""`hyperserve.Server` within a program that has a loop of its own: ours, asyncio's or uvloop's."""

import asyncio

import pytest

from asgi import request_app
from harness import place
from harness.asgi import Routes
from harness.checks import ask_self

if "hyperserve" not in place.names():
    pytest.skip("HYPERSERVE_PYTHON_SERVERS leaves ours out", allow_module_level=True)

OPTIONS = {"host": "127.0.0.1", "port": 0, "access_log": False}


@pytest.fixture(params=["hyperserve", "asyncio", "uvloop"])
def run(request):
    """`run(coroutine_function)` on each loop, for at most twenty seconds."""
    import hyperserve
    import uvloop

    factories = {"hyperserve": hyperserve.Loop, "asyncio": asyncio.SelectorEventLoop, "uvloop": uvloop.new_event_loop}

    def run(function):
        async def within():
            async with asyncio.timeout(20):
                return await function()

        with asyncio.Runner(loop_factory=factories[request.param]) as runner:
            return runner.run(within())

    return run


def make(app, **options):
    import hyperserve

    return hyperserve.Server(app, **OPTIONS, **options)


async def ask(server, target: str = "/ready") -> bytes:
    host, port = server.urls[0].removeprefix("http://").rsplit(":", 1)
    return await ask_self({"server": (host, int(port))}, target)


def test_it_serves_until_it_is_stopped(run):
    async def work():
        server = make(request_app.app)
        serving = asyncio.create_task(server.serve())
        assert await ask(server) == b"ok"
        assert await asyncio.gather(*(ask(server) for _ in range(20))) == [b"ok"] * 20
        server.stop()
        assert await serving is True
        assert server.cut == server.unfinished == 0
        with pytest.raises(OSError):
            await ask(server)
        return await asyncio.sleep(0.01, "the loop goes on")

    assert run(work) == "the loop goes on"


def test_connections_wait_for_serve(run):
    """The address is open from the start."""

    async def work():
        server = make(request_app.app)
        asking = asyncio.create_task(ask(server))
        await asyncio.sleep(0.05)
        serving = asyncio.create_task(server.serve())
        assert await asking == b"ok"
        server.stop()
        await serving

    run(work)


def test_ready_is_called_once_it_serves(run):
    async def work():
        server, ready = make(request_app.app), asyncio.Event()
        serving = asyncio.create_task(server.serve(ready.set))
        await ready.wait()
        assert await ask(server) == b"ok"
        server.stop()
        await serving

    run(work)


def test_one_after_the_other_and_two_at_once(run):
    async def work():
        for _ in range(3):
            servers = [make(request_app.app) for _ in range(2)]
            serving = [asyncio.create_task(server.serve()) for server in servers]
            assert await asyncio.gather(*map(ask, servers)) == [b"ok", b"ok"]
            for server in servers:
                server.stop()
            assert await asyncio.gather(*serving) == [True, True]

    run(work)


def test_a_request_under_way_is_answered_before_the_end(run):
    begun = asyncio.Event()

    async def slow(scope, receive, send):
        begun.set()
        await asyncio.sleep(0.2)
        await app.ready(scope, receive, send)

    app = Routes()
    app.route(slow)

    async def work():
        server = make(app)
        serving = asyncio.create_task(server.serve())
        asking = asyncio.create_task(ask(server, "/slow"))
        await begun.wait()
        server.stop()
        assert await asking == b"ok"
        assert await serving is True

    run(work)


def test_force_does_not_wait(run):
    begun = asyncio.Event()

    async def endless(scope, receive, send):
        begun.set()
        await asyncio.sleep(60)

    app = Routes()
    app.route(endless)

    async def work():
        server = make(app)
        serving = asyncio.create_task(server.serve())
        asking = asyncio.create_task(ask(server, "/endless"))
        await begun.wait()
        server.stop()
        server.force()
        await serving
        await asyncio.wait([asking])
        assert asking.exception() is not None

    run(work)


def test_a_cancelled_serve_ends(run):
    async def work():
        server = make(request_app.app)
        serving = asyncio.create_task(server.serve())
        assert await ask(server) == b"ok"
        serving.cancel()
        await asyncio.wait([serving])
        assert serving.cancelled()
        with pytest.raises((OSError, AssertionError)):
            async with asyncio.timeout(5):
                await ask(server)

    run(work)


def test_an_application_that_cannot_start(run):
    async def fails(scope, receive, send):
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no database today"})

    async def work():
        with pytest.raises(Exception, match="no database today"):
            await make(Routes(fails)).serve()

    run(work)


def test_wrong_options_are_sentences():
    with pytest.raises(ValueError, match="keep"):
        make(request_app.app, timeout_keep_alive="soon")
    with pytest.raises(ValueError, match="no_such_option"):
        make(request_app.app, no_such_option=1)


def test_an_address_that_is_taken(run):
    async def work():
        import hyperserve

        first = make(request_app.app)
        port = int(first.urls[0].rsplit(":", 1)[1])
        with pytest.raises(OSError):
            hyperserve.Server(request_app.app, host="127.0.0.1", port=port)

    run(work)
