"""Sets of fans do what plain Python sets do, chunk by chunk."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fancast.model import fan_sets as sets
from fancast.model.fan_sets import CHUNK_SIZE, FanSet, SetKind

#: Numbers that crowd at the edges of chunks, and runs, which the format packs otherwise.
NUMBERS = st.one_of(
    st.integers(0, 40),
    st.integers(CHUNK_SIZE - 5, CHUNK_SIZE + 5),
    st.integers(3 * CHUNK_SIZE - 3, 3 * CHUNK_SIZE + 3),
    st.integers(0, 5 * CHUNK_SIZE),
)
RUNS = st.builds(lambda start, length: set(range(start, start + length)), NUMBERS, st.integers(0, 300))
PLAIN = st.one_of(st.sets(NUMBERS, max_size=60), st.builds(set.union, RUNS, RUNS))
EDGE = st.one_of(st.just(-1), NUMBERS)


@given(PLAIN, EDGE, EDGE)
def test_clamp_keeps_what_lies_between(plain: set[int], low: int, high: int):
    low = max(low, 0)
    assert set(sets.clamp(FanSet(plain), low, high)) == {n for n in plain if low <= n < high}


@given(PLAIN, EDGE)
def test_above_keeps_what_is_greater(plain: set[int], number: int):
    assert set(sets.above(FanSet(plain), number)) == {n for n in plain if n > number}


@given(PLAIN, st.integers(0, 400))
def test_first_keeps_the_smallest(plain: set[int], count: int):
    assert list(sets.first(FanSet(plain), count)) == sorted(plain)[:count]


@given(PLAIN, st.integers(0, 400), st.integers(0, 50))
def test_a_page_is_a_slice_of_the_sorted_set(plain: set[int], offset: int, limit: int):
    assert sets.page(FanSet(plain), offset, limit) == sorted(plain)[offset : offset + limit]


@given(PLAIN)
def test_chunks_are_the_whole_set_in_order_and_none_is_empty(plain: set[int]):
    parts = list(sets.chunks(FanSet(plain)))
    assert [index for index, _ in parts] == sorted({n // CHUNK_SIZE for n in plain})
    assert all(part and {n // CHUNK_SIZE for n in part} == {index} for index, part in parts)
    assert set(sets.union(part for _, part in parts)) == plain


@given(PLAIN)
def test_stored_bytes_come_back_as_the_same_set(plain: set[int]):
    stored = [sets.pack(part) for _, part in sets.chunks(FanSet(plain))]
    assert set(sets.unpack(stored)) == plain


@given(st.lists(PLAIN, max_size=4))
def test_the_union_of_any_number_of_sets_holds_all_of_them(plains: list[set[int]]):
    assert set(sets.union(FanSet(plain) for plain in plains)) == set().union(*plains)


@given(PLAIN, PLAIN)
def test_asking_never_changes_a_set(plain: set[int], other: set[int]):
    fans = FanSet(plain)
    (
        sets.above(fans, 5),
        sets.first(fans, 3),
        sets.page(fans, 1, 2),
        list(sets.chunks(fans)),
        sets.clamp(fans, 0, 9),
    )
    sets.union([fans, FanSet(other)])
    assert set(fans) == plain


def test_half_a_million_fans_cost_less_than_half_a_byte_each():
    every_second = FanSet(range(0, 1_000_000, 2))
    stored = sum(len(sets.pack(part)) for _, part in sets.chunks(every_second))
    assert stored / len(every_second) <= 0.5


def test_one_fan_in_a_thousand_costs_at_most_four_bytes():
    rare = FanSet(range(0, 10_000_000, 1_000))
    assert sum(len(sets.pack(part)) for _, part in sets.chunks(rare)) / len(rare) <= 4


def test_the_values_of_set_kinds_are_stored_and_so_never_change():
    assert [kind.value for kind in SetKind][:19] == list(range(1, 20))
    assert (SetKind.LIST, SetKind.SUBSCRIBED, SetKind.OWNERS, SetKind.TO, SetKind.WITHDRAWN) == (
        1,
        2,
        12,
        14,
        19,
    )


#: Around the 4,096 from which on the format may keep bits, a half, all but some, in runs, all.
SIZES = [1, 4_095, 4_096, 4_097, 20_000, 32_768, 61_000, 65_535, CHUNK_SIZE]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("runs", [False, True])
def test_one_byte_of_a_plain_bitmap_tells_as_much_as_all_of_it(size: int, runs: bool):
    low = 3 * CHUNK_SIZE
    at_random = random.Random(size).sample(range(CHUNK_SIZE), size)
    numbers = {low + number for number in (range(size) if runs else at_random)}
    part = sets.pack(FanSet(numbers))
    plain = size > sets.MOST_NOT_BITMAP and len(part) == sets.BITMAP_BYTES
    assert plain is (not runs and 4_096 < size < 65_000)
    asked = random.Random(0).sample(range(low, low + CHUNK_SIZE), 3_000)
    assert all(sets.holds(part, number) is (number in numbers) for number in asked)
    if plain:
        assert all(
            sets.holds(part[(at := sets.byte_of(number)) : at + 1], number) is (number in numbers)
            for number in asked
        )
