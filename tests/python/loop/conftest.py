"""Our event loop used alone, as any asyncio program may; the control is asyncio's own SelectorEventLoop.

`factory`  makes a loop
`loop`     a loop that is closed after the test
`run`      `run(coroutine_function)` in a loop of its own, for at most ten seconds
"""

import asyncio
import gc

import pytest

from harness import place

LIMIT = 10


def _ours():
    import hyperserve

    return hyperserve.Loop()


FACTORIES = {"hyperserve": _ours, "uvicorn": asyncio.SelectorEventLoop}


def pytest_generate_tests(metafunc):
    if "factory" in metafunc.fixturenames:
        names = [name for name in FACTORIES if name in place.names()]
        ids = ["ours" if name == "hyperserve" else "asyncio" for name in names]
        metafunc.parametrize("factory", [FACTORIES[name] for name in names], ids=ids)


@pytest.fixture
def loop(factory):
    loop = factory()
    yield loop
    if not loop.is_closed():
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


@pytest.fixture
def run(factory):
    def run(function, debug: bool | None = None, seconds: float = LIMIT):
        async def within():
            async with asyncio.timeout(seconds):
                return await function()

        with asyncio.Runner(loop_factory=factory, debug=debug) as runner:
            return runner.run(within())

    yield run
    gc.collect()
