"""Signals: handlers of the loop, handlers of Python, and Ctrl-C. Each must wake a loop that sleeps."""

import asyncio
import os
import signal
import threading
import time

import pytest

SOON = 1.0


def later(number: int, seconds: float = 0.05):
    """Sends a signal to this process from a thread."""
    threading.Timer(seconds, os.kill, [os.getpid(), number]).start()


@pytest.fixture(autouse=True)
def restored():
    numbers = (signal.SIGUSR1, signal.SIGUSR2, signal.SIGINT)
    before = {number: signal.getsignal(number) for number in numbers}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_a_handler_of_the_loop(loop):
    got = []
    loop.add_signal_handler(signal.SIGUSR1, lambda *arguments: (got.append(arguments), loop.stop()), 1, "x")
    begin = time.monotonic()
    later(signal.SIGUSR1)
    loop.run_forever()
    assert got == [(1, "x")]
    assert time.monotonic() - begin < SOON
    assert loop.remove_signal_handler(signal.SIGUSR1) is True
    assert loop.remove_signal_handler(signal.SIGUSR1) is False


def test_a_handler_may_be_replaced(loop):
    got = []
    loop.add_signal_handler(signal.SIGUSR1, got.append, "old")
    loop.add_signal_handler(signal.SIGUSR1, lambda: (got.append("new"), loop.stop()))
    later(signal.SIGUSR1)
    loop.run_forever()
    assert got == ["new"]
    loop.remove_signal_handler(signal.SIGUSR1)


def test_several_signals(loop):
    got = []
    for number in (signal.SIGUSR1, signal.SIGUSR2):
        loop.add_signal_handler(number, got.append, number)
    later(signal.SIGUSR1, 0.02)
    later(signal.SIGUSR2, 0.04)
    loop.call_later(0.3, loop.stop)
    loop.run_forever()
    assert got == [signal.SIGUSR1, signal.SIGUSR2]
    for number in (signal.SIGUSR1, signal.SIGUSR2):
        loop.remove_signal_handler(number)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP, 1000, 0])
def test_signals_that_cannot_be_caught(loop, number):
    with pytest.raises((ValueError, RuntimeError, OSError)):
        loop.add_signal_handler(number, print)


def test_handlers_are_the_main_threads(factory):
    told = []

    def thread():
        loop = factory()
        try:
            loop.add_signal_handler(signal.SIGUSR1, print)
        except (ValueError, RuntimeError) as error:
            told.append(error)
        loop.close()

    each = threading.Thread(target=thread)
    each.start()
    each.join()
    assert told


def test_coroutines_are_no_handlers(loop):
    async def coroutine():
        pass

    with pytest.raises(TypeError):
        loop.add_signal_handler(signal.SIGUSR1, coroutine)


def test_a_handler_of_python_runs_while_the_loop_sleeps(loop):
    """asyncio's own loop sleeps in a call that the signal interrupts; so must ours."""
    at = []
    signal.signal(signal.SIGUSR1, lambda *_: at.append(time.monotonic()))
    sent = time.monotonic() + 0.05
    later(signal.SIGUSR1)
    loop.call_later(0.5, loop.stop)
    loop.run_forever()
    assert at and at[0] - sent < 0.3


def test_an_exception_of_a_handler_leaves_the_loop(loop):
    class Alarm(Exception):
        pass

    def handler(*_):
        raise Alarm

    signal.signal(signal.SIGUSR1, handler)
    later(signal.SIGUSR1)
    loop.call_later(5, loop.stop)
    begin = time.monotonic()
    with pytest.raises(Alarm):
        loop.run_forever()
    assert time.monotonic() - begin < SOON
    assert loop.run_until_complete(asyncio.sleep(0, "still good")) == "still good"


@pytest.mark.parametrize("round", range(10))
def test_ctrl_c_ends_a_sleeping_run(loop, round):
    signal.signal(signal.SIGINT, signal.default_int_handler)
    begin = time.monotonic()
    loop.call_later(5, loop.stop)
    with pytest.raises(KeyboardInterrupt):
        later(signal.SIGINT, 0.02 + round * 0.004)
        loop.run_forever()
    assert time.monotonic() - begin < SOON


def test_ctrl_c_ends_a_busy_run(loop):
    signal.signal(signal.SIGINT, signal.default_int_handler)

    def again():
        loop.call_soon(again)

    loop.call_soon(again)
    later(signal.SIGINT)
    loop.call_later(5, loop.stop)
    begin = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        loop.run_forever()
    assert time.monotonic() - begin < SOON


@pytest.mark.parametrize("round", range(5))
def test_ctrl_c_cancels_the_task_of_a_runner(factory, round):
    signal.signal(signal.SIGINT, signal.default_int_handler)
    ended = []

    async def work():
        later(signal.SIGINT, 0.01 + round * 0.002)
        try:
            await asyncio.sleep(10)
        finally:
            ended.append(True)

    begin = time.monotonic()
    with pytest.raises(KeyboardInterrupt), asyncio.Runner(loop_factory=factory) as runner:
        runner.run(work())
    assert ended == [True]
    assert time.monotonic() - begin < SOON


def test_signals_of_children_do_not_disturb(run):
    async def work():
        loop, got = asyncio.get_running_loop(), []
        loop.add_signal_handler(signal.SIGCHLD, got.append, 1)
        try:
            process = await asyncio.create_subprocess_exec("true")
            assert await process.wait() == 0
            await asyncio.sleep(0.02)
        finally:
            loop.remove_signal_handler(signal.SIGCHLD)
        assert got

    run(work)


def test_a_hundred_signals_in_a_row(loop):
    """Signals of one number may be merged by the kernel, so each is sent when the one before has come."""
    count = []

    def handler():
        count.append(1)
        if len(count) == 100:
            loop.stop()
        else:
            os.kill(os.getpid(), signal.SIGUSR1)

    loop.add_signal_handler(signal.SIGUSR1, handler)
    loop.call_soon(os.kill, os.getpid(), signal.SIGUSR1)
    loop.call_later(10, loop.stop)
    loop.run_forever()
    loop.remove_signal_handler(signal.SIGUSR1)
    assert len(count) == 100
