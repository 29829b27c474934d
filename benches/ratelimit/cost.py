"""What a rate limit costs a request, and the memory of a million distinct keys: a Markdown table.

    cargo build --release -p hyperserve-ratelimit --example rate-limit-cost
    python3 benches/ratelimit/cost.py [--runs 3] [--requests 500000] [--program PATH]

The program prints each row several times in turns; a cell is the median over all runs, with the least and the greatest in
brackets. It needs one core and is bounded by its number of requests.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
PROGRAM = TARGET / "release" / "examples" / "rate-limit-cost"
PATIENCE = 300


def samples(program: Path, requests: int, runs: int) -> dict[str, list[float]]:
    """The numbers of each row, in the order in which rows come first."""
    rows: dict[str, list[float]] = defaultdict(list)
    for _ in range(runs):
        done = subprocess.run(
            [program, str(requests)], check=True, capture_output=True, text=True, timeout=PATIENCE
        )
        for line in done.stdout.splitlines():
            name, _, number = line.partition("\t")
            rows[name].append(float(number))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--requests", type=int, default=500_000)
    parser.add_argument("--program", type=Path, default=PROGRAM)
    given = parser.parse_args()
    print("| | ns, unless it says otherwise |\n| --- | --- |")
    for name, numbers in samples(given.program, given.requests, given.runs).items():
        middle, least, most = statistics.median(numbers), min(numbers), max(numbers)
        print(f"| {name} | {middle:,.0f} ({least:,.0f}–{most:,.0f}) |")


if __name__ == "__main__":
    main()
