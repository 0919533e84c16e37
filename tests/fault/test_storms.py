"""The database restarts, the clock jumps, the disk fills: nothing is lost, and work goes on by itself."""

import time
import warnings
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest
import sqlalchemy as sa

from fancast.core import accounts, mass_messages, messages, user_lists
from fancast.core import fans as core_fans
from fancast.kit.clock import Clock, system_clock
from fancast.model.accounts import Account
from fancast.model.audiences import AskedAudience
from fancast.model.fan_sets import FanSet
from fancast.model.fans import Fan
from fancast.model.ids import FanId
from fancast.model.mass_messages import Content, Draft
from fancast.model.problems import Kind, Problem
from fancast.store import fan_sets, migrations
from fancast.store.database import Store
from fancast.store.user_lists import members_key
from fancast.workers.dispatch import Dispatcher
from tests.conftest import check_ledgers
from tests.fault.fleet import Fleet, until

pytestmark = pytest.mark.fault


def test_a_send_goes_on_by_itself_after_the_database_was_killed(own_postgresql: Any, tmp_path: Path) -> None:
    fleet = Fleet(own_postgresql.get_uri(), tmp_path, fans=50_000)
    try:
        fleet.serve()
        fleet.work()
        id = fleet.send(pace=10_000)
        fleet.await_sent(id, 10_000)
        fleet.store.close()
        _restart(own_postgresql)
        until(lambda: _sent(fleet, id) == 50_000, "all is sent", fleet)
        fleet.await_state(id, "done")
        fleet.check_exactly_once(id, 50_000)
        assert fleet.send(text="and another") > id
    finally:
        fleet.close()


def _restart(server: Any) -> None:
    """SIGKILL to all of PostgreSQL's processes, then start it again: it recovers from its log."""
    postmaster = psutil.Process(server.get_pid())
    doomed = [postmaster, *postmaster.children(recursive=True)]
    for process in doomed:
        process.kill()
    psutil.wait_procs(doomed, timeout=10)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        server.ensure_postgres_running()


def _sent(fleet: Fleet, id: int) -> int:
    try:
        return int(fleet.progress(id).sent)
    except Problem:
        return -1


@pytest.mark.parametrize("days", [1, -1])
def test_a_send_goes_on_when_the_clock_jumps(
    new_fleet: Callable[..., Fleet], monkeypatch: pytest.MonkeyPatch, days: int
) -> None:
    fleet = new_fleet(fans=20_000)
    serving = fleet.serve()
    working = fleet.work() if fleet.scaled else None
    id = fleet.send(pace=5_000)
    fleet.await_sent(id, 2_000)
    for process in filter(None, (serving, working)):
        fleet.kill(process)
    monkeypatch.setenv("FANCAST_CLOCK_OFFSET_SECONDS", str(days * 86_400))
    fleet.serve()
    if fleet.scaled:
        fleet.work()
    fleet.await_state(id, "done")
    fleet.check_exactly_once(id, 20_000)


def _fill(store: Store, account: Account, fan: Fan, clock: Clock) -> None:
    for _ in range(1_000):
        with store.write() as tx:
            messages.send(tx, account, fan, Content("x" * 9_000), now=clock())


def test_a_full_disk_is_a_clear_error_and_work_goes_on_when_there_is_room(tmp_path: Path) -> None:
    pages = {"most": 1_000_000}
    clock = system_clock()
    dispatcher = Dispatcher(clock)
    store = Store(f"sqlite:///{tmp_path / 'fancast.db'}", jobs=dispatcher, sqlite_synchronous="OFF")

    @sa.event.listens_for(store.engine, "checkout")
    def limit(connection: Any, *_: object) -> None:
        connection.execute(f"PRAGMA max_page_count={pages['most']}")

    migrations.upgrade(store)
    with store.write() as tx:
        ada = accounts.create(tx, "Ada", "ada", now=clock())
        everybody = user_lists.create(tx, ada, "all", now=clock())
        assert not isinstance(everybody.ref, str)
        fan_sets.create(tx, ada.key, members_key(everybody.ref), FanSet(range(0, 3_000_000, 3)))
        bo, _ = core_fans.put(tx, ada, FanId(7), {"username": "bo"}, now=clock())
        draft = Draft(Content("hello"), AskedAudience(user_lists=(everybody.ref,)))
        late = Draft(draft.content, draft.audience, scheduled_at=datetime.now(UTC) + timedelta(seconds=1))
        scheduled = mass_messages.create(tx, ada, late, now=clock())
    pages["most"] = 1
    dispatcher.start(store)
    try:
        with pytest.raises(Problem) as refused:
            _fill(store, ada, bo, clock)
        assert refused.value.kind is Kind.UNAVAILABLE
        assert "full" in refused.value.message
        time.sleep(2)
        pages["most"] = 1_000_000

        def done() -> bool:
            with store.read() as tx:
                return mass_messages.get(tx, ada, scheduled.id).sent == 1_000_000

        until(done, "the scheduled send went out once there was room")
        check_ledgers(store)
    finally:
        dispatcher.stop()
        store.close()
