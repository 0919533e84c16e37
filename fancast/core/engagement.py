"""What became of sent messages: the creator's direct ones, and the best-selling mass message."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fancast.model.accounts import Account
from fancast.model.ids import LARGEST_ID, FanId, QueueId
from fancast.model.mass_messages import MassMessage
from fancast.model.messages import Message
from fancast.model.problems import not_found
from fancast.store import chats, direct_messages, fans, mass_messages, mass_statistics, messages, purchases
from fancast.store.database import Tx
from fancast.store.direct_messages import Place


@dataclass(frozen=True, slots=True)
class DirectStatistics:
    """A direct message of the creator, and what became of it."""

    message: Message
    fan_id: FanId
    viewed: bool
    bought: bool
    withdrawn: bool


@dataclass(frozen=True, slots=True)
class DirectPage:
    """Direct messages, newest first, as far as one call looks."""

    found: list[DirectStatistics]
    #: Below this one nothing was looked at; None when all were, or when enough was found before.
    rest: Place | None


def direct(
    tx: Tx, account: Account, *, start: datetime | None = None, end: datetime | None = None,
    before: int | None = None, query: str = "", offset: int = 0, limit: int, now: datetime,
) -> DirectPage:  # fmt: skip
    """The creator's direct messages over all chats, the newest first; those withdrawn since are among them.

    Both ends are included; of those sent at `end` itself only ids below `before`. Text is looked for in
    `MOST_SEARCHED` of them, the newest; to look on, begin below `rest`. Ask for one more than shown to learn of more.
    """
    end, before = end or now, LARGEST_ID if before is None else before
    found = direct_messages.page(
        tx, account.key, start=start, end=end, before=before, query=query, offset=offset, limit=limit
    )
    rest = None
    if query and len(found) < limit:
        rest = direct_messages.searched_to(tx, account.key, start=start, end=end, before=before)
    return DirectPage(_with_statistics(tx, account, found), rest)


def _with_statistics(
    tx: Tx, account: Account, found: Sequence[tuple[Message, bool]]
) -> list[DirectStatistics]:
    numbers = list(dict.fromkeys(message.number for message, _ in found))
    states, ids = chats.get_many(tx, account.key, numbers), fans.ids_of(tx, account.key, numbers)
    bought = purchases.bought(tx, account.key, [message.queue_id for message, _ in found])
    return [
        DirectStatistics(
            message, ids[message.number], viewed=message.id <= states[message.number].fan_read_id,
            bought=message.queue_id in bought, withdrawn=withdrawn,
        )
        for message, withdrawn in found
    ]  # fmt: skip


def best_selling(
    tx: Tx, account: Account, *, start: datetime | None = None, end: datetime | None = None, now: datetime
) -> MassMessage | None:
    """The mass message of this time with the highest revenue, more purchases before fewer; None without a sale."""
    id = mass_statistics.best(tx, account.key, start, end or now)
    return None if id is None else mass_messages.get(tx, account.key, id)


def demand(tx: Tx, account: Account, queue_id: QueueId) -> None:
    """Raises NOT_FOUND unless this is a mass message or a direct message's queue item."""
    if mass_messages.get(tx, account.key, queue_id) is None and not messages.has_queue(
        tx, account.key, queue_id
    ):
        raise not_found("message", queue_id)
