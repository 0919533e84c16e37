"""Lines of the ledger: what a fan paid, what the network keeps of it, what the creator gets."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from fancast.model.ids import FanNumber, MessageId, QueueId

#: What was earned can be paid out after this long.
PENDING_DAYS = 7


class TransactionType(StrEnum):
    """What was paid for. The value is stored."""

    SUBSCRIPTION = "subscription"
    MESSAGE = "message"
    TIP = "tip"


@dataclass(frozen=True, slots=True)
class Transaction:
    id: int
    type: TransactionType
    number: FanNumber
    gross_cents: int
    fee_cents: int
    net_cents: int
    currency: str
    #: The mass message or queue item that was bought.
    queue_id: QueueId | None
    message_id: MessageId | None
    created_at: datetime

    def pending_days_left(self, now: datetime) -> int:
        """Days until it can be paid out; 0 when it can."""
        free_at = self.created_at + timedelta(days=PENDING_DAYS)
        return max(0, -((now - free_at) // timedelta(days=1)))
