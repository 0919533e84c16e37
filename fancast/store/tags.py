"""The extras of direct messages, by their queue id: where their tags stand."""

from collections.abc import Mapping

import sqlalchemy as sa

from fancast.model.ids import AccountKey, QueueId
from fancast.store import steps
from fancast.store.database import Tx
from fancast.store.tables import messages as t

_BY_QUEUE = sa.and_(
    t.c.account_id == sa.bindparam("account"), t.c.queue_id == sa.bindparam("queue"), t.c.from_fan.is_(False)
)
_EXTRAS = sa.select(t.c.extras).where(_BY_QUEUE).with_for_update()
_SET = sa.update(t).where(_BY_QUEUE).values(extras=sa.bindparam("new", type_=sa.JSON))
_IS_DIRECT = sa.select(t.c.id).where(
    t.c.account_id == sa.bindparam("account"), t.c.id == sa.bindparam("message")
)


def extras_of_sent(tx: Tx, account: AccountKey, id: QueueId) -> Mapping[str, object] | None:
    """Those of the creator's direct message with this queue id, its row held; None without one."""
    row = tx.row(_EXTRAS, {"account": account, "queue": id})
    return None if row is None else row.extras


def set_extras(tx: Tx, account: AccountKey, id: QueueId, extras: Mapping[str, object]) -> None:
    tx.run(_SET, {"account": account, "queue": id, "new": dict(extras)})


def is_message(tx: Tx, account: AccountKey, message_id: int) -> bool:
    """Whether this is the id of a message in a chat, a direct one or a copy."""
    if tx.value(_IS_DIRECT, {"account": account, "message": message_id}) is not None:
        return True
    return steps.of_message(tx, account, message_id) is not None
