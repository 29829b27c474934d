"""What each layer costs a request: CPU time beyond the bare route, in interleaved rounds; or instructions by callgrind.

Every server is the same program with the same routes, behind other layers. A layer is compared with bare routes that
are asked the very same in the same round, so that what longer requests cost the server itself is not in the figure.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import instructions
import report
from harness import (
    JSON,
    PLAINTEXT,
    PRODUCT,
    SERVERS,
    Program,
    Question,
    Server,
    measured,
    rotated,
    two_cores,
)
from load import CONNECTIONS, LATENCIES, WARM_UP_SECONDS, needs, wrk

HOST = "127.0.0.1"
ROUTES = {"plaintext": replace(PLAINTEXT, host=HOST), "json": replace(JSON, host=HOST)}

PROGRAM = (("User-Agent", "python-requests/2.32.5"), ("Accept", "application/json"), ("Accept-Encoding", "gzip"))
"""What a program sends that uses an API."""

Fields = tuple[tuple[str, str], ...]


def token() -> str:
    """A JSON Web Token for the secret of `src/bin/layers`, good for a day."""
    claims = {"iss": "https://id.example", "aud": "shop", "sub": "ada", "exp": int(time.time()) + 86_400}
    parts = [json.dumps(part).encode() for part in ({"alg": "HS256", "typ": "JWT"}, claims)]
    signed = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    mac = base64.urlsafe_b64encode(hmac.digest(bytes([7] * 32), signed, hashlib.sha256)).rstrip(b"=")
    return f"{signed.decode()}.{mac.decode()}"


BEARER = (("Authorization", f"Bearer {token()}"),)
BASIC = (("Authorization", f"Basic {base64.b64encode(b'ada:correct-horse-battery').decode()}"),)
API_KEY = (("X-Api-Key", "k-3f9a5c1e8b7d2460"),)
ORIGIN = (("Origin", "https://app.example"),)
COOKIE = (("Cookie", "session=5Cz0oJtQ1rVb8xWkN3mYpA"),)
"""As long as the one of a session in a store."""

QUOTAS = ("ratelimit", "ratelimit-policy", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset")
API = (
    "content-security-policy",
    "cross-origin-resource-policy",
    "referrer-policy",
    "x-content-type-options",
    "x-frame-options",
)
WEB = (*API, "cross-origin-opener-policy", "permissions-policy")


@dataclass(frozen=True)
class Layer:
    """How a server is asked, and what tells that its layers are there."""

    asked: Fields = ()
    answered: tuple[str, ...] = ()
    path: str | None = None
    """Another route than the one that all are asked for."""
    after_first: bool = False

    def question(self, route: Question) -> Question:
        asked = PROGRAM if self.after_first else (*PROGRAM, *self.asked)
        path = self.path or route.path
        return replace(route, path=path, asked=asked, answered=self.answered, after_first=self.after_first)

    def bare_question(self, route: Question) -> Question:
        return replace(route, asked=(*PROGRAM, *self.asked))


LAYERS = {
    "empty": Layer(),
    "trace_context": Layer(),
    "request_id": Layer(answered=("x-request-id",)),
    "access_log": Layer(),
    "access_log-json": Layer(),
    "trace": Layer(),
    "trace-recorded": Layer(),
    "metrics": Layer(),
    "security_headers": Layer(answered=WEB),
    "security_headers-api": Layer(answered=API),
    "security_headers-nonce": Layer(answered=WEB),
    "recovery": Layer(),
    "ip_filter": Layer(),
    "trusted_hosts": Layer(),
    "https_redirect": Layer(),
    "cors": Layer(ORIGIN, ("access-control-allow-origin", "vary")),
    "rate_limit": Layer(answered=QUOTAS),
    "concurrency": Layer(),
    "csrf": Layer(),
    "cache": Layer(answered=("cache-status",)),
    "cache-hit": Layer(answered=("age", "cache-control", "cache-status"), path="/kept", after_first=True),
    "compression": Layer(),
    "timeout": Layer(),
    "decompression": Layer(),
    "body_limit": Layer(),
    "auth-api-key": Layer(API_KEY, ("cache-control",)),
    "auth-basic": Layer(BASIC),
    "auth-bearer": Layer(BEARER),
    "auth-jwt": Layer(BEARER),
    "sessions": Layer(COOKIE, ("vary",), "/visited", after_first=True),
    "sessions-cookie": Layer(COOKIE, ("vary",), "/visited", after_first=True),
    "secure-web": Layer(answered=(*WEB, *QUOTAS, "x-request-id")),
    "secure-web-full": Layer(answered=(*WEB, *QUOTAS, "x-request-id")),
    "secure-api": Layer(answered=(*API, *QUOTAS, "x-request-id")),
    "secure-api-full": Layer(answered=(*API, *QUOTAS, "x-request-id")),
}
"""From the outside in, as `Stack` has them; a name with a dash is a place with other settings, or has no place."""

PLACES = {"cache-hit": "cache"}
"""Names that differ in the question alone."""

BARE = "bare"
SERVERS.update(
    {name: Program(PRODUCT / "layers", ("--layers", PLACES.get(name, name))) for name in (BARE, *LAYERS)}
)


@dataclass(frozen=True)
class Run:
    """One server and what it is asked."""

    name: str
    question: Question

    def told(self) -> dict[str, object]:
        return {"name": self.name, "path": self.question.path, "asked": dict(self.question.asked)}


def plan(names: list[str], route: Question) -> dict[str, tuple[Run, Run]]:
    """Each layer with the bare routes that it is compared with; runs that are equal are one."""
    layers = {name: LAYERS[name] for name in names}
    return {
        name: (Run(name, layer.question(route)), Run(BARE, layer.bare_question(route)))
        for name, layer in layers.items()
    }


def load(server: Server, seconds: float, core: int) -> report.Sample:
    """wrk's own results."""
    return wrk(server, seconds, core, fields=(("Host", server.question.host), *server.question.asked))


def sample(run: Run, seconds: float) -> report.Sample:
    server_core, load_core = two_cores()
    with Server(run.name, workers=1, cores=[server_core], question=run.question) as server:
        load(server, WARM_UP_SECONDS, load_core)
        with measured(server) as window:
            result = load(server, seconds, load_core)
    if result["failed"]:
        raise SystemExit(f"{run.name}: {result['failed']} of the load's requests failed")
    return {figure: value for figure, value in result.items() if figure not in LATENCIES} | {
        "ns": window.server_cpu * 1e9 / result["requests"],
        "foreign_share": window.foreign_share,
    }


def count(run: Run, directory: Path) -> report.Sample:
    shape = instructions.Shape(run.name, connections=CONNECTIONS, question=run.question)
    return {"instructions": instructions.per_request(run.name, shape, directory)}


Results = dict[Run, list[report.Sample]]


def rounds(runs: list[Run], number: int, measure: Callable[[Run], report.Sample]) -> Results:
    samples = defaultdict(list)
    for turn in range(number):
        for run in rotated(runs, turn):
            samples[run].append(measure(run))
    return samples


def more(pair: tuple[Run, Run], samples: Results, figure: str) -> list[float]:
    """Of each round, what a layer costs more than the bare routes."""
    own, bare = (samples[run] for run in pair)
    return [one[figure] - other[figure] for one, other in zip(own, bare, strict=True)]


def show(pairs: dict[str, tuple[Run, Run]], samples: Results, figure: str) -> None:
    rows = []
    for name, pair in pairs.items():
        values = more(pair, samples, figure)
        rows.append([name, f"{statistics.median(values):,.0f}", f"[{min(values):,.0f}, {max(values):,.0f}]"])
    print(f"\n{report.table(['layer', f'{figure} a request more than bare', '[least, greatest]'], rows)}\n")
    for bare in dict.fromkeys(bare for _, bare in pairs.values()):
        beside = ", ".join(name for name, _ in bare.question.asked[len(PROGRAM) :]) or "nothing else"
        print(f"bare, asked with {beside}: {report.spread([one[figure] for one in samples[bare]], 0)} {figure}")


def save(path: Path | None, samples: Results) -> None:
    report.save(path, [run.told() | {"samples": of_one} for run, of_one in samples.items()])


def main() -> None:
    parser = report.arguments(__doc__, rounds=7, seconds=1, known=LAYERS)
    parser.add_argument("--instructions", action="store_true", help="count instructions, by callgrind")
    parser.add_argument("--keep", type=Path, help="leave callgrind's profiles in this directory")
    parser.add_argument("--route", choices=ROUTES, default="plaintext", help="what is asked for (default: %(default)s)")
    options = parser.parse_args()
    needs("valgrind" if options.instructions else "wrk")
    pairs = plan(report.names(options, LAYERS), ROUTES[options.route])
    runs = list(dict.fromkeys(run for pair in pairs.values() for run in reversed(pair)))
    facts = f"{report.facts()}. {CONNECTIONS} connections, one worker"
    if options.instructions:
        with tempfile.TemporaryDirectory() as scratch:
            directory = options.keep or Path(scratch)
            directory.mkdir(parents=True, exist_ok=True)
            samples = rounds(runs, 1, lambda run: count(run, directory))
        print(f"{facts}; instructions in user space, by callgrind.")
        show(pairs, samples, "instructions")
    else:
        samples = rounds(runs, options.rounds, lambda run: sample(run, options.seconds))
        print(f"{facts}; {options.rounds} rounds of {options.seconds:g} s.")
        show(pairs, samples, "ns")
        print(f"\n{report.noise([one for of_one in samples.values() for one in of_one])}")
    save(options.json, samples)


if __name__ == "__main__":
    main()
