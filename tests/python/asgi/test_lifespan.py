"""The lifespan: on, off and auto; state; failures and their exit codes; the drain between the last request and it."""

import ast
import signal

import pytest

from harness.waiting import wait_until
from harness.wire import CLOSED, Wire, get

#: The application could not start. The control has a code of its own for that; ours tells 3 to its supervisor alone, and
#: ends a single process with 1, as for everything else that keeps it from serving.
STARTUP_FAILED = {"hyperserve": 1, "uvicorn": 3}


@pytest.fixture
def journal(tmp_path, monkeypatch):
    path = tmp_path / "journal"
    path.touch()
    monkeypatch.setenv("JOURNAL", str(path))
    return lambda: path.read_text().splitlines()


def assert_ended_well(server, code: int):
    # the control ends itself by the signal that it got; ours has done what it was asked to
    assert code == (0 if server.is_ours else -signal.SIGTERM)


@pytest.mark.parametrize("lifespan", ["auto", "on"])
def test_start_and_end(serve, journal, lifespan):
    server = serve("lifespan_app:app", "--lifespan", lifespan)
    scope = ast.literal_eval(journal()[0])
    # 2.0 is the version of the lifespan's own specification
    assert scope == {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}}
    assert_ended_well(server, server.terminate())
    assert journal()[1:] == ["shutdown"]


def test_off(serve, journal):
    server = serve("lifespan_app:app", "--lifespan", "off")
    assert get(server.address, "/ready").body == b"ok"
    assert_ended_well(server, server.terminate())
    assert journal() == []


def test_state_is_copied_for_each_request(serve, journal):
    server = serve("lifespan_app:app")
    with Wire(server.address) as wire:
        for length in range(3):
            assert wire.get("/state").answer().body.decode() == f"1 {length} ['number', 'shared']"


def test_context_of_the_lifespan_is_not_that_of_requests(serve, journal):
    """What one task sets is its own: the lifespan is a task beside the requests, as in the control."""
    server = serve("lifespan_app:app")
    assert get(server.address, "/context").body == b"unset"


def test_nobody_is_served_before_the_start_is_complete(serve, journal):
    server = serve("lifespan_app:slow_start")
    assert journal() == ["starting", "started"]
    assert get(server.address, "/ready").body == b"ok"


def test_auto_serves_an_application_without_lifespan(serve, journal):
    server = serve("lifespan_app:raises", "--lifespan", "auto")
    assert get(server.address, "/ready").body == b"ok"
    assert_ended_well(server, server.terminate())


@pytest.mark.logs_traceback
@pytest.mark.parametrize("app", ["returns", "raises_after_startup"])
def test_auto_serves_an_application_that_leaves_its_lifespan(serve, journal, app):
    """The specification: "the server must continue but not send any lifespan events"."""
    server = serve(f"lifespan_app:{app}", "--lifespan", "auto")
    assert get(server.address, "/ready").body == b"ok"


@pytest.mark.logs_traceback
def test_on_insists(serve, journal):
    server = serve("lifespan_app:raises", "--lifespan", "on", wait=False)
    assert server.exit_code() == STARTUP_FAILED[server.kind]
    assert "this application has no lifespan" in server.output()
    assert not server.urls


@pytest.mark.parametrize("lifespan", ["auto", "on"])
def test_a_start_that_fails_is_the_end(serve, journal, lifespan):
    server = serve("lifespan_app:fails", "--lifespan", lifespan, wait=False)
    assert server.exit_code() == STARTUP_FAILED[server.kind]
    assert "no database today" in server.output()
    assert not server.urls


def test_an_end_that_fails_is_said(serve, journal):
    server = serve("lifespan_app:fails_to_end")
    server.terminate()
    assert "could not say goodbye" in server.output()


@pytest.mark.logs_traceback
def test_an_end_that_raises_is_said(serve, journal):
    server = serve("lifespan_app:raises_at_end", "--lifespan", "on")
    server.terminate()
    assert "lost at the end" in server.output()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_requests_under_way_are_answered_before_the_end(serve, journal, number):
    server = serve("lifespan_app:app")
    with Wire(server.address) as idle, Wire(server.address) as wire:
        assert idle.get("/ready").answer().body == b"ok"
        wire.get("/slow?ms=600")
        wait_until(lambda: "begun" in journal(), 5, "the request")
        server.signal(number)
        assert wire.answer().body == b"slow"
        assert wire.fate(5)[0] == CLOSED
        assert idle.fate(5) == (CLOSED, b"")
    server.exit_code()
    assert journal()[1:] == ["begun", "answered", "shutdown"]


@pytest.mark.logs_traceback
def test_a_second_signal_does_not_wait(serve, journal):
    server = serve("lifespan_app:app")
    with Wire(server.address) as wire:
        wire.get("/slow?ms=20000")
        wait_until(lambda: "begun" in journal(), 5, "the request")
        server.signal(signal.SIGINT)
        wait_until(lambda: _refuses(server), 5, "the end of listening")
        server.signal(signal.SIGINT)
        server.exit_code(5)


def _refuses(server) -> bool:
    try:
        Wire(server.address, timeout=1).close()
    except OSError:
        return True
    return False


@pytest.mark.logs_traceback
def test_a_drain_has_an_end(serve, journal):
    server = serve("lifespan_app:app", "--timeout-graceful-shutdown", "1")
    with Wire(server.address) as wire:
        wire.get("/slow?ms=20000")
        wait_until(lambda: "begun" in journal(), 5, "the request")
        server.signal(signal.SIGTERM)
        server.exit_code(6)
    assert journal()[-1] == "shutdown"
