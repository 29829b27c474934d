"""WSGI applications (PEP 3333) as ASGI 3, on threads.

A request is handed to a thread once. What the thread has for the client gathers in an :class:`_Exchange`, and one call of
the event loop takes all that has gathered for all requests: a short response costs one hop there and one back.
"""

from __future__ import annotations

import asyncio
import contextvars
import io
import sys
import threading
from collections.abc import Iterable
from queue import SimpleQueue
from types import TracebackType
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from _typeshed.wsgi import InputStream, WSGIApplication, WSGIEnvironment

    ExcInfo = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]

#: Bytes that may wait for the client before the thread waits too.
HIGH = 64 * 1024
#: A body that says it is no longer than this has come before a thread is taken.
AHEAD = 64 * 1024
#: Names of fields that are remembered with their name in the environment.
NAMES = 512

#: Fields of one connection are the server's (RFC 9110 §7.6.1; PEP 3333, "Other HTTP Features").
HOP_BY_HOP = frozenset(
    (
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    )
)


class WSGI:
    """An ASGI 3 application that calls a WSGI application on up to ``threads`` threads of its own.

    Requests beyond that wait for a thread. The threads are started when they are needed.
    """

    def __init__(self, application: WSGIApplication, threads: int = 40) -> None:
        if threads < 1:
            raise ValueError(f"a WSGI application needs a thread at least, got {threads}")
        self._application = application
        self._limit = threads
        self._jobs: SimpleQueue[_Exchange | None] = SimpleQueue()
        self._threads = 0
        # Requests with a thread, or waiting for one. Counted on the loop's thread, as all else here.
        self._active = 0
        self._bell: _Bell | None = None
        self._environments = _Environments()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        kind = scope["type"]
        if kind == "http":
            await self._answer(scope, receive, send)
        elif kind == "lifespan":
            await self._live(receive, send)
        elif kind == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1000})
        else:
            raise ValueError(f"a WSGI application has no answer to an ASGI scope of the type {kind!r}")

    def close(self) -> None:
        """End the threads, each after the request that it is at."""
        for _ in range(self._threads):
            self._jobs.put(None)
        self._threads = 0

    async def _live(self, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _answer(self, scope: Any, receive: Any, send: Any) -> None:
        loop = asyncio.get_running_loop()
        bell = self._bell
        if bell is None or bell.loop is not loop:
            bell = self._bell = _Bell(loop)
        environment = self._environments.of(scope)
        exchange = _Exchange(self._application, environment, bell)
        if not await exchange.begin(scope, receive):
            return
        self._active += 1
        if self._active > self._threads and self._threads < self._limit:
            self._start_thread()
        self._jobs.put(exchange)
        try:
            await exchange.converse(receive, send)
        finally:
            self._active -= 1
            exchange.abandon()

    def _start_thread(self) -> None:
        # A thread that hangs in the application must not hold up the end of the process.
        name = f"hyperserve-wsgi-{self._threads}"
        threading.Thread(target=_work, args=(self._jobs,), name=name, daemon=True).start()
        self._threads += 1


def _work(jobs: SimpleQueue[_Exchange | None]) -> None:
    while True:
        job = jobs.get()
        if job is None:
            return
        job.context.run(job.run)
        # Nothing of a request stays while the thread waits for the next.
        del job


class _Bell:
    """Tells the loop's thread, once for all that rang since it last looked."""

    __slots__ = ("_rung", "_scheduled", "lock", "loop")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        #: Held while an exchange is looked into or changed, from either thread; never while anything waits.
        self.lock = threading.Lock()
        self._rung: list[_Exchange] = []
        self._scheduled = False

    def ring(self, exchange: _Exchange) -> bool:
        """With the lock held. When true, :meth:`schedule` is to be called without it."""
        self._rung.append(exchange)
        before, self._scheduled = self._scheduled, True
        return not before

    def schedule(self) -> None:
        try:
            self.loop.call_soon_threadsafe(self._answer)
        except RuntimeError:
            # The loop is closed: nobody is there to be told.
            pass

    def _answer(self) -> None:
        with self.lock:
            rung, self._rung = self._rung, []
            self._scheduled = False
        for exchange in rung:
            exchange.wake()


class ClientGone(ConnectionResetError):
    """The client is gone: its request has no more to read, and its response nobody to read it."""


class _Exchange:
    """One request and its response, between a thread and the loop."""

    __slots__ = (
        "_application",
        "_awake",
        "_bell",
        "_chunks",
        "_done",
        "_ended",
        "_error",
        "_gate",
        "_gone",
        "_held",
        "_piece",
        "_sent",
        "_size",
        "_start",
        "_waiter",
        "_wants",
        "context",
        "environment",
    )

    def __init__(self, application: WSGIApplication, environment: WSGIEnvironment, bell: _Bell) -> None:
        self._application = application
        self._bell = bell
        self.environment = environment
        self.context = contextvars.copy_context()
        # What the thread has for the loop.
        self._start: dict[str, Any] | None = None
        self._chunks: list[bytes] = []
        self._size = 0
        self._ended = False
        self._done = False
        self._error: BaseException | None = None
        # The thread has given a part of the body away: its head cannot be changed.
        self._sent = False
        # The thread waits at the gate, for a piece of the body or for room.
        self._gate: threading.Lock | None = None
        self._held = False
        self._wants = False
        self._piece: dict[str, Any] | None = None
        # The client, or whoever ran the coroutine, is gone.
        self._gone = False
        self._waiter: asyncio.Future[None] | None = None
        self._awake = False

    # On the loop's thread

    async def begin(self, scope: Any, receive: Any) -> bool:
        """Give the application its input; false when the client is gone already."""
        environment = self.environment
        if "HTTP_EXPECT" in environment:
            # Such a client sends its body once it is asked for.
            environment["wsgi.input"] = self._input(b"")
            return True
        pieces: list[bytes] = []
        awaited = _length(environment)
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return False
            pieces.append(message.get("body", b""))
            if not message.get("more_body", False):
                environment["wsgi.input"] = io.BytesIO(pieces[0] if len(pieces) == 1 else b"".join(pieces))
                return True
            if awaited > AHEAD:
                environment["wsgi.input"] = self._input(b"".join(pieces))
                return True

    def _input(self, begun: bytes) -> InputStream:
        return io.BufferedReader(_Body(self, begun), HIGH)

    def wake(self) -> None:
        self._awake = True
        waiter = self._waiter
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    async def converse(self, receive: Any, send: Any) -> None:
        """Pass on what the thread says until it is done. What the application raised is raised here."""
        started = ended = False
        while True:
            await self._rung()
            with self._bell.lock:
                chunks, self._chunks, self._size = self._chunks, [], 0
                done, wants, error = self._done, self._wants, self._error
                is_last = self._ended and not ended
                if not wants:
                    self._let_go()
            if (chunks or is_last) and not self._gone:
                body = chunks[0] if len(chunks) == 1 else b"".join(chunks)
                ended = is_last
                try:
                    if not started:
                        started = True
                        await send(self._start)
                    if ended:
                        await send({"type": "http.response.body", "body": body})
                    else:
                        await send({"type": "http.response.body", "body": body, "more_body": True})
                except OSError:
                    self.abandon()
            if wants:
                self._hand_over(await receive())
            if done:
                self._error = None
                if error is not None:
                    raise error
                return

    async def _rung(self) -> None:
        if not self._awake:
            self._waiter = self._bell.loop.create_future()
            await self._waiter
            self._waiter = None
        self._awake = False

    def _hand_over(self, message: dict[str, Any]) -> None:
        with self._bell.lock:
            self._wants = False
            self._piece = message
            self._let_go()

    def _let_go(self) -> None:
        """With the lock held."""
        if self._held and self._gate is not None:
            self._held = False
            self._gate.release()

    def abandon(self) -> None:
        """Nobody hears the thread any more; it ends at the next thing that it has to say."""
        with self._bell.lock:
            self._gone = True
            self._wants = False
            self._let_go()

    # On a thread of the pool

    def run(self) -> None:
        """Call the application, and send what it returns."""
        error: BaseException | None = None
        try:
            self._perform()
        except ClientGone:
            pass
        except Exception as raised:
            error = raised
        except BaseException as raised:
            # An application that wants to end its thread is not asked to end the server.
            error = RuntimeError(f"the WSGI application raised {type(raised).__name__}")
            error.__cause__ = raised
        self._post(None, error=error, done=True)

    def _perform(self) -> None:
        body = self._application(self.environment, self._start_response)
        try:
            if type(body) is list or type(body) is tuple:
                self._send_whole(body)
                return
            for chunk in body:
                self._write(chunk)
            self._end()
        finally:
            close = getattr(body, "close", None)
            if close is not None:
                close()

    def _send_whole(self, body: Iterable[bytes]) -> None:
        """A body that is there already goes as one, with its length."""
        whole = b"".join(body)
        start = self._start
        if start is not None and not self._sent and start["status"] not in (204, 304):
            headers = start["headers"]
            if not any(name == b"content-length" for name, _ in headers):
                headers.append((b"content-length", b"%d" % len(whole)))
        if whole:
            self._write(whole)
        self._end()

    def _end(self) -> None:
        if self._start is None:
            raise AssertionError("the WSGI application returned without calling start_response()")
        self._sent = True
        # It is told with whatever comes next: the thread is done unless `close` takes its time.
        self._post(None, ended=True)

    def _start_response(
        self, status: str, headers: list[tuple[str, str]], exc_info: ExcInfo | None = None, /
    ) -> Any:
        if exc_info is not None:
            try:
                if self._sent and exc_info[1] is not None:
                    raise exc_info[1].with_traceback(exc_info[2])
            finally:
                exc_info = None  # the traceback holds this frame
        elif self._start is not None:
            raise AssertionError("start_response() was called before, and there is no exc_info")
        self._start = {"type": "http.response.start", "status": _status(status), "headers": _fields(headers)}
        return self._write

    def _write(self, chunk: bytes) -> None:
        if type(chunk) is not bytes and not isinstance(chunk, bytes):
            raise TypeError(f"a WSGI application sends bytes, got {type(chunk).__name__}")
        if not chunk:
            return
        if self._start is None:
            raise AssertionError("the WSGI application sent a body before calling start_response()")
        self._sent = True
        self._post(chunk)

    def _post(
        self,
        chunk: bytes | None,
        ended: bool = False,
        done: bool = False,
        error: BaseException | None = None,
    ) -> None:
        """Put something into the exchange, and wait while there is too much in it."""
        bell = self._bell
        with bell.lock:
            if self._gone and not done:
                raise ClientGone("the client is gone")
            if chunk is not None:
                self._chunks.append(chunk)
                self._size += len(chunk)
            self._ended = self._ended or ended
            self._done, self._error = done, error
            full = self._size > HIGH and not done
            gate = self._hold() if full else None
            alarm = bell.ring(self)
        if alarm:
            bell.schedule()
        if gate is not None:
            gate.acquire()

    def read_piece(self) -> bytes:
        """The next piece of the request's body, waited for; empty at its end."""
        message = self._piece
        if message is not None and not message.get("more_body", False):
            return b""
        bell = self._bell
        with bell.lock:
            if self._gone:
                raise ClientGone("the client is gone")
            self._piece, self._wants = None, True
            gate = self._hold()
            alarm = bell.ring(self)
        if alarm:
            bell.schedule()
        gate.acquire()
        message = self._piece
        if message is None or message["type"] == "http.disconnect":
            raise ClientGone("the client is gone, and the rest of its request's body with it")
        return message.get("body", b"")  # type: ignore[no-any-return]

    def _hold(self) -> threading.Lock:
        """Close the gate, with the lock held: the next to acquire it waits."""
        gate = self._gate
        if gate is None:
            gate = self._gate = threading.Lock()
            gate.acquire()
        self._held = True
        return gate


class _Body(io.RawIOBase):
    """The body of a request that is still on its way."""

    def __init__(self, exchange: _Exchange, begun: bytes) -> None:
        self._exchange = exchange
        self._rest = memoryview(begun)
        self._ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        while not self._rest and not self._ended:
            piece = self._exchange.read_piece()
            self._ended = not piece
            self._rest = memoryview(piece)
        room = memoryview(buffer).cast("B")
        count = min(len(room), len(self._rest))
        room[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count


class FileWrapper:
    """``wsgi.file_wrapper``: a file in pieces that are worth sending."""

    def __init__(self, file: Any, block_size: int = HIGH) -> None:
        self._file = file
        self._size = max(block_size, HIGH)
        if hasattr(file, "close"):
            self.close = file.close

    def __iter__(self) -> FileWrapper:
        return self

    def __next__(self) -> bytes:
        block: bytes = self._file.read(self._size)
        if not block:
            raise StopIteration
        return block


class _Environments:
    """The environments of requests. What the requests of one address share is made once."""

    def __init__(self) -> None:
        self._bases: dict[Any, WSGIEnvironment] = {}
        self._names: dict[bytes, str] = {}

    def of(self, scope: Any) -> WSGIEnvironment:
        server, scheme, version = scope.get("server"), scope.get("scheme", "http"), scope["http_version"]
        key = (server and tuple(server), scheme, version)
        base = self._bases.get(key)
        if base is None:
            base = _base(server, scheme, version)
            if len(self._bases) < NAMES:
                self._bases[key] = base
        environment = base.copy()
        environment["REQUEST_METHOD"] = scope["method"]
        environment["QUERY_STRING"] = scope["query_string"].decode("latin-1")
        _set_path(environment, scope)
        client = scope.get("client")
        if client:
            environment["REMOTE_ADDR"], environment["REMOTE_PORT"] = client[0], str(client[1])
        self._set_fields(environment, scope["headers"])
        return environment

    def _set_fields(self, environment: WSGIEnvironment, fields: Iterable[tuple[bytes, bytes]]) -> None:
        names = self._names
        for name, value in fields:
            key = names.get(name)
            if key is None:
                key = self._name(name)
            if not key:
                continue
            text = value.decode("latin-1")
            if key in environment:
                # RFC 9110 §5.3; RFC 9113 §8.2.3 for cookies, which HTTP/2 takes apart.
                text = f"{environment[key]}{'; ' if key == 'HTTP_COOKIE' else ', '}{text}"
            environment[key] = text

    def _name(self, name: bytes) -> str:
        """The name in the environment; empty for a field that has no place in it.

        `X_Forwarded_For` would become the name of `X-Forwarded-For`, so that a client could say what its proxy alone
        may: names with an underscore are left out.
        """
        text = name.decode("latin-1").upper().replace("-", "_")
        key = "" if b"_" in name else text if text in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{text}"
        if len(self._names) < NAMES and len(name) <= 64:
            self._names[name] = key
        return key


def _base(server: Any, scheme: str, version: str) -> WSGIEnvironment:
    host, port = server if server else (None, None)
    if port is None:
        # A Unix socket has neither, and both must be there.
        host, port = "localhost", 443 if scheme == "https" else 80
    return {
        "SERVER_SOFTWARE": "hyperserve",
        "SERVER_NAME": host,
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": f"HTTP/{version}" if "." in version else f"HTTP/{version}.0",
        "REMOTE_ADDR": "",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scheme,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "wsgi.input_terminated": True,
        "wsgi.file_wrapper": FileWrapper,
    }


def _set_path(environment: WSGIEnvironment, scope: Any) -> None:
    """SCRIPT_NAME and PATH_INFO: the bytes of the path, each as the character of its number (PEP 3333, "Unicode Issues")."""
    raw = scope.get("raw_path")
    if raw is None:
        path = scope["path"].encode().decode("latin-1")
        environment["REQUEST_URI"] = path
    else:
        environment["REQUEST_URI"] = raw.decode("latin-1")
        path = (unquote_to_bytes(raw) if b"%" in raw else raw).decode("latin-1")
    query = environment["QUERY_STRING"]
    if query:
        environment["REQUEST_URI"] += f"?{query}"
    root = scope.get("root_path", "")
    if root:
        root = root.encode().decode("latin-1").rstrip("/")
        if path.startswith(root) and path[len(root) : len(root) + 1] in ("", "/"):
            path = path[len(root) :]
    environment["SCRIPT_NAME"] = root
    environment["PATH_INFO"] = path


def _length(environment: WSGIEnvironment) -> int:
    """How long the body says it is; more than is waited for if it does not."""
    length: str = environment.get("CONTENT_LENGTH", "")
    return int(length) if length.isdecimal() else AHEAD + 1


def _status(status: str) -> int:
    if not isinstance(status, str):
        raise TypeError(f"a WSGI status is a str, got {type(status).__name__}")
    if not status[:3].isdecimal() or status[3:4] not in ("", " "):
        raise ValueError(f"a WSGI status is three digits and a reason, got {status!r}")
    code = int(status[:3])
    if code < 200:
        raise ValueError(f"a WSGI response cannot be an interim one, got {status!r}")
    return code


_known: dict[str, bytes] = {}


def _fields(headers: list[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    """The fields for ASGI. Raises what the application is told while it can still answer otherwise."""
    if type(headers) is not list:
        raise TypeError(f"the headers of a WSGI response are a list, got {type(headers).__name__}")
    fields = []
    for name, value in headers:
        octets = _known.get(name) or _field_name(name)
        if not value.isprintable() and any(character in value for character in "\r\n\0"):
            raise ValueError(f"the value of the header {name!r} would end its line: {value!r}")
        fields.append((octets, value.encode("latin-1")))
    return fields


def _field_name(name: str) -> bytes:
    octets = name.lower().encode("latin-1")
    if octets in HOP_BY_HOP:
        raise ValueError(f"the header {name!r} is the server's to send, not a WSGI application's")
    if len(_known) < NAMES:
        _known[name] = octets
    return octets
