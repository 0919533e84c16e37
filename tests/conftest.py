"""Fixtures for all tests: `store` on both databases, `clock`, `world`, `server`, and the ledger check.

Every test that has a store ends with the ledger of every account recomputed: its difference must be 0.
A test for one database only says `pytestmark = on_sqlite` (or `on_postgresql`) from `tests.world`.
"""

import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import hypothesis
import psycopg
import pytest
import sqlalchemy as sa

from fancast.api.http import Face
from fancast.core import accounts, ledger
from fancast.core.receiving import Workshop
from fancast.store.database import NoJobs, Store
from fancast.store.tables import metadata
from tests import postgresql
from tests.serving import Server, served
from tests.workshops import workshop_on
from tests.world import MovableClock, World

# Examples share a test's store and take a fresh account each. Timing never decides a test.
hypothesis.settings.register_profile(
    "fancast",
    deadline=None,
    suppress_health_check=[
        hypothesis.HealthCheck.function_scoped_fixture,
        hypothesis.HealthCheck.too_slow,
    ],
    derandomize="CI" in os.environ,
)
hypothesis.settings.load_profile("fancast")


# ---- databases


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The address of a PostgreSQL server, for tests that make databases of their own."""
    with postgresql.running() as url:
        yield url


@pytest.fixture(scope="session")
def worker() -> str:
    """A name that no other process of this test run has."""
    return f"{os.environ.get('PYTEST_XDIST_WORKER', 'gw')}_{os.getpid()}"


@pytest.fixture(scope="session")
def postgresql_url(postgresql_server: str, worker: str) -> Iterator[str]:
    """An empty PostgreSQL database of this process."""
    with postgresql.database(postgresql_server, f"fancast_{worker}") as url:
        yield url


@pytest.fixture(scope="session")
def _postgresql_store_url(postgresql_server: str, worker: str) -> Iterator[str]:
    """A PostgreSQL database with our schema; `store` empties its tables after each test."""
    with postgresql.database(postgresql_server, f"fancast_store_{worker}") as url:
        store = Store(url)
        metadata.create_all(store.engine)
        store.close()
        yield url


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with our schema; `store` works on a copy."""
    path = tmp_path_factory.mktemp("template") / "fancast.db"
    store = Store(f"sqlite:///{path}")
    metadata.create_all(store.engine)
    with store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A database with our schema and no rows, on SQLite and then on PostgreSQL."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("_sqlite_template")
        path = template.with_name("test.db")
        for old in template.parent.glob("test.db*"):
            old.unlink()
        shutil.copyfile(template, path)
        yield f"sqlite:///{path}"
        return
    url = request.getfixturevalue("_postgresql_store_url")
    emptying: psycopg.Connection = request.getfixturevalue("_emptying")
    yield url
    emptying.execute("; ".join(f"DELETE FROM {table}" for table in metadata.tables))  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def _emptying(_postgresql_store_url: str) -> Iterator[psycopg.Connection]:
    """The connection that empties the tables: to open one takes longer."""
    address = sa.engine.make_url(_postgresql_store_url).set(drivername="postgresql")
    with psycopg.connect(address.render_as_string(hide_password=False), autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="session")
def _stores() -> Iterator[dict[str, Store]]:
    """By address. Most of what a Store costs a test is to put its statements into words, once a Store."""
    opened: dict[str, Store] = {}
    yield opened
    for store in opened.values():
        store.close()


@pytest.fixture
def store(database_url: str, _stores: dict[str, Store]) -> Iterator[Store]:
    """An open, empty Store; afterwards every counter in it is true."""
    if database_url not in _stores:
        _stores[database_url] = Store(database_url, sqlite_synchronous="OFF")
    opened = _stores[database_url]
    opened.jobs = NoJobs()
    try:
        yield opened
        check_ledgers(opened)
    except BaseException:
        opened.close()
        raise
    # PostgreSQL's connections stay, with what they have prepared; SQLite's file is about to go.
    if opened.dialect == "sqlite" or max(_resting(opened)) > _MOST_RESTING:
        opened.close()


#: Each is a process of PostgreSQL's.
_MOST_RESTING = 8


def _resting(store: Store) -> list[int]:
    return [engine.pool.checkedin() for engine in store.engines]  # type: ignore[attr-defined]


def check_ledgers(store: Store) -> None:
    """Recompute every counter of every account from sets and rows: nothing may differ."""
    with store.read() as tx:
        wrong = [line for owner in accounts.everybody(tx) for line in ledger.check(tx, owner).wrong]
    assert not wrong, wrong


# ---- a world, and a server on it


@pytest.fixture
def clock() -> MovableClock:
    """A clock that stands still at noon until a test moves it."""
    return MovableClock()


@pytest.fixture
def world(store: Store, clock: MovableClock) -> World:
    """A builder on `store` with the account "ada"; see `tests.world`."""
    return World(store, clock)


@pytest.fixture
def faces() -> Sequence[Face]:
    """The faces that `server` serves; a test module overrides this with its own."""
    return []


@pytest.fixture
def workshop(world: World, tmp_path: Path) -> Iterator[Workshop]:
    """A place for files: `tmp_path / "media"`."""
    with workshop_on(world.store, world.clock, tmp_path / "media") as made:
        yield made


@pytest.fixture
def server(world: World, faces: Sequence[Face], workshop: Workshop) -> Iterator[Server]:
    """A live server on a free port, with a dispatcher, on the world's store, clock and files."""
    with served(world, faces, workshop) as running:
        yield running
