"""Notifications, read from the facts they are by indexes of their own."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row

from fancast.kit.times import from_ms
from fancast.model.events import EventKind
from fancast.model.ids import AccountKey, FanId, MessageId
from fancast.model.notifications import Notification
from fancast.store.database import Tx
from fancast.store.tables import events as t
from fancast.store.tables.upkeep import NOTIFYING


def page(
    tx: Tx, account: AccountKey, kinds: Sequence[EventKind], *, fan_id: FanId | None = None, offset: int, limit: int
) -> list[Notification]:  # fmt: skip
    """Of these kinds, the newest first; of one fan when named."""
    values: dict[str, Any] = {"account": account, "kinds": [kind.value for kind in kinds], "offset": offset,
                              "limit": limit}  # fmt: skip
    if fan_id is not None:
        values["fan"] = fan_id
    return [_notification(row) for row in tx.rows(_page(fan_id is not None), values)]


@cache
def _page(of_one_fan: bool) -> sa.Executable:
    statement = sa.select(t).where(
        t.c.account_id == sa.bindparam("account"), NOTIFYING,
        t.c.kind.in_(sa.bindparam("kinds", expanding=True)),
    )  # fmt: skip
    if of_one_fan:
        statement = statement.where(t.c.ref == sa.bindparam("fan", type_=sa.BigInteger))
    return statement.order_by(t.c.event_no.desc()).limit(sa.bindparam("limit")).offset(sa.bindparam("offset"))


def _notification(row: Row[Any]) -> Notification:
    told = row.data
    message_id = told.get("message_id")
    return Notification(
        id=row.event_no, kind=EventKind(row.kind), fan_id=FanId(row.ref),
        amount_cents=told.get("gross_cents", told.get("price_cents", 0)),
        message_id=None if message_id is None else MessageId(message_id), created_at=from_ms(row.created_at),
    )  # fmt: skip
