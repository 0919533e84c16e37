"""Custom user lists; their members are sets of kind LIST."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from fancast.kit.times import from_ms, to_ms
from fancast.model import fan_sets as sets
from fancast.model.fan_sets import FanSet, SetKey, SetKind
from fancast.model.ids import AccountKey, FanNumber, ListId
from fancast.model.mass_messages import State
from fancast.model.user_lists import SHOWN, UserList
from fancast.store import fan_sets
from fancast.store.among import among
from fancast.store.database import Tx
from fancast.store.rows import Row
from fancast.store.tables import fan_sets as t_sets
from fancast.store.tables import mass_messages
from fancast.store.tables import user_lists as t
from fancast.store.texts import contains

_THESE = (t.c.account_id == sa.bindparam("account"), among(t.c.list_id, "ids"))
_KNOWN = sa.select(t.c.list_id).where(*_THESE)
_KNOWN_HELD = _KNOWN.order_by(t.c.list_id).with_for_update(read=True, key_share=True)
#: A mass message in one of these still asks its lists who is on them.
_NOT_FROZEN = (State.DRAFT, State.SCHEDULED, State.QUEUED)


def members_key(list_id: ListId) -> SetKey:
    return SetKey(SetKind.LIST, list_id)


def pinned_key(list_id: ListId) -> SetKey:
    """Those of its members that are pinned."""
    return SetKey(SetKind.PINNED, list_id)


def deleted_key(list_id: ListId) -> SetKey:
    """Whom it held when it was deleted."""
    return SetKey(SetKind.DELETED_LIST, list_id)


def create(
    tx: Tx, account: AccountKey, list_id: ListId, name: str, *, alias: str | None = None, now: datetime
) -> None:
    tx.run(sa.insert(t), {"account_id": account, "list_id": list_id, "name": name, "alias": alias,
                          "created_at": to_ms(now)})  # fmt: skip


def known(tx: Tx, account: AccountKey, ids: Iterable[int], *, hold: bool = False) -> set[ListId]:
    """Which of these ids are lists of this account; with `hold` none is deleted until the transaction ends."""
    wanted = sorted(set(ids))
    if not wanted:
        return set()
    rows = tx.rows(_KNOWN_HELD if hold else _KNOWN, {"account": account, "ids": wanted})
    return {ListId(row.list_id) for row in rows}


def by_alias(tx: Tx, account: AccountKey, aliases: Iterable[str]) -> dict[str, ListId]:
    wanted = sorted(set(aliases))
    if not wanted:
        return {}
    statement = sa.select(t.c.alias, t.c.list_id).where(t.c.account_id == account, t.c.alias.in_(wanted))
    return {row.alias: ListId(row.list_id) for row in tx.rows(statement)}


def by_name(tx: Tx, account: AccountKey, name: str) -> ListId | None:
    """The oldest list of exactly this name."""
    statement = (
        sa.select(t.c.list_id).where(t.c.account_id == account, t.c.name == name).order_by(t.c.list_id)
    )
    found = tx.value(statement.limit(1))
    return None if found is None else ListId(found)


def get(tx: Tx, account: AccountKey, list_id: ListId) -> UserList | None:
    row = tx.row(sa.select(t).where(t.c.account_id == account, t.c.list_id == list_id))
    return _lists(tx, account, [row])[0] if row is not None else None


def page(
    tx: Tx, account: AccountKey, *, query: str = "", offset: int = 0, limit: int | None = None
) -> list[UserList]:
    """Custom lists in order of making, their name containing `query`."""
    statement = sa.select(t).where(t.c.account_id == account).order_by(t.c.list_id).offset(offset)
    if query:
        statement = statement.where(contains(t.c.name, query))
    return _lists(tx, account, tx.rows(statement if limit is None else statement.limit(limit)))


def count(tx: Tx, account: AccountKey) -> int:
    return int(tx.value(sa.select(sa.func.count()).select_from(t).where(t.c.account_id == account)))


def holding(
    tx: Tx, account: AccountKey, numbers: Iterable[FanNumber], kinds: Iterable[SetKind] = (SetKind.LIST,)
) -> dict[FanNumber, list[tuple[SetKey, str | None]]]:
    """The members' sets of these kinds each of these fans is in, a custom list's with its name: one statement."""
    found: dict[FanNumber, list[tuple[SetKey, str | None]]] = {number: [] for number in numbers}
    by_value = {kind.value: kind for kind in kinds}
    fans = FanSet(found)
    chunks = sorted({sets.chunk_of(number) for number in found})
    wanted = {"account": account, "chunks": chunks, "kinds": list(by_value)}
    for row in tx.rows(_IN_CHUNKS, wanted) if found else ():
        held = (SetKey(by_value[row.kind], row.ref), row.name)
        for number in sets.unpack([row.bits]) & fans:
            found[FanNumber(number)].append(held)
    return found


def update(tx: Tx, account: AccountKey, list_id: ListId, values: dict[str, Any]) -> bool:
    """Whether there was such a list."""
    statement = sa.update(t).where(t.c.account_id == account, t.c.list_id == list_id)
    return tx.run(statement.values(values)) == 1


def delete(tx: Tx, account: AccountKey, list_id: ListId) -> bool:
    """Drop the list. Whom it held is kept where a mass message waits that leaves them out.

    Whether there was such a list.
    """
    gone = tx.run(sa.delete(t).where(t.c.account_id == account, t.c.list_id == list_id)) == 1
    if not gone:
        return False
    # Looked at behind the list's lock: whoever leaves it out holds it from before that is accepted.
    if _is_left_out(tx, account, list_id):
        fan_sets.rename(tx, account, members_key(list_id), SetKind.DELETED_LIST)
    else:
        fan_sets.delete(tx, account, members_key(list_id))
    fan_sets.delete(tx, account, pinned_key(list_id))
    return True


def _is_left_out(tx: Tx, account: AccountKey, list_id: ListId) -> bool:
    """Whether a mass message whose audience is not frozen excludes this list."""
    m = mass_messages.c
    waiting = sa.select(m.audience).where(m.account_id == account, m.state.in_(_NOT_FROZEN))
    return any(list_id in row.audience["exclude_user_lists"] for row in tx.rows(waiting))


def _lists(tx: Tx, account: AccountKey, rows: Iterable[Row]) -> list[UserList]:
    found = list(rows)
    sizes = fan_sets.sizes(tx, account, [members_key(ListId(row.list_id)) for row in found])
    first = _first_members(tx, account, {ListId(key.ref): size for key, size in sizes.items()})
    return [
        UserList(ref=ListId(row.list_id), name=row.name, fans_count=sizes[members_key(ListId(row.list_id))],
                 pinned_to_feed=row.pinned_to_feed, pinned_to_chat=row.pinned_to_chat,
                 created_at=from_ms(row.created_at), first=first.get(row.list_id, ()))
        for row in found
    ]  # fmt: skip


def _first_members(
    tx: Tx, account: AccountKey, sizes: Mapping[ListId, int]
) -> dict[ListId, tuple[FanNumber, ...]]:
    """The first members of each list, from its lowest chunk: one small row a list."""
    values = {"account": account, "refs": [ref for ref, size in sizes.items() if size]}
    rows = tx.rows(_LOWEST_CHUNKS, values) if values["refs"] else ()
    found = {ListId(row.ref): tuple(sets.page(sets.unpack([row.bits]), 0, SHOWN)) for row in rows}
    for ref, numbers in found.items():
        if len(numbers) < min(SHOWN, sizes[ref]):
            found[ref] = tuple(fan_sets.page(tx, account, members_key(ref), offset=0, limit=SHOWN))
    return found


_IN_CHUNKS = (
    sa.select(t_sets.c.kind, t_sets.c.ref, t_sets.c.bits, t.c.name)
    .select_from(
        t_sets.outerjoin(
            t,
            sa.and_(
                t_sets.c.kind == SetKind.LIST.value,
                t.c.account_id == sa.bindparam("account", type_=sa.Integer),
                t.c.list_id == t_sets.c.ref,
            ),
        )
    )
    .where(
        t_sets.c.account_id == sa.bindparam("account", type_=sa.Integer),
        among(t_sets.c.kind, "kinds"),
        among(t_sets.c.chunk, "chunks"),
    )
    .order_by(t_sets.c.kind, t_sets.c.ref)
)
_LOWER = t_sets.alias()
_LOWEST_CHUNKS = sa.select(t_sets.c.ref, t_sets.c.bits).where(
    t_sets.c.account_id == sa.bindparam("account", type_=sa.Integer),
    t_sets.c.kind == SetKind.LIST.value,
    among(t_sets.c.ref, "refs"),
    t_sets.c.chunk
    == sa.select(sa.func.min(_LOWER.c.chunk))
    .where(
        _LOWER.c.account_id == t_sets.c.account_id, _LOWER.c.kind == t_sets.c.kind,
        _LOWER.c.ref == t_sets.c.ref, _LOWER.c.size > 0,
    )
    .scalar_subquery(),
)  # fmt: skip
