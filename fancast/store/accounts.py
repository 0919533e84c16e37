"""Accounts: found by either public id or an alias."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from fancast.kit.times import from_ms, maybe_from_ms, to_ms
from fancast.model.accounts import Account, ConnectionStatus, OwnedMedia
from fancast.model.ids import AccountKey
from fancast.store import heads
from fancast.store.among import among
from fancast.store.database import Tx
from fancast.store.rows import Row
from fancast.store.tables import (
    account_aliases,
    accounts,
    fan_counters,
    name_indexes,
    paces,
    subscriber_sweeps,
)

_EVERY = sa.select(accounts, paces.c.rate).join(paces, paces.c.account_id == accounts.c.account_id)
#: Nothing finds an account whose connection was removed for good; its rows stay.
_WITH_PACE = _EVERY.where(accounts.c.removed_at.is_(None))
_GET = _EVERY.where(accounts.c.account_id == sa.bindparam("key"))
_GET_MANY = _EVERY.where(among(accounts.c.account_id, "keys"))
_PACES_HELD = (
    sa.select(paces).where(among(paces.c.account_id, "keys")).order_by(paces.c.account_id).with_for_update()
)
# Once noted, it is a look at the row: no writer waits for another one.
_NOTE_PAID = (
    sa.update(accounts)
    .where(accounts.c.account_id == sa.bindparam("key"), sa.not_(accounts.c.paid_subscriptions))
    .values(paid_subscriptions=True)
)
_SPEND = (
    sa.update(paces)
    .where(paces.c.account_id == sa.bindparam("key"))
    .values(spent_until_us=sa.bindparam("until_us"))
)
_PUBLIC_ID = sa.bindparam("public_id", type_=sa.Text)
_ALIASED = sa.select(account_aliases.c.account_id).where(account_aliases.c.alias == _PUBLIC_ID)
#: Whether an account goes by `public_id`.
IS_NAMED = (
    (accounts.c.acct_id == _PUBLIC_ID)
    | (accounts.c.connection_id == _PUBLIC_ID)
    | (accounts.c.account_id == _ALIASED.scalar_subquery())
) & accounts.c.removed_at.is_(None)
_FIND = _EVERY.where(IS_NAMED)


def create(tx: Tx, values: dict[str, Any], aliases: Iterable[str], *, now: datetime) -> AccountKey:
    """A new account with all its counters."""
    stamp = to_ms(now)
    tx.run(sa.insert(accounts), {**values, "created_at": stamp, "updated_at": stamp})
    key = AccountKey(
        int(tx.value(sa.select(accounts.c.account_id).where(accounts.c.acct_id == values["acct_id"])))
    )
    heads.create(tx, key)
    tx.run(sa.insert(fan_counters), {"account_id": key, "next_number": 0})
    tx.run(sa.insert(subscriber_sweeps), {"account_id": key, "swept_until": stamp})
    tx.run(sa.insert(paces), {"account_id": key, "rate": None})
    tx.run(sa.insert(name_indexes), {"account_id": key})
    tx.many(sa.insert(account_aliases), [{"alias": alias, "account_id": key} for alias in aliases])
    return key


def find(tx: Tx, public_id: str) -> Account | None:
    """By `acct_…`, `conn_…` or an alias."""
    row = tx.row(_FIND, {"public_id": public_id})
    return None if row is None else read_row(row)


def get_many(tx: Tx, keys: Iterable[AccountKey]) -> dict[AccountKey, Account]:
    found = (read_row(row) for row in tx.rows(_GET_MANY, {"keys": list(keys)}))
    return {account.key: account for account in found}


def get(tx: Tx, key: AccountKey) -> Account:
    row = tx.row(_GET, {"key": key})
    assert row is not None
    return read_row(row)


def listing(tx: Tx, only: tuple[AccountKey, ...] | None) -> list[Account]:
    """All accounts, or those of a key that is limited to some, in order of making."""
    statement = _WITH_PACE.order_by(accounts.c.account_id)
    if only is not None:
        statement = statement.where(accounts.c.account_id.in_(only))
    return [read_row(row) for row in tx.rows(statement)]


def page(
    tx: Tx, only: tuple[AccountKey, ...] | None, *, status: ConnectionStatus | None, imported: bool | None,
    offset: int, limit: int,
) -> list[Account]:  # fmt: skip
    """As `listing`, a part of it: of this status, and imported or not, if that is asked."""
    statement, values = _WITH_PACE.order_by(accounts.c.account_id).offset(offset).limit(limit), {}
    if only is not None:
        statement, values = statement.where(among(accounts.c.account_id, "keys")), {"keys": list(only)}
    if status is not None:
        statement = statement.where(accounts.c.status == status.value)
    if imported is not None:
        statement = statement.where(accounts.c.imported.is_(imported))
    return [read_row(row) for row in tx.rows(statement, values)]


def update(tx: Tx, key: AccountKey, values: dict[str, Any], *, now: datetime) -> None:
    tx.run(sa.update(accounts).where(accounts.c.account_id == key).values(updated_at=to_ms(now)), values)


def note_paid_subscriptions(tx: Tx, key: AccountKey) -> None:
    """Some fan's subscription has a price."""
    tx.run(_NOTE_PAID, {"key": key})


def set_pace(tx: Tx, key: AccountKey, rate: int | None, *, now: datetime) -> None:
    """Recipients per second from now on; what was saved up under the old rate is gone."""
    spent = to_ms(now) * 1_000
    tx.run(sa.update(paces).where(paces.c.account_id == key).values(rate=rate, spent_until_us=spent))


def hold_paces(tx: Tx, keys: Iterable[AccountKey]) -> dict[AccountKey, int]:
    """Up to when each account's pace is spent, in microseconds.

    Held until the transaction ends: two steps of one account would spend the same time twice.
    """
    wanted = list(keys)
    rows = tx.rows(_PACES_HELD, {"keys": wanted}) if wanted else []
    return {AccountKey(row.account_id): row.spent_until_us for row in rows}


def spend_paces(tx: Tx, until_us: Mapping[AccountKey, int]) -> None:
    """Each account's pace is spent up to this moment."""
    tx.many(_SPEND, [{"key": key, "until_us": until} for key, until in until_us.items()])


def read_row(row: Row) -> Account:
    return Account(
        key=AccountKey(row.account_id), acct_id=row.acct_id, connection_id=row.connection_id,
        creator_id=row.creator_id, name=row.name, username=row.username, status=ConnectionStatus(row.status),
        permissions=tuple(row.permissions), client_reference=row.client_reference,
        unsend_window_seconds=row.unsend_window_seconds,
        message_unsend_window_seconds=row.message_unsend_window_seconds,
        duplicate_guard_seconds=row.duplicate_guard_seconds, owned_media=OwnedMedia(row.owned_media),
        fee_basis_points=row.fee_basis_points, bare_lists=row.bare_lists, time_zone=row.time_zone,
        created_at=from_ms(row.created_at), updated_at=from_ms(row.updated_at), pace=row.rate,
        imported=row.imported, expired_at=maybe_from_ms(row.expired_at), about=row.about,
        vault_plus=row.vault_plus, paid_subscriptions=row.paid_subscriptions,
    )  # fmt: skip
