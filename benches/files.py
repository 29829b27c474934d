"""Files, side by side: each server alone on one core, wrk on the other, in interleaved rounds.

The figure that counts is what a CPU second of the server gives, by the kernel's accounting: requests, or the bytes of a
file so large that few are answered. `--instructions` counts those of a request in user space by callgrind, of ours
alone.
"""

from __future__ import annotations

import argparse
import gzip
import random
import statistics
import tempfile
from collections import defaultdict
from dataclasses import dataclass, field, replace
from http.client import HTTPMessage
from pathlib import Path

import instructions
import nginx
import report
from harness import PEERS, PRODUCT, SERVERS, Answer, Program, Question, Server, measured, rotated, two_cores
from load import CONNECTIONS, WARM_UP_SECONDS, needs, wrk

OURS = "hyperserve-files"
SENDING = "hyperserve-sendfile"
"""Ours with the setting `sendfile`, which is off by default and on in nginx here."""
NGINX = "nginx"
SERVE_DIR = "axum-servedir"
NAMES = (OURS, SENDING, NGINX, "nginx-cached", SERVE_DIR)

KIB, MIB = 1 << 10, 1 << 20
TEXTS = {"1k.txt": KIB, "16k.txt": 16 * KIB, "coded.txt": 16 * KIB}
BINARIES = {"1m.bin": MIB, "100m.bin": 100 * MIB}


@dataclass(frozen=True)
class FileQuestion(Question):
    """A request for a file; servers answer it with fields of their own, but with the same status and content."""

    content_type: str = ""
    content: bytes = b""
    status: int = 200
    needed: tuple[str, ...] = ("content-length",)
    """Names of fields that are in the answer."""

    def fault(self, got: Answer) -> str:
        status, fields, _, content = got
        if status != self.status:
            return f"answers {self.path} with {status}, not {self.status}"
        if missing := set(self.needed) - set(fields):
            return f"answers {self.path} without {', '.join(missing)}"
        if status != 404 and content != self.content:
            return f"answers {self.path} with {len(content)} bytes that are not the {len(self.content)} of the file"
        return ""

    def after(self, fields: HTTPMessage) -> Question:
        """A condition with the server's own tag."""
        return replace(self, asked=(*self.asked, ("If-None-Match", fields["etag"])))


@dataclass(frozen=True)
class Scenario:
    title: str
    question: FileQuestion
    file: str = ""
    """What is in the answer, of the files that were made."""
    connections: int = CONNECTIONS
    figure: str = "requests"
    bars: dict[str, float] = field(default_factory=dict)
    """What a CPU second of ours gives at least, as a share of another's."""
    judged: str = OURS
    """Which of ours is held to that."""
    counted: bool = False
    """Whether its instructions are counted."""

    def asked(self, files: Path) -> FileQuestion:
        return replace(self.question, content=(files / self.file).read_bytes() if self.file else b"")


SMALL = {NGINX: 1.0, SERVE_DIR: 2.0}
LARGE = {NGINX: 0.7}
GZIP = (("Accept-Encoding", "gzip"),)
SCENARIOS = {
    "1k": Scenario("1 KiB", FileQuestion("/1k.txt"), "1k.txt", bars=SMALL, counted=True),
    "16k": Scenario("16 KiB", FileQuestion("/16k.txt"), "16k.txt", bars=SMALL, counted=True),
    "1m": Scenario("1 MiB", FileQuestion("/1m.bin"), "1m.bin", bars=LARGE, judged=SENDING),
    "100m": Scenario(
        "100 MiB",
        FileQuestion("/100m.bin"),
        "100m.bin",
        connections=4,
        figure="MiB",
        bars=LARGE,
        judged=SENDING,
    ),
    "304": Scenario(
        "304 for 1 KiB, by its tag",
        FileQuestion("/1k.txt", status=304, needed=("etag",), after_first=True),
        counted=True,
    ),
    "gzip": Scenario(
        "16 KiB, as the .gz beside it",
        FileQuestion("/coded.txt", asked=GZIP, needed=("content-encoding", "content-length")),
        "coded.txt.gz",
    ),
    "404": Scenario("404", FileQuestion("/nothing.txt", status=404, needed=())),
}


def make_files(directory: Path) -> None:
    """The same in every run; of text half is redundant, so that it compresses to about that."""
    for name, size in TEXTS.items():
        (directory / name).write_text(random.Random(name).randbytes(size // 2).hex())
    for name, size in BINARIES.items():
        (directory / name).write_bytes(random.Random(name).randbytes(size))
    (directory / "coded.txt.gz").write_bytes(gzip.compress((directory / "coded.txt").read_bytes(), mtime=0))


def programs(files: Path, scratch: Path) -> dict[str, Program]:
    flags = ("--directory", str(files))
    plain = nginx.Nginx(nginx.path(), files=files, scratch=scratch)
    return {
        OURS: Program(PRODUCT / "files", flags),
        SENDING: Program(PRODUCT / "files", (*flags, "--sendfile", "true")),
        NGINX: plain,
        "nginx-cached": replace(plain, more=nginx.CACHED),
        SERVE_DIR: Program(PEERS / "axum-servedir", flags),
    }


def load(server: Server, scenario: Scenario, seconds: float, core: int) -> report.Sample:
    """wrk's own results."""
    result = wrk(server, seconds, core, scenario.connections, server.question.asked)
    expected = result["requests"] if scenario.question.status >= 400 else 0
    if result["refused"] != expected or result["failed"] != result["refused"]:
        raise SystemExit(f"{server.name}: {result['failed']} of the load's requests failed")
    return result


def one_round(name: str, scenario: Scenario, question: FileQuestion, seconds: float) -> report.Sample:
    server_core, load_core = two_cores()
    with Server(name, workers=1, cores=[server_core], question=question) as server:
        load(server, scenario, WARM_UP_SECONDS, load_core)
        with measured(server) as window:
            result = load(server, scenario, seconds, load_core)
    done = result["bytes"] / MIB if scenario.figure == "MiB" else result["requests"]
    return result | {
        "per_cpu_second": done / window.server_cpu,
        "per_second": done / result["seconds"],
        "user_share": window.server_user_cpu / window.server_cpu,
        "server_busy": window.server_cpu / window.wall,
        "load_busy": window.load_cpu / window.wall,
        "foreign_share": window.foreign_share,
    }


Samples = dict[str, list[report.Sample]]
"""Of each server, one for each round."""


def rounds(names: list[str], scenario: Scenario, files: Path, options: argparse.Namespace) -> Samples:
    question = scenario.asked(files)
    samples = defaultdict(list)
    for number in range(options.rounds):
        for name in rotated(names, number):
            samples[name].append(one_round(name, scenario, question, options.seconds))
    return {name: samples[name] for name in names}


def row(name: str, samples: Samples) -> list[str]:
    def column(figure: str, digits: int) -> str:
        return report.spread([sample[figure] for sample in samples[name]], digits)

    shares = [report.ratio(samples[name], samples.get(base), "per_cpu_second") for base in (NGINX, SERVE_DIR)]
    busy = [column(figure, 2) for figure in ("user_share", "server_busy", "load_busy")]
    return [name, column("per_cpu_second", 0), *shares, column("per_second", 0), column("p99_us", 0), *busy]


def judged(scenario: Scenario, samples: Samples) -> list[str]:
    """A line for each bar that was measured."""
    lines = []
    for peer, bar in scenario.bars.items():
        ours = scenario.judged
        if ours in samples and peer in samples:
            reached = float(report.ratio(samples[ours], samples[peer], "per_cpu_second"))
            verdict = "PASS" if reached >= bar else "FAIL"
            told = f"{ours} has at least {bar:g} of {peer}'s {scenario.figure} a CPU second ({reached:.3f})"
            lines.append(f"- {verdict}: {told}")
    return lines


def show(scenario: Scenario, samples: Samples) -> None:
    unit = scenario.figure
    head = ["server", f"{unit} a CPU second", f"of {NGINX}", f"of {SERVE_DIR}", f"{unit}/s", "p99 µs"]
    head += ["in user space", "core busy", "load's core"]
    table = report.table(head, [row(name, samples) for name in samples])
    everything = [sample for of_one in samples.values() for sample in of_one]
    print(f"\n### {scenario.title}, {scenario.connections} connections\n\n{table}\n")
    for line in judged(scenario, samples):
        print(line)
    print(f"\n{report.noise(everything)}", flush=True)


def count(scenario: Scenario, files: Path, directory: Path) -> float:
    question = scenario.asked(files)
    shape = instructions.Shape(scenario.title, connections=scenario.connections, question=question)
    return instructions.per_request(OURS, shape, directory)


def counts(scenarios: list[Scenario], files: Path, options: argparse.Namespace, scratch: Path) -> object:
    directory = options.keep or scratch
    directory.mkdir(parents=True, exist_ok=True)
    counted = [scenario for scenario in scenarios if scenario.counted]
    results = {
        scenario.title: [count(scenario, files, directory) for _ in range(options.rounds)] for scenario in counted
    }
    rows = [[title, f"{statistics.median(values):,.0f}"] for title, values in results.items()]
    print(f"\n{report.table([f'of {OURS}', 'instructions a request, user space'], rows)}")
    return results


def compared(scenarios: dict[str, Scenario], names: list[str], files: Path, options: argparse.Namespace) -> object:
    print(f"nginx {nginx.version()}; {options.rounds} rounds of {options.seconds:g} s, one worker.")
    results = {}
    for name, scenario in scenarios.items():
        results[name] = rounds(names, scenario, files, options)
        show(scenario, results[name])
    return results


def main() -> None:
    parser = report.arguments(__doc__, rounds=7, seconds=4, known=NAMES)
    parser.add_argument("--scenarios", default=",".join(SCENARIOS), help="which, by comma (default: %(default)s)")
    parser.add_argument("--directory", type=Path, help="where the files are made (default: where temporary ones are)")
    parser.add_argument("--instructions", action="store_true", help="count instructions of ours, by callgrind")
    parser.add_argument("--keep", type=Path, help="leave callgrind's profiles in this directory")
    options = parser.parse_args()
    needs("valgrind" if options.instructions else "wrk")
    scenarios = {name: SCENARIOS[name] for name in options.scenarios.split(",")}
    with tempfile.TemporaryDirectory(dir=options.directory) as made, tempfile.TemporaryDirectory() as scratch:
        files = Path(made)
        make_files(files)
        SERVERS.update(programs(files, Path(scratch)))
        names = report.names(options, NAMES)
        print(f"{report.facts()}.")
        if options.instructions:
            results = counts(list(scenarios.values()), files, options, Path(scratch))
        else:
            results = compared(scenarios, names, files, options)
    report.save(options.json, results)


if __name__ == "__main__":
    main()
