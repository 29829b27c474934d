"""Subprocesses, pipes and executors."""

import asyncio
import concurrent.futures
import os
import signal
import sys
import threading
import time

import pytest

PIPE = asyncio.subprocess.PIPE
UPPER = [sys.executable, "-c", "import sys; sys.stdout.write(sys.stdin.read().upper()); sys.exit(3)"]


def test_input_output_and_exit_code(run):
    async def work():
        process = await asyncio.create_subprocess_exec(*UPPER, stdin=PIPE, stdout=PIPE)
        output, errors = await process.communicate(b"hello")
        assert (output, errors, process.returncode) == (b"HELLO", None, 3)
        assert await process.wait() == 3

    run(work)


def test_a_megabyte_each_way(run):
    async def work():
        process = await asyncio.create_subprocess_exec("cat", stdin=PIPE, stdout=PIPE)
        output, _ = await process.communicate(bytes(1 << 20))
        assert (len(output), process.returncode) == (1 << 20, 0)

    run(work)


def test_errors_and_lines(run):
    async def work():
        process = await asyncio.create_subprocess_shell("echo one; echo two >&2; echo three", stdout=PIPE, stderr=PIPE)
        lines = [await process.stdout.readline() for _ in range(2)]
        assert (lines, await process.stderr.read()) == ([b"one\n", b"three\n"], b"two\n")
        await process.wait()

    run(work)


@pytest.mark.parametrize(("method", "number"), [("kill", signal.SIGKILL), ("terminate", signal.SIGTERM)])
def test_one_that_is_ended(run, method, number):
    async def work():
        process = await asyncio.create_subprocess_exec("sleep", "30")
        getattr(process, method)()
        assert await process.wait() == -number
        with pytest.raises(ProcessLookupError):
            process.send_signal(number)

    run(work)


def test_one_that_does_not_exist(run):
    async def work():
        with pytest.raises(FileNotFoundError):
            await asyncio.create_subprocess_exec("/no/such/program")

    run(work)


def test_twenty_at_once(run):
    async def work():
        async def one(number):
            process = await asyncio.create_subprocess_exec("sh", "-c", f"exit {number}")
            return await process.wait()

        assert await asyncio.gather(*(one(number) for number in range(20))) == list(range(20))

    run(work)


def test_from_a_loop_beside_the_main_thread(run):
    """Children are watched without the main thread's help."""

    async def work():
        process = await asyncio.create_subprocess_exec("true")
        return await process.wait()

    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        assert pool.submit(run, work).result(20) == 0


def test_one_that_is_cancelled_while_it_is_waited_for(run):
    async def work():
        process = await asyncio.create_subprocess_exec("sleep", "30")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(process.wait(), 0.02)
        process.kill()
        assert await process.wait() == -signal.SIGKILL

    run(work)


def test_pipes(run):
    async def work():
        loop = asyncio.get_running_loop()
        reading, writing = os.pipe()
        reader = asyncio.StreamReader()
        source, _ = await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(reading, "rb", 0)
        )
        sink, _ = await loop.connect_write_pipe(asyncio.BaseProtocol, os.fdopen(writing, "wb", 0))
        sink.write(b"hello\n")
        assert await reader.readline() == b"hello\n"
        sink.close()
        assert await reader.read() == b""
        source.close()

    run(work)


def test_executors(run):
    async def work():
        loop = asyncio.get_running_loop()
        assert await loop.run_in_executor(None, threading.get_ident) != threading.get_ident()
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            loop.set_default_executor(pool)
            results = await asyncio.gather(*(loop.run_in_executor(None, pow, number, 2) for number in range(50)))
            assert results == [number**2 for number in range(50)]
        with pytest.raises(TypeError):
            loop.set_default_executor(object())

    run(work)


def test_threads_run_while_the_loop_waits(run):
    """Three threads can meet only if the loop lets go of the interpreter."""
    barrier = threading.Barrier(3, timeout=5)

    async def work():
        await asyncio.gather(*(asyncio.to_thread(barrier.wait) for _ in range(3)))

    run(work)


def test_the_default_executor_is_waited_for_at_the_end(factory):
    ended = []

    def slow():
        time.sleep(0.1)
        ended.append(True)

    async def work():
        asyncio.get_running_loop().run_in_executor(None, slow)

    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(work())
    assert ended == [True]


def test_a_call_from_a_thread_comes_at_once(run):
    async def work():
        loop, future = asyncio.get_running_loop(), asyncio.get_running_loop().create_future()
        threading.Timer(0.1, lambda: loop.call_soon_threadsafe(future.set_result, time.monotonic())).start()
        assert time.monotonic() - await future < 0.1

    run(work)
