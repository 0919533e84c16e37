"""The queue: mass messages that wait for their hour."""

from collections import Counter
from datetime import date, datetime
from zoneinfo import ZoneInfo

from fancast.model.accounts import Account
from fancast.model.mass_messages import MassMessage
from fancast.store import mass_messages
from fancast.store import queue as store
from fancast.store.database import Tx


def between(
    tx: Tx, account: Account, start: datetime, end: datetime, *, limit: int, now: datetime
) -> list[MassMessage]:
    """Those whose hour is in start..end (without the end), the next one first.

    Their hour is the one they were asked for, also while a try that went wrong puts them off.
    """
    ids = store.scheduled(tx, account.key, start, end, limit, now=now)
    found = mass_messages.get_many(tx, account.key, ids)
    return sorted(found.values(), key=lambda one: (one.scheduled_at or now, one.id))


def counts_by_day(
    tx: Tx, account: Account, start: datetime, end: datetime, zone: ZoneInfo, *, now: datetime
) -> dict[date, int]:
    """How many have their hour on each day of a time zone; days without one are left out."""
    hours = store.hours(tx, account.key, start, end, now=now)
    return dict(sorted(Counter(hour.astimezone(zone).date() for hour in hours).items()))
