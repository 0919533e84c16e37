"""The engine: how soon a send starts, how many small ones go out a second, who waits for whom.

On SQLite the sends are made and worked on in this one process; on PostgreSQL this process makes them and `fancast
work` processes work on them.
"""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import sqlalchemy as sa

from bench.places import Place
from fancast.core import accounts, mass_messages, user_lists
from fancast.kit.clock import system_clock
from fancast.model.accounts import Account
from fancast.model.audiences import AskedAudience
from fancast.model.fan_sets import FanSet
from fancast.model.ids import ListId, QueueId
from fancast.model.mass_messages import Content, Draft, MassMessage
from fancast.store import fan_sets
from fancast.store.database import Store
from fancast.store.tables import mass_messages as table
from fancast.store.user_lists import members_key
from fancast.workers.dispatch import Dispatcher
from fancast.workers.fleet import Fleet

CLOCK = system_clock()
PATIENCE_SECONDS = 180
RECIPIENTS = 1_000
_LEFT = sa.select(sa.func.count()).where(table.c.finished_at.is_(None), table.c.queued_at.is_not(None))

Listed = tuple[Account, ListId]


class Engine:
    """A place's database with its own kind of dispatcher; `working` runs it."""

    def __init__(self, place: Place, synchronous: str) -> None:
        self.place = place
        self.fleet = place.name == "postgresql"
        self._dispatcher = Fleet(place.url, CLOCK) if self.fleet else Dispatcher(CLOCK)
        self.store = Store(place.url, jobs=self._dispatcher, sqlite_synchronous=synchronous)

    def close(self) -> None:
        self.store.close()

    @contextmanager
    def working(self, workers: int = 1) -> Iterator[None]:
        """Work goes on: by threads of this process, or by so many `fancast work`."""
        if self.fleet:
            with _processes(self.place, workers):
                self._await_workers()
                yield
            return
        self._dispatcher.start(self.store)
        try:
            yield
        finally:
            self._dispatcher.stop()
            self._dispatcher = Dispatcher(CLOCK)
            self.store.jobs = self._dispatcher

    def _await_workers(self) -> None:
        # The first jobs wait for a worker to start; nobody measures that.
        self.await_done(*self.send(self.account("warm", 10)))
        time.sleep(2)

    def account(self, name: str, fans: int = RECIPIENTS) -> Listed:
        unique = f"{name} {time.time_ns()}"
        with self.store.write() as tx:
            made = accounts.create(tx, unique, unique, now=CLOCK())
            listed = user_lists.create(tx, made, "all", now=CLOCK()).ref
            assert not isinstance(listed, str)
            fan_sets.create(tx, made.key, members_key(listed), FanSet(range(fans)))
        return made, listed

    def send(self, owner: Listed) -> tuple[Account, QueueId]:
        account, listed = owner
        draft = Draft(Content("hi"), AskedAudience(user_lists=(listed,)))
        with self.store.write() as tx:
            return account, mass_messages.create(tx, account, draft, now=CLOCK()).id

    def await_done(self, account: Account, id: QueueId) -> MassMessage:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            with self.store.read() as tx:
                found = mass_messages.get(tx, account, id)
            if found.finished:
                return found
            if time.monotonic() > deadline:
                raise RuntimeError(f"{id} is still {found.state}")
            time.sleep(0.002)

    def await_all(self) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            with self.store.read() as tx:
                left = tx.value(_LEFT)
            if not left:
                return
            if time.monotonic() > deadline:
                raise RuntimeError(f"{left} are not done")
            time.sleep(0.01)


@contextmanager
def _processes(place: Place, workers: int) -> Iterator[None]:
    environment = {**os.environ, "FANCAST_DATABASE_URL": place.url, "FANCAST_LOG_LEVEL": "error",
                   "FANCAST_DATA_DIR": str(place.folder / "work")}  # fmt: skip
    command = [sys.executable, "-m", "fancast", "work"]
    running = [subprocess.Popen(command, env=environment) for _ in range(workers)]
    try:
        yield
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(30)


def starts(engine: Engine, sends: int) -> float:
    """p95 milliseconds from accepted to sending, one send at a time on an idle engine."""
    owner = engine.account("starts")
    waits = []
    for _ in range(sends):
        waits.append(_wait(engine.await_done(*engine.send(owner))))
        time.sleep(0.01)
    return statistics.quantiles(waits, n=20)[-1]


def small_sends_a_second(engine: Engine, many: int, over: int) -> float:
    """Mass messages of 1,000 recipients each, made as fast as they are taken, over so many accounts."""
    owners = [engine.account(f"many {place}") for place in range(over)]
    began = time.perf_counter()
    for number in range(many):
        engine.send(owners[number % over])
    engine.await_all()
    return many / (time.perf_counter() - began)


def backlog(engine: Engine, many: int, over: int) -> None:
    """Make so many over so many accounts, to be worked on later."""
    owners = [engine.account(f"behind {place}") for place in range(over)]
    for number in range(many):
        engine.send(owners[number % over])


def starts_behind(engine: Engine, sends: int) -> float:
    """The most milliseconds that any of these other accounts' sends waited beside what is under way."""
    owners = [engine.account(f"other {place}") for place in range(sends)]
    made = []
    for owner in owners:
        made.append(engine.send(owner))
        time.sleep(0.05)
    waits = [_wait(engine.await_done(*one)) for one in made]
    engine.await_all()
    return max(waits)


def _wait(done: MassMessage) -> float:
    assert done.started_at is not None
    return (done.started_at - done.created_at) / timedelta(milliseconds=1)
