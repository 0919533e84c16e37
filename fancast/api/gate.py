"""Who may come in: key → account → permission. Each face says where it looks, and how a refusal reads."""

from collections.abc import Mapping

from fancast.api.faces import Request
from fancast.core import accounts, api_keys
from fancast.model.accounts import Account
from fancast.model.api_keys import ApiKey
from fancast.store.database import Tx


def bearer(headers: Mapping[str, str]) -> str | None:
    """The secret of an `Authorization: Bearer …` header; None without one."""
    scheme, _, secret = headers.get("authorization", "").strip().partition(" ")
    return (secret.strip() or None) if scheme.lower() == "bearer" else None


def caller(tx: Tx, secret: str | None) -> ApiKey:
    """The key that calls. Raises Problem(UNAUTHENTICATED)."""
    return api_keys.authenticate(tx, secret)


def account(tx: Tx, key: ApiKey, public_id: str, request: Request) -> Account:
    """The account a call is about, if key and route may act for it.

    Raises Problem(NOT_FOUND, account_not_found) for a stranger's too, Problem(FORBIDDEN, missing_permission).
    """
    found = accounts.find(tx, public_id, key)
    if request.route is not None and request.route.permission is not None:
        key.demand_permission(request.route.permission, found.permissions)
    return found
