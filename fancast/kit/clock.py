"""The time, as a value that is handed round: only `bootstrap` makes a clock."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]


def system_clock(offset: timedelta = timedelta()) -> Clock:
    """Make a clock that tells aware UTC time, moved by `offset` (for drills and sandboxes)."""

    def now() -> datetime:
        return datetime.now(UTC) + offset

    return now
