"""API keys, found by the hash of their secret."""

from collections import namedtuple
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from fancast.kit.times import from_ms, maybe_from_ms, to_ms
from fancast.model.accounts import Account
from fancast.model.api_keys import ApiKey, Environment, Scope
from fancast.model.ids import AccountKey
from fancast.store import accounts, tables
from fancast.store.database import Tx
from fancast.store.rows import Row
from fancast.store.tables import api_keys as t

_IS_HASH = t.c.secret_hash == sa.bindparam("secret_hash")
_BY_HASH = sa.select(t).where(_IS_HASH)
_WITH_ACCOUNT = (
    sa.select(t, tables.accounts, tables.paces.c.rate)
    .select_from(
        # One after the other: SQLite would read every account for a join that stands in brackets.
        t.outerjoin(tables.accounts, accounts.IS_NAMED).outerjoin(
            tables.paces, tables.paces.c.account_id == tables.accounts.c.account_id
        )
    )
    .where(_IS_HASH)
)
_AccountRow = namedtuple("_AccountRow", [*tables.accounts.c.keys(), "rate"])  # type: ignore[misc]


def create(tx: Tx, key: ApiKey, secret_hash: str) -> None:
    tx.run(
        sa.insert(t),
        {
            "key_id": key.key_id, "name": key.name, "secret_hash": secret_hash, "hint": key.hint,
            "environment": key.environment.value, "scopes": [scope.value for scope in key.scopes],
            "permissions": list(key.permissions), "account_ids": None if key.accounts is None else list(key.accounts),
            "created_at": to_ms(key.created_at),
        },
    )  # fmt: skip


def find(tx: Tx, secret_hash: str) -> ApiKey | None:
    row = tx.row(_BY_HASH, {"secret_hash": secret_hash})
    return None if row is None else _key(row)


def find_with_account(tx: Tx, secret_hash: str, public_id: str) -> tuple[ApiKey, Account | None] | None:
    """The key, and the account with this id if there is one, whoever may reach it: one look for every call."""
    row = tx.glance(_WITH_ACCOUNT, {"secret_hash": secret_hash, "public_id": public_id})
    if row is None:
        return None
    # Both have a `name`, and more: the row's own names are the key's.
    found: Any = _AccountRow(*row[len(t.c) :])
    return _key(row), None if found.account_id is None else accounts.read_row(found)


def get(tx: Tx, key_id: str) -> ApiKey | None:
    row = tx.row(sa.select(t).where(t.c.key_id == key_id))
    return None if row is None else _key(row)


def listing(tx: Tx) -> list[ApiKey]:
    return [_key(row) for row in tx.rows(sa.select(t).order_by(t.c.created_at, t.c.key_id))]


def revoke(tx: Tx, key_id: str, *, now: datetime) -> None:
    tx.run(sa.update(t).where(t.c.key_id == key_id, t.c.revoked_at.is_(None)).values(revoked_at=to_ms(now)))


def reach_too(tx: Tx, key: ApiKey, account: AccountKey) -> None:
    """A key that is limited to some accounts reaches one more."""
    assert key.accounts is not None
    tx.run(sa.update(t).where(t.c.key_id == key.key_id).values(account_ids=[*key.accounts, account]))


def touch(tx: Tx, key_id: str, *, now: datetime) -> None:
    tx.run(sa.update(t).where(t.c.key_id == key_id).values(last_used_at=to_ms(now)))


def _key(row: Row) -> ApiKey:
    return ApiKey(
        key_id=row.key_id, name=row.name, hint=row.hint, environment=Environment(row.environment),
        scopes=tuple(Scope(scope) for scope in row.scopes), permissions=tuple(row.permissions),
        accounts=None if row.account_ids is None else tuple(AccountKey(key) for key in row.account_ids),
        created_at=from_ms(row.created_at), last_used_at=maybe_from_ms(row.last_used_at),
        revoked_at=maybe_from_ms(row.revoked_at),
    )  # fmt: skip
