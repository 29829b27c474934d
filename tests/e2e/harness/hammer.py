"""Clients that ask without a pause until the server says goodbye, and count what was not answered."""

import itertools
import threading

from harness.frames import Http2
from harness.wire import OPEN, Wire


class Hammer:
    """Runs `clients` threads of `client(hammer)` until they end by themselves."""

    def __init__(self, address, clients: int, client):
        self.address = address
        self.answered = 0
        self.begun: set[int] = set()
        self.failures: list[str] = []
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self._run, args=(client,), daemon=True) for _ in range(clients)]
        for thread in self.threads:
            thread.start()

    def _run(self, client):
        try:
            client(self)
        except Exception as error:  # noqa: BLE001 - whatever a client dies of is a failure of the server
            self.failed(f"{type(error).__name__}: {error}")

    def count(self):
        with self.lock:
            self.answered += 1
            self.begun.add(threading.get_ident())

    def is_at_work(self) -> bool:
        """Whether every client has been answered at least once, and most many times."""
        return bool(self.failures) or len(self.begun) == len(self.threads) and self.answered > 10 * len(self.threads)

    def failed(self, why: str):
        with self.lock:
            self.failures.append(why)

    def join(self, seconds: float = 20):
        for thread in self.threads:
            thread.join(seconds)
            assert not thread.is_alive(), "a client is still waiting"


def keep_alive(hammer: Hammer):
    """One HTTP/1.1 connection, one request after the other, until an answer closes it. Every one must be answered."""
    with Wire(hammer.address) as wire:
        while True:
            response = wire.get("/").response()
            assert (response.status, response.body) == (200, b"OK"), response
            hammer.count()
            if response.closes:
                assert wire.fate(5).ended
                return


def one_each(hammer: Hammer):
    """A connection for each request, until nobody accepts any. Whoever was accepted must be answered."""
    while True:
        try:
            wire = Wire(hammer.address)
        except (ConnectionRefusedError, ConnectionResetError):
            return
        with wire:
            response = wire.get("/", "Connection: close").response()
            assert (response.status, response.body) == (200, b"OK"), response
            hammer.count()


def multiplexed(hammer: Hammer, streams: int = 8):
    """One HTTP/2 connection with `streams` requests under way, until GOAWAY; those it covers must be answered."""
    with Http2(hammer.address) as client:
        under_way, numbers = set(), itertools.count(1, 2)
        while client.goaway is None or under_way:
            while client.goaway is None and len(under_way) < streams:
                under_way.add(stream := next(numbers))
                client.ask(stream, "/slow?ms=5")
            fate = client.read(10, lambda: any(map(lambda stream: is_decided(client, stream), under_way)))
            # RFC 9113 §6.8: what lies above the last stream was not looked at and may be asked elsewhere
            under_way = {stream for stream in under_way if stream <= client.last_stream}
            for stream in [stream for stream in under_way if client.is_over(stream)]:
                under_way.remove(stream)
                answer = client.answers.pop(stream)
                assert (answer.ended, answer.reset, answer.body) == (True, None, b"OK"), answer
                hammer.count()
            assert not under_way or fate.kind == OPEN, f"{fate.kind} with {len(under_way)} requests unanswered"


def is_decided(client: Http2, stream: int) -> bool:
    """Whether a request is answered, or will not be."""
    return client.is_over(stream) or stream > client.last_stream
