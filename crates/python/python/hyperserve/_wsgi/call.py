"""A call of the application, on a thread of the pool (PEP 3333, "Specification Details")."""

from __future__ import annotations

import contextvars
from collections.abc import Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Any

from .exchange import ClientGone, Exchange
from .response import fields_of, status_of

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

ExcInfo = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]


class Call:
    """What a thread of the pool does for one request."""

    __slots__ = ("_application", "_environment", "_exchange", "_sent", "context")

    def __init__(self, application: WSGIApplication, environment: WSGIEnvironment, exchange: Exchange) -> None:
        self._application = application
        self._environment = environment
        self._exchange = exchange
        # A part of the body is with the exchange: the head is not to be changed.
        self._sent = False
        self.context = contextvars.copy_context()

    def run(self) -> None:
        """Call the application, and send what it returns."""
        last: bytes | None = None
        error: BaseException | None = None
        try:
            last = self._perform()
        except ClientGone:
            pass
        except Exception as raised:
            error = raised
        except BaseException as raised:
            # An application that wants to end its thread does not end the server.
            error = RuntimeError(f"the WSGI application raised {type(raised).__name__}")
            error.__cause__ = raised
        self._exchange.finish(last, error)
        del error  # its traceback holds this frame

    def _perform(self) -> bytes | None:
        """The result is what is still to be sent, if the end of the body has not been."""
        body = self._application(self._environment, self._start_response)
        try:
            if type(body) is list or type(body) is tuple:
                return self._whole(body)
            for chunk in body:
                self._write(chunk)
            self._head()
            # The client does not wait for what `close` does.
            self._exchange.put(b"", ended=True)
            return None
        finally:
            close = getattr(body, "close", None)
            if close is not None:
                close()

    def _whole(self, body: Iterable[bytes]) -> bytes:
        """A body that is there already goes as one, with its length."""
        whole = b"".join(body)
        was_sent = self._sent
        start = self._head()
        if not was_sent and start["status"] not in (204, 304):
            headers = start["headers"]
            for name, _ in headers:
                if name == b"content-length":
                    break
            else:
                headers.append((b"content-length", b"%d" % len(whole)))
        return whole

    def _head(self) -> dict[str, Any]:
        """The head of the response, which is not to be changed any more."""
        start = self._exchange.start
        if start is None:
            raise AssertionError("the WSGI application has not called start_response()")
        self._sent = True
        return start

    def _start_response(
        self, status: str, headers: list[tuple[str, str]], exc_info: ExcInfo | None = None, /
    ) -> Any:
        if exc_info is not None:
            try:
                if self._sent and exc_info[1] is not None:
                    raise exc_info[1].with_traceback(exc_info[2])
            finally:
                exc_info = None  # the traceback holds this frame
        elif self._exchange.start is not None:
            raise AssertionError("start_response() has been called before, and there is no exc_info")
        self._exchange.start = {
            "type": "http.response.start",
            "status": status_of(status),
            "headers": fields_of(headers),
        }
        return self._write

    def _write(self, chunk: bytes) -> None:
        if type(chunk) is not bytes and not isinstance(chunk, bytes):
            raise TypeError(f"a WSGI application sends bytes, got {type(chunk).__name__}")
        # Nothing is sent for empty parts, the head neither: it may still be replaced.
        if chunk:
            self._head()
            self._exchange.put(chunk)
