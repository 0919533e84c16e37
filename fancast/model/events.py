"""Facts, numbered by the account so that their order is the order of commits."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class EventKind(StrEnum):
    """What happened. `ref` names the thing: a mass message, message or fan."""

    MASS_MESSAGE_CREATED = "mass_message.created"
    MASS_MESSAGE_EDITED = "mass_message.edited"
    #: Handed to the engine, by hand or by the clock.
    MASS_MESSAGE_QUEUED = "mass_message.queued"
    #: The audience is frozen; data: total, skipped.
    MASS_MESSAGE_STARTED = "mass_message.started"
    #: A stretch of the audience was delivered to; data: from, to, count, first_id, done.
    MASS_MESSAGE_STEP = "mass_message.step"
    MASS_MESSAGE_PAUSED = "mass_message.paused"
    MASS_MESSAGE_RESUMED = "mass_message.resumed"
    MASS_MESSAGE_CANCELLED = "mass_message.cancelled"
    MASS_MESSAGE_UNSENT = "mass_message.unsent"
    MASS_MESSAGE_FAILED = "mass_message.failed"
    #: By the creator to one fan; data: fan_id, queue_id.
    MESSAGE_SENT = "message.sent"
    #: By a fan; data: fan_id, queue_id.
    MESSAGE_RECEIVED = "message.received"
    #: One message taken back from one chat; data: fan_id, queue_id.
    MESSAGE_WITHDRAWN = "message.withdrawn"
    #: A fan likes a message of the creator's, or no longer; ref is the fan. Data: message_id, queue_id.
    MESSAGE_LIKED = "message.liked"
    #: Once more, after it was taken back: no news to the creator.
    MESSAGE_LIKED_AGAIN = "message.liked_again"
    MESSAGE_UNLIKED = "message.unliked"
    #: Ref is the fan.
    FAN_TYPING = "fan.typing"
    SUBSCRIPTION_STARTED = "subscription.started"
    SUBSCRIPTION_RENEWED = "subscription.renewed"
    SUBSCRIPTION_CANCELLED = "subscription.cancelled"
    SUBSCRIPTION_EXPIRED = "subscription.expired"
    #: A fan bought a message; ref is the fan. Data: message_id, queue_id, transaction_id, gross_cents, fee_cents.
    MESSAGE_UNLOCKED = "message.unlocked"
    #: Ref is the fan. Data: message_id, transaction_id, gross_cents, fee_cents; for_message_id and for_queue_id when
    #: it was for a message.
    TIP_RECEIVED = "tip.received"
    TRANSACTION_NEW = "transaction.new"
    #: The creator's own account; ref is the creator's id.
    CONNECTION_CREATED = "connection.created"
    CONNECTION_UPDATED = "connection.updated"
    CONNECTION_EXPIRED = "connection.expired"
    CONNECTION_DISCONNECTED = "connection.disconnected"


@dataclass(frozen=True, slots=True)
class Event:
    number: int
    kind: EventKind
    ref: int
    data: dict[str, Any]
    created_at: datetime
