"""What the ledger check reads of the vault."""

import sqlalchemy as sa

from fancast.model.ids import AccountKey, MediaId
from fancast.store.database import Tx
from fancast.store.tables import mass_messages, media, message_marks, messages, tips


def carried(tx: Tx, account: AccountKey) -> dict[int, list[MediaId]]:
    """The media of each mass message and of each direct message of the creator, by queue id."""
    m, d = mass_messages.c, messages.c
    statements = (
        sa.select(m.id.label("id"), m.media_ids).where(m.account_id == account, _some(m.media_ids)),
        sa.select(d.queue_id.label("id"), d.media_ids).where(
            d.account_id == account, sa.not_(d.from_fan), _some(d.media_ids)
        ),
    )
    return {row.id: [MediaId(id) for id in row.media_ids] for some in statements for row in tx.rows(some)}


def liked(tx: Tx, account: AccountKey) -> dict[int, int]:
    """How many fans like each message, by queue id."""
    t = message_marks.c
    statement = sa.select(t.queue_id, sa.func.count().label("likes"))
    rows = tx.rows(statement.where(t.account_id == account, t.liked_by_fan).group_by(t.queue_id))
    return {row.queue_id: row.likes for row in rows}


def tipped(tx: Tx, account: AccountKey) -> dict[int, int]:
    """The cents that were tipped for each message, by queue id."""
    t = tips.c
    statement = sa.select(t.for_queue_id, sa.func.sum(t.amount_cents).label("cents"))
    of_some = (t.account_id == account, t.for_queue_id.is_not(None))
    return {
        row.for_queue_id: int(row.cents)
        for row in tx.rows(statement.where(*of_some).group_by(t.for_queue_id))
    }


def counters(tx: Tx, account: AccountKey) -> dict[MediaId, tuple[bool, int, int]]:
    """What each media item says: whether a message ever carried it, its likes, its tips in cents."""
    t = media.c
    statement = sa.select(t.media_id, t.in_messages, t.likes, t.tips_cents).where(t.account_id == account)
    return {MediaId(row.media_id): (row.in_messages, row.likes, row.tips_cents) for row in tx.rows(statement)}


def _some(ids: sa.ColumnElement[object]) -> sa.ColumnElement[bool]:
    # JSON has no equality on PostgreSQL.
    return sa.cast(ids, sa.Text) != "[]"
