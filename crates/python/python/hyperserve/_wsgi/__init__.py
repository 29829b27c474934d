"""WSGI applications (PEP 3333) as ASGI 3, on threads.

A request is handed to a thread once. What the thread has for the client gathers in an ``Exchange``, and one call of the
event loop takes what has gathered for all requests: a short response costs one hop there and one back.
"""

from .application import WSGI

__all__ = ["WSGI"]
