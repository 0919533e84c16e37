"""Pace, without a database: a mass message's own rate is reckoned from its row alone."""

from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from fancast.core.pacing import Allowance, eta
from fancast.kit.times import to_ms
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
    paced = mass_message(pace=20, total=100, sent=60)
    assert eta(paced, Unpaced(), NOON) == NOON + timedelta(seconds=2)  # type: ignore[arg-type]
    assert eta(mass_message(total=100), Unpaced(), NOON) is None  # type: ignore[arg-type]
    assert eta(mass_message(pace=20, total=100, sent=100), Unpaced(), NOON) is None  # type: ignore[arg-type]
