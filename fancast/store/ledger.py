"""What the ledger check reads: sums over rows, to be held against stored counters."""

from collections.abc import Sequence

import sqlalchemy as sa

from fancast.model.fan_sets import FanSet
from fancast.model.ids import AccountKey, QueueId
from fancast.store.database import Tx
from fancast.store.rows import Row
from fancast.store.tables import (
    account_heads,
    fan_counters,
    fan_sets,
    fans,
    mass_messages,
    messages,
    purchases,
    steps,
    transactions,
)


def mass_message_ids(tx: Tx, account: AccountKey) -> list[QueueId]:
    t = mass_messages.c
    return [QueueId(row.id) for row in tx.rows(sa.select(t.id).where(t.account_id == account).order_by(t.id))]


def purchases_by_queue_id(tx: Tx, account: AccountKey) -> dict[int, tuple[int, int]]:
    """How many bought each, and for how many cents."""
    t = purchases.c
    statement = sa.select(
        t.queue_id, sa.func.count().label("bought"), sa.func.sum(t.amount_cents).label("cents")
    )
    rows = tx.rows(statement.where(t.account_id == account).group_by(t.queue_id))
    return {row.queue_id: (row.bought, int(row.cents)) for row in rows}


def fans_where(tx: Tx, account: AccountKey, condition: sa.ColumnElement[bool]) -> FanSet:
    return FanSet(
        row.number for row in tx.rows(sa.select(fans.c.number).where(fans.c.account_id == account, condition))
    )


def any_fan(tx: Tx, account: AccountKey, condition: sa.ColumnElement[bool]) -> bool:
    return bool(tx.value(sa.select(sa.exists().where(fans.c.account_id == account, condition))))


def fan_flag(name: str) -> sa.ColumnElement[bool]:
    return fans.c[name] == sa.true()


def fan_spent(*names: str) -> sa.ColumnElement[bool]:
    """Fans whose sums of these columns are more than nothing."""
    return sum((fans.c[name] for name in names), start=sa.literal(0)) > 0


def subscribed_beyond(moment_ms: int) -> sa.ColumnElement[bool]:
    return fans.c.subscribed_until > moment_ms


def subscribed_until(moment_ms: int) -> sa.ColumnElement[bool]:
    return fans.c.subscribed_until <= moment_ms


def wrong_sizes(tx: Tx, account: AccountKey) -> list[tuple[int, int, int]]:
    """Chunks whose stored size is not that of their bits: (kind, ref, chunk)."""
    t = fan_sets.c
    rows = tx.rows(sa.select(t.kind, t.ref, t.chunk, t.size, t.bits).where(t.account_id == account))
    return [(row.kind, row.ref, row.chunk) for row in rows if len(FanSet.deserialize(row.bits)) != row.size]


def spending_differences(tx: Tx, account: AccountKey) -> Sequence[Row]:
    """Fans whose spending is not the sum of their transactions."""
    t = transactions.c

    def total(kind: str) -> sa.ColumnElement[int]:
        return sa.func.coalesce(sa.func.sum(sa.case((t.type == kind, t.gross_cents), else_=0)), 0)

    sums = (
        sa.select(t.number, total("subscription").label("subscriptions"), total("message").label("messages"),
                  total("tip").label("tips"))
        .where(t.account_id == account)
        .group_by(t.number)
        .subquery()
    )  # fmt: skip
    statement = (
        sa.select(fans.c.number)
        .outerjoin(sums, sums.c.number == fans.c.number)
        .where(
            fans.c.account_id == account,
            (fans.c.subscriptions_cents != sa.func.coalesce(sums.c.subscriptions, 0))
            | (fans.c.messages_cents != sa.func.coalesce(sums.c.messages, 0))
            | (fans.c.tips_cents != sa.func.coalesce(sums.c.tips, 0))
            | (fans.c.spent_cents != fans.c.subscriptions_cents + fans.c.messages_cents + fans.c.tips_cents),
        )
    )
    return tx.rows(statement.limit(100))


def count_transactions(tx: Tx, account: AccountKey) -> int:
    t = transactions.c
    return int(tx.value(sa.select(sa.func.count()).select_from(transactions).where(t.account_id == account)))


def wrong_nets(tx: Tx, account: AccountKey) -> int:
    t = transactions.c
    wrong = sa.select(sa.func.count()).select_from(transactions)
    return int(tx.value(wrong.where(t.account_id == account, t.net_cents != t.gross_cents - t.fee_cents)))


def counters(tx: Tx, account: AccountKey) -> tuple[int, int]:
    """The next id and the next fan number."""
    next_id = tx.value(sa.select(account_heads.c.next_id).where(account_heads.c.account_id == account))
    next_number = tx.value(sa.select(fan_counters.c.next_number).where(fan_counters.c.account_id == account))
    return int(next_id), int(next_number)


def highest(tx: Tx, account: AccountKey) -> tuple[int, int]:
    """The highest id and fan number in use."""
    ids = [
        tx.value(sa.select(sa.func.max(column)).where(table.c.account_id == account))
        for table, column in (
            (mass_messages, mass_messages.c.id), (messages, messages.c.id), (transactions, transactions.c.id),
            (steps, steps.c.first_id + steps.c.to_number - steps.c.from_number),
        )
    ]  # fmt: skip
    number = tx.value(sa.select(sa.func.max(fans.c.number)).where(fans.c.account_id == account))
    return max((int(id) for id in ids if id is not None), default=0), -1 if number is None else int(number)
