"""Files in an S3 bucket, or in anything that speaks its protocol: for a fleet of servers."""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from fancast.blobs.places import CHUNK, StorageTrouble

#: S3 takes no parts under 5 MB; two are on their way while the next arrives.
_PART = 8 * 1024 * 1024
_AT_ONCE = 2
#: A caller waits: what a moment's trouble takes, not more.
_RETRIES: Any = {"max_retries": 3, "retry_timeout": timedelta(seconds=15)}
_TROUBLE = (BaseError, FileNotFoundError, PermissionError)


class S3:
    def __init__(
        self,
        bucket: str,
        *,
        endpoint: str | None,
        region: str,
        access_key: str | None,
        secret_key: str | None,
    ) -> None:
        """Without keys they come from the environment or the machine's role, as with Amazon's own tools."""
        given: dict[str, Any] = {"region": region, "retry_config": _RETRIES}
        if endpoint is not None:
            given |= {
                "endpoint": endpoint, "virtual_hosted_style_request": False,
                "client_options": {"allow_http": endpoint.startswith("http://")},
            }  # fmt: skip
        if access_key is not None and secret_key is not None:
            given |= {"access_key_id": access_key, "secret_access_key": secret_key}
        self._store = S3Store(bucket, **given)

    def put(self, key: str, chunks: Iterable[bytes]) -> None:
        self._put(key, iter(chunks))

    def put_file(self, key: str, path: Path) -> None:
        self._put(key, path)
        path.unlink()

    def read(self, key: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        if end is not None and end <= start:
            return
        wanted: Any = {"offset": start} if end is None else (start, end)
        try:
            found = obstore.get(self._store, key, options={"range": wanted})
            for chunk in found.stream(min_chunk_size=CHUNK):
                yield bytes(chunk)
        except _TROUBLE as error:
            raise StorageTrouble(key) from error

    @contextmanager
    def local(self, key: str) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(prefix="fancast-") as folder:
            path = Path(folder) / "file"
            with path.open("wb") as file:
                for chunk in self.read(key):
                    file.write(chunk)
            yield path

    def delete(self, key: str) -> None:
        try:
            obstore.delete(self._store, key)
        except FileNotFoundError:
            return
        except _TROUBLE as error:
            raise StorageTrouble(key) from error

    def _put(self, key: str, source: Iterator[bytes] | Path) -> None:
        try:
            obstore.put(self._store, key, source, chunk_size=_PART, max_concurrency=_AT_ONCE)
        except _TROUBLE as error:
            raise StorageTrouble(key) from error
