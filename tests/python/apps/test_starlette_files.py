"""Starlette: FileResponse with ranges and validators, StaticFiles."""

import os

import pytest
from apps.parallel import mixed
from apps.program import App

APP = App("starlette_app:app")
LETTERS = b"abcdefghijklmnopqrstuvwxyz" * 10_000


def prepare(folder) -> dict:
    (folder / "letters.txt").write_bytes(LETTERS)
    (folder / "index.html").write_text("<h1>Index</h1>")
    (folder / "empty.bin").touch()
    (folder / "large.bin").write_bytes(os.urandom(1 << 20) * 8)
    (folder / "naïve name.css").write_text("a {}")
    return {"APP_FILES": str(folder)}


def test_whole_file(client):
    answer = client.get("/file")
    assert answer.content == LETTERS
    assert answer.headers["content-length"] == str(len(LETTERS))
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["etag"]
    assert answer.headers["last-modified"]


def test_file_as_a_download(client):
    answer = client.get("/file?as=schön.txt")
    assert answer.headers["content-disposition"] == "attachment; filename*=utf-8''sch%C3%B6n.txt"


@pytest.mark.parametrize(
    ("wanted", "start", "end"),
    [("0-9", 0, 10), ("5-5", 5, 6), ("100-", 100, None), ("-26", -26, None), ("70000-140000", 70_000, 140_001)],
)
def test_range(client, wanted, start, end):
    answer = client.get("/file", headers={"range": f"bytes={wanted}"})
    assert answer.status_code == 206
    assert answer.content == LETTERS[start:end]
    first, last, _ = slice(start, end).indices(len(LETTERS))
    assert answer.headers["content-range"] == f"bytes {first}-{last - 1}/{len(LETTERS)}"
    assert answer.headers["content-length"] == str(last - first)


def test_several_ranges(client):
    answer = client.get("/file", headers={"range": "bytes=0-1,26-30"})
    assert answer.status_code == 206
    kind, boundary = answer.headers["content-type"].split("; boundary=")
    assert kind == "multipart/byteranges"
    parts = answer.content.split(f"--{boundary}".encode())
    assert [part.split(b"\n\n" if b"\r\n\r\n" not in part else b"\r\n\r\n")[1].strip() for part in parts[1:3]] == [
        b"ab", b"abcde"
    ]  # fmt: skip


def test_ranges_that_do_not_fit(client):
    answer = client.get("/file", headers={"range": f"bytes={len(LETTERS)}-"})
    assert (answer.status_code, answer.headers["content-range"]) == (416, f"bytes */{len(LETTERS)}")
    assert client.get("/file", headers={"range": "bytes=9-1"}).status_code in (400, 416)


def test_if_range(client):
    tag = client.get("/file").headers["etag"]
    assert client.get("/file", headers={"range": "bytes=0-3", "if-range": tag}).content == b"abcd"
    assert client.get("/file", headers={"range": "bytes=0-3", "if-range": '"other"'}).status_code == 200


def test_head_of_a_file(client):
    answer = client.head("/file")
    assert (answer.headers["content-length"], answer.content) == (str(len(LETTERS)), b"")


def test_static_files(client):
    assert client.get("/static/", follow_redirects=True).text == "<h1>Index</h1>"
    assert client.get("/static/naïve name.css").headers["content-type"].startswith("text/css")
    assert client.get("/static/empty.bin").content == b""
    assert len(client.get("/static/large.bin").content) == 8 << 20
    assert client.get("/static/nothing").status_code == 404
    assert client.get("/static/%2e%2e/%2e%2e/etc/passwd").status_code == 404


def test_not_modified(client):
    first = client.get("/static/letters.txt")
    answer = client.get("/static/letters.txt", headers={"if-none-match": first.headers["etag"]})
    assert (answer.status_code, answer.content) == (304, b"")
    answer = client.get("/static/letters.txt", headers={"if-modified-since": first.headers["last-modified"]})
    assert answer.status_code == 304
    # the connection is still in step after answers without a body
    assert client.get("/static/letters.txt").content == LETTERS


def test_download_given_up_half_way(client, server):
    with server.client() as leaving, leaving.stream("GET", "/static/large.bin") as answer:
        next(answer.iter_raw())
    assert client.get("/file").content == LETTERS


def test_many_at_once(server):
    async def whole(client, number):
        assert (await client.get("/file")).content == LETTERS

    async def part(client, number):
        answer = await client.get("/file", headers={"range": f"bytes={number}-{number * 100}"})
        assert answer.content == LETTERS[number : number * 100 + 1]

    async def large(client, number):
        assert len((await client.get("/static/large.bin")).content) == 8 << 20

    async def missing(client, number):
        assert (await client.get(f"/static/{number}")).status_code == 404

    mixed(server, whole, part, large, missing)
