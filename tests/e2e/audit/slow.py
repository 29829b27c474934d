"""slowhttptest's four modes against a running server at its default limits: every connection has to be closed by it.

Usage: slow.py URL   (such as http://127.0.0.1:8080, without a path)

A mode passes when the tool ends by itself because the server has closed all its connections, and when the server
answered the tool's probes all the while. The tool's own time limit is the judge of `in time`.
"""

import re
import subprocess
import sys
from dataclasses import dataclass

CONNECTIONS = 200
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
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=mode.seconds + 60)
    text = COLOURS.sub("", done.stdout + done.stderr)
    return judge(text)


def judge(text: str) -> tuple[bool, str]:
    states = {name: value for name, value in STATE.findall(text)}  # the last report stands
    ended = (EXIT.findall(text) or ["said nothing"])[-1].strip()
    available = all(value == "YES" for name, value in STATE.findall(text) if name == "service available")
    # the last report may be seconds older than the end, so its counts show only what went wrong until then
    closed = ended.startswith("No open connections left") and states.get("error") == "0"
    figures = ", ".join(f"{name} {value}" for name, value in states.items())
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
