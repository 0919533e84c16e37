"""Procrastinate's tables and how a job gets into them, inside our own transaction.

Measured: deferred so, a job is rolled back with its fact, and starts 3 ms after the commit. No `lock`, no
`queueing_lock` and no far-future jobs: a waiting future job swallows an immediate one of the same queueing lock,
and a job that deferred itself and died can never be put back.
"""

from collections.abc import Sequence

import procrastinate
import sqlalchemy as sa
from procrastinate.schema import SchemaManager
from sqlalchemy.engine import Connection

from fancast.model.ids import AccountKey
from fancast.store.database import Tx

DRIVE = "fancast.drive"
QUEUE = "accounts"
#: Among waiting jobs a higher priority goes first.
FIRST, AGAIN = 0, -10

_deferrer = procrastinate.App(connector=procrastinate.SyncPsycopgConnector())


def defer_drive(tx: Tx, accounts: Sequence[AccountKey], *, priority: int = FIRST) -> None:
    """A job that says *look at these accounts now*, committed or rolled back with this transaction."""
    connection = tx.connection.connection.driver_connection
    job = _deferrer.configure_task(DRIVE, queue=QUEUE, priority=priority, connection=connection)
    job.defer(accounts=[int(account) for account in accounts])


def apply_schema(connection: Connection) -> None:
    """Make Procrastinate's tables where there are none."""
    if connection.dialect.name != "postgresql" or sa.inspect(connection).has_table("procrastinate_jobs"):
        return
    driver = connection.connection.driver_connection
    assert driver is not None
    with driver.cursor() as cursor:
        # Many statements in one text go only by the simple protocol, which answers in text.
        cursor.format = 0
        cursor.execute(SchemaManager.get_schema())
