"""The environment of a request: what the scope of ASGI says, in the words of CGI (PEP 3333, RFC 3875)."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from .file import FileWrapper

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

#: How many names of fields, and how many addresses, are remembered: a client chooses them.
REMEMBERED = 512


class Environments:
    """The environments of requests. What the requests of one address share is made once."""

    def __init__(self) -> None:
        self._bases: dict[Any, WSGIEnvironment] = {}
        self._names: dict[bytes, str] = {}

    def of(self, scope: Any) -> WSGIEnvironment:
        server, scheme, version = scope.get("server"), scope.get("scheme", "http"), scope["http_version"]
        key = (server and tuple(server), scheme, version)
        base = self._bases.get(key)
        if base is None:
            base = _base(server, scheme, version)
            if len(self._bases) < REMEMBERED:
                self._bases[key] = base
        environment = base.copy()
        environment["REQUEST_METHOD"] = scope["method"]
        environment["QUERY_STRING"] = scope["query_string"].decode("latin-1")
        _set_path(environment, scope)
        client = scope.get("client")
        if client:
            environment["REMOTE_ADDR"], environment["REMOTE_PORT"] = client[0], str(client[1])
        self._set_fields(environment, scope["headers"])
        return environment

    def _set_fields(self, environment: WSGIEnvironment, fields: Iterable[tuple[bytes, bytes]]) -> None:
        names = self._names
        for name, value in fields:
            key = names.get(name)
            if key is None:
                key = self._name(name)
            if not key:
                continue
            text = value.decode("latin-1")
            if key in environment:
                if key == "CONTENT_LENGTH":
                    continue  # the server has seen to it that all say the same
                # RFC 9110 §5.3; RFC 9113 §8.2.3 for cookies, which HTTP/2 takes apart.
                text = f"{environment[key]}{'; ' if key == 'HTTP_COOKIE' else ', '}{text}"
            environment[key] = text

    def _name(self, name: bytes) -> str:
        """The name in the environment; empty for a field that has no place in it.

        `X_Forwarded_For` would become the name of `X-Forwarded-For`, so that a client could say what its proxy alone
        may: names with an underscore are left out.
        """
        text = name.decode("latin-1").upper().replace("-", "_")
        key = "" if b"_" in name else text if text in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{text}"
        if len(self._names) < REMEMBERED and len(name) <= 64:
            self._names[name] = key
        return key


def _base(server: Any, scheme: str, version: str) -> WSGIEnvironment:
    host, port = server if server else (None, None)
    if port is None:
        # A Unix socket has neither, and both must be there.
        host, port = "localhost", 443 if scheme == "https" else 80
    return {
        "SERVER_SOFTWARE": "hyperserve",
        "SERVER_NAME": host,
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": f"HTTP/{version}" if "." in version else f"HTTP/{version}.0",
        "REMOTE_ADDR": "",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scheme,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "wsgi.input_terminated": True,
        "wsgi.file_wrapper": FileWrapper,
    }


def _set_path(environment: WSGIEnvironment, scope: Any) -> None:
    """SCRIPT_NAME and PATH_INFO: the bytes of the path, each as the character of its number (PEP 3333, "Unicode Issues")."""
    raw = scope.get("raw_path")
    if raw is None:
        path = scope["path"].encode().decode("latin-1")
        environment["REQUEST_URI"] = path
    else:
        environment["REQUEST_URI"] = raw.decode("latin-1")
        path = (unquote_to_bytes(raw) if b"%" in raw else raw).decode("latin-1")
    query = environment["QUERY_STRING"]
    if query:
        environment["REQUEST_URI"] += f"?{query}"
    root = scope.get("root_path", "")
    if root:
        root = root.encode().decode("latin-1").rstrip("/")
        if path.startswith(root) and path[len(root) : len(root) + 1] in ("", "/"):
            path = path[len(root) :]
    environment["SCRIPT_NAME"] = root
    environment["PATH_INFO"] = path
