"""Vault lists: custom ones with their media, built-in ones as conditions on media."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from fancast.kit.times import to_ms
from fancast.model.ids import AccountKey, MediaId
from fancast.model.media import Media, MediaType
from fancast.model.vault_lists import BuiltInVaultList, VaultList, VaultListId, VaultQuery, built_in
from fancast.store.database import Tx
from fancast.store.media import media_of
from fancast.store.tables import media as m
from fancast.store.tables import vault_list_media as on
from fancast.store.tables import vault_lists as t
from fancast.store.texts import contains

_ACCOUNT: sa.BindParameter[int] = sa.bindparam("account")
_LISTS: sa.BindParameter[Any] = sa.bindparam("lists", expanding=True)
_ONE = sa.select(t).where(t.c.account_id == _ACCOUNT, t.c.list_id == sa.bindparam("list"))
_ON_LISTS = m.join(on, (on.c.account_id == m.c.account_id) & (on.c.media_id == m.c.media_id))
_COUNTS = (
    sa.select(on.c.list_id, m.c.type, sa.func.count().label("count"))
    .select_from(_ON_LISTS)
    .where(on.c.account_id == _ACCOUNT, on.c.list_id.in_(_LISTS), m.c.in_vault)
    .group_by(on.c.list_id, m.c.type)
)
_PLACE = sa.func.row_number().over(partition_by=on.c.list_id, order_by=m.c.media_id.desc()).label("place")
_RANKED = (
    sa.select(m, on.c.list_id, _PLACE)
    .select_from(_ON_LISTS)
    .where(on.c.account_id == _ACCOUNT, on.c.list_id.in_(_LISTS), m.c.in_vault)
    .subquery()
)
_NEWEST = sa.select(_RANKED).where(_RANKED.c.place <= sa.bindparam("few")).order_by(_RANKED.c.place)
_OF_MEDIA = (
    sa.select(on.c.media_id, t.c.list_id, t.c.name)
    .select_from(on.join(t, (t.c.account_id == on.c.account_id) & (t.c.list_id == on.c.list_id)))
    .where(on.c.account_id == _ACCOUNT, on.c.media_id.in_(sa.bindparam("ids", expanding=True)))
    .order_by(t.c.list_id)
)
#: Posts, stories and streams are outside of what this server does: their lists stay empty.
_FILLED = frozenset({BuiltInVaultList.MESSAGES})
_SORTS = {"recent": m.c.created_at, "likes": m.c.likes, "tips": m.c.tips_cents}


# ---- lists


def create(tx: Tx, account: AccountKey, list_id: VaultListId, name: str, *, now: datetime) -> None:
    values = {"account_id": account, "list_id": list_id, "name": name, "created_at": to_ms(now)}
    tx.run(sa.insert(t), values)


def get(tx: Tx, account: AccountKey, list_id: VaultListId) -> VaultList | None:
    """A custom list's name; `filled` knows what is on it."""
    row = tx.row(_ONE, {"account": account, "list": list_id})
    return None if row is None else VaultList(list_id, row.name)


def page(tx: Tx, account: AccountKey, *, query: str = "", offset: int = 0, limit: int) -> list[VaultList]:
    """Custom lists, newest first, their name containing `query`."""
    statement = sa.select(t).where(t.c.account_id == account).order_by(t.c.list_id.desc())
    if query:
        statement = statement.where(contains(t.c.name, query))
    return [
        VaultList(VaultListId(row.list_id), row.name)
        for row in tx.rows(statement.offset(offset).limit(limit))
    ]


def rename(tx: Tx, account: AccountKey, list_id: VaultListId, name: str) -> bool:
    """Whether there was such a list."""
    same = (t.c.account_id == account, t.c.list_id == list_id)
    return tx.run(sa.update(t).where(*same).values(name=name)) == 1


def hold(tx: Tx, account: AccountKey, list_id: VaultListId) -> bool:
    """Whether there is such a list; nobody deletes it until this transaction ends."""
    return tx.row(_ONE.with_for_update(), {"account": account, "list": list_id}) is not None


def delete(tx: Tx, account: AccountKey, list_id: VaultListId) -> bool:
    """Whether there was such a list. Its media stay in the vault."""
    gone = tx.run(sa.delete(t).where(t.c.account_id == account, t.c.list_id == list_id)) == 1
    if gone:
        clear(tx, account, list_id)
    return gone


# ---- what is on them


def put_on(tx: Tx, account: AccountKey, list_id: VaultListId, ids: Iterable[MediaId]) -> None:
    """Media that are on it already stay there."""
    rows = [{"account_id": account, "list_id": list_id, "media_id": id} for id in sorted(set(ids))]
    tx.many(tx.insert(on).on_conflict_do_nothing(), rows)


def take_off(tx: Tx, account: AccountKey, list_id: VaultListId, ids: Iterable[MediaId]) -> None:
    same = (on.c.account_id == account, on.c.list_id == list_id)
    tx.run(sa.delete(on).where(*same, on.c.media_id.in_(sorted(set(ids)))))


def clear(tx: Tx, account: AccountKey, list_id: VaultListId) -> None:
    tx.run(sa.delete(on).where(on.c.account_id == account, on.c.list_id == list_id))


def forget_media(tx: Tx, account: AccountKey, ids: Iterable[MediaId]) -> None:
    """Take these off every list."""
    tx.run(sa.delete(on).where(on.c.account_id == account, on.c.media_id.in_(sorted(set(ids)))))


def names_of(
    tx: Tx, account: AccountKey, ids: Iterable[MediaId]
) -> Mapping[MediaId, Sequence[tuple[VaultListId, str]]]:
    """The custom lists that each of these is on, with their names."""
    found: dict[MediaId, list[tuple[VaultListId, str]]] = defaultdict(list)
    wanted = sorted(set(ids))
    if wanted:
        for row in tx.rows(_OF_MEDIA, {"account": account, "ids": wanted}):
            found[MediaId(row.media_id)].append((VaultListId(row.list_id), row.name))
    return found


def counts(
    tx: Tx, account: AccountKey, ids: Sequence[VaultListId]
) -> dict[VaultListId, dict[MediaType, int]]:
    """How many media of each type are on each of these lists, built-in ones included."""
    found: dict[VaultListId, dict[MediaType, int]] = {id: {} for id in ids}
    custom = [id for id in ids if built_in(id) is None]
    if custom:
        for row in tx.rows(_COUNTS, {"account": account, "lists": custom}):
            found[VaultListId(row.list_id)][MediaType(row.type)] = row.count
    for id in ids:
        if built_in(id) in _FILLED:
            found[id] = count_media(tx, account, VaultQuery(list_id=id))
    return found


def newest(
    tx: Tx, account: AccountKey, ids: Sequence[VaultListId], few: int
) -> dict[VaultListId, list[Media]]:
    """The newest few media on each of these lists, built-in ones included."""
    found: dict[VaultListId, list[Media]] = {id: [] for id in ids}
    custom = [id for id in ids if built_in(id) is None]
    if custom:
        for row in tx.rows(_NEWEST, {"account": account, "lists": custom, "few": few}):
            found[VaultListId(row.list_id)].append(media_of(row))
    for id in ids:
        if built_in(id) in _FILLED:
            found[id] = page_of_media(tx, account, VaultQuery(list_id=id), limit=few)
    return found


# ---- media, by what is asked


def page_of_media(
    tx: Tx, account: AccountKey, asked: VaultQuery, *, offset: int = 0, limit: int
) -> list[Media]:
    """Media of the vault in the order asked for; of equals the newer first, or last where that is asked."""
    by = _SORTS[asked.sort]
    order = [by.desc(), m.c.media_id.desc()] if asked.descending else [by.asc(), m.c.media_id.asc()]
    statement = sa.select(m).where(*_asked(account, asked)).order_by(*order)
    return [media_of(row) for row in tx.rows(statement.offset(offset).limit(limit))]


def count_media(tx: Tx, account: AccountKey, asked: VaultQuery) -> dict[MediaType, int]:
    """How many there are of each type."""
    count = sa.func.count().label("count")
    statement = sa.select(m.c.type, count).where(*_asked(account, asked)).group_by(m.c.type)
    return {MediaType(row.type): row.count for row in tx.rows(statement)}


def _asked(account: AccountKey, asked: VaultQuery) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = [m.c.account_id == account, m.c.in_vault]
    if asked.type is not None:
        conditions.append(m.c.type == asked.type.value)
    if asked.query:
        conditions.append(contains(m.c.name, asked.query))
    if asked.list_id is not None:
        conditions.append(_on_list(account, asked.list_id))
    return conditions


def _on_list(account: AccountKey, list_id: VaultListId) -> sa.ColumnElement[bool]:
    match built_in(list_id):
        case None:
            held = sa.select(on.c.media_id).where(on.c.account_id == account, on.c.list_id == list_id)
            return m.c.media_id.in_(held)
        case BuiltInVaultList.MESSAGES:
            return m.c.in_messages
    return sa.false()
