"""A Quart app: forms, uploads, streams, events, WebSockets, background work."""

import asyncio
import gc
import hashlib
import io
import threading

from quart import (
    Quart,
    abort,
    jsonify,
    make_response,
    redirect,
    render_template_string,
    request,
    send_file,
    session,
    url_for,
    websocket,
)
from quart.utils import run_sync

app = Quart(__name__)
app.secret_key = "for the test alone"
app.config["MAX_CONTENT_LENGTH"] = 8_000_000
LETTERS = b"abcdefghijklmnopqrstuvwxyz" * 1000
EVENTS: list[str] = []


@app.before_serving
async def up():
    EVENTS.append("up")


@app.after_serving
async def down():
    EVENTS.append("down")


@app.after_request
async def mark(response):
    response.headers["x-after"] = "hook"
    return response


@app.get("/about/<path:rest>")
async def about(rest):
    return {
        "rest": rest, "path": request.path, "url": request.url, "args": request.args.getlist("a"),
        "remote": request.remote_addr, "reverse": url_for("about", rest="x", _external=True),
        "http": request.http_version, "root": request.root_path,
    }  # fmt: skip


@app.route("/form", methods=["GET", "POST"])
async def form():
    if request.method == "POST":
        session["word"] = (await request.form)["word"]
        return redirect(url_for("form"), 303)
    return await render_template_string("<p>{{ word }}</p>", word=session.get("word", ""))


@app.post("/upload")
async def upload():
    file = (await request.files)["file"]
    octets = file.read()
    note = (await request.form)["note"]
    return {"name": file.filename, "size": len(octets), "sha256": hashlib.sha256(octets).hexdigest(), "note": note}


@app.post("/raw")
async def raw():
    size = 0
    async for piece in request.body:
        size += len(piece)
    return {"size": size}


@app.post("/json")
async def as_json():
    return {"got": await request.get_json()}


@app.get("/stream")
async def stream():
    count = request.args.get("count", 5, int)

    async def lines():
        for number in range(count):
            await asyncio.sleep(0.001)
            yield f"line {number}\n"

    return lines(), {"content-type": "text/plain"}


@app.get("/endless")
async def endless():
    async def ticks():
        try:
            while True:
                yield b"tick\n"
                await asyncio.sleep(0.01)
        finally:
            EVENTS.append("closed")

    response = await make_response(ticks())
    response.timeout = None
    return response


@app.get("/events")
async def events():
    async def ticks():
        for number in range(3):
            yield f"event: tick\ndata: {number}\n\n"

    return ticks(), {"content-type": "text/event-stream"}


@app.get("/seen")
async def seen():
    gc.collect()  # a generator that was left at a `yield` ends when it is collected
    return jsonify(EVENTS)


@app.get("/file")
async def file():
    return await send_file(io.BytesIO(LETTERS), "text/plain", conditional=True)


@app.post("/later")
async def later():
    async def note():
        await asyncio.sleep(0.05)
        EVENTS.append("background")

    app.add_background_task(note)
    return {"queued": True}, 202


@app.get("/tasks")
async def tasks():
    async def argument(name):
        await asyncio.sleep(0.01)
        return request.args[name]

    async with asyncio.TaskGroup() as group:
        found = [group.create_task(argument(name)) for name in ("a", "b")]
    return jsonify([task.result() for task in found])


@app.get("/thread")
async def thread():
    return {"main": await run_sync(lambda: threading.current_thread() is threading.main_thread())()}


@app.get("/abort")
async def aborts():
    abort(410, "gone for good")


@app.errorhandler(410)
async def gone(error):
    return {"error": error.description}, 410


@app.get("/bug")
async def bug():
    raise RuntimeError("a bug of the handler")


@app.websocket("/ws/echo")
async def echo():
    await websocket.accept(headers={"x-accepted": "yes"})
    try:
        while True:
            await websocket.send(await websocket.receive())
    except asyncio.CancelledError:
        EVENTS.append("socket closed")
        raise


@app.websocket("/ws/both")
async def both():
    """Sends and receives at once, as Quart's own documentation has it."""

    async def sending():
        for number in range(20):
            await websocket.send_json({"number": number})
            await asyncio.sleep(0.001)

    async def receiving():
        return [await websocket.receive() for _ in range(20)]

    _, got = await asyncio.gather(sending(), receiving())
    await websocket.send_json({"got": got})


@app.websocket("/ws/refuse")
async def refuse():
    abort(401, "not you")


@app.websocket("/ws/close")
async def close():
    await websocket.accept()
    await websocket.close(4001, "as asked")
