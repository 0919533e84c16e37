"""Windows of days, changes in per cent, and how long money waits."""

from datetime import UTC, datetime, timedelta

import pytest

from fancast.model.charts import MOST_DAYS, DayWindow, Series, change, total_of, window_of
from fancast.model.day_totals import DayTotal, day_of
from fancast.model.ids import FanNumber
from fancast.model.transactions import Transaction, TransactionType

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
TODAY = day_of(NOON)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        (None, None, (TODAY - 29, TODAY)),
        (NOON, NOON, (TODAY, TODAY)),
        # From noon to midnight touches one day, a millisecond later two.
        (NOON - DAY, NOON.replace(hour=0) - timedelta(milliseconds=1), (TODAY - 1, TODAY - 1)),
        (NOON - DAY, NOON.replace(hour=0), (TODAY - 1, TODAY)),
        # Days to come are none, and nothing grows without bound.
        (NOON, NOON + 9 * DAY, (TODAY, TODAY)),
        (datetime(1971, 1, 1, tzinfo=UTC), None, (TODAY - MOST_DAYS + 1, TODAY)),
    ],
)
def test_a_window_is_the_whole_days_that_two_moments_touch(start, end, days):
    assert window_of(start, end, NOON) == DayWindow(*days)


def test_a_window_that_ends_before_it_begins_has_no_days():
    window = window_of(NOON + DAY, NOON, NOON)
    assert (list(window.days), list(window.before.days)) == ([], [])


def test_the_window_before_is_as_long_and_ends_where_this_one_begins():
    assert DayWindow(10, 12).before == DayWindow(7, 9)


@pytest.mark.parametrize(
    ("then", "now", "percent"), [(0, 0, 0), (0, 5, 100), (4, 6, 50), (4, 1, -75), (3, 4, 33.33)]
)
def test_a_change_is_in_per_cent_of_what_was(then: int, now: int, percent: float):
    assert change(then, now) == percent
    assert Series([], DayTotal(0, now), DayTotal(0, then)).delta(lambda day: day.count) == percent


def test_days_add_up_with_their_fees():
    total = total_of([DayTotal(1, 2, 500, 100), DayTotal(2, 1, 300, 60)])
    assert (total.count, total.gross_cents, total.fee_cents, total.net_cents) == (3, 800, 160, 640)


@pytest.mark.parametrize(
    ("after", "left"), [(0, 7), (1, 7), (86_400, 6), (6 * 86_400 + 1, 1), (7 * 86_400, 0)]
)
def test_money_waits_seven_days_counted_in_begun_ones(after: int, left: int):
    line = Transaction(1, TransactionType.TIP, FanNumber(0), 500, 100, 400, "USD", None, None, NOON)
    assert line.pending_days_left(NOON + timedelta(seconds=after)) == left
