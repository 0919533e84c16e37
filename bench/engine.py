"""The engine alone, without HTTP: how soon a send starts, and how many small ones go out a second."""

import statistics
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

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
from fancast.store.user_lists import members_key
from fancast.workers.dispatch import Dispatcher
from fancast.workers.fleet import Fleet

CLOCK = system_clock()
PATIENCE_SECONDS = 120


class Engine:
    """A place's database with its own kind of dispatcher running in this process."""

    def __init__(self, place: Place, synchronous: str) -> None:
        fleet = place.name == "postgresql"
        self.dispatcher = Fleet(place.url, CLOCK) if fleet else Dispatcher(CLOCK)
        self.store = Store(place.url, jobs=self.dispatcher, sqlite_synchronous=synchronous)
        self.dispatcher.start(self.store)
        # The first job waits for the worker to register; nobody measures that.
        time.sleep(2)

    def close(self) -> None:
        self.dispatcher.stop()
        self.store.close()

    def account(self, name: str, fans: int) -> tuple[Account, ListId]:
        with self.store.write() as tx:
            made = accounts.create(tx, name, name, now=CLOCK())
            listed = user_lists.create(tx, made, "all", now=CLOCK()).ref
            assert not isinstance(listed, str)
            fan_sets.create(tx, made.key, members_key(listed), FanSet(range(fans)))
        return made, listed

    def send(self, account: Account, listed: ListId) -> QueueId:
        draft = Draft(Content("hi"), AskedAudience(user_lists=(listed,)))
        with self.store.write() as tx:
            return mass_messages.create(tx, account, draft, now=CLOCK()).id

    def look(self, account: Account, id: QueueId) -> MassMessage:
        with self.store.read() as tx:
            return mass_messages.get(tx, account, id)

    def await_done(self, account: Account, id: QueueId) -> MassMessage:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (found := self.look(account, id)).finished:
            if time.monotonic() > deadline:
                raise RuntimeError(f"{id} is still {found.state}")
            time.sleep(0.0005)
        return found


def starts(engine: Engine, sends: int) -> float:
    """p95 milliseconds from accepted to sending, one send at a time on an idle engine."""
    account, listed = engine.account(f"starts {time.time_ns()}", 1_000)
    waits = []
    for _ in range(sends):
        done = engine.await_done(account, engine.send(account, listed))
        assert done.started_at is not None
        waits.append((done.started_at - done.created_at) / timedelta(milliseconds=1))
        time.sleep(0.01)
    return statistics.quantiles(waits, n=20)[-1]


def small_sends_a_second(engine: Engine, many: int, over: int) -> float:
    """Mass messages of 1,000 recipients each, made as fast as they are taken, over so many accounts."""
    owners = [engine.account(f"many {place} {time.time_ns()}", 1_000) for place in range(over)]
    began = time.perf_counter()
    made = [(owners[number % over][0], engine.send(*owners[number % over])) for number in range(many)]
    _await_all(engine, made)
    return many / (time.perf_counter() - began)


def _await_all(engine: Engine, made: Sequence[tuple[Account, QueueId]]) -> None:
    for account, id in made:
        engine.await_done(account, id)


def behind(engine: Engine, backlog: int) -> float:
    """Milliseconds until another account's single send starts while one has so many behind."""
    busy, busy_list = engine.account(f"busy {time.time_ns()}", 1_000)
    other, other_list = engine.account(f"other {time.time_ns()}", 1_000)
    made = [(busy, engine.send(busy, busy_list)) for _ in range(backlog)]
    asked = datetime.now(UTC)
    done = engine.await_done(other, engine.send(other, other_list))
    assert done.started_at is not None
    _await_all(engine, made)
    return (done.started_at - asked) / timedelta(milliseconds=1)
