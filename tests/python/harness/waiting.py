"""Waiting for something that comes by itself, with an end."""

import time


def wait_until(condition, seconds: float = 10, what: str = "condition"):
    """Returns the condition's first true value; fails when it stays false."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end, f"{what} not reached within {seconds} s"
        time.sleep(0.02)
    return value
