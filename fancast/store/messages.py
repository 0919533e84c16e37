"""Direct messages. Copies of mass messages have no row: they are steps."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row

from fancast.kit.times import from_ms, to_ms
from fancast.model.ids import AccountKey, FanNumber, MessageId, QueueId
from fancast.model.messages import Message
from fancast.store.database import Tx
from fancast.store.mass_messages import content_of, content_values
from fancast.store.tables import messages as t
from fancast.store.tables import purchases


def add(tx: Tx, account: AccountKey, message: Message, *, key_id: str | None) -> None:
    values = {
        "account_id": account, "number": message.number, "id": message.id, "queue_id": message.queue_id,
        "from_fan": message.from_fan, "created_at": to_ms(message.created_at), "key_id": key_id,
        **content_values(message.content, message.html),
    }  # fmt: skip
    tx.run(sa.insert(t), values)


def get(tx: Tx, account: AccountKey, message_id: int) -> Message | None:
    """A direct message that was not withdrawn."""
    row = tx.row(
        sa.select(t).where(t.c.account_id == account, t.c.id == message_id, t.c.withdrawn_at.is_(None))
    )
    return None if row is None else _message(row)


def get_by_queue(tx: Tx, account: AccountKey, queue_id: QueueId) -> Message:
    """The direct message with this queue item, also one withdrawn since. It took the id after that one."""
    row = tx.row(
        sa.select(t).where(t.c.account_id == account, t.c.id == queue_id + 1, t.c.queue_id == queue_id)
    )
    assert row is not None, "a queue item without its message"
    return _message(row)


def before(tx: Tx, account: AccountKey, number: FanNumber, *, before: int, limit: int) -> list[Message]:
    """A fan's direct messages below an id, newest first, without the withdrawn."""
    statement = (
        sa.select(t)
        .where(t.c.account_id == account, t.c.number == number, t.c.id < before, t.c.withdrawn_at.is_(None))
        .order_by(t.c.id.desc())
        .limit(limit)
    )
    return [_message(row) for row in tx.rows(statement)]


def bought_by(tx: Tx, account: AccountKey, number: FanNumber, queue_ids: Sequence[QueueId]) -> set[QueueId]:
    """Which of these a fan has bought."""
    if not queue_ids:
        return set()
    p = purchases.c
    statement = sa.select(p.queue_id).where(
        p.account_id == account, p.number == number, p.queue_id.in_(sorted(set(queue_ids)))
    )
    return {QueueId(row.queue_id) for row in tx.rows(statement)}


def _message(row: Row[Any]) -> Message:
    return Message(
        id=MessageId(row.id), queue_id=QueueId(row.queue_id), number=FanNumber(row.number), content=content_of(row),
        html=row.html, from_fan=row.from_fan, from_mass_message=False, created_at=from_ms(row.created_at),
    )  # fmt: skip
