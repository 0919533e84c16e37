"""Direct messages. Copies of mass messages have no row: they are steps."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa

from fancast.kit.times import from_ms, to_ms
from fancast.model.ids import AccountKey, FanNumber, MediaId, MessageId, QueueId
from fancast.model.messages import Message
from fancast.store.among import among
from fancast.store.database import Tx
from fancast.store.mass_messages import content_of, content_values
from fancast.store.rows import Row
from fancast.store.tables import messages as t
from fancast.store.tables import purchases


def add(tx: Tx, account: AccountKey, message: Message, *, key_id: str | None) -> None:
    values = {
        "account_id": account, "number": message.number, "id": message.id, "queue_id": message.queue_id,
        "from_fan": message.from_fan, "created_at": to_ms(message.created_at), "key_id": key_id,
        "tip_cents": message.tip_cents,
        **content_values(message.content, message.html),
    }  # fmt: skip
    tx.run(_INSERT, values)


def get(tx: Tx, account: AccountKey, message_id: int) -> Message | None:
    """A direct message that was not withdrawn."""
    row = tx.row(
        sa.select(t).where(t.c.account_id == account, t.c.id == message_id, t.c.withdrawn_at.is_(None))
    )
    return None if row is None else message_of(row)


def lock(tx: Tx, account: AccountKey, message_id: int) -> Message | None:
    """As `get`, held until the transaction ends: nobody withdraws it meanwhile."""
    row = tx.row(_HELD, {"account": account, "id": message_id})
    return None if row is None else message_of(row)


def get_by_queue(tx: Tx, account: AccountKey, queue_id: QueueId) -> Message:
    """The direct message with this queue item, also one withdrawn since. It took the id after that one."""
    row = tx.row(
        sa.select(t).where(t.c.account_id == account, t.c.id == queue_id + 1, t.c.queue_id == queue_id)
    )
    assert row is not None, "a queue item without its message"
    return message_of(row)


def has_queue(tx: Tx, account: AccountKey, queue_id: QueueId) -> bool:
    """Whether a direct message, also one withdrawn since, has this queue item."""
    return tx.value(sa.select(t.c.id).where(t.c.account_id == account, t.c.queue_id == queue_id)) is not None


def get_many(tx: Tx, account: AccountKey, ids: Iterable[int]) -> list[Message]:
    """Those of these that are direct messages and were not withdrawn."""
    wanted = list(ids)
    return [message_of(row) for row in tx.rows(_MANY, {"account": account, "ids": wanted})] if wanted else []


def before(
    tx: Tx, account: AccountKey, number: FanNumber, *, before: int, above: int = 0, limit: int
) -> list[Message]:
    """A fan's direct messages between two ids, newest first, without the withdrawn."""
    values = {"account": account, "number": number, "before": before, "above": above, "limit": limit}
    return [message_of(row) for row in tx.rows(_BEFORE, values)]


def after(tx: Tx, account: AccountKey, number: FanNumber, *, above: int, limit: int) -> list[Message]:
    """A fan's direct messages above an id, oldest first, without the withdrawn."""
    values = {"account": account, "number": number, "above": above, "limit": limit}
    return [message_of(row) for row in tx.rows(_AFTER, values)]


def carrying(
    tx: Tx, account: AccountKey, number: FanNumber, media_id: MediaId, *, before: int, limit: int
) -> list[Message]:
    """As `before`, of those that may carry this media item: what they carry has the digits of its id."""
    values = {"account": account, "number": number, "before": before, "above": 0, "limit": limit}
    return [message_of(row) for row in tx.rows(_CARRYING, values | {"digits": f"%{media_id}%"})]


def withdraw(tx: Tx, account: AccountKey, message_id: int, *, now: datetime) -> bool:
    """Take a direct message back; the first lock of its transaction. False when it is gone already."""
    values = {"account": account, "message_id": message_id, "now": to_ms(now)}
    return tx.run(_WITHDRAW, values) == 1


def bought_by(tx: Tx, account: AccountKey, number: FanNumber, queue_ids: Sequence[QueueId]) -> set[QueueId]:
    """Which of these a fan has bought."""
    if not queue_ids:
        return set()
    values = {"account": account, "queue_ids": sorted(set(queue_ids)), "numbers": [number]}
    return {QueueId(row.queue_id) for row in tx.rows(_BOUGHT_PAIRS, values)}


def bought_pairs(
    tx: Tx, account: AccountKey, queue_ids: Iterable[int], numbers: Iterable[int]
) -> set[tuple[int, int]]:
    """Which of these fans bought which of these: (queue id, fan number)."""
    values = {"account": account, "queue_ids": list(set(queue_ids)), "numbers": list(set(numbers))}
    if not values["queue_ids"] or not values["numbers"]:
        return set()
    return {(row.queue_id, row.number) for row in tx.rows(_BOUGHT_PAIRS, values)}


_HELD = (
    sa.select(t)
    .where(
        t.c.account_id == sa.bindparam("account"), t.c.id == sa.bindparam("id", type_=sa.BigInteger),
        t.c.withdrawn_at.is_(None),
    )
    .with_for_update()
)  # fmt: skip


def message_of(row: Row) -> Message:
    return Message(
        id=MessageId(row.id), queue_id=QueueId(row.queue_id), number=FanNumber(row.number), content=content_of(row),
        html=row.html, from_fan=row.from_fan, from_mass_message=False, created_at=from_ms(row.created_at),
        tip_cents=row.tip_cents,
    )  # fmt: skip


# Drawn once: building a statement anew costs several times what running it does.

_INSERT = sa.insert(t)
_ACCOUNT = t.c.account_id == sa.bindparam("account")
_THERE = t.c.withdrawn_at.is_(None)
_MANY = sa.select(t).where(_ACCOUNT, among(t.c.id, "ids"), _THERE)
_OF_FAN = sa.select(t).where(
    _ACCOUNT, t.c.number == sa.bindparam("number"), t.c.id > sa.bindparam("above"), _THERE
)
_BEFORE = _OF_FAN.where(t.c.id < sa.bindparam("before")).order_by(t.c.id.desc()).limit(sa.bindparam("limit"))
_CARRYING = _BEFORE.where(sa.cast(t.c.media_ids, sa.Text).like(sa.bindparam("digits")))
_AFTER = _OF_FAN.order_by(t.c.id).limit(sa.bindparam("limit"))
_WITHDRAW = (
    sa.update(t)
    .where(_ACCOUNT, t.c.id == sa.bindparam("message_id"), _THERE)
    .values(withdrawn_at=sa.bindparam("now", type_=sa.BigInteger))
)
_p = purchases.c
_OF_FANS = (_p.account_id == sa.bindparam("account")) & among(_p.number, "numbers")
_BOUGHT_PAIRS = sa.select(_p.queue_id, _p.number).where(_OF_FANS, among(_p.queue_id, "queue_ids"))
