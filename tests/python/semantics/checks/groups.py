"""Several tasks at once: TaskGroup, gather, wait, as_completed, queues and locks."""

import asyncio

from harness.checks import Table

check = Table()


async def value(number: int, after: float = 0):
    await asyncio.sleep(after)
    return number


@check
async def task_group(scope):
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(value(number, number / 1000)) for number in range(5)]
    assert [task.result() for task in tasks] == [0, 1, 2, 3, 4]


@check
async def task_group_without_tasks(scope):
    async with asyncio.TaskGroup():
        pass


@check
async def task_group_cancels_the_others_when_one_fails(scope):
    async def fails():
        await asyncio.sleep(0.001)
        raise ValueError("one of them")

    try:
        async with asyncio.TaskGroup() as group:
            slow = group.create_task(asyncio.sleep(5))
            group.create_task(fails())
    except* ValueError as errors:
        assert [str(error) for error in errors.exceptions] == ["one of them"]
    else:
        raise AssertionError("nothing was raised")
    assert slow.cancelled()


@check
async def task_group_interrupts_its_own_body(scope):
    async def fails():
        raise ValueError

    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(fails())
            await asyncio.sleep(5)
            raise AssertionError("the body went on")
    except* ValueError:
        pass
    await asyncio.sleep(0)


@check
async def gather(scope):
    assert await asyncio.gather(value(1), value(2, 0.001), value(3)) == [1, 2, 3]


@check
async def gather_with_exceptions(scope):
    async def fails():
        raise KeyError("missing")

    results = await asyncio.gather(value(1), fails(), return_exceptions=True)
    assert results[0] == 1 and isinstance(results[1], KeyError)
    try:
        await asyncio.gather(fails(), value(1))
    except KeyError:
        pass


@check
async def wait_and_as_completed(scope):
    tasks = [asyncio.create_task(value(number, number * 0.03)) for number in (2, 0, 1)]
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    assert tasks[1] in done and tasks[0] in pending
    assert sorted([await each for each in asyncio.as_completed(tasks)]) == [0, 1, 2]


@check
async def ten_thousand_tasks(scope):
    tasks = [asyncio.create_task(value(number)) for number in range(10_000)]
    assert sum(await asyncio.gather(*tasks)) == 49_995_000


@check
async def queue(scope):
    queue = asyncio.Queue(maxsize=2)

    async def produce():
        for number in range(10):
            await queue.put(number)
        await queue.put(None)

    producer = asyncio.create_task(produce())
    got = []
    while (number := await queue.get()) is not None:
        got.append(number)
    await producer
    assert got == list(range(10))


@check
async def locks(scope):
    lock, semaphore, event, condition = asyncio.Lock(), asyncio.Semaphore(2), asyncio.Event(), asyncio.Condition()
    inside, most = 0, 0

    async def enter():
        nonlocal inside, most
        async with semaphore:
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0.001)
            inside -= 1

    await asyncio.gather(*(enter() for _ in range(6)))
    assert most == 2
    async with lock:
        other = asyncio.create_task(lock.acquire())
        await asyncio.sleep(0)
        assert not other.done()
    assert await other
    lock.release()
    asyncio.get_running_loop().call_soon(event.set)
    await event.wait()

    async def notify():
        async with condition:
            condition.notify_all()

    async with condition:
        notifier = asyncio.create_task(notify())
        await condition.wait()
    await notifier


@check
async def barrier(scope):
    barrier = asyncio.Barrier(3)
    places = await asyncio.gather(*(barrier.wait() for _ in range(3)))
    assert sorted(places) == [0, 1, 2]
