"""The http_desync_guardian corpus against a running server: severe requests refused, compliant ones served.

Usage: desync.py ADDRESS CORPUS   (an address such as 127.0.0.1:8080, and the folder of the corpus's YAML files)

Each case of the corpus is a request with a verdict. This server is stricter than the corpus in two points, and is held
to them here: of all transfer codings it takes a single `chunked` (RFC 9112, section 6.1 lets a server refuse the
rest), and a request target holds the characters of RFC 3986 and nothing else. Cases that the corpus calls acceptable
or ambiguous are counted by what became of them; either answer is right.
"""

import re
import socket
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import yaml

PATIENCE = 3.0  # seconds; a verdict comes at once, whoever waits has taken the request for an unfinished one
STATUS_LINE = re.compile(rb"^HTTP/1\.[01] (\d{3})[ \r]", re.MULTILINE)
REFUSALS = {400, 414, 417, 431, 501, 505}
TARGET = re.compile(r"^[A-Za-z0-9\-._~:/?\[\]@!$&'()*+,;=%]+$")


@dataclass
class Case:
    name: str
    tier: str
    method: str
    target: str
    version: str
    fields: list[tuple[str, str]]

    @classmethod
    def read(cls, entry: dict) -> "Case":
        fields = [(str(field["name"]), str(field["value"])) for field in entry["headers"] or []]
        words = (str(entry[key]) for key in ("method", "uri", "version"))
        return cls(entry["name"], entry["expected"]["tier"], *words, fields)

    def values(self, name: str) -> list[str]:
        return [value.strip() for field, value in self.fields if field.strip().lower() == name]

    def request(self) -> bytes:
        """The request on the wire. A missing Host is no case of this corpus, so one is always there."""
        fields = list(self.fields)
        if not self.values("host"):
            fields.insert(0, ("Host", "localhost"))
        head = f"{self.method} {self.target} {self.version}\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in fields)
        return on_the_wire(head + "\r\n") + self.body()

    def body(self) -> bytes:
        """What the head announces; after a severe head always the end of a chunked body, for whoever takes it so."""
        if self.tier == "Severe" or self.values("transfer-encoding"):
            return b"0\r\n\r\n"
        length = self.values("content-length")
        return b"x" * int(length[0]) if len(length) == 1 and length[0].isdigit() else b""

    def must_be(self) -> str | None:
        """`refused`, `served`, or None where both are right."""
        if self.tier == "Severe":
            return "refused"
        if self.tier != "Compliant":
            return None
        codings = self.values("transfer-encoding")
        stricter = codings not in ([], ["chunked"]) or not TARGET.match(self.target)
        return "refused" if stricter else "served"


def on_the_wire(text: str) -> bytes:
    """The corpus writes raw bytes as characters up to U+00FF; what lies above stands for its UTF-8 form."""
    return b"".join(bytes([ord(c)]) if ord(c) < 256 else c.encode() for c in text)


def outcome(address: tuple[str, int], case: Case) -> str:
    """What became of the request: `served`, `refused`, or what else the server did."""
    with socket.create_connection(address, timeout=PATIENCE) as connection:
        try:
            connection.sendall(case.request())
        except (BrokenPipeError, ConnectionResetError):
            pass  # an early answer to a large body
        answer, closed = read_answer(connection)
    statuses = [int(status) for status in STATUS_LINE.findall(answer)]
    if not statuses:
        return "refused" if closed else "left waiting"
    if statuses[0] not in REFUSALS:
        return "served"
    if len(statuses) > 1:
        return f"answered twice: {statuses}"
    return "refused" if closed else f"refused by {statuses[0]}, but the connection stays open"


def read_answer(connection: socket.socket) -> tuple[bytes, bool]:
    """All bytes until the server closes, or until it has served the request, or is silent too long."""
    answer = b""
    try:
        while piece := connection.recv(65536):
            answer += piece
            first = STATUS_LINE.match(answer)
            if first and int(first[1]) not in REFUSALS:
                return answer, False
    except ConnectionResetError:
        return answer, True
    except TimeoutError:
        return answer, False
    return answer, True


def load(corpus: Path) -> list[Case]:
    texts = (file.read_text(encoding="utf-8") for file in sorted(corpus.glob("*.yaml")))
    return [Case.read(entry) for text in texts for entry in yaml.safe_load(text) or []]


def main(address: str, corpus: str) -> int:
    host, _, port = address.rpartition(":")
    cases = load(Path(corpus))
    with ThreadPoolExecutor(16) as pool:
        outcomes = list(pool.map(lambda case: outcome((host, int(port)), case), cases))
    wrong = 0
    tiers: Counter[tuple[str, str]] = Counter()
    for case, got in zip(cases, outcomes):
        tiers[case.tier, got] += 1
        wanted = case.must_be()
        if wanted and got != wanted:
            wrong += 1
            print(f"FAILED {case.tier}: {case.name!r} must be {wanted}, was {got}\n  {case.request()[:400]!r}")
    for (tier, got), count in sorted(tiers.items()):
        print(f"{tier}: {count} {got}")
    judged = sum(case.must_be() is not None for case in cases)
    print(f"{judged - wrong} passed, {wrong} failed")
    return 1 if wrong or judged < 80 else 0  # the corpus has 86 with a verdict: fewer means it was not read


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
