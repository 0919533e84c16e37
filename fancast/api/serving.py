"""From a routed request to the bytes of its answer: what runs in a worker thread, one transaction a call."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Protocol

import msgspec
import structlog
from starlette.requests import ClientDisconnect

from fancast.api import claims
from fancast.api import waiting as waits
from fancast.api.bodies import parse_json
from fancast.api.faces import Answer, Call, Face, Raw, Repeat, Request, Stored, Transactions
from fancast.api.incoming import Incoming
from fancast.api.links import Links
from fancast.api.outside import Outside
from fancast.api.retries import SHOULD_RETRY_HEADER, in_vain, marked_retry
from fancast.api.waiting import Wait
from fancast.core import rate_limits
from fancast.core.media import Unfetched
from fancast.core.receiving import Workshop
from fancast.model.accounts import Account
from fancast.model.api_keys import ApiKey
from fancast.model.idempotency_keys import IdempotencyClaim, KeptAnswer
from fancast.model.problems import Kind, Problem
from fancast.model.rate_limits import Left, RateLimit
from fancast.model.uploads import UploadLimits
from fancast.store.database import Tx

log = structlog.get_logger("fancast.http")

#: In place of an answer that is still to come.
STILL_WAITING = KeptAnswer(503, {}, b"")

#: Not kept with an idempotency key: the same call may well succeed a moment later.
_PASSING = frozenset((Kind.RATE_LIMITED, Kind.UNAVAILABLE))
_PASSING_CODES = frozenset(("changed_meanwhile", "duplicate_send"))
_json = msgspec.json.Encoder(decimal_format="number")


class Idempotency(Protocol):
    """Who remembers the first answer to a write (the module `core.idempotency_keys` does)."""

    def begin(self, tx: Tx, claim: IdempotencyClaim, *, now: datetime) -> KeptAnswer | None:
        """The stored answer, or None for a first call. Raises Problem idempotency_running or _mismatch."""

    def wait_for_first(self, tx: Tx, claim: IdempotencyClaim, *, marked: bool) -> None:
        """Let a marked retry wait for the call that it repeats. Raises Problem idempotency_running."""

    def first_answer(self, tx: Tx, claim: IdempotencyClaim, *, now: datetime) -> KeptAnswer | None:
        """What the same call was told lately."""

    def finish(self, tx: Tx, claim: IdempotencyClaim, answer: KeptAnswer, *, now: datetime) -> None:
        """Keep the answer, in the transaction of what it tells."""


class Exchange:
    """One request on its way through: what is known so far, for the answer and for the log line."""

    __slots__ = ("account", "face", "key", "left", "raw", "request", "sent_path", "stored", "wait")

    def __init__(self, face: Face, request: Request) -> None:
        self.face = face
        self.request = request
        # Still percent-encoded: a decoded path could bring line breaks and escapes of a terminal into a log.
        self.sent_path = request.path
        self.raw = b""
        self.key: ApiKey | None = None
        self.account: Account | None = None
        self.left: Left | None = None
        # The file that is the answer's body.
        self.stored: Stored | None = None
        # What it waits for; `look_again` knows when that is over.
        self.wait: Wait | None = None


class Serving:
    """Runs handlers. Never raises: a refusal and a crash are answers too."""

    def __init__(
        self, store: Transactions, idempotency: Idempotency | None, secret: bytes, workshop: Workshop | None
    ) -> None:
        self._store = store
        self._idempotency = idempotency
        self._secret = secret
        self._workshop = workshop

    def serve(self, exchange: Exchange, incoming: Incoming | None = None) -> KeptAnswer:
        """The answer to a routed request; what it changed is committed.

        Its body has arrived, or is `incoming` for the route's intake. Where `exchange.wait` is set afterwards the
        answer is still to come, from `look_again`. Raises only ClientDisconnect.
        """
        assert exchange.request.route is not None
        if incoming is not None:
            return self._answer(exchange, lambda: self._take_in(exchange, incoming))
        do = self._write if exchange.request.route.writes_in else self._read
        return self._answer(exchange, lambda: do(exchange))

    def look_again(self, exchange: Exchange) -> KeptAnswer:
        """Go on with a call whose wait is over; else it waits on."""
        wait = exchange.wait
        assert wait is not None
        exchange.wait = None
        return self._answer(exchange, lambda: self._go_on(exchange, wait))

    def _go_on(self, exchange: Exchange, wait: Wait) -> KeptAnswer:
        with self._store.read() as tx:
            waiting = waits.look(tx, wait)
        if waiting is None:
            return self._change(exchange, replace(wait.call, fetched=wait.coming))
        if waiting.failure is not None or wait.over:
            raise waits.given_up(wait, waiting)
        exchange.wait = wait
        return STILL_WAITING

    def _answer(self, exchange: Exchange, do: Callable[[], KeptAnswer]) -> KeptAnswer:
        try:
            reply = do()
        except ClientDisconnect:
            raise
        except Problem as problem:
            reply = refused(exchange, problem)
        except Exception:
            reply = crashed(exchange)
        if exchange.left is not None and exchange.face.limits is not None:
            reply = replace(reply, headers={**reply.headers, **exchange.face.limits.headers(exchange.left)})
        return reply

    def _read(self, exchange: Exchange) -> KeptAnswer:
        with self._store.read() as tx:
            self._enter(tx, exchange)
            call = self._call(exchange)
            answer = call.route.handler(tx, call)
            if not isinstance(answer.body, Outside):
                return _told(exchange, call, answer)
        return _told(exchange, call, answer.body.ask())

    def _write(self, exchange: Exchange) -> KeptAnswer:
        # The gate has a read transaction of its own: a stranger never takes the write lock.
        with self._store.read() as tx:
            self._enter(tx, exchange)
        return self._change(exchange, self._call(exchange))

    def _take_in(self, exchange: Exchange, incoming: Incoming) -> KeptAnswer:
        # No byte of a stranger's body is looked at.
        with self._store.read() as tx:
            self._enter(tx, exchange)
        call = self._call(exchange)
        if self._workshop is None or call.route.intake is None:
            raise Problem(Kind.UNAVAILABLE, "no_storage", "This server keeps no files.")
        taken = call.route.intake(self._workshop, call, incoming)
        exchange.raw, call = taken.said, replace(call, body=taken.body)
        if taken.work is not None:
            if kept := self._answered(exchange, call):
                return _replayed(exchange, kept)
            call = replace(call, body=taken.work())
        try:
            if call.route.writes_in:
                return self._change(exchange, call)
            with self._store.read() as tx:
                return _handle(tx, exchange, call)
        finally:
            if taken.tidy is not None:
                taken.tidy()

    def _answered(self, exchange: Exchange, call: Call) -> KeptAnswer | None:
        sent = call.headers.get("idempotency-key")
        if sent is None or self._idempotency is None:
            return None
        claim = claims.by_key(exchange.face, call, exchange.raw, sent)
        with self._store.write() as tx:
            return self._idempotency.begin(tx, claim, now=call.now)

    def _change(self, exchange: Exchange, call: Call) -> KeptAnswer:
        try:
            return self._change_at_once(exchange, call)
        except Unfetched as missing:
            # What the handler had done is rolled back, and done anew when all is here.
            with self._store.write() as tx:
                exchange.wait = waits.begin(tx, call, missing)
            return STILL_WAITING

    def _change_at_once(self, exchange: Exchange, call: Call) -> KeptAnswer:
        sent = call.headers.get("idempotency-key")
        if self._idempotency is not None and sent is not None:
            claim = claims.by_key(exchange.face, call, exchange.raw, sent)
            return self._write_once(exchange, call, claim, self._idempotency)
        known = claims.by_words(exchange.face, call, exchange.raw)
        if self._idempotency is not None and known is not None:
            return self._write_known(exchange, call, known, self._idempotency)
        with self._store.write() as tx:
            return _handle(tx, exchange, call)

    def _call(self, exchange: Exchange) -> Call:
        request = exchange.request
        assert exchange.key is not None
        assert request.route is not None
        body = parse_json(exchange.raw, request.headers.get("content-type", "")) if exchange.raw else None
        return Call(
            method=request.method, path=request.path, params=request.params, query=request.query,
            headers=request.headers, body=body, key=exchange.key, account=exchange.account, now=request.now,
            request_id=request.request_id, origin=request.origin, route=request.route, left=exchange.left,
            links=Links(request.origin, self._secret, request.now),
            upload_limits=UploadLimits() if self._workshop is None else self._workshop.limits,
        )  # fmt: skip

    def _enter(self, tx: Tx, exchange: Exchange) -> None:
        exchange.key, exchange.account = exchange.face.open(tx, exchange.request)
        limits = exchange.face.limits
        bucket = limits.bucket(exchange.key, exchange.account) if limits is not None else None
        if limits is not None and bucket is not None:
            self._count(exchange, bucket, limits.limit)

    def _count(self, exchange: Exchange, bucket: str, limit: RateLimit) -> None:
        try:
            with self._store.write() as tx:
                exchange.left = rate_limits.take(tx, bucket, limit, now=exchange.request.now)
        except Problem as problem:
            left = problem.facts.get("left")
            exchange.left = left if isinstance(left, Left) else None
            raise

    def _write_once(
        self, exchange: Exchange, call: Call, claim: IdempotencyClaim, idempotency: Idempotency
    ) -> KeptAnswer:
        try:
            with self._store.write() as tx:
                if kept := idempotency.begin(tx, claim, now=call.now):
                    return _replayed(exchange, kept)
                reply = _handle(tx, exchange, call)
                idempotency.finish(tx, claim, reply, now=call.now)
                return reply
        except Problem as problem:
            reply = refused(exchange, problem)
            if _passes(problem) or problem.code.startswith("idempotency_"):
                return reply
        # What the refused call had done is rolled back; what it was told is kept in a transaction apart.
        with self._store.write() as tx:
            if kept := idempotency.begin(tx, claim, now=call.now):
                return _replayed(exchange, kept)
            idempotency.finish(tx, claim, reply, now=call.now)
        return reply

    def _write_known(
        self, exchange: Exchange, call: Call, claim: IdempotencyClaim, idempotency: Idempotency
    ) -> KeptAnswer:
        doubles, marked = call.route.repeat is Repeat.DOUBLED, marked_retry(call)
        try:
            with self._store.write() as tx:
                if doubles:
                    idempotency.wait_for_first(tx, claim, marked=marked)
                    if marked and (kept := idempotency.first_answer(tx, claim, now=call.now)):
                        return _replayed(exchange, kept)
                reply = _handle(tx, exchange, call)
                idempotency.finish(tx, claim, reply, now=call.now)
                return reply
        except Problem as problem:
            if doubles or not marked or _passes(problem):
                raise
            # Looked for only now: whoever it was that did it has committed.
            with self._store.read() as tx:
                kept = idempotency.first_answer(tx, claim, now=call.now)
            if kept is None:
                raise
            return _replayed(exchange, kept)


def refused(exchange: Exchange, problem: Problem) -> KeptAnswer:
    """The refusal in the words of the exchange's face; `Allow`, `Retry-After` and `x-should-retry`
    are added for all faces. What is left of the caller's rate limit is among the problem's facts."""
    if exchange.left is not None:
        problem.facts["left"] = exchange.left
    try:
        answer = exchange.face.refuse(problem, exchange.request)
    except Exception:
        return crashed(exchange)
    headers = dict(answer.headers)
    if problem.kind is Kind.METHOD_NOT_ALLOWED:
        headers["allow"] = str(problem.facts.get("allow", ""))
    if problem.kind in _PASSING:
        headers.setdefault("retry-after", str(problem.facts.get("retry_after_seconds", 1)))
    if in_vain(problem):
        headers[SHOULD_RETRY_HEADER] = "false"
    return _uncounted(exchange, encoded(replace(answer, headers=headers)))


def crashed(exchange: Exchange) -> KeptAnswer:
    """The face's 500 for the exception being handled, which is logged with the request's id."""
    request = exchange.request
    log.exception(
        "http.crashed", face=exchange.face.name, path=exchange.sent_path, request_id=request.request_id
    )
    return _uncounted(exchange, encoded(exchange.face.crash(request, exchange.left)))


def _uncounted(exchange: Exchange, reply: KeptAnswer) -> KeptAnswer:
    """Without figures of a rate limit where there is one and this call was not counted: any would be untrue."""
    limits, key = exchange.face.limits, exchange.key
    if limits is None or exchange.left is not None:
        return reply
    if key is not None and limits.bucket(key, exchange.account) is None:
        return reply
    untrue = limits.headers(Left(limits.limit, 0, exchange.request.now))
    return replace(
        reply, headers={name: value for name, value in reply.headers.items() if name not in untrue}
    )


def encoded(answer: Answer) -> KeptAnswer:
    """The answer as bytes. Decimals become JSON numbers, digit for digit."""
    headers = {name.lower(): value for name, value in answer.headers.items()}
    if isinstance(answer.body, Raw):
        if answer.body.content_type:
            headers.setdefault("content-type", answer.body.content_type)
        return KeptAnswer(answer.status, headers, answer.body.content)
    headers.setdefault("content-type", "application/json")
    return KeptAnswer(answer.status, headers, _json.encode(answer.body))


def _handle(tx: Tx, exchange: Exchange, call: Call) -> KeptAnswer:
    # Written as JSON before the commit: an answer that cannot be written takes its changes back.
    return _told(exchange, call, call.route.handler(tx, call))


def _told(exchange: Exchange, call: Call, answer: Answer) -> KeptAnswer:
    answer = exchange.face.finish(call, answer)
    if isinstance(answer.body, Stored):
        exchange.stored = answer.body
        answer = replace(answer, body=Raw(b"", ""))
    return encoded(answer)


def _passes(problem: Problem) -> bool:
    return problem.kind in _PASSING or problem.code in _PASSING_CODES


def _replayed(exchange: Exchange, kept: KeptAnswer) -> KeptAnswer:
    if exchange.left is not None:
        kept = exchange.face.recount(kept, exchange.left)
    return replace(kept, headers={**kept.headers, "idempotent-replayed": "true"})
