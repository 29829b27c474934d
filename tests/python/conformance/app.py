"""The conformance app of `spec/app.md` as an ASGI application, and the program that serves it.

`python app.py --listen 127.0.0.1:0 --set name=value …` keeps the start contract: what is behind the name goes to the
`hyperserve` command, with the defaults of the specification where the command's own differ.
"""

import os
import sys
from pathlib import Path

from http_endpoints import http
from websocket_endpoints import websocket

#: What `spec/config.md` says, and the Python command has otherwise, as uvicorn has it.
DEFAULTS = {
    "access_log": "off",
    "body_limit": "2MiB",
    "extra_methods": "",
    "keep_alive_timeout": "65s",
    "lifespan": "off",
    "log": "warn",
    "server_header": "off",
    "trusted_proxies": "",
    "ws_max_frame": "1MiB",
    "ws_max_message": "1MiB",
    "ws_origins": "",
}


async def app(scope, receive, send):
    if scope["type"] == "http":
        await http(scope, receive, send)
    elif scope["type"] == "websocket":
        await websocket(scope, receive, send)
    else:
        raise ValueError(f"an unexpected scope: {scope['type']}")


def said() -> str:
    """All that could set something, in small letters: what is named there is not to be overruled by a default."""
    files = [path.read_text() for path in Path().iterdir() if path.suffix in {".toml", ".json", ".conf"}]
    return " ".join([*sys.argv, *os.environ, *files]).lower()


def main() -> int:
    from hyperserve import _core

    told = said()
    defaults = [f"{name}={value}" for name, value in DEFAULTS.items() if name not in told]
    flags = [word for default in defaults for word in ("--set", default)]
    return _core.main(["hyperserve", "app:app", "--app-dir", sys.path[0], *flags, *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
