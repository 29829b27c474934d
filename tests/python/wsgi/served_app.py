"""A WSGI application for tests over a socket, under the validator of the standard library."""

import hashlib
import threading
import time
from wsgiref.validate import validator

state = {"closed": 0, "given": 0}
meeting = threading.Barrier(8)


def echo(environ, respond):
    body = environ["wsgi.input"]
    parts = []
    while part := body.read(10_000):
        parts.append(part)
    return respond(*parts)


def digest(environ, respond):
    found = hashlib.sha256()
    for line in environ["wsgi.input"]:
        found.update(line)
    return respond(found.hexdigest().encode())


def seen(environ, respond):
    names = ("SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "SERVER_PROTOCOL", "wsgi.url_scheme", "REMOTE_ADDR")
    return respond(repr({name: environ[name] for name in names}).encode())


def together(environ, respond):
    """Answers once eight requests are here at the same time."""
    meeting.wait(20)
    return respond(threading.current_thread().name.encode())


class Flow:
    """Much, and note of how much was taken."""

    def __iter__(self):
        for _ in range(2000):
            state["given"] += 1
            yield b"x" * 50_000

    def close(self):
        state["closed"] += 1


def flow(environ, respond):
    respond()
    return Flow()


def ticks(environ, respond):
    respond()

    def parts():
        for number in range(3):
            yield b"%d\n" % number
            time.sleep(0.1)

    return parts()


def fail(environ, respond):
    raise ValueError("asked for")


def fail_midway(environ, respond):
    respond()

    def parts():
        yield b"begun"
        time.sleep(0.2)  # until then a 500 could take its place
        raise ValueError("asked for")

    return parts()


def told(environ, respond):
    return respond(repr(state).encode())


def late_end(environ, respond):
    respond()

    class Late:
        def __iter__(self):
            return iter([b"body"])

        def close(self):
            time.sleep(1)
            print("closed late", flush=True)

    return Late()


PATHS = {
    f"/{function.__name__}": function
    for function in (echo, digest, seen, together, flow, ticks, fail, fail_midway, told, late_end)
}


def application(environ, start_response):
    def respond(*parts):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return list(parts)

    return PATHS.get(environ["PATH_INFO"], seen)(environ, respond)


app = validator(application)
