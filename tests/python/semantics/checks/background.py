"""What outlives a request or is left by it: tasks, generators, exceptions of nobody."""

import asyncio
import gc

from harness.checks import Table, ask_helper, until

check = Table()
ended: list[str] = []
kept: set[asyncio.Task] = set()


@check
async def a_task_outlives_its_request(scope):
    ended.clear()
    await ask_helper(scope, "background", "_leaves_a_task")
    assert ended == []
    await until(lambda: ended)
    assert ended == ["task"]


@check
async def _leaves_a_task(scope):
    async def work():
        await asyncio.sleep(0.05)
        ended.append("task")

    kept.add(asyncio.create_task(work()))


@check
async def a_generator_that_is_left_is_closed(scope):
    ended.clear()

    async def generate():
        try:
            yield 1
            yield 2
        finally:
            await asyncio.sleep(0)
            ended.append("closed")

    async for _ in generate():
        break
    gc.collect()
    await until(lambda: ended)


@check
async def a_generator_left_by_a_request_is_closed(scope):
    ended.clear()
    await ask_helper(scope, "background", "_leaves_a_generator")
    gc.collect()
    await until(lambda: ended)


@check
async def _leaves_a_generator(scope):
    async def generate():
        try:
            yield 1
        finally:
            await asyncio.sleep(0)
            ended.append("closed")

    generator = generate()
    await anext(generator)


@check
async def an_exception_nobody_takes_goes_to_the_handler(scope):
    loop, told = asyncio.get_running_loop(), []
    loop.set_exception_handler(lambda loop, context: told.append(context))
    try:
        task = asyncio.create_task(_fails())
        await asyncio.sleep(0.001)
        del task
        gc.collect()
        await until(lambda: told)
    finally:
        loop.set_exception_handler(None)
    assert "never retrieved" in told[0]["message"]
    assert isinstance(told[0]["exception"], ZeroDivisionError)


async def _fails():
    raise ZeroDivisionError


@check
async def an_exception_in_a_callback_goes_to_the_handler(scope):
    loop, told = asyncio.get_running_loop(), []
    loop.set_exception_handler(lambda loop, context: told.append(context))
    try:
        loop.call_soon(lambda: 1 / 0)
        loop.call_later(0.001, lambda: 1 / 0)
        await until(lambda: len(told) == 2)
    finally:
        loop.set_exception_handler(None)
    assert all(isinstance(context["exception"], ZeroDivisionError) and context["handle"] for context in told)


@check
async def a_coroutine_may_be_closed_while_it_waits(scope):
    async def waits():
        try:
            await asyncio.sleep(5)
        finally:
            ended.append("closed")

    ended.clear()
    coroutine = waits()
    coroutine.send(None)
    coroutine.close()
    assert ended == ["closed"]
