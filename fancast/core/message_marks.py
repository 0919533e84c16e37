"""What happens to one copy of a message: the fan reads it; either of the two likes it; the creator pins it."""

from datetime import datetime

from msgspec.structs import replace

from fancast.core import messages, timelines
from fancast.kit.times import to_ms
from fancast.model.accounts import Account
from fancast.model.chats import Side
from fancast.model.events import EventKind
from fancast.model.fans import Fan
from fancast.model.ids import FanNumber
from fancast.model.mass_messages import State
from fancast.model.messages import Message
from fancast.model.problems import Kind, Problem, not_found
from fancast.store import chats, events, fans, heads, mass_messages, media, notifications
from fancast.store import message_marks as store
from fancast.store.database import Tx

_AT_ONCE = 500


def like(tx: Tx, account: Account, fan: Fan, message_id: int, *, liked: bool) -> None:
    """The creator likes a message, or no more. Raises Problem(NOT_FOUND)."""
    found = messages.get(tx, account, fan, message_id)
    store.put(tx, account.key, found, liked_by_creator=liked)


def fan_likes(tx: Tx, account: Account, fan: Fan, message_id: int, *, liked: bool, now: datetime) -> Message:
    """The fan likes a message of the creator's that they may see, or no more; as often told as wished.

    Each media item that it carries counts one like more or less. Lock order: media → fan → mark → head.
    Raises NOT_FOUND; CONFLICT own_message.
    """
    found = messages.get(tx, account, fan, message_id, side=Side.FAN)
    if found.from_fan:
        message = "A fan likes what the creator sent; this message is the fan's own."
        raise Problem(Kind.CONFLICT, "own_message", message)
    media.hold(tx, account.key, found.content.media_ids)
    fans.see(tx, account.key, fan.number, now)
    if store.like_by_fan(tx, account.key, found, liked=liked):
        media.like(tx, account.key, found.content.media_ids, 1 if liked else -1)
        head = heads.take(tx, account.key, events=1)
        kind = EventKind.MESSAGE_UNLIKED
        if liked:
            again = notifications.has_told_like(tx, account.key, fan.fan_id, found.id)
            kind = EventKind.MESSAGE_LIKED_AGAIN if again else EventKind.MESSAGE_LIKED
        fact = {"message_id": found.id, "queue_id": found.queue_id}
        events.add(tx, account.key, head.first_event, kind, fan.fan_id, fact, now=now)
    return replace(found, liked_by_fan=liked)


def pin(tx: Tx, account: Account, fan: Fan, message_id: int, *, now: datetime) -> None:
    """Raises Problem(NOT_FOUND)."""
    found = messages.get(tx, account, fan, message_id)
    if not found.pinned:
        store.put(tx, account.key, found, pinned_at=to_ms(now))


def unpin(tx: Tx, account: Account, fan: Fan, message_id: int) -> None:
    """Raises Problem(NOT_FOUND) for no such message; one that is not pinned stays so."""
    store.unpin(tx, account.key, messages.get(tx, account, fan, message_id))


def read_through(tx: Tx, account: Account, fan: Fan, message_id: int, *, now: datetime) -> int:
    """The fan has read the chat up to a message. Each mass message read for the first time counts one view more.

    Returns how many those were. Raises Problem(NOT_FOUND) for an id that no message has yet.
    """
    if message_id > heads.last_id(tx, account.key):
        raise not_found("message", message_id)
    seen = chats.get(tx, account.key, fan.number)
    copies = _copies_between(tx, account, fan.number, seen.fan_read_id, message_id)
    held = mass_messages.hold_many(tx, account.key, [copy.queue_id for copy in copies])
    fans.see(tx, account.key, fan.number, now)
    chat = chats.hold(tx, account.key, fan.number)
    if chat.fan_read_id < message_id:
        chats.change(tx, account.key, fan.number, {"fan_read_id": message_id})
    there = [copy for copy in copies if copy.bought or held.get(copy.queue_id) is not State.UNSENT]
    opened = store.open_many(tx, account.key, there, now=now)
    mass_messages.count_views(tx, account.key, opened)
    return len(opened)


def _copies_between(tx: Tx, account: Account, number: FanNumber, above: int, through: int) -> list[Message]:
    found: list[Message] = []
    before = through + 1
    while some := timelines.copies(tx, account, number, before=before, above=above, limit=_AT_ONCE):
        found += some
        before = some[-1].id
    return found
