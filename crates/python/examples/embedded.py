"""The server within a program's own event loop, beside other work.

    $ python embedded.py
"""

import asyncio
import signal

import hyperserve

ticks = 0


async def app(scope, receive, send):
    assert scope["type"] == "http"
    headers = [(b"content-type", b"text/plain")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"%d seconds\n" % ticks})


async def work():
    global ticks
    while True:
        await asyncio.sleep(1)
        ticks += 1


async def main():
    server = hyperserve.Server(app, port=0, lifespan="off")
    # The program's signals are its own: this one begins the drain.
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, server.stop)
    print("try", *server.urls, flush=True)
    working = asyncio.create_task(work())
    await server.serve()
    working.cancel()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=hyperserve.Loop) as runner:
        runner.run(main())
