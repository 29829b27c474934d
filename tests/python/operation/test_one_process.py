"""Probes and counters of a server that is one process: a thread of its own answers, which never needs Python."""

import signal
import time

import pytest

from harness.operators import Operator, beside, free_port
from harness.waiting import wait_until
from harness.wire import Wire, get

REQUESTS = "http_requests_total"


@pytest.fixture
def operated(only_ours):
    """A server, who probes it, and who reads its counters."""

    def start(*flags, **options):
        both = ("--health-listen", "127.0.0.1:0", "--metrics=127.0.0.1:0")
        server = only_ours("operated_app:app", *both, *flags, **options)
        return server, Operator(beside(server, "probes")), Operator(beside(server, "metrics"))

    return start


def test_what_it_says(operated):
    server, probes, counters = operated()
    assert [line.split(" on ")[0] for line in server.output().splitlines()] == ["listening", "probes", "metrics"]
    told = probes.told("/healthz")
    assert (told["status"], told["workers_ready"], told["workers"], told["total_requests"]) == ("healthy", 1, 1, 0)
    assert get(server.address, "/ready").status == 200
    assert probes.told("/healthz")["total_requests"] == 1
    page = counters.page().check()
    assert page.samples(REQUESTS) == [({"method": "GET", "route": "unmatched", "status": "200"}, 1.0)]
    assert {"process_resident_memory_bytes", "process_cpu_seconds_total"} <= set(page.families)
    assert "hyperserve_connections_accepted_total" in page.families
    assert counters.page("Accept: application/openmetrics-text").check().text.endswith("# EOF\n")


@pytest.mark.parametrize("loop", ["auto", "asyncio"])
def test_both_answer_while_python_is_stuck(operated, loop):
    server, probes, counters = operated("--loop", loop)
    with Wire(server.address) as wire:
        wire.get("/block?ms=2000")
        time.sleep(0.3)
        with pytest.raises(TimeoutError):
            get(server.address, "/ready", timeout=0.5)
        assert [probes.status(path) for path in ("/livez", "/readyz", "/healthz")] == [200] * 3
        assert counters.page().total("http_requests_in_flight") >= 1
        assert wire.answer().body == b"blocked"


def test_nobody_is_ready_before_the_start_is_complete(only_ours, tmp_path):
    port, go = free_port(), tmp_path / "go"
    flags = ("--health-listen", f"127.0.0.1:{port}", "--lifespan", "on")
    server = only_ours("operated_app:app", *flags, wait=False, environment={"GO": str(go)})
    operator = Operator(f"http://127.0.0.1:{port}")
    wait_until(lambda: operator.status("/livez") == 200, 20, "the listener")
    assert (operator.status("/readyz"), operator.status("/healthz")) == (503, 503)
    go.touch()
    wait_until(lambda: operator.status("/readyz") == 200, 10, "ready")
    assert get(server.address, "/ready").status == 200


def test_a_drain_is_told_before_anybody_is_refused(operated):
    server, probes, counters = operated("--drain-delay", "1s", environment={"FAREWELL": "0.5"})
    with Wire(server.address) as wire:
        wire.get("/sleep?ms=2000")
        time.sleep(0.2)
        server.signal(signal.SIGTERM)
        wait_until(lambda: probes.status("/readyz") == 503, 1, "503")
        assert get(server.address, "/ready").status == 200, "a new connection is served yet"
        time.sleep(1)
        assert (probes.status("/livez"), probes.status("/readyz")) == (200, 503), "it lives as long as the drain"
        assert counters.page().total("http_requests_in_flight") == 1
        assert wire.answer().body == b"slept"
    assert probes.status("/livez") == 200, "and as the application's shutdown"
    assert server.exit_code(5) == 0
    assert probes.status("/livez") is None


@pytest.mark.parametrize("name", ["no_such_name", "failing"])
def test_a_start_that_fails_ends_all_of_it(only_ours, tmp_path, name):
    path = tmp_path / "probes.sock"
    server = only_ours(f"operated_app:{name}", "--health-listen", f"unix:{path}", wait=False)
    assert server.exit_code() == 1
    assert not path.exists()


def test_a_unix_socket_comes_and_goes(only_ours, tmp_path):
    path = tmp_path / "probes.sock"
    server = only_ours("operated_app:app", "--health-listen", f"unix:{path}")
    assert Operator(beside(server, "probes")).told("/livez")["status"] == "alive"
    assert server.terminate() == 0
    assert not path.exists()


def test_connections_on_threads_of_their_own(operated):
    server, probes, counters = operated("--io-threads", "2", "--health-paths")
    assert get(server.address, "/ready").status == 200
    assert Operator(server.url).told("/readyz")["status"] == "ready"
    assert probes.status("/readyz") == 200
    assert counters.page().total(REQUESTS) == 1, "probes on the main address are not counted"


def test_probes_on_the_main_address_pass_by_what_may_refuse(only_ours):
    flags = ("--health-paths", "--trusted-hosts", "shop.example", "--metrics=127.0.0.1:0")
    server = only_ours("operated_app:app", *flags)
    operator = Operator(server.url)
    assert [operator.status(path) for path in ("/livez", "/readyz", "/healthz")] == [200] * 3
    assert operator.status("/ready") == 421
    assert Operator(beside(server, "metrics")).page().total(REQUESTS) == 1


def test_the_start_of_a_websocket_is_counted(operated):
    server, _, counters = operated()
    upgrade = ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13")
    with Wire(server.address) as wire:
        wire.get("/socket", *upgrade, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")
        assert wire.head().status == 101
        wait_until(lambda: counters.page().total(REQUESTS, status="101") == 1, 5, "the handshake")
        assert counters.page().total("hyperserve_websockets_open") == 1


def test_a_taken_address_is_one_sentence(only_ours):
    port = free_port()
    both = ("--health-listen", f"127.0.0.1:{port}", "--port", port, "--host", "127.0.0.1")
    server = only_ours("operated_app:app", *both, wait=False)
    assert server.exit_code() == 1
    assert server.output().startswith(f"hyperserve: health_listen: 127.0.0.1:{port}: address in use")
    assert len(server.output().splitlines()) == 1
