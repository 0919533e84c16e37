"""Stored answers, by the key their caller gave."""

from datetime import datetime

import sqlalchemy as sa

from fancast.kit.times import to_ms
from fancast.model.idempotency_keys import IdempotencyClaim, KeptAnswer
from fancast.store.database import Tx
from fancast.store.tables import idempotency_keys as t

#: PostgreSQL's word for a lock that was waited for too long.
_LOCK_NOT_AVAILABLE = "55P03"


def lock(tx: Tx, claim: IdempotencyClaim, *, wait_seconds: float) -> bool:
    """Whether this transaction may answer for the key; False while another does. Held until it ends.

    Waits for the other a while: most likely it is nearly done, and its answer can be given again.
    SQLite has one writer at a time, so a twin waits for its turn and finds the stored answer.
    """
    if tx.dialect == "sqlite":
        return True
    number = _number(claim)
    if tx.value(sa.select(sa.func.pg_try_advisory_xact_lock(number))):
        return True
    try:
        with tx.connection.begin_nested():
            before = tx.value(sa.select(sa.func.current_setting("lock_timeout")))
            _limit_waiting(tx, f"{wait_seconds * 1_000:.0f}ms")
            tx.run(sa.select(sa.func.pg_advisory_xact_lock(number)))
            _limit_waiting(tx, before)
    except sa.exc.OperationalError as error:
        if getattr(error.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
            raise
        return False
    return True


def share(tx: Tx, claim: IdempotencyClaim) -> None:
    """Let `lock` in other transactions wait for this one, which itself waits for nobody."""
    if tx.dialect != "sqlite":
        tx.run(sa.select(sa.func.pg_try_advisory_xact_lock_shared(_number(claim))))


def _number(claim: IdempotencyClaim) -> sa.ColumnElement[int]:
    return sa.func.hashtextextended(f"{claim.scope}\n{claim.key}", 0)


def _limit_waiting(tx: Tx, duration: str) -> None:
    """For the rest of the transaction, or until the savepoint is taken back."""
    tx.run(sa.select(sa.func.set_config("lock_timeout", duration, True)))


def find(tx: Tx, claim: IdempotencyClaim, *, since: datetime) -> tuple[str, KeptAnswer] | None:
    """The fingerprint of the first call with this key since then, and its answer."""
    row = tx.row(
        sa.select(t.c.fingerprint, t.c.status, t.c.headers, t.c.body).where(
            t.c.scope == claim.scope, t.c.key == claim.key, t.c.created_at > to_ms(since)
        )
    )
    return None if row is None else (row.fingerprint, KeptAnswer(row.status, row.headers, bytes(row.body)))


def keep(tx: Tx, claim: IdempotencyClaim, answer: KeptAnswer, *, now: datetime) -> None:
    """Keep an answer; one that stood there was out of date."""
    kept = {
        "fingerprint": claim.fingerprint, "status": answer.status, "headers": dict(answer.headers),
        "body": answer.body, "created_at": to_ms(now),
    }  # fmt: skip
    statement = tx.insert(t).values(scope=claim.scope, key=claim.key, **kept)
    tx.run(statement.on_conflict_do_update(index_elements=[t.c.scope, t.c.key], set_=kept))


def forget(tx: Tx, *, before: datetime) -> int:
    """Delete answers that are never returned again. How many."""
    return tx.run(sa.delete(t).where(t.c.created_at <= to_ms(before)))
