"""Settings in, running app out: the only module that knows everybody."""

import asyncio
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from types import FrameType
from typing import BinaryIO, Protocol

import structlog
import uvicorn

from fancast.api import files, limits, operations
from fancast.api.http import Answer, App, Face, Page, Request
from fancast.api.native import face as native
from fancast.api.ofauth import face as ofauth
from fancast.api.onlyfansapi import face as onlyfansapi
from fancast.api.protocol import BoundedHeads
from fancast.blobs.places import Blobs
from fancast.config import Settings
from fancast.core import idempotency_keys, secrets
from fancast.core.receiving import Workshop
from fancast.kit.addresses import Bounds, read_networks
from fancast.kit.clock import Clock, system_clock
from fancast.model.rate_limits import RateLimit
from fancast.model.uploads import UploadLimits
from fancast.store import migrations
from fancast.store.database import Jobs, Store
from fancast.workers import media_places
from fancast.workers.fetching import Fetcher, FetchLimits
from fancast.workers.reach import Reach
from fancast.workers.standing_in import for_hosts
from fancast.workers.tending import Tender

log = structlog.get_logger()

#: A stop waits this long for requests in hand.
STOP_SECONDS = 15
#: Files looked at side by side.
LOOKED_AT_ONCE = 2
LOCK_FILE = "fancast.lock"
#: Python's own 5 ms is what a request waits each time that a send at work has the interpreter, and a request on SQLite
#: lets go of it dozens of times.
_SWITCH_SECONDS = 0.0002


class CannotStart(Exception):
    """Why nothing runs: one line for the operator, with what to do about it."""


class Dispatcher(Jobs, Protocol):
    """Who does what is due: the store tells it, and `start` makes this process work too."""

    def start(self, store: Store) -> None: ...

    def stop(self, seconds: float = 10) -> None:
        """Finish the acts under way and stop."""


@dataclass(frozen=True, slots=True)
class Running:
    """The parts of one process that belong together."""

    settings: Settings
    clock: Clock
    store: Store
    dispatcher: Dispatcher
    workshop: Workshop


def clock_of(settings: Settings) -> Clock:
    return system_clock(timedelta(seconds=settings.clock_offset_seconds))


# ---- the database


@contextmanager
def database(settings: Settings, *, dispatcher: Dispatcher | None = None) -> Iterator[Store]:
    """The store, open; whatever its schema. Raises CannotStart when it cannot be reached."""
    if settings.on_sqlite:
        make_folder(settings.data_dir)
    try:
        store = Store(
            settings.url, jobs=dispatcher, sqlite_synchronous=settings.sqlite_synchronous,
            pool_size=settings.pool_size,
        )  # fmt: skip
        migrations.is_empty(store)
    except Exception as error:
        raise CannotStart(f"The database cannot be opened: {_line(error)}") from error
    try:
        yield store
    finally:
        store.close()


@contextmanager
def ready_database(
    settings: Settings, *, dispatcher: Dispatcher | None = None, set_up: bool = False
) -> Iterator[Store]:
    """The store with today's schema. Raises CannotStart for an older one.

    An empty SQLite file is set up; an empty PostgreSQL only with `set_up`, since its operator decides when.
    """
    with database(settings, dispatcher=dispatcher) as store:
        empty = migrations.is_empty(store)
        if empty and (set_up or settings.on_sqlite):
            migrations.create(store)
        elif empty:
            raise CannotStart("The database is empty. Set it up with: fancast database upgrade")
        elif not migrations.is_current(store):
            raise CannotStart(
                "The database has another schema. Back it up, then run: fancast database upgrade"
            )
        yield store


def make_folder(folder: Path) -> None:
    """Raises CannotStart."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotStart(f"The data folder {folder} cannot be made: {error.strerror}.") from error


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """The data folder, for this process alone: one dispatcher works on it. Raises CannotStart.

    Imports, keys and checks may run beside it; they do not dispatch.
    """
    make_folder(folder)
    with (folder / LOCK_FILE).open("a+b") as file:
        if not _lock(file):
            file.seek(0)
            owner = file.read(20).decode("ascii", "replace").strip() or "unknown"
            raise CannotStart(
                f"Another process (pid {owner}) serves {folder.resolve()}. Stop it, or take another folder."
            )
        file.truncate(0)
        file.write(str(os.getpid()).encode())
        file.flush()
        yield


def _lock(file: BinaryIO) -> bool:
    # The system lets go of it when the process ends, however it ends.
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        file.seek(1_000)
        with suppress(OSError):
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
            return True
        return False
    with suppress(OSError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


# ---- the app


@contextmanager
def running(settings: Settings, *, set_up: bool = False) -> Iterator[Running]:
    """Everything that `serve` serves with: the data folder held, the schema checked, nothing started yet."""
    clock = clock_of(settings)
    dispatcher = _dispatcher(settings, clock)
    with (
        # A PostgreSQL is shared by a fleet; only the folder of an SQLite file has one owner.
        held(settings.data_dir) if settings.on_sqlite else nullcontext(),
        ready_database(settings, dispatcher=dispatcher, set_up=set_up) as store,
    ):
        with storage(settings, store, clock) as workshop:
            yield Running(settings, clock, store, dispatcher, workshop)


@contextmanager
def storage(settings: Settings, store: Store, clock: Clock) -> Iterator[Workshop]:
    """Where media files are kept, and who looks at them. Nothing of it is started before there is a file."""
    from fancast.blobs.inspector import Inspector

    inspector = Inspector()
    limits = UploadLimits(settings.max_upload_bytes, settings.upload_part_bytes)
    threads = ThreadPoolExecutor(LOOKED_AT_ONCE, "fancast-look")
    try:
        yield Workshop(store, _blobs(settings), inspector, limits, threads, clock)
    finally:
        threads.shutdown(cancel_futures=True)
        inspector.close()


def _blobs(settings: Settings) -> Blobs:
    # Each imports what the other has no use for.
    if settings.media_bucket is None:
        from fancast.blobs.disk import Disk

        return Disk(settings.media_dir or settings.data_dir / "media")
    from fancast.blobs.s3 import S3

    return S3(
        settings.media_bucket, endpoint=settings.media_endpoint, region=settings.media_region,
        access_key=settings.media_access_key, secret_key=settings.media_secret_key,
    )  # fmt: skip


def _dispatcher(settings: Settings, clock: Clock) -> Dispatcher:
    # Each imports what the other has no use for.
    if settings.on_sqlite:
        from fancast.workers.dispatch import Dispatcher as InProcess

        return InProcess(clock)
    from fancast.workers.fleet import Fleet

    return Fleet(settings.url, clock)


def serve(parts: Running, *, on_ready: Callable[[str], None]) -> None:
    """Answer requests until SIGTERM or SIGINT, then finish those in hand. `on_ready` is told the base URL.

    Raises CannotStart when the address is taken.
    """
    settings = parts.settings
    sys.setswitchinterval(_SWITCH_SECONDS)
    listener = _listen(settings.host, settings.port)
    config = uvicorn.Config(
        _app(parts), http=BoundedHeads, lifespan="on", log_config=None, access_log=False, server_header=False,
        backlog=2_048, timeout_graceful_shutdown=STOP_SECONDS,
    )  # fmt: skip
    server = _Server(config, lambda: on_ready(_base_url(settings.host, listener)))
    tender, fetcher = Tender(parts.workshop), _fetcher(parts)
    if not settings.on_sqlite:
        media_places.mark(parts.workshop)
    with _heeding_signals(server.handle_exit):
        if settings.work or settings.on_sqlite:
            parts.dispatcher.start(parts.store)
            tender.start()
            fetcher.start()
        try:
            server.run(sockets=[listener])
        finally:
            fetcher.stop()
            tender.stop()
            parts.dispatcher.stop()


def work(parts: Running, *, on_ready: Callable[[], None]) -> None:
    """Do what is due until SIGTERM or SIGINT, then finish the acts under way."""
    over = threading.Event()
    with _heeding_signals(lambda *_: over.set()):
        tender, fetcher = Tender(parts.workshop), _fetcher(parts)
        parts.dispatcher.start(parts.store)
        on_ready()
        if media_places.await_servers(parts.workshop, over):
            tender.start()
            fetcher.start()
        over.wait()
        fetcher.stop()
        tender.stop()
        parts.dispatcher.stop()


def _fetcher(parts: Running) -> Fetcher:
    settings = parts.settings
    try:
        reach = Reach(Bounds(read_networks(settings.url_allowed_ranges)))
    except ValueError as error:
        raise CannotStart(f"FANCAST_URL_ALLOWED_RANGES cannot be read: {_line(error)}") from error
    limits = FetchLimits(
        reach, settings.fetch_max_bytes, settings.fetch_seconds, for_hosts(settings.stand_in_hosts)
    )
    return Fetcher(parts.workshop, limits)


@contextmanager
def _heeding_signals(stop: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    # uvicorn raises the signal that stopped it once more at its end, which would kill us before we tidy up.
    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Server(uvicorn.Server):
    """uvicorn that says when it answers."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            await asyncio.to_thread(self._on_ready)


def _app(parts: Running) -> App:
    metrics = operations.Metrics()
    faces = _faces(parts.settings)
    return App(
        store=parts.store, clock=parts.clock, faces=faces, pages=_pages(parts, faces, metrics),
        idempotency=idempotency_keys, observer=metrics, threads=parts.settings.threads,
        max_body_bytes=parts.settings.max_body_bytes, on_stop=parts.dispatcher.stop, workshop=parts.workshop,
        link_secret=_link_secret(parts),
    )  # fmt: skip


def _link_secret(parts: Running) -> bytes:
    with parts.store.write() as tx:
        return secrets.get_or_make(tx, secrets.LINKS, now=parts.clock())


def _faces(settings: Settings) -> list[Face]:
    too = settings.limit_sandbox_keys
    theirs, minute = settings.ofauth_calls_per_minute, settings.onlyfansapi_calls_per_minute
    per_connection = limits.PerConnection(RateLimit(theirs, settings.ofauth_burst), too) if theirs else None
    per_key = limits.PerKey(RateLimit(minute, minute), too) if minute else None
    return [
        replace(ofauth.FACE, limits=per_connection),
        replace(_onlyfansapi(settings), limits=per_key),
        native.FACE,
        files.FACE,
    ]


def _onlyfansapi(settings: Settings) -> Face:
    if settings.giphy_key is None:
        return onlyfansapi.FACE
    return onlyfansapi.asking_giphy(onlyfansapi.FACE, settings.giphy_key, settings.giphy_url)


def _pages(parts: Running, faces: Sequence[Face], metrics: operations.Metrics) -> list[Page]:
    checks = {"database": operations.database_answers(parts.store)}

    @cache
    def documents() -> dict[str, Callable[[Request], Answer]]:
        # Made when first asked for: nobody's start waits for what few read.
        from fancast.api import docs, openapi

        return {page.path: page.make for page in (*openapi.pages(faces), docs.page(faces))}

    def later(path: str) -> Page:
        def make(request: Request) -> Answer:
            return documents()[path](request)

        return Page(path, make, blocking=True)

    paths = ["/docs", *(face.document.path for face in faces if face.document is not None)]
    return [*operations.pages(metrics, checks), *map(later, paths)]


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise CannotStart(f"Cannot listen on {host} port {port}: {error.strerror}.") from error
    listener.set_inheritable(True)
    return listener


def _base_url(host: str, listener: socket.socket) -> str:
    port = listener.getsockname()[1]
    if host in ("0.0.0.0", "::"):
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
