"""What the ledger reads of chats: newest messages and flags, recomputed from rows."""

import sqlalchemy as sa

from fancast.model.fan_sets import FanSet
from fancast.model.ids import AccountKey, QueueId
from fancast.store.database import Tx
from fancast.store.tables import chats, mass_messages, messages, steps


def hidden(tx: Tx, account: AccountKey) -> FanSet:
    """Fans whose chat's row says that it is hidden."""
    return FanSet(row.number for row in tx.rows(_HIDDEN, {"account": account}))


def unread(tx: Tx, account: AccountKey) -> FanSet:
    """Fans whose chat's row says that it is marked unread, or that the creator has not read all of it."""
    return FanSet(row.number for row in tx.rows(_UNREAD, {"account": account}))


def views(tx: Tx, account: AccountKey) -> dict[QueueId, int]:
    """The stored views of each mass message."""
    return {QueueId(row.id): row.viewed for row in tx.rows(_VIEWS, {"account": account})}


def wrong_newest(tx: Tx, account: AccountKey) -> list[int]:
    """Fans whose chat's newest messages are not those of their rows; also those whose chat has no row."""
    return [row.number for row in tx.rows(_WRONG_NEWEST, {"account": account})]


def wrong_leaps(tx: Tx, account: AccountKey) -> list[int]:
    """Mass messages whose newest step is not the only one marked so, or whose steps know another beginning."""
    return [row.mass_message_id for row in tx.rows(_WRONG_LEAPS, {"account": account})]


# Drawn once: building a statement anew costs several times what running it does.

_ACCOUNT = sa.bindparam("account", type_=sa.Integer)
_c, _m, _s = chats.c, messages.c, steps.c
_CHATS = sa.select(_c.number).where(_c.account_id == _ACCOUNT)
_HIDDEN = _CHATS.where(_c.hidden)
_UNREAD = _CHATS.where(_c.marked_unread | (_c.last_fan_id > _c.last_read_id))
_VIEWS = sa.select(mass_messages.c.id, mass_messages.c.viewed).where(mass_messages.c.account_id == _ACCOUNT)
_seen = _m.withdrawn_at.is_(None) & (_m.id > sa.func.coalesce(_c.cleared_through_id, 0))
_newest = (
    sa.select(
        _m.number,
        sa.func.coalesce(sa.func.max(sa.case((_seen, _m.id))), 0).label("direct"),
        sa.func.coalesce(sa.func.max(sa.case((_m.from_fan, _m.id))), 0).label("fan"),
    )
    .outerjoin(chats, (_c.account_id == _m.account_id) & (_c.number == _m.number))
    .where(_m.account_id == _ACCOUNT)
    .group_by(_m.number)
    .subquery()
)
_differs = (sa.func.coalesce(_c.last_direct_id, -1) != _newest.c.direct) | (
    sa.func.coalesce(_c.last_fan_id, -1) != _newest.c.fan
)
_told = sa.select(_newest.c.number).outerjoin(
    chats, (_c.account_id == _ACCOUNT) & (_c.number == _newest.c.number)
)
_untold = _CHATS.where(
    (_c.last_direct_id > 0) | (_c.last_fan_id > 0),
    _c.number.not_in(sa.select(_m.number).where(_m.account_id == _ACCOUNT)),
)
_WRONG_NEWEST = sa.union_all(_told.where(_differs), _untold).limit(100)
_marked = sa.func.sum(sa.case((_s.newest, 1), else_=0))
_last_marked = sa.func.max(sa.case((_s.newest, _s.first_id)))
_right = (
    (_marked == 1) & (_last_marked == sa.func.max(_s.first_id))
    & (sa.func.min(_s.begins_id) == sa.func.min(_s.first_id)) & (sa.func.max(_s.begins_id) == sa.func.min(_s.first_id))
)  # fmt: skip
_WRONG_LEAPS = (
    sa.select(_s.mass_message_id)
    .where(_s.account_id == _ACCOUNT)
    .group_by(_s.mass_message_id)
    .having(~sa.func.coalesce(_right, sa.false()))
)
