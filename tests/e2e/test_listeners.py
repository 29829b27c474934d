"""Where a server listens: TCP, Unix sockets, inherited sockets, behind proxies; and more clients than it may have."""

import json
import os
import signal
import socket
import stat
import struct
import time
from collections import Counter

import pytest

from harness.server import wait_until
from harness.wire import OPEN, Wire

LISTEN = ("--listen", "127.0.0.1:0")


def connection(wire: Wire) -> dict:
    return json.loads(wire.get("/conn").response().body)


# Addresses


def test_several_addresses_are_served_at_once(serve, authority, tmp_path):
    path = tmp_path / "app.sock"
    server = serve(*LISTEN, *LISTEN, *authority.issue().flags, "--listen", f"unix:{path}", "--listen", "127.0.0.2:0")
    assert [url.split(":")[0] for url in server.urls] == ["http", "https", "unix", "http"]
    wires = [
        Wire(server.address_of(0)),
        Wire(server.address_of(1), wrap=authority.wrapper()),
        Wire(str(path)),
        Wire(server.address_of(3)),
    ]
    assert [wire.get("/").response().body for wire in wires] == [b"OK"] * 4


def test_a_taken_address_is_told(serve, refused):
    port = serve().port
    said = refused("--listen", f"127.0.0.1:{port}")
    assert f"127.0.0.1:{port}" in said and "in use" in said and said.count("\n") == 1, said


@pytest.mark.parametrize("address", ["localhost", "http://localhost:80", "127.0.0.1:http", "300.1.1.1:80", "unix:"])
def test_a_bad_address_is_told(refused, address):
    said = refused("--listen", address)
    assert said.startswith(f'error: cannot listen on "{address}": '), said


# Unix sockets


@pytest.mark.parametrize(("flags", "mode"), [([], 0o660), (["--unix-mode", "600"], 0o600)])
def test_a_unix_socket_has_its_mode_and_goes_with_the_server(serve, tmp_path, flags, mode):
    path = tmp_path / "app.sock"
    server = serve("--listen", f"unix:{path}", *flags, shell="umask 0; exec")
    assert stat.S_IMODE(path.stat().st_mode) == mode
    with Wire(str(path)) as wire:
        conn = connection(wire)
    assert conn["peer"] == "unix:" and conn["local"] == f"unix:{path}" and conn["remote_ip"] is None
    server.terminate()
    assert server.exit_code() == 0
    assert not path.exists()


def test_a_stale_unix_socket_is_replaced(serve, tmp_path):
    path = tmp_path / "app.sock"
    with socket.socket(socket.AF_UNIX) as left_over:
        left_over.bind(str(path))
        left_over.listen()
    serve("--listen", f"unix:{path}")
    with Wire(str(path)) as wire:
        assert wire.get("/").response().status == 200


def test_a_unix_socket_in_use_is_left_alone(serve, refused, tmp_path):
    path = tmp_path / "app.sock"
    serve("--listen", f"unix:{path}")
    assert str(path) in refused("--listen", f"unix:{path}")
    with Wire(str(path)) as wire:
        assert wire.get("/").response().status == 200


def test_a_file_that_is_no_socket_is_left_alone(refused, tmp_path):
    path = tmp_path / "precious"
    path.write_text("data")
    assert "no socket" in refused("--listen", f"unix:{path}")
    assert path.read_text() == "data"


def test_an_abstract_unix_socket(serve):
    name = f"hyperserve-e2e-{os.getpid()}"
    serve("--listen", f"unix:@{name}")
    with Wire(f"\0{name}") as wire:
        assert wire.get("/").response().status == 200


# From a service manager


def passed(listener: socket.socket, pid: str = "$$", names: str = "") -> dict:
    """Options that start a server with a socket as descriptor 3, as sd_listen_fds(3) says."""
    variables = f"LISTEN_FDS=1 LISTEN_PID={pid} LISTEN_FDNAMES={names}"
    return {"shell": f"exec 3<&{listener.fileno()}; {variables} exec", "pass_fds": (listener.fileno(),)}


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


@pytest.mark.parametrize("address", ["systemd", "systemd:web", "fd:3"])
@pytest.mark.parametrize("workers", ["1", "2"])
def test_an_inherited_socket_is_served(serve, listener, address, workers):
    server = serve("--listen", address, "--workers", workers, **passed(listener, names="web"))
    assert server.port == listener.getsockname()[1]
    for _ in range(10):
        server.assert_serves()


def test_a_client_that_came_before_the_server_is_served(serve, listener):
    with Wire(listener.getsockname()) as early:
        early.get("/")
        serve("--listen", "systemd", **passed(listener))
        assert early.response().body == b"OK"


def test_an_inherited_socket_of_another_process_is_not_taken(refused, listener):
    assert "no socket was passed" in refused("--listen", "systemd", **passed(listener, pid="1"))


class Manager:
    """What a service manager hears."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.socket.settimeout(5)
        self.environment = {"NOTIFY_SOCKET": str(path)}

    def hears(self) -> list[str]:
        return self.socket.recv(4096).decode().split("\n")


@pytest.fixture
def manager(tmp_path):
    return Manager(tmp_path / "notify")


def test_the_service_manager_hears_ready_and_stopping(serve, manager):
    server = serve(environment=manager.environment)
    assert manager.hears() == ["READY=1"]
    server.terminate()
    assert manager.hears() == ["STOPPING=1"]
    assert server.exit_code() == 0


def test_the_service_manager_hears_of_a_reload(serve, manager, authority):
    """`Type=notify-reload` waits for RELOADING=1 with its time, then READY=1 (sd_notify(3))."""
    server = serve(*LISTEN, *authority.issue().flags, environment=manager.environment)
    assert manager.hears() == ["READY=1"]
    server.signal(signal.SIGHUP)
    reloading, time_of_it = manager.hears()
    assert reloading == "RELOADING=1" and time_of_it.startswith("MONOTONIC_USEC=")
    assert manager.hears() == ["READY=1"]


def test_the_watchdog_is_fed(serve, manager):
    serve(environment={**manager.environment, "WATCHDOG_USEC": "200000"})
    assert [manager.hears() for _ in range(3)] == [["READY=1"], ["WATCHDOG=1"], ["WATCHDOG=1"]]


# Behind a proxy

V1 = b"PROXY TCP4 192.0.2.7 127.0.0.1 40000 80\r\n"
SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
V2 = SIGNATURE + b"\x21\x11\0\x0c" + bytes([192, 0, 2, 7, 127, 0, 0, 1]) + struct.pack(">HH", 40000, 80)
V2_LOCAL = SIGNATURE + b"\x20\0\0\0"


@pytest.fixture
def proxied(serve):
    return serve(*LISTEN, "--proxy-protocol", "--trusted", "loopback", *LISTEN, handshake_timeout="1s")


@pytest.mark.parametrize(
    ("header", "client"),
    [(V1, "192.0.2.7"), (V2, "192.0.2.7"), (V2_LOCAL, "127.0.0.1")],
    ids=["v1", "v2", "v2 LOCAL"],
)
@pytest.mark.parametrize("split", [False, True], ids=["whole", "byte by byte"])
def test_a_trusted_proxy_names_the_client(proxied, header, client, split):
    with Wire(proxied.address) as wire:
        for piece in [header[i : i + 1] for i in range(len(header))] if split else [header]:
            wire.send(piece)
            time.sleep(0.002 if split else 0)
        conn = connection(wire)
        assert conn["remote_ip"] == client and conn["proxied"]
        assert connection(wire)["remote_ip"] == client


@pytest.mark.parametrize(
    "start", [b"", V2[:14], b"GET / HTTP/1.1\r\nHost: test\r\n\r\n"], ids=["silent", "half", "no header"]
)
def test_a_trusted_proxy_that_names_no_client_is_closed(proxied, start):
    with Wire(proxied.address) as wire:
        fate = wire.send(start).fate(4)
    assert fate.ended and fate.seconds < 2 and b"200" not in fate.received
    assert json.loads(proxied.get("/metrics.json", index=1)[1])["handshakes_failed"] == 1


def test_a_peer_that_is_not_trusted_names_nobody(serve):
    server = serve(*LISTEN, "--proxy-protocol", "--trusted", "10.0.0.0/8")
    with Wire(server.address) as wire:
        assert connection(wire)["remote_ip"] == "127.0.0.1"
    with Wire(server.address) as wire:
        assert wire.send(V1).get("/conn").response().status == 400


def test_the_proxy_header_stands_before_tls(serve, authority):
    server = serve(*LISTEN, *authority.issue().flags, "--proxy-protocol", "--trusted", "loopback")

    def wrap(plain):
        plain.sendall(V2)
        return authority.wrapper()(plain)

    with Wire(server.address, wrap=wrap) as wire:
        conn = connection(wire)
    assert conn["remote_ip"] == "192.0.2.7" and conn["tls"]["version"] == "TLSv1.3"


# Many clients


def test_workers_share_the_connections(serve):
    server = serve("--workers", "2")
    workers = Counter()
    for _ in range(200):
        with Wire(server.address) as wire:
            workers[connection(wire)["worker"]] += 1
    assert set(workers) == {"worker-0", "worker-1"}
    assert min(workers.values()) > 40, workers


def test_at_the_cap_clients_wait_and_none_is_dropped(serve):
    server = serve(max_connections=4)
    holders = [Wire(server.address) for _ in range(4)]
    for wire in holders:
        assert wire.get("/").response().status == 200
    waiting = [Wire(server.address).get("/metrics.json") for _ in range(10)]
    assert all(wire.fate(0.1).kind == OPEN for wire in waiting)
    for wire in holders:
        wire.socket.close()
    for wire in waiting:
        with wire:
            response = wire.response()
            assert response.status == 200
    assert json.loads(response.body)["connections_at_cap"] >= 1


def test_one_address_may_have_so_many_connections(serve):
    server = serve(max_connections_per_ip=3)
    held = [Wire(server.address, source="127.0.0.9") for _ in range(3)]
    for wire in held:
        assert wire.get("/").response().status == 200
    with Wire(server.address, source="127.0.0.9") as wire:
        fate = wire.fate(3)
        assert fate.ended and fate.seconds < 1
    assert server.metrics()["connections_refused_per_ip"] == 1
    held.pop().socket.close()
    wait_until(lambda: server.settled_connections() == 2)
    with Wire(server.address, source="127.0.0.9") as wire:
        assert wire.get("/").response().status == 200


def test_the_server_outlives_running_out_of_descriptors(serve):
    server = serve(shell="ulimit -n 40; exec")
    wires = [Wire(server.address).get("/slow?ms=0") for _ in range(60)]
    time.sleep(1)
    before = server.processor_seconds()
    time.sleep(1)
    assert server.processor_seconds() - before < 0.3, "the accept loop spins"
    assert server.is_running()
    for wire in wires[:50]:
        wire.socket.close()
    for wire in wires[50:]:
        with wire:
            assert wire.response().status == 200
    wait_until(lambda: server.metrics()["accept_errors"] >= 1)
    server.assert_serves()
