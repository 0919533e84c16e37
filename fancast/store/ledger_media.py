"""What the ledger check reads of the vault."""

import sqlalchemy as sa

from fancast.model.ids import AccountKey, MediaId
from fancast.store.database import Tx
from fancast.store.tables import mass_messages, media, message_marks, messages, tips


def carried(tx: Tx, account: AccountKey) -> dict[int, list[MediaId]]:
    """The media of each mass message and of each direct message of the creator, by queue id."""
    return {
        row.id: [MediaId(id) for id in row.media_ids]
        for statement in (_CARRIED_BY_MANY, _CARRIED_BY_ONE)
        for row in tx.rows(statement, {"account": account})
    }


def liked(tx: Tx, account: AccountKey) -> dict[int, int]:
    """How many fans like each message, by queue id."""
    return {row.queue_id: row.likes for row in tx.rows(_LIKED, {"account": account})}


def tipped(tx: Tx, account: AccountKey) -> dict[int, int]:
    """The cents that were tipped for each message, by queue id."""
    return {row.for_queue_id: int(row.cents) for row in tx.rows(_TIPPED, {"account": account})}


def counters(tx: Tx, account: AccountKey) -> dict[MediaId, tuple[bool, int, int]]:
    """What each media item says: whether a message ever carried it, its likes, its tips in cents."""
    rows = tx.rows(_COUNTERS, {"account": account})
    return {MediaId(row.media_id): (row.in_messages, row.likes, row.tips_cents) for row in rows}


# Drawn once: building a statement anew costs several times what running it does.


def _some(ids: sa.ColumnElement[object]) -> sa.ColumnElement[bool]:
    # JSON has no equality on PostgreSQL.
    return sa.cast(ids, sa.Text) != "[]"


_ACCOUNT = sa.bindparam("account", type_=sa.Integer)
_m, _d, _marks = mass_messages.c, messages.c, message_marks.c
_CARRIED_BY_MANY = sa.select(_m.id.label("id"), _m.media_ids).where(
    _m.account_id == _ACCOUNT, _some(_m.media_ids)
)
_CARRIED_BY_ONE = sa.select(_d.queue_id.label("id"), _d.media_ids).where(
    _d.account_id == _ACCOUNT, sa.not_(_d.from_fan), _some(_d.media_ids)
)
_LIKED = (
    sa.select(_marks.queue_id, sa.func.count().label("likes"))
    .where(_marks.account_id == _ACCOUNT, _marks.liked_by_fan)
    .group_by(_marks.queue_id)
)
_TIPPED = (
    sa.select(tips.c.for_queue_id, sa.func.sum(tips.c.amount_cents).label("cents"))
    .where(tips.c.account_id == _ACCOUNT, tips.c.for_queue_id.is_not(None))
    .group_by(tips.c.for_queue_id)
)
_COUNTERS = sa.select(media.c.media_id, media.c.in_messages, media.c.likes, media.c.tips_cents).where(
    media.c.account_id == _ACCOUNT
)
