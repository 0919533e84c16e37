"""Which mass messages share an account's pace."""

from typing import NamedTuple

import sqlalchemy as sa

from fancast.model.ids import AccountKey, QueueId
from fancast.model.mass_messages import State
from fancast.store.database import Tx
from fancast.store.tables import mass_messages as t


class UnderWay(NamedTuple):
    """A mass message that is being sent: recipients still to come, and its own pace."""

    id: QueueId
    pending: int
    pace: int | None


_PENDING = t.c.total - t.c.sent - t.c.skipped - t.c.cancelled - t.c.failed - t.c.unknown
_OLDEST = (
    sa.select(t.c.id, _PENDING.label("pending"), t.c.pace)
    .where(
        t.c.account_id == sa.bindparam("account"), t.c.state == State.SENDING.value,
        # What goes wrong takes nothing until it is tried again.
        t.c.attempts == 0,
    )
    .order_by(t.c.id)
    .limit(sa.bindparam("most"))
)  # fmt: skip


def under_way(tx: Tx, account: AccountKey, most: int) -> list[UnderWay]:
    """So many of those that an account sends now, oldest first; not what waits to be tried again."""
    rows = tx.rows(_OLDEST, {"account": account, "most": most})
    return [UnderWay(QueueId(row.id), row.pending, row.pace) for row in rows]
