"""What the command line says of sockets."""

import asyncio
import json
import ssl
import struct

import pytest
import websockets
from websockets.exceptions import ConnectionClosed

from .conftest import PING, PONG, TEXT, Frames

APP = "socket_app:app"


def opened(server, path="/echo", *lines) -> Frames:
    wire = Frames(server.address)
    assert wire.handshake(path, *lines).status == 101
    return wire


def test_a_message_over_the_limit_is_1009(serve):
    server = serve(APP, "--ws-max-size", "1000")
    with opened(server) as wire:
        assert wire.frame(TEXT, b"x" * 1000).next() == (TEXT, b"x" * 1000)
        wire.frame(TEXT, b"x" * 1001)
        assert wire.close_code() == 1009


def test_compression_can_be_switched_off(serve):
    server = serve(APP, "--ws-per-message-deflate", "false")

    async def run():
        async with websockets.connect(f"ws://127.0.0.1:{server.port}/echo", proxy=None) as socket:
            assert "sec-websocket-extensions" not in socket.response.headers
            await socket.send("plain")
            assert await socket.recv() == "plain"

    asyncio.run(run())


def test_a_silent_client_is_pinged_and_given_up(serve):
    server = serve(APP, "--ws-ping-interval", "0.2", "--ws-ping-timeout", "0.3")
    with opened(server) as wire:
        for _ in range(3):
            opcode, payload = wire.next()
            assert opcode == PING
            wire.frame(PONG, payload)
        assert wire.next()[0] == PING
        assert wire.ends(3)


@pytest.mark.ours
def test_origins_can_be_limited(serve):
    """The control leaves that to the application."""
    server = serve(APP, "--ws-origins", "https://app.example")
    for origin, status in [("https://app.example", 101), ("https://evil.example", 403)]:
        with Frames(server.address) as wire:
            assert wire.handshake("/echo", f"Origin: {origin}").status == status


@pytest.mark.parametrize("loop", ["auto", "asyncio", "uvloop"])
def test_every_loop_serves_sockets(serve, loop):
    server = serve(APP, "--loop", loop)

    async def run():
        uri = f"ws://127.0.0.1:{server.port}"
        async with websockets.connect(f"{uri}/echo", proxy=None) as socket:
            for index in range(300):
                await socket.send(str(index))
                assert await socket.recv() == str(index)
            await socket.send(bytes(1_000_000))
            assert await socket.recv() == bytes(1_000_000)
        async with websockets.connect(f"{uri}/floods/x", max_size=None, max_queue=1, proxy=None) as socket:
            await asyncio.sleep(0.5)
            with pytest.raises(ConnectionClosed):
                while True:
                    await socket.recv()

    asyncio.run(run())


def test_a_drain_says_goodbye_and_lets_handlers_finish(serve):
    server = serve(APP)
    wire = opened(server, "/works-on/key")
    server.signal(15)
    # the control says 1012, which is for a service that is coming back
    code = wire.close_code()
    assert code == (1001 if server.is_ours else 1012)
    if server.is_ours:
        wire.frame(8, struct.pack("!H", code))
        assert server.exit_code(10) == 0
        assert "worked on" in server.output()
    else:
        server.exit_code(10)
    wire.close()


@pytest.mark.ours
def test_over_tls_the_scheme_is_wss(serve):
    """The control needs files for that."""
    server = serve(APP, "--tls", "self-signed")
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE

    async def run():
        async with websockets.connect(f"wss://127.0.0.1:{server.port}/scope", ssl=context, proxy=None) as socket:
            return json.loads(await socket.recv())

    shown = asyncio.run(run())
    assert shown["scheme"] == "'wss'"
    assert "'tls': {" in shown["extensions"]


@pytest.mark.parametrize("told", ["https", "wss"])
def test_a_trusted_proxy_tells_client_and_scheme(serve, told):
    server = serve(APP)
    fields = [f"X-Forwarded-Proto: {told}", "X-Forwarded-For: 192.0.2.7"]
    with Frames(server.address) as wire:
        assert wire.handshake("/scope", *fields).status == 101
        shown = json.loads(wire.next()[1])
    assert (shown["scheme"], shown["client"]) == ("'wss'", "('192.0.2.7', 0)")
