"""Order and time: call_soon, call_later, call_at, sleep."""

import asyncio
import time

from harness.checks import Table, ask_self, is_uvloop

check = Table()


@check
async def call_soon_keeps_its_order(scope):
    loop, order = asyncio.get_running_loop(), []
    for number in range(100):
        loop.call_soon(order.append, number)
    await asyncio.sleep(0)
    assert order == list(range(100))


@check
async def what_a_callback_adds_comes_in_the_next_turn(scope):
    loop, order = asyncio.get_running_loop(), []

    def first():
        order.append("first")
        loop.call_soon(order.append, "added")

    loop.call_soon(first)
    loop.call_soon(order.append, "second")
    await asyncio.sleep(0)
    assert order == ["first", "second"]
    await asyncio.sleep(0)
    assert order == ["first", "second", "added"]


@check
async def call_later_keeps_the_order_of_time(scope):
    loop, order = asyncio.get_running_loop(), []
    for number in (5, 1, 4, 2, 3):
        loop.call_later(number / 50, order.append, number)
    await asyncio.sleep(0.25)
    assert order == [1, 2, 3, 4, 5]


@check
async def call_at_is_not_early(scope):
    loop = asyncio.get_running_loop()
    when, at = loop.time() + 0.03, []
    handle = loop.call_at(when, lambda: at.append(loop.time()))
    assert is_uvloop() or handle.when() == when
    await asyncio.sleep(0.1)
    # uvloop's clock stands still within a turn, so that its timers are early by what the turn has taken
    assert at and (is_uvloop() or at[0] >= when - 0.001)


@check
async def what_is_cancelled_does_not_come(scope):
    loop, order = asyncio.get_running_loop(), []
    soon, later = loop.call_soon(order.append, "soon"), loop.call_later(0.005, order.append, "later")
    soon.cancel()
    later.cancel()
    assert soon.cancelled() and later.cancelled()
    await asyncio.sleep(0.02)
    assert order == []


@check
async def sleep_is_not_short(scope):
    for seconds in (0.001, 0.01, 0.05):
        begin = time.monotonic()
        assert await asyncio.sleep(seconds, "result") == "result"
        assert seconds - (0.01 if is_uvloop() else 0.001) < time.monotonic() - begin < seconds + 0.5


@check
async def the_clock_runs_and_never_back(scope):
    loop = asyncio.get_running_loop()
    times = []
    for _ in range(20):
        times.append(loop.time())
        await asyncio.sleep(0.002)
    assert times == sorted(times)
    assert times[-1] > times[0]


@check
async def endless_callbacks_do_not_starve_requests(scope):
    loop, running = asyncio.get_running_loop(), True

    def again():
        if running:
            loop.call_soon(again)

    loop.call_soon(again)
    try:
        async with asyncio.timeout(5):
            assert await ask_self(scope, "/ready") == b"ok"
            await asyncio.sleep(0.01)
    finally:
        running = False


@check
async def endless_sleeps_do_not_starve_requests(scope):
    async def spin():
        while True:
            await asyncio.sleep(0)

    spinning = asyncio.create_task(spin())
    try:
        async with asyncio.timeout(5):
            for _ in range(5):
                assert await ask_self(scope, "/ready") == b"ok"
    finally:
        spinning.cancel()


@check
async def ten_thousand_timers_set_and_cancelled(scope):
    loop, order = asyncio.get_running_loop(), []
    for handle in [loop.call_later(60, order.append, "never") for _ in range(10_000)]:
        handle.cancel()
    loop.call_later(0.005, order.append, "this one")
    await asyncio.sleep(0.03)
    assert order == ["this one"]
