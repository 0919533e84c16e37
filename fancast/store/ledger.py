"""What the ledger check reads: sums over rows, to be held against stored counters."""

from collections.abc import Sequence
from functools import cache

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
    return [QueueId(row.id) for row in tx.rows(_MASS_MESSAGE_IDS, {"account": account})]


def purchases_by_queue_id(tx: Tx, account: AccountKey) -> dict[int, tuple[int, int]]:
    """How many bought each, and for how many cents."""
    rows = tx.rows(_PURCHASES, {"account": account})
    return {row.queue_id: (row.bought, int(row.cents)) for row in rows}


def flagged(tx: Tx, account: AccountKey, name: str) -> FanSet:
    """Fans with this flag."""
    return FanSet(row.number for row in tx.rows(_flagged(name), {"account": account}))


def spending(tx: Tx, account: AccountKey, *names: str) -> FanSet:
    """Fans whose sums of these columns are more than nothing."""
    return FanSet(row.number for row in tx.rows(_spending(names), {"account": account}))


def subscribed_beyond(tx: Tx, account: AccountKey, moment_ms: int) -> FanSet:
    rows = tx.rows(_SUBSCRIBED_BEYOND, {"account": account, "moment": moment_ms})
    return FanSet(row.number for row in rows)


def subscribed_until(tx: Tx, account: AccountKey, moment_ms: int) -> FanSet:
    rows = tx.rows(_SUBSCRIBED_UNTIL, {"account": account, "moment": moment_ms})
    return FanSet(row.number for row in rows)


def any_priced(tx: Tx, account: AccountKey) -> bool:
    """Whether any fan's subscription has a price."""
    return bool(tx.value(_ANY_PRICED, {"account": account}))


def wrong_sizes(tx: Tx, account: AccountKey) -> list[tuple[int, int, int]]:
    """Chunks whose stored size is not that of their bits: (kind, ref, chunk)."""
    rows = tx.rows(_CHUNKS, {"account": account})
    return [(row.kind, row.ref, row.chunk) for row in rows if len(FanSet.deserialize(row.bits)) != row.size]


def spending_differences(tx: Tx, account: AccountKey) -> Sequence[Row]:
    """Fans whose spending is not the sum of their transactions."""
    return tx.rows(_SPENDING_DIFFERENCES, {"account": account})


def count_transactions(tx: Tx, account: AccountKey) -> int:
    return int(tx.value(_COUNT_TRANSACTIONS, {"account": account}))


def wrong_nets(tx: Tx, account: AccountKey) -> int:
    return int(tx.value(_WRONG_NETS, {"account": account}))


def counters(tx: Tx, account: AccountKey) -> tuple[int, int]:
    """The next id and the next fan number."""
    next_id, next_number = tx.rows(_COUNTERS, {"account": account})[0]
    return int(next_id), int(next_number)


def highest(tx: Tx, account: AccountKey) -> tuple[int, int]:
    """The highest id and fan number in use."""
    *ids, number = tx.rows(_HIGHEST, {"account": account})[0]
    return max((int(id) for id in ids if id is not None), default=0), -1 if number is None else int(number)


# Drawn once: building a statement anew costs several times what running it does.

_ACCOUNT = sa.bindparam("account", type_=sa.Integer)
_MOMENT = sa.bindparam("moment", type_=sa.BigInteger)
_t = transactions.c
_MASS_MESSAGE_IDS = (
    sa.select(mass_messages.c.id).where(mass_messages.c.account_id == _ACCOUNT).order_by(mass_messages.c.id)
)
_PURCHASES = (
    sa.select(
        purchases.c.queue_id, sa.func.count().label("bought"),
        sa.func.sum(purchases.c.amount_cents).label("cents"),
    )
    .where(purchases.c.account_id == _ACCOUNT)
    .group_by(purchases.c.queue_id)
)  # fmt: skip
_FANS = sa.select(fans.c.number).where(fans.c.account_id == _ACCOUNT)
_SUBSCRIBED_BEYOND = _FANS.where(fans.c.subscribed_until > _MOMENT)
_SUBSCRIBED_UNTIL = _FANS.where(fans.c.subscribed_until <= _MOMENT)
_ANY_PRICED = sa.select(sa.exists().where(fans.c.account_id == _ACCOUNT, fans.c.price_cents > 0))


@cache
def _flagged(name: str) -> sa.Executable:
    return _FANS.where(fans.c[name] == sa.true())


@cache
def _spending(names: tuple[str, ...]) -> sa.Executable:
    return _FANS.where(sum((fans.c[name] for name in names), start=sa.literal(0)) > 0)


_CHUNKS = sa.select(
    fan_sets.c.kind, fan_sets.c.ref, fan_sets.c.chunk, fan_sets.c.size, fan_sets.c.bits
).where(fan_sets.c.account_id == _ACCOUNT)


def _total(kind: str) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(sa.case((_t.type == kind, _t.gross_cents), else_=0)), 0)


_sums = (
    sa.select(_t.number, _total("subscription").label("subscriptions"), _total("message").label("messages"),
              _total("tip").label("tips"))
    .where(_t.account_id == _ACCOUNT)
    .group_by(_t.number)
    .subquery()
)  # fmt: skip
_SPENDING_DIFFERENCES = (
    sa.select(fans.c.number)
    .outerjoin(_sums, _sums.c.number == fans.c.number)
    .where(
        fans.c.account_id == _ACCOUNT,
        (fans.c.subscriptions_cents != sa.func.coalesce(_sums.c.subscriptions, 0))
        | (fans.c.messages_cents != sa.func.coalesce(_sums.c.messages, 0))
        | (fans.c.tips_cents != sa.func.coalesce(_sums.c.tips, 0))
        | (fans.c.spent_cents != fans.c.subscriptions_cents + fans.c.messages_cents + fans.c.tips_cents),
    )
    .limit(100)
)
_COUNT_TRANSACTIONS = sa.select(sa.func.count()).select_from(transactions).where(_t.account_id == _ACCOUNT)
_WRONG_NETS = _COUNT_TRANSACTIONS.where(_t.net_cents != _t.gross_cents - _t.fee_cents)


def _side_by_side(columns: dict[sa.Table, sa.ColumnElement[int]]) -> sa.Executable:
    """One row: of each table what is asked of the account's rows."""
    return sa.select(
        *(
            sa.select(column).where(table.c.account_id == _ACCOUNT).scalar_subquery()
            for table, column in columns.items()
        )
    )


_COUNTERS = _side_by_side({
    account_heads: account_heads.c.next_id, fan_counters: fan_counters.c.next_number,
})  # fmt: skip
_HIGHEST = _side_by_side({
    mass_messages: sa.func.max(mass_messages.c.id), messages: sa.func.max(messages.c.id),
    transactions: sa.func.max(_t.id),
    steps: sa.func.max(steps.c.first_id + steps.c.to_number - steps.c.from_number),
    fans: sa.func.max(fans.c.number),
})  # fmt: skip
