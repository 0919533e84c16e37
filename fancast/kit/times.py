"""Between the three shapes of a moment: aware UTC datetimes, epoch milliseconds, ISO texts."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_MINUTES = [f"T{minute // 60:02}:{minute % 60:02}:" for minute in range(24 * 60)]
_SECONDS = [f"{second:02}+00:00" for second in range(60)]


def to_ms(moment: datetime) -> int:
    """Whole milliseconds since the epoch, rounded down; the form both databases store."""
    return (moment - EPOCH) // _MILLISECOND


def from_ms(milliseconds: int) -> datetime:
    """The aware UTC moment of a stored number of milliseconds."""
    return EPOCH + milliseconds * _MILLISECOND


def maybe_ms(moment: datetime | None) -> int | None:
    return None if moment is None else to_ms(moment)


def maybe_from_ms(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else from_ms(milliseconds)


def parse_time(text: str) -> datetime:
    """Read an ISO 8601 moment or day. A naive one is UTC. Raises ValueError.

    Years outside 1971..9000 are refused: no mass message is meant for them, and they overflow arithmetic.
    """
    moment = datetime.fromisoformat(text.strip())
    return in_range(moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment)


def in_range(moment: datetime) -> datetime:
    """An aware moment in UTC. Raises ValueError outside the years that `parse_time` reads."""
    if not 1971 <= moment.year <= 9000:
        raise ValueError(f"year {moment.year} is out of range")
    return moment.astimezone(UTC)


def offset_text(moment: datetime) -> str:
    """ISO 8601 in whole seconds with `+00:00`, as both vendors print most moments.

    Put together from its parts: `isoformat` takes six times as long, and a page of chats prints nearly 200 moments.
    """
    utc = moment.astimezone(UTC)
    return f"{_day(utc.toordinal())}{_MINUTES[60 * utc.hour + utc.minute]}{_SECONDS[utc.second]}"


@lru_cache(maxsize=4_096)
def _day(ordinal: int) -> str:
    return date.fromordinal(ordinal).isoformat()


def zulu_text(moment: datetime) -> str:
    """RFC 3339 in milliseconds with `Z`, as our native API prints every moment."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def maybe_zulu(moment: datetime | None) -> str | None:
    return None if moment is None else zulu_text(moment)


def is_time_zone(name: str) -> bool:
    """Whether this is a zone's name, as in `Europe/Berlin`."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True
