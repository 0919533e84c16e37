"""Sums by day in UTC: what charts show, at the cost of their days."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from fancast.kit.times import EPOCH

DAY = timedelta(days=1)


class DayKind(StrEnum):
    """What is counted. The value is stored: never reuse one."""

    # Lines of the ledger, by their type.
    SUBSCRIPTION = "subscription"
    MESSAGE = "message"
    TIP = "tip"
    # The part of MESSAGE that is a mass message's copies, and a direct message's.
    MASS_MESSAGE_PURCHASE = "mass_message_purchase"
    DIRECT_PURCHASE = "direct_purchase"
    #: Messages that the creator sent to one fan; no money.
    DIRECT_MESSAGE = "direct_message"


@dataclass(frozen=True, slots=True)
class DayTotal:
    """One day's sums; of nothing, all are 0."""

    day: int
    count: int = 0
    gross_cents: int = 0
    fee_cents: int = 0

    @property
    def net_cents(self) -> int:
        return self.gross_cents - self.fee_cents

    @property
    def date(self) -> datetime:
        return EPOCH + self.day * DAY

    def plus(self, other: "DayTotal") -> "DayTotal":
        """Both together, as this day's."""
        return DayTotal(
            self.day, self.count + other.count, self.gross_cents + other.gross_cents,
            self.fee_cents + other.fee_cents,
        )  # fmt: skip


def day_of(moment: datetime) -> int:
    """Days since the epoch, in UTC."""
    return (moment - EPOCH) // DAY
