"""Sums by day. Whoever changes them holds the account's head, so they wait for nobody and lock nobody out."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from fancast.model.day_totals import DayKind, DayTotal, day_of
from fancast.model.ids import AccountKey
from fancast.store.database import Tx
from fancast.store.tables import day_totals as t


def add(
    tx: Tx, account: AccountKey, kinds: Iterable[DayKind], at: datetime, *, gross_cents: int = 0, fee_cents: int = 0
) -> None:  # fmt: skip
    """Count one more of each kind on the day of `at`. After the head was taken."""
    one = DayTotal(day_of(at), 1, gross_cents, fee_cents)
    add_many(tx, account, {(kind, one.day): one for kind in kinds})


def add_many(tx: Tx, account: AccountKey, totals: Mapping[tuple[DayKind, int], DayTotal]) -> None:
    """Add to the sums of several kinds and days. After the head was taken."""
    rows = [
        {"account_id": account, "kind": kind.value, "day": day, "count": one.count,
         "gross_cents": one.gross_cents, "fee_cents": one.fee_cents}
        for (kind, day), one in totals.items()
    ]  # fmt: skip
    tx.many(_add(tx.dialect), rows)


def by_day(
    tx: Tx, account: AccountKey, kinds: Sequence[DayKind], first_day: int, last_day: int
) -> dict[int, DayTotal]:
    """These kinds together, by day, both ends included; days of nothing are absent."""
    values = {
        "account": account,
        "kinds": [kind.value for kind in kinds],
        "first": first_day,
        "last": last_day,
    }
    return {
        row.day: DayTotal(row.day, int(row.count_), int(row.gross), int(row.fee))
        for row in tx.rows(_BY_DAY, values)
    }


def sums(
    tx: Tx, account: AccountKey, kinds: Sequence[DayKind], *, first_day: int = 0, last_day: int
) -> dict[DayKind, DayTotal]:
    """All days from the first to the last together, by kind."""
    values = {
        "account": account,
        "kinds": [kind.value for kind in kinds],
        "first": first_day,
        "last": last_day,
    }
    found = {kind: DayTotal(last_day) for kind in kinds}
    for row in tx.rows(_SUMS, values):
        found[DayKind(row.kind)] = DayTotal(last_day, int(row.count_), int(row.gross), int(row.fee))
    return found


@cache
def _add(dialect: str) -> sa.Executable:
    insert = sqlite.insert(t) if dialect == "sqlite" else postgresql.insert(t)
    more = {name: t.c[name] + insert.excluded[name] for name in ("count", "gross_cents", "fee_cents")}
    return insert.on_conflict_do_update(index_elements=["account_id", "kind", "day"], set_=more)


_WHERE = (
    t.c.account_id == sa.bindparam("account"),
    t.c.kind.in_(sa.bindparam("kinds", expanding=True)),
    t.c.day.between(sa.bindparam("first", type_=sa.Integer), sa.bindparam("last", type_=sa.Integer)),
)
_SUMMED = (
    sa.func.sum(t.c.count).label("count_"),
    sa.func.sum(t.c.gross_cents).label("gross"),
    sa.func.sum(t.c.fee_cents).label("fee"),
)
_BY_DAY = sa.select(t.c.day, *_SUMMED).where(*_WHERE).group_by(t.c.day)
_SUMS = sa.select(t.c.kind, *_SUMMED).where(*_WHERE).group_by(t.c.kind)
