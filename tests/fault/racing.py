"""Processes that do the same thing at the same instant on one database.

Each racer is a process of its own with a Store of its own. A heat names a lane, a function of this module, for each
racer; both wait at a barrier, start together and say what came of it: what the lane returned, or a refusal's code.
"""

import asyncio
import multiprocessing
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import procrastinate
import sqlalchemy as sa

from fancast.core import (
    api_keys,
    fans,
    fetches,
    idempotency_keys,
    mass_messages,
    purchases,
    rate_limits,
    subscriptions,
    ticks,
)
from fancast.kit.clock import system_clock
from fancast.model.accounts import Account
from fancast.model.audiences import AskedAudience
from fancast.model.fans import SubscriptionAction
from fancast.model.idempotency_keys import IdempotencyClaim, KeptAnswer
from fancast.model.mass_messages import Content, Draft, State
from fancast.model.problems import Problem
from fancast.model.rate_limits import RateLimit
from fancast.model.uploads import UploadId
from fancast.store import jobs
from fancast.store.database import Store
from fancast.workers import drive as driving

#: A racer that has not answered by then has hung.
PATIENCE_SECONDS = 60
_context = multiprocessing.get_context("spawn")


@dataclass(frozen=True, slots=True)
class Refused:
    """A Problem, as one process tells another."""

    code: str


class Race:
    """Two racers, ready; `url` is the database of the next heat."""

    def __init__(self, racers: int = 2) -> None:
        self.url = ""
        # Kept: the racers know it by its name, which goes with it.
        self._barrier = _context.Barrier(racers, timeout=PATIENCE_SECONDS)
        self._pipes = []
        self._processes = []
        for number in range(racers):
            ours, theirs = _context.Pipe()
            process = _context.Process(target=_run, args=(number, theirs, self._barrier), daemon=True)
            process.start()
            self._pipes.append(ours)
            self._processes.append(process)

    def heat(self, *lanes: tuple[Callable[..., Any], tuple[Any, ...]]) -> list[Any]:
        """Run each lane in a racer of its own, all at once; what each said."""
        for pipe, (lane, given) in zip(self._pipes, lanes, strict=True):
            pipe.send((self.url, lane.__name__, given))
        said = []
        for pipe in self._pipes:
            assert pipe.poll(PATIENCE_SECONDS), "a racer hangs"
            worked, result = pipe.recv()
            assert worked, result
            said.append(result)
        return said

    def both(self, lane: Callable[..., Any], *given: Any) -> list[Any]:
        return self.heat(*[(lane, given) for _ in self._pipes])

    def close(self) -> None:
        for process in self._processes:
            process.kill()
            process.join(PATIENCE_SECONDS)


@contextmanager
def race() -> Iterator[Race]:
    started = Race()
    try:
        yield started
    finally:
        started.close()


def _run(number: int, pipe: Any, barrier: Any) -> None:
    store: Store | None = None
    while True:
        url, name, given = pipe.recv()
        if store is None or store.url != url:
            store = Store(url, sqlite_synchronous="OFF")
        with store.read() as tx:
            # Connected before the start.
            tx.value(sa.select(1))
        barrier.wait()
        told = _told(store, number, name, given)
        # The next test has another database, maybe under the same address.
        store.close()
        pipe.send(told)


def _told(store: Store, number: int, name: str, given: Any) -> tuple[bool, Any]:
    """Whether it went as it may, and what came of it."""
    try:
        return True, globals()[name](store, number, *given)
    except Problem as problem:
        return True, Refused(problem.code)
    except Exception as error:
        return False, f"{type(error).__name__}: {error}"


def now() -> datetime:
    return datetime.now(UTC)


# ---- lanes: what each racer does


def drive(store: Store, number: int, account: Account, id: int) -> None:
    """Work at one account until a mass message of it is done."""
    clock = system_clock()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        list(driving.drive(store, [account.key], clock))
        with store.read() as tx:
            if mass_messages.get(tx, account, id).finished:  # type: ignore[arg-type]
                return
    raise AssertionError("it never ended")


def drive_while_it_sends(store: Store, number: int, account: Account, id: int) -> None:
    """Work at one account until a mass message of it is finished or paused."""
    clock = system_clock()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        list(driving.drive(store, [account.key], clock))
        with store.read() as tx:
            seen = mass_messages.get(tx, account, id)  # type: ignore[arg-type]
        if seen.finished or seen.state is State.PAUSED:
            return
    raise AssertionError("it never ended")


def verb_after(store: Store, number: int, account: Account, id: int, name: str, seconds: float) -> str:
    """A verb so long after the start was seen."""
    seen = None
    while seen is None or seen.started_at is None:
        with store.read() as tx:
            seen = mass_messages.get(tx, account, id)  # type: ignore[arg-type]
    time.sleep(seconds)
    with store.write() as tx:
        return str(getattr(mass_messages, name)(tx, account, id, now=now()).state)


def verb(store: Store, number: int, account: Account, id: int, names: list[str]) -> str:
    """Each racer its own verb of these."""
    with store.write() as tx:
        return str(getattr(mass_messages, names[number])(tx, account, id, now=now()).state)


def tick(store: Store, number: int, name: str, at: datetime) -> bool:
    with store.write() as tx:
        return ticks.win(tx, name, timedelta(seconds=1), now=at)


def send_with_key(store: Store, number: int, account: Account, list_id: int, key: str) -> int:
    """What a face does with an Idempotency-Key; the id of the mass message that the answer names."""
    claim = IdempotencyClaim("race", key, "same")
    with store.write() as tx:
        kept = idempotency_keys.begin(tx, claim, now=now())
        if kept is not None:
            return int(kept.body)
        made = mass_messages.create(tx, account, _draft(key, list_id), now=now())
        idempotency_keys.finish(tx, claim, KeptAnswer(201, {}, str(made.id).encode()), now=now())
        return made.id


def send_again(
    store: Store, number: int, account: Account, list_id: int, secret: str, text: str, marked: bool
) -> int:
    """A send that a client marks as a retry, or its twin that it does not mark."""
    with store.read() as tx:
        key = api_keys.authenticate(tx, secret)
    with store.write() as tx:
        made = mass_messages.create(
            tx, account, _draft(text, list_id), key=key, marked_retry=marked, now=now()
        )
    return made.id


def take_call(store: Store, number: int, bucket: str, calls: int, at: datetime) -> int:
    """Ask so often; how many calls were let through."""
    through = 0
    for _ in range(calls):
        try:
            with store.write() as tx:
                rate_limits.take(tx, bucket, RateLimit(1, calls), now=at)
            through += 1
        except Problem as problem:
            if problem.code != "rate_limited":
                raise
    return through


def buy(
    store: Store, number: int, account: Account, fan_id: int, message_id: int, references: list[str]
) -> int:
    with store.write() as tx:
        sale = purchases.buy(tx, account, fan_id, message_id, references[number], now=now())  # type: ignore[arg-type]
        return sale.transaction.id


def subscribe(store: Store, number: int, account: Account, fan_id: int) -> bool:
    with store.write() as tx:
        subscriptions.change(
            tx, account, fan_id, SubscriptionAction.START, price_cents=500,  # type: ignore[arg-type]
            expires_at=now() + timedelta(days=30), now=now(),
        )  # fmt: skip
    return True


def meet(store: Store, number: int, account: Account, fan_id: int) -> bool:
    """First contact with a fan; whether this racer made them."""
    with store.write() as tx:
        return fans.put(tx, account, fan_id, {"username": f"u{fan_id}"}, now=now())[1]  # type: ignore[arg-type]


def hold_fetch(store: Store, number: int, account: Account, upload_id: UploadId) -> bool:
    """Take the lease of work with the outside world; whether this racer holds it now."""
    with store.write() as tx:
        return fetches.take(tx, account.key, upload_id, f"racer {number}", now=now()) is not None


def fetch_job(store: Store, number: int) -> int | None:
    """Take the next job as a worker of Procrastinate does."""
    return asyncio.run(_fetch_job(store.url))


async def _fetch_job(url: str) -> int | None:
    async with procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=url)).open_async() as app:
        worker = await app.job_manager.register_worker()
        job = await app.job_manager.fetch_job(queues=[jobs.QUEUE], worker_id=worker)
        return None if job is None else job.id


def _draft(text: str, list_id: int) -> Draft:
    return Draft(Content(text), AskedAudience(user_lists=(list_id,)))
