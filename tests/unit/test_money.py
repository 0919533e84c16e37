"""Money is integer cents inside, and never a float in between."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fancast.kit.money import cents_from_dollars, dollars_number, dollars_text, share

CENTS = st.integers(min_value=-1_000_000_000, max_value=1_000_000_000)


@pytest.mark.parametrize(
    ("dollars", "cents"),
    [(9, 900), (9.5, 950), ("9.50", 950), ("9.5", 950), (" 3 ", 300), (0, 0), (19.99, 1999), (0.29, 29),
     (Decimal("4.35"), 435), (1.1, 110), (-2.5, -250), (9.0, 900), ("1e2", 10_000)],
)  # fmt: skip
def test_dollars_are_read_to_the_cent(dollars: object, cents: int):
    assert cents_from_dollars(dollars) == cents


@pytest.mark.parametrize(
    "wrong",
    ["", "abc", "9.999", 9.999, 0.001, float("nan"), float("inf"), "-Infinity", "NaN", True, None, [], {}, "1,50",
     "1e99", 1e300, 10_000_001],
)  # fmt: skip
def test_what_is_not_an_amount_is_refused(wrong: object):
    with pytest.raises(ValueError, match="amount"):
        cents_from_dollars(wrong)


@given(CENTS)
def test_an_amount_written_and_read_again_is_the_same(cents: int):
    assert cents_from_dollars(dollars_text(cents)) == cents
    assert cents_from_dollars(dollars_number(cents)) == cents


@pytest.mark.parametrize(("cents", "text"), [(1250, "12.50"), (5, "0.05"), (0, "0.00"), (-5, "-0.05")])
def test_dollars_are_written_with_two_decimals(cents: int, text: str):
    assert dollars_text(cents) == text


def test_whole_dollars_are_written_as_whole_numbers():
    assert repr(dollars_number(1200)) == "12"
    assert repr(dollars_number(1250)) == "12.5"


@given(st.integers(0, 10_000_000), st.integers(0, 10_000))
def test_a_share_is_rounded_half_up_and_never_more_than_all(cents: int, points: int):
    exact = Decimal(cents) * points / 10_000
    assert abs(share(cents, points) - exact) <= Decimal("0.5")
    assert 0 <= share(cents, points) <= cents
    assert share(1, 5_000) == 1
