"""Notifications: facts about fans that a creator is told."""

from dataclasses import dataclass
from datetime import datetime

from fancast.model.events import EventKind
from fancast.model.ids import FanId, MessageId

#: The facts that are told, as the partial indexes of the events have them.
KINDS = (
    EventKind.MESSAGE_LIKED,
    EventKind.MESSAGE_RECEIVED,
    EventKind.MESSAGE_UNLOCKED,
    EventKind.SUBSCRIPTION_RENEWED,
    EventKind.SUBSCRIPTION_STARTED,
    EventKind.TIP_RECEIVED,
)
#: Those that are messages of a fan in the chat.
WRITTEN = frozenset({EventKind.MESSAGE_RECEIVED, EventKind.TIP_RECEIVED})


@dataclass(frozen=True, slots=True)
class Notification:
    """What a fan did. `id` is the fact's number."""

    id: int
    kind: EventKind
    fan_id: FanId
    amount_cents: int
    #: The message that was written, liked or bought, or that the tip is.
    message_id: MessageId | None
    created_at: datetime
    #: Whether the creator has read it, as far as anything can say so: see `core.notifications`.
    read: bool = False
