"""anyio, on which Starlette and FastAPI stand: task groups, cancel scopes, threads, streams."""

import threading

import anyio
import anyio.from_thread
import anyio.lowlevel
import anyio.to_thread

from harness.checks import Table

check = Table()


@check
async def task_group(scope):
    results = []

    async def child(number):
        await anyio.sleep(number / 1000)
        results.append(number)

    async with anyio.create_task_group() as group:
        for number in (3, 1, 2):
            group.start_soon(child, number)
    assert sorted(results) == [1, 2, 3]


@check
async def task_group_start(scope):
    async def service(*, task_status):
        task_status.started("port")
        await anyio.sleep_forever()

    async with anyio.create_task_group() as group:
        assert await group.start(service) == "port"
        group.cancel_scope.cancel()


@check
async def task_group_raises_what_a_child_raises(scope):
    async def child():
        raise ValueError("child")

    try:
        async with anyio.create_task_group() as group:
            group.start_soon(child)
            await anyio.sleep(5)
    except* ValueError as errors:
        assert len(errors.exceptions) == 1
    await anyio.sleep(0)


@check
async def move_on_after(scope):
    with anyio.move_on_after(0.01) as cancel_scope:
        await anyio.sleep(5)
        raise AssertionError("it slept")
    assert cancel_scope.cancelled_caught
    await anyio.sleep(0.001)


@check
async def move_on_before_the_first_suspension(scope):
    with anyio.move_on_after(5) as cancel_scope:
        pass
    assert not cancel_scope.cancelled_caught


@check
async def fail_after(scope):
    try:
        with anyio.fail_after(0.01):
            await anyio.sleep(5)
    except TimeoutError:
        return
    raise AssertionError("it slept")


@check
async def a_cancelled_scope_ends_every_wait_in_it(scope):
    with anyio.CancelScope() as cancel_scope:
        cancel_scope.cancel()
        try:
            await anyio.sleep(0)
        finally:
            with anyio.CancelScope(shield=True):
                await anyio.sleep(0.001)
        raise AssertionError("a checkpoint let it through")
    assert cancel_scope.cancelled_caught


@check
async def scopes_nest(scope):
    with anyio.CancelScope() as outer:
        with anyio.CancelScope() as inner:
            outer.cancel()
            await anyio.sleep(1)
        raise AssertionError("the inner scope took what was the outer's")
    assert outer.cancelled_caught and not inner.cancelled_caught


@check
async def a_child_can_cancel_the_group(scope):
    async def child(group):
        await anyio.sleep(0.001)
        group.cancel_scope.cancel()

    async with anyio.create_task_group() as group:
        group.start_soon(child, group)
        group.start_soon(anyio.sleep_forever)
        await anyio.sleep_forever()
    await anyio.sleep(0)


@check
async def to_thread(scope):
    here = threading.get_ident()
    there = await anyio.to_thread.run_sync(threading.get_ident)
    assert there != here
    assert threading.get_ident() == here


@check
async def to_thread_raises(scope):
    def fails():
        raise KeyError("thread")

    try:
        await anyio.to_thread.run_sync(fails)
    except KeyError:
        return
    raise AssertionError("the exception got lost")


@check
async def from_thread(scope):
    async def here():
        await anyio.sleep(0.001)
        return threading.get_ident()

    def there():
        return anyio.from_thread.run(here), anyio.from_thread.run_sync(threading.get_ident)

    assert set(await anyio.to_thread.run_sync(there)) == {threading.get_ident()}


@check
async def a_hundred_threads_in_turn(scope):
    async with anyio.create_task_group() as group:
        for _ in range(100):
            group.start_soon(anyio.to_thread.run_sync, threading.get_ident)


@check
async def memory_streams(scope):
    sending, receiving = anyio.create_memory_object_stream(1)

    async def produce():
        async with sending:
            for number in range(5):
                await sending.send(number)

    async with anyio.create_task_group() as group:
        group.start_soon(produce)
        async with receiving:
            assert [number async for number in receiving] == [0, 1, 2, 3, 4]


@check
async def it_knows_the_task(scope):
    before = anyio.get_current_task()
    await anyio.sleep(0.001)
    assert anyio.get_current_task().id == before.id
    assert before.id in [task.id for task in anyio.get_running_tasks()]


@check
async def events_and_locks(scope):
    event, lock = anyio.Event(), anyio.Lock()
    async with anyio.create_task_group() as group:
        group.start_soon(event.wait)
        async with lock:
            await anyio.lowlevel.checkpoint()
        event.set()
