"""asyncio.timeout and wait_for."""

import asyncio
import time

from harness.checks import Table

check = Table()


@check
async def timeout_expires(scope):
    begin = time.monotonic()
    try:
        async with asyncio.timeout(0.02) as timeout:
            await asyncio.sleep(5)
    except TimeoutError:
        pass
    else:
        raise AssertionError("it did not")
    assert timeout.expired()
    assert 0.015 < time.monotonic() - begin < 1
    assert asyncio.current_task().cancelling() == 0
    await asyncio.sleep(0)


@check
async def timeout_does_not_expire(scope):
    async with asyncio.timeout(5) as timeout:
        await asyncio.sleep(0.001)
    assert not timeout.expired()


@check
async def timeout_without_a_suspension(scope):
    async with asyncio.timeout(5):
        pass


@check
async def timeout_of_nothing_expires_at_the_first_suspension(scope):
    reached = False
    try:
        async with asyncio.timeout(0):
            reached = True
            await asyncio.sleep(1)
            raise AssertionError("it slept")
    except TimeoutError:
        pass
    assert reached


@check
async def timeouts_within_timeouts(scope):
    try:
        async with asyncio.timeout(5):
            try:
                async with asyncio.timeout(0.01):
                    await asyncio.sleep(5)
            except TimeoutError:
                order = ["inner"]
            await asyncio.sleep(0.001)
            order.append("outer goes on")
    except TimeoutError:
        raise AssertionError("the outer one expired") from None
    assert order == ["inner", "outer goes on"]


@check
async def the_outer_timeout_wins(scope):
    try:
        async with asyncio.timeout(0.01):
            try:
                async with asyncio.timeout(5):
                    await asyncio.sleep(5)
            except TimeoutError:
                raise AssertionError("the inner one expired") from None
    except TimeoutError:
        pass


@check
async def a_timeout_can_be_moved(scope):
    async with asyncio.timeout(0.01) as timeout:
        timeout.reschedule(asyncio.get_running_loop().time() + 5)
        await asyncio.sleep(0.03)
    assert not timeout.expired()


@check
async def wait_for_in_time_and_late(scope):
    assert await asyncio.wait_for(asyncio.sleep(0.001, "slept"), 5) == "slept"
    ended = []

    async def slow():
        try:
            await asyncio.sleep(5)
        finally:
            ended.append(True)

    try:
        await asyncio.wait_for(slow(), 0.01)
    except TimeoutError:
        assert ended == [True], "the task behind it was not ended first"
    else:
        raise AssertionError("it waited")


@check
async def wait_for_what_is_there_already(scope):
    future = asyncio.get_running_loop().create_future()
    future.set_result(7)
    assert await asyncio.wait_for(future, 0) == 7


@check
async def wait_for_a_receive_that_never_comes(scope):
    event = asyncio.Event()
    for _ in range(3):
        try:
            await asyncio.wait_for(event.wait(), 0.002)
        except TimeoutError:
            continue
        raise AssertionError("it came")


@check
async def a_thousand_timeouts_that_do_not_expire(scope):
    for _ in range(1000):
        async with asyncio.timeout(60):
            await asyncio.sleep(0)
