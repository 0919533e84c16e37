"""What waits: mass messages with an hour to come, and drafts. Found by the index over what is due.

Due at its hour, or later: one whose try went wrong, or whose media are late, is put off until shortly after now.
"""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from fancast.kit.times import from_ms, to_ms
from fancast.model.ids import AccountKey, QueueId
from fancast.model.mass_messages import State
from fancast.store.database import Tx
from fancast.store.tables import mass_messages as t

#: Nothing is put off for longer.
_LONGEST_PUT_OFF = timedelta(minutes=2)

_WAITING = sa.and_(
    t.c.account_id == sa.bindparam("account"), t.c.state == State.SCHEDULED.value,
    t.c.due_at >= sa.bindparam("start"), t.c.due_at < sa.bindparam("due_end"),
    t.c.scheduled_at >= sa.bindparam("start"), t.c.scheduled_at < sa.bindparam("end"),
)  # fmt: skip
# As due, for the index has them so: what was put off stands among the next ones in any case.
_NEXT = sa.select(t.c.id).where(_WAITING).order_by(t.c.due_at, t.c.id).limit(sa.bindparam("most"))
_HOURS = sa.select(t.c.scheduled_at).where(_WAITING)
_OLDEST_DRAFT = sa.select(sa.func.min(t.c.id)).where(
    t.c.account_id == sa.bindparam("account"), t.c.state == State.DRAFT.value, t.c.id > sa.bindparam("after")
)


def scheduled(
    tx: Tx, account: AccountKey, start: datetime, end: datetime, limit: int, *, now: datetime
) -> list[QueueId]:
    """Those whose hour is in start..end (without the end), the one that is due next first."""
    rows = tx.rows(_NEXT, {**_between(account, start, end, now), "most": limit})
    return [QueueId(row.id) for row in rows]


def hours(tx: Tx, account: AccountKey, start: datetime, end: datetime, *, now: datetime) -> list[datetime]:
    """The hours of all of them."""
    return [from_ms(row.scheduled_at) for row in tx.rows(_HOURS, _between(account, start, end, now))]


def oldest_draft(tx: Tx, account: AccountKey, *, after: int = 0) -> QueueId | None:
    """Of those with a higher id than `after`."""
    found = tx.value(_OLDEST_DRAFT, {"account": account, "after": after})
    return None if found is None else QueueId(found)


def _between(account: AccountKey, start: datetime, end: datetime, now: datetime) -> dict[str, Any]:
    due_end = to_ms(max(end, now + _LONGEST_PUT_OFF))
    return {"account": account, "start": to_ms(start), "end": to_ms(end), "due_end": due_end}
