"""Steps of mass messages: what was delivered, and which message ids it took."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from fancast.kit.times import from_ms, to_ms
from fancast.model.ids import AccountKey, FanNumber, MediaId, QueueId
from fancast.model.mass_messages import State
from fancast.model.steps import Level, Step
from fancast.store.among import among
from fancast.store.database import Tx
from fancast.store.rows import Row
from fancast.store.tables import chats, fans, mass_messages
from fancast.store.tables import steps as t
from fancast.store.tables.chats import NEVER


def add_each(tx: Tx, rows: Sequence[tuple[AccountKey, Step, bool]]) -> None:
    """Keep steps, each the newest of its mass message now, and whether it has one before. Only who holds the mass
    messages' rows comes here.

    So this may stand after the head, though it changes rows: nobody else does.
    """
    tx.many(_NO_LONGER_NEWEST, [
        {"seen_account": account, "seen_mass_message": step.mass_message_id, "number": step.from_number}
        for account, step, has_one_before in rows if has_one_before
    ])  # fmt: skip
    tx.many(_INSERT, [
        {"account_id": account, "mass_message_id": step.mass_message_id, "first_id": step.first_id,
         "from_number": step.from_number, "to_number": step.to_number, "count": step.count,
         "sent_at": to_ms(step.sent_at), "newest": True, "account": account, "mass_message": step.mass_message_id,
         "own_first_id": step.first_id}
        for account, step, _ in rows
    ])  # fmt: skip


def of(tx: Tx, account: AccountKey, id: QueueId) -> list[Step]:
    """All steps of a mass message, in order."""
    return [_step(row) for row in tx.rows(_OF, {"account": account, "mass_message": id})]


class ToldLevel(NamedTuple):
    level: Level
    #: Whether the mass message was taken back.
    unsent: bool
    #: Whether the creator has deleted chats since it began.
    cleared: bool


def levels_told(tx: Tx, account: AccountKey, *, before: int, limit: int) -> list[ToldLevel]:
    """The account's mass messages by their newest step, newest first; of those whose newest step begins below
    `before`."""
    rows = tx.rows(_LEVELS_TOLD, {"account": account, "before": before, "limit": limit})
    return [ToldLevel(_level(row), row.unsent, row.cleared) for row in rows]


def levels_upward(tx: Tx, account: AccountKey, *, after: int, offset: int, limit: int) -> list[Level]:
    """The mass messages whose newest step ends above `after`, by their first step, oldest first."""
    values = {"account": account, "after": after, "offset": offset, "limit": limit}
    return [_level(row) for row in tx.rows(_LEVELS_UPWARD, values)]


def reaching(tx: Tx, account: AccountKey, among: Sequence[Level], number: FanNumber) -> list[Step]:
    """The step of each level whose stretch spans this fan. Whether the audience holds the fan is another question."""
    found = [level.newest for level in among if level.newest.from_number <= number <= level.newest.to_number]
    earlier = [level.newest.first_id for level in among
               if not level.at_once and number < level.newest.from_number]  # fmt: skip
    if earlier:
        rows = tx.rows(_REACHING, {"account": account, "leaps": earlier, "number": number})
        found += [_step(row) for row in rows]
    return found


class Reached(NamedTuple):
    """A look at some levels."""

    #: The step of each that spans the fan.
    spanning: list[Step]
    looked_at: int
    #: Where the newest step of the last one begins; 0 when there was none.
    lowest: int


def reaching_below(tx: Tx, account: AccountKey, number: FanNumber, *, before: int, limit: int) -> Reached:
    """As `reaching`, of the account's mass messages by their newest step, newest first; of those whose newest step
    begins below `before`."""
    rows = tx.rows(_REACHING_BELOW, {"account": account, "number": number, "before": before, "limit": limit})
    return Reached(_spanning(rows, number), len(rows), rows[-1].first_id if rows else 0)


def reaching_across(tx: Tx, account: AccountKey, number: FanNumber, id: int) -> list[Step]:
    """As `reaching`, of the mass messages that began below this id and whose newest step begins at or above it."""
    return _spanning(tx.rows(_REACHING_ACROSS, {"account": account, "number": number, "id": id}), number)


def _spanning(rows: Iterable[Row], number: FanNumber) -> list[Step]:
    found: list[Step] = []
    for row in rows:
        if row.from_number <= number <= row.to_number:
            found.append(_step(row))
        elif row.earlier_id is not None:
            found.append(
                Step(
                    mass_message_id=QueueId(row.mass_message_id), first_id=row.earlier_id,
                    from_number=FanNumber(row.earlier_from), to_number=FanNumber(row.earlier_to),
                    count=row.earlier_count, sent_at=from_ms(row.earlier_sent_at),
                )
            )  # fmt: skip
    return found


def carrying(
    tx: Tx, account: AccountKey, number: FanNumber, media_id: MediaId, *, before: int, limit: int
) -> list[Step]:
    """As `reaching`, of the mass messages below an id that may carry this media item, the newest first: what they
    carry has the digits of its id."""
    values = {"account": account, "number": number, "before": before, "limit": limit}
    return [_step(row) for row in tx.rows(_CARRYING, values | {"digits": f"%{media_id}%"})]


def message_ids(
    tx: Tx, account: AccountKey, level: Level, numbers: Sequence[FanNumber]
) -> dict[FanNumber, int]:
    """The message id of each of these fans, all of whom the level has delivered to."""
    if level.at_once:
        return {number: level.newest.message_id(number) for number in numbers}
    if len(numbers) > _SOUGHT_ONE_BY_ONE:
        return _message_ids_in_range(tx, account, level, sorted(numbers))
    id = level.newest.mass_message_id
    rows = tx.rows(_SEEK, {"account": account, "mass_message": id, "numbers": list(numbers)})
    return {FanNumber(row.number): row.first_id + row.number - row.from_number for row in rows}


def of_message(tx: Tx, account: AccountKey, message_id: int) -> Step | None:
    """The step whose ids hold this message's."""
    return of_messages(tx, account, [message_id]).get(message_id)


def of_messages(tx: Tx, account: AccountKey, message_ids: Iterable[int]) -> dict[int, Step]:
    """The step of each of these messages that is a copy."""
    wanted = list(dict.fromkeys(message_ids))
    found: dict[int, Step] = {}
    for start in range(0, len(wanted), 50):
        some = wanted[start : start + 50]
        values = {"account": account} | {f"id{place}": id for place, id in enumerate(some)}
        for row in tx.rows(_of_messages(len(some)), values):
            step = _step(row)
            if row.asked <= step.last_id:
                found[row.asked] = step
    return found


# More fans than this are found by one walk over the steps of their stretch.
_SOUGHT_ONE_BY_ONE = 500


def _message_ids_in_range(
    tx: Tx, account: AccountKey, level: Level, numbers: Sequence[FanNumber]
) -> dict[FanNumber, int]:
    values = {"account": account, "mass_message": level.newest.mass_message_id, "low": numbers[0]}
    found: dict[FanNumber, int] = {}
    place = 0
    for row in tx.rows(_RANGE, values):
        while place < len(numbers) and numbers[place] <= row.to_number:
            found[numbers[place]] = row.first_id + numbers[place] - row.from_number
            place += 1
    return found


def _level(row: Row) -> Level:
    return Level(newest=_step(row), begins_id=row.begins_id)


def _step(row: Row) -> Step:
    return Step(
        mass_message_id=QueueId(row.mass_message_id), first_id=row.first_id, from_number=FanNumber(row.from_number),
        to_number=FanNumber(row.to_number), count=row.count, sent_at=from_ms(row.sent_at),
    )  # fmt: skip


# Drawn once: building a statement anew costs several times what running it does.

_ACCOUNT = t.c.account_id == sa.bindparam("account")
_MASS_MESSAGE = t.c.mass_message_id == sa.bindparam("mass_message")
_before = t.alias("before")
_BEGINS = (
    sa.select(_before.c.begins_id)
    .where(
        _before.c.account_id == sa.bindparam("account"),
        _before.c.mass_message_id == sa.bindparam("mass_message"),
    )
    .order_by(_before.c.from_number)
    .limit(1)
    .scalar_subquery()
)
_INSERT = sa.insert(t).values(
    begins_id=sa.func.coalesce(_BEGINS, sa.bindparam("own_first_id", type_=sa.BigInteger))
)
_LAST_BEFORE = (
    sa.select(sa.func.max(_before.c.from_number))
    .where(
        _before.c.account_id == sa.bindparam("seen_account"),
        _before.c.mass_message_id == sa.bindparam("seen_mass_message"),
        _before.c.from_number < sa.bindparam("number"),
    )
    .scalar_subquery()
)
_NO_LONGER_NEWEST = (
    sa.update(t)
    .where(
        t.c.account_id == sa.bindparam("seen_account"),
        t.c.mass_message_id == sa.bindparam("seen_mass_message"),
        t.c.from_number == _LAST_BEFORE,
    )
    .values(newest=sa.false())
)
_OF = sa.select(t).where(_ACCOUNT, _MASS_MESSAGE).order_by(t.c.from_number)
#: In the words of the index. SQLAlchemy's own for SQLite are `newest = 1`, and SQLite does not see that it is the same.
_NEWEST = sa.text("steps.newest")
_LEVELS = (
    sa.select(t)
    .where(_ACCOUNT, _NEWEST, t.c.first_id < sa.bindparam("before"))
    .order_by(t.c.first_id.desc())
    .limit(sa.bindparam("limit"))
)
_SENT = (mass_messages.c.account_id == t.c.account_id) & (mass_messages.c.id == t.c.mass_message_id)
_CLEARED_SINCE = sa.exists().where(
    chats.c.account_id == t.c.account_id,
    chats.c.cleared_through_id >= t.c.begins_id,
    chats.c.cleared_through_id > NEVER,
)
_LEVELS_TOLD = _LEVELS.join(mass_messages, _SENT).add_columns(
    (mass_messages.c.state == State.UNSENT.value).label("unsent"),
    _CLEARED_SINCE.correlate(t).label("cleared"),
)
_ACROSS = (
    sa.select(t)
    .where(_ACCOUNT, _NEWEST, t.c.first_id >= sa.bindparam("id"), t.c.begins_id < sa.bindparam("id"))
    .order_by(t.c.first_id.desc())
)
_LEVELS_UPWARD = (
    sa.select(t)
    .where(
        _ACCOUNT,
        _NEWEST,
        t.c.first_id + t.c.to_number - t.c.from_number > sa.bindparam("after", type_=sa.BigInteger),
    )
    .order_by(t.c.begins_id)
    .offset(sa.bindparam("offset"))
    .limit(sa.bindparam("limit"))
)
_RANGE = (
    sa.select(t.c.first_id, t.c.from_number, t.c.to_number)
    .where(_ACCOUNT, _MASS_MESSAGE, t.c.to_number >= sa.bindparam("low"))
    .order_by(t.c.from_number)
)


def _last_spanning(
    account: sa.ColumnElement[int], mass_message: sa.ColumnElement[int], number: sa.ColumnElement[int]
) -> sa.ScalarSelect[int]:
    """Where the step begins that could hold this fan: one search in an index."""
    f = t.alias("f")
    return (
        sa.select(sa.func.max(f.c.from_number))
        .where(f.c.account_id == account, f.c.mass_message_id == mass_message, f.c.from_number <= number)
        .scalar_subquery()
    )


_leap = t.alias("leap")
_NUMBER = sa.bindparam("number", type_=sa.Integer)
_REACHING = sa.select(t).where(
    _leap.c.account_id == sa.bindparam("account"),
    among(_leap.c.first_id, "leaps"),
    t.c.account_id == _leap.c.account_id,
    t.c.mass_message_id == _leap.c.mass_message_id,
    t.c.from_number == _last_spanning(_leap.c.account_id, _leap.c.mass_message_id, _NUMBER),
    t.c.to_number >= _NUMBER,
)


def _with_earlier(newest: sa.Select[Any]) -> sa.Select[Any]:
    """These newest steps, each with the earlier one that spans the fan, where it does not itself."""
    n, earlier = newest.subquery("level"), t.alias("earlier")
    spans = (
        (earlier.c.account_id == n.c.account_id)
        & (earlier.c.mass_message_id == n.c.mass_message_id)
        & (n.c.begins_id < n.c.first_id)
        & (n.c.from_number > _NUMBER)
        & (earlier.c.from_number == _last_spanning(n.c.account_id, n.c.mass_message_id, _NUMBER))
        & (earlier.c.to_number >= _NUMBER)
    )
    return (
        sa.select(
            n, earlier.c.first_id.label("earlier_id"), earlier.c.from_number.label("earlier_from"),
            earlier.c.to_number.label("earlier_to"), earlier.c.count.label("earlier_count"),
            earlier.c.sent_at.label("earlier_sent_at"),
        )
        .select_from(n.outerjoin(earlier, spans))
        .order_by(n.c.first_id.desc())
    )  # fmt: skip


_REACHING_BELOW = _with_earlier(_LEVELS)
_REACHING_ACROSS = _with_earlier(_ACROSS)
_carrier = mass_messages.c
_CARRYING = (
    sa.select(t)
    .where(
        _carrier.account_id == sa.bindparam("account"),
        _carrier.id < sa.bindparam("before"),
        sa.cast(_carrier.media_ids, sa.Text).like(sa.bindparam("digits")),
        t.c.account_id == _carrier.account_id,
        t.c.mass_message_id == _carrier.id,
        t.c.from_number == _last_spanning(_carrier.account_id, _carrier.id, _NUMBER),
        t.c.to_number >= _NUMBER,
    )
    .order_by(_carrier.id.desc())
    .limit(sa.bindparam("limit"))
)
_SEEK = sa.select(fans.c.number, t.c.first_id, t.c.from_number).where(
    fans.c.account_id == sa.bindparam("account"),
    among(fans.c.number, "numbers"),
    t.c.account_id == fans.c.account_id,
    _MASS_MESSAGE,
    t.c.from_number == _last_spanning(fans.c.account_id, t.c.mass_message_id, fans.c.number),
)


@cache
def _of_messages(count: int) -> sa.Executable:
    """For each id the step that begins at it or last before it."""
    parts = []
    for place in range(count):
        id = sa.bindparam(f"id{place}", type_=sa.BigInteger)
        b = t.alias(f"b{place}")
        last = sa.select(sa.func.max(b.c.first_id)).where(
            b.c.account_id == sa.bindparam("account"), b.c.first_id <= id
        )
        parts.append(sa.select(t, id.label("asked")).where(_ACCOUNT, t.c.first_id == last.scalar_subquery()))
    return sa.union_all(*parts)
