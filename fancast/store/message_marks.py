"""What happened to one copy of a message: read, liked, pinned. A row is made when anything first does."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from fancast.kit.times import to_ms
from fancast.model.fan_sets import FanSet
from fancast.model.ids import AccountKey, FanNumber, MessageId, QueueId
from fancast.model.mass_messages import State
from fancast.model.messages import Message
from fancast.store.among import among
from fancast.store.database import Tx
from fancast.store.tables import mass_messages, purchases
from fancast.store.tables import message_marks as t


@dataclass(frozen=True, slots=True)
class Marks:
    liked_by_creator: bool = False
    liked_by_fan: bool = False
    pinned: bool = False


def of(tx: Tx, account: AccountKey, found: Iterable[Message]) -> dict[MessageId, Marks]:
    """The marks of these messages; those without any are missing. A message id belongs to one fan."""
    held = list(found)
    if not held:
        return {}
    numbers = sorted({message.number for message in held})
    values = {"account": account, "numbers": numbers, "ids": [message.id for message in held]}
    return {
        MessageId(row.message_id): Marks(row.liked_by_creator, row.liked_by_fan, row.pinned_at is not None)
        for row in tx.rows(_MANY, values)
    }


def put(tx: Tx, account: AccountKey, message: Message, **values: object) -> None:
    """Set marks of one message."""
    key = {"account_id": account, "number": message.number, "message_id": message.id}
    statement = tx.insert(t).values(queue_id=message.queue_id, **key, **values)
    tx.run(statement.on_conflict_do_update(index_elements=[t.c[name] for name in key], set_=values))


def like_by_fan(tx: Tx, account: AccountKey, message: Message, *, liked: bool) -> bool:
    """Whether that changed anything."""
    key = {"account_id": account, "number": message.number, "message_id": message.id}
    if not liked:
        same = [t.c[name] == value for name, value in key.items()]
        return tx.run(sa.update(t).where(*same, t.c.liked_by_fan).values(liked_by_fan=False)) == 1
    statement = tx.insert(t).values(queue_id=message.queue_id, liked_by_fan=True, **key)
    statement = statement.on_conflict_do_update(
        index_elements=[t.c[name] for name in key],
        set_={"liked_by_fan": True},
        where=sa.not_(t.c.liked_by_fan),
    )
    return tx.row(statement.returning(t.c.message_id)) is not None


def open_many(tx: Tx, account: AccountKey, found: Sequence[Message], *, now: datetime) -> list[QueueId]:
    """Note that a fan reads these messages. Of which it is the first time."""
    if not found:
        return []
    rows = [
        {"account_id": account, "number": one.number, "message_id": one.id, "queue_id": one.queue_id,
         "opened_at": to_ms(now)}
        for one in found
    ]  # fmt: skip
    statement = tx.insert(t).values(rows)
    statement = statement.on_conflict_do_update(
        index_elements=[t.c.account_id, t.c.number, t.c.message_id],
        set_={"opened_at": statement.excluded.opened_at},
        where=t.c.opened_at.is_(None),
    )
    return [QueueId(row.queue_id) for row in tx.rows(statement.returning(t.c.queue_id))]


def unpin(tx: Tx, account: AccountKey, message: Message) -> None:
    tx.run(_UNPIN_ONE, {"account": account, "fan": message.number, "id": message.id})


def pinned_ids(tx: Tx, account: AccountKey, number: FanNumber) -> list[MessageId]:
    """The fan's messages that are pinned, newest first."""
    rows = tx.rows(_PINNED_IDS, {"account": account, "number": number})
    return [MessageId(row.message_id) for row in rows]


def with_pinned(tx: Tx, account: AccountKey) -> FanSet:
    """Fans in whose chat a message is pinned."""
    return FanSet(row.number for row in tx.rows(_WITH_PINNED, {"account": account}))


def unpin_through(tx: Tx, account: AccountKey, number: FanNumber, message_id: int) -> None:
    """Take the pins off a fan's messages up to one."""
    tx.run(_UNPIN, {"account": account, "fan": number, "through": message_id})


def opened_counts(tx: Tx, account: AccountKey) -> dict[QueueId, int]:
    """How many fans have read each mass message, or direct message."""
    return {QueueId(row.queue_id): row.opened for row in tx.rows(_OPENED_COUNTS, {"account": account})}


_ACCOUNT = t.c.account_id == sa.bindparam("account")
_NUMBERS = among(t.c.number, "numbers")
_MANY = sa.select(t).where(_ACCOUNT, _NUMBERS, among(t.c.message_id, "ids"))
# A mass message that was taken back is gone, pinned or not, for all but its buyers.
_m, _p = mass_messages.c, purchases.c
_UNSENT = (
    sa.exists()
    .where(_m.account_id == t.c.account_id, _m.id == t.c.queue_id, _m.state == State.UNSENT.value)
    .correlate(t)
)
_BOUGHT = (
    sa.exists()
    .where(_p.account_id == t.c.account_id, _p.queue_id == t.c.queue_id, _p.number == t.c.number)
    .correlate(t)
)
PINNED = t.c.pinned_at.is_not(None) & (~_UNSENT | _BOUGHT)
_UNPIN = (
    sa.update(t)
    .where(
        _ACCOUNT, t.c.number == sa.bindparam("fan", type_=sa.Integer),
        t.c.message_id <= sa.bindparam("through", type_=sa.BigInteger), t.c.pinned_at.is_not(None),
    )
    .values(pinned_at=None)
)  # fmt: skip
_UNPIN_ONE = (
    sa.update(t)
    .where(
        _ACCOUNT, t.c.number == sa.bindparam("fan", type_=sa.Integer), t.c.message_id == sa.bindparam("id")
    )
    .values(pinned_at=None)
)
_PINNED_IDS = (
    sa.select(t.c.message_id)
    .where(_ACCOUNT, t.c.number == sa.bindparam("number"), PINNED)
    .order_by(t.c.message_id.desc())
)
_WITH_PINNED = sa.select(t.c.number).distinct().where(_ACCOUNT, PINNED)
_OPENED_COUNTS = (
    sa.select(t.c.queue_id, sa.func.count().label("opened"))
    .where(_ACCOUNT, t.c.opened_at.is_not(None))
    .group_by(t.c.queue_id)
)
