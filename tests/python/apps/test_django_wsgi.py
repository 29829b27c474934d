"""Django over WSGI: the admin, uploads, streams, files."""

import hashlib
import os

import pytest
from apps.django_client import FILE, USER, log_in, make_site, token
from apps.parallel import mixed
from apps.program import App

APP = App("django_site.wsgi:asgi", own={"hyperserve": ("django_site.wsgi:application", "--interface", "wsgi")})
prepare = make_site


def test_login_and_logout(client):
    assert log_in(client).headers["location"] == "/admin/"
    page = client.get("/admin/")
    assert USER in page.text
    assert client.post("/admin/logout/", data={"csrfmiddlewaretoken": token(page)}).status_code == 200
    assert client.get("/admin/").status_code == 302


def test_form_without_the_token_is_refused(client):
    assert client.post("/form/", data={"word": "x"}).status_code == 403


def test_what_the_request_says(client, server):
    meta = client.get("/meta/?a=b%20c", headers={"x-thing": "thing"}).json()
    assert meta["url"] == f"{server.url}/meta/?a=b%20c"
    assert (meta["REMOTE_ADDR"], meta["SCRIPT_NAME"], meta["HTTP_X_THING"]) == ("127.0.0.1", "", "thing")


def test_upload(client):
    body = os.urandom(8_000_000)
    answer = client.post("/upload/", files={"file": ("a b.bin", body)}, data={"note": "größe"}).json()
    assert (answer["stored"], answer["note"], answer["sha256"]) == (len(body), "größe", hashlib.sha256(body).hexdigest())


def test_stream_and_file(client):
    assert client.get("/stream/sync/").text == "".join(f"line {number}\n" for number in range(50))
    answer = client.get("/file/")
    assert (answer.headers["content-length"], answer.content) == (str(len(FILE)), FILE)


def test_async_view(client):
    assert client.get("/async/?tag=a").json()["tag"] == ["a"]


@pytest.mark.logs_traceback
def test_exception(client):
    assert client.get("/bug/").status_code == 500


def test_many_at_once(server):
    async def plain(client, number):
        assert (await client.get("/sync/")).json()["method"] == "GET"

    async def database(client, number):
        assert USER in (await client.get("/users/")).json()["names"]

    async def stream(client, number):
        assert (await client.get("/stream/sync/")).text.count("\n") == 50

    mixed(server, plain, database, stream)
