"""add_reader, add_writer and the sock_* methods."""

import asyncio
import os
import socket
import tempfile

import pytest


@pytest.fixture
def pair():
    left, right = socket.socketpair()
    left.setblocking(False)
    right.setblocking(False)
    yield left, right
    left.close()
    right.close()


def test_a_reader_is_called_until_everything_is_read(loop, pair):
    """Level-triggered: one octet a call, without any new event."""
    left, right = pair
    got = []

    def read():
        got.append(left.recv(1))
        if len(got) == 50:
            loop.stop()

    right.send(bytes(50))
    loop.add_reader(left, read)
    loop.run_forever()
    assert len(got) == 50
    assert loop.remove_reader(left) is True
    assert loop.remove_reader(left) is False


def test_a_reader_that_reads_nothing_is_called_again(loop, pair):
    left, right = pair
    calls = []
    right.send(b"x")
    loop.add_reader(left, lambda: (calls.append(1), len(calls) == 10 and loop.stop()))
    loop.run_forever()
    loop.remove_reader(left)
    assert len(calls) == 10


def test_a_writer_is_called_until_it_is_removed(loop, pair):
    left, _ = pair
    calls = []

    def write():
        calls.append(1)
        if len(calls) == 10:
            loop.remove_writer(left)
            loop.call_later(0.01, loop.stop)

    loop.add_writer(left, write)
    loop.run_forever()
    assert len(calls) == 10


def test_reader_and_writer_of_one_descriptor(loop, pair):
    left, right = pair
    order = []
    loop.add_reader(left, lambda: (order.append("read"), left.recv(10), loop.stop()))
    loop.add_writer(left, lambda: (order.append("write"), loop.remove_writer(left), right.send(b"x")))
    loop.run_forever()
    loop.remove_reader(left)
    assert order == ["write", "read"]


def test_a_new_callback_replaces_the_old(loop, pair):
    left, right = pair
    order = []
    loop.add_reader(left, order.append, "old")
    loop.add_reader(left, lambda: (order.append("new"), left.recv(10), loop.stop()))
    right.send(b"x")
    loop.run_forever()
    loop.remove_reader(left)
    assert order == ["new"]


def test_a_callback_may_remove_its_neighbour(loop, pair):
    left, right = pair
    order = []
    loop.add_reader(left, lambda: (order.append("left"), loop.remove_reader(right), loop.remove_reader(left)))
    loop.add_reader(right, lambda: (order.append("right"), loop.remove_reader(left), loop.remove_reader(right)))
    left.send(b"x")
    right.send(b"x")
    loop.call_later(0.02, loop.stop)
    loop.run_forever()
    assert len(order) == 1


def test_two_hundred_descriptors_at_once(loop):
    pairs = [socket.socketpair() for _ in range(200)]
    got = set()

    def read(index):
        got.add(index)
        pairs[index][0].recv(10)
        if len(got) == len(pairs):
            loop.stop()

    for index, (left, right) in enumerate(pairs):
        left.setblocking(False)
        loop.add_reader(left, read, index)
        right.send(b"x")
    loop.run_forever()
    for left, right in pairs:
        loop.remove_reader(left)
        left.close()
        right.close()
    assert len(got) == 200


def test_an_endless_reader_starves_neither_timers_nor_callbacks(loop, pair):
    left, right = pair
    right.send(b"x")
    loop.add_reader(left, int)
    order = []
    loop.call_later(0.01, order.append, "timer")
    loop.call_later(0.03, loop.stop)
    loop.run_forever()
    loop.remove_reader(left)
    assert order == ["timer"]


def test_a_descriptor_number_that_is_used_again(loop):
    for _ in range(20):
        left, right = socket.socketpair()
        left.setblocking(False)
        loop.add_reader(left, lambda taken: (taken.recv(10), loop.stop()), left)
        right.send(b"x")
        loop.run_forever()
        loop.remove_reader(left)
        left.close()
        right.close()


def test_events_while_a_turn_is_busy_are_not_lost(loop, pair):
    left, right = pair
    got = []
    loop.add_reader(left, lambda: got.append(left.recv(10)))

    def busy(round):
        right.send(b"x")
        if round < 50:
            loop.call_soon(busy, round + 1)
        else:
            loop.call_later(0.01, loop.stop)

    loop.call_soon(busy, 0)
    loop.run_forever()
    loop.remove_reader(left)
    assert len(b"".join(got)) == 51


def test_wrong_descriptors_are_refused(loop):
    with pytest.raises((ValueError, OSError)):
        loop.add_reader(-1, print)
    with pytest.raises((ValueError, TypeError)):
        loop.add_reader("socket", print)


def test_a_descriptor_of_a_transport_is_the_transports(run):
    async def work():
        server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
        _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        with pytest.raises(RuntimeError):
            asyncio.get_running_loop().add_reader(writer.get_extra_info("socket").fileno(), print)
        writer.close()
        server.close()

    run(work)


def test_sock_recv_and_sendall(run, pair):
    left, right = pair

    async def work():
        loop = asyncio.get_running_loop()
        receiving = asyncio.create_task(_read_all(loop, right))
        await loop.sock_sendall(left, bytes(3_000_000))
        left.shutdown(socket.SHUT_WR)
        assert await receiving == 3_000_000

    run(work)


async def _read_all(loop, sock) -> int:
    total, buffer = 0, bytearray(65536)
    while count := await loop.sock_recv_into(sock, buffer):
        total += count
    return total


def test_sock_recv_cancelled_leaves_the_octets(run, pair):
    left, right = pair

    async def work():
        loop = asyncio.get_running_loop()
        task = asyncio.create_task(loop.sock_recv(left, 10))
        await asyncio.sleep(0.001)
        task.cancel()
        await asyncio.wait([task])
        right.send(b"later")
        assert await loop.sock_recv(left, 10) == b"later"

    run(work)


def test_sock_connect_and_accept(run):
    async def work():
        loop = asyncio.get_running_loop()
        with socket.socket() as listener, socket.socket() as client:
            listener.bind(("127.0.0.1", 0))
            listener.listen()
            listener.setblocking(False)
            client.setblocking(False)
            accepting = asyncio.create_task(loop.sock_accept(listener))
            await loop.sock_connect(client, listener.getsockname())
            accepted, address = await accepting
            assert address == client.getsockname()
            await loop.sock_sendall(accepted, b"hello")
            assert await loop.sock_recv(client, 10) == b"hello"
            accepted.close()
            assert await loop.sock_recv(client, 10) == b""

    run(work)


def test_sock_connect_to_nobody(run):
    async def work():
        with socket.socket() as unused, socket.socket() as client:
            unused.bind(("127.0.0.1", 0))
            client.setblocking(False)
            with pytest.raises(ConnectionRefusedError):
                await asyncio.get_running_loop().sock_connect(client, unused.getsockname())

    run(work)


def test_sock_datagrams(run):
    async def work():
        loop = asyncio.get_running_loop()
        with socket.socket(type=socket.SOCK_DGRAM) as left, socket.socket(type=socket.SOCK_DGRAM) as right:
            for sock in (left, right):
                sock.bind(("127.0.0.1", 0))
                sock.setblocking(False)
            receiving = asyncio.create_task(loop.sock_recvfrom(right, 100))
            await loop.sock_sendto(left, b"hello", right.getsockname())
            assert await receiving == (b"hello", left.getsockname())

    run(work)


def test_sock_sendfile(run, pair):
    left, right = pair

    async def work():
        loop = asyncio.get_running_loop()
        with tempfile.TemporaryFile() as file:
            file.write(os.urandom(300_000))
            file.flush()
            receiving = asyncio.create_task(_read_all(loop, right))
            assert await loop.sock_sendfile(left, file) == 300_000
            left.shutdown(socket.SHUT_WR)
            assert await receiving == 300_000

    run(work)


def test_blocking_sockets_are_found_in_debug_mode(run):
    async def work():
        left, right = socket.socketpair()
        with left, right, pytest.raises(ValueError, match="non-blocking"):
            await asyncio.get_running_loop().sock_recv(left, 10)

    run(work, debug=True)
