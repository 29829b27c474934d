"""`hyperserve.run("app:app", workers=2)` from a program."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from harness import place
from harness.waiting import wait_until
from supervisor.kit import apps
from supervisor.kit.processes import children

PROGRAM = """
import signal, sys, threading
import hyperserve

def main():
    before = signal.signal(signal.SIGUSR1, print), [signal.getsignal(number) for number in (2, 15, 1)]
    hyperserve.run("app:app", workers=2, port=0)
    after = [signal.getsignal(number) for number in (2, 15, 1)]
    print("handlers", "kept" if after == before[1] else after, flush=True)

if __name__ == "__main__":
    main()
"""


@pytest.fixture
def program(tmp_path):
    """Runs a program in a folder, seen from another one; its output is a file."""
    if "hyperserve" not in place.names():
        pytest.skip("HYPERSERVE_PYTHON_SERVERS leaves ours out")
    started = []

    def start(text: str) -> tuple[subprocess.Popen, Path]:
        apps.write(tmp_path)
        (tmp_path / "program.py").write_text(text)
        log = tmp_path / "log"
        environment = {**os.environ, "PYTHONPATH": place.package_path()}
        with log.open("wb") as output:
            command = [sys.executable, tmp_path / "program.py"]
            process = subprocess.Popen(command, stdout=output, stderr=output, env=environment, cwd="/")
        started.append(process)
        return process, log

    yield start
    for process in started:
        process.kill()
        process.wait()


def test_workers_find_what_the_program_finds_and_it_has_its_handlers_back(program):
    process, log = program(PROGRAM)
    wait_until(lambda: log.read_text().count("worker ready") == 2, 20, "two workers")
    assert len(children(process.pid)) == 2
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 0, log.read_text()
    assert "handlers kept" in log.read_text()
    assert "KeyboardInterrupt" not in log.read_text()


def test_a_program_that_runs_twice(program):
    process, log = program(PROGRAM.replace("    main()\n", "    main()\n    main()\n"))
    for times in (1, 2):
        wait_until(lambda: log.read_text().count("worker ready") == 2 * times, 20, "two workers")  # noqa: B023
        process.send_signal(signal.SIGTERM)
        wait_until(lambda: log.read_text().count("handlers kept") == times, 10, "the end")  # noqa: B023
    assert process.wait(10) == 0


def test_outside_the_main_thread_it_says_so(program):
    text = PROGRAM.replace("    main()\n", "    threading.Thread(target=main).start()\n", 1)
    text = text.replace("before = signal.signal(signal.SIGUSR1, print), ", "before = None, ")
    process, log = program(text)
    process.wait(20)
    assert "ValueError" in log.read_text() and "main thread" in log.read_text()
    assert "worker ready" not in log.read_text()


def test_a_module_that_runs_itself_says_what_to_do(program, tmp_path):
    program_text = 'import hyperserve\nhyperserve.run("program:app", workers=2, port=0)\n'
    process, log = program(program_text)
    assert process.wait(20) != 0
    assert "__name__" in log.read_text()
