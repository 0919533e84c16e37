"""Make, check and revoke API keys."""

from collections.abc import Sequence
from datetime import datetime

from fancast.kit.ids import new_id, new_secret, secret_hash
from fancast.model.accounts import PERMISSIONS, Account
from fancast.model.api_keys import ANY_PERMISSION, EVERY_SCOPE, ApiKey, Environment, Scope
from fancast.model.ids import AccountKey
from fancast.model.problems import Kind, Problem, invalid, not_found
from fancast.store import api_keys as store
from fancast.store.database import Tx

_HINT_LETTERS = 6


def create(
    tx: Tx,
    name: str,
    *,
    environment: Environment = Environment.LIVE,
    scopes: Sequence[Scope] = EVERY_SCOPE,
    permissions: Sequence[str] = (ANY_PERMISSION,),
    accounts: Sequence[AccountKey] | None = None,
    now: datetime,
) -> tuple[ApiKey, str]:
    """Make a key. Returns it with its secret, which nobody can read again. Raises Problem(INVALID)."""
    if not name.strip():
        raise invalid("name", "A key needs a name.")
    for permission in permissions:
        if permission != ANY_PERMISSION and permission not in PERMISSIONS:
            raise invalid("permissions", f"There is no permission {permission}.", known=list(PERMISSIONS))
    prefix = f"sk_{environment.value}_"
    secret = new_secret(prefix)
    key = ApiKey(
        key_id=new_id("key"), name=name.strip(), hint=secret[: len(prefix) + _HINT_LETTERS], environment=environment,
        scopes=tuple(scopes), permissions=tuple(permissions),
        accounts=None if accounts is None else tuple(accounts), created_at=now, last_used_at=None, revoked_at=None,
    )  # fmt: skip
    store.create(tx, key, secret_hash(secret))
    return key, secret


def authenticate(tx: Tx, secret: str | None) -> ApiKey:
    """The key of a secret. Raises Problem(UNAUTHENTICATED) without one, for an unknown or a revoked one."""
    return _working(store.find(tx, _hashed(secret)))


def authenticate_for(tx: Tx, secret: str | None, public_id: str) -> tuple[ApiKey, Account | None]:
    """The same, with the account of this id if the key reaches it."""
    key, account = store.find_with_account(tx, _hashed(secret), public_id) or (None, None)
    working = _working(key)
    return working, account if account is not None and working.reaches(account.key) else None


def _hashed(secret: str | None) -> str:
    if not secret:
        raise Problem(Kind.UNAUTHENTICATED, "key_missing", "An API key is needed.")
    return secret_hash(secret)


def _working(key: ApiKey | None) -> ApiKey:
    if key is None:
        raise Problem(Kind.UNAUTHENTICATED, "key_unknown", "This API key is not known here.")
    if key.revoked_at is not None:
        raise Problem(Kind.UNAUTHENTICATED, "key_revoked", "This API key was revoked.")
    return key


def listing(tx: Tx) -> list[ApiKey]:
    return store.listing(tx)


def revoke(tx: Tx, key_id: str, *, now: datetime) -> ApiKey:
    """The key stops working at once. Raises Problem(NOT_FOUND)."""
    if store.get(tx, key_id) is None:
        raise not_found("api_key", key_id)
    store.revoke(tx, key_id, now=now)
    revoked = store.get(tx, key_id)
    assert revoked is not None
    return revoked


def note_use(tx: Tx, key_id: str, *, now: datetime) -> None:
    """Remember when a key was last used; callers do so now and then, not on every request."""
    store.touch(tx, key_id, now=now)
