"""Bytes in, bytes out: one pipeline for every face.

A request is routed by its face, its body read under the limit, its caller looked at in a read transaction;
then the handler runs in a transaction that is committed before the answer goes out (`serving`). Handlers are
synchronous and run in threads; only this edge is async.

How to add a face: make a `Face` (name, prefixes, routes, open, refuse, crash) and give it to `App`.
"""

import asyncio
import re
import secrets
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from functools import partial
from time import perf_counter
from typing import Protocol, TypeVar

import structlog
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from fancast.api.bodies import read_body
from fancast.api.faces import (
    NOTHING,
    Answer,
    Call,
    Face,
    FaceDocument,
    Handler,
    Page,
    Raw,
    Request,
    Route,
    Stored,
    Transactions,
    under,
)
from fancast.api.gate import KeyUses
from fancast.api.incoming import Incoming
from fancast.api.query import NO_QUERY, Query, QueryParam, read_id
from fancast.api.ranges import cut
from fancast.api.routing import Router, split_path
from fancast.api.serving import Exchange, Idempotency, Serving, crashed, encoded, refused
from fancast.api.waiting import LOOK_SECONDS
from fancast.blobs.places import StorageTrouble
from fancast.core.receiving import Workshop
from fancast.kit.clock import Clock
from fancast.kit.ids import new_id
from fancast.model.accounts import Account
from fancast.model.api_keys import ApiKey
from fancast.model.idempotency_keys import KeptAnswer
from fancast.model.problems import Kind, Problem
from fancast.model.rate_limits import Left
from fancast.store.database import Tx

__all__ = [
    "NOTHING", "Answer", "App", "Call", "Face", "FaceDocument", "Handler", "Idempotency", "Observer", "Page",
    "Query", "QueryParam", "Raw", "Request", "Route", "read_id", "under",
]  # fmt: skip

log = structlog.get_logger("fancast.http")
A = TypeVar("A")
B = TypeVar("B")

#: A write with 10,000 explicit fan ids three times over takes 0.5 MB.
MAX_BODY_BYTES = 2 * 1024 * 1024
#: Threads for reads, and as many for writes, so that writes waiting for their turn never hold up a read.
THREADS = 8
#: Threads for files on their way in, and as many for those on their way out.
MOVERS = 16
#: Requests in hand, from the first byte of the body on, before further ones are told to come back.
MOST_IN_HAND = 2_000
_HOST = re.compile(r"[A-Za-z0-9.\-_:\[\]]{1,255}")
#: A body sent with these is not read.
_BODILESS = frozenset(("GET", "HEAD"))


class Observer(Protocol):
    """Who counts requests (`operations.Metrics` does)."""

    def answered(self, face: str, method: str, status: int, seconds: float) -> None: ...


class App:
    """The ASGI application: faces by prefix, pages by path."""

    def __init__(
        self,
        *,
        store: Transactions,
        clock: Clock,
        faces: Sequence[Face],
        pages: Sequence[Page] = (),
        idempotency: Idempotency | None = None,
        observer: Observer | None = None,
        threads: int = THREADS,
        max_body_bytes: int = MAX_BODY_BYTES,
        on_stop: Callable[[], None] | None = None,
        workshop: Workshop | None = None,
        link_secret: bytes | None = None,
    ) -> None:
        """`on_stop` runs (in a thread) when the server stops, before running handlers are waited for.

        Without a `workshop` no files come in or go out. `link_secret` signs links to them; one of its own by default.
        """
        self._clock = clock
        self._uses = KeyUses(store)
        self._serving = Serving(store, idempotency, link_secret or secrets.token_bytes(32), workshop)
        self._workshop = workshop
        self._faces = [(prefix, face, Router(face.routes)) for face in faces for prefix in face.prefixes]
        self._faces.sort(key=lambda entry: -len(entry[0]))
        self._pages = {page.path: page for page in pages}
        self._page_router = Router([Route("GET", page.path, _never_called) for page in pages])
        self._observer = observer
        self._max_body_bytes = max_body_bytes
        self._readers = ThreadPoolExecutor(threads, "fancast-read")
        self._writers = ThreadPoolExecutor(threads, "fancast-write")
        # Bytes take their time: they hold up neither reads nor writes.
        self._takers = ThreadPoolExecutor(MOVERS, "fancast-bytes-in")
        self._givers = ThreadPoolExecutor(MOVERS, "fancast-bytes-out")
        self._on_stop = on_stop
        self._in_hand = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        else:
            await receive()
            await send({"type": "websocket.close", "code": 1000})

    def close(self) -> None:
        """Wait for the handlers that run, take no more."""
        self._takers.shutdown()
        self._givers.shutdown()
        self._readers.shutdown()
        self._writers.shutdown()

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        if self._on_stop is not None:
            await asyncio.to_thread(self._on_stop)
        await asyncio.to_thread(self.close)
        await send({"type": "lifespan.shutdown.complete"})

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = perf_counter()
        problem = None
        path = _raw_path(scope)
        face, router = self._owner(path)
        exchange = Exchange(face, _request(scope, path, self._clock()))
        try:
            exchange.request = _routed(exchange.request, scope, router, face)
        except Problem as refusal:
            problem = refusal
        try:
            reply = await self._reply(exchange, problem, receive)
        except ClientDisconnect:
            log.info("http.disconnected", path=path, request_id=exchange.request.request_id)
            return
        if exchange.stored is not None and self._workshop is not None:
            reply = await self._send_stored(send, reply, exchange, exchange.stored, self._workshop)
        else:
            await _send(send, reply, exchange.request)
        self._tell(exchange, reply, perf_counter() - began)
        known = exchange.key is not None and not exchange.face.keyless
        if known and exchange.key is not None and self._uses.due(exchange.key, exchange.request.now):
            self._writers.submit(self._uses.note, exchange.key, exchange.request.now)

    def _owner(self, path: str) -> tuple[Face, Router]:
        for prefix, face, router in self._faces if path not in self._pages else ():
            if path.startswith(prefix) and path[len(prefix) : len(prefix) + 1] in ("", "/"):
                return face, router
        return NOBODY, self._page_router

    async def _reply(self, exchange: Exchange, problem: Problem | None, receive: Receive) -> KeptAnswer:
        if problem is not None:
            return refused(exchange, problem)
        if exchange.face is NOBODY:
            return await self._page(self._pages[exchange.request.path], exchange)
        if self._in_hand >= MOST_IN_HAND:
            return refused(exchange, Problem(Kind.UNAVAILABLE, "busy", "Too many requests are in hand."))
        self._in_hand += 1
        try:
            return await self._serve(exchange, receive)
        except Problem as refusal:
            return refused(exchange, refusal)
        finally:
            self._in_hand -= 1

    async def _serve(self, exchange: Exchange, receive: Receive) -> KeptAnswer:
        request = exchange.request
        if request.route is not None and request.route.takes_in(request.headers.get("content-type", "")):
            incoming = Incoming(receive, request.headers, self._max_body_bytes)
            return await _in(self._takers, partial(self._serving.serve, exchange), incoming)
        if request.method not in _BODILESS:
            exchange.raw = await read_body(receive, request.headers, self._max_body_bytes)
        writes = request.route is not None and request.route.writes_in
        reply = await _in(self._writers if writes else self._readers, self._serving.serve, exchange)
        while exchange.wait is not None:
            await asyncio.sleep(LOOK_SECONDS)
            reply = await _in(self._writers, self._serving.look_again, exchange)
        return reply

    async def _page(self, page: Page, exchange: Exchange) -> KeptAnswer:
        try:
            if page.blocking:
                return encoded(await _in(self._readers, page.make, exchange.request))
            return encoded(page.make(exchange.request))
        except Exception:
            return crashed(exchange)

    async def _send_stored(
        self, send: Send, reply: KeptAnswer, exchange: Exchange, stored: Stored, workshop: Workshop
    ) -> KeptAnswer:
        """The file, or the part of it that was asked for; a chunk at a time, as fast as the caller takes them."""
        wanted = cut(stored, exchange.request.headers)
        chunks = workshop.blobs.read(stored.blob, wanted.start, wanted.end)
        bodiless = exchange.request.method == "HEAD" or wanted.start == wanted.end
        try:
            first = b"" if bodiless else await _in(self._givers, _next, chunks)
        except StorageTrouble:
            log.exception("blob.unreadable", request_id=exchange.request.request_id)
            gone = Problem(Kind.UNAVAILABLE, "storage_unavailable", "The file cannot be read now.")
            reply = refused(exchange, gone)
            await _send(send, reply, exchange.request)
            return reply
        reply = replace(reply, status=wanted.status, headers={**reply.headers, **wanted.headers})
        await _send_head(send, reply, exchange.request)
        try:
            while first:
                await send({"type": "http.response.body", "body": first, "more_body": True})
                first = await _in(self._givers, _next, chunks)
        finally:
            await _in(self._givers, _close, chunks)
        await send({"type": "http.response.body", "body": b""})
        return reply

    def _tell(self, exchange: Exchange, reply: KeptAnswer, seconds: float) -> None:
        request, route = exchange.request, exchange.request.route
        if self._observer is not None:
            self._observer.answered(exchange.face.name, request.method, reply.status, seconds)
        # Neither bodies nor query values nor keys: a log is read by more people than the data.
        log.info(
            "http.request",
            face=exchange.face.name,
            method=request.method,
            path=exchange.sent_path,
            route=route.path if route else None,
            status=reply.status,
            ms=round(seconds * 1000, 2),
            request_id=request.request_id,
            key_id=exchange.key.key_id if exchange.key else None,
            account=exchange.account.acct_id if exchange.account else None,
        )


async def _in(pool: Executor, work: Callable[[A], B], argument: A) -> B:
    return await asyncio.get_running_loop().run_in_executor(pool, work, argument)


def _raw_path(scope: Scope) -> str:
    """The path as it was sent, before percent-decoding. Bytes that are no ASCII become escapes."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    path = raw.partition(b"?")[0].decode("latin-1")
    text = path if path.isascii() else "".join(c if c.isascii() else f"%{ord(c):02X}" for c in path)
    # A vendor's SDK sends `//v2/…`.
    return "/" + text.lstrip("/")


def _request(scope: Scope, path: str, now: datetime) -> Request:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    return Request(
        method=scope["method"], path=path, params={}, query=NO_QUERY, headers=headers, now=now,
        request_id=new_id("req"), origin=_origin(scope, headers), route=None,
    )  # fmt: skip


def _routed(request: Request, scope: Scope, router: Router, face: Face) -> Request:
    parts = split_path(request.path)
    query = Query.parse(scope.get("query_string", b"").decode("latin-1"), face.query_name)
    route, params = router.find(request.method, parts)
    return replace(request, path="/" + "/".join(parts), params=params, query=query, route=route)


def _origin(scope: Scope, headers: Mapping[str, str]) -> str:
    host = headers.get("host", "")
    if not _HOST.fullmatch(host):
        server = scope.get("server") or ("localhost", None)
        host = server[0] if server[1] is None else f"{server[0]}:{server[1]}"
    return f"{scope.get('scheme', 'http')}://{host}"


def _next(chunks: Iterator[bytes]) -> bytes:
    return next(chunks, b"")


def _close(chunks: Iterator[bytes]) -> None:
    # A reader that was left in the middle lets go of its file.
    if isinstance(chunks, Generator):
        chunks.close()


async def _send_head(send: Send, reply: KeptAnswer, request: Request) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers.items()]
    headers.append((b"x-request-id", request.request_id.encode()))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})


async def _send(send: Send, reply: KeptAnswer, request: Request) -> None:
    if reply.status not in (204, 304):
        reply = replace(reply, headers={**reply.headers, "content-length": str(len(reply.body))})
    await _send_head(send, reply, request)
    await send({"type": "http.response.body", "body": b"" if request.method == "HEAD" else reply.body})


# ---- what belongs to no face: pages, and paths that nobody knows

_STATUS = {Kind.NOT_FOUND: 404, Kind.METHOD_NOT_ALLOWED: 405, Kind.INVALID: 400, Kind.UNAVAILABLE: 503}


def _plain_refusal(problem: Problem, request: Request) -> Answer:
    body = {"error": problem.code, "message": problem.message, "request_id": request.request_id}
    return Answer(body, _STATUS.get(problem.kind, 400))


def _plain_crash(request: Request, _left: Left | None) -> Answer:
    message = "Something went wrong here."
    return Answer({"error": "internal", "message": message, "request_id": request.request_id}, 500)


def _nobody_opens(_tx: Tx, _request: Request) -> tuple[ApiKey, Account | None]:
    raise Problem(Kind.NOT_FOUND, "route_not_found", "There is nothing here.")


def _never_called(_tx: Tx, _call: Call) -> Answer:
    # A page is made by its `make`; as a route it only brings the 405 of other methods with it.
    return Answer(NOTHING, 204)


NOBODY = Face(
    name="none", prefixes=(), routes=(), open=_nobody_opens, refuse=_plain_refusal, crash=_plain_crash
)
