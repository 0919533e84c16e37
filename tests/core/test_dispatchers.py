"""Both dispatchers behind one contract: what is due gets done, whoever tells of it, and nobody is held up."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fancast.core import accounts, mass_messages, sending, user_lists
from fancast.kit.clock import system_clock
from fancast.model.accounts import Account
from fancast.model.audiences import AskedAudience
from fancast.model.fan_sets import FanSet
from fancast.model.mass_messages import Content, Draft, MassMessage, State
from fancast.store import fan_sets, migrations
from fancast.store.database import NoJobs, Store
from fancast.store.user_lists import members_key
from fancast.workers.dispatch import Dispatcher
from fancast.workers.fleet import Fleet
from tests import postgresql
from tests.conftest import check_ledgers
from tests.world import in_the_way

PATIENCE_SECONDS = 30
#: Who has nothing else to do begins no later after the hour.
LATE_SECONDS = 1
#: What a busy machine may add to that.
SLOWNESS_SECONDS = 1
CLOCK = system_clock()


class Bench:
    """A store with a dispatcher that runs, and accounts with lists of fan numbers."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def account(self, name: str, fans: int) -> tuple[Account, int]:
        with self.store.write() as tx:
            made = accounts.create(tx, name, name, now=CLOCK())
            listed = user_lists.create(tx, made, "all", now=CLOCK())
            assert not isinstance(listed.ref, str)
            fan_sets.create(tx, made.key, members_key(listed.ref), FanSet(range(fans)))
        return made, listed.ref

    def send(self, account: Account, list_id: int, **facts: object) -> MassMessage:
        draft = Draft(Content("hi"), AskedAudience(user_lists=(list_id,)), **facts)  # type: ignore[arg-type]
        with self.store.write() as tx:
            return mass_messages.create(tx, account, draft, now=CLOCK())

    def await_done(self, account: Account, id: int) -> MassMessage:
        return self.await_(account, id, lambda found: found.finished)

    def await_(self, account: Account, id: int, holds: Callable[[MassMessage], bool]) -> MassMessage:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            with self.store.read() as tx:
                found = mass_messages.get(tx, account, id)  # type: ignore[arg-type]
            if holds(found):
                return found
            assert time.monotonic() < deadline, found
            time.sleep(0.01)


@pytest.fixture(params=["in process on sqlite", "in process on postgresql", "fleet on postgresql"])
def stores(request: pytest.FixtureRequest, tmp_path: Path, worker: str) -> Iterator[Callable[[], Store]]:
    """Opens stores on one database: the first with a dispatcher that runs."""
    if "sqlite" in request.param:
        yield from _stores(f"sqlite:///{tmp_path / 'fancast.db'}", fleet=False)
        return
    server = request.getfixturevalue("postgresql_server")
    with postgresql.database(server, f"fancast_dispatch_{worker}") as url:
        yield from _stores(url, fleet="fleet" in request.param)


def _stores(url: str, *, fleet: bool) -> Iterator[Callable[[], Store]]:
    opened: list[Store] = []
    dispatcher = Fleet(url, CLOCK) if fleet else Dispatcher(CLOCK)

    def another() -> Store:
        opened.append(Store(url, jobs=NoJobs() if opened else dispatcher, sqlite_synchronous="OFF"))
        if len(opened) == 1:
            migrations.upgrade(opened[0])
            dispatcher.start(opened[0])
        return opened[-1]

    yield another
    dispatcher.stop()
    check_ledgers(opened[0])
    for store in opened:
        store.close()


def test_a_send_starts_by_itself_and_finishes(stores: Callable[[], Store]) -> None:
    bench = Bench(stores())
    account, everybody = bench.account("ada", 70_000)
    done = bench.await_done(account, bench.send(account, everybody).id)
    assert (done.state, done.sent) == (State.DONE, 70_000)


def test_a_scheduled_send_starts_at_its_hour_and_no_more_than_a_second_late(
    stores: Callable[[], Store],
) -> None:
    bench = Bench(stores())
    account, everybody = bench.account("ada", 10)
    # Three seconds on end: whoever looks too seldom cannot be there by chance at each of them.
    begin = datetime.now(UTC) + timedelta(seconds=1)
    hours = [begin + timedelta(seconds=later) for later in range(3)]
    made = [bench.send(account, everybody, scheduled_at=hour) for hour in hours]
    for one in made:
        done = bench.await_done(account, one.id)
        assert done.started_at is not None
        assert one.scheduled_at is not None
        late = (done.started_at - one.scheduled_at).total_seconds()
        assert 0 <= late <= LATE_SECONDS + SLOWNESS_SECONDS, late


def test_a_send_that_raises_says_why_and_is_done_by_itself_once_the_cause_is_gone(
    stores: Callable[[], Store],
) -> None:
    bench = Bench(stores())
    account, everybody = bench.account("ada", 10)
    soon = datetime.now(UTC) + timedelta(seconds=1)
    id = bench.send(account, everybody, scheduled_at=soon).id
    with in_the_way(bench.store, account.key):
        troubled = bench.await_(account, id, lambda found: found.attempts > 0)
        assert troubled.trouble
        assert not troubled.sent
    done = bench.await_done(account, id)
    assert (done.state, done.sent, done.trouble) == (State.DONE, 10, None)


def test_work_that_nobody_told_of_is_found(stores: Callable[[], Store]) -> None:
    told = Bench(stores())
    account, everybody = told.account("ada", 10)
    untold = Bench(stores())
    done = told.await_done(account, untold.send(account, everybody).id)
    assert done.sent == 10


def test_a_hint_whose_job_was_lost_is_found(stores: Callable[[], Store]) -> None:
    told = Bench(stores())
    account, everybody = told.account("ada", 10)
    untold = stores()
    with untold.write() as tx:
        sending.hint_many(tx, [account.key], now=CLOCK() - timedelta(minutes=1))
    done = told.await_done(account, told.send(account, everybody).id)
    assert done.sent == 10


def test_sixty_paced_accounts_send_side_by_side(stores: Callable[[], Store]) -> None:
    bench = Bench(stores())
    sends = []
    for number in range(60):
        account, everybody = bench.account(f"account {number}", 20)
        sends.append((account, bench.send(account, everybody, pace=10).id))
    for account, id in sends:
        assert bench.await_done(account, id).sent == 20
