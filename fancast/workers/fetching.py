"""Fetches media that messages name by URL: every process does, each one under a lease, with bounds.

No transaction is open while bytes come in. A process that dies lets its leases lapse, and another begins anew.
"""

import asyncio
import secrets
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeVar

import structlog

from fancast.core import fetches, receiving
from fancast.core.receiving import Workshop
from fancast.model.accounts import Account
from fancast.model.ids import AccountKey
from fancast.model.problems import Kind, Problem
from fancast.model.uploads import Kept, Upload, UploadId
from fancast.workers.reach import CannotReach, Reach
from fancast.workers.standing_in import StandIn, nobody

log = structlog.get_logger()
T = TypeVar("T")

#: An idle process asks its database so often.
POLL_SECONDS = 0.5
#: Fetches of one process at a time, and of one account among them: slow addresses of one hold up nobody else.
AT_ONCE, AT_ONCE_PER_ACCOUNT = 8, 3
#: How often it looks for what a clock that was set back has put off: once a minute.
_POLLS_A_FAR_LOOK = 120
_CLOSING_SECONDS = 0.05
#: A chunk that nobody takes for so long belongs to a disk that hangs.
_HAND_OVER_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """How much a fetch may take. The operator's settings."""

    reach: Reach = field(default_factory=Reach)
    file_bytes: int = 1024**3
    #: From the first byte asked to the last one here.
    seconds: float = 300.0
    #: Which URLs are not asked but answered here.
    stand_in: StandIn = nobody


class Fetcher:
    """A thread with an event loop that fetches whatever is due."""

    def __init__(self, workshop: Workshop, limits: FetchLimits) -> None:
        self._workshop = workshop
        self._limits = limits
        self._stop = threading.Event()
        self._polls = 0
        self._busy: dict[asyncio.Task[None], AccountKey] = {}
        self._threads = ThreadPoolExecutor(2 * AT_ONCE, "fancast-fetch")
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="fetch", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, seconds: float = 10) -> None:
        """Let go of what is being fetched, so that another process begins anew at once; finish what is here."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(seconds)
        self._threads.shutdown(wait=True, cancel_futures=True)

    async def _run(self) -> None:
        while not self._stop.is_set():
            try:
                await self._begin_due()
            except Exception:
                # The rows say what is due; the next round finds it again.
                log.exception("fetch.failed")
            await asyncio.sleep(POLL_SECONDS)
        for task in list(self._busy):
            task.cancel()
        await asyncio.gather(*self._busy, return_exceptions=True)
        # Connections that were cut close in the loop's next rounds.
        await asyncio.sleep(_CLOSING_SECONDS)

    async def _begin_due(self) -> None:
        free = AT_ONCE - len(self._busy)
        if free <= 0:
            return
        running = Counter(self._busy.values())
        full = [account for account, count in running.items() if count >= AT_ONCE_PER_ACCOUNT]
        for account, upload_id in await self._in_thread(self._due, free, full):
            if running[account] < AT_ONCE_PER_ACCOUNT:
                running[account] += 1
                task = asyncio.create_task(self._fetch(account, upload_id))
                self._busy[task] = account
                task.add_done_callback(lambda done: self._busy.pop(done, None))

    def _due(self, limit: int, besides: list[AccountKey]) -> list[tuple[AccountKey, UploadId]]:
        now, far = self._workshop.clock(), self._polls % _POLLS_A_FAR_LOOK == 0
        self._polls += 1
        with self._workshop.store.read() as tx:
            found = fetches.due(tx, besides=besides, now=now, limit=limit)
            return found or (fetches.due_far_ahead(tx, now=now, limit=limit) if far else [])

    # ---- one fetch

    async def _fetch(self, key: AccountKey, upload_id: UploadId) -> None:
        holder = secrets.token_hex(8)
        try:
            taken = await self._in_thread(self._take, key, upload_id, holder)
            if taken is not None:
                await self._go(taken[0], taken[1], holder)
        except asyncio.CancelledError:
            # The loop ends: no thread of ours is waited for.
            with suppress(Exception):
                self._release(key, upload_id, holder)
            raise
        except Exception:
            # The lease lapses, and somebody tries again.
            log.exception("fetch.failed", upload_id=upload_id, account=key)

    async def _go(self, account: Account, upload: Upload, holder: str) -> None:
        try:
            kept = await self._held_while(self._bring(account, upload), account, upload, holder)
            await self._in_thread(self._finish, account, upload, kept, holder)
        except CannotReach as why:
            await self._in_thread(self._stumble, account, upload, holder, why.message, why.passing)
        except Problem as problem:
            passing = problem.kind is Kind.UNAVAILABLE
            if problem.kind is not Kind.CONFLICT:
                await self._in_thread(self._stumble, account, upload, holder, problem.message, passing)

    async def _bring(self, account: Account, upload: Upload) -> Kept:
        """The bytes, in a file of ours. Raises CannotReach, Problem."""
        # Imported by the first fetch: nobody's start waits for it.
        from fancast.workers.reaching import chunks, opened

        assert upload.source_url is not None
        limit = self._limits.file_bytes
        if (sample := self._limits.stand_in(upload.source_url)) is not None:
            return await self._in_thread(self._keep, account, sample, limit)
        try:
            async with (
                asyncio.timeout(self._limits.seconds),
                opened(upload.source_url, self._limits.reach) as answer,
            ):
                if (answer.content_length or 0) > limit:
                    raise CannotReach(f"It has more than {limit} bytes.", passing=False)
                handed = _Handed(chunks(answer))
                try:
                    return await self._in_thread(self._keep, account, handed, limit)
                finally:
                    handed.stop()
        except TimeoutError as error:
            message = f"It was not here within {self._limits.seconds:g} seconds."
            raise CannotReach(message, passing=False) from error

    async def _held_while(
        self, work: Coroutine[object, object, Kept], account: Account, upload: Upload, holder: str
    ) -> Kept:
        """Do it while the lease is renewed. Raises Problem(CONFLICT) when another took it."""
        task = asyncio.create_task(work)
        try:
            while True:
                done, _ = await asyncio.wait([task], timeout=fetches.RENEW_SECONDS)
                if done:
                    return task.result()
                if not await self._in_thread(self._renew, account, upload, holder):
                    raise Problem(Kind.CONFLICT, "changed_meanwhile", "Another took this fetch over.")
        finally:
            if not task.done():
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    # ---- in threads

    def _take(self, key: AccountKey, upload_id: UploadId, holder: str) -> tuple[Account, Upload] | None:
        with self._workshop.store.write() as tx:
            return fetches.take(tx, key, upload_id, holder, now=self._workshop.clock())

    def _renew(self, account: Account, upload: Upload, holder: str) -> bool:
        with self._workshop.store.write() as tx:
            return fetches.renew(tx, account.key, upload.upload_id, holder, now=self._workshop.clock())

    def _keep(self, account: Account, handed: Iterable[bytes], limit: int) -> Kept:
        try:
            return receiving.keep(self._workshop, account, handed, limit_bytes=limit)
        except Problem as problem:
            if problem.kind is Kind.TOO_LARGE:
                raise CannotReach(f"It has more than {limit} bytes.", passing=False) from problem
            if problem.kind is Kind.INVALID:
                raise CannotReach("It answered without a single byte.", passing=False) from problem
            raise

    def _finish(self, account: Account, upload: Upload, kept: Kept, holder: str) -> None:
        receiving.finish_kept(self._workshop, account, upload.upload_id, kept, holder)

    def _stumble(self, account: Account, upload: Upload, holder: str, why: str, passing: bool) -> None:
        now, id = self._workshop.clock(), upload.upload_id
        with self._workshop.store.write() as tx:
            over = fetches.stumble(tx, account.key, id, holder, why, passing=passing, now=now)
        if over and upload.media_id is not None:
            with self._workshop.store.write() as tx:
                fetches.settled(tx, account.key, upload.media_id, now=now)

    def _release(self, key: AccountKey, upload_id: UploadId, holder: str) -> None:
        with self._workshop.store.write() as tx:
            fetches.release(tx, key, upload_id, holder, now=self._workshop.clock())

    async def _in_thread(self, do: Callable[..., T], *given: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, lambda: do(*given))


class _Handed:
    """An async stream of bytes, for a thread that iterates over it: no more than one chunk is under way."""

    def __init__(self, source: AsyncIterator[bytes]) -> None:
        self._source = source
        self._loop = asyncio.get_running_loop()
        self._stopped = False

    def stop(self) -> None:
        """Nobody gives any more: whoever asks is told so."""
        self._stopped = True

    def __iter__(self) -> Iterator[bytes]:
        while not self._stopped:
            under_way = asyncio.run_coroutine_threadsafe(self._next(), self._loop)
            try:
                chunk = under_way.result(_HAND_OVER_SECONDS)
            except TimeoutError as error:
                under_way.cancel()
                raise CannotReach("It did not answer in time.", passing=True) from error
            if not chunk:
                return
            yield chunk
        raise CannotReach("It was given up.", passing=True)

    async def _next(self) -> bytes:
        return await anext(self._source, b"")
