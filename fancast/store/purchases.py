"""Purchases, tips and the payments they came by."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from fancast.kit.times import from_ms, to_ms
from fancast.model.ids import AccountKey, FanNumber, MessageId, QueueId
from fancast.model.mass_messages import Content, State
from fancast.model.purchases import Payment, Purchase, Tip
from fancast.store.among import among
from fancast.store.database import Tx
from fancast.store.mass_messages import content_of
from fancast.store.rows import Row
from fancast.store.tables import mass_messages, payments, tips
from fancast.store.tables import purchases as t

# ---- a mass message's counters


def count_copy(tx: Tx, account: AccountKey, id: QueueId, number: FanNumber) -> Content | None:
    """Count the purchase of this fan's copy, and hold the mass message's row. The first lock of a purchase.

    None, and nothing counted, where the copy is not there to be bought: above the watermark, taken back, free.
    """
    row = tx.row(_COUNT, {"in_account": account, "with_id": id, "fan": number})
    return None if row is None else content_of(row)


def uncount_copy(tx: Tx, account: AccountKey, id: QueueId) -> None:
    """Take back what `count_copy` did in this same transaction."""
    tx.run(_UNCOUNT, {"in_account": account, "with_id": id})


# ---- purchases


def add(tx: Tx, account: AccountKey, made: Purchase) -> None:
    tx.run(_INSERT, {
        "account_id": account, "queue_id": made.queue_id, "number": made.number, "message_id": made.message_id,
        "amount_cents": made.amount_cents, "payment_reference": made.payment_reference,
        "purchased_at": to_ms(made.purchased_at),
    })  # fmt: skip


def get(tx: Tx, account: AccountKey, queue_id: QueueId, number: FanNumber) -> Purchase | None:
    row = tx.row(_ONE, {"account": account, "queue_id": queue_id, "number": number})
    return None if row is None else _purchase(row)


def get_by_reference(tx: Tx, account: AccountKey, reference: str) -> Purchase | None:
    row = tx.row(_BY_REFERENCE, {"account": account, "reference": reference})
    return None if row is None else _purchase(row)


def page(
    tx: Tx, account: AccountKey, queue_id: QueueId, *, after: Purchase | None = None, offset: int = 0, limit: int
) -> list[Purchase]:  # fmt: skip
    """Of one message, the newest first."""
    values = {"account": account, "queue_id": queue_id, "limit": limit, "offset": offset}
    if after is None:
        return [_purchase(row) for row in tx.rows(_PAGE, values)]
    place = {"at": to_ms(after.purchased_at), "fan": after.number}
    return [_purchase(row) for row in tx.rows(_PAGE_AFTER, values | place)]


def bought(tx: Tx, account: AccountKey, queue_ids: Sequence[QueueId]) -> set[QueueId]:
    """Which of these direct messages their fan has bought."""
    if not queue_ids:
        return set()
    rows = tx.rows(_BOUGHT, {"account": account, "queue_ids": list(queue_ids)})
    return {QueueId(row.queue_id) for row in rows}


# ---- payments


def use_reference(tx: Tx, account: AccountKey, payment: Payment) -> bool:
    """Take a payment's reference for this alone. False when it stands for something already."""
    values = {
        "account_id": account, "payment_reference": payment.payment_reference, "purpose": payment.purpose,
        "number": payment.number, "message_id": payment.message_id, "amount_cents": payment.amount_cents,
    }  # fmt: skip
    return tx.row(_use(tx.dialect), values) is not None


def payment(tx: Tx, account: AccountKey, reference: str) -> Payment | None:
    row = tx.row(_PAYMENT, {"account": account, "reference": reference})
    if row is None:
        return None
    return Payment(
        payment_reference=row.payment_reference, purpose=row.purpose, number=FanNumber(row.number),
        message_id=None if row.message_id is None else MessageId(row.message_id), amount_cents=row.amount_cents,
    )  # fmt: skip


# ---- tips


def add_tip(tx: Tx, account: AccountKey, made: Tip) -> None:
    """After the head: its reference was taken before, so it meets no conflict."""
    tx.run(_INSERT_TIP, {
        "account_id": account, "id": made.transaction.id, "number": made.transaction.number,
        "amount_cents": made.transaction.gross_cents, "payment_reference": made.payment_reference,
        "message_id": made.message_id, "for_message_id": made.for_message_id, "for_queue_id": made.for_queue_id,
        "tipped_at": to_ms(made.tipped_at),
    })  # fmt: skip


def tip_by_reference(
    tx: Tx, account: AccountKey, reference: str
) -> tuple[int, MessageId, QueueId | None, datetime]:
    """The ledger's line, the message, what it was for and the moment of a tip that is there."""
    row = tx.row(_TIP, {"account": account, "reference": reference})
    assert row is not None, "a payment for a tip without the tip"
    tipped_for = None if row.for_queue_id is None else QueueId(row.for_queue_id)
    return row.id, MessageId(row.message_id), tipped_for, from_ms(row.tipped_at)


_M = mass_messages.c
_COUNT = (
    sa.update(mass_messages)
    .where(
        _M.account_id == sa.bindparam("in_account"), _M.id == sa.bindparam("with_id", type_=sa.BigInteger),
        _M.watermark >= sa.bindparam("fan", type_=sa.Integer), _M.state != State.UNSENT.value, _M.price_cents > 0,
    )
    .values(purchased=_M.purchased + 1, revenue_cents=_M.revenue_cents + _M.price_cents)
    .returning(
        _M.text, _M.format, _M.price_cents, _M.locked_text, _M.media_ids, _M.preview_media_ids, _M.extras
    )
)  # fmt: skip
_UNCOUNT = (
    sa.update(mass_messages)
    .where(_M.account_id == sa.bindparam("in_account"), _M.id == sa.bindparam("with_id", type_=sa.BigInteger))
    .values(purchased=_M.purchased - 1, revenue_cents=_M.revenue_cents - _M.price_cents)
)
_INSERT, _INSERT_TIP = sa.insert(t), sa.insert(tips)
_OF_ACCOUNT = t.c.account_id == sa.bindparam("account")
_OF_QUEUE = t.c.queue_id == sa.bindparam("queue_id", type_=sa.BigInteger)
_ONE = sa.select(t).where(_OF_ACCOUNT, _OF_QUEUE, t.c.number == sa.bindparam("number"))
_BY_REFERENCE = sa.select(t).where(_OF_ACCOUNT, t.c.payment_reference == sa.bindparam("reference"))
_PAGE = (
    sa.select(t)
    .where(_OF_ACCOUNT, _OF_QUEUE)
    .order_by(t.c.purchased_at.desc(), t.c.number.desc())
    .limit(sa.bindparam("limit"))
    .offset(sa.bindparam("offset"))
)
# A row value is one range of the index, where an OR is none.
_PAGE_AFTER = _PAGE.where(
    sa.tuple_(t.c.purchased_at, t.c.number)
    < sa.tuple_(sa.bindparam("at", type_=sa.BigInteger), sa.bindparam("fan", type_=sa.Integer))
)
_BOUGHT = sa.select(t.c.queue_id).where(_OF_ACCOUNT, among(t.c.queue_id, "queue_ids"))
_PAYMENT = sa.select(payments).where(
    payments.c.account_id == sa.bindparam("account"),
    payments.c.payment_reference == sa.bindparam("reference"),
)
_TIP = sa.select(tips).where(
    tips.c.account_id == sa.bindparam("account"), tips.c.payment_reference == sa.bindparam("reference")
)


@cache
def _use(dialect: str) -> sa.Executable:
    insert = sqlite.insert(payments) if dialect == "sqlite" else postgresql.insert(payments)
    return insert.on_conflict_do_nothing().returning(payments.c.number)


def _purchase(row: Row) -> Purchase:
    return Purchase(
        queue_id=QueueId(row.queue_id), number=FanNumber(row.number), message_id=MessageId(row.message_id),
        amount_cents=row.amount_cents, payment_reference=row.payment_reference,
        purchased_at=from_ms(row.purchased_at),
    )  # fmt: skip
