"""Context variables: each request in a context of its own, a copy of what stood at the start."""

import asyncio
import contextvars

from harness.checks import Table, ask_helper

check = Table()
at_start = contextvars.ContextVar("at_start", default="unset")
own = contextvars.ContextVar("own", default="unset")


@check
async def what_was_set_at_the_start_is_seen(scope):
    assert at_start.get() == "set at the start"


@check
async def what_one_request_sets_no_other_sees(scope):
    assert own.get() == "unset"
    own.set("by one")
    for when in ("first", "later", "first"):
        await ask_helper(scope, "contexts", "_sets", when)
    assert own.get() == "by one"


@check
async def _sets(scope):
    assert own.get() == "unset", own.get()
    own.set("by the helper")
    await asyncio.sleep(0)
    assert own.get() == "by the helper"
    at_start.set("overwritten")


@check
async def requests_at_once_do_not_mix(scope):
    await asyncio.gather(*(ask_helper(scope, "contexts", "_keeps_its_own") for _ in range(20)))


@check
async def _keeps_its_own(scope):
    mine = object()
    assert own.get() == "unset"
    own.set(mine)
    for pause in (0, 0.002, 0, 0.001):
        await asyncio.sleep(pause)
        assert own.get() is mine


@check
async def a_token_holds_across_suspensions(scope):
    token = own.set("for a while")
    await asyncio.sleep(0)
    await asyncio.sleep(0.001)
    own.reset(token)
    assert own.get() == "unset"


@check
async def children_see_it_and_keep_theirs(scope):
    own.set("parent")
    seen = []

    async def child():
        seen.append(own.get())
        own.set("child")

    await asyncio.create_task(child())
    assert (seen, own.get()) == (["parent"], "parent")


@check
async def callbacks_see_it(scope):
    own.set("handler")
    loop, seen = asyncio.get_running_loop(), []
    loop.call_soon(lambda: seen.append(own.get()))
    loop.call_later(0.001, lambda: seen.append(own.get()))
    future = loop.create_future()
    future.add_done_callback(lambda _: seen.append(own.get()))
    future.set_result(None)
    await asyncio.sleep(0.02)
    assert seen == ["handler"] * 3


@check
async def callbacks_may_have_another(scope):
    context, seen = contextvars.copy_context(), []
    context.run(own.set, "another")
    loop = asyncio.get_running_loop()
    loop.call_soon(lambda: seen.append(own.get()), context=context)
    loop.call_later(0, lambda: seen.append(own.get()), context=context)
    task = asyncio.create_task(_get(), context=context)
    await asyncio.sleep(0.01)
    assert (seen, await task, own.get()) == (["another"] * 2, "another", "unset")


async def _get():
    return own.get()


@check
async def to_thread_carries_it_and_an_executor_does_not(scope):
    own.set("handler")
    assert await asyncio.to_thread(own.get) == "handler"
    assert await asyncio.get_running_loop().run_in_executor(None, own.get) == "unset"


@check
async def generators_share_it(scope):
    async def generate():
        own.set("generator")
        yield own.get()
        await asyncio.sleep(0)
        yield own.get()

    assert [value async for value in generate()] == ["generator", "generator"]
    assert own.get() == "generator"
