"""Pace, without a database: a mass message's own rate is reckoned from its row alone."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fancast.core.pacing import Allowance, etas, seconds_left
from fancast.kit.times import to_ms
from fancast.model.ids import QueueId
from fancast.model.mass_messages import State
from fancast.store.pacing import UnderWay
from tests.unit.test_mass_messages import mass_message
from tests.world import NOON


class Unpaced:
    """An account without a pace of its own."""

    pace = None


def allowance(rate: int, spent_until_us: int, at_ms: int) -> Any:
    paced = mass_message(pace=rate, paced_until_us=spent_until_us)
    return Allowance(Unpaced(), paced, NOON + timedelta(milliseconds=at_ms))  # type: ignore[arg-type]


NOON_US = to_ms(NOON) * 1_000
RATES = st.one_of(st.integers(1, 50), st.integers(1, 10_000_000))
#: When somebody looks: milliseconds after the look before.
LOOKS = st.lists(st.one_of(st.integers(0, 30), st.integers(0, 3_000)), min_size=1, max_size=60)


@given(RATES, LOOKS, st.randoms())
def test_never_more_goes_out_than_the_rate_allows_and_one_second_more(
    rate: int, looks: list[int], chance: Any
):
    mark, elapsed, gone = NOON_US, 0, 0
    for wait in looks:
        elapsed += wait
        allowed = allowance(rate, mark, elapsed)
        taken = chance.randint(0, allowed.count)
        mark = allowed.spend(taken)
        gone += taken
        assert gone <= rate * elapsed / 1_000 + rate


@given(st.integers(4, 10_000_000), LOOKS)
def test_nothing_is_lost_over_many_small_looks(rate: int, looks: list[int]):
    # A look comes before a second's worth is saved up, the unspent part of one recipient included.
    mark, elapsed, gone = NOON_US, 0, 0
    for wait in (min(wait, 700) for wait in looks):
        elapsed += wait
        allowed = allowance(rate, mark, elapsed)
        mark = allowed.spend(allowed.count)
        gone += allowed.count
    # Each step may round by under a microsecond's worth, in the sender's favour or not.
    slack = 1 + len(looks) * rate / 1_000_000
    assert abs(gone - rate * elapsed / 1_000) <= slack


@given(RATES, st.integers(0, 100_000))
def test_a_pause_saves_up_one_second_at_most(rate: int, idle_ms: int):
    assert allowance(rate, NOON_US, idle_ms).count <= rate


@given(RATES, st.integers(0, 2_000))
def test_at_the_next_look_there_is_something_to_send(rate: int, at_ms: int):
    allowed = allowance(rate, NOON_US, at_ms)
    mark = allowed.spend(allowed.count)
    later = int((allowed.next_at - NOON) / timedelta(milliseconds=1))
    assert later > at_ms
    assert allowance(rate, mark, later).count >= 1


def test_a_paced_send_says_when_it_will_be_done():
    assert eta(pace=20, total=100, sent=60) == NOON + timedelta(seconds=2)
    assert eta(total=100) is None
    assert eta(pace=20, total=100, sent=100) is None
    assert eta(pace=20, total=100, sent=60, state=State.PAUSED) is None


def eta(state: State = State.SENDING, **values: Any) -> datetime | None:
    """Of one whose account has no pace, so that nothing else is read."""
    one = mass_message(state=state, **values)
    return etas(None, Unpaced(), [one], now=NOON).get(one.id)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("queue", "seconds"),
    [
        ([(400, None)], [10]),
        # The newer one waits for the older one, and begins when it ends.
        ([(400, None), (80, None)], [10, 12]),
        # What is slower by itself leaves the rest to the newer one.
        ([(400, 10), (300, None)], [40, 10]),
        ([(100, 10), (400, None)], [10, 12.5]),
        ([(400, 100), (40, 5)], [10, 18]),
        ([(100, 30), (100, 30), (100, 30)], [10 / 3, 50 / 9, 220 / 27]),
        ([(0, None), (40, None)], [0, 1]),
    ],
)
def test_what_shares_an_account_s_pace_ends_one_after_the_other(
    queue: list[tuple[int, int | None]], seconds: list[float]
):
    waiting = [UnderWay(QueueId(place), *one) for place, one in enumerate(queue)]
    assert list(dict(sorted(seconds_left(40, waiting).items())).values()) == pytest.approx(seconds)


@given(st.integers(1, 10_000_000), st.lists(st.tuples(st.integers(0, 10**7), st.none() | RATES), max_size=20))
def test_all_that_shares_a_pace_ends_and_none_sooner_than_its_own_rates_allow(
    rate: int, queue: list[tuple[int, int | None]]
):
    waiting = [UnderWay(QueueId(place), *one) for place, one in enumerate(queue)]
    left = seconds_left(rate, waiting)
    assert left.keys() == {one.id for one in waiting}
    for one in waiting:
        assert left[one.id] >= one.pending / min(rate, one.pace or rate) - 0.01
    assert max(left.values(), default=0) >= sum(one.pending for one in waiting) / rate - 0.01
