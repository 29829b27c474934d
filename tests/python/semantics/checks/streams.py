"""The loop's input and output from within a request: connections, subprocesses, names, descriptors, signals."""

import asyncio
import os
import signal
import socket
import sys

import httpx

from harness.checks import Table, ask_self

check = Table()


@check
async def a_request_to_itself(scope):
    assert await ask_self(scope, "/ready") == b"ok"


@check
async def a_request_to_itself_by_httpx(scope):
    host, port = scope["server"]
    async with httpx.AsyncClient() as client:
        answers = await asyncio.gather(*(client.get(f"http://{host}:{port}/ready") for _ in range(10)))
    assert [answer.text for answer in answers] == ["ok"] * 10


@check
async def a_server_within_the_server(scope):
    async def serve(reader, writer):
        writer.write((await reader.readline()).upper())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(b"hello\n")
        assert await reader.read() == b"HELLO\n"
        writer.close()
        await writer.wait_closed()


@check
async def a_megabyte_through_streams(scope):
    async def serve(reader, writer):
        while octets := await reader.read(65536):
            writer.write(octets)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())

        async def push():
            writer.write(bytes(1 << 20))
            await writer.drain()
            writer.write_eof()

        pushing = asyncio.create_task(push())
        assert len(await reader.read()) == 1 << 20
        await pushing
        writer.close()


@check
async def nobody_there(scope):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        try:
            await asyncio.open_connection(*unused.getsockname())
        except ConnectionRefusedError:
            return
    raise AssertionError("somebody was")


@check
async def names(scope):
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo("localhost", 80, type=socket.SOCK_STREAM)
    assert {info[4][0] for info in found} & {"127.0.0.1", "::1"}
    assert (await loop.getnameinfo(("127.0.0.1", 80), socket.NI_NUMERICHOST | socket.NI_NUMERICSERV)) == (
        "127.0.0.1",
        "80",
    )


@check
async def a_subprocess(scope):
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "import sys; print(sys.stdin.read().upper()); sys.exit(3)",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    output, _ = await process.communicate(b"hello")
    assert (output.strip(), process.returncode) == (b"HELLO", 3)


@check
async def subprocesses_at_once(scope):
    async def run(number):
        process = await asyncio.create_subprocess_shell(f"sleep 0.05; echo {number}", stdout=asyncio.subprocess.PIPE)
        output, _ = await process.communicate()
        return int(output)

    assert await asyncio.gather(*(run(number) for number in range(5))) == list(range(5))


@check
async def a_subprocess_that_is_killed(scope):
    process = await asyncio.create_subprocess_exec("sleep", "30")
    process.kill()
    async with asyncio.timeout(5):
        assert await process.wait() == -signal.SIGKILL


@check
async def descriptors(scope):
    loop, (left, right) = asyncio.get_running_loop(), socket.socketpair()
    got = loop.create_future()
    left.setblocking(False)
    loop.add_reader(left, lambda: got.done() or got.set_result(left.recv(100)))
    loop.call_later(0.01, right.send, b"hello")
    assert await got == b"hello"
    loop.remove_reader(left)
    assert not loop.remove_reader(left)
    left.close()
    right.close()


@check
async def sockets(scope):
    loop, (left, right) = asyncio.get_running_loop(), socket.socketpair()
    left.setblocking(False)
    right.setblocking(False)
    receiving = asyncio.create_task(loop.sock_recv(right, 100))
    await asyncio.sleep(0.001)
    await loop.sock_sendall(left, b"hello")
    assert await receiving == b"hello"
    left.close()
    right.close()


@check
async def a_pipe(scope):
    reading, writing = os.pipe()
    loop, reader = asyncio.get_running_loop(), asyncio.StreamReader()
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(reading, "rb"))
    os.write(writing, b"hello")
    os.close(writing)
    assert await reader.read() == b"hello"
    transport.close()


@check
async def datagrams(scope):
    class Collects(asyncio.DatagramProtocol):
        def __init__(self):
            self.got = asyncio.get_running_loop().create_future()

        def datagram_received(self, octets, address):
            self.got.done() or self.got.set_result(octets)

    loop = asyncio.get_running_loop()
    receiver, protocol = await loop.create_datagram_endpoint(Collects, local_addr=("127.0.0.1", 0))
    sender, _ = await loop.create_datagram_endpoint(Collects, remote_addr=receiver.get_extra_info("sockname"))
    sender.sendto(b"hello")
    assert await protocol.got == b"hello"
    sender.close()
    receiver.close()


@check
async def a_signal(scope):
    loop, got = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGUSR2, got.set)
    try:
        for _ in range(3):
            got.clear()
            os.kill(os.getpid(), signal.SIGUSR2)
            async with asyncio.timeout(5):
                await got.wait()
    finally:
        assert loop.remove_signal_handler(signal.SIGUSR2)
