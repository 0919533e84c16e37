"""What a key sent lately, so that a twin or a marked retry is known again."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row

from fancast.kit.times import from_ms, to_ms
from fancast.model.ids import AccountKey, QueueId
from fancast.store.database import Tx
from fancast.store.tables import sent_fingerprints as t


def lock(tx: Tx, account: AccountKey, fingerprint: str) -> None:
    """Let two identical sends follow each other. On SQLite writers follow each other anyway."""
    if tx.dialect == "postgresql":
        tx.run(sa.select(sa.func.pg_advisory_xact_lock(account, int(fingerprint[:8], 16) - 2**31)))


def newest(
    tx: Tx, account: AccountKey, key_id: str, fingerprint: str, *, since: datetime
) -> tuple[QueueId, datetime, bool] | None:
    """The newest identical send: its id, when, and whether it was made by a marked retry."""
    row: Row[Any] | None = tx.row(
        sa.select(t)
        .where(
            t.c.account_id == account,
            t.c.key_id == key_id,
            t.c.fingerprint == fingerprint,
            t.c.created_at >= to_ms(since),
        )
        .order_by(t.c.queue_id.desc())
        .limit(1)
    )
    return None if row is None else (QueueId(row.queue_id), from_ms(row.created_at), row.by_retry)


def add(
    tx: Tx, account: AccountKey, key_id: str, fingerprint: str, id: QueueId, *, by_retry: bool, now: datetime
) -> None:
    values = {
        "account_id": account, "key_id": key_id, "fingerprint": fingerprint, "queue_id": id,
        "by_retry": by_retry, "created_at": to_ms(now),
    }  # fmt: skip
    tx.run(sa.insert(t), values)


def absorb(tx: Tx, account: AccountKey, id: QueueId) -> None:
    """The late original has come: further ones are sends of their own."""
    tx.run(sa.update(t).where(t.c.account_id == account, t.c.queue_id == id).values(by_retry=False))


def forget(tx: Tx, *, before: datetime) -> None:
    tx.run(sa.delete(t).where(t.c.created_at < to_ms(before)))
