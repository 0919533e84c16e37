"""Which files are stored, and which of them are to be taken away."""

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from fancast.kit.times import maybe_ms, to_ms
from fancast.model.ids import AccountKey
from fancast.store.database import Tx
from fancast.store.tables import blobs as t

_INSERT = sa.insert(t)
_DUE = (
    sa.select(t.c.key)
    .where(t.c.remove_at <= sa.bindparam("now"))
    .order_by(t.c.remove_at)
    .limit(sa.bindparam("limit"))
)
_MARK = sa.update(t).where(t.c.key.in_(sa.bindparam("keys", expanding=True)))


def add(tx: Tx, account: AccountKey, keys: Iterable[str], *, remove_at: datetime) -> None:
    """Note files before their first byte is written."""
    tx.many(_INSERT, [{"key": key, "account_id": account, "remove_at": to_ms(remove_at)} for key in keys])


def mark(tx: Tx, keys: Iterable[str], *, remove_at: datetime | None) -> None:
    """When to take files away; None keeps them."""
    if wanted := sorted(set(keys)):
        tx.run(
            _MARK.values(remove_at=sa.bindparam("at", type_=sa.BigInteger)),
            {"keys": wanted, "at": maybe_ms(remove_at)},
        )


def due(tx: Tx, *, now: datetime, limit: int) -> list[str]:
    return [row.key for row in tx.rows(_DUE, {"now": to_ms(now), "limit": limit})]


def forget(tx: Tx, keys: Iterable[str]) -> None:
    """Of files that are gone."""
    if wanted := sorted(set(keys)):
        tx.run(sa.delete(t).where(t.c.key.in_(wanted)))
