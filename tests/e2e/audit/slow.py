"""slowhttptest's four modes against a running server at its default limits: every connection has to be closed by it.

Usage: slow.py URL   (such as http://127.0.0.1:8080, without a path)

A mode passes when the server has closed all the connections within the mode's time, and answered the tool's probes all
the while. The tool ends by itself once it has seen the last one closed; where it hits its time limit, the kernel's own
table says whether the server still held any: a slow reader hears of a reset only when it has read, 32 bytes at a time,
what had arrived before.
"""

import re
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

CONNECTIONS = 200
ESTABLISHED = "01"  # in /proc/net/tcp
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
STATE = re.compile(r"^(connected|closed|error|pending|initializing|service available):\s*(\S+)", re.MULTILINE)
EXIT = re.compile(r"Exit status:\s*(.+)")


@dataclass
class Mode:
    name: str
    path: str
    seconds: int  # what the default limits need, and some
    options: list[str]


MODES = [
    # a header line every 3 s for ever: head_timeout, 10 s
    Mode("slow heads", "/", 40, ["-H", "-i", "3"]),
    # the tool's default pace, a few bytes every 10 s, into an endpoint that reads its body: 4 KiB would take 20 minutes
    Mode("slow bodies", "/echo", 100, ["-B", "-i", "10", "-s", "4096", "-x", "10"]),
    # hundreds of overlapping ranges in one head
    Mode("range attack", "/", 100, ["-R", "-a", "1", "-b", "1000"]),
    # three answers of 4 MB asked for, 32 bytes read every 5 s through a tiny window: write_stall_timeout, 30 s
    Mode("slow readers", "/bytes?n=4000000", 100, ["-X", "-n", "5", "-z", "32", "-w", "512", "-y", "1024", "-k", "3"]),
]


def run(url: str, mode: Mode) -> tuple[bool, str]:
    """Whether the server closed everything in time, and the tool's closing figures."""
    size = ["-c", str(CONNECTIONS), "-r", "100", "-l", str(mode.seconds), "-p", "5"]
    command = ["slowhttptest", *size, *mode.options, "-u", url + mode.path]
    watch = Watch(int(url.rpartition(":")[2]))
    watch.start()
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=mode.seconds + 60)
    watch.over.set()
    text = COLOURS.sub("", done.stdout + done.stderr)
    return judge(text, watch)


def held(port: int) -> int:
    """Connections that the server's side of `port` holds, IPv4 and IPv6."""
    count = 0
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            local, state = line.split()[1], line.split()[3]
            count += int(local.rpartition(":")[2], 16) == port and state == ESTABLISHED
    return count


class Watch(threading.Thread):
    """Looks at the server's side every half second while the tool runs."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self.port, self.most, self.last, self.over = port, 0, 0, threading.Event()

    def run(self) -> None:
        while not self.over.wait(0.5):
            self.last = held(self.port)
            self.most = max(self.most, self.last)


def judge(text: str, watch: Watch) -> tuple[bool, str]:
    states = {name: value for name, value in STATE.findall(text)}  # the last report stands
    ended = (EXIT.findall(text) or ["said nothing"])[-1].strip()
    available = all(value == "YES" for name, value in STATE.findall(text) if name == "service available")
    # the last report may be seconds older than the end, so its counts show only what went wrong until then
    seen = ended.startswith("No open connections left")
    # the tool's probe may be the one that is open when its time is over
    gone = ended.startswith("Hit test time limit") and watch.most >= CONNECTIONS / 2 and watch.last <= 1
    closed = (seen or gone) and states.get("error") == "0"
    figures = ", ".join(f"{name} {value}" for name, value in states.items())
    figures += f"; held by the server: {watch.most} at most, {watch.last} at the end"
    return closed and available, f"{ended}; {figures}"


def main(url: str) -> int:
    failed = 0
    for mode in MODES:  # one after the other: a mode's probes must not suffer from another's load
        passed, figures = run(url, mode)
        failed += not passed
        print(f"{'ok    ' if passed else 'FAILED'} {mode.name}: {figures}", flush=True)
    print(f"{len(MODES) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
