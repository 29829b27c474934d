"""How WebSockets end: peers that vanish, rooms with slow members, the server's own end, and that nothing is left behind."""

import json
import time

import pytest

from harness.server import wait_until
from harness.sockets import PING, TEXT, Crowd, Message, Multiplexed, Socket, closing, frame, vanish
from harness.wire import CLOSED, OPEN, Wire


def account(server) -> dict:
    """How many sockets are open, and how the others ended."""
    return json.loads(server.get("/ws/account.json")[1])


def all_ended(server, seconds: float = 15) -> dict:
    wait_until(lambda: account(server)["open"] == 0, seconds, "the end of all sockets")
    return account(server)["ended"]


def settles_at(server, descriptors: int, seconds: float = 10):
    """The server has as many descriptors as before, or one less or more for who asks."""
    wait_until(lambda: abs(server.descriptors() - descriptors) <= 1, seconds, f"{descriptors} descriptors")


# Peers that go away


def test_a_peer_that_stops_answering_is_let_go(serve):
    """It neither reads nor writes, and its end of the connection stands: only a ping finds out."""
    server = serve(ws_ping_interval="500ms", ws_pong_timeout="500ms")
    server.assert_serves()
    before = server.descriptors()
    with Crowd(server.address, 50):
        assert all_ended(server) == {"the peer did not answer a ping": 50}
        settles_at(server, before)


def test_a_peer_that_vanishes_without_a_word_is_let_go(serve):
    server = serve(ws_ping_interval="500ms", ws_pong_timeout="500ms")
    server.assert_serves()
    before = server.descriptors()
    clients = [Socket(server.address) for _ in range(20)]
    assert account(server)["open"] == 20
    try:
        for client in clients:
            vanish(client)
    except PermissionError:
        pytest.skip("the right to repair connections is missing")
    assert sum(all_ended(server).values()) == 20
    settles_at(server, before)


@pytest.mark.parametrize("within", ["nothing", "a frame", "a message"])
@pytest.mark.parametrize("how", ["half-close", "reset", "close"])
def test_a_peer_that_ends_the_connection_is_let_go_at_once(serve, how, within):
    server = serve()
    server.assert_serves()
    before = server.descriptors()
    with Socket(server.address) as client:
        assert client.is_echoed()
        octets = {"nothing": b"", "a frame": frame(TEXT, b"par", claims=10), "a message": frame(TEXT, b"part", fin=False)}
        client.send(octets[within])
        time.sleep(0.1)
        begin = time.monotonic()
        if how == "half-close":
            fate = client.half_close().fate(5)
            assert fate.ended and fate.received == b""
        elif how == "reset":
            client.reset()
        else:
            client.socket.close()
        assert sum(all_ended(server).values()) == 1
        assert time.monotonic() - begin < 3
        settles_at(server, before)


def test_a_peer_that_closes_and_stays_is_let_go(serve):
    """The closing handshake is done, and the client keeps its end: the server has closed its own."""
    server = serve()
    with Socket(server.address) as client:
        client.send(closing(1000))
        assert client.hear().code == 1000
        assert client.fate(5).kind == CLOSED
        assert all_ended(server) == {"closed with 1000": 1}
        wait_until(lambda: server.settled_connections() == 0, 10, "the end of the connection")


# Descriptors


def test_descriptors_are_given_back(serve):
    server = serve()
    server.assert_serves()
    before = server.descriptors()
    for n in range(1000):
        with Socket(server.address) as client:
            assert client.is_echoed()
            if n % 2:
                client.send(closing(1000))
                assert client.hear().code == 1000
    all_ended(server)
    settles_at(server, before)


def test_descriptors_are_given_back_after_kills(serve):
    server = serve(ws_ping_interval="1s", ws_pong_timeout="1s")
    server.assert_serves()
    before = server.descriptors()
    for _ in range(10):
        crowd = Crowd(server.address, 100)
        for index, client in enumerate(crowd.sockets):
            if index % 2:
                client.send(frame(TEXT, b"x" * 1000, fin=False))
            client.reset()
    all_ended(server)
    settles_at(server, before)


def test_http2_streams_leave_nothing_behind(serve):
    server = serve()
    server.assert_serves()
    with Multiplexed(server.address) as client:
        for n in range(300):
            stream = client.open(scheme="http")
            assert client.status(stream) == 200
            client.send(stream, frame(TEXT, b"hi"))
            assert client.hear(stream).payload == b"hi"
            if n % 2:
                client.reset(stream)
            else:
                client.send(stream, closing(1000))
                assert client.hear(stream).code == 1000
                client.end_of(stream)
        wait_until(lambda: account(server)["open"] == 0, 10, "the end of all sockets")
    assert sum(account(server)["ended"].values()) == 300


# Rooms with a slow member

SIZE, ROUND, ROUNDS = 16_000, 100, 20


def broadcast(server, to: str) -> dict:
    return json.loads(server.get(f"/ws/broadcast?n={ROUND}&size={SIZE}&to=/{to}", 30)[1])


@pytest.mark.parametrize("policy", ["disconnect", "drop-oldest", "wait"])
def test_a_slow_member_neither_grows_the_server_nor_harms_the_others(serve, policy):
    server = serve(ws_ping_interval="off", ws_write_timeout="30s")
    path = f"/ws/{policy}"
    quick = [Socket(server.address, path) for _ in range(10)]
    slow = Socket(server.address, path, receive_buffer=4096)
    for client in [*quick, slow]:
        assert client.hear() == Message(TEXT, b"joined")
    server.forget_peak()
    before = server.memory()
    told = {"sent": 0, "dropped": 0, "disconnected": 0}
    for _ in range(ROUNDS):
        for name, count in broadcast(server, policy).items():
            told[name] += count
        for client in quick:
            for _ in range(ROUND):
                assert len(client.hear().payload) == SIZE
    # 32 MB were sent to each; the queue holds 256 messages, which all members share
    assert server.memory("VmHWM") - before < 14 << 20
    assert told["sent"] >= ROUNDS * ROUND * len(quick)
    if policy == "drop-oldest":
        assert told["dropped"] > 0 and told["disconnected"] == 0 and account(server)["members"] == 11
        heard = [slow.hear().payload for _ in range(200)]
        assert all(len(payload) == SIZE for payload in heard)
    else:
        assert told["disconnected"] == 1 and told["dropped"] == 0
        wait_until(lambda: account(server)["members"] == 10, 10, "the slow member's leave")
    for client in [*quick, slow]:
        client.socket.close()
    all_ended(server)
    assert account(server)["members"] == 0


def test_a_slow_member_that_is_disconnected_is_told(serve):
    server = serve(ws_ping_interval="off")
    with Socket(server.address, "/ws/disconnect", receive_buffer=4096) as slow:
        assert slow.hear().payload == b"joined"
        while broadcast(server, "disconnect")["disconnected"] == 0:
            pass
        while (message := slow.hear()).op != 8:
            assert len(message.payload) == SIZE
        assert message.code == 1013


# The server's end


def assert_drained(server, seconds: float, cut: int):
    begin = time.monotonic()
    assert server.exit_code(seconds + 10) == 0
    assert time.monotonic() - begin < seconds
    assert f"stopped: {cut} cut, 0 stuck" in server.stderr()


@pytest.mark.parametrize("workers", [1, 2])
def test_a_thousand_sockets_are_told_of_the_end(serve, workers):
    server = serve("--workers", str(workers), drain_deadline="20s", ws_close_timeout="15s")
    with Crowd(server.address, 1000) as crowd:
        server.terminate()
        heard = crowd.hear_each(15, reply=closing(1001))
        assert [message and message.code for message in heard] == [1001] * 1000
        assert_drained(server, 10, cut=0)
        for client in crowd.sockets:
            client.socket.settimeout(5)
            assert client.socket.recv(1) == b""


def test_sockets_at_work_are_told_of_the_end(serve):
    """Each has said much that is not read yet; all of it is answered or cut off by the close, which comes last."""
    server = serve(drain_deadline="20s")
    with Crowd(server.address, 50) as crowd:
        for client in crowd.sockets:
            client.send(frame(TEXT, b"x" * 1000) * 20)
        server.terminate()
        for client in crowd.sockets:
            while (message := client.hear()).op == TEXT:
                assert message.payload == b"x" * 1000
            assert message.code == 1001
            client.send(closing(1001))
            assert client.fate(10).kind == CLOSED
        assert_drained(server, 10, cut=0)


def test_members_of_rooms_are_told_of_the_end(serve):
    server = serve(drain_deadline="20s")
    with Crowd(server.address, 50, "/ws/disconnect") as crowd:
        assert all(message == Message(TEXT, b"joined") for message in crowd.hear_each(10))
        server.terminate()
        assert [message.code for message in crowd.hear_each(10, reply=closing(1001))] == [1001] * 50
        assert_drained(server, 10, cut=0)


def test_sockets_that_never_answer_are_cut_at_the_deadline_and_reported(serve):
    server = serve(drain_deadline="2s", ws_close_timeout="60s")
    with Crowd(server.address, 50) as crowd:
        begin = time.monotonic()
        server.terminate()
        assert [message.code for message in crowd.hear_each(5)] == [1001] * 50
        assert server.exit_code(15) == 0
        assert 1.8 < time.monotonic() - begin < 5
        assert all(client.fate(1).kind != OPEN for client in crowd.sockets)
    assert "stopped: 50 cut, 0 stuck" in server.stderr()


def test_sockets_that_never_answer_are_let_go_after_their_own_time(serve):
    server = serve(drain_deadline="30s", ws_close_timeout="1s")
    with Crowd(server.address, 50) as crowd:
        begin = time.monotonic()
        server.terminate()
        assert [message.code for message in crowd.hear_each(5)] == [1001] * 50
        assert server.exit_code(15) == 0
        assert 0.8 < time.monotonic() - begin < 6
    assert "stopped: 0 cut, 0 stuck" in server.stderr()


def test_a_socket_that_does_not_read_is_cut_at_the_deadline(serve):
    server = serve(drain_deadline="2s", ws_write_timeout="60s", ws_close_timeout="60s")
    with Socket(server.address, "/ws/flood", receive_buffer=4096):
        time.sleep(0.5)
        server.terminate()
        assert server.exit_code(10) == 0
    assert "stopped: 1 cut, 0 stuck" in server.stderr()


def test_http2_streams_are_told_of_the_end(serve, authority):
    server = serve("--listen", "127.0.0.1:0", *authority.issue().flags, drain_deadline="20s")
    with Multiplexed(server.address, authority.wrapper(alpn=("h2",))) as client:
        streams = [client.open() for _ in range(20)]
        for stream in streams:
            assert client.status(stream) == 200
        server.terminate()
        for stream in streams:
            assert client.hear(stream).code == 1001
            client.send(stream, closing(1001))
        for stream in streams:
            assert client.end_of(stream) == "end of stream"
        assert client.goaway
        assert_drained(server, 10, cut=0)


def test_nobody_is_accepted_while_the_server_ends(serve):
    server = serve(drain_deadline="5s")
    with Socket(server.address) as client:
        server.terminate()
        assert client.hear().code == 1001
        with pytest.raises(OSError):
            Socket(server.address)
        client.send(closing(1001))
        assert_drained(server, 4, cut=0)


def test_pings_go_on_while_others_are_told(serve):
    """A client that asks whether the server is still there, between its close and its own, is not cut for it."""
    server = serve(drain_deadline="20s", ws_close_timeout="10s")
    with Socket(server.address) as client:
        server.terminate()
        assert client.hear().code == 1001
        client.send(frame(PING, b"still?"))
        time.sleep(0.2)
        client.send(closing(1001))
        fate = client.fate(5)
        assert fate.kind == CLOSED and fate.received in (b"", b"\x8a\x06still?")
        assert_drained(server, 5, cut=0)


def test_plain_requests_are_drained_beside_sockets(serve):
    server = serve(drain_deadline="20s")
    with Socket(server.address) as client, Wire(server.address) as wire:
        wire.get("/slow?ms=1000")
        time.sleep(0.2)
        server.terminate()
        assert client.hear().code == 1001
        client.send(closing(1001))
        assert wire.response().body == b"OK"
        assert_drained(server, 5, cut=0)
