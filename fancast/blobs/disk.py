"""Files in a folder: the default, for one machine or a shared file system."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from fancast.blobs.places import CHUNK, StorageTrouble

_ARRIVING = "arriving"


class Disk:
    """A file is complete or absent: it is written elsewhere, brought to disk, then given its name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, key: str, chunks: Iterable[bytes]) -> None:
        place = self._place(key)
        arriving = self._arriving(key)
        try:
            arriving.parent.mkdir(parents=True, exist_ok=True)
            with arriving.open("xb", buffering=0) as file:
                for chunk in chunks:
                    _write_all(file.fileno(), chunk)
                os.fsync(file.fileno())
            self._name(arriving, place)
        except BaseException as error:
            with suppress(OSError):
                arriving.unlink(missing_ok=True)
            if isinstance(error, OSError):
                raise StorageTrouble(key) from error
            raise

    def put_file(self, key: str, path: Path) -> None:
        try:
            self._name(path, self._place(key))
        except OSError:
            # From another file system.
            with path.open("rb") as file:
                self.put(key, iter(lambda: file.read(CHUNK), b""))
            path.unlink()

    def read(self, key: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        try:
            file = self._place(key).open("rb")
        except OSError as error:
            raise StorageTrouble(key) from error
        with file:
            file.seek(start)
            left = end - start if end is not None else None
            while left is None or left > 0:
                chunk = file.read(CHUNK if left is None else min(CHUNK, left))
                if not chunk:
                    return
                if left is not None:
                    left -= len(chunk)
                yield chunk

    @contextmanager
    def local(self, key: str) -> Iterator[Path]:
        place = self._place(key)
        if not place.is_file():
            raise StorageTrouble(key)
        yield place

    def delete(self, key: str) -> None:
        self._place(key).unlink(missing_ok=True)
        # What a process that died was writing.
        self._arriving(key).unlink(missing_ok=True)

    def _arriving(self, key: str) -> Path:
        return self._folder / _ARRIVING / key.replace("/", "~")

    def _place(self, key: str) -> Path:
        place = (self._folder / key).resolve()
        if not place.is_relative_to(self._folder.resolve()):
            raise ValueError("a key that leads out of the folder")
        return place

    @staticmethod
    def _name(path: Path, place: Path) -> None:
        place.parent.mkdir(parents=True, exist_ok=True)
        path.replace(place)


def _write_all(file: int, chunk: bytes) -> None:
    view = memoryview(chunk)
    while view:
        view = view[os.write(file, view) :]
