"""Exceptions of callbacks and tasks, and who is told."""

import asyncio
import gc
import logging
import time


def fail():
    raise ZeroDivisionError("in a callback")


def turn(loop):
    loop.call_soon(loop.stop)
    loop.run_forever()


def test_a_callback_that_fails_is_logged_and_the_rest_goes_on(loop, caplog):
    order = []
    loop.call_soon(fail)
    loop.call_soon(order.append, "after")
    loop.call_later(0.001, fail)
    with caplog.at_level(logging.ERROR, "asyncio"):
        loop.run_until_complete(asyncio.sleep(0.01))
    assert order == ["after"]
    records = [record for record in caplog.records if "Exception in callback" in record.message]
    assert len(records) == 2
    assert all(record.exc_info[0] is ZeroDivisionError for record in records)


def test_a_handler_of_ones_own(loop):
    told = []
    assert loop.get_exception_handler() is None
    loop.set_exception_handler(lambda where, context: told.append((where, context)))
    handle = loop.call_soon(fail)
    turn(loop)
    where, context = told[0]
    assert where is loop
    assert isinstance(context["exception"], ZeroDivisionError)
    assert context["handle"] is handle
    assert "fail" in context["message"]


def test_a_handler_that_fails_itself_is_logged(loop, caplog):
    def handler(loop, context):
        raise KeyError("in the handler")

    loop.set_exception_handler(handler)
    loop.call_soon(fail)
    order = []
    loop.call_soon(order.append, "after")
    with caplog.at_level(logging.ERROR, "asyncio"):
        turn(loop)
    assert order == ["after"]
    assert "Unhandled error in exception handler" in caplog.text


def test_a_task_that_is_dropped_while_it_waits_is_told(loop):
    told = []
    loop.set_exception_handler(lambda loop, context: told.append(context["message"]))

    async def waits():
        await loop.create_future()

    task = loop.create_task(waits())
    turn(loop)
    del task
    gc.collect()
    assert told == ["Task was destroyed but it is pending!"]


def test_an_exception_that_nobody_took_is_told(loop):
    told = []
    loop.set_exception_handler(lambda loop, context: told.append(context["exception"]))

    async def fails():
        raise KeyError

    task = loop.create_task(fails())
    turn(loop)
    turn(loop)
    del task
    gc.collect()
    assert [type(error) for error in told] == [KeyError]


def test_slow_callbacks_are_told_in_debug_mode(loop, caplog):
    loop.set_debug(True)
    loop.slow_callback_duration = 0.01
    loop.call_soon(time.sleep, 0.03)
    with caplog.at_level(logging.WARNING, "asyncio"):
        turn(loop)
    assert "took" in caplog.text


def test_debug_is_what_the_runner_says(run):
    async def ask():
        return asyncio.get_running_loop().get_debug()

    assert run(ask, debug=True) is True
    assert run(ask, debug=False) is False


def test_debug_names_where_a_callback_comes_from(loop):
    loop.set_debug(True)
    told = []
    loop.set_exception_handler(lambda loop, context: told.append(context))
    loop.call_soon(fail)
    turn(loop)
    source = told[0].get("source_traceback") or getattr(told[0]["handle"], "_source_traceback", None)
    assert source and any("test_errors" in frame.filename for frame in source)
