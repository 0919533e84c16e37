"""Notifications, read from the facts they are by indexes of their own.

Of each kind the newest are one range of an index, and few are merged, whatever else a creator is told of.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa

from fancast.kit.times import from_ms
from fancast.model.events import EventKind
from fancast.model.fans import Fan
from fancast.model.ids import AccountKey, FanId, MessageId
from fancast.model.notifications import Notification
from fancast.store.database import Tx
from fancast.store.rows import Row
from fancast.store.tables import events as t
from fancast.store.tables import messages
from fancast.store.tables.upkeep import NOTIFYING


def page(
    tx: Tx, account: AccountKey, kinds: Sequence[EventKind], *, about: Fan | None = None, offset: int, limit: int
) -> list[Notification]:  # fmt: skip
    """Of these kinds, one at least, the newest first; of one fan when named."""
    values: dict[str, Any] = {"account": account, "offset": offset, "limit": limit, "most": offset + limit}
    if about is not None:
        values |= {"fan": about.fan_id, "number": about.number}
    return [_notification(row) for row in tx.rows(_page(tuple(kinds), about is not None), values)]


def has_told_like(tx: Tx, account: AccountKey, fan_id: FanId, message_id: MessageId) -> bool:
    """Whether the creator was told that this fan likes this message, though it was taken back since."""
    values = {"account": account, "fan": fan_id, "digits": f"%{message_id}%"}
    return any(row.data["message_id"] == message_id for row in tx.rows(_LIKES, values))


@cache
def _page(kinds: tuple[EventKind, ...], of_one_fan: bool) -> sa.Executable:
    parts = [_part(kind, of_one_fan).subquery() for kind in kinds]
    both = sa.union_all(*(sa.select(part.c.event_no) for part in parts)).subquery()
    shown = (
        sa.select(both.c.event_no)
        .order_by(both.c.event_no.desc())
        .limit(sa.bindparam("limit"))
        .offset(sa.bindparam("offset"))
        .subquery()
    )
    found = sa.select(t).join(shown, t.c.event_no == shown.c.event_no).where(_ACCOUNT)
    return found.order_by(t.c.event_no.desc())


def _part(kind: EventKind, of_one_fan: bool) -> sa.Select[Any]:
    """The numbers of the newest facts of one kind."""
    numbers = sa.select(t.c.event_no).where(_ACCOUNT, NOTIFYING, t.c.kind == sa.literal_column(f"'{kind}'"))
    if not of_one_fan:
        return numbers.order_by(t.c.event_no.desc()).limit(_MOST)
    if kind is not EventKind.MESSAGE_RECEIVED:
        of_fan = numbers.where(t.c.ref == sa.bindparam("fan", type_=sa.BigInteger))
        return of_fan.order_by(t.c.event_no.desc()).limit(_MOST)
    # It names the message, not the fan. Messages are numbered in the order of their facts.
    m = messages.c
    written = numbers.join(messages, (m.account_id == t.c.account_id) & (m.id == t.c.ref))
    of_fan = written.where(m.account_id == _BOUND, m.number == sa.bindparam("number"), m.from_fan)
    return of_fan.order_by(m.id.desc()).limit(_MOST)


_BOUND: sa.BindParameter[int] = sa.bindparam("account")
_ACCOUNT = t.c.account_id == _BOUND
_MOST: sa.BindParameter[int] = sa.bindparam("most")
_LIKES = sa.select(t.c.data).where(
    _ACCOUNT, NOTIFYING, t.c.kind == sa.literal_column(f"'{EventKind.MESSAGE_LIKED}'"),
    t.c.ref == sa.bindparam("fan", type_=sa.BigInteger), sa.cast(t.c.data, sa.Text).like(sa.bindparam("digits")),
)  # fmt: skip


def _notification(row: Row) -> Notification:
    told, kind = row.data, EventKind(row.kind)
    written = kind is EventKind.MESSAGE_RECEIVED
    fan_id, message_id = (told["fan_id"], row.ref) if written else (row.ref, told.get("message_id"))
    return Notification(
        id=row.event_no, kind=kind, fan_id=FanId(fan_id),
        amount_cents=told.get("gross_cents", told.get("price_cents", 0)),
        message_id=None if message_id is None else MessageId(message_id), created_at=from_ms(row.created_at),
    )  # fmt: skip
