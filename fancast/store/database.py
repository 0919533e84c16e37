"""The database: one Store per process, one Tx per use case, on SQLite or PostgreSQL.

SQLite is opened for real use: write-ahead log, foreign keys, busy timeout, immediate write transactions, and the
process's writers queue first-come at a lock (p95 1.7 ms beside continuous mass sends, against 34 ms when they
meet in SQLite's busy handler). A read transaction sees one snapshot on both databases.
"""

import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, Protocol

import msgspec
import sqlalchemy as sa
import structlog
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, CursorResult, Engine, Row

from fancast.model.ids import AccountKey
from fancast.model.problems import Kind, Problem

log = structlog.get_logger()

#: A read that waits for the disk, or a write for another process, gives up after this long.
BUSY_TIMEOUT_SECONDS = 10
#: A connection unused for so long is asked whether it still lives before it is used again.
#: Longer than the ticks are apart, which find out first: one lost connection renews the whole pool.
RESTED_SECONDS = 3
#: A stopped process keeps its transaction and so its locks: PostgreSQL ends it after this long.
IDLE_IN_TRANSACTION_SECONDS = 5

#: A log of so many pages (32 MB) begins anew. Without a dispatcher (imports), at four times that.
_LONG_LOG_PAGES = 8_192
_CHECKPOINT = "PRAGMA wal_checkpoint(PASSIVE)"


_CARELESS_CONNECTIONS = 4
#: libpq's word for a connection without a transaction.
_IDLE = 0
_SNAPSHOTS = "-c default_transaction_isolation=repeatable\\ read -c default_transaction_read_only=on"


class Jobs(Protocol):
    """Who is told that an account has work due. The tables are the truth; this only says *look now*."""

    def defer(self, tx: "Tx", accounts: Sequence[AccountKey]) -> None:
        """Called inside the transaction, as its last act."""

    def committed(self, accounts: Sequence[AccountKey]) -> None:
        """Called after the commit."""


class NoJobs:
    """Nobody is told; the tick of whoever dispatches finds the hint (imports, tests)."""

    def defer(self, tx: "Tx", accounts: Sequence[AccountKey]) -> None:
        """Nothing."""

    def committed(self, accounts: Sequence[AccountKey]) -> None:
        """Nothing."""


class Tx:
    """One database transaction. Opened by a face or a worker, handed down, never committed below."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.dialect = connection.dialect.name
        self._owed: dict[AccountKey, None] = {}
        #: Closed when the transaction has ended.
        self.until_committed = ExitStack()

    def run(self, statement: sa.Executable, values: Mapping[str, Any] | None = None) -> CursorResult[Any]:
        result = self.connection.execute(statement, values)
        assert isinstance(result, CursorResult)
        return result

    def many(self, statement: sa.Executable, rows: Sequence[Mapping[str, Any]]) -> None:
        """One statement for many rows; nothing for none."""
        if rows:
            self.connection.execute(statement, rows)

    def run_many(self, statement: sa.Executable, rows: Sequence[Mapping[str, Any]]) -> int:
        """One statement for many rows; how many it changed in all."""
        return self.connection.execute(statement, rows).rowcount

    def rows(self, statement: sa.Executable, values: Mapping[str, Any] | None = None) -> Sequence[Row[Any]]:
        return self.run(statement, values).all()

    def row(self, statement: sa.Executable, values: Mapping[str, Any] | None = None) -> Row[Any] | None:
        return self.run(statement, values).first()

    def glance(self, statement: sa.Executable, values: Mapping[str, Any] | None = None) -> Row[Any] | None:
        """As `row`, but on PostgreSQL a transaction's first stands before its snapshot: one round trip, not three."""
        if self.dialect != "postgresql":
            return self.row(statement, values)
        driver: Any = self.connection.connection.driver_connection
        if driver.info.transaction_status != _IDLE:
            return self.row(statement, values)
        driver.autocommit = True
        try:
            return self.row(statement, values)
        finally:
            if driver.info.transaction_status == _IDLE:
                driver.autocommit = False
            else:
                self.connection.invalidate()

    def value(self, statement: sa.Executable, values: Mapping[str, Any] | None = None) -> Any:
        """The first column of the first row, or None."""
        row = self.run(statement, values).first()
        return None if row is None else row[0]

    def insert(self, table: sa.Table) -> Any:
        """An INSERT that knows `on_conflict_*`, in this database's own words."""
        return insert_of(self.dialect, table)

    def send_with_commit(self) -> None:
        """From here on only statements whose results nobody reads: they reach the database with the commit.

        One round trip for all, on PostgreSQL.
        """
        if self.dialect == "postgresql":
            driver = self.connection.connection.driver_connection
            assert driver is not None
            self.until_committed.enter_context(driver.pipeline())

    def owe(self, account: AccountKey) -> None:
        """After the commit somebody shall look at this account."""
        self._owed[account] = None

    @property
    def owed(self) -> Sequence[AccountKey]:
        return list(self._owed)


def insert_of(dialect: str, table: sa.Table) -> Any:
    """An INSERT that knows `on_conflict_*`, in the words of this kind of database."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


class Store:
    """A database that is open. `read()` and `write()` are the only ways in."""

    def __init__(
        self, url: str, *, jobs: Jobs | None = None, sqlite_synchronous: str = "FULL", pool_size: int = 16
    ) -> None:
        self.url = url
        self.jobs: Jobs = jobs or NoJobs()
        self.engine = _engine(url, sqlite_synchronous, pool_size)
        self._synchronous = sqlite_synchronous
        self.dialect = self.engine.dialect.name
        self._writers = FairLock() if self.dialect == "sqlite" else None
        self._written = False
        self._reading = self._careless = self.engine
        if self.dialect == "postgresql":
            # Connections of their own: to say so in each transaction costs more than some statements.
            self._reading = _engine(url, "", pool_size, _SNAPSHOTS)
            self._careless = _engine(url, "", _CARELESS_CONNECTIONS, "-c synchronous_commit=off")

    @property
    def engines(self) -> set[Engine]:
        """All there are: one on SQLite."""
        return {self.engine, self._reading, self._careless}

    @property
    def writers_queue(self) -> bool:
        """Whether one writes at a time, so that all that can be read beforehand should be."""
        return self._writers is not None

    @contextmanager
    def read(self) -> Iterator[Tx]:
        """One snapshot, never changed. Raises Problem(UNAVAILABLE) when the database is out of reach."""
        with _clear_errors(), self._reading.connect() as connection:
            if self.dialect == "sqlite":
                connection.exec_driver_sql("BEGIN")
            yield Tx(connection)
            if self.dialect == "sqlite":
                connection.rollback()
            else:
                # It is read-only there; with a rollback psycopg would forget its prepared statements.
                connection.commit()

    @contextmanager
    def write(self, *, durable: bool = True) -> Iterator[Tx]:
        """One transaction: commits when the block ends, rolls back when it raises.

        One that is not durable does not wait for the disk: a power cut may take it back, though never without
        what was committed after it. For what is found again without it: hints, ticks.
        """
        if self._writers is None:
            tx = yield from self._write(durable)
        else:
            with self._writers:
                tx = yield from self._write(durable)
            self._written = True
        if tx.owed:
            self.jobs.committed(tx.owed)

    @contextmanager
    def alone(self) -> Iterator[Tx]:
        """For one statement that is a transaction of its own, and as little durable as a hint may be."""
        if self._writers is not None:
            with self.write(durable=False) as tx:
                yield tx
            return
        with _clear_errors(), self._careless.connect() as connection:
            yield Tx(connection.execution_options(isolation_level="AUTOCOMMIT"))

    def _write(self, durable: bool) -> Generator[Tx, None, Tx]:
        with _clear_errors(), (self.engine if durable else self._careless).connect() as connection:
            # By hand: what only the driver's own connection has run (a job alone) would not be committed else.
            connection.begin()
            if self.dialect == "sqlite":
                careless = "NORMAL" if self._synchronous == "FULL" else self._synchronous
                _wait_for_disk(connection, self._synchronous if durable else careless)
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            tx = Tx(connection)
            try:
                with tx.until_committed:
                    yield tx
                    if tx.owed:
                        self.jobs.defer(tx, tx.owed)
                    connection.commit()
            except BaseException:
                _leave_idle(connection)
                raise
        return tx

    def carry_log_over(self) -> None:
        """Write SQLite's log into its database file, mostly beside the writers. Nothing on PostgreSQL.

        Left to itself, SQLite does so in a commit, and all who want to write wait for the disk (measured beside
        mass sends to millions: most of a writer's wait). A log that grew long is finished while nobody writes,
        so that it can begin anew.
        """
        if self._writers is None or not self._written:
            return
        self._written = False
        with _clear_errors(), self.engine.connect() as connection:
            _, pages, _ = connection.exec_driver_sql(_CHECKPOINT).one()
            if pages > _LONG_LOG_PAGES:
                with self._writers:
                    connection.exec_driver_sql(_CHECKPOINT)

    def close(self) -> None:
        for engine in self.engines:
            engine.dispose()


def _leave_idle(connection: Connection) -> None:
    """End a transaction of PostgreSQL's that failed.

    A COMMIT that was sent in one go with a statement that fails is not run, and SQLAlchemy, which has sent it, sends
    no ROLLBACK: the next to use the connection would meet the failed transaction.
    """
    if connection.dialect.name != "postgresql" or connection.invalidated:
        return
    try:
        connection.connection.rollback()
    except Exception:
        connection.invalidate()


def _wait_for_disk(connection: Connection, synchronous: str) -> None:
    """Let this connection's next commits wait for the disk as SQLite's `synchronous` says."""
    if connection.info["synchronous"] != synchronous:
        connection.exec_driver_sql(f"PRAGMA synchronous={synchronous}")
        connection.info["synchronous"] = synchronous


class FairLock:
    """A lock that is handed on in order of arrival, so that no writer starves behind a busy one."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._held = False

    def __enter__(self) -> None:
        with self._guard:
            if not self._held:
                self._held = True
                return
            turn = threading.Lock()
            turn.acquire()
            self._waiting.append(turn)
        turn.acquire()

    def __exit__(self, *_: object) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._held = False


@contextmanager
def _clear_errors() -> Iterator[None]:
    try:
        yield
    except sa.exc.OperationalError as error:
        if getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR:
            # SQLite's word for a statement that is wrong: our fault, and no better a moment later.
            raise
        # The driver's own words may name hosts and files: they are for the log, not for a caller.
        log.warning("database.unavailable", why=str(error.orig).strip())
        raise Problem(Kind.UNAVAILABLE, "database_unavailable", _plainly(str(error.orig))) from error
    except sa.exc.TimeoutError as error:
        raise Problem(Kind.UNAVAILABLE, "database_busy", "Every database connection is in use.") from error


def _plainly(reason: str) -> str:
    told = reason.lower()
    if "full" in told or "no space" in told:
        return "The database's disk is full; nothing was done."
    if "locked" in told or "timeout" in told:
        return "The database is busy; nothing was done."
    return "The database cannot be reached; nothing was done."


def _engine(url: str, synchronous: str, pool_size: int, more_settings: str = "") -> Engine:
    address = sa.engine.make_url(url)
    if address.get_backend_name() == "sqlite":
        engine = sa.create_engine(
            address,
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_use_lifo=True,
            pool_timeout=30,
            poolclass=sa.pool.QueuePool,
            json_deserializer=msgspec.json.decode,
            connect_args={"check_same_thread": False, "timeout": BUSY_TIMEOUT_SECONDS},
        )
        event.listen(engine, "connect", _sqlite_opener(synchronous))
        return engine
    settings = (
        f"-c idle_in_transaction_session_timeout={IDLE_IN_TRANSACTION_SECONDS}s"
        f" -c lock_timeout={BUSY_TIMEOUT_SECONDS}s {more_settings}"
    )
    engine = sa.create_engine(
        address.set(drivername="postgresql+psycopg"),
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
    """A psycopg cursor whose results come in binary: a bitmap as text would be twice its size."""
    import psycopg

    class BinaryCursor(psycopg.Cursor[Any]):
        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **named)
            self.format = psycopg.pq.Format.BINARY

    return BinaryCursor


def _sqlite_opener(synchronous: str) -> Callable[[sqlite3.Connection, Any], None]:
    def open_for_real_use(connection: sqlite3.Connection, record: Any) -> None:
        # We say BEGIN ourselves; the driver's own transaction control would begin deferred ones.
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA synchronous={synchronous}")
        record.info["synchronous"] = synchronous
        connection.execute(f"PRAGMA wal_autocheckpoint={4 * _LONG_LOG_PAGES}")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA cache_size=-65536")
        connection.execute("PRAGMA temp_store=MEMORY")

    return open_for_real_use
