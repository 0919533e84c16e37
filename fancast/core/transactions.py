"""The ledger's lines, and what they come to: earned, waiting, ready to be paid out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from fancast.core.charts import EARNINGS
from fancast.kit.times import from_ms
from fancast.model.accounts import Account
from fancast.model.day_totals import DayKind, DayTotal, day_of
from fancast.model.fans import Fan
from fancast.model.problems import invalid
from fancast.model.transactions import PENDING_DAYS, Transaction, TransactionType
from fancast.store import day_totals, fans
from fancast.store import transactions as store
from fancast.store.database import Tx

_ALL = tuple(TransactionType)
#: A marker from here on may be a second of the epoch, as clients of both dialects know them.
_EARLIEST_SECOND = 1_000_000_000
_NEWEST = (datetime(9000, 1, 1, tzinfo=UTC), 0)


@dataclass(frozen=True, slots=True)
class Balance:
    """What the creator earned, net, in cents."""

    available_cents: int
    #: Earned within the last days: it cannot be paid out yet.
    pending_cents: int


def page(
    tx: Tx, account: Account, types: Sequence[TransactionType] = _ALL, *, since: datetime | None = None,
    marker: int | None = None, limit: int,
) -> list[tuple[Transaction, Fan]]:  # fmt: skip
    """Newest first, each with its fan; `marker` is the id of the last line of the page before, or a second.

    Ask for one more than shown to learn of a rest. Raises INVALID unknown_marker.
    """
    before = _NEWEST if marker is None else _place(tx, account, marker)
    found = store.page(tx, account.key, types, since=since, before=before, limit=limit)
    numbers = list(dict.fromkeys(line.number for line in found))
    people = {fan.number: fan for fan in fans.get_many(tx, account.key, numbers)}
    return [(line, people[line.number]) for line in found]


def marker_between(last: Transaction, following: Transaction) -> int:
    """Where a page ended: its last second, as the vendors' markers are; where that goes on, its last line's id."""
    second = int(last.created_at.timestamp())
    return second if following.created_at.timestamp() < second >= _EARLIEST_SECOND else last.id


def _place(tx: Tx, account: Account, marker: int) -> tuple[datetime, int]:
    line = store.get(tx, account.key, marker)
    if line is not None:
        return line.created_at, line.id
    try:
        return from_ms(_second(marker) * 1000), 0
    except OverflowError:
        raise _unknown() from None


def _second(marker: int) -> int:
    if marker < _EARLIEST_SECOND:
        raise _unknown()
    return marker


def _unknown() -> Exception:
    return invalid("marker", "marker must be that of a page of this list.", code="unknown_marker")


def totals(
    tx: Tx, account: Account, *, start: datetime | None = None, end: datetime | None = None, now: datetime
) -> dict[DayKind, DayTotal]:
    """All that was earned on the days that two moments touch, by kind; by default so far."""
    first, last = 0 if start is None else day_of(start), day_of(now if end is None else end)
    return day_totals.sums(tx, account.key, EARNINGS, first_day=first, last_day=last)


def balance(tx: Tx, account: Account, *, now: datetime) -> Balance:
    """What can be paid out, counted in whole days, and what waits for it."""
    newest = day_of(now - timedelta(days=PENDING_DAYS))
    free = day_totals.sums(tx, account.key, EARNINGS, last_day=newest)
    waiting = day_totals.sums(tx, account.key, EARNINGS, first_day=newest + 1, last_day=day_of(now))
    return Balance(
        sum(one.net_cents for one in free.values()), sum(one.net_cents for one in waiting.values())
    )
