"""Connections and servers: TCP, Unix, datagrams, TLS, files."""

import asyncio
import os
import socket
import ssl

import pytest
import trustme


async def echo(reader, writer):
    while octets := await reader.read(65536):
        writer.write(octets)
        await writer.drain()
    writer.close()


async def exchange(reader, writer, octets: bytes) -> bytes:
    async def push():
        writer.write(octets)
        await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()

    pushing = asyncio.create_task(push())
    got = await reader.readexactly(len(octets))
    await pushing
    writer.close()
    await writer.wait_closed()
    return got


@pytest.mark.parametrize("size", [1, 100_000, 5_000_000])
def test_echo_over_tcp(run, size):
    async def work():
        octets = os.urandom(size)
        async with await asyncio.start_server(echo, "127.0.0.1", 0) as server:
            connection = await asyncio.open_connection(*server.sockets[0].getsockname())
            assert await exchange(*connection, octets) == octets

    run(work)


def test_echo_over_a_unix_socket(run, tmp_path):
    async def work():
        path = str(tmp_path / "socket")
        async with await asyncio.start_unix_server(echo, path):
            assert await exchange(*await asyncio.open_unix_connection(path), b"hello") == b"hello"

    run(work)


def test_many_connections(run):
    async def work():
        async with await asyncio.start_server(echo, "127.0.0.1", 0, backlog=200) as server:
            address = server.sockets[0].getsockname()

            async def one(number):
                octets = str(number).encode() * 100
                return await exchange(*await asyncio.open_connection(*address), octets) == octets

            assert all(await asyncio.gather(*(one(number) for number in range(150))))

    run(work)


@pytest.fixture(scope="module")
def contexts():
    """Of the server and of a client that trusts it."""
    authority = trustme.CA()
    server, client = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), ssl.create_default_context()
    authority.issue_cert("localhost").configure_cert(server)
    authority.configure_trust(client)
    return server, client


@pytest.mark.parametrize("size", [1, 2_000_000])
def test_echo_over_tls(run, contexts, size):
    async def work():
        octets = os.urandom(size)
        async with await asyncio.start_server(echo, "127.0.0.1", 0, ssl=contexts[0]) as server:
            host, port = server.sockets[0].getsockname()
            reader, writer = await asyncio.open_connection(host, port, ssl=contexts[1], server_hostname="localhost")
            assert writer.get_extra_info("ssl_object").version() == "TLSv1.3"
            assert await exchange(reader, writer, octets) == octets

    run(work)


def test_a_certificate_for_another_name_is_refused(run, contexts):
    async def work():
        async with await asyncio.start_server(echo, "127.0.0.1", 0, ssl=contexts[0]) as server:
            host, port = server.sockets[0].getsockname()
            with pytest.raises(ssl.SSLCertVerificationError):
                await asyncio.open_connection(host, port, ssl=contexts[1], server_hostname="example.org")

    run(work)


def test_start_tls_on_an_open_connection(run, contexts):
    async def upgrade(reader, writer):
        await reader.readline()
        writer.write(b"go\n")
        await writer.drain()
        await writer.start_tls(contexts[0])
        writer.write(await reader.readline())
        await writer.drain()
        writer.close()

    async def work():
        async with await asyncio.start_server(upgrade, "127.0.0.1", 0) as server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            writer.write(b"starttls\n")
            assert await reader.readline() == b"go\n"
            await writer.start_tls(contexts[1], server_hostname="localhost")
            writer.write(b"secret\n")
            assert await reader.readline() == b"secret\n"
            writer.close()

    run(work)


def test_a_writer_waits_for_a_reader(run):
    """Above its limit drain() waits, and goes on when the other side has read."""

    async def work():
        gate, seen = asyncio.Event(), []

        async def serve(reader, writer):
            await gate.wait()
            while octets := await reader.read(65536):
                seen.append(len(octets))
            writer.close()

        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            writer.write(bytes(20_000_000))
            draining = asyncio.create_task(writer.drain())
            await asyncio.sleep(0.05)
            assert not draining.done()
            gate.set()
            await draining
            writer.close()
            await writer.wait_closed()
            while sum(seen) < 20_000_000:
                await asyncio.sleep(0.01)

    run(work)


def test_reading_by_lines_and_limits(run):
    async def serve(reader, writer):
        writer.write(b"one\ntwo\n" + b"x" * 100)
        await writer.drain()
        writer.close()

    async def work():
        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname(), limit=20)
            assert [await reader.readline(), await reader.readuntil(b"\n")] == [b"one\n", b"two\n"]
            with pytest.raises((ValueError, asyncio.IncompleteReadError)):
                await reader.readline()
            writer.close()

    run(work)


def test_a_connection_that_is_reset(run):
    async def serve(reader, writer):
        writer.transport.abort()

    async def work():
        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            try:
                assert await reader.read() == b""
            except ConnectionResetError:
                pass
            writer.close()

    run(work)


def test_a_server_is_closed_while_it_serves(run):
    async def work():
        server = await asyncio.start_server(echo, "127.0.0.1", 0)
        serving = asyncio.create_task(server.serve_forever())
        address = server.sockets[0].getsockname()
        assert await exchange(*await asyncio.open_connection(*address), b"x") == b"x"
        server.close()
        await asyncio.wait([serving])
        assert serving.cancelled()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(*address)

    run(work)


class Collects(asyncio.DatagramProtocol):
    def __init__(self):
        self.got = asyncio.Queue()

    def datagram_received(self, octets, address):
        self.got.put_nowait((octets, address))


def test_datagrams(run):
    async def work():
        loop = asyncio.get_running_loop()
        receiver, protocol = await loop.create_datagram_endpoint(Collects, local_addr=("127.0.0.1", 0))
        sender, _ = await loop.create_datagram_endpoint(Collects, remote_addr=receiver.get_extra_info("sockname"))
        for number in range(20):
            sender.sendto(str(number).encode())
        got = [await protocol.got.get() for _ in range(20)]
        assert [int(octets) for octets, _ in got] == list(range(20))
        assert got[0][1] == sender.get_extra_info("sockname")
        sender.close()
        receiver.close()

    run(work)


def test_a_file_through_a_transport(run, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(os.urandom(500_000))

    async def serve(reader, writer):
        with path.open("rb") as file:
            await asyncio.get_running_loop().sendfile(writer.transport, file)
        writer.close()

    async def work():
        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            assert await reader.read() == path.read_bytes()
            writer.close()

    run(work)


def test_a_socket_of_ones_own(run):
    async def work():
        with socket.create_server(("127.0.0.1", 0)) as listener:
            async with await asyncio.start_server(echo, sock=listener):
                plain = socket.create_connection(listener.getsockname())
                connection = await asyncio.open_connection(sock=plain)
                assert await exchange(*connection, b"hello") == b"hello"

    run(work)


def test_names(run):
    async def work():
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo("localhost", 0, family=socket.AF_INET, type=socket.SOCK_STREAM)
        assert found[0][4][0] == "127.0.0.1"
        with pytest.raises(socket.gaierror):
            await loop.getaddrinfo("no-such-name.invalid", 0)

    run(work)
