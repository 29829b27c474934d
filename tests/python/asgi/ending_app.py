"""Ends: the client that leaves, the answer that is over, the work that goes on behind it."""

import asyncio

from harness.asgi import Routes, answer, piece, read, start

app = Routes()


def key_of(scope) -> str:
    return scope["path"].rsplit("/", 1)[1]


@app.route
async def waits(scope, receive, send):
    """Reads the request, then waits for the disconnect."""
    key = key_of(scope)
    await read(receive)
    app.note(key, "waiting")
    app.note(key, (await receive())["type"])
    app.note(key, (await receive())["type"])


@app.route
async def after_answer(scope, receive, send):
    """What receive() says once the answer is whole and the client still there."""
    key = key_of(scope)
    await read(receive)
    await answer(send, b"done")
    app.note(key, (await receive())["type"])


@app.route
async def sends_on(scope, receive, send):
    """Streams until send() raises, at most 200 pieces; notes what it raised."""
    key = key_of(scope)
    await start(send)
    try:
        for index in range(200):
            await piece(send, bytes(1000))
            if index == 0:
                app.note(key, "begun")
            await asyncio.sleep(0.01)
        app.note(key, "sent all")
    except BaseException as error:
        app.note(key, [cls.__name__ for cls in type(error).__mro__])


@app.route
async def blocked(scope, receive, send):
    """Sends without a pause, so that send() waits for the reader; notes how it came out of that."""
    key = key_of(scope)
    await start(send)
    app.note(key, "begun")
    try:
        for _ in range(3200):
            await piece(send, bytes(65536))
        app.note(key, "sent all")
    except BaseException as error:
        app.note(key, [cls.__name__ for cls in type(error).__mro__])


@app.route
async def listens_and_streams(scope, receive, send):
    """Starlette's way for servers of version 2.3: a task that listens for the disconnect cancels the stream."""
    key = key_of(scope)
    await start(send)
    app.note(key, "begun")

    async def listen():
        while (await receive())["type"] != "http.disconnect":
            pass

    async def stream():
        while True:
            await piece(send, b"tick")
            await asyncio.sleep(0.01)

    tasks = [asyncio.create_task(listen()), asyncio.create_task(stream())]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    app.note(key, "listener" if tasks[0].done() else "stream")
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@app.route
async def works_on(scope, receive, send):
    """Answers, then works for 0.4 s."""
    key = key_of(scope)
    await answer(send, b"answered")
    app.note(key, "answered")
    await asyncio.sleep(0.4)
    app.note(key, "worked")


@app.route
async def ignores(scope, receive, send):
    """Works before the answer and never looks at the client."""
    key = key_of(scope)
    app.note(key, "begun")
    try:
        await asyncio.sleep(0.4)
        app.note(key, "worked")
        await answer(send, b"late")
    except asyncio.CancelledError:
        app.note(key, "cancelled")
        raise
    except OSError:
        app.note(key, "nobody there")
