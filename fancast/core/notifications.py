"""Notifications: what fans did, as the creator is told of it."""

from collections.abc import Sequence
from dataclasses import replace

from fancast.model.accounts import Account
from fancast.model.events import EventKind
from fancast.model.fans import Fan
from fancast.model.notifications import KINDS, WRITTEN, Notification
from fancast.store import chats, fans
from fancast.store import notifications as store
from fancast.store.database import Tx


def page(
    tx: Tx, account: Account, kinds: Sequence[EventKind] = KINDS, *, about: Fan | None = None, offset: int = 0,
    limit: int,
) -> list[tuple[Notification, Fan]]:  # fmt: skip
    """Of these kinds, the newest first, each with its fan; of one fan when named.

    A message or tip of a fan is read once the creator has read the chat that far, and unread again when the chat is
    marked so. No dialect has a call that reads another kind (to list them is none: who polls has shown them to
    nobody yet), so those stay unread. A like that was taken back has been told all the same, and is not told
    again when it is given again.
    Ask for one more than shown to learn of a rest.
    """
    if not kinds:
        return []
    found = store.page(tx, account.key, kinds, about=about, offset=offset, limit=limit)
    people = _people(tx, account, about, found)
    written = {people[one.fan_id].number for one in found if one.kind in WRITTEN}
    seen = chats.get_many(tx, account.key, sorted(written))

    def told(one: Notification) -> Notification:
        if one.kind not in WRITTEN or one.message_id is None:
            return one
        return replace(one, read=one.message_id <= seen[people[one.fan_id].number].last_read_id)

    return [(told(one), people[one.fan_id]) for one in found]


def _people(tx: Tx, account: Account, about: Fan | None, found: Sequence[Notification]) -> dict[int, Fan]:
    if about is not None:
        return {about.fan_id: about}
    numbers = fans.numbers_of(tx, account.key, [one.fan_id for one in found])
    return {fan.fan_id: fan for fan in fans.get_many(tx, account.key, list(numbers.values()))}
