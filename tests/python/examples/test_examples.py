"""The examples of the Python face, each as its first lines say that it is run."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from harness.server import Server
from harness.waiting import wait_until
from harness.wire import Wire, get

FOLDER = Path(__file__).resolve().parents[3] / "crates/python/examples"

pytestmark = pytest.mark.ours


@pytest.fixture
def run(only_ours, tmp_path):
    """Starts an example with its flags; its files go to a folder of the test."""

    def start(app: str, *flags: str) -> Server:
        pytest.importorskip({"todo": "fastapi", "board": "starlette", "notes": "flask"}.get(app.split("_")[0], "asyncio"))
        return only_ours(app, "--app-dir", FOLDER, *flags, folder=tmp_path)

    return start


def test_hello(run):
    server = run("hello:app")
    assert get(server.address, "/").body.startswith(b"Hello.")
    with Wire(server.address) as wire:
        assert wire.post("/echo", b"x" * 1_000_000).answer().body == b"x" * 1_000_000


def test_todo_fastapi(run):
    server = run("todo_fastapi:app")
    kind = "Content-Type: application/json"
    with Wire(server.address) as wire:
        assert wire.post("/todos", b'{"title": "write"}', kind).answer().status == 201
        assert wire.post("/todos", b'{"title": ""}', kind).answer().status == 422
        assert json.loads(wire.get("/todos").answer().body) == [{"id": 1, "title": "write", "done": False}]
        assert wire.ask("DELETE", "/todos/1").answer().status == 204
        assert wire.ask("DELETE", "/todos/1").answer().status == 404


def test_board_starlette(run):
    server = run("board_starlette:app", "--timeout-graceful-shutdown", "1")
    with Wire(server.address) as reader, Wire(server.address) as writer:
        reader.get("/events")
        head = reader.head()
        assert head.fields["content-type"].startswith("text/event-stream")
        assert writer.post("/", b"good morning").answer().status == 204
        assert next(iter(reader.chunks(head))) == b'data: "good morning"\n\n'


def test_notes_flask(run):
    server = run("notes_flask:app", "--interface", "wsgi", "--wsgi-threads", "2")
    kind = "Content-Type: application/x-www-form-urlencoded"
    with Wire(server.address) as wire:
        assert wire.post("/", b"text=buy+milk", kind).answer().status == 201
        assert json.loads(wire.get("/").answer().body) == [{"id": 1, "text": "buy milk"}]
        assert wire.get("/all.csv").answer().body == b"1,buy milk\r\n"


def test_chat(run):
    from websockets.sync.client import connect

    server = run("chat:app", "--lifespan", "off")
    assert b"<title>Chat</title>" in get(server.address, "/").body
    url = server.url.replace("http", "ws")
    with connect(url) as first:
        assert first.recv(5).endswith("is here")
        with connect(url) as second:
            assert first.recv(5).endswith("is here")
            assert second.recv(5).endswith("is here")
            second.send("hello")
            assert first.recv(5).endswith(": hello")
        assert first.recv(5).endswith("has left")


def test_embedded(only_ours, tmp_path):
    environment = Server("hyperserve", "unused:app").environment
    log = tmp_path / "log"
    with open(log, "wb") as output:
        program = subprocess.Popen([sys.executable, FOLDER / "embedded.py"], env=environment, stdout=output)
    try:
        wait_until(lambda: b"\n" in log.read_bytes(), 20, "its address")
        host, port = log.read_text().split()[1].split("://")[1].split(":")
        assert get((host, int(port)), "/").body.endswith(b"seconds\n")
        program.send_signal(signal.SIGTERM)
        assert program.wait(10) == 0
    finally:
        program.kill()
