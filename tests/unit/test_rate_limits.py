"""Rate limits: what a bucket allows, also when the clock is set back."""

import pytest

from fancast.model.rate_limits import RateLimit, take

SECOND_US, MINUTE_US, HOUR_US = 1_000_000, 60_000_000, 3_600_000_000
NOW_US = 1_000 * HOUR_US
LIMIT = RateLimit(per_minute=60, burst=3)
#: All of it was spent at NOW_US.
EMPTY = NOW_US + 3 * SECOND_US


@pytest.mark.parametrize("back_us", [10 * MINUTE_US, HOUR_US, 24 * HOUR_US])
def test_a_clock_set_back_shuts_nobody_out(back_us: int) -> None:
    now = NOW_US - back_us
    spent, left, wait = take(LIMIT, EMPTY, now)
    assert (left, wait) == (0, 0)
    # What is kept from now on is of this clock: the rate holds, and no more than it.
    assert take(LIMIT, spent, now) == (spent, 0, SECOND_US)
    assert take(LIMIT, spent, now + SECOND_US)[1:] == (0, 0)
    assert take(LIMIT, spent, now + 3 * SECOND_US)[1:] == (2, 0)


def test_a_burst_made_smaller_shuts_nobody_out() -> None:
    spent = take(RateLimit(per_minute=60, burst=1_000), NOW_US + 900 * SECOND_US, NOW_US)[0]
    assert take(LIMIT, spent, NOW_US)[2] == 0


def test_a_clock_a_little_behind_the_others_gives_nothing_away() -> None:
    for behind_us in (1_000, SECOND_US, MINUTE_US):
        assert take(LIMIT, EMPTY, NOW_US - behind_us) == (EMPTY, 0, SECOND_US + behind_us)
