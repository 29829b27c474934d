"""Workers that serve are replaced without a gap: on SIGHUP, and when they have served long enough."""

import os
import signal
import urllib.request

import pytest

from harness.waiting import wait_until
from supervisor.kit import apps
from supervisor.kit.load import Load


@pytest.mark.parametrize("flags", [(), ("--reuse-port",)], ids=["shared", "own queues"])
def test_a_rolling_restart_under_load_loses_nothing(supervise, flags):
    server = supervise("--workers", "2", *flags)
    old = server.wait_for_workers(2)
    apps.write(server.folder, version="two")
    with Load(server.address) as load:
        load.settle(100)
        server.signal(signal.SIGHUP)
        wait_until(lambda: "the restart is over" in server.plain(), 30, "the end of the restart")
        load.settle(100)
    assert not load.lost and load.repeated == 0, (load.lost[:3], load.repeated)
    new = server.wait_for_workers(2)
    assert not set(old) & set(new)
    assert set(load.answers) <= {str(pid) for pid in old + new}
    assert server.get("/version") == "two"


def test_a_second_restart_in_the_middle_of_the_first(supervise):
    server = supervise("--workers", "2")
    server.wait_for_workers(2)
    with Load(server.address) as load:
        server.signal(signal.SIGHUP)
        wait_until(lambda: len(server.workers) == 3, 10, "the first new worker")
        apps.write(server.folder, version="two")
        server.signal(signal.SIGHUP)
        wait_until(lambda: "the restart is over" in server.plain(), 30, "the end of the restart")
    assert not load.lost and load.repeated == 0
    server.wait_for_workers(2)
    assert {server.get("/version") for _ in range(20)} == {"two"}


@pytest.mark.logs_traceback
def test_new_workers_that_fail_leave_the_old_ones(supervise):
    server = supervise("--workers", "2")
    old = server.wait_for_workers(2)
    apps.write(server.folder, "import no_such_module")
    with Load(server.address) as load:
        server.signal(signal.SIGHUP)
        wait_until(lambda: "the restart is given up" in server.plain(), 20, "its word")
        load.settle()
    assert not load.lost and server.workers == old
    apps.write(server.folder, version="two")
    server.signal(signal.SIGHUP)
    wait_until(lambda: not set(old) & set(server.workers), 30, "new workers")
    server.wait_for_workers(2)
    assert server.get("/version") == "two"


def test_an_open_stream_keeps_its_worker_until_the_deadline(supervise):
    server = supervise("--workers", "2", "--timeout-graceful-shutdown", "2")
    old = server.wait_for_workers(2)
    with urllib.request.urlopen(server.url + "/stream", timeout=15) as stream:
        assert stream.readline() == b"tick\n"
        server.signal(signal.SIGHUP)
        wait_until(lambda: not set(old) & set(server.workers), 30, "the end of the old workers")
    server.wait_for_workers(2)
    assert "is killed" not in server.plain()


def test_max_requests_under_load(supervise):
    server = supervise("--workers", "2", "--limit-max-requests", "300", "--limit-max-requests-jitter", "50")
    old = server.wait_for_workers(2)
    with Load(server.address) as load:
        wait_until(lambda: not set(old) & set(server.workers), 40, "two replaced workers")
        load.settle(100)
    assert not load.lost and load.repeated == 0, (load.lost[:3], load.repeated)
    assert "replacing a worker: max-requests" in server.plain()


def test_a_workers_lifetime(supervise):
    server = supervise("--workers", "2", "--workers-lifetime", "2s")
    old = wait_until(lambda: len(server.workers) == 2 and server.workers, 10, "two workers")
    with Load(server.address) as load:
        wait_until(lambda: not set(old) & set(server.workers), 30, "two replaced workers")
    assert not load.lost and load.repeated == 0, (load.lost[:3], load.repeated)
    assert "replacing a worker: it has lived for 2s" in server.plain()


def test_a_worker_with_too_much_memory(supervise):
    server = supervise("--workers", "2", "--workers-max-rss", "150MiB")
    server.wait_for_workers(2)
    fat = int(server.get("/eat/200"))
    with Load(server.address) as load:
        wait_until(lambda: fat not in server.workers, 40, "its replacement")
    assert not load.lost and load.repeated == 0, (load.lost[:3], load.repeated)
    assert "MiB in memory" in server.plain()


def test_a_replacement_that_dies_is_no_loss(supervise):
    server = supervise("--workers", "2")
    old = server.wait_for_workers(2)
    apps.write(server.folder, "import time; time.sleep(30)")
    server.signal(signal.SIGHUP)
    wait_until(lambda: len(server.workers) == 3, 10, "the new worker")
    (new,) = set(server.workers) - set(old)
    os.kill(new, signal.SIGKILL)
    wait_until(lambda: server.workers == old, 10, "its end")
    assert server.get()
