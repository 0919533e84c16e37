"""What happens to one copy of a message: the fan reads it; either of the two likes it; the creator pins it."""

from datetime import datetime

from fancast.core import messages, timelines
from fancast.kit.times import to_ms
from fancast.model.accounts import Account
from fancast.model.chats import Side
from fancast.model.fans import Fan
from fancast.model.ids import FanNumber
from fancast.model.mass_messages import State
from fancast.model.messages import Message
from fancast.model.problems import not_found
from fancast.store import chats, fans, heads, mass_messages, media
from fancast.store import message_marks as store
from fancast.store.database import Tx

_AT_ONCE = 500


def like(
    tx: Tx, account: Account, fan: Fan, message_id: int, *, liked: bool, side: Side = Side.CREATOR
) -> None:
    """The creator or the fan likes a message, or no more. Raises Problem(NOT_FOUND)."""
    found = messages.get(tx, account, fan, message_id, side=side)
    if side is Side.CREATOR:
        store.put(tx, account.key, found, liked_by_creator=liked)
    elif store.like_by_fan(tx, account.key, found, liked=liked):
        media.like(tx, account.key, found.content.media_ids, 1 if liked else -1)


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
