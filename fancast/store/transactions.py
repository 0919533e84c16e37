"""Lines of the ledger: gross, fee, net. Never deleted, never changed."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from fancast.kit.times import from_ms, to_ms
from fancast.model.ids import AccountKey, FanNumber, MessageId, QueueId
from fancast.model.transactions import Transaction, TransactionType
from fancast.store.database import Tx
from fancast.store.rows import Row
from fancast.store.tables import transactions as t


def add(tx: Tx, account: AccountKey, made: Transaction) -> None:
    tx.run(_INSERT, {
        "account_id": account, "id": made.id, "type": made.type.value, "number": made.number,
        "gross_cents": made.gross_cents, "fee_cents": made.fee_cents, "net_cents": made.net_cents,
        "currency": made.currency, "queue_id": made.queue_id, "message_id": made.message_id,
        "created_at": to_ms(made.created_at),
    })  # fmt: skip


def get(tx: Tx, account: AccountKey, id: int) -> Transaction | None:
    row = tx.row(_ONE, {"account": account, "id": id})
    return None if row is None else _transaction(row)


def of_message(tx: Tx, account: AccountKey, number: FanNumber, message_id: MessageId) -> Transaction:
    """The line that a fan's purchase of a message made."""
    row = tx.row(_OF_MESSAGE, {"account": account, "number": number, "message_id": message_id})
    assert row is not None, "a purchase without its line of the ledger"
    return _transaction(row)


def page(
    tx: Tx, account: AccountKey, types: Sequence[TransactionType], *, since: datetime | None = None,
    before: tuple[datetime, int], limit: int,
) -> list[Transaction]:  # fmt: skip
    """Newest first, before a place of moment and id: of each type one range of an index, however long the ledger."""
    if not types:
        return []
    at, id = before
    values: dict[str, Any] = {
        "account": account, "since": 0 if since is None else to_ms(since), "at": to_ms(at), "id": id, "limit": limit,
        **{f"type{place}": type.value for place, type in enumerate(types)},
    }  # fmt: skip
    return [_transaction(row) for row in tx.rows(_page(len(types)), values)]


@cache
def _page(count: int) -> sa.Executable:
    parts = [_part(place).subquery() for place in range(count)]
    both = sa.union_all(*(sa.select(part) for part in parts)).subquery()
    return sa.select(both).order_by(both.c.created_at.desc(), both.c.id.desc()).limit(sa.bindparam("limit"))


def _part(place: int) -> sa.Select[Any]:
    moment, id = sa.bindparam("at", type_=sa.BigInteger), sa.bindparam("id", type_=sa.BigInteger)
    return (
        sa.select(t)
        .where(
            t.c.account_id == sa.bindparam("account"), t.c.type == sa.bindparam(f"type{place}"),
            t.c.created_at >= sa.bindparam("since", type_=sa.BigInteger),
            # A row value is one range of the index, where an OR is none.
            sa.tuple_(t.c.created_at, t.c.id) < sa.tuple_(moment, id),
        )
        .order_by(t.c.created_at.desc(), t.c.id.desc())
        .limit(sa.bindparam("limit"))
    )  # fmt: skip


_INSERT = sa.insert(t)
_OF_ACCOUNT = t.c.account_id == sa.bindparam("account")
_ONE = sa.select(t).where(_OF_ACCOUNT, t.c.id == sa.bindparam("id", type_=sa.BigInteger))
_OF_MESSAGE = sa.select(t).where(
    _OF_ACCOUNT, t.c.number == sa.bindparam("number"),
    t.c.message_id == sa.bindparam("message_id", type_=sa.BigInteger),
    t.c.type == TransactionType.MESSAGE.value,
)  # fmt: skip


def _transaction(row: Row) -> Transaction:
    return Transaction(
        id=row.id, type=TransactionType(row.type), number=FanNumber(row.number), gross_cents=row.gross_cents,
        fee_cents=row.fee_cents, net_cents=row.net_cents, currency=row.currency,
        queue_id=None if row.queue_id is None else QueueId(row.queue_id),
        message_id=None if row.message_id is None else MessageId(row.message_id),
        created_at=from_ms(row.created_at),
    )  # fmt: skip
