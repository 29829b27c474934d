"""Starlette: sessions, mounts, streams, what the request says, endpoints."""

import json
import socket
import subprocess
import sys

import httpx
import pytest
from apps.parallel import mixed
from apps.program import App
from harness.waiting import wait_until
from websockets.sync.client import connect

APP = App("starlette_app:app")


def prepare(folder) -> dict:
    return {"APP_FILES": str(folder)}


def test_session(client):
    answer = client.get("/whoami")
    assert (answer.status_code, answer.headers["www-authenticate"], answer.text) == (401, "Form", "log in")
    answer = client.post("/login", data={"user": "zoë & co"}, follow_redirects=True)
    assert answer.history[0].status_code == 303
    assert answer.json() == client.get("/whoami").json() == {"user": "zoë & co"}
    assert client.post("/logout").status_code == 204
    assert client.get("/whoami").status_code == 401


def test_what_the_request_says(client, server):
    client.cookies.set("c", "d")
    headers = [("x-many", "1"), ("x-many", "2")]
    about = client.get("/about/a%2Fb%20c/é?q=1&q=%C3%A9", headers=headers).json()
    assert about == {
        "url": f"{server.url}/about/a/b c/é?q=1&q=%C3%A9", "base": f"{server.url}/", "root": "",
        "path": "/about/a/b c/é", "raw": "/about/a%2Fb%20c/%C3%A9", "reverse": f"{server.url}/admin/pages/n",
        "query": [["q", "1"], ["q", "é"]], "client": "127.0.0.1", "version": "1.1", "cookies": {"c": "d"},
        "repeated": ["1", "2"],
    }  # fmt: skip


def test_mount(client):
    assert client.get("/admin/pages/one").json() == {"name": "one", "root": "/admin", "path": "/admin/pages/one"}


def test_host_routing(client):
    assert client.get("/", headers={"host": "sub.localhost"}).text == "by the host's name"
    assert client.get("/about", headers={"host": "evil.example"}).status_code == 400


def test_http_exception_and_redirect_of_slashes(client):
    assert client.get("/nothing").status_code == 404
    answer = client.get("/about/?a=b", follow_redirects=False)
    assert answer.status_code in (200, 307)


def test_endpoint_class(client):
    assert client.get("/thing").text == "got"
    assert client.delete("/thing").status_code == 204
    answer = client.put("/thing")
    assert answer.status_code == 405
    assert "GET" in answer.headers["allow"]


def test_head_has_the_fields_of_get_and_no_content(client):
    got, head = client.get("/about"), client.head("/about")
    assert head.status_code == got.status_code
    assert head.headers["content-length"] == got.headers["content-length"]
    assert head.content == b""


def test_several_cookies_are_several_fields(client):
    assert len(client.get("/cookies").headers.get_list("set-cookie")) == 2


def test_stream_with_a_background_task(client):
    assert client.get("/lines").text == "".join(f"{number}\n" for number in range(100))
    wait_until(lambda: "after the stream" in client.get("/events").json())


@pytest.mark.logs_traceback
@pytest.mark.parametrize("query", ["", "?length"], ids=["chunked", "length"])
def test_exception_in_a_stream_cuts_the_answer(client, server, query):
    with pytest.raises(httpx.RemoteProtocolError):
        client.get(f"/broken{query}")
    wait_until(lambda: "in the middle of a stream" in server.since_mark())
    assert client.get("/events").status_code == 200


def test_long_poll_notices_that_the_client_left(client, server):
    leaving = socket.create_connection(server.address)
    leaving.sendall(b"GET /waits HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n")
    assert client.get("/events").status_code == 200
    leaving.close()
    wait_until(lambda: "client left" in client.get("/events").json())


@pytest.mark.logs_traceback
def test_body_that_breaks_off(client, server):
    leaving = socket.create_connection(server.address)
    leaving.sendall(b"POST /body HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 10\r\n\r\n12345")
    assert client.get("/events").status_code == 200
    leaving.close()
    wait_until(lambda: "left in the body" in client.get("/events").json())


def test_websocket_endpoint(client, server):
    with connect(server.ws("/chat")) as chat:
        chat.send('"hello"')
        assert json.loads(chat.recv(5)) == {"you said": "hello"}
        chat.close(3210)
    wait_until(lambda: "chat 3210" in client.get("/events").json())


def test_lifespan_ends_with_the_server(kind, tmp_path):
    server = APP.on(kind, prepare(tmp_path)).start()
    try:
        assert not (tmp_path / "ended").exists()
        server.terminate()
        assert (tmp_path / "ended").read_text() == "by the lifespan"
    finally:
        server.kill()


def test_below_a_root_path(kind, tmp_path):
    program = App(APP.target, ("--root-path", "/shop"))
    server = program.on(kind, prepare(tmp_path)).start()
    try:
        # a proxy strips the prefix; the server puts it back, as the ASGI specification has it since 3.0
        about = httpx.get(f"{server.url}/about").json()
        assert (about["root"], about["path"], about["url"]) == ("/shop", "/shop/about", f"{server.url}/shop/about")
        assert about["reverse"] == f"{server.url}/shop/admin/pages/n"
        page = httpx.get(f"{server.url}/admin/pages/one").json()
        assert page == {"name": "one", "root": "/shop/admin", "path": "/shop/admin/pages/one"}
    finally:
        server.terminate()
        server.kill()


def test_behind_a_proxy(client):
    headers = {"x-forwarded-for": "192.0.2.9", "x-forwarded-proto": "https", "host": "shop.example"}
    about = client.get("/about", headers=headers).json()
    assert (about["client"], about["url"]) == ("192.0.2.9", "https://shop.example/about")


def test_clients_of_starlette_work_beside_the_server(kind, tmp_path):
    """A test suite that imports the server, for `run` say, still tests its app in process."""
    program = (
        f"import {kind}, json; from starlette.testclient import TestClient; from starlette_app import app\n"
        "with TestClient(app, base_url='http://shop.example') as client:\n"
        "    assert client.get('/about').json()['path'] == '/about'\n"
        "    with client.websocket_connect('ws://shop.example/chat') as chat:\n"
        "        chat.send_json('x'); assert chat.receive_json() == {'you said': 'x'}\n"
    )
    server = APP.on(kind, prepare(tmp_path))
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=server.folder, env=server.environment, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr


def test_many_at_once(server):
    async def about(client, number):
        assert (await client.get(f"/about?n={number}")).json()["query"] == [["n", str(number)]]

    async def session(client, number):
        answer = await client.post("/login", data={"user": str(number)}, headers={"cookie": ""})
        assert "session=" in answer.headers["set-cookie"]

    async def lines(client, number):
        assert (await client.get("/lines")).text.count("\n") == 100

    async def body(client, number):
        assert (await client.post("/body", content=b"x" * number * 5000)).text == str(number * 5000)

    mixed(server, about, session, lines, body)
