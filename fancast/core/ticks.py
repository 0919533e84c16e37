"""Who in the fleet does what is done by the clock."""

from datetime import datetime, timedelta

from fancast.store import ticks as store
from fancast.store.database import Tx


def win(tx: Tx, name: str, every: timedelta, *, now: datetime) -> bool:
    """Whether this process does `name` now; at most once in `every` in the whole fleet."""
    return store.win(tx, name, every, now=now)
