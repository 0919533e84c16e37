"""Between the three shapes of a moment: aware UTC datetimes, epoch milliseconds, ISO texts."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def to_ms(moment: datetime) -> int:
    """Whole milliseconds since the epoch, rounded down; the form both databases store."""
    return (moment - EPOCH) // _MILLISECOND


def from_ms(milliseconds: int) -> datetime:
    """The aware UTC moment of a stored number of milliseconds."""
    return EPOCH + timedelta(milliseconds=milliseconds)


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
    """ISO 8601 in whole seconds with `+00:00`, as both vendors print most moments."""
    return moment.astimezone(UTC).replace(microsecond=0).isoformat()


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
