"""`--reload`: the app's files change, and the worker is replaced; connections wait meanwhile."""

import os
import signal
import threading
import time
import urllib.request

import pytest

from harness.waiting import wait_until
from supervisor.kit import apps


@pytest.fixture
def reloading(supervise):
    def start(*flags, **options):
        return supervise("--reload", "--reload-delay", "0.05", *flags, **options)

    return start


def reloads(server) -> int:
    return server.plain().count("; reloading")


def assert_version(server, version: str, seconds: float = 15):
    wait_until(lambda: server.get("/version") == version, seconds, f"version {version}")


def test_a_change_is_served_and_named(reloading):
    server = reloading()
    assert server.get("/version") == "one"
    apps.write(server.folder, version="two")
    assert_version(server, "two")
    assert "app.py changed; reloading" in server.plain()
    assert reloads(server) == 1
    assert server.output().count("listening on") == 1
    assert server.terminate() == 0


def test_a_file_written_in_place(reloading):
    server = reloading()
    file = server.folder / "app.py"
    file.write_text(file.read_text().replace("one", "two"))
    assert_version(server, "two")


@pytest.mark.logs_traceback
def test_connections_wait_while_the_app_is_broken(reloading):
    server = reloading()
    (server.folder / "app.py").write_text("def broken(:\n")
    wait_until(lambda: "waiting for a file to change" in server.plain(), 10, "its word")
    assert "SyntaxError" in server.output()
    answers: list[str] = []
    thread = threading.Thread(target=lambda: answers.append(server.get("/version")))
    thread.start()
    time.sleep(0.3)
    assert not answers
    apps.write(server.folder, version="two")
    thread.join(15)
    assert answers == ["two"]


@pytest.mark.logs_traceback
def test_an_app_that_is_broken_at_the_start(reloading):
    server = reloading(text="import no_such_module", wait=False)
    wait_until(lambda: "waiting for a file to change" in server.plain(), 10, "its word")
    assert server.is_running() and server.workers == []
    apps.write(server.folder, version="two")
    wait_until(lambda: server.urls, 10, "the address")
    assert_version(server, "two")


def test_changes_while_the_app_starts(reloading):
    slow = apps.APP + "\ntime.sleep(1)\n"
    server = reloading()
    for number in range(4):
        apps.write(server.folder, slow, version=str(number))
        time.sleep(0.4)
    assert_version(server, "3")
    time.sleep(0.5)
    assert len(server.workers) == 1


def test_new_files_in_new_folders(reloading):
    server = reloading()
    folder = server.folder / "package" / "inner"
    folder.mkdir(parents=True)
    (folder / "new.py").write_text("x = 1\n")
    wait_until(lambda: reloads(server) == 1, 10, "a reload")
    server.wait_for_workers(1)
    (folder / "new.py").write_text("x = 2\n")
    wait_until(lambda: reloads(server) == 2, 10, "a reload")
    assert "package/inner/new.py changed" in server.plain()
    server.wait_for_workers(1)
    os.replace(server.folder / "package", server.folder / "moved")
    (server.folder / "moved" / "inner" / "new.py").unlink()
    wait_until(lambda: reloads(server) >= 3, 10, "a reload")


def test_what_is_not_code_changes_nothing(reloading):
    server = reloading("--reload-exclude", "docs", "--reload-exclude", "generated_*.py")
    folder = server.folder
    (folder / "env").mkdir()
    (folder / "env" / "pyvenv.cfg").touch()
    for name in ("__pycache__", ".git", "node_modules", "env", "docs"):
        (folder / name).mkdir(exist_ok=True)
        (folder / name / "module.py").write_text("x = 1\n")
    for name in ("notes.txt", "generated_1.py", ".hidden.py", "app.py~"):
        (folder / name).write_text("x = 1\n")
    time.sleep(0.8)
    assert reloads(server) == 0
    apps.write(folder, version="two")
    assert_version(server, "two")
    assert reloads(server) == 1


def test_other_files_on_demand(reloading):
    server = reloading("--reload-include", "*.html", "--reload-include", ".env")
    for count, name in enumerate(["page.html", ".env"], 1):
        (server.folder / name).write_text("x")
        wait_until(lambda: reloads(server) == count, 10, "a reload")  # noqa: B023


def test_another_folder(reloading, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    server = reloading("--reload-dir", elsewhere)
    apps.write(server.folder, version="two")
    time.sleep(0.5)
    assert reloads(server) == 0
    (elsewhere / "lib.py").write_text("x = 1\n")
    assert_version(server, "two")


def test_a_folder_that_is_not_there_is_one_sentence(reloading):
    server = reloading("--reload-dir", "/no/such/folder", wait=False)
    assert server.exit_code(10) in (1, 2)
    assert "/no/such/folder" in server.output() and len(server.output().strip().splitlines()) == 1


def test_an_open_stream_does_not_hold_a_reload(reloading):
    server = reloading()
    with urllib.request.urlopen(server.url + "/stream", timeout=15) as stream:
        assert stream.readline() == b"tick\n"
        began = time.monotonic()
        apps.write(server.folder, version="two")
        assert_version(server, "two", 8)
        assert time.monotonic() - began < 5


def test_a_blocked_worker_does_not_hold_a_reload(reloading):
    server = reloading()
    thread = threading.Thread(target=lambda: pytest.raises(OSError, server.get, "/block/20"))
    thread.start()
    time.sleep(0.3)
    apps.write(server.folder, version="two")
    assert_version(server, "two", 8)
    thread.join()


def test_a_crash_brings_a_new_worker(reloading):
    server = reloading()
    with pytest.raises(OSError):
        server.get("/exit/7")
    assert server.get("/version") == "one"


def test_a_burst_of_changes_is_one_reload(reloading):
    server = reloading("--reload-delay", "0.4")
    for number in range(5):
        (server.folder / f"module{number}.py").write_text("x = 1\n")
        time.sleep(0.05)
    wait_until(lambda: reloads(server), 10, "a reload")
    time.sleep(0.6)
    assert reloads(server) == 1
    assert "and 4 other files changed" in server.plain()


def test_restarts_on_demand_and_ends_on_interrupt(reloading):
    server = reloading()
    (before,) = server.wait_for_workers(1)
    server.signal(signal.SIGHUP)
    wait_until(lambda: server.workers and server.workers != [before], 10, "a new worker")
    server.wait_for_workers(1)
    server.signal(signal.SIGINT)
    assert server.exit_code(10) == 0
