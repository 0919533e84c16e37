"""What the whole fleet does by the clock, once: whoever moves the row on does it."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from fancast.kit.times import to_ms
from fancast.store.database import Tx
from fancast.store.tables import ticks as t


def win(tx: Tx, name: str, every: timedelta, *, now: datetime) -> bool:
    """Whether this process does it now. A clock that was set back does not stop the ticks."""
    stamp, gap = to_ms(now), int(every / timedelta(milliseconds=1))
    due = (t.c.ticked_at <= stamp - gap) | (t.c.ticked_at > stamp + 60_000)
    if tx.run(sa.update(t).where(t.c.name == name, due).values(ticked_at=stamp)) == 1:
        return True
    if tx.value(sa.select(t.c.ticked_at).where(t.c.name == name)) is not None:
        return False
    # Not by its row count: that is -1 on PostgreSQL, whoever was first.
    fresh = tx.insert(t).values(name=name, ticked_at=stamp).on_conflict_do_nothing().returning(t.c.name)
    return tx.row(fresh) is not None
