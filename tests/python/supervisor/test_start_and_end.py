"""How a supervisor starts, or says why it cannot, and how it stops."""

import os
import signal
import socket
import threading
import time
from pathlib import Path

import pytest

from harness.waiting import wait_until
from supervisor.kit import apps


@pytest.mark.logs_traceback
def test_an_app_that_cannot_be_imported_is_told_once(supervise):
    server = supervise("--workers", "3", text="import no_such_module", wait=False)
    assert server.exit_code(20) == 1
    assert server.output().count("No module named 'no_such_module'") == 1
    assert "listening on" not in server.output()


def test_an_app_that_ends_the_process_is_told_once(supervise):
    server = supervise("--workers", "3", text="import os; os._exit(5)", wait=False)
    assert server.exit_code(20) == 1
    assert server.plain().count("hyperserve: worker 0 (pid ") == 1
    assert "ended before it was ready: exit code 5" in server.plain()


@pytest.mark.logs_traceback
def test_a_lifespan_that_fails(supervise):
    text = apps.PREAMBLE + """
async def app(scope, receive, send):
    await receive()
    await send({"type": "lifespan.startup.failed", "message": "the database is away"})
"""
    server = supervise("--workers", "2", text=text, wait=False)
    assert server.exit_code(20) == 1
    assert server.output().count("the database is away") == 1


def test_a_taken_address_is_one_sentence(supervise):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        server = supervise("--workers", "2", "--host", "127.0.0.1", "--port", port, wait=False)
        assert server.exit_code(20) == 1
    assert server.output().strip().startswith(f"hyperserve: 127.0.0.1:{port}: address in use")
    assert len(server.output().strip().splitlines()) == 1


def ask_slowly(server, path: str) -> tuple[threading.Thread, list[str]]:
    answers: list[str] = []

    def ask():
        try:
            answers.append(server.get(path))
        except OSError as error:
            answers.append(type(error).__name__)

    thread = threading.Thread(target=ask)
    thread.start()
    time.sleep(0.4)
    return thread, answers


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_request_in_hand_is_answered_before_the_end(supervise, number):
    server = supervise("--workers", "2")
    server.wait_for_workers(2)
    thread, answers = ask_slowly(server, "/sleep/1.5")
    server.signal(number)
    assert server.exit_code(10) == 0
    thread.join()
    assert answers and answers[0].isdigit()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_to_the_whole_group_counts_once(supervise, number):
    """As Ctrl+C in a terminal and systemd's KillMode=control-group send it."""
    server = supervise("--workers", "2")
    workers = server.wait_for_workers(2)
    thread, answers = ask_slowly(server, "/sleep/1.5")
    for pid in [*workers, server.pid]:
        os.kill(pid, number)
    assert server.exit_code(10) == 0
    thread.join()
    assert answers and answers[0].isdigit()


def test_a_second_signal_cuts(supervise):
    server = supervise("--workers", "2")
    server.wait_for_workers(2)
    thread, _ = ask_slowly(server, "/sleep/20")
    server.signal(signal.SIGTERM)
    time.sleep(0.5)
    assert server.is_running()
    server.signal(signal.SIGTERM)
    assert server.exit_code(5) == 0
    thread.join()


def test_a_blocked_worker_cannot_hold_the_end(supervise):
    flags = ("--timeout-graceful-shutdown", "1", "--workers-kill-timeout", "1s", "--timeout-worker-healthcheck", "60")
    server = supervise("--workers", "2", *flags)
    server.wait_for_workers(2)
    thread, _ = ask_slowly(server, "/block/30")
    server.signal(signal.SIGTERM)
    assert server.exit_code(10) == 0
    assert "did not end in time and is killed" in server.plain()
    thread.join()


def test_a_stop_during_the_start(supervise):
    server = supervise("--workers", "2", text="import time; time.sleep(30)", wait=False)
    wait_until(lambda: server.workers, 10, "a worker")
    time.sleep(0.3)
    server.signal(signal.SIGTERM)
    assert server.exit_code(10) == 0


def test_the_pid_file_comes_and_goes(supervise, tmp_path):
    file = tmp_path / "server.pid"
    server = supervise("--workers", "2", "--pid-file", file)
    assert int(file.read_text()) == server.pid
    assert server.terminate() == 0
    assert not file.exists()


def test_a_unix_socket_comes_and_goes(supervise, tmp_path):
    path = tmp_path / "app.sock"
    server = supervise("--workers", "2", "--uds", path)
    server.wait_for_workers(2)
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))
        client.sendall(b"GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: client.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 200")
    assert server.terminate() == 0
    assert not path.exists()


def test_the_service_manager_is_told(supervise, tmp_path):
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(path)
        manager.settimeout(10)
        server = supervise("--workers", "2", environment={"NOTIFY_SOCKET": path})
        assert manager.recv(512) == b"READY=1"
        server.wait_for_workers(2)
        server.signal(signal.SIGHUP)
        assert manager.recv(512).startswith(b"RELOADING=1\nMONOTONIC_USEC=")
        assert manager.recv(512) == b"READY=1"
        assert server.terminate() == 0
        assert manager.recv(512) == b"STOPPING=1"
        manager.setblocking(False)
        with pytest.raises(BlockingIOError):
            manager.recv(512)


def test_idle_costs_next_to_nothing(supervise):
    server = supervise("--workers", "2")
    pids = [server.pid, *server.wait_for_workers(2)]

    def busy() -> int:
        fields = [Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split() for pid in pids]
        return sum(int(each[11]) + int(each[12]) for each in fields)

    before = busy()
    time.sleep(3)
    assert busy() - before <= 3  # hundredths of a second: three pings of two workers
