"""Fans: one row each, found by number, id or name."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from fancast.kit.times import from_ms, maybe_from_ms, to_ms
from fancast.model.fan_sets import FanSet
from fancast.model.fans import Discount, Fan, Period, Spending, Subscription
from fancast.model.ids import AccountKey, FanId, FanNumber
from fancast.store.among import among
from fancast.store.database import Tx
from fancast.store.rows import Row
from fancast.store.tables import fan_counters, subscriber_sweeps, subscriptions
from fancast.store.tables import fans as t

_AT_ONCE = 10_000
#: A fan's spending by kind, whose sum is kept beside them.
SPENT = frozenset({"subscriptions_cents", "messages_cents", "tips_cents"})


def take_numbers(tx: Tx, account: AccountKey, count: int) -> FanNumber:
    """The first of `count` new fan numbers. Taken before any chunk: from the head row they deadlocked."""
    statement = (
        sa.update(fan_counters)
        .where(fan_counters.c.account_id == account)
        .values(next_number=fan_counters.c.next_number + count)
        .returning(fan_counters.c.next_number)
    )
    return FanNumber(int(tx.value(statement)) - count)


def lock_numbering(tx: Tx, account: AccountKey) -> None:
    """Hold the account's numbering, so that two first contacts of one fan cannot both number them."""
    take_numbers(tx, account, 0)


def add(tx: Tx, rows: Sequence[Mapping[str, Any]]) -> None:
    tx.many(sa.insert(t), rows)


def update(tx: Tx, account: AccountKey, number: FanNumber, values: Mapping[str, Any]) -> None:
    if values:
        statement = sa.update(t).where(t.c.account_id == account, t.c.number == number)
        tx.run(statement.values(**values, **_spent(values)))


def see(tx: Tx, account: AccountKey, number: FanNumber, now: datetime) -> None:
    """The fan was here. Before the chat's row, as locks are taken; no clock set back takes it back."""
    tx.run(_SEE, {"seen_account": account, "seen_number": number, "now": to_ms(now)})


def _spent(values: Mapping[str, Any]) -> dict[str, Any]:
    """What was spent in all, where a part of it changes."""
    if SPENT.isdisjoint(values):
        return {}
    return {"spent_cents": sum((sa.literal(values[name]) if name in values else t.c[name] for name in sorted(SPENT)),
                               sa.literal(0))}  # fmt: skip


def get(tx: Tx, account: AccountKey, fan_id: FanId) -> Fan | None:
    row = tx.row(_ONE, {"account": account, "fan": fan_id})
    return None if row is None else read_row(row)


def lock(tx: Tx, account: AccountKey, fan_id: FanId) -> Fan | None:
    """The fan's row, held until the transaction ends."""
    row = tx.row(_ONE_HELD, {"account": account, "fan": fan_id})
    return None if row is None else read_row(row)


def get_many(tx: Tx, account: AccountKey, numbers: Sequence[FanNumber]) -> list[Fan]:
    """The fans with these numbers, in the order given."""
    found: dict[FanNumber, Fan] = {}
    for start in range(0, len(numbers), _AT_ONCE):
        some = numbers[start : start + _AT_ONCE]
        for row in tx.rows(_NUMBERED, {"account": account, "numbers": list(some)}):
            found[FanNumber(row.number)] = read_row(row)
    return [found[number] for number in numbers if number in found]


def numbers_of(tx: Tx, account: AccountKey, fan_ids: Iterable[int]) -> dict[FanId, FanNumber]:
    """Which of these ids are fans of this account, and their numbers."""
    wanted = sorted(set(fan_ids))
    found: dict[FanId, FanNumber] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        values = {"account": account, "fans": wanted[start : start + _AT_ONCE]}
        found |= {FanId(row.fan_id): FanNumber(row.number) for row in tx.rows(_NUMBERS, values)}
    return found


def ids_of(tx: Tx, account: AccountKey, numbers: Sequence[int]) -> dict[FanNumber, FanId]:
    """The public ids of these fans, in the order given."""
    found: dict[FanNumber, FanId] = {}
    for start in range(0, len(numbers), _AT_ONCE):
        values = {"account": account, "numbers": list(numbers[start : start + _AT_ONCE])}
        found |= {FanNumber(row.number): FanId(row.fan_id) for row in tx.rows(_IDS, values)}
    # A database gives rows in whatever order it finds them.
    return {FanNumber(number): found[FanNumber(number)] for number in numbers if number in found}


def numbers_by_username(tx: Tx, account: AccountKey, usernames: Iterable[str]) -> dict[str, FanNumber]:
    """The fan of each of these usernames that somebody has."""
    wanted = sorted(set(usernames))
    found: dict[str, FanNumber] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        values = {"account": account, "usernames": wanted[start : start + _AT_ONCE]}
        found |= {row.username: FanNumber(row.number) for row in tx.rows(_NAMED, values)}
    return found


# Drawn once: building a statement anew costs several times what running it does.

_ACCOUNT = t.c.account_id == sa.bindparam("account")
_WITH_NUMBER = among(t.c.number, "numbers")
_ONE = sa.select(t).where(_ACCOUNT, t.c.fan_id == sa.bindparam("fan"))
_ONE_HELD = _ONE.with_for_update()
_NUMBERED = sa.select(t).where(_ACCOUNT, _WITH_NUMBER)
_NUMBERS = sa.select(t.c.fan_id, t.c.number).where(_ACCOUNT, among(t.c.fan_id, "fans"))
_IDS = sa.select(t.c.number, t.c.fan_id).where(_ACCOUNT, _WITH_NUMBER)
_SWEPT = sa.select(subscriber_sweeps.c.swept_until).where(
    subscriber_sweeps.c.account_id == sa.bindparam("account")
)
_SWEPT_HELD = _SWEPT.with_for_update()
_ENDED_IN = sa.select(t.c.number).where(
    _ACCOUNT, t.c.subscribed_until > sa.bindparam("low"), t.c.subscribed_until <= sa.bindparam("high")
)
_SEE = (
    sa.update(t)
    .where(
        t.c.account_id == sa.bindparam("seen_account"), t.c.number == sa.bindparam("seen_number"),
        sa.func.coalesce(t.c.last_seen_at, 0) < sa.bindparam("now", type_=sa.BigInteger),
    )
    .values(last_seen_at=sa.bindparam("now", type_=sa.BigInteger))
)  # fmt: skip
_PERIODS = (
    sa.select(subscriptions)
    .where(subscriptions.c.account_id == sa.bindparam("account"), among(subscriptions.c.number, "numbers"))
    .order_by(subscriptions.c.number, subscriptions.c.started_at)
)
_NAMED = sa.select(t.c.username, t.c.number).where(
    _ACCOUNT, t.c.username.in_(sa.bindparam("usernames", expanding=True))
)


def take_usernames(tx: Tx, account: AccountKey, numbers: Sequence[FanNumber]) -> None:
    """Call these fans by their ids: their usernames are somebody else's now."""
    for start in range(0, len(numbers), _AT_ONCE):
        some = numbers[start : start + _AT_ONCE]
        its = sa.literal("u") + sa.cast(t.c.fan_id, sa.Text)
        tx.run(sa.update(t).where(t.c.account_id == account, t.c.number.in_(some)).values(username=its))


def mark_lapsed(tx: Tx, account: AccountKey, numbers: Sequence[FanNumber]) -> None:
    """The sweep has passed the end of these fans' subscriptions."""
    for start in range(0, len(numbers), _AT_ONCE):
        some = numbers[start : start + _AT_ONCE]
        tx.run(sa.update(t).where(t.c.account_id == account, t.c.number.in_(some)).values(lapsed=True))


# ---- subscriptions


def subscription_ended_in(tx: Tx, account: AccountKey, low: datetime, high: datetime) -> FanSet:
    """Fans with low < subscribed_until ≤ high: a small index range around the last sweep."""
    return FanSet(tx.column(_ENDED_IN, {"account": account, "low": to_ms(low), "high": to_ms(high)}))


def first_ended_in(tx: Tx, account: AccountKey, low: datetime, high: datetime, limit: int) -> list[Fan]:
    """The first fans whose subscription ended in (low, high], in order of their end."""
    statement = (
        sa.select(t)
        .where(
            t.c.account_id == account, t.c.subscribed_until > to_ms(low), t.c.subscribed_until <= to_ms(high)
        )
        .order_by(t.c.subscribed_until)
        .limit(limit)
    )
    return [read_row(row) for row in tx.rows(statement)]


def subscribed_since(tx: Tx, account: AccountKey, moment: datetime, *, strictly: bool) -> FanSet:
    """Fans whose unbroken subscription began after (or at) a moment."""
    began = t.c.subscribed_at > to_ms(moment) if strictly else t.c.subscribed_at >= to_ms(moment)
    # Both, so that the index, which `lapsed` leads, is of use.
    either = t.c.lapsed.in_([False, True])
    return FanSet(tx.column(sa.select(t.c.number).where(t.c.account_id == account, either, began)))


def swept_until(tx: Tx, account: AccountKey, *, lock: bool = False) -> datetime:
    """Up to when the stored set of current subscribers is swept."""
    return from_ms(int(tx.value(_SWEPT_HELD if lock else _SWEPT, {"account": account})))


def set_swept_until(tx: Tx, account: AccountKey, moment: datetime) -> None:
    tx.run(
        sa.update(subscriber_sweeps)
        .where(subscriber_sweeps.c.account_id == account)
        .values(swept_until=to_ms(moment))
    )


def add_period(tx: Tx, account: AccountKey, number: FanNumber, over: Period) -> None:
    """Keep a paid time that is over (or renewed) as a row of history."""
    values = {
        "account_id": account, "number": number, "action": over.action, "started_at": to_ms(over.began_at),
        "ends_at": to_ms(over.ends_at), "price_cents": over.price_cents,
    }  # fmt: skip
    tx.run(tx.insert(subscriptions).values(values).on_conflict_do_nothing())


def periods_of(tx: Tx, account: AccountKey, numbers: Sequence[FanNumber]) -> dict[FanNumber, list[Period]]:
    """The paid times of each fan that are over, the oldest first."""
    found: dict[FanNumber, list[Period]] = {}
    for row in tx.rows(_PERIODS, {"account": account, "numbers": list(numbers)}) if numbers else ():
        period = Period(from_ms(row.started_at), from_ms(row.ends_at), row.price_cents, row.action)
        found.setdefault(FanNumber(row.number), []).append(period)
    return found


def read_row(row: Row) -> Fan:
    subscription = None
    if row.subscribed_at is not None:
        subscription = Subscription(
            subscribed_at=from_ms(row.subscribed_at), expires_at=from_ms(row.subscribed_until),
            renewed_at=maybe_from_ms(row.renewed_at), price_cents=row.price_cents or 0, renews=row.renews,
        )  # fmt: skip
    return Fan(
        number=FanNumber(row.number), fan_id=FanId(row.fan_id), username=row.username, name=row.name,
        avatar_url=row.avatar_url, time_zone=row.time_zone, custom_name=row.custom_name, notice=row.notice,
        subscription=subscription, blocked=row.blocked, restricted=row.restricted, deleted=row.deleted,
        unreachable=row.unreachable,
        spending=Spending(row.subscriptions_cents, row.messages_cents, row.tips_cents),
        last_seen_at=maybe_from_ms(row.last_seen_at), created_at=from_ms(row.created_at), end_told=row.end_told,
        discount=_discount(row),
    )  # fmt: skip


def _discount(row: Row) -> Discount | None:
    if row.discount_percent is None:
        return None
    return Discount(row.discount_percent, row.discount_months, from_ms(row.discounted_at))
