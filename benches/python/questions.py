"""The requests, byte for byte, and what every server must answer; all the scripts send the same."""

from __future__ import annotations

from dataclasses import dataclass

TEXT = "text/plain; charset=utf-8"
HELLO = b"Hello, World!"
HOST = (("Host", "localhost"),)

ENGINE = "AppleWebKit/537.36 (KHTML, like Gecko)"
CHROMIUM = (
    ("Host", "localhost"),
    ("Connection", "keep-alive"),
    ("Cache-Control", "max-age=0"),
    ("sec-ch-ua", '"Chromium";v="140", "Not=A?Brand";v="24"'),
    ("sec-ch-ua-mobile", "?0"),
    ("sec-ch-ua-platform", '"Linux"'),
    ("Upgrade-Insecure-Requests", "1"),
    ("User-Agent", f"Mozilla/5.0 (X11; Linux x86_64) {ENGINE} Chrome/140.0.0.0 Safari/537.36"),
    ("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8"),
    ("Sec-Fetch-Site", "none"),
    ("Sec-Fetch-Mode", "navigate"),
    ("Sec-Fetch-User", "?1"),
    ("Sec-Fetch-Dest", "document"),
    ("Accept-Encoding", "gzip, deflate, br, zstd"),
    ("Accept-Language", "en-GB,en;q=0.9"),
)
"""The 15 fields of a page that is loaded again, in Chromium's order and spelling, from an origin without cookies."""


@dataclass(frozen=True)
class Question:
    path: str
    content_type: str
    content: bytes
    method: str = "GET"
    fields: tuple[tuple[str, str], ...] = HOST
    body: bytes = b""

    @property
    def request(self) -> bytes:
        length = (("Content-Length", str(len(self.body))),) if self.body else ()
        lines = [f"{self.method} {self.path} HTTP/1.1", *(f"{name}: {value}" for name, value in self.fields + length)]
        return "\r\n".join([*lines, "", ""]).encode() + self.body

    @property
    def answer(self) -> tuple[int, str | None, bytes]:
        """Status, content type, content. Servers may differ in what else they say (`Date`, `Server`)."""
        return 200, self.content_type, self.content


BODY = bytes(range(256))

PLAINTEXT = Question("/plaintext", TEXT, HELLO)
JSON = Question("/json", "application/json", b'{"message": "Hello, World!"}')
COMPACT_JSON = Question("/json", "application/json", b'{"message":"Hello, World!"}')
ECHO = Question("/echo", "application/octet-stream", BODY, method="POST", body=BODY)
SLEEP0 = Question("/sleep0", TEXT, HELLO)
SLEEP1MS = Question("/sleep1ms", TEXT, HELLO)
BROWSER = Question("/plaintext", TEXT, HELLO, fields=CHROMIUM)
