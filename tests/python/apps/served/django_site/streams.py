"""Views whose answers take their time."""

import asyncio
import gc

from django.conf import settings
from django.http import FileResponse, HttpResponse, JsonResponse, StreamingHttpResponse

ENDED: list[str] = []


def synchronous(request):
    return StreamingHttpResponse((f"line {number}\n" for number in range(50)), content_type="text/plain")


async def asynchronous(request):
    async def lines():
        for number in range(int(request.GET.get("count", 50))):
            await asyncio.sleep(0.002)
            yield f"line {number}\n"

    return StreamingHttpResponse(lines(), content_type="text/plain")


async def endless(request):
    async def ticks():
        try:
            while True:
                yield b"tick\n"
                await asyncio.sleep(0.01)
        finally:
            ENDED.append("stream")

    return StreamingHttpResponse(ticks())


def file(request):
    return FileResponse(open(settings.FOLDER / "file.bin", "rb"))


async def slow(request):
    """Django cancels a view whose client has left."""
    try:
        await asyncio.sleep(30)
    except asyncio.CancelledError:
        ENDED.append("view")
        raise
    return HttpResponse()


async def ended(request):
    gc.collect()  # a generator that was left at a `yield` ends when it is collected
    return JsonResponse({"ended": ENDED})
