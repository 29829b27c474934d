"""Status and header fields of a response, from the words of WSGI to those of ASGI."""

from __future__ import annotations

#: How many names of fields are remembered.
REMEMBERED = 512

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
_codes: dict[str, int] = {}
_names: dict[str, bytes] = {}


def status_of(status: str) -> int:
    """The code of a status. Raises TypeError and ValueError for what is none."""
    return _codes.get(status) or _code(status)


def _code(status: str) -> int:
    if not isinstance(status, str):
        raise TypeError(f"a WSGI status is a str, got {type(status).__name__}")
    if not status[:3].isdecimal() or status[3:4] not in ("", " "):
        raise ValueError(f"a WSGI status is three digits and a reason, got {status!r}")
    code = int(status[:3])
    if code < 200:
        raise ValueError(f"a WSGI response cannot be an interim one, got {status!r}")
    if len(_codes) < REMEMBERED:
        _codes[status] = code
    return code


def fields_of(headers: list[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    """The fields for ASGI. Raises what the application is told while it can still answer otherwise."""
    if type(headers) is not list:
        raise TypeError(f"the headers of a WSGI response are a list, got {type(headers).__name__}")
    try:
        return [(_names.get(name) or _field_name(name), _field_value(value)) for name, value in headers]
    except AttributeError:
        raise TypeError(f"the headers of a WSGI response are pairs of str, got {headers!r}") from None


def _field_value(value: str) -> bytes:
    if not value.isprintable() and any(character in value for character in "\r\n\0"):
        raise ValueError(f"the value of a header would end its line: {value!r}")
    return value.encode("latin-1")


def _field_name(name: str) -> bytes:
    octets = name.lower().encode("latin-1")
    if octets in HOP_BY_HOP:
        raise ValueError(f"the header {name!r} is the server's to send, not a WSGI application's")
    if len(_names) < REMEMBERED:
        _names[name] = octets
    return octets
