"""Which accounts' drafts go out by themselves, and when the next one does."""

from datetime import datetime

import sqlalchemy as sa

from fancast.kit.times import maybe_from_ms, maybe_ms, to_ms
from fancast.model.draft_senders import DraftSender
from fancast.model.ids import AccountKey
from fancast.store.database import Tx
from fancast.store.tables import draft_senders as t

_ONE = sa.select(t).where(t.c.account_id == sa.bindparam("account"))
_DUE = (
    sa.select(t.c.account_id)
    .where(t.c.next_at <= sa.bindparam("now"))
    .order_by(t.c.next_at)
    .limit(sa.bindparam("most"))
)


def get(tx: Tx, account: AccountKey, *, lock: bool = False) -> DraftSender | None:
    """With `lock` its row is held until the transaction ends."""
    row = tx.row(_ONE.with_for_update() if lock else _ONE, {"account": account})
    return None if row is None else DraftSender(row.period_hours, maybe_from_ms(row.next_at))


def put(tx: Tx, account: AccountKey, sender: DraftSender) -> None:
    values = {"period_hours": sender.period_hours, "next_at": maybe_ms(sender.next_at)}
    statement = tx.insert(t).values(account_id=account, **values)
    tx.run(statement.on_conflict_do_update(index_elements=[t.c.account_id], set_=values))


def due(tx: Tx, now: datetime, most: int) -> list[AccountKey]:
    """Accounts whose next draft is due, who waits longest first."""
    return [AccountKey(row.account_id) for row in tx.rows(_DUE, {"now": to_ms(now), "most": most})]
