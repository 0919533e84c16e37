"""What the ledger check reads of money: purchases, payments, tips and sums by day, counted anew from their rows."""

import sqlalchemy as sa

from fancast.model.day_totals import DayKind, DayTotal
from fancast.model.fan_sets import FanSet
from fancast.model.ids import AccountKey
from fancast.model.transactions import TransactionType
from fancast.store.among import among
from fancast.store.database import Tx
from fancast.store.tables import day_totals, mass_messages, messages, payments, purchases, tips, transactions

_DAY_MS = 86_400_000
_AT_ONCE = 500
Totals = dict[tuple[str, int], DayTotal]


def stored_totals(tx: Tx, account: AccountKey) -> Totals:
    """The sums by kind and day as they are kept."""
    return _totals(tx, account, _STORED)


def counted_totals(tx: Tx, account: AccountKey) -> Totals:
    """The same, counted from the ledger's lines and the messages."""
    return _totals(tx, account, _PAID) | _totals(tx, account, _SOLD) | _totals(tx, account, _SENT)


def _totals(tx: Tx, account: AccountKey, statement: sa.Executable) -> Totals:
    return {
        (row.kind, row.day): DayTotal(row.day, row.count_, int(row.gross), int(row.fee))
        for row in tx.rows(statement, {"account": account})
    }


def unpaid_purchases(tx: Tx, account: AccountKey) -> int:
    """Purchases without the one line of the ledger, or the one payment, that they came with; and the reverse."""
    return _standing_alone(tx, account, _PURCHASES)


def untold_tips(tx: Tx, account: AccountKey) -> int:
    """Tips without the line, the payment or the message that they came with; and the reverse."""
    return _standing_alone(tx, account, _TIPS)


def _standing_alone(tx: Tx, account: AccountKey, statement: sa.Executable) -> int:
    whole, *counts = tx.rows(statement, {"account": account})[0]
    return int(max(counts)) - int(whole)


def buyers_of_media(tx: Tx, account: AccountKey) -> dict[int, FanSet]:
    """Who bought a message with each paid media item."""
    buyers: dict[int, list[int]] = {}
    for row in tx.rows(_BUYERS, {"account": account}):
        buyers.setdefault(row.queue_id, []).append(row.number)
    bought = sorted(buyers)
    found: dict[int, FanSet] = {}
    for start in range(0, len(bought), _AT_ONCE):
        some = {"account": account, "ids": bought[start : start + _AT_ONCE]}
        for statement in (_MEDIA_FOR_MANY, _MEDIA_FOR_ONE):
            for row in tx.rows(statement, some):
                for media_id in set(row.media_ids) - set(row.preview_media_ids):
                    found.setdefault(media_id, FanSet()).update(buyers[row.its_id])
    return found


# Drawn once: building a statement anew costs several times what running it does.

_ACCOUNT = sa.bindparam("account", type_=sa.Integer)
_d, _t, _m, _mass = day_totals.c, transactions.c, messages.c, mass_messages.c
_MESSAGE = _t.type == TransactionType.MESSAGE.value
_STORED = sa.select(
    _d.kind, _d.day, _d.count.label("count_"), _d.gross_cents.label("gross"), _d.fee_cents.label("fee"),
).where(_d.account_id == _ACCOUNT)  # fmt: skip


def _by_day(kind: sa.ColumnElement[str]) -> sa.Select[tuple[str, int, int, int, int]]:
    day = (_t.created_at // _DAY_MS).label("day")
    return sa.select(
        kind.label("kind"), day, sa.func.count().label("count_"), sa.func.sum(_t.gross_cents).label("gross"),
        sa.func.sum(_t.fee_cents).label("fee"),
    ).where(_t.account_id == _ACCOUNT).group_by("kind", "day")  # fmt: skip


_copies = sa.exists().where(_mass.account_id == _ACCOUNT, _mass.id == _t.queue_id)
_PAID = _by_day(_t.type)
_SOLD = _by_day(
    sa.case((_copies, DayKind.MASS_MESSAGE_PURCHASE.value), else_=DayKind.DIRECT_PURCHASE.value)
).where(_MESSAGE, _t.queue_id.is_not(None))
_SENT = sa.select(
    sa.literal(DayKind.DIRECT_MESSAGE.value).label("kind"), (_m.created_at // _DAY_MS).label("day"),
    sa.func.count().label("count_"), sa.literal(0).label("gross"), sa.literal(0).label("fee"),
).where(_m.account_id == _ACCOUNT, _m.from_fan.is_(False)).group_by("day")  # fmt: skip


def _count(table: sa.Table) -> sa.Select[int]:
    return sa.select(sa.func.count()).select_from(table).where(table.c.account_id == _ACCOUNT)


def _side_by_side(*counts: sa.Select[int]) -> sa.Executable:
    return sa.select(*(count.scalar_subquery() for count in counts))


_p, _paid = purchases.c, payments.c
_whole_purchases = _count(purchases).join(
    transactions,
    sa.and_(_t.account_id == _p.account_id, _t.number == _p.number, _t.message_id == _p.message_id,
            _t.queue_id == _p.queue_id, _MESSAGE, _t.gross_cents == _p.amount_cents),
).join(
    payments,
    sa.and_(_paid.account_id == _p.account_id, _paid.payment_reference == _p.payment_reference,
            _paid.number == _p.number, _paid.message_id == _p.message_id, _paid.amount_cents == _p.amount_cents),
)  # fmt: skip
_PURCHASES = _side_by_side(
    _whole_purchases,
    _count(purchases),
    _count(transactions).where(_MESSAGE, _t.queue_id.is_not(None)),
    _count(payments).where(_paid.purpose == "purchase"),
)
_tip = tips.c
_whole_tips = _count(tips).join(
    transactions,
    sa.and_(_t.account_id == _tip.account_id, _t.id == _tip.id, _t.gross_cents == _tip.amount_cents),
).join(
    payments,
    sa.and_(_paid.account_id == _tip.account_id, _paid.payment_reference == _tip.payment_reference,
            _paid.amount_cents == _tip.amount_cents,
            _paid.message_id.is_not_distinct_from(_tip.for_message_id)),
).join(
    messages,
    sa.and_(_m.account_id == _tip.account_id, _m.id == _tip.message_id, _m.tip_cents == _tip.amount_cents),
)  # fmt: skip
_TIPS = _side_by_side(
    _whole_tips,
    _count(tips),
    _count(messages).where(_m.tip_cents > 0),
    _count(payments).where(_paid.purpose == "tip"),
)
_BUYERS = sa.select(_p.queue_id, _p.number).where(_p.account_id == _ACCOUNT)
_MEDIA_FOR_MANY = sa.select(_mass.id.label("its_id"), _mass.media_ids, _mass.preview_media_ids).where(
    _mass.account_id == _ACCOUNT, among(_mass.id, "ids")
)
_MEDIA_FOR_ONE = sa.select(_m.queue_id.label("its_id"), _m.media_ids, _m.preview_media_ids).where(
    _m.account_id == _ACCOUNT, among(_m.queue_id, "ids")
)
