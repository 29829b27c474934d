"""Probes of a server with workers: the parent answers, whatever they do."""

import json
import os
import signal
import socket
import threading
import time

import pytest

from harness.operators import Operator, beside, free_port
from harness.waiting import wait_until
from harness.wire import Wire, get
from supervisor.kit import apps

LISTEN = ("--health-listen", "127.0.0.1:0")

#: Starts once there is a file `go` beside it.
SLOW = apps.PREAMBLE + '''
async def app(scope, receive, send):
    if scope["type"] != "lifespan":
        return await answer(send, os.getpid())
    while (message := await receive())["type"] != "lifespan.shutdown":
        while not os.path.exists("go"):
            await asyncio.sleep(0.02)
        await send({"type": message["type"] + ".complete"})
    await send({"type": "lifespan.shutdown.complete"})
'''


@pytest.fixture
def probed(supervise):
    """Two workers that serve, and who probes them."""

    def start(*flags):
        server = supervise("--workers", "2", *LISTEN, *flags)
        server.wait_for_workers(2)
        return server, Operator(beside(server, "probes"))

    return start


def hold(server, path: str) -> threading.Thread:
    """Asks for something that takes its time, and does not wait."""

    def ask():
        try:
            server.get(path, timeout=40)
        except OSError:
            pass

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    time.sleep(0.3)
    return thread


def test_what_probes_are_told(probed):
    _, operator = probed()
    assert operator.told("/livez")["status"] == "alive"
    assert operator.told("/readyz/")["status"] == "ready"
    told = operator.told("/healthz")
    assert (told["status"], told["workers_ready"], told["workers"]) == ("healthy", 2, 2)
    answer = operator.ask("GET", "/readyz", "Accept: text/plain")
    assert (answer.body, answer.fields["content-type"]) == (b"ready\n", "text/plain; charset=utf-8")
    assert answer.fields["cache-control"] == "no-store"
    head = operator.ask("HEAD", "/readyz", "Accept: text/plain")
    assert (head.status, head.body, head.fields["content-length"]) == (200, b"", "6")
    posted = operator.ask("POST", "/readyz")
    assert (posted.status, posted.fields["allow"]) == (405, "GET, HEAD")
    assert posted.fields["content-type"] == "application/problem+json"
    assert [operator.status(path) for path in ("/", "/metrics", "/livezz")] == [404] * 3


def test_probes_are_answered_while_every_worker_is_stuck(probed):
    server, operator = probed("--timeout-worker-healthcheck", "60")
    holding = [hold(server, "/block/3") for _ in range(2)]
    with pytest.raises(TimeoutError):
        get(server.address, "/", timeout=0.5)
    assert [operator.status(path) for path in ("/livez", "/readyz", "/healthz")] == [200] * 3
    assert all(thread.is_alive() for thread in holding), "they were not stuck all the while"


def test_workers_that_are_given_up_are_not_ready(probed):
    server, operator = probed("--timeout-worker-healthcheck", "1", "--respawn-delay", "2s")
    for _ in range(2):
        hold(server, "/block/30")
    wait_until(lambda: operator.status("/readyz") == 503, 20, "503")
    assert operator.status("/livez") == 200
    wait_until(lambda: operator.status("/readyz") == 200, 20, "new workers")


def test_one_worker_less_is_told_and_still_ready(probed):
    server, operator = probed("--respawn-delay", "1s")
    os.kill(server.workers[0], signal.SIGKILL)
    wait_until(lambda: operator.told("/healthz")["workers_ready"] == 1, 5, "its end")
    assert operator.told("/healthz")["workers"] == 2
    wait_until(lambda: operator.told("/healthz")["workers_ready"] == 2, 20, "a new worker")
    server.signal(signal.SIGTTIN)
    wait_until(lambda: operator.told("/healthz")["workers"] == 3, 5, "one worker more")


def test_nobody_is_ready_before_the_start_is_complete(supervise):
    port = free_port()
    flags = ("--workers", "2", "--lifespan", "on", "--health-listen", f"127.0.0.1:{port}")
    server = supervise(*flags, text=SLOW, wait=False)
    operator = Operator(f"http://127.0.0.1:{port}")
    wait_until(lambda: operator.status("/livez") == 200, 20, "the listener")
    answer = operator.ask("GET", "/readyz")
    assert (answer.status, answer.fields["content-type"]) == (503, "application/problem+json")
    assert json.loads(answer.body)["status"] == 503
    assert operator.status("/healthz") == 503
    (server.folder / "go").touch()
    wait_until(lambda: operator.status("/readyz") == 200, 20, "ready")
    assert server.get()


def test_a_start_that_fails_was_never_ready(supervise):
    port = free_port()
    text = "import time; time.sleep(1); import os; os._exit(7)"
    server = supervise("--workers", "2", "--health-listen", f"127.0.0.1:{port}", text=text, wait=False)
    operator, seen = Operator(f"http://127.0.0.1:{port}"), set()
    while server.is_running():
        seen.add(operator.status("/readyz"))
        time.sleep(0.02)
    assert server.exit_code() == 1
    assert 503 in seen and seen <= {503, None}


def test_a_drain_is_told_before_anybody_is_refused(probed):
    server, operator = probed("--drain-delay", "1500ms")
    holding = hold(server, "/sleep/3")
    server.signal(signal.SIGTERM)
    wait_until(lambda: operator.status("/readyz") == 503, 1, "503")
    assert get(server.address, "/version").body == b"one", "a new connection is served yet"
    assert (operator.status("/livez"), operator.status("/healthz")) == (200, 503)
    time.sleep(1.5)
    assert operator.status("/livez") == 200 and holding.is_alive(), "it lives as long as the drain"
    assert server.exit_code(10) == 0
    holding.join(5)
    assert operator.status("/livez") is None


def test_a_rolling_restart_is_ready_all_the_while(probed):
    server, operator = probed()
    server.signal(signal.SIGHUP)
    seen = set()
    while "the restart is over" not in server.plain():
        seen.add(operator.status("/readyz"))
    assert seen == {200}


def test_probes_on_the_main_address(supervise):
    server = supervise("--workers", "2", "--health-paths", "--drain-delay", "1s")
    server.wait_for_workers(2)
    operator = Operator(server.url)
    assert operator.told("/livez")["status"] == "alive"
    assert "workers" not in operator.told("/healthz"), "a worker does not know of the others"
    assert operator.ask("POST", "/healthz").status == 405
    assert operator.ask("GET", "/livez/x").body.isdigit(), "the application's own"
    with Wire(server.address) as kept:
        assert kept.get("/readyz").answer().status == 200
        server.signal(signal.SIGTERM)
        wait_until(lambda: kept.get("/readyz").answer().status == 503, 1, "503")
        assert kept.get("/version").answer().body == b"one"
    assert server.exit_code(10) == 0


def test_probes_and_counters_may_share_an_address(supervise):
    port = free_port()
    address = f"127.0.0.1:{port}"
    server = supervise("--workers", "2", "--health-listen", address, f"--metrics={address}")
    server.wait_for_workers(2)
    operator = Operator(f"http://{address}")
    assert operator.told("/healthz")["workers"] == 2
    operator.page().check()


def test_a_taken_address_is_one_sentence(supervise):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        server = supervise("--workers", "2", "--health-listen", f"127.0.0.1:{port}", wait=False)
        assert server.exit_code(20) == 1
    assert server.output().strip().startswith(f"hyperserve: health_listen: 127.0.0.1:{port}: address in use")
    assert len(server.output().strip().splitlines()) == 1
