"""One Store, two databases: transactions, snapshots, order of writers, and clear refusals."""

import contextlib
import sqlite3
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa

from fancast.model.problems import Kind, Problem
from fancast.store import database, engines
from fancast.store.database import FairLock, Store
from fancast.store.tables import accounts, metadata
from tests.serving import until
from tests.world import World, on_postgresql, on_sqlite


class Abandoned(Exception):
    """A use case that fails half-way."""


COUNT = sa.select(sa.func.count()).select_from(accounts)


def test_a_read_sees_one_snapshot_however_long_it_takes(world: World):
    world.account("ada")
    with world.store.read() as tx:
        assert tx.value(COUNT) == 1
        world.account("eve")
        assert tx.value(COUNT) == 1
    with world.store.read() as tx:
        assert tx.value(COUNT) == 2


def test_a_glance_stands_before_the_snapshot_on_postgresql_and_in_it_on_sqlite(world: World):
    with world.store.read() as tx:
        glanced = tx.glance(COUNT)
        assert glanced is not None
        assert glanced[0] == 0
        world.account("ada")
        first = tx.value(COUNT)
        assert first == (1 if tx.dialect == "postgresql" else 0)
        world.account("eve")
        assert tx.value(COUNT) == first
        late = tx.glance(COUNT)
        assert late is not None
        assert late[0] == first, "a glance among others sees their snapshot"


@on_postgresql
def test_a_glance_alone_is_no_transaction_on_postgresql(store: Store):
    with store.read() as tx:
        tx.glance(COUNT)
        driver = tx.connection.connection.driver_connection
        assert driver is not None
        assert driver.info.transaction_status == 0
        assert not driver.autocommit


@on_postgresql
def test_a_glance_at_a_database_that_hangs_up_is_unavailable_and_the_next_is_answered(store: Store):
    with pytest.raises(Problem) as refused, store.read() as tx:
        tx.glance(sa.text("SELECT pg_terminate_backend(pg_backend_pid())"))
    assert refused.value.kind is Kind.UNAVAILABLE
    for _ in range(3):
        with store.read() as tx:
            assert tx.glance(COUNT) is not None
            assert tx.value(sa.text("SELECT 1")) == 1


def test_a_write_that_raises_leaves_nothing(world: World):
    world.account()
    with contextlib.suppress(Abandoned), world.write():
        world.fan("bo")
        raise Abandoned
    with world.store.read() as tx:
        assert tx.value(sa.select(sa.func.count()).select_from(metadata.tables["fans"])) == 0


def test_what_is_written_in_a_read_never_stays(world: World):
    world.account()
    with contextlib.suppress(sa.exc.DBAPIError), world.store.read() as tx:
        tx.run(sa.delete(accounts))
    with world.store.read() as tx:
        assert tx.value(COUNT) == 1


def test_readers_never_wait_for_a_writer(world: World):
    world.account()
    with world.store.write() as tx:
        tx.run(sa.delete(accounts))
        with world.store.read() as other:
            assert other.value(COUNT) == 1
        tx.connection.rollback()


# ---- SQLite


def pragma(store: Store, name: str) -> object:
    with store.read() as tx:
        return tx.connection.exec_driver_sql(f"PRAGMA {name}").scalar()


def test_sqlite_is_opened_for_real_use(tmp_path: Path):
    store = Store(f"sqlite:///{tmp_path / 'real.db'}")
    assert pragma(store, "journal_mode") == "wal"
    assert pragma(store, "foreign_keys") == 1
    assert pragma(store, "synchronous") == 2
    assert pragma(store, "busy_timeout") == engines.BUSY_TIMEOUT_SECONDS * 1_000
    store.close()


@on_sqlite
def test_a_write_takes_the_lock_before_it_reads(store: Store):
    with store.write(), contextlib.closing(sqlite3.connect(store.engine.url.database, timeout=0)) as other:
        other.isolation_level = None
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")


@on_sqlite
def test_a_database_that_another_process_keeps_is_unavailable(
    database_url: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(engines, "BUSY_TIMEOUT_SECONDS", 0.05)
    store = Store(database_url)
    other = sqlite3.connect(store.engine.url.database)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Problem) as refused, store.write():
        pass
    assert refused.value.kind is Kind.UNAVAILABLE
    other.rollback()
    other.close()
    with store.write() as tx:
        assert tx.value(COUNT) == 0
    store.close()


def test_writers_have_their_turn_in_order_of_arrival():
    lock, order, threads = FairLock(), list[int](), list[threading.Thread]()

    def work(place: int) -> None:
        with lock:
            order.append(place)

    with lock:
        for place in range(8):
            threads.append(threading.Thread(target=work, args=(place,)))
            threads[-1].start()
            until(lambda place=place: len(lock._waiting) == place + 1, "the writer queues")
    for thread in threads:
        thread.join()
    assert order == list(range(8))


def test_the_lock_is_handed_on_when_its_holder_raises():
    lock = FairLock()
    for _ in range(3):
        with pytest.raises(RuntimeError), lock:
            raise RuntimeError
    with lock:
        pass


# ---- PostgreSQL


def test_a_server_out_of_reach_is_unavailable():
    store = Store("postgresql://nobody@127.0.0.1:1/nothing")
    for way in (store.read, store.write):
        with pytest.raises(Problem) as refused, way():
            pass
        assert (refused.value.kind, refused.value.code) == (Kind.UNAVAILABLE, "database_unavailable")
    store.close()


@on_postgresql
def test_postgresql_ends_what_hangs(store: Store):
    with store.read() as tx:
        shown = {name: tx.connection.exec_driver_sql(f"SHOW {name}").scalar()
                 for name in ("idle_in_transaction_session_timeout", "lock_timeout", "transaction_isolation",
                              "transaction_read_only")}  # fmt: skip
    assert shown == {"idle_in_transaction_session_timeout": "5s", "lock_timeout": "10s",
                     "transaction_isolation": "repeatable read", "transaction_read_only": "on"}  # fmt: skip
    with store.write() as tx:
        assert tx.connection.exec_driver_sql("SHOW transaction_isolation").scalar() == "read committed"
        assert tx.connection.exec_driver_sql("SHOW transaction_read_only").scalar() == "off"


@on_postgresql
def test_bitmaps_are_stored_as_they_are(store: Store):
    query = "SELECT attstorage FROM pg_attribute WHERE attrelid = 'fan_sets'::regclass AND attname = 'bits'"
    with store.read() as tx:
        assert tx.connection.exec_driver_sql(query).scalar() in ("e", b"e")


def test_a_wrong_statement_is_our_fault_and_not_the_database_s_absence(store: Store):
    with pytest.raises(sa.exc.DBAPIError), store.write() as tx:
        tx.run(sa.text("SELECT no_such_column FROM accounts"))


def test_only_a_write_that_must_last_waits_for_the_disk(tmp_path: Path):
    store = Store(f"sqlite:///{tmp_path / 'x.db'}", sqlite_synchronous="FULL")
    for durable, expected in ((True, 2), (False, 1), (True, 2)):
        with store.write(durable=durable) as tx:
            assert tx.value(sa.text("PRAGMA synchronous")) == expected
    store.close()


@on_postgresql
def test_a_write_that_need_not_last_does_not_wait_for_the_log(store: Store):
    with store.read() as tx:
        usual = tx.value(sa.text("SHOW synchronous_commit"))
    for durable, expected in ((False, "off"), (True, usual)):
        with store.write(durable=durable) as tx:
            assert tx.value(sa.text("SHOW synchronous_commit")) == expected


def test_the_log_is_carried_over_and_begins_anew_when_it_grew_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(database, "LONG_LOG_PAGES", 100)
    store = Store(f"sqlite:///{tmp_path / 'x.db'}", sqlite_synchronous="OFF")
    log = tmp_path / "x.db-wal"
    with store.write() as tx:
        tx.run(sa.text("CREATE TABLE notes (text TEXT)"))
    longest = 0
    for _ in range(20):
        with store.write() as tx:
            tx.run(sa.text("INSERT INTO notes VALUES (:text)"), {"text": "x" * 200_000})
        store.carry_log_over()
        longest = max(longest, log.stat().st_size)
    written = (tmp_path / "x.db").stat().st_size
    assert written > 20 * 200_000
    assert longest < written / 4
    with store.read() as tx:
        assert tx.value(sa.text("SELECT count(*) FROM notes")) == 20
    store.close()


@on_postgresql
def test_a_transaction_in_which_an_error_was_passed_over_is_not_called_done(store: Store):
    def pass_over() -> None:
        with store.write() as tx, contextlib.suppress(sa.exc.IntegrityError):
            for _ in range(2):
                tx.run(sa.text("INSERT INTO ticks (name, ticked_at) VALUES ('x', 1)"))

    with pytest.raises(RuntimeError, match="nobody was told"):
        pass_over()
    with store.write() as tx:
        assert tx.value(sa.text("SELECT count(*) FROM ticks WHERE name = 'x'")) == 0


@on_sqlite
def test_a_connection_whose_commit_failed_is_not_used_again(store: Store):
    def refused() -> None:
        with store.write() as tx:
            driver = tx.connection.connection.driver_connection
            assert isinstance(driver, sqlite3.Connection)
            tx.run(sa.text("INSERT INTO ticks (name, ticked_at) VALUES ('x', 1)"))
            driver.set_authorizer(_no_commit)

    with pytest.raises(sa.exc.DatabaseError, match="not authorized"):
        refused()
    with store.write() as tx:
        assert tx.value(sa.text("SELECT count(*) FROM ticks WHERE name = 'x'")) == 0


def _no_commit(action: int, first: str | None, *_: object) -> int:
    told_commit = action == sqlite3.SQLITE_TRANSACTION and first == "COMMIT"
    return sqlite3.SQLITE_DENY if told_commit else sqlite3.SQLITE_OK
