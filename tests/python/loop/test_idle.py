"""A loop that waits costs nothing, and holds nothing that is over."""

import asyncio
import gc
import socket
import sys
import time
import weakref

import pytest


@pytest.mark.parametrize("with_sockets", [False, True])
def test_waiting_costs_no_processor_time(run, with_sockets):
    async def wait():
        pairs = [socket.socketpair() for _ in range(10 if with_sockets else 0)]
        loop = asyncio.get_running_loop()
        for left, _ in pairs:
            left.setblocking(False)
            loop.add_reader(left, print)
        await asyncio.sleep(0.01)
        before = time.process_time()
        await asyncio.sleep(1)
        spent = time.process_time() - before
        for left, right in pairs:
            loop.remove_reader(left)
            left.close()
            right.close()
        return spent

    assert run(wait) < 0.02


def test_a_descriptor_that_was_busy_is_let_go(run):
    """After a burst of events the loop must come to rest again."""

    async def wait():
        loop, (left, right) = asyncio.get_running_loop(), socket.socketpair()
        left.setblocking(False)
        loop.add_reader(left, left.recv, 100)
        for _ in range(100):
            right.send(b"x")
            await asyncio.sleep(0)
        await asyncio.sleep(0.05)
        before = time.process_time()
        await asyncio.sleep(0.5)
        spent = time.process_time() - before
        loop.remove_reader(left)
        left.close()
        right.close()
        return spent

    assert run(wait) < 0.02


def test_a_closed_loop_is_freed(factory):
    async def work():
        await asyncio.sleep(0)

    loop = factory()
    loop.run_until_complete(work())
    loop.close()
    known = weakref.ref(loop)
    del loop
    gc.collect()
    assert known() is None


def test_callbacks_and_tasks_leave_no_references(loop):
    class Thing:
        pass

    async def work(thing):
        await asyncio.sleep(0)

    thing = Thing()
    before = sys.getrefcount(thing)
    for _ in range(100):
        loop.call_soon(id, thing)
        loop.call_later(0, id, thing)
        loop.run_until_complete(work(thing))
    loop.run_until_complete(asyncio.sleep(0.01))
    gc.collect()
    assert sys.getrefcount(thing) == before


def test_ten_thousand_tasks_leave_few_objects(loop):
    async def work():
        await asyncio.sleep(0)

    async def many():
        await asyncio.gather(*(work() for _ in range(2_000)))

    loop.run_until_complete(many())
    gc.collect()
    before = len(gc.get_objects())
    for _ in range(5):
        loop.run_until_complete(many())
    gc.collect()
    assert len(gc.get_objects()) - before < 100
