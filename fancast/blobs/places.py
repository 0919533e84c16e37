"""Where files are kept: one small interface, two places. Bytes come and go in chunks, never whole in memory."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

#: Bytes read and handed on at once.
CHUNK = 256 * 1024


class StorageTrouble(Exception):
    """A file that should be there is not, or its place cannot be reached or is full."""


class Blobs(Protocol):
    """Files by key. Called in threads; every call may take as long as its bytes do."""

    def put(self, key: str, chunks: Iterable[bytes]) -> None:
        """Write a file. What raises, the chunks' own errors included, leaves no file. Raises StorageTrouble."""

    def put_file(self, key: str, path: Path) -> None:
        """Take in a file that was made here; `path` is gone afterwards."""

    def read(self, key: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The bytes from `start` up to, not including, `end`. Raises StorageTrouble."""

    def local(self, key: str) -> AbstractContextManager[Path]:
        """The file on this machine's disk, for a tool that must seek in it; never to be changed."""

    def delete(self, key: str) -> None:
        """Take a file away; nothing when it is gone."""
