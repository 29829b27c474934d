"""`http.response.pathsend`: the application names a file, and the server sends it."""

import hashlib

import pytest

from harness.wire import Wire, get

MEGABYTE = 1 << 20


@pytest.fixture
def files(tmp_path):
    (tmp_path / "small").write_bytes(b"hello")
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "large").write_bytes(bytes(range(256)) * 4 * 3 * 1024)
    return tmp_path


@pytest.fixture(params=["0", "2"], ids=["one thread", "io threads"])
def server(request, only_ours, files):
    return only_ours("pathsend_app:app", "--io-threads", request.param, environment={"FOLDER": str(files)})


@pytest.mark.parametrize("name", ["small", "empty", "large"])
@pytest.mark.parametrize("route", ["file", "sized"])
def test_a_file_is_sent_whole(server, files, route, name):
    with Wire(server.address) as wire:
        for _ in range(2):
            answer = wire.get(f"/{route}?name={name}").answer()
            content = (files / name).read_bytes()
            assert answer.status == 200
            assert answer.fields["content-length"] == str(len(content))
            assert hashlib.sha256(answer.body).digest() == hashlib.sha256(content).digest()


def test_head_has_the_length_and_nothing_else(server):
    with Wire(server.address) as wire:
        head = wire.ask("HEAD", "/file?name=small").answer("HEAD")
        assert (head.status, head.fields["content-length"], head.body) == (200, "5", b"")
        assert wire.get("/file?name=small").answer().body == b"hello"


def test_it_is_announced(server):
    assert get(server.address, "/extension").body == b"True"


@pytest.mark.parametrize(
    ("name", "told"),
    [("absent", b"FileNotFoundError"), (".", b"IsADirectoryError"), ("relative", b"ValueError: the path must be absolute")],
)
def test_what_cannot_be_sent_is_raised(server, name, told):
    assert get(server.address, f"/checked?name={name}").body.startswith(told)


@pytest.mark.logs_traceback
def test_another_length_than_announced_is_an_error(server):
    answer = get(server.address, "/wrong-length?name=small")
    assert answer.status == 500


def test_a_file_that_is_cut_short_meanwhile_breaks_the_connection(server, files):
    with Wire(server.address, receive_buffer=4096) as wire:
        wire.get("/file?name=large")
        head = wire.head()
        assert head.fields["content-length"] == str(3 * MEGABYTE)
        with (files / "large").open("r+b") as large:
            large.truncate(MEGABYTE)
        assert len(wire.rest()) < 3 * MEGABYTE
