"""What all servers of a fleet share and nobody else may know."""

from datetime import datetime

import sqlalchemy as sa

from fancast.kit.times import to_ms
from fancast.store.database import Tx
from fancast.store.tables import secrets as t


def get(tx: Tx, name: str) -> str | None:
    value: str | None = tx.value(sa.select(t.c.value).where(t.c.name == name))
    return value


def add(tx: Tx, name: str, value: str, *, now: datetime) -> None:
    """Unless another server was first."""
    row = {"name": name, "value": value, "created_at": to_ms(now)}
    tx.run(tx.insert(t).values(row).on_conflict_do_nothing(index_elements=["name"]))
