"""Charts: a point for each day of a window, the window's sum, and that of the window before it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from fancast.model.day_totals import DayTotal, day_of

#: A longer window shows its last days only, so that a chart never grows without bound.
MOST_DAYS = 1_100
DEFAULT_DAYS = 30


@dataclass(frozen=True, slots=True)
class DayWindow:
    """Days from the first to the last, both included; none when the last lies before the first."""

    first: int
    last: int

    @property
    def days(self) -> range:
        return range(self.first, self.last + 1)

    @property
    def before(self) -> "DayWindow":
        """As many days, just before."""
        return DayWindow(self.first - len(self.days), self.first - 1)


def window_of(start: datetime | None, end: datetime | None, now: datetime) -> DayWindow:
    """The whole days in UTC that two moments touch: by default the last 30, never days to come."""
    last = day_of(now) if end is None else min(day_of(end), day_of(now))
    first = last - DEFAULT_DAYS + 1 if start is None else day_of(start)
    return DayWindow(max(first, last - MOST_DAYS + 1), last)


@dataclass(frozen=True, slots=True)
class Series:
    """One line of a chart."""

    points: Sequence[DayTotal]
    total: DayTotal
    #: The sum of the window before.
    before: DayTotal

    def delta(self, measure: Callable[[DayTotal], int]) -> float:
        """By how many per cent the sum changed against the window before."""
        return change(measure(self.before), measure(self.total))


def change(then: int, now: int) -> float:
    """By how many per cent; from nothing to something is 100."""
    if not then:
        return 100.0 if now else 0.0
    return round((now - then) * 100 / then, 2)


def total_of(points: Iterable[DayTotal]) -> DayTotal:
    """The sum of several days, or kinds."""
    count = gross = fee = 0
    for point in points:
        count, gross, fee = count + point.count, gross + point.gross_cents, fee + point.fee_cents
    return DayTotal(0, count, gross, fee)


@dataclass(frozen=True, slots=True)
class MassDay:
    """The mass messages whose sending began on one day: how many, their copies, and how many of these were read."""

    mass_messages: int = 0
    copies: int = 0
    views: int = 0

    def plus(self, other: "MassDay") -> "MassDay":
        return MassDay(
            self.mass_messages + other.mass_messages, self.copies + other.copies, self.views + other.views
        )
