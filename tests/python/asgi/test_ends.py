"""Disconnects as receive() and send() tell them, and what goes on behind an answer."""

import uuid

import pytest

from harness.notes import notes, wait_for_note
from harness.wire import Wire

APP = "ending_app:app"


@pytest.fixture
def key() -> str:
    return uuid.uuid4().hex


@pytest.mark.parametrize("how", ["close", "reset"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_receive_tells_that_the_client_left(server, key, method, how):
    with Wire(server.address) as wire:
        wire.ask(method, f"/waits/{key}", body=b"body" if method == "POST" else b"")
        wait_for_note(server, key)
        getattr(wire, how)()
    # a second call says it again
    assert wait_for_note(server, key, 3) == ["waiting", "http.disconnect", "http.disconnect"]


def test_receive_behind_the_answer_is_a_disconnect(server, key):
    with Wire(server.address) as wire:
        assert wire.get(f"/after-answer/{key}").answer().body == b"done"
        assert wait_for_note(server, key) == ["http.disconnect"]
        assert wire.get("/ready").answer().body == b"ok"


def test_receive_waits_while_the_client_waits(server, key):
    with Wire(server.address) as wire:
        wire.get(f"/waits/{key}")
        wait_for_note(server, key)
        with Wire(server.address) as other:
            for _ in range(20):
                other.get("/ready").answer()
        assert notes(server, key) == ["waiting"]


@pytest.mark.parametrize("how", ["close", "reset"])
def test_send_tells_that_the_client_left(server, key, how):
    with Wire(server.address) as wire:
        wire.get(f"/sends-on/{key}").head()
        wait_for_note(server, key)
        getattr(wire, how)()
    told = wait_for_note(server, key, 2)[1]
    if server.is_ours:
        # the specification wants an OSError since 2.4; the control, of 2.3, takes everything in silence
        assert "OSError" in told
    else:
        assert told == "sent all"


def test_a_send_that_waits_ends_when_the_client_leaves(server, key):
    with Wire(server.address, receive_buffer=4096) as wire:
        wire.get(f"/blocked/{key}").head()
        wait_for_note(server, key)
        wire.reset()
    told = wait_for_note(server, key, 2)[1]
    assert "OSError" in told if server.is_ours else told == "sent all"


def test_a_listening_task_ends_a_stream(server, key):
    with Wire(server.address) as wire:
        wire.get(f"/listens-and-streams/{key}").head()
        wait_for_note(server, key)
    # ours raises OSError from send() as well: either of the two may be seen first
    assert wait_for_note(server, key, 2)[1] in (["listener", "stream"] if server.is_ours else ["listener"])


def test_work_goes_on_behind_the_answer(server, key):
    """The answer is whole at once, and the connection serves the next request meanwhile."""
    with Wire(server.address) as wire:
        assert wire.get(f"/works-on/{key}").answer().body == b"answered"
        assert wire.get("/ready").answer().body == b"ok"
        assert notes(server, key) == ["answered"]
        assert wait_for_note(server, key, 2) == ["answered", "worked"]


def test_work_behind_the_answer_outlives_the_connection(server, key):
    with Wire(server.address) as wire:
        assert wire.get(f"/works-on/{key}", "Connection: close").answer().body == b"answered"
    assert wait_for_note(server, key, 2) == ["answered", "worked"]


def test_a_handler_is_not_cancelled_when_its_client_leaves(server, key):
    with Wire(server.address) as wire:
        wire.get(f"/ignores/{key}")
        wait_for_note(server, key)
    assert wait_for_note(server, key, 2)[:2] == ["begun", "worked"]


def test_a_handler_is_cancelled_if_that_is_wanted(only_ours, key):
    server = only_ours(APP, "--cancel-on-disconnect")
    with Wire(server.address) as wire:
        wire.get(f"/ignores/{key}")
        wait_for_note(server, key)
    assert wait_for_note(server, key, 2) == ["begun", "cancelled"]
    with Wire(server.address) as wire:
        assert wire.get(f"/works-on/{key}").answer().body == b"answered"
    # what is behind a whole answer is nobody's any more, so nothing cancels it
    assert wait_for_note(server, key, 4)[2:] == ["answered", "worked"]
