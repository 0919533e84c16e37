"""What a key sent lately, so that a twin or a marked retry is known again."""

from datetime import datetime

import sqlalchemy as sa

from fancast.kit.times import from_ms, to_ms
from fancast.model.ids import AccountKey, QueueId
from fancast.store.database import Tx
from fancast.store.rows import Row
from fancast.store.tables import sent_fingerprints as t

_INSERT = sa.insert(t)
_LOCK = sa.select(
    sa.func.pg_advisory_xact_lock(
        sa.bindparam("account", type_=sa.Integer), sa.bindparam("print", type_=sa.Integer)
    )
)
_NEWEST = (
    sa.select(t)
    .where(
        t.c.account_id == sa.bindparam("account"),
        t.c.key_id == sa.bindparam("key"),
        t.c.fingerprint == sa.bindparam("print"),
        t.c.created_at >= sa.bindparam("since"),
    )
    .order_by(t.c.queue_id.desc())
    .limit(1)
)


def lock(tx: Tx, account: AccountKey, fingerprint: str) -> None:
    """Let two identical sends follow each other. On SQLite writers follow each other anyway."""
    if tx.dialect == "postgresql":
        tx.run(_LOCK, {"account": account, "print": int(fingerprint[:8], 16) - 2**31})


def newest(
    tx: Tx, account: AccountKey, key_id: str, fingerprint: str, *, since: datetime
) -> tuple[QueueId, datetime, bool] | None:
    """The newest identical send: its id, when, and whether it was made by a marked retry."""
    known = {"account": account, "key": key_id, "print": fingerprint, "since": to_ms(since)}
    row: Row | None = tx.row(_NEWEST, known)
    return None if row is None else (QueueId(row.queue_id), from_ms(row.created_at), row.by_retry)


def add(
    tx: Tx, account: AccountKey, key_id: str, fingerprint: str, id: QueueId, *, by_retry: bool, now: datetime
) -> None:
    values = {
        "account_id": account, "key_id": key_id, "fingerprint": fingerprint, "queue_id": id,
        "by_retry": by_retry, "created_at": to_ms(now),
    }  # fmt: skip
    tx.run(_INSERT, values)


def absorb(tx: Tx, account: AccountKey, id: QueueId) -> None:
    """The late original has come: further ones are sends of their own."""
    tx.run(sa.update(t).where(t.c.account_id == account, t.c.queue_id == id).values(by_retry=False))


def forget(tx: Tx, *, before: datetime) -> None:
    tx.run(sa.delete(t).where(t.c.created_at < to_ms(before)))
