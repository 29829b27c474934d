"""Uploads that are spooled to disk: whatever becomes of the client, of the body or of the disk, no file is left behind."""

import json
import os
import time

import pytest

from harness.frames import Http2, data, reset
from harness.server import wait_until
from harness.wire import Wire

KIB, MIB = 1024, 1024 * 1024
TYPE = "multipart/form-data; boundary=edge"
BEGIN = b'--edge\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
END = b"\r\n--edge--\r\n"
HALF = BEGIN + b"x" * 600 * KIB


@pytest.fixture
def spooling(serve, tmp_path):
    """Starts a server that spools into `tmp_path`."""

    def start(**options):
        return serve(environment={"TMPDIR": str(tmp_path)}, body_limit="8MiB", **options)

    return start


def gone(server, folder, end: str):
    """No file is left, and the handler has ended like this."""
    account = lambda: json.loads(server.get("/spool/account.json")[1])
    assert wait_until(account, 5, "end of the upload") == {end: 1}
    wait_until(lambda: not os.listdir(folder), 5, "removal of the file")
    server.assert_serves()


def begun(server, folder, length: int = 4 * MIB) -> Wire:
    """An upload that stands in the middle, with its file on the disk."""
    wire = Wire(server.address).post_head("/spool", f"Content-Type: {TYPE}", f"Content-Length: {length}").send(HALF)
    wait_until(lambda: os.listdir(folder), 5, "file")
    return wire


def begun_by_http2(client: Http2, folder) -> Http2:
    client.settle().ask(1, "/spool", "POST", ("content-type", TYPE), end_stream=False)
    for at in range(0, len(HALF), 16 * KIB):
        client.send(data(1, HALF[at : at + 16 * KIB]))
    wait_until(lambda: os.listdir(folder), 5, "file")
    return client


def test_a_whole_upload_is_spooled(spooling, tmp_path):
    server = spooling()
    with Wire(server.address) as wire:
        wire.post_head("/spool", f"Content-Type: {TYPE}", f"Content-Length: {len(HALF + END)}").push(HALF + END)
        assert json.loads(wire.response().body) == [{"length": 600 * KIB, "in_memory": False}]
    gone(server, tmp_path, "whole")


@pytest.mark.parametrize("how", ["close", "half_close", "reset"])
def test_a_client_that_leaves_in_the_middle(spooling, tmp_path, how):
    server = spooling()
    with begun(server, tmp_path) as wire:
        {"close": wire.socket.close, "half_close": wire.half_close, "reset": wire.reset}[how]()
        gone(server, tmp_path, "disconnected")


@pytest.mark.parametrize("how", ["stream", "connection"])
def test_a_client_that_leaves_by_http2(spooling, tmp_path, how):
    server = spooling()
    with Http2(server.address) as client:
        begun_by_http2(client, tmp_path)
        client.send(reset(1)) if how == "stream" else client.socket.close()
        gone(server, tmp_path, "disconnected")


@pytest.mark.parametrize("limits", [{}, {"body_min_rate": "8MiB"}], ids=["silence", "rate"])
def test_a_client_that_is_too_slow(spooling, tmp_path, limits):
    server = spooling(body_idle_timeout="1s", **limits)
    with begun(server, tmp_path) as wire:
        end = time.monotonic() + 5
        while limits and wire.is_open() and time.monotonic() < end:
            wire.send(b"x")
            time.sleep(0.1)
        response = wire.response()
        assert response.status == 408 and response.closes
        gone(server, tmp_path, "408")


def test_a_client_that_is_too_slow_by_http2(spooling, tmp_path):
    server = spooling(body_idle_timeout="1s")
    with Http2(server.address) as client:
        assert begun_by_http2(client, tmp_path).answer(1, 4).status == 408
        gone(server, tmp_path, "408")


@pytest.mark.parametrize("expect", [(), ("Expect: 100-continue",)], ids=["plain", "Expect"])
def test_an_announced_length_above_the_limit_is_refused_at_once(spooling, tmp_path, expect):
    server = spooling()
    with Wire(server.address) as wire:
        wire.post_head("/spool", f"Content-Type: {TYPE}", f"Content-Length: {9 * MIB}", *expect)
        response = wire.response()
        assert response.status == 413 and response.closes
        gone(server, tmp_path, "413")


def test_a_body_that_passes_the_limit(spooling, tmp_path):
    server = spooling()
    with Wire(server.address) as wire:
        wire.post_head("/spool", f"Content-Type: {TYPE}", "Transfer-Encoding: chunked")
        wire.push(b"%x\r\n" % (9 * MIB) + BEGIN + b"x" * (9 * MIB - len(BEGIN)))
        assert wire.response().status == 413
        gone(server, tmp_path, "413")


def test_a_disk_without_room_is_answered_507(spooling, tmp_path):
    """The shell allows files of 400 KiB, and has the signal ignored that would end the server otherwise (setrlimit)."""
    server = spooling(shell="trap '' XFSZ; ulimit -f 400; exec")
    with Wire(server.address) as wire:
        wire.post_head("/spool", f"Content-Type: {TYPE}", f"Content-Length: {len(HALF + END)}").push(HALF + END)
        assert wire.response().status == 507
        gone(server, tmp_path, "507")


def test_a_server_that_stops_leaves_nothing(spooling, tmp_path):
    server = spooling(drain_deadline="200ms")
    with begun(server, tmp_path):
        server.terminate()
        assert server.exit_code() == 0
    assert os.listdir(tmp_path) == []
