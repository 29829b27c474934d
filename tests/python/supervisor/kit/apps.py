"""Applications for a supervisor to run, as files that a test may change."""

from pathlib import Path

PREAMBLE = '''
import asyncio, os, sys, time

async def answer(send, text, status=200):
    body = str(text).encode()
    await send({"type": "http.response.start", "status": status,
                "headers": [(b"content-length", b"%d" % len(body)), (b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": body})

async def lifespan(receive, send):
    while (message := await receive())["type"] != "lifespan.shutdown":
        await send({"type": message["type"] + ".complete"})
    await send({"type": "lifespan.shutdown.complete"})
'''

#: GET / gives the process's number, /version the value of VERSION, /sleep/SECONDS answers later, /block/SECONDS holds the
#: thread, /exit/CODE ends the process, /eat/MIB keeps memory, /stream never ends.
APP = PREAMBLE + '''
VERSION = "one"
kept = []

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        return await lifespan(receive, send)
    path, _, number = scope["path"].strip("/").partition("/")
    match path:
        case "version": return await answer(send, VERSION)
        case "sleep": await asyncio.sleep(float(number))
        case "block": time.sleep(float(number))
        case "exit": os._exit(int(number))
        case "eat": kept.append(bytearray(os.urandom(1024)) * (1024 * int(number)))
        case "stream": return await stream(send)
    await answer(send, os.getpid())

async def stream(send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    while True:
        await send({"type": "http.response.body", "body": b"tick\\n", "more_body": True})
        await asyncio.sleep(0.05)
'''


def write(folder: Path, text: str = APP, name: str = "app.py", version: str = "one") -> Path:
    """Writes the application, in one piece as far as a reader can see."""
    file, fresh = folder / name, folder / f".{name}.new"
    fresh.write_text(text.replace('VERSION = "one"', f'VERSION = "{version}"'))
    fresh.replace(file)
    return file
