"""What is kept of a chat: one row, made at first need."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from msgspec import Struct

from fancast.kit.times import to_ms
from fancast.model.chats import ChatState
from fancast.model.fan_sets import FanSet
from fancast.model.fans import Fan
from fancast.model.ids import AccountKey, FanNumber
from fancast.store.among import among
from fancast.store.database import Tx, insert_of
from fancast.store.fans import read_row
from fancast.store.message_marks import PINNED
from fancast.store.rows import Row
from fancast.store.tables import chats as t
from fancast.store.tables import fans, message_marks, messages, purchases
from fancast.store.tables.chats import NEVER

_AT_ONCE = 10_000


def hold(tx: Tx, account: AccountKey, number: FanNumber) -> ChatState:
    """The chat's row, made if there is none, held until the transaction ends."""
    row = tx.row(_hold(tx.dialect), {"account_id": account, "number": number})
    assert row is not None, "it is made or changed"
    return _state(row)


def get(tx: Tx, account: AccountKey, number: FanNumber) -> ChatState:
    row = tx.row(_ONE, {"account": account, "number": number})
    return ChatState(number) if row is None else _state(row)


def get_many(tx: Tx, account: AccountKey, numbers: Sequence[FanNumber]) -> dict[FanNumber, ChatState]:
    """The state of each of these chats, also of those in which nothing happened yet."""
    if not numbers:
        return {}
    rows = tx.rows(_MANY, {"account": account, "numbers": list(numbers)})
    found = {FanNumber(row.number): _state(row) for row in rows}
    return {number: found.get(number) or ChatState(number) for number in numbers}


def change(tx: Tx, account: AccountKey, number: FanNumber, values: Mapping[str, Any]) -> None:
    """Change a row that is there."""
    changed = {f"new_{name}": value for name, value in values.items()}
    tx.run(_update(tuple(values)), {"seen_account": account, "seen_number": number} | changed)


def put(tx: Tx, account: AccountKey, number: FanNumber, values: Mapping[str, Any]) -> None:
    """Change a chat's row, made if there is none."""
    statement = tx.insert(t).values(account_id=account, number=number, **values)
    tx.run(statement.on_conflict_do_update(index_elements=[t.c.account_id, t.c.number], set_=dict(values)))


def read_all(tx: Tx, account: AccountKey) -> FanSet:
    """Mark every unread chat read; which ones they were."""
    rows = tx.rows(_READ_ALL, {"account": account})
    return FanSet(row.number for row in rows)


def show_again(tx: Tx, account: AccountKey, numbers: FanSet) -> None:
    """Let these chats be hidden no more. Their rows are there; they are locked in the order of their numbers."""
    for start in range(0, len(numbers), _AT_ONCE):
        some = {"account": account, "numbers": list(numbers[start : start + _AT_ONCE])}
        tx.rows(_THESE_HELD, some)
        tx.run(_SHOW_AGAIN, {"seen_account": account, "numbers": some["numbers"]})


def start_typing(
    tx: Tx, account: AccountKey, number: FanNumber, column: str, until: datetime, now: datetime
) -> bool:
    """Show somebody as typing. False when they are shown so already."""
    values = {column: to_ms(until)}
    statement = tx.insert(t).values(account_id=account, number=number, **values)
    statement = statement.on_conflict_do_update(
        index_elements=[t.c.account_id, t.c.number], set_=values, where=t.c[column] <= to_ms(now)
    )
    return tx.row(statement.returning(t.c.number)) is not None


# ---- in order of their newest direct message


def newest_direct(
    tx: Tx, account: AccountKey, *, above: int, before: int, limit: int
) -> list[tuple[FanNumber, int]]:
    """Chats whose newest direct message lies above one id and below another, newest first."""
    values = {"account": account, "above": above, "before": before, "limit": limit}
    return [(FanNumber(row.number), row.last_direct_id) for row in tx.rows(_NEWEST_DIRECT, values)]


def newest_direct_of(tx: Tx, account: AccountKey, numbers: Iterable[int]) -> list[tuple[FanNumber, int]]:
    """The newest direct message of each of these chats that has one."""
    rows = tx.rows(_NEWEST_DIRECT_OF, {"account": account, "numbers": list(numbers)})
    return [(FanNumber(row.number), row.last_direct_id) for row in rows]


def cleared_above(tx: Tx, account: AccountKey, message_id: int) -> dict[FanNumber, int]:
    """Chats that the creator deleted at this message or later, and up to where."""
    rows = tx.rows(_CLEARED, {"account": account, "id": message_id})
    return {FanNumber(row.number): row.cleared_through_id for row in rows}


# ---- counts


class Told(Struct, frozen=True):
    """What a list tells of a chat and its fan beside the newest message."""

    fan: Fan
    state: ChatState
    #: The fan's messages that the creator has not read, and whether a tip is among them.
    unread: int
    unread_tips: bool
    pinned: int
    #: Whether the fan ever bought a message.
    bought: bool


def told(tx: Tx, account: AccountKey, numbers: Sequence[FanNumber]) -> dict[FanNumber, Told]:
    """Each of these chats, also those in which nothing happened yet, in one statement."""
    if not numbers:
        return {}
    found: dict[FanNumber, Told] = {}
    for row in tx.rows(_TOLD, {"account": account, "numbers": list(numbers)}):
        fan = read_row(row)
        state = ChatState(fan.number) if row.last_direct_id is None else _state(row)
        found[fan.number] = Told(fan, state, row.unread, row.unread_tips, row.pinned, row.bought)
    return found


def with_unread_tips(tx: Tx, account: AccountKey) -> FanSet:
    """Fans with a tip that the creator has not read."""
    return FanSet(row.number for row in tx.rows(_UNREAD_TIPS, {"account": account}))


def newest_message(tx: Tx, account: AccountKey, number: FanNumber, *, above: int) -> int:
    """The chat's newest direct message above an id that was not withdrawn; 0 when there is none."""
    values = {"account": account, "number": number, "above": above}
    return int(tx.value(_NEWEST_MESSAGE, values) or 0)


def _state(row: Row) -> ChatState:
    return ChatState(
        number=FanNumber(row.number), last_direct_id=row.last_direct_id, last_fan_id=row.last_fan_id,
        last_read_id=row.last_read_id, fan_read_id=row.fan_read_id, cleared_through_id=row.cleared_through_id,
        marked_unread=row.marked_unread, hidden=row.hidden, muted=row.muted, typing_until_ms=row.typing_until,
        fan_typing_until_ms=row.fan_typing_until,
    )  # fmt: skip


# Drawn once: building a statement anew costs several times what running it does.


@cache
def _hold(dialect: str) -> sa.Executable:
    made = insert_of(dialect, t)
    # Changed to what it is: that holds it, and gives it back.
    held = made.on_conflict_do_update(index_elements=[t.c.account_id, t.c.number], set_={"muted": t.c.muted})
    holding: sa.Executable = held.returning(t)
    return holding


@cache
def _update(columns: tuple[str, ...]) -> sa.Executable:
    one = (t.c.account_id == sa.bindparam("seen_account"), t.c.number == sa.bindparam("seen_number"))
    new = {name: sa.bindparam(f"new_{name}", type_=t.c[name].type) for name in columns}
    return sa.update(t).where(*one).values(new)


_ACCOUNT = t.c.account_id == sa.bindparam("account")
_ONE = sa.select(t).where(_ACCOUNT, t.c.number == sa.bindparam("number"))
_MANY = sa.select(t).where(_ACCOUNT, among(t.c.number, "numbers"))
_THESE_HELD = (
    sa.select(t.c.number).where(_ACCOUNT, among(t.c.number, "numbers")).order_by(t.c.number).with_for_update()
)
_SHOW_AGAIN = (
    sa.update(t)
    .where(t.c.account_id == sa.bindparam("seen_account"), among(t.c.number, "numbers"))
    .values(hidden=sa.false())
)
_READ_ALL = (
    sa.update(t)
    .where(_ACCOUNT, (t.c.last_fan_id > t.c.last_read_id) | t.c.marked_unread)
    .values(
        last_read_id=sa.case((t.c.last_fan_id > t.c.last_read_id, t.c.last_fan_id), else_=t.c.last_read_id),
        marked_unread=sa.false(),
    )
    .returning(t.c.number)
)
_NEWEST_DIRECT = (
    sa.select(t.c.number, t.c.last_direct_id)
    .where(_ACCOUNT, t.c.last_direct_id > sa.bindparam("above"), t.c.last_direct_id < sa.bindparam("before"))
    .order_by(t.c.last_direct_id.desc())
    .limit(sa.bindparam("limit"))
)
_NEWEST_DIRECT_OF = sa.select(t.c.number, t.c.last_direct_id).where(
    _ACCOUNT, among(t.c.number, "numbers"), t.c.last_direct_id > 0
)
_CLEARED = sa.select(t.c.number, t.c.cleared_through_id).where(
    _ACCOUNT, t.c.cleared_through_id >= sa.bindparam("id"), t.c.cleared_through_id > NEVER
)
_unread = messages.c.from_fan & (messages.c.id > t.c.last_read_id) & messages.c.withdrawn_at.is_(None)
_HERE = (messages.c.account_id == t.c.account_id) & (messages.c.number == t.c.number)
# Of each fan, whose chat may have no row.
_of_fan = (messages.c.account_id == fans.c.account_id) & (messages.c.number == fans.c.number)
_wrote_since = sa.func.coalesce(t.c.last_fan_id > t.c.last_read_id, sa.false())
_unread_of_fan = (
    _of_fan & messages.c.from_fan & messages.c.withdrawn_at.is_(None)
    & (messages.c.id > sa.func.coalesce(t.c.last_read_id, 0))
)  # fmt: skip
_UNREAD_COUNT = sa.select(sa.func.count()).where(_unread_of_fan).correlate(fans, t).scalar_subquery()
_HAS_UNREAD_TIPS = sa.exists().where(_unread_of_fan, messages.c.tip_cents > 0).correlate(fans, t)
_pins = message_marks.c
_TOLD = (
    sa.select(
        # A column of both goes by its name for the fan's.
        fans, t,
        # Of a chat that is read nothing is counted.
        sa.case((_wrote_since, _UNREAD_COUNT), else_=0).label("unread"),
        sa.case((_wrote_since, _HAS_UNREAD_TIPS), else_=sa.false()).label("unread_tips"),
        sa.select(sa.func.count())
        .where(_pins.account_id == fans.c.account_id, _pins.number == fans.c.number, PINNED)
        .correlate(fans).scalar_subquery().label("pinned"),
        sa.exists()
        .where(purchases.c.account_id == fans.c.account_id, purchases.c.number == fans.c.number)
        .correlate(fans).label("bought"),
    )
    .select_from(fans.outerjoin(t, (t.c.account_id == fans.c.account_id) & (t.c.number == fans.c.number)))
    .where(fans.c.account_id == sa.bindparam("account"), among(fans.c.number, "numbers"))
)  # fmt: skip
_UNREAD_TIPS = (
    sa.select(t.c.number)
    .distinct()
    .where(_ACCOUNT, t.c.last_fan_id > t.c.last_read_id, _HERE, _unread, messages.c.tip_cents > 0)
)
_NEWEST_MESSAGE = sa.select(sa.func.max(messages.c.id)).where(
    messages.c.account_id == sa.bindparam("account"),
    messages.c.number == sa.bindparam("number"),
    messages.c.id > sa.bindparam("above"),
    messages.c.withdrawn_at.is_(None),
)
