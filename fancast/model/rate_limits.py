"""How often a caller may call: so many a minute, and a burst."""

from dataclasses import dataclass
from datetime import datetime

_MINUTE_US = 60_000_000
#: Calls of one moment may bring clocks so far apart: of several machines, or of one that waited for the write lock.
_APART_US = _MINUTE_US


@dataclass(frozen=True, slots=True)
class RateLimit:
    """A token bucket: refilled `per_minute`, holding at most `burst`."""

    per_minute: int
    burst: int

    @property
    def interval_us(self) -> int:
        """Microseconds in which one call comes back."""
        return _MINUTE_US // self.per_minute


@dataclass(frozen=True, slots=True)
class Left:
    """What a caller has left of its limit after this call."""

    limit: RateLimit
    remaining: int
    #: When the bucket is full again.
    full_at: datetime


def take(limit: RateLimit, spent_until_us: int, now_us: int) -> tuple[int, int, int]:
    """One call against a bucket whose tokens are spent until a moment.

    Returns the new moment, the calls left, and microseconds to wait: 0 when the call may go ahead, else the
    moment is unchanged.
    """
    whole_us = limit.burst * limit.interval_us
    spent = max(spent_until_us, now_us)
    if spent - now_us > whole_us + _APART_US:
        # No call takes it there: the clock was set back since, or the burst made smaller. Whoever waited for it
        # would wait as long as the jump. This call goes ahead, and the moment is a true one again.
        spent = now_us + whole_us - limit.interval_us
    after = spent + limit.interval_us
    over = after - now_us - whole_us
    if over > 0:
        return spent_until_us, 0, over
    return after, (whole_us - (after - now_us)) // limit.interval_us, 0
