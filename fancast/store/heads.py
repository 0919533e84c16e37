"""An account's head row: the next id, the next event number, and the hint that work is due.

A transaction takes all it needs from it in one UPDATE, as its last lock, and holds it to its commit. After it
come only inserts of new rows that cannot meet a conflict. So order of ids is order of commits is order of events,
and of moments, for those who stamp what they number with the head's moment: their own was read before the lock.
(Measured without this: ids reserved early put 501 of 1,000 fans' messages out of time order.)
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

import sqlalchemy as sa

from fancast.kit.times import from_ms, to_ms
from fancast.model.ids import AccountKey
from fancast.store.database import Tx
from fancast.store.tables import account_heads as t

#: A hint is a moment and these many random bits, so that whoever gets its own back knows it was first.
_STAMP_BITS = 20
_FAR_AHEAD = timedelta(minutes=2)
#: How far a message's moment may be put off: longer than anybody waits for the lock, or than clocks of machines
#: differ. A moment from further ahead is of a clock that was set back since.
_MOST_PUT_OFF = timedelta(minutes=1)
#: Documentation and seeded ids stay below; everything that is numbered later, above.
FIRST_ID = 1_000_000


@dataclass(frozen=True, slots=True)
class Head:
    """What one transaction took: `first_id` of its ids, `first_event` of its event numbers, and its moment."""

    first_id: int
    first_event: int
    #: With `at`: that moment, or the newest message's where that is later. Else the newest message's.
    at: datetime


def create(tx: Tx, account: AccountKey) -> None:
    tx.run(sa.insert(t), {"account_id": account, "next_id": FIRST_ID, "next_event": 1})


def take(
    tx: Tx,
    account: AccountKey,
    *,
    ids: int = 0,
    events: int = 0,
    at: datetime | None = None,
    hint_at: datetime | None = None,
) -> Head:
    """Take ids and event numbers, and with `at` the moment of messages. With `hint_at`, say that work is due now.

    The first to hint owes a `drive(account)`; later hints ride on it.
    """
    values = {"account": account, "ids": ids, "events": events}
    stamp = None if hint_at is None else _stamp(hint_at)
    if stamp is not None:
        values["stamp"] = stamp
    if at is not None:
        values |= {"at": to_ms(at), "too_late": to_ms(at + _MOST_PUT_OFF)}
    row = tx.row(_take(stamp is not None, at is not None), values)
    assert row is not None, "an account without a head row"
    if stamp is not None and row.hinted_at == stamp:
        tx.owe(account)
    return Head(first_id=row.next_id - ids, first_event=row.next_event - events, at=from_ms(row.last_at))


def last_id(tx: Tx, account: AccountKey) -> int:
    """The highest id given so far."""
    return int(tx.value(_NEXT_ID, {"account": account})) - 1


def clear_hints(tx: Tx, accounts: Sequence[AccountKey], *, company: int = 0) -> list[AccountKey]:
    """Take the hints of these accounts, and of up to so many others, those hinted longest first; whose were taken.

    In a transaction of its own, before anybody looks: who commits later hints again. Others that somebody is
    committing to just now are left to their own jobs. Company is for PostgreSQL alone.
    """
    known = {"accounts": list(accounts)}
    rows = (
        tx.rows(_CLEAR_WITH_OTHERS, known | {"company": company}) if company else tx.rows(_CLEAR_OWN, known)
    )
    return [AccountKey(row.account_id) for row in rows]


def hint_again(tx: Tx, account: AccountKey, *, now: datetime) -> bool:
    """Hint an account that has had its turn; whether nobody else has meanwhile."""
    stamp = _stamp(now)
    row = tx.row(_take(True, False), {"account": account, "ids": 0, "events": 0, "stamp": stamp})
    assert row is not None, "an account without a head row"
    return bool(row.hinted_at == stamp)


def hint_many(tx: Tx, accounts: Sequence[AccountKey], *, now: datetime) -> None:
    """Owe a look at each of these, unless one is owed already or somebody is committing to it just now.

    One statement for all, that waits for nobody: a frozen process that holds one account's head would hold up
    the others. Who was passed over is found by the next tick.
    """
    for row in tx.rows(_HINT_MANY, {"accounts": list(accounts), "stamp": _stamp(now)}):
        tx.owe(AccountKey(row.account_id))


def hinted_before(tx: Tx, moment: datetime) -> list[AccountKey]:
    """Accounts whose hint nobody took up in time: the job was lost."""
    statement = sa.select(t.c.account_id).where(_lost(moment)).order_by(t.c.account_id).limit(1_000)
    return [AccountKey(row.account_id) for row in tx.rows(statement)]


def renew_hints(tx: Tx, moment: datetime, *, now: datetime) -> None:
    """Owe anew what was hinted before a moment and never taken up: the job was lost."""
    for account in hinted_before(tx, moment):
        old = _lost(moment)
        renewed = sa.update(t).where(t.c.account_id == account, old).values(hinted_at=_stamp(now))
        if tx.run(renewed) == 1:
            tx.owe(account)


# Locked in the order of accounts, as all do who lock several heads.
_OWN_HINTED = (
    sa.select(t.c.account_id)
    .where(t.c.account_id.in_(sa.bindparam("accounts", expanding=True)), t.c.hinted_at.is_not(None))
    .order_by(t.c.account_id)
    .with_for_update()
    .cte("own_hinted")
)
_CLEAR_OWN = (
    sa.update(t)
    .where(t.c.account_id.in_(sa.select(_OWN_HINTED.c.account_id)))
    .values(hinted_at=None)
    .returning(t.c.account_id)
)
_LONGEST_HINTED = (
    sa.select(t.c.account_id)
    .where(t.c.account_id.not_in(sa.bindparam("accounts", expanding=True)), t.c.hinted_at.is_not(None))
    .order_by(t.c.hinted_at)
    .limit(sa.bindparam("company"))
    .with_for_update(skip_locked=True)
    # By a name: as a mere subquery PostgreSQL may run it once for each row, and take more than the limit.
    .cte("longest_hinted")
)
_own = _CLEAR_OWN.cte("own_heads")
_others = (
    sa.update(t)
    .where(t.c.account_id.in_(sa.select(_LONGEST_HINTED.c.account_id)))
    .values(hinted_at=None)
    .returning(t.c.account_id)
    .cte("other_heads")
)
_CLEAR_WITH_OTHERS = sa.union_all(sa.select(_own.c.account_id), sa.select(_others.c.account_id))


_NEXT_ID = sa.select(t.c.next_id).where(t.c.account_id == sa.bindparam("account"))


_FREE = (
    sa.select(t.c.account_id)
    .where(t.c.account_id.in_(sa.bindparam("accounts", expanding=True)), t.c.hinted_at.is_(None))
    .with_for_update(skip_locked=True)
)
_HINT_MANY = (
    sa.update(t)
    .where(t.c.account_id.in_(_FREE))
    .values(hinted_at=sa.bindparam("stamp", type_=sa.BigInteger))
    .returning(t.c.account_id)
)


@cache
def _take(with_hint: bool, with_moment: bool) -> sa.Executable:
    values: dict[str, object] = {
        "next_id": t.c.next_id + sa.bindparam("ids", type_=sa.BigInteger),
        "next_event": t.c.next_event + sa.bindparam("events", type_=sa.BigInteger),
    }
    if with_hint:
        values["hinted_at"] = sa.func.coalesce(t.c.hinted_at, sa.bindparam("stamp", type_=sa.BigInteger))
    if with_moment:
        wanted = sa.bindparam("at", type_=sa.BigInteger)
        later = t.c.last_at.between(wanted, sa.bindparam("too_late", type_=sa.BigInteger))
        values["last_at"] = sa.case((later, t.c.last_at), else_=wanted)
    statement = sa.update(t).where(t.c.account_id == sa.bindparam("account")).values(values)
    return statement.returning(t.c.next_id, t.c.next_event, t.c.hinted_at, t.c.last_at)


def _lost(moment: datetime) -> sa.ColumnElement[bool]:
    # A hint from far ahead is of a clock that was set back since.
    return (t.c.hinted_at < _stamp_floor(moment)) | (t.c.hinted_at > _stamp_floor(moment + _FAR_AHEAD))


def _stamp(moment: datetime) -> int:
    return to_ms(moment) << _STAMP_BITS | secrets.randbits(_STAMP_BITS)


def _stamp_floor(moment: datetime) -> int:
    return to_ms(moment) << _STAMP_BITS
