"""Processes that were stopped while PostgreSQL spoke with them, and keep their locks.

PostgreSQL ends a transaction that rests (`engines.IDLE_IN_TRANSACTION_SECONDS`). One whose process was stopped while
it took an answer longer than the network's buffers, or sent so long a statement, does not rest in PostgreSQL's eyes:
it is at work for a client that says nothing, and no time limit of PostgreSQL's ends that. So whoever waited for a
lock in vain looks for such.
"""

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from fancast.store.engines import IDLE_IN_TRANSACTION_SECONDS

_LOCK_NOT_AVAILABLE = "55P03"

# It has a number: it changed or holds rows. A COPY is somebody's who loads or saves the database by hand.
_END = sa.text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND usename = current_user AND state = 'active'"
    " AND wait_event IN ('ClientRead', 'ClientWrite') AND backend_xid IS NOT NULL"
    f" AND state_change < clock_timestamp() - interval '{IDLE_IN_TRANSACTION_SECONDS} seconds'"
    " AND query NOT ILIKE 'COPY %'"
)


def waited_in_vain(error: sa.exc.OperationalError) -> bool:
    """Whether somebody kept a lock for longer than this was ready to wait."""
    return getattr(error.orig, "sqlstate", None) == _LOCK_NOT_AVAILABLE


def end(engine: Engine) -> int:
    """End the transactions of those that say nothing. How many there were."""
    with engine.connect() as connection:
        return len(connection.execution_options(isolation_level="AUTOCOMMIT").execute(_END).all())
