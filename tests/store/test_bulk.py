"""Rows by the driver's own way: its errors are told, and PostgreSQL sees whoever stops in the middle."""

from collections.abc import Iterable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from fancast.model.problems import Problem
from fancast.store import bulk, heads
from fancast.store.database import Store
from fancast.store.tables import subscriptions
from tests.world import World, on_postgresql, on_sqlite

PERIODS = [(0, start, start + 1, 500, "new") for start in range(20_000)]


@on_postgresql
def test_between_the_rows_of_a_statement_a_transaction_is_seen_to_rest(store: Store) -> None:
    seen: list[str] = []
    with store.write() as tx:
        driver: Any = tx.connection.connection.driver_connection
        numbers = ({"number": number} for number in range(3))
        with driver.cursor() as cursor:
            cursor.executemany("SELECT %(number)s::int", states_at(store, driver, numbers, seen))
    assert seen == ["idle in transaction"] * 3


@on_postgresql
def test_between_rows_that_are_added_a_transaction_is_seen_to_rest(world: World) -> None:
    """While PostgreSQL waits for rows of a COPY it minds no time limit."""
    world.crowd(1)
    seen: list[str] = []
    with world.store.write() as tx:
        heads.take(tx, world.account().key)
        driver: Any = tx.connection.connection.driver_connection
        bulk.add_periods(tx, world.account().key, states_at(world.store, driver, PERIODS[:3], seen))
        tx.run(sa.delete(subscriptions))
    assert seen == ["idle in transaction"] * 3


def states_at(store: Store, driver: Any, rows: Iterable[Any], seen: list[str]) -> Iterator[Any]:
    """The rows. At each it sees what PostgreSQL says of that connection."""
    state = sa.text("SELECT state FROM pg_stat_activity WHERE pid = :pid")
    for row in rows:
        yield row
        with store.read() as tx:
            seen.append(tx.value(state, {"pid": driver.info.backend_pid}))


def test_many_rows_are_all_there(world: World) -> None:
    world.crowd(1)
    with world.store.write() as tx:
        bulk.add_periods(tx, world.account().key, iter(PERIODS))
        moments = tx.column(sa.select(subscriptions.c.started_at).order_by(subscriptions.c.started_at))
        assert moments == list(range(len(PERIODS)))
        tx.run(sa.delete(subscriptions))


@on_sqlite
def test_a_full_disk_is_told_plainly_and_nothing_is_kept(world: World) -> None:
    world.crowd(1)

    def overfill() -> None:
        with world.store.write() as tx:
            driver: Any = tx.connection.connection.driver_connection
            pages = driver.execute("PRAGMA page_count").fetchone()[0]
            driver.execute(f"PRAGMA max_page_count={pages + 5}")
            try:
                bulk.add_periods(tx, world.account().key, PERIODS)
            finally:
                driver.execute("PRAGMA max_page_count=4294967294")

    with pytest.raises(Problem, match="disk is full"):
        overfill()
    with world.store.read() as tx:
        assert tx.value(sa.select(sa.func.count()).select_from(subscriptions)) == 0
