"""Notifications: what fans did, as the creator is told of it."""

from collections.abc import Sequence

from fancast.model.accounts import Account
from fancast.model.events import EventKind
from fancast.model.fans import Fan
from fancast.model.notifications import KINDS, Notification
from fancast.store import fans
from fancast.store import notifications as store
from fancast.store.database import Tx


def page(
    tx: Tx, account: Account, kinds: Sequence[EventKind] = KINDS, *, about: Fan | None = None, offset: int = 0,
    limit: int,
) -> list[tuple[Notification, Fan]]:  # fmt: skip
    """Of these kinds, the newest first, each with its fan; of one fan when named.

    Ask for one more than shown to learn of a rest.
    """
    if not kinds:
        return []
    fan_id = None if about is None else about.fan_id
    found = store.page(tx, account.key, kinds, fan_id=fan_id, offset=offset, limit=limit)
    numbers = fans.numbers_of(tx, account.key, [one.fan_id for one in found])
    people = {fan.fan_id: fan for fan in fans.get_many(tx, account.key, list(numbers.values()))}
    return [(one, people[one.fan_id]) for one in found]
