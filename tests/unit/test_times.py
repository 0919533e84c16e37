"""The three shapes of a moment agree."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fancast.kit.clock import system_clock
from fancast.kit.times import (
    EPOCH,
    from_ms,
    maybe_from_ms,
    maybe_ms,
    offset_text,
    parse_time,
    to_ms,
    zulu_text,
)

MICROSECONDS = st.integers(32_000_000 * 1_000_000, 221_000_000_000 * 1_000_000)
MOMENTS = MICROSECONDS.map(lambda microseconds: EPOCH + timedelta(microseconds=microseconds))


@given(st.integers(0, 200_000_000_000_000))
def test_stored_milliseconds_come_back_exactly(milliseconds: int):
    assert to_ms(from_ms(milliseconds)) == milliseconds


@given(MOMENTS)
def test_a_moment_loses_at_most_its_microseconds(moment: datetime):
    assert timedelta() <= moment - from_ms(to_ms(moment)) < timedelta(milliseconds=1)
    assert parse_time(zulu_text(from_ms(to_ms(moment)))) == from_ms(to_ms(moment))


@given(MOMENTS, st.integers(-14 * 60, 14 * 60))
def test_an_offset_text_is_the_iso_text_of_whole_seconds(moment: datetime, minutes: int):
    elsewhere = moment.astimezone(timezone(timedelta(minutes=minutes)))
    assert offset_text(elsewhere) == moment.replace(microsecond=0).isoformat()


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-02", datetime(2026, 3, 2, tzinfo=UTC)),
        ("2026-03-02T12:00:00", datetime(2026, 3, 2, 12, tzinfo=UTC)),
        ("2026-03-02T12:00:00Z", datetime(2026, 3, 2, 12, tzinfo=UTC)),
        ("2026-03-02T12:00:00.250Z", datetime(2026, 3, 2, 12, 0, 0, 250_000, tzinfo=UTC)),
        ("2026-03-02T12:00:00+02:00", datetime(2026, 3, 2, 10, tzinfo=UTC)),
        (" 2026-03-02 12:00 ", datetime(2026, 3, 2, 12, tzinfo=UTC)),
    ],
)
def test_iso_texts_are_read_and_naive_ones_are_utc(text: str, moment: datetime):
    assert parse_time(text) == moment
    assert parse_time(text).tzinfo is UTC


@pytest.mark.parametrize(
    "text", ["", "tomorrow", "2026-13-01", "9999-12-31T23:59:59-05:00", "0001-01-01", "12:00"]
)
def test_what_is_no_moment_is_refused(text: str):
    with pytest.raises(ValueError, match=r".+"):
        parse_time(text)


@given(st.text(max_size=30))
def test_any_text_is_a_moment_or_a_value_error(text: str):
    try:
        assert parse_time(text).tzinfo is UTC
    except ValueError:
        pass


def test_moments_are_written_in_utc():
    moment = datetime(2026, 3, 2, 12, 0, 0, 123_456, tzinfo=timezone(timedelta(hours=2)))
    assert offset_text(moment) == "2026-03-02T10:00:00+00:00"
    assert zulu_text(moment) == "2026-03-02T10:00:00.123Z"


def test_nothing_stays_nothing():
    assert maybe_ms(None) is None
    assert maybe_from_ms(None) is None


def test_a_clock_can_be_moved_for_drills():
    ahead = system_clock(timedelta(hours=1))() - system_clock()()
    assert timedelta(minutes=59) < ahead < timedelta(minutes=61)
    assert system_clock()().tzinfo is UTC
