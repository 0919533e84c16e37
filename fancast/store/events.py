"""Facts, each committed with what it tells."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from fancast.kit.times import from_ms, to_ms
from fancast.model.events import Event, EventKind
from fancast.model.ids import AccountKey
from fancast.store.database import Tx
from fancast.store.tables import events as t

_INSERT = sa.insert(t)


@dataclass(frozen=True, slots=True)
class Fact:
    """What is told under a number that is taken in the same transaction."""

    kind: EventKind
    ref: int
    data: dict[str, Any]
    at: datetime


def add(
    tx: Tx,
    account: AccountKey,
    number: int,
    kind: EventKind,
    ref: int,
    data: dict[str, Any],
    *,
    now: datetime,
) -> None:
    """One fact, under a number taken from the head in this transaction."""
    add_many(tx, account, number, kind, [(ref, data)], now=now)


def add_many(
    tx: Tx, account: AccountKey, first: int, kind: EventKind, facts: Sequence[tuple[int, dict[str, Any]]], *,
    now: datetime,
) -> None:  # fmt: skip
    stamp = to_ms(now)
    rows = [
        {"account_id": account, "event_no": first + place, "kind": kind.value, "ref": ref, "data": data,
         "created_at": stamp}
        for place, (ref, data) in enumerate(facts)
    ]  # fmt: skip
    tx.many(_INSERT, rows)


def add_each(tx: Tx, told: Iterable[tuple[AccountKey, int, Sequence[Fact]]]) -> None:
    """Facts of several kinds and accounts in one statement: each account's first number, and its facts."""
    tx.many(_INSERT, [
        {"account_id": account, "event_no": first + place, "kind": fact.kind.value, "ref": fact.ref,
         "data": fact.data, "created_at": to_ms(fact.at)}
        for account, first, facts in told for place, fact in enumerate(facts)
    ])  # fmt: skip


def after(tx: Tx, account: AccountKey, number: int, limit: int) -> list[Event]:
    """The facts after a cursor, oldest first: no hole, nothing late."""
    statement = sa.select(t).where(t.c.account_id == account, t.c.event_no > number).order_by(t.c.event_no)
    return [
        Event(number=row.event_no, kind=EventKind(row.kind), ref=row.ref, data=row.data,
              created_at=from_ms(row.created_at))
        for row in tx.rows(statement.limit(limit))
    ]  # fmt: skip
