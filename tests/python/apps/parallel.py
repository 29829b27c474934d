"""Many requests at once on one app."""

import asyncio

import httpx

REQUESTS = 50


def mixed(server, *checks):
    """Runs `REQUESTS` requests at once; `checks` take an `AsyncClient` and a number, and come in turn."""

    async def run():
        limits = httpx.Limits(max_connections=REQUESTS, max_keepalive_connections=REQUESTS)
        async with httpx.AsyncClient(base_url=server.url, timeout=30, limits=limits) as client:
            tasks = [checks[number % len(checks)](client, number) for number in range(REQUESTS)]
            await asyncio.gather(*tasks)

    asyncio.run(run())
