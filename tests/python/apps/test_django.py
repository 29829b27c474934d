"""Django over ASGI: the admin through its own forms, uploads, streams, async views.

Django knows no lifespan, which must not show.
"""

import hashlib
import os

import httpx
import pytest
from apps.django_client import FILE, USER, log_in, make_site, token
from apps.parallel import mixed
from apps.program import App
from harness.waiting import wait_until

APP = App("django_site.asgi:with_static")
prepare = make_site


def test_login_to_the_admin(client):
    assert client.get("/admin/").headers["location"] == "/admin/login/?next=/admin/"
    answer = log_in(client)
    assert (answer.status_code, answer.headers["location"]) == (302, "/admin/")
    page = client.get("/admin/")
    assert "Site administration" in page.text
    assert USER in page.text


def test_wrong_password(client):
    assert "Please enter the correct username" in log_in(client, "a wrong one").text


def test_form_without_the_token_is_refused(client):
    assert client.post("/form/", data={"word": "x"}).status_code == 403
    assert client.post("/admin/login/", data={"username": USER, "password": "x"}).status_code == 403


def test_adding_a_user_in_the_admin(client):
    log_in(client)
    page = client.get("/admin/auth/user/add/")
    form = {"username": "zoë", "usable_password": "true", "password1": "for zoë alone", "password2": "for zoë alone"}
    answer = client.post("/admin/auth/user/add/", data={**form, "csrfmiddlewaretoken": token(page)})
    assert answer.status_code == 302, answer.text
    assert "zoë" in client.get("/admin/auth/user/").text
    assert "zoë" in client.get("/users/").json()["names"]


def test_logout_of_the_admin(client):
    log_in(client)
    page = client.get("/admin/")
    assert client.post("/admin/logout/", data={"csrfmiddlewaretoken": token(page)}).status_code == 200
    assert client.get("/admin/").status_code == 302


def test_form_and_session(client):
    page = client.get("/form/")
    answer = client.post("/form/", data={"word": "größe & co", "csrfmiddlewaretoken": token(page)})
    assert (answer.status_code, answer.text) == (201, "größe & co")
    assert 'value="größe &amp; co"' in client.get("/form/").text


def test_what_the_request_says(client, server):
    meta = client.get("/meta/?a=b%20c", headers={"x-thing": "thing"}).json()
    assert meta == {
        "SERVER_NAME": "127.0.0.1", "SERVER_PORT": str(server.port), "REMOTE_ADDR": "127.0.0.1", "SCRIPT_NAME": "",
        "HTTP_X_THING": "thing", "CONTENT_TYPE": None, "QUERY_STRING": "a=b%20c", "path": "/meta/",
        "url": f"{server.url}/meta/?a=b%20c", "secure": False,
    }  # fmt: skip
    assert client.get("/meta/", headers={"host": "evil.example"}).status_code == 400


def test_sync_views_run_in_a_thread_and_async_ones_on_the_loop(client):
    assert client.get("/sync/").json() == {"main": False, "method": "GET"}
    assert client.get("/async/?tag=a&tag=b").json() == {"main": True, "tag": ["a", "b"]}


def test_missing_slash_redirects(client):
    answer = client.get("/sync")
    assert (answer.status_code, answer.headers["location"]) == (301, "/sync/")


@pytest.mark.parametrize("size", [10, 100_000, 8_000_000], ids=["small", "in memory", "on disk"])
def test_upload(client, size):
    body = os.urandom(size)
    answer = client.post("/upload/", files={"file": ("a b.bin", body)}, data={"note": "größe"}).json()
    assert (answer["stored"], answer["note"]) == (size, "größe")
    assert answer["sha256"] == hashlib.sha256(body).hexdigest()


def test_body(client):
    body = b"x" * 2_000_000
    assert client.post("/length/", content=body).json() == {"length": 2_000_000, "type": ""}
    assert client.post("/length/", content=iter([body])).json()["length"] == 2_000_000
    # DATA_UPLOAD_MAX_MEMORY_SIZE: what Django reads at most
    assert client.post("/length/", content=body * 2).status_code == 400


@pytest.mark.parametrize("made", ["sync", "async"])
def test_stream(client, made):
    answer = client.get(f"/stream/{made}/")
    assert answer.text == "".join(f"line {number}\n" for number in range(50))
    assert "content-length" not in answer.headers


def test_file(client):
    answer = client.get("/file/")
    assert answer.headers["content-length"] == str(len(FILE))
    assert answer.content == FILE


@pytest.mark.parametrize(("path", "noted"), [("/stream/endless/", "stream"), ("/slow/", "view")])
def test_client_that_leaves(client, server, path, noted):
    with server.client() as leaving:
        try:
            with leaving.stream("GET", path, timeout=0.5) as answer:
                next(answer.iter_raw())
        except httpx.ReadTimeout:
            pass
    wait_until(lambda: noted in client.get("/ended/").json()["ended"])


@pytest.mark.logs_traceback
def test_exception(client, server):
    answer = client.get("/bug/")
    assert answer.status_code == 500
    assert "Server Error (500)" in answer.text
    assert "a bug of the view" not in answer.text


def test_head_and_unknown_path(client):
    answer = client.head("/sync/")
    assert (answer.status_code, answer.content) == (200, b"")
    assert client.get("/nothing/").status_code == 404


@pytest.fixture
def debugging(kind, tmp_path):
    """With DEBUG, without which the handler of static files stays silent."""
    server = APP.on(kind, make_site(tmp_path, debug=True)).start()
    yield server
    server.terminate()
    server.kill()


def test_static_files_and_the_page_of_an_exception(debugging):
    with httpx.Client(base_url=debugging.url) as client:
        answer = client.get("/static/admin/css/base.css")
        assert answer.headers["content-type"] == "text/css"
        assert len(answer.content) == int(answer.headers["content-length"]) > 10_000
        since = {"if-modified-since": answer.headers["last-modified"]}
        assert client.get("/static/admin/css/base.css", headers=since).status_code == 304
        assert client.get("/static/admin/nothing.css").status_code == 404
        page = client.get("/bug/")
        assert page.status_code == 500
        assert "a bug of the view" in page.text


def test_many_at_once(server):
    async def plain(client, number):
        assert (await client.get("/sync/")).json()["method"] == "GET"

    async def waiting(client, number):
        assert (await client.get(f"/async/?tag={number}")).json()["tag"] == [str(number)]

    async def database(client, number):
        assert USER in (await client.get("/users/")).json()["names"]

    async def stream(client, number):
        assert (await client.get(f"/stream/async/?count={number}")).text.count("\n") == number

    async def upload(client, number):
        body = bytes([number]) * number * 3000
        answer = await client.post("/upload/", files={"file": (f"{number}.bin", body)})
        assert answer.json()["stored"] == len(body)

    mixed(server, plain, waiting, database, stream, upload)
