"""The loop as a request sees it."""

import asyncio
import sys

from harness.checks import Skip, Table

check = Table()


def spare_the_stock_loop():
    """The loop of CPython 3.13.0 takes itself for stopped once it has refused to run again."""
    own = type(asyncio.get_running_loop()).__module__.startswith("hyperserve")
    if sys.version_info[:3] == (3, 13, 0) and not own:
        raise Skip("the stock loop of Python 3.13.0 does not survive this")


@check
async def it_is_running(scope):
    loop = asyncio.get_running_loop()
    assert loop is asyncio.get_event_loop()
    assert loop.is_running() and not loop.is_closed()
    assert isinstance(loop, asyncio.AbstractEventLoop)


@check
async def it_cannot_be_run_again(scope):
    spare_the_stock_loop()
    for run in (asyncio.get_running_loop().close, asyncio.get_running_loop().run_forever):
        try:
            run()
        except RuntimeError:
            continue
        raise AssertionError(f"{run} did something")


@check
async def another_cannot_be_run_within(scope):
    async def nothing():
        pass

    coroutine = nothing()
    try:
        asyncio.run(coroutine)
    except RuntimeError:
        coroutine.close()
    else:
        raise AssertionError("it was run")


@check
async def run_until_complete_is_refused(scope):
    spare_the_stock_loop()
    coroutine = asyncio.sleep(0)
    try:
        asyncio.get_running_loop().run_until_complete(coroutine)
    except RuntimeError:
        coroutine.close()
    else:
        raise AssertionError("it was run")


@check
async def futures(scope):
    loop, order = asyncio.get_running_loop(), []
    future = loop.create_future()
    assert future.get_loop() is loop
    future.add_done_callback(lambda done: order.append(done.result()))
    loop.call_soon(future.set_result, 7)
    assert await future == 7
    await asyncio.sleep(0)
    assert order == [7]


@check
async def a_task_factory(scope):
    loop, made = asyncio.get_running_loop(), []

    def factory(loop, coroutine, **options):
        task = asyncio.Task(coroutine, loop=loop, **options)
        made.append(task)
        return task

    assert loop.get_task_factory() is None
    loop.set_task_factory(factory)
    try:
        await asyncio.create_task(asyncio.sleep(0))
    finally:
        loop.set_task_factory(None)
    assert len(made) == 1


@check
async def debug_can_be_switched(scope):
    loop = asyncio.get_running_loop()
    before = loop.get_debug()
    try:
        loop.set_debug(True)
        await asyncio.sleep(0.001)
        await asyncio.create_task(asyncio.sleep(0))
        loop.set_debug(False)
        await asyncio.sleep(0.001)
    finally:
        loop.set_debug(before)


@check
async def shown(scope):
    assert "running" in repr(asyncio.get_running_loop())


@check
async def _debug_is_on(scope):
    assert asyncio.get_running_loop().get_debug()
