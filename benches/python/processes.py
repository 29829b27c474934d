"""What a process and all its descendants cost, from the kernel's accounting.

Servers differ in how many processes and threads one worker is: uvicorn is one process, granian a parent and a child
with threads of its own. The sum over the tree is what the machine spends.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path

import paths  # noqa: F401
from harness import cpu_ns, listed, stat, tree, user_cpu

PAGE = os.sysconf("SC_PAGE_SIZE")


def tree_cpu_ns(pid: int) -> int:
    return sum(cpu_ns(one) for one in tree(pid))


def tree_user_cpu(pid: int) -> float:
    """CPU seconds in user space, to a clock tick a process (proc_pid_stat: utime)."""
    return sum(user_cpu(one) for one in tree(pid))


def rss(pid: int) -> int:
    """Resident bytes (proc_pid_statm)."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE


def tree_rss(pid: int) -> int:
    return sum(rss(one) for one in tree(pid))


def wake_ups(pid: int) -> int:
    """How often the threads of the tree have gone to sleep of their own will."""
    return sum(voluntary_switches(task) for one in tree(pid) for task in listed(Path(f"/proc/{one}/task")))


def voluntary_switches(task: Path) -> int:
    lines = (task / "status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("voluntary_ctxt_switches"))


def descriptors(pid: int) -> int:
    return len(listed(Path(f"/proc/{pid}/fd")))


def kill(pids: list[int]) -> None:
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
