"""ASGI by hand.

    $ hyperserve hello:app
    $ curl localhost:8000/
    $ head -c 100000000 /dev/zero | curl -sT- localhost:8000/echo | wc -c
"""

import time


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await live(scope, receive, send)
    elif scope["type"] == "http":
        await ROUTES.get(scope["path"], nothing)(scope, receive, send)
    else:
        raise ValueError(f"no answer to {scope['type']}")


async def live(scope, receive, send):
    """What is put into the state before the start, each request finds in its scope."""
    await receive()
    scope["state"]["since"] = time.monotonic()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})


async def hello(scope, receive, send):
    seconds = time.monotonic() - scope["state"]["since"]
    await text(send, 200, f"Hello. This worker has been up for {seconds:.0f} seconds.\n")


async def echo(scope, receive, send):
    """The body goes back as it comes: each side waits for the other, and nothing is collected."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        more = message["more_body"]
        await send({"type": "http.response.body", "body": message["body"], "more_body": more})


async def nothing(scope, receive, send):
    await text(send, 404, "There is nothing here.\n")


async def text(send, status, words):
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": words.encode()})


ROUTES = {"/": hello, "/echo": echo}
