"""Files as bodies of responses."""

from __future__ import annotations

from typing import Any

#: Bytes of a file that are sent at a time, at least.
BLOCK = 64 * 1024


class FileWrapper:
    """``wsgi.file_wrapper``: a file in pieces that are worth sending."""

    def __init__(self, file: Any, block_size: int = BLOCK) -> None:
        self._file = file
        self._size = max(block_size, BLOCK)
        if hasattr(file, "close"):
            self.close = file.close

    def __iter__(self) -> FileWrapper:
        return self

    def __next__(self) -> bytes:
        block: bytes = self._file.read(self._size)
        if not block:
            raise StopIteration
        return block
