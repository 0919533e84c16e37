"""What the ledger check reads of money: purchases, payments, tips and sums by day, counted anew from their rows."""

from collections.abc import Iterable

import sqlalchemy as sa

from fancast.model.day_totals import DayKind, DayTotal
from fancast.model.fan_sets import FanSet
from fancast.model.ids import AccountKey
from fancast.model.transactions import TransactionType
from fancast.store.database import Tx
from fancast.store.tables import day_totals, mass_messages, messages, payments, purchases, tips, transactions

_DAY_MS = 86_400_000
Totals = dict[tuple[str, int], DayTotal]


def stored_totals(tx: Tx, account: AccountKey) -> Totals:
    """The sums by kind and day as they are kept."""
    d = day_totals.c
    return _totals(tx, sa.select(
        d.kind, d.day, d.count.label("count_"), d.gross_cents.label("gross"), d.fee_cents.label("fee"),
    ).where(d.account_id == account))  # fmt: skip


def counted_totals(tx: Tx, account: AccountKey) -> Totals:
    """The same, counted from the ledger's lines and the messages."""
    t, m = transactions.c, messages.c
    of_account = t.account_id == account
    copies = sa.exists().where(mass_messages.c.account_id == account, mass_messages.c.id == t.queue_id)
    kind = sa.case((copies, DayKind.MASS_MESSAGE_PURCHASE.value), else_=DayKind.DIRECT_PURCHASE.value)
    sold = (of_account, t.type == TransactionType.MESSAGE.value, t.queue_id.is_not(None))
    sent = sa.select(
        sa.literal(DayKind.DIRECT_MESSAGE.value).label("kind"), (m.created_at // _DAY_MS).label("day"),
        sa.func.count().label("count_"), sa.literal(0).label("gross"), sa.literal(0).label("fee"),
    ).where(m.account_id == account, m.from_fan.is_(False)).group_by("day")  # fmt: skip
    return (
        _totals(tx, _by_day(t.type).where(of_account))
        | _totals(tx, _by_day(kind).where(*sold))
        | _totals(tx, sent)
    )


def _by_day(kind: sa.ColumnElement[str]) -> sa.Select[tuple[str, int, int, int, int]]:
    t = transactions.c
    day = (t.created_at // _DAY_MS).label("day")
    return sa.select(
        kind.label("kind"), day, sa.func.count().label("count_"), sa.func.sum(t.gross_cents).label("gross"),
        sa.func.sum(t.fee_cents).label("fee"),
    ).group_by("kind", "day")  # fmt: skip


def _totals(tx: Tx, statement: sa.Select[tuple[str, int, int, int, int]]) -> Totals:
    return {
        (row.kind, row.day): DayTotal(row.day, row.count_, int(row.gross), int(row.fee))
        for row in tx.rows(statement)
    }


def unpaid_purchases(tx: Tx, account: AccountKey) -> int:
    """Purchases without the one line of the ledger, or the one payment, that they came with; and the reverse."""
    p, t, m = purchases.c, transactions.c, payments.c
    whole = (
        sa.select(sa.func.count())
        .select_from(purchases)
        .join(transactions, sa.and_(t.account_id == p.account_id, t.number == p.number, t.message_id == p.message_id,
                                    t.queue_id == p.queue_id, t.type == TransactionType.MESSAGE.value,
                                    t.gross_cents == p.amount_cents))
        .join(payments, sa.and_(m.account_id == p.account_id, m.payment_reference == p.payment_reference,
                                m.number == p.number, m.message_id == p.message_id, m.amount_cents == p.amount_cents))
        .where(p.account_id == account)
    )  # fmt: skip
    sold = (t.account_id == account, t.type == TransactionType.MESSAGE.value, t.queue_id.is_not(None))
    counts = [
        _count(tx, purchases, p.account_id == account), _count(tx, transactions, *sold),
        _count(tx, payments, m.account_id == account, m.purpose == "purchase"),
    ]  # fmt: skip
    return max(counts) - int(tx.value(whole))


def untold_tips(tx: Tx, account: AccountKey) -> int:
    """Tips without the line, the payment or the message that they came with; and the reverse."""
    p, t, m, c = tips.c, transactions.c, payments.c, messages.c
    whole = (
        sa.select(sa.func.count())
        .select_from(tips)
        .join(transactions, sa.and_(t.account_id == p.account_id, t.id == p.id, t.gross_cents == p.amount_cents))
        .join(payments, sa.and_(m.account_id == p.account_id, m.payment_reference == p.payment_reference,
                                m.amount_cents == p.amount_cents,
                                m.message_id.is_not_distinct_from(p.for_message_id)))
        .join(messages, sa.and_(c.account_id == p.account_id, c.id == p.message_id, c.tip_cents == p.amount_cents))
        .where(p.account_id == account)
    )  # fmt: skip
    counts = [
        _count(tx, tips, p.account_id == account), _count(tx, messages, c.account_id == account, c.tip_cents > 0),
        _count(tx, payments, m.account_id == account, m.purpose == "tip"),
    ]  # fmt: skip
    return max(counts) - int(tx.value(whole))


def _count(tx: Tx, table: sa.Table, *where: sa.ColumnElement[bool]) -> int:
    return int(tx.value(sa.select(sa.func.count()).select_from(table).where(*where)))


def buyers_of_media(tx: Tx, account: AccountKey) -> dict[int, FanSet]:
    """Who bought a message with each paid media item."""
    p = purchases.c
    rows = tx.rows(sa.select(p.queue_id, p.number).where(p.account_id == account))
    buyers: dict[int, list[int]] = {}
    for row in rows:
        buyers.setdefault(row.queue_id, []).append(row.number)
    found: dict[int, FanSet] = {}
    for table, column in ((mass_messages, "id"), (messages, "queue_id")):
        for id, paid in _paid_media(tx, account, table, column, buyers):
            for media_id in paid:
                found.setdefault(media_id, FanSet()).update(buyers[id])
    return found


def _paid_media(
    tx: Tx, account: AccountKey, table: sa.Table, column: str, ids: Iterable[int]
) -> Iterable[tuple[int, set[int]]]:
    wanted = sorted(ids)
    for start in range(0, len(wanted), 500):
        statement = sa.select(table.c[column].label("its_id"), table.c.media_ids, table.c.preview_media_ids)
        statement = statement.where(
            table.c.account_id == account, table.c[column].in_(wanted[start : start + 500])
        )
        for row in tx.rows(statement):
            yield row.its_id, set(row.media_ids) - set(row.preview_media_ids)
