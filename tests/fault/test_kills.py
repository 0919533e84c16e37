"""SIGKILL, SIGSTOP and SIGCONT at random moments of a paced send: every fan exactly once."""

import random
import subprocess
import time
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from fancast.store.engines import IDLE_IN_TRANSACTION_SECONDS
from fancast.store.tables import account_heads, mass_messages
from tests.fault.fleet import Fleet, until

pytestmark = [pytest.mark.fault, pytest.mark.slow]
FANS = 100_000
#: Recipients a second: each send is 50 seconds' work.
PACE = 2_000
#: A send with so many left, 25 seconds' work, is still under way when somebody is killed or frozen seconds later.
ENOUGH_LEFT = 50_000
#: SQLite has one process, the server; PostgreSQL has workers beside it.
FORMS = [("sqlite", 1), ("postgresql", 1), ("postgresql", 2), ("postgresql", 4)]
#: A dead worker's work goes on elsewhere by then.
DEAD_SECONDS = 10
#: What a slow machine may add to a time that the documentation states.
SLOWNESS_SECONDS = 4


@pytest.mark.parametrize(("new_fleet", "workers"), FORMS, indirect=["new_fleet"])
def test_every_fan_gets_it_once_whoever_is_killed_in_the_middle(
    new_fleet: Callable[..., Fleet], kills: int, workers: int
) -> None:
    fleet = new_fleet(fans=FANS)
    working, start = _running(fleet, workers)
    sends: list[int] = []
    for turn in range(1, kills + 1):
        id = _under_way(fleet, sends)
        fleet.await_sent(id, fleet.progress(id).sent + random.randrange(1, 2 * PACE))
        fleet.kill(working.pop(random.randrange(len(working))))
        assert 0 < fleet.progress(id).sent < FANS
        if fleet.scaled and turn % 3 == 0:
            assert fleet.server is not None
            fleet.kill(fleet.server)
            fleet.serve()
        working.append(start())
    _finish(fleet, sends)


@pytest.mark.parametrize("new_fleet", ["postgresql"], indirect=True)
def test_a_worker_killed_in_a_step_is_replaced_by_an_idle_one_within_ten_seconds(
    new_fleet: Callable[..., Fleet],
) -> None:
    fleet = new_fleet(fans=FANS)
    fleet.serve()
    first, second = fleet.work(), fleet.work()
    until(lambda: _registered(fleet) == 2, "both workers are there", fleet)
    id = fleet.send(pace=20_000)
    fleet.await_sent(id, 5_000)
    doomed = _in_a_step(fleet, fleet.kill)
    killed, stopped_at = time.monotonic(), fleet.progress(id).sent
    fleet.await_sent(id, stopped_at + 1)
    waited = time.monotonic() - killed
    assert waited < DEAD_SECONDS + SLOWNESS_SECONDS, waited
    fleet.await_state(id, "done")
    fleet.check_exactly_once(id, FANS)
    assert {first.poll() is None, second.poll() is None} == {True, False}
    assert doomed in (first, second)


def _registered(fleet: Fleet) -> int:
    with fleet.store.read() as tx:
        return int(tx.value(sa.text("SELECT count(*) FROM procrastinate_workers")))


@pytest.mark.parametrize(("new_fleet", "workers"), FORMS, indirect=["new_fleet"])
def test_every_fan_gets_it_once_whoever_is_frozen_and_comes_back(
    new_fleet: Callable[..., Fleet], kills: int, workers: int
) -> None:
    """Stopped at random moments; where there are others, they go on meanwhile."""
    fleet = new_fleet(fans=FANS)
    working, _ = _running(fleet, workers)
    sends: list[int] = []
    for turn in range(1, kills + 1):
        id = _under_way(fleet, sends)
        frozen = random.choice(working)
        time.sleep(random.uniform(0.05, 0.5))
        fleet.freeze(frozen)
        assert 0 < fleet.progress(id).sent < FANS
        # Now and then for longer than a transaction or a heartbeat may rest.
        time.sleep(random.uniform(0.05, 1.5) if turn % 5 else IDLE_IN_TRANSACTION_SECONDS + 2)
        before = fleet.progress(id).sent
        assert before < FANS
        if len(working) > 1:
            fleet.await_sent(id, min(before + PACE // 2, FANS))
        fleet.thaw(frozen)
    _finish(fleet, sends)


def _under_way(fleet: Fleet, sends: list[int]) -> int:
    """A send in the middle, with enough left; a fresh one where the last nears its end, which goes on beside it."""
    if not sends or fleet.progress(sends[-1]).sent > FANS - ENOUGH_LEFT:
        sends.append(fleet.send(pace=PACE))
        fleet.await_sent(sends[-1], 1)
    return sends[-1]


def _finish(fleet: Fleet, sends: list[int]) -> None:
    for id in sends:
        fleet.hurry(id)
        fleet.await_state(id, "done")
    fleet.check_all_exactly_once(sends, FANS)


def _running(
    fleet: Fleet, workers: int
) -> tuple[list[subprocess.Popen[bytes]], Callable[[], subprocess.Popen[bytes]]]:
    """The processes that send, and how another is started: workers on PostgreSQL, the server itself on SQLite."""
    serving = fleet.serve()
    if not fleet.scaled:
        return [serving], fleet.serve
    return [fleet.work() for _ in range(workers)], fleet.work


@pytest.mark.parametrize("new_fleet", ["postgresql"], indirect=True)
def test_a_worker_frozen_with_its_locks_holds_nobody_up_for_longer_than_the_documentation_says(
    new_fleet: Callable[..., Fleet],
) -> None:
    fleet = new_fleet(fans=FANS)
    fleet.serve()
    first = fleet.work()
    id = fleet.send(pace=20_000)
    fleet.await_sent(id, 5_000)
    assert _in_a_step(fleet, fleet.freeze) is first
    frozen, stopped_at = time.monotonic(), fleet.progress(id).sent
    # The server's own write needs the lock that the frozen worker holds.
    fleet.send(text="another")
    waited = time.monotonic() - frozen
    assert 1 < waited < IDLE_IN_TRANSACTION_SECONDS + SLOWNESS_SECONDS, waited
    fleet.work()
    fleet.await_sent(id, stopped_at + 20_000)
    fleet.thaw(first)
    fleet.await_state(id, "done")
    time.sleep(1)
    fleet.check_exactly_once(id, FANS)


def _in_a_step(fleet: Fleet, act: Callable[[subprocess.Popen[bytes]], None]) -> subprocess.Popen[bytes]:
    """Make a worker wait for its last lock, act upon it there, and let go of the lock."""
    head = sa.select(account_heads).where(account_heads.c.account_id == fleet.account.key).with_for_update()
    sending = (
        sa.select(mass_messages).where(mass_messages.c.account_id == fleet.account.key).with_for_update()
    )
    with fleet.store.write() as at_its_last:
        # The tick passes over an account whose head is held: so it is held only when a worker is in a step already.
        with fleet.store.write() as at_its_first:
            at_its_first.rows(sending)
            until(lambda: _waiting(fleet, "mass_messages"), "a worker waits for the mass message", fleet)
            at_its_last.rows(head)
        until(lambda: _waiting(fleet, "account_heads"), "a worker waits for its last lock", fleet)
        process = fleet.by_name[_waiting(fleet, "account_heads") or ""]
        act(process)
    return process


def _waiting(fleet: Fleet, table: str) -> str | None:
    """A process that waits for a lock to change this table, by its name."""
    waiting = sa.text(
        "SELECT application_name FROM pg_stat_activity"
        f" WHERE wait_event_type = 'Lock' AND datname = current_database() AND query LIKE 'UPDATE {table}%'"
    )
    with fleet.store.read() as tx:
        found = tx.value(waiting)
    return None if found is None else str(found)


def test_a_server_that_was_down_at_the_hour_sends_when_it_is_back_and_says_how_late(
    new_fleet: Callable[..., Fleet],
) -> None:
    fleet = new_fleet(fans=1_000)
    serving = fleet.serve()
    soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3))
    body = {"text": "later", "audience": {"user_lists": [fleet.list_id]}, "scheduled_at": soon}
    id = fleet.call("POST", "/v1/mass-messages", body)["id"]
    fleet.kill(serving)
    time.sleep(5)
    fleet.serve()
    if fleet.scaled:
        fleet.work()
    done = fleet.await_state(id, "done")
    assert done.late_by_ms >= 1_000
    fleet.check_exactly_once(id, 1_000)
