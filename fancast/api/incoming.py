"""A body that is not read whole: the bytes of a request as they come, for a thread that takes them in."""

import asyncio
from collections.abc import Iterator, Mapping

from starlette.requests import ClientDisconnect
from starlette.types import Receive

from fancast.api.bodies import parse_json, too_large
from fancast.model.problems import invalid

#: Handed over at once: a hop between the loop and a thread costs as much as reading 100 KB.
BATCH_BYTES = 256 * 1024
#: A body that stalls for so long is given up.
STALL_SECONDS = 60


class Incoming:
    """Iterate over it once, in a thread. No more than two batches of it are in memory."""

    def __init__(self, receive: Receive, headers: Mapping[str, str], json_limit: int) -> None:
        """`json_limit`: how many bytes of it are read where it is JSON."""
        self._receive = receive
        self._json_limit = json_limit
        self._loop = asyncio.get_running_loop()
        self._over = False
        self._content_type = headers.get("content-type", "")

    @property
    def content_type(self) -> str:
        return self._content_type

    def json(self) -> tuple[object, bytes]:
        """The body as JSON, and as it came. Raises as `bodies.parse_json`, Problem(TOO_LARGE)."""
        raw = b""
        for batch in self:
            raw += batch
            if len(raw) > self._json_limit:
                raise too_large(self._json_limit)
        return parse_json(raw, self.content_type), raw

    def __iter__(self) -> Iterator[bytes]:
        """Raises ClientDisconnect when the caller leaves, Problem(INVALID, body_incomplete) when it stalls."""
        while not self._over:
            under_way = asyncio.run_coroutine_threadsafe(self._batch(), self._loop)
            try:
                batch = under_way.result(STALL_SECONDS)
            except TimeoutError as error:
                under_way.cancel()
                raise invalid("body", "The body did not arrive in time.", code="body_incomplete") from error
            if batch:
                yield batch

    async def _batch(self) -> bytes:
        chunks, size = [], 0
        while size < BATCH_BYTES and not self._over:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            self._over = not message.get("more_body", False)
            chunk: bytes = message.get("body", b"")
            chunks.append(chunk)
            size += len(chunk)
        return b"".join(chunks)
