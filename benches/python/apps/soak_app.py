"""The bare application, and what a soak asks a worker about itself."""

from __future__ import annotations

import gc
import json
import os
import sys

import bare

UPLOADS = {"begun": 0, "complete": 0, "disconnected": 0}


async def app(scope, receive, send):
    if scope["type"] == "http" and (handler := ROUTES.get(scope["path"])):
        return await handler(receive, send)
    await bare.app(scope, receive, send)


async def pid(receive, send):
    await bare.answer(send, b"text/plain", str(os.getpid()).encode())


async def state(receive, send):
    """Objects that the collector knows, blocks that the allocator gave out, and what became of uploads."""
    gc.collect()
    counts = {"objects": len(gc.get_objects()), "blocks": sys.getallocatedblocks(), "uploads": UPLOADS}
    await bare.answer(send, b"application/json", json.dumps(counts).encode())


async def upload(receive, send):
    UPLOADS["begun"] += 1
    while (message := await receive())["type"] == "http.request":
        if not message.get("more_body"):
            UPLOADS["complete"] += 1
            return await bare.answer(send, b"text/plain", b"complete")
    UPLOADS["disconnected"] += 1


ROUTES = {"/pid": pid, "/state": state, "/upload": upload}
