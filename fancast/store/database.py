"""The database: one Store per process, one Tx per use case, on SQLite or PostgreSQL.

SQLite is opened for real use (`engines`), with immediate write transactions, and the process's writers queue
first-come at a lock (p95 1.7 ms beside continuous mass sends, against 34 ms when they
meet in SQLite's busy handler). A read transaction sees one snapshot on both databases.
"""

import sqlite3
import threading
import time
from collections import deque
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine

from fancast.model.ids import AccountKey
from fancast.model.problems import Kind, Problem
from fancast.store import stopped
from fancast.store.drawn import drawn, say
from fancast.store.engines import LONG_LOG_PAGES, open_engine
from fancast.store.rows import Row, maker

log = structlog.get_logger()

_CHECKPOINT = "PRAGMA wal_checkpoint(PASSIVE)"
_CARELESS_CONNECTIONS = 4
#: libpq's word for a connection without a transaction.
_IDLE = 0
#: One in which a statement failed.
_FAILED = 3
#: Who often waits in vain looks for the stopped no more often.
_LOOK_SECONDS = 1.0
_COUNTING = {"preserve_rowcount": True}
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

    def run(self, statement: sa.Executable, values: Mapping[str, Any] | None = None) -> int:
        """How many rows it changed."""
        ready = drawn(statement, self.connection, tuple(values or ()))
        if ready is not None:
            return ready.change(self.connection, values)
        return self.connection.execute(statement, values, execution_options=_COUNTING).rowcount

    def many(self, statement: sa.Executable, rows: Sequence[Mapping[str, Any]]) -> int:
        """One statement for many rows, nothing for none. How many it changed in all."""
        if not rows:
            return 0
        ready = drawn(statement, self.connection, tuple(rows[0]))
        if ready is not None:
            return ready.change_many(self.connection, rows)
        return self.connection.execute(statement, rows, execution_options=_COUNTING).rowcount

    def rows(self, statement: sa.Executable, values: Mapping[str, Any] | None = None) -> Sequence[Row]:
        ready = drawn(statement, self.connection, tuple(values or ()))
        if ready is not None:
            return ready.rows(self.connection, values)
        result = self.connection.execute(statement, values)
        make = maker(tuple(result.keys()))
        return [make(row) for row in result.all()]

    def row(self, statement: sa.Executable, values: Mapping[str, Any] | None = None) -> Row | None:
        """The first, or None."""
        return next(iter(self.rows(statement, values)), None)

    def glance(self, statement: sa.Executable, values: Mapping[str, Any] | None = None) -> Row | None:
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
        row = self.row(statement, values)
        return None if row is None else row[0]

    def column(self, statement: sa.Executable, values: Mapping[str, Any] | None = None) -> list[Any]:
        """The first column of each row."""
        return [row[0] for row in self.rows(statement, values)]

    def insert(self, table: sa.Table) -> Any:
        """An INSERT that knows `on_conflict_*`, in this database's own words."""
        return insert_of(self.dialect, table)

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
        self.engine = open_engine(url, sqlite_synchronous, pool_size)
        self._synchronous = sqlite_synchronous
        self.dialect = self.engine.dialect.name
        self._writers = FairLock() if self.dialect == "sqlite" else None
        self._written = False
        self._looked_for_stopped = -_LOOK_SECONDS
        self._reading = self._careless = self.engine
        if self.dialect == "postgresql":
            # Connections of their own: to say so in each transaction costs more than some statements.
            self._reading = open_engine(url, "", pool_size, _SNAPSHOTS)
            self._careless = open_engine(url, "", _CARELESS_CONNECTIONS, "-c synchronous_commit=off")

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
        with self._clear_errors(), self._reading.connect() as connection:
            connection.begin()
            if self.dialect == "sqlite":
                say(connection, "BEGIN")
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
        with self._clear_errors(), self._careless.connect() as connection:
            yield Tx(connection.execution_options(isolation_level="AUTOCOMMIT"))

    def _write(self, durable: bool) -> Generator[Tx, None, Tx]:
        with self._clear_errors(), (self.engine if durable else self._careless).connect() as connection:
            # By hand: what only the driver's own connection has run (a job alone) would not be committed else.
            connection.begin()
            if self.dialect == "sqlite":
                careless = "NORMAL" if self._synchronous == "FULL" else self._synchronous
                _wait_for_disk(connection, self._synchronous if durable else careless)
                say(connection, "BEGIN IMMEDIATE")
            tx = Tx(connection)
            yield tx
            if tx.owed:
                self.jobs.defer(tx, tx.owed)
            _commit(connection)
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
        with self._clear_errors(), self.engine.connect() as connection:
            _, pages, _ = connection.exec_driver_sql(_CHECKPOINT).one()
            if pages > LONG_LOG_PAGES:
                with self._writers:
                    connection.exec_driver_sql(_CHECKPOINT)

    @contextmanager
    def _clear_errors(self) -> Iterator[None]:
        try:
            yield
        except sa.exc.OperationalError as error:
            if getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR:
                # SQLite's word for a statement that is wrong: our fault, and no better a moment later.
                raise
            # The driver's own words may name hosts and files: they are for the log, not for a caller.
            log.warning("database.unavailable", why=str(error.orig).strip())
            if stopped.waited_in_vain(error):
                self._end_stopped()
            raise Problem(Kind.UNAVAILABLE, "database_unavailable", _plainly(str(error.orig))) from error
        except sa.exc.TimeoutError as error:
            raise Problem(
                Kind.UNAVAILABLE, "database_busy", "Every database connection is in use."
            ) from error

    def _end_stopped(self) -> None:
        """So that the next to want that lock gets it."""
        if time.monotonic() - self._looked_for_stopped < _LOOK_SECONDS:
            return
        self._looked_for_stopped = time.monotonic()
        try:
            ended = stopped.end(self._careless)
        except sa.exc.SQLAlchemyError:
            log.exception("database.stopped_not_looked_for")
        else:
            if ended:
                log.warning("database.stopped_ended", transactions=ended)

    def close(self) -> None:
        for engine in self.engines:
            engine.dispose()


def _commit(connection: Connection) -> None:
    """Raises RuntimeError where an error was passed over: PostgreSQL would roll back, and call it done."""
    if connection.dialect.name == "postgresql":
        driver: Any = connection.connection.driver_connection
        if driver.pgconn.transaction_status == _FAILED:
            raise RuntimeError("a statement of this transaction failed, and nobody was told")
    try:
        connection.commit()
    except BaseException:
        # SQLAlchemy takes it for over, and gives the connection back as it is.
        connection.invalidate()
        raise


def _wait_for_disk(connection: Connection, synchronous: str) -> None:
    """Let this connection's next commits wait for the disk as SQLite's `synchronous` says."""
    if connection.info["synchronous"] != synchronous:
        say(connection, f"PRAGMA synchronous={synchronous}")
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


def _plainly(reason: str) -> str:
    told = reason.lower()
    if "full" in told or "no space" in told:
        return "The database's disk is full; nothing was done."
    if "locked" in told or "timeout" in told:
        return "The database is busy; nothing was done."
    return "The database cannot be reached; nothing was done."
