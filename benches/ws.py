"""WebSockets, side by side: echoed messages a CPU second, broadcasts, idle sockets, compression.

Echo and broadcast: each server alone on one core, the load on the other, in interleaved rounds. The figures that count
are the CPU time of the server's threads, from the kernel's accounting, and what the load counted and compared.
"""

from __future__ import annotations

import report
import ws_broadcast
import ws_echo
import ws_idle

PARTS = {
    "echo": ws_echo.echo,
    "deflate": ws_echo.deflate,
    "broadcast": ws_broadcast.broadcast,
    "idle": ws_idle.idle,
}


def main() -> None:
    parser = report.arguments(__doc__, rounds=5, seconds=2)
    parser.add_argument("--parts", default=",".join(PARTS), help="which, by comma (default: %(default)s)")
    parser.add_argument("--sizes", default="16,1024,65536", help="bytes of an echoed message (default: %(default)s)")
    parser.add_argument("--members", type=int, default=5000, help="sockets of a broadcast (default: %(default)s)")
    parser.add_argument("--connections", type=int, default=10_000, help="held idle (default: %(default)s)")
    parser.add_argument("--held", type=float, default=30, help="seconds they are held idle (default: %(default)s)")
    options = parser.parse_args()
    print(f"{report.facts()}. {options.rounds} rounds of {options.seconds:g} s, one worker.")
    results = {}
    for part in options.parts.split(","):
        results |= PARTS[part](options)
        report.save(options.json, results)


if __name__ == "__main__":
    main()
