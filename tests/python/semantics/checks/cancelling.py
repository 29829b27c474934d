"""Cancelling the task of a request, by itself and by others."""

import asyncio

from harness.checks import Table, ask_helper, ask_self, until

check = Table()


@check
async def by_itself_takes_effect_at_the_next_suspension(scope):
    task = asyncio.current_task()
    assert task.cancel()
    reached = True
    try:
        await asyncio.sleep(1)
    except asyncio.CancelledError:
        reached = False
    assert not reached
    assert task.cancelling() == 1
    assert task.uncancel() == 0
    await asyncio.sleep(0)


@check
async def by_itself_at_a_bare_yield(scope):
    asyncio.current_task().cancel()
    try:
        await asyncio.sleep(0)
    except asyncio.CancelledError:
        asyncio.current_task().uncancel()
    else:
        raise AssertionError("the cancellation got lost")


@check
async def by_itself_while_it_waits_for_a_future_cancels_that(scope):
    future = asyncio.get_running_loop().create_future()
    asyncio.current_task().cancel()
    try:
        await future
    except asyncio.CancelledError:
        asyncio.current_task().uncancel()
    assert future.cancelled()


@check
async def by_another_task(scope):
    parent = asyncio.current_task()

    async def cancels():
        parent.cancel("enough")

    child = asyncio.create_task(cancels())
    try:
        await asyncio.sleep(5)
    except asyncio.CancelledError as error:
        assert error.args == ("enough",)
        assert parent.uncancel() == 0
    else:
        raise AssertionError("it slept on")
    await child


@check
async def by_a_callback_and_by_a_timer(scope):
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    for arrange in (loop.call_soon, lambda call: loop.call_later(0.01, call)):
        arrange(task.cancel)
        try:
            await asyncio.sleep(5)
        except asyncio.CancelledError:
            task.uncancel()
        else:
            raise AssertionError("it slept on")


@check
async def a_shielded_task_goes_on(scope):
    inner = asyncio.create_task(asyncio.sleep(0.02, "result"))
    asyncio.get_running_loop().call_later(0.005, asyncio.current_task().cancel)
    try:
        await asyncio.shield(inner)
    except asyncio.CancelledError:
        asyncio.current_task().uncancel()
    assert await inner == "result"


@check
async def a_cancelled_child_is_seen(scope):
    child = asyncio.create_task(asyncio.sleep(5))
    await asyncio.sleep(0)
    child.cancel()
    try:
        await child
    except asyncio.CancelledError:
        pass
    assert child.cancelled()
    assert asyncio.current_task().cancelling() == 0


@check
async def finally_blocks_run_and_may_suspend(scope):
    order = []

    async def child():
        try:
            await asyncio.sleep(5)
        finally:
            await asyncio.sleep(0.001)
            order.append("finally")

    task = asyncio.create_task(child())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    assert order == ["finally"]


@check
async def a_handler_that_is_cancelled_from_outside_ends_with_a_500(scope):
    handlers.clear()
    asking = asyncio.create_task(ask_helper(scope, "cancelling", "_waits_to_be_cancelled"))
    await until(lambda: handlers)
    await asyncio.sleep(0.01)
    handlers[0].cancel()
    await until(handlers[0].done)
    try:
        await asking
    except AssertionError as error:
        assert "500" in str(error)
    else:
        raise AssertionError("it was answered")
    assert await ask_self(scope, "/ready") == b"ok"


handlers: list[asyncio.Task] = []


@check
async def _waits_to_be_cancelled(scope):
    handlers.append(asyncio.current_task())
    await asyncio.sleep(10)
