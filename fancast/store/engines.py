"""How connections are opened: SQLite for real use, PostgreSQL with time limits and binary results.

SQLite gets a write-ahead log, foreign keys, a busy timeout and a search for texts that knows every alphabet.
"""

import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Engine

from fancast.store.texts import HOLDS, holds

#: A read that waits for the disk, or a write for another process, gives up after this long.
BUSY_TIMEOUT_SECONDS = 10
#: A connection unused for so long is asked whether it still lives before it is used again.
#: Longer than the ticks are apart, which find out first: one lost connection renews the whole pool.
RESTED_SECONDS = 3
#: A stopped process keeps its transaction and so its locks: PostgreSQL ends it after this long.
IDLE_IN_TRANSACTION_SECONDS = 5

#: libpq's word for a result that is rows.
_TUPLES = 2

#: A log of so many pages (32 MB) begins anew. Without a dispatcher (imports), at four times that.
LONG_LOG_PAGES = 8_192


def open_engine(url: str, synchronous: str, pool_size: int, more_settings: str = "") -> Engine:
    """A pool of connections, each opened as this kind of database wants it."""
    address = sa.engine.make_url(url)
    if address.get_backend_name() == "sqlite":
        engine = sa.create_engine(
            address,
            # By name, as PostgreSQL's.
            paramstyle="named",
            hide_parameters=True,
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_use_lifo=True,
            pool_timeout=30,
            poolclass=sa.pool.QueuePool,
            json_deserializer=msgspec.json.decode,
            connect_args={
                "check_same_thread": False,
                "timeout": BUSY_TIMEOUT_SECONDS,
                "cached_statements": 512,
            },
        )
        event.listen(engine, "connect", _sqlite_opener(synchronous))
        return engine
    settings = (
        f"-c idle_in_transaction_session_timeout={IDLE_IN_TRANSACTION_SECONDS}s"
        f" -c lock_timeout={BUSY_TIMEOUT_SECONDS}s {more_settings}"
    )
    engine = sa.create_engine(
        address.set(drivername="postgresql+psycopg"),
        hide_parameters=True,
        pool_size=pool_size,
        max_overflow=pool_size,
        # The one used last has its statements prepared and its pages at hand.
        pool_use_lifo=True,
        pool_timeout=30,
        json_deserializer=msgspec.json.decode,
        connect_args={"options": settings, "connect_timeout": 10, "cursor_factory": _binary_cursor()},
    )
    event.listen(engine, "checkin", _note_rest)
    event.listen(engine, "checkout", _wake)
    return engine


def _note_rest(_connection: object, record: Any) -> None:
    record.info["rests_since"] = time.monotonic()


def _wake(connection: Any, record: Any, _proxy: object) -> None:
    # A connection that rested may have lost its server; one in steady use is not asked each time.
    if time.monotonic() - record.info.get("rests_since", 0) < RESTED_SECONDS:
        return
    try:
        connection.execute("SELECT 1")
        connection.commit()
    except Exception as error:
        raise sa.exc.DisconnectionError from error


def _binary_cursor() -> type:
    """A psycopg cursor whose results come in binary: a bitmap as text would be twice its size. One that waits for
    each answer, and whose errors hold no rows."""
    import psycopg

    class BinaryCursor(psycopg.Cursor[Any]):
        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **named)
            self.format = psycopg.pq.Format.BINARY

        def execute(self, *given: Any, **named: Any) -> Any:
            try:
                return super().execute(*given, **named)
            except psycopg.OperationalError:
                # Locks, time and room: nothing of a row.
                raise
            except psycopg.Error as error:
                # What follows the first line (DETAIL, CONTEXT) holds the values of rows, and this goes to the log.
                error.args = (str(error).partition("\n")[0],)
                raise

        def executemany(self, query: Any, params_seq: Iterable[Any], *, returning: bool = False) -> None:
            # psycopg's own sends on without waiting for answers, and between answers alone PostgreSQL sees that a
            # transaction rests: who is stopped in between would keep its locks for good.
            changed = 0
            for params in params_seq:
                self.execute(query, params, prepare=True)
                changed += self.rowcount
            self._rowcount = changed

        @property
        def description(self) -> Any:
            # SQLAlchemy asks after every statement, but looks at the columns only the first time: made each time
            # they were a fifth of what reading twenty fans costs.
            result = self.pgresult
            return None if result is None or result.status != _TUPLES else _Columns(self._columns)

        def _columns(self) -> Sequence[Any]:
            return super().description or ()

    return BinaryCursor


class _Columns(Sequence[Any]):
    """A description of a result's columns that is made when it is looked at."""

    def __init__(self, make: Callable[[], Sequence[Any]]) -> None:
        self._make = make

    def __len__(self) -> int:
        return len(self._make())

    def __getitem__(self, at: Any) -> Any:
        return self._make()[at]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._make())


def _sqlite_opener(synchronous: str) -> Callable[[sqlite3.Connection, Any], None]:
    def open_for_real_use(connection: sqlite3.Connection, record: Any) -> None:
        # We say BEGIN ourselves; the driver's own transaction control would begin deferred ones.
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA synchronous={synchronous}")
        record.info["synchronous"] = synchronous
        connection.execute(f"PRAGMA wal_autocheckpoint={4 * LONG_LOG_PAGES}")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA cache_size=-65536")
        connection.execute("PRAGMA temp_store=MEMORY")
        connection.create_function(HOLDS, 2, holds, deterministic=True)

    return open_for_real_use
