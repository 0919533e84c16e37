"""The operator's changes to the shipped list of banned words. One list for the whole server."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from fancast.kit.times import to_ms
from fancast.model.banned_words import BannedWord, RiskLevel
from fancast.store.database import Tx
from fancast.store.rows import Row
from fancast.store.tables import banned_words as t

_all = sa.select(t).order_by(t.c.word)


def changes(tx: Tx) -> dict[str, BannedWord | None]:
    """By word: what stands instead of the shipped entry, None where it is taken off."""
    return {row.word: _word(row) for row in tx.rows(_all)}


def put(tx: Tx, words: Iterable[BannedWord], *, now: datetime) -> None:
    """Add these, or let them stand instead of what was there."""
    for each in words:
        _upsert(tx, each.word, {
            "risk_level": each.risk_level.value, "category": each.category, "base": each.base,
            "safe_alternatives": list(each.safe_alternatives), "notes": each.notes, "changed_at": to_ms(now),
        })  # fmt: skip


def take_off(tx: Tx, words: Iterable[str], *, now: datetime) -> None:
    """These are banned no more, shipped or not."""
    nothing: dict[str, Any] = {
        "risk_level": None,
        "category": "",
        "base": "",
        "safe_alternatives": [],
        "notes": None,
    }
    for word in words:
        _upsert(tx, word, {**nothing, "changed_at": to_ms(now)})


def forget(tx: Tx) -> int:
    """Drop every change. Returns how many there were."""
    return tx.run(sa.delete(t))


def _upsert(tx: Tx, word: str, values: dict[str, Any]) -> None:
    statement = tx.insert(t).values(word=word, **values)
    tx.run(statement.on_conflict_do_update(index_elements=[t.c.word], set_=values))


def _word(row: Row) -> BannedWord | None:
    if row.risk_level is None:
        return None
    return BannedWord(
        row.word, RiskLevel(row.risk_level), row.category, row.base, tuple(row.safe_alternatives), row.notes
    )
