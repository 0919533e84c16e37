"""Drafts that go out by themselves: every so many hours the oldest one."""

from dataclasses import dataclass
from datetime import datetime

#: The periods that may be chosen, in hours, and the one to begin with.
PERIODS_HOURS = (6, 12, 24, 48)
DEFAULT_HOURS = 24


@dataclass(frozen=True, slots=True)
class DraftSender:
    period_hours: int = DEFAULT_HOURS
    #: When the next draft goes out; None while it is switched off.
    next_at: datetime | None = None

    @property
    def on(self) -> bool:
        return self.next_at is not None
