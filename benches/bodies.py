"""Memory while a large upload is spooled to disk, and while a large file is downloaded: it must not grow with them.

The server's resident memory is sampled every 100 ms, and its peak (`VmHWM`) is reset before each transfer. Above
`--most` megabytes the script fails. The upload is a form of one file, which the server removes when it has it whole; the
download is a sparse file, which costs no disk. Both are made in a folder of their own in `--directory`, which the upload
fills for a while.
"""

from __future__ import annotations

import http.client
import os
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import harness
import report
from harness import PRODUCT, Program, Server, two_cores

NAME = "bodies"
MIB = 1024 * 1024
BLOCK = bytes(MIB)
EVERY = 0.1
PATIENCE = 120.0
"""Seconds in which some byte must move."""
BEGIN = b'--edge\r\nContent-Disposition: form-data; name="file"; filename="large.bin"\r\n\r\n'
END = b"\r\n--edge--\r\n"


@dataclass
class Memory:
    """Resident memory of a process over a stretch of time, in bytes. The kernel counts each of the two figures roughly."""

    pid: int
    samples: list[int] = field(default_factory=list)
    peak: int = 0

    def read(self, name: str) -> int:
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))

    @contextmanager
    def sampled(self) -> Iterator[None]:
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")  # proc_pid_clear_refs: the peak begins anew
        over = threading.Event()
        thread = threading.Thread(target=self._sample, args=(over,))
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
            self.peak = self.read("VmHWM")

    def _sample(self, over: threading.Event) -> None:
        while True:
            self.samples.append(self.read("VmRSS"))
            if over.wait(EVERY):
                return


def upload(address: str, size: int) -> None:
    """Sends a form with one file of `size` bytes."""
    host, port = address.split(":")
    with socket.create_connection((host, int(port)), timeout=PATIENCE) as connection:
        length = len(BEGIN) + size + len(END)
        head = f"POST /upload HTTP/1.1\r\nHost: {address}\r\nContent-Length: {length}\r\n"
        head += "Content-Type: multipart/form-data; boundary=edge\r\n\r\n"
        connection.sendall(head.encode() + BEGIN)
        for at in range(0, size, MIB):
            connection.sendall(BLOCK[: size - at])
        connection.sendall(END)
        answer = http.client.HTTPResponse(connection, method="POST")
        answer.begin()
        content = answer.read()
    if (answer.status, content) != (200, str(size).encode()):
        raise SystemExit(f"the upload of {size} bytes was answered {answer.status}: {content.decode()}")


def download(address: str, size: int) -> None:
    """Takes the sparse file, every byte of which must be zero."""
    connection = http.client.HTTPConnection(address, timeout=PATIENCE)
    connection.request("GET", "/files/sparse.bin")
    answer = connection.getresponse()
    if (answer.status, answer.getheader("content-length")) != (200, str(size)):
        raise SystemExit(f"the download was answered {answer.status}: {answer.getheaders()}")
    buffer, taken = bytearray(MIB), 0
    view, zeros = memoryview(buffer), memoryview(BLOCK)
    while (read := answer.readinto(buffer)) > 0:
        if view[:read] != zeros[:read]:
            raise SystemExit(f"the download is wrong behind byte {taken}")
        taken += read
    connection.close()
    if taken != size:
        raise SystemExit(f"the download ended after {taken} of {size} bytes")


def transfer(server: Server, move: Callable[[str, int], None], size: int) -> report.Sample:
    memory = Memory(server.process.pid)
    rest, cpu, begin = memory.read("VmRSS"), server.cpu_ns(), time.monotonic()
    with memory.sampled():
        move(server.address, size)
    return {
        "size": size,
        "seconds": time.monotonic() - begin,
        "server_cpu": (server.cpu_ns() - cpu) / 1e9,
        "rest": rest,
        "most": max(memory.samples),
        "peak": max(memory.peak, *memory.samples),
        "samples": len(memory.samples),
    }


def wait_until_empty(folder: Path) -> None:
    """The server removes what it spooled behind its answer."""
    end = time.monotonic() + PATIENCE
    while left := os.listdir(folder):
        if time.monotonic() > end:
            raise SystemExit(f"the server has left {left}")
        time.sleep(EVERY)


def row(name: str, sample: report.Sample) -> list[str]:
    speed = sample["size"] / sample["seconds"] / 1e6
    memory = [f"{sample[figure] / 1e6:.1f}" for figure in ("rest", "most", "peak")]
    times = [f"{sample['seconds']:.1f}", f"{speed:,.0f}", f"{sample['server_cpu']:.1f}"]
    return [name, *times, *memory, f"{sample['samples']:.0f}"]


def run(folder: Path, size: int, workers: int) -> dict[str, report.Sample]:
    spool, files = folder / "spool", folder / "files"
    spool.mkdir()
    files.mkdir()
    with (files / "sparse.bin").open("wb") as sparse:
        sparse.truncate(size)
    harness.SERVERS[NAME] = Program(PRODUCT / NAME, ("--spool", str(spool), "--files", str(files)))
    with Server(NAME, workers=workers, cores=two_cores()) as server:
        samples = {"upload": transfer(server, upload, size)}
        wait_until_empty(spool)
        samples["download"] = transfer(server, download, size)
    return samples


def main() -> None:
    parser = report.arguments(__doc__, rounds=1, seconds=None, known=(NAME,))
    parser.add_argument("--gib", type=float, default=5, help="of each transfer (default: %(default)s)")
    parser.add_argument("--most", type=float, default=40, help="MB that the server may take (default: %(default)s)")
    parser.add_argument("--workers", type=int, default=1, help="of the server (default: %(default)s)")
    parser.add_argument("--directory", type=Path, default=Path(tempfile.gettempdir()), help="on disk (default: %(default)s)")
    options = parser.parse_args()
    size = int(options.gib * 1024**3)
    head = ["transfer", "seconds", "MB/s", "server CPU s", "RSS before, MB", "RSS most", "peak (VmHWM)", "samples"]
    print(f"{report.facts()}. {options.gib:g} GiB each, {options.workers} workers, at most {options.most:g} MB.\n")
    results = []
    for _ in range(options.rounds):
        with tempfile.TemporaryDirectory(dir=options.directory) as folder:
            results.append(run(Path(folder), size, options.workers))
    rows = [row(name, sample) for samples in results for name, sample in samples.items()]
    print(report.table(head, rows))
    report.save(options.json, results)
    peak = max(sample["peak"] for samples in results for sample in samples.values()) / 1e6
    if peak > options.most:
        raise SystemExit(f"\nFAILED: the server took {peak:.1f} MB, more than {options.most:g}")


if __name__ == "__main__":
    main()
