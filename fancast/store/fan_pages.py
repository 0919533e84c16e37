"""Pages of fans: places in an order that an index has, read no further than the page needs.

A list is one stream or a few, each a walk along one index; the database merges them. The order is by the moment
a subscription began (or was renewed), newest first, then by number; who never subscribed comes last.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from fancast.kit.times import maybe_ms, to_ms
from fancast.model import fan_sets as sets
from fancast.model.fan_sets import FanSet
from fancast.model.fans import Began, Fan, FanFilter, FanPlace, FanStatus, Spent
from fancast.model.ids import AccountKey, FanNumber
from fancast.store.database import Tx
from fancast.store.fans import read_row, swept_until
from fancast.store.tables import fans as t
from fancast.store.tables import transactions

Conditions = tuple[sa.ColumnElement[bool], ...]
#: A walk along one index: the moment it goes by (None: who never subscribed), and whom it meets.
Stream = tuple[sa.ColumnElement[Any] | None, Conditions]
NO_FILTER = FanFilter()
#: From this offset on it is cheaper to look where walks stand than to merge them all.
FAR = 500


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
    walked = [
        (moment, _stream(account, moment, (*where, *_only(asked.only), *_behind(moment, after))))
        for moment, where in _streams(tx, account, asked)
        if not _is_past(moment, after)
    ]
    if len(walked) == 1:
        return _page(tx, walked[0][1].offset(offset).limit(limit))
    if offset >= FAR:
        offset = _pass_over(tx, walked, offset)
    # Who never subscribed comes after everybody else, and is looked for only where nobody else is left.
    dated = _merged([each for moment, each in walked if moment is not None], offset, limit)
    found = [] if dated is None else _page(tx, dated)
    if len(found) == limit or all(moment is not None for moment, _ in walked):
        return found
    every = _merged([each for _, each in walked], offset, limit)
    return found if every is None else _page(tx, every)


def _merged(walks: Sequence[sa.Select[Any]], offset: int, limit: int) -> sa.Select[Any] | None:
    if not walks:
        return None
    parts = [walk.limit(offset + limit).subquery() for walk in walks]
    joined = sa.union_all(*(sa.select(part.c.at, part.c.number) for part in parts)).subquery()
    ordered = sa.select(joined).order_by(joined.c.at.desc().nulls_last(), joined.c.number.desc())
    return ordered.offset(offset).limit(limit)


def streams(tx: Tx, account: AccountKey, asked: Asked) -> list[Stream]:
    """The walks that make up the list, each in the list's order."""
    return _streams(tx, account, asked)


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
    moment, where = stream
    if _is_past(moment, after):
        return [], None
    behind = _behind(moment, after)
    walked = _stream(account, moment, (*where, *_only(asked.only), *behind)).limit(limit)
    # Thousands of rows, looked at by position: only who is met becomes a place.
    rows: Any = tx.rows(walked)
    met = [Place(at, number) for at, number in rows if number in within]
    return met, Place(*rows[-1]) if len(rows) == limit else None


#: Before every place.
_BEGINNING = Place(2**62, FanNumber(0))


def order(place: Place) -> tuple[bool, int, int]:
    """Lists go down by it: never subscribed comes last."""
    return place.at is not None, place.at or 0, place.number


def _pass_over(tx: Tx, walked: list[tuple[sa.ColumnElement[Any] | None, sa.Select[Any]]], offset: int) -> int:
    """Let walks begin behind what surely lies before the offset; how much of it is left. To merge would sort thousands.

    Of n walks, each looked at k = offset / n places on: where the newest of these places stands, all that is newer is
    at most k of its own walk and less than k of each other, so its own k come before the offset.
    """
    # Who never subscribed comes after everybody else.
    stops = {place: _stop(moment, walk) for place, (moment, walk) in enumerate(walked) if moment is not None}
    begins = dict.fromkeys(stops, _BEGINNING)
    while stops and offset >= FAR:
        step = offset // len(stops)
        marks = [
            (Place(row.at, row.number), place)
            for place, (at, number) in begins.items()
            if (row := tx.row(stops[place], {"begin_at": at, "begin_number": number, "passed": step - 1}))
        ]
        if not marks:
            break
        newest, place = max(marks, key=lambda mark: order(mark[0]))
        begins[place] = newest
        offset -= step
    for place, begin in begins.items():
        moment, walk = walked[place]
        walked[place] = (moment, walk.where(*_behind(moment, begin)))
    return offset


def _stop(moment: sa.ColumnElement[Any], walk: sa.Select[Any]) -> sa.Select[Any]:
    """Where a walk stands, so many places behind one. Drawn once a walk: to draw it costs more than to run it."""
    begin = sa.tuple_(
        sa.bindparam("begin_at", type_=sa.BigInteger), sa.bindparam("begin_number", type_=sa.Integer)
    )
    behind = walk.where(sa.tuple_(moment, t.c.number) < begin)
    return behind.offset(sa.bindparam("passed", type_=sa.Integer)).limit(1)


def _page(tx: Tx, statement: sa.Select[Any]) -> list[Place]:
    return [Place(row.at, row.number) for row in tx.rows(statement)]


def sort(
    tx: Tx, account: AccountKey, asked: Asked, within: FanSet, *, after: Place | None = None, offset: int = 0,
    limit: int,
) -> list[Place]:  # fmt: skip
    """The same of a few fans, each looked up."""
    if not within:
        return []
    moment = _MOMENT[asked.by]
    at = moment.label("at")
    statement = sa.select(at, t.c.number).where(
        t.c.account_id == account, t.c.number.in_(list(within)), *_status(asked), *_dates(moment, asked),
        *_only(asked.only), *_behind(moment, after, nulls_too=True),
    )  # fmt: skip
    if asked.by is not Began.NEW:
        statement = statement.where(moment.is_not(None))
    ordered = statement.order_by(moment.desc().nulls_last(), t.c.number.desc())
    return [Place(row.at, row.number) for row in tx.rows(ordered.offset(offset).limit(limit))]


def sort_by(
    tx: Tx, account: AccountKey, asked: Asked, name: str, *, after: Place | None = None, offset: int = 0,
    limit: int,
) -> list[Place]:  # fmt: skip
    """The same of the fans in the range of one condition's index, which the database puts in order."""
    moment = _MOMENT[asked.by]
    statement = sa.select(moment.label("at"), t.c.number).where(
        t.c.account_id == account, _indexed(asked.only)[name], *_status(asked), *_dates(moment, asked),
        *_only(_without(asked.only, name)), *_behind(moment, after, nulls_too=True),
    )  # fmt: skip
    if asked.by is not Began.NEW:
        statement = statement.where(moment.is_not(None))
    ordered = statement.order_by(moment.desc().nulls_last(), t.c.number.desc())
    return [Place(row.at, row.number) for row in tx.rows(ordered.offset(offset).limit(limit))]


def counted(tx: Tx, account: AccountKey, only: FanFilter, most: int) -> dict[str, int]:
    """How many fans meet each condition that has an index, counted no further than just beyond `most`."""
    found = {}
    for name, condition in _indexed(only).items():
        some = sa.select(t.c.number).where(t.c.account_id == account, condition).limit(most + 1).subquery()
        found[name] = int(tx.value(sa.select(sa.func.count()).select_from(some)))
    return found


def meeting(tx: Tx, account: AccountKey, only: FanFilter, name: str) -> tuple[FanSet, FanFilter]:
    """The fans who meet one condition, and the filter without it."""
    statement = sa.select(t.c.number).where(t.c.account_id == account, _indexed(only)[name])
    return FanSet(tx.run(statement).scalars()), _without(only, name)


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


# ---- streams: each walks one index


def _streams(tx: Tx, account: AccountKey, asked: Asked) -> list[Stream]:
    began, renewed = t.c.subscribed_at, t.c.renewed_at
    if asked.by is Began.RENEWED:
        return [(renewed, (renewed.is_not(None), *_status(asked), *_dates(renewed, asked)))]
    of_status = _by_status(tx, account, asked)
    if asked.by is Began.EITHER:
        of_status = [(renewed.is_(None), *where) for where in of_status]
    streams: list[Stream] = [
        (began, (began.is_not(None), *where, *_dates(began, asked))) for where in of_status
    ]
    if asked.by is Began.EITHER:
        return [
            (renewed, (renewed.is_not(None), *_status(asked), *_dates(renewed, asked))),
            *streams,
        ]
    dated = asked.since is not None or asked.until is not None or asked.only.began_by is not None
    if asked.status is FanStatus.ALL and not dated:
        streams.append((None, (t.c.lapsed.is_(False), began.is_(None))))
    return streams


def _by_status(tx: Tx, account: AccountKey, asked: Asked) -> list[Conditions]:
    """`lapsed` is as of the last sweep; who ended since, or runs on a clock set back, is a small range of ends."""
    lapsed, ends = t.c.lapsed, t.c.subscribed_until
    walked = _unindexed(ends)
    if asked.status is FanStatus.ALL:
        return [(lapsed.is_(False),), (lapsed.is_(True),)]
    now, swept = to_ms(asked.now), to_ms(swept_until(tx, account))
    if asked.status is FanStatus.ACTIVE:
        running: Conditions = (lapsed.is_(False), walked > now)
        return [running, (ends > now, ends <= swept)] if swept > now else [running]
    ended: Conditions = (lapsed.is_(True), walked <= now)
    since: Conditions = (ends > swept, ends <= now)
    some = tx.value(sa.select(t.c.number).where(t.c.account_id == account, *since).limit(1)) is not None
    return [ended, since] if some else [ended]


def _unindexed(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """A condition on this is told on the way: a planner that took its index would sort all it finds."""
    return column + sa.literal_column("0")


def _stream(account: AccountKey, moment: sa.ColumnElement[Any] | None, where: Conditions) -> sa.Select[Any]:
    at = (sa.cast(sa.null(), sa.BigInteger) if moment is None else moment).label("at")
    order = [t.c.number.desc()] if moment is None else [moment.desc(), t.c.number.desc()]
    return sa.select(at, t.c.number).where(t.c.account_id == account, *where).order_by(*order)


def _is_past(moment: sa.ColumnElement[Any] | None, after: Place | None) -> bool:
    return moment is not None and after is not None and after.at is None


def _behind(
    moment: sa.ColumnElement[Any] | None, after: Place | None, *, nulls_too: bool = False
) -> Conditions:
    if after is None:
        return ()
    if after.at is None:
        never = () if moment is None else (moment.is_(None),)
        return (*never, t.c.number < after.number)
    if moment is None:
        return ()
    further = sa.tuple_(moment, t.c.number) < sa.tuple_(
        sa.literal(after.at, sa.BigInteger), sa.literal(after.number, sa.Integer)
    )
    return (further | moment.is_(None),) if nulls_too else (further,)


# ---- conditions


def _status(asked: Asked) -> Conditions:
    if asked.status is FanStatus.ACTIVE:
        return (_unindexed(t.c.subscribed_until) > to_ms(asked.now),)
    if asked.status is FanStatus.EXPIRED:
        return (_unindexed(t.c.subscribed_until) <= to_ms(asked.now),)
    return ()


def _dates(moment: sa.ColumnElement[Any], asked: Asked) -> Conditions:
    since = () if asked.since is None else (moment >= to_ms(asked.since),)
    return since if asked.until is None else (*since, moment <= to_ms(asked.until))


def _indexed(only: FanFilter) -> dict[str, sa.ColumnElement[bool]]:
    """The conditions that an index tells, by their field."""
    found: dict[str, sa.ColumnElement[bool]] = {}
    if only.seen_since is not None and not only.unseen:
        found["seen_since"] = t.c.last_seen_at >= to_ms(only.seen_since)
    if only.least_tips_cents:
        found["least_tips_cents"] = (t.c.tips_cents >= only.least_tips_cents) & sa.text("tips_cents > 0")
    if only.least_spent_cents is not None:
        found["least_spent_cents"] = t.c.spent_cents >= only.least_spent_cents
    if only.most_spent_cents is not None:
        found["most_spent_cents"] = t.c.spent_cents <= only.most_spent_cents
    return found


def _without(only: FanFilter, name: str) -> FanFilter:
    nothing: dict[str, Any] = {name: None}
    return replace(only, **nothing)


def _only(only: FanFilter) -> Conditions:
    conditions: list[sa.ColumnElement[bool]] = []
    if only.seen_since is not None:
        seen = sa.func.coalesce(t.c.last_seen_at, 0) >= to_ms(only.seen_since)
        conditions.append(sa.not_(seen) if only.unseen else seen)
    if only.least_tips_cents is not None:
        conditions.append(_unindexed(t.c.tips_cents) >= only.least_tips_cents)
    if only.least_spent_cents is not None:
        conditions.append(_unindexed(t.c.spent_cents) >= only.least_spent_cents)
    if only.most_spent_cents is not None:
        conditions.append(_unindexed(t.c.spent_cents) <= only.most_spent_cents)
    if only.began_by is not None:
        conditions.append(t.c.subscribed_at <= to_ms(only.began_by))
    return tuple(conditions)
