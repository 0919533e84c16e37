"""Chats: the thread with one fan, as the creator sees it."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from fancast.kit.times import from_ms
from fancast.model.fans import Fan
from fancast.model.ids import FanNumber, MessageId
from fancast.model.messages import Message

#: How long one sign of typing is shown.
TYPING_SECONDS = 4


class Side(StrEnum):
    """Whose view of a chat."""

    CREATOR = "creator"
    FAN = "fan"


class ChatState(Struct, frozen=True):
    """What is kept of a chat; all zero and false until anything happened in it."""

    number: FanNumber
    #: The newest direct message that the creator sees; its copies of mass messages are not counted.
    last_direct_id: int = 0
    #: The newest message that the fan wrote.
    last_fan_id: int = 0
    #: Up to where the creator has read, and the fan.
    last_read_id: int = 0
    fan_read_id: int = 0
    #: The creator deleted the chat up to here.
    cleared_through_id: int = 0
    marked_unread: bool = False
    hidden: bool = False
    muted: bool = False
    #: Until when each is shown as typing, in epoch milliseconds.
    typing_until_ms: int = 0
    fan_typing_until_ms: int = 0

    @property
    def unread(self) -> bool:
        """Whether the creator has something to read, or marked it so by hand."""
        return self.marked_unread or self.last_fan_id > self.last_read_id

    def typing_until(self, who: Side, now: datetime) -> datetime | None:
        """Until when one of the two is shown as typing to the other; None when they are not."""
        until = from_ms(self.typing_until_ms if who is Side.CREATOR else self.fan_typing_until_ms)
        return until if until > now else None


class Chat(Struct, frozen=True):
    """A chat in a list."""

    state: ChatState
    fan: Fan
    last_message: Message | None
    #: The fan's messages after what the creator has read; one that is marked by hand counts 1.
    unread_count: int
    has_unread_tips: bool
    pinned_count: int
    has_purchases: bool

    @property
    def last_read_id(self) -> MessageId | None:
        """The message up to which the creator has read."""
        return MessageId(self.state.last_read_id) if self.state.last_read_id else None


class ChatFilter(StrEnum):
    #: The fan ever spent something, or a message is pinned.
    PRIORITY = "priority"
    WHO_TIPPED = "who_tipped"
    UNREAD = "unread"
    UNREAD_WITH_TIPS = "unread_with_tips"
    #: A message is pinned.
    PINNED = "pinned"


class ChatOrder(StrEnum):
    RECENT = "recent"
    OLD = "old"
