"""What the ledger reads of chats: newest messages and flags, recomputed from rows."""

import sqlalchemy as sa

from fancast.model.fan_sets import FanSet
from fancast.model.ids import AccountKey, QueueId
from fancast.store.database import Tx
from fancast.store.tables import chats, mass_messages, messages, steps

HIDDEN: sa.ColumnElement[bool] = chats.c.hidden
UNREAD: sa.ColumnElement[bool] = chats.c.marked_unread | (chats.c.last_fan_id > chats.c.last_read_id)


def chats_where(tx: Tx, account: AccountKey, condition: sa.ColumnElement[bool]) -> FanSet:
    statement = sa.select(chats.c.number).where(chats.c.account_id == account, condition)
    return FanSet(row.number for row in tx.rows(statement))


def views(tx: Tx, account: AccountKey) -> dict[QueueId, int]:
    """The stored views of each mass message."""
    m = mass_messages.c
    rows = tx.rows(sa.select(m.id, m.viewed).where(m.account_id == account))
    return {QueueId(row.id): row.viewed for row in rows}


def wrong_newest(tx: Tx, account: AccountKey) -> list[int]:
    """Fans whose chat's newest messages are not those of their rows; also those whose chat has no row."""
    m, c = messages.c, chats.c
    seen = m.withdrawn_at.is_(None) & (m.id > sa.func.coalesce(c.cleared_through_id, 0))
    newest = (
        sa.select(
            m.number,
            sa.func.coalesce(sa.func.max(sa.case((seen, m.id))), 0).label("direct"),
            sa.func.coalesce(sa.func.max(sa.case((m.from_fan, m.id))), 0).label("fan"),
        )
        .outerjoin(chats, (c.account_id == m.account_id) & (c.number == m.number))
        .where(m.account_id == account)
        .group_by(m.number)
        .subquery()
    )
    differs = (sa.func.coalesce(c.last_direct_id, -1) != newest.c.direct) | (
        sa.func.coalesce(c.last_fan_id, -1) != newest.c.fan
    )
    told = sa.select(newest.c.number).outerjoin(
        chats, (c.account_id == account) & (c.number == newest.c.number)
    )
    untold = sa.select(c.number).where(
        c.account_id == account,
        (c.last_direct_id > 0) | (c.last_fan_id > 0),
        c.number.not_in(sa.select(m.number).where(m.account_id == account)),
    )
    return [row.number for row in tx.rows(sa.union_all(told.where(differs), untold).limit(100))]


def wrong_leaps(tx: Tx, account: AccountKey) -> list[int]:
    """Mass messages whose newest step is not the only one marked so, or whose steps know another beginning."""
    s = steps.c
    newest = sa.func.sum(sa.case((s.newest, 1), else_=0))
    last = sa.func.max(sa.case((s.newest, s.first_id)))
    right = (
        (newest == 1) & (last == sa.func.max(s.first_id))
        & (sa.func.min(s.begins_id) == sa.func.min(s.first_id)) & (sa.func.max(s.begins_id) == sa.func.min(s.first_id))
    )  # fmt: skip
    grouped = sa.select(s.mass_message_id).where(s.account_id == account).group_by(s.mass_message_id)
    return [row.mass_message_id for row in tx.rows(grouped.having(~sa.func.coalesce(right, sa.false())))]
