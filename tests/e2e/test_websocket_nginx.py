"""WebSocket behind a real nginx, which runs with the very block that the guide shows."""

import json
import os
import re
import shutil
import socket
import subprocess
import time
import zlib
from pathlib import Path

import pytest

from harness.server import ROOT, wait_until
from harness.sockets import CLOSE, HANDSHAKE, PING, PONG, TEXT, frame
from harness.wire import CLOSED, OPEN, Wire

PAGE = ROOT / "docs" / "guide" / "websocket.md"
DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate"


class Nginx:
    """One process, in the foreground, all its files in `folder`."""

    def __init__(self, folder: Path, upstream: str, **changed):
        self.address = ("127.0.0.1", free_port())
        text = re.search(r"```nginx\n(.*?)```", PAGE.read_text(), re.DOTALL)[1]
        for what, instead in {
            "listen 80;": f"listen {self.address[0]}:{self.address[1]};",
            "server 127.0.0.1:8080;": f"server {upstream};",
            **{f"{name} 75s;": f"{name} {value};" for name, value in changed.items()},
        }.items():
            assert text.count(what) == 1, f"{what!r} is not once in the guide's block"
            text = text.replace(what, instead)
        paths = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy"))
        (folder / "nginx.conf").write_text(
            f"daemon off; master_process off; pid {folder}/pid; error_log stderr warn; events {{}}\n"
            f"http {{ access_log off; {paths}\n{text}}}\n"
        )
        self.process = subprocess.Popen([nginx(), "-e", "stderr", "-p", folder, "-c", folder / "nginx.conf"])
        wait_until(self._is_up, 10, "nginx")

    def _is_up(self) -> bool:
        assert self.process.poll() is None, "nginx ended at once"
        with socket.socket() as probe:
            return probe.connect_ex(self.address) == 0

    def end(self):
        self.process.terminate()
        self.process.wait(10)


def nginx() -> str:
    found = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
    assert found, "no nginx: apt-get install nginx-light"
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def showcase(serve):
    """Starts the showcase, whose chat room is the service, behind trusted loopback."""
    return lambda **limits: serve("--trusted-proxies", "loopback", app="showcase", **limits)


@pytest.fixture
def behind(tmp_path):
    """Puts nginx in front of a server."""
    started = []

    def start(server, **changed):
        started.append(Nginx(tmp_path, "%s:%d" % server.address, **changed))
        return started[-1].address

    yield start
    for process in started:
        process.end()


class Client:
    """A page in the chat room, which names its host as browsers do and inflates what is compressed."""

    def __init__(self, address, *fields):
        self.wire = Wire(address)
        head = ["GET /api/chat HTTP/1.1", "Host: %s:%d" % address, *HANDSHAKE, *fields, "", ""]
        self.response = self.wire.send("\r\n".join(head).encode()).response()
        self.inflate = zlib.decompressobj(-15)
        self.compressed = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.wire.socket.close()

    def send(self, opcode: int, payload: bytes):
        self.wire.send(frame(opcode, payload))

    def tell(self, **message):
        self.send(TEXT, json.dumps(message).encode())

    def frame(self):
        """Opcode and payload of the next frame."""
        first, second = self.wire.read(2)
        size = second & 0x7F
        if size >= 126:
            size = int.from_bytes(self.wire.read(2 if size == 126 else 8), "big")
        payload = self.wire.read(size)
        if first & 0x40:
            self.compressed += 1
            payload = self.inflate.decompress(payload + b"\0\0\xff\xff")
        return first & 0x0F, payload

    def heard(self, kind: str) -> dict:
        """The next message of this kind."""
        while True:
            opcode, payload = self.frame()
            if opcode == PING:
                self.send(PONG, payload)
            elif opcode == TEXT and (message := json.loads(payload))["kind"] == kind:
                return message

    def enter(self, name: str) -> dict:
        self.tell(kind="enter", name=name, seen=None)
        return self.heard("welcome")


def test_messages_pass_both_ways_and_stay_compressed(showcase, behind):
    address = behind(showcase())
    with Client(address, DEFLATE) as ada, Client(address) as bo:
        assert (ada.response.status, bo.response.status) == (101, 101)
        assert ada.response.headers["sec-websocket-extensions"].startswith("permessage-deflate")
        assert "sec-websocket-extensions" not in bo.response.headers
        assert ada.enter("Ada")["compressed"] is True
        assert [member["name"] for member in bo.enter("Bo")["members"]] == ["Ada", "Bo"]
        text = "as long as it is alike " * 50
        bo.tell(kind="say", text=text, tag=7)
        assert ada.heard("said")["text"] == bo.heard("said")["text"] == text.strip()
        assert (ada.compressed, bo.compressed) == (1, 0)


def test_pages_of_this_host_may_connect_and_no_others(showcase, behind):
    address = behind(showcase())
    with Client(address, "Origin: http://%s:%d" % address) as client:
        assert client.response.status == 101
    for origin in ("http://evil.example", "http://127.0.0.1:1", "null"):
        with Client(address, f"Origin: {origin}") as client:
            assert client.response.status == 403, origin


def test_the_client_is_who_nginx_says(showcase, behind):
    with Wire(behind(showcase()), source="127.0.0.7") as wire:
        assert json.loads(wire.get("/api/reached").response().body)["client"] == "127.0.0.7"


def test_pings_outlast_the_patience_of_nginx(showcase, behind):
    address = behind(showcase(ws_ping_interval="400ms"), proxy_read_timeout="2s")
    with Client(address) as client:
        client.enter("Ada")
        end = time.monotonic() + 4
        while time.monotonic() < end:
            opcode, payload = client.frame()
            assert opcode == PING
            client.send(PONG, payload)
        client.tell(kind="ping")
        client.heard("pong")


def test_without_pings_nginx_closes_and_the_server_notices(showcase, behind):
    server = showcase(ws_ping_interval="off")
    with Client(behind(server, proxy_read_timeout="1s")) as client, Client(server.address) as watcher:
        client.enter("Ada")
        watcher.enter("Bo")
        fate = client.wire.fate(5)
        assert fate.kind == CLOSED and 0.5 < fate.seconds < 3
        assert watcher.heard("left")["id"] == 1


def test_a_stop_says_goodbye_through_nginx(showcase, behind):
    server = showcase()
    with Client(behind(server)) as client:
        client.enter("Ada")
        assert client.wire.fate(0.1).kind == OPEN
        server.terminate()
        opcode, payload = client.frame()
        assert (opcode, payload[:2]) == (CLOSE, (1001).to_bytes(2, "big"))
        client.send(CLOSE, payload[:2])
        assert client.wire.fate(3).kind == CLOSED
    assert server.exit_code() == 0
    assert "cut" not in server.stderr()
