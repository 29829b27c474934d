"""Backpressure: whoever is slow makes the other wait, and nothing piles up in between."""

import time

import pytest

from harness.notes import notes, wait_for_note
from harness.wire import get

from .conftest import BINARY, TEXT

APP = "socket_app:app"
MIB = 1 << 20


def test_send_waits_for_a_client_that_does_not_read(server, frames, key):
    wire = frames(f"/floods/{key}", receive_buffer=16384)
    server.forget_peak()
    time.sleep(0.7)
    sent = notes(server, key)
    assert 0 < len(sent) < 300, len(sent)
    assert server.memory("VmHWM") < server.memory() + 16 * MIB
    for index in range(400):
        assert wire.next() == (BINARY, bytes([index % 256]) * 65536)
    assert wire.close_code() == 1000


def test_reading_pauses_for_an_application_that_does_not_receive(server, frames, key):
    wire = frames(f"/deaf/{key}")
    wait_for_note(server, key)
    before = server.memory()
    piece = b"\x82\xfe\x40\x00\0\0\0\0" + bytes(16384)
    flood = piece * 3052  # 50 MB
    pushed = wire.push(flood, 1.0)
    assert pushed < len(flood)
    assert server.memory() < before + 16 * MIB
    get(server.address, f"/go/{key}")
    wire.socket.settimeout(20)
    wire.socket.sendall(flood[pushed:])
    opcode, total = wire.next()
    assert opcode == TEXT and int(total) >= 50_000_000


@pytest.mark.ours
def test_a_blocked_send_ends_when_the_client_leaves(server, frames, key):
    wire = frames(f"/floods/{key}", receive_buffer=16384)
    time.sleep(0.3)
    wire.reset()
    time.sleep(0.3)
    count = len(notes(server, key))
    time.sleep(0.2)
    assert len(notes(server, key)) == count < 400
