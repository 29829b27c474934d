"""The task of a request: one real task, the same from its first step to its last."""

import asyncio
import inspect
import io
import sys
import weakref

from harness.checks import Skip, Table, ask_helper, is_uvloop, until

check = Table()
done_callbacks: list = []


@check
async def current_task_is_a_task(scope):
    task = asyncio.current_task()
    assert isinstance(task, asyncio.Task)
    assert asyncio.isfuture(task)


@check
async def current_task_is_the_same_before_and_after_suspensions(scope):
    first = asyncio.current_task()
    assert asyncio.current_task() is first
    await asyncio.sleep(0)
    assert asyncio.current_task() is first
    await asyncio.sleep(0.001)
    assert asyncio.current_task() is first
    await asyncio.gather(asyncio.sleep(0), asyncio.sleep(0.001))
    assert asyncio.current_task() is first


@check
async def current_task_kept_alive_by_nobody_is_still_the_same(scope):
    before = id(asyncio.current_task())
    await asyncio.sleep(0)
    assert id(asyncio.current_task()) == before


@check
async def requests_have_tasks_of_their_own(scope):
    other = []
    seen.append(other)
    await ask_helper(scope, "tasks", "_tells_its_task")
    assert seen.pop() is other
    assert isinstance(other[0], asyncio.Task)
    assert other[0] is not asyncio.current_task()
    await until(other[0].done)


seen: list[list] = []


@check
async def _tells_its_task(scope):
    seen[-1].append(asyncio.current_task())


@check
async def it_is_among_all_tasks_once_it_has_suspended(scope):
    await asyncio.sleep(0)
    assert asyncio.current_task() in asyncio.all_tasks()


@check
async def it_has_a_name_that_can_be_changed(scope):
    task = asyncio.current_task()
    assert isinstance(task.get_name(), str) and task.get_name()
    task.set_name("mine")
    await asyncio.sleep(0)
    assert asyncio.current_task().get_name() == "mine"


@check
async def it_is_not_done(scope):
    task = asyncio.current_task()
    assert not task.done() and not task.cancelled()
    for ask in (task.result, task.exception):
        try:
            ask()
        except asyncio.InvalidStateError:
            pass
        else:
            raise AssertionError(f"{ask} answered")


@check
async def it_can_be_shown(scope):
    task = asyncio.current_task()
    assert task.get_name() in repr(task)
    assert task.get_stack()
    text = io.StringIO()
    task.print_stack(file=text)
    assert "Stack for" in text.getvalue()


@check
async def it_shows_where_it_waits(scope):
    task = asyncio.current_task()
    found = []
    asyncio.get_running_loop().call_soon(lambda: found.extend(task.get_stack()))
    await asyncio.sleep(0.001)
    assert found, "no frame of a waiting task"


@check
async def its_coroutine_is_running(scope):
    task = asyncio.current_task()
    state = inspect.getcoroutinestate(task.get_coro())
    assert state in (inspect.CORO_RUNNING, inspect.CORO_SUSPENDED), state
    assert task.get_loop() is asyncio.get_running_loop()


@check
async def it_has_a_context(scope):
    if sys.version_info < (3, 12):
        raise Skip("Task.get_context is of Python 3.12")
    assert asyncio.current_task().get_context() is not None


@check
async def it_can_be_a_key_and_be_weakly_referenced(scope):
    task = asyncio.current_task()
    assert {task: 1}[task] == 1
    reference, known = weakref.ref(task), weakref.WeakSet([task])
    await asyncio.sleep(0)
    assert reference() is asyncio.current_task() and asyncio.current_task() in known


@check
async def its_done_callbacks_are_called(scope):
    for when in ("first", "later"):
        done_callbacks.clear()
        await ask_helper(scope, "tasks", "_adds_done_callbacks", when)
        await until(lambda: done_callbacks)
        await asyncio.sleep(0.01)
        assert len(done_callbacks) == 1, "one was added, another added and removed"
        assert done_callbacks[0].done() and done_callbacks[0].exception() is None


@check
async def _adds_done_callbacks(scope):
    def removed(done):
        done_callbacks.append("removed")

    task = asyncio.current_task()
    task.add_done_callback(removed)
    task.add_done_callback(done_callbacks.append)
    assert task.remove_done_callback(removed) == 1


@check
async def another_task_can_wait_for_it(scope):
    waiting.clear()
    await ask_helper(scope, "tasks", "_is_waited_for")
    await until(lambda: waiting)
    assert waiting == ["ended"]


waiting: list = []


@check
async def _is_waited_for(scope):
    task = asyncio.current_task()

    async def wait():
        await asyncio.wait([task])
        waiting.append("ended")

    kept.add(asyncio.create_task(wait()))


kept: set = set()


@check
async def it_cannot_wait_for_itself(scope):
    try:
        await asyncio.current_task()
    except RuntimeError as error:
        assert "itself" in str(error)
    else:
        raise AssertionError("it did")


@check
async def it_has_none_in_a_callback(scope):
    found = []
    asyncio.get_running_loop().call_soon(lambda: found.append(asyncio.current_task()))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert found == [None]


@check
async def a_bare_yield_is_one_turn(scope):
    order = []
    asyncio.get_running_loop().call_soon(order.append, "callback")
    await Yields(None)
    order.append("task")
    assert order == ["callback", "task"]


@check
async def a_bad_yield_is_an_error_of_the_coroutine(scope):
    for value, words in ((42, "bad yield"), (asyncio.get_running_loop().create_future(), "yield was used")):
        try:
            await Yields(value)
        except RuntimeError as error:
            assert words in str(error), error
        else:
            raise AssertionError(f"{value!r} was taken")


class Yields:
    """An awaitable that yields one value to whoever drives the coroutine."""

    def __init__(self, value):
        self.value = value

    def __await__(self):
        yield self.value


@check
async def a_future_of_another_loop_is_an_error(scope):
    other = asyncio.SelectorEventLoop()
    try:
        await other.create_future()
    except RuntimeError as error:
        assert "loop" in str(error)
    else:
        raise AssertionError("it was awaited")
    finally:
        other.close()


@check
async def eager_tasks(scope):
    if sys.version_info < (3, 12):
        raise Skip("eager tasks are of Python 3.12")
    if sys.version_info[:3] == (3, 13, 0) and is_uvloop():
        raise Skip("uvloop passes an argument that the factory of Python 3.13.0 does not take")
    loop, parent, order = asyncio.get_running_loop(), asyncio.current_task(), []

    async def child():
        order.append(asyncio.current_task())
        await asyncio.sleep(0)
        return asyncio.current_task()

    loop.set_task_factory(asyncio.eager_task_factory)
    try:
        task = asyncio.create_task(child())
        assert order == [task], "it did not begin at once"
        assert asyncio.current_task() is parent
        assert await task is task
    finally:
        loop.set_task_factory(None)
    assert asyncio.current_task() is parent
