"""Direct messages of the creator over all chats, by the index of when they were sent."""

from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from fancast.kit.times import from_ms, to_ms
from fancast.model.ids import AccountKey, MessageId
from fancast.model.messages import Message
from fancast.store.database import Tx
from fancast.store.messages import message_of
from fancast.store.tables import messages as t
from fancast.store.texts import contains

#: One call looks for a text in so many of the newest, so that a rare word does not read them all.
MOST_SEARCHED = 10_000


class Place(NamedTuple):
    """Where a walk over them stands."""

    sent_at: datetime
    id: MessageId


def page(
    tx: Tx, account: AccountKey, *, start: datetime | None, end: datetime, before: int, query: str, offset: int,
    limit: int,
) -> list[tuple[Message, bool]]:  # fmt: skip
    """Sent from `start` to `end`, both included, the newest first; at `end` itself only ids below `before`.

    Each with whether it was withdrawn since.
    """
    values: dict[str, Any] = {
        "account": account, "start": 0 if start is None else to_ms(start), "end": to_ms(end), "before": before,
        "offset": offset, "limit": limit,
    }  # fmt: skip
    if query:
        values |= {"words": query, "most": MOST_SEARCHED}
    return [(message_of(row), row.withdrawn_at is not None) for row in tx.rows(_page(bool(query)), values)]


def searched_to(
    tx: Tx, account: AccountKey, *, start: datetime | None, end: datetime, before: int
) -> Place | None:
    """The last of these that a `page` with a query looks at; None where it looks at all there are."""
    values = {
        "account": account, "start": 0 if start is None else to_ms(start), "end": to_ms(end), "before": before,
        "offset": MOST_SEARCHED - 1, "limit": 2,
    }  # fmt: skip
    rows = tx.rows(_window(_newest_first(_range(t.c.created_at, t.c.id), t)), values)
    return Place(from_ms(rows[0].created_at), MessageId(rows[0].id)) if len(rows) > 1 else None


@cache
def _page(with_words: bool) -> sa.Executable:
    statement = _range(t)
    if with_words:
        statement = _newest_first(statement, t).limit(sa.bindparam("most"))
        some = statement.subquery()
        found = contains(some.c.text, sa.bindparam("words", type_=sa.Text))
        return _window(_newest_first(sa.select(some).where(found), some))
    return _window(_newest_first(statement, t))


def _range(*columns: Any) -> sa.Select[Any]:
    # A row value is one range of the index, where an OR is none.
    place = sa.tuple_(t.c.created_at, t.c.id) < sa.tuple_(
        sa.bindparam("end", type_=sa.BigInteger), sa.bindparam("before", type_=sa.BigInteger)
    )
    return sa.select(*columns).where(
        t.c.account_id == sa.bindparam("account"), t.c.from_fan.is_(False),
        t.c.created_at >= sa.bindparam("start", type_=sa.BigInteger), place,
    )  # fmt: skip


def _newest_first(statement: sa.Select[Any], among: sa.FromClause) -> sa.Select[Any]:
    return statement.order_by(among.c.created_at.desc(), among.c.id.desc())


def _window(statement: sa.Select[Any]) -> sa.Select[Any]:
    return statement.limit(sa.bindparam("limit")).offset(sa.bindparam("offset"))
