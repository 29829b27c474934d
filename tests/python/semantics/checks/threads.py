"""Threads beside the loop: executors, and callbacks that come from outside."""

import asyncio
import concurrent.futures
import threading
import time

from harness.checks import Table

check = Table()


@check
async def run_in_executor(scope):
    loop = asyncio.get_running_loop()
    assert await loop.run_in_executor(None, threading.get_ident) != threading.get_ident()
    with concurrent.futures.ThreadPoolExecutor(1, thread_name_prefix="own") as pool:
        name = await loop.run_in_executor(pool, lambda: threading.current_thread().name)
    assert name.startswith("own")


@check
async def run_in_executor_raises(scope):
    def fails():
        raise KeyError("thread")

    try:
        await asyncio.get_running_loop().run_in_executor(None, fails)
    except KeyError:
        return
    raise AssertionError("the exception got lost")


@check
async def threads_run_at_once_and_the_loop_with_them(scope):
    """Three threads meet while the loop does nothing: it must not hold the interpreter."""
    barrier = threading.Barrier(3, timeout=5)
    await asyncio.gather(*(asyncio.to_thread(barrier.wait) for _ in range(3)))


@check
async def a_busy_thread_does_not_stop_the_loop(scope):
    end = time.monotonic() + 0.2

    def busy():
        while time.monotonic() < end:
            pass

    thread = asyncio.create_task(asyncio.to_thread(busy))
    turns = 0
    while not thread.done():
        await asyncio.sleep(0.005)
        turns += 1
    assert turns >= 5, turns


@check
async def call_soon_threadsafe_wakes_the_loop(scope):
    loop, future = asyncio.get_running_loop(), asyncio.get_running_loop().create_future()

    def tell():
        time.sleep(0.05)
        loop.call_soon_threadsafe(future.set_result, time.monotonic())

    thread = threading.Thread(target=tell)
    thread.start()
    told = await future
    assert time.monotonic() - told < 0.5
    thread.join()


@check
async def a_thousand_calls_from_four_threads_all_come_in_order(scope):
    loop, got, done = asyncio.get_running_loop(), [], asyncio.Event()

    def take(item):
        got.append(item)
        if len(got) == 1000:
            done.set()

    def tell(thread):
        for number in range(250):
            loop.call_soon_threadsafe(take, (thread, number))

    threads = [threading.Thread(target=tell, args=(index,)) for index in range(4)]
    for thread in threads:
        thread.start()
    await done.wait()
    for index in range(4):
        assert [number for thread, number in got if thread == index] == list(range(250))


@check
async def run_coroutine_threadsafe(scope):
    loop = asyncio.get_running_loop()

    async def here():
        await asyncio.sleep(0.001)
        return threading.get_ident()

    def there():
        return asyncio.run_coroutine_threadsafe(here(), loop).result(5)

    assert await asyncio.to_thread(there) == threading.get_ident()


@check
async def a_loop_of_its_own_in_a_thread(scope):
    async def other():
        await asyncio.sleep(0.001)
        return asyncio.get_running_loop()

    assert await asyncio.to_thread(asyncio.run, other()) is not asyncio.get_running_loop()
