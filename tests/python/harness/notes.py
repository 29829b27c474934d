"""Reading what an application of `harness.asgi` has noted."""

import json

from harness.waiting import wait_until
from harness.wire import get


def notes(server, key: str) -> list:
    """What the application noted under `key` so far."""
    return json.loads(get(server.address, f"/notes/{key}").body)


def wait_for_note(server, key: str, count: int = 1, seconds: float = 10) -> list:
    """The notes under `key` once there are `count`."""
    wait_until(lambda: len(notes(server, key)) >= count, seconds, f"note `{key}`")
    return notes(server, key)
