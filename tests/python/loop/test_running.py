"""Running, stopping, closing: the life of a loop."""

import asyncio
import gc
import os
import signal
import threading
import warnings

import pytest


def test_a_coroutine_and_its_result(loop):
    async def work():
        await asyncio.sleep(0)
        return 7

    assert loop.run_until_complete(work()) == 7
    assert loop.run_until_complete(asyncio.sleep(0.001, 8)) == 8


def test_a_future_and_its_exception(loop):
    future = loop.create_future()
    loop.call_soon(future.set_exception, KeyError("here"))
    with pytest.raises(KeyError, match="here"):
        loop.run_until_complete(future)


def test_run_forever_until_stopped_and_once_more(loop):
    order = []
    for number in range(3):
        loop.call_soon(order.append, number)
        loop.call_soon(loop.stop)
        loop.run_forever()
    assert order == [0, 1, 2]


def test_stop_before_the_run_is_one_turn(loop):
    order = []
    loop.call_soon(order.append, "ready")
    loop.call_soon(lambda: loop.call_soon(order.append, "next turn"))
    loop.stop()
    loop.run_forever()
    assert order == ["ready"]
    loop.call_soon(loop.stop)
    loop.run_forever()
    assert order == ["ready", "next turn"]


def test_what_follows_stop_in_the_same_turn_still_runs(loop):
    order = []
    loop.call_soon(loop.stop)
    loop.call_soon(order.append, "same turn")
    loop.run_forever()
    assert order == ["same turn"]


def test_stop_from_a_timer_and_from_a_thread(loop):
    loop.call_later(0.01, loop.stop)
    loop.run_forever()
    timer = threading.Timer(0.02, loop.call_soon_threadsafe, [loop.stop])
    timer.start()
    loop.run_forever()
    timer.join()


def test_a_loop_that_is_stopped_leaves_its_future(loop):
    loop.call_soon(loop.stop)
    with pytest.raises(RuntimeError, match="stopped before Future completed"):
        loop.run_until_complete(loop.create_future())


def test_running_is_told(loop):
    seen = []
    assert not loop.is_running()
    loop.call_soon(lambda: seen.append((loop.is_running(), asyncio.get_running_loop() is loop)))
    loop.call_soon(loop.stop)
    loop.run_forever()
    assert seen == [(True, True)]
    assert not loop.is_running()
    with pytest.raises(RuntimeError):
        asyncio.get_running_loop()


def test_a_running_loop_can_neither_run_nor_close(loop):
    told = []

    def try_both():
        for attempt in (loop.close, loop.run_forever):
            try:
                attempt()
            except RuntimeError as error:
                told.append(str(error))
        loop.stop()

    loop.call_soon(try_both)
    loop.run_forever()
    assert len(told) == 2


def test_no_loop_within_a_loop(loop, factory):
    told = []
    other = factory()

    def attempt():
        try:
            other.run_forever()
        except RuntimeError as error:
            told.append(str(error))
        loop.stop()

    loop.call_soon(attempt)
    loop.run_forever()
    other.close()
    assert told and "running" in told[0]


def test_a_closed_loop_refuses_everything(loop):
    loop.close()
    loop.close()
    assert loop.is_closed() and not loop.is_running()
    coroutine = asyncio.sleep(0)
    for attempt in (
        loop.run_forever,
        lambda: loop.run_until_complete(coroutine),
        lambda: loop.call_soon(print),
        lambda: loop.call_later(1, print),
        lambda: loop.call_at(1, print),
        lambda: loop.call_soon_threadsafe(print),
        lambda: loop.run_in_executor(None, print),
        lambda: loop.create_task(coroutine),
    ):
        with pytest.raises(RuntimeError, match="closed"):
            attempt()
    coroutine.close()
    assert "closed=True" in repr(loop)


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_an_exception_that_is_none_ends_the_run_and_not_the_loop(loop, error):
    def leave():
        raise error

    order = []
    loop.call_soon(leave)
    loop.call_soon(order.append, "after")
    with pytest.raises(error):
        loop.run_forever()
    assert not loop.is_running()
    loop.call_soon(loop.stop)
    loop.run_forever()
    assert order == ["after"]


def test_a_task_that_exits_ends_the_run(loop):
    async def leave():
        await asyncio.sleep(0)
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        loop.run_until_complete(leave())
    assert loop.run_until_complete(asyncio.sleep(0, "still good")) == "still good"


@pytest.mark.parametrize("thing", [None, 7, "text", lambda: None])
def test_only_awaitables_can_be_completed(loop, thing):
    with pytest.raises(TypeError):
        loop.run_until_complete(thing)


def test_a_future_of_another_loop_is_refused(loop, factory):
    other = factory()
    with pytest.raises(ValueError):
        loop.run_until_complete(other.create_future())
    other.close()


def test_loops_in_several_threads(factory):
    results = []

    async def work(number):
        await asyncio.sleep(0.01)
        return number

    def thread(number):
        with asyncio.Runner(loop_factory=factory) as runner:
            results.append(runner.run(work(number)))

    threads = [threading.Thread(target=thread, args=(number,)) for number in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(10)
    assert sorted(results) == [0, 1, 2, 3]


def test_fifty_loops_leave_no_descriptors(factory):
    def descriptors():
        return len(os.listdir("/proc/self/fd"))

    async def work():
        await asyncio.sleep(0)

    asyncio.Runner(loop_factory=factory).close()
    gc.collect()
    before = descriptors()
    for _ in range(50):
        with asyncio.Runner(loop_factory=factory) as runner:
            runner.run(work())
    gc.collect()
    assert descriptors() <= before


def test_a_loop_that_nobody_closed_is_told(factory):
    loop = factory()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        del loop
        gc.collect()
    assert any(issubclass(warning.category, ResourceWarning) for warning in caught)


def test_generators_are_closed_at_the_end(loop):
    closed = []

    async def generate():
        try:
            yield 1
            yield 2
        finally:
            await asyncio.sleep(0)
            closed.append(True)

    async def work():
        global kept
        kept = generate()
        await anext(kept)

    loop.run_until_complete(work())
    assert not closed
    loop.run_until_complete(loop.shutdown_asyncgens())
    assert closed == [True]


def test_the_current_loop_of_the_thread(loop):
    asyncio.set_event_loop(loop)
    try:
        assert asyncio.get_event_loop_policy().get_event_loop() is loop
    finally:
        asyncio.set_event_loop(None)


def test_tasks_begin_in_order_and_each_has_its_name(loop):
    order = []

    async def child(number):
        order.append(number)

    async def work():
        tasks = [loop.create_task(child(number), name=f"task {number}") for number in range(3)]
        await asyncio.gather(*tasks)
        return [task.get_name() for task in tasks]

    assert loop.run_until_complete(work()) == ["task 0", "task 1", "task 2"]
    assert order == [0, 1, 2]


def test_main_is_cancelled_when_the_runner_is_interrupted(factory):
    import _thread

    ended = []

    async def work():
        asyncio.get_running_loop().call_later(0.01, _thread.interrupt_main)
        try:
            await asyncio.sleep(10)
        finally:
            ended.append(True)

    # A shell that runs the tests in the background has SIGINT ignored, and Python then leaves it so.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with asyncio.Runner(loop_factory=factory) as runner, pytest.raises(KeyboardInterrupt):
            runner.run(work())
    finally:
        signal.signal(signal.SIGINT, before)
    assert ended == [True]
