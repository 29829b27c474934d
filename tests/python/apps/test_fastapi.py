"""FastAPI: models in and out, uploads, dependencies, middleware, what runs after the answer."""

import hashlib
import os

import httpx
import pytest
from apps.parallel import mixed
from apps.program import App
from harness.waiting import wait_until

APP = App("fastapi_app:app")
BIG = os.urandom(1 << 20) * 20


def test_lifespan_state_reaches_requests_and_is_shared_by_reference(client):
    first, second = client.get("/state").json(), client.get("/state").json()
    assert first["greeting"] == "hello"
    assert first["seen"] == "started"
    # each request has a copy of the state whose values are the same objects
    assert second["visits"] == first["visits"] + 1


def test_models(client):
    answer = client.post("/items", json={"name": "saw", "price": 9.5, "tags": ["a", "a"], "owner": "a@b.example"})
    assert answer.status_code == 201
    assert answer.json() == {
        "id": 7, "name": "saw", "price": 9.5, "kind": "tool", "tags": ["a"], "owner": "a@b.example"
    }  # fmt: skip


def test_validation_errors_name_the_place(client):
    answer = client.post("/items", json={"name": "", "price": -1, "kind": "house"})
    assert answer.status_code == 422
    places = {tuple(fault["loc"]): fault["type"] for fault in answer.json()["detail"]}
    assert places == {
        ("body", "name"): "string_too_short", ("body", "price"): "greater_than", ("body", "kind"): "enum"
    }  # fmt: skip
    answer = client.post("/items", content=b"{not json", headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["type"] == "json_invalid"


def test_parameters(client):
    answer = client.get("/items/12?tags=a&tags=b%26c&deep=on", headers={"X-Token": "t"})
    assert answer.json() == {"number": 12, "tags": ["a", "b&c"], "deep": True, "token": "t"}
    assert client.get("/items/x").status_code == 422


def test_upload_of_several_files(client):
    files = [("file", ("größe.bin", b"12345")), ("more", ("a.txt", b"a")), ("more", ("b.txt", b"b"))]
    answer = client.post("/upload", files=files, data={"note": "schön"}).json()
    assert answer == {
        "name": "größe.bin", "size": 5, "note": "schön", "more": ["a.txt", "b.txt"],
        "sha256": hashlib.sha256(b"12345").hexdigest(),
    }  # fmt: skip


def test_upload_of_a_large_file(client):
    answer = client.post("/upload", files={"file": ("big.bin", BIG)}, data={"note": "n"}).json()
    assert answer["size"] == len(BIG)
    assert answer["sha256"] == hashlib.sha256(BIG).hexdigest()


@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
def test_body_as_a_stream(client, chunked):
    body = (BIG[at : at + 100_000] for at in range(0, len(BIG), 100_000)) if chunked else BIG
    answer = client.post("/raw", content=body).json()
    assert (answer["size"], answer["sha256"]) == (len(BIG), hashlib.sha256(BIG).hexdigest())
    assert answer["pieces"] > 1


def test_empty_body_as_a_stream(client):
    assert client.post("/raw").json()["size"] == 0


def test_sync_handlers_run_in_threads(client):
    assert client.get("/thread").json() == {"main": False}


def test_dependency_with_yield(client):
    client.get("/seen?clear=true")
    assert client.get("/session").json() == {"connection": "connection"}
    assert wait_until(lambda: [*client.get("/seen").json()][3:]) == ["closed"]
    assert client.get("/seen?clear=true").json() == ["open", "used", "committed", "closed"]
    answer = client.get("/session?fail=1")
    assert (answer.status_code, answer.json(), answer.headers["x-why"]) == (409, {"detail": "taken"}, "taken")
    assert client.get("/seen?clear=true").json() == ["open", "used", "rolled back 409", "closed"]


def test_background_tasks_run_after_the_answer_in_order(client):
    client.get("/seen?clear=true")
    assert client.post("/later").status_code == 202
    assert wait_until(lambda: client.get("/seen").json()[1:]) == ["sync"]
    assert client.get("/seen?clear=true").json() == ["async", "sync"]


def test_exception_handler(client):
    answer = client.get("/teapot")
    assert (answer.status_code, answer.json()) == (418, {"short": "and stout"})


@pytest.mark.logs_traceback
def test_unhandled_exception(client, server):
    answer = client.get("/bug")
    assert (answer.status_code, answer.text) == (500, "Internal Server Error")
    wait_until(lambda: "ZeroDivisionError" in server.since_mark())
    assert 'return {"wrong": 1 / 0}' in server.since_mark()
    assert client.get("/teapot").status_code == 418


def test_middleware_sees_every_answer(client):
    for path in ("/state", "/teapot", "/nowhere"):
        assert client.get(path).headers["x-passed"] == path


def test_gzip(client):
    answer = client.get("/large")
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) < 20_000
    assert len(answer.json()["rows"]) == 2000
    assert "content-encoding" not in client.get("/large", headers={"accept-encoding": "identity"}).headers
    assert "content-encoding" not in client.get("/state").headers


def test_cors(client):
    page = {"origin": "https://page.example", "access-control-request-method": "PUT"}
    answer = client.options("/cross", headers=page)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "https://page.example"
    assert client.options("/cross", headers={**page, "origin": "https://other.example"}).status_code == 400
    answer = client.put("/cross", headers={"origin": "https://page.example"})
    assert answer.headers["access-control-expose-headers"] == "x-passed"


def test_documentation(client):
    assert "swagger-ui" in client.get("/docs").text
    schema = client.get("/openapi.json").json()
    assert schema["info"]["title"] == "Shop"
    assert "/items/{number}" in schema["paths"]


def test_not_found_and_method(client):
    assert client.get("/nowhere").json() == {"detail": "Not Found"}
    answer = client.delete("/items/1")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")


def test_many_at_once(server):
    async def item(client: httpx.AsyncClient, number: int):
        answer = await client.get(f"/items/{number}", params={"tags": ["x"] * (number % 3)})
        assert answer.json()["number"] == number

    async def upload(client, number):
        body = bytes([number]) * (number * 10_000)
        answer = await client.post("/upload", files={"file": (f"{number}", body)}, data={"note": str(number)})
        assert (answer.json()["size"], answer.json()["note"]) == (len(body), str(number))

    async def blocking(client, number):
        assert (await client.get("/blocking?seconds=0.05")).json() == {"slept": 0.05}

    async def stream(client, number):
        text = (await client.get("/stream/async", params={"count": number, "pause": 0.001})).text
        assert text == "".join(f"line {at}\n" for at in range(number))

    async def large(client, number):
        assert len((await client.get("/large")).json()["rows"]) == 2000

    mixed(server, item, upload, blocking, stream, large)
