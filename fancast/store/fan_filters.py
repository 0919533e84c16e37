"""What a filter asks of fans, as conditions: told by an index of its own, or on a walk along another."""

from dataclasses import replace
from functools import cache
from typing import Any

import sqlalchemy as sa

from fancast.kit.times import maybe_ms
from fancast.model.fan_sets import FanSet
from fancast.model.fans import FanFilter
from fancast.model.ids import AccountKey
from fancast.store.database import Tx
from fancast.store.tables import fans as t


def counted(tx: Tx, account: AccountKey, only: FanFilter, most: int) -> dict[str, int]:
    """How many fans meet each condition that has an index, counted no further than just beyond `most`."""
    asked = {"account": account, "upto": most + 1, **values(only)}
    return {name: int(tx.value(_counted(name), asked)) for name in _indexed(only)}


def meeting(tx: Tx, account: AccountKey, only: FanFilter, name: str) -> tuple[FanSet, FanFilter]:
    """The fans who meet one condition, and the filter without it."""
    nothing: dict[str, Any] = {name: None}
    met = tx.column(_meeting(name), {"account": account, **values(only)})
    return FanSet(met), replace(only, **nothing)


# ---- the conditions; their values are parameters of the same names


def values(only: FanFilter) -> dict[str, Any]:
    """What the conditions are told; None where one is not asked."""
    return {
        "seen_since": maybe_ms(only.seen_since), "least_tips_cents": only.least_tips_cents,
        "least_spent_cents": only.least_spent_cents, "most_spent_cents": only.most_spent_cents,
        "began_by": maybe_ms(only.began_by),
    }  # fmt: skip


def conditions(only: FanFilter) -> tuple[str, ...]:
    """The conditions of a filter, by name."""
    asked = [name for name, value in values(only).items() if value is not None]
    return tuple("unseen" if name == "seen_since" and only.unseen else name for name in asked)


def _indexed(only: FanFilter) -> list[str]:
    """Those that an index tells. (Whoever tipped nothing at all is in no index of tips.)"""
    return [
        name for name in conditions(only) if name in INDEXED and (name != "least_tips_cents" or only.least_tips_cents)
    ]  # fmt: skip


def unindexed(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """A condition on this is told on the way: a planner that took its index would sort all it finds."""
    return column + sa.literal_column("0")


_ACCOUNT = t.c.account_id == sa.bindparam("account")
_SEEN = sa.func.coalesce(t.c.last_seen_at, 0) >= sa.bindparam("seen_since", type_=sa.BigInteger)
_LEAST_TIPS, _LEAST_SPENT, _MOST_SPENT = (
    sa.bindparam(name, type_=sa.BigInteger)
    for name in ("least_tips_cents", "least_spent_cents", "most_spent_cents")
)
ONLY: dict[str, sa.ColumnElement[bool]] = {
    "seen_since": _SEEN,
    "unseen": sa.not_(_SEEN),
    "least_tips_cents": unindexed(t.c.tips_cents) >= _LEAST_TIPS,
    "least_spent_cents": unindexed(t.c.spent_cents) >= _LEAST_SPENT,
    "most_spent_cents": unindexed(t.c.spent_cents) <= _MOST_SPENT,
    "began_by": t.c.subscribed_at <= sa.bindparam("began_by"),
}
INDEXED: dict[str, sa.ColumnElement[bool]] = {
    "seen_since": t.c.last_seen_at >= sa.bindparam("seen_since"),
    "least_tips_cents": (t.c.tips_cents >= _LEAST_TIPS) & sa.text("tips_cents > 0"),
    "least_spent_cents": t.c.spent_cents >= _LEAST_SPENT,
    "most_spent_cents": t.c.spent_cents <= _MOST_SPENT,
}


@cache
def _counted(name: str) -> sa.Executable:
    some = sa.select(t.c.number).where(_ACCOUNT, INDEXED[name]).limit(sa.bindparam("upto")).subquery()
    return sa.select(sa.func.count()).select_from(some)


@cache
def _meeting(name: str) -> sa.Executable:
    return sa.select(t.c.number).where(_ACCOUNT, INDEXED[name])
