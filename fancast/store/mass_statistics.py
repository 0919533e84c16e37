"""Statistics of mass messages over a time: sums and the best of them, by the index of when they started."""

from datetime import datetime

import sqlalchemy as sa

from fancast.kit.times import to_ms
from fancast.model.charts import MassDay
from fancast.model.ids import AccountKey, QueueId
from fancast.store.database import Tx
from fancast.store.tables import mass_messages as t

_DAY_MS = 86_400_000


def by_day(tx: Tx, account: AccountKey, first_day: int, last_day: int) -> dict[int, MassDay]:
    """Days on which none began are absent."""
    values = {"account": account, "first": first_day * _DAY_MS, "end": (last_day + 1) * _DAY_MS}
    return {row.day: MassDay(row.begun, int(row.sent), int(row.viewed)) for row in tx.rows(_BY_DAY, values)}


def best(tx: Tx, account: AccountKey, start: datetime | None, end: datetime) -> QueueId | None:
    """The mass message of this time with the highest revenue, then the most purchases; None without any sale."""
    values = {"account": account, "first": 0 if start is None else to_ms(start), "end": to_ms(end) + 1}
    found = tx.value(_BEST, values)
    return None if found is None else QueueId(found)


_STARTED = (
    t.c.account_id == sa.bindparam("account"), t.c.started_at.is_not(None),
    t.c.started_at >= sa.bindparam("first", type_=sa.BigInteger),
    t.c.started_at < sa.bindparam("end", type_=sa.BigInteger),
)  # fmt: skip
_BY_DAY = (
    sa.select(
        (t.c.started_at // _DAY_MS).label("day"),
        sa.func.count().label("begun"),
        sa.func.sum(t.c.sent).label("sent"),
        sa.func.sum(t.c.viewed).label("viewed"),
    )
    .where(*_STARTED)
    .group_by("day")
)
_BEST = (
    sa.select(t.c.id)
    .where(*_STARTED, t.c.purchased > 0)
    .order_by(t.c.revenue_cents.desc(), t.c.purchased.desc(), t.c.id.desc())
    .limit(1)
)
