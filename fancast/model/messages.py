"""Messages: one message in one chat, a direct one or a fan's copy of a mass message."""

from datetime import datetime, timedelta

from msgspec import Struct

from fancast.model.ids import FanNumber, MessageId, QueueId
from fancast.model.mass_messages import Content, State, seconds_left


class Copied(Struct, frozen=True):
    """What copies in fans' chats show of their mass message."""

    id: QueueId
    state: State
    content: Content
    html: str
    last_step_at: datetime | None

    def unsend_seconds_left(self, window_seconds: int, now: datetime) -> int:
        """As `MassMessage.unsend_seconds_left` of what has gone out."""
        return seconds_left(self.state, self.last_step_at, window_seconds, now)


class Message(Struct, frozen=True):
    id: MessageId
    #: The mass message, or the direct message's own queue item: always there, never equal to `id`.
    queue_id: QueueId
    number: FanNumber
    content: Content
    html: str
    from_fan: bool
    #: A copy of a mass message.
    from_mass_message: bool
    created_at: datetime
    bought: bool = False
    #: Open although priced: the fan owns all of its media, by the policy `unlock_free` or another purchase.
    unlocked_free: bool = False
    #: Of a fan's message that is a tip.
    tip_cents: int = 0
    #: Whether its recipient has read it: the creator what the fan wrote, the fan all else.
    read: bool = False
    liked_by_creator: bool = False
    liked_by_fan: bool = False
    pinned: bool = False
    #: What it is a copy of.
    sent: Copied | None = None

    @property
    def liked(self) -> bool:
        """Whether either of the two likes it, as both are shown by one heart."""
        return self.liked_by_creator or self.liked_by_fan

    @property
    def open(self) -> bool:
        """Whether the fan sees all of it."""
        return self.content.price_cents == 0 or self.bought or self.unlocked_free or self.from_fan

    def withdraw_seconds_left(self, window_seconds: int, now: datetime) -> int:
        """Seconds in which the creator may still take back this one copy."""
        return max(0, window_seconds - int((now - self.created_at) / timedelta(seconds=1)))

    def unsend_seconds_left(self, window_seconds: int, now: datetime) -> int:
        """Seconds in which the creator may still take back the mass message that it is a copy of."""
        return 0 if self.sent is None else self.sent.unsend_seconds_left(window_seconds, now)
