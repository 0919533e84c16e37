"""Charts: what was sent, bought and earned, day by day. A chart costs its days, however many fans there are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import reduce

from fancast.model.accounts import Account
from fancast.model.charts import DayWindow, MassDay, Series, total_of, window_of
from fancast.model.day_totals import DayKind, DayTotal
from fancast.store import day_totals, mass_statistics
from fancast.store.database import Tx

#: The lines of the ledger that earnings are made of.
EARNINGS = (DayKind.SUBSCRIPTION, DayKind.MESSAGE, DayKind.TIP)


class Engagement(StrEnum):
    """The lines of the chart of messages. Copies of mass messages stand on the day their sending began."""

    MASS_MESSAGES = "mass_messages"
    MASS_MESSAGE_PURCHASES = "mass_message_purchases"
    DIRECT_MESSAGES = "direct_messages"
    DIRECT_MESSAGE_PURCHASES = "direct_message_purchases"


_KINDS = {
    Engagement.MASS_MESSAGE_PURCHASES: DayKind.MASS_MESSAGE_PURCHASE,
    Engagement.DIRECT_MESSAGES: DayKind.DIRECT_MESSAGE,
    Engagement.DIRECT_MESSAGE_PURCHASES: DayKind.DIRECT_PURCHASE,
}


def engagement(
    tx: Tx, account: Account, *, start: datetime | None, end: datetime | None, now: datetime
) -> dict[Engagement, Series]:
    """What was sent and what of it was bought, day by day; purchases stand on the day they were made."""
    window = window_of(start, end, now)
    begun = mass_statistics.by_day(tx, account.key, window.before.first, window.last)
    sent = {day: DayTotal(day, one.copies) for day, one in begun.items()}
    before = total_of(sent[day] for day in window.before.days if day in sent)
    lines = {line: _line(tx, account, [kind], window) for line, kind in _KINDS.items()}
    return {Engagement.MASS_MESSAGES: _series(sent, before, window), **lines}


def earnings(
    tx: Tx, account: Account, kinds: Sequence[DayKind] = EARNINGS, *, start: datetime | None, end: datetime | None,
    now: datetime,
) -> Series:  # fmt: skip
    """What was earned by these, day by day; of none of them a line of nothing."""
    return _line(tx, account, kinds, window_of(start, end, now))


@dataclass(frozen=True, slots=True)
class MassOverview:
    """Mass messages of a window, by day; those of the window before; and what was bought of all in it, by day."""

    points: Sequence[tuple[int, MassDay]]
    total: MassDay
    before: MassDay
    purchases: Series


def mass_overview(
    tx: Tx, account: Account, *, start: datetime | None, end: datetime | None, now: datetime
) -> MassOverview:
    """How many mass messages began in a time, how many read them, and what was earned with them."""
    window = window_of(start, end, now)
    begun = mass_statistics.by_day(tx, account.key, window.before.first, window.last)
    points = [(day, begun.get(day, MassDay())) for day in window.days]
    purchases = _line(tx, account, [DayKind.MASS_MESSAGE_PURCHASE], window)
    total = reduce(MassDay.plus, (one for _, one in points), MassDay())
    before = reduce(MassDay.plus, (begun.get(day, MassDay()) for day in window.before.days), MassDay())
    return MassOverview(points, total, before, purchases)


def _line(tx: Tx, account: Account, kinds: Sequence[DayKind], window: DayWindow) -> Series:
    by_day = day_totals.by_day(tx, account.key, kinds, window.first, window.last)
    earlier = window.before
    sums = day_totals.sums(tx, account.key, kinds, first_day=earlier.first, last_day=earlier.last)
    return _series(by_day, total_of(sums.values()), window)


def _series(by_day: Mapping[int, DayTotal], before: DayTotal, window: DayWindow) -> Series:
    points = [by_day.get(day) or DayTotal(day) for day in window.days]
    return Series(points, total_of(points), before)
