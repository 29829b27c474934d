"""Several workers: they share the work, die alone, come back, and become more and fewer."""

import os
import signal
import subprocess

import pytest

from harness.waiting import wait_until
from supervisor.kit.load import Load
from supervisor.kit.processes import children, descriptors, is_alive

SHARED = ()
OWN_QUEUES = ("--reuse-port",)


def test_it_says_where_it_listens_once_and_all_workers_serve(supervise):
    server = supervise("--workers", "3")
    workers = server.wait_for_workers(3)
    with Load(server.address, kept=0, fresh=8) as load:
        wait_until(lambda: len(load.answers) == 3, 20, "answers of each worker")
    assert set(load.answers) == {str(pid) for pid in workers}
    assert not load.lost
    assert server.output().count("listening on") == 1
    assert server.terminate() == 0
    assert not any(map(is_alive, workers))


@pytest.mark.parametrize("flags", [SHARED, OWN_QUEUES], ids=["shared", "own queues"])
def test_a_killed_worker_takes_nobody_with_it(supervise, flags):
    server = supervise("--workers", "2", *flags)
    victim, other = server.wait_for_workers(2)
    with Load(server.address) as load:
        load.settle()
        os.kill(victim, signal.SIGKILL)
        wait_until(lambda: victim not in server.workers and len(server.workers) == 2, 20, "a new worker")
        server.wait_for_workers(2)
        load.settle(200)
    # What the killed one had in hand is gone; each of the eight clients can have had one request there.
    assert len(load.lost) <= 8, load.lost
    assert other in server.workers
    fresh = next(pid for pid in server.workers if pid != other)
    assert load.answers[str(other)]
    with Load(server.address) as load:
        wait_until(lambda: load.answers[str(fresh)], 20, "answers of the new worker")
    assert not load.lost
    assert "killed by signal 9; a new one starts in" in server.plain()


def test_connections_wait_while_the_only_worker_is_replaced(supervise):
    server = supervise("--workers", "2")
    server.wait_for_workers(2)
    server.signal(signal.SIGTTOU)
    (only,) = server.wait_for_workers(1)
    os.kill(only, signal.SIGKILL)
    assert server.get() != str(only)


def test_a_worker_that_ends_by_itself_is_replaced(supervise):
    server = supervise("--workers", "2")
    server.wait_for_workers(2)
    with pytest.raises(OSError):
        server.get("/exit/7")
    wait_until(lambda: "ended: exit code 7" in server.plain(), 10, "the word of its end")
    server.wait_for_workers(2)
    assert server.get()


def test_a_worker_that_dies_again_and_again_is_started_ever_more_rarely(supervise):
    server = supervise("--workers", "2")
    for _ in range(4):
        workers = server.wait_for_workers(2)
        os.kill(workers[1], signal.SIGKILL)
        wait_until(lambda: workers[1] not in server.workers, 5, "its end")
    server.wait_for_workers(2)
    pauses = [line.split("starts in ")[1].split()[0] for line in server.plain().splitlines() if "starts in" in line]
    assert len(pauses) == 4 and pauses[0] == "100ms" and pauses.count("100ms") <= 2, pauses


def test_one_more_and_one_less(supervise):
    server = supervise("--workers", "1", "--workers", "2")
    first = server.wait_for_workers(2)
    server.signal(signal.SIGTTIN)
    assert server.wait_for_workers(3)[:2] == first
    with Load(server.address) as load:
        load.settle()
        for count in (2, 1):
            server.signal(signal.SIGTTOU)
            server.wait_for_workers(count)
        load.settle()
        server.signal(signal.SIGTTOU)
        wait_until(lambda: "the last worker stays" in server.plain(), 5, "its word")
        load.settle()
    assert not load.lost and load.repeated == 0
    assert server.workers == first[:1]


@pytest.mark.parametrize("flags", [SHARED, OWN_QUEUES], ids=["shared", "own queues"])
def test_more_workers_than_queues(supervise, flags):
    server = supervise("--workers", "2", *flags)
    server.wait_for_workers(2)
    server.signal(signal.SIGTTIN)
    workers = server.wait_for_workers(3)
    with Load(server.address, kept=0, fresh=8) as load:
        wait_until(lambda: len(load.answers) == 3, 20, "answers of each worker")
    assert set(load.answers) == {str(pid) for pid in workers}


def test_a_worker_that_does_not_answer_is_killed(supervise):
    server = supervise("--workers", "2", "--timeout-worker-healthcheck", "1")
    stopped, other = server.wait_for_workers(2)
    os.kill(stopped, signal.SIGSTOP)
    wait_until(lambda: not is_alive(stopped), 10, "its end")
    assert other in server.wait_for_workers(2)
    assert f"has not answered for 1s and is killed worker=0 pid={stopped}" in server.plain()


def test_a_handler_that_blocks_its_worker_is_ended(supervise):
    server = supervise("--workers", "2", "--timeout-worker-healthcheck", "1")
    server.wait_for_workers(2)
    with pytest.raises(OSError):
        server.get("/block/30")
    assert "has not answered for 1s" in server.plain()


def test_nobody_is_killed_when_the_whole_group_was_frozen(supervise):
    server = supervise("--workers", "2", "--timeout-worker-healthcheck", "1")
    workers = server.wait_for_workers(2)
    frozen = [server.pid, *workers]
    for pid in frozen:
        os.kill(pid, signal.SIGSTOP)
    with pytest.raises(subprocess.TimeoutExpired):
        server.process.wait(3)
    for pid in frozen:
        os.kill(pid, signal.SIGCONT)
    with pytest.raises(subprocess.TimeoutExpired):
        server.process.wait(2.5)
    assert server.workers == workers


def test_the_parents_death_ends_the_workers(supervise):
    server = supervise("--workers", "2")
    workers = server.wait_for_workers(2)
    server.process.kill()
    server.process.wait()
    wait_until(lambda: not any(map(is_alive, workers)), 10, "the end of the workers")


def test_descriptors_stay_as_many_over_a_hundred_killed_workers(supervise):
    server = supervise("--workers", "4", "--respawn-delay", "1ms", "--respawn-delay-max", "1ms")
    server.wait_for_workers(4)
    before = len(descriptors(server.pid))
    for turn in range(25):
        # Some serve, and most have not come so far.
        victims = server.wait_for_workers(4) if turn % 8 == 0 else server.workers
        for pid in victims:
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: len(server.workers) == 4 and not set(victims) & set(server.workers), 20, "new workers")  # noqa: B023
    workers = server.wait_for_workers(4)
    assert len(descriptors(server.pid)) == before
    listening = descriptors(server.pid)
    # A worker has the listener, and nothing else that belongs to its parent or siblings.
    for pid in workers:
        sockets = [name for name in descriptors(pid) if name.startswith("socket:")]
        assert len(set(sockets) & set(listening)) == 1, sockets


def test_a_process_that_the_app_starts_inherits_no_socket(supervise):
    text = """
import subprocess, sys
script = "import os; print([os.readlink(f'/proc/self/fd/{n}') for n in os.listdir('/proc/self/fd') if os.path.exists(f'/proc/self/fd/{n}')])"
async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while (message := await receive())["type"] != "lifespan.shutdown":
            await send({"type": message["type"] + ".complete"})
        return await send({"type": "lifespan.shutdown.complete"})
    body = subprocess.run([sys.executable, "-c", script], capture_output=True, close_fds=False).stdout
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})
"""
    server = supervise("--workers", "2", text=text)
    assert "socket:" not in server.get()
    assert not [pid for worker in server.workers for pid in children(worker)]
