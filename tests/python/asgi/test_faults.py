"""Applications that do wrong: what the client gets of it, what the application is told, what the log says."""

import pytest

from asgi.fault_app import OK, WRONG
from harness.notes import notes
from harness.waiting import wait_until
from harness.wire import CLOSED, OPEN, Cut, Wire, get

APP = "fault_app:app"
pytestmark = pytest.mark.logs_traceback

#: What the control takes, sends on as it is, or lets the client find out.
ONLY_OURS = {
    "type-is-bytes",
    "status-too-small",
    "status-too-large",
    "status-is-interim",
    "value-with-cr",
    "name-with-space",
    "name-with-colon",
    "name-is-empty",
    "name-is-pseudo",
    "length-is-no-number",
    "length-is-negative",
    "lengths-differ",
    "body-is-list",
}


@pytest.fixture(autouse=True)
def still_serves(server):
    yield
    assert get(server.address, "/ready").body == b"ok"


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_message_is_refused(server, name):
    if not server.is_ours and name in ONLY_OURS:
        pytest.skip("the control does not look at this")
    before = len(notes(server, name))
    with Wire(server.address) as wire:
        wire.get(f"/wrong/{name}")
        kind, octets = _outcome(wire)
    told = notes(server, name)[before:]
    assert told and told != ["taken"], f"{told}, and the client got {octets!r}"
    assert b"injected" not in octets
    if server.is_ours:
        # a start that was refused has not been sent, so there is room for a whole 500
        statuses = (b"HTTP/1.1 500", b"HTTP/1.1 200") if WRONG[name][0] is OK else (b"HTTP/1.1 500",)
        assert octets.startswith(statuses) or (kind == CLOSED and WRONG[name][0] is OK), octets


def _outcome(wire):
    """How the connection stands once the server has nothing to add."""
    try:
        answer = wire.answer()
        return OPEN, f"HTTP/1.1 {answer.status} {answer.headers}".encode() + answer.body
    except Cut as cut:
        return CLOSED, cut.received


@pytest.mark.ours
def test_an_application_may_do_better_after_a_refusal(server):
    """Nothing of a refused start is kept."""
    with Wire(server.address) as wire:
        assert wire.get("/forgiven").answer().body == b"forgiven"
    assert len(notes(server, "forgiven")) == 3


@pytest.mark.parametrize("target", ["/too-long", "/too-long-in-pieces", "/too-short"])
def test_the_length_that_was_said_is_held(server, target):
    """RFC 9112 §6.3: never more than the length, for the rest would be taken for the next answer; never a whole answer
    with less."""
    with Wire(server.address) as wire:
        kind, octets = _outcome(wire.get(target))
    assert b"456789" not in octets and b"123456789" not in octets
    if kind == CLOSED:
        assert len(octets) <= 5
    else:
        assert octets.startswith(b"HTTP/1.1 500"), "an answer that looks whole"
    wait_until(
        lambda: "Content-Length" in server.since_mark() or "content-length" in server.since_mark(), 5, "a log line"
    )


@pytest.mark.parametrize("target", ["/raises", "/raises-later"])
def test_an_exception_before_the_start_is_a_500(server, target):
    with Wire(server.address) as wire:
        answer = wire.get(target).answer()
        assert answer.status == 500
        assert b"raised before" not in answer.body, "internals are shown to the client"
        if server.is_ours:
            # the connection is in order, so it is kept; the control closes it
            assert wire.get("/ready").answer().body == b"ok"
    wait_until(lambda: "raised before the start" in server.since_mark(), 5, "a log line")
    assert "fault_app.py" in server.since_mark(), "the traceback must name the line of the application"


@pytest.mark.parametrize("target", ["/raises-within-stream", "/raises-within-sized"])
def test_an_answer_that_is_not_whole_is_cut(server, target):
    with Wire(server.address) as wire:
        assert wire.get(target).head().status == 200
        kind, octets = wire.fate(5)
    assert kind != OPEN
    assert b"some of it" in octets and not octets.endswith(b"0\r\n\r\n")


@pytest.mark.parametrize("target", ["/raises-after-start", "/starts-only", "/never-ends"])
def test_a_start_without_content_is_no_whole_answer(server, target):
    """What was sent may have left already or not: a cut answer or a 500, and never a 200 that looks whole."""
    with Wire(server.address) as wire:
        wire.get(target)
        try:
            assert wire.answer().status == 500
        except Cut:
            pass


def test_an_exception_behind_the_answer_is_the_logs_alone(server):
    with Wire(server.address) as wire:
        assert wire.get("/raises-after-end").answer().body == b"whole"
        if server.is_ours:
            assert wire.get("/ready").answer().body == b"ok"
    wait_until(lambda: "raised after the end" in server.since_mark(), 5, "a log line")


@pytest.mark.parametrize("target", ["/says-nothing", "/says-nothing-later"])
def test_no_answer_is_a_500_and_a_sentence_in_the_log(server, target):
    assert get(server.address, target).status == 500
    wait_until(lambda: "without" in server.since_mark(), 5, "a log line")
    assert not server.logged_traceback


@pytest.mark.parametrize("kind_of_exit", ["exit", "cancel", "generator"])
def test_a_handler_does_not_end_the_server(server, kind_of_exit):
    assert get(server.address, f"/leaves?{kind_of_exit}").status == 500
