"""Constant load from threads, on connections that are kept and on new ones, that counts every answer and every loss.

A request on a kept connection that the server closes before it has answered a single byte is sent again on a new one, as
RFC 9110 §9.2.2 has clients do, and counted as `repeated`.
"""

import http.client
import threading
import time
from collections import Counter


class Load:
    """Runs within a `with` block."""

    def __init__(self, address: tuple[str, int], kept: int = 4, fresh: int = 4, path: str = "/"):
        self.address, self.path = address, path
        self.answers: Counter[str] = Counter()
        self.lost: list[str] = []
        self.repeated = 0
        self.halt = threading.Event()
        self.lock = threading.Lock()
        loops = [self._keep] * kept + [self._renew] * fresh
        self.threads = [threading.Thread(target=loop, daemon=True) for loop in loops]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.halt.set()
        for thread in self.threads:
            thread.join(20)
        assert not any(thread.is_alive() for thread in self.threads), "a client hangs"

    def settle(self, answers: int = 50, seconds: float = 20):
        """Waits until so many more answers have come."""
        goal, end = self.total + answers, time.monotonic() + seconds
        while self.total < goal:
            assert time.monotonic() < end, f"{self.total - goal + answers} answers in {seconds} s; lost: {self.lost[:3]}"
            time.sleep(0.01)

    @property
    def total(self) -> int:
        return sum(self.answers.values())

    def _keep(self):
        connection, used = None, False
        while not self.halt.is_set():
            connection = connection or http.client.HTTPConnection(*self.address, timeout=15)
            try:
                closes = self._ask(connection)
                connection, used = (None, False) if closes else (connection, True)
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError) as error:
                self._failed(error, repeat=used)
                connection, used = None, False
            except (OSError, http.client.HTTPException) as error:
                self._failed(error, repeat=False)
                connection, used = None, False

    def _renew(self):
        while not self.halt.is_set():
            connection = http.client.HTTPConnection(*self.address, timeout=15)
            try:
                self._ask(connection)
            except (OSError, http.client.HTTPException) as error:
                self._failed(error, repeat=False)
            connection.close()

    def _ask(self, connection) -> bool:
        """Whether the server closes the connection now."""
        connection.request("GET", self.path)
        response = connection.getresponse()
        text = response.read().decode()
        with self.lock:
            self.answers[text if response.status == 200 else f"status {response.status}"] += 1
        return response.will_close

    def _failed(self, error: Exception, repeat: bool):
        with self.lock:
            if repeat:
                self.repeated += 1
            else:
                self.lost.append(f"{type(error).__name__}: {error}")
