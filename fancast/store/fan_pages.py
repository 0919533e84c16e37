"""Pages of fans: places in an order that an index has, read no further than the page needs.

A list is one stream or a few, each a walk along one index; the database merges them. The order is by the moment
a subscription began (or was renewed), newest first, then by number; who never subscribed comes last.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from fancast.kit.times import maybe_ms, to_ms
from fancast.model import fan_sets as sets
from fancast.model.fan_sets import FanSet
from fancast.model.fans import Began, Fan, FanFilter, FanPlace, FanStatus, Spent
from fancast.model.ids import AccountKey, FanNumber
from fancast.store import fan_filters as filters
from fancast.store.among import among
from fancast.store.database import Tx
from fancast.store.fans import read_row, swept_until
from fancast.store.tables import fans as t
from fancast.store.tables import subscriber_sweeps, transactions

Conditions = tuple[sa.ColumnElement[bool], ...]
#: A walk along one index: the moment it goes by (None: who never subscribed), and whom it meets.
Stream = tuple[sa.ColumnElement[Any] | None, Conditions]
NO_FILTER = FanFilter()


@dataclass(frozen=True, slots=True)
class Asked:
    """Which fans a list shows, and in which order, as of `now`."""

    now: datetime
    status: FanStatus = FanStatus.ALL
    by: Began = Began.NEW
    since: datetime | None = None
    until: datetime | None = None
    only: FanFilter = NO_FILTER


class Place(NamedTuple):
    """Where a fan stands in a list: `FanPlace` as the database has it. A walk meets many."""

    at: int | None
    number: FanNumber

    @classmethod
    def of(cls, place: FanPlace | None) -> "Place | None":
        return None if place is None else cls(maybe_ms(place.subscribed_at), place.number)


def walk(
    tx: Tx, account: AccountKey, asked: Asked, *, after: Place | None = None, offset: int = 0, limit: int
) -> list[Place]:
    """Places of the list in order, after one of them or after `offset` of them."""
    shape = _Shape.of(asked, after)
    every = tuple(one for one in streams(tx, account, asked) if not _is_past(one, after))
    values = _values(account, asked, after, offset, limit)
    # Who never subscribed comes after everybody else, and is looked for only where nobody else is left.
    dated = tuple(one for one in every if one[0] is not None)
    found = _page(tx, _merged(tx.dialect, dated, shape), values) if dated else []
    if len(found) == limit or dated == every:
        return found
    return _page(tx, _merged(tx.dialect, every, shape), values)


def streams(tx: Tx, account: AccountKey, asked: Asked) -> tuple[Stream, ...]:
    """The walks that make up the list, each in the list's order."""
    return _streams(_Shape.of(asked, None), _is_split(tx, account, asked))


def stretch(
    tx: Tx,
    account: AccountKey,
    asked: Asked,
    stream: Stream,
    within: FanSet,
    *,
    after: Place | None,
    limit: int,
) -> tuple[list[Place], Place | None]:
    """Who of a set is met on the next stretch of one walk, and where it ended; None when the walk is over."""
    if _is_past(stream, after):
        return [], None
    walked = _merged(tx.dialect, (stream,), _Shape.of(asked, after))
    # Thousands of rows, looked at by position: only who is met becomes a place.
    rows: Any = tx.rows(walked, _values(account, asked, after, 0, limit))
    met = [Place(at, number) for at, number in rows if number in within]
    return met, Place(*rows[-1]) if len(rows) == limit else None


def order(place: Place) -> tuple[bool, int, int]:
    """Lists go down by it: never subscribed comes last."""
    return place.at is not None, place.at or 0, place.number


def sort(
    tx: Tx, account: AccountKey, asked: Asked, within: FanSet, *, after: Place | None = None, offset: int = 0,
    limit: int,
) -> list[Place]:  # fmt: skip
    """The same of a few fans, each looked up."""
    if not within:
        return []
    values = _values(account, asked, after, offset, limit) | {"numbers": list(within)}
    return _page(tx, _sorted(_Shape.of(asked, after), None), values)


def sort_by(
    tx: Tx, account: AccountKey, asked: Asked, name: str, *, after: Place | None = None, offset: int = 0,
    limit: int,
) -> list[Place]:  # fmt: skip
    """The same of the fans in the range of one condition's index, which the database puts in order."""
    values = _values(account, asked, after, offset, limit)
    return _page(tx, _sorted(_Shape.of(asked, after), name), values)


def page_after(
    tx: Tx, account: AccountKey, *, within: FanSet | None = None, after: int, limit: int
) -> list[Fan]:
    """Fans in order of arrival, after a fan number."""
    statement = sa.select(t).where(t.c.account_id == account, t.c.number > after)
    if within is not None:
        statement = statement.where(t.c.number.in_(list(sets.first(sets.above(within, after), limit))))
    return [read_row(row) for row in tx.rows(statement.order_by(t.c.number).limit(limit))]


def top(tx: Tx, account: AccountKey, by: Spent, *, offset: int, limit: int) -> list[Fan]:
    """Who spent most, of those who spent anything."""
    spent = _SPENT[by]
    statement = sa.select(t).where(t.c.account_id == account, spent > 0).order_by(spent.desc(), t.c.number)
    return [read_row(row) for row in tx.rows(statement.offset(offset).limit(limit))]


def top_between(
    tx: Tx, account: AccountKey, by: Spent, since: datetime, until: datetime, *, offset: int, limit: int
) -> list[FanNumber]:
    """Who spent most in a time, from the ledger's lines."""
    c = transactions.c
    spent = sa.func.sum(c.gross_cents)
    statement = sa.select(c.number).where(
        c.account_id == account, c.created_at >= to_ms(since), c.created_at <= to_ms(until)
    )
    if by is not Spent.TOTAL:
        statement = statement.where(c.type == _TYPES[by])
    statement = statement.group_by(c.number).having(spent > 0).order_by(spent.desc(), c.number)
    return [FanNumber(row.number) for row in tx.rows(statement.offset(offset).limit(limit))]


_SPENT: dict[Spent, sa.ColumnElement[int]] = {
    Spent.TOTAL: t.c.spent_cents, Spent.SUBSCRIPTIONS: t.c.subscriptions_cents,
    Spent.MESSAGES: t.c.messages_cents, Spent.TIPS: t.c.tips_cents,
}  # fmt: skip
_TYPES = {Spent.SUBSCRIPTIONS: "subscription", Spent.MESSAGES: "message", Spent.TIPS: "tip"}
_MOMENT: dict[Began, sa.ColumnElement[Any]] = {
    Began.NEW: t.c.subscribed_at,
    Began.RENEWED: t.c.renewed_at,
    Began.EITHER: sa.func.coalesce(t.c.renewed_at, t.c.subscribed_at),
}


def _page(tx: Tx, statement: sa.Executable, values: dict[str, Any]) -> list[Place]:
    return [Place(row.at, row.number) for row in tx.rows(statement, values)]


# ---- what a statement is drawn for, and what it is told: to draw one costs several times what running it does


class _Shape(NamedTuple):
    """All of what is asked but its values."""

    status: FanStatus
    by: Began
    since: bool
    until: bool
    #: The conditions of the filter.
    only: tuple[str, ...]
    #: Whether the page begins after a fan's place, and whether that fan ever subscribed.
    after: bool | None

    @classmethod
    def of(cls, asked: Asked, after: Place | None) -> "_Shape":
        return cls(
            asked.status, asked.by, asked.since is not None, asked.until is not None, filters.conditions(asked.only),
            None if after is None else after.at is not None,
        )  # fmt: skip


def _values(
    account: AccountKey, asked: Asked, after: Place | None, offset: int, limit: int
) -> dict[str, Any]:
    at, number = (None, None) if after is None else after
    return {
        "account": account, "offset": offset, "limit": limit, "upto": offset + limit, "now": to_ms(asked.now),
        "since": maybe_ms(asked.since), "until": maybe_ms(asked.until), "after_at": at, "after_number": number,
        **filters.values(asked.only),
    }  # fmt: skip


_ACCOUNT = t.c.account_id == sa.bindparam("account")
_NOW = sa.bindparam("now", type_=sa.BigInteger)


@lru_cache(maxsize=256)
def _merged(dialect: str, walked: tuple[Stream, ...], shape: _Shape) -> sa.Executable:
    """A page of some streams."""
    offset, limit, upto = (sa.bindparam(name, type_=sa.Integer) for name in ("offset", "limit", "upto"))
    walks = [_walk(stream, shape) for stream in walked]
    if len(walks) == 1:
        return walks[0].order_by(*_order(walked[0])).offset(offset).limit(limit)
    if dialect == "sqlite":
        # It merges as far as the page needs; of walks that end by themselves it would read and sort all.
        compound = sa.union_all(*walks)
        at, number = compound.selected_columns.at, compound.selected_columns.number
        return compound.order_by(at.desc(), number.desc()).offset(offset).limit(limit)
    # PostgreSQL merges those that end by themselves, and would sort all of others.
    parts = [
        walk.order_by(*_order(stream)).limit(upto).subquery()
        for stream, walk in zip(walked, walks, strict=True)
    ]
    joined = sa.union_all(*(sa.select(part.c.at, part.c.number) for part in parts)).subquery()
    dated = all(moment is not None for moment, _ in walked)
    newest = joined.c.at.desc() if dated else joined.c.at.desc().nulls_last()
    return sa.select(joined).order_by(newest, joined.c.number.desc()).offset(offset).limit(limit)


@lru_cache(maxsize=256)
def _sorted(shape: _Shape, name: str | None) -> sa.Executable:
    """A page of the fans in the range of a condition's index, or with given numbers."""
    moment = _MOMENT[shape.by]
    only = tuple(filters.ONLY[one] for one in shape.only if one != name)
    statement = sa.select(moment.label("at"), t.c.number).where(
        _ACCOUNT, among(t.c.number, "numbers") if name is None else filters.INDEXED[name], *_status(shape.status),
        *_dates(moment, shape), *only, *_behind(moment, shape.after, nulls_too=True),
    )  # fmt: skip
    if shape.by is not Began.NEW:
        statement = statement.where(moment.is_not(None))
    ordered = statement.order_by(moment.desc().nulls_last(), t.c.number.desc())
    return ordered.offset(sa.bindparam("offset")).limit(sa.bindparam("limit"))


# ---- streams: each walks one index


@lru_cache(maxsize=256)
def _streams(shape: _Shape, split: bool) -> tuple[Stream, ...]:
    began, renewed = t.c.subscribed_at, t.c.renewed_at
    renewals: Stream = (renewed, (renewed.is_not(None), *_status(shape.status), *_dates(renewed, shape)))
    if shape.by is Began.RENEWED:
        return (renewals,)
    of_status = _by_status(shape.status, split)
    if shape.by is Began.EITHER:
        of_status = [(renewed.is_(None), *where) for where in of_status]
    streams: list[Stream] = [
        (began, (began.is_not(None), *where, *_dates(began, shape))) for where in of_status
    ]
    if shape.by is Began.EITHER:
        return (renewals, *streams)
    dated = shape.since or shape.until or "began_by" in shape.only
    if shape.status is FanStatus.ALL and not dated:
        streams.append((None, (t.c.lapsed.is_(False), began.is_(None))))
    return tuple(streams)


_SWEPT = (
    sa.select(subscriber_sweeps.c.swept_until)
    .where(subscriber_sweeps.c.account_id == sa.bindparam("account"))
    .scalar_subquery()
)


def _by_status(status: FanStatus, split: bool) -> list[Conditions]:
    """`lapsed` is as of the last sweep; who ended since, or runs on a clock set back, is a small range of ends."""
    lapsed, ends = t.c.lapsed, t.c.subscribed_until
    match status:
        case FanStatus.ALL:
            return [(lapsed.is_(False),), (lapsed.is_(True),)]
        case FanStatus.ACTIVE:
            within: Conditions = (lapsed.is_(False), *_status(status))
            beside: Conditions = (ends > _NOW, ends <= _SWEPT)
        case FanStatus.EXPIRED:
            within = (lapsed.is_(True), *_status(status))
            beside = (ends > _SWEPT, ends <= _NOW)
    return [within, beside] if split else [within]


def _is_split(tx: Tx, account: AccountKey, asked: Asked) -> bool:
    """Whether anybody may be on the wrong side of the last sweep."""
    if asked.by is Began.RENEWED:
        return False
    values = {"account": account, "now": to_ms(asked.now)}
    match asked.status:
        case FanStatus.ALL:
            return False
        case FanStatus.ACTIVE:
            return swept_until(tx, account) > asked.now
        case FanStatus.EXPIRED:
            return tx.value(_ENDED_SINCE, values) is not None


_ENDED_SINCE = (
    sa.select(t.c.number)
    .where(_ACCOUNT, t.c.subscribed_until > _SWEPT, t.c.subscribed_until <= _NOW)
    .limit(1)
)


def _walk(stream: Stream, shape: _Shape) -> sa.Select[Any]:
    moment, where = stream
    # Who never subscribed has none. By a constant SQLite would sort them all: it sees no order of an index in it.
    at = t.c.subscribed_at if moment is None else moment
    only = tuple(filters.ONLY[name] for name in shape.only)
    return sa.select(at.label("at"), t.c.number).where(_ACCOUNT, *where, *only, *_behind(moment, shape.after))


def _order(stream: Stream) -> list[sa.ColumnElement[Any]]:
    moment, _ = stream
    return [t.c.number.desc()] if moment is None else [moment.desc(), t.c.number.desc()]


def _is_past(stream: Stream, after: Place | None) -> bool:
    return stream[0] is not None and after is not None and after.at is None


def _behind(
    moment: sa.ColumnElement[Any] | None, after: bool | None, *, nulls_too: bool = False
) -> Conditions:
    if after is None:
        return ()
    number = sa.bindparam("after_number", type_=sa.Integer)
    if not after:
        never = () if moment is None else (moment.is_(None),)
        return (*never, t.c.number < number)
    if moment is None:
        return ()
    further = sa.tuple_(moment, t.c.number) < sa.tuple_(sa.bindparam("after_at", type_=sa.BigInteger), number)
    return (further | moment.is_(None),) if nulls_too else (further,)


def _status(status: FanStatus) -> Conditions:
    match status:
        case FanStatus.ALL:
            return ()
        case FanStatus.ACTIVE:
            return (filters.unindexed(t.c.subscribed_until) > _NOW,)
        case FanStatus.EXPIRED:
            return (filters.unindexed(t.c.subscribed_until) <= _NOW,)


def _dates(moment: sa.ColumnElement[Any], shape: _Shape) -> Conditions:
    since = (moment >= sa.bindparam("since", type_=sa.BigInteger),) if shape.since else ()
    return (*since, moment <= sa.bindparam("until", type_=sa.BigInteger)) if shape.until else since
